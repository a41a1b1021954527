"""The table of the user's own positions: a row each, sorted by any column; a tick repaints only what it moved."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import numpy as np

from shortside.arrays.ranked_values import unknown_last
from shortside.datasets import Dataset
from shortside.dollar_units import MOST_OF_A_NAME, unit_below
from shortside.listings import Floats, Indexes
from shortside.own.figures import OwnBook, OwnFigures
from shortside.own.names import OwnNames
from widgets.format import GLYPHS_UNICODE, Glyphs
from widgets.formula import OUR_OWN_CHOICE, Formula
from widgets.own_columns import FIRST_OWN_ORDER, OWN_COLUMNS, OwnColumn, OwnWriter, own_table_columns
from widgets.panel_description import PanelDescription
from widgets.tick_table import Cell, TickTable

ALWAYS_SHOWN: Final = frozenset({"shares", "price", "profit", "profit_ratio"})
"""Columns that stay where nobody knows any figure of theirs."""
_BY_KEY: Final = {column.key: column for column in OWN_COLUMNS}
_MOVING: Final = frozenset(place for place, column in enumerate(OWN_COLUMNS) if column.moves)


def own_unit(figures: OwnFigures) -> str:
    """The unit of the user's dollars: that of the largest position, so that no tick changes it."""
    sizes = np.abs(np.concatenate([figures.value, figures.profit]))
    return unit_below(float(np.nan_to_num(sizes, nan=0.0).max(initial=0.0)), MOST_OF_A_NAME)


class OwnPositionRows:
    """The rows of a book in one order; a `TableSource`."""

    moving: Collection[int] = _MOVING

    def __init__(self, writer: OwnWriter, sort_key: str, is_descending: bool) -> None:
        self.writer = writer
        self.order: Indexes = self._sorted(sort_key, is_descending)
        """(n,) the position in each row."""
        self._row_of = np.empty(len(self.order), np.int64)
        self._row_of[self.order] = np.arange(len(self.order))

    @property
    def row_count(self) -> int:
        """How many positions there are."""
        return len(self.order)

    def rows_of(self, columns: Indexes) -> list[int]:
        """The rows of the positions in some of the market's names."""
        positions = self.writer.book.rows_of(columns)
        return sorted(self._row_of[positions].tolist())

    def cells(self, row: int, columns: Sequence[int] | None = None) -> list[Cell]:
        """The cells of a row in some columns, by their index, or in all."""
        places = range(len(OWN_COLUMNS)) if columns is None else columns
        position = int(self.order[row])
        return [OWN_COLUMNS[place].cell(self.writer, position) for place in places]

    def has_figures(self, column: OwnColumn) -> bool:
        """Whether any position has something in a column; one without gives its room to the others."""
        if column.value is not None:
            return bool(np.isfinite(column.value(self.writer)).any()) or column.key in ALWAYS_SHOWN
        return column.key != "account" or any(one.account for one in self.writer.book.placed.positions)

    def _sorted(self, sort_key: str, is_descending: bool) -> Indexes:
        """Unknown last, equal ones in the order of the file."""
        return np.argsort(unknown_last(self._keys(sort_key), descends=is_descending), kind="stable")

    def _keys(self, sort_key: str) -> Floats:
        column = _BY_KEY[sort_key]
        if column.value is not None:
            return np.asarray(column.value(self.writer), np.float64)
        words = [
            column.cell(self.writer, row)[0].strip().casefold() for row in range(len(self.writer.book.placed.columns))
        ]
        places = {word: place for place, word in enumerate(sorted(set(words)))}
        return np.array([places[word] for word in words], np.float64)


OWN_DESCRIPTION: Final = PanelDescription(
    id="own",
    title="My book",
    formula=Formula(
        title="My book",
        formula="P&L = shares · (price − price of entry) − distributions owed",
        words="Shares and the price of entry stand on today's split basis; distributions the market knows of, of"
        " 5 % of the price or more, are charged to a short; borrow and commissions are not. The crowd is all shorts"
        " of the name, by the view's positions, from the close before the day of entry on: its per cent are of"
        " their average short interest, yours of what you sold at. A year's carry is the fee of today. A long"
        " position counts in P&L, gross and net, and in nothing that is said of shorts.",
        source=OUR_OWN_CHOICE,
    ),
    rests_on=(Dataset.PRICES, Dataset.QUOTES, Dataset.SHORT_INTEREST, Dataset.BORROW),
)
"""What `i` explains of the table; its screen is no panel of a list that a digit leads to."""


class OwnTable(TickTable):
    """The user's own positions in a table."""

    MOST_GAP = 3
    board = "book"

    def __init__(self, *, glyphs: Glyphs = GLYPHS_UNICODE, id: str | None = None) -> None:
        super().__init__(own_table_columns(), title="My book", empty_words="", glyphs=glyphs, id=id)
        self._order = FIRST_OWN_ORDER
        self.are_names_together = False
        """Whether all rows of a name are shown as one."""
        self.set_sort(*self._order)

    @property
    def explained(self) -> PanelDescription:
        """What `i` explains."""
        return OWN_DESCRIPTION

    @property
    def rows(self) -> OwnPositionRows | None:
        """The positions that are shown; None before there are any."""
        source = self.source
        return source if isinstance(source, OwnPositionRows) else None

    @property
    def order_words(self) -> str:
        """What the rows are sorted by, such as `by my P&L ▾`."""
        key, is_descending = self._order
        title = _BY_KEY[key].title.partition(" $")[0]
        return f"by {title} {self.glyphs.sort_descending if is_descending else self.glyphs.sort_ascending}"

    def show_book(self, book: OwnBook, unit: str) -> None:
        """Show these positions; the cursor stays on its position where that is still in the same line of the file."""
        followed = self.followed_line
        columns = own_table_columns(unit, book.board.units.names)
        if self.columns != columns:
            self.columns = columns
            self._placed_for = None
            self._repaint_header()
        shown = OwnNames(book) if self.are_names_together else book
        rows = OwnPositionRows(OwnWriter(shown, unit, self.glyphs), *self._order)
        self.lay_out([column.key for column in OWN_COLUMNS if rows.has_figures(column)])
        self.set_source(rows)
        self._follow_line(followed)

    def board_ticked(self, columns: Indexes) -> int:
        """Prices of these names moved; returns how many regions are repainted. The order stays as it is."""
        rows = self.rows
        if rows is None:
            return 0
        touched = rows.rows_of(columns)
        if touched:
            rows.writer.figures = rows.writer.book.figures()
        return self.update_rows(touched)

    def sort_positions(self, sort_key: str) -> None:
        """Sort by a column; by the one they are sorted by already, the other way round."""
        self._order = self.order_after(sort_key, self._order)
        self.resort()

    def resort(self) -> None:
        """Put the positions in their order anew; the cursor stays on its position."""
        self.set_sort(*self._order)
        if self.rows is not None:
            followed, writer = self.followed_line, self.rows.writer
            writer.figures = writer.book.figures()
            self.set_source(OwnPositionRows(writer, *self._order))
            self._follow_line(followed)

    @property
    def followed_line(self) -> int | None:
        """The line of the file the cursor is on."""
        rows = self.rows
        if rows is None or self.cursor_row >= rows.row_count:
            return None
        return rows.writer.book.placed.positions[int(rows.order[self.cursor_row])].line

    def _follow_line(self, line: int | None) -> None:
        rows = self.rows
        if rows is None or line is None:
            return
        lines = [rows.writer.book.placed.positions[int(place)].line for place in rows.order]
        if line in lines:
            self.move_to(lines.index(line))

    def identity(self, row: int) -> int:
        """The position in a row."""
        return -1 if self.rows is None else int(self.rows.order[row])
