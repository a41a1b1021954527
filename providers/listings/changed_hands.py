"""Runs what parts and joins names over those names alone that are parted or joined, or judged beside one that is.

Most of a market's tables need not be copied for each of the steps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

import numpy as np

from providers.listings.reused_symbols import tenancies_of
from providers.listings.short_interest import Issuers
from providers.listings.suspected_names import Holes, suspected_names
from shortside.listing_parts import BY_NAME, BY_SESSION, BY_SETTLEMENT, of_names
from shortside.listings import Floats, Indexes, Listings
from shortside.prices.priced_spans import PricedSpans
from shortside.symbol_changes import SymbolChanges

Change = Callable[[Listings, Issuers, dict[int, int]], Listings]
"""Parts and joins names: what is parted stands after all others, and the others stay in their order. It is told what
`providers.listings.reused_symbols.tenancies_of` finds in the listings."""


class Tables(Protocol):
    """Cuts the tables by session, float32, each by its name, such as `close`."""

    def of(self, table: str, columns: Indexes) -> Floats:
        """(T, n) one of them, a new one, of some names."""

    def figures(self, table: str, rows: Indexes, columns: Indexes) -> Floats:
        """(n,) figures of one of them, each of a session and a name."""

    def together(self, table: str, origins: Indexes, others: Floats) -> Floats:
        """(T, n) one of them, of some names and of others that are none of them.

        Args:
            table: the name.
            origins: (n,) which name each is; −1 of one of the others.
            others: (T, m) the table of the others, in their order.
        """


@dataclass(frozen=True, eq=False, slots=True)
class ChangedListings:
    """Listings whose names were parted and joined."""

    listings: Listings
    origins: Indexes
    """(N,) the name, among those before, whose tables by session each has as they were; −1 where they were changed."""


def changed_where_needed(
    listings: Listings, tables: Tables, issuers: Issuers, spans: PricedSpans, holes: Holes, change: Change
) -> ChangedListings:
    """What a change makes of the listings, made of those names only that it can concern.

    Args:
        listings: with the blank tables of `blank_tables`.
        tables: cuts the tables by session.
        issuers: whom each report was of.
        spans: when each name was priced.
        holes: tells the longest holes in the prices of some names.
        change: made of some names, it is to make of them what it makes of them among all.
    """

    def tenancies(columns: Indexes) -> dict[int, int]:
        judged = replace(of_names(listings, columns), close=tables.of("close", columns))
        return {int(columns[column]): row for column, row in tenancies_of(judged).items()}

    some, parted = suspected_names(listings, issuers, spans, partial(tables.figures, "close"), holes, tenancies)
    cut: dict[str, Any] = {name: tables.of(name, some) for name in BY_SESSION}
    part = replace(of_names(listings, some), **cut)
    first_sessions = {int(np.searchsorted(some, column)): row for column, row in parted.items()}
    changed = change(part, Issuers(codes=issuers.codes.take(some, axis=1)), first_sessions)
    if changed is part:
        everyone = np.arange(len(listings.symbols))
        nobody = cut["close"][:, :0]
        whole: dict[str, Any] = {name: tables.together(name, everyone, nobody) for name in BY_SESSION}
        return ChangedListings(replace(listings, **whole), everyone)
    return _put_back(listings, tables, some, part, changed)


def _put_back(whole: Listings, tables: Tables, some: Indexes, part: Listings, changed: Listings) -> ChangedListings:
    """The whole listings with some names as a change left them."""
    before = dict(zip(part.symbols.tolist(), some.tolist(), strict=True))
    stood = np.array([before.get(symbol, -1) for symbol in changed.symbols.tolist()], np.int64)
    is_gone = np.zeros(len(whole.symbols), bool)
    is_gone[some] = True
    is_gone[stood[stood >= 0]] = False
    kept = np.flatnonzero(~is_gone)
    place = np.full(len(whole.symbols), -1)
    place[kept] = np.arange(len(kept))
    width = len(kept) + int(np.count_nonzero(stood < 0))
    at = np.where(stood >= 0, place[stood], 0)
    at[stood < 0] = np.arange(len(kept), width)

    # Of the names that were looked at, most are as they were.
    is_touched = stood < 0
    places = np.full(len(whole.symbols), -1)
    places[some] = np.arange(len(some))
    as_before = places[stood]
    for name in BY_SESSION:
        before_it, after = getattr(part, name).take(as_before, axis=1), getattr(changed, name)
        is_touched |= (before_it.view(np.int32) != after.view(np.int32)).any(axis=0)
    touched = np.flatnonzero(is_touched)
    touched = touched[np.argsort(at[touched])]
    # A name that stands after all others is put there in place of any other's.
    source = np.append(kept, np.zeros(width - len(kept), np.int64))

    def put(table: Any, theirs: Any) -> Any:
        together = table.take(source, axis=-1)
        together[..., at] = theirs
        return together

    def owned(columns: Indexes, theirs: Indexes) -> Indexes:
        # Neither parting nor joining changes the order of events, nor how many there are.
        owners = place[columns]
        owners[places[columns] >= 0] = at[theirs]
        return owners

    origins = source.copy()
    origins[at[touched]] = -1
    fields: dict[str, Any] = {
        name: tables.together(name, origins, getattr(changed, name).take(touched, axis=1)) for name in BY_SESSION
    }
    fields |= {name: put(getattr(whole, name), getattr(changed, name)) for name in (*BY_NAME, *BY_SETTLEMENT)}
    changes, theirs = whole.net_changes, changed.net_changes
    put_together = replace(
        changed,
        **fields,
        splits=replace(whole.splits, column=owned(whole.splits.column, changed.splits.column)),
        net_changes=None
        if changes is None or theirs is None
        else replace(changes, column=owned(changes.column, theirs.column)),
        borrow=_borrow(whole, changed, put),
        lending=_lending(whole, changed, put),
        symbol_changes=_symbols(whole, changed, np.where(places >= 0, -1, place), at),
    )
    return ChangedListings(put_together, origins)


def _borrow(whole: Listings, changed: Listings, put: Callable[[Any, Any], Any]) -> Any:
    ours, theirs = whole.borrow, changed.borrow
    if ours is None or theirs is None:
        return None
    day, week = (
        None if one is None or other is None else put(one, other)
        for one, other in ((ours.fee_day_ago, theirs.fee_day_ago), (ours.fee_week_ago, theirs.fee_week_ago))
    )
    fee, available, is_capped = (
        put(getattr(ours, name), getattr(theirs, name)) for name in ("fee", "available", "is_capped")
    )
    return replace(ours, fee=fee, available=available, is_capped=is_capped, fee_day_ago=day, fee_week_ago=week)


def _lending(whole: Listings, changed: Listings, put: Callable[[Any, Any], Any]) -> Any:
    ours, theirs = whole.lending, changed.lending
    if ours is None or theirs is None:
        return None
    return replace(ours, is_lent=put(ours.is_lent, theirs.is_lent), is_easy=put(ours.is_easy, theirs.is_easy))


def _symbols(whole: Listings, changed: Listings, others: Indexes, at: Indexes) -> SymbolChanges | None:
    """The changes of ticker of the names that nothing was done to, and of the others."""
    ours, theirs = whole.symbol_changes, changed.symbol_changes
    if theirs is None:
        return ours if ours is None else ours.moved(others)
    return theirs.moved(at) if ours is None else ours.moved(others).and_also(theirs.moved(at))
