"""The screen of what is kept of one name: fails, threshold lists, short volume, revisions, peers and events."""

from __future__ import annotations

import asyncio
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Final

import numpy as np
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from shortside.board import Board
from shortside.dollar_units import unit_of_column
from tui.documents.kind import Record
from tui.errors import ReportedError
from tui.screens.explain import ExplainScreen
from tui.screens.head_line import HeadLine
from tui.screens.market_table_columns import columns_of_fields, pages_of, screen_cell
from tui.screens.name_record_sections import SECTIONS, RecordSection
from tui.screens.panel_readiness import PanelReadiness
from tui.screens.titled_table import TitledTable
from widgets.columns import TableColumn
from widgets.fields import Field, PageColumn, Unit
from widgets.format import GLYPHS_UNICODE, Glyphs, fit, in_unit
from widgets.key_names import key_words
from widgets.lines import Line
from widgets.panel import Panel
from widgets.panel_description import PanelDescription
from widgets.sparkline import sparkline
from widgets.tick_table import Cell, StillRows, TickTable

READING: Final = "reading what is kept of the name"
IN_ONE_UNIT: Final = (Unit.DOLLARS, Unit.SHARES)
"""What a column is written in one unit of, which its title names."""
NOTHING: Final = "nothing; why stands above"


class RecordRows(StillRows):
    """The rows of a section, written when they come into view; a column of dollars or shares has one unit."""

    def __init__(self, section: RecordSection, rows: Sequence[Record], glyphs: Glyphs = GLYPHS_UNICODE) -> None:
        self.rows, self.glyphs = rows, glyphs
        self._pages = list(zip(section.fields, pages_of(section.fields), strict=True))
        self.units = {
            field.key: unit_of_column(np.array([one[field.key] for one in rows], np.float64))
            for field in section.fields
            if field.unit in IN_ONE_UNIT
        }

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        return len(self.rows)

    def whole(self, row: int) -> list[Cell]:
        """The cells of a row."""
        record = self.rows[row]
        return [
            (self._text(field, page, record), "muted" if record[field.key] is None else "plain")
            for field, page in self._pages
        ]

    def _text(self, field: Field, page: PageColumn, record: Record) -> str:
        unit = self.units.get(field.key)
        if unit is None:
            return screen_cell(field, page, record, self.glyphs)
        return in_unit(record[field.key], page.width, unit, page.is_signed, glyphs=self.glyphs)


def columns_in_units(section: RecordSection, units: Mapping[str, str]) -> tuple[TableColumn, ...]:
    """The columns of a section; the titles of dollars and shares name their units."""
    in_shares = {field.key for field in section.fields if field.unit is Unit.SHARES}
    return tuple(
        _titled(column, units[column.key], column.key in in_shares) if column.key in units else column
        for column in columns_of_fields(section.fields)
    )


def _titled(column: TableColumn, unit: str, is_of_shares: bool) -> TableColumn:
    """A column whose title names the unit, wide enough for it."""
    words = column.title if is_of_shares else f"{column.title.removesuffix('dollars').removesuffix(' $')} $"
    title = f"{words} {unit}".strip() if is_of_shares else f"{words}{unit}".strip()
    return replace(column, title=title, width=max(column.width, len(title)))


class RecordsPanel(Panel, can_focus=False):
    """The names of the sections, the sentences of the one in view, and its path as a line."""

    place = 0
    """Of the section in view."""
    part: Any = None
    """The document's part; None while it is read, or where nothing is kept."""
    words = READING
    """What is said where there is no part."""
    of_row = ""
    """The words of the row under the cursor, whole, where its table has a column of them."""

    def draw(self, width: int, height: int) -> list[Line]:
        """The names of the sections; below them what is said of one."""
        glyphs, section = self.glyphs, SECTIONS[self.place]
        names: Line = [(" ", "plain")]
        for place, one in enumerate(SECTIONS):
            names += [(f"[{one.title}]", "accent") if place == self.place else (f" {one.title} ", "muted")]
        said = [self.words] if self.part is None else section.lines(self.part, glyphs)
        if self.part is not None and not section.rows(self.part):
            said = [*said, section.empty]
        if self.of_row:
            said = [*said, self.of_row]
        lines = [names]
        if self.part is not None and section.path is not None:
            words, values = section.path(self.part)
            known = [float("nan") if one is None else float(one) for one in values]
            lines.append([(f" {words} ", "muted"), (sparkline(known, max(width - 12, 8), glyphs), "accent")])
        for text in said:
            lines += [[(fit(f" {part}", width, glyphs=glyphs), "muted")] for part in textwrap.wrap(text, width - 2)]
        return lines


class NameRecordsScreen(PanelReadiness, ModalScreen[None]):
    """What is kept of one name beside its settlements, a section at a time, over the screen below.

    Args:
        board: the view of the market.
        column: the name.
        read: makes the parts of its document; called in a thread.
        glyphs: the signs to draw with.
    """

    DEFAULT_CSS = """
    NameRecordsScreen { align: center middle; background: $background 60%; }
    NameRecordsScreen > Vertical { width: 97%; max-width: 110; height: 95%; }
    NameRecordsScreen #about { height: 6; }
    NameRecordsScreen TickTable { height: 1fr; display: none; }
    NameRecordsScreen TickTable.-shown { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("R,tab,right_square_bracket", "walk(1)", "next", id="records.next", tooltip="The next section"),
        Binding("left_square_bracket", "walk(-1)", "before", id="records.before", tooltip="The section before it"),
        Binding("i", "explain", "explain", id="records.explain", tooltip="What the figures mean, and from what"),
        Binding("escape,q", "close", "close", id="records.close", tooltip="Back to the screen below"),
    ]

    def __init__(
        self, board: Board, column: int, read: Callable[[str], Record], glyphs: Glyphs = GLYPHS_UNICODE
    ) -> None:
        super().__init__()
        self._board, self._column, self._read_parts, self._glyphs = board, column, read, glyphs
        self._place = 0
        self._parts: Record = {}
        self._words = READING

    @property
    def symbol(self) -> str:
        """The name."""
        return str(self._board.market.symbols[self._column])

    def compose(self) -> ComposeResult:
        glyphs = self._glyphs
        yield HeadLine(glyphs)
        with Vertical():
            yield RecordsPanel(title=f"{self.symbol}, what is kept of it", glyphs=glyphs, id="about")
            for section in SECTIONS:
                yield TitledTable(
                    columns_of_fields(section.fields),
                    title=section.title.capitalize(),
                    empty_words=READING,
                    glyphs=glyphs,
                    id=section.key.replace("_", "-"),
                )

    def fill_panels(self) -> None:
        """Have the parts read and shown."""
        self.query_one(RecordsPanel).note = self._board.market.mark
        self._show()
        read: Any = self._read
        self.run_worker(read, exclusive=True, exit_on_error=False, group="records", name="records")

    async def _read(self) -> None:
        try:
            self._parts = await asyncio.to_thread(self._read_parts, self.symbol)
            self._words = ""
        except ReportedError as error:
            self._words = str(error)
        if self.has_panels:
            for section in SECTIONS:
                self._fill(section)
            self._show()

    def _fill(self, section: RecordSection) -> None:
        table, part = self._table(section), self._parts.get(section.key)
        table.empty_words = NOTHING
        source = RecordRows(section, [] if part is None else section.rows(part), self._glyphs)
        table.retitle(columns_in_units(section, source.units if source.row_count else {}))
        table.set_source(source)
        table.move_to(0)

    def _why_empty(self, section: RecordSection) -> str:
        return self._words or str(self._parts.get("lacks", {}).get(section.key, section.empty))

    def _table(self, section: RecordSection) -> TitledTable:
        return self.query_one(f"#{section.key.replace('_', '-')}", TitledTable)

    def _show(self) -> None:
        """Show the section in view and no other."""
        section, panel = SECTIONS[self._place], self.query_one(RecordsPanel)
        panel.place, panel.part = self._place, self._parts.get(section.key)
        panel.words = self._why_empty(section)
        panel.redraw()
        for one in SECTIONS:
            self._table(one).set_class(one is section, "-shown")
        table = self._table(section)
        table.focus()
        self._note(table)

    def _note(self, table: TickTable) -> None:
        panel, source, words = self.query_one(RecordsPanel), table.source, ""
        if isinstance(source, RecordRows) and table.cursor_row < source.row_count:
            words = str(source.rows[table.cursor_row].get("words") or "")
        if words != panel.of_row and table.has_class("-shown"):
            panel.of_row = words
            panel.redraw()
        hint = "{records.next:R} next  {records.explain:i} explains  {records.close:Esc} closes"
        table.note = f"{table.place}  {key_words(self, hint)}"

    def on_tick_table_row_highlighted(self, event: TickTable.RowHighlighted) -> None:
        self._note(event.table)

    def action_walk(self, sections: int) -> None:
        """Show another section; after the last comes the first."""
        self._place = (self._place + sections) % len(SECTIONS)
        self._show()

    def action_explain(self) -> None:
        """Explain the section in view."""
        section, glyphs = SECTIONS[self._place], self._glyphs
        columns = self._table(section).explained_columns
        about = PanelDescription(id="records", title=section.title, formula=section.formula)
        self.app.push_screen(ExplainScreen(self._board, about, self._column, glyphs, columns=columns))

    def action_close(self) -> None:
        """Go back to the screen below."""
        self.dismiss(None)
