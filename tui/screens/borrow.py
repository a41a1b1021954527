"""The screen of the cost of borrowing: fees over time, what rises with the price, what ran out, what the book costs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal

from tui.errors import ReportedError
from tui.screens.borrow_page import BorrowGroup, BorrowPage, BorrowReader
from tui.screens.borrow_rows import (
    BORROW_GROUP_COLUMNS,
    NO_UNITS,
    BorrowGroupRows,
    BorrowNameRows,
    borrow_columns_in_unit,
    copied_loan_row,
)
from tui.screens.borrow_summary import BORROW_DESCRIPTION, BorrowSummary, borrow_title
from tui.screens.grouped_names import GroupedNamesScreen
from tui.screens.head_line import HeadLine
from tui.screens.key_line import KeyLine
from tui.screens.titled_table import TitledTable
from widgets.format import GLYPHS_UNICODE, Glyphs
from widgets.moments import ReaderTime

if TYPE_CHECKING:
    from shortside.board import Board

BORROW_KEYS = (
    ("{table.choose:⏎}", "open"),
    ("{table.sort:s}", "sort"),
    ("tab", "groups"),
    ("{view.window:w}", "window"),
    ("{borrow.explain:i}", "explain"),
    ("{borrow.back:esc}", "back"),
    ("{app.help:?}", "keys"),
    ("{table.columns:c}", "columns"),
)


class BorrowScreen(GroupedNamesScreen[BorrowPage, BorrowGroup]):
    """The cost of borrowing: its sums, groups at the left, and at the right the names of the group under the cursor.

    Args:
        reader: makes the page, in a thread.
        open_name: opens a name's screen, given the symbols of the list, the one to open, and words for the list.
        reader_time: tells when and where the screen is read.
        glyphs: the signs to draw with.
    """

    DEFAULT_CSS = """
    BorrowScreen { layout: vertical; }
    BorrowScreen BorrowSummary { height: 6; }
    BorrowScreen Horizontal { height: 1fr; }
    BorrowScreen #groups { width: 34; height: 100%; }
    BorrowScreen #names { width: 1fr; height: 100%; }
    BorrowScreen.-broad #groups { width: 42; }
    BorrowScreen.-wide #groups { width: 62; }
    BorrowScreen.-narrow #groups { display: none; }
    BorrowScreen.-flat BorrowSummary { height: 4; }
    """
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (72, "-normal"), (112, "-broad"), (170, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (20, "-low")]
    list_words = "borrow"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,C,q", "back", "back", id="borrow.back", tooltip="Back to the screen below"),
        Binding("i", "explain", "explain", id="borrow.explain", tooltip="What the columns mean, and from what"),
        Binding("y", "copy", "copy", id="copy.borrow", tooltip="Copy the symbol under the cursor"),
        Binding("Y", "copy_row", "copy row", id="copy.borrow_row", tooltip="Copy the row under the cursor"),
    ]

    def __init__(
        self,
        reader: BorrowReader,
        open_name: Callable[[Sequence[str], str, str], None],
        reader_time: Callable[[], ReaderTime] | None = None,
        glyphs: Glyphs = GLYPHS_UNICODE,
    ) -> None:
        super().__init__(open_name)
        self._reader, self._reader_time, self._glyphs = reader, reader_time, glyphs

    def compose(self) -> ComposeResult:
        glyphs = self._glyphs
        yield HeadLine(glyphs)
        yield BorrowSummary(title="BORROW", glyphs=glyphs, id="summary")
        with Horizontal():
            yield TitledTable(BORROW_GROUP_COLUMNS, title="Cost", empty_words="reading", glyphs=glyphs, id="groups")
            columns = borrow_columns_in_unit(NO_UNITS)
            names = TitledTable(columns, title="Names", empty_words="reading", glyphs=glyphs, id="names")
            names.board = "borrow"
            yield names
        yield KeyLine(BORROW_KEYS, glyphs, id="keys")

    def fill_panels(self) -> None:
        """Have the looks read and shown."""
        self._read_anew()

    # -- reading --------------------------------------------------------------------------------------------------

    def _read_anew(self) -> None:
        read: Any = self._read
        self.run_worker(read, exclusive=True, exit_on_error=False, group="borrow", name="borrow")

    async def _read(self) -> None:
        try:
            page = await asyncio.to_thread(self._reader.page)
        except ReportedError as error:
            if self.has_panels:
                self._show_nothing(str(error))
            return
        if self.has_panels:
            self._show(page)

    def set_board(self, board: Board) -> None:
        """Show the market in another view, or read anew."""
        if self.has_panels:
            self._read_anew()

    # -- showing --------------------------------------------------------------------------------------------------

    def _show_nothing(self, words: str) -> None:
        """Say why there is nothing, and what would fill it."""
        self._page = self._group = None
        summary = self._summary
        summary.page, summary.title, summary.why_empty = None, "BORROW", words
        summary.redraw()
        for table in (self._groups, self._names):
            table.empty_words = "no path of fees"
            table.set_source(BorrowGroupRows([], glyphs=self._glyphs))

    def _show(self, page: BorrowPage) -> None:
        self._page = page
        summary, groups, names = self._summary, self._groups, self._names
        summary.page, summary.title, summary.note = page, borrow_title(page, self._glyphs), page.mark
        summary.redraw()
        names.retitle(borrow_columns_in_unit(page.units))
        groups.title = f"Cost {self._glyphs.separator} ${page.unit}"
        groups.set_source(BorrowGroupRows(page.groups, page.unit, self._glyphs))
        self._show_group(self._show_groups_of(page), row=names.cursor_row)

    def _show_group(self, group: BorrowGroup, row: int = 0) -> None:
        assert self._page is not None
        self._group = group
        key, descends = self._sort or (group.sort_key, True)
        names = self._names
        names.title, names.empty_words = group.words, group.nothing
        names.set_source(BorrowNameRows(self._page, self._page.order(group, key, descends=descends), self._glyphs))
        names.set_sort(key, descends)
        names.move_to(row)
        names.note = names.place

    @property
    def _summary(self) -> BorrowSummary:
        return self.query_one(BorrowSummary)

    def _listed_symbols(self) -> list[str]:
        source = self._names.source
        return source.symbols if isinstance(source, BorrowNameRows) else []

    def _copied_row(self, row: int) -> str:
        source = self._names.source
        assert isinstance(source, BorrowNameRows)
        return copied_loan_row(source.record(row))

    # -- keys -----------------------------------------------------------------------------------------------------

    def action_explain(self) -> None:
        """Explain the figures and the columns."""
        from tui.screens.explain import ExplainScreen

        if self._page is not None:
            read = None if self._reader_time is None else self._reader_time()
            board, columns = self._page.table.board, self._names.explained_columns
            self.app.push_screen(
                ExplainScreen(board, BORROW_DESCRIPTION, None, self._glyphs, columns=columns, read=read)
            )
