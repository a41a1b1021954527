"""Finds splits that no list of splits holds: FINRA flags the cycle, and a second witness tells day and ratio.

The better one is the previous close. The screener's net change is against the official one, which is adjusted for
splits and dividends. Where (close − net change) / previous close is a plain ratio on exactly one of the cycle's
sessions, that session is the ex-date. Across a session that is missing from the data that ratio holds the missing
return too: no proof. There the share count may speak: it changed by a plain ratio within days of the one leap the price
made, and about as far. Without the flag a plain ratio may be chance, without a ratio the day is unknown.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from shortside.arrays.ranked_values import distinct
from shortside.corporate_actions.night_steps import places_of
from shortside.corporate_actions.plain_ratios import are_possible, plain_ratios
from shortside.corporate_actions.split_witnesses import COUNT_DELAY_SESSIONS, LARGEST_RETURN, Witnesses
from shortside.listings import Indexes, Listings

FLAGGED_COUNT_TOLERANCE: Final = 0.005
"""How far a change of the share count may be from a plain ratio where FINRA's flag speaks for a split already."""


def with_missed_splits(listings: Listings, witnesses: Witnesses | None = None) -> Listings:
    """The listings with the splits that flags and net changes prove, and a note that names them.

    Args:
        listings: with the splits that are listed; without net changes only the share count is heard.
        witnesses: of the same prices, counts, net changes and positions, where somebody has them already.
    """
    rows, columns = places_of(listings.split_flag & ~_listed(listings))
    if not len(rows):
        return listings
    asked = distinct(columns)
    told = _told_by_net_changes(witnesses or Witnesses(listings), asked)
    found: dict[int, tuple[int, np.datetime64, float]] = {}
    cycles: dict[int, tuple[int, np.datetime64, np.datetime64]] = {}
    for at, (row, column) in enumerate(zip(rows.tolist(), columns.tolist(), strict=True)):
        first = listings.settlements[row - 1] if row else listings.settlements[row] - np.timedelta64(16, "D")
        until = listings.settlements[row]
        named = [event for event in told[column] if first < event[0] <= until]
        if len(named) == 1:
            ((day, ratio),) = named
            found[at] = column, day, ratio
        else:
            # Two in a cycle: one of them is chance, and nobody says which.
            cycles[at] = column, first, until
    found |= _counted(listings, cycles)
    if not found:
        return listings
    events = [found[at] for at in sorted(found)]
    names = ", ".join(f"{listings.symbols[column]} {day} ({factor:g})" for column, day, factor in events)
    seen_by = "FINRA's flag and the previous close or the share count"
    note = f"{len(events)} splits that no list holds, told by {seen_by}: {names}"
    return replace(listings, splits=listings.splits.with_found(events), notes=(*listings.notes, note))


def _listed(listings: Listings) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """(K, N) whether a listed split that can be falls after the previous settlement and on or before this one."""
    known = np.zeros(listings.split_flag.shape, bool)
    events = listings.splits
    rows = np.searchsorted(listings.settlements, events.ex_date)
    inside = are_possible(events.price_factor) & (rows < len(listings.settlements))
    known[rows[inside], events.column[inside]] = True
    return known


def _told_by_net_changes(witnesses: Witnesses, asked: Indexes) -> dict[int, list[tuple[np.datetime64, float]]]:
    """By column, the sessions whose previous close was adjusted by a plain ratio, with that ratio; of some names."""
    told: dict[int, list[tuple[np.datetime64, float]]] = {column: [] for column in asked.tolist()}
    for (column, row), ratio in witnesses.net_changes.items():
        if column in told:
            told[column].append((witnesses.listings.sessions[row], ratio))
    return told


def _counted(
    listings: Listings, cycles: dict[int, tuple[int, np.datetime64, np.datetime64]]
) -> dict[int, tuple[int, np.datetime64, float]]:
    """The session of a cycle's largest leap, where the share count made the same one by a plain ratio.

    Args:
        listings: with the sessions.
        cycles: a name, the settlement before and the settlement of each.
    """
    if not cycles:
        return {}
    asked = distinct(np.array([column for column, _, _ in cycles.values()], np.int64))
    # The few names asked for, each with its sessions side by side.
    closes, counts = (
        np.ascontiguousarray(table.take(asked, axis=1).T) for table in (listings.close, listings.shares_outstanding)
    )
    is_known = np.isfinite(closes) & np.isfinite(counts)
    flat = np.flatnonzero(is_known)
    rows = flat % len(listings.sessions)
    starts = np.append(0, np.cumsum(np.count_nonzero(is_known, axis=1)))
    with np.errstate(invalid="ignore", divide="ignore"):
        # What stands between two names is asked for by nobody.
        all_leaps, all_growth = (np.diff(np.log(table.ravel()[flat].astype(np.float64))) for table in (closes, counts))
    leapt: dict[int, tuple[int, float]] = {}
    factors: dict[int, float] = {}
    for at, (column, after, until) in cycles.items():
        place = int(np.searchsorted(asked, column))
        start, stop = starts[place : place + 2].tolist()
        ends = np.searchsorted(listings.sessions[rows[start:stop]], np.array([after, until]), "right").tolist()
        leaps, growth = (changes[start : max(stop - 1, start)] for changes in (all_leaps, all_growth))
        # A change from one session to the next stands where the next one does, less one.
        first = max(ends[0] - 1, 0)
        inside = leaps[first : ends[1] - 1]
        if len(inside):
            leap = first + int(np.abs(inside).argmax())
            nearby = growth[max(leap - COUNT_DELAY_SESSIONS, 0) : leap + COUNT_DELAY_SESSIONS + 1]
            factors[at] = float(np.exp(-nearby[np.abs(nearby).argmax()]))
            leapt[at] = int(rows[start + leap + 1]), float(leaps[leap])
    ratios = plain_ratios(np.array(list(factors.values())))
    found = {}
    for (at, factor), ratio in zip(factors.items(), ratios.tolist(), strict=True):
        row, leap = leapt[at]
        is_same = abs(factor / ratio - 1) <= FLAGGED_COUNT_TOLERANCE
        if is_same and abs(leap - np.log(ratio)) < np.log(LARGEST_RETURN):
            found[at] = cycles[at][0], listings.sessions[row], ratio
    return found
