"""Parts two securities that one symbol named in turn: FINRA then knows another previous position, or none.

Joined, the leap from the last price of the one to the first of the other would be P&L nobody made. It comes in two
kinds. After weeks without a price: Diebold's old shares left at 0.25 and its new ones came at 20.57; Frank's
International was FI until 2021 at 3.15, and Fiserv is since 2023 at 115.78. Or overnight: Biohaven was bought at
151.80, and what it had spun off went on under its symbol at 8.30. A halted company is reported all the while.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final, TypeVar

import numpy as np

from shortside.corporate_actions.night_steps import places_of
from shortside.corporate_actions.plain_ratios import is_possible
from shortside.listings import EARLIER_TENANT, Dates, Flags, Floats, Indexes, Listings, Texts
from shortside.prices.priced_spans import PricedSpans

Array = TypeVar("Array", Floats, Flags)

GAP_SESSIONS: Final = 20
"""Sessions without a price after which a symbol may name another company."""

LEAST_LEAP: Final = 1.6
"""How far prices must be apart where no position was left; nearer ones are of one company that hardly trades."""
LEAST_OVERNIGHT_LEAP: Final = 1.25
"""How far apart two neighbouring sessions' prices must be; mere new numbers of shares moved none by 1.1 in 2021-23."""
FEWEST_SHARES: Final = 1_000
"""A smaller position may be gone by the next report."""
LONGEST_CYCLE: Final = np.timedelta64(20, "D")
"""Between two settlements; further apart there was one between them that is not here."""


def symbol_on_tape(symbol: str) -> str:
    """What trades wrote for a symbol, an earlier tenant's included: DBD for `DBD~2023-05`."""
    return symbol.partition(EARLIER_TENANT)[0]


def with_tenancies_parted(listings: Listings, found: dict[int, int] | None = None) -> Listings:
    """The listings with the earlier tenant of each such symbol in a column of its own, and a note that names them.

    Args:
        listings: as read.
        found: what `tenancies_of` finds in them, where somebody has it already.
    """
    first_sessions = tenancies_of(listings) if found is None else found
    if not first_sessions:
        return listings
    sentence = f"{_counted(len(first_sessions))} back for another company, or from elsewhere, and parted"
    return parted_at(listings, first_sessions, sentence)


def tenancies_of(listings: Listings) -> dict[int, int]:
    """By column, the session of the later company's first price under a symbol that named two in turn.

    Each name is judged by itself.
    """
    return _after_a_hole(listings) | _overnight(listings)


def parted_at(listings: Listings, first_sessions: dict[int, int], sentence: str) -> Listings:
    """The listings with what some symbols named before a session in columns of their own, after all others.

    Args:
        listings: as read.
        first_sessions: by column, the session index of the later security's first price.
        sentence: what a note says of them, before it names them.
    """
    parted = sorted(first_sessions.items())
    columns = np.array([column for column, _ in parted], np.int64)
    first_rows = np.array([row for _, row in parted], np.int64)
    before = np.arange(len(listings.sessions))[:, None] < first_rows
    settled_before = listings.settlements[:, None] < listings.sessions[first_rows]
    ends = [str(listings.sessions[_last_price(listings, column, row)]) for column, row in parted]

    def daily(table: Floats) -> Floats:
        return _moved(table, columns, before, np.nan)

    def settled(table: Floats) -> Floats:
        return _moved(table, columns, settled_before, np.nan)

    events, changes = listings.splits, listings.net_changes
    place, begun = np.arange(len(listings.symbols)), np.full(len(listings.symbols), np.datetime64("NaT", "D"))
    place[columns] = len(listings.symbols) + np.arange(len(columns))
    begun[columns] = listings.sessions[first_rows]

    def owners(owned: Indexes, days: Dates) -> Indexes:
        # Nothing is before NaT, the beginning of a name that is not parted.
        return np.where(days < begun[owned], place[owned], owned)

    symbols = [
        f"{listings.symbols[column]}{EARLIER_TENANT}{end[:7]}" for (column, _), end in zip(parted, ends, strict=True)
    ]
    words = ", ".join(f"{listings.symbols[column]} until {end}" for (column, _), end in zip(parted, ends, strict=True))
    return replace(
        listings,
        close=daily(listings.close),
        volume=daily(listings.volume),
        shares_outstanding=daily(listings.shares_outstanding),
        shares_short=settled(listings.shares_short),
        shares_short_previous=settled(listings.shares_short_previous),
        reported_volume=settled(listings.reported_volume),
        is_revised=_moved(listings.is_revised, columns, settled_before, False),
        split_flag=_moved(listings.split_flag, columns, settled_before, False),
        symbols=_extended(listings.symbols, symbols),
        names=_extended(listings.names, list(listings.names[columns])),
        exchanges=_extended(listings.exchanges, list(listings.exchanges[columns])),
        sectors=_extended(listings.sectors, list(listings.sectors[columns])),
        industries=_extended(listings.industries, list(listings.industries[columns])),
        countries=_extended(listings.countries, list(listings.countries[columns])),
        float_shares=np.append(listings.float_shares, np.full(len(columns), np.nan)),
        borrow=None
        if listings.borrow is None
        else listings.borrow.spread(lambda values: np.append(values, _nothing(values.dtype, len(columns)))),
        lending=None
        if listings.lending is None
        else replace(
            listings.lending,
            is_lent=np.append(listings.lending.is_lent, np.full(len(columns), np.nan)),
            is_easy=np.append(listings.lending.is_easy, np.full(len(columns), np.nan)),
        ),
        splits=replace(events, column=owners(events.column, events.ex_date)),
        net_changes=None if changes is None else replace(changes, column=owners(changes.column, changes.session)),
        notes=(*listings.notes, f"{sentence}: {words}"),
    )


def _after_a_hole(listings: Listings) -> dict[int, int]:
    """By column, the session of the later company's first price where prices stop for more than `GAP_SESSIONS`.

    Of several such holes the last one counts after which it is another company, as far as FINRA tells.
    """
    priced = np.isfinite(listings.close)
    holed = np.flatnonzero(priced.any(axis=0) & (PricedSpans.of(priced).missing > GAP_SESSIONS))
    if not len(holed) or not len(listings.settlements):
        return {}
    firsts, lasts, places = _holes(priced.take(holed, axis=1))
    columns = holed[places]
    is_another = _are_others(listings, columns, lasts, firsts)
    return dict(zip(columns[is_another].tolist(), firsts[is_another].tolist(), strict=True))


def _holes(priced: Flags) -> tuple[Indexes, Indexes, Indexes]:
    """The long holes between two prices: the session of the first after each, of the last before it, and whose it is.

    They stand session by session.
    """
    rows = np.arange(len(priced), dtype=np.int32)[:, None]
    newest = np.maximum.accumulate(np.where(priced, rows, np.int32(-1)), axis=0)
    is_back = priced[1:] & (newest[:-1] >= 0) & (rows[1:] - newest[:-1] - 1 > GAP_SESSIONS)
    before, columns = places_of(is_back)
    return before + 1, newest[before, columns].astype(np.int64), columns


def _are_others(listings: Listings, columns: Indexes, lasts: Indexes, firsts: Indexes) -> Flags:
    """(E,) whether what came back after each hole is another company, as far as FINRA tells.

    Args:
        listings: with at least one settlement.
        columns: (E,) whose prices stopped.
        lasts: (E,) the session of the last price before each hole.
        firsts: (E,) the session of the first one after it.
    """
    reported = np.isfinite(listings.shares_short.take(columns, axis=1))
    total, settlements = len(reported), np.arange(len(reported))[:, None]
    came_back = listings.sessions[firsts]
    settled = np.searchsorted(listings.settlements, came_back)
    is_later, is_earlier = reported & (settlements >= settled), reported & (settlements < settled)
    has_later, has_earlier = (np.asarray(one.any(axis=0)) for one in (is_later, is_earlier))
    later, earlier = is_later.argmax(axis=0), total - 1 - is_earlier[::-1].argmax(axis=0)
    # What came back is in no report yet, and the last one before has no position: of a halted company it would have
    # one. Until it is in one, the earlier company's position is not its own.
    newest = np.maximum(settled - 1, 0)
    is_within = (settled == total) & (listings.settlements[newest] > listings.sessions[lasts])
    was_given_up = is_within & ~reported[newest, np.arange(len(columns))]
    previous = listings.shares_short_previous[later, columns]
    with np.errstate(invalid="ignore", divide="ignore"):
        leap = (listings.close[firsts, columns] / listings.close[lasts, columns]).astype(np.float64)
        # A unit that hardly trades and is hardly shorted comes back without a previous position, too, at its old price.
        has_begun_anew = (previous == 0) & (np.maximum(leap, 1 / leap) > LEAST_LEAP)
        # FINRA reports all that is short. What this symbol did not report stood under another, or was not listed.
        came_with_a_position = (previous > 0) & (earlier < later - 1)
    is_told_anew = has_earlier & has_later & (has_begun_anew | came_with_a_position)
    return np.asarray(is_told_anew | (has_earlier & ~has_later & was_given_up))


def _overnight(listings: Listings) -> dict[int, int]:
    """The session on which the symbol was another security's, by column, where FINRA forgot the position before."""
    is_forgotten = (listings.shares_short_previous[1:] == 0) & (listings.shares_short[:-1] >= FEWEST_SHARES)
    is_forgotten &= (np.diff(listings.settlements) <= LONGEST_CYCLE)[:, None]
    found: dict[int, int] = {}
    for settlement, column in zip(*(axis.tolist() for axis in np.nonzero(is_forgotten)), strict=True):
        since, until = listings.settlements[settlement : settlement + 2]
        row = _largest_leap(listings, column, since, until)
        if row is not None:
            found[column] = row
    return found


def _largest_leap(listings: Listings, column: int, since: np.datetime64, until: np.datetime64) -> int | None:
    """The session after one day and up to another whose price leapt the most, splits apart; None if none did."""
    rows = np.flatnonzero(np.isfinite(listings.close[:, column]) & (listings.sessions <= until))
    begun = int(np.searchsorted(listings.sessions[rows], since, "right"))
    rows = rows[max(begun - 1, 0) :]
    if len(rows) < 2:
        return None
    leaps = np.log(listings.close[rows[1:], column]) - np.log(listings.close[rows[:-1], column])
    events = listings.splits
    is_ours = events.column == column
    for day, factor in zip(events.ex_date[is_ours], events.price_factor[is_ours], strict=True):
        if is_possible(float(factor)):
            leaps[listings.sessions[rows[1:]] == day] -= np.log(factor)
    largest = int(np.abs(leaps).argmax())
    return int(rows[largest + 1]) if abs(leaps[largest]) > np.log(LEAST_OVERNIGHT_LEAP) else None


def _counted(symbols: int) -> str:
    return "1 symbol came" if symbols == 1 else f"{symbols} symbols came"


def _last_price(listings: Listings, column: int, before: int) -> int:
    return int(np.flatnonzero(np.isfinite(listings.close[:before, column]))[-1])


def _moved(table: Array, columns: Indexes, taken: Flags, blank: float | bool) -> Array:
    """A table with further columns at its right that hold what is taken out of some of its own."""
    width = table.shape[1]
    joined: Array = np.empty((len(table), width + len(columns)), table.dtype)
    joined[:, :width] = table
    theirs = table[:, columns]
    joined[:, columns] = np.where(taken, np.asarray(blank, table.dtype), theirs)
    joined[:, width:] = np.where(taken, theirs, np.asarray(blank, table.dtype))
    return joined


def _extended(texts: Texts, more: list[str]) -> Texts:
    out = np.empty(len(texts) + len(more), object)
    out[: len(texts)] = texts
    out[len(texts) :] = more
    return out


def _nothing(dtype: np.dtype[Any], names: int) -> Flags | Floats:
    """What is said of names that nothing is known of."""
    return np.zeros(names, bool) if dtype.kind == "b" else np.full(names, np.nan, dtype)
