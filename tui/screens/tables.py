"""The screen of the tables of the market: which there are at the left, and at the right the one in view."""

from __future__ import annotations

import asyncio
import textwrap
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.timer import Timer

from shortside.named_windows import window_title
from tui.documents.kind import DocumentRequest
from tui.screens.board_screen import BoardScreen
from tui.screens.explain import ExplainScreen
from tui.screens.exporting import TakenTable
from tui.screens.head_line import HeadLine
from tui.screens.key_line import KeyLine
from tui.screens.market_table import GroupOfNames, MadeTable, MarketTable, exported_market_table, made_table, no_rows
from tui.screens.market_table_columns import MarketTableRows, columns_of_fields
from tui.screens.market_tables import MARKET_TABLES, market_table
from widgets.columns import TableColumn
from widgets.fields import Field, Unit
from widgets.figures import full_day
from widgets.format import GLYPHS_UNICODE, Glyphs, fit, width_of
from widgets.lines import Line
from widgets.panel import Panel
from widgets.panel_description import PanelDescription
from widgets.publication_cells import arrow_of
from widgets.tick_table import Cell, StillRows, TickTable

if TYPE_CHECKING:
    from shortside.board import Board
    from shortside.listings import Indexes
    from shortside.windows import Window
    from tui.documents.kind import Record
    from tui.screens.base import MarketScreen, ScreenStage
    from tui.sources.loaded_market import LoadedMarket
    from widgets.moments import ReaderTime

TABLES_KEYS: Final = (
    ("{tables.next:]} {tables.previous:[}", "table"),
    ("{table.choose:⏎}", "open"),
    ("{table.sort:s}", "sort"),
    ("{view.window:w}", "window"),
    ("{tables.explain:i}", "explain"),
    ("{tables.back:esc}", "back"),
    ("{tables.export:X}", "export"),
    ("{view.basis:b}", "basis"),
    ("{view.positions:p}", "shares"),
    ("{app.help:?}", "keys"),
    ("{table.columns:c}", "columns"),
    ("{copy.table:y}", "copy"),
)
SECONDS_BETWEEN_TABLES: Final = 5.0
"""How often a table is made anew while prices tick."""
SUMS_BETWEEN_TABLES: Final = 3
"""How often the sums of the main screen would be made meanwhile, at least."""
SECONDS_OF_PATIENCE: Final = 0.4
"""How long a table may take without a word: that of the record reads the whole history."""
WIDTH_OF_LIST: Final = 27
LIST_COLUMNS_OF_TABLES: Final = (
    TableColumn(key="table", title="tables of the market", width=22, align="left", is_pinned=True),
)
NOTHING_KNOWN: Final = "nothing is known yet"


class TablesOnList(StillRows):
    """The list of the tables, a row each."""

    def __init__(self, glyphs: Glyphs) -> None:
        self._glyphs = glyphs

    @property
    def row_count(self) -> int:
        """How many tables there are."""
        return len(MARKET_TABLES)

    def whole(self, row: int) -> list[Cell]:
        """What a table is called."""
        return [(fit(MARKET_TABLES[row].words, 22, glyphs=self._glyphs), "plain")]


class TableTabs(Panel, can_focus=False):
    """The tables by name in one line, that in view in brackets; the line moves along with it."""

    DEFAULT_CSS = "TableTabs, TableTabs.-ascii { height: 1; border: none; }"
    chosen = 0
    """The table in view, by its place."""

    def draw(self, width: int, height: int) -> list[Line]:
        """As many names as there is room for, the chosen one among them."""
        names = [
            f"[{one.words}]" if place == self.chosen else f" {one.words} " for place, one in enumerate(MARKET_TABLES)
        ]
        first = 0
        while first < self.chosen and sum(map(width_of, names[first : self.chosen + 1])) > width - 2:
            first += 1
        more = self.glyphs.clipped_left if first else " "
        line: Line = [(more, "muted")]
        room = width - 2
        for place, name in enumerate(names[first:], first):
            if width_of(name) > room:
                line.append((" " * room + self.glyphs.clipped_right, "muted"))
                break
            line.append((name, "accent" if place == self.chosen else "muted"))
            room -= width_of(name)
        return [line]


class TableSums(Panel, can_focus=False):
    """Which window the table is of, and the one before; below, what all rows add up to."""

    DEFAULT_CSS = "TableSums, TableSums.-ascii { height: 4; border: none; }"
    made: MadeTable | None = None
    record: Record | None = None
    """What stands under the cursor."""

    def draw(self, width: int, height: int) -> list[Line]:
        """A line of windows, then sentences."""
        if self.made is None:
            return []
        board = self.made.asked.board
        span = self.made.table.span
        words = span or windows_words(board, self.made.before, width - 2, self.glyphs)
        lines: list[Line] = [[(f" {fit(words, min(width_of(words), width - 2), glyphs=self.glyphs)}", "muted")]]
        if board.window_note:
            lines.append([(f" {board.window_note}", "warning")])
        said = self.made.sentences(self.record, self.glyphs)
        if self.made.complaint:
            said = [f"{self.made.complaint}; {self.made.table.fill}"]
        for sentence in said:
            wrapped = textwrap.wrap(sentence, max(width - 2, 20), break_long_words=False, break_on_hyphens=False)
            lines += [[(f" {part}", "plain")] for part in wrapped]
        return lines


def windows_words(board: Board, before: Window | None, width: int, glyphs: Glyphs = GLYPHS_UNICODE) -> str:
    """The window of a table and the one before it, then the view as far as there is room for it."""
    view = board.view
    parts = [
        f"{window_title(board.window.name)} {_span_words(board.window, glyphs)}",
        "no whole window before it" if before is None else f"before it {_span_words(before, glyphs)}",
        f"tiers {view.basis.value.upper()}",
        f"shares {view.positions.value.upper()}",
        view.knowledge.words,
    ]
    separator = f" {glyphs.separator} "
    while len(parts) > 1 and width_of(separator.join(parts)) > width:
        parts.pop()
    return separator.join(parts)


def _span_words(window: Window, glyphs: Glyphs) -> str:
    return f"{full_day(window.start_date)} {arrow_of(glyphs)} {full_day(window.end_date)}"


class MarketTickTable(TickTable):
    """The table in view; another one has other columns."""

    MOST_GAP = 2

    def show_columns(self, columns: Sequence[TableColumn], board: str) -> None:
        """Show these columns from now on, as the user settled them for the table of that name."""
        plain = self.glyphs.is_ascii
        self.columns = tuple(replace(one, title=one.title.replace("±", "+-")) if plain else one for one in columns)
        self.board = board
        self._cursor_key, self._skipped, self._placed_for = None, 0, None
        self.settle_columns()
        self.refresh(self.size.region)

    def identity(self, row: int) -> tuple[object, ...]:
        """What a row is about, wherever it stands."""
        source = self.source
        return source.rows.identity(source.order[row]) if isinstance(source, MarketTableRows) else (row,)


class TablesScreen(BoardScreen[GroupOfNames | None]):
    """The tables of the market; dismissed with the group whose names are to be shown, else with None.

    Args:
        stage: the monitor.
        board: the view of the market.
        loaded: the market.
        table: the name of the table to begin with.
        open_name: opens a name's screen, given the symbols of the list, the one to open, and words for the list.
        export: asks for a form and exports what a screen shows.
        seen: told the name of each table that is shown.
        glyphs: the signs to draw with.
        read: when and where the screen is read.
    """

    DEFAULT_CSS = f"""
    TablesScreen {{ layout: vertical; }}
    TablesScreen Horizontal {{ height: 1fr; }}
    TablesScreen #tables {{ width: {WIDTH_OF_LIST}; height: 100%; }}
    TablesScreen Vertical {{ width: 1fr; height: 100%; }}
    TablesScreen #rows {{ height: 1fr; }}
    TablesScreen.-narrow #tables {{ display: none; }}
    TablesScreen.-broad TableTabs, TablesScreen.-wide TableTabs {{ display: none; }}
    TablesScreen.-flat TableSums {{ height: 2; }}
    TablesScreen.-flattest TableSums {{ display: none; }}
    """
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (112, "-broad"), (170, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-flattest"), (14, "-flat"), (20, "-low")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,M,q", "back", "back", id="tables.back", tooltip="Back to the screen below"),
        Binding("right_square_bracket", "turn(1)", "next table", id="tables.next", tooltip="The next table"),
        Binding("left_square_bracket", "turn(-1)", "table before", id="tables.previous", tooltip="The table before"),
        Binding("i", "explain", "explain", id="tables.explain", tooltip="What the table says, and from what"),
        Binding("X", "export", "export", id="tables.export", tooltip="The table as CSV, Parquet …; the screen as SVG"),
        Binding("y", "copy", "copy symbol", id="copy.table", tooltip="The symbol to the clipboard"),
    ]
    AUTO_FOCUS = "#rows"

    def __init__(
        self,
        stage: ScreenStage,
        board: Board,
        loaded: LoadedMarket,
        table: str,
        open_name: Callable[[Sequence[str], str, str], None],
        export: Callable[[MarketScreen[Any], TakenTable], None],
        seen: Callable[[str], None] = lambda _: None,
        glyphs: Glyphs = GLYPHS_UNICODE,
        read: Callable[[], ReaderTime] | None = None,
    ) -> None:
        super().__init__()
        self._stage, self._board, self._loaded, self._glyphs = stage, board, loaded, glyphs
        self._open_name, self._export, self._seen, self._reader_time = open_name, export, seen, read
        self._table = market_table(table)
        self._orders: dict[str, tuple[str, bool]] = {}
        """How the user sorted each table."""
        self._made: MadeTable | None = None
        self._shown: MarketTable | None = None
        """The table whose columns are there."""
        self._is_stale = True
        """Whether what was made is of another table, Board or moment than is wished."""
        self._is_making = False
        self._takes_long = False
        """Whether what is being made takes longer than anybody waits for without a word."""
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        glyphs = self._glyphs
        yield HeadLine(glyphs)
        yield TableTabs(glyphs=glyphs, id="tabs")
        with Horizontal():
            yield TickTable(LIST_COLUMNS_OF_TABLES, TablesOnList(glyphs), title="Tables", glyphs=glyphs, id="tables")
            with Vertical():
                yield TableSums(glyphs=glyphs, id="sums")
                yield MarketTickTable(
                    (), title=self._table.formula.title, empty_words="reading", glyphs=glyphs, id="rows"
                )
        yield KeyLine(TABLES_KEYS, glyphs, id="keys")

    def fill_panels(self) -> None:
        """Have the table made and shown."""
        self.show_table(self._table.name)

    # -- making -----------------------------------------------------------------------------------------------------

    def show_table(self, name: str) -> None:
        """Show another table."""
        self._table = table = market_table(name)
        self._seen(table.name)
        if self.has_panels:
            place = MARKET_TABLES.index(table)
            self._list.move_to(place)
            tabs = self.query_one(TableTabs)
            tabs.chosen = place
            tabs.redraw()
            self._make_anew()
            if self._takes_long:
                self._say_reading()

    def _make_anew(self) -> None:
        """Make the table in a thread; of several wishes in a row only the last is made."""
        self._is_stale = True
        if not self._is_making:
            self._is_making = True
            make: Any = self._make
            self.run_worker(make, exit_on_error=False, group="table", name="table")

    async def _make(self) -> None:
        try:
            while self._is_stale:
                self._is_stale = False
                # A list that the configuration file names for `snapshot` is none of the screen's.
                options = self._stage.options._replace(list=None)
                asked = DocumentRequest(self._board, self._loaded, options, self._stage.lists.by_name)
                sort = self._orders.get(self._table.name)
                self._made = await self._awaited(asyncio.to_thread(made_table, self._table, asked, sort))
        finally:
            self._is_making = False
        if self.has_panels:
            self._show()

    async def _awaited(self, making: Coroutine[Any, Any, MadeTable]) -> MadeTable:
        """The table that is being made; where that takes long, the screen says so until it is there."""
        task = asyncio.ensure_future(making)
        done, _ = await asyncio.wait({task}, timeout=SECONDS_OF_PATIENCE)
        if done:
            return task.result()
        self._takes_long = True
        self._say_reading()
        try:
            return await task
        finally:
            self._takes_long = False
            if self.has_panels:
                self.query_one(KeyLine).hold("")

    def _say_reading(self) -> None:
        """Say that the table is being read; no figure of another one stands under its name meanwhile."""
        if not self.has_panels:
            return
        wished, table = self._table, self._rows
        words = f"reading the {wished.words}"
        self.query_one(KeyLine).hold(words)
        if self._shown is not wished:
            self._shown = self._made = None
            table.title, table.empty_words = self._title_of(wished, wished.fields), words
            table.lay_out(None)
            table.set_source(MarketTableRows(no_rows(wished), (), "", wished.is_of_names, self._glyphs))
            table.set_sort(wished.sorted_by, wished.is_descending)
            table.show_columns(columns_of_fields(wished.fields), wished.name)
            self._label()

    # -- showing ----------------------------------------------------------------------------------------------------

    def adopt(self, loaded: LoadedMarket, board: Board) -> None:
        """Show the tables of a market that was read anew."""
        self._loaded = loaded
        self.set_board(board)

    def set_board(self, board: Board) -> None:
        """Show the tables of another view of the market."""
        self._board = board
        if self.has_panels:
            self._make_anew()

    def board_ticked(self, columns: Indexes) -> None:
        """Make the table anew at the moved prices, a few seconds later."""
        if self.has_panels and self._timer is None and len(columns):
            # Most cells of a table of the market move: on a slow line they may lag further behind than its sums.
            seconds = max(SECONDS_BETWEEN_TABLES, SUMS_BETWEEN_TABLES * self._stage.seconds_between_sums)
            self._timer = self.set_timer(seconds, self._make_after_ticks, name="table")

    def _make_after_ticks(self) -> None:
        self._timer = None
        if self.is_current and self.has_panels:
            self._make_anew()

    def on_screen_resume(self) -> None:
        """Show what moved while another screen covered this one."""
        if self.has_panels and self._made is not None:
            self._make_anew()

    def _show(self) -> None:
        made, table = self._made, self._rows
        if made is None:
            return
        followed = None
        if self._shown is not made.table:
            self._shown = made.table
            table.show_columns(columns_of_fields(made.rows.fields), made.table.name)
            table.move_to(0)
        elif table.cursor_row < table.row_count:
            followed = table.identity(table.cursor_row)
        self._fill(made, followed)

    def _fill(self, made: MadeTable, followed: tuple[object, ...] | None) -> None:
        """Show the rows, the cursor on the one it was on."""
        table, record, rows = self._rows, made.table, made.rows
        table.title = self._title_of(record, rows.fields, record.order_words if made.sort is None else "")
        table.empty_words = NOTHING_KNOWN if made.complaint else record.nothing
        # What no row has a figure of gives its room to the others.
        table.lay_out(made.known_keys)
        # Never another day over a table than that it is of.
        self.query_one(HeadLine).say_what_is_shown()
        unit = self._unit_of(record)
        table.set_source(MarketTableRows(rows, made.order, unit, record.is_of_names, self._glyphs))
        table.set_sort(*(made.sort or (record.sorted_by, record.is_descending)))
        if followed is not None:
            place = rows.place_of(followed)
            if place is not None:
                table.move_to(made.order.index(place))
        self._label()

    def _title_of(self, record: MarketTable, fields: Sequence[Field], order: str = "") -> str:
        """What a table is called, with the unit of its dollars and an order that no column shows."""
        words = record.words[:1].upper() + record.words[1:]
        has_dollars = any(field.unit is Unit.DOLLARS for field in fields)
        unit = f"${self._unit_of(record)}" if has_dollars else ""
        return f" {self._glyphs.separator} ".join(filter(None, (words, unit, order)))

    def _unit_of(self, record: MarketTable) -> str:
        units = self._board.units
        return units.names if record.is_of_names else units.sums

    def _label(self) -> None:
        """Say where the cursor is, and what is to be said of its row."""
        table, sums = self._rows, self.query_one(TableSums)
        source = self._source
        has_row = source is not None and table.cursor_row < source.row_count
        sums.made, sums.record = self._made, source.record_at(table.cursor_row) if source and has_row else None
        sums.redraw()
        table.note = f" {self._glyphs.separator} ".join(filter(None, (self._board.market.mark, table.place)))

    @property
    def _list(self) -> TickTable:
        return self.query_one("#tables", TickTable)

    @property
    def _rows(self) -> MarketTickTable:
        return self.query_one(MarketTickTable)

    @property
    def _source(self) -> MarketTableRows | None:
        source = self._rows.source
        return source if isinstance(source, MarketTableRows) else None

    # -- keys -------------------------------------------------------------------------------------------------------

    def on_tick_table_row_highlighted(self, event: TickTable.RowHighlighted) -> None:
        event.stop()
        if event.table.id == "rows":
            self._label()
        elif event.table.has_focus and MARKET_TABLES[event.table.cursor_row] is not self._table:
            self.show_table(MARKET_TABLES[event.table.cursor_row].name)

    def on_tick_table_row_chosen(self, event: TickTable.RowChosen) -> None:
        """Open a name, with the names of the table to go through, or show the names of a group."""
        event.stop()
        source, made = self._source, self._made
        if event.table.id != "rows":
            self._rows.focus()
        elif source is not None and made is not None and event.row < source.row_count:
            record = source.record_at(event.row)
            if made.table.group is not None:
                # A row of the record is the sum of names of many evenings, which no list shows.
                if (group := made.table.group(record)) is not None:
                    self.dismiss(group)
            elif symbol := record.get("symbol"):
                symbols = source.rows.values("symbol")
                listed = [symbols[place] for place in source.order]
                self._open_name(listed, symbol, made.table.words)

    def on_tick_table_sort_requested(self, event: TickTable.SortRequested) -> None:
        event.stop()
        if self._made is not None and event.table.id == "rows" and event.sort_key:
            record, table = self._made.table, self._rows
            own = (record.sorted_by, record.is_descending) if record.sorted_by else None
            order = table.order_after(event.sort_key, self._orders.get(record.name, own))
            self._orders[record.name] = order
            # Thousands of names take longer to be put in order than the event loop may be kept.
            self._make_anew()

    def action_turn(self, steps: int) -> None:
        """Show the next table, or the one before."""
        place = MARKET_TABLES.index(self._table) + steps
        self.show_table(MARKET_TABLES[place % len(MARKET_TABLES)].name)

    def action_explain(self) -> None:
        """Explain the table in view."""
        if self._made is None:
            return
        made, table = self._made, self._rows
        source = self._source
        record = source.record_at(table.cursor_row) if source is not None and source.row_count else None
        about = PanelDescription(
            id="tables",
            title=made.table.words,
            formula=made.table.formula,
            worked_example=lambda _, glyphs: tuple(made.sentences(record, glyphs)),
        )
        read = None if self._reader_time is None else self._reader_time()
        columns = table.explained_columns
        self.app.push_screen(ExplainScreen(made.asked.board, about, None, self._glyphs, columns=columns, read=read))

    def action_export(self) -> None:
        """Export the table in view, as it stands."""
        source, made = self._source, self._made
        if source is None or made is None or not source.row_count:
            self.query_one(KeyLine).say("nothing to export")
            return
        keys = [column.key for column in self._rows.laid_out]
        what = f"{source.row_count:,} {'row' if source.row_count == 1 else 'rows'}, {len(keys)} columns"
        self._export(self, TakenTable(what, lambda: exported_market_table(made, keys)))

    def action_copy(self) -> None:
        """Copy the symbol under the cursor to the clipboard."""
        source, row = self._source, self._rows.cursor_row
        if source is not None and row < source.row_count and (symbol := source.record_at(row).get("symbol")):
            self.app.copy_to_clipboard(symbol)
            self.query_one(KeyLine).say("copied")

    def action_back(self) -> None:
        """Go back to the screen below."""
        self.dismiss(None)

    def regain_focus(self) -> None:
        """Focus the table, which answers the keys."""
        if self.has_panels:
            self._rows.focus()
