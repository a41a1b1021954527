"""Opens the source a person chose and makes a market of what it hands over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Protocol

import numpy as np

from shortside.board import Desk
from shortside.freshness import InputAge
from shortside.listings import Listings
from shortside.live import public_on, with_live_row
from shortside.market import Market, NoDataError, market_of
from shortside.sessions import NEW_YORK, CalendarRangeError, in_utc, new_york_date
from shortside.view import View
from tui.clock import Clock
from tui.errors import SourceError
from tui.settings.configuration import Options
from tui.settings.options import SINCE
from tui.sources.input_ages import inputs_of
from tui.sources.pulse import LiveQuotes

if TYPE_CHECKING:
    from providers.recording.reader import Recording

HISTORY = timedelta(days=426)
"""Fourteen months: a year's window, the session before it, and the settlement before that."""
LEAD = timedelta(days=45)
"""Sessions before a `since:` window, so that it begins at a known close and a known settlement."""

Progress = Callable[[str, int, int], None]
"""Told what is being done, in words, and how many of how many steps are behind us."""


def unheard(_words: str, _done: int, _total: int) -> None:
    """A `Progress` nobody listens to."""


class Reading(Protocol):
    """Whatever can hand over listings for a span of sessions; `FilesProvider` can."""

    def read_listings(self, *, since: date | None, until: date | None, progress: Progress) -> Listings:
        """The market as published, from one session to another, both included; None is no limit."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Loaded:
    """A market ready to be looked at, with how old everything in it is."""

    market: Market
    desk: Desk
    view: View
    inputs: tuple[InputAge, ...]
    clock: Clock
    """The moment as the source tells it: the demo market lives in September 2023."""
    live: LiveQuotes | None
    """The session that still runs; its columns are the market's."""
    recording: Recording | None = None
    """What the market is played from."""
    complaints: tuple[str, ...] = ()
    """What went wrong on the way without stopping it, in sentences."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a careful reader should know of the inputs."""
        return self.market.notes


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Given:
    """What a source handed over, before a market is made of it."""

    listings: Listings
    """Without the session that still runs."""
    clock: Clock
    """The moment as the source tells it."""
    live_day: date | None = None
    """The session that still runs; it follows the last one of the listings. None where none runs."""
    live: LiveQuotes | None = None
    """What moves its prices, where the source itself does."""
    opened_at: datetime | None = None
    """When it began to, on the watcher's clock."""
    prices: Mapping[str, float] = field(default_factory=dict)
    """What names of that session last traded at, by symbol, where that is known beforehand."""
    recording: Recording | None = None
    """What it was played from."""
    complaints: tuple[str, ...] = ()


def load(
    options: Options,
    clock: Clock,
    progress: Progress = unheard,
    *,
    is_watched: bool = False,
    reading: Reading | None = None,
) -> Loaded:
    """Read the chosen source. Takes up to seconds: call it in a thread.

    Args:
        options: which of the sources in `tui.settings.options.SOURCES`, and the day to look from.
        clock: the present moment.
        progress: told how far the reading is, from this thread.
        is_watched: whether somebody goes on watching, so that the demo market's next session opens, or a recording
            begins to be played instead of being shown as it ended.
        reading: used instead of the provider of the files or the public source.

    Raises:
        SourceError: the source has nothing for the day asked for, or could not give it.
    """
    given = given_by(options, clock, progress, is_watched=is_watched, reading=reading)
    return loaded_of(given, options, progress)


def given_by(
    options: Options,
    clock: Clock,
    progress: Progress = unheard,
    *,
    is_watched: bool = False,
    reading: Reading | None = None,
    live_day: date | None = None,
) -> Given:
    """What the chosen source hands over; takes what `load` takes, and its time, and raises as it does.

    `live_day` is, of the public source, the session that quotes come from, when no close of it is stored yet.
    """
    try:
        if options.source == "demo":
            return _demo(options, clock, progress, is_watched)
        if options.source == "public":
            return _public(options, clock, progress, reading, live_day)
        if options.source == "replay":
            return _replay(options, progress, is_watched)
        return _files(options, clock, progress, reading, is_watched)
    except (NoDataError, CalendarRangeError) as error:
        raise SourceError(str(error)) from error


def load_public(
    options: Options, clock: Clock, *, live_day: date | None = None, reading: Reading | None = None
) -> Loaded:
    """The public market again, after something new came in. Takes up to seconds: call it in a thread.

    Args:
        options: where the archive is, and the day to look from.
        clock: the present moment.
        live_day: the session that quotes come from, when no close of it is stored yet; it gets a column of its own.
        reading: used instead of a provider in this process.

    Raises:
        SourceError: the archive has nothing for the day asked for, or could not give it.
    """
    return loaded_of(given_by(options, clock, live_day=live_day, reading=reading), options)


def _demo(options: Options, clock: Clock, progress: Progress, is_watched: bool) -> Given:
    # Each source is imported when it is chosen: the other one's libraries are half the start-up time.
    from providers.demo.source import DemoProvider

    provider = DemoProvider(options.seed)
    progress("simulating a market", 0, 2)
    listings = provider.read_listings()
    if options.as_of is not None or not is_watched:
        moment = in_utc(datetime.fromisoformat(listings.fetched_at))
        return Given(listings=listings, clock=lambda: moment)
    live = provider.open_session(speed=options.speed)
    began = clock()
    return Given(
        listings=listings,
        clock=lambda: live.moment((clock() - began).total_seconds()),
        live_day=live.day,
        live=live,
        opened_at=began,
    )


def _files(options: Options, clock: Clock, progress: Progress, reading: Reading | None, is_watched: bool) -> Given:
    complaints: list[str] = []
    listings = _read(options, reading or _folder(options, complaints, is_watched), progress)
    # "Revised" is everything known now, and a clock that is set back knows less (METHOD section 2).
    listings = public_on(listings, new_york_date(clock()))
    return Given(listings=listings, clock=clock, complaints=tuple(complaints))


def _folder(options: Options, complaints: list[str], is_watched: bool) -> Reading:
    if options.data is None:
        raise SourceError("the files source needs a folder of data")
    cache = options.paths.cache / "listings"
    if is_watched:
        from tui.processes.folder_reading import ChildReading

        return ChildReading(options.data, cache, complaints.append)
    from providers.files.source import FilesProvider

    return FilesProvider(options.data, cache=cache, complain=complaints.append)


def _public(
    options: Options,
    clock: Clock,
    progress: Progress,
    reading: Reading | None,
    live_day: date | None,
) -> Given:
    from providers.public.source import PublicProvider

    complaints: list[str] = []
    root, cache = options.paths.archive, options.paths.cache / "listings"
    reading = reading or PublicProvider(root, clock=clock, cache=cache, complain=complaints.append)
    today = new_york_date(clock())
    try:
        listings = _read(options, reading, progress, today)
    except SourceError as error:
        first = date(today.year - 1, 12, 30)
        raise SourceError(f"{error}; fill it with: shortside backfill --since {first}") from error
    is_live = live_day is not None and live_day > listings.sessions[-1].astype(date)
    return Given(listings=listings, clock=clock, live_day=live_day if is_live else None, complaints=tuple(complaints))


def _replay(options: Options, progress: Progress, is_watched: bool) -> Given:
    from providers.errors import ProviderError
    from providers.recording.source import ReplayProvider
    from tui.sources.replay import at_its_end, from_its_beginning

    if options.data is None:
        raise SourceError("the replay source needs a recording")
    try:
        recording = ReplayProvider(options.data).read_recording(progress)
        if is_watched and options.as_of is None:
            return from_its_beginning(recording, options.speed)
        return at_its_end(recording, options.as_of)
    except ProviderError as error:
        raise SourceError(str(error)) from error


def _read(options: Options, reading: Reading, progress: Progress, newest: date | None = None) -> Listings:
    from providers.errors import ProviderError

    since = _history_start(options, newest)
    try:
        return reading.read_listings(since=since, until=options.as_of, progress=progress)
    except ProviderError as error:
        raise SourceError(str(error)) from error


def _history_start(options: Options, newest: date | None) -> date | None:
    """The first session needed for the day asked for, or for the newest there can be; None while nobody knows it."""
    last = options.as_of or newest
    if last is None:
        return None
    start = last - HISTORY
    if options.window.startswith(SINCE):
        start = min(start, date.fromisoformat(options.window.removeprefix(SINCE)) - LEAD)
    return start


def loaded_of(given: Given, options: Options, progress: Progress = unheard) -> Loaded:
    """A market of what was handed over. Takes up to a second: call it in a thread.

    Raises:
        SourceError: there is nothing on the day asked for.
    """
    try:
        return _loaded(given, options, progress)
    except (NoDataError, CalendarRangeError) as error:
        raise SourceError(str(error)) from error


def _loaded(given: Given, options: Options, progress: Progress) -> Loaded:
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
    market = market_of(listings, as_of=until if is_cut else None, is_live=given.live_day is not None)
    if given.recording is not None:
        market = replace(market, is_replayed=True)
    view = options.view()
    desk = Desk(market)
    if given.prices:
        columns = [column for column, symbol in enumerate(market.symbols) if symbol in given.prices]
        desk.tick(np.array(columns, np.int64), np.array([given.prices[market.symbols[column]] for column in columns]))
    return Loaded(
        market=market,
        desk=desk,
        view=view,
        inputs=inputs_of(market, view.knowledge, judged(options, now)),
        clock=given.clock,
        live=given.live,
        recording=given.recording,
        complaints=given.complaints,
    )


def judged(options: Options, now: datetime) -> datetime:
    """From when the age of inputs is told: who asks for a day in the past asks how things stood on its evening."""
    return now if options.as_of is None else min(now, datetime.combine(options.as_of, time.max, NEW_YORK))
