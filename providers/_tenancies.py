"""Parts two companies that one symbol named in turn: prices stop for weeks, and FINRA then knows no previous position.

Joined, the leap from the last price of the one to the first of the other would be P&L nobody made: Diebold's old shares
left at 0.25 and its new ones came at 20.57. A halted company keeps its previous position, and stays one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, TypeVar

import numpy as np

from analytics.listings import Flags, Floats, Indexes, Listings, Texts

Array = TypeVar("Array", Floats, Flags)

HOLE: Final = 20
"""Sessions without a price after which a symbol may name another company."""

LEAP: Final = 1.6
"""How far prices must be apart; nearer ones are taken for one company that hardly trades."""


def with_tenancies_parted(listings: Listings) -> Listings:
    """The listings with the earlier tenant of each such symbol in a column of its own, and a note that names them."""
    parted = [(column, row) for column in _holed(listings) if (row := _new_tenant(listings, column)) is not None]
    if not parted:
        return listings
    columns = np.array([column for column, _ in parted], np.int64)
    first_rows = np.array([row for _, row in parted], np.int64)
    before = np.arange(len(listings.sessions))[:, None] < first_rows
    settled_before = listings.settlements[:, None] < listings.sessions[first_rows]
    ends = [str(listings.sessions[_last_price(listings, column, row)]) for column, row in parted]

    def daily(table: Floats) -> Floats:
        return _moved(table, columns, before, np.nan)

    def settled(table: Floats) -> Floats:
        return _moved(table, columns, settled_before, np.nan)

    events = listings.splits
    place = {int(column): len(listings.symbols) + at for at, column in enumerate(columns.tolist())}
    owners = [
        place[column] if column in place and day < listings.sessions[dict(parted)[column]] else column
        for column, day in zip(events.column.tolist(), events.ex_date, strict=True)
    ]
    symbols = [f"{listings.symbols[column]}~{end[:7]}" for (column, _), end in zip(parted, ends, strict=True)]
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
        symbols=_and(listings.symbols, symbols),
        names=_and(listings.names, list(listings.names[columns])),
        exchanges=_and(listings.exchanges, list(listings.exchanges[columns])),
        sectors=_and(listings.sectors, list(listings.sectors[columns])),
        industries=_and(listings.industries, list(listings.industries[columns])),
        countries=_and(listings.countries, list(listings.countries[columns])),
        float_shares=np.append(listings.float_shares, np.full(len(columns), np.nan)),
        borrow=None
        if listings.borrow is None
        else replace(
            listings.borrow,
            fee=np.append(listings.borrow.fee, np.full(len(columns), np.nan)),
            available=np.append(listings.borrow.available, np.full(len(columns), np.nan)),
            is_capped=np.append(listings.borrow.is_capped, np.zeros(len(columns), bool)),
        ),
        lending=None
        if listings.lending is None
        else replace(
            listings.lending,
            is_lent=np.append(listings.lending.is_lent, np.full(len(columns), np.nan)),
            is_easy=np.append(listings.lending.is_easy, np.full(len(columns), np.nan)),
        ),
        splits=replace(events, column=np.array(owners, np.int64)),
        notes=(*listings.notes, f"{len(parted)} symbols named two companies in turn, which are parted: {words}"),
    )


def _holed(listings: Listings) -> list[int]:
    """Columns whose prices stop for longer than `HOLE` sessions and come back."""
    priced = np.isfinite(listings.close)
    total = len(priced)
    first, last = priced.argmax(axis=0), total - 1 - priced[::-1].argmax(axis=0)
    missing = last - first + 1 - priced.sum(axis=0)
    return [int(column) for column in np.flatnonzero(priced.any(axis=0) & (missing > HOLE))]


def _new_tenant(listings: Listings, column: int) -> int | None:
    """The session of the later company's first price; None if it is the same company, as far as FINRA tells."""
    rows = np.flatnonzero(np.isfinite(listings.close[:, column]))
    gaps = np.flatnonzero(np.diff(rows) > HOLE + 1)
    for gap in gaps[::-1].tolist():
        first = int(rows[gap + 1])
        reported = np.isfinite(listings.shares_short[:, column])
        later = np.flatnonzero(reported & (listings.settlements >= listings.sessions[first]))
        earlier = np.flatnonzero(reported & (listings.settlements < listings.sessions[first]))
        leap = float(listings.close[first, column] / listings.close[rows[gap], column])
        # A unit that hardly trades and is hardly shorted comes back without a previous position, too, at its old price.
        has_leapt = max(leap, 1 / leap) > LEAP
        if has_leapt and len(later) and len(earlier) and listings.shares_short_previous[later[0], column] == 0:
            return first
    return None


def _last_price(listings: Listings, column: int, before: int) -> int:
    return int(np.flatnonzero(np.isfinite(listings.close[:before, column]))[-1])


def _moved(table: Array, columns: Indexes, taken: Flags, blank: float | bool) -> Array:
    """A table with further columns at its right that hold what is taken out of some of its own."""
    moved = np.where(taken, table[:, columns], np.asarray(blank, table.dtype))
    kept = table.copy()
    kept[:, columns] = np.where(taken, np.asarray(blank, table.dtype), table[:, columns])
    joined: Array = np.concatenate([kept, moved], axis=1)
    return joined


def _and(texts: Texts, more: list[str]) -> Texts:
    out = np.empty(len(texts) + len(more), object)
    out[: len(texts)] = texts
    out[len(texts) :] = more
    return out
