"""What FINRA revised of one name's short interest, and what each revision changed of the P&L of its shorts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from shortside.arrays.unknown_values import known_or_none
from shortside.board import Board
from shortside.listings import Flags, Floats
from shortside.one_name.history import daily_shares
from shortside.positions import Knowledge, Positions, completed_knots


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One settlement whose figure FINRA changed. Shares on the split basis of the last session."""

    settlement_date: date
    published: date
    """When the first figure was published."""
    revised: date
    """When the figure that holds was published: with the settlement after it."""
    shares_before: float | None
    """As first published; None where the name was not reported then."""
    shares_after: float
    """As revised."""
    profit_effect: float | None
    """The window's P&L with the revised figure less the one with the first, USD, all else equal; None where the
    position's beginning hangs on it, or where the day's prices are not in view."""


def revisions_of(board: Board, column: int) -> tuple[Revision, ...]:
    """The revisions of a name that the view may know of, the newest settlement first."""
    market, positions = board.market, board.book.positions
    is_as_known = board.view.knowledge is Knowledge.AS_KNOWN
    place_of = {int(row): place for place, row in enumerate(positions.settlement_rows)}
    found = []
    for row in reversed(range(len(market.settlements) - 1)):
        after = known_or_none(market.shares_short[row, column])
        before = known_or_none(market.first_shares_short.at(row, column))
        revised = market.published[row + 1]
        if after is None or after == before or (is_as_known and revised > market.known_on):
            continue
        place = place_of.get(row)
        found.append(
            Revision(
                settlement_date=market.settlements[row].astype(date),
                published=market.published[row].astype(date),
                revised=revised.astype(date),
                shares_before=before,
                shares_after=after,
                profit_effect=None if place is None else _effect(board, column, place, before),
            )
        )
    return tuple(found)


def _effect(board: Board, column: int, place: int, before: float | None) -> float | None:
    """The window's P&L less what it were had the first figure of a knot stood."""
    positions = board.book.positions
    reported = positions.is_reported[:, column].copy()
    if before is None and place == int(np.flatnonzero(reported)[0]):
        return None
    figures = np.where(reported, positions.shares[:, column], np.nan)
    figures[place] = np.nan if before is None else before
    reported[place] = before is not None
    first = _of_one_name(positions, column, figures, reported)
    held = _of_one_name(positions, column, positions.shares[:, column], positions.is_reported[:, column])
    return _profit_between(board, column, held) - _profit_between(board, column, first)


def _of_one_name(positions: Positions, column: int, figures: Floats, reported: Flags) -> Positions:
    place = slice(column, column + 1)
    wide, known = figures[:, None], reported[:, None]
    return replace(
        positions,
        shares=completed_knots(wide, known, positions.knots, positions.method),
        is_reported=known,
        entry=positions.entry[place],
        exit=positions.exit[place],
        is_new=positions.is_new[place],
    )


def _profit_between(board: Board, column: int, positions: Positions) -> float:
    market, window = board.market, board.window
    price = market.close[:, column].astype(np.float64)
    price[-1] = board.book.price[column]
    shares = daily_shares(positions, 0, len(market.sessions))
    return float(-(shares[window.start : window.end] * np.diff(price[window.start : window.end + 1])).sum())
