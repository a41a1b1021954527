"""A small FTP server on this machine that serves files from memory, and refuses as a test wants it to."""

from __future__ import annotations

import socket
import socketserver
import threading
from contextlib import ExitStack, contextmanager

from waiting import PATIENCE, accepted_within


class _Session(socketserver.StreamRequestHandler):
    """Just enough FTP for one passive download after another."""

    server: _Server
    timeout = PATIENCE

    def say(self, line):
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self):
        with ExitStack() as sockets:
            self.serve(sockets)

    def serve(self, sockets):
        files, refusals = self.server.files, self.server.refusals
        self.say(refusals.get("", "220 ready"))
        passive = sockets.enter_context(socket.socket())
        for line in self.rfile:
            verb, _, argument = line.decode().strip().partition(" ")
            self.server.heard.append((verb, argument))
            if verb == "PASV":
                passive = sockets.enter_context(socket.create_server(("127.0.0.1", 0)))
                high, low = divmod(passive.getsockname()[1], 256)
                self.say(f"227 (127,0,0,1,{high},{low})")
            elif verb == "RETR" and (argument in refusals or argument not in files):
                self.say(refusals.get(argument, "550 no such file"))
            elif verb == "RETR":
                bodies = files[argument]
                body = bodies.pop(0) if len(bodies) > 1 else bodies[0]
                if body is None:
                    # Silence, until the client has had enough.
                    self.server.is_hanging.set()
                    self.rfile.read(1)
                    return
                self.say("150 coming")
                with accepted_within(passive) as data:
                    data.sendall(body)
                self.say("226 done")
            else:
                replies = {"USER": "331 password", "PASS": "230 in", "QUIT": "221 bye"}
                self.say(refusals.get(verb, replies.get(verb, "200 ok")))


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, files, refusals):
        super().__init__(("127.0.0.1", 0), _Session)
        self.files, self.refusals = files, refusals
        self.heard, self.is_hanging = [], threading.Event()


@contextmanager
def ftp_server(files, **refusals):
    """A server with files by name, a body or several to be given in turn; refusals by name, `_` for a dot."""
    server = _Server(
        {name: list(body) if isinstance(body, tuple) else [body] for name, body in files.items()},
        {name.replace("_", "."): words for name, words in refusals.items()},
    )
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join(PATIENCE)
        server.server_close()
