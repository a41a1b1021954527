"""The main screen of the monitor, and the ways that lead from it to every other screen."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from textual import on
from textual.binding import Binding

from tui.errors import ReportedError
from tui.screens.facts import feed_facts, reader_time
from tui.screens.filter_bar import FilterLine
from tui.screens.key_line import KeyLine
from tui.screens.list_keys import put_on_list
from tui.screens.main_names import MainNames
from tui.screens.panels import PANELS
from widgets.crowded import CrowdedTable
from widgets.feed_facts import PollLine
from widgets.feeds import FeedsPanel, feed_key, input_key
from widgets.movers import MoversPanel
from widgets.name_columns import SORT_WORDS
from widgets.panel import PanelFrame

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from shortside.board import Board
    from shortside.listings import Indexes
    from shortside.loans.path import LoanPath
    from tui.documents.kind import Record
    from tui.screens.base import MarketScreen
    from tui.screens.exporting import TakenTable
    from tui.screens.market_table import GroupOfNames
    from tui.screens.symbol import SymbolScreen
    from tui.sources.own_book import FittedBook
    from widgets.feed_page import FeedPage
    from widgets.moments import ReaderTime


class MainScreen(MainNames):
    """The main screen of the monitor with all its panels; a digit gives one of them the whole screen.

    Args:
        stage: the monitor, asked for what is not a figure of the market.
        glyphs: the signs to draw with.
        left: how it was left the last time; None to begin as always.
    """

    BINDINGS: ClassVar = [
        *(
            Binding(str(digit), f"panel('{panel.id}')", panel.words, id=f"panel.{digit}", show=False,
                    tooltip=f"To the panel {panel.words}; again for the whole screen")
            for digit, panel in enumerate((place.panel.description for place in PANELS), 1)
        ),
        # With priority, so that the line has the focus before the next key arrives: a fast `/q` must type a q.
        Binding("slash", "filter", "filter", id="names.filter", priority=True,
                tooltip="Only names with these letters, or of a condition: crowding > 90"),
        Binding("s", "sort", "sort", id="names.sort", tooltip="Sort by the column in brackets; again turns"),
        Binding("o", "scale", "one scale", id="names.scale", tooltip="Sparklines on one scale, or each on its own"),
        Binding("d", "draw_otherwise", "drawing", id="names.form", tooltip="Lines of braille, or of signs of any font"),
        Binding("V", "preview", "preview", id="names.preview", tooltip="The name under the cursor beside the list"),
        Binding("S", "reverse", "reverse", id="names.reverse", tooltip="Turn the order of the names round"),
        Binding("c", "columns", "columns", id="names.columns", tooltip="Choose the columns of the names, their order"),
        Binding("t", "rollup", "roll-up", id="tiers.rollup", tooltip="S3's three groups, or every tier"),
        Binding("right_square_bracket", "open_next(1)", "next", id="names.next", tooltip="Open the next name"),
        Binding("left_square_bracket", "open_next(-1)", "previous", id="names.previous", tooltip="Open the one before"),
        Binding("i", "explain", "explain", id="app.explain", tooltip="What the figures mean, and from what"),
        Binding("x", "doubtful", "doubtful", id="app.doubtful", tooltip="What is doubtful or left out, and why"),
        Binding("B", "my_book", "my book", id="names.my_book", tooltip="My own positions, beside what the crowd made"),
        Binding("M", "market_tables", "tables", id="names.tables", tooltip="Shorting, winners, certainty …"),
        Binding("X", "export", "export", id="export.open", tooltip="The table as CSV, Parquet …; the screen as SVG"),
        Binding("P", "published", "published", id="names.published", tooltip="What the last short interest changed"),
        Binding("C", "borrow", "borrow", id="names.borrow", tooltip="What borrowing costs, over time"),
        Binding("equals_sign", "compare", "compare", id="names.compare", tooltip="Beside another day, window or basis"),
        Binding("z", "zoom", "whole screen", id="panel.zoom", tooltip="The focused panel on the whole screen and back"),
        Binding("escape", "back", "back", id="app.back", tooltip="Back to all panels; clears the filters", show=False),
        Binding("y", "copy_symbol", "copy symbol", id="copy.symbol", tooltip="The symbol to the clipboard"),
        Binding("Y", "copy_row", "copy row", id="copy.row", tooltip="The whole row to the clipboard"),
    ]  # fmt: skip

    LEAVING: ClassVar[frozenset[str]] = frozenset()
    """Actions that leave the screen: none, because no screen lies below to go back to."""

    @on(CrowdedTable.RowChosen)
    def _on_row_chosen(self, event: CrowdedTable.RowChosen) -> None:
        self._open(event.row)

    @on(MoversPanel.MoverChosen)
    def _on_mover_chosen(self, event: MoversPanel.MoverChosen) -> None:
        """Open a name that moved; the next names are those of its block."""
        if self.app.screen is self:
            self.open_among(event.listed, event.symbol, event.words)

    def open_among(
        self, symbols: Sequence[str], symbol: str, words: str, left: Callable[[int | None], None] | None = None
    ) -> None:
        """Open a name out of a list; the next names are those of the list that are in this market.

        Args:
            symbols: the list's names, as whoever asks has them.
            symbol: the one to open.
            words: name the list.
            left: told the column of the name whose screen is left; the table of names follows it by default.
        """
        if self._shown is None:
            return
        places = {str(one): column for column, one in enumerate(self._shown.market.symbols)}
        listed = [one for one in symbols if one in places]
        if symbol in listed:
            order = np.array([places[one] for one in listed], np.int64)
            screen = self._name_screen(order, listed.index(symbol), words)
            self.app.push_screen(screen, left or self._select_left_name)

    @on(FeedsPanel.FeedChosen)
    def _on_feed_chosen(self, event: FeedsPanel.FeedChosen) -> None:
        """Open a feed's screen."""
        from tui.screens.feed import FeedScreen

        if self._shown is not None and self.app.screen is self:
            mark, is_polled = self._shown.market.mark, self._stage.fresh is not None
            screen = FeedScreen(self._feed_page, event.key, event.listed, mark, self._glyphs, is_polled)
            self.app.push_screen(screen, self.query_one(FeedsPanel).select)

    def _feed_page(self, key: str) -> tuple[FeedPage, ReaderTime] | None:
        """What is known now of the feed of a key."""
        from widgets.feed_page import input_page, poll_page

        assert self._loaded is not None
        stage = self._stage
        polled, total = stage.fresh.facts() if stage.fresh is not None else ([], PollLine())
        pages = {feed_key(feed, place): poll_page(feed, total) for place, feed in enumerate(polled)}
        inputs = feed_facts(self._loaded, self._is_past, polled)
        page = pages.get(key) or {input_key(feed): input_page(feed) for feed in inputs}.get(key)
        return None if page is None else (page, self._reader_time())

    def _reader_time(self) -> ReaderTime:
        """When and where the screen is read."""
        assert self._loaded is not None
        return reader_time(self._loaded, self._stage.here)

    def action_open_next(self, step: int) -> None:
        """Move to a neighbour and open it."""
        self._open(self.table.cursor_row + step)

    def _open(self, row: int) -> None:
        # Of two quick keys the first has opened a name already.
        if self._shown is None or self.app.screen is not self:
            return
        order = self.table.order
        if not 0 <= row < len(order):
            return
        self.table.move_to(row)
        arrow = self._glyphs.sort_descending if self.table.is_descending else self._glyphs.sort_ascending
        self._open_listed(order, row, f"by {SORT_WORDS[self.table.sort_key]} {arrow}")

    def _open_listed(self, order: Indexes, place: int, words: str) -> None:
        """Open the name at a place of a list, which `words` name."""
        if self._shown is not None:
            self.app.push_screen(self._name_screen(order, place, words), self._select_left_name)

    def _name_screen(self, order: Indexes, place: int, words: str) -> SymbolScreen:
        """The screen of the name at a place of a list."""
        from tui.screens.symbol import SymbolScreen

        board, fresh = self._board, self._stage.fresh
        assert board is not None
        look_at = fresh.look_at if fresh is not None else None
        return SymbolScreen(
            board,
            order,
            place,
            words,
            self._glyphs,
            look_at,
            self._stage.options.low_bandwidth,
            read=self._reader_time,
            own=self._own_positions,
            loans=self._loan_paths,
            keep=partial(put_on_list, self._stage),
            records=self._name_records,
        )

    def _name_records(self, symbol: str) -> Record:
        """What is kept of a name beside its settlements. Blocks: called in a thread."""
        from tui.screens.name_record_reader import read_parts

        return read_parts(self._stage, symbol)

    def _loan_paths(self, symbol: str) -> Iterator[LoanPath]:
        """What the list of stock loans said of a name over time, as it is read. Blocks: taken in a thread."""
        from tui.screens.borrow_page import BorrowReader

        return BorrowReader(self._stage).paths(symbol)

    def _own_positions(self, board: Board) -> FittedBook:
        """The user's own positions on a Board. Reads their file where it changed: called in a thread."""
        assert self._loaded is not None
        return self._stage.own_book.read(board, self._loaded)

    def action_my_book(self) -> None:
        """Show the user's own positions."""
        from tui.screens.my_book import MyBookScreen

        if self._shown is None or self._loaded is None or self.app.screen is not self:
            return
        stage = self._stage
        screen = MyBookScreen(
            self._shown,
            self._loaded,
            stage.own_book,
            self.open_among,
            self._glyphs,
            self._reader_time,
            stage.marks_moves,
        )
        self.app.push_screen(screen)

    def action_export(self) -> None:
        """Ask for a form, and export what is shown now."""
        from tui.screens.exporting import table_of_main

        if self._shown is None or self._loaded is None or self.app.screen is not self:
            return
        try:
            taken = table_of_main(self, self._stage, self._shown, self._loaded)
        except ReportedError as error:
            self.query_one(KeyLine).warn(str(error))
        else:
            self._export_of(self, taken)

    def _export_of(self, screen: MarketScreen[Any], taken: TakenTable) -> None:
        """Ask for a form, and export what a screen shows."""
        from tui.screens.exporting import Exporting

        assert self._board is not None
        used = partial(setattr, self, "export_form")
        Exporting(screen, self._stage, taken, self._board, self._glyphs, used).ask(self.export_form)

    def action_market_tables(self, name: str = "") -> None:
        """Show the tables of the market: that of a name, or the one seen last."""
        from tui.screens.tables import TablesScreen

        if self._shown is None or self._loaded is None or self.app.screen is not self:
            return
        screen = TablesScreen(
            self._stage,
            self._shown,
            self._loaded,
            name or self._table_seen,
            open_name=self.open_among,
            export=self._export_of,
            seen=partial(setattr, self, "_table_seen"),
            glyphs=self._glyphs,
            read=self._reader_time,
        )
        self.app.push_screen(screen, self._show_chosen_group)

    def _show_chosen_group(self, group: GroupOfNames | None) -> None:
        """Show the names of a row of sums that was opened."""
        if group is not None:
            self.show_group(*group)

    def _select_left_name(self, column: int | None) -> None:
        """Put the cursor on the name whose screen was left."""
        if column is not None and self._shown is not None:
            rows = np.flatnonzero(self.table.order == column)
            if len(rows):
                self.table.move_to(int(rows[0]))

    def action_explain(self) -> None:
        """Explain the figures of the focused panel."""
        from tui.screens.explain import ExplainScreen

        if self._board is None:
            return
        table = self.table
        panel = self.focused if self.focused in [panel for _, panel in self._placed] else table
        assert isinstance(panel, PanelFrame)
        column = table.column_at(table.cursor_row) if panel is table and table.row_count else None
        columns, read = panel.explained_columns, self._reader_time()
        screen = ExplainScreen(self._board, panel.explained, column, self._glyphs, columns=columns, read=read)
        self.app.push_screen(screen)

    def action_doubtful(self) -> None:
        """Show what is doubtful, and the securities that are left out of the totals."""
        from tui.screens.doubtful import DoubtfulScreen

        if self._board is not None:
            self.app.push_screen(DoubtfulScreen(self._board, self._glyphs), self.open_symbol)

    def action_published(self) -> None:
        """Show what the last publication of short interest changed."""
        from tui.screens.published import PublishedScreen

        stage = self._stage
        if self._board is not None and self.app.screen is self:
            pages, glyphs = stage.publications, self._glyphs
            self.app.push_screen(PublishedScreen(pages, self.open_among, stage.publication_looked_at, glyphs))

    def action_borrow(self) -> None:
        """Show what borrowing costs, over time."""
        from tui.screens.borrow import BorrowScreen
        from tui.screens.borrow_page import BorrowReader

        if self._board is not None and self.app.screen is self:
            reader = BorrowReader(self._stage)
            self.app.push_screen(BorrowScreen(reader, self.open_among, self._reader_time, self._glyphs))

    def action_compare(self) -> None:
        """Put what is shown beside another day, window or tier basis."""
        from shortside.positions import Knowledge
        from tui.screens.compare import CompareScreen, OtherSide

        stage, board = self._stage, self._board
        if board is None or self.app.screen is not self:
            return
        sessions = stage.sessions_there()
        # Of a past day one wants to know what came of it; of the newest, what was the evening before.
        day = None if stage.past_day is not None or len(sessions) < 2 else sessions[-2]
        # An evening as known then, until somebody asks for hindsight.
        view = board.view if day is None else replace(board.view, knowledge=Knowledge.AS_KNOWN)
        other = OtherSide(day, view)
        self.app.push_screen(CompareScreen(board, stage, other, self.open_among, self._glyphs))

    def open_symbol(self, symbol: str | None, words: str = "doubtful") -> None:
        """Open a name that was chosen on another screen, also one that the filter hides; `words` say why it opens."""
        if symbol is None or self._shown is None:
            return
        row = self.table.row_of(symbol)
        if row is not None:
            self._open(row)
            return
        columns = np.flatnonzero(self._shown.market.symbols == symbol)
        if len(columns):
            self._open_listed(columns[:1], 0, words)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether an action may run: only `back` before the market is read, and no `filter` inside the filter line."""
        if action == "filter" and isinstance(self.focused, FilterLine):
            return False
        if action == "compare" and self._stage.replay is not None:
            # The key makes a recording run faster there; it has no other days to compare with.
            return False
        return super().check_action(action, parameters) and (self._board is not None or action == "back")
