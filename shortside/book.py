"""The Book: every name's short P&L, short interest and new short dollars over any sessions, with a live last column.

Within one settlement interval shares short are `S0 + (S1 - S0)·a_t`, the same `a_t` for every name. The sums over days
are then weighted sums of prices, three dot products per interval for the whole market, and no daily position array is
ever stored. Names that begin or end inside an interval are few and are summed day by day (`_mend_edges`). An interval
is summed when a window first reaches over it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from shortside.arrays.ranked_values import distinct
from shortside.listings import Flags, Floats, Indexes
from shortside.market import Market
from shortside.positions import Positions, PositionsMethod, agreed_until
from shortside.windows import Window

_BLOCK = 32_768
"""Names at a time: one settlement interval of as many as doubles still fits the outer cache."""


@dataclass(frozen=True, eq=False, slots=True)
class Sums:
    """What sessions `(start, end]` add up to, per name, in US dollars. (N,) float64 each."""

    profit: Floats
    """Gross mark-to-market P&L of the shorts, price only: −Σ Q_{t−1}·(P_t − P_{t−1})."""
    new_short: Floats
    """Σ (Q_t − Q_{t−1})·P_t; positive is shorting, negative covering. A position that stood there before its first
    close, or its first known report, adds nothing by turning up: see `Book.appeared`."""
    short_interest: Floats
    """Σ Q_t·P_t, for averages."""
    profit_low: Floats
    """The least P&L if shares moved one way only between settlements (METHOD section 2, band)."""
    profit_high: Floats
    """The greatest P&L if shares moved one way only between settlements (METHOD section 2, band)."""

    def __add__(self, other: Sums) -> Sums:
        return Sums(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    @staticmethod
    def of(parts: Sequence[Sums]) -> Sums:
        """What one stretch of sessions or more add up to, the first of them first."""
        first, *others = parts
        if not others:
            return first
        sums = first + others[0]
        for part in others[1:]:
            for field in fields(Sums):
                figures = getattr(sums, field.name)
                np.add(figures, getattr(part, field.name), out=figures)
        return sums

    @staticmethod
    def blank(names: int) -> Sums:
        """Room for the sums of `names` names, not yet filled."""
        return Sums(*(np.empty(names) for _ in range(5)))

    @staticmethod
    def zero(names: int) -> Sums:
        """Sums of zero for `names` names, as over no session."""
        return Sums(*(np.zeros(names) for _ in range(5)))


class Book:
    """The sums of one market by one positions method; `tick` moves the live session.

    Args:
        market: prices on one split basis.
        positions: shares short at the settlements.
        others: Books of the same market, whose sums are taken as far as they would be made again.
    """

    def __init__(self, market: Market, positions: Positions, others: Sequence[Book] = ()) -> None:
        self.market = market
        self.positions = positions
        self.appeared_at: Indexes = np.where(positions.is_new, len(market.sessions), positions.entry)
        """(N,) session at which a position turns up that is not new; T or more where there is no such session."""
        self._closed = max(len(market.sessions) - 2, 0)
        """The last session whose sums can no longer change; the one after it is live."""
        self.breaks = self._breakpoints()
        """Sessions between which sums are kept: the settlements in view and both ends."""
        counts = [self._in_common(other) for other in others]
        self._shared = max(counts, default=0)
        self._sharing = others[counts.index(self._shared)] if self._shared else None
        self._intervals: dict[int, Sums] = {}
        self._windows: dict[tuple[int, int], Sums] = {}
        last = len(market.sessions) - 1
        self.shares = positions.at(last)
        """(N,) shares short at the last session."""
        self._shares_before = positions.at(self._closed) if last else self.shares
        self._close_before = market.close[self._closed].astype(np.float64)
        self.price = market.close[last].astype(np.float64)
        """(N,) last price, USD; the live quote while the session runs."""
        self._spread = self._spread_between(self._closed, last)
        self._appeared = self._appeared_dollars()

    # -- live ---------------------------------------------------------------------------------------------------

    def tick(self, columns: Indexes, prices: Floats) -> None:
        """New prices of some names in the live session. Only their figures change."""
        self.price[columns] = prices

    @property
    def is_flat(self) -> bool:
        """Whether there is but one session, so nothing could be earned or lost."""
        return len(self.market.sessions) < 2

    def live(self, columns: Indexes | slice = slice(None)) -> Sums:
        """What the last session adds, at the prices of the moment."""
        price, before = self.price[columns], self._close_before[columns]
        shares, shares_before = self.shares[columns], self._shares_before[columns]
        if self.is_flat:
            return Sums.zero(len(price))
        profit = shares_before * (before - price)
        half = 0.5 * self._spread[columns] * np.abs(price - before)
        # Both extremes move the shares at one end of the session; their midpoint is not the estimate itself.
        middle = profit + self._skew[columns] * (before - price)
        moved = np.where(self.appeared_at[columns] == len(self.market.sessions) - 1, 0.0, shares - shares_before)
        return Sums(profit, moved * price, shares * price, middle - half, middle + half)

    @property
    def short_interest(self) -> Floats:
        """(N,) USD sold short at the last price."""
        return np.asarray(self.shares * self.price)

    def short_interest_at(self, session: int) -> Floats:
        """(N,) USD sold short at a session's close."""
        if session == len(self.market.sessions) - 1:
            return self.short_interest
        return np.asarray(self.positions.at(session) * self.market.close[session].astype(np.float64))

    # -- windows ------------------------------------------------------------------------------------------------

    def has_appeared(self, window: Window, columns: Indexes | slice = slice(None)) -> Flags:
        """(n,) whether a position turns up within a window without being new, so that its new shorts are unknown."""
        at = self.appeared_at[columns]
        return np.asarray((window.start < at) & (at <= window.end))

    def appeared(self, window: Window, columns: Indexes | slice = slice(None)) -> Floats:
        """(n,) USD of the positions that turn up within a window without being new, at their first close in it.

        In the identity it stands beside the new shorts: short interest grows by it, and nobody sold anything.
        """
        is_live = self.appeared_at[columns] == len(self.market.sessions) - 1
        dollars = np.where(is_live, self.shares[columns] * self.price[columns], self._appeared[columns])
        return np.where(self.has_appeared(window, columns), dollars, 0.0)

    def window(self, window: Window) -> Sums:
        """The sums of a window, the live session included when it ends there."""
        last = len(self.market.sessions) - 1
        closed = self._between(window.start, min(window.end, self._closed))
        return closed + self.live() if window.end == last and window.start < last else closed

    def closed_part(self, window: Window) -> Sums:
        """The sums of a window without the live session: what a tick does not change."""
        return self._between(window.start, min(window.end, self._closed))

    def _between(self, start: int, end: int) -> Sums:
        """Sums over sessions (start, end], both closed."""
        if start >= end:
            return Sums.zero(len(self.market.symbols))
        sums = self._windows.get((start, end))
        if sums is None:
            # Two views may be made of one Book at once, in two threads, so nothing is looked up twice.
            sums = self._assembled(start, end)
            if len(self._windows) > 24:
                self._windows.clear()
            self._windows[start, end] = sums
        return sums

    def _assembled(self, start: int, end: int) -> Sums:
        head = int(np.searchsorted(self.breaks, start))
        tail = int(np.searchsorted(self.breaks, end, "right")) - 1
        if head > tail:
            return self._interval_sums(start, end)
        parts = [self.interval(place) for place in range(head, tail)]
        if self.breaks[head] > start:
            parts.insert(0, self._interval_sums(start, int(self.breaks[head])))
        if self.breaks[tail] < end:
            parts.append(self._interval_sums(int(self.breaks[tail]), end))
        return Sums.of(parts)

    def interval(self, place: int) -> Sums:
        """The sums from one of the `breaks` to the next, of all sessions but the first of them."""
        if self._sharing is not None and place < self._shared:
            return self._sharing.interval(place)
        sums = self._intervals.get(place)
        if sums is None:
            sums = self._interval_sums(int(self.breaks[place]), int(self.breaks[place + 1]))
            # Two threads may have made it; all windows are to add up the same arrays.
            sums = self._intervals.setdefault(place, sums)
        return sums

    # -- building -----------------------------------------------------------------------------------------------

    def _appeared_dollars(self) -> Floats:
        """(N,) what each position that is not new was worth when it turned up; 0 where there is none."""
        dollars = np.zeros(len(self.market.symbols))
        turned_up = np.flatnonzero(self.appeared_at < len(self.market.sessions))
        turned_up = turned_up[np.argsort(self.appeared_at[turned_up], kind="stable")]
        ranked = self.appeared_at[turned_up]
        for session in distinct(ranked).tolist():
            columns = turned_up[slice(*np.searchsorted(ranked, [session, session + 1]))]
            dollars[columns] = self.positions.at(session, columns) * self.market.close[session, columns]
        return dollars

    def _breakpoints(self) -> Indexes:
        knots = self.positions.knots
        inside = knots[(knots > 0) & (knots < self._closed)]
        return distinct(np.concatenate([[0], inside, [self._closed]]).astype(np.int64))

    def _in_common(self, other: Book) -> int:
        """How many intervals there are before the first position of another Book parts from ours."""
        if other.market is not self.market:
            return 0
        agreed = agreed_until(self.positions, other.positions)
        # Where two Books take the same position for new and not new, they part as well.
        parted = self.appeared_at != other.appeared_at
        agreed = min(agreed, int(np.minimum(self.appeared_at, other.appeared_at)[parted].min(initial=agreed + 1)) - 1)
        count = min(len(self.breaks), len(other.breaks))
        is_same = (self.breaks[:count] == other.breaks[:count]) & (self.breaks[:count] <= agreed)
        return max(int(is_same.cumprod().sum()) - 1, 0)

    def _interval_sums(self, start: int, end: int) -> Sums:
        """Sums over sessions (start, end], which lie within one settlement interval."""
        positions = self.positions
        knot = positions.interval(start)
        prices = self.market.close[start : end + 1]
        if not len(positions.knots):
            return Sums.zero(prices.shape[1])
        second = positions.shares[min(knot + 1, len(positions.knots) - 1)]
        # Before the first known settlement nothing is held, and all that begins at its end arrives at once.
        first = positions.shares[knot] if knot >= 0 else np.zeros(prices.shape[1])
        steps = self._steps(start, end, knot)
        sums = Sums.blank(prices.shape[1])
        for begin in range(0, prices.shape[1], _BLOCK):
            block = slice(begin, begin + _BLOCK)
            _fill(sums, block, first[block], second[block], steps, prices[:, block])
        self._mend_edges(sums, start, first, second, steps, prices)
        return sums

    def _steps(self, start: int, end: int, knot: int) -> Floats:
        """(end − start + 1,) how far along the interval each session is; 1 at the next knot, where its figure holds."""
        knots = self.positions.knots
        if knot + 1 >= len(knots):
            return np.zeros(end - start + 1)
        if knot < 0 or self.positions.method is PositionsMethod.STEP:
            return np.asarray(np.arange(start, end + 1) >= knots[knot + 1], np.float64)
        return np.asarray((np.arange(start, end + 1) - knots[knot]) / (knots[knot + 1] - knots[knot]))

    def _mend_edges(self, sums: Sums, start: int, first: Floats, second: Floats, steps: Floats, prices: Floats) -> None:
        """Names not held over the whole stretch: nothing outside their time, day by day inside it."""
        end = start + len(steps) - 1
        entry, ending = self.positions.entry, self.positions.exit
        apart = np.flatnonzero((entry > start) | (ending < end))
        if not len(apart):
            return
        for field in fields(Sums):
            getattr(sums, field.name)[apart] = 0.0
        edge = apart[(entry[apart] <= end) & (ending[apart] >= start)]
        if not len(edge):
            return
        days = np.arange(start, end + 1)[:, None]
        is_held = (entry[edge] <= days) & (days <= ending[edge])
        shares = np.where(is_held, first[edge] + steps[:, None] * (second - first)[edge], 0.0)
        is_new = days[1:] != self.appeared_at[edge]
        for field, figures in zip(
            fields(Sums), _day_by_day(shares, is_held, is_new, prices[:, edge].astype(np.float64)), strict=True
        ):
            getattr(sums, field.name)[edge] = figures

    def _spread_between(self, start: int, end: int) -> Floats:
        """(N,) |S1 − S0| of the interval the live session lies in; 0 after the last known settlement."""
        positions = self.positions
        knot = positions.interval(start)
        self._skew = np.zeros(len(self.market.symbols))
        if self.is_flat or knot < 0 or knot + 1 >= len(positions.knots):
            return np.zeros(len(self.market.symbols))
        alive = (positions.entry <= start) & (end <= positions.exit)
        first, second = positions.shares[knot], positions.shares[knot + 1]
        self._skew = np.where(alive, 0.5 * (first + second) - self._shares_before, 0.0)
        return np.where(alive, np.abs(second - first), 0.0)


def _fill(sums: Sums, block: slice, first: Floats, second: Floats, steps: Floats, prices: Floats) -> None:
    """The sums of some names, few enough that what is in hand stays in the cache.

    Summation by parts: −Σ Q_{t−1}·ΔP = Q_s·P_s − Q_e·P_e + Σ ΔQ·P. A one-way path of shares is a mixture of single
    jumps, and a jump at price P earns S0·P_s − S1·P_e + (S1 − S0)·P: the band needs only the highest and lowest price.
    """
    change = second - first
    doubles = prices.astype(np.float64)
    opening, closing = doubles[0], doubles[-1]
    total, weighted, moved = np.stack([np.ones(len(steps) - 1), steps[1:], np.diff(steps)]) @ doubles[1:]
    new_short = np.multiply(change, moved, out=sums.new_short[block])
    jump = first * opening - second * closing
    if steps[0] == 0.0 and steps[-1] == 1.0:
        np.add(jump, new_short, out=sums.profit[block])
    else:
        ends = (first + steps[0] * change) * opening - (first + steps[-1] * change) * closing
        np.add(ends, new_short, out=sums.profit[block])
    np.multiply(first, total, out=sums.short_interest[block])
    sums.short_interest[block] += change * weighted
    at_high, at_low = change * prices.max(axis=0), change * prices.min(axis=0)
    np.add(jump, np.minimum(at_high, at_low), out=sums.profit_low[block])
    np.add(jump, np.maximum(at_high, at_low), out=sums.profit_high[block])


def _day_by_day(shares: Floats, is_held: Flags, is_new: Flags, prices: Floats) -> tuple[Floats, ...]:
    """The five sums of a few names by the definition; (sessions, n) each, the first session before the sums begin.

    `is_new` lacks that first session; it is false where a position turns up that stood there before.
    """
    profit = (shares[:-1] * (prices[:-1] - prices[1:])).sum(axis=0)
    new_short = (np.where(is_new, np.diff(shares, axis=0), 0.0) * prices[1:]).sum(axis=0)
    # While held, shares stay between the least and the most of their own days; no other path is claimed.
    half = 0.5 * _range(np.where(is_held, shares, np.nan)) * _range(np.where(is_held, prices, np.nan))
    return profit, new_short, (shares[1:] * prices[1:]).sum(axis=0), profit - half, profit + half


def _range(values: Floats) -> Floats:
    """(n,) highest less lowest of each column, gaps left out; 0 for a column of gaps."""
    high = np.where(np.isnan(values), -np.inf, values).max(axis=0)
    low = np.where(np.isnan(values), np.inf, values).min(axis=0)
    known = np.isfinite(high)
    return np.asarray(np.subtract(high, low, out=np.zeros(len(high)), where=known))
