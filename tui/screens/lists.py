"""The screen of own lists: each with its dollars over those of the tiers; Enter shows its names, others change it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.timer import Timer

from shortside.lists.names import ListNameError, NameList, list_name
from shortside.named_windows import window_title
from shortside.rows import tier_table
from tui.screens.board_screen import BoardScreen
from tui.screens.head_line import HeadLine
from tui.screens.key_line import KeyLine
from tui.screens.list_rows import (
    LIST_COLUMNS,
    TIER_COLUMNS,
    ListFigures,
    ListRows,
    ShownList,
    TierRows,
    list_figures,
    unit_of_lists,
)
from tui.screens.listed_names import ListedPanel
from tui.screens.prompt import QuestionScreen, ask_for_text
from tui.settings.imported_lists import ImportedFile, read_export
from tui.settings.list_shelf import current_of, suffixed_name
from tui.settings.paths import typed_path
from widgets.format import GLYPHS_UNICODE, Glyphs
from widgets.key_names import key_hint, key_words
from widgets.name_index import NameIndex
from widgets.tick_table import TickTable

if TYPE_CHECKING:
    from shortside.board import Board
    from tui.screens.base import ScreenStage

LISTS_KEYS: Final = (
    ("{table.choose:⏎}", "its names"),
    ("{lists.choose:space}", "for {names.on_list:a}"),
    ("{lists.make:n}", "new"),
    ("{lists.import:i}", "import"),
    ("{lists.rename:r}", "rename"),
    ("{lists.delete:d}", "delete"),
    ("{lists.close:esc}", "back"),
    ("{view.window:w}", "window"),
    ("{app.help:?}", "keys"),
    ("{table.columns:c}", "columns"),
)
NO_LISTS_YET: Final = (
    "no list yet: {names.on_list:a} on a name makes the first, {lists.import:i} imports a file, "
    "{filter.save:ctrl+s} in a filter saves it"
)
WIDE: Final = 180
"""Columns from which on the tiers stand beside the lists."""
FLAT: Final = 20
"""Lines below which there are only the lists."""
LOW: Final = 34
"""Lines below which the tiers are shown as three groups."""
LEAST_LINES_OF_NAMES: Final = 6
AROUND_ROWS: Final = 3
"""Lines of a table besides its rows: its header and its border."""


class ListsScreen(BoardScreen[str | frozenset[str] | None]):
    """Own lists over the tiers; dismissed with the list or the tiers whose names are to be shown, else with None.

    Args:
        stage: the monitor, asked for the lists and to change them.
        board: the view of the market.
        index: the names of the market.
        applied: the list that filters the names now; empty for none.
        glyphs: the signs to draw with.
    """

    DEFAULT_CSS = """
    ListsScreen #list-tables { height: auto; }
    ListsScreen.-wide #list-tables { layout: horizontal; }
    ListsScreen.-wide #list-tables > TickTable { width: 1fr; }
    ListsScreen #listed { height: 1fr; }
    ListsScreen.-flat #list-tiers, ListsScreen.-flat #listed { display: none; }
    """
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (FLAT, "-low"), (LOW, "-tall")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,L,q", "close", "back", id="lists.close", tooltip="Back to the names"),
        Binding("space", "choose", "for a", id="lists.choose", tooltip="Have names put on this list"),
        Binding("n", "make", "new", id="lists.make", tooltip="Make an empty list, and have names put on it"),
        Binding("i", "import", "import", id="lists.import", tooltip="Make a list of the symbols of a text or CSV file"),
        Binding("r", "rename", "rename", id="lists.rename", tooltip="Call the list otherwise"),
        Binding("d,delete", "delete", "delete", id="lists.delete", tooltip="Delete the list, after a question"),
    ]

    def __init__(
        self, stage: ScreenStage, board: Board, index: NameIndex, applied: str = "", glyphs: Glyphs = GLYPHS_UNICODE
    ) -> None:
        super().__init__()
        self._stage, self._board, self._index = stage, board, index
        self._applied, self._glyphs = applied, glyphs
        self._figures: dict[str, ListFigures] = {}
        self._shown: tuple[ShownList, ...] = ()
        self._tiers: tuple[str, ...] = ()
        """The labels of the tiers' rows."""
        self._sums_timer: Timer | None = None
        self._wanted = applied or current_of(stage.lists, stage.current_list)
        """The list the cursor follows."""

    def compose(self) -> ComposeResult:
        glyphs = self._glyphs
        yield HeadLine(glyphs)
        with Vertical(id="list-tables"):
            columns = [replace(column, title=key_hint(self, column.title)) for column in LIST_COLUMNS]
            empty = key_words(self, NO_LISTS_YET)
            lists = TickTable(columns, title="Lists", empty_words=empty, glyphs=glyphs, id="lists")
            tiers = TickTable(TIER_COLUMNS, title="Tiers", glyphs=glyphs, id="list-tiers")
            lists.board = tiers.board = "lists"
            yield lists
            yield tiers
        yield ListedPanel(title="On the list", glyphs=glyphs, id="listed")
        yield KeyLine(LISTS_KEYS, glyphs, id="keys")

    def fill_panels(self) -> None:
        """Show the lists at once, and their dollars when they are counted."""
        self._table.focus()
        self._show()
        self._count()

    @property
    def _table(self) -> TickTable:
        return self.query_one("#lists", TickTable)

    @property
    def _under_cursor(self) -> str:
        """The list under the cursor; empty where there is none."""
        row = self._table.cursor_row
        return self._shown[row].name if row < len(self._shown) else ""

    # -- the market -----------------------------------------------------------------------------------------------

    def set_board(self, board: Board) -> None:
        """Count the lists in another view of the market, or in another market, whose names are in other columns."""
        if board.market is not self._board.market:
            self._figures = {}
        self._board = board
        if self.has_panels:
            self._show()
            self._count()

    def board_ticked(self, columns: object) -> None:
        """Count the lists again at the new prices, a little later."""
        if self.has_panels and self._sums_timer is None:
            self._sums_timer = self.set_timer(self._stage.seconds_between_sums, self._count, name="list sums")

    def lists_changed(self) -> None:
        """Show the lists as their files are now."""
        if self.has_panels:
            self._show()
            self._count()

    def on_screen_resume(self) -> None:
        """Show what moved while another screen covered this one."""
        if self.has_panels:
            self._count()

    def on_resize(self) -> None:
        """Show as many tiers as there is room for."""
        if self.has_panels:
            self._show()

    def regain_focus(self) -> None:
        """Focus the table of lists."""
        if self.has_panels:
            self._table.focus()

    def _count(self) -> None:
        self._sums_timer = None
        count: Any = self._counted
        self.run_worker(count, exclusive=True, exit_on_error=False, group="list sums", name="list sums")

    async def _counted(self) -> None:
        board, lists = self._board, self._stage.lists
        if self._index.market is not board.market:
            self._index = await asyncio.to_thread(NameIndex, board.market)
        figures = await asyncio.to_thread(list_figures, lists, board, self._index)
        if board is self._board and self.has_panels:
            self._figures = figures
            self._show()

    def _show(self) -> None:
        stage, table = self._stage, self._table
        lists, current = stage.lists, current_of(stage.lists, stage.current_list)
        self._shown = tuple(
            ShownList(name, listed, self._figures.get(name), name == current, name == self._applied)
            for name, listed in lists.by_name.items()
        )
        separator, unit = self._glyphs.separator, unit_of_lists(self._shown)
        table.title = f"Lists {separator} ${unit} {separator} {window_title(self._board.view.window)}"
        table.set_source(ListRows(self._shown, unit, self._glyphs))
        names = [one.name for one in self._shown]
        table.move_to(names.index(self._wanted) if self._wanted in names else min(table.cursor_row, len(names)))
        tiers = tier_table(self._board, with_trends=False)
        rows = tiers.rollup if self.size.height < LOW else tiers.rows
        kept = [*(row for row in rows if row.names), tiers.total]
        self._tiers = tuple(row.label for row in kept)
        below, unit = self.query_one("#list-tiers", TickTable), self._board.units.sums
        below.title = f"Tiers {separator} ${unit}"
        below.set_source(TierRows(kept, unit, self._glyphs))
        self._make_room()
        self._show_listed()

    def _make_room(self) -> None:
        """Give the tables as many lines as they have rows, and the names of the list the rest."""
        lines = self.size.height - 2  # Head and keys.
        of_tiers = len(self._tiers) + AROUND_ROWS
        wished = max(len(self._shown), 1) + AROUND_ROWS
        if self.size.height < FLAT:
            of_lists = lines
        elif self.size.width >= WIDE:
            of_lists = of_tiers = min(max(wished, of_tiers), lines // 2)
        else:
            of_lists = min(wished, max(lines - of_tiers - LEAST_LINES_OF_NAMES, AROUND_ROWS + 1))
        for name, height in (("#lists", of_lists), ("#list-tiers", of_tiers)):
            self.query_one(name).styles.height = height

    def _show_listed(self) -> None:
        panel, row = self.query_one(ListedPanel), self._table.cursor_row
        panel.shown, panel.board = self._shown[row] if row < len(self._shown) else None, self._board
        panel.title = panel.shown.name if panel.shown is not None else "On the list"
        panel.redraw()
        self._table.note = self._table.place

    # -- keys -----------------------------------------------------------------------------------------------------

    def on_tick_table_row_highlighted(self, event: TickTable.RowHighlighted) -> None:
        event.stop()
        if event.table is self._table and self._shown:
            self._wanted = self._under_cursor
            self._show_listed()

    def on_tick_table_row_chosen(self, event: TickTable.RowChosen) -> None:
        event.stop()
        if event.table is self._table and self._under_cursor:
            if not self._stage.lists.by_name[self._under_cursor].where:
                self._stage.choose_list(self._under_cursor)
            self.dismiss(self._under_cursor)
        elif event.table is not self._table and event.row < len(self._tiers):
            label = self._tiers[event.row]
            self.dismiss(frozenset() if label == "total" else frozenset(label.split("+")))

    def action_close(self) -> None:
        """Go back to the names as they are filtered."""
        self.dismiss(None)

    def action_choose(self) -> None:
        """Have names put on the list under the cursor."""
        if not self._under_cursor:
            return
        if self._stage.lists.by_name[self._under_cursor].where:
            self._say("a condition: it holds the names it is true of")
            return
        self._stage.choose_list(self._under_cursor)
        self._say(f"{self._key} puts names on {self._under_cursor}")
        self._show()

    @property
    def _key(self) -> str:
        """The key that puts names on the current list."""
        return key_words(self, "{names.on_list:a}")

    def action_make(self) -> None:
        """Ask for a name, and make an empty list."""
        ask_for_text(self.app, "A new list, called", self._make, refusal=self._refused_name, glyphs=self._glyphs)

    def _make(self, text: str) -> None:
        self._stage.change_lists(lambda shelf: shelf.save(text, NameList()), self._made)

    def _made(self, name: str) -> None:
        self._wanted = name
        self._stage.choose_list(name)
        self._say(f"made {name}; {self._key} puts names on it")
        self._show_if_there()

    def action_rename(self) -> None:
        """Ask for another name of the list under the cursor."""
        old = self._under_cursor
        if old:
            refused = partial(self._refused_name, but=old)
            then = partial(self._rename, old)
            ask_for_text(self.app, f"Call {old}", then, value=old, refusal=refused, glyphs=self._glyphs)

    def _rename(self, old: str, text: str) -> None:
        self._stage.change_lists(lambda shelf: shelf.rename(old, text), partial(self._renamed, old))

    def _renamed(self, old: str, name: str) -> None:
        self._wanted = name
        if self._stage.current_list == old:
            self._stage.choose_list(name)
        if self._applied == old:
            self._applied = name
        self._stage.list_renamed(old, name)
        self._say(f"{old} is called {name}")
        self._show_if_there()

    def action_delete(self) -> None:
        """Ask, and delete the list under the cursor."""
        name = self._under_cursor
        if not name:
            return
        listed = self._stage.lists.by_name[name]
        held = "a condition" if listed.where else f"{len(listed.symbols):,} symbols"

        def answered(is_agreed: bool | None) -> None:
            if is_agreed:
                self._stage.change_lists(lambda shelf: shelf.delete(name), lambda _: self._say(f"deleted {name}"))

        self.app.push_screen(QuestionScreen(f"Delete the list {name} ({held})?", self._glyphs), answered)

    def action_import(self) -> None:
        """Ask for a file and then for a name, and make a list of the file's symbols."""
        place = "a text or CSV file, such as ~/positions.csv"
        ask_for_text(self.app, "Import the symbols of", self._read_export, placeholder=place, glyphs=self._glyphs)

    def _read_export(self, text: str) -> None:
        self._stage.change_lists(lambda shelf: read_export(typed_path(text.strip())), self._name_export)

    def _name_export(self, found: ImportedFile) -> None:
        if not self.has_panels:
            return
        ask_for_text(
            self.app,
            f"{found.words}; call the list",
            partial(self._keep_export, found),
            value=suffixed_name(self._stage.lists, found.name),
            refusal=self._refused_name,
            glyphs=self._glyphs,
        )

    def _keep_export(self, found: ImportedFile, text: str) -> None:
        self._stage.change_lists(lambda shelf: shelf.save(text, found.listed), self._made)

    def _refused_name(self, text: str, but: str = "") -> str:
        """Why a text cannot be the name of another list."""
        return refused_list_name(text, self._stage, but)

    def _say(self, words: str) -> None:
        if self.has_panels:
            self.query_one(KeyLine).say(words)

    def _show_if_there(self) -> None:
        if self.has_panels:
            self._show()
            self._count()


def refused_list_name(text: str, stage: ScreenStage, but: str = "") -> str:
    """Why a text cannot be the name of a new list, or of one that has been called `but`; empty where it can."""
    try:
        there = stage.lists.named(list_name(text))
    except ListNameError as error:
        return str(error)
    return f"there is a list {there} already" if there and there != but else ""
