"""Distributions that moved money: spin-offs, liquidations and special dividends, told by the official previous close.

On the session a share goes on without what was distributed, its exchange lowers the close before by the value of it.
The fall to that lowered close is owed to the lender and earned by nobody; only what the price did from there is.
Source: the rule is our own; docs/method.md has it under Distributions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np

from shortside.corporate_actions.night_steps import COUNT_TOLERANCE, are_about
from shortside.corporate_actions.plain_ratios import LEAST_SPLIT_FACTOR, plain_ratio
from shortside.corporate_actions.split_witnesses import Leap, Leaps, Witnesses
from shortside.doubts import Doubt, DoubtRule
from shortside.listings import Flags, Listings
from shortside.words.spelt_out import spelt_out

LEAST_DISTRIBUTED_RATIO: Final = 0.05
"""Of the price; what is less is a dividend as it is paid every quarter."""
LARGEST_DISTRIBUTED_RATIO: Final = 0.98
"""Of the price; beyond it the previous close is a slip."""
ROUNDING: Final = 1e-9
"""By which a first look at many ratios is wider than the two bounds, which are judged one by one."""
SAME_EVENT_SESSIONS: Final = 10
"""Sessions about a split within which a changed previous close belongs to it."""


def with_distributions(listings: Listings, witnesses: Witnesses | None = None) -> Listings:
    """The listings with a doubt for each distribution of a stock that somebody was short of, and a note.

    A leap that was in doubt because the previous close spoke for a split, and the share count and FINRA's next
    position against one, is a distribution: the doubt about a split gives way.

    Args:
        listings: with their splits known, from lists and from witnesses.
        witnesses: of the same prices, counts, net changes and positions, where somebody has them already.
    """
    if listings.net_changes is None:
        return listings
    found = list(_found(witnesses or Witnesses(listings), listings))
    if not found:
        return listings
    told = {(doubt.symbol, doubt.session) for doubt in found}
    others = [doubt for doubt in listings.doubts if (doubt.symbol, doubt.session) not in told]
    count = "1 distribution" if len(found) == 1 else f"{len(found)} distributions"
    largest = sorted(found, key=lambda doubt: doubt.multiple)
    names = spelt_out(f"{doubt.symbol} {doubt.session}" for doubt in largest)
    least = f"{LEAST_DISTRIBUTED_RATIO:.0%} of the price or more"
    note = f"{count} of {least}, by which prices fell and nobody earned: {names}"
    return replace(listings, doubts=(*others, *found), notes=(*listings.notes, note))


def _found(witnesses: Witnesses, listings: Listings) -> Iterator[Doubt]:
    columns, rows, ratios = witnesses.net_changes_told
    largest_ratio, least_ratio = 1 - LEAST_DISTRIBUTED_RATIO + ROUNDING, 1 - LARGEST_DISTRIBUTED_RATIO - ROUNDING
    may_be = np.flatnonzero((ratios <= largest_ratio) & (ratios >= least_ratio))
    # Most are of a name that nobody was short of, or are a split: prices are looked at last.
    told = Leaps(columns[may_be], rows[may_be], ratios[may_be])
    is_open = witnesses.were_short(told)
    is_open[is_open] = ~_are_about_splits(witnesses, listings, told.of(is_open))
    is_open[is_open] = witnesses.are_stocks(told.columns[is_open])
    told = told.of(is_open)
    leaps = witnesses.leaps_into(told.columns, told.rows)
    for at in np.flatnonzero(leaps.rows == told.rows).tolist():
        leap, ratio = leaps.one(at), float(told.factors[at])
        if _is_distribution(witnesses, leap, ratio):
            yield _doubt(listings, leap, ratio)


def _are_about_splits(witnesses: Witnesses, listings: Listings, leaps: Leaps) -> Flags:
    """(E,) whether a name was split, or its share count changed as by a split, about each leap."""
    events, counted = listings.splits, witnesses.count_changes
    days = np.searchsorted(listings.sessions, events.ex_date)
    told = np.append(events.column, counted.columns), np.append(days, counted.rows).astype(np.int64)
    return are_about(leaps.columns, leaps.rows, told, SAME_EVENT_SESSIONS)


def _is_distribution(witnesses: Witnesses, leap: Leap, ratio: float) -> bool:
    """Whether the price went to the lowered close, and nothing makes a split of it that may yet prove to be one."""
    if not LEAST_DISTRIBUTED_RATIO <= 1 - ratio <= LARGEST_DISTRIBUTED_RATIO or not leap.allows(ratio):
        return False
    may_be_split = 1 / ratio >= LEAST_SPLIT_FACTOR and plain_ratio(ratio, COUNT_TOLERANCE) is not None
    if not may_be_split:
        return True
    return witnesses.count_stood_still(leap.column, leap.row) and witnesses.position(leap, ratio) is False


def _doubt(listings: Listings, leap: Leap, ratio: float) -> Doubt:
    day, close = listings.sessions[leap.row], float(listings.close[leap.row, leap.column])
    before = close / leap.factor
    return Doubt(
        symbol=str(listings.symbols[leap.column]),
        rule=DoubtRule.DISTRIBUTION,
        session=day,
        evidence=f"a distribution of about {1 - ratio:.1%} of the price on {day}, "
        f"{before * (1 - ratio):,.2f} USD a share: {before:,.2f} closed, and the net change counts from "
        f"{before * ratio:,.2f}",
        multiple=ratio,
    )
