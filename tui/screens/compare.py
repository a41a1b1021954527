"""The screen that puts the market as it is shown beside another day, window, tier basis or method of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from shortside.comparison import BoardComparison
from shortside.named_windows import WindowError, window_title
from tui.errors import ReportedError
from tui.screens.board_screen import BoardScreen
from tui.screens.compare_rows import (
    FIRST_ORDER,
    GROUP_COLUMNS_COMPARED,
    NAME_COLUMNS_COMPARED,
    ComparedGroupRows,
    ComparedNameRows,
    ComparedNames,
    names_in_order,
    names_of_row,
)
from tui.screens.day_prompt import ask_for_day
from tui.screens.head_line import HeadLine
from tui.screens.key_line import KeyLine
from tui.screens.past_keys import SECONDS_AT_REST
from tui.sources.past_days import publication_beside, session_beside
from widgets.figures import full_day
from widgets.format import GLYPHS_UNICODE, Glyphs
from widgets.lines import Line
from widgets.panel import Panel
from widgets.publication_cells import arrow_of
from widgets.tick_table import TickTable

if TYPE_CHECKING:
    from shortside.board import Board
    from shortside.view import View
    from tui.sources.loaded_market import LoadedMarket

COMPARE_KEYS = (
    ("{compare.window:w}", "window"),
    ("{compare.day_back:<} {compare.day_on:>}", "day"),
    ("{compare.cycle_back:{} {compare.cycle_on:}}", "cycle"),
    ("{compare.date:T}", "date"),
    ("tab", "tiers"),
    ("{table.sort:s}", "sort"),
    ("{compare.back:esc}", "back"),
    ("{compare.basis:b}", "basis"),
    ("{compare.positions:p}", "shares"),
    ("{compare.knowledge:v}", "vintage"),
    ("{app.help:?}", "keys"),
    ("{table.columns:c}", "columns"),
)


class OtherSide(NamedTuple):
    """What is compared with: a day, None for the newest there is, and how it is looked at."""

    day: date | None
    view: View


class DayBoards(Protocol):
    """Where the Boards of any day come from."""

    def board_of_day(self, day: date | None, view: View) -> Board:
        """The Board of a past evening, or of the newest day there is for None. Blocks."""

    def is_as_known(self, day: date | None, view: View) -> bool:
        """Whether the Board of a day rests on nothing else than its state of knowledge says."""

    def board_as_known(self, day: date, view: View, is_wanted: Callable[[], bool]) -> Board | None:
        """The Board of a past evening, of nothing that was not known on it; None where nobody wants it any more."""

    def evenings_left(self) -> None:
        """Keep past evenings no longer than a while."""

    def sessions_there(self) -> list[date]:
        """The sessions with closes, ascending."""


class SidesPanel(Panel, can_focus=False):
    """Two lines that say what A and B are."""

    boards: tuple[Board, Board] | None = None
    is_reading = False
    """Whether B is read as known then, and rests until that is done on today's splits, names and floats."""

    def draw(self, width: int, height: int) -> list[Line]:
        """A line for each side: its day, window, basis, method and state of knowledge."""
        if self.boards is None:
            return [[(" reading", "muted")]]
        reading = (f" {self.glyphs.separator} reading" if self.is_reading else "", "muted")
        first, second = (side_words(board, width - 14, self.glyphs) for board in self.boards)
        return [
            [(" A ", "title"), (first, "plain")],
            [(" B ", "title"), (second, "plain"), reading],
        ]


def side_words(board: Board, width: int, glyphs: Glyphs = GLYPHS_UNICODE) -> str:
    """What a side is: its day, window, tier basis, method and knowledge; in little room the first of them."""
    window, view = board.window, board.view
    day, name = full_day(board.market.last_session), window_title(window.name)
    basis, method = view.basis.value.upper(), view.positions.value.upper()
    span = f"{name} {full_day(window.start_date)} {arrow_of(glyphs)} {full_day(window.end_date)}"
    parts = (day, span, f"tiers {basis}", f"shares {method}", view.knowledge.words)
    short = (day, name, basis, method, view.knowledge.words)
    wordings = (parts, *(short[:most] for most in range(len(short), 0, -1)))
    said = [f" {glyphs.separator} ".join(words) for words in wordings]
    return next((words for words in said if len(words) <= width), said[-1])


class CompareScreen(BoardScreen[None]):
    """Two sides of a market: A as the screen below shows it, B by the keys pressed here.

    Args:
        board: what A is.
        boards: where B comes from.
        other: what B is at first.
        open_name: opens a name's screen, given the symbols of the list, the one to open, and words for the list.
        glyphs: the signs to draw with.
    """

    DEFAULT_CSS = """
    CompareScreen { layout: vertical; }
    CompareScreen SidesPanel { height: 4; }
    CompareScreen #groups { height: 13; }
    CompareScreen #names { height: 1fr; }
    CompareScreen.-flat #groups { display: none; }
    CompareScreen.-lower #groups { height: 9; }
    CompareScreen.-low #groups { height: 11; }
    """
    # From 23 lines on every tier and the sum of all stand above the names, without a line to spare.
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (20, "-lower"), (23, "-low"), (30, "-high")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,equals_sign,q", "back", "back", id="compare.back", tooltip="Back to the screen below"),
        Binding("w", "window(1)", "window of B", id="compare.window", tooltip="The next window for B"),
        Binding("W", "window(-1)", "window back", id="compare.window_back", tooltip="The window before for B"),
        Binding("b", "basis", "basis of B", id="compare.basis", tooltip="Another tier basis for B"),
        Binding("v", "knowledge", "vintage of B", id="compare.knowledge", tooltip="B as known then, or with hindsight"),
        Binding("p", "positions", "shares of B", id="compare.positions", tooltip="The other method for B"),
        Binding("less_than_sign", "day(-1)", "session back", id="compare.day_back", tooltip="B a session earlier"),
        Binding("greater_than_sign", "day(1)", "session on", id="compare.day_on", tooltip="B a session later"),
        Binding("left_curly_bracket", "cycle(-1)", "cycle back", id="compare.cycle_back", tooltip="B a cycle earlier"),
        Binding("right_curly_bracket", "cycle(1)", "cycle on", id="compare.cycle_on", tooltip="B a cycle later"),
        Binding("T", "date", "day of B", id="compare.date", tooltip="B on the evening of a day"),
        Binding("0", "newest", "newest", id="compare.newest", tooltip="B on the newest day there is"),
    ]
    AUTO_FOCUS = "#names"
    needs_evenings = True

    def __init__(
        self,
        board: Board,
        boards: DayBoards,
        other: OtherSide,
        open_name: Callable[[Sequence[str], str, str], None],
        glyphs: Glyphs = GLYPHS_UNICODE,
    ) -> None:
        super().__init__()
        self._board, self._boards, self._other = board, boards, other
        self._open_name, self._glyphs = open_name, glyphs
        self._shown: OtherSide | None = None
        self._reading_of = 0
        """How often the archive was read anew while this screen was there."""
        self._made_of = 0
        """Which of these readings the comparison is of."""
        self._is_known = True
        """Whether B rests on nothing else than what was known on its evening, or on all that is known."""
        self._comparison: BoardComparison | None = None
        self._sort = FIRST_ORDER
        self._is_making = False

    def compose(self) -> ComposeResult:
        glyphs, reading = self._glyphs, "reading"
        yield HeadLine(glyphs)
        yield SidesPanel(title="COMPARE", glyphs=glyphs, id="sides")
        yield TickTable(GROUP_COLUMNS_COMPARED, title="Tiers", empty_words=reading, glyphs=glyphs, id="groups")
        names = TickTable(NAME_COLUMNS_COMPARED, title="Names", empty_words=reading, glyphs=glyphs, id="names")
        names.board = "compare"
        yield names
        yield KeyLine(COMPARE_KEYS, glyphs, id="keys")

    def fill_panels(self) -> None:
        """Have the other side made and shown."""
        self._want(self._other)

    # -- making -----------------------------------------------------------------------------------------------------

    def _want(self, other: OtherSide) -> None:
        """Compare with another side; of several wishes in a row only the last is made."""
        self._other = other
        if not self._is_making:
            self._is_making = True
            if self._comparison is not None and self.has_panels:
                # A day that has to be read takes seconds.
                self.query_one(KeyLine).hold("reading B")
            make: Any = self._make
            self.run_worker(make, exit_on_error=False, group="comparison", name="comparison")

    async def _make(self) -> None:
        try:
            while self._is_behind:
                wished, board, reading = self._other, self._board, self._reading_of
                try:
                    made, is_known = await asyncio.to_thread(self._made, board, wished)
                except (ReportedError, WindowError) as error:
                    if wished == self._other:
                        self._refuse(str(error))
                        return
                else:
                    self._shown, self._comparison, self._made_of = wished, made, reading
                    self._is_known = is_known
        finally:
            self._is_making = False
        if self.has_panels:
            self._show()
        rest: Any = self._rest
        self.run_worker(rest, exclusive=True, exit_on_error=False, group="comparison as known", name="as known")

    @property
    def _is_behind(self) -> bool:
        """Whether what is compared is not what is wished, or not of the archive as it is now."""
        made = self._comparison
        return (
            self._shown != self._other
            or made is None
            or (made.first, self._made_of)
            != (
                self._board,
                self._reading_of,
            )
        )

    async def _rest(self) -> None:
        """When B has been looked at for a moment, compare with all that was known on its evening, and nothing else."""
        shown, board, reading = self._shown, self._board, self._reading_of
        if shown is None or shown.day is None or self._is_known:
            return

        def is_wanted() -> bool:
            return not self._is_behind and (self._shown, self._board, self._reading_of) == (shown, board, reading)

        await asyncio.sleep(SECONDS_AT_REST)
        try:
            made = await asyncio.to_thread(self._made_as_known, board, shown.day, shown.view, is_wanted)
        except (ReportedError, WindowError) as error:
            if is_wanted() and self.has_panels:
                self.query_one(KeyLine).warn(str(error))
            return
        if made is not None and is_wanted() and self.has_panels:
            self._comparison, self._is_known = made, True
            self._show()

    def _made_as_known(
        self, board: Board, day: date, view: View, is_wanted: Callable[[], bool]
    ) -> BoardComparison | None:
        second = self._boards.board_as_known(day, view, is_wanted)
        return None if second is None else _compared(board, second)

    def _made(self, board: Board, wished: OtherSide) -> tuple[BoardComparison, bool]:
        second = self._boards.board_of_day(*wished)
        return _compared(board, second), self._boards.is_as_known(*wished)

    def _refuse(self, words: str) -> None:
        if self._shown is not None:
            self._other = self._shown
        if self.has_panels:
            self.query_one(KeyLine).warn(words)

    # -- showing ----------------------------------------------------------------------------------------------------

    def archive_changed(self) -> None:
        """Compare with what B is now that its archive was read anew."""
        self._reading_of += 1
        if self.has_panels:
            self._want(self._other)

    def adopt(self, loaded: LoadedMarket, board: Board) -> None:
        """Compare what the screen below shows now."""
        self.set_board(board)

    def set_board(self, board: Board) -> None:
        """Compare what the screen below shows now."""
        self._board = board
        if self.has_panels:
            self._want(self._other)

    def _show(self) -> None:
        comparison = self._comparison
        if comparison is None:
            return
        sides, groups = self.query_one(SidesPanel), self._groups
        sides.boards = comparison.first, comparison.second
        sides.is_reading = not self._is_known
        sides.redraw()
        is_first = groups.row_count == 0
        source = ComparedGroupRows(comparison, self._glyphs)
        # All of them, at first: what changed tier stands below.
        row = len(source.above) - 2 if is_first else min(groups.cursor_row, len(source.above) - 1)
        groups.title = self._with_unit("Tiers", source.unit)
        groups.set_source(source)
        groups.move_to(row)
        self._say_place()
        self._show_names()
        self.query_one(KeyLine).say("")

    def _show_names(self) -> None:
        comparison, above, names = self._comparison, self._above, self._names
        if comparison is None or above is None:
            return
        key, descends = self._sort
        order = names_in_order(comparison, names_of_row(comparison, above), key, descends=descends)
        source = ComparedNameRows(comparison, order, self._glyphs)
        names.title = self._with_unit(_words_of(above), source.unit)
        names.empty_words = "none"
        names.set_source(source)
        names.set_sort(*self._sort)
        names.move_to(0)
        names.note = f"{len(order):,} names"

    def _say_place(self) -> None:
        """Say where the cursor is among the tiers, some of which a low screen has no line for."""
        self._groups.note = f"{self._groups.cursor_row + 1}/{self._groups.row_count}"

    def _with_unit(self, words: str, unit: str) -> str:
        return f"{words} {self._glyphs.separator} ${unit}"

    @property
    def _above(self) -> ComparedNames | None:
        source = self._groups.source
        return source.above[self._groups.cursor_row] if isinstance(source, ComparedGroupRows) else None

    @property
    def _groups(self) -> TickTable:
        return self.query_one("#groups", TickTable)

    @property
    def _names(self) -> TickTable:
        return self.query_one("#names", TickTable)

    # -- keys -------------------------------------------------------------------------------------------------------

    def on_tick_table_row_highlighted(self, event: TickTable.RowHighlighted) -> None:
        if event.table.id == "groups":
            self._say_place()
            self._show_names()

    def on_tick_table_row_chosen(self, event: TickTable.RowChosen) -> None:
        source = event.table.source
        if isinstance(source, ComparedNameRows):
            symbols = source.listed
            self._open_name(symbols, symbols[event.row], "compared")
        else:
            self._names.focus()

    def on_tick_table_sort_requested(self, event: TickTable.SortRequested) -> None:
        self._sort = event.table.order_after(event.sort_key, self._sort)
        self._show_names()

    def action_window(self, steps: int) -> None:
        """Compare with the next window, or the one before."""
        self._look(self._other.view.next_window(steps))

    def action_basis(self) -> None:
        """Compare with another tier basis."""
        self._look(self._other.view.next_basis())

    def action_positions(self) -> None:
        """Compare with the other method between settlements."""
        self._look(self._other.view.next_positions())

    def action_knowledge(self) -> None:
        """Compare with what was known on B's evening, or with all that is known of it today."""
        self._look(self._other.view.next_knowledge())

    def _look(self, view: View) -> None:
        self._want(OtherSide(self._other.day, view))

    def action_day(self, steps: int) -> None:
        """Compare with the session before or after."""
        sessions = self._boards.sessions_there()
        self._go(lambda day: session_beside(day, steps, sessions))

    def action_cycle(self, steps: int) -> None:
        """Compare with the evening of the publication before or after."""
        last = self._boards.sessions_there()[-1]
        self._go(lambda day: publication_beside(day, steps, last))

    def _go(self, beside: Callable[[date], date | None]) -> None:
        last = self._boards.sessions_there()[-1]
        try:
            day = beside(self._other.day or last)
        except ReportedError as error:
            self._refuse(str(error))
            return
        self._want_day(None if day == last else day)

    def action_date(self) -> None:
        """Ask for the day to compare with."""
        sessions = self._boards.sessions_there()
        ask_for_day(self.app, "Compare with", sessions, self._want_day, self._glyphs)

    def _want_day(self, day: date | None) -> None:
        self._want(OtherSide(day, self._other.view))

    def action_newest(self) -> None:
        """Compare with the newest day there is."""
        self._want_day(None)

    def action_back(self) -> None:
        """Go back to the screen below."""
        self._boards.evenings_left()
        self.dismiss(None)


def _compared(first: Board, second: Board) -> BoardComparison:
    made = BoardComparison(first, second)
    # Asked for on the event loop otherwise.
    _ = made.groups, made.tiers
    return made


def _words_of(above: ComparedNames) -> str:
    from shortside.words.group_words import tier_word

    if above.group is None:
        return "Names that changed tier"
    return "All names" if above.code is None else f"Names of {tier_word(above.group.label)} in A or B"
