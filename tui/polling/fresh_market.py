"""Joins the public source's polling to the monitor: a new vintage becomes a new market, quotes become ticks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from providers.errors import ProviderError
from providers.events import Events, milliseconds
from providers.feeds.attention import Attention, AttentionNote, SharedAttention
from shortside.datasets import Dataset
from tui.errors import ReportedError
from tui.event_log import complaint_of_log
from tui.memory import give_memory_back
from tui.polling.facts import poll_facts, poll_line
from tui.polling.names_in_view import NamesInView
from tui.polling.watch import Polling, PublicWatch
from tui.processes.back_office import BackOffice, OfficeClosedError, OfficeReading, greeting_of, polling_options
from tui.sources.boards import board_for
from widgets.feed_facts import PollFacts, PollLine

if TYPE_CHECKING:
    from providers.archive.live_quotes import Quotes
    from providers.feeds.ledger import Ledger
    from providers.feeds.state import FeedState
    from shortside.listings import Floats
    from shortside.market import Market
    from shortside.one_name.short_volume import SoldShort
    from tui.sources.loaded_market import LoadedMarket
    from tui.sources.stage import Stage

_events = Events("market")
ReadMarket = Callable[..., "LoadedMarket"]
SECONDS_TO_GATHER_VINTAGES = 0.2
"""Vintages that come together make one new market."""
SECONDS_BETWEEN_MARKETS_WHILE_FILLING = 10.0
"""While a long gap is filled something new comes every second; the screen follows more slowly."""
SECONDS_IN_VIEW_BEFORE_READING = 0.2
"""How long a name is in view before its short volume is read: who walks through a list does not stop at each."""
SECONDS_IN_VIEW_BEFORE_ASKING = 1.5
"""How much longer a name is in view before a provider is asked for its short volume."""
LONGEST_CHANGE_OF_HANDS = timedelta(seconds=30)
"""How long nobody may poll before that is a trouble: a start, or a takeover from a terminal that was left, is none."""
SECONDS_BETWEEN_LOOKS_AT_THE_VIEW = 1.0
"""How often it is looked which names are in view."""
LEAST_SESSIONS_OF_A_YEAR = 240
"""Sessions of a year that was fetched: 252, but for a few without a trade."""
DATASETS_BEHIND_FIGURES = frozenset(
    {
        Dataset.PRICES,
        Dataset.SHORT_INTEREST,
        Dataset.SPLITS,
        Dataset.REFERENCE,
        Dataset.SHARES_OUTSTANDING,
        Dataset.BORROW,
        Dataset.FAILS,
        Dataset.THRESHOLD,
    }
)
"""Datasets whose news change a figure on the screen."""


class LookedAtNames(NamedTuple):
    """The names a terminal shows, and the file where it tells whoever polls."""

    note: AttentionNote
    now: Callable[[], Attention]
    """Returns the names in view now; called on the event loop."""


class _QuotedMarket(NamedTuple):
    """A market whose prices move, and what each beat of them wants to know of it."""

    market: Market
    column_of: dict[str, int]
    """By symbol."""
    newest: Floats
    """When the last price of each column was made, seconds since 1970."""


class FreshMarket:
    """Keeps a monitor's public market fresh until it is stopped.

    Args:
        stage: the monitor; its market is read and shown.
        watch: polls or follows.
        read: reads the market anew; as `tui.sources.load.load_public`, which it is unless a test says so.
        sold_short: reads a name's off-exchange short selling of a year; None where nobody can.
        looks: which names somebody looks at, and where whoever polls is told; None tells nobody.
    """

    def __init__(
        self,
        stage: Stage,
        watch: PublicWatch,
        read: ReadMarket | None = None,
        sold_short: Callable[[str], SoldShort] | None = None,
        looks: LookedAtNames | None = None,
    ) -> None:
        self._stage, self._watch, self._read_public, self._sold_short = stage, watch, read, sold_short
        self._looks = looks
        self._attending: asyncio.Task[None] | None = None
        self._looked_at: tuple[str, Callable[[SoldShort], None]] | None = None
        self._telling: asyncio.Task[None] | None = None
        self._reading: asyncio.Task[None] | None = None
        self._is_wanted = False
        self._has_published = asyncio.Event()
        """Set while the archive has a settlement that is not on the screen."""
        self._hurrying: asyncio.Task[None] | None = None
        self._live_day: date | None = None
        self._quotes: dict[str, Quotes] = {}
        """The newest of each source."""
        self._quoted: _QuotedMarket | None = None
        self._unpolled_since: datetime | None = None
        """Since when nobody polls; None while somebody does."""
        self._unheard = ""
        """Why nobody can be told which names are looked at, in words; empty while somebody is."""
        self.complaint = ""
        """Why the newest vintage is not on the screen, in words; empty when it is."""

    def start(self) -> None:
        """Begin to poll the providers, or to follow the archive while another terminal polls."""
        # Whoever polls goes on, whatever we make of the news.
        contained = self._stage.containing
        self._watch.start(contained(self._on_listings), contained(self._on_states), contained(self._on_quotes))
        if self._looks is not None:
            self._attending = self._task(self._attend(self._looks), "attend")

    def prime(self) -> None:
        """Take the archive as it is now for known, because it is about to be read. Blocks."""
        self._watch.prime()

    async def stop(self) -> None:
        """Break off what is under way and let another terminal poll."""
        for task in (self._reading, self._telling, self._attending, self._hurrying):
            if task is not None:
                task.cancel()
        if self._looks is not None:
            await asyncio.to_thread(self._looks.note.close)
        await self._watch.stop()

    async def _attend(self, looks: LookedAtNames) -> None:
        while True:
            try:
                with self._stage.contained():
                    await asyncio.to_thread(looks.note.write, looks.now())
            except OSError as error:
                self._unheard = f"nobody can be told which names are looked at ({error.strerror or error})"
            else:
                self._unheard = ""
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS_AT_THE_VIEW)

    def _task(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Work beside the screen; an error in it is said there, and the next one begins as if there had been none."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        task.add_done_callback(self._stage.note_task)
        return task

    def poll_now(self) -> None:
        """Poll every provider now instead of at its next hour."""
        self._watch.poll_now()

    def facts(self) -> tuple[list[PollFacts], PollLine]:
        """What the feeds panel shows of the polling."""
        line = poll_line(self._watch)
        complaint = line.complaint or self.complaint or self._unheard or complaint_of_log()
        now = self._stage.clock()
        if line.poller:
            self._unpolled_since = None
        elif self._unpolled_since is None:
            self._unpolled_since = now
        unpolled = self._unpolled_since is not None and now - self._unpolled_since >= LONGEST_CHANGE_OF_HANDS
        return list(poll_facts(self._watch.states())), replace(line, complaint=complaint, is_unpolled=unpolled)

    def look_at(self, symbol: str, told: Callable[[SoldShort], None]) -> None:
        """Tell how a name is sold short off exchange, now and whenever more is known; until another is looked at.

        What the archive lacks of the year is asked for, once the name has stayed in view for a moment.
        """
        self._looked_at = (symbol, told)
        self._tell_of(SECONDS_IN_VIEW_BEFORE_ASKING)

    def _on_listings(self, changed: frozenset[Dataset]) -> None:
        if changed & DATASETS_BEHIND_FIGURES:
            self._read_again()
        if Dataset.SHORT_INTEREST in changed:
            self._hurrying = self._task(self._hurry_if_published(), "published")
        if Dataset.SHORT_VOLUME in changed:
            self._tell_of(None)

    def _tell_of(self, ask_after: float | None) -> None:
        if self._telling is not None:
            self._telling.cancel()
        if self._looked_at is not None and self._sold_short is not None:
            self._telling = self._task(self._tell(ask_after), "sold short")

    async def _tell(self, ask_after: float | None) -> None:
        assert self._looked_at is not None
        assert self._sold_short is not None
        symbol, told = self._looked_at
        await asyncio.sleep(SECONDS_IN_VIEW_BEFORE_READING)
        try:
            history = await asyncio.to_thread(self._sold_short, symbol)
        except (ReportedError, ProviderError) as error:
            self.complaint = str(error)
            return
        told(history)
        if ask_after is not None and len(history.sessions) < LEAST_SESSIONS_OF_A_YEAR:
            await asyncio.sleep(ask_after)
            await asyncio.to_thread(self._watch.want_history, symbol)

    def _on_states(self, _states: Sequence[FeedState]) -> None:
        self._stage.feeds_changed()

    def _on_quotes(self, quotes: Quotes) -> None:
        self._quotes[quotes.source] = quotes
        self._show_quotes(quotes)

    def _show_quotes(self, quotes: Quotes) -> None:
        loaded, board = self._stage.loaded, self._stage.board
        if loaded is None or board is None:
            return
        market = loaded.market
        if quotes.as_of > market.last_session:
            # The session has no column yet: the market is made anew with one, which shows these prices, too.
            if self._live_day != quotes.as_of or not self._is_reading:
                self._live_day = quotes.as_of
                self._read_again()
        elif market.is_live and quotes.as_of == market.last_session:
            from providers.archive.live_quotes import quoted_columns

            if self._quoted is None or self._quoted.market is not market:
                symbols = market.symbols.tolist()
                column_of = {symbol: column for column, symbol in enumerate(symbols)}
                self._quoted = _QuotedMarket(market, column_of, np.zeros(len(symbols)))
            columns, prices, moments = quoted_columns(quotes, self._quoted.column_of)
            # Two sources quote one name, one of them a quarter of an hour late: the newest price stays.
            newest = self._quoted.newest
            is_newer = moments >= newest[columns]
            newest[columns[is_newer]] = moments[is_newer]
            moved = is_newer & (board.book.price[columns] != prices)
            self._stage.tick(columns[moved], prices[moved])

    def _read_again(self) -> None:
        self._is_wanted = True
        if not self._is_reading:
            self._reading = self._task(self._read(), "read again")

    @property
    def _is_reading(self) -> bool:
        return self._reading is not None and not self._reading.done()

    async def _gather(self) -> None:
        """Wait for what comes together; while gaps are filled longer, but for a publication not."""
        if self._watch.filling:
            with suppress(TimeoutError):
                async with asyncio.timeout(SECONDS_BETWEEN_MARKETS_WHILE_FILLING):
                    await self._has_published.wait()
        self._has_published.clear()
        await asyncio.sleep(SECONDS_TO_GATHER_VINTAGES)

    async def _hurry_if_published(self) -> None:
        """Have the market read at once where the archive has a settlement that it does not know; gaps are older."""
        from tui.sources.publications import archived_settlements

        try:
            stored = await asyncio.to_thread(archived_settlements, self._stage.options)
        except ReportedError as error:
            # The reading that follows comes upon it, too, and what it says stays.
            self.complaint = str(error)
            return
        loaded = self._stage.loaded
        known = [] if loaded is None else loaded.market.settlements.tolist()
        if stored and max(stored) > max(known, default=date.min):
            self._has_published.set()

    async def _read(self) -> None:
        from tui.sources.load import load_public

        read = self._read_public or load_public
        while self._is_wanted:
            self._is_wanted = False
            await self._gather()
            stage = self._stage
            began = asyncio.get_running_loop().time()
            try:
                anew = await asyncio.to_thread(read, stage.options, stage.clock, live_day=self._live_day)
                loaded, board = await board_for(stage, anew)
            except ReportedError as error:
                # The market on the screen stays; the feeds panel says why it is not the newest.
                self.complaint = str(error)
                _events.warning("not_read", reason=error)
                stage.feeds_changed()
                continue
            self.complaint = ""
            seconds = asyncio.get_running_loop().time() - began
            _events.info("read_anew", names=len(loaded.market.symbols), ms=milliseconds(seconds))
            stage.adopt(loaded, board)
            self._quoted = None
            # A market that is read anew begins its session at the last close: the prices of today are told once more.
            for quotes in sorted(self._quotes.values(), key=lambda one: one.fetched_at):
                self._show_quotes(quotes)
            # Nothing here shall keep the market that was: it is as large as the new one.
            del anew, loaded, board
            await asyncio.to_thread(give_memory_back)


def fresh_market(stage: Stage) -> tuple[FreshMarket, OfficeReading]:
    """What keeps a monitor's public market fresh, and what reads it the first time; the archive is known from now on.

    Both leave the work to one back office, which is opened when there is some. Looks the archive through: blocks.
    """
    from tui.sources.load import load_public

    options, clock = stage.options, stage.clock
    is_at_desk = options.source == "desk"
    # Own lists are nobody else's business, and what is looked at goes to whoever polls for the desk.
    names = NamesInView(stage, with_lists=not is_at_desk)
    archive = options.paths.archive
    attention = SharedAttention(archive)
    settled = polling_options(options)
    seat = None

    def stored() -> None:
        if seat is not None:
            seat.stored()

    def make(ledger: Ledger, earlier: Sequence[FeedState]) -> Polling:
        # Only where there is no back office: what asks and parses weighs more than all the rest.
        from tui.polling.assembly import public_polling

        return public_polling(settled, clock, attention, stored=stored)(ledger, earlier)

    office = BackOffice(greeting_of(options, clock))
    if is_at_desk:
        _catch_up(office)
        if not office.open():
            from tui.polling.in_back_office import seat_of

            seat = seat_of(settled, clock, attention)
    reading = OfficeReading(office, archive, options.paths.cache / "listings", clock)
    watch = PublicWatch(archive, clock, make, office=office, attention=attention, seat=seat, is_at_desk=is_at_desk)
    watch.prime()
    looks = LookedAtNames(AttentionNote(archive), names.attention)
    return FreshMarket(stage, watch, partial(load_public, reading=reading), reading.sold_short, looks), reading


def _catch_up(office: BackOffice) -> None:
    """Have the archive take over what the desk has; one that cannot be had is told of by whoever follows it."""
    try:
        office.catch_up()
    except (ReportedError, OfficeClosedError) as error:
        _events.warning("not_caught_up", reason=error)
