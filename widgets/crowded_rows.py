"""The names of a board in a chosen order, each written as a table's row when it is looked at.

Apart from the table because it needs numpy, which the first paint of the screen must not wait for.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from shortside.arrays.ranked_values import unknown_last
from shortside.board import Board
from shortside.listings import Flags, Floats, Indexes
from widgets.absent_names import why_absent, why_not_shown
from widgets.format import Glyphs
from widgets.name_cells import COLUMN_KEYS, PLACES_MOVED_BY_PRICES, NameCells
from widgets.name_column_type import NameColumn
from widgets.name_columns import columns_without_figures, name_column
from widgets.name_index import NO_MATCH, NameIndex
from widgets.tick_table import Cell

if TYPE_CHECKING:
    # What filters are read with is imported with the first of them: the figures of a start need none.
    from shortside.conditions.errors import ConditionError
    from shortside.conditions.syntax import Condition
    from widgets.name_conditions import NameLists


def sorting(column: NameColumn, board: Board, index: NameIndex) -> Floats | Indexes:
    """(N,) what names are sorted by in a column's order.

    Raises:
        KeyError: names cannot be sorted by it.
    """
    if column.ranks is not None:
        return column.ranks(index)
    if column.vector is None:
        raise KeyError(column.key)
    return column.vector(board)


Wished = tuple[str, bool, str, frozenset[str] | None, str | None]
"""What names are sorted by, whether the largest comes first, and what they are filtered by: text, tiers, sector."""


class CrowdedRows:
    """A `TableSource` over the names of a board that were held short, sorted and filtered."""

    def __init__(
        self,
        board: Board,
        index: NameIndex,
        glyphs: Glyphs,
        before: CrowdedRows | None = None,
        lists: NameLists = MappingProxyType({}),
    ) -> None:
        self.board = board
        self.index = index
        self.lists = lists
        """Own lists, which filters may ask for."""
        self.order: Indexes = np.empty(0, np.int64)
        """The columns of the board's vectors, in the order of the rows."""
        self._row_of: Indexes = np.full(len(board.market.symbols), -1, np.int64)
        self.ordered_by: Wished | None = None
        """What `sort` was last called with."""
        self.without_figures = columns_without_figures(board)
        """The keys of the columns in which no name held short has a figure."""
        self.absent_words = ""
        """Why the symbol that is the filter has no row, or those of a list; empty where all have one, or it is none."""
        self.listed = ""
        """The own list whose names are shown; empty where the filter asks for more, or for others."""
        self._condition: tuple[str, Condition] | None = None
        self.filter_error: ConditionError | None = None
        """Why the filter is no condition on these names."""
        self._names: NameCells = NameCells(board, glyphs, None if before is None else before._names)

    def set_lists(self, lists: NameLists) -> None:
        """Have conditions speak of other own lists; what is in order stays so until it is sorted again."""
        self.lists, self._condition = lists, None

    @property
    def glyphs(self) -> Glyphs:
        """The signs the cells are drawn with."""
        return self._names.glyphs

    @glyphs.setter
    def glyphs(self, glyphs: Glyphs) -> None:
        self._names.glyphs = glyphs

    @property
    def trend_bounds(self) -> tuple[float, float]:
        """How far the sparklines may go on the common scale, as fractions; NaN where each has a scale of its own."""
        return self._names.trend_bounds

    @property
    def moving(self) -> frozenset[int]:
        return PLACES_MOVED_BY_PRICES

    @property
    def row_count(self) -> int:
        return len(self.order)

    def sort(
        self,
        sort_key: str,
        is_descending: bool,
        text: str = "",
        tiers: frozenset[str] | None = None,
        sector: str | None = None,
    ) -> None:
        """Put the names in order: unknown last, ties by symbol, what a filter fits best before what it fits less.

        Args:
            sort_key: one of `widgets.name_columns.SORT_WORDS`.
            is_descending: whether the largest comes first.
            text: only names that this condition is true of; plain words stand in a symbol or name.
            tiers: only names of these tiers; None for all.
            sector: only names of this sector, empty for those without one; None for all.
        """
        self.ordered_by = (sort_key, is_descending, text, tiers, sector)
        board = self.board
        among = board.was_held
        if tiers is not None:
            labels = board.scheme.labels
            among &= np.isin(board.tier_codes, [place for place, label in enumerate(labels) if label in tiers])
        if sector is not None:
            sectors = board.market.sector_names
            among &= np.isin(board.market.sectors, [place for place, name in enumerate(sectors) if name == sector])
        classes: Indexes | None = None
        self.filter_error, self.listed = None, ""
        if text.strip():
            is_true, classes = self._asked(text)
            among &= is_true
        chosen = np.flatnonzero(among)
        values = np.asarray(sorting(name_column(sort_key), board, self.index), np.float64)[chosen]
        by = [self.index.symbol_ranks[chosen], unknown_last(values, descends=is_descending)]
        if classes is not None:
            by.append(classes[chosen])
        self.order = chosen[np.lexsort(by)]
        has_symbol = classes is None or bool((classes[chosen] == 0).any())
        self.absent_words = "" if has_symbol else why_absent(board, self.index, text, tiers, sector)
        if self.filter_error is not None:
            self.absent_words = str(self.filter_error)
        elif self.listed:
            self.absent_words = self._listed_absent(self.listed, among, tiers, sector)
        self._row_of.fill(-1)
        self._row_of[self.order] = np.arange(len(self.order))

    def _asked(self, text: str) -> tuple[Flags | bool, Indexes | None]:
        """(N,) of which names a filter is true; and, of words that name some, how well each is called so."""
        from shortside.conditions.errors import ConditionError
        from shortside.conditions.matching import matches
        from shortside.conditions.syntax import Named
        from widgets.name_conditions import BoardNames, list_asked_for

        try:
            condition = self.condition(text)
        except ConditionError as error:
            # Of another market, whose tiers or sectors have other names.
            self.filter_error = error
            return False, None
        self.listed = list_asked_for(condition)
        if isinstance(condition, Named):
            # Who searches a name wants the one that is called so first.
            classes = self.index.matches(condition.words)
            return classes < NO_MATCH, classes
        return matches(condition, BoardNames(self.board, self.index, self.lists)), None

    def _listed_absent(self, name: str, among: Flags, tiers: frozenset[str] | None, sector: str | None) -> str:
        """Why symbols of a list have no row: of one of them, and how many more there are; empty where all have one."""
        places = self.index.column_of_spelling
        absent = [one for one in self.lists[name].symbols if one not in places or not among[places[one]]]
        if not absent:
            return ""
        words = why_not_shown(self.board, self.index, absent[0], tiers, sector)
        return words if len(absent) == 1 else f"{words}, and {len(absent) - 1} more"

    def condition(self, text: str) -> Condition:
        """The condition a filter's text says of these names; that of the last text is remembered.

        Raises:
            ConditionError: it is none.
        """
        if self._condition is None or self._condition[0] != text:
            from widgets.name_conditions import BoardNames

            self._condition = text, BoardNames(self.board, self.index, self.lists).condition(text)
        return self._condition[1]

    def rows_of(self, columns: Indexes) -> list[int]:
        """The rows of some of the board's columns; those left out have none."""
        rows = self._row_of[columns]
        return [int(row) for row in rows[rows >= 0]]

    def row_of(self, symbol: str) -> int | None:
        """The row of a symbol, if it is among them."""
        column = self.index.column_of.get(symbol)
        if column is None or self._row_of[column] < 0:
            return None
        return int(self._row_of[column])

    def cells(self, row: int, columns: Sequence[int] | None = None) -> list[Cell]:
        """A name's cells, in some or in all of `widgets.name_columns.crowded_columns`."""
        places = range(len(COLUMN_KEYS)) if columns is None else columns
        return self._names.cells(int(self.order[row]), row + 1, places)

    def board_rescored(self) -> None:
        """Forget the cells that show crowding, which was ranked anew."""
        self._names.forget_scores()
