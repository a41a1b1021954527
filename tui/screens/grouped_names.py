"""The base of screens with groups at the left and, at the right, the names of the group under the cursor."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import ClassVar, Generic, Protocol, TypeVar

from tui.screens.board_screen import BoardScreen
from tui.screens.key_line import KeyLine
from tui.screens.titled_table import TitledTable
from widgets.tick_table import TickTable


class NamedGroup(Protocol):
    """A group of names, a row of the left table."""

    @property
    def words(self) -> str:
        """What it is called."""


class GroupedPage(Protocol):
    """What a screen of groups shows."""

    @property
    def groups(self) -> Sequence[NamedGroup]:
        """The rows of the left table."""


Page = TypeVar("Page", bound=GroupedPage)
Group = TypeVar("Group", bound=NamedGroup)


class GroupedNamesScreen(BoardScreen[None], Generic[Page, Group]):
    """A screen with the tables `#groups` and `#names`.

    Args:
        open_name: opens a name's screen, given the symbols of the list, the one to open, and words for the list.
    """

    list_words: ClassVar[str]
    """How the list of a name that is opened here begins."""
    AUTO_FOCUS = "#names"

    def __init__(self, open_name: Callable[[Sequence[str], str, str], None]) -> None:
        super().__init__()
        self._open_name = open_name
        self._page: Page | None = None
        self._group: Group | None = None
        self._sort: tuple[str, bool] | None = None
        """A figure and whether its largest come first; None for the group's own order."""

    @abstractmethod
    def _show_group(self, group: Group, row: int = 0) -> None:
        """Show the names of a group, with the cursor on a row."""

    @abstractmethod
    def _listed_symbols(self) -> list[str]:
        """The symbols of the names in the rows' order; none where there are no names."""

    @abstractmethod
    def _copied_row(self, row: int) -> str:
        """The row of a name as plain numbers, separated by tabs."""

    @property
    def _groups(self) -> TitledTable:
        return self.query_one("#groups", TitledTable)

    @property
    def _names(self) -> TitledTable:
        return self.query_one("#names", TitledTable)

    def _show_groups_of(self, page: Page) -> Group:
        """The group to show of a page that came: the one there was, as far as the page has it, else the first."""
        words = "" if self._group is None else self._group.words
        place = next((place for place, group in enumerate(page.groups) if group.words == words), 0)
        self._groups.move_to(place)
        found: Group = page.groups[place]  # type: ignore[assignment]
        return found

    def on_tick_table_row_highlighted(self, event: TickTable.RowHighlighted) -> None:
        if event.table.id == "names":
            event.table.note = event.table.place
        elif self._page is not None:
            group: Group = self._page.groups[event.row]  # type: ignore[assignment]
            if group is not self._group:
                self._show_group(group)

    def on_tick_table_row_chosen(self, event: TickTable.RowChosen) -> None:
        if event.table.id == "groups":
            self._names.focus()
            return
        symbols = self._listed_symbols()
        if symbols and self._group is not None:
            self._open_name(symbols, symbols[event.row], f"{self.list_words}, {self._group.words}")

    def on_tick_table_sort_requested(self, event: TickTable.SortRequested) -> None:
        if self._group is not None:
            self._sort = event.table.order_after(event.sort_key, self._sort)
            self._show_group(self._group)

    def action_copy(self) -> None:
        """Copy the symbol under the cursor to the clipboard."""
        names = self._names
        if names.row_count:
            self.app.copy_to_clipboard(names.cell_text(names.cursor_row, "symbol").strip())
            self.query_one(KeyLine).say("copied")

    def action_copy_row(self) -> None:
        """Copy the row under the cursor to the clipboard as plain numbers, separated by tabs."""
        row = self._names.cursor_row
        if row < len(self._listed_symbols()):
            self.app.copy_to_clipboard(self._copied_row(row))
            self.query_one(KeyLine).say("copied")

    def action_back(self) -> None:
        """Go back to the screen below."""
        self.dismiss(None)
