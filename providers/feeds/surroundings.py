"""What feeds find around them, clients, archive, clock and the like, and how a feed is made of a plan and those."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from providers.archive.live_quotes import quotes_of, write_quotes
from providers.archive.loan_packing import LoanPacker
from providers.archive.vintages import Archive, Vintage
from providers.base import Clock
from providers.catalog import IBKR_BORROW
from providers.errors import NoDataError
from providers.feeds.feed import Ask, Delivery, Feed, FeedPast, FeedPlan, FeedTools
from providers.feeds.ledger import Ledger
from providers.feeds.schedule import InSession
from providers.feeds.state import FeedState, by_name
from providers.http.client import Fetched
from providers.http.clients import Clients
from providers.keyed.keys import Keys
from shortside.datasets import Dataset
from shortside.snapshot import Snapshot

NO_KEYS: Final = Keys({})
"""The keys of a user who has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the feeds find around them."""

    clients: Clients
    archive: Archive
    clock: Clock
    ledger: Ledger
    upstream_ftp: str | None = None
    """What SHORTSIDE_UPSTREAM_FTP says."""
    keys: Keys = NO_KEYS
    """Where the user's keys are; each is looked up anew for every question, and kept nowhere."""
    credits_a_day: Mapping[str, float] = field(default_factory=dict)
    """What each metered provider may cost a day, by its name."""
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
    stored: Callable[[], None] = lambda: None
    """Told when something new is in the archive; called on the event loop."""

    def least(self, name: str = "fewest_rows") -> dict[str, int]:
        """`fewest_rows` as the argument of a provider, by the name it has there; none where each knows for itself."""
        return {} if self.fewest_rows is None else {name: self.fewest_rows}


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

    def __init__(self, archive: Archive, clients: Clients, stored: Callable[[], None] = lambda: None) -> None:
        self._archive, self._clients, self._stored = archive, clients, stored
        self._packer = LoanPacker(archive)

    async def __call__(self, delivery: Delivery) -> None:
        """Store every snapshot, then note every receipt.

        Raises:
            ArchiveError, OSError: it could not be written; nothing stored before was touched.
        """
        for fetched in delivery.fetched:
            if fetched.snapshot is not None:
                await asyncio.to_thread(self._store, fetched.snapshot)
                self._stored()
        for fetched in delivery.fetched:
            if fetched.receipts:
                await self._clients.keep(fetched)

    def _store(self, snapshot: Snapshot) -> None:
        if snapshot.dataset is not Dataset.QUOTES:
            # A fee may go back to where it was; a path without that look would not.
            is_path = snapshot.source == IBKR_BORROW.name
            self._archive.append(snapshot, may_return=is_path)
            if is_path:
                self._packer.pack()
            return
        # Prices of a running session pass; the first look is kept for the caps and sectors beside them.
        held = self._archive.vintages(Dataset.QUOTES, snapshot.as_of)
        if not any(vintage.source == snapshot.source for vintage in held):
            self._archive.append(snapshot)
        write_quotes(self._archive.root, quotes_of(snapshot))


LIVE_QUOTES_SCHEDULE: Final = InSession(step=timedelta(minutes=1), closes_after=None, evening=None)
"""Last prices of some names: every minute of the session."""
MOST_QUOTED_NAMES: Final = 200
"""Names whose last prices a source is asked for: one request a minute, where it takes them together."""


def names_to_quote(surroundings: Surroundings) -> Sequence[str]:
    """The names whose prices are wanted most, at most `MOST_QUOTED_NAMES`.

    Raises:
        NoDataError: no names are wanted yet.
    """
    symbols = surroundings.watched()[:MOST_QUOTED_NAMES]
    if not symbols:
        raise NoDataError("there are no names yet whose prices are wanted")
    return symbols


def feed_of(surroundings: Surroundings, plan: FeedPlan) -> Feed:
    """A feed with its last state and what the archive holds of it. Blocks while that is looked through.

    Args:
        surroundings: what it finds around it.
        plan: what it asks for, and when.
    """
    card, clients = plan.card, surroundings.clients
    held = newest_held(surroundings.archive, card.datasets, card.provider)

    def wake() -> None:
        for host in card.hosts:
            if not host.is_ftp:
                clients.of(host, card.provider).wake()

    tools = FeedTools(
        store=Storage(surroundings.archive, clients, surroundings.stored),
        clock=surroundings.clock,
        ledger=surroundings.ledger,
        wake=wake,
        chance=surroundings.chance,
    )
    past = FeedPast(
        state=by_name(surroundings.earlier).get(card.name),
        as_of=held.as_of if held is not None else None,
    )
    return Feed(plan, tools, past)


def same_question(fetch: Callable[[], Awaitable[Fetched]]) -> Ask:
    """An `Ask` that asks one and the same question at every look, such as a provider's `fetch`."""

    async def ask() -> Delivery:
        return Delivery(fetched=(await fetch(),))

    return ask
