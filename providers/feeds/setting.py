"""What a feed needs of the world around it, and how a feed is made from a card and a question."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from providers.archive.live_quotes import quotes_of, write_quotes
from providers.archive.vintages import Archive, Vintage
from providers.base import Clock
from providers.catalog import Card
from providers.feeds.feed import Ask, Delivery, Feed, FeedState, Ledger, Meter, by_name
from providers.feeds.schedule import InSession, Schedule
from providers.finra import short_volume as finra_short_volume
from providers.http.client import Fetched
from providers.http.clients import Clients
from providers.ibkr import borrow as ibkr_borrow
from shortside.datasets import Dataset
from shortside.sessions import NEW_YORK, is_session, new_york_date, previous_session
from shortside.snapshot import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What the public feeds need of the world around them."""

    clients: Clients
    archive: Archive
    clock: Clock
    ledger: Ledger
    upstream_ftp: str | None = None
    """What SHORTSIDE_UPSTREAM_FTP says."""
    disabled: Mapping[str, str] = field(default_factory=dict)
    """Providers that are not asked, by name, and why."""
    watched: Callable[[], Sequence[str]] = tuple
    """The names whose prices are wanted most, as of now, the most wanted first."""
    viewed: Callable[[], Sequence[str]] = tuple
    """The names somebody looked at alone, as of now, the last one first."""
    earlier: Sequence[FeedState] = ()
    """The last states written, by whoever polled before."""
    fewest_rows: int | None = None
    """The least rows of a whole market; None for what each provider knows. For tests of small ones."""
    chance: Callable[[], float] = random.random


def newest_held(archive: Archive, datasets: Iterable[Dataset], source: str) -> Vintage | None:
    """The newest vintage of a source; reads the folders of few days only. Blocks."""
    found = [vintage for one in datasets if (vintage := _newest(archive, one, source)) is not None]
    return max(found, key=lambda vintage: vintage.as_of, default=None)


def _newest(archive: Archive, dataset: Dataset, source: str) -> Vintage | None:
    folder = archive.root / dataset.value
    days = sorted((one.name for one in folder.iterdir()), reverse=True) if folder.is_dir() else []
    for name in days:
        try:
            day = date.fromisoformat(name)
        except ValueError:
            continue  # Not ours; `doctor` speaks of it.
        ours = [vintage for vintage in archive.vintages(dataset, day) if vintage.source == source]
        if ours:
            return ours[-1]
    return None


class Storage:
    """Makes deliveries safe: archive first, receipts after, so that a crash in between costs a request and no rows."""

    def __init__(self, archive: Archive, clients: Clients) -> None:
        self._archive, self._clients = archive, clients

    async def __call__(self, delivery: Delivery) -> None:
        """Store every snapshot, then note every receipt.

        Raises:
            ArchiveError, OSError: it could not be written; nothing stored before was touched.
        """
        for fetched in delivery.fetched:
            if fetched.snapshot is not None:
                await asyncio.to_thread(self._store, fetched.snapshot)
        for fetched in delivery.fetched:
            if fetched.receipts:
                await self._clients.keep(fetched)

    def _store(self, snapshot: Snapshot) -> None:
        if snapshot.dataset is not Dataset.QUOTES:
            self._archive.append(snapshot)
            return
        # Prices of a running session pass; the first look is kept for the caps and sectors beside them.
        held = self._archive.vintages(Dataset.QUOTES, snapshot.as_of)
        if not any(vintage.source == snapshot.source for vintage in held):
            self._archive.append(snapshot)
        write_quotes(self._archive.root, quotes_of(snapshot))


LIVE: Final = InSession(step=timedelta(minutes=1), closes_after=None, evening=None)
"""Last prices of some names: every minute of the session."""


def feed_of(
    setting: Setting,
    card: Card,
    dataset: Dataset,
    schedule: Schedule,
    ask: Ask,
    budget: int | None,
    *,
    source: str | None = None,
    lag: timedelta = timedelta(),
    is_on_demand: bool = False,
    meter: Meter | None = None,
) -> Feed:
    """A feed with its last state and what the archive holds of it. Blocks while that is looked through.

    Args:
        setting: the world around it.
        card: of the provider, or of this part of what it gives.
        dataset: what it brings, of those on the card.
        schedule: when there is something to bring.
        ask: asks for it.
        budget: how many requests a day polling may make.
        source: the provider's name where the card is of a part only.
        lag: by how much it has everything later than other sources of the dataset.
        is_on_demand: whether it is asked only for what somebody looks at, or what is missing.
        meter: knows what a metered source charged.
    """
    provider = source or card.name
    held = newest_held(setting.archive, card.datasets, provider)

    def wake() -> None:
        # The broker is not asked over HTTP and has no client.
        for host in card.hosts if card is not ibkr_borrow.CARD else ():
            setting.clients.of(host, provider).wake()

    return Feed(
        card=card,
        dataset=dataset,
        schedule=schedule,
        ask=ask,
        store=Storage(setting.archive, setting.clients),
        clock=setting.clock,
        ledger=setting.ledger,
        budget=budget,
        lag=lag,
        is_on_demand=is_on_demand,
        earlier=by_name(setting.earlier).get(card.name),
        as_of=held.as_of if held is not None else None,
        wake=wake,
        meter=meter,
        chance=setting.chance,
    )


def single(fetch: Callable[[], Awaitable[Fetched]]) -> Ask:
    """A look that asks one question."""

    async def ask() -> Delivery:
        return Delivery(fetched=(await fetch(),))

    return ask


def newest_posted(moment: datetime) -> date:
    """The newest session whose short volume should be posted at a moment."""
    today = new_york_date(moment)
    is_posted = is_session(today) and moment >= datetime.combine(today, finra_short_volume.POSTED, NEW_YORK)
    return today if is_posted else previous_session(today)
