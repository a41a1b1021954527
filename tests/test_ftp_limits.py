"""An FTP server that talks without end, drips, or speaks nonsense is given up in a sentence and within its limit."""

from __future__ import annotations

import socketserver
import threading
import time
from contextlib import contextmanager

import pytest
from waiting import PATIENCE, bytes_within

from providers.errors import LONGEST_MESSAGE, MalformedError, ProviderError, UnreachableError
from providers.http.ftp import Address, Conversation


class _Talking(socketserver.BaseRequestHandler):
    """Sends one piece after another, and hears nothing."""

    server: _Server

    def handle(self):
        try:
            for pause, piece in self.server.speech():
                time.sleep(pause)
                self.request.sendall(piece)
            # Said everything: until the client has had enough.
            while (heard := bytes_within(self.request.fileno())) and b"QUIT" not in heard:
                pass
        except OSError:
            return


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, speech):
        super().__init__(("127.0.0.1", 0), _Talking)
        self.speech = speech


@contextmanager
def talking(speech):
    server = _Server(speech)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield Address("127.0.0.1", server.server_address[1])
    finally:
        server.shutdown()
        thread.join(PATIENCE)
        server.server_close()


def asked(address, **limits):
    return Conversation(
        [address], user="anonymous", file="a.txt", most_bytes=2**20, timeout=PATIENCE, **limits
    ).whole_file()


def complaint(speech, **limits):
    with talking(speech) as address, pytest.raises(ProviderError) as caught:
        asked(address, **limits)
    assert len(str(caught.value)) <= LONGEST_MESSAGE
    assert str(caught.value).isprintable()
    return caught.value


def endless(piece):
    def speech():
        while True:
            yield 0.0, piece

    return speech


@pytest.mark.parametrize(
    "piece",
    [
        pytest.param(b"220-more\r\n" * 100, id="lines of a greeting that is never over"),
        pytest.param(b"220-" + b"A" * 4000 + b"\r\n", id="long lines of one"),
        pytest.param(b"A" * 4096, id="one line without an end"),
        pytest.param(b"\r\n" * 1000, id="empty lines"),
        pytest.param(b"\x1b]52;c;AAAA\x07\xff\xfe\r\n", id="sequences and bytes that are no text"),
    ],
)
def test_a_greeting_without_an_end_is_given_up(piece):
    assert isinstance(complaint(endless(piece)), MalformedError)


def test_a_drip_that_is_never_silent_ends_with_the_conversation():
    def drip():
        yield 0.0, b"220-"
        while True:
            yield 0.01, b"."

    began = time.monotonic()
    error = complaint(drip, patience=0.3)
    assert isinstance(error, UnreachableError)
    assert "did not come to an end within" in str(error)
    assert time.monotonic() - began < PATIENCE / 2


def test_all_servers_together_have_one_limit():
    def drip():
        while True:
            yield 0.01, b"."

    with talking(drip) as one, talking(drip) as other, pytest.raises(UnreachableError) as caught:
        Conversation([one, other], user="u", file="f", most_bytes=9, timeout=PATIENCE, patience=0.3).whole_file()
    assert "did not come to an end" in str(caught.value)


@pytest.mark.parametrize(
    "passive",
    [
        pytest.param(b"227 (127,0,0,1,99999,1)", id="a port beyond every port"),
        pytest.param(b"227 (127,0,0,1,%s,1)" % (b"9" * 5000), id="a port of five thousand digits"),
        pytest.param(b"227 come in", id="no port"),
        pytest.param(b"227 (127,0,0)", id="half an address"),
        pytest.param(b"\xff\xfe\x9b2J", id="no text"),
    ],
)
def test_a_passive_port_that_is_none_is_no_ftp(passive):
    replies = b"220 hi\r\n331 password\r\n230 in\r\n200 ok\r\n" + passive + b"\r\n"
    assert isinstance(complaint(lambda: iter([(0.0, replies)])), MalformedError | UnreachableError)


def test_what_a_server_says_is_told_without_its_sequences_whatever_its_encoding():
    error = complaint(lambda: iter([(0.0, b"530 \x1b[2Jn\xf3t today \x9b31m\xff\r\n")]))
    assert "\x1b" not in str(error)
    assert "t today" in str(error)
