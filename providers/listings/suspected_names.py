"""Says which names have to be looked at to part and join names: of nine thousand of a year some seven hundred.

What looks for another company behind a symbol looks at prices that stop or begin, reports that do, issuers' names that
change, and previous closes that are another's. Two in five names have something of the kind; but most of it is met by
nothing: a position that ends is nobody's previous one, and an odd previous close is nobody's last one. Of a name that
stands in no pair, and whose own prices and reports have no hole, nothing is changed, and nothing else is judged by it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from providers.listings.renames import FEWEST_SHARES as FEWEST_JOINED
from providers.listings.reused_symbols import FEWEST_SHARES as FEWEST_FORGOTTEN
from providers.listings.reused_symbols import GAP_SESSIONS
from providers.listings.short_interest import Issuers
from providers.listings.taken_symbols import LEAST_LEAP, LEAST_STRANGE_LEAP, told_within
from shortside.arrays.ranked_values import are_among
from shortside.corporate_actions.night_steps import places_of
from shortside.listings import Flags, Floats, Indexes, Listings
from shortside.prices.priced_spans import PricedSpans
from shortside.universe import kinds_of, members

ROUNDING: Final = 1e-9
"""By which the first look at prices is wider than what they are judged by."""

Closes = Callable[[Indexes, Indexes], Floats]
"""Closes as the tables of a listing have them, each of a session and a name, of any shape."""
Holes = Callable[[Indexes], Indexes]
"""(n,) the most sessions in a row without a price of some names; those of up to `GAP_SESSIONS` may be 0."""
Tenancies = Callable[[Indexes], dict[int, int]]
"""By column, the session of a later company's first price under the same symbol, of those among some names."""


def suspected_names(
    listings: Listings, issuers: Issuers, spans: PricedSpans, closes: Closes, holes: Holes, tenancies: Tenancies
) -> tuple[Indexes, dict[int, int]]:
    """The columns of all names that are parted or joined, and of all that these are judged by, ascending.

    Beside them what `tenancies` found among all names.

    Args:
        listings: their tables by session may be blank.
        issuers: whom each report was of.
        spans: when each name was priced.
        closes: gives single closes.
        holes: tells the longest holes in the prices of some names.
        tenancies: what `providers.listings.reused_symbols.tenancies_of` finds among some names.
    """
    short, previous = listings.shares_short, listings.shares_short_previous
    is_reported = ~np.isnan(short)
    may_be_parted = ((previous[1:] == 0) & (short[:-1] >= FEWEST_FORGOTTEN)).any(axis=0)
    has_hole = spans.missing > GAP_SESSIONS
    lacking = np.flatnonzero(has_hole)
    # Most of what lacks many prices lacks one now and then.
    has_hole[lacking] = holes(lacking) > GAP_SESSIONS
    may_be_parted |= has_hole
    parted = tenancies(np.flatnonzero(may_be_parted))
    suspected: Flags = np.zeros(len(listings.symbols), bool)
    suspected[list(parted)] = True
    _add_takers(suspected, listings, spans, closes, parted)
    _add_renamed(suspected, listings, issuers)
    # What is taken or parted begins and ends anew wherever that may have been: asked for whatever it reported.
    _add_followers(suspected, listings, is_reported)
    _add_successions(suspected, listings, spans, is_reported)
    return np.flatnonzero(suspected), parted


def _add_takers(
    suspected: Flags, listings: Listings, spans: PricedSpans, closes: Closes, parted: dict[int, int]
) -> None:
    """Names whose previous close is about the last one of another that ended the session before, and those others."""
    changes = listings.net_changes
    if changes is None or not len(changes.column) or not len(listings.settlements):
        return
    is_strange = np.abs(np.log(changes.ratio)) > np.log(LEAST_LEAP)
    columns, ratios = changes.column[is_strange], changes.ratio[is_strange]
    rows = np.searchsorted(listings.sessions, changes.session[is_strange])
    others, last = _ends(listings, spans, closes, parted)
    # Of a symbol that had two owners, the later one's own first close before is nowhere: it is in no pair then.
    official = ratios * closes(rows - 1, columns).astype(np.float64)
    order = np.argsort(last, kind="stable")
    others, last = others[order], last[order]
    final = closes(last, others).astype(np.float64)
    begins, ends = (np.searchsorted(last, rows - 1, side) for side in ("left", "right"))
    times = ends - begins
    at = np.repeat(np.arange(len(rows)), times)
    other = np.arange(len(at)) - np.repeat(np.cumsum(times) - times - begins, times)
    is_near = np.abs(final[other] - official[at]) < told_within(official[at])
    at, other = at[is_near], other[is_near]
    # What goes on under a symbol goes on from the other's price rather than from the symbol's own.
    now, own = (closes(rows[at] + way, columns[at]).astype(np.float64) for way in (0, -1))
    with np.errstate(invalid="ignore", divide="ignore"):
        goes_on = np.abs(np.log(now / final[other])) < np.abs(np.log(now / own)) + ROUNDING
    at, other = at[goes_on], other[goes_on]
    is_stock = _are_stocks(listings, columns[at]) & _are_stocks(listings, others[other])
    at, other = at[is_stock], other[is_stock]
    suspected[columns[at]] = True
    suspected[others[other]] = True


def _are_stocks(listings: Listings, columns: Indexes) -> Flags:
    return members(kinds_of(listings.symbols[columns], listings.names[columns]))


def _ends(listings: Listings, spans: PricedSpans, closes: Closes, parted: dict[int, int]) -> tuple[Indexes, Indexes]:
    """The names that ended with a position in the newest report by then, and the session of their last price."""
    columns = np.flatnonzero(spans.last < len(listings.sessions) - 1)
    last = spans.last[columns]
    if parted:
        twice = np.array(sorted(parted), np.int64)
        sessions = np.arange(len(listings.sessions))[:, None]
        before = sessions < np.array([parted[one] for one in twice.tolist()])
        is_priced = np.isfinite(closes(sessions, twice)) & before
        columns = np.append(columns, twice)
        last = np.append(last, len(is_priced) - 1 - is_priced[::-1].argmax(axis=0))
    reported = np.searchsorted(listings.settlements, listings.sessions[last + 1]) - 1
    is_held = (reported >= 0) & (listings.shares_short[reported, columns] >= FEWEST_JOINED)
    return columns[is_held], last[is_held]


def _add_renamed(suspected: Flags, listings: Listings, issuers: Issuers) -> None:
    """Names whose issuer is another from one report to the next: one that ended there, or of an odd previous close."""
    codes = issuers.codes
    at, columns = places_of(codes[:-1] != codes[1:])
    before, after = codes[at, columns], codes[at + 1, columns]
    is_renamed, has_ended = (before >= 0) & (after >= 0), (before >= 0) & (after < 0)
    ended, columns = columns[has_ended], columns[is_renamed]
    many = int(codes.max(initial=0)) + 1
    theirs, own = at[has_ended] * many + before[has_ended], at[is_renamed] * many + after[is_renamed]
    suspected[columns[are_among(own, theirs)]] = True
    suspected[ended[are_among(theirs, own)]] = True
    changes = listings.net_changes
    if changes is not None:
        strange = changes.column[np.abs(np.log(changes.ratio)) > np.log(LEAST_STRANGE_LEAP)]
        suspected[strange[are_among(strange, columns)]] = True


def _add_followers(suspected: Flags, listings: Listings, is_reported: Flags) -> None:
    """Names that end with the figure another begins with as its previous position, and those others."""
    short, previous = listings.shares_short, listings.shares_short_previous
    ended = is_reported[:-1] & (short[:-1] >= FEWEST_JOINED) & (~is_reported[1:] | suspected)
    begun = is_reported[1:] & (~is_reported[:-1] | suspected)
    (ends, old), (begins, new) = places_of(ended), places_of(begun)
    # A figure and its report as one number: no two of them are one, as long as figures are whole.
    left, named = short[ends, old] * len(short) + ends, previous[begins + 1, new] * len(short) + begins
    suspected[old[are_among(left, named)]] = True
    suspected[new[are_among(named, left)]] = True


def _add_successions(suspected: Flags, listings: Listings, spans: PricedSpans, is_reported: Flags) -> None:
    """Names that ended or began since the newest report."""
    if not len(listings.settlements):
        return
    since, sessions = listings.settlements[-1], listings.sessions
    suspected |= ~is_reported.any(axis=0) & (spans.first > 0) & (sessions[spans.first] > since)
    has_ended = (listings.shares_short[-1] >= FEWEST_JOINED) & (spans.last < len(sessions) - 1)
    suspected |= has_ended & (sessions[np.minimum(spans.last + 1, len(sessions) - 1)] > since)
