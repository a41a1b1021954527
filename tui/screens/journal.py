"""The screen of the journal: alerts that rang, publications that arrived, feeds in trouble and well again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from tui.screens.head_line import HeadLine
from tui.screens.panel_readiness import PanelReadiness
from widgets.columns import TableColumn
from widgets.format import GLYPHS_UNICODE, Glyphs
from widgets.key_names import key_words
from widgets.moments import ReaderTime, moment_wordings
from widgets.row_words import RowWords
from widgets.tick_table import Cell, StillRows, TickTable

if TYPE_CHECKING:
    from tui.alerts.journal import JournalEntry

JOURNAL_COLUMNS: Final = (
    TableColumn(key="at", title="when (NY)", width=15, align="left", is_pinned=True),
    TableColumn(key="kind", title="what", width=8, align="left", priority=2),
    TableColumn(key="words", title="happened", width=40, min_width=16, max_width=200, align="left", priority=1),
    TableColumn(key="source", title="source", width=7, align="left", priority=3),
)
STYLES: Final = {"alert": "accent", "trouble": "warning"}
EMPTY: Final = "nothing yet; alerts, publications and feeds in trouble will stand here"
Entries = Callable[[], tuple[Sequence["JournalEntry"], str]]
"""Reads the journal, and says what is wrong with it. Blocks."""


class JournalRows(StillRows):
    """The entries of the journal, the newest first."""

    def __init__(self, entries: Sequence[JournalEntry], read: ReaderTime, glyphs: Glyphs = GLYPHS_UNICODE) -> None:
        self.entries = tuple(reversed(entries))
        self.glyphs = glyphs
        self._read = read

    @property
    def row_count(self) -> int:
        """The number of entries, a row each."""
        return len(self.entries)

    def words_of(self, row: int) -> str:
        """What happened, and when it was in the market where that is another one's time."""
        entry = self.entries[row]
        if entry.of is None:
            return entry.words
        return f"{entry.words} (in the market {moment_wordings(entry.of, glyphs=self.glyphs)[0]})"

    def whole(self, row: int) -> list[Cell]:
        """When it was told, what kind it is, its words, and of which source."""
        entry = self.entries[row]
        words = self.words_of(row)
        style = STYLES.get(entry.kind, "plain")
        at = moment_wordings(entry.at, self._read, zone_word="", glyphs=self.glyphs)[-1]
        return [(at, "muted"), (entry.kind, style), (words, style), (entry.source, "muted")]


class JournalScreen(PanelReadiness, ModalScreen[str | None]):
    """The journal over another screen; dismissed with the name of the entry that was opened, else with None.

    Args:
        entries: reads the journal.
        read: returns when the screen is read, and where.
        glyphs: the signs to draw with.
    """

    DEFAULT_CSS = """
    JournalScreen { align: center middle; background: $background 60%; }
    JournalScreen > Vertical { width: 97%; max-width: 200; height: 95%; }
    JournalScreen TickTable { height: 1fr; }
    """
    SECONDS_BETWEEN_READINGS: ClassVar[float] = 2.0
    """How often it is looked for what was told meanwhile, here or by another monitor."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,E,q", "close", "close", id="journal.close", tooltip="Back to the screen below"),
    ]

    def __init__(self, entries: Entries, read: Callable[[], ReaderTime], glyphs: Glyphs = GLYPHS_UNICODE) -> None:
        super().__init__()
        self._entries, self._read, self._glyphs = entries, read, glyphs
        self._shown: Sequence[JournalEntry] | None = None
        self._complaint = ""

    def compose(self) -> ComposeResult:
        yield HeadLine(self._glyphs)
        with Vertical():
            yield TickTable(JOURNAL_COLUMNS, title="Journal", empty_words=EMPTY, glyphs=self._glyphs, id="journal")
            yield RowWords(glyphs=self._glyphs)

    def fill_panels(self) -> None:
        """Read the journal once the table is there, and again while it is looked at."""
        self._table.focus()
        self._label()
        self._begin()
        self.set_interval(self.SECONDS_BETWEEN_READINGS, self._begin, name="journal")

    def _begin(self) -> None:
        reading: Any = self._show
        self.run_worker(reading, exclusive=True, exit_on_error=False, group="journal", name="journal")

    async def _show(self) -> None:
        found, complaint = await asyncio.to_thread(self._entries)
        if not self.has_panels or (found == self._shown and complaint == self._complaint):
            return
        table, before = self._table, len(self._shown or ())
        self._shown, self._complaint = found, complaint
        row = table.cursor_row
        table.set_source(JournalRows(found, self._read(), self._glyphs))
        if row and before:
            # The cursor stays on its entry while new ones come in above it.
            table.move_to(row + len(found) - before)
        self._label()

    @property
    def _table(self) -> TickTable:
        return self.query_one("#journal", TickTable)

    def on_tick_table_row_highlighted(self, event: TickTable.RowHighlighted) -> None:
        event.stop()
        self._label()

    def on_tick_table_row_chosen(self, event: TickTable.RowChosen) -> None:
        event.stop()
        source = self._table.source
        if isinstance(source, JournalRows) and event.row < source.row_count:
            symbols = source.entries[event.row].symbols
            if symbols:
                self.dismiss(symbols[0])

    def action_close(self) -> None:
        """Go back to the screen below."""
        self.dismiss(None)

    def _label(self) -> None:
        table = self._table
        source, row = table.source, table.cursor_row
        has_row = isinstance(source, JournalRows) and row < source.row_count
        self.query_one(RowWords).say(source.words_of(row) if isinstance(source, JournalRows) and has_row else "")
        keys = ("{table.choose:Enter} opens its name", "{journal.close:Esc} closes")
        words = (self._complaint, table.place, *(key_words(self, one) for one in keys))
        table.note = f" {self._glyphs.separator} ".join(filter(None, words))
