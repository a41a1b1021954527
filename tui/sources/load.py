"""Reads the market from the source that the user chose: demo, files, public archive or recording."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from providers.base import Progress, no_progress
from shortside.listings import Listings
from shortside.live import public_on
from shortside.market import NoSessionError
from shortside.named_windows import first_day
from shortside.positions import Knowledge
from shortside.sessions import (
    CalendarRangeError,
    days_back,
    in_utc,
    new_york_date,
)
from tui.clock import Clock
from tui.errors import ArchiveLackError, SourceError
from tui.settings.configuration import Options
from tui.sources.archive_lack import filling_advice, first_day_to_fill, lack_words
from tui.sources.desk_catch_up import caught_up_words
from tui.sources.knowledge import knowledge_of, published_by
from tui.sources.loaded_market import ListingsReader, LoadedMarket, SourceData, loaded_of

HISTORY_SPAN = timedelta(days=426)
"""Fourteen months: a year's window, the session before it, and the settlement before that."""
LEAD_BEFORE_SINCE = timedelta(days=45)
"""Sessions before a `since:` window, so that it begins at a known close and a known settlement."""


def load(
    options: Options,
    clock: Clock,
    progress: Progress = no_progress,
    *,
    is_watched: bool = False,
    reading: ListingsReader | None = None,
) -> LoadedMarket:
    """Read the market of the chosen source. Takes up to seconds: call it in a thread.

    Args:
        options: which of the sources in `tui.settings.options.SOURCES`, and the day to look from.
        clock: the present moment.
        progress: told how far the reading is, from this thread.
        is_watched: whether somebody goes on watching, so that the demo market's next session opens, or a recording
            begins to be played instead of being shown as it ended.
        reading: used instead of the provider of the files or the public source.

    Raises:
        ArchiveLackError: the archive of the public source wants filling.
        SourceError: the source has nothing for the day asked for, or could not give it.
    """
    given = source_data(options, clock, progress, is_watched=is_watched, reading=reading)
    return loaded_of(given, options, progress)


def source_data(
    options: Options,
    clock: Clock,
    progress: Progress = no_progress,
    *,
    is_watched: bool = False,
    reading: ListingsReader | None = None,
    live_day: date | None = None,
) -> SourceData:
    """What the chosen source hands over; takes what `load` takes, and its time, and raises as it does.

    `live_day` is, of the public source, the session that quotes come from, when no close of it is stored yet.
    """
    try:
        if options.source == "demo":
            return _demo(options, clock, progress, is_watched)
        if options.has_archive:
            return _public(options, clock, progress, reading, live_day)
        if options.source == "replay":
            return _replay(options, progress, is_watched)
        return _files(options, clock, progress, reading, is_watched)
    except (NoSessionError, CalendarRangeError) as error:
        raise SourceError(str(error)) from error


def load_public(
    options: Options, clock: Clock, *, live_day: date | None = None, reading: ListingsReader | None = None
) -> LoadedMarket:
    """Read the public market anew after something was stored. Takes up to seconds: call it in a thread.

    Args:
        options: where the archive is, and the day to look from.
        clock: the present moment.
        live_day: the session that quotes come from, when no close of it is stored yet; it gets a column of its own.
        reading: used instead of a provider in this process.

    Raises:
        SourceError: the archive has nothing for the day asked for, or could not give it.
    """
    return loaded_of(source_data(options, clock, live_day=live_day, reading=reading), options)


def _demo(options: Options, clock: Clock, progress: Progress, is_watched: bool) -> SourceData:
    # Each source is imported when it is chosen: the other one's libraries are half the start-up time.
    from providers.demo.source import DemoProvider

    provider = DemoProvider(options.seed)
    progress("simulating a market", 0, 2)
    listings = provider.read_listings()
    if options.as_of is not None or not is_watched:
        moment = in_utc(datetime.fromisoformat(listings.fetched_at))
        return SourceData(listings=listings, clock=lambda: moment)
    live = provider.open_session(speed=options.speed)
    began = clock()
    return SourceData(
        listings=listings,
        clock=lambda: live.moment((clock() - began).total_seconds()),
        live_day=live.day,
        live=live,
        opened_at=began,
    )


def _files(
    options: Options, clock: Clock, progress: Progress, reading: ListingsReader | None, is_watched: bool
) -> SourceData:
    from providers.files.source import KeptFolder

    complaints: list[str] = []
    chosen = reading or _folder(options, complaints, is_watched)
    listings = _read_as_known(options, clock(), chosen, progress)
    # "Revised" is everything known now, and a clock that is set back knows less (METHOD section 2).
    listings = public_on(listings, published_by(clock()))
    at_hand = reading.at_hand if isinstance(reading, KeptFolder) else None
    return SourceData(listings=listings, clock=clock, complaints=tuple(complaints), at_hand=at_hand)


def _read_as_known(options: Options, now: datetime, reading: ListingsReader, progress: Progress) -> Listings:
    """A folder's market, and where it is of the past, made of nothing that was published after its last session."""
    day = _folder_ends(options)
    is_cut = day is not None and knowledge_of(options, now, day) is Knowledge.AS_KNOWN
    try:
        listings = _read(options, reading, progress, knowledge=day if is_cut else None)
    except SourceError:
        if not is_cut:
            raise
        # Before the first publication there are prices, and not one position for a rule to go wrong by.
        return _read(options, reading, progress)
    last: date = listings.sessions[-1].astype(date)
    if (
        knowledge_of(options, now, last) is not Knowledge.AS_KNOWN
        or (listings.published <= listings.sessions[-1]).all()
    ):
        return listings
    # The day that was asked for is no session, or nobody could tell where the folder ends.
    return _read(options, reading, progress, knowledge=last)


def _folder_ends(options: Options) -> date | None:
    """The day asked for, or the last one a folder has a price of; None where that takes reading all of them."""
    if options.as_of is not None or options.data is None:
        return options.as_of
    from providers.files.extent import last_day

    return last_day(options.data)


def _folder(options: Options, complaints: list[str], is_watched: bool) -> ListingsReader:
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
    reading: ListingsReader | None,
    live_day: date | None,
) -> SourceData:
    from providers.public.source import PublicProvider

    complaints: list[str] = []
    root, cache = options.paths.archive, options.paths.cache / "listings"
    if options.source == "desk":
        _require_desk()
        if reading is None:
            complaints += filter(None, [caught_up_words(options, clock)])
    reading = reading or PublicProvider(root, clock=clock, cache=cache, complain=complaints.append)
    today, day = new_york_date(clock()), options.as_of
    is_cut = day is not None and knowledge_of(options, clock(), day) is Knowledge.AS_KNOWN
    try:
        listings = _read(options, reading, progress, today, knowledge=day if is_cut else None)
    except SourceError as error:
        lack = lack_words(root)
        words = f"the archive {root} {lack}" if lack else str(error)
        raise type(error)(f"{words}; {filling_advice(first_day_to_fill(options, today))}") from error
    is_live = live_day is not None and live_day > listings.sessions[-1].astype(date)
    return SourceData(
        # Where it comes from is as the user chose it: of a desk others may have asked the publishers.
        listings=replace(listings, source=options.source),
        clock=clock,
        live_day=live_day if is_live else None,
        complaints=tuple(complaints),
    )


def _require_desk() -> None:
    """Let a start pass on which what speaks to a desk is installed."""
    from providers.desk.connection import EXTRA_WORDS, is_installed

    if not is_installed():
        raise SourceError(EXTRA_WORDS)


def _replay(options: Options, progress: Progress, is_watched: bool) -> SourceData:
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


def _read(
    options: Options,
    reading: ListingsReader,
    progress: Progress,
    newest: date | None = None,
    knowledge: date | None = None,
) -> Listings:
    from providers.errors import NoDataError, ProviderError

    since = history_start(options, newest)
    try:
        return reading.read_listings(since=since, until=options.as_of, progress=progress, knowledge=knowledge)
    except ProviderError as error:
        is_lack = options.has_archive and isinstance(error, NoDataError)
        raise (ArchiveLackError if is_lack else SourceError)(str(error)) from error


def history_start(options: Options, newest: date | None = None) -> date | None:
    """The first session needed for the day asked for, or for the newest there can be; None while nobody knows it."""
    last = options.as_of or newest
    if last is None:
        return None
    start = days_back(last, HISTORY_SPAN)
    first = first_day(options.window)
    return start if first is None else min(start, days_back(first, LEAD_BEFORE_SINCE))
