"""Reads from the SEC's index page where it keeps each half-month of fails: some lie under other folders than most.

https://www.sec.gov/data-research/sec-markets-data/fails-deliver-data links every file. Those that were posted again
have a number behind their name, and some years lie under `data/other` or `node/add`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urljoin, urlsplit

from providers.catalog import SEC_FAILS, WWW_SEC
from providers.errors import MalformedError, ProviderError
from providers.http.client import content_of
from providers.http.clients import Clients
from providers.parsing.boundary import parser

INDEX_PATH: Final = "/data-research/sec-markets-data/fails-deliver-data"
FRESH_FOR: Final = timedelta(hours=1)
"""How long the page is believed, or left alone where it could not be read: one look serves a whole backfill."""
LARGEST_PAGE_BYTES: Final = 8 * 2**20
"""More than the page has by far."""
_LINK: Final = re.compile(
    r"""href\s*=\s*["']?\s*((?:[^"'<>\s]{0,300}/)?(cnsfails\d{4}(?:0[1-9]|1[0-2])[ab])(?:_\d{1,3})?\.zip)(?=["'\s>])""",
    re.IGNORECASE,
)
_PATH: Final = re.compile(r"(?:/[\w.-]+)+", re.ASCII)


@parser("the SEC's page of fails")
def parse_index(body: bytes) -> Mapping[str, str]:
    """The path of each half-month on the SEC's server, by the half-month's name (`cnsfails202308b`).

    Of a half-month that is linked twice the first link counts: the page has the newest on top. A link to another server
    is none.

    Raises:
        MalformedError: the page links no half-month.
    """
    if len(body) > LARGEST_PAGE_BYTES:
        raise MalformedError(f"is larger than {LARGEST_PAGE_BYTES // 2**20} MB", where=INDEX_PATH)
    paths: dict[str, str] = {}
    for link, name in _LINK.findall(body.decode("utf-8", "replace")):
        path = _own_path(html.unescape(link))
        if path:
            paths.setdefault(name.lower(), path)
    if not paths:
        raise MalformedError("links no half-month of fails", where=INDEX_PATH)
    return paths


def _own_path(link: str) -> str:
    """The path of a link on the SEC's server; empty for another server's, or one that hides letters."""
    try:
        address = urlsplit(urljoin(f"https://{WWW_SEC.name}{INDEX_PATH}", link))
    except ValueError:
        return ""
    is_own = address.scheme in {"http", "https"} and address.netloc.lower() == WWW_SEC.name
    return address.path if is_own and _PATH.fullmatch(address.path) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailsPage:
    """The answer of the SEC page that lists the files of fails."""

    at: datetime
    paths: Mapping[str, str]
    """The path of each half-month by its name; none where the page could not be read."""
    complaint: str = ""
    """Why it could not be read, in a sentence; empty where it was."""


class FailsIndex:
    """The page, read when it is needed and not again within the hour."""

    def __init__(self, clients: Clients) -> None:
        """An index that has asked nothing yet."""
        self._clients = clients
        self._look: FailsPage | None = None

    @property
    def known(self) -> FailsPage | None:
        """The last look while it is fresh; None where the page would have to be asked for."""
        look = self._look
        return look if look is not None and self._clients.moment() - look.at < FRESH_FOR else None

    async def look(self) -> FailsPage:
        """What the page says, or why it cannot be read: half-months that lie where they should need no page."""
        if self.known is None:
            self._look = await self._asked()
        assert self._look is not None
        return self._look

    async def _asked(self) -> FailsPage:
        at = self._clients.moment()
        try:
            answer = await self._clients.of(WWW_SEC, SEC_FAILS.name).get(INDEX_PATH, parse_index, form=None)
        except ProviderError as error:
            return FailsPage(at=at, paths={}, complaint=str(error))
        return FailsPage(at=at, paths=content_of(answer))
