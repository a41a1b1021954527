"""Fetches one small file and its digest over FTP, from the first of several servers that gives it whole.

ftplib blocks, so this runs in a thread; `abort` ends it from another, or the program could not be left while a server
is silent.
"""

from __future__ import annotations

import ftplib
import hashlib
import io
import re
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final, TypeVar

from providers.errors import MalformedError, NoDataError, ProviderError, RefusedError, ThrottledError, UnreachableError
from providers.parsing.boundary import parser
from providers.parsing.unpacking import LARGEST_BORROW_LIST_BYTES, MEGABYTE

FILE: Final = "usa.txt"
USER: Final = "shortstock"
PORT: Final = 21
CONNECT_SECONDS: Final = 10.0
MOST_REPLY_LINES: Final = 1_000
"""Lines a server may say in one conversation; a greeting may have thirty."""
RETRY_AFTER_SECONDS: Final = 900.0
"""Seconds for which a server that says it is busy is left alone: the list is not made more often."""
_TEMPORARY: Final = frozenset({"421", "425", "426", "450", "451"})
FtpReply = TypeVar("FtpReply")


@dataclass(frozen=True, slots=True)
class Address:
    """Where an FTP server listens."""

    host: str
    port: int = PORT

    @classmethod
    def of(cls, text: str) -> Address:
        """The address written `host` or `host:port`, as SHORTSIDE_UPSTREAM_FTP has it.

        Raises:
            ValueError: the port is no number between 1 and 65535.
        """
        host, _, port = text.partition(":")
        number = int(port) if port else PORT
        if not host or not 0 < number < 65536:
            raise ValueError(f"{text!r} is no address written HOST or HOST:PORT")
        return cls(host, number)


@dataclass(frozen=True, slots=True)
class Download:
    """A list as it was fetched."""

    body: bytes
    digest: str
    """MD5 of its text with LF line ends: what tells whether the next one differs."""
    host: str


def digest_of(body: bytes) -> str:
    """The MD5 the server publishes of a list: of its text with LF line ends, whatever travelled."""
    return hashlib.md5(body.replace(b"\r\n", b"\n"), usedforsecurity=False).hexdigest()


@parser("the digest of the stock-loan list")
def parse_digest(body: bytes) -> str:
    """The digest in `usa.txt.md5`.

    Raises:
        MalformedError: there is none in it.
    """
    found = re.match(rb"\s*([0-9a-fA-F]{32})\b", body)
    if found is None:
        raise MalformedError(f"begins with {body[:24].decode('latin-1')!a} instead of a digest", where=f"{FILE}.md5")
    return found[1].decode().lower()


class _Server(ftplib.FTP):
    """A server whose replies come to an end: ftplib would keep the lines of one that goes on for ever."""

    lines = 0

    def getline(self) -> str:
        self.lines += 1
        if self.lines > MOST_REPLY_LINES:
            raise ftplib.error_proto(f"it says more than {MOST_REPLY_LINES:,} lines")
        line: str = super().getline()
        return line


class Transfer:
    """One conversation with the server. `run` blocks; `abort` may be called from another thread."""

    def __init__(self, addresses: Sequence[Address], *, known_digest: str = "", timeout: float = 60.0) -> None:
        """A conversation not yet begun.

        Args:
            addresses: servers with the same files, the preferred one first.
            known_digest: of the list we have; if it is still the one, nothing more is fetched.
            timeout: the longest silence, seconds.
        """
        self._addresses = addresses
        self._known_digest = known_digest
        self._timeout = timeout
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._is_aborted = False

    def run(self) -> Download | None:
        """The list, or None if it is the one we have.

        Raises:
            UnreachableError: no server answered, or all broke off; ThrottledError: they are busy.
            NoDataError: the list is not there; RefusedError: we may not have it.
            MalformedError: what came is not what its digest says.
        """
        return self._first(self._from)

    def try_out(self) -> str:
        """Fetch the digest alone, some forty bytes over both connections that the list needs; who gave it.

        Raises:
            UnreachableError, ThrottledError, NoDataError, RefusedError, MalformedError: as `run`.
        """
        return self._first(self._digest_from)

    def _first(self, ask: Callable[[Address], FtpReply]) -> FtpReply:
        """The answer of the first server that has one."""
        failures: list[ProviderError] = []
        for address in self._addresses:
            try:
                return ask(address)
            except (UnreachableError, ThrottledError, NoDataError, MalformedError) as error:
                failures.append(error)
                if self._is_aborted:
                    break
        # The last word of the preferred server, unless another said more than that it did not answer.
        told = [failure for failure in failures if not isinstance(failure, UnreachableError)]
        raise (told or failures)[0]

    def abort(self) -> None:
        """Break off: the thread in `run` comes back at once with an error."""
        with self._lock:
            self._is_aborted = True
            for one in self._sockets:
                # It may have been closed by its own thread in the meantime.
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    @contextmanager
    def _server(self, address: Address) -> Iterator[ftplib.FTP]:
        """A server that has let us in."""
        with _translated(address.host), _Server(timeout=self._timeout) as server:
            server.connect(address.host, address.port, timeout=min(self._timeout, CONNECT_SECONDS))
            self._watch(server.sock)
            server.login(USER, "")
            server.set_pasv(True)
            yield server

    def _digest_from(self, address: Address) -> str:
        with self._server(address) as server:
            parse_digest(self._fetched(server, f"{FILE}.md5"))
        return address.host

    def _from(self, address: Address) -> Download | None:
        with self._server(address) as server:
            published = self._published_digest(server)
            if published and published == self._known_digest:
                return None
            body = self._fetched(server, FILE)
            # The list may have been made anew between the two: then its digest was, too.
            if published and digest_of(body) not in {published, self._published_digest(server)}:
                raise MalformedError("is not what its digest says", where=f"{address.host}, {FILE}")
            return Download(body, digest_of(body), address.host)

    def _published_digest(self, server: ftplib.FTP) -> str:
        """The digest; empty where the server has none: then the list's own count of rows must do."""
        try:
            return parse_digest(self._fetched(server, f"{FILE}.md5"))
        except ftplib.error_perm as error:
            if not str(error).startswith("550"):
                raise
            return ""

    def _fetched(self, server: ftplib.FTP, name: str) -> bytes:
        body = io.BytesIO()
        server.voidcmd("TYPE I")
        with server.transfercmd(f"RETR {name}") as data:
            self._watch(data)
            while piece := data.recv(65536):
                if body.tell() + len(piece) > LARGEST_BORROW_LIST_BYTES:
                    raise MalformedError(f"is larger than {LARGEST_BORROW_LIST_BYTES // MEGABYTE} MB", where=name)
                body.write(piece)
        server.voidresp()
        return body.getvalue()

    def _watch(self, one: socket.socket | None) -> None:
        with self._lock:
            if self._is_aborted:
                raise EOFError
            if one is not None:
                self._sockets.append(one)


@contextmanager
def _translated(host: str) -> Iterator[None]:
    """What ftplib and the network raise, as ours."""
    try:
        yield
    except ftplib.error_temp as error:
        # 421 closing, 450 file busy: the server means "later".
        if str(error)[:3] in _TEMPORARY:
            raise ThrottledError(f"{host} says later: {error}", retry_after=RETRY_AFTER_SECONDS) from error
        raise UnreachableError(f"{host} is in trouble: {error}") from error
    except ftplib.error_perm as error:
        if str(error).startswith("550"):
            raise NoDataError(f"{host} has no {FILE}: {error}") from error
        raise RefusedError(f"{host} refuses: {error}") from error
    except (ftplib.error_reply, ftplib.error_proto) as error:
        raise MalformedError(f"does not speak FTP: {ascii(str(error))[:80]}", where=host) from error
    except TimeoutError as error:
        raise UnreachableError(f"{host} did not answer in time; port 21 may be closed on this network") from error
    except (OSError, EOFError) as error:
        raise UnreachableError(f"{host} could not be reached or broke off: {error or 'connection closed'}") from error
