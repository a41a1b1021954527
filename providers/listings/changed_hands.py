"""Runs what parts and joins names over those names alone whose symbols can have changed hands: two in five of a year's.

What looks for another company behind a symbol looks at prices that stop or begin, reports that do, issuers' names that
change, and previous closes that are another's. A name of which none of that is so is neither parted nor joined, and
stands in no pair; most of a market's tables need not be copied for each of the steps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import numpy as np

from providers.listings.reused_symbols import FEWEST_SHARES, GAP_SESSIONS
from providers.listings.short_interest import Issuers
from providers.listings.taken_symbols import LEAST_LEAP, LEAST_STRANGE_LEAP
from shortside.listings import Flags, Floats, Indexes, Listings
from shortside.prices.priced_spans import PricedSpans
from shortside.symbol_changes import SymbolChanges

Change = Callable[[Listings, Issuers], Listings]
"""Parts and joins names: what is parted stands after all others, and the others stay in their order."""

Tables = Callable[[str, Indexes], Floats]
"""(T, n) float32, a new one: a table by session by its name, such as `close`, of some names."""

BY_SESSION: Final = ("close", "volume", "shares_outstanding")
BY_SETTLEMENT: Final = ("shares_short", "shares_short_previous", "is_revised", "split_flag", "reported_volume")
BY_NAME: Final = ("symbols", "names", "exchanges", "sectors", "industries", "countries", "float_shares")


def blank_tables(sessions: int, names: int) -> dict[str, Any]:
    """(T, N) tables by session that hold nothing and take no memory, for listings whose own lie elsewhere."""
    return {name: np.broadcast_to(np.float32(np.nan), (sessions, names)) for name in BY_SESSION}


def changed_where_needed(
    listings: Listings, tables: Tables, issuers: Issuers, spans: PricedSpans, change: Change
) -> Listings:
    """What a change makes of the listings, made of those names only that it can concern.

    Args:
        listings: with the blank tables of `blank_tables`.
        tables: cuts the tables by session.
        issuers: whom each report was of.
        spans: when each name was priced.
        change: made of some names, it is to make of them what it makes of them among all.
    """
    some = np.flatnonzero(may_have_changed_hands(listings, issuers, spans))
    cut: dict[str, Any] = {name: tables(name, some) for name in BY_SESSION}
    part = replace(of_names(listings, some), **cut)
    changed = change(part, Issuers(codes=issuers.codes.take(some, axis=1)))
    if changed is part:
        whole: dict[str, Any] = {name: tables(name, np.arange(len(listings.symbols))) for name in BY_SESSION}
        return replace(listings, **whole)
    return _put_back(listings, tables, some, part, changed)


def may_have_changed_hands(listings: Listings, issuers: Issuers, spans: PricedSpans) -> Flags:
    """(N,) whether anything of a name stops, begins or changes that might tell of another company."""
    short, previous, codes = listings.shares_short, listings.shares_short_previous, issuers.codes
    is_reported, is_named = ~np.isnan(short), codes >= 0
    may: Flags = (spans.missing > GAP_SESSIONS) | (spans.last < len(listings.sessions) - 1)
    may |= (is_reported[1:] != is_reported[:-1]).any(axis=0)
    may |= (spans.first > 0) & ~is_reported.any(axis=0)
    may |= ((previous[1:] == 0) & (short[:-1] >= FEWEST_SHARES)).any(axis=0)
    may |= (is_named[1:] & is_named[:-1] & (codes[1:] != codes[:-1])).any(axis=0)
    changes = listings.net_changes
    if changes is not None:
        may[changes.column[np.abs(np.log(changes.ratio)) > np.log(min(LEAST_LEAP, LEAST_STRANGE_LEAP))]] = True
    return may


def of_names(listings: Listings, columns: Indexes) -> Listings:
    """The listings of some names, in their order, with blank tables by session.

    Args:
        listings: of all.
        columns: ascending.
    """
    place = np.full(len(listings.symbols), -1)
    place[columns] = np.arange(len(columns))
    splits, changes, lending = listings.splits, listings.net_changes, listings.lending
    is_split = place[splits.column] >= 0
    fields: dict[str, Any] = {name: getattr(listings, name)[columns] for name in BY_NAME}
    fields |= {name: getattr(listings, name).take(columns, axis=1) for name in BY_SETTLEMENT}
    fields |= blank_tables(len(listings.sessions), len(columns))
    return replace(
        listings,
        **fields,
        splits=replace(
            splits,
            column=place[splits.column[is_split]],
            ex_date=splits.ex_date[is_split],
            price_factor=splits.price_factor[is_split],
            shares_before=splits.shares_before[is_split],
            shares_after=splits.shares_after[is_split],
            shares_corrected_on=splits.shares_corrected_on[is_split],
        ),
        net_changes=None if changes is None else changes.of(place[changes.column] >= 0, place[changes.column]),
        borrow=None if listings.borrow is None else listings.borrow.spread(lambda values: values[columns]),
        lending=None
        if lending is None
        else replace(lending, is_lent=lending.is_lent[columns], is_easy=lending.is_easy[columns]),
        symbol_changes=None if listings.symbol_changes is None else listings.symbol_changes.moved(place),
    )


def _put_back(whole: Listings, tables: Tables, some: Indexes, part: Listings, changed: Listings) -> Listings:
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
    # A name that stands after all others is put there in place of any other's.
    source = np.append(kept, np.zeros(width - len(kept), np.int64))

    def put_by_session(name: str) -> Floats:
        together = tables(name, source)
        together[:, at[touched]] = getattr(changed, name)[:, touched]
        return together

    def put(table: Any, theirs: Any) -> Any:
        together = table.take(source, axis=-1)
        together[..., at] = theirs
        return together

    def owned(columns: Indexes, theirs: Indexes) -> Indexes:
        # Neither parting nor joining changes the order of events, nor how many there are.
        owners = place[columns]
        owners[places[columns] >= 0] = at[theirs]
        return owners

    fields: dict[str, Any] = {name: put_by_session(name) for name in BY_SESSION}
    fields |= {name: put(getattr(whole, name), getattr(changed, name)) for name in (*BY_NAME, *BY_SETTLEMENT)}
    changes, theirs = whole.net_changes, changed.net_changes
    return replace(
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
