"""The keys of the main screen for own lists: show one, put the name under the cursor on one, save the filter as one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType

from tui.screens.base import MarketScreen
from tui.screens.filter_bar import FilterBar, FilterLine
from tui.screens.key_line import KeyLine
from widgets.crowded import CrowdedTable

if TYPE_CHECKING:
    from collections.abc import Callable

    from shortside.board import Board
    from shortside.rows import GroupRow
    from tui.screens.base import ScreenStage
    from widgets.format import Glyphs


class ListKeys(MarketScreen[None]):
    """A screen with the table of names, whose filter can be an own list."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("L", "lists", "lists", id="names.lists", tooltip="Own lists and saved filters, and their names"),
        Binding("a", "put_on_list", "on list", id="names.on_list", tooltip="On the current list, or off it again"),
    ]
    _stage: ScreenStage
    _glyphs: Glyphs
    _board: Board | None

    @property
    def table(self) -> CrowdedTable:
        """The table of names."""
        return self.query_one(CrowdedTable)

    @property
    def own_lists(self) -> tuple[str, ...]:
        """The names of the user's own lists."""
        return tuple(self._stage.lists.by_name)

    def lists_changed(self) -> None:
        """Have the filter speak of the lists as they are now."""
        if self.has_panels:
            self.table.set_lists(self._stage.lists.by_name)
            self.show_sums()

    def listed_sums(self, board: Board) -> GroupRow | None:
        """The sums of the list that filters the names, else of the one names are put on; None where none has a name."""
        from tui.settings.list_shelf import current_of

        lists, index = self._stage.lists, self.table.index
        name = self.table.applied_list or current_of(lists, self._stage.current_list)
        if name not in lists.by_name or index is None or index.market is not board.market:
            return None
        from tui.screens.list_rows import sums_of_list

        return sums_of_list(name, lists, board, index)

    def action_lists(self) -> None:
        """Show own lists with their dollars; the one that is chosen filters the names."""
        from tui.screens.lists import ListsScreen

        index = self.table.index
        if self._board is not None and index is not None and self.app.screen is self:
            screen = ListsScreen(self._stage, self._board, index, self.table.applied_list, self._glyphs)
            self.app.push_screen(screen, self.show_list)

    def show_list(self, chosen: str | frozenset[str] | None) -> None:
        """Filter the names by a list, or show those of tiers, none for all; None leaves them as they are."""
        from widgets.name_conditions import filter_of_list

        if isinstance(chosen, str) and self.has_panels:
            self.filter_by(filter_of_list(chosen))
            self.table.focus()
        elif isinstance(chosen, frozenset):
            self.show_group(chosen, None)

    def show_sums(self) -> None:
        """Show the sums of the tiers and of a list anew; the main screen overrides it."""

    def show_group(self, tiers: frozenset[str], sector: str | None) -> None:
        """Show the names of a group in their table; the main screen overrides it."""

    def filter_by(self, text: str) -> None:
        """Show the names of a condition, and the condition in its line."""
        self.query_one(FilterLine).value = text
        self.table.set_filter(text)
        self.show_sums()

    def list_renamed(self, old: str, new: str) -> None:
        """Have a filter that shows a list show it under its new name."""
        from widgets.name_conditions import filter_of_list

        if self.has_panels and self.table.filter_text.casefold() == filter_of_list(old).casefold():
            self.filter_by(filter_of_list(new))

    def action_put_on_list(self) -> None:
        """Put the name under the cursor on the current list, or take it off; the key line says which."""
        table = self.table
        if table.row_count:
            put_on_list(self._stage, table.cell_symbol(table.cursor_row), self._say_of_list)

    def _say_of_list(self, words: str) -> None:
        if self.has_panels:
            self.query_one(KeyLine).say(words)

    @on(FilterLine.SaveAsked)
    def _on_save_asked(self, event: FilterLine.SaveAsked) -> None:
        """Ask what the filter is to be called as a list, and keep it."""
        from tui.screens.prompt import ask_for_text

        bar, table, text = self.query_one(FilterBar), self.table, event.text
        table.set_filter(text, bar.kept)
        if table.filter_error is not None:
            bar.refuse(table.filter_error)
        elif not text.strip():
            self._say_of_list("there is no filter to save")
        else:
            question, refusal = f"Save {text} as a list called", self._refused_filter_name
            ask_for_text(self.app, question, partial(self._save_filter, text), refusal=refusal, glyphs=self._glyphs)

    def _save_filter(self, text: str, name: str) -> None:
        self._stage.change_lists(lambda shelf: shelf.save_filter(name, text), self._say_saved)

    def _say_saved(self, name: str) -> None:
        self._say_of_list(f"saved as the list {name}")

    def _refused_filter_name(self, name: str) -> str:
        """Why a filter cannot be saved so: an earlier filter of that name gives way, a list of symbols does not."""
        from tui.screens.lists import refused_list_name

        lists = self._stage.lists
        there = lists.named(" ".join(name.split()))
        return "" if there and lists.by_name[there].where else refused_list_name(name, self._stage)


def put_on_list(stage: ScreenStage, symbol: str, say: Callable[[str], object]) -> None:
    """Put a symbol on the current list, which is made where there is none, or take it off; say which."""
    from tui.settings.list_shelf import current_of

    name = current_of(stage.lists, stage.current_list)

    def told(is_on: bool) -> None:
        listed = stage.lists.by_name.get(stage.lists.named(name))
        count = 0 if listed is None else len(listed.symbols)
        say(f"{symbol} {'on' if is_on else 'off'} {name}, {count:,} {'name' if count == 1 else 'names'}")

    stage.change_lists(lambda shelf: shelf.toggle(name, symbol), told)
