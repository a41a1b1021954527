"""A screen over the main one with a table whose columns can be chosen, as those of the names can."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.screen import ScreenResultType

from tui.screens.base import MarketScreen
from widgets.column_choice import ColumnChoice
from widgets.settled_columns import ColumnsApp, settled_for
from widgets.tick_table import TickTable


class BoardScreen(MarketScreen[ScreenResultType]):
    """A screen with a table that has a `board`; what is chosen there is remembered by the monitor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "columns", "columns", id="table.columns", tooltip="Choose the columns of the table, their order"),
    ]

    def action_columns(self) -> None:
        """Choose which columns are shown, and in which order; the table shows each change at once."""
        from tui.screens.column_boards import choice_of
        from tui.screens.column_chooser import ColumnChooser

        app = self.app
        tables = [table for table in self.query(TickTable) if table.board]
        if not tables or app.screen is not self or not isinstance(app, ColumnsApp):
            return
        table, choose = tables[0], app.choose_columns_of
        columns = [column if column.title.strip() else replace(column, title=column.key) for column in table.columns]
        settled = settled_for(table, table.board)
        chosen = None if settled is None else choice_of(settled, columns)

        def take(choice: ColumnChoice | None) -> None:
            choose(table.board, () if choice is None else choice.shown)

        app.push_screen(ColumnChooser(columns, chosen, table.without_place, take, table.glyphs))
