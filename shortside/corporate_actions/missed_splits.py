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

from shortside.corporate_actions.night_steps import places_of
from shortside.corporate_actions.plain_ratios import is_possible, plain_ratio
from shortside.corporate_actions.split_witnesses import COUNT_DELAY_SESSIONS, LARGEST_RETURN, Witnesses
from shortside.listings import Floats, Listings
from shortside.ranked_values import distinct

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
    told = _told_by_net_changes(witnesses or Witnesses(listings))
    found: list[tuple[int, np.datetime64, float]] = []
    asked = distinct(columns)
    place = {column: at for at, column in enumerate(asked.tolist())}
    # The few names asked for, each with its sessions side by side.
    closes, counts = (
        np.ascontiguousarray(table.take(asked, axis=1).T) for table in (listings.close, listings.shares_outstanding)
    )
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        first = listings.settlements[row - 1] if row else listings.settlements[row] - np.timedelta64(16, "D")
        until = listings.settlements[row]
        events = [(day, ratio) for day, ratio in told.get(column, ()) if first < day <= until]
        # Two in a cycle: one of them is chance, and nobody says which.
        event = events[0] if len(events) == 1 else _counted(listings, place[column], first, until, closes, counts)
        if event is not None:
            found.append((column, *event))
    if not found:
        return listings
    names = ", ".join(f"{listings.symbols[column]} {day} ({factor:g})" for column, day, factor in found)
    seen_by = "FINRA's flag and the previous close or the share count"
    note = f"{len(found)} splits that no list holds, told by {seen_by}: {names}"
    return replace(listings, splits=listings.splits.with_found(found), notes=(*listings.notes, note))


def _listed(listings: Listings) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """(K, N) whether a listed split that can be falls after the previous settlement and on or before this one."""
    known = np.zeros(listings.split_flag.shape, bool)
    events = listings.splits
    rows = np.searchsorted(listings.settlements, events.ex_date)
    can_be = np.array([is_possible(factor) for factor in events.price_factor.tolist()], bool)
    inside = can_be & (rows < len(listings.settlements))
    known[rows[inside], events.column[inside]] = True
    return known


def _told_by_net_changes(witnesses: Witnesses) -> dict[int, list[tuple[np.datetime64, float]]]:
    """By column, the sessions whose previous close was adjusted by a plain ratio, with that ratio."""
    told: dict[int, list[tuple[np.datetime64, float]]] = {}
    for (column, row), ratio in witnesses.net_changes.items():
        told.setdefault(column, []).append((witnesses.listings.sessions[row], ratio))
    return told


def _counted(
    listings: Listings, place: int, after: np.datetime64, until: np.datetime64, closes: Floats, counts_of: Floats
) -> tuple[np.datetime64, float] | None:
    """The session of a cycle's largest leap, if the share count made the same one by a plain ratio.

    Args:
        listings: with the sessions.
        place: which of some names.
        after: the settlement before.
        until: the settlement.
        closes: (n, T) the closes of some names.
        counts_of: (n, T) their share counts.
    """
    rows = np.flatnonzero(np.isfinite(closes[place]) & np.isfinite(counts_of[place]))
    days = listings.sessions[rows]
    first, last = (int(place) for place in np.searchsorted(days, [after, until], "right"))
    leaps = np.diff(np.log(closes[place, rows].astype(np.float64)))
    counts = -np.diff(np.log(counts_of[place, rows].astype(np.float64)))
    # A change from one session to the next stands where the next one does, less one.
    inside = leaps[max(first - 1, 0) : last - 1]
    if not len(inside):
        return None
    leapt = max(first - 1, 0) + int(np.abs(inside).argmax())
    nearby = counts[max(leapt - COUNT_DELAY_SESSIONS, 0) : leapt + COUNT_DELAY_SESSIONS + 1]
    factor = float(np.exp(nearby[np.abs(nearby).argmax()]))
    ratio = plain_ratio(factor)
    if ratio is None or abs(factor / ratio - 1) > FLAGGED_COUNT_TOLERANCE:
        return None
    return (days[leapt + 1], ratio) if abs(leaps[leapt] - np.log(ratio)) < np.log(LARGEST_RETURN) else None
