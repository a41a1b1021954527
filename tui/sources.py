"""Opens the source a person chose and makes a market of what it hands over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Protocol

from analytics.board import Desk
from analytics.listings import Listings
from analytics.live import public_on, with_live_row
from analytics.market import Market, NoDataError, market_of
from analytics.sessions import NEW_YORK, CalendarRangeError, in_utc, new_york_date
from analytics.snapshot import InputAge
from analytics.view import View
from tui.clock import Clock
from tui.configuration import Options
from tui.errors import SourceError
from tui.inputs import inputs_of
from tui.live import LiveQuotes
from tui.settings import SINCE

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
    complaints: tuple[str, ...]
    """What went wrong on the way without stopping it, in sentences."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a careful reader should know of the inputs."""
        return self.market.notes


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
        options: which of the sources in `tui.settings.AVAILABLE`, and the day to look from.
        clock: the present moment.
        progress: told how far the reading is, from this thread.
        is_watched: whether somebody goes on watching, so that the demo market's next session opens.
        reading: used instead of the provider of the files or the public source.

    Raises:
        SourceError: the source has nothing for the day asked for, or could not give it.
    """
    try:
        if options.source == "demo":
            return _demo(options, clock, progress, is_watched)
        if options.source == "public":
            return _public(options, clock, progress, reading)
        return _files(options, clock, progress, reading, is_watched)
    except (NoDataError, CalendarRangeError) as error:
        raise SourceError(str(error)) from error


def _demo(options: Options, clock: Clock, progress: Progress, is_watched: bool) -> Loaded:
    # Each source is imported when it is chosen: the other one's libraries are half the start-up time.
    from providers.demo import DemoProvider

    provider = DemoProvider(options.seed)
    progress("simulating a market", 0, 2)
    listings = provider.read_listings()
    if options.as_of is not None or not is_watched:
        moment = in_utc(datetime.fromisoformat(listings.fetched_at))
        return _loaded(listings, options, lambda: moment, progress)
    live = provider.open_session(speed=options.speed)
    began = clock()
    # No history is cut off: the session's columns are those of the listings, and a cut could drop some.
    return _loaded(
        with_live_row(listings, live.day),
        options,
        lambda: live.moment((clock() - began).total_seconds()),
        progress,
        live=live,
    )


def _files(options: Options, clock: Clock, progress: Progress, reading: Reading | None, is_watched: bool) -> Loaded:
    complaints: list[str] = []
    listings = _read(options, reading or _folder(options, complaints, is_watched), progress)
    # "Revised" is everything known now, and a clock that is set back knows less (METHOD section 2).
    listings = public_on(listings, new_york_date(clock()))
    return _loaded(listings, options, clock, progress, complaints=complaints)


def _folder(options: Options, complaints: list[str], is_watched: bool) -> Reading:
    if options.data is None:
        raise SourceError("the files source needs a folder of data")
    cache = options.paths.cache / "listings"
    if is_watched:
        from tui.child_load import ChildReading

        return ChildReading(options.data, cache, complaints.append)
    from providers.files import FilesProvider

    return FilesProvider(options.data, cache=cache, complain=complaints.append)


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
    return _public(options, clock, unheard, reading, live_day)


def _public(
    options: Options,
    clock: Clock,
    progress: Progress,
    reading: Reading | None,
    live_day: date | None = None,
) -> Loaded:
    from providers.public import PublicProvider

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
    if is_live and live_day is not None:
        listings = with_live_row(listings, live_day)
    return _loaded(listings, options, clock, progress, complaints=complaints, is_live=is_live)


def _read(options: Options, reading: Reading, progress: Progress, newest: date | None = None) -> Listings:
    from providers._errors import ProviderError

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


def _loaded(
    listings: Listings,
    options: Options,
    clock: Clock,
    progress: Progress,
    *,
    live: LiveQuotes | None = None,
    is_live: bool = False,
    complaints: list[str] | None = None,
) -> Loaded:
    progress("restating the market", 1, 2)
    now = clock()
    # A clock that is set back has not seen later prices either; a day asked for by name is given all the same.
    until = options.as_of or new_york_date(now)
    if len(listings.sessions) and until < listings.sessions[0].astype(date):
        have = f"prices run from {listings.sessions[0]} to {listings.sessions[-1]}"
        raise SourceError(f"there is nothing on or before {until}: {have}")
    # The market speaks of its last session, so what is judged by age is judged from there, not from today.
    is_cut = len(listings.sessions) and until < listings.sessions[-1].astype(date)
    market = market_of(listings, as_of=until if is_cut else None, is_live=is_live or live is not None)
    view = options.view()
    return Loaded(
        market=market,
        desk=Desk(market),
        view=view,
        inputs=inputs_of(market, view.knowledge, now if options.as_of is None else min(now, _end_of(options.as_of))),
        clock=clock,
        live=live,
        complaints=tuple(complaints or ()),
    )


def _end_of(day: date) -> datetime:
    """The last moment of a day in New York: who asks for a day in the past asks how things stood then."""
    return datetime.combine(day, time.max, NEW_YORK)
