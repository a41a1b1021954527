"""A table for live figures: only visible rows are formatted, and only cells that changed are repainted.

Textual's own DataTable repaints all its cells when one changes (24 kB a refresh where 0.5 kB would do) and
grows slower with its rows, so this one is drawn line by line from a source that formats a row when asked.

The module is long because the widget is one: what it remembers of the screen is read by all its parts.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from dataclasses import replace
from operator import attrgetter
from time import monotonic
from typing import ClassVar, NamedTuple, Protocol

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.timer import Timer

from shortside.words.plain_text import printable, spreadsheet_text
from widgets.columns import (
    MARKER_WIDTH,
    PlacedColumn,
    TableColumn,
    columns_in_line,
    furthest_skipped,
    place_columns,
    skipped_to_show,
)
from widgets.format import GLYPHS_UNICODE, Glyphs, fit, fit_figure, width_of
from widgets.lines import MOVED, Line, Patch, changed_regions, fit_line, patches_of
from widgets.moved_cells import MARK_SECONDS, CellPlace, MovedCells
from widgets.panel import PanelFrame
from widgets.settled_columns import settled_for, with_settled
from widgets.sparkline import Sparkline
from widgets.table_header import header_line

Cell = tuple[str, str]
"""A cell's text, already as wide as its column, and the name of its style (see `STYLE_NAMES`)."""
HEADER_HEIGHT = 1
WHEEL_ROWS = 3


class TableSource(Protocol):
    """Where a table's rows come from; it formats a cell only when the cell is looked at."""

    @property
    def row_count(self) -> int:
        """How many rows there are."""

    @property
    def moving(self) -> Collection[int]:
        """The columns, by their index, in which cells may differ when `TickTable.update_rows` is called."""

    def cells(self, row: int, columns: Sequence[int] | None = None) -> Sequence[Cell]:
        """The cells of a row in some columns, by their index and in that order; in all columns if None."""


class StillRows(ABC):
    """A `TableSource` whose rows are written whole, and stay what they are until the source is replaced."""

    moving: Collection[int] = ()

    @abstractmethod
    def whole(self, row: int) -> Sequence[Cell]:
        """All cells of a row."""

    def cells(self, row: int, columns: Sequence[int] | None = None) -> Sequence[Cell]:
        """The cells of a row in some columns, by their index, or in all."""
        cells = self.whole(row)
        return cells if columns is None else [cells[column] for column in columns]


class _Change(NamedTuple):
    """A cell that is to look otherwise."""

    row: int
    run: int
    """Its place among the runs of the row's line."""
    placed: PlacedColumn
    text: str
    style: str
    is_other_text: bool
    """Whether its words changed, and not its style alone."""


def _binding(keys: str, action: str, identifier: str, description: str, tooltip: str) -> Binding:
    """A key that moves about: live, in the help, not in the footer."""
    return Binding(keys, action, description, id=identifier, tooltip=tooltip, show=False)


class TickTable(PanelFrame, inherit_bindings=False):
    """A panel with a fixed header, a cursor and rows that a `TableSource` formats when they come into view.

    Whoever changes what a source holds says so: `update_rows` for rows whose figures moved, `refresh_all` for
    anything else. Both repaint only the cells that differ from those on the screen.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        _binding("down,j", "move(1)", "table.down", "Down", "Go one row down"),
        _binding("up,k", "move(-1)", "table.up", "Up", "Go one row up"),
        _binding("pagedown", "move_page(1)", "table.page_down", "Page down", "Go one page down"),
        _binding("pageup", "move_page(-1)", "table.page_up", "Page up", "Go one page up"),
        _binding("ctrl+d", "move_page(0.5)", "table.half_down", "Half down", "Go half a page down"),
        _binding("ctrl+u", "move_page(-0.5)", "table.half_up", "Half up", "Go half a page up"),
        _binding("home,g", "move_first", "table.first", "First", "Go to the first row"),
        _binding("end,G", "move_last", "table.last", "Last", "Go to the last row"),
        _binding("right,l", "move_column(1)", "table.right", "Right", "To the next column; also to those out of view"),
        _binding("left,h", "move_column(-1)", "table.left", "Left", "To the column before; also to those out of view"),
        _binding("s", "sort_column", "table.sort", "Sort", "Sort by the column in brackets; again turns the order"),
        _binding("S", "reverse_order", "table.reverse", "Reverse", "Turn the order round"),
        Binding("enter", "choose", "Open", id="table.choose", tooltip="Open the row under the cursor"),
    ]

    clock: Callable[[], float] = staticmethod(monotonic)
    """Seconds, by which marks come and go."""
    LONGEST_MARK_SECONDS: ClassVar[float] = 1.25 * MARK_SECONDS
    """How long a cell is marked where nothing else moves after it."""
    board: str = ""
    """By which name a user can settle its columns; empty where nobody can."""
    MOST_GAP: ClassVar[int] = 0
    """By how many cells a column may grow beyond its width where the screen has room to spare."""
    cursor_row: reactive[int] = reactive(0, init=False, repaint=False)
    """The row under the cursor, from 0; 0 also in an empty table."""

    class RowMessage(Message):
        """The base of messages about a row: its index and the table."""

        def __init__(self, table: "TickTable", row: int) -> None:
            super().__init__()
            self.table = table
            """The table it happened in."""
            self.row = row
            """The row, from 0, in the source's order of that moment."""
            self.arrangement = table.arrangement
            """How often the rows had been put anew by then."""

        @property
        def control(self) -> "TickTable":
            """The table, for `on` selectors."""
            return self.table

        @property
        def is_obsolete(self) -> bool:
            """Whether other rows stand there by now: what was opened is not what would be.

            A message waits in a queue, and meanwhile a table is sorted, filtered or given another market's rows.
            """
            return self.arrangement != self.table.arrangement or self.row >= self.table.row_count

    class RowHighlighted(RowMessage):
        """The cursor moved to a row."""

        @property
        def is_obsolete(self) -> bool:
            """Whether the cursor stands on another row by now, of which another message tells."""
            return self.row != self.table.cursor_row or self.row >= self.table.row_count

    class RowChosen(RowMessage):
        """A row was opened, by Enter or a double click."""

    class SortRequested(Message):
        """The rows are wanted in the order of a column; where they are in it already, the other way round."""

        def __init__(self, table: "TickTable", sort_key: str) -> None:
            super().__init__()
            self.table = table
            """The table it happened in."""
            self.sort_key = sort_key
            """The column's `TableColumn.sort_key`."""

        @property
        def control(self) -> "TickTable":
            """The table, for `on` selectors."""
            return self.table

    class SortRefused(Message):
        """The rows were wanted in the order of a column that has none, such as one of drawings."""

        def __init__(self, table: "TickTable", title: str) -> None:
            super().__init__()
            self.table = table
            """The table it happened in."""
            self.title = title
            """The column's title."""

        @property
        def control(self) -> "TickTable":
            """The table, for `on` selectors."""
            return self.table

    def __init__(
        self,
        columns: Sequence[TableColumn],
        source: TableSource | None = None,
        *,
        title: str | None = None,
        empty_words: str = "no rows",
        glyphs: Glyphs = GLYPHS_UNICODE,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        self.arrangement = 0
        """How often the rows were put anew: sorted, filtered or replaced."""
        # Before the frame, which sets a class in ASCII mode and so asks for the strips to be forgotten.
        self._drawn: dict[int, Line] = {}
        self._strips: dict[tuple[int, bool], Strip] = {}
        super().__init__(title=title, glyphs=glyphs, name=name, id=id, classes=classes)
        self.columns = tuple(columns)
        """All columns, shown or not, in the order of a row's cells."""
        self._layout: tuple[str, ...] | None = None
        self._settled: tuple[str, ...] | None = None
        """The columns that the user settled; None where he left that to the program."""
        self._source = source
        self._empty_words = empty_words
        self._sort: tuple[str, bool] | None = None
        self._cursor_key: str | None = None
        self._skipped = 0
        self._titles: Line = []
        """The header as it was drawn last."""
        self._width = 0
        self._placed: list[PlacedColumn] = []
        self._moving: tuple[tuple[int, PlacedColumn], ...] = ()
        """Of the placed columns those a tick can change, each with the place of its run in a line."""
        self._moving_figures: set[int] = set()
        """Of the moving columns those of figures, by their index: drawings and words are not marked."""
        self._placed_for: tuple[Size, Glyphs] | None = None
        self.marks_moves = False
        """Whether a cell whose figure moved is marked for a moment."""
        self._moved = MovedCells(self.clock)
        self._mark_timer: Timer | None = None

    @property
    def explained_columns(self) -> tuple[tuple[str, str], ...]:
        return tuple((column.title.strip(), column.tooltip) for column in self.columns if column.tooltip)

    @property
    def source(self) -> TableSource | None:
        """Where the rows come from."""
        return self._source

    @property
    def row_count(self) -> int:
        """How many rows the source has."""
        return 0 if self._source is None else self._source.row_count

    @property
    def place(self) -> str:
        """The cursor's place among the rows, such as `3/6,518`; empty without rows."""
        return f"{self.cursor_row + 1:,}/{self.row_count:,}" if self.row_count else ""

    @property
    def visible_rows(self) -> range:
        """The rows in view, from 0."""
        first = self.scroll_offset.y
        return range(first, min(first + self.page_rows, self.row_count))

    @property
    def page_rows(self) -> int:
        """How many rows fit under the header."""
        return max(0, self.size.height - HEADER_HEIGHT)

    @property
    def visible_columns(self) -> list[TableColumn]:
        """The columns the width has room for, left to right."""
        self._place()
        return [placed.column for placed in self._placed]

    @property
    def laid_out(self) -> list[TableColumn]:
        """The columns that have a place in the table, from left to right, whether there is room for them or not."""
        if self._layout is None:
            found = list(self.columns)
        else:
            by_key = {column.key: column for column in self.columns}
            found = [by_key[key] for key in self._layout if key in by_key]
        return found if self._settled is None else with_settled(found, self._settled)

    @property
    def without_place(self) -> frozenset[str]:
        """The keys of the columns that have no place now, such as those that no row has a figure for."""
        return frozenset() if self._layout is None else frozenset(one.key for one in self.columns) - set(self._layout)

    def lay_out(self, keys: Sequence[str] | None) -> None:
        """Show the columns with these keys, in this order; None for all in their own order."""
        layout = None if keys is None else tuple(keys)
        if layout != self._layout:
            self._layout = layout
            self._placed_for = None
            self.refresh(self.size.region)

    def on_mount(self) -> None:
        """Show the columns that the user settled for it."""
        self.settle_columns()

    def settle_columns(self) -> None:
        """Show the columns that are settled for it now."""
        settled = settled_for(self, self.board)
        if settled != self._settled:
            self._settled = settled
            self._placed_for = None
            self.refresh(self.size.region)

    @property
    def has_orders(self) -> bool:
        """Whether the rows can be sorted, and so a column has the cursor."""
        return any(column.sort_key is not None for column in self.laid_out)

    @property
    def cursor_column(self) -> TableColumn | None:
        """The column under the cursor: at first the sorted one; None where the rows have no orders."""
        if not self.has_orders:
            return None
        wanted, columns = self._cursor_key, self.laid_out
        if wanted is None and self._sort is not None:
            wanted = next((one.key for one in columns if one.sort_key == self._sort[0]), None)
        first = next(one for one in columns if one.sort_key is not None)
        return next((one for one in columns if one.key == wanted), first)

    @property
    def empty_words(self) -> str:
        """What an empty table says."""
        return self._empty_words

    @empty_words.setter
    def empty_words(self, words: str) -> None:
        if words != self._empty_words:
            self._empty_words = words
            if not self.row_count and self.page_rows:
                self.repaint([Patch(HEADER_HEIGHT, 0, self._shown_at(0))])

    def set_source(self, source: TableSource) -> int:
        """Show another source's rows where these stood; returns how many regions are repainted."""
        self._source = source
        self._find_moving()
        return self.refresh_all()

    def refresh_all(self) -> int:
        """Compare every visible row with the source, which may have been sorted, filtered or replaced.

        Returns:
            The number of patches, runs of changed cells, that are repainted; 0 when everything looks the same.
        """
        self.arrangement += 1
        self._place()
        self._strips.clear()
        self._moved.drop()
        drawn, self._drawn = self._drawn, {}
        shown_before = range(self.scroll_offset.y, self.scroll_offset.y + self.page_rows)
        self._fit_to_rows()
        if self.scroll_offset.y != shown_before.start:
            # Fewer rows than before: what stands where is another question now.
            self.refresh(Region(0, HEADER_HEIGHT, self._width, self.page_rows))
            return self.page_rows
        patches: list[Patch] = []
        for row in shown_before:
            if row < self.row_count or row in drawn:
                line, old = self._shown_at(row), drawn.get(row, [])
                if line != old:
                    patches += self._patches(row, old, line, row - shown_before.start + HEADER_HEIGHT)
        self.repaint(patches)
        return len(patches)

    def update_rows(self, rows: Iterable[int]) -> int:
        """Repaint the moving cells of these rows that look different from what is on the screen.

        Rows out of view are only forgotten; they are formatted when they come into view.

        Returns:
            The number of patches, runs of changed cells, that are repainted.
        """
        self._place()
        visible = self.visible_rows
        touched = set(rows)
        patches: list[Patch] = []
        changes: list[_Change] = []
        for row in sorted(touched & self._drawn.keys()):
            if row not in visible:
                del self._drawn[row]
            elif (found := self._changes(row)) is not None:
                changes += found
            else:
                line = self._drawn.pop(row)
                self._forget_strips(row)
                patches += self._patches(row, line, self._line_at(row), row - visible.start + HEADER_HEIGHT)
        for key in [key for key in self._strips if key[0] in touched and key[0] not in self._drawn]:
            del self._strips[key]
        over = self._moved.expired() if self._moved else []
        if self.marks_moves and changes:
            self._mark(changes, len(visible))
        is_sorted = not patches
        patches += self._written(changes, visible)
        if over:
            # What is left of them: others have been written without a mark just now.
            patches += self._written(self._unmarked(over), visible)
        if over or not is_sorted:
            patches.sort(key=attrgetter("y", "x"))
        self.repaint(patches)
        return len(patches)

    def _changes(self, row: int) -> list[_Change] | None:
        """The moving cells of a row that is on the screen, as far as they differ; None where it is not laid out so."""
        assert self._source is not None
        line = self._drawn[row]
        cells = self._source.cells(row, [placed.index for _, placed in self._moving])
        changes: list[_Change] = []
        for (place, placed), (cell, style) in zip(self._moving, cells, strict=True):
            # In a table narrower than its columns the last run is a shorter one.
            if place >= len(line) or width_of(line[place][0]) != placed.width:
                return None
            text = printable(_fit_cell(cell, placed, self.glyphs))
            shown, shown_style = line[place]
            if text != shown or (style != shown_style and MOVED + style != shown_style):
                changes.append(_Change(row, place, placed, text, style, text != shown))
        return changes

    def _written(self, changes: Iterable[_Change], visible: range) -> list[Patch]:
        """Put changed cells, row by row, into the lines that are shown; the patches that show them."""
        patches: list[Patch] = []
        has_marks, cursor_row = bool(self._moved), self.cursor_row
        line, last = [], -1
        for row, place, placed, text, style, _ in changes:
            if row != last:
                self._forget_strips(row)
                line, last = self._drawn[row].copy(), row
                self._drawn[row] = line
            run = text, MOVED + style if has_marks and (row, place) in self._moved else style
            line[place] = run
            if row in visible:
                patches.append(Patch(row - visible.start + HEADER_HEIGHT, placed.x, (run,), row == cursor_row))
        return patches

    def _mark(self, changes: Sequence[_Change], visible_rows: int) -> None:
        """Mark figures that moved; a timer takes the marks away where nothing moves any more."""
        figures = self._moving_figures
        moved, identity, last = [], None, -1
        for row, place, placed, _, _, is_other_text in changes:
            if is_other_text and placed.index in figures:
                if row != last:
                    identity, last = self.identity(row), row
                moved.append(((row, place), (identity, placed.index)))
        self._moved.note(moved, visible_rows * len(figures))
        if self._moved and self._mark_timer is None:
            self._mark_timer = self.set_timer(self.LONGEST_MARK_SECONDS, self._end_marks, name="marks")

    def _end_marks(self) -> None:
        self._mark_timer = None
        self.repaint(self._written(self._unmarked(self._moved.expired()), self.visible_rows))
        if self._moved:
            self._mark_timer = self.set_timer(self.LONGEST_MARK_SECONDS, self._end_marks, name="marks")

    def _unmarked(self, places: Iterable[CellPlace]) -> list[_Change]:
        """Cells that were marked, as they look without: those that are still there."""
        placed_at = dict(self._moving)
        found = []
        for row, place in places:
            line, placed = self._drawn.get(row), placed_at.get(place)
            if line is not None and placed is not None and place < len(line) and line[place][1].startswith(MOVED):
                text, style = line[place]
                found.append(_Change(row, place, placed, text, style.removeprefix(MOVED), False))
        return found

    def identity(self, row: int) -> Hashable:
        """What a row is about, wherever it stands; its place, where rows are about nothing else."""
        return row

    def _patches(self, row: int, old: Line, new: Line, y: int) -> list[Patch]:
        regions = changed_regions(old, new, y, self._width)
        is_cursor = row == self.cursor_row and row < self.row_count
        # As it is drawn: the marker is no part of what is compared.
        shown = self._row_runs(row) if is_cursor else new
        return [patch._replace(is_cursor=is_cursor) for patch in patches_of(shown, regions)]

    def set_sort(self, sort_key: str, is_descending: bool = True) -> None:
        """Mark the column the source is sorted by. The source itself is sorted by its owner."""
        if (sort_key, is_descending) != self._sort:
            self._sort = (sort_key, is_descending)
            self._repaint_header()

    def order_after(self, sort_key: str, order: tuple[str, bool] | None) -> tuple[str, bool]:
        """What `SortRequested` wants of rows in an order (None: their own): a key, and whether its largest lead."""
        if order is not None and order[0] == sort_key:
            return sort_key, not order[1]
        return sort_key, next(column.descends_first for column in self.columns if column.sort_key == sort_key)

    def move_to(self, row: int) -> None:
        """Put the cursor on a row and bring it into view."""
        self.cursor_row = row
        self._scroll_to_cursor()

    def cell_text(self, row: int, key: str) -> str:
        """A cell's text without padding, for copying.

        Raises:
            KeyError: No column is called `key`.
            IndexError: There is no such row.
        """
        for index, column in enumerate(self.columns):
            if column.key == key:
                return printable(self._cells_of(row)[index][0]).strip()
        raise KeyError(key)

    def row_text(self, row: int) -> str:
        """All cells of a row, shown or not, separated by tabs, for copying; words as a spreadsheet may have them.

        Raises:
            IndexError: There is no such row.
        """
        cells = zip(self.columns, self._cells_of(row), strict=True)
        # Words stand on the left, figures on the right: a gain begins with a plus and is no formula.
        return "\t".join(
            (spreadsheet_text if column.align == "left" else printable)(text.strip()).strip()
            for column, (text, _) in cells
        )

    def validate_cursor_row(self, row: int) -> int:
        return max(0, min(row, self.row_count - 1))

    def watch_cursor_row(self, old: int, new: int) -> None:
        top = self.scroll_offset.y
        self._scroll_to_cursor()
        if top == self.scroll_offset.y:
            self._repaint_rows((old, new))
        if self.row_count:
            self.post_message(self.RowHighlighted(self, new))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        # Not ScrollView's: that repaints the header, too.
        rows = round(new_value) - round(old_value)
        if rows:
            self._repaint_rows(self.visible_rows, scrolled=rows)

    def notify_style_update(self) -> None:
        self._strips.clear()
        super().notify_style_update()

    def render_line(self, y: int) -> Strip:
        self._place()
        if y < HEADER_HEIGHT:
            self._titles = self._header()
            return self.strip_of(self._titles)
        row = self.scroll_offset.y + y - HEADER_HEIGHT
        if row < self.row_count:
            return self._strip_of_row(row)
        return self.strip_of(self._shown_at(row))

    def on_resize(self) -> None:
        self._place()
        self._fit_to_rows()
        self._scroll_to_cursor()

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None:
            return
        if offset.y < HEADER_HEIGHT:
            column = self._column_at(offset.x)
            if column is not None and column.sort_key is not None:
                self._cursor_key = column.key
                self._repaint_header()
                self.post_message(self.SortRequested(self, column.sort_key))
            return
        row = self.scroll_offset.y + offset.y - HEADER_HEIGHT
        if row < self.row_count:
            self.cursor_row = row
            if event.chain == 2:
                self.action_choose()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        offset = event.get_content_offset(self)
        in_header = offset is not None and offset.y < HEADER_HEIGHT
        column = self._column_at(offset.x) if offset is not None and in_header else None
        words = column.tooltip if column is not None and column.tooltip else None
        if words != self.tooltip:
            self.tooltip = words

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._wheel(event, WHEEL_ROWS)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._wheel(event, -WHEEL_ROWS)

    def action_move(self, rows: int) -> None:
        self.move_to(self.cursor_row + rows)

    def action_move_page(self, pages: float) -> None:
        self.move_to(self.cursor_row + int(pages * self.page_rows))

    def action_move_first(self) -> None:
        self.move_to(0)

    def action_move_last(self) -> None:
        self.move_to(self.row_count - 1)

    def action_choose(self) -> None:
        if self.row_count:
            self.post_message(self.RowChosen(self, self.cursor_row))

    def action_move_column(self, columns: int) -> None:
        """Move the cursor to another column, and bring it into view; without orders there is only the view to move."""
        self._place()
        laid_out, column = self.laid_out, self.cursor_column
        if column is None:
            self._skip(furthest_skipped(laid_out, self._width, max(0, self._skipped + columns)))
            return
        line = columns_in_line(laid_out, self._width)
        at = line.index(laid_out.index(column)) + columns
        wanted = line[max(0, min(at, len(line) - 1))]
        self._cursor_key = laid_out[wanted].key
        self._skip(skipped_to_show(laid_out, self._width, wanted, self._skipped))
        self._repaint_header()

    def action_sort_column(self) -> None:
        """Ask for the order of the column under the cursor."""
        column = self.cursor_column
        if column is None:
            return
        if column.sort_key is None:
            self.post_message(self.SortRefused(self, column.title.strip()))
        else:
            self.post_message(self.SortRequested(self, column.sort_key))

    def action_reverse_order(self) -> None:
        """Ask for the present order the other way round."""
        if self._sort is not None and self.has_orders:
            self.post_message(self.SortRequested(self, self._sort[0]))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether an action may run: keys that sort are left to the screen where the rows have no orders.

        So are those that move along the columns where all of these are in view, too.
        """
        if not self.has_orders:
            is_whole = not self._skipped and len(self._placed) == len(self.laid_out)
            if action in ("sort_column", "reverse_order") or (action == "move_column" and is_whole):
                return False
        return super().check_action(action, parameters)

    def _skip(self, skipped: int) -> None:
        if skipped != self._skipped:
            self._skipped = skipped
            self._placed_for = None
            self.refresh(self.size.region)

    def _wheel(self, event: events.MouseEvent, rows: int) -> None:
        event.stop()
        event.prevent_default()
        self.scroll_to(y=self.scroll_offset.y + rows, animate=False, force=True)

    def _place(self) -> None:
        """Lay the columns out for the present width, if they are not."""
        size = self.size
        if self._placed_for == (size, self.glyphs):
            return
        self._placed_for = (size, self.glyphs)
        # Kept, because Textual finds a widget's size anew through the screen whenever it is asked.
        if size.width > self._width:
            self._skipped = 0  # What was out of view may be in view without going so far.
        self._width = size.width
        column, laid_out = self.cursor_column, self.laid_out
        if self._skipped or (column is not None and self._cursor_key is not None):
            wanted = None if column is None else laid_out.index(column)
            self._skipped = skipped_to_show(laid_out, size.width, wanted, self._skipped)
        place_of = {column.key: place for place, column in enumerate(self.columns)}
        self._placed = [
            replace(placed, index=place_of[placed.column.key])
            for placed in place_columns(laid_out, size.width, self._skipped, self.MOST_GAP)
        ]
        self._find_moving()
        self._moved.drop()
        self._drawn.clear()
        self._strips.clear()

    def _find_moving(self) -> None:
        moving = () if self._source is None else self._source.moving
        # A line is its marker, then each cell with a space behind it.
        self._moving = tuple(
            (1 + 2 * place, placed) for place, placed in enumerate(self._placed) if placed.index in moving
        )
        self._moving_figures = {placed.index for _, placed in self._moving if placed.column.align == "right"}

    def _fit_to_rows(self) -> None:
        """Make the scrolling range that of the rows, and keep the cursor on one of them."""
        size = self.size
        virtual = Size(size.width, max(size.height, self.row_count + HEADER_HEIGHT))
        if size and virtual != self.virtual_size:
            # Past the reactive, which has the screen laid out anew for the sake of scrollbars that are not there.
            self.set_reactive(ScrollView.virtual_size, virtual)
            last_top = virtual.height - size.height
            if self.scroll_offset.y > last_top:
                self.scroll_to(y=last_top, animate=False, force=True)
        self.cursor_row = self.cursor_row

    def _scroll_to_cursor(self) -> None:
        if not self.page_rows:
            return
        top = self.scroll_offset.y
        if self.cursor_row < top:
            top = self.cursor_row
        elif self.cursor_row >= top + self.page_rows:
            top = self.cursor_row - self.page_rows + 1
        if top != self.scroll_offset.y:
            self.scroll_to(y=top, animate=False, force=True)

    def _repaint_rows(self, rows: Iterable[int], *, scrolled: int = 0) -> None:
        """Show rows whole, as many of them as are in view: the cursor or the page moved."""
        self._place()
        visible = self.visible_rows
        self.repaint(
            [
                Patch(row - visible.start + HEADER_HEIGHT, 0, self._row_runs(row), row == self.cursor_row)
                for row in sorted(rows)
                if row in visible
            ],
            scrolled=scrolled,
        )

    def _repaint_header(self) -> None:
        if self.size.height:
            self._place()
            before, self._titles = self._titles, self._header()
            self.repaint(patches_of(self._titles, changed_regions(before, self._titles, 0, self._width)))

    def _cells_of(self, row: int) -> Sequence[Cell]:
        if self._source is None or not 0 <= row < self.row_count:
            raise IndexError(f"no row {row} among {self.row_count}")
        return self._source.cells(row)

    def _line_at(self, row: int) -> Line:
        """A row as runs, from the source unless it is on the screen already."""
        line = self._drawn.get(row)
        if line is None:
            assert self._source is not None
            cells, glyphs = self._source.cells(row, [placed.index for placed in self._placed]), self.glyphs
            line = [(" " * MARKER_WIDTH, "plain")]
            for placed, (text, style) in zip(self._placed, cells, strict=True):
                line += [(_fit_cell(text, placed, glyphs), style), (" ", "plain")]
            line = self._drawn[row] = fit_line(line[:-1], self._width, glyphs)
        return line

    def _shown_at(self, row: int) -> Line:
        """What stands where a row would be: the row, or nothing, and in an empty table the words that say so."""
        if row < self.row_count:
            return self._line_at(row)
        words = " " * MARKER_WIDTH + self._empty_words if row == 0 else ""
        return fit_line([(words, "muted")], self._width, self.glyphs)

    def _strip_of_row(self, row: int) -> Strip:
        is_cursor = row == self.cursor_row
        strip = self._strips.get((row, is_cursor))
        if strip is None:
            # What scrolled away is formatted anew when it returns, and by then may have changed.
            if len(self._strips) > 4 * self.page_rows:
                self._forget_unseen()
            strip = self._strips[row, is_cursor] = self.strip_of(self._row_runs(row), is_cursor)
        return strip

    def _row_runs(self, row: int) -> Line:
        """A row with the cursor's marker before it, if it has the cursor."""
        marker = self.glyphs.cursor if row == self.cursor_row else ""
        return [(marker.ljust(MARKER_WIDTH), "accent"), *self._line_at(row)[1:]]

    def _forget_strips(self, row: int) -> None:
        for is_cursor in (False, True):
            self._strips.pop((row, is_cursor), None)

    def _forget_unseen(self) -> None:
        visible = self.visible_rows
        self._drawn = {row: line for row, line in self._drawn.items() if row in visible}
        self._strips = {key: strip for key, strip in self._strips.items() if key[0] in visible}

    def _header(self) -> Line:
        column = self.cursor_column
        cursor_key = None if column is None else column.key
        return header_line(self._placed, self._width, sort=self._sort, cursor_key=cursor_key, glyphs=self.glyphs)

    def _column_at(self, x: int) -> TableColumn | None:
        return next((one.column for one in self._placed if one.x <= x < one.x + one.width), None)


def _fit_cell(text: str, placed: PlacedColumn, glyphs: Glyphs) -> str:
    if isinstance(text, Sparkline):
        return text.at(placed.width)
    if len(text) <= placed.width and text.isascii() and text.isprintable():
        return text.rjust(placed.width) if placed.column.align == "right" else text.ljust(placed.width)
    if placed.column.align == "right" and width_of(text.strip()) > placed.width:
        return fit_figure(text.strip(), placed.width)
    if placed.column.align == "right":
        # A source may pad for another width than this one.
        return fit(text.strip() if width_of(text) > placed.width else text, placed.width, "right", glyphs)
    return fit(text.rstrip(), placed.width, "left", glyphs)
