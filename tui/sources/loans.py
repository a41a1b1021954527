"""Reads from the chosen source what a list of stock loans said over time, of the market in view or of one name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol, cast

import numpy as np

from shortside.market import BORROW_DAYS, Market
from shortside.sessions import new_york_date
from tui.errors import SourceError
from tui.processes.messages import ReadNameRecords
from tui.sources.knowledge import moment_ages_are_measured_at

if TYPE_CHECKING:
    from providers.listings.symbols import JoinSide
    from shortside.loans.history import LoanHistory, LoanState
    from shortside.loans.path import LoanPath
    from tui.clock import Clock
    from tui.processes.name_parts import ReadPart
    from tui.settings.configuration import Options


class LoanStand(Protocol):
    """Of which market, and as known when, the fees over time are wanted."""

    @property
    def market(self) -> Market:
        """Whose names."""

    @property
    def clock(self) -> Clock:
        """The source's present moment."""

    @property
    def recording(self) -> object | None:
        """The recording that the market is played from; None for the other sources."""


RECORDED: Final = "a recording keeps the newest fees alone, and no path of them; --source public keeps every look"


def loan_history(options: Options, loaded: LoanStand) -> LoanHistory:
    """The looks of the chosen source as known at the moment in view. Takes up to a second: call it in a thread.

    Raises:
        SourceError: there is none, or the newest is too old for the market in view; the words say what fills it.
    """
    from providers.errors import ProviderError

    try:
        history = _history(options, loaded)
    except ProviderError as error:
        raise SourceError(str(error)) from error
    _require_young(history.now.as_of, loaded.market.last_session)
    return history


def _require_young(newest: date, last_session: date) -> None:
    """Refuse looks of which the newest says nothing about the market's last session."""
    if last_session - newest > timedelta(days=BORROW_DAYS):
        raise SourceError(
            f"the newest look at the list of stock loans is of {newest}, more than {BORROW_DAYS} days "
            f"before {last_session}: it says nothing about the fees of that day; "
            "a newer list beside it, or --source public, which keeps every look, would"
        )


def _history(options: Options, loaded: LoanStand) -> LoanHistory:
    market, moment, until = loaded.market, loan_moment(options, loaded), _until(options, loaded)
    if loaded.recording is not None:
        raise SourceError(RECORDED)
    if options.has_archive:
        from providers.archive.vintages import Archive
        from providers.public.loans import read_loan_archive

        since: date = market.sessions[0].astype(object)
        archive = Archive(options.paths.archive)
        return read_loan_archive(archive, _side(market), market.symbols, since, moment, until)
    if options.source == "demo":
        from shortside.loans.states import history_of_states

        return history_of_states(market.symbols, "demo", _simulated_of(options, market, moment))
    if options.data is None:
        raise SourceError("the files source needs a folder of data")
    from providers.files.loan_names import newest_look_named

    # Lists are megabytes each: those that say nothing are refused by their names.
    newest = newest_look_named(options.data, moment, until)
    if newest is not None:
        _require_young(newest, market.last_session)
    from providers.files.loans import read_loan_folder

    return read_loan_folder(options.data, _side(market), market.symbols, moment, until)


def loan_path(options: Options, loaded: LoanStand, column: int) -> LoanPath:
    """The last year of the name in a column of the market, as known at the moment in view. Call it in a thread.

    Raises:
        SourceError: the source keeps no path, or could not give it.
    """
    return list(loan_paths(options, loaded, column))[-1]


def loan_paths(options: Options, loaded: LoanStand, column: int, *, is_read_apart: bool = False) -> Iterator[LoanPath]:
    """The last year of a name in paths that grow while it is read, the one of the newest looks first.

    Args:
        options: of the source.
        loaded: the market.
        column: which name of it.
        is_read_apart: have it read in a process of its own, so that what that takes leaves memory with it.

    Raises:
        SourceError: the source keeps no path, or could not give it.
    """
    order = name_order(options, loaded, column, ("borrow",))
    if order is None:
        if loaded.recording is not None:
            raise SourceError(RECORDED)
        from shortside.loans.states import path_of_states

        symbol = str(loaded.market.symbols[column])
        looks, place_of = _simulated(options, loan_moment(options, loaded))
        yield path_of_states(symbol, place_of[symbol], "demo", looks)
        return
    for part in parts_read(order, is_read_apart=is_read_apart):
        if part.found is None:
            raise SourceError(part.lack)
        yield cast("LoanPath", part.found)


def parts_read(order: ReadNameRecords, *, is_read_apart: bool) -> Iterator[ReadPart]:
    """The parts of a name that an order asks for, read here or in a process of its own. Blocks: take it in a thread.

    Raises:
        SourceError: the process could not be started, or ended before it was done.
    """
    if is_read_apart:
        from tui.processes.name_reading import READING

        return READING.read(order)
    from tui.processes.name_parts import parts_of_name

    return parts_of_name(order)


def name_order(options: Options, loaded: LoanStand, column: int, parts: tuple[str, ...]) -> ReadNameRecords | None:
    """The order to read some parts of what is kept of a name; None where nothing of the kind is kept on a disk.

    Raises:
        SourceError: the files source has no folder.
    """
    from providers.listings.symbols import squashed

    if loaded.recording is not None or options.source == "demo":
        return None
    root = options.paths.archive if options.has_archive else options.data
    if root is None:
        raise SourceError("the files source needs a folder of data")
    market = loaded.market
    symbol = str(market.symbols[column])
    key = squashed(symbol)
    # Which of those that a list spells alike a row of it is of, is told by all of them together.
    columns = [place for place, other in enumerate(market.symbols.tolist()) if squashed(other) == key]
    return ReadNameRecords(
        parts=parts,
        is_archive=options.has_archive,
        root=str(root),
        symbols=tuple(str(market.symbols[one]) for one in columns),
        names=tuple(str(market.names[one]) for one in columns),
        exchanges=tuple(str(market.exchanges[one]) for one in columns),
        place=columns.index(column),
        moment=loan_moment(options, loaded),
        last_session=market.last_session,
        looks_until=_until(options, loaded),
    )


def loan_moment(options: Options, loaded: LoanStand) -> datetime:
    """The moment whose knowledge is shown: now, or the evening of the day in view."""
    return moment_ages_are_measured_at(options, loaded.clock())


def _until(options: Options, loaded: LoanStand) -> date | None:
    """The last day whose looks count: any by the moment while the market is of the present, else its last session."""
    last = loaded.market.last_session
    is_present = options.as_of is None and new_york_date(loaded.clock()) - last <= timedelta(days=BORROW_DAYS)
    return None if is_present else last


def _side(market: Market) -> JoinSide:
    from providers.listings.symbols import JoinSide

    columns = (market.symbols, market.names, market.exchanges)
    symbols, names, exchanges = (column.tolist() for column in columns)
    return JoinSide(symbols=symbols, names=names, exchanges=exchanges)


def _simulated(options: Options, moment: datetime) -> tuple[list[LoanState], dict[str, int]]:
    """The looks of the demo market that are known by a moment, and the place of each symbol in them."""
    from providers.demo.loans import simulated_looks
    from providers.demo.source import DemoProvider

    provider = DemoProvider(options.seed)
    try:
        last = provider.read_last_look()
    except LookupError as error:
        raise SourceError(str(error)) from error
    looks = simulated_looks(last.borrow, last.sessions, provider.seed)
    known = [look for look in looks if look.known_at <= moment]
    if not known:
        raise SourceError(f"the simulated list of stock loans begins on {looks[0].as_of}")
    return known, {symbol: place for place, symbol in enumerate(last.symbols.tolist())}


def _simulated_of(options: Options, market: Market, moment: datetime) -> list[LoanState]:
    """The looks of the demo market that are known by a moment, along the names of a market."""
    from dataclasses import replace

    looks, place_of = _simulated(options, moment)
    places = np.array([place_of[symbol] for symbol in market.symbols.tolist()], np.int64)
    return [
        replace(look, fee=look.fee[places], available=look.available[places], is_capped=look.is_capped[places])
        for look in looks
    ]
