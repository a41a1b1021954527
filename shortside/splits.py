"""Restating prices, volumes, share counts and short positions on the split basis of one session."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shortside.listings import Dates, Floats, Listings, Splits

_SAME_COUNT = 1.3
"""Two share counts within this factor are the same count: issuance moves less in the weeks a split lags."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Restated:
    """Listings on the basis of the last session kept. Same shapes as in `Listings`."""

    close: Floats
    volume: Floats
    shares_outstanding: Floats
    shares_short: Floats
    shares_short_previous: Floats
    reported_volume: Floats
    float_shares: Floats
    applied: int
    """How many splits fell inside the sessions and settlements kept."""


def restate(listings: Listings) -> Restated:
    """Every figure on the basis of `listings.sessions[-1]`. Dollars do not change; shares and prices do.

    A split with ex-date d divides the shares dated before d and multiplies the prices before d by `price_factor`.
    Positions settled on or after a split that lies beyond the last session (known only in hindsight) are brought back.
    Nasdaq's short-interest schedule: positions of stocks split on or before the settlement date are post-split.
    """
    close = listings.close.copy()
    volume = listings.volume.copy()
    outstanding = _on_one_lag(listings)
    short = listings.shares_short.copy()
    previous = listings.shares_short_previous.copy()
    reported_volume = listings.reported_volume.copy()
    float_shares = listings.float_shares.copy()
    last = listings.sessions[-1]
    events = listings.splits
    for column, ex_date, factor in zip(events.column, events.ex_date, events.price_factor, strict=True):
        settled = int(np.searchsorted(listings.settlements, ex_date))
        if ex_date <= last:
            row = int(np.searchsorted(listings.sessions, ex_date))
            close[:row, column] *= factor
            volume[:row, column] /= factor
            outstanding[:row, column] /= factor
            short[:settled, column] /= factor
            previous[: settled + 1, column] /= factor  # the row after a split still prints the old basis
            reported_volume[:settled, column] /= factor
            if listings.float_as_of < ex_date:
                float_shares[column] /= factor
        else:
            short[settled:, column] *= factor
            previous[settled + 1 :, column] *= factor
            reported_volume[settled:, column] *= factor
    return Restated(
        close=close,
        volume=volume,
        shares_outstanding=outstanding,
        shares_short=short,
        shares_short_previous=previous,
        reported_volume=reported_volume,
        float_shares=float_shares,
        applied=int(np.count_nonzero(events.ex_date <= last)),
    )


def _on_one_lag(listings: Listings) -> Floats:
    """Share counts with each split's lag undone: from the ex-date on, the count is on the new basis."""
    outstanding = listings.shares_outstanding.copy()
    events = listings.splits
    for event in range(len(events.column)):
        column, row = int(events.column[event]), int(np.searchsorted(listings.sessions, events.ex_date[event]))
        if row >= len(listings.sessions):
            continue
        corrected = _corrected_row(listings.sessions, outstanding[:, column], events, event, row)
        lagging = outstanding[row:corrected, column]
        before = _count_before(outstanding[:, column], events, event, row)
        factor = float(events.price_factor[event])
        # Only a count that still looks like the old one is on the old basis; some sources corrected ahead of the split.
        old = _is_same_count(lagging, before)
        lagging[old] /= factor
    return outstanding


def _corrected_row(sessions: Dates, counts: Floats, events: Splits, event: int, row: int) -> int:
    """First session index whose printed share count is on the new basis; the end where the source never got there."""
    stated = events.shares_corrected_on[event]
    if not np.isnat(stated):
        return int(np.searchsorted(sessions, stated))
    target = _count_before(counts, events, event, row) / float(events.price_factor[event])
    reached = np.flatnonzero(_is_same_count(counts[row:], target))
    return row + int(reached[0]) if len(reached) else len(sessions)


def _count_before(counts: Floats, events: Splits, event: int, row: int) -> float:
    """The share count printed before the split: the event's own, else the last one seen in the series."""
    if np.isfinite(events.shares_before[event]):
        return float(events.shares_before[event])
    seen = counts[:row][np.isfinite(counts[:row])]
    return float(seen[-1]) if len(seen) else float("nan")


def _is_same_count(counts: Floats, target: float) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    with np.errstate(invalid="ignore"):
        return (counts < target * _SAME_COUNT) & (counts > target / _SAME_COUNT)
