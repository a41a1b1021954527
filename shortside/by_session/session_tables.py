"""Works out what a market has by session: closes, share counts and positions on one basis, repaired, gaps filled.

Where the tables that listings were made of are at hand, and what is the same for every day was made of them already,
only names that are not as they were printed are gone through: those that split, were parted or joined, or whose share
count jumped. What comes out is the same to the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from shortside.arrays.gaps import carry_gaps
from shortside.by_session.cut_tables import CutTable
from shortside.by_session.kept_tables import TablesAtHand
from shortside.corporate_actions.splits import RestatedListings, restate
from shortside.listing_parts import BY_SESSION, of_names
from shortside.listings import Flags, Floats, Indexes, Listings
from shortside.market_caps import SESSIONS_BETWEEN_WHOLE_ROWS, MarketCaps
from shortside.prices.traded import in_two_bytes
from shortside.share_counts import MOST_SHORT_RATIO, RepairedCounts, repair

RECENT_SESSIONS = 10
"""The newest sessions, whose closes tell how many a usual session has."""
VOLUME_SESSIONS = 20
"""Sessions in the average daily volume behind days to cover: our own window, stated on the screen."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class SessionTables:
    """What is worked out of listings for a market. T sessions, N names, K settlements."""

    restated: RestatedListings
    """Positions and volumes of all names; closes and counts only of those that were gone through."""
    gone_through: Indexes | None
    """(n,) which names these are; None for all."""
    close: Floats
    """(T, N) float32 USD; gaps carry the last price forward, sessions before the first hold the first."""
    priced_lately: Flags
    """(at most `RECENT_SESSIONS`, N) whether each of the last sessions has a price."""
    first_priced: Indexes
    """(N,) session index of the first price in view."""
    last_priced: Indexes
    """(N,) session index of the last one."""
    counts: RepairedCounts
    """Of the names that were gone through, and by their places among them."""
    shares_outstanding: Floats
    """(N,) float32 shares at the last session; NaN unknown."""
    market_caps: MarketCaps
    half_volume: npt.NDArray[np.float16] | None
    """(T, N) volumes as `shortside.prices.traded` keeps them; None where nobody made them yet."""

    def name_at(self, place: int) -> int:
        """The column of a name by its place among those that were gone through."""
        return place if self.gone_through is None else int(self.gone_through[place])


def session_tables_of(listings: Listings, settled_at: Indexes, is_limited: Flags) -> SessionTables:
    """The tables of some listings, all of which is gone through.

    Args:
        listings: cut to the sessions and names in view.
        settled_at: (K,) session index of each settlement.
        is_limited: (N,) names of which no more can be short than there are shares.
    """
    restated = restate(listings, VOLUME_SESSIONS)
    counts = repair(restated.shares_outstanding, np.where(is_limited, restated.shares_short, np.nan), settled_at)
    priced = np.isfinite(restated.close)
    # In place, for nothing below asks for its gaps, and a further array of the whole market costs its pages.
    close = carry_gaps(restated.close)
    return SessionTables(
        restated=restated,
        gone_through=None,
        close=close,
        priced_lately=priced[-RECENT_SESSIONS:],
        first_priced=priced.argmax(axis=0).astype(np.int64),
        last_priced=(len(priced) - 1 - priced[::-1].argmax(axis=0)).astype(np.int64),
        counts=counts,
        shares_outstanding=counts.shares_outstanding[-1],
        market_caps=MarketCaps.of(close, counts.shares_outstanding),
        half_volume=None,
    )


def session_tables_at_hand(
    listings: Listings, at_hand: TablesAtHand, settled_at: Indexes, is_limited: Flags
) -> SessionTables:
    """What `session_tables_of` makes, of tables that are at hand; every name has a price in view."""
    apart = np.flatnonzero(_are_apart(listings, at_hand, is_limited))
    tables = {name: _of_names(getattr(listings, name), apart) for name in BY_SESSION}
    some = session_tables_of(replace(of_names(listings, apart), **tables), settled_at, is_limited[apart])
    # A name that is gone through stands for none of the kept ones; what is taken of any for it is written over.
    origins = np.maximum(at_hand.origins, 0)
    is_same = np.ones(len(origins), bool)
    is_same[apart] = False
    close = _closes(listings, at_hand, np.flatnonzero(is_same), origins)
    close[:, apart] = some.close
    first_priced, last_priced = at_hand.first_priced.copy(), at_hand.last_priced.copy()
    first_priced[apart], last_priced[apart] = some.first_priced, some.last_priced
    shares_outstanding = at_hand.kept.carried_counts[at_hand.rows.stop - 1, origins]
    shares_outstanding[apart] = some.shares_outstanding
    changed = np.flatnonzero(at_hand.origins < 0)
    volumes = at_hand.kept.volume_in_two_bytes[at_hand.rows]
    half_volume = CutTable(volumes, at_hand.origins, in_two_bytes(listings.volume.take(changed, axis=1)))
    return SessionTables(
        restated=_restated(listings, some.restated, apart),
        gone_through=apart,
        close=close,
        priced_lately=np.isfinite(listings.close[-RECENT_SESSIONS:]),
        first_priced=first_priced,
        last_priced=last_priced,
        counts=some.counts,
        shares_outstanding=shares_outstanding,
        market_caps=_market_caps(close, at_hand, some, apart, is_same),
        half_volume=cast(npt.NDArray[np.float16], half_volume),
    )


def _of_names(table: Any, columns: Indexes) -> Any:
    """(T, n) a table by session of some names. Of the volumes hardly any session is looked at."""
    return table.of_names(columns) if isinstance(table, CutTable) else table.take(columns, axis=1)


def _are_apart(listings: Listings, at_hand: TablesAtHand, is_limited: Flags) -> Flags:
    """(N,) whether a name's closes or share counts may be others than those printed."""
    kept, rows, origins = at_hand.kept, at_hand.rows, at_hand.origins
    apart = origins < 0
    apart[listings.splits.column] = True
    apart[kept.count_jumps.within(rows, at_hand.place).columns] = True
    # More short than there can be: of the least count there ever was, which is one that is always right to ask.
    most = np.fmax.reduce(listings.shares_short, axis=0, initial=np.nan)
    apart |= is_limited & (kept.least_count[origins] * MOST_SHORT_RATIO < most)
    # What was printed before the sessions in view, and not in them, is not known there.
    newest = kept.newest_count[rows.stop - 1, origins]
    apart |= (newest >= 0) & (newest < rows.start)
    return apart


def _closes(listings: Listings, at_hand: TablesAtHand, same: Indexes, origins: Indexes) -> Floats:
    """(T, N) the closes with their gaps filled, of the names that are as they were printed."""
    close = at_hand.kept.carried_close[at_hand.rows].take(origins, axis=1)
    # Before the first price in view stands that one, and not the last one before.
    late = same[at_hand.first_priced[same] > 0]
    first = at_hand.first_priced[late]
    columns = np.repeat(late, first)
    sessions = np.arange(len(columns)) - np.repeat(np.cumsum(first) - first, first)
    close[sessions, columns] = np.repeat(close[first, late], first)
    return close


def _restated(listings: Listings, some: RestatedListings, apart: Indexes) -> RestatedListings:
    """Positions and volumes of all names, of which only some are on another basis than they were printed."""
    volume = listings.volume[-VOLUME_SESSIONS:].copy()
    short, previous, reported = (
        getattr(listings, name).copy() for name in ("shares_short", "shares_short_previous", "reported_volume")
    )
    float_shares = listings.float_shares.copy()
    volume[:, apart], short[:, apart], previous[:, apart] = some.volume, some.shares_short, some.shares_short_previous
    reported[:, apart], float_shares[apart] = some.reported_volume, some.float_shares
    return replace(
        some,
        volume=volume,
        shares_short=short,
        shares_short_previous=previous,
        reported_volume=reported,
        float_shares=float_shares,
    )


def _market_caps(
    close: Floats, at_hand: TablesAtHand, some: SessionTables, apart: Indexes, is_same: Flags
) -> MarketCaps:
    """What `MarketCaps.of` makes of the closes and of all repaired share counts."""
    kept, rows, total = at_hand.kept, at_hand.rows, len(close)
    origins = np.maximum(at_hand.origins, 0)
    whole = kept.carried_counts[rows][::SESSIONS_BETWEEN_WHOLE_ROWS].take(origins, axis=1)
    first = kept.next_count[rows.start, origins].astype(np.int64)
    # Before the first count in view stands that one, and not the last one before.
    late = np.flatnonzero((first > rows.start) & (first < rows.stop))
    counts = kept.carried_counts[first[late], origins[late]]
    for place in range(len(whole)):
        is_before = first[late] > rows.start + place * SESSIONS_BETWEEN_WHOLE_ROWS
        whole[place, late[is_before]] = counts[is_before]
    whole[:, apart] = some.market_caps.whole_rows
    names = np.where(is_same[at_hand.place], at_hand.place, -1)
    names[at_hand.place < 0] = -1
    moves = kept.count_moves.within(rows, names)
    news = kept.carried_counts[moves.rows + rows.start, origins[moves.columns]]
    theirs = some.market_caps
    sessions = np.concatenate([moves.rows, np.repeat(np.arange(total), np.diff(theirs.starts))])
    columns = np.concatenate([moves.columns, apart[theirs.columns]])
    order = np.argsort(sessions * len(origins) + columns, kind="stable")
    return MarketCaps(
        close,
        whole,
        np.searchsorted(sessions[order], np.arange(total + 1)),
        columns[order].astype(np.int32),
        np.concatenate([news, theirs.counts])[order],
    )
