"""The Board: every figure of one view of the market, per name and per group, moved by ticks without recomputing."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from shortside.book import Book, Sums
from shortside.breadth import ratio
from shortside.crowding import Crowding, crowding
from shortside.groups import MEASURES, GroupTotals
from shortside.listings import Flags, Floats, Indexes
from shortside.market import Market
from shortside.positions import positions_of
from shortside.tiers import DailyTiers, TierBasis, TierScheme, codes_at
from shortside.universe import SecurityKind, members
from shortside.view import View
from shortside.windows import Window, thirty_days, window_of

TREND_POINTS = 24
"""At most so many points in a tier's sparkline."""
FLOAT_AGE_DAYS = 200
"""A public float older than this no longer measures anything; shares outstanding are used under their own name."""
FINANCING_DAYS = 360
"""S3 and IBKR charge a day's borrow as fee / 360."""


class Desk:
    """One market and the Books built on it, kept so that switching back and forth costs nothing."""

    def __init__(self, market: Market, scheme: TierScheme | None = None) -> None:
        self.market = market
        self.scheme = scheme or TierScheme()
        self._books: dict[tuple[str, str], Book] = {}
        self._daily: dict[tuple[int, frozenset[SecurityKind]], DailyTiers] = {}
        self._price = market.close[-1].astype(np.float64)
        self.is_quoted: Flags = np.zeros(len(market.symbols), bool)
        """(N,) names that ticked since the market was read."""
        self.scores: dict[tuple[int, frozenset[SecurityKind]], Crowding] = {}
        """The newest crowding per Book and universe: it does not depend on the window."""

    def book(self, view: View) -> Book:
        """The Book of a view's positions method and knowledge, at the prices of the moment."""
        key = (view.positions, view.knowledge)
        if key not in self._books:
            self._books[key] = Book(self.market, positions_of(self.market, view.positions, view.knowledge))
        book = self._books[key]
        book.price = self._price
        return book

    def board(self, view: View) -> Board:
        """All figures of a view. A few milliseconds for the whole market.

        Raises:
            WindowError: the view's window does not fit the sessions.
        """
        return Board(self, view)

    def tick(self, columns: Indexes, prices: Floats) -> None:
        """New prices for the live session, for every Book."""
        self._price[columns] = prices
        self.is_quoted[columns] = True

    def daily(self, book: Book, view: View, included: Flags) -> DailyTiers:
        """Tiers by the previous close, computed once per Book and universe; the live session is summed by the Board."""
        key = (id(book), view.kinds)
        if key not in self._daily:
            self._daily[key] = DailyTiers(book, included, self.scheme)
        return self._daily[key]


class Board:
    """One view of the market: vectors per name, totals per tier and sector. Made by `Desk.board`."""

    def __init__(self, desk: Desk, view: View) -> None:
        self.desk, self.view = desk, view
        self.market, self.scheme = desk.market, desk.scheme
        self.book = desk.book(view)
        market = self.market
        self.window: Window = window_of(view.window, market.sessions)
        self.window_30d, self.window_prior = thirty_days(market.sessions, self.window.end)
        self.included: Flags = members(market.kinds, view.kinds)
        last = len(market.sessions) - 1
        self._closed = self.book.closed_part(self.window)
        self._closed_30d = self.book.closed_part(self.window_30d)
        self._start = self.book.short_interest_at(self.window.start)
        self.new_short_prior_30d: Floats = self.book.window(self.window_prior).new_short
        self._reaches_live = self.window.end == last and last > 0
        self._fill()
        self.tier_codes: Indexes = self._codes(view.basis)
        self.start_codes: Indexes = codes_at(self.book, self.scheme, self.window.start)
        self.crowding: Crowding = desk.scores.get(self._score_key) or self.scored()
        self._total()

    # -- per name -----------------------------------------------------------------------------------------------

    def _fill(self, columns: Indexes | slice = slice(None)) -> None:
        """The vectors that move with prices, for all names or some."""
        if not isinstance(columns, slice):
            live = self.book.live(columns)
            for name, values in self._moving(live, columns).items():
                getattr(self, name)[columns] = values
            return
        self.profit: Floats
        self.short_interest: Floats
        for name, values in self._moving(self.book.live(), columns).items():
            setattr(self, name, np.asarray(values, np.float64).copy())

    def _moving(self, live: Sums, columns: Indexes | slice) -> dict[str, Floats]:
        closed, closed_30d, reaches = self._closed, self._closed_30d, self._reaches_live
        nothing = np.zeros(len(live.profit))
        use = live if reaches else Sums(*(nothing for _ in range(5)))
        shares, price = self.book.shares[columns], self.book.price[columns]
        return {
            "profit": closed.profit[columns] + use.profit,
            "profit_low": closed.profit_low[columns] + use.profit_low,
            "profit_high": closed.profit_high[columns] + use.profit_high,
            "new_short": closed.new_short[columns] + use.new_short,
            "short_interest_total": self._start[columns] + closed.short_interest[columns] + use.short_interest,
            "short_interest": shares * price,
            "profit_today": live.profit if self.market.is_today_known else np.full(len(live.profit), np.nan),
            "new_short_30d": closed_30d.new_short[columns] + use.new_short,
            "profit_30d": closed_30d.profit[columns] + use.profit,
        }

    profit_low: Floats
    profit_high: Floats
    new_short: Floats
    short_interest_total: Floats
    profit_today: Floats
    """(N,) P&L of the last session; NaN for all while the session before it lacks its closes."""
    new_short_30d: Floats
    profit_30d: Floats

    @property
    def average_short_interest(self) -> Floats:
        """(N,) mean over the window's sessions and the one before it, USD."""
        return np.asarray(self.short_interest_total / (self.window.length + 1))

    @property
    def profit_ratio(self) -> Floats:
        """(N,) P&L over average short interest; NaN without short interest."""
        return ratio(self.profit, self.average_short_interest)

    @property
    def shares_short(self) -> Floats:
        """(N,) shares short at the last session: a settlement's own figure or an estimate between two."""
        return self.book.shares

    @cached_property
    def short_outstanding_ratio(self) -> Floats:
        """(N,) shares short over shares outstanding; NaN where those are an estimate."""
        return ratio(self.book.shares, self.market.counted_shares)

    @cached_property
    def short_float_ratio(self) -> Floats:
        """(N,) shares short over the public float (the conventional measure); NaN where the float is unknown or old."""
        age = self.market.sessions[-1] - self.market.float_as_of
        if np.isnat(age) or age > np.timedelta64(FLOAT_AGE_DAYS, "D"):
            return np.full(len(self.market.symbols), np.nan)
        return ratio(self.book.shares, self.market.float_shares)

    @cached_property
    def days_to_cover(self) -> Floats:
        """(N,) shares short over the average volume of the last 20 sessions. FINRA's own figure is never used."""
        return ratio(self.book.shares, self.market.average_volume)

    @property
    def on_threshold_list(self) -> Floats:
        """(N,) 1 for a name on a threshold list, 0 for one whose exchange's list was read without it, else NaN."""
        threshold = self.market.threshold
        if threshold is None:
            return np.full(len(self.market.symbols), np.nan)
        return np.where(threshold.is_known, threshold.is_listed.astype(np.float64), np.nan)

    @property
    def borrow_fee(self) -> Floats:
        """(N,) annual borrow fee as a fraction; NaN unknown."""
        borrow = self.market.borrow
        return np.full(len(self.market.symbols), np.nan) if borrow is None else borrow.fee

    @property
    def is_easy_to_borrow(self) -> Floats:
        """(N,) 1 where a broker says so, 0 where it does not; NaN where none was asked or knows the name."""
        lending = self.market.lending
        return np.full(len(self.market.symbols), np.nan) if lending is None else lending.is_easy

    @property
    def market_cap(self) -> Floats:
        """(N,) USD at the last price; NaN where the count is an estimate, which only a tier may rest on."""
        return np.asarray(self.market.counted_shares * self.book.price)

    @cached_property
    def is_stale(self) -> Flags:
        """(N,) whether the last session brought neither a close nor a quote."""
        return np.asarray((self.market.last_priced < len(self.market.sessions) - 1) & ~self.desk.is_quoted)

    @property
    def was_held(self) -> Flags:
        """(N,) included names that were held short at some time in the window."""
        return np.asarray(self.included & (self.short_interest_total > 0))

    @property
    def _score_key(self) -> tuple[int, frozenset[SecurityKind]]:
        return id(self.book), self.view.kinds

    def scored(self) -> Crowding:
        """Crowding and squeeze at the prices of the moment; the Board keeps those it has. A few milliseconds."""
        borrow, shares = self.market.borrow, self.book.shares
        so, fl = self.short_outstanding_ratio, self.short_float_ratio
        scores = crowding(
            short_interest=self.short_interest,
            short_ratio=np.where(np.isfinite(fl), fl, so),
            days_to_cover=self.days_to_cover,
            fee=None if borrow is None else borrow.fee,
            available_ratio=None if borrow is None else ratio(borrow.available, shares),
            recent_loss_ratio=ratio(-self.profit_30d, self.short_interest),
            included=self.included,
        )
        self.desk.scores[self._score_key] = scores
        return scores

    def rescore(self) -> None:
        """Crowding and squeeze again, at the prices of the moment. A few milliseconds; ticks leave them alone."""
        self.crowding = self.scored()

    # -- groups -------------------------------------------------------------------------------------------------

    def _codes(self, basis: TierBasis) -> Indexes:
        if basis is TierBasis.START:
            return codes_at(self.book, self.scheme, self.window.start)
        if basis is TierBasis.DAILY:
            return codes_at(self.book, self.scheme, max(self.window.end - 1, 0))
        return codes_at(self.book, self.scheme, self.window.end)

    def _figures(self, columns: Indexes) -> Floats:
        """(measures, n) of some names, zero where they do not count."""
        counted = self.was_held[columns]
        profit, total = self.profit[columns], self.short_interest_total[columns]
        average = total / (self.window.length + 1)
        fee = self.borrow_fee[columns]
        days = (self.window.end_date - self.window.start_date).days
        has_fee = np.isfinite(fee)
        rows = {
            "names": np.ones(len(columns)),
            "profit": profit,
            "profit_low": self.profit_low[columns],
            "profit_high": self.profit_high[columns],
            "new_short": self.new_short[columns],
            "short_interest_start": self._start[columns],
            "short_interest_end": self.short_interest[columns],
            "short_interest_total": total,
            # Unknown for all or for none: rows say so, and sums that move by differences stay free of NaN.
            "profit_today": np.nan_to_num(self.profit_today[columns]),
            "new_short_30d": self.new_short_30d[columns],
            "new_short_prior_30d": self.new_short_prior_30d[columns],
            "gaining": (profit > 0).astype(float),
            "losing": (profit < 0).astype(float),
            "gaining_dollars": np.where(profit > 0, average, 0.0),
            "losing_dollars": np.where(profit < 0, average, 0.0),
            "financing": np.where(has_fee, average * np.where(has_fee, fee, 0.0) * days / FINANCING_DAYS, 0.0),
            "financed_names": has_fee.astype(float),
        }
        return np.stack([np.where(counted, rows[measure], 0.0) for measure in MEASURES])

    def _total(self) -> None:
        everyone = np.arange(len(self.market.symbols))
        figures = self._figures(everyone)
        rows = len(self.scheme.labels)
        self.tiers = GroupTotals.of(self.tier_codes, figures, rows)
        self.tiers_by_start = GroupTotals.of(self.start_codes, figures[1:2], rows)
        self.sectors = GroupTotals.of(self.market.sectors, figures, len(self.market.sector_names))
        self.moved_in: Floats = np.zeros(rows)
        if self.view.basis is TierBasis.DAILY:
            self._total_daily()

    def _total_daily(self) -> None:
        by_end = self.tiers
        below, above = by_end["profit"] - by_end["profit_low"], by_end["profit_high"] - by_end["profit"]
        sums = self._daily.sums(self.window, (below, above))
        self.tiers = by_end.with_measures(
            {
                "profit": sums.profit,
                "profit_low": sums.profit_low,
                "profit_high": sums.profit_high,
                "new_short": sums.new_short,
                "short_interest_start": sums.short_interest_start,
                "short_interest_end": sums.short_interest_end,
                "short_interest_total": sums.short_interest_total,
            }
        )
        self.moved_in = sums.moved_in

    @cached_property
    def _daily(self) -> DailyTiers:
        daily = self.desk.daily(self.book, self.view, self.included)
        daily.renew_last(self.book, self.included)
        return daily

    def tick(self, columns: Indexes, prices: Floats) -> None:
        """New prices of some names: their vectors and the totals they belong to move, nothing else."""
        before = self._figures(columns)
        old_codes = self.tier_codes[columns].copy()
        self.desk.tick(columns, prices)
        self.is_stale[columns] = False
        self._fill(columns)
        if self.view.basis is TierBasis.END and self._reaches_live:
            self.tier_codes[columns] = self.scheme.codes(self.market.shares_outstanding[columns] * prices)
        after = self._figures(columns)
        moved = np.concatenate([old_codes, self.tier_codes[columns]])
        self.tiers = self.tiers.plus(moved, np.concatenate([-before, after], axis=1))
        self.tiers_by_start = self.tiers_by_start.plus(self.start_codes[columns], (after - before)[1:2])
        self.sectors = self.sectors.plus(self.market.sectors[columns], after - before)

    # -- trends -------------------------------------------------------------------------------------------------

    def trend_sessions(self) -> list[int]:
        """Sessions of the sparklines' points: the settlements of a long window, evenly spread days of a short one."""
        window = self.window
        if window.length > 4 * TREND_POINTS:
            inside = self.book.breaks[(self.book.breaks > window.start) & (self.book.breaks < window.end)]
            return [window.start, *inside.tolist(), window.end]
        count = min(TREND_POINTS, window.length + 1)
        return sorted({round(x) for x in np.linspace(window.start, window.end, count)})

    @cached_property
    def tier_trends(self) -> Floats:
        """(points, R) cumulative P&L of each tier since the window's start, by the view's tiers; live last point."""
        points = self.trend_sessions()
        if self.view.basis is TierBasis.DAILY:
            running = self._daily.profit.cumsum(axis=0)[points]
            return np.asarray(running - running[0])
        trend = np.zeros((len(points), len(self.scheme.labels)))
        total = np.zeros(len(self.market.symbols))
        held = self.was_held
        for place in range(1, len(points)):
            step = _span(self.window, points[place - 1], points[place])
            total = total + self.book.window(step).profit
            trend[place] = np.bincount(self.tier_codes, np.where(held, total, 0.0), trend.shape[1])
        return trend

    # -- orders -------------------------------------------------------------------------------------------------

    def order(self, values: Floats, descending: bool = True, among: Flags | None = None) -> Indexes:
        """Names sorted by a vector, unknown last, ties by symbol; only held names unless `among` says otherwise."""
        chosen = np.flatnonzero(self.was_held if among is None else among)
        keys = values[chosen]
        keys = np.where(np.isfinite(keys), -keys if descending else keys, np.inf)
        return np.asarray(chosen[np.lexsort((self.symbol_ranks[chosen], keys))])

    @cached_property
    def symbol_ranks(self) -> Indexes:
        """(N,) place of each symbol in the alphabet."""
        ranks = np.empty(len(self.market.symbols), np.int64)
        ranks[np.argsort(self.market.symbols.astype(str), kind="stable")] = np.arange(len(ranks))
        return ranks


def _span(window: Window, start: int, end: int) -> Window:
    return Window(
        name="span", start=start, end=end, start_date=window.start_date, end_date=window.end_date, is_cut=window.is_cut
    )


def total_of(totals: GroupTotals, groups: Sequence[int] | None = None) -> dict[str, float]:
    """The sums of all groups, or of some, as one row of measures."""
    every = range(totals.values.shape[1])
    return totals.merged(tuple(groups if groups is not None else every))
