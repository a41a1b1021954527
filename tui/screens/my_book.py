"""The screen of the user's own positions beside the crowd's, live, and read again when their file changes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from shortside.own.figures import OwnBook, OwnFigures
from shortside.own.positions import NOT_PRICED
from shortside.own.remarks import remarks_on
from shortside.own.totals import totals_of
from tui.screens.board_screen import BoardScreen
from tui.screens.explain import ExplainScreen
from tui.screens.head_line import HeadLine
from tui.screens.key_line import KeyLine
from tui.screens.my_book_panels import EmptyBook, PositionRemark, RowProblems
from widgets.figures import full_day
from widgets.format import GLYPHS_UNICODE, Glyphs, price
from widgets.own_sums import sums_lines
from widgets.own_table import OwnTable, own_unit
from widgets.own_words import positions_words
from widgets.panel import Panel

if TYPE_CHECKING:
    from shortside.board import Board
    from shortside.listings import Indexes
    from tui.sources.loaded_market import LoadedMarket
    from tui.sources.own_book import FittedBook, OwnBookReader
    from widgets.moments import ReaderTime

MY_BOOK_KEYS: Final = (
    ("{table.choose:⏎}", "open"),
    ("{table.sort:s}", "sort"),
    ("{mybook.together:t}", "together"),
    ("{table.left:←} {table.right:→}", "column"),
    ("{mybook.explain:i}", "explain"),
    ("{mybook.back:esc q}", "back"),
    ("{table.reverse:S}", "turn"),
    ("{view.positions:p}", "shares"),
    ("{view.knowledge:v}", "vintage"),
    ("{copy.own:y}", "copy"),
    ("{app.help:?}", "keys"),
    ("{table.columns:c}", "columns"),
)
LINES_OF_SUMS: Final = 3
"""That of all positions, of the tiers and of the deciles, where the first needs no second one."""
LEAST_HEIGHT_FOR_SUMS, LEAST_HEIGHT_FOR_WORDS = 18, 10
"""Rows from which on there is room for all sums and every word on bad rows, and for one line of each."""
OpenName = Callable[[Sequence[str], str, str, Callable[[int | None], None]], None]
"""Opens the screen of a name: a list's symbols, the one to open, words on the list, and who is told which was left."""


class MyBookScreen(BoardScreen[None]):
    """The user's own positions in a table, with what is wrong in their file above, and their sums below.

    Args:
        board: the view of the market.
        loaded: the market.
        reader: reads the file.
        open_name: opens the screen of a name.
        glyphs: the signs to draw with.
        read: when and where the screen is read.
        marks_moves: whether figures that moved are marked for a moment.
    """

    is_private = True
    DEFAULT_CSS = """
    MyBookScreen { layout: vertical; }
    MyBookScreen OwnTable { height: 1fr; }
    MyBookScreen EmptyBook { height: 1fr; display: none; }
    MyBookScreen #problems { height: auto; max-height: 5; border: none; display: none; }
    MyBookScreen #remark { height: 2; border: none; }
    MyBookScreen #sums { height: 3; border: none; }
    MyBookScreen.-more #sums { height: 4; }
    MyBookScreen.-flattest #sums, MyBookScreen.-flattest #remark { display: none; }
    MyBookScreen.-flattest #problems { display: none; }
    MyBookScreen.-flattest OwnTable { border: none; }
    MyBookScreen.-flat #sums, MyBookScreen.-flat #remark { height: 1; }
    MyBookScreen.-empty EmptyBook { display: block; }
    MyBookScreen.-empty OwnTable, MyBookScreen.-empty #sums, MyBookScreen.-empty #remark { display: none; }
    MyBookScreen.-troubled #problems { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,B", "back", "back", id="mybook.back", tooltip="Back to the names"),
        Binding(
            "t", "together", "together", id="mybook.together", tooltip="All rows of a name as one, or each by itself"
        ),
        Binding("i", "explain", "explain", id="mybook.explain", tooltip="What the columns mean, and from what"),
        Binding("y", "copy", "copy symbol", id="copy.own", tooltip="The symbol to the clipboard"),
    ]

    def __init__(
        self,
        board: Board,
        loaded: LoadedMarket,
        reader: OwnBookReader,
        open_name: OpenName,
        glyphs: Glyphs = GLYPHS_UNICODE,
        read: Callable[[], ReaderTime] | None = None,
        marks_moves: bool = False,
    ) -> None:
        super().__init__()
        self._board, self._loaded, self._reader, self._glyphs = board, loaded, reader, glyphs
        self._open_name, self._reader_time, self._marks_moves = open_name, read, marks_moves
        self._fitted: FittedBook | None = None
        self._prepared: FittedBook | None = None
        self._is_looking = False
        """Whether the disk was asked and has not answered."""
        self._unit = ""
        self._written_at: object = None

    def compose(self) -> ComposeResult:
        glyphs = self._glyphs
        yield HeadLine(glyphs)
        yield RowProblems(glyphs=glyphs, id="problems")
        yield OwnTable(glyphs=glyphs, id="own")
        yield EmptyBook(title="My book", glyphs=glyphs, id="empty")
        yield PositionRemark(glyphs=glyphs, id="remark")
        yield Panel(glyphs=glyphs, id="sums")
        yield KeyLine(MY_BOOK_KEYS, glyphs, id="keys")

    def fill_panels(self) -> None:
        """Read the file in a thread, and again whenever it is another one."""
        self._table.focus()
        self._table.marks_moves = self._marks_moves
        self.query_one("#sums", Panel).can_focus = False
        self._fit_anew()

    @property
    def _table(self) -> OwnTable:
        return self.query_one(OwnTable)

    # -- reading --------------------------------------------------------------------------------------------------

    def _fit_anew(self) -> None:
        # Not its coroutine: of two quick wishes the first one's would be dropped without ever being run.
        fit: Any = self._fit
        self.run_worker(fit, exclusive=True, exit_on_error=False, group="book", name="book")

    async def _fit(self) -> None:
        board, loaded = self._board, self._loaded
        fitted = await asyncio.to_thread(self._reader.read, board, loaded)
        if board is self._board and self.has_panels:
            self._show(fitted)

    def on_row_problems_look_wanted(self, event: RowProblems.LookWanted) -> None:
        """Look in a thread whether the file is another one."""
        event.stop()
        # A disk that does not answer is not asked again, thread after thread.
        if not self._is_looking:
            self._is_looking = True
            look: Any = self._refit_if_changed
            self.run_worker(look, exit_on_error=False, group="look", name="look")

    async def _refit_if_changed(self) -> None:
        try:
            if await asyncio.to_thread(self._reader.has_changed):
                await self._fit()
        finally:
            self._is_looking = False

    # -- showing --------------------------------------------------------------------------------------------------

    def preparing(self) -> list[Callable[[Board], None]]:
        """The positions on a new Board, which take a thread some milliseconds."""
        return [self._prepare] if self.has_panels else []

    def _prepare(self, board: Board) -> None:
        self._prepared = self._reader.fitted_to(board, self._loaded)

    def adopt(self, loaded: LoadedMarket, board: Board) -> None:
        """Show the positions on a market that was read anew."""
        self._loaded = loaded
        self.set_board(board)

    def set_board(self, board: Board) -> None:
        """Show the positions in another view: other shares between settlements, or other knowledge."""
        self._board, prepared = board, self._prepared
        self._prepared = None
        if prepared is not None and prepared.book.board is board and self.has_panels:
            self._show(prepared)
        elif self.has_panels:
            self._fit_anew()

    def board_ticked(self, columns: Indexes) -> None:
        """Show the moved prices of one's own names, and the sums if there are any."""
        if self._fitted is None or not self.has_panels or self._fitted.book.board is not self._board:
            return
        if self._fitted.book.rows_of(columns):
            self._table.board_ticked(columns)
            self._show_sums(self._fitted.book)

    def board_rescored(self) -> None:
        """Sort the positions anew after crowding was ranked anew."""
        self._resort()

    def on_screen_resume(self) -> None:
        """Show what moved while another screen covered this one."""
        self._resort()

    def _resort(self) -> None:
        if self._fitted is not None and self.has_panels and self._fitted.book.board is self._board:
            self._table.resort()
            self._show_sums(self._fitted.book)

    def _show(self, fitted: FittedBook) -> None:
        is_other_file = self._fitted is None or fitted.written_at != self._written_at
        self._fitted, self._written_at = fitted, fitted.written_at
        book = fitted.book
        is_empty = not book.placed.positions
        self.set_class(is_empty, "-empty")
        self.set_class(bool(fitted.problems), "-troubled")
        problems = self.query_one(RowProblems)
        problems.problems = fitted.problems
        problems.redraw()
        if is_empty:
            empty = self.query_one(EmptyBook)
            empty.complaint = fitted.complaint or "No row of your file counts here."
            empty.file = str(self._reader.file)
            empty.note = self._board.market.mark
            empty.redraw()
            return
        if is_other_file:
            self._unit = own_unit(book.figures())
        self._table.show_book(book, self._unit)
        self._show_sums(book)

    def _show_sums(self, book: OwnBook) -> None:
        totals, panel = totals_of(book, self._figures(book)), self.query_one("#sums", Panel)
        lines = sums_lines(totals, self.size.width, self._glyphs)
        self.set_class(len(lines) > LINES_OF_SUMS, "-more")
        panel.set_lines(lines)
        separator = f" {self._glyphs.separator} "
        table = self._table
        together = ("names together",) if table.are_names_together else ()
        counted = positions_words(totals.shorts, totals.longs, totals.gross, self._glyphs)
        table.title = separator.join(("My book", counted, *together, table.order_words))
        self._label(table)

    def _figures(self, book: OwnBook) -> OwnFigures:
        rows = self._table.rows
        return rows.writer.figures if rows is not None and rows.writer.book is book else book.figures()

    def _label(self, table: OwnTable) -> None:
        table.note = f" {self._glyphs.separator} ".join(filter(None, (self._board.market.mark, table.place)))
        self._show_remark(table)

    def _show_remark(self, table: OwnTable) -> None:
        """What is to be said of the position under the cursor."""
        panel, rows = self.query_one(PositionRemark), table.rows
        panel.entry, panel.said = ("", ""), ""
        if rows is not None and table.cursor_row < rows.row_count:
            book, row = rows.writer.book, int(rows.order[table.cursor_row])
            position = book.placed.positions[row]
            paid = price(position.price, 12, glyphs=self._glyphs).strip()
            account = f", {position.account}" if position.account else ""
            since = "since" if self._table.are_names_together else "on"
            shares = f"{position.shares:,g}".replace("-", self._glyphs.minus)
            day = full_day(position.entry_date)
            words = f"{shares} at {paid} {since} {day}{account}, line {position.line}"
            panel.entry = position.symbol, words
            panel.said = f" {self._glyphs.separator} ".join(remarks_on(book, rows.writer.figures, row))
        panel.redraw()

    def on_resize(self) -> None:
        """Drop all lines of sums but the first where the screen is low."""
        is_flat = self.size.height < LEAST_HEIGHT_FOR_SUMS
        self.set_class(is_flat, "-flat")
        self.set_class(self.size.height < LEAST_HEIGHT_FOR_WORDS, "-flattest")
        if self.has_panels:
            problems = self.query_one(RowProblems)
            problems.is_brief = is_flat
            problems.redraw()
        self.call_after_refresh(self._resort)

    # -- keys -----------------------------------------------------------------------------------------------------

    def on_tick_table_row_highlighted(self, event: OwnTable.RowHighlighted) -> None:
        event.stop()
        self._label(self._table)

    def on_tick_table_sort_requested(self, event: OwnTable.SortRequested) -> None:
        event.stop()
        self._table.sort_positions(event.sort_key)
        if self._fitted is not None:
            self._show_sums(self._fitted.book)

    def on_tick_table_row_chosen(self, event: OwnTable.RowChosen) -> None:
        """Open the name of a position; `]` goes on through the names of the book."""
        event.stop()
        rows = self._table.rows
        if rows is None or self._fitted is None or self.app.screen is not self:
            return
        columns = rows.writer.book.placed.columns
        column = int(columns[rows.order[event.row]])
        if column == NOT_PRICED:
            self.query_one(KeyLine).say("no price of it here")
            return
        # By their symbols: while positions are put on a market that came in, they are in the columns of another.
        symbols = rows.writer.book.board.market.symbols
        listed = list(dict.fromkeys(str(symbols[one]) for one in columns[rows.order].tolist() if one != NOT_PRICED))
        self._open_name(listed, str(symbols[column]), "of my book", self._select_left_name)

    def _select_left_name(self, column: int | None) -> None:
        rows = self._table.rows if self.has_panels else None
        if rows is not None and rows.writer.book.board.market is not self._board.market:
            return
        if rows is not None and column is not None:
            places = np.flatnonzero(rows.writer.book.placed.columns[rows.order] == column)
            current = int(rows.order[self._table.cursor_row]) if self._table.cursor_row < rows.row_count else -1
            if len(places) and rows.writer.book.placed.columns[current] != column:
                self._table.move_to(int(places[0]))

    def action_together(self) -> None:
        """Show all rows of a name as one position, or each row by itself."""
        table = self._table
        table.are_names_together = not table.are_names_together
        if self._fitted is not None and self._fitted.book.placed.positions:
            table.show_book(self._fitted.book, self._unit)
            self._show_sums(self._fitted.book)

    def action_explain(self) -> None:
        """Explain the columns."""
        read = None if self._reader_time is None else self._reader_time()
        table = self._table
        self.app.push_screen(
            ExplainScreen(self._board, table.explained, None, self._glyphs, columns=table.explained_columns, read=read)
        )

    def action_copy(self) -> None:
        """Copy the symbol under the cursor to the clipboard."""
        table = self._table
        if table.row_count:
            self.app.copy_to_clipboard(table.cell_text(table.cursor_row, "symbol"))
            self.query_one(KeyLine).say("copied")

    def action_back(self) -> None:
        """Go back to the names."""
        self.dismiss(None)

    def regain_focus(self) -> None:
        """Focus the table, which answers the keys."""
        if self.has_panels:
            self._table.focus()
