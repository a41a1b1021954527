"""Records what a source says: the demo's session as it ticks, or the public archive as it grows.

A recording of the public source polls if no other terminal does, and follows the archive either way.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

import numpy as np

from providers.recording.terms import TermsTold
from providers.recording.writer import Happening, RecordedMarket, RecordedTerms, RecordedTick, RecordingWriter
from shortside.datasets import Dataset
from shortside.sessions import MarketState
from tui.clock import Clock
from tui.errors import ReportedError
from tui.polling.fresh_market import (
    DATASETS_BEHIND_FIGURES,
    SECONDS_BETWEEN_MARKETS_WHILE_FILLING,
    SECONDS_TO_GATHER_VINTAGES,
)
from tui.sources.loaded_market import SourceData
from tui.sources.watched_session import LiveQuotes

if TYPE_CHECKING:
    from providers.archive.live_quotes import Quotes
    from providers.recording.writer import RecordedFunds
    from shortside.listings import Floats, Texts
    from tui.polling.watch import PublicWatch

TICK_SECONDS: Final = 0.25
"""How often the demo's session is asked what moved: as often as the monitor draws."""
WRITE_SECONDS: Final = 2.0
"""Seconds between writes: a killed program loses no more than that."""


class Recorder:
    """Queues events and writes them in order; a single task writes, so that no two writes mix."""

    def __init__(self, writer: RecordingWriter, sources: Iterable[str] = ()) -> None:
        """A recorder that has nothing to write yet.

        Args:
            writer: writes the file.
            sources: those whose terms the file says already.
        """
        self.writer = writer
        self._terms = TermsTold(sources)
        self._noted: list[Happening] = []
        self._writing: asyncio.Future[None] | None = None

    def note(self, happening: Happening) -> None:
        """Queue one event, to be written within `WRITE_SECONDS`."""
        self._noted.append(happening)

    def note_market(self, given: SourceData) -> None:
        """Queue a market that was read at this moment."""
        self.note(RecordedMarket(at=given.clock(), listings=given.listings, live_day=given.live_day))

    def note_sources(self, at: datetime, sources: Mapping[str, str]) -> None:
        """Figures of these sources follow: the terms of those that are new to the recording are said before them.

        Args:
            at: the present moment.
            sources: their names, each with the attribution its figures came with.
        """
        news = self._terms.news(sources)
        if news:
            self.note(RecordedTerms(at=at, terms=news))

    async def write_on(self) -> None:
        """Write the queued events again and again, every `WRITE_SECONDS`.

        Raises:
            OSError: the disk is full or gone; what was written stays whole.
        """
        while True:
            await asyncio.sleep(WRITE_SECONDS)
            await self.write()

    async def write(self) -> None:
        """Write the events queued by now, after any write under way; raises OSError as `write_on` does.

        Whoever waits may be cancelled; a thread that writes cannot, and the next one waits for it.
        """
        await self._written()
        noted, self._noted = self._noted, []
        if noted:
            self._writing = asyncio.ensure_future(asyncio.to_thread(self.writer.write, noted))
            await self._written()

    async def _written(self) -> None:
        if self._writing is not None:
            await asyncio.shield(self._writing)
            self._writing = None


async def take_down_session(given: SourceData, live: LiveQuotes, clock: Clock, recorder: Recorder) -> None:
    """Note every tick of a session that moves by itself, until its closing bell.

    Args:
        given: its market.
        live: the session.
        clock: the watcher's.
        recorder: is told.
    """
    symbols = given.listings.symbols
    while True:
        elapsed = (clock() - given.opened_at).total_seconds() if given.opened_at is not None else 0.0
        columns, prices = live.tick(elapsed)
        if len(columns):
            recorder.note(RecordedTick(at=live.moment(elapsed), symbols=symbols[columns], prices=prices))
        if live.state(elapsed) is MarketState.CLOSED:
            return
        await asyncio.sleep(TICK_SECONDS)


class PublicRecorder:
    """Notes every new vintage of the public archive, and every price that moved.

    Args:
        given: the market as it was read before the watch began.
        watch: polls or follows; primed before that reading.
        recorder: is told.
        read: reads the market anew, given the session that quotes come from. Blocks.
        read_funds: the share counts of funds, or None. Blocks.
        read_sources: the sources of some datasets, each with the attribution its figures came with. Blocks.
        complain: told, in a sentence, what could not be read.
    """

    def __init__(
        self,
        given: SourceData,
        watch: PublicWatch,
        recorder: Recorder,
        *,
        read: Callable[[date | None], SourceData],
        read_funds: Callable[[], RecordedFunds | None],
        read_sources: Callable[[set[Dataset]], Mapping[str, str]],
        complain: Callable[[str], None],
    ) -> None:
        self._given, self._watch, self._recorder = given, watch, recorder
        self._read, self._read_funds, self._read_sources = read, read_funds, read_sources
        self._complain = complain
        self._live_day: date | None = None
        self._quotes: dict[str, Quotes] = {}
        """The newest of each source."""
        self._prices: dict[str, float] = {}
        self._moments: dict[str, float] = {}
        """When each was made, seconds since 1970."""
        self._wanted: set[Dataset] = set()
        self._wake = asyncio.Event()

    async def take_down(self) -> None:
        """Follow until cancelled; then another terminal may poll."""
        self._watch.start(self._on_listings, on_quotes=self._on_quotes)
        try:
            while True:
                await self._wake.wait()
                # Vintages that come together make one market, and while a gap is filled they come every second.
                await asyncio.sleep(
                    SECONDS_BETWEEN_MARKETS_WHILE_FILLING if self._watch.filling else SECONDS_TO_GATHER_VINTAGES
                )
                self._wake.clear()
                wanted, self._wanted = self._wanted, set()
                await self._note_news(wanted)
        finally:
            await self._watch.stop()

    async def _note_news(self, wanted: set[Dataset]) -> None:
        funds = await asyncio.to_thread(self._read_funds) if Dataset.FUND_FLOWS in wanted else None
        given = await self._market() if wanted & DATASETS_BEHIND_FIGURES else None
        # Asked after the reading, so that nobody is forgotten whose figures came meanwhile; said before the figures.
        self._recorder.note_sources(self._given.clock(), await asyncio.to_thread(self._read_sources, wanted))
        if funds is not None:
            self._recorder.note(funds)
        if given is not None:
            self._note_market(given)

    async def _market(self) -> SourceData | None:
        """The market, read anew; None, after a complaint to the user, where it cannot be read."""
        try:
            return await asyncio.to_thread(self._read, self._live_day)
        except ReportedError as error:
            self._complain(str(error))
            return None

    def _note_market(self, given: SourceData) -> None:
        self._given = given
        self._recorder.note_market(given)
        # A session begins at the last close: what its names trade at by now is said once more.
        self._prices, self._moments = {}, {}
        for quotes in sorted(self._quotes.values(), key=lambda one: one.fetched_at):
            self._note_quotes(quotes)

    def _on_listings(self, changed: frozenset[Dataset]) -> None:
        self._wanted |= changed
        self._wake.set()

    def _on_quotes(self, quotes: Quotes) -> None:
        self._quotes[quotes.source] = quotes
        last = self._given.live_day or self._given.listings.sessions[-1].astype(date)
        if quotes.as_of > last:
            # The session has no column yet: the market is read anew with one, and these prices come after it.
            self._live_day = quotes.as_of
            self._on_listings(frozenset({Dataset.PRICES}))
        else:
            self._note_quotes(quotes)

    def _note_quotes(self, quotes: Quotes) -> None:
        if quotes.as_of != self._given.live_day:
            return
        known = set(self._given.listings.symbols.tolist())
        moved = {}
        for symbol, price, moment in zip(quotes.symbols, quotes.prices.tolist(), quotes.moments.tolist(), strict=True):
            # As on the screen: of two sources the one a quarter of an hour late does not take the newer price back.
            if symbol in known and moment >= self._moments.get(symbol, -math.inf):
                self._moments[symbol] = moment
                if self._prices.get(symbol) != price:
                    moved[symbol] = price
        if moved:
            self._prices |= moved
            symbols, prices = _arrays(moved)
            self._recorder.note_sources(self._given.clock(), {quotes.source: ""})
            self._recorder.note(RecordedTick(at=self._given.clock(), symbols=symbols, prices=prices))


def _arrays(prices: dict[str, float]) -> tuple[Texts, Floats]:
    symbols = np.empty(len(prices), object)
    symbols[:] = list(prices)
    return symbols, np.array(list(prices.values()), np.float64)
