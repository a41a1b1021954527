"""Says in words why a figure of one of the user's own positions is unknown, or is of an earlier day."""

from __future__ import annotations

import math

from shortside.own.figures import OwnFigures
from shortside.own.names import ShownBook
from shortside.own.positions import NOT_PRICED


def remarks_on(book: ShownBook, figures: OwnFigures, row: int) -> tuple[str, ...]:
    """What is to be said of a position, the gravest first; nothing where every figure is known."""
    placed, market = book.placed, book.board.market
    position, column = placed.positions[row], int(placed.columns[row])
    if column == NOT_PRICED:
        return (f"no price of {position.symbol} here, so nothing is known of it",)
    said = []
    last = market.sessions[min(int(market.last_priced[column]), len(market.sessions) - 1)]
    if not book.has_price_since[row]:
        said.append(f"no price since it was entered on {position.entry_date}; the last is of {last}")
    elif placed.has_ended[row]:
        said.append(f"stopped trading on {last}: the position ended at that price")
    elif not book.is_quoted[row]:
        said.append(f"no price in the last session, carried at that of {last}")
    if placed.is_before_first_price[row]:
        first = market.sessions[int(market.first_priced[column])]
        said.append(f"entered before its first price here, of {first}: P&L since then is unknown")
    elif math.isnan(figures.crowd_profit[row]) and book.has_price_since[row]:
        said.append(_crowd_words(book, row))
    has_fees = market.borrow is not None
    if has_fees and placed.shares[row] < 0 and not placed.has_ended[row] and math.isnan(figures.carry[row]):
        said.append("no borrow fee is known")
    return tuple(said)


def _crowd_words(book: ShownBook, row: int) -> str:
    """Why what the crowd made on the same days is unknown."""
    placed, positions = book.placed, book.board.book.positions
    market = book.board.market
    if positions.entry[int(placed.columns[row])] >= len(market.sessions):
        return "no short interest of it was reported"
    first = max(int(positions.knots[0]), 0) if len(positions.knots) else 0
    return f"shares short are known from {market.sessions[first]} on: not what the crowd made since entry"
