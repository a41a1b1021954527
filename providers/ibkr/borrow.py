"""Asks Interactive Brokers' public FTP server what may be borrowed, at which fee and rebate.

User `shortstock` without a password, `usa.txt`, made anew about every quarter of an hour; `usa.txt.md5` beside it is
the digest of the text with LF line ends. Where port 21 is closed, as on many company networks, this provider is
unreachable and everything else goes on.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from providers.catalog import IBKR_BORROW
from providers.errors import NoDataError, ProviderError
from providers.feeds.feed import Ask, Delivery
from providers.feeds.surroundings import Surroundings
from providers.http.client import Fetched
from providers.http.clients import Clients
from providers.http.ftp import Address
from providers.http.receipts import Receipt
from providers.http.traffic import Counters, Tally
from providers.ibkr.ftp import LIST_FILE_NAME, Download, Transfer
from providers.ibkr.list_file import BorrowLook, parse_borrow_list
from providers.parsing.snapshots import snapshot_by
from shortside.datasets import Dataset
from shortside.sessions import new_york_date
from shortside.snapshot import Snapshot

RECEIPT_KEY: Final = f"{IBKR_BORROW.hosts[0].name}/{LIST_FILE_NAME}"
"""Under which the receipt of the last list is kept; its `etag` is the list's digest."""


def addresses_of(
    upstream_ftp: str | None, elsewhere: Mapping[str, str | None] = MappingProxyType({})
) -> tuple[Address, ...]:
    """Whom to ask: the broker's servers, the preferred one first, or what stands in their place.

    Args:
        upstream_ftp: what SHORTSIDE_UPSTREAM_FTP says; it stands for all of them.
        elsewhere: what the configuration says, by server.

    Raises:
        ValueError: one of these is no address.
    """
    if upstream_ftp is not None:
        return (Address.of(upstream_ftp),)
    return tuple(Address.of(elsewhere.get(host.name) or host.name) for host in IBKR_BORROW.hosts)


class IbkrBorrow:
    """The broker's list of what may be borrowed."""

    def __init__(self, clients: Clients, *, upstream_ftp: str | None = None, timeout: float = 60.0) -> None:
        """A provider that has asked nothing yet.

        Args:
            clients: keeps the receipts and tells the moment; nothing is asked over HTTP.
            upstream_ftp: `HOST:PORT` that stands for all of the broker's servers; what SHORTSIDE_UPSTREAM_FTP says.
            timeout: the longest silence, seconds.

        Raises:
            ValueError: `upstream_ftp`, or what the configuration says, is no address.
        """
        self._clients = clients
        self._timeout = timeout
        self._tally = Tally()
        self.addresses = addresses_of(
            upstream_ftp, {host.name: clients.replacement(host, IBKR_BORROW.name) for host in IBKR_BORROW.hosts}
        )

    @property
    def counters(self) -> Counters:
        """What has passed so far; a conversation with the server counts as one request."""
        return self._tally.counters

    async def fetch(self) -> Fetched:
        """The list; nothing where it is still the one whose receipt was kept.

        Raises:
            UnreachableError, ThrottledError, NoDataError, RefusedError: as `Transfer.run` says.
            MalformedError: the list was cut off, or makes no sense.
        """
        try:
            fetched = await self._fetch()
        except ProviderError as error:
            self._tally.failed(str(error), self._clients.moment())
            raise
        self._tally.succeeded(self._clients.moment())
        return fetched

    async def _fetch(self) -> Fetched:
        held = self._clients.validators.get(RECEIPT_KEY)
        known_digest = "" if held is None else held.etag or ""
        download = await self._transfer(Transfer(self.addresses, known_digest=known_digest, timeout=self._timeout))
        if download is None:
            return Fetched(snapshot=None, receipts=() if held is None else (held,))
        look = await asyncio.to_thread(parse_borrow_list, download.body, f"{download.host}, {LIST_FILE_NAME}")
        receipt = Receipt(key=RECEIPT_KEY, sha256=hashlib.sha256(download.body).hexdigest(), etag=download.digest)
        return Fetched(snapshot=_snapshot(look, self._clients.moment()), receipts=(receipt,))

    async def _transfer(self, transfer: Transfer) -> Download | None:
        loop = asyncio.get_running_loop()
        started = loop.time()
        self._tally.sent(self._clients.moment())
        download = None
        try:
            download = await asyncio.to_thread(transfer.run)
            return download
        except asyncio.CancelledError:
            transfer.abort()
            raise
        finally:
            self._tally.ended(0 if download is None else len(download.body), loop.time() - started)


def _snapshot(look: BorrowLook, fetched_at: datetime) -> Snapshot:
    if look.rows.empty:
        raise NoDataError(f"{LIST_FILE_NAME} lists nothing that trades in US dollars")
    return snapshot_by(
        IBKR_BORROW,
        Dataset.BORROW,
        look.rows,
        as_of=look.as_of,
        published_at=look.made_at.astimezone(UTC),
        fetched_at=fetched_at,
    )


def borrow_feed(surroundings: Surroundings) -> Ask:
    """Asks the broker for its list of loans over FTP, and counts the request, which no HTTP client sees."""
    provider = IbkrBorrow(surroundings.clients, upstream_ftp=surroundings.upstream_ftp)

    async def ask() -> Delivery:
        try:
            return Delivery(fetched=(await provider.fetch(),))
        finally:
            # FTP passes the clients by, and so the ledger.
            today = new_york_date(surroundings.clock())
            surroundings.ledger.count(IBKR_BORROW.name, today, 1, provider.counters.latency)

    return ask
