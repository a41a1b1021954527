"""The arithmetic of a history: what each period adds up to by group, of some names, wherever they are from.

The figures are those of `shortside.book`, by the same formulas. Whatever is summed over days is summed session after
session, never by a library that deals a sum out by its size: so a name's figure is the same to the last bit in whatever
shard it stands, and `shortside.world.exact_dollars` adds the names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from shortside.listings import Flags, Floats, Indexes
from shortside.positions import PositionsMethod
from shortside.world.exact_dollars import ExactDollars
from shortside.world.shards import Plan, Shard

LEAST_GAIN: Final = 0.005
"""Dollars from which on a short has gained: of a price that stands still, float64 leaves a millionth of a dollar."""
MEASURES: Final = (
    "names",
    "gaining",
    "losing",
    "profit",
    "new_short",
    "appeared",
    "short_interest_start",
    "short_interest_end",
    "average_short_interest",
    "gaining_dollars",
    "left_out_names",
    "left_out_unvalued",
    "left_out_dollars",
)
"""What is summed, in the order of the rows; dollars but for counts of names."""
COUNTS: Final = MEASURES.index("profit")
"""So many measures are counts; they come first."""
SUMMED: Final = MEASURES.index("left_out_names")
"""So many are of names that count; the others are of those left out."""


def shard_sums(shard: Shard, plan: Plan) -> ExactDollars:
    """(P, measures, groups) sums of one shard."""
    total = ExactDollars.zero(len(plan.spans), len(MEASURES), plan.groups)
    sums = _ShardSums(shard, plan)
    for place, (start, end) in enumerate(plan.spans.tolist()):
        codes = shard.groups[place if len(shard.groups) > 1 else 0]
        one = ExactDollars.of(codes, sums.figures(start, end), plan.groups, COUNTS)
        total.whole[place, :SUMMED], total.parts[place, :SUMMED] = one.whole, one.parts
        out, figures = sums.left_out(start, end)
        if len(out):
            one = ExactDollars.of(codes[out], figures, plan.groups)
            total.whole[place, SUMMED:], total.parts[place, SUMMED:] = one.whole, one.parts
    return total


def summed_shards(shards: Iterable[Shard], plan: Plan) -> ExactDollars:
    """(P, measures, groups) sums of many shards, one at a time in memory."""
    total = ExactDollars.zero(len(plan.spans), len(MEASURES), plan.groups)
    for shard in shards:
        total = total + shard_sums(shard, plan)
        # Not kept while the next one is read.
        del shard
    return total


@dataclass(slots=True)
class _Days:
    """What sessions after a first one add up to, per name; (n,) each."""

    profit: Floats
    new_short: Floats
    short_interest: Floats


class _ShardSums:
    def __init__(self, shard: Shard, plan: Plan) -> None:
        self._shard, self._plan = shard, plan
        self._appeared = self._appeared_dollars()
        self._has_appeared = bool(self._appeared.any())
        self._last_entry = int(shard.entry.max(initial=-1))
        self._first_exit = int(shard.exit.min(initial=len(shard.close)))
        # Made once: rows as doubles for the longest stretch, for allocating them anew costs a fifth of all.
        longest = _longest_interval(plan) + 1
        self._prices = np.empty((longest, len(shard.entry)))
        self._products = np.empty((longest, len(shard.entry)))
        self._figures = np.empty((SUMMED, len(shard.entry)))
        self._end: tuple[int, Floats] | None = None
        """The session at which the period before ended, and the dollars short then: the next one starts with them."""

    def figures(self, start: int, end: int) -> Floats:
        """(measures, n) of one period, zero where a name does not count."""
        shard = self._shard
        at_start = self._end[1] if self._end is not None and self._end[0] == start else self._dollars_at(start)
        at_end = self._dollars_at(end)
        self._end = end, at_end
        days = self._summed(start, end)
        total = at_start + days.short_interest
        average = total / (end - start + 1)
        counted = shard.included & (total > 0)
        gains, loses = days.profit >= LEAST_GAIN, days.profit <= -LEAST_GAIN
        figures = self._figures
        figures[0] = 1.0
        figures[1], figures[2] = gains, loses
        figures[3], figures[4] = days.profit, days.new_short
        figures[5] = self._appeared_between(start, end)
        figures[6], figures[7], figures[8] = at_start, at_end, average
        figures[9] = np.where(gains, average, 0.0)
        if not counted.all():
            figures[:, ~counted] = 0.0
        return figures

    def _appeared_between(self, start: int, end: int) -> Floats | float:
        """(n,) dollars that turned up after one session and by another; one zero where nothing ever does."""
        if not self._has_appeared:
            return 0.0
        at = self._shard.appeared_at
        return np.where((start < at) & (at <= end), self._appeared, 0.0)

    def left_out(self, start: int, end: int) -> tuple[Indexes, Floats]:
        """Names that the newest settlement of a period reports and that have no price in it, with their three measures.

        What traded once is worth its last price; of what was not priced yet nobody knows the dollars.
        """
        shard, plan = self._shard, self._plan
        knot = int(np.searchsorted(plan.knots, end, "right")) - 1
        out = np.flatnonzero(((shard.last_priced <= start) | (shard.first_priced > end)) & shard.included)
        if knot >= 0:
            out = out[shard.is_reported[knot, out] & (shard.knot_shares[knot, out] > 0)]
        if knot < 0 or not len(out):
            return out[:0], np.empty((3, 0))
        ended = shard.last_priced[out] <= start
        price = shard.close[np.where(ended, shard.last_priced[out], 0), out].astype(np.float64)
        dollars = np.where(ended, shard.knot_shares[knot, out] * price, 0.0)
        return out, np.stack([np.ones(len(out)), np.asarray(~ended, np.float64), dollars])

    def _appeared_dollars(self) -> Floats:
        """(n,) what each position that is not new was worth when it turned up; 0 where there is none."""
        shard = self._shard
        dollars = np.zeros(shard.close.shape[1])
        names = np.flatnonzero(shard.appeared_at < len(shard.close))
        for session in np.unique(shard.appeared_at[names]).tolist():
            here = names[shard.appeared_at[names] == session]
            dollars[here] = self._shares_at(session)[here] * shard.close[session, here]
        return dollars

    def _dollars_at(self, session: int) -> Floats:
        return np.asarray(self._shares_at(session) * self._shard.close[session].astype(np.float64))

    def _shares_at(self, session: int) -> Floats:
        """(n,) shares short at a session; zero where no position is held then."""
        shard, plan = self._shard, self._plan
        knot = int(np.searchsorted(plan.knots, session, "right")) - 1
        if knot < 0:
            return np.zeros(len(shard.entry))
        shares = shard.knot_shares[knot]
        progress = float(_steps(plan, knot, session, session)[0])
        if progress and plan.method is PositionsMethod.LINEAR:
            shares = shares + progress * (shard.knot_shares[knot + 1] - shares)
        return np.where((shard.entry <= session) & (session <= shard.exit), shares, 0.0)

    def _summed(self, start: int, end: int) -> _Days:
        names = len(self._shard.entry)
        days = _Days(np.zeros(names), np.zeros(names), np.zeros(names))
        for begin, stop in _within_intervals(self._plan.knots, start, end):
            one = self._interval(begin, stop)
            days.profit += one.profit
            days.new_short += one.new_short
            days.short_interest += one.short_interest
        return days

    def _interval(self, start: int, end: int) -> _Days:
        """Sums over sessions (start, end], which lie within one settlement interval."""
        shard, plan = self._shard, self._plan
        knot = int(np.searchsorted(plan.knots, start, "right")) - 1
        second = shard.knot_shares[min(knot + 1, len(plan.knots) - 1)]
        # Before the first settlement known nothing is held, and all that begins at its end arrives at once.
        first = shard.knot_shares[knot] if knot >= 0 else np.zeros(len(second))
        change = second - first
        steps = _steps(plan, knot, start, end)
        prices = self._prices[: len(steps)]
        prices[:] = shard.close[start : end + 1]
        days = _of_whole_names(first, change, steps, prices, self._products)
        self._mend_edges(days, start, first, change, steps, prices)
        return days

    def _mend_edges(
        self, days: _Days, start: int, first: Floats, change: Floats, steps: Floats, prices: Floats
    ) -> None:
        """Names not held over the whole stretch: nothing outside their time, day by day inside it."""
        shard, end = self._shard, start + len(steps) - 1
        if self._last_entry <= start and end <= self._first_exit:
            return
        apart = (shard.entry > start) | (shard.exit < end)
        for sums in (days.profit, days.new_short, days.short_interest):
            sums[apart] = 0.0
        edge = np.flatnonzero(apart & (shard.entry <= end) & (shard.exit >= start))
        if not len(edge):
            return
        sessions = np.arange(start, end + 1)[:, None]
        is_held: Flags = (shard.entry[edge] <= sessions) & (sessions <= shard.exit[edge])
        shares = np.where(is_held, first[edge] + steps[:, None] * change[edge], 0.0)
        moved = np.where(sessions[1:] != shard.appeared_at[edge], np.diff(shares, axis=0), 0.0)
        price = prices[:, edge]
        days.profit[edge] = _downward(shares[:-1] * (price[:-1] - price[1:]))
        days.new_short[edge] = _downward(moved * price[1:])
        days.short_interest[edge] = _downward(shares[1:] * price[1:])


def _of_whole_names(first: Floats, change: Floats, steps: Floats, prices: Floats, products: Floats) -> _Days:
    """Sums of names that are held over a whole stretch.

    Summation by parts: −Σ Q_{t−1}·ΔP = Q_s·P_s − Q_e·P_e + Σ ΔQ·P.
    """
    opening, closing = prices[0], prices[-1]
    total = _downward(prices[1:])
    moved_ratio = steps[-1] - steps[0]
    if len(steps) == 2 or steps[1] == 0.0:
        # One session, or a position that is held: all of what moves does so at the last close.
        weighted, moved = closing * steps[-1], closing * moved_ratio
    else:
        # Along a line each session brings as much.
        weighted = _downward(np.multiply(prices[1:], steps[1:, None], out=products[: len(steps) - 1]))
        moved = total * (moved_ratio / (len(steps) - 1))
    new_short = change * moved
    profit = (first + steps[0] * change) * opening - (first + steps[-1] * change) * closing + new_short
    return _Days(profit, new_short, first * total + change * weighted)


def _steps(plan: Plan, knot: int, start: int, end: int) -> Floats:
    """(end − start + 1,) how far along its interval each session is; 1 at the next settlement."""
    sessions = np.arange(start, end + 1)
    if knot + 1 >= len(plan.knots):
        return np.zeros(len(sessions))
    following = int(plan.knots[knot + 1])
    if knot < 0 or plan.method is PositionsMethod.STEP:
        return np.asarray(sessions >= following, np.float64)
    begun = int(plan.knots[knot])
    return np.asarray((sessions - begun) / (following - begun))


def _within_intervals(knots: Indexes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A stretch of sessions cut at the settlements within it."""
    inside = knots[(knots > start) & (knots < end)].tolist()
    yield from zip([start, *inside], [*inside, end], strict=True)


def _longest_interval(plan: Plan) -> int:
    """The most sessions that one stretch between settlements, or ends of periods, has."""
    stretches = (stretch for start, end in plan.spans.tolist() for stretch in _within_intervals(plan.knots, start, end))
    return max((end - start for start, end in stretches), default=0)


def _downward(rows: Floats) -> Floats:
    """(n,) the sums of the columns, added session after session however many columns there are."""
    if rows.shape[1] == 1:
        # Of one column numpy would add halves of it, and get another last digit than beside others.
        return _downward(np.repeat(rows, 2, axis=1))[:1]
    return np.asarray(np.add.reduce(rows, axis=0))
