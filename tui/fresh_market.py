"""Joins the public source's polling to the monitor: a new vintage becomes a new market, quotes become ticks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from analytics.snapshot import Dataset
from tui.feed_facts import poll_facts, poll_line
from tui.watch import PublicWatch
from widgets.feeds import PollFacts, PollLine

if TYPE_CHECKING:
    from analytics.listings import Floats
    from analytics.market import Market
    from providers._feed import FeedState
    from providers._live_quotes import Quotes
    from tui.app import Monitor
    from tui.sources import Loaded

Read = Callable[..., "Loaded"]
SETTLE_SECONDS = 0.2
"""Vintages that come together make one new market."""
FILLING_SECONDS = 10.0
"""While a long gap is filled something new comes every second; the screen follows more slowly."""
BEHIND_FIGURES = frozenset(
    {
        Dataset.PRICES,
        Dataset.SHORT_INTEREST,
        Dataset.SPLITS,
        Dataset.REFERENCE,
        Dataset.SHARES_OUTSTANDING,
        Dataset.BORROW,
        Dataset.FAILS,
    }
)
"""Datasets whose news change a figure on the screen."""


class FreshMarket:
    """Keeps a monitor's public market fresh until it is stopped.

    Args:
        app: the monitor; its market is read and shown.
        watch: polls or follows.
        read: reads the market anew; as `tui.sources.load_public`, which it is unless a test says so.
    """

    def __init__(self, app: Monitor, watch: PublicWatch, read: Read | None = None) -> None:
        self._app, self._watch, self._read_public = app, watch, read
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

    async def stop(self) -> None:
        """Break off what is under way and let another terminal poll."""
        if self._reading is not None:
            self._reading.cancel()
        await self._watch.stop()

    def poll_now(self) -> None:
        """Ask every provider at once."""
        self._watch.poll_now()

    def facts(self) -> tuple[list[PollFacts], PollLine]:
        """What the feeds panel shows of the polling."""
        line = poll_line(self._watch, self._app.bytes_per_second())
        return list(poll_facts(self._watch.states())), replace(line, complaint=line.complaint or self.complaint)

    def _on_listings(self, changed: frozenset[Dataset]) -> None:
        if changed & BEHIND_FIGURES:
            self._read_again()

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
            from providers._live_quotes import columns_of

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
        from tui.errors import ReportedError
        from tui.sources import load_public

        read = self._read_public or load_public
        while self._is_wanted:
            self._is_wanted = False
            await asyncio.sleep(FILLING_SECONDS if self._watch.filling else SETTLE_SECONDS)
            app = self._app
            try:
                loaded = await asyncio.to_thread(read, app.options, app.clock, live_day=self._live_day)
                view = app.view or loaded.view
                board = await asyncio.to_thread(loaded.desk.board, view)
            except ReportedError as error:
                # The market on the screen stays; the feeds panel says why it is not the newest.
                self.complaint = str(error)
                app.feeds_changed()
                continue
            self.complaint = ""
            app.adopt(replace(loaded, view=view), board)
            # A market that is read anew begins its session at the last close: the prices of today are told once more.
            for quotes in sorted(self._quotes.values(), key=lambda one: one.fetched_at):
                self._show_quotes(quotes)
