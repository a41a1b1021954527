"""The screen of what is doubtful, and of what is left out of the stock totals: how much of each, which, and why."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen

from shortside.board import Board
from shortside.doubts import Doubt
from tui.screens.doubt_rows import FIRST_DOUBT_ORDER, DoubtRows, doubt_columns, rule_words
from tui.screens.head_line import HeadLine
from tui.screens.left_out import (
    FIRST_SECURITY_ORDER,
    SECURITY_COLUMNS,
    LeftOut,
    LeftOutRows,
    reason_words,
    securities_left_out,
)
from tui.screens.panel_readiness import PanelReadiness
from widgets.columns import TableColumn
from widgets.figures import full_day
from widgets.format import GLYPHS_UNICODE, Glyphs, count, dollars, fit
from widgets.key_names import key_words
from widgets.lines import Line
from widgets.panel import Panel
from widgets.tick_table import Cell, StillRows, TickTable

KIND_COLUMNS: Final = (
    TableColumn(key="kind", title="", width=19, align="left"),
    TableColumn(key="count", title="names", width=6),
)
NO_DOUBTS: Final = "nothing that money hangs on is in doubt here"
NOTHING_LEFT_OUT: Final = "every security is a stock with a price"


@dataclass(frozen=True, slots=True)
class Kind:
    """A row at the left: all doubts or all securities left out, or those of one rule or reason."""

    words: str
    names: int
    is_doubt: bool
    is_total: bool = False

    def holds(self, words: str) -> bool:
        """Whether a rule's or a reason's words are of this kind."""
        return self.is_total or words == self.words


def doubts_and_reasons(doubts: Sequence[Doubt], securities: Sequence[LeftOut]) -> list[Kind]:
    """All doubts and how many each rule has, then all securities left out and how many each reason has."""
    rules = Counter(rule_words(doubt) for doubt in doubts).most_common()
    reasons = Counter(sorted(reason_words(one.reason) for one in securities)).most_common()
    return [
        Kind("doubtful", len(doubts), is_doubt=True, is_total=True),
        *(Kind(words, names, is_doubt=True) for words, names in rules),
        Kind("left out", len(securities), is_doubt=False, is_total=True),
        *(Kind(words, names, is_doubt=False) for words, names in reasons),
    ]


class KindRows(StillRows):
    """The rows of the table of kinds."""

    def __init__(self, kinds: Sequence[Kind], glyphs: Glyphs = GLYPHS_UNICODE) -> None:
        self.kinds, self.glyphs = kinds, glyphs

    @property
    def row_count(self) -> int:
        """The number of kinds, a row each."""
        return len(self.kinds)

    def whole(self, row: int) -> list[Cell]:
        """The cells of a row: a kind, those of a total indented, and how many it has."""
        kind, glyphs = self.kinds[row], self.glyphs
        words, style = (kind.words, "total") if kind.is_total else (f"  {kind.words}", "plain")
        return [(fit(words, 19, glyphs=glyphs), style), (count(kind.names, 6, glyphs=glyphs), style)]


class EvidencePanel(Panel, can_focus=False):
    """The doubt under the cursor, whole: its rule as a sentence, and what was seen."""

    doubt: Doubt | None = None

    def draw(self, width: int, height: int) -> list[Line]:
        """The rule and its dollars in the first line, the words wrapped below."""
        doubt = self.doubt
        if doubt is None:
            return []
        stake = dollars(doubt.dollars, 8, glyphs=self.glyphs).strip()
        first: Line = [
            (f" {doubt.subject}", "title"),
            (f"  {full_day(doubt.session)}  ", "plain"),
            (stake, "warning"),
            (" at stake in the window", "muted"),
        ]
        words = f"{doubt.rule.sentence} Seen: {doubt.evidence}"
        wrapped = textwrap.wrap(words, max(width - 2, 20), break_long_words=False, break_on_hyphens=False)
        return [first, *([(f" {part}", "plain")] for part in wrapped)]


class DoubtfulScreen(PanelReadiness, ModalScreen[str | None]):
    """The screen with kinds at the left, and at the right the doubts or securities of the kind under the cursor.

    It is dismissed with the symbol of the doubt that was opened, else with None.
    """

    DEFAULT_CSS = """
    DoubtfulScreen { align: center middle; background: $background 60%; }
    DoubtfulScreen > Vertical { width: 97%; max-width: 200; height: 95%; }
    DoubtfulScreen Horizontal { height: 1fr; }
    DoubtfulScreen #kinds { width: 31; height: 100%; }
    DoubtfulScreen #doubts { width: 1fr; height: 100%; }
    DoubtfulScreen #names { width: 1fr; height: 100%; }
    DoubtfulScreen #evidence { height: 6; }
    DoubtfulScreen.-narrow Horizontal { layout: vertical; }
    DoubtfulScreen.-narrow #kinds { width: 100%; height: 1fr; }
    DoubtfulScreen.-narrow #doubts, DoubtfulScreen.-narrow #names { height: 1fr; }
    DoubtfulScreen.-narrow #evidence { height: 4; }
    """
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (64, "-broad")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,x,q", "close", "close", id="doubtful.close", tooltip="Back to the screen below"),
        Binding(
            "right,l", "column(1)", "right", id="table.right", tooltip="To the next column of the table", show=False
        ),
        Binding("left,h", "column(-1)", "left", id="table.left", tooltip="To the column before", show=False),
        Binding("s", "sort", "sort", id="table.sort", tooltip="Sort by the column in brackets; again turns"),
        Binding("S", "reverse", "reverse", id="table.reverse", tooltip="Turn the order round"),
    ]

    def __init__(self, board: Board, glyphs: Glyphs = GLYPHS_UNICODE) -> None:
        super().__init__()
        self._mark = board.market.mark
        self._glyphs, self._unit = glyphs, board.units.names
        self._doubts = board.doubts
        self._symbols = frozenset(str(symbol) for symbol in board.market.symbols)
        self._securities = securities_left_out(board)
        self._kinds = doubts_and_reasons(self._doubts, self._securities)
        self._kind = self._kinds[0] if self._doubts else next(kind for kind in self._kinds if not kind.is_doubt)
        self._orders = {True: FIRST_DOUBT_ORDER, False: FIRST_SECURITY_ORDER}
        """The order of the doubts and that of the securities."""

    def compose(self) -> ComposeResult:
        glyphs = self._glyphs
        yield HeadLine(glyphs)
        with Vertical():
            with Horizontal():
                rows = KindRows(self._kinds, glyphs)
                kinds = TickTable(KIND_COLUMNS, rows, title="Doubtful, left out", glyphs=glyphs, id="kinds")
                kinds.note = self._mark
                yield kinds
                title = "What is doubtful, and what hangs on it"
                yield TickTable(
                    doubt_columns(self._unit), title=title, empty_words=NO_DOUBTS, glyphs=glyphs, id="doubts"
                )
                title = "Securities not in stock totals"
                yield TickTable(SECURITY_COLUMNS, title=title, empty_words=NOTHING_LEFT_OUT, glyphs=glyphs, id="names")
            yield EvidencePanel(title="Why", glyphs=glyphs, id="evidence")

    def fill_panels(self) -> None:
        """Show all doubts, or where there are none all securities that are left out, once the panels are there."""
        self._kinds_table.move_to(self._kinds.index(self._kind))
        self._show(self._kind)

    @property
    def _kinds_table(self) -> TickTable:
        return self.query_one("#kinds", TickTable)

    @property
    def _listing(self) -> TickTable:
        """The table at the right that is shown."""
        return self.query_one("#doubts" if self._kind.is_doubt else "#names", TickTable)

    def on_tick_table_row_highlighted(self, event: TickTable.RowHighlighted) -> None:
        if event.table.id == "kinds":
            self._show(self._kinds[event.row])
        else:
            self._label(event.table)

    def on_tick_table_row_chosen(self, event: TickTable.RowChosen) -> None:
        if event.table.id == "kinds":
            self._listing.focus()
        elif event.table.id == "doubts":
            doubt = self._doubt_at(event.row)
            if doubt is not None and doubt.symbol in self._symbols:
                self.dismiss(doubt.symbol)

    def on_tick_table_sort_requested(self, event: TickTable.SortRequested) -> None:
        is_doubt = self._kind.is_doubt
        self._orders[is_doubt] = event.table.order_after(event.sort_key, self._orders[is_doubt])
        self._show(self._kind)

    def action_close(self) -> None:
        """Go back to the screen below."""
        self.dismiss(None)

    def action_column(self, columns: int) -> None:
        """Move the column cursor of the table at the right, also while a kind is chosen at the left."""
        self._listing.action_move_column(columns)

    def action_sort(self) -> None:
        """Sort the table at the right by its column in brackets; the second time turn the order round."""
        self._listing.action_sort_column()

    def action_reverse(self) -> None:
        """Turn the order of the table at the right round."""
        self._listing.action_reverse_order()

    def _show(self, kind: Kind) -> None:
        """The doubts or securities of one kind, from the top."""
        self._kind = kind
        table, evidence = self._listing, self.query_one(EvidencePanel)
        self.query_one("#doubts").display = evidence.display = kind.is_doubt
        self.query_one("#names").display = not kind.is_doubt
        order = self._orders[kind.is_doubt]
        table.set_sort(*order)
        if kind.is_doubt:
            chosen = [doubt for doubt in self._doubts if kind.holds(rule_words(doubt))]
            table.set_source(DoubtRows(chosen, *order, self._glyphs, self._unit))
        else:
            kept = [one for one in self._securities if kind.holds(reason_words(one.reason))]
            table.set_source(LeftOutRows(kept, *order, self._glyphs))
        table.move_to(0)
        self._label(table)

    def _doubt_at(self, row: int) -> Doubt | None:
        source = self.query_one("#doubts", TickTable).source
        return source.doubts[row] if isinstance(source, DoubtRows) and row < source.row_count else None

    def _label(self, table: TickTable) -> None:
        keys = (
            key_words(self, "{table.sort:s} sorts"),
            key_words(self, "{table.choose:Enter} opens") if self._kind.is_doubt else "",
            key_words(self, "{doubtful.close:Esc}"),
        )
        table.note = f" {table.glyphs.separator} ".join(filter(None, (table.place, *keys)))
        if self._kind.is_doubt:
            evidence = self.query_one(EvidencePanel)
            evidence.doubt = self._doubt_at(table.cursor_row)
            evidence.redraw()
