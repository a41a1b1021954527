"""Places the columns of a table: which of them fit its width, and where they stand."""

from collections.abc import Sequence
from dataclasses import dataclass

from widgets.format import Align

MARKER_WIDTH = 2
"""Cells at a table's left that mark the cursor's row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableColumn:
    """A column of the table; the order of columns is that of a row's cells."""

    key: str
    title: str
    width: int
    """Cells the column takes where it need neither shrink nor grow."""
    align: Align = "right"
    """Right for figures, which are never cut; left for words, which may end in an ellipsis."""
    priority: int = 0
    """Where the table is narrow the highest number goes first; 0 stays longest."""
    is_pinned: bool = False
    """Whether it stays at the left while the others are scrolled."""
    min_width: int | None = None
    """How far it may shrink before a column is dropped; None if it may not."""
    max_width: int | None = None
    """How far it may grow where there is room; None if it may not."""
    tooltip: str = ""
    sort_key: str | None = None
    """What a click on the title asks to sort by."""

    @property
    def least_width(self) -> int:
        """The fewest cells the column needs."""
        return self.width if self.min_width is None else self.min_width

    @property
    def most_width(self) -> int:
        """The most cells the column can use."""
        return self.width if self.max_width is None else self.max_width


@dataclass(frozen=True, slots=True)
class PlacedColumn:
    """A column and the cells it was given."""

    index: int
    """The column's place among all columns, from 0."""
    column: TableColumn
    x: int
    width: int


def place_columns(columns: Sequence[TableColumn], width: int, skipped: int = 0) -> list[PlacedColumn]:
    """Which columns fit `width` cells, and where.

    Unskipped, the least important are dropped until the rest fits. With columns skipped, pinned columns are
    followed by the others from there on, as many as fit, so that every column can be reached however narrow
    the table is.
    """
    available = width - MARKER_WIDTH
    chosen = list(range(len(columns)))
    if skipped:
        loose = [index for index in chosen if not columns[index].is_pinned][skipped:]
        pinned = [index for index in chosen if columns[index].is_pinned]
        chosen = sorted(pinned + loose)
        while len(chosen) > 1 and _least_width(columns, chosen) > available:
            chosen.remove(max((index for index in chosen if index in loose), default=chosen[-1]))
    while len(chosen) > 1 and _least_width(columns, chosen) > available:
        chosen.remove(max(chosen, key=lambda index: (columns[index].priority, index)))
    return _spread(columns, chosen, available)


def _least_width(columns: Sequence[TableColumn], chosen: Sequence[int]) -> int:
    return sum(columns[index].least_width + 1 for index in chosen) - 1


def _spread(columns: Sequence[TableColumn], chosen: Sequence[int], available: int) -> list[PlacedColumn]:
    widths = {index: columns[index].least_width for index in chosen}
    spare = available - sum(widths.values()) - len(chosen) + 1
    # First back to the usual width, then beyond it: a name grown long must not squeeze another one.
    for limits in ([column.width for column in columns], [column.most_width for column in columns]):
        for index in chosen:
            grown = max(0, min(limits[index] - widths[index], spare))
            widths[index] += grown
            spare -= grown
    placed, x = [], MARKER_WIDTH
    for index in chosen:
        placed.append(PlacedColumn(index, columns[index], x, widths[index]))
        x += widths[index] + 1
    return placed
