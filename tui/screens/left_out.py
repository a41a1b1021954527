"""The screen of the securities left out of the stock totals: their number by reason, and which they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

import numpy as np
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.screen import ModalScreen

from shortside.board import Board
from shortside.universe import SecurityKind, kind_of_unpriced
from tui.screens.standing import Standing
from widgets.columns import TableColumn
from widgets.figures import as_date
from widgets.format import GLYPHS_UNICODE, Figure, Glyphs, NoFigure, count, fit, shares, short_date
from widgets.tick_table import Cell, StillRows, TickTable

ALL = "all"
REASON_WORDS = {"no_price": "no price here"}
"""The words for a reason that is not the name of a kind of security."""
REASON_COLUMNS = (
    TableColumn(key="reason", title="reason", width=13, align="left"),
    TableColumn(key="count", title="names", width=6),
)
SECURITY_COLUMNS = (
    TableColumn(key="symbol", title="symbol", width=8, align="left", is_pinned=True),
    TableColumn(key="name", title="name", width=30, align="left", min_width=12, max_width=60),
    TableColumn(key="reason", title="reason", width=13, align="left", priority=2),
    TableColumn(key="shares_short", title="short", width=7, priority=1, tooltip="Shares short as last reported"),
    TableColumn(key="settled", title="settled", width=9, priority=3, tooltip="The last settlement that reported it"),
)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One security outside the stock totals."""

    symbol: str
    name: str
    reason: str
    shares_short: Figure
    """Shares short as last reported; not applicable where none ever was."""
    settlement_date: date | None


def securities_left_out(board: Board) -> list[LeftOut]:
    """The securities left out, by symbol: priced ones that are no stocks, and reported ones without a price."""
    market = board.market
    found: list[LeftOut] = []
    for column in np.flatnonzero(~board.included).tolist():
        amount, day = _last_report(board, column)
        reason = SecurityKind(int(market.kinds[column])).label
        found.append(LeftOut(str(market.symbols[column]), str(market.names[column]), reason, amount, day))
    missing = market.unpriced
    for place, symbol in enumerate(missing.symbols):
        reason = kind_of_unpriced(symbol, missing.names[place], missing.market_classes[place])
        day = missing.settlement_date[place]
        found.append(
            LeftOut(
                str(symbol),
                str(missing.names[place]),
                reason,
                float(missing.shares_short[place]),
                None if np.isnat(day) else as_date(day),
            )
        )
    return sorted(found, key=lambda one: one.symbol)


def _last_report(board: Board, column: int) -> tuple[Figure, date | None]:
    """The newest report the view may know of a priced security, in shares."""
    positions = board.book.positions
    rows = np.flatnonzero(positions.is_reported[:, column])
    if not len(rows):
        return NoFigure.NOT_APPLICABLE, None
    row = int(rows[-1])
    settled = board.market.settlements[positions.settlement_rows[row]]
    return float(positions.shares[row, column]), as_date(settled)


class ReasonsSource(StillRows):
    """The rows of the table of reasons with their counts, all securities first."""

    def __init__(self, counts: Sequence[tuple[str, int]], glyphs: Glyphs = GLYPHS_UNICODE) -> None:
        self.counts, self.glyphs = counts, glyphs

    @property
    def row_count(self) -> int:
        """The number of reasons, a row each."""
        return len(self.counts)

    def whole(self, row: int) -> list[Cell]:
        """The cells of a row: a reason and how many securities it has."""
        reason, names = self.counts[row]
        style = "total" if reason == ALL else "plain"
        return [(fit(_words(reason), 13, glyphs=self.glyphs), style), (count(names, 6, glyphs=self.glyphs), style)]


class NamesSource(StillRows):
    """The rows of the table of securities, formatted when they come into view."""

    def __init__(self, securities: Sequence[LeftOut], glyphs: Glyphs = GLYPHS_UNICODE) -> None:
        self.securities, self.glyphs = securities, glyphs

    @property
    def row_count(self) -> int:
        """The number of securities, a row each."""
        return len(self.securities)

    def whole(self, row: int) -> list[Cell]:
        """The cells of a row: symbol, name, reason, shares short as last reported, and the date."""
        one, glyphs = self.securities[row], self.glyphs
        day = short_date(one.settlement_date, 6, glyphs=glyphs).strip()
        year = f" {one.settlement_date.year % 100:02d}" if one.settlement_date else ""
        return [
            (fit(one.symbol, 8, glyphs=glyphs), "plain"),
            (one.name, "muted"),
            (fit(_words(one.reason), 13, glyphs=glyphs), "plain"),
            (shares(one.shares_short, 7, glyphs=glyphs), "plain"),
            ((day + year).rjust(9), "muted"),
        ]


class LeftOutScreen(Standing, ModalScreen[None]):
    """The screen with reasons at the left, and the securities of the selected reason at the right."""

    DEFAULT_CSS = """
    LeftOutScreen { align: center middle; background: $background 60%; }
    LeftOutScreen > Horizontal { width: 95%; max-width: 120; height: 90%; }
    LeftOutScreen #reasons { width: 25; height: 100%; }
    LeftOutScreen #names { width: 1fr; height: 100%; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,x,q", "close", "close", id="left_out.close", tooltip="Back to the screen below"),
    ]

    def __init__(self, board: Board, glyphs: Glyphs = GLYPHS_UNICODE) -> None:
        super().__init__()
        self._board = board
        self._glyphs = glyphs
        self._securities = securities_left_out(board)
        self._counts = [(ALL, len(self._securities)), *board.market.left_out(board.included).items()]

    def compose(self) -> ComposeResult:
        glyphs = self._glyphs
        with Horizontal():
            reasons = TickTable(
                REASON_COLUMNS, ReasonsSource(self._counts, glyphs), title="Left out, why", glyphs=glyphs, id="reasons"
            )
            reasons.note = self._board.market.mark
            yield reasons
            names = TickTable(
                SECURITY_COLUMNS,
                NamesSource(self._securities, glyphs),
                title="Securities not in stock totals",
                empty_words="every security is a stock with a price",
                glyphs=glyphs,
                id="names",
            )
            yield names

    def stand(self) -> None:
        """Show all securities that are left out, once the panels are there."""
        self._show_reason(0)

    def on_tick_table_row_highlighted(self, event: TickTable.RowHighlighted) -> None:
        if event.table.id == "reasons":
            self._show_reason(event.row)
        else:
            self._label(event.table)

    def on_tick_table_row_chosen(self, event: TickTable.RowChosen) -> None:
        if event.table.id == "reasons":
            self.query_one("#names", TickTable).focus()

    def action_close(self) -> None:
        self.dismiss()

    def _show_reason(self, row: int) -> None:
        """The securities of one reason, from the top."""
        reason = self._counts[row][0]
        chosen = [one for one in self._securities if reason in (ALL, one.reason)]
        table = self.query_one("#names", TickTable)
        table.set_source(NamesSource(chosen, table.glyphs))
        table.move_to(0)
        self._label(table)

    def _label(self, table: TickTable) -> None:
        place = table.cursor_row + 1 if table.row_count else 0
        table.note = f"{place:,}/{table.row_count:,} {table.glyphs.separator} Esc closes"


def _words(reason: str) -> str:
    return REASON_WORDS.get(reason, reason.replace("_", " "))
