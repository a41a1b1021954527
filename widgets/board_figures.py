"""The figures of the names a table shows: raw, by the keys of `snapshot names`, in the table's columns and order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from shortside.board import Board
from shortside.listings import Flags, Indexes
from widgets.fields import Unit
from widgets.name_column_type import Copied, NameColumn
from widgets.name_columns import name_column

if TYPE_CHECKING:
    from widgets.name_column_type import Values

MOST_DECIMALS: Final = 4
"""Of a price; those of a row that is copied are as many."""
_UNITS: Final = {
    Copied.DOLLARS: Unit.DOLLARS,
    Copied.PERCENT: Unit.RATIO,
    Copied.NUMBER: Unit.NUMBER,
    Copied.ROW: Unit.COUNT,
}
"""The units of columns that are no key of `snapshot names`: of those, in per cent, a ratio is the raw figure."""


def _has_ended(board: Board) -> Flags:
    return np.asarray(board.market.has_ended)


_UNKNOWN: Final[Mapping[str, Callable[[Board], Flags]]] = MappingProxyType(
    {
        "short_interest_change": _has_ended,
        "short_ratio": _has_ended,
        # The totals count it as nothing.
        "profit_today": lambda board: _has_ended(board) | board.is_stale,
    }
)
"""(N,) of which names a column shows no figure, where its vector, made for sorting, has one; by the column's key."""


@dataclass(frozen=True, slots=True)
class FigureColumn:
    """One column of a table as a file has it."""

    key: str
    """The key of `snapshot names`, or the column's own, by which conditions know it."""
    unit: Unit
    values: Callable[[], Sequence[Any]]
    """Gives a value a row. What prices move was copied when the column was taken; the rest may take its time."""


def taken_columns(board: Board, order: Indexes, keys: Iterable[str]) -> list[FigureColumn]:
    """Columns of a table of names with their figures as they are at this moment; drawings are passed over.

    Takes a copy of each vector and does no more, so that it may be called on the event loop: prices that move later
    change nothing of it, and no row has figures of two moments.

    Args:
        board: what the table shows.
        order: its rows, by their columns of the Board's vectors.
        keys: the keys of its columns, from left to right.
    """
    rows = np.array(order)
    columns = map(name_column, keys)
    return [_taken(board, rows, column) for column in columns if column.exported or column.copied is not Copied.NOT]


def _taken(board: Board, rows: Indexes, column: NameColumn) -> FigureColumn:
    exported = column.exported
    if exported is not None:
        if exported.values is None:
            assert column.vector is not None, f"{column.key} is exported and has neither values nor a vector"
            return FigureColumn(column.exported_key, exported.unit, _copied(column.vector(board), rows))
        if column.vector is not None:
            # A tier is a word made of a code that prices move.
            return FigureColumn(column.exported_key, exported.unit, _at_once(exported.values(board), rows))
        return FigureColumn(column.exported_key, exported.unit, _later(exported.values, board, rows))
    if column.copied is Copied.ROW:
        return FigureColumn(column.key, Unit.COUNT, lambda: range(1, len(rows) + 1))
    if isinstance(column.copied, Copied):
        assert column.vector is not None, f"{column.key} is copied and has no vector"
        figures = np.asarray(column.vector(board), np.float64)
        unknown = _UNKNOWN.get(column.key)
        known = figures if unknown is None else np.where(unknown(board), np.nan, figures)
        if column.copied is Copied.NUMBER:
            # A price is kept in 32 bits: 176.97 would be 176.97000122.
            known = np.round(known, MOST_DECIMALS)
        return FigureColumn(column.key, _UNITS[column.copied], _copied(known, rows))
    words = column.copied
    return FigureColumn(column.key, Unit.WORDS, lambda: [words(board, at) for at in rows.tolist()])


def _copied(vector: Any, rows: Indexes) -> Callable[[], Sequence[Any]]:
    copied = np.asarray(vector)[rows]
    return copied.tolist


def _at_once(values: Values, rows: Indexes) -> Callable[[], Sequence[Any]]:
    found = [values[at] for at in rows.tolist()]
    return lambda: found


def _later(values: Callable[[Board], Values], board: Board, rows: Indexes) -> Callable[[], Sequence[Any]]:
    def read() -> Sequence[Any]:
        found = values(board)
        return [found[at] for at in rows.tolist()]

    return read
