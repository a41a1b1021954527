"""Makes the market that the monitor shows out of what a source handed over, with its inputs and complaints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from providers.base import Progress, no_progress
from shortside.board import Desk
from shortside.freshness import InputAge
from shortside.listings import Listings
from shortside.live import public_on, with_live_row
from shortside.loans.fee_paths import FeePaths
from shortside.market import Market, NoSessionError, market_of
from shortside.positions import Knowledge
from shortside.sessions import CalendarRangeError, new_york_date
from shortside.view import View
from tui.clock import Clock
from tui.errors import SourceError
from tui.settings.configuration import Options
from tui.sources.day_in_view import DayNote, day_note
from tui.sources.input_ages import inputs_of
from tui.sources.knowledge import knowledge_of, known_on, moment_ages_are_measured_at
from tui.sources.watched_session import LiveQuotes

if TYPE_CHECKING:
    from providers.recording.reader import Recording
    from shortside.by_session.kept_tables import TablesAtHand
    from shortside.loans.history import LoanHistory


class ListingsReader(Protocol):
    """Anything that can hand over listings for a span of sessions, such as `FilesProvider`."""

    def read_listings(
        self, *, since: date | None, until: date | None, progress: Progress, knowledge: date | None = None
    ) -> Listings:
        """The market as it was public on a day, from one session to another, both included; None is no limit."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class LoadedMarket:
    """A market ready to be looked at, with how old everything in it is."""

    market: Market
    desk: Desk
    view: View
    inputs: tuple[InputAge, ...]
    clock: Clock
    """The source's present moment: the demo market lives in September 2023."""
    live: LiveQuotes | None
    """The session that still runs; its columns are the market's."""
    recording: Recording | None = None
    """The recording that the market is played from; None for the other sources."""
    complaints: tuple[str, ...] = ()
    """Sentences on what went wrong without stopping the reading."""
    knowledge: Knowledge | None = None
    """The state of knowledge the market was read for, where the other one needs another market; None where it does not:
    of the present there is but one."""
    day_note: DayNote | None = None
    """That what is shown is not the day asked for, or not the present."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes that a careful reader should know of the inputs."""
        return self.market.notes


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class SourceData:
    """The listings and live session that a source handed over, before a market is made of them."""

    listings: Listings
    """The listings, without the session that still runs."""
    clock: Clock
    """A function that returns the source's present moment."""
    live_day: date | None = None
    """The session that still runs; it follows the last one of the listings. None where none runs."""
    live: LiveQuotes | None = None
    """The live session that moves the prices, where the source has one."""
    opened_at: datetime | None = None
    """When the live session began, on the watcher's clock."""
    prices: Mapping[str, float] = field(default_factory=dict)
    """The last prices of the session that still runs, by symbol, where they are known."""
    recording: Recording | None = None
    """The recording that it was read from; None for the other sources."""
    complaints: tuple[str, ...] = ()
    at_hand: TablesAtHand | None = None
    """The tables that the listings were made of, where they are kept for further days."""


def loaded_of(given: SourceData, options: Options, progress: Progress = no_progress) -> LoadedMarket:
    """A market of what was handed over. Takes up to a second: call it in a thread.

    Raises:
        SourceError: there is nothing on the day asked for.
    """
    try:
        return _loaded(given, options, progress)
    except (NoSessionError, CalendarRangeError) as error:
        raise SourceError(str(error)) from error


def _loaded(given: SourceData, options: Options, progress: Progress) -> LoadedMarket:
    progress("restating the market", 1, 2)
    listings, now = given.listings, given.clock()
    if given.live_day is not None:
        # Where the source ticks by columns, no history is cut off: they are those of the listings.
        listings = with_live_row(listings, given.live_day)
    # A clock that is set back has not seen later prices either; a day asked for by name is given all the same.
    until = options.as_of or new_york_date(now)
    if len(listings.sessions) and until < listings.sessions[0].astype(date):
        have = f"prices run from {listings.sessions[0]} to {listings.sessions[-1]}"
        raise SourceError(f"there is nothing on or before {until}: {have}")
    # The market speaks of its last session, so what is judged by age is judged from there, not from today.
    is_cut = len(listings.sessions) and until < listings.sessions[-1].astype(date)
    shown = _last_session(listings, until)
    knowledge = None if shown is None else knowledge_of(options, now, shown)
    if knowledge is Knowledge.AS_KNOWN and shown is not None:
        # So that no rule of the market looks at later ones either, such as which share counts are believed. Those that
        # make listings were told the day when they read.
        listings = public_on(listings, shown)
    market = market_of(
        listings,
        as_of=until if is_cut else None,
        is_live=given.live_day is not None,
        known_on=known_on(listings, options, now),
        at_hand=given.at_hand,
    )
    if given.recording is not None:
        market = replace(market, is_replayed=True)
    is_asked = shown is not None and given.recording is None
    noted = day_note(options.as_of, shown, now) if is_asked and shown is not None else None
    if noted is not None:
        market = replace(market, notes=(noted.sentence, *market.notes))
    view = options.view()
    desk = Desk(market)
    desk.fee_paths = FeePaths(partial(_fees_over_time, options, MarketAt(market, given.clock, given.recording)))
    if given.prices:
        columns = [column for column, symbol in enumerate(market.symbols) if symbol in given.prices]
        desk.tick(np.array(columns, np.int64), np.array([given.prices[market.symbols[column]] for column in columns]))
    return LoadedMarket(
        market=market,
        desk=desk,
        view=view,
        inputs=inputs_of(market, view.knowledge, moment_ages_are_measured_at(options, now)),
        clock=given.clock,
        live=given.live,
        recording=given.recording,
        complaints=given.complaints,
        knowledge=knowledge,
        day_note=noted,
    )


class MarketAt(NamedTuple):
    """Of which market, and as known when, the fees over time are wanted: no Desk, which holds what reads them."""

    market: Market
    clock: Clock
    recording: Recording | None


def _fees_over_time(options: Options, stand: MarketAt) -> LoanHistory | str:
    """The looks at the list of stock loans; or why there are none, in words."""
    # Imported when it is called: a market is shown before anybody asks for what its names paid.
    from tui.sources.loans import loan_history

    try:
        return loan_history(options, stand)
    except SourceError as error:
        return str(error)


def _last_session(listings: Listings, until: date) -> date | None:
    """The last session on or before a day; None where there is none."""
    rows = int(np.searchsorted(listings.sessions, np.datetime64(until, "D"), "right"))
    return listings.sessions[rows - 1].astype(date) if rows else None
