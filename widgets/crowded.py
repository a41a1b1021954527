"""The panel of crowded names: every name held short in a table that can be sorted and filtered."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding, BindingType
from textual.message import Message

from shortside.datasets import Dataset
from shortside.words.group_words import sector_word, tier_word
from widgets.column_choice import ColumnChoice, choice_among
from widgets.format import GLYPHS_UNICODE, Glyphs
from widgets.formula import Formula
from widgets.key_names import key_words
from widgets.name_columns import (
    ASCENDING_FIRST,
    COLUMNS_ON_REQUEST,
    DEFAULT_SORT,
    SORT_WORDS,
    TABLE_COLUMNS,
    crowded_columns,
)
from widgets.panel_description import PanelDescription
from widgets.tick_table import TickTable

if TYPE_CHECKING:
    from shortside.board import Board
    from shortside.conditions.completion import Completion
    from shortside.conditions.errors import ConditionError
    from shortside.listings import Indexes
    from widgets.crowded_rows import CrowdedRows, Wished
    from widgets.name_conditions import NameLists
    from widgets.name_index import NameIndex


LIST_WORD: Final = "list"
"""Stands in every condition that asks for own lists."""


class CrowdedTable(TickTable, inherit_bindings=False):
    """All names held short in a board's window, ranked."""

    description = PanelDescription(
        id="crowded",
        title="Crowded shorts",
        formula=Formula(
            title="Crowded shorts",
            formula="crowding = 10 · mean of four percentiles, 0 to 10 each",
            words="All names held short in the window. Scores are computed over all stocks first, then filtered, so a"
            " filter never changes a score. Sorting by any column keeps unknown figures last.",
            source="our own: shortside-crowding/1",
        ),
        figure="crowding",
        rests_on=(Dataset.PRICES, Dataset.QUOTES, Dataset.SHORT_INTEREST, Dataset.SHARES_OUTSTANDING, Dataset.BORROW),
    )

    # The main screen sorts the names by the same keys whatever has the focus: one id for both, so that a keymap of the
    # user's own cannot give the table one key and the screen another.
    BINDINGS: ClassVar[list[BindingType]] = [
        replace(binding, id=binding.id.replace("table.", "names."))
        if isinstance(binding, Binding) and binding.id in ("table.sort", "table.reverse")
        else binding
        for binding in TickTable.BINDINGS
    ]

    class SortChanged(Message):
        """The names were put in another order."""

        def __init__(self, table: CrowdedTable, sort_key: str, is_descending: bool) -> None:
            super().__init__()
            self.table = table
            """The table it happened in."""
            self.sort_key = sort_key
            """One of `SORT_WORDS`."""
            self.is_descending = is_descending
            """Whether the largest comes first."""

        @property
        def control(self) -> CrowdedTable:
            """The table, for `on` selectors."""
            return self.table

    class Recounted(Message):
        """More or fewer names are shown than before: by a filter, another day, crowding that was ranked anew."""

        def __init__(self, table: CrowdedTable, names: int) -> None:
            super().__init__()
            self.table = table
            """The table it happened in."""
            self.names = names
            """How many are shown now."""

        @property
        def control(self) -> CrowdedTable:
            """The table, for `on` selectors."""
            return self.table

    MOST_GAP: ClassVar = 4
    PANE_COLUMNS: ClassVar = ("symbol", "price_change_today", "profit", "crowding", "short_interest", "name")
    """The columns of a side pane, the most wanted first, until somebody chooses others."""
    PANE_WIDTH: ClassVar = 60
    """Cells below which the table is a side pane's."""

    def __init__(
        self,
        *,
        glyphs: Glyphs = GLYPHS_UNICODE,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(
            crowded_columns(),
            empty_words="",
            glyphs=glyphs,
            name=name,
            id=id,
            classes=classes,
        )
        self._rows: CrowdedRows | None = None
        self._prepared: CrowdedRows | None = None
        self._index: NameIndex | None = None
        self._sort_key = DEFAULT_SORT
        self._is_descending = True
        self._filter = ""
        self._filter_error: ConditionError | None = None
        self._lists: NameLists = {}
        self._tiers: frozenset[str] | None = None
        self._sector: str | None = None
        self._choice: ColumnChoice | None = None
        self.titles_for: tuple[str, bool, str, float, float] = ("", False, "", math.nan, math.nan)
        """The window, the denominator and the unit of dollars that the columns are titled for."""
        self._followed: str | None = None
        self._is_moving = False
        self._names_told = 0
        """How many names the last `Recounted` spoke of: the rows are put in order where they stand."""
        self.set_sort(self._sort_key, self._is_descending)

    @property
    def order(self) -> Indexes:
        """The columns of the board's vectors in the order of the rows.

        Raises:
            LookupError: no board was shown yet.
        """
        return self._required().order

    @property
    def sort_key(self) -> str:
        """What the names are sorted by, one of `SORT_WORDS`."""
        return self._sort_key

    @property
    def is_descending(self) -> bool:
        """Whether the largest comes first."""
        return self._is_descending

    @property
    def filter_text(self) -> str:
        """The condition on the names shown; empty for no filter."""
        return self._filter

    @property
    def applied_list(self) -> str:
        """The own list whose names are shown; empty where the filter asks for more, or for others."""
        return "" if self._rows is None or not self._filter else self._rows.listed

    @property
    def tiers(self) -> frozenset[str] | None:
        """The tiers the names are filtered by; None for all."""
        return self._tiers

    @property
    def sector(self) -> str | None:
        """The sector the names are filtered by, empty for names without one; None for all."""
        return self._sector

    @property
    def followed(self) -> str | None:
        """The name the cursor follows; None while it stays at the top because nobody moved it."""
        return self._followed

    def follow(self, symbol: str | None) -> None:
        """Have the cursor stand on a name, now and whenever it is among those shown."""
        self._followed = symbol
        self._reorder()

    def column_at(self, row: int) -> int:
        """Which column of the board's vectors a row shows.

        Raises:
            LookupError: there is no such row, or no board was shown yet.
        """
        if not 0 <= row < self.row_count:
            raise LookupError(f"no row {row} among {self.row_count}")
        return int(self.order[row])

    def row_of(self, symbol: str) -> int | None:
        """The row of a symbol; None if it is not among the names shown."""
        return None if self._rows is None else self._rows.row_of(symbol)

    def cell_symbol(self, row: int) -> str:
        """The symbol of a row as the market has it.

        Raises:
            LookupError: there is no such row, or no board was shown yet.
        """
        return str(self._required().board.market.symbols[self.column_at(row)])

    def row_text(self, row: int) -> str:
        """A name's figures as plain numbers between tabs, for a spreadsheet.

        Raises:
            LookupError: there is no such row, or no board was shown yet.
        """
        from widgets.copied_names import copied_row

        at, rows = self.column_at(row), self._required()
        place_of = {column.key: place for place, column in enumerate(TABLE_COLUMNS)}
        places = [place_of[column.key] for column in self.laid_out]
        shown = zip((TABLE_COLUMNS[place] for place in places), rows.cells(row, places), strict=True)
        return copied_row(rows.board, at, row + 1, shown, self.glyphs)

    def prepare(self, board: Board) -> None:
        """Write the rows that will be in view when `show` is called with this board. For another thread.

        Half of the work of showing a board, and all of it that a key need not wait for.
        """
        rows = self._rows_of(board)
        rows.sort(*self._wished_order)
        places = [placed.index for placed in self._placed]
        for row in list(self._drawn):
            if row < rows.row_count:
                rows.cells(row, places)
        self._prepared = rows

    def show(self, board: Board) -> int:
        """Show the names of a board in the order and filter there are; returns how many regions are repainted."""
        rows, self._prepared = self._prepared, None
        if rows is None or rows.board is not board or rows.glyphs is not self.glyphs or rows.lists is not self._lists:
            rows = self._rows_of(board)
        if self._index is not rows.index:
            self._moved.begin()
        self._rows, self._index = rows, rows.index
        self._title_columns(rows)
        return self._reorder(is_ordered=rows.ordered_by == self._wished_order)

    def _title_columns(self, rows: CrowdedRows) -> None:
        # Imported late: the first paint of the screen must not wait for numpy.
        from shortside.name_figures import is_mostly_of_float

        board = rows.board
        self.titles_for = (board.view.window, is_mostly_of_float(board), board.units.names, *rows.trend_bounds)
        self._lay_out_chosen()

    @property
    def index(self) -> NameIndex | None:
        """The names of the market, ready to be searched; None before there are any."""
        return self._index

    @property
    def choice(self) -> ColumnChoice | None:
        """The columns somebody chose, and their order; None for those of the program."""
        return self._choice

    @property
    def without_figures(self) -> frozenset[str]:
        """The keys of the columns that no name shown has a figure for; they take no room."""
        return frozenset() if self._rows is None else self._rows.without_figures

    def choose_columns(self, choice: ColumnChoice | None) -> None:
        """Show other columns, or in another order, until others are chosen; None for those of the program."""
        if choice != self._choice:
            self._choice = choice
            self._lay_out_chosen()
            self.refresh_all()

    def _lay_out_chosen(self) -> None:
        columns, choice = crowded_columns(*self.titles_for), self._choice
        shown = [column.key for column in columns]
        if choice is None:
            shown = [key for key in shown if key not in COLUMNS_ON_REQUEST]
        else:
            shown = list(choice_among(shown, choice, choice.pinned, COLUMNS_ON_REQUEST).shown)
            # Who chose an order wants the first of it where there is no room for all.
            columns = tuple(
                replace(one, priority=shown.index(one.key) if one.key in shown else one.priority) for one in columns
            )
        if choice is None and 0 < self.size.width < self.PANE_WIDTH:
            wanted = {key: place for place, key in enumerate(self.PANE_COLUMNS)}
            columns = tuple(replace(one, priority=wanted.get(one.key, len(wanted) + one.priority)) for one in columns)
        if columns != self.columns:
            self.columns = columns
            self._placed_for = None
            self._repaint_header()
        self.lay_out([key for key in shown if key not in self.without_figures])

    def _rows_of(self, board: Board) -> CrowdedRows:
        from widgets.crowded_rows import CrowdedRows
        from widgets.name_index import NameIndex

        index = self._index
        if index is None or index.market is not board.market:
            index = NameIndex(board.market)
        return CrowdedRows(board, index, self.glyphs, self._rows, self._lists)

    @property
    def _wished_order(self) -> Wished:
        return self._sort_key, self._is_descending, self._filter, self._tiers, self._sector

    def identity(self, row: int) -> int:
        """The name of a row, by its column of the board's vectors."""
        return int(self._required().order[row])

    def board_ticked(self, columns: Indexes) -> int:
        """The board's figures of these columns moved; returns how many regions are repainted.

        The order stays as it is until `resort`: rows that jump about cannot be read.
        """
        return 0 if self._rows is None else self.update_rows(self._rows.rows_of(columns))

    def set_filter(self, text: str, otherwise: str = "") -> int:
        """Show only names that a condition is true of; of plain words, symbols that begin with them come first.

        Args:
            text: the condition.
            otherwise: the filter to show where the text is no condition; `filter_error` then says why it is none.
        """
        self._filter_error = None
        if text.strip() and self._rows is not None:
            from shortside.conditions.errors import ConditionError

            try:
                self._rows.condition(text)
            except ConditionError as error:
                self._filter_error = error
                text = otherwise
        if text == self._filter:
            return 0
        self._filter = text
        return self._reorder()

    @property
    def filter_error(self) -> ConditionError | None:
        """Why the text last given to `set_filter` is no condition; None if it is one."""
        return self._filter_error

    def set_lists(self, lists: NameLists) -> int:
        """Have filters speak of these own lists from now on; returns how many regions are repainted."""
        self._lists = lists
        if self._rows is None:
            return 0
        self._rows.set_lists(lists)
        # Whoever filters by something else need not see the rows put in order again.
        return self._reorder() if LIST_WORD in self._filter.casefold() else 0

    def completions(self, text: str) -> tuple[Completion, ...]:
        """What the last word of a filter's text may become; nothing before a board was shown."""
        if self._rows is None:
            return ()
        from shortside.conditions.completion import completions
        from widgets.name_conditions import BoardNames, condition_figures

        names = BoardNames(self._rows.board, self._rows.index, self._lists)
        return completions(text, condition_figures(), names.vocabulary)

    def set_tiers(self, tiers: frozenset[str] | None) -> int:
        """Show only names of these tiers; None for all."""
        return self.set_groups(tiers, self._sector)

    def set_groups(self, tiers: frozenset[str] | None, sector: str | None) -> int:
        """Show only names of these tiers and of this sector, empty for names without one; None for all."""
        if (tiers, sector) == (self._tiers, self._sector):
            return 0
        self._tiers, self._sector = tiers, sector
        return self._reorder()

    def sort_by(self, sort_key: str, is_descending: bool | None = None) -> int:
        """Sort by one of `SORT_WORDS`, numbers from the largest and words from A unless told otherwise.

        Raises:
            KeyError: there is no such order.
        """
        if sort_key not in SORT_WORDS:
            raise KeyError(sort_key)
        self._sort_key = sort_key
        self._is_descending = sort_key not in ASCENDING_FIRST if is_descending is None else is_descending
        self.set_sort(self._sort_key, self._is_descending)
        regions = self._reorder()
        self.post_message(self.SortChanged(self, self._sort_key, self._is_descending))
        return regions

    def resort(self) -> int:
        """Crowding was ranked anew: put the names in order again; returns how many regions are repainted."""
        if self._rows is not None:
            self._rows.board_rescored()
        return self._reorder()

    def watch_cursor_row(self, old: int, new: int) -> None:
        super().watch_cursor_row(old, new)
        # Only a person's move changes whom the cursor follows: a filter that hides the name gives it back later, and
        # who never moved stays at the top.
        if not self._is_moving:
            self._follow()
        # After the frame with the rows: drawing a border takes as long as both of them.
        self.call_next(self._say_place)

    def _say_place(self) -> None:
        self.note = self.place

    def watch_glyphs(self, glyphs: Glyphs) -> None:
        super().watch_glyphs(glyphs)
        if self._rows is not None:
            self._rows.glyphs = glyphs
            self._title_columns(self._rows)
            self._retitle()
            self.refresh_all()

    def on_tick_table_sort_requested(self, message: TickTable.SortRequested) -> None:
        message.stop()
        is_same = message.sort_key == self._sort_key
        self.sort_by(message.sort_key, not self._is_descending if is_same else None)

    def _required(self) -> CrowdedRows:
        if self._rows is None:
            raise LookupError("no board was shown yet")
        return self._rows

    def _reorder(self, *, is_ordered: bool = False) -> int:
        rows = self._rows
        if rows is None:
            return 0
        if not is_ordered:
            rows.sort(*self._wished_order)
        self.empty_words = self._why_empty(rows.absent_words)
        row = None if self._followed is None else rows.row_of(self._followed)
        self._is_moving = True
        regions = self.set_source(rows)
        if self.row_count != self._names_told:
            self._names_told = self.row_count
            self.post_message(self.Recounted(self, self.row_count))
        self.cursor_row = row or 0
        self._is_moving = False
        self._retitle()
        self.note = self.place
        return regions

    def _why_empty(self, absent_words: str) -> str:
        """What an empty table says: what was asked for, why it is not there, and how to get back."""
        if not self._filter and self._tiers is None and self._sector is None:
            return "nobody is short anything"
        asked = f"no name matches {self._filter!r}" if self._filter else "no name is"
        if self._tiers is not None:
            asked += f" in {', '.join(map(tier_word, sorted(self._tiers))) or 'no tier'}"
        if self._sector is not None:
            asked += f" in sector {sector_word(self._sector)}"
        parts = (asked, absent_words, key_words(self, "{app.back:Esc} shows all names again"))
        return f" {self.glyphs.separator} ".join(part for part in parts if part)

    def _follow(self) -> None:
        rows = self._rows
        if rows is not None and self.cursor_row < rows.row_count:
            self._followed = str(rows.board.market.symbols[rows.order[self.cursor_row]])

    def _retitle(self) -> None:
        arrow = self.glyphs.sort_descending if self._is_descending else self.glyphs.sort_ascending
        noun = "name" if self.row_count == 1 else "names"
        parts = [
            self.description.title,
            f"{self.row_count:,} {noun}",
            f"by {SORT_WORDS[self._sort_key]} {arrow}",
        ]
        if self._tiers is not None:
            parts.append(f"tiers {', '.join(map(tier_word, sorted(self._tiers))) or 'none'}")
        if self._sector is not None:
            parts.append(f"sector {sector_word(self._sector)}")
        parts.append(f"filter {self._filter!r}" if self._filter else "filter none")
        if self._rows is not None:
            from widgets.fee_path_words import fee_path_words

            paths, fees = self._rows.board.desk.fee_paths, fee_path_words(self._rows.board, self.glyphs)
            parts += [words for words in (self._rows.absent_words, "" if paths.is_being_read else fees) if words]
            if paths.is_being_read:
                # Before what may be cut: it says why a column is blank.
                parts.insert(1, fees)
        self.title = f" {self.glyphs.separator} ".join(parts)
