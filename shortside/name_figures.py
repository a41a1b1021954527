"""Figures of each name that a Board does not hold itself."""

from __future__ import annotations

import numpy as np

from shortside.board import Board
from shortside.listings import Floats, Indexes


def short_ratio(board: Board) -> Floats:
    """(N,) shares short over the float where it is known, over shares outstanding where it is not."""
    of_float = board.short_float_ratio
    return np.where(np.isfinite(of_float), of_float, board.short_outstanding_ratio)


def is_mostly_of_float(board: Board) -> bool:
    """Whether the float is known for most names held, so that the column is named for it."""
    held = board.was_held
    return bool(np.isfinite(board.short_float_ratio[held]).sum() * 2 > held.sum())


def short_interest_change(board: Board) -> Floats:
    """(N,) shares short at the last known settlement over those at the one before, less one; NaN unknown."""
    known = settled_knots(board)
    if len(known) < 2:
        return np.full(len(board.market.symbols), np.nan)
    shares = np.where(board.book.positions.is_reported[known[-2:]], board.book.positions.shares[known[-2:]], np.nan)
    before = np.where(shares[0] > 0, shares[0], np.nan)
    return np.asarray(shares[1] / before - 1)


def settled_knots(board: Board) -> Indexes:
    """The knots (settlements known) whose settlement date lies on or before the last session, as their indexes."""
    return np.flatnonzero(board.book.positions.knots <= len(board.market.sessions) - 1)


def price_at_start(board: Board) -> Floats:
    """(N,) the close the window begins with; NaN of a name that had none by then, or had stopped trading."""
    market, start = board.market, board.window.start
    traded = (market.first_priced <= start) & (market.last_priced >= start) & board.is_window_known
    return np.where(traded, market.close[start], np.nan)


def price_change(board: Board) -> Floats:
    """(N,) the price at the window's end over the close it begins with, less one; NaN unknown."""
    return _change(price_at_end(board), price_at_start(board))


def price_at_end(board: Board) -> Floats:
    """(N,) the price at the window's end: of the moment where that is the last session."""
    end, market = board.window.end, board.market
    return np.asarray(board.book.price if end == len(market.sessions) - 1 else market.close[end], np.float64)


def price_before_today(board: Board) -> Floats:
    """(N,) the close of the session before the last one; NaN where it is missing."""
    market = board.market
    if len(market.sessions) < 2:
        return np.full(len(market.symbols), np.nan)
    return np.where(board.lacks_day | board.is_stale, np.nan, market.close[-2])


def price_change_today(board: Board) -> Floats:
    """(N,) the price over the close of the session before, less one; NaN where either is missing."""
    return _change(board.book.price, price_before_today(board))


def _change(price: Floats, before: Floats) -> Floats:
    return np.asarray(price / np.where(before > 0, before, np.nan) - 1)
