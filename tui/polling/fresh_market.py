"""Joins the public source's polling to the monitor: a new vintage becomes a new market, quotes become ticks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from providers.errors import ProviderError
from shortside.datasets import Dataset
from shortside.listings import EARLIER_TENANT
from tui.errors import ReportedError
from tui.memory import give_memory_back
from tui.polling.facts import poll_facts, poll_line
from tui.polling.watch import Polling, PublicWatch
from tui.processes.back_office import BackOffice, OfficeReading, greeting_of
from tui.sources.boards import board_of
from widgets.feeds import PollFacts, PollLine

if TYPE_CHECKING:
    from providers.archive.live_quotes import Quotes
    from providers.feeds.feed import FeedState, Ledger
    from shortside.listings import Floats
    from shortside.market import Market
    from shortside.short_volume import SoldShort
    from tui.app import Monitor
    from tui.sources.given import Loaded, Reading

Read = Callable[..., "Loaded"]
SETTLE_SECONDS = 0.2
"""Vintages that come together make one new market."""
FILLING_SECONDS = 10.0
"""While a long gap is filled something new comes every second; the screen follows more slowly."""
LOOK_SECONDS = 0.2
"""How long a name is in view before its short volume is read: who walks through a list does not stop at each."""
ASK_SECONDS = 1.5
"""And how much longer before somebody is asked for it."""
ATTEND_SECONDS = 1.0
"""How often it is looked which names are in view."""
WHOLE_YEAR = 240
"""Sessions of a year that was fetched: 252, but for a few without a trade."""
BEHIND_FIGURES = frozenset(
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


class FreshMarket:
    """Keeps a monitor's public market fresh until it is stopped.

    Args:
        app: the monitor; its market is read and shown.
        watch: polls or follows.
        read: reads the market anew; as `tui.sources.load.load_public`, which it is unless a test says so.
        sold_short: reads a name's off-exchange short selling of a year; None where nobody can.
        attend: called every second, to tell whoever polls which names somebody looks at.
    """

    def __init__(
        self,
        app: Monitor,
        watch: PublicWatch,
        read: Read | None = None,
        sold_short: Callable[[str], SoldShort] | None = None,
        attend: Callable[[], object] | None = None,
    ) -> None:
        self._app, self._watch, self._read_public, self._sold_short = app, watch, read, sold_short
        self._attend = attend
        self._attending: asyncio.Task[None] | None = None
        self._looked_at: tuple[str, Callable[[SoldShort], None]] | None = None
        self._telling: asyncio.Task[None] | None = None
        self._reading: asyncio.Task[None] | None = None
        self._is_wanted = False
        self._live_day: date | None = None
        self._quotes: dict[str, Quotes] = {}
        """The newest of each source."""
        self._quoted: tuple[Market, Floats] | None = None
        """When the last price of each column of a market was made, seconds since 1970."""
        self.complaint = ""
        """Why the newest vintage is not on the screen, in words; empty when it is."""

    def start(self) -> None:
        """Poll or follow from now on."""
        self._watch.start(self._on_listings, self._on_states, self._on_quotes)
        if self._attend is not None:
            self._attending = asyncio.get_running_loop().create_task(self._attend_on(self._attend), name="attend")

    async def stop(self) -> None:
        """Break off what is under way and let another terminal poll."""
        for task in (self._reading, self._telling, self._attending):
            if task is not None:
                task.cancel()
        await self._watch.stop()

    async def _attend_on(self, attend: Callable[[], object]) -> None:
        while True:
            attend()
            await asyncio.sleep(ATTEND_SECONDS)

    def poll_now(self) -> None:
        """Ask every provider at once."""
        self._watch.poll_now()

    def facts(self) -> tuple[list[PollFacts], PollLine]:
        """What the feeds panel shows of the polling."""
        line = poll_line(self._watch)
        return list(poll_facts(self._watch.states())), replace(line, complaint=line.complaint or self.complaint)

    def look_at(self, symbol: str, told: Callable[[SoldShort], None]) -> None:
        """Tell how a name is sold short off exchange, now and whenever more is known; until another is looked at.

        What the archive lacks of the year is asked for, once the name has stayed in view for a moment.
        """
        self._looked_at = (symbol, told)
        self._tell_of(ASK_SECONDS)

    def _on_listings(self, changed: frozenset[Dataset]) -> None:
        if changed & BEHIND_FIGURES:
            self._read_again()
        if Dataset.SHORT_VOLUME in changed:
            self._tell_of(None)

    def _tell_of(self, ask_after: float | None) -> None:
        if self._telling is not None:
            self._telling.cancel()
        if self._looked_at is not None and self._sold_short is not None:
            self._telling = asyncio.get_running_loop().create_task(self._tell(ask_after), name="sold short")

    async def _tell(self, ask_after: float | None) -> None:
        assert self._looked_at is not None
        assert self._sold_short is not None
        symbol, told = self._looked_at
        await asyncio.sleep(LOOK_SECONDS)
        try:
            history = await asyncio.to_thread(self._sold_short, symbol)
        except (ReportedError, ProviderError) as error:
            self.complaint = str(error)
            return
        told(history)
        if ask_after is not None and len(history.sessions) < WHOLE_YEAR:
            await asyncio.sleep(ask_after)
            await asyncio.to_thread(self._watch.want_history, symbol)

    def _on_states(self, _states: Sequence[FeedState]) -> None:
        self._app.feeds_changed()

    def _on_quotes(self, quotes: Quotes) -> None:
        self._quotes[quotes.source] = quotes
        self._show_quotes(quotes)

    def _show_quotes(self, quotes: Quotes) -> None:
        loaded, board = self._app.loaded, self._app.board
        if loaded is None or board is None:
            return
        market = loaded.market
        if quotes.as_of > market.last_session:
            # The session has no column yet: the market is made anew with one.
            self._live_day = quotes.as_of
            self._read_again()
        elif market.is_live and quotes.as_of == market.last_session:
            from providers.archive.live_quotes import columns_of

            columns, prices, moments = columns_of(quotes, market.symbols.tolist())
            if self._quoted is None or self._quoted[0] is not market:
                self._quoted = market, np.zeros(len(market.symbols))
            # Two sources quote one name, one of them a quarter of an hour late: the newest price stays.
            newest = self._quoted[1]
            is_newer = moments >= newest[columns]
            newest[columns[is_newer]] = moments[is_newer]
            moved = is_newer & (board.book.price[columns] != prices)
            self._app.tick(columns[moved], prices[moved])

    def _read_again(self) -> None:
        self._is_wanted = True
        if self._reading is None or self._reading.done():
            self._reading = asyncio.get_running_loop().create_task(self._read(), name="read again")

    async def _read(self) -> None:
        from tui.sources.load import load_public

        read = self._read_public or load_public
        while self._is_wanted:
            self._is_wanted = False
            await asyncio.sleep(FILLING_SECONDS if self._watch.filling else SETTLE_SECONDS)
            app = self._app
            try:
                loaded = await asyncio.to_thread(read, app.options, app.clock, live_day=self._live_day)
                view = app.view or loaded.view
                board = await asyncio.to_thread(board_of, loaded.desk, view, app.preparing())
            except ReportedError as error:
                # The market on the screen stays; the feeds panel says why it is not the newest.
                self.complaint = str(error)
                app.feeds_changed()
                continue
            self.complaint = ""
            app.adopt(replace(loaded, view=view), board)
            self._quoted = None
            # A market that is read anew begins its session at the last close: the prices of today are told once more.
            for quotes in sorted(self._quotes.values(), key=lambda one: one.fetched_at):
                self._show_quotes(quotes)
            # Nothing here shall keep the market that was: it is as large as the new one.
            del loaded, board
            await asyncio.to_thread(give_memory_back)


def fresh_market(app: Monitor) -> tuple[FreshMarket, Reading]:
    """What keeps a monitor's public market fresh, and what reads it the first time; the archive is known from now on.

    Both leave the work to one back office, which is opened when there is some. Looks the archive through: blocks.
    """
    from tui.sources.load import load_public

    options, clock, attention = app.options, app.clock, Attention(app)

    def make(ledger: Ledger, earlier: Sequence[FeedState]) -> Polling:
        # Only where there is no back office: what asks and parses weighs more than all the rest.
        from tui.polling.assembly import public_polling

        return public_polling(options, clock, attention.watched, attention.viewed)(ledger, earlier)

    office = BackOffice(greeting_of(options, clock))
    reading = OfficeReading(office, options.paths.archive, options.paths.cache / "listings", clock)
    watch = PublicWatch(options.paths.archive, clock, make, office=office)
    watch.prime()

    def attend() -> None:
        office.attend(attention.watched(), attention.viewed())

    fresh = FreshMarket(app, watch, partial(load_public, reading=reading), reading.sold_short, attend)
    return fresh, reading


WATCHED: Final = 200
"""Names whose last prices are worth asking for again and again."""


VIEWED: Final = 5
"""Names opened lately that are remembered."""


class Attention:
    """What a monitor's screens show, by name; asked on the event loop.

    Args:
        app: the monitor.
    """

    def __init__(self, app: Monitor) -> None:
        self._app = app
        self._viewed: list[str] = []

    def watched(self) -> list[str]:
        """The names whose last prices are wanted: those opened lately, then the most shorted of the market."""
        board = self._app.board
        if board is None:
            return self.viewed()
        dollars = np.where(board.included, np.nan_to_num(board.short_interest), 0.0)
        chosen = np.argsort(-dollars, kind="stable")[:WATCHED]
        symbols = [str(board.market.symbols[column]) for column in chosen if dollars[column] > 0]
        return list(dict.fromkeys([*self.viewed(), *(symbol for symbol in symbols if EARLIER_TENANT not in symbol)]))

    def viewed(self) -> list[str]:
        """The names somebody opened, the last one first; who closed it looked at it all the same."""
        symbol = self._in_view()
        if symbol is not None and EARLIER_TENANT not in symbol:
            self._viewed = [symbol, *(one for one in self._viewed if one != symbol)][:VIEWED]
        return list(self._viewed)

    def _in_view(self) -> str | None:
        for screen in reversed(self._app.screen_stack):
            symbol = getattr(screen, "symbol", None)
            if isinstance(symbol, str):
                return symbol
        return None
