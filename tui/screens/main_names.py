"""The table of names on the main screen: its order, columns, filter and groups, and what is remembered of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual import on
from textual.widgets import Input

from tui.screens.event_line import EventLine
from tui.screens.filter_bar import FilterBar, FilterLine
from tui.screens.key_line import KeyLine
from tui.screens.main_panels import SECONDS_BETWEEN_RATES, MainPanels
from widgets.column_choice import ColumnChoice
from widgets.crowded import CrowdedTable
from widgets.format import Glyphs
from widgets.list_panel import NamesChosen
from widgets.name_columns import COLUMNS_ON_REQUEST, SORT_WORDS, TABLE_COLUMNS, crowded_columns
from widgets.panel import PanelFrame
from widgets.tick_table import TickTable
from widgets.tier_profit import TierProfitPanel

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from shortside.view import View
    from tui.settings.last_view import LastView
    from widgets.columns import TableColumn


class MainNames(MainPanels):
    """A main screen whose names can be sorted, filtered, narrowed to a group, and copied."""

    def fill_panels(self) -> None:
        """Focus the table of names and show the market, once the panels are there."""
        self.table.focus()
        self.table.marks_moves = self._stage.marks_moves
        self.table.set_lists(self._stage.lists.by_name)
        if self._untold is not None:
            self.tell(self._untold)
        if self._left is not None:
            self._take_up(self._left)
        if self._stage.is_newer_in_file("names"):
            self.settle_columns()
        self.set_interval(1.0, self._update_clock, name="head")
        self.set_interval(SECONDS_BETWEEN_RATES, self._show_rate, name="rate")
        self._show_all()

    def _take_up(self, left: LastView) -> None:
        """Begin as the screen was left, as far as this market has the columns, tiers and names of that one."""
        table = self.table
        if left.column_order is not None:
            known = [column.key for column in TABLE_COLUMNS]
            order = tuple(key for key in left.column_order if key in known)
            hidden = frozenset(left.hidden_columns) & set(known)
            table.choose_columns(ColumnChoice(order, hidden, frozenset(c.key for c in TABLE_COLUMNS if c.is_pinned)))
        if left.sort in SORT_WORDS:
            table.sort_by(left.sort, left.is_descending)
        if left.is_rolled_up:
            self.action_rollup()
        self.set_class(not left.has_preview, "-without-preview")
        self.export_form = left.export_form
        labels = self._board.scheme.labels if self._board is not None else ()
        self._show_group(frozenset(left.tiers or ()) & frozenset(labels), left.sector)
        self.filter_by(left.filter)
        table.follow(left.symbol)

    def settle_columns(self) -> None:
        """Show the columns of the names that the configuration file settles, or the built-in ones."""
        from tui.screens.column_boards import choice_of

        settled, table = self._stage.file_columns.get("names"), self.table
        table.choose_columns(None if settled is None else choice_of(settled, table.columns))

    def columns_changed(self, boards: frozenset[str]) -> None:
        """Show the columns of the names as the configuration file settles them now."""
        if "names" in boards and self.has_panels:
            self.settle_columns()

    def view_as_left(self, view: View, theme: str) -> LastView | None:
        """How the screen is to begin the next time; None before it shows anything."""
        if self._shown is None:
            return None
        from tui.settings.last_view import LastView, lines_of_columns

        table, glyphs = self.table, self._glyphs
        choice = table.choice
        return LastView(
            window=view.window,
            tier_basis=view.basis.value,
            positions=view.positions.value,
            theme=theme,
            theme_of_file=self._stage.options.sections.theme,
            sort=table.sort_key,
            is_descending=table.is_descending,
            filter=table.filter_text,
            tiers=None if table.tiers is None else tuple(sorted(table.tiers)),
            sector=table.sector,
            is_rolled_up=self.query_one(TierProfitPanel).is_rolled_up,
            symbol=table.followed,
            name_list=self._stage.current_list,
            column_order=None if choice is None else choice.order,
            hidden_columns=() if choice is None else tuple(sorted(choice.hidden)),
            board_columns=lines_of_columns(self._stage.chosen_columns),
            columns_of_file=lines_of_columns(self._stage.file_columns),
            has_preview=not self.has_class("-without-preview"),
            has_braille=glyphs.has_braille,
            has_common_scale=glyphs.has_common_scale,
            export_form=self.export_form,
        )

    def action_back(self) -> None:
        """Go one step back: from a group's names to the panel it was chosen in, from a panel alone to all of them.

        Then clear the filters. The last event has been read, wherever one goes.
        """
        self.query_one(EventLine).clear()
        if self._entered is not None and self.table.has_focus:
            panel, was_alone = self._entered
            self._show_group(frozenset(), None)
            if self.has_class("-solo") or was_alone:
                self._show_alone(panel if was_alone else None)
            panel.focus()
        elif self.has_class("-solo"):
            self._show_alone(None)
            self.table.focus()
        elif self.table.tiers is not None or self.table.sector is not None or self.table.filter_text:
            self._show_group(frozenset(), None)
            self.filter_by("")

    @on(NamesChosen)
    def _on_names_chosen(self, event: NamesChosen) -> None:
        """Show the names of a group in their table, which takes the place of a panel that stands alone."""
        self._show_group(event.tiers, event.sector)
        is_alone = self.has_class("-solo")
        self._entered = event.panel, is_alone
        if is_alone:
            self._show_alone(self.table)
        self.table.focus()

    def show_group(self, tiers: frozenset[str], sector: str | None) -> None:
        """Show the names of a group in their table, and nothing else where a panel stands alone."""
        if self.has_panels:
            self._show_group(tiers, sector)
            if self.has_class("-solo"):
                self._show_alone(self.table)
            self.table.focus()

    def go_to(self, panel_id: str, is_alone: bool = False) -> None:
        """Focus a panel, and give it the whole screen where that is wished or where it has no place."""
        if self.has_panels:
            panel = self.query_one(f"#{panel_id}", PanelFrame)
            self._show_alone(panel if is_alone else None)
            # Whether it has a place beside the others is known once they are laid out.
            self.call_after_refresh(self._focus_in_place, panel)

    def _focus_in_place(self, panel: PanelFrame) -> None:
        if not self._has_place(panel):
            self._show_alone(panel)
        panel.focus()

    def roll_up(self, is_rolled_up: bool) -> None:
        """Show S3's three groups, or every tier."""
        if self.has_panels and self.query_one(TierProfitPanel).is_rolled_up != is_rolled_up:
            self.action_rollup()

    def sort_by(self, key: str) -> None:
        """Sort the names by a column, as a click on its title does the first time."""
        if self.has_panels:
            self.table.sort_by(key)
            self.table.focus()

    @property
    def name_columns(self) -> Sequence[TableColumn]:
        """All columns of the names, with their present titles."""
        return crowded_columns(*self.table.titles_for)

    def action_sort(self) -> None:
        """Sort the names by the column in brackets; where they are sorted by it already, turn their order round."""
        self.table.action_sort_column()

    @on(CrowdedTable.RowHighlighted)
    def _on_row_highlighted(self) -> None:
        self._preview()

    def action_preview(self) -> None:
        """Show the name under the cursor beside the list, or give the list that room."""
        self.toggle_class("-without-preview")
        self.call_after_refresh(self._preview)

    def action_scale(self) -> None:
        """Draw the sparklines of a column on one scale, or each on its own."""
        self._draw_with(replace(self._glyphs, has_common_scale=not self._glyphs.has_common_scale))
        self.query_one(KeyLine).say("one scale for all" if self._glyphs.has_common_scale else "each on its own scale")

    def action_draw_otherwise(self) -> None:
        """Draw lines of braille, or of signs that every font has."""
        if self._glyphs.is_ascii:
            self.query_one(KeyLine).say("only ASCII here")
            return
        self._draw_with(replace(self._glyphs, has_braille=not self._glyphs.has_braille))
        self.query_one(KeyLine).say("lines of braille" if self._glyphs.has_braille else "lines of blocks")

    def _draw_with(self, glyphs: Glyphs) -> None:
        self._glyphs = glyphs
        for panel in self.query(PanelFrame):
            panel.glyphs = glyphs

    def action_reverse(self) -> None:
        """Turn the order of the names round."""
        self.table.action_reverse_order()

    @on(TickTable.SortRefused)
    def _on_sort_refused(self, event: TickTable.SortRefused) -> None:
        self.query_one(KeyLine).say(f"no order by {event.title}")

    def action_columns(self) -> None:
        """Choose which columns of the names are shown, and in which order; the table shows each change at once."""
        from tui.screens.column_chooser import ColumnChooser

        table = self.table
        columns = crowded_columns(*table.titles_for)
        self.app.push_screen(
            ColumnChooser(
                columns, table.choice, table.without_figures, table.choose_columns, self._glyphs, COLUMNS_ON_REQUEST
            )
        )

    def action_filter(self) -> None:
        """Open the filter line: every key is a letter until Enter or Esc. The table comes into view."""
        if self.has_class("-solo") and not self.table.has_class("-alone"):
            self._show_alone(self.table)
        self.query_one(FilterBar).open()

    def symbol_under_cursor(self) -> str | None:
        """The name under the cursor of the table; None where there is none."""
        if self._shown is None or not self.table.row_count:
            return None
        return str(self._shown.market.symbols[self.table.column_at(self.table.cursor_row)])

    def alert_filter(self) -> str:
        """What is shown, as one condition on a figure that an alert can watch; empty where there is none."""
        from tui.alerts.offers import filter_condition
        from widgets.name_conditions import condition_figures

        if not self.has_panels:
            return ""
        table = self.table
        return filter_condition(table.filter_text, table.tiers, table.sector, condition_figures())

    @on(Input.Changed)
    def _on_filter_changed(self, event: Input.Changed) -> None:
        table, bar = self.table, self.query_one(FilterBar)
        table.set_filter(event.value, bar.kept)
        bar.tell(table.row_count, table.filter_error, table.completions(event.value))
        self._preview()

    @on(CrowdedTable.Recounted)
    def _on_recounted(self, event: CrowdedTable.Recounted) -> None:
        """Have the line of a kept filter say as many names as the table has."""
        self.query_one(FilterBar).recount(event.names)

    @on(FilterLine.Closed)
    def _on_filter_closed(self, event: FilterLine.Closed) -> None:
        """Go to the names; a text that is no condition stays in the line, with what is wrong."""
        bar = self.query_one(FilterBar)
        self.table.set_filter(event.text, bar.kept)
        if self.table.filter_error is not None:
            bar.refuse(self.table.filter_error)
        else:
            self.table.focus()
            self.show_sums()

    def action_copy_symbol(self) -> None:
        """Copy the symbol under the cursor to the clipboard, through SSH too (OSC 52)."""
        self._copy(lambda row: self.table.cell_text(row, "symbol").strip())

    def action_copy_row(self) -> None:
        """Copy the row under the cursor to the clipboard, separated by tabs."""
        self._copy(self.table.row_text)

    def _copy(self, text_of: Callable[[int], str]) -> None:
        if self.table.row_count:
            self.app.copy_to_clipboard(text_of(self.table.cursor_row))
            self.query_one(KeyLine).say("copied")
