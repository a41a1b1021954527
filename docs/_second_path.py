"""P&L of the shorts by net changes: dollars short chained from close to close, with no list of splits.

A session's return is `close / (close − net change) − 1`. The exchange takes the net change from a previous close that it
has adjusted for splits, so an index chained from these returns needs no split list; shares short times close, over the
index, is the position in units of that index. Shares METHOD section 2 with `shortside.book`, and none of its code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from shortside.listings import Flags, Floats, Indexes

LARGEST_DIVIDEND: Final = 0.05
"""A previous close lowered by no more than this part is taken for a cash dividend, and added back: P&L is price only."""
LARGEST_MOVE_OVER_A_GAP: Final = 0.25
"""Over sessions without a price, a move up to this part is the market's; a larger one may be a split."""
_SAME_PRICE: Final = 1e-3
"""Prices are printed in cents, and net changes are rounded with them."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class SecondPath:
    """What the second path makes of every name. T sessions, N names; US dollars."""

    profit: Floats
    """(T, N) P&L of each session; zero in the first."""
    short_interest: Floats
    """(T, N) dollars short at each close."""
    gap: Floats
    """(T, N) the previous close that the net change names over the last close seen, less one; NaN where unknown."""
    is_dividend: Flags
    """(T, N) whether the gap was added back as a cash dividend."""
    is_after_gap: Flags
    """(T, N) whether sessions without a price lie between this close and the last one."""


def second_path(close: Floats, net_change: Floats, shares_short: Floats, settled_at: Indexes) -> SecondPath:
    """Chain every name's dollars short.

    Args:
        close: (T, N) the day's own closes, USD; NaN where there was none.
        net_change: (T, N) what the exchange printed beside them, USD.
        shares_short: (K, N) shares as reported at each settlement, on the basis of its day; NaN not reported.
        settled_at: (K,) session index of each settlement, ascending and within the sessions.
    """
    close = np.asarray(close, np.float64)
    last_close, last_row = _last_seen(close)
    before, row_before = _shifted(last_close), np.vstack([np.full((1, close.shape[1]), -1), last_row[:-1]])
    named = close - net_change
    with np.errstate(invalid="ignore", divide="ignore"):
        gap = named / before - 1.0
        is_after_gap = np.isfinite(close) & (row_before >= 0) & (np.arange(len(close))[:, None] - row_before > 1)
        is_dividend = (gap < -_SAME_PRICE) & (gap >= -LARGEST_DIVIDEND) & ~is_after_gap
        is_move = is_after_gap & (np.abs(gap) <= LARGEST_MOVE_OVER_A_GAP)
        is_rounding = np.abs(gap) <= _SAME_PRICE
        base = np.where(is_dividend | is_move | is_rounding | ~(named > 0), before, named)
        ratio = np.where(np.isfinite(close) & (base > 0), close / base, 1.0)
    index = np.cumprod(ratio, axis=0)
    units = _units(last_close, index, shares_short, settled_at)
    dollars = units * index
    profit = np.zeros(close.shape)
    profit[1:] = -dollars[:-1] * (ratio[1:] - 1.0)
    return SecondPath(
        profit=profit, short_interest=dollars, gap=gap, is_dividend=is_dividend, is_after_gap=is_after_gap
    )


def _last_seen(close: Floats) -> tuple[Floats, Indexes]:
    """(T, N) the last close up to each session, NaN before the first, and the session it is of, −1 before."""
    row = np.where(np.isfinite(close), np.arange(len(close))[:, None], -1)
    row = np.maximum.accumulate(row, axis=0)
    seen = np.take_along_axis(close, np.maximum(row, 0), axis=0)
    return np.where(row >= 0, seen, np.nan), row


def _shifted(values: Floats) -> Floats:
    return np.vstack([np.full((1, values.shape[1]), np.nan), values[:-1]])


def _units(close: Floats, index: Floats, shares_short: Floats, settled_at: Indexes) -> Floats:
    """(T, N) positions in units of the index: a straight line between reports, held after the last."""
    total, names = close.shape
    units = np.zeros((total, names))
    days = np.arange(total)
    at_settlement = shares_short * close[settled_at] / index[settled_at]
    # A report from before the first price is worth what the shares cost at that price.
    first = np.isfinite(close).argmax(axis=0)
    columns = np.arange(names)
    at_first = shares_short * (close[first, columns] / index[first, columns])
    priced = np.isfinite(close).any(axis=0)
    at_settlement = np.where(np.isfinite(at_settlement), at_settlement, np.where(priced, at_first, np.nan))
    for column in range(names):
        known = np.flatnonzero(np.isfinite(at_settlement[:, column]))
        if len(known):
            knots = settled_at[known]
            line = np.interp(days, knots, at_settlement[known, column])
            begin = max(int(knots[0]), int(first[column]))
            units[begin:, column] = line[begin:]
    return units
