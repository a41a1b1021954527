"""P&L of the shorts by net changes: dollars short chained from close to close, with no list of splits.

A session's return is `close / (close − net change) − 1`. The exchange takes the net change from a previous close that
it has adjusted for splits, so an index chained from these returns needs no split list; shares short times close, over
the index, is the position in units of that index. It shares with `shortside.book` the formulas of docs/method.md, and
none of the code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from shortside.listings import Flags, Floats, Indexes

LARGEST_DIVIDEND: Final = 0.05
"""A previous close lowered by at most this part is taken for a cash dividend, and added back: P&L is price only."""
LARGEST_MOVE_OVER_A_GAP: Final = 0.25
"""Over sessions without a price, a move up to this part is the market's; a larger one may be a split."""
LARGEST_CONTRADICTED_RATIO: Final = 0.05
"""Dividends and splits part fewer names than this from their last close; a session with more has the net changes, or
the closes, of another day, and is not heard."""
LARGEST_MISDATED_MOVE: Final = 0.4
"""On a session that is not heard, a previous close further off than this part is a split's all the same."""
LARGEST_SPLIT: Final = 500.0
"""A previous close that is off by more, either way, is a slip of the source and no split."""
_SAME_PRICE: Final = 1e-3
"""Prices are printed in cents, and net changes are rounded with them."""
_CONTRADICTION: Final = 0.005
"""What a previous close must be off to contradict the last one."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class SecondPath:
    """What the second path makes of every name. T sessions, N names; US dollars."""

    profit: Floats
    """(T, N) P&L of each session; zero in the first."""
    short_interest: Floats
    """(T, N) dollars short at each close; held at its last value where a name has no price any more."""
    gap: Floats
    """(T, N) the previous close that the net change names over the last close seen, less one; NaN where unknown."""
    is_followed: Flags
    """(T, N) whether the return was taken from the close that the net change names, and not from the last one seen."""
    is_after_gap: Flags
    """(T, N) whether sessions without a price lie between this close and the last one."""
    is_misdated: Flags
    """(T,) whether the session's net changes contradict so many closes before that they were not heard."""


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
    # A net change as large as the close says that the stock had none before: another's may stand under its symbol.
    is_first = (named <= _SAME_PRICE * close) & np.isfinite(before) & (row_before < np.arange(len(close))[:, None] - 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        gap = np.where(named > 0, named / before - 1.0, np.nan)
    is_after_gap = np.isfinite(close) & (row_before >= 0) & (np.arange(len(close))[:, None] - row_before > 1)
    is_misdated = _misdated(np.where(is_after_gap, np.nan, gap))
    is_followed = _followed(gap, is_after_gap, is_misdated) & ~_repeated(close, net_change)
    base = np.where(is_first, close, np.where(is_followed, named, before))
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio: Floats = np.where(np.isfinite(close) & (base > 0), close / base, 1.0)
    index: Floats = np.cumprod(ratio, axis=0)
    dollars = _units(last_close, index, shares_short, settled_at) * index
    profit = np.zeros(close.shape)
    profit[1:] = -dollars[:-1] * (ratio[1:] - 1.0)
    return SecondPath(
        profit=profit,
        short_interest=dollars,
        gap=gap,
        is_followed=is_followed,
        is_after_gap=is_after_gap,
        is_misdated=is_misdated,
    )


def _misdated(gap: Floats) -> Flags:
    """(T,) whether more names part from their last close than dividends and splits ever do."""
    known = np.isfinite(gap).sum(axis=1)
    with np.errstate(invalid="ignore"):
        parted = (np.abs(gap) > _CONTRADICTION).sum(axis=1)
    # One name in twenty of a handful is no sign of anything.
    return np.asarray(parted > np.maximum(LARGEST_CONTRADICTED_RATIO * known, 2))


def _followed(gap: Floats, is_after_gap: Flags, is_misdated: Flags) -> Flags:
    """(T, N) where the close that a net change names is the one to count from."""
    with np.errstate(invalid="ignore"):
        is_same = np.abs(gap) <= _SAME_PRICE
        is_dividend = (gap < 0) & (gap >= -LARGEST_DIVIDEND) & ~is_after_gap
        is_move = is_after_gap & (np.abs(gap) <= LARGEST_MOVE_OVER_A_GAP)
        is_heard = ~is_misdated[:, None] | (np.abs(np.log1p(gap)) > np.log1p(LARGEST_MISDATED_MOVE))
        is_possible = np.abs(np.log1p(gap)) <= np.log(LARGEST_SPLIT)
    return np.asarray(np.isfinite(gap) & ~is_same & ~is_dividend & ~is_move & is_heard & is_possible)


def _repeated(close: Floats, net_change: Floats) -> Flags:
    """(T, N) where a row is the one of the session before once more: the name did not trade, and nothing changed."""
    is_same = (close[1:] == close[:-1]) & (net_change[1:] == net_change[:-1]) & (net_change[1:] != 0)
    return np.vstack([np.zeros((1, close.shape[1]), bool), is_same])


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
    days, columns = np.arange(total), np.arange(names)
    units = np.zeros((total, names))
    is_priced = np.isfinite(close).any(axis=0)
    first = np.isfinite(close).argmax(axis=0)
    # A report from before the first price is worth what the shares cost at that price.
    settled_rows = np.maximum(settled_at[:, None], first)
    at_settlement = shares_short * close[settled_rows, columns] / index[settled_rows, columns]
    for column in np.flatnonzero(is_priced & np.isfinite(shares_short).any(axis=0)).tolist():
        known = np.flatnonzero(np.isfinite(at_settlement[:, column]))
        begin = max(int(settled_at[known[0]]), int(first[column]))
        line = np.interp(days[begin:], settled_at[known], at_settlement[known, column])
        units[begin:, column] = line
    return units
