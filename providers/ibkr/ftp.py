"""Fetches the broker's list and its digest over FTP, from the first of several servers that gives it whole."""

from __future__ import annotations

import ftplib
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from providers.errors import MalformedError
from providers.http.ftp import CONVERSATION_SECONDS, Address, Conversation
from providers.parsing.boundary import parser
from providers.parsing.unpacking import LARGEST_BORROW_LIST_BYTES

LIST_FILE_NAME: Final = "usa.txt"
FTP_USER: Final = "shortstock"


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
        raise MalformedError(
            f"begins with {body[:24].decode('latin-1')!a} instead of a digest", where=f"{LIST_FILE_NAME}.md5"
        )
    return found[1].decode().lower()


class Transfer(Conversation):
    """One conversation with the server. `run` blocks; `abort` may be called from another thread."""

    def __init__(
        self,
        addresses: Sequence[Address],
        *,
        known_digest: str = "",
        timeout: float = 60.0,
        patience: float = CONVERSATION_SECONDS,
    ) -> None:
        """A conversation not yet begun.

        Args:
            addresses: servers with the same files, the preferred one first.
            known_digest: of the list we have; if it is still the one, nothing more is fetched.
            timeout: the longest silence, seconds.
            patience: how long all of it may take, seconds.
        """
        super().__init__(
            addresses,
            user=FTP_USER,
            file=LIST_FILE_NAME,
            most_bytes=LARGEST_BORROW_LIST_BYTES,
            timeout=timeout,
            patience=patience,
        )
        self._known_digest = known_digest

    def run(self) -> Download | None:
        """The list, or None if it is the one we have.

        Raises:
            UnreachableError: no server answered, or all broke off; ThrottledError: they are busy.
            NoDataError: the list is not there; RefusedError: we may not have it.
            MalformedError: what came is not what its digest says.
        """
        return self.first(self._from)

    def try_out(self) -> str:
        """Fetch the digest alone, some forty bytes over both connections that the list needs; who gave it.

        Raises:
            UnreachableError, ThrottledError, NoDataError, RefusedError, MalformedError: as `run`.
        """
        return self.first(self._digest_from)

    def _digest_from(self, address: Address) -> str:
        with self.server(address) as server:
            parse_digest(self.fetched(server, f"{LIST_FILE_NAME}.md5"))
        return address.host

    def _from(self, address: Address) -> Download | None:
        with self.server(address) as server:
            published = self._published_digest(server)
            if published and published == self._known_digest:
                return None
            body = self.fetched(server, LIST_FILE_NAME)
            # The list may have been made anew between the two: then its digest was, too.
            if published and digest_of(body) not in {published, self._published_digest(server)}:
                raise MalformedError("is not what its digest says", where=f"{address.host}, {LIST_FILE_NAME}")
            return Download(body, digest_of(body), address.host)

    def _published_digest(self, server: ftplib.FTP) -> str:
        """The digest; empty where the server has none: then the list's own count of rows must do."""
        try:
            return parse_digest(self.fetched(server, f"{LIST_FILE_NAME}.md5"))
        except ftplib.error_perm as error:
            if not str(error).startswith("550"):
                raise
            return ""
