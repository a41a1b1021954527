"""The screen of one name: its chart, every figure with its formula, and every settlement cycle.

Over 400 lines, because a Textual screen is one class whose keys are its methods; most of them call panels.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.widget import Widget

from shortside.board import Board
from shortside.listings import Indexes
from shortside.one_name.history import NameHistory, name_history
from shortside.one_name.short_volume import SoldShort
from tui.screens.base import MarketScreen
from tui.screens.doubtful import DoubtfulScreen
from tui.screens.explain import ExplainScreen
from tui.screens.key_line import KeyLine
from tui.screens.symbol_head import OwnPositionLine, SymbolHead
from widgets.canvas import CurveForm
from widgets.figures import figure_groups
from widgets.format import GLYPHS_UNICODE, Glyphs
from widgets.key_names import key_hint
from widgets.moments import ReaderTime
from widgets.panel import PanelFrame
from widgets.symbol_chart import SymbolChart
from widgets.symbol_cycles import SymbolCycles
from widgets.symbol_figures import SymbolFigures

if TYPE_CHECKING:
    from shortside.loans.path import LoanPath
    from tui.documents.kind import Record
    from tui.sources.own_book import FittedBook

SYMBOL_KEYS = (
    ("{symbol.next:]}", "next"),
    ("{symbol.before:[}", "before"),
    ("{symbol.back:esc q}", "back"),
    ("{symbol.cycles:c}", "cycles"),
    ("{symbol.explain:i}", "explain"),
    ("{view.window:w}", "window"),
    ("{view.positions:p}", "shares"),
    ("{view.knowledge:v}", "vintage"),
    ("{symbol.zoom_out:z}", "zoom out"),
    ("{symbol.closer:+} {symbol.wider:-}", "zoom"),
    ("{symbol.read:←} {symbol.read_on:→}", "read"),
    ("{symbol.loans:C}", "borrow"),
    ("{symbol.records:R}", "records"),
    ("{symbol.copy:y}", "copy"),
    ("{symbol.on_list:a}", "on list"),
    ("{app.help:?}", "keys"),
)
SYMBOL_PANELS: tuple[type[PanelFrame], ...] = (SymbolChart, SymbolFigures, SymbolCycles)
"""The panels of a name, by their digits."""
KeepName = Callable[[str, Callable[[str], object]], object]
"""A function that takes a symbol and a callback, which is told in words what became of it."""
LookAt = Callable[[str, Callable[[SoldShort], None]], None]
"""A function that takes a symbol and a callback, which is told the name's off-exchange short selling."""


class SymbolScreen(MarketScreen[int | None]):
    """The screen of one name of a list. Esc or q returns its column, so that the list can put its cursor there.

    Args:
        board: the view of the market.
        order: columns in the order of the list it was opened from, at least one.
        place: which of them to show, from 0.
        order_words: what the list is sorted and filtered by, such as ``by crowding ▾``.
        glyphs: the signs to draw with.
        look_at: asked for what is not in the market; None where nobody can be asked.
        is_slow: whether the line is slow, so that as few cells as possible shall change.
        read: says when and where the screen is read; None where nobody knows.
        own: puts the user's own positions on a Board, in a thread; None where there are none to ask for.
        keep: puts a symbol on the current list or takes it off, and says which; None where there are no lists.
    """

    is_private = True

    DEFAULT_CSS = """
    SymbolScreen { layout: vertical; }
    SymbolScreen #body { layout: grid; grid-size: 2 2; grid-columns: 2fr 1fr; grid-rows: 3fr 2fr; height: 1fr; }
    SymbolScreen #figures { row-span: 2; }
    SymbolScreen.-narrow #body { layout: vertical; }
    SymbolScreen.-narrow #chart { height: 1fr; }
    SymbolScreen.-narrow #figures { height: 13; }
    SymbolScreen.-narrow #cycles { height: 12; }
    SymbolScreen.-narrow.-low #cycles { display: none; }
    SymbolScreen.-narrow.-low.-cycles #cycles { display: block; }
    SymbolScreen.-narrow.-low.-cycles #figures { display: none; }
    SymbolScreen.-narrow.-flat #body > * { display: none; }
    SymbolScreen.-narrow.-flat.-figures #figures, SymbolScreen.-narrow.-flat.-cycles #cycles,
    SymbolScreen.-narrow.-flat.-chart #chart { display: block; height: 1fr; }
    SymbolScreen.-zoomed #body { layout: vertical; }
    SymbolScreen.-zoomed #body > * { display: none; }
    SymbolScreen.-zoomed #body > .-zoomed { display: block; height: 1fr; }
    """
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-broad")]
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (20, "-low"), (40, "-tall")]
    """Flat and narrow, one panel is shown at a time; flat and broad it is as low as it would be."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right_square_bracket", "walk(1)", "next", id="symbol.next", tooltip="The next name of the list"),
        Binding("left_square_bracket", "walk(-1)", "before", id="symbol.before", tooltip="The name before it"),
        Binding("escape,q", "back", "back", id="symbol.back", tooltip="Back to the list, on this name's row"),
        Binding(
            "c", "cycles", "cycles", id="symbol.cycles", tooltip="To the settlement cycles, and back to the figures"
        ),
        Binding("i", "explain", "explain", id="symbol.explain", tooltip="Formula, inputs and numbers of this figure"),
        Binding("x", "doubtful", "doubtful", id="symbol.doubtful", tooltip="What is doubtful or left out, and why"),
        Binding("C", "loans", "borrow", id="symbol.loans", tooltip="What borrowing it cost, day by day"),
        Binding("R", "records", "records", id="symbol.records", tooltip="Fails, threshold lists, revisions, peers …"),
        Binding("y", "copy", "copy", id="symbol.copy", tooltip="Copy the symbol"),
        Binding("a", "put_on_list", "on list", id="symbol.on_list", tooltip="On the current list, or off it again"),
        Binding("z", "zoom_out", "zoom out", id="symbol.zoom_out", tooltip="A year or the window, or all sessions"),
        Binding(
            "plus,equals_sign", "zoom(True)", "closer", id="symbol.closer", tooltip="Half as many days in the chart"
        ),
        Binding("minus", "zoom(False)", "wider", id="symbol.wider", tooltip="Twice as many days in the chart"),
        Binding(
            "left",
            "read(-1)",
            "read",
            id="symbol.read",
            tooltip="Read the chart day by day, backwards; {symbol.back:Esc} ends it",
        ),
        Binding("right", "read(1)", "read on", id="symbol.read_on", tooltip="Read the chart a day later"),
        Binding("shift+left", "read(-10)", "ten back", id="symbol.read_back", tooltip="Ten sessions back in the chart"),
        Binding("shift+right", "read(10)", "ten on", id="symbol.read_far", tooltip="Ten sessions on in the chart"),
        Binding("d", "draw_otherwise", "drawing", id="symbol.form", tooltip="Draw curves of braille or of half blocks"),
        *(
            Binding(
                str(digit),
                f"panel('{panel.id}')",
                panel.words,
                id=f"symbol.panel.{digit}",
                tooltip=f"To the {panel.words}; again: the whole screen",
            )
            for digit, panel in enumerate((kind.description for kind in SYMBOL_PANELS), 1)
        ),
    ]
    AUTO_FOCUS = "#figures"

    def __init__(
        self,
        board: Board,
        order: Indexes,
        place: int = 0,
        order_words: str = "",
        glyphs: Glyphs = GLYPHS_UNICODE,
        look_at: LookAt | None = None,
        is_slow: bool = False,
        read: Callable[[], ReaderTime] | None = None,
        own: Callable[[Board], FittedBook] | None = None,
        loans: Callable[[str], Iterator[LoanPath]] | None = None,
        keep: KeepName | None = None,
        records: Callable[[str], Record] | None = None,
    ) -> None:
        super().__init__()
        self._fit_own = own
        self._loans = loans
        """Reads what a list of stock loans said of a name, in a thread; None where nobody can."""
        self._records = records
        """Makes the parts of a name's document that are kept beside its settlements; None where nobody can."""
        self._own: FittedBook | None = None
        self._is_looking_at_own = False
        """Whether the user's positions were asked for and have not come."""
        self._keep = keep
        self._read = read
        """Says when and where the screen is read; None where nobody knows."""
        self._board = board
        self._order = np.asarray(order, np.int64)
        self._place = max(0, min(place, len(self._order) - 1))
        self._order_words = order_words
        self._glyphs = glyphs
        self._look_at_name = look_at
        self._is_slow = is_slow
        self._sold_short: SoldShort | None = None
        self.add_class("-figures")
        self._is_over = False
        """Whether the name is in no market any more; the screen goes as soon as none is above it."""

    @property
    def column(self) -> int:
        """The column of the market that holds the name shown."""
        return int(self._order[self._place])

    @property
    def symbol(self) -> str:
        """The symbol of the name shown."""
        return str(self._board.market.symbols[self.column])

    @property
    def place_words(self) -> str:
        """The name's place in the list, such as ``3/6,518 by crowding ▾``."""
        return f"{self._place + 1:,}/{len(self._order):,} {self._order_words}".rstrip()

    def compose(self) -> ComposeResult:
        glyphs = self._glyphs
        yield SymbolHead(glyphs=glyphs, id="head")
        yield OwnPositionLine(glyphs=glyphs, id="mine")
        with Container(id="body"):
            for digit, kind in enumerate(SYMBOL_PANELS, 1):
                panel = kind(glyphs=glyphs, id=kind.description.id)
                panel.digit = key_hint(self, f"{{symbol.panel.{digit}:{digit}}}")
                yield panel
        yield KeyLine(SYMBOL_KEYS, glyphs, id="keys")

    def keys_changed(self) -> None:
        """Name the keys of the panels in their borders as they are now."""
        for digit, kind in enumerate(SYMBOL_PANELS, 1):
            for panel in self.query(kind):
                panel.digit = key_hint(self, f"{{symbol.panel.{digit}:{digit}}}")

    def fill_panels(self) -> None:
        """Show the name the screen was opened for, once the panels are there."""
        self.query_one(SymbolChart).has_rule = not self._is_slow
        self._show(is_new_name=True)

    def on_screen_resume(self) -> None:
        """Show what moved while another screen covered this one."""
        if self._is_over:
            self.dismiss(None)
        else:
            self._look_at_own()

    def adopt(self, _loaded: object, board: Board) -> None:
        """Show a market that was read anew, finding the list in its columns again by symbol."""
        symbols = self._board.market.symbols
        places = {str(symbol): column for column, symbol in enumerate(board.market.symbols)}
        shown = str(symbols[self.column])
        listed = [str(symbols[column]) for column in self._order]
        kept = [symbol for symbol in listed if symbol in places]
        if shown not in places:
            self._is_over = True
            self.dismiss(None)
            return
        self._is_over = False
        self._order = np.array([places[symbol] for symbol in kept], np.int64)
        self._place = kept.index(shown)
        self.set_board(board)

    def set_board(self, board: Board) -> None:
        """Show the name in another view: another window, tier basis, positions method or knowledge."""
        if self._is_over:
            return  # The columns of this market are other names.
        self._board = board
        self._show(is_new_name=False)

    def board_ticked(self, columns: Collection[int] | Indexes) -> None:
        """Show the name's new figures and the last point of its curves, if its column is one of these."""
        if self.has_panels and not self._is_over and self.column in columns:
            self._show_figures(name_history(self._board, self.column))

    def board_rescored(self) -> None:
        """Show the name's crowding score, which was ranked anew, and the user's positions, which may be others."""
        if self.has_panels:
            self._look_at_own()
            self._show_figures(name_history(self._board, self.column))

    def action_walk(self, names: int) -> None:
        """Show another name of the list; at the list's ends the key line says so."""
        place = self._place + names
        if not 0 <= place < len(self._order):
            self._say("the last of the list" if names > 0 else "the first of the list")
            return
        self._place = place
        self._say("")
        self._show(is_new_name=True)

    def action_put_on_list(self) -> None:
        """Put the name on the current list, or take it off; the key line says which."""
        if self._keep is not None:
            self._keep(self.symbol, self._say)

    def action_zoom(self, closer: bool) -> None:
        """Show half as many days in the chart, or twice as many."""
        self.query_one(SymbolChart).zoom(closer)

    def action_read(self, sessions: int) -> None:
        """Move the chart's cross-hair, which says the figures of a day."""
        self.query_one(SymbolChart).read(sessions)

    def action_draw_otherwise(self) -> None:
        """Draw the chart's curves of braille, or of half blocks where a font has none."""
        chart = self.query_one(SymbolChart)
        chart.form = CurveForm.BLOCKS if chart.form is CurveForm.BRAILLE else CurveForm.BRAILLE
        chart.redraw()
        self._say("only ASCII here" if self._glyphs.is_ascii else f"curves of {chart.form.value}")

    def action_back(self) -> None:
        """End the reading of the chart, go back from a zoomed panel to all of them, else to the list."""
        if self.has_panels and self.query_one(SymbolChart).reading is not None:
            self.query_one(SymbolChart).stop_reading()
        elif self.has_panels and self.has_class("-zoomed"):
            self._zoom(None)
        else:
            self.dismiss(self.column)

    def action_cycles(self) -> None:
        """Focus the settlement cycles, or the figures if the cycles have the focus."""
        cycles = self.query_one(SymbolCycles)
        self._focus("figures" if cycles.has_focus else "cycles")

    def action_panel(self, panel_id: str) -> None:
        """Focus a panel; a second time, give it the whole screen or take that back."""
        panel = self.query_one(f"#{panel_id}", PanelFrame)
        if panel.has_focus:
            self._zoom(None if self.has_class("-zoomed") else panel)
        else:
            self._focus(panel_id)

    def action_explain(self) -> None:
        """Explain the figure under the cursor, or the focused panel."""
        panel = self.focused if isinstance(self.focused, SYMBOL_PANELS) else self.query_one(SymbolChart)
        assert isinstance(panel, PanelFrame)
        screen = ExplainScreen(
            self._board,
            panel.explained,
            self.column,
            self._glyphs,
            self._sold_short,
            panel.explained_columns,
            None if self._read is None else self._read(),
        )
        self.app.push_screen(screen)

    def action_loans(self) -> None:
        """Show what borrowing the name cost, day by day."""
        from tui.screens.loan_path import LoanPathScreen

        if self._loans is not None and self.app.screen is self:
            market = self._board.market
            screen = LoanPathScreen(self.symbol, self._loans, market.last_session, market.mark, self._glyphs)
            self.app.push_screen(screen)

    def action_records(self) -> None:
        """Show fails, threshold lists, short volume, revisions, peers and events of the name."""
        from tui.screens.name_records import NameRecordsScreen

        if self._records is not None and self.app.screen is self:
            self.app.push_screen(NameRecordsScreen(self._board, self.column, self._records, self._glyphs))

    def action_doubtful(self) -> None:
        """Show what is doubtful, and the securities that the stock totals leave out."""
        self.app.push_screen(DoubtfulScreen(self._board, self._glyphs), self._show_symbol)

    def _show_symbol(self, symbol: str | None) -> None:
        """Show a name that was chosen on another screen: at its place in the list, or alone where it is not on it."""
        if symbol is None or self._is_over:
            return
        columns = np.flatnonzero(self._board.market.symbols == symbol)
        if not len(columns):
            return
        places = np.flatnonzero(self._order == columns[0])
        if len(places):
            self._place = int(places[0])
        else:
            self._order, self._place, self._order_words = columns[:1], 0, "doubtful"
        self._say("")
        self._show(is_new_name=True)

    def action_copy(self) -> None:
        """Copy the symbol to the terminal's clipboard."""
        self.app.copy_to_clipboard(self.symbol)
        self._say(f"copied {self.symbol}")

    def action_zoom_out(self) -> None:
        """Switch the chart between all sessions, and the last year or the window."""
        chart = self.query_one(SymbolChart)
        chart.show_all = not chart.show_all
        chart.show_history(name_history(self._board, self.column))

    def _show(self, *, is_new_name: bool) -> None:
        if not self.has_panels:
            return
        history = name_history(self._board, self.column)
        if is_new_name:
            self._sold_short = None
            self._look_at_own()
        self._show_figures(history)
        cycles = self.query_one(SymbolCycles)
        cycles.show_history(history, bool(self._board.market.has_ended[self.column]))
        if is_new_name:
            cycles.move_to(0)
            self._look_at()

    def _look_at(self) -> None:
        """Ask for what is not in the market: how the name is sold short off exchange."""
        if self._look_at_name is not None:
            self._look_at_name(self.symbol, self._show_sold_short)

    def _show_own(self) -> None:
        """Show the user's positions in the name, as they are known on this Board."""
        if self._own is None or self._own.book.board is not self._board:
            self._look_at_own()
        else:
            self.query_one(OwnPositionLine).show_positions(self._own.book, self.column)

    def _look_at_own(self) -> None:
        """Put the user's positions on this Board anew, in a thread."""
        # A disk that does not answer is not asked again, thread after thread.
        if self._fit_own is not None and self.has_panels and not self._is_looking_at_own:
            self._is_looking_at_own = True
            look: Any = self._read_own
            self.run_worker(look, exit_on_error=False, group="mine", name="mine")

    async def _read_own(self) -> None:
        assert self._fit_own is not None
        board = self._board
        try:
            own = await asyncio.to_thread(self._fit_own, board)
        finally:
            self._is_looking_at_own = False
        if self.has_panels:
            # Of another Board by now, it is asked for again.
            self._own = own
            self._show_own()

    def _show_sold_short(self, sold: SoldShort) -> None:
        if self.has_panels and sold.symbol == self.symbol:
            self._sold_short = sold
            self._show_figures(name_history(self._board, self.column))

    def _show_figures(self, history: NameHistory) -> None:
        """Everything that moves with the price: a settlement's row does not."""
        head = self.query_one(SymbolHead)
        head.board, head.column, head.place_words = self._board, self.column, self.place_words
        head.redraw()
        self._show_own()
        self.query_one(SymbolChart).show_history(history)
        figures = self.query_one(SymbolFigures)
        figures.show_groups(figure_groups(self._board, history, figures.glyphs, self._sold_short))

    def _focus(self, panel_id: str) -> None:
        """Give a panel the focus, and its place where only one of them is shown."""
        self.set_class(panel_id == "chart", "-chart")
        self.set_class(panel_id == "figures", "-figures")
        if panel_id != "chart" or self.has_class("-flat"):
            self.set_class(panel_id == "cycles", "-cycles")
        panel = self.query_one(f"#{panel_id}", PanelFrame)
        if self.has_class("-zoomed"):
            self._zoom(panel)
        panel.focus()

    def _zoom(self, panel: Widget | None) -> None:
        self.set_class(panel is not None, "-zoomed")
        for kind in SYMBOL_PANELS:
            one = self.query_one(kind)
            one.set_class(one is panel, "-zoomed")

    def _say(self, words: str) -> None:
        if self.has_panels:
            self.query_one(KeyLine).say(words)
