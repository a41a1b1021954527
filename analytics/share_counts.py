"""Share counts that are plainly wrong on single days, judged against their neighbours before they decide a tier."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.listings import Floats

_SUSPECT_JUMP = 3.0
"""A day-to-day change beyond this factor, after splits are undone, makes a series worth judging."""
_NEIGHBOURS = 20
"""Sessions on each side whose median judges a count. The longest wrong stretch seen in the source is 11 sessions."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class RepairedCounts:
    """Share counts fit to size a company, and which of them are not the source's own."""

    shares_outstanding: Floats
    """(T, N) wrong days replaced by the median of their neighbours; gaps carried forward, then back."""
    repaired: dict[int, int]
    """Column → number of sessions whose printed count was replaced."""


def repair(shares_outstanding: Floats) -> RepairedCounts:
    """Replace counts more than threefold off the median of the 20 sessions on either side, then fill the gaps.

    The screener printed market caps in the trillions for single days (WMT 2023-08-02) and 818 day-to-day jumps beyond
    15-fold in two years. A real issuance lasts: the median follows it within ten sessions, and it stays.
    """
    counts = shares_outstanding.copy()
    # A zero count is the source's blank.
    counts[counts <= 0] = np.nan
    filled = _carried(counts)
    repaired: dict[int, int] = {}
    for column in _suspects(filled):
        series = filled[:, column]
        wrong = _wrong_days(series)
        if wrong.any():
            repaired[int(column)] = int(np.count_nonzero(wrong & np.isfinite(counts[:, column])))
            series[wrong] = np.nan
    mended = list(repaired)
    filled[:, mended] = _carried(filled[:, mended])
    return RepairedCounts(shares_outstanding=filled, repaired={c: n for c, n in repaired.items() if n})


def _suspects(filled: Floats) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    found = np.zeros(filled.shape[1], bool)
    for later, earlier in zip(filled[1:], filled[:-1], strict=True):
        found |= (later > earlier * _SUSPECT_JUMP) | (earlier > later * _SUSPECT_JUMP)
    return np.flatnonzero(found)


def _wrong_days(series: Floats) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    padded = np.pad(series.astype(np.float64), _NEIGHBOURS, mode="reflect" if len(series) > _NEIGHBOURS else "edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * _NEIGHBOURS + 1)
    usual = np.median(windows, axis=1)
    with np.errstate(invalid="ignore"):
        return np.asarray((series > usual * _SUSPECT_JUMP) | (series < usual / _SUSPECT_JUMP))


def _carried(values: Floats) -> Floats:
    """Gaps filled forward from the last known row, then backward from the first."""
    out = values.copy()
    for row in range(1, len(out)):
        np.copyto(out[row], out[row - 1], where=np.isnan(out[row]))
    for row in range(len(out) - 2, -1, -1):
        np.copyto(out[row], out[row + 1], where=np.isnan(out[row]))
    return out


carried = _carried
"""Shared with `analytics.market`, which fills prices the same way."""
