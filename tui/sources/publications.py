"""The publications of a source: which settlements it has, when each was seen first, and the market of its evening."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from providers.errors import ProviderError
from shortside.datasets import Dataset
from shortside.named_windows import CYCLE_WINDOW
from shortside.publications.publication import NoPublicationError, publication_of
from shortside.sessions import FIRST_DAY, LAST_DAY, CalendarRangeError, new_york_date
from shortside.settlement import (
    NotASettlementDateError,
    SettlementCycle,
    cycle_of,
    is_settlement_date,
    latest_published,
)
from tui.errors import SourceError

if TYPE_CHECKING:
    from shortside.market import Market
    from shortside.publications.publication import Publication
    from shortside.view import View
    from tui.settings.configuration import Options
    from tui.sources.loaded_market import LoadedMarket


EARLIEST_BEFORE_DUE: Final = timedelta(days=1)
"""A look at a settlement that was made earlier is another's estimate, not FINRA's file."""


def archived_settlements(options: Options) -> dict[date, datetime | None]:
    """The settlements of the public archive, ascending, each with when its file was fetched first, where that is told.

    No file is opened.

    Raises:
        SourceError: the archive cannot be listed.
    """
    from providers.archive.look_times import look_times

    try:
        looks = look_times(options.paths.archive, Dataset.SHORT_INTEREST)
    except OSError as error:
        raise SourceError(f"{options.paths.archive} cannot be listed ({error.strerror or error})") from error
    found: dict[date, datetime | None] = {}
    for day, moments in sorted(looks.items()):
        # Providers with a key tell days between settlements, too.
        if FIRST_DAY <= day <= LAST_DAY and is_settlement_date(day):
            due = cycle_of(day).published_at
            found[day] = next((moment for moment in moments if moment >= due - EARLIEST_BEFORE_DUE), None)
    return found


def settlements_there(options: Options) -> tuple[date, ...] | None:
    """The settlement dates a source has, ascending; None where only the market itself can tell. Reads a folder's file.

    Raises:
        SourceError: the source has none, or they cannot be read.
    """
    if options.has_archive:
        return tuple(archived_settlements(options))
    if options.source != "files" or options.data is None:
        return None
    from providers.files.short_interest import settlements_of_folder

    try:
        return settlements_of_folder(options.data)
    except ProviderError as error:
        raise SourceError(str(error)) from error


def seen_at(options: Options, settlement: date) -> datetime | None:
    """When a settlement's file was fetched first; None where nobody kept that. Opens no file.

    Raises:
        SourceError: the archive cannot be listed.
    """
    return archived_settlements(options).get(settlement) if options.has_archive else None


def options_of_publication(options: Options, now: datetime) -> Options:
    """The options by which the market of a publication is read: of the cycle asked for, or of the newest known.

    Raises:
        SourceError: the cycle asked for is none, is not there, or was not published by the day asked for.
    """
    if options.cycle is None:
        return options._replace(window=CYCLE_WINDOW)
    _cycle(options.cycle)
    there = settlements_there(options)
    if there is not None and options.cycle not in there:
        raise SourceError(f"there is no short interest of {options.cycle} here{nearest_words(options.cycle, there)}")
    evening = evening_of(options, options.cycle, now)
    if options.as_of is not None and evening.as_of is not None and options.as_of < evening.as_of:
        raise SourceError(f"the settlement of {options.cycle} was published on {evening.as_of}, after {options.as_of}")
    return evening


def evening_of(options: Options, settlement: date, now: datetime) -> Options:
    """The options by which the market is read as it stood on the evening a settlement was published.

    Raises:
        SourceError: it is no settlement, or it is still to be published.
    """
    cycle = _cycle(settlement)
    if cycle.publication_date > new_york_date(now):
        newest = latest_published(now).settlement_date
        words = f"the settlement of {settlement} is to be published on {cycle.publication_date}"
        raise SourceError(f"{words}; the nearest that is out is of {newest}")
    return options._replace(as_of=cycle.publication_date, window=CYCLE_WINDOW)


def _cycle(settlement: date) -> SettlementCycle:
    try:
        return cycle_of(settlement)
    except (NotASettlementDateError, CalendarRangeError) as error:
        raise SourceError(str(error)) from error


def nearest_words(settlement: date, there: Sequence[date]) -> str:
    """The words that name the nearest settlement of some in ascending order; none where there is none."""
    place = bisect_left(there, settlement)
    around = there[max(place - 1, 0) : place + 1]
    if not around:
        return ""
    return f"; the nearest is of {min(around, key=lambda day: abs(day - settlement))}"


def known_settlements(market: Market) -> list[date]:
    """The settlements that were published by the evening a market is of, in ascending order."""
    known: list[date] = market.settlements[market.published <= market.known_on].tolist()
    return known


def publication_in(loaded: LoadedMarket, view: View, settlement: date | None = None) -> Publication:
    """What a publication said, of a market that was read: the newest known, or that of a settlement. Milliseconds.

    Raises:
        SourceError: the market knows no such settlement, or not the one before it.
    """
    market, price = loaded.market, loaded.desk.book(view).price
    try:
        return publication_of(market, view, settlement, price)
    except NoPublicationError as error:
        if settlement is None or _cycle(settlement).publication_date <= market.last_session:
            raise SourceError(str(error)) from error
        words = f"the settlement of {settlement} is published on {_cycle(settlement).publication_date}"
        ends = f"the closes here end on {market.last_session}"
        raise SourceError(f"{words}, and {ends}{nearest_words(settlement, known_settlements(market))}") from error
