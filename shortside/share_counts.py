"""Share counts that are plainly wrong on single days, judged against their neighbours before they decide a tier."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from shortside.listings import Floats, Indexes

Places = np.ndarray[tuple[int], np.dtype[np.intp]]

_SUSPECT_JUMP = 3.0
"""A day-to-day change beyond this factor, after splits are undone, makes a series worth judging."""
MOST_SHORT = 1.25
"""Shares sold short over shares outstanding beyond which the latter are wrong: GameStop's reached 1.02 in 2020."""
_NEIGHBOURS = 20
"""Sessions on each side whose median judges a count. The longest wrong stretch seen in the source is 11 sessions."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class RepairedCounts:
    """Share counts fit to size a company, and which of them are not the source's own."""

    shares_outstanding: Floats
    """(T, N) wrong days replaced by the median of their neighbours; gaps carried forward, then back."""
    repaired: dict[int, int]
    """Column → number of sessions whose printed count was replaced."""


def repair(shares_outstanding: Floats, shares_short: Floats, settled_at: Indexes) -> RepairedCounts:
    """Replace counts more than threefold off the median of the 20 sessions on either side, then fill the gaps.

    The screener printed market caps in the trillions for single days (WMT 2023-08-02) and 818 day-to-day jumps beyond
    15-fold in two years. A real issuance lasts: the median follows it within ten sessions, and it stays. A count that
    stands for weeks is no company's either where fewer shares would be outstanding than are sold short (KNF, FRBA).

    Args:
        shares_outstanding: (T, N) as printed, on one split basis.
        shares_short: (K, N) on the same basis; NaN where nothing is reported, or may exceed what is outstanding.
        settled_at: (K,) session index of each settlement.
    """
    counts = shares_outstanding.copy()
    # A zero count is the source's blank.
    counts[counts <= 0] = np.nan
    printed_at = np.isfinite(counts)
    _drop_too_few(counts, shares_short, settled_at)
    filled = with_gaps_carried(counts)
    rows, columns = _wrong_days(filled)
    filled[rows, columns] = np.nan
    mended = np.unique(columns)
    filled[:, mended] = with_gaps_carried(filled[:, mended])
    replaced = printed_at & np.isnan(counts)
    replaced[rows, columns] |= printed_at[rows, columns]
    columns = np.nonzero(replaced)[1]
    names, days = np.unique(columns, return_counts=True)
    repaired = dict(zip(names.tolist(), days.tolist(), strict=True))
    return RepairedCounts(shares_outstanding=filled, repaired=repaired)


def _drop_too_few(counts: Floats, shares_short: Floats, settled_at: Indexes) -> None:
    """Blank the counts of each cycle that fall short of the shares sold short at its end, by more than can be."""
    begun = 0
    for short, settled in zip(shares_short, settled_at.tolist(), strict=True):
        cycle = counts[begun : max(settled + 1, begun)]
        cycle[cycle * MOST_SHORT < short] = np.nan
        begun = max(settled + 1, begun)
    if len(shares_short):
        # Until the next settlement nobody knows better than the last one.
        cycle = counts[begun:]
        cycle[cycle * MOST_SHORT < shares_short[-1]] = np.nan


def _wrong_days(filled: Floats) -> tuple[Places, Places]:
    """Sessions and columns of the counts that stand out from their neighbours; only those near a jump are judged."""
    near = np.zeros(filled.shape, bool)
    for row, (earlier, later) in enumerate(itertools.pairwise(filled), 1):
        jumped = np.flatnonzero((later > earlier * _SUSPECT_JUMP) | (earlier > later * _SUSPECT_JUMP))
        near[max(row - _NEIGHBOURS, 0) : row + _NEIGHBOURS, jumped] = True
    suspects = np.flatnonzero(near.any(axis=0))
    beyond = ((_NEIGHBOURS, _NEIGHBOURS), (0, 0))
    padded = np.pad(filled[:, suspects], beyond, mode="reflect" if len(filled) > _NEIGHBOURS else "edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * _NEIGHBOURS + 1, axis=0)
    rows, columns = np.nonzero(near[:, suspects])
    # The middle of an odd number of counts; unknown ones sort last, and a series holds none or nothing else.
    usual = np.partition(windows[rows, columns], _NEIGHBOURS, axis=1)[:, _NEIGHBOURS]
    series = filled[rows, suspects[columns]]
    wrong = (series > usual * _SUSPECT_JUMP) | (series < usual / _SUSPECT_JUMP)
    return rows[wrong], suspects[columns[wrong]]


def with_gaps_carried(values: Floats) -> Floats:
    """(T, N) values with gaps filled forward from the last known row, then backward from the first."""
    out = values.copy()
    for row in range(1, len(out)):
        np.copyto(out[row], out[row - 1], where=np.isnan(out[row]))
    for row in range(len(out) - 2, -1, -1):
        np.copyto(out[row], out[row + 1], where=np.isnan(out[row]))
    return out
