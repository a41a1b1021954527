"""Puts the user's own positions on a market: whose rows they are, which of them can be counted, and what they make.

The file is read again when it changed; whoever asks does so in a thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple
from weakref import ref

import numpy as np

from providers.listings.symbols import JoinSide, SymbolJoin, canonical
from providers.ordinary_files import FileStamp, file_stamp
from shortside.listings import EARLIER_TENANT, Indexes
from shortside.market import Market
from shortside.own.figures import OwnBook
from shortside.own.positions import NOT_PRICED, OwnPosition, placed_on
from shortside.sessions import new_york_date
from tui.settings.own_file import NoOwnFileError, OwnFile, own_file, read_own_file
from tui.settings.own_rows import RowProblem

if TYPE_CHECKING:
    from shortside.board import Board
    from tui.settings.configuration import Options
    from tui.sources.loaded_market import LoadedMarket


MOST_PROBLEMS_NAMED: Final = 100
"""Rows of one file that are named; a file of something else has one in each of its lines."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True, weakref_slot=True)
class FittedBook:
    """The user's positions on a Board, and what cannot be counted of the file."""

    book: OwnBook
    problems: tuple[RowProblem, ...]
    """Rows that could not be read or are not of the days in view, by line."""
    written_at: datetime | None
    """When the file was written; None where there is none."""
    complaint: str = ""
    """Why there is nothing of the file, in words; empty where there is."""


def fitted(file: OwnFile, board: Board, loaded: LoadedMarket, options: Options) -> FittedBook:
    """The positions of a file on a Board of a market.

    Left out, and said, is what was entered before the market's first session, for nobody knows which splits lie
    between, and what was entered after the day in view.
    """
    kept, problems = [], list(file.rows.problems)
    for position in file.rows.positions:
        words = _misfit(position, board.market, loaded, options)
        if words:
            problems.append(RowProblem(position.line, words))
        else:
            kept.append(position)
    return FittedBook(
        book=own_book(board, kept, options.exit_volume),
        problems=_named(sorted(problems, key=lambda problem: problem.line)),
        written_at=file.written_at,
    )


def _named(problems: list[RowProblem]) -> tuple[RowProblem, ...]:
    """As many mistakes as anybody reads; the rest are counted."""
    more = len(problems) - MOST_PROBLEMS_NAMED
    if more <= 0:
        return tuple(problems)
    return (*problems[:MOST_PROBLEMS_NAMED], RowProblem(0, f"and {more:,} more rows that do not count"))


def own_book(board: Board, positions: Sequence[OwnPosition], exit_volume: float) -> OwnBook:
    """Positions on a Board, each on the name its symbol means there."""
    market = board.market
    return OwnBook(board, placed_on(market, positions, held_columns(positions, market)), exit_volume)


def _misfit(position: OwnPosition, market: Market, loaded: LoadedMarket, options: Options) -> str:
    """Why a position cannot be counted in a market; empty where it can."""
    entered, first = position.entry_date, market.sessions[0].astype(date)
    if entered < first:
        return f"entered on {entered}, before the first session here, {first}: the splits since are not known"
    day = options.as_of or new_york_date(loaded.clock())
    if entered <= day:
        return ""
    if options.as_of is not None or market.is_simulated or market.is_replayed:
        return f"entered on {entered}, after the day in view, {day}: left out"
    return f"date {entered} is in the future"


def held_columns(positions: Sequence[OwnPosition], market: Market) -> Indexes:
    """(n,) which of a market's names each position is of, however its broker spells it; `NOT_PRICED` for none.

    Of two companies that had a symbol one after the other it is the one that had it on the day of entry.
    """
    ours = [str(symbol) for symbol in market.symbols]
    column_of = {symbol: column for column, symbol in enumerate(ours)}
    symbols = [position.symbol.upper() for position in positions]
    columns = np.array([column_of.get(canonical(symbol), NOT_PRICED) for symbol in symbols], np.int64)
    lost = np.flatnonzero(columns == NOT_PRICED)
    if len(lost):
        join = SymbolJoin(
            JoinSide(symbols=ours, names=list(map(str, market.names)), exchanges=list(map(str, market.exchanges)))
        )
        nothing = [""] * len(lost)
        spelt = JoinSide(symbols=[symbols[row] for row in lost], names=nothing, exchanges=nothing)
        columns[lost] = join.columns(spelt)
    return _at_their_time(columns, positions, market, ours)


def _at_their_time(columns: Indexes, positions: Sequence[OwnPosition], market: Market, ours: Sequence[str]) -> Indexes:
    """The columns given, or those of a symbol's earlier tenants where one had it on the day of entry."""
    tenants: dict[str, list[int]] = {}
    for column, symbol in enumerate(ours):
        if EARLIER_TENANT in symbol:
            tenants.setdefault(symbol.partition(EARLIER_TENANT)[0], []).append(column)
    if not tenants:
        return columns
    found = columns.copy()
    for row, (position, column) in enumerate(zip(positions, columns.tolist(), strict=True)):
        entered = np.searchsorted(market.sessions, np.datetime64(position.entry_date, "D"))
        symbol = canonical(position.symbol.upper()) if column == NOT_PRICED else ours[column]
        if column != NOT_PRICED and market.first_priced[column] <= entered:
            continue
        earlier = [one for one in tenants.get(symbol, ()) if entered <= market.last_priced[one]]
        if earlier:
            found[row] = min(earlier, key=lambda one: int(market.last_priced[one]))
    return found


class _Held(NamedTuple):
    """What was found where the file belongs."""

    file: OwnFile | None
    complaint: str
    """Why there is nothing, in words."""
    stamp: FileStamp | None


class OwnBookReader:
    """Reads the user's positions for a monitor, and again whenever their file changed.

    What asks the disk says so: a disk that does not answer keeps nobody waiting but whoever asked it.

    Args:
        options: name the file, and how fast a position is closed.
    """

    def __init__(self, options: Options) -> None:
        self._options = options
        self.file: Path = own_file(options)
        """Where the positions are."""
        self._held: _Held | None = None
        # Whoever shows it keeps it: a Board that nobody shows any more must not be kept by us.
        self._last: Callable[[], FittedBook | None] = lambda: None
        self._last_for: tuple[_Held, date] | None = None

    def has_changed(self) -> bool:
        """Whether the file is another than the one read last. Asks the disk: call it in a thread."""
        return self._held is None or file_stamp(self.file) != self._held.stamp

    def read(self, board: Board, loaded: LoadedMarket) -> FittedBook:
        """What the file holds now, on a Board. Asks the disk: call it in a thread."""
        if self.has_changed():
            self._held = self._look()
        fitted_now = self.fitted_to(board, loaded)
        assert fitted_now is not None
        return fitted_now

    def fitted_to(self, board: Board, loaded: LoadedMarket) -> FittedBook | None:
        """What the file held when it was read last, on a Board; None before it was. Milliseconds for a thread."""
        held = self._held
        if held is None:
            return None
        wanted, last = (held, new_york_date(loaded.clock())), self._last()
        if last is None or last.book.board is not board or self._last_for != wanted:
            last = self._fit(held, board, loaded)
            self._last, self._last_for = ref(last), wanted
        return last

    def _fit(self, held: _Held, board: Board, loaded: LoadedMarket) -> FittedBook:
        if held.file is not None:
            return fitted(held.file, board, loaded, self._options)
        nothing = own_book(board, (), self._options.exit_volume)
        return FittedBook(book=nothing, problems=(), written_at=None, complaint=held.complaint)

    def _look(self) -> _Held:
        stamp = file_stamp(self.file)
        try:
            return _Held(read_own_file(self.file), "", stamp)
        except NoOwnFileError as error:
            return _Held(None, error.reason, stamp)
