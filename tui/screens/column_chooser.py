"""The screen that chooses the columns of a table: which are shown, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from tui.screens.head_line import HeadLine
from tui.screens.panel_readiness import PanelReadiness
from widgets.column_choice import ColumnChoice, choice_among
from widgets.columns import TableColumn
from widgets.format import GLYPHS_UNICODE, Glyphs, fit
from widgets.key_names import key_words
from widgets.row_words import RowWords
from widgets.tick_table import Cell, StillRows, TickTable

CHOICE_COLUMNS: Final = (
    TableColumn(key="shown", title="", width=3, align="left", is_pinned=True),
    TableColumn(key="title", title="column", width=11, align="left", is_pinned=True),
    TableColumn(key="words", title="what it says", width=40, min_width=16, max_width=100, align="left", priority=1),
)
SHOWN, HIDDEN, PINNED, EMPTY = "[x]", "[ ]", "[=]", "[-]"
"""How a column stands: shown, hidden, always shown, and shown as soon as a name has a figure for it."""


class ChoiceRows(StillRows):
    """A row for each column of the table that is chosen for."""

    def __init__(
        self,
        choice: ColumnChoice,
        columns: Sequence[TableColumn],
        empty: Collection[str] = (),
        glyphs: Glyphs = GLYPHS_UNICODE,
    ) -> None:
        self.choice, self.glyphs = choice, glyphs
        self._columns = {column.key: column for column in columns}
        self._empty = empty

    @property
    def row_count(self) -> int:
        """The number of columns, a row each."""
        return len(self.choice.order)

    def whole(self, row: int) -> list[Cell]:
        """Whether a column is shown, its title, and what it says."""
        key = self.choice.order[row]
        column = self._columns[key]
        is_hidden, is_empty = key in self.choice.hidden, key in self._empty
        sign = HIDDEN if is_hidden else PINNED if key in self.choice.pinned else EMPTY if is_empty else SHOWN
        return [
            (sign, "muted" if is_hidden else "accent"),
            (fit(column.title.strip(), 11, glyphs=self.glyphs), "muted" if is_hidden else "title"),
            (self.words_of(row), "muted"),
        ]

    def words_of(self, row: int) -> str:
        """What a column says, and whether no name has a figure for it."""
        key = self.choice.order[row]
        words = self._columns[key].tooltip
        return f"{words} (no name has a figure now)" if key in self._empty else words


class ColumnChooser(PanelReadiness, ModalScreen[None]):
    """Chooses the columns of the table below; every change shows in it at once.

    Args:
        columns: all columns of the table, in their own order.
        chosen: what was chosen before; None for nothing.
        empty: the keys of columns that no name has a figure for.
        choose: takes each choice, and None for that of the program.
        glyphs: the signs to draw with.
        on_request: the keys of columns that are hidden until they are chosen.
    """

    DEFAULT_CSS = """
    ColumnChooser { align: center middle; background: $background 60%; }
    ColumnChooser > Vertical { width: 90%; max-width: 92; height: 95%; max-height: 30; }
    ColumnChooser TickTable { height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,enter", "show_or_hide", "show or hide", id="columns.toggle", tooltip="Show or hide this column"),
        Binding("J,shift+down", "carry(1)", "further right", id="columns.right", tooltip="Move it one place right"),
        Binding("K,shift+up", "carry(-1)", "further left", id="columns.left", tooltip="Move it one place left"),
        Binding("r", "reset", "reset", id="columns.reset", tooltip="All columns again, in their own order"),
        Binding("escape,c,q", "close", "close", id="columns.close", tooltip="Back to the table"),
    ]

    def __init__(
        self,
        columns: Sequence[TableColumn],
        chosen: ColumnChoice | None,
        empty: Collection[str],
        choose: Callable[[ColumnChoice | None], None],
        glyphs: Glyphs = GLYPHS_UNICODE,
        on_request: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__()
        self._on_request = on_request
        self._columns, self._empty, self._choose, self._glyphs = tuple(columns), empty, choose, glyphs
        self._pinned = frozenset(column.key for column in columns if column.is_pinned)
        self.choice: ColumnChoice = self._among(chosen)
        """What is chosen now."""

    def compose(self) -> ComposeResult:
        yield HeadLine(self._glyphs)
        with Vertical():
            yield TickTable(CHOICE_COLUMNS, self._rows(), title="Columns", glyphs=self._glyphs, id="columns")
            yield RowWords(glyphs=self._glyphs)

    def fill_panels(self) -> None:
        """Say which keys work, once the table is there."""
        self._table.focus()
        self._label()

    @property
    def _table(self) -> TickTable:
        return self.query_one("#columns", TickTable)

    @property
    def _key(self) -> str:
        """The key of the column under the cursor."""
        return self.choice.order[self._table.cursor_row]

    def on_tick_table_row_chosen(self, event: TickTable.RowChosen) -> None:
        event.stop()
        self.action_show_or_hide()

    def on_tick_table_row_highlighted(self, event: TickTable.RowHighlighted) -> None:
        event.stop()
        self._label()

    def action_show_or_hide(self) -> None:
        """Show the column under the cursor, or hide it."""
        self._take(self.choice.toggled(self._key))

    def action_carry(self, step: int) -> None:
        """Move the column under the cursor along the table, and the cursor with it."""
        key = self._key
        self._take(self.choice.moved(key, step))
        self._table.move_to(self.choice.order.index(key))

    def action_reset(self) -> None:
        """Show all columns again, in their own order."""
        key = self._key
        self.choice = self._among(None)
        self._show()
        self._table.move_to(self.choice.order.index(key))
        self._choose(None)

    def _among(self, chosen: ColumnChoice | None) -> ColumnChoice:
        return choice_among([column.key for column in self._columns], chosen, self._pinned, self._on_request)

    def action_close(self) -> None:
        """Go back to the table."""
        self.dismiss(None)

    def _take(self, choice: ColumnChoice) -> None:
        if choice != self.choice:
            self.choice = choice
            self._show()
            self._choose(choice)

    def _show(self) -> None:
        self._table.set_source(self._rows())
        self._label()

    def _rows(self) -> ChoiceRows:
        return ChoiceRows(self.choice, self._columns, self._empty, self._glyphs)

    def _label(self) -> None:
        self.query_one(RowWords).say(self._rows().words_of(self._table.cursor_row))
        keys = (
            "{columns.toggle:space} on/off",
            "{columns.right:J} {columns.left:K} move",
            "{columns.reset:r} reset",
            "{columns.close:Esc}",
        )
        words = (f"{len(self.choice.shown)} shown", *(key_words(self, one) for one in keys))
        self._table.note = f" {self._glyphs.separator} ".join(words)
