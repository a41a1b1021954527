"""Assembles the polling of the public source from the options: clients, feeds, and errands that fill gaps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Final

import stamina.instrumentation

from providers.archive.holdings import holdings_of
from providers.archive.vintages import Archive
from providers.backfill.plan import Step, StepKind
from providers.backfill.run import RECEIPTS_FILE_NAME, Backfill, Sources
from providers.catalog import CARDS, FINRA_REG_SHO_DAILY, FINRA_SHORT_VOLUME
from providers.durable import make_folder
from providers.errors import NoDataError, ProviderError, ThrottledError
from providers.feeds.attention import SharedAttention
from providers.feeds.feed import Delivery
from providers.feeds.ledger import Ledger
from providers.feeds.poller import Errand
from providers.feeds.state import FeedState
from providers.feeds.surroundings import Storage, Surroundings
from providers.finra import short_volume as finra_short_volume
from providers.finra import short_volume_api as finra_reg_sho_daily
from providers.finra.short_volume import newest_posted
from providers.http.clients import Clients
from providers.http.receipts import ReceiptFile
from providers.http.traffic import Exchange
from providers.keyed.keys import Keys
from providers.registry import idle_providers, keyed_feeds, public_feeds
from shortside.datasets import Dataset
from shortside.sessions import new_york_date, previous_session, sessions_between
from tui.clock import Clock
from tui.memory import give_memory_back, keep_little
from tui.polling.watch import MakePolling, Polling
from tui.processes.messages import PollingOptions
from tui.settings.keys import keyed_providers, keys_beside

STEPS_BETWEEN_POLLS: Final = frozenset(
    {StepKind.CYCLE, StepKind.CLOSES, StepKind.BARS, StepKind.SESSION, StepKind.COUNTS, StepKind.FAILS}
)
"""What gaps are filled with; the other lists are what feeds bring by themselves."""
LONGEST_GAP: Final = timedelta(days=426)
"""How far back a gap is filled unasked; more is a matter for `shortside backfill`."""
MakeFiller = Callable[[Callable[[Exchange], None]], tuple[Clients, Backfill]]
"""Makes what fills an archive and the clients it asks with, given who hears of their requests. Blocks."""
HISTORIES_A_DAY: Final = 500
"""Names whose year is fetched a day at most, a request each: nobody looks at more."""


def public_polling(
    options: PollingOptions,
    clock: Clock,
    attention: SharedAttention | None = None,
    *,
    keys: Keys | None = None,
    stored: Callable[[], None] = lambda: None,
) -> MakePolling:
    """A function that makes what `PublicWatch` polls with.

    Args:
        options: where the archive is, and whom to ask through.
        clock: the present moment.
        attention: which names somebody looks at; None for nobody.
        keys: where the user's keys are; this user's by default.
        stored: told when something new is in the archive; called on the event loop.
    """

    def make(ledger: Ledger, earlier: Sequence[FeedState]) -> Polling:
        root = Path(options.archive)
        clients = _clients(options, clock, ledger.heard)
        own = keys or keys_beside(Path(options.configuration))
        unusable: dict[str, str] = {}
        keyed = keyed_providers(own, unusable)
        surroundings = Surroundings(
            clients=clients,
            archive=Archive(root),
            clock=clock,
            ledger=ledger,
            upstream_ftp=options.upstream_ftp,
            keys=own,
            credits_a_day=options.credits_a_day,
            disabled={name: f"its key is not used: {words}" for name, words in unusable.items()} | _disabled(options),
            watched=attention.watched if attention else tuple,
            viewed=attention.viewed if attention else tuple,
            earlier=earlier,
        )
        sources = Sources.of(clients, own)
        gaps = _Gaps(
            surroundings,
            # Made anew for every look at the gaps: a key that was refused may be put right meanwhile.
            lambda: Backfill(clients, surroundings.archive, sources, keyed=keyed, off=surroundings.disabled.keys()),
            with_fails=options.contact is not None,
        )
        return Polling(
            clients=clients,
            feeds=[*public_feeds(surroundings), *keyed_feeds(surroundings, keyed)],
            idle=idle_providers(surroundings),
            gaps=gaps.errands,
            store=Storage(surroundings.archive, clients, stored),
            tidy=give_memory_back,
            history=_Histories(surroundings).errand,
        )

    return make


def public_filling(options: PollingOptions, clock: Clock, *, keys: Keys | None = None) -> MakeFiller:
    """A function that makes what fills the archive, and the clients it asks with, given who hears of requests.

    Args:
        options: where the archive is, and whom to ask through.
        clock: the present moment.
        keys: where the user's keys are; this user's by default.
    """

    def make(heard: Callable[[Exchange], None]) -> tuple[Clients, Backfill]:
        own = keys or keys_beside(Path(options.configuration))
        clients = _clients(options, clock, heard)
        keyed = keyed_providers(own, {})
        archive = Archive(Path(options.archive))
        return clients, Backfill(
            clients, archive, Sources.of(clients, own), keyed=keyed, off=frozenset(options.switched_off)
        )

    return make


def _clients(options: PollingOptions, clock: Clock, heard: Callable[[Exchange], None]) -> Clients:
    """New clients of every host, in a process that has nothing to say on standard error."""
    # A repetition is in the counters; as a log line on standard error it would be drawn across the screen.
    stamina.instrumentation.set_on_retry_hooks(())
    keep_little()
    root = Path(options.archive)
    make_folder(root)
    return Clients(
        clock=clock,
        upstream=options.upstream,
        base_urls=options.base_urls,
        contact=options.contact or "",
        # Read anew at every takeover: whoever polled before went on writing it.
        validators=ReceiptFile(root / RECEIPTS_FILE_NAME),
        heard=heard,
    )


def _disabled(options: PollingOptions) -> dict[str, str]:
    """The providers that are not asked, and why."""
    shy = [name for name, card in CARDS.items() if card.wants_contact]
    nameless = {} if options.contact else dict.fromkeys(shy, "not asked: it wants a mail address, contact")
    return nameless | dict.fromkeys(options.switched_off, "switched off")


@dataclass(frozen=True, eq=False, slots=True)
class _Gaps:
    """What the archive lacks between its first day and now."""

    surroundings: Surroundings
    make_filler: Callable[[], Backfill]
    with_fails: bool

    async def errands(self) -> list[Errand]:
        """Settlements and sessions from the oldest on, as the backfill plans them; then short volume."""
        filler = self.make_filler()
        since = await asyncio.to_thread(self._since)
        plan = partial(filler.plan, with_fails=self.with_fails, is_patient=True)
        steps = await asyncio.to_thread(plan, since) if since else ()
        wanted = [step for step in steps if step.ask in STEPS_BETWEEN_POLLS and not step.is_estimate]
        sessions = await asyncio.to_thread(self._sessions)
        # What takes an hour at a free key's pace comes last.
        wanted.sort(key=lambda step: step.ask is StepKind.COUNTS)
        return [*(_errand(filler, step) for step in wanted), *map(self._session_errand, sessions)]

    def _since(self) -> date | None:
        """The first day somebody wanted: the start of the last backfill, or the first closes; None for none."""
        now = self.surroundings.clock()
        holdings = holdings_of(self.surroundings.archive, now)
        firsts = [min(holdings.closed)] if holdings.closed else []
        if holdings.closes and holdings.splits is not None:
            firsts.append(holdings.splits[0])
        return max(min(firsts), now.date() - LONGEST_GAP) if firsts else None

    def _sessions(self) -> list[date]:
        if FINRA_SHORT_VOLUME.name in self.surroundings.disabled:
            return []
        # A name's history from the API is filed under its newest day, and is no session's file.
        looks = self.surroundings.archive.vintages(Dataset.SHORT_VOLUME)
        held = {one.as_of for one in looks if one.source == FINRA_SHORT_VOLUME.name}
        # The newest is the feed's own.
        last = previous_session(newest_posted(self.surroundings.clock()))
        first = max(min(held, default=last), last - LONGEST_GAP)
        return [day for day in sessions_between(first, last) if day not in held] if held else []

    def _session_errand(self, session: date) -> Errand:
        provider = finra_short_volume.FinraShortVolume(self.surroundings.clients)

        async def run() -> Delivery:
            return Delivery(fetched=(await provider.fetch_session(session),))

        return Errand(feed=FINRA_SHORT_VOLUME.name, words=f"short volume {session}", run=run)


class _Histories:
    """Names whose short volume of a year was fetched today: no name is asked for twice a day."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._provider = finra_reg_sho_daily.FinraRegShoDaily(surroundings.clients)
        self._clock = surroundings.clock
        own = (FINRA_SHORT_VOLUME.name, FINRA_REG_SHO_DAILY.name)
        self._is_wanted = surroundings.disabled.keys().isdisjoint(own)
        self._day: date | None = None
        self._asked: set[str] = set()

    def errand(self, symbol: str) -> Errand | None:
        """The errand for a name in our spelling; None if it was run today, or too many were."""
        today = new_york_date(self._clock())
        if today != self._day:
            self._day, self._asked = today, set()
        if not self._is_wanted or symbol in self._asked or len(self._asked) >= HISTORIES_A_DAY:
            return None
        self._asked.add(symbol)

        async def run() -> Delivery:
            return Delivery(fetched=(await self._provider.fetch_history([finra_short_volume.to_tape(symbol)]),))

        return Errand(feed=FINRA_SHORT_VOLUME.name, words=f"short volume of {symbol}", run=run)


def _errand(filler: Backfill, step: Step) -> Errand:
    async def run() -> Delivery:
        # It stores by itself, and says in words what went wrong.
        outcome = await filler.run(step)
        if outcome.is_absent:
            raise NoDataError(outcome.complaint)
        if outcome.rest is not None:
            raise ThrottledError(outcome.complaint, retry_after=outcome.retry_after)
        if outcome.complaint:
            raise ProviderError(outcome.complaint)
        return Delivery(fetched=())

    return Errand(feed=step.provider, words=step.words, run=run)
