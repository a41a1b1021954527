"""Reads a long history a year at a time, each year a task that this machine or another one can do.

A task is small: it names a source, not its data. Whoever does it reads the year with the margins that the main board
reads, so that positions, splits and share counts at its ends are what they are within it, and forgets it again.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from providers.base import Progress
from shortside.datasets import Dataset
from shortside.freshness import InputAge
from shortside.listings import Listings
from shortside.market import Market
from shortside.positions import Positions, positions_of
from shortside.sessions import days_back
from shortside.tiers import TierBasis, TierScheme
from shortside.universe import kind_of_unpriced
from shortside.world.exact_dollars import ExactDollars
from shortside.world.periods import Every, Period, periods_of
from shortside.world.shards import MarketShards, Plan
from shortside.world.sums import MEASURES, summed_shards
from tui.errors import ArchiveLackError, SourceError
from tui.settings.configuration import Options, configured
from tui.settings.paths import HOME_VARIABLE
from tui.sources.addresses import is_address, local_copy
from tui.sources.day_in_view import is_present
from tui.sources.loaded_market import ListingsReader, LoadedMarket

if TYPE_CHECKING:
    from providers.files.source import FilesProvider
    from providers.public.source import PublicProvider

MARGIN: Final = timedelta(days=45)
"""Read beyond a year that others follow: three settlements, and the sessions that tell who stopped trading."""
NO_PRICE: Final = "no_price"
"""What `kind_of_unpriced` says of what looks like a stock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryAsk:
    """What is asked of every year of a history."""

    settings: Mapping[str, str]
    """The settings that decide which figures there are, as text: source, seed, tier basis, positions, known."""
    place: str
    """The folder or address of the files source or the archive; empty for a simulated market."""
    now: datetime
    """The present moment."""
    since: date
    """The first day."""
    until: date | None
    """The last day; None for the newest session."""
    ends: date | None
    """The last day as far as it is known before anything is read; None where nobody can tell."""
    by_sector: bool
    """Whether names are grouped by sector, and not by tier."""
    every: Every


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryTask:
    """The periods of a history that end between two days."""

    ask: HistoryAsk
    first: date
    last: date | None
    """None for the task that reaches to the end."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class HistoryAbout:
    """What the newest part tells of the market it is of."""

    source: str
    is_simulated: bool
    last_session: date
    measured_to: date | None
    """Up to which day shares short are measured; held after it."""
    inputs: tuple[InputAge, ...]
    day_note: str | None


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class HistoryPart:
    """What a task found: P periods."""

    first: date
    periods: tuple[Period, ...]
    labels: tuple[str, ...]
    """The groups; the empty one stands for an unknown sector."""
    sums: ExactDollars
    """(P, measures, groups) as `shortside.world.sums.MEASURES` has them."""
    about: HistoryAbout | None
    """None where there was nothing to read."""
    complaints: tuple[str, ...] = ()
    lack: str = ""
    """Why there is nothing, in a sentence; empty where there is something."""


def tasks_of(ask: HistoryAsk) -> tuple[HistoryTask, ...]:
    """The tasks, oldest first: a calendar year each, and one for all of a market that is not read by years."""
    if ask.ends is None or ask.settings["source"] == "demo":
        return (HistoryTask(ask=ask, first=ask.since, last=None),)
    years = range(ask.since.year, max(ask.ends.year, ask.since.year) + 1)
    firsts = [ask.since, *(date(year, 1, 1) for year in years[1:])]
    lasts = [*(date(year, 12, 31) for year in years[:-1]), None]
    return tuple(HistoryTask(ask=ask, first=first, last=last) for first, last in zip(firsts, lasts, strict=True))


def history_part(task: HistoryTask) -> HistoryPart:
    """Read and sum up a part of a history. Takes seconds; it is the function that other machines run.

    Raises:
        SourceError: the source could not give what it has. That it has nothing is an answer.
    """
    try:
        loaded = _loaded(task)
    except SourceError as error:
        if not _is_lack(error):
            raise SourceError(_words_of(error, task.ask.place)) from error
        nothing = ExactDollars.zero(0, len(MEASURES), 0)
        return HistoryPart(
            first=task.first, periods=(), labels=(), sums=nothing, about=None, lack=_words_of(error, task.ask.place)
        )
    market, view = loaded.market, loaded.view
    positions = positions_of(market, view.positions, view.knowledge)
    periods = _periods(task, market, positions)
    scheme = TierScheme()
    labels = market.sector_names if task.ask.by_sector else scheme.labels
    dealt = MarketShards(
        market, positions, view.kinds, labels if task.ask.by_sector else None, scheme, TierBasis(view.basis)
    )
    sums = summed_shards(dealt.shards(periods), Plan.of(periods, positions, len(labels)))
    return _with_unpriced(
        HistoryPart(
            first=task.first,
            periods=periods,
            labels=labels,
            sums=sums,
            about=_about(loaded, positions),
            complaints=(*loaded.complaints, *_passed_over(task)),
            lack="" if periods else _nothing_from(task),
        ),
        market,
        positions,
    )


def _passed_over(task: HistoryTask) -> tuple[str, ...]:
    """Sentences on vintages that cannot be read, from the task that every history has one of."""
    if task.ask.settings["source"] != "public" or task.last is not None:
        return ()
    from providers.archive.vintages import Archive

    archive, found = Archive(_place(task.ask)), list[str]()
    for dataset in (Dataset.PRICES, Dataset.SHORT_INTEREST):
        archive.vintages(dataset)
        found += archive.complaints
    return tuple(words.replace(str(archive.root), task.ask.place) for words in found)


def _place(ask: HistoryAsk) -> Path:
    """The folder of this machine that an ask is read from."""
    return local_copy(ask.place) if is_address(ask.place) else Path(ask.place)


def _nothing_from(task: HistoryTask) -> str:
    last = task.last or task.ask.until or "the newest session"
    return f"there are no two sessions with short interest known from {task.first} to {last}"


def _periods(task: HistoryTask, market: Market, positions: Positions) -> tuple[Period, ...]:
    found = periods_of(market.sessions, positions.knots, task.ask.every, task.ask.since, task.ask.until)
    return tuple(
        period
        for period in found
        if period.end_date >= task.first and (task.last is None or period.end_date <= task.last)
    )


def _about(loaded: LoadedMarket, positions: Positions) -> HistoryAbout:
    market = loaded.market
    last = len(market.sessions) - 1
    measured: date | None = market.last_session if len(positions.knots) else None
    if positions.is_held(last):
        measured = market.settlements[positions.settlement_rows[-1]].astype(object)
    return HistoryAbout(
        source=market.source,
        is_simulated=market.is_simulated,
        last_session=market.last_session,
        measured_to=measured,
        inputs=loaded.inputs,
        day_note=None if loaded.day_note is None else loaded.day_note.sentence,
    )


def _with_unpriced(part: HistoryPart, market: Market, positions: Positions) -> HistoryPart:
    """The part, with what looks like a stock and has short interest but no price at all, as names left out."""
    missing, knots = market.unpriced, positions.knots
    is_stock = [
        kind_of_unpriced(symbol, name, place) == NO_PRICE
        for symbol, name, place in zip(missing.symbols, missing.names, missing.market_classes, strict=True)
    ]
    days = missing.settlement_date[np.array(is_stock, bool)]
    group = len(part.labels) - 1 if "" not in part.labels else part.labels.index("")
    for place, period in enumerate(part.periods):
        knot = int(np.searchsorted(knots, period.end, "right")) - 1
        if knot >= 0:
            # Only the last settlement that reported each is known: it was reported until then.
            count = int((days >= market.settlements[positions.settlement_rows[knot]]).sum())
            for measure in ("left_out_names", "left_out_unvalued"):
                part.sums.whole[place, MEASURES.index(measure), group] += count
    return part


def _words_of(error: SourceError, place: str) -> str:
    """What is wrong, with the address in place of the folder that its copy is in."""
    words = str(error)
    return (
        words.replace(str(local_copy(place)), place)
        if is_address(place) and "could not be read" not in words
        else words
    )


def _is_lack(error: SourceError) -> bool:
    """Whether there is nothing to read, as opposed to something that could not be read."""
    from providers.errors import NoDataError
    from shortside.market import NoSessionError

    return isinstance(error, ArchiveLackError) or isinstance(error.__cause__, NoDataError | NoSessionError)


class _AsKnown:
    """A provider that is always asked with the same knowledge, whatever day is looked at, and never for everything."""

    def __init__(self, provider: FilesProvider | PublicProvider, knowledge: date | None, earliest: date | None) -> None:
        self._provider, self._knowledge, self._earliest = provider, knowledge, earliest

    def read_listings(
        self, *, since: date | None, until: date | None, progress: Progress, knowledge: date | None = None
    ) -> Listings:
        """The listings as they were known on the day that was fixed, or on the one that is asked for without one."""
        return self._provider.read_listings(
            since=since or self._earliest,
            until=until,
            progress=progress,
            knowledge=self._knowledge or knowledge,
        )


def _loaded(task: HistoryTask) -> LoadedMarket:
    from tui.sources.load import HISTORY_SPAN, LEAD_BEFORE_SINCE, load

    ask, complaints = task.ask, list[str]()
    options = options_of(ask, _place(ask))
    options = options._replace(window=f"since:{task.first}", as_of=ask.until)
    knowledge: date | None = None
    if task.last is not None:
        # Told with what was known on the history's last day, so that each period begins as the one before ends.
        knowledge = _known_day(ask) if options.known == "as-known" else None
        options = options._replace(as_of=min(task.last + MARGIN, ask.ends or task.last + MARGIN), known="revised")
    # Whoever asks for the newest day of a folder is read all of it, which may be twenty years.
    earliest = None
    if ask.ends is not None:
        earliest = min(days_back(ask.ends, HISTORY_SPAN), days_back(task.first, LEAD_BEFORE_SINCE))
    reading = _reading(options, ask.now, knowledge, earliest, complaints)
    loaded = load(options, lambda: ask.now, reading=reading)
    return replace(loaded, complaints=(*loaded.complaints, *complaints))


def _known_day(ask: HistoryAsk) -> date | None:
    """The day whose knowledge the history has; None for the present one."""
    if ask.until is not None:
        return ask.until
    is_past = ask.settings["source"] == "files" and ask.ends is not None and not is_present(ask.ends, ask.now)
    return ask.ends if is_past else None


def options_of(ask: HistoryAsk, place: Path) -> Options:
    """The settings of an ask, as the sources read them; nothing of this machine's own settings is among them."""
    given = dict(ask.settings)
    if given["source"] == "files":
        given["data"] = str(place)
    # Where no folder can be there is no configuration, whatever lies beside the data, and nothing is written.
    options = configured(given, {HOME_VARIABLE: os.devnull}).options
    if given["source"] != "public":
        return options
    return options._replace(paths=options.paths._replace(archive=place))


def _reading(
    options: Options, now: datetime, knowledge: date | None, earliest: date | None, complaints: list[str]
) -> ListingsReader | None:
    # Without a copy of the arrays: a long history would push those of the monitor out.
    if options.source == "files" and options.data is not None:
        from providers.files.source import FilesProvider

        return _AsKnown(FilesProvider(options.data, complain=complaints.append), knowledge, earliest)
    if options.source == "public":
        from providers.public.source import PublicProvider

        root = options.paths.archive
        return _AsKnown(PublicProvider(root, clock=lambda: now, complain=complaints.append), knowledge, earliest)
    return None
