"""The securities left out of the stock totals, each with its reason, and their rows in a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np

from shortside.board import Board
from shortside.universe import SecurityKind, kind_of_unpriced
from widgets.columns import TableColumn
from widgets.figures import as_date
from widgets.format import GLYPHS_UNICODE, Figure, Glyphs, NoFigure, fit, known_figure, shares, short_date
from widgets.tick_table import Cell, StillRows

REASON_WORDS = {"no_price": "no price here"}
"""The words for a reason that is not the name of a kind of security."""
SECURITY_COLUMNS = (
    TableColumn(key="symbol", title="symbol", width=8, align="left", is_pinned=True, sort_key="symbol"),
    TableColumn(key="name", title="name", width=30, align="left", min_width=12, max_width=60, sort_key="name"),
    TableColumn(key="reason", title="reason", width=13, align="left", priority=2, sort_key="reason"),
    TableColumn(
        key="shares_short",
        title="short",
        width=7,
        priority=1,
        sort_key="shares_short",
        tooltip="Shares short as last reported",
    ),
    TableColumn(
        key="settled",
        title="settled",
        width=9,
        priority=3,
        sort_key="settled",
        tooltip="The last settlement that reported it",
    ),
)
FIRST_SECURITY_ORDER: Final = ("symbol", False)
"""The order of securities at the start: a column's key, and whether its largest stands first."""


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


def securities_in_order(securities: Sequence[LeftOut], sort_key: str, is_descending: bool) -> tuple[LeftOut, ...]:
    """Securities sorted by a column's key; what is unknown stands last either way, equal ones by symbol."""
    known_by: dict[str, Callable[[LeftOut], Any]] = {
        "symbol": lambda one: one.symbol,
        "name": lambda one: one.name.casefold() or None,
        "reason": lambda one: reason_words(one.reason),
        "shares_short": lambda one: known_figure(one.shares_short),
        "settled": lambda one: one.settlement_date,
    }
    key = known_by[sort_key]
    even = sorted(securities, key=lambda one: one.symbol)
    known = [one for one in even if key(one) is not None]
    return (*sorted(known, key=key, reverse=is_descending), *(one for one in even if key(one) is None))


class LeftOutRows(StillRows):
    """The rows of the table of securities in one order, formatted when they come into view."""

    def __init__(
        self,
        securities: Sequence[LeftOut],
        sort_key: str = "symbol",
        is_descending: bool = False,
        glyphs: Glyphs = GLYPHS_UNICODE,
    ) -> None:
        self.securities, self.glyphs = securities_in_order(securities, sort_key, is_descending), glyphs

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
            (fit(reason_words(one.reason), 13, glyphs=glyphs), "plain"),
            (shares(one.shares_short, 7, glyphs=glyphs), "plain"),
            ((day + year).rjust(9), "muted"),
        ]


def reason_words(reason: str) -> str:
    """A reason as people read it, such as `no price here`."""
    return REASON_WORDS.get(reason, reason.replace("_", " "))
