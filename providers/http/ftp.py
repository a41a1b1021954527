"""Conversations over FTP: small files, whole, from the first of several servers that gives them.

ftplib blocks, so this runs in a thread; `abort` ends it from another, or the program could not be left while a server
is silent.
"""

from __future__ import annotations

import ftplib
import io
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final, TypeVar

from providers.errors import MalformedError, NoDataError, ProviderError, RefusedError, ThrottledError, UnreachableError
from providers.parsing.unpacking import MEGABYTE

FTP_PORT: Final = 21
CONNECT_SECONDS: Final = 10.0
CONVERSATION_SECONDS: Final = 300.0
"""Seconds that a conversation may take with all its servers: silence has a limit of its own, and a drip is none."""
MOST_REPLY_LINES: Final = 1_000
"""Lines a server may say in one conversation; a greeting may have thirty."""
MOST_REPLY_CHARACTERS: Final = 65_536
"""Characters of those lines."""
REPLY_ENCODING: Final = "latin-1"
"""Knows a sign for every byte: what a server says may be in any encoding, or in none."""
RETRY_AFTER_SECONDS: Final = 900.0
"""Seconds for which a server that says it is busy is left alone: the list is not made more often."""
_TEMPORARY: Final = frozenset({"421", "425", "426", "450", "451"})
FtpReply = TypeVar("FtpReply")


@dataclass(frozen=True, slots=True)
class Address:
    """Where an FTP server listens."""

    host: str
    port: int = FTP_PORT

    @classmethod
    def of(cls, text: str) -> Address:
        """The address written `host` or `host:port`, as SHORTSIDE_UPSTREAM_FTP has it.

        Raises:
            ValueError: the port is no number between 1 and 65535.
        """
        host, _, port = text.partition(":")
        number = int(port) if port else FTP_PORT
        if not host or not 0 < number < 65536:
            raise ValueError(f"{text!r} is no address written HOST or HOST:PORT")
        return cls(host, number)


class _Server(ftplib.FTP):
    """A server whose replies come to an end: ftplib would keep the lines of one that goes on for ever."""

    lines = characters = 0

    def __init__(self, heard: Callable[[socket.socket | None], None], timeout: float) -> None:
        super().__init__(timeout=timeout, encoding=REPLY_ENCODING)
        self._heard = heard

    def getline(self) -> str:
        if not self.lines:
            # Before its first word: the greeting, too, may never end.
            self._heard(self.sock)
        line: str = super().getline()
        self.lines, self.characters = self.lines + 1, self.characters + len(line)
        if self.lines > MOST_REPLY_LINES or self.characters > MOST_REPLY_CHARACTERS:
            raise ftplib.error_proto(f"it says more than {MOST_REPLY_LINES:,} lines, or endless ones")
        return line


class Conversation:
    """One conversation, with the first of some servers that answers. `abort` may be called from another thread."""

    def __init__(
        self,
        addresses: Sequence[Address],
        *,
        user: str,
        file: str,
        most_bytes: int,
        timeout: float = 60.0,
        patience: float = CONVERSATION_SECONDS,
    ) -> None:
        """A conversation not yet begun.

        Args:
            addresses: servers with the same files, the preferred one first.
            user: who we say we are; there is no password.
            file: what is asked for, for the words of an error.
            most_bytes: the largest file that is taken.
            timeout: the longest silence, seconds.
            patience: how long all of it may take, seconds.
        """
        self._addresses = addresses
        self._user, self._file, self._most_bytes = user, file, most_bytes
        self._timeout, self._patience = timeout, patience
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._is_aborted = self._is_overdue = False

    def whole_file(self) -> bytes:
        """The file asked for.

        Raises:
            UnreachableError: no server answered, or all broke off; ThrottledError: they are busy.
            NoDataError: the file is not there; RefusedError: we may not have it.
            MalformedError: the file is too large, or the server speaks no FTP.
        """

        def ask(address: Address) -> bytes:
            with self.server(address) as server:
                return self.fetched(server, self._file)

        return self.first(ask)

    def first(self, ask: Callable[[Address], FtpReply]) -> FtpReply:
        """The answer of the first server that has one, as long as they do not take too long all together."""
        watchdog = threading.Timer(self._patience, self._expire)
        watchdog.daemon = True
        watchdog.start()
        try:
            return self._first(ask)
        except ProviderError as error:
            if not self._is_overdue:
                raise
            host = self._addresses[0].host
            raise UnreachableError(f"{host} did not come to an end within {self._patience:.0f} s") from error
        finally:
            watchdog.cancel()

    def _expire(self) -> None:
        self._is_overdue = True
        self.abort()

    def _first(self, ask: Callable[[Address], FtpReply]) -> FtpReply:
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
    def server(self, address: Address) -> Iterator[ftplib.FTP]:
        """A server that has let us in."""
        with translated(address.host, self._file), _Server(self._watch, self._timeout) as server:
            server.connect(address.host, address.port, timeout=min(self._timeout, CONNECT_SECONDS))
            server.login(self._user, "")
            server.set_pasv(True)
            yield server

    def fetched(self, server: ftplib.FTP, name: str) -> bytes:
        """One file, over a connection of its own."""
        body = io.BytesIO()
        server.voidcmd("TYPE I")
        with server.transfercmd(f"RETR {name}") as data:
            self._watch(data)
            while piece := data.recv(65536):
                if body.tell() + len(piece) > self._most_bytes:
                    raise MalformedError(f"is larger than {self._most_bytes // MEGABYTE} MB", where=name)
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
def translated(host: str, file: str) -> Iterator[None]:
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
            raise NoDataError(f"{host} has no {file}: {error}") from error
        raise RefusedError(f"{host} refuses: {error}") from error
    except ftplib.Error as error:
        raise MalformedError(f"does not speak FTP: {ascii(str(error))[:80]}", where=host) from error
    # ftplib, of a port that is none or a size without end: an address of ours is judged before.
    except (ValueError, LookupError, ArithmeticError, AttributeError) as error:
        raise MalformedError(f"does not speak FTP: {ascii(str(error))[:80]}", where=host) from error
    except TimeoutError as error:
        raise UnreachableError(f"{host} did not answer in time; port 21 may be closed on this network") from error
    except (OSError, EOFError) as error:
        raise UnreachableError(f"{host} could not be reached or broke off: {error or 'connection closed'}") from error
