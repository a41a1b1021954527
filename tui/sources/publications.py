"""The publications of a source: which settlements it has, when each was seen first, and the market of its evening."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from providers.errors import ProviderError
from shortside.datasets import Dataset
from shortside.named_windows import CYCLE_WINDOW
from shortside.publication import NoPublicationError, publication_of
from shortside.sessions import CalendarRangeError, in_utc, new_york_date
from shortside.settlement import NotASettlementDateError, SettlementCycle, cycle_of
from tui.errors import SourceError

if TYPE_CHECKING:
    from shortside.publication import Publication
    from shortside.view import View
    from tui.settings.configuration import Options
    from tui.sources.loaded_market import LoadedMarket


def settlements_there(options: Options) -> tuple[date, ...] | None:
    """The settlement dates a source has, ascending; None where only the market itself can tell. Looks at files.

    Raises:
        SourceError: the source has none, or they cannot be read.
    """
    try:
        if options.source == "files" and options.data is not None:
            from providers.files.short_interest import settlements_of_folder

            return settlements_of_folder(options.data)
        if options.source == "public":
            return tuple(sorted(_first_looks(options)))
    except ProviderError as error:
        raise SourceError(str(error)) from error
    return None


def seen_at(options: Options, settlement: date) -> datetime | None:
    """When a settlement's file was fetched first; None where nobody kept that. Looks at files.

    Raises:
        SourceError: the archive cannot be read.
    """
    if options.source != "public":
        return None
    try:
        return _first_looks(options).get(settlement)
    except ProviderError as error:
        raise SourceError(str(error)) from error


def _first_looks(options: Options) -> dict[date, datetime]:
    """When each settlement of the archive was fetched first; nothing that was fetched after a day asked for."""
    from providers.archive.vintages import Archive

    looks: dict[date, datetime] = {}
    for one in Archive(options.paths.archive).vintages(Dataset.SHORT_INTEREST):
        # Single names are kept under the newest day of their history, which is a settlement, too.
        if one.as_of not in looks or one.fetched_at < looks[one.as_of]:
            looks[one.as_of] = in_utc(one.fetched_at)
    return looks


def options_of_publication(options: Options, now: datetime) -> Options:
    """The options by which the market of a publication is read: of the cycle asked for, or of the newest known.

    Raises:
        SourceError: the cycle asked for is none, is not there, or was not published by the day asked for.
    """
    if options.cycle is None:
        return options._replace(window=CYCLE_WINDOW)
    evening = evening_of(options, options.cycle, now)
    if options.as_of is not None and evening.as_of is not None and options.as_of < evening.as_of:
        raise SourceError(f"the settlement of {options.cycle} was published on {evening.as_of}, after {options.as_of}")
    return evening


def evening_of(options: Options, settlement: date, now: datetime) -> Options:
    """The options by which the market is read as it stood on the evening a settlement was published.

    Raises:
        SourceError: it is no settlement, the source has no report of it, or it is still to be published.
    """
    cycle = _cycle(settlement)
    there = settlements_there(options)
    if there is not None and settlement not in there:
        raise SourceError(f"there is no short interest of {settlement} here{nearest_words(settlement, there)}")
    if cycle.publication_date > new_york_date(now):
        raise SourceError(f"the settlement of {settlement} is to be published on {cycle.publication_date}")
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


def publication_in(loaded: LoadedMarket, view: View, settlement: date | None = None) -> Publication:
    """What a publication said, of a market that was read: the newest known, or that of a settlement. Milliseconds.

    Raises:
        SourceError: the market knows no such settlement, or not the one before it.
    """
    market, price = loaded.market, loaded.desk.book(view).price
    try:
        return publication_of(market, view, settlement, price)
    except NoPublicationError as error:
        published = None if settlement is None else _cycle(settlement).publication_date
        if published is not None and published > market.last_session:
            words = f"the settlement of {settlement} was published on {published}, and the closes here end on"
            raise SourceError(f"{words} {market.last_session}") from error
        raise SourceError(str(error)) from error
