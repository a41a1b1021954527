"""Restating prices, volumes, share counts and short positions on the split basis of one session."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from shortside.arrays.ranked_values import distinct
from shortside.listings import Dates, Flags, Floats, Indexes, Listings, Splits

_SAME_COUNT = 1.3
"""Two share counts within this factor are the same count: issuance moves less in the weeks a split lags."""

_SAME_STEP = 1.05
"""How far a change of the count ahead of a split may be from its ratio."""
_LONGEST_LEAD = 40
"""Sessions ahead of a split in which a change of the count by its ratio belongs to it."""
_LONGEST_WAIT = 40
"""Sessions after a split for which a count nobody has corrected yet is waited for."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class RestatedListings:
    """Listings on the basis of the last session kept. Same shapes as in `Listings`."""

    close: Floats
    volume: Floats
    """Of the sessions asked for alone, where somebody asked for the last few of them."""
    shares_outstanding: Floats
    shares_short: Floats
    shares_short_previous: Floats
    reported_volume: Floats
    float_shares: Floats
    applied: int
    """How many splits fell inside the sessions and settlements kept."""


def restate(listings: Listings, volume_sessions: int | None = None) -> RestatedListings:
    """Every figure on the basis of `listings.sessions[-1]`. Dollars do not change; shares and prices do.

    A split with ex-date d divides the shares dated before d and multiplies the prices before d by `price_factor`.
    Positions settled on or after a split that lies beyond the last session (known only in hindsight) are brought back.
    Nasdaq's short-interest schedule: positions of stocks split on or before the settlement date are post-split.

    Args:
        listings: as published.
        volume_sessions: of how many of the last sessions volumes are asked for; None for all.
    """
    begun = 0 if volume_sessions is None else max(len(listings.sessions) - volume_sessions, 0)
    close = listings.close.copy()
    volume = listings.volume[begun:].copy()
    outstanding = listings.shares_outstanding.copy()
    short = listings.shares_short.copy()
    previous = listings.shares_short_previous.copy()
    reported_volume = listings.reported_volume.copy()
    float_shares = listings.float_shares.copy()
    last = listings.sessions[-1]
    events = listings.splits
    split = distinct(events.column)
    # The few names that split, each with its sessions side by side: so they are gone through several times as fast.
    closes, volumes, counts = (np.ascontiguousarray(values[:, split].T) for values in (close, volume, outstanding))
    places = np.searchsorted(split, events.column)
    _put_on_one_lag(counts, places, listings)
    rows, settled_at = (np.searchsorted(days, events.ex_date) for days in (listings.sessions, listings.settlements))
    is_past, is_after_float = events.ex_date <= last, listings.float_as_of < events.ex_date
    shorts, previouses, reporteds = (
        np.ascontiguousarray(one[:, split].T) for one in (short, previous, reported_volume)
    )
    # A factor is float64 and stays it, so that products of float32 are so on the way. What is not to be changed is
    # multiplied by one.
    for batch in _batches(places):
        at, row, settled = places[batch], rows[batch, None], settled_at[batch, None]
        factor, past = events.price_factor[batch, None], is_past[batch, None]
        closes[at] *= np.where(past & (np.arange(closes.shape[1]) < row), factor, 1.0)
        volumes[at] /= np.where(past & (np.arange(volumes.shape[1]) < row - begun), factor, 1.0)
        counts[at] /= np.where(past & (np.arange(counts.shape[1]) < row), factor, 1.0)
        for table, first in ((shorts, settled), (previouses, settled + 1), (reporteds, settled)):
            # The row after a split still prints the old basis as the position before.
            days = np.arange(table.shape[1])
            table[at] /= np.where(past & (days < first), factor, 1.0)
            table[at] *= np.where(~past & (days >= first), factor, 1.0)
        of_float = batch[is_past[batch] & is_after_float[batch]]
        float_shares[events.column[of_float]] /= events.price_factor[of_float]
    short[:, split], previous[:, split], reported_volume[:, split] = shorts.T, previouses.T, reporteds.T
    close[:, split], volume[:, split], outstanding[:, split] = closes.T, volumes.T, counts.T
    return RestatedListings(
        close=close,
        volume=volume,
        shares_outstanding=outstanding,
        shares_short=short,
        shares_short_previous=previous,
        reported_volume=reported_volume,
        float_shares=float_shares,
        applied=int(np.count_nonzero(events.ex_date <= last)),
    )


def _batches(places: Indexes) -> Iterator[Indexes]:
    """Events in rounds, in their order: of each name one in every round, as long as it has any."""
    order = np.argsort(places, kind="stable")
    begins = np.searchsorted(places[order], places[order])
    turn = np.empty(len(places), np.int64)
    turn[order] = np.arange(len(places)) - begins
    for number in range(int(turn.max(initial=-1)) + 1):
        yield np.flatnonzero(turn == number)


def _put_on_one_lag(counts_of: Floats, places: Indexes, listings: Listings) -> None:
    """Undo each split's lag or lead in share counts: old shares before the ex-date, new ones from it on.

    Args:
        counts_of: (C, T) the counts of the names that split, changed in place.
        places: (E,) the row in it of each split.
        listings: with the splits and the sessions.
    """
    events = listings.splits
    session_of = np.searchsorted(listings.sessions, events.ex_date)
    rows = session_of.tolist()
    may_lead, may_be_off = _may_be_off(counts_of, places, session_of, listings)
    # In order of time: a name that splits twice has the first one undone before the second is judged.
    order = np.argsort(events.ex_date, kind="stable")
    for event in order[may_be_off[order]].tolist():
        row = rows[event]
        factor = float(events.price_factor[event])
        counts = counts_of[places[event]]
        early = _changed_ahead(counts, row, factor) if may_lead[event] else None
        if early is not None:
            ahead = counts[early:row]
            ahead[_is_same_count(ahead, float(counts[early]))] *= factor
            continue
        before = _count_before(counts, events, event, row)
        corrected = _corrected_row(listings.sessions, counts, events, event, row, before)
        lagging = counts[row:corrected]
        # Only a count that still looks like the old one is on the old basis.
        old = _is_same_count(lagging, before)
        lagging[old] /= factor


def _may_be_off(counts_of: Floats, places: Indexes, rows: Indexes, listings: Listings) -> tuple[Flags, Flags]:
    """(E,) whether a split's share counts may lead it, and (E,) whether they may lead it or lag it.

    They lead none where no count ahead of it changed as far as that, and lag none besides where the source says that it
    followed on the day.
    """
    events, total = listings.splits, len(listings.sessions)
    at = rows[:, None] - _LONGEST_LEAD + np.arange(_LONGEST_LEAD)
    ahead = counts_of[places[:, None], np.clip(at, 0, total - 1)].astype(np.float64)
    is_known = (at >= 0) & np.isfinite(ahead) & (ahead > 0)
    most, least = (
        reduced.reduce(ahead, axis=1, where=is_known, initial=start)
        for reduced, start in ((np.maximum, 0.0), (np.minimum, np.inf))
    )
    # A step is at least a quarter less than the split, in logarithms; no two counts are further apart than the outer.
    with np.errstate(divide="ignore"):
        is_still = np.log(most / least) < 0.7 * np.abs(np.log(events.price_factor))
    # Of a name that splits twice the counts are changed on the way.
    is_still &= np.bincount(places, minlength=len(counts_of))[places] == 1
    stated = events.shares_corrected_on
    followed = ~np.isnat(stated) & (np.searchsorted(listings.sessions, stated) <= rows)
    is_inside = rows < total
    return is_inside & ~is_still, is_inside & ~(is_still & followed)


def _changed_ahead(counts: Floats, row: int, factor: float) -> int | None:
    """The session before an ex-date from which the printed count was on the new basis already; None if it was not.

    Sources print the new count up to weeks ahead (LRCX in 2024); undone as a lag, it would be ten times too large.
    """
    begun = max(row - _LONGEST_LEAD, 0)
    ahead = counts[begun:row]
    known = begun + np.flatnonzero(np.isfinite(ahead) & (ahead > 0))
    if len(known) < 2:
        return None
    steps = counts[known[:-1]].astype(np.float64) / counts[known[1:]].astype(np.float64)
    jumps = np.flatnonzero(np.abs(np.log(steps / factor)) < min(np.log(_SAME_STEP), abs(np.log(factor)) / 4))
    if not len(jumps):
        return None
    first = int(known[jumps[-1] + 1])
    # One that had gone back by the ex-date was a slip, and a lag may follow it.
    return first if bool(_is_same_count(counts[known[-1:]], float(counts[first]))[0]) else None


def _corrected_row(sessions: Dates, counts: Floats, events: Splits, event: int, row: int, before: float) -> int:
    """First session index whose printed share count is on the new basis; no lag where the source never got there.

    Within some weeks of the last session the source may yet get there, and until then the old count lags.
    """
    stated = events.shares_corrected_on[event]
    if not np.isnat(stated):
        return int(np.searchsorted(sessions, stated))
    reached = np.flatnonzero(_is_same_count(counts[row:], before / float(events.price_factor[event])))
    if len(reached):
        return row + int(reached[0])
    # After a reverse split the old count makes a giant of a penny stock, for long (KALA in 2023); whether the new one
    # had been there before is known where the sessions ahead of the split are in view.
    is_waited_for = len(sessions) - row <= _LONGEST_WAIT or (events.price_factor[event] > 1 and row > _LONGEST_LEAD)
    return len(sessions) if is_waited_for else row


def _count_before(counts: Floats, events: Splits, event: int, row: int) -> float:
    """The share count printed before the split: the event's own, else the last one seen in the series."""
    if np.isfinite(events.shares_before[event]):
        return float(events.shares_before[event])
    seen = counts[:row][np.isfinite(counts[:row])]
    return float(seen[-1]) if len(seen) else float("nan")


def _is_same_count(counts: Floats, target: float) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    with np.errstate(invalid="ignore"):
        return (counts < target * _SAME_COUNT) & (counts > target / _SAME_COUNT)
