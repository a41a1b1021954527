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
    short_title: str = ""
    """The title where the column is narrower than the other one; empty where that is cut."""
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
    """What the rows are sorted by when the column is chosen for it; None where they cannot be."""

    @property
    def least_width(self) -> int:
        """The fewest cells the column needs."""
        return self.width if self.min_width is None else self.min_width

    @property
    def most_width(self) -> int:
        """The most cells the column can use."""
        return self.width if self.max_width is None else self.max_width

    @property
    def descends_first(self) -> bool:
        """Whether sorting by it begins with the largest, as figures do, and not with A, as words do."""
        return self.align == "right"


@dataclass(frozen=True, slots=True)
class PlacedColumn:
    """A column and the cells it was given."""

    index: int
    """The column's place among all columns, from 0."""
    column: TableColumn
    x: int
    width: int


def place_columns(
    columns: Sequence[TableColumn], width: int, skipped: int = 0, most_gap: int = 0
) -> list[PlacedColumn]:
    """Which columns fit `width` cells, and where.

    Each may grow by `most_gap` cells, the same for all, where the terminal is so wide that room is left.

    Unskipped, the least important are dropped until the rest fits. With columns skipped, pinned columns are
    followed by the others from there on, as many as fit, and the dropped ones come last of all: so every column can
    be reached however narrow the table is.
    """
    available = width - MARKER_WIDTH
    if not skipped:
        return _spread(columns, _fitting(columns, available), available, most_gap)
    line = columns_in_line(columns, width)
    pinned = [index for index in line if columns[index].is_pinned]
    loose = [index for index in line if not columns[index].is_pinned]
    chosen = pinned + loose[min(skipped, len(loose) - 1) :]
    needed = _least_width(columns, chosen)
    while len(chosen) > 1 and needed > available:
        needed -= columns[chosen.pop()].least_width + 1
    return _spread(columns, chosen, available, most_gap)


def columns_in_line(columns: Sequence[TableColumn], width: int) -> list[int]:
    """All columns as the cursor goes through them: those that fit `width` cells, then those that were dropped."""
    fitting = _fitting(columns, width - MARKER_WIDTH)
    return fitting + [index for index in range(len(columns)) if index not in fitting]


def skipped_to_show(columns: Sequence[TableColumn], width: int, wanted: int | None, skipped: int) -> int:
    """How many columns to skip so that one is seen: as few more or less than now as can be.

    Args:
        columns: all of them.
        width: the cells there are.
        wanted: the column to be seen, by its place among all columns; None for any.
        skipped: how many are skipped now.
    """
    skipped = furthest_skipped(columns, width, skipped)
    if wanted is None or columns[wanted].is_pinned:
        return skipped
    place = _loose(columns, width).index(wanted)
    if place < skipped:
        return place
    return next((count for count in range(skipped, place) if _shows(columns, width, wanted, count)), place)


def furthest_skipped(columns: Sequence[TableColumn], width: int, skipped: int) -> int:
    """So many columns, or fewer where the last one is seen already: beyond it there is nothing but a gap."""
    loose = _loose(columns, width)
    return next((count for count in range(skipped) if not loose or _shows(columns, width, loose[-1], count)), skipped)


def _loose(columns: Sequence[TableColumn], width: int) -> list[int]:
    return [index for index in columns_in_line(columns, width) if not columns[index].is_pinned]


def _shows(columns: Sequence[TableColumn], width: int, wanted: int, skipped: int) -> bool:
    return any(placed.index == wanted for placed in place_columns(columns, width, skipped))


def _fitting(columns: Sequence[TableColumn], available: int) -> list[int]:
    """The most important columns, as many as fit so many cells, in their order."""
    chosen = list(range(len(columns)))
    needed = _least_width(columns, chosen)
    while len(chosen) > 1 and needed > available:
        least = max(chosen, key=lambda index: (columns[index].priority, index))
        chosen.remove(least)
        needed -= columns[least].least_width + 1
    return chosen


def _least_width(columns: Sequence[TableColumn], chosen: Sequence[int]) -> int:
    return sum(columns[index].least_width + 1 for index in chosen) - 1


def _spread(columns: Sequence[TableColumn], chosen: Sequence[int], available: int, most_gap: int) -> list[PlacedColumn]:
    widths = {index: columns[index].least_width for index in chosen}
    spare = available - sum(widths.values()) - len(chosen) + 1
    # First back to the usual width, then beyond it: a name grown long must not squeeze another one.
    # And titles that name a unit are whole before names are.
    in_turn = sorted(chosen, key=lambda index: not columns[index].short_title)
    for limits in ([column.width for column in columns], [column.most_width for column in columns]):
        for index in in_turn:
            grown = max(0, min(limits[index] - widths[index], spare))
            if columns[index].short_title and widths[index] + grown < columns[index].width:
                continue  # Half a title's room is of no use.
            widths[index] += grown
            spare -= grown
    for index in chosen:
        widths[index] += max(0, min(most_gap, spare // len(chosen)))
    placed, x = [], MARKER_WIDTH
    for index in chosen:
        placed.append(PlacedColumn(index, columns[index], x, widths[index]))
        x += widths[index] + 1
    return placed
