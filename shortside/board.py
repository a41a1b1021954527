"""The Board: every figure of one view of the market, per name and per group, moved by ticks without recomputing.

Over 400 lines, because a tick moves most of these figures together: they are one state, and many are a line each.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np

from shortside.arrays.ranked_values import unknown_last
from shortside.book import Book, Sums
from shortside.breadth import quotient
from shortside.crowding import Crowding, crowding
from shortside.dollar_units import DollarUnits, dollar_units
from shortside.doubts import Doubt, largest_first
from shortside.groups import MEASURES, GroupTotals
from shortside.listings import Flags, Floats, Indexes
from shortside.loans.fee_paths import FeePaths
from shortside.loans.net_of_borrow import FINANCING_DAYS, NetOfBorrow
from shortside.market import Market
from shortside.named_windows import CYCLE_WINDOW, window_title
from shortside.positions import Knowledge, Positions, kept_once, positions_of
from shortside.stakes import Stakes
from shortside.tiers import DailyTiers, TierBasis, TierScheme, codes_at
from shortside.universe import SecurityKind, members
from shortside.view import View
from shortside.windows import Window, cycles, missed_sessions, thirty_days, window_of

TREND_POINTS = 24
"""At most so many points in a tier's sparkline."""


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
        self._units: dict[frozenset[SecurityKind], DollarUnits] = {}
        self.scores: dict[tuple[int, frozenset[SecurityKind]], Crowding] = {}
        """The newest crowding per Book and universe: it does not depend on the window."""
        self.kept: dict[Hashable, Any] = {}
        """What others made of the market for as long as it is shown, by keys of their own."""
        self.fee_paths: FeePaths = FeePaths()
        """The fees of the market over time, which are read when a figure wants them."""

    def book(self, view: View) -> Book:
        """The Book of a view's positions method and knowledge, at the prices of the moment."""
        key = (view.positions, view.knowledge)
        if key not in self._books:
            self._books[key] = self._book_of(positions_of(self.market, view.positions, view.knowledge))
        book = self._books[key]
        book.price = self._price
        return book

    def _book_of(self, positions: Positions) -> Book:
        """A Book of positions, or the one there is: what was known then and hindsight are mostly one and the same."""
        others = tuple(self._books.values())
        twin = next((other for other in others if other.positions.are_those_of(positions)), None)
        kept = kept_once(positions, (other.positions for other in others))
        return twin or Book(self.market, kept, others)

    def board(self, view: View) -> Board:
        """All figures of a view. A few milliseconds for the whole market.

        Raises:
            WindowError: the view's window does not fit the sessions.
        """
        return Board(self, view)

    def units(self, view: View) -> DollarUnits:
        """The units of dollars for a view's universe: those of the closes the market was read with, whatever ticks."""
        if view.kinds not in self._units:
            self._units[view.kinds] = dollar_units(self.market, members(self.market.kinds, view.kinds))
        return self._units[view.kinds]

    def tick(self, columns: Indexes, prices: Floats) -> None:
        """New prices for the live session, for every Book."""
        self._price[columns] = prices
        self.is_quoted[columns] = True

    def stand_at(self, columns: Indexes, prices: Floats) -> None:
        """Set these prices in the live session and take every other back; what is shown of them is made anew.

        Boards made before stand where they stood; make new ones.
        """
        self._price[:] = self.market.close[-1]
        self.is_quoted[:] = False
        self.tick(columns, prices)
        # Not emptied: a Board that is ranked at this moment, at other prices, keeps its scores in the old one.
        self.scores = {}

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
        last = len(market.sessions) - 1
        self.cycle, self.cycle_before = cycles(market.sessions, self.book.positions.knots)
        named = self.cycle if view.window == CYCLE_WINDOW else window_of(view.window, market.sessions)
        self.window: Window = self._with_settlements(named)
        self.window_30d, self.window_prior = map(self._with_settlements, thirty_days(market.sessions, last))
        self.is_cycle_lacking: bool = view.window == CYCLE_WINDOW and self.cycle.length == 0
        """Whether the window is the cycle and no two settlements are known, so that nothing can be told of it."""
        is_day_known = self.window.name != "1d" or market.is_today_known
        self.is_window_known: bool = is_day_known and not self.is_cycle_lacking
        """Whether P&L over the window can be told: that of one day cannot where the session before it is missing."""
        self.included: Flags = members(market.kinds, view.kinds)
        self.units: DollarUnits = desk.units(view)
        self._closed = self.book.closed_part(self.window)
        self._closed_30d = self.book.closed_part(self.window_30d)
        self._whole_start = self.book.short_interest_at(self.window.start)
        self._ended_at = None if self.window.end == last else self.book.short_interest_at(self.window.end)
        self._flow_prior, self._flow_cycle, self._flow_cycle_before = (
            self.book.window(window).new_short for window in (self.window_prior, self.cycle, self.cycle_before)
        )
        self.new_short_prior_30d: Floats = self._where_new(self._flow_prior, self.window_prior)
        self.new_short_cycle: Floats = self._where_new(self._flow_cycle, self.cycle)
        """(N,) USD between the last two settlements known; NaN where the position turns up between them."""
        self._reaches_live = self.window.end == last and last > 0
        self._fill()
        self.tier_codes: Indexes = self._codes(view.basis)
        self.start_codes: Indexes = codes_at(self.book, self.scheme, self.window.start)
        self.crowding: Crowding = desk.scores.get(self._score_key) or self.scored()
        self._total()
        self._net_of_borrow: NetOfBorrow | None = None

    def _with_settlements(self, window: Window) -> Window:
        """The window, cut to the first settlement known: of what was short before it nobody can say anything."""
        knots = self.book.positions.knots
        if not len(knots) or knots[0] <= window.start:
            return window
        start = min(int(knots[0]), window.end)
        sessions = self.market.sessions
        return replace(
            window,
            start=start,
            start_date=sessions[start].astype(object),
            is_cut=True,
            missed=missed_sessions(sessions[start : window.end + 1]),
        )

    @property
    def window_note(self) -> str | None:
        """Why the window begins later than its name says, and which sessions its P&L rests on are doubtful.

        None where neither is so.
        """
        notes = [] if self.late_note is None else [self.late_note]
        return ". ".join((*notes, *(one.evidence for one in self.doubtful_sessions))) or None

    @property
    def doubtful_sessions(self) -> tuple[Doubt, ...]:
        """The sessions that the window's P&L rests on and whose prices are not their own."""
        start = self.market.sessions[self.window.start]
        ours = (one for one in self.market.doubts if one.is_of_market and not one.is_about_prices)
        return tuple(one for one in ours if one.session >= start)

    @property
    def late_note(self) -> str | None:
        """Why the window begins later than its name says, in a sentence; None where it does not."""
        if not self.window.is_cut:
            return None
        if self.window.name == CYCLE_WINDOW:
            return (
                f"fewer than two settlements within the closes there are known by {self.market.last_session}: no cycle"
            )
        knots, start = self.book.positions.knots, self.window.start
        if len(knots) and int(knots[0]) >= start and start > 0:
            what = "settlement known: what was short before it nobody can say"
        else:
            what = "close there is"
        return f"{window_title(self.window.name)} begins on {self.window.start_date}, with the first {what}"

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
        lacking = self._lacks_day(columns)
        # Of a single day nothing is known where the close before it is missing; over more days P&L is whole.
        untold = lacking if self._may_be_untold else np.zeros(len(lacking), bool)
        start = np.where(untold, 0.0, self._whole_start[columns])
        flow = np.where(untold, 0.0, closed.new_short[columns] + use.new_short)
        flow_30d = closed_30d.new_short[columns] + live.new_short
        # Between a settlement and itself nothing is known either, and nothing can be said to have moved.
        unknown = np.full(len(lacking), True) if self.is_cycle_lacking else untold
        ended_at = self._ended_at
        return {
            "profit": np.where(unknown, np.nan, closed.profit[columns] + use.profit),
            "profit_low": np.where(unknown, np.nan, closed.profit_low[columns] + use.profit_low),
            "profit_high": np.where(unknown, np.nan, closed.profit_high[columns] + use.profit_high),
            "_flow": flow,
            "new_short": np.where(unknown, np.nan, self._where_new(flow, self.window, columns)),
            "appeared": np.where(untold, shares * price, self.book.appeared(self.window, columns)),
            "short_interest_start": start,
            "short_interest_total": start + closed.short_interest[columns] + use.short_interest,
            "short_interest": shares * price,
            "short_interest_end": shares * price if ended_at is None else ended_at[columns],
            "profit_today": np.where(lacking, np.nan, live.profit),
            "_flow_30d": flow_30d,
            "new_short_30d": self._where_new(flow_30d, self.window_30d, columns),
            "profit_30d": closed_30d.profit[columns] + live.profit,
        }

    def _where_new(self, flow: Floats, window: Window, columns: Indexes | slice = slice(None)) -> Floats:
        """New short dollars as far as they are known: not of a name whose position turned up within the window."""
        return np.where(self.book.has_appeared(window, columns), np.nan, flow)

    profit_low: Floats
    profit_high: Floats
    new_short: Floats
    """(N,) USD over the window; NaN for a name whose position turns up within it without being new."""
    short_interest_start: Floats
    """(N,) USD sold short at the window's start."""
    short_interest_end: Floats
    """(N,) USD sold short at its end: at the prices of the moment where that is the last session."""
    _flow: Floats
    """(N,) USD of new shorts as far as they are known; of a name whose position turns up, what came after that."""
    appeared: Floats
    """(N,) USD of positions that turn up within the window without being new, else 0. Over one day those of names
    that lack the close before are among them: they have no start."""
    short_interest_total: Floats
    profit_today: Floats
    """(N,) P&L of the last session; NaN where the session before it lacks its close, of a name or of the market."""
    new_short_30d: Floats
    """(N,) USD over the last 30 days, NaN as in `new_short`."""
    _flow_30d: Floats
    profit_30d: Floats

    @property
    def known_new_short(self) -> Floats:
        """(N,) USD of new shorts as far as they are known: of a position that turned up, what came after that."""
        return self._flow

    @property
    def average_short_interest(self) -> Floats:
        """(N,) mean over the window's sessions and the one before it, USD."""
        return np.asarray(self.short_interest_total / (self.window.length + 1))

    @property
    def profit_ratio(self) -> Floats:
        """(N,) P&L over average short interest; NaN without short interest."""
        return quotient(self.profit, self.average_short_interest)

    @property
    def shares_short(self) -> Floats:
        """(N,) shares short at the last session: a settlement's own figure or an estimate between two."""
        return self.book.shares

    @property
    def doubts(self) -> tuple[Doubt, ...]:
        """What was decided about names in the totals and may be wrong, with what is at stake, the largest first.

        It changes P&L only where its session lies in the window.
        """
        stakes = self.stakes
        return largest_first(stakes.priced(doubt, self.short_interest) for doubt in stakes.doubts)

    def doubts_about(self, column: int) -> tuple[Doubt, ...]:
        """What is doubtful about the name in a column, the largest first."""
        stakes = self.stakes
        mine = (doubt for doubt in stakes.doubts if stakes.column_of.get(doubt.symbol) == column)
        return largest_first(stakes.priced(doubt, self.short_interest) for doubt in mine)

    @cached_property
    def left_out(self) -> dict[str, int]:
        """Securities not in stock totals, by reason, the most frequent first."""
        return self.market.left_out(self.included)

    @cached_property
    def stakes(self) -> Stakes:
        """What hangs on doubts in the window."""
        return Stakes(self.market, self.book, self.window, self.included)

    @cached_property
    def doubt_words(self) -> dict[int, str]:
        """The word of the rule behind each name's largest doubt in the window, by column."""
        # Backwards, so that the largest is the last to be written. Without a stake there is nothing to mark.
        doubts = [doubt for doubt in self.doubts if doubt.dollars != 0 and not doubt.is_of_market]
        return {self.stakes.column_of[doubt.symbol]: doubt.rule.word for doubt in reversed(doubts)}

    @cached_property
    def short_outstanding_ratio(self) -> Floats:
        """(N,) shares short over shares outstanding; NaN where those are an estimate."""
        return quotient(self.book.shares, self.market.counted_shares)

    @cached_property
    def short_float_ratio(self) -> Floats:
        """(N,) shares short over the public float (the conventional measure); NaN where the float is unknown or old."""
        return quotient(self.book.shares, self.market.known_float)

    @cached_property
    def days_to_cover(self) -> Floats:
        """(N,) shares short over the average volume of the last 20 sessions. FINRA's own figure is never used."""
        return quotient(self.book.shares, self.market.average_volume)

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
    def fee_change_1d(self) -> Floats:
        """(N,) the borrow fee less that of the look 24 hours before, a fraction a year; NaN unknown."""
        borrow = self.market.borrow
        return self._fee_change(None if borrow is None else borrow.fee_day_ago)

    @property
    def fee_change_1w(self) -> Floats:
        """(N,) the borrow fee less that of the look seven days before, a fraction a year; NaN unknown."""
        borrow = self.market.borrow
        return self._fee_change(None if borrow is None else borrow.fee_week_ago)

    def _fee_change(self, before: Floats | None) -> Floats:
        return np.full(len(self.market.symbols), np.nan) if before is None else np.asarray(self.borrow_fee - before)

    @property
    def carry_day(self) -> Floats:
        """(N,) USD that a day's borrow of all shares short costs at the last price and fee; NaN where it is unknown."""
        return np.asarray(self.short_interest * self.borrow_fee / FINANCING_DAYS)

    @property
    def net_of_borrow(self) -> NetOfBorrow | None:
        """P&L net of what the borrow cost; None until the fees over time are read, and where there are none.

        Asking has them read. Made once of a Board, in some milliseconds.
        """
        history = self.desk.fee_paths.wanted()
        made = self._net_of_borrow
        if history is not None and (made is None or made.history is not history):
            made = self._net_of_borrow = NetOfBorrow(self.market, self.book, self.window, self.included, history)
        return None if history is None else made

    @property
    def net_profit(self) -> Floats:
        """(N,) USD: P&L of the window's days whose fee is known less what the borrow cost on them; NaN unknown."""
        return self.net_profit_of(slice(None))

    def net_profit_of(self, columns: Indexes | slice) -> Floats:
        """(n,) USD: `net_profit` of some names."""
        costs, profit = self.net_of_borrow, self.profit[columns]
        if costs is None:
            return np.full(len(profit), np.nan)
        return np.where(np.isfinite(profit), costs.net(self.book.price, columns), np.nan)

    @property
    def net_covered_ratio(self) -> Floats:
        """(N,) share of a name's dollar-days in the window that `net_profit` speaks of; NaN where it is unknown."""
        costs = self.net_of_borrow
        return np.full(len(self.market.symbols), np.nan) if costs is None else costs.covered_ratio

    @property
    def is_easy_to_borrow(self) -> Floats:
        """(N,) 1 where a broker says so, 0 where it does not; NaN where none was asked or knows the name."""
        lending = self.market.lending
        return np.full(len(self.market.symbols), np.nan) if lending is None else lending.is_easy

    @property
    def market_cap(self) -> Floats:
        """(N,) USD at the last price; NaN where the count is an estimate, which only a tier may rest on."""
        return np.asarray(self.market.counted_shares * self.book.price)

    @property
    def lacks_day(self) -> Flags:
        """(N,) names that have a price today and lack the close before: what today made is of two sessions or more."""
        return self._lacks_day(slice(None))

    def _lacks_day(self, columns: Indexes | slice) -> Flags:
        lacks = self.market.lacks_close_before[columns] & ~self.is_stale[columns]
        return np.asarray(lacks | (not self.market.is_today_known))

    @property
    def _may_be_untold(self) -> bool:
        """Whether P&L over the window is unknown of names that lack a close: over one day, but not over more."""
        return self.window.name == "1d"

    @cached_property
    def is_stale(self) -> Flags:
        """(N,) whether the last session brought neither a close nor a quote."""
        return np.asarray((self.market.last_priced < len(self.market.sessions) - 1) & ~self.desk.is_quoted)

    @property
    def hindsight_to(self) -> date | None:
        """The day of the last publication the figures rest on, where nobody knew it on their own day; else None."""
        market, row = self.market, self.book.positions.last_row(len(self.market.sessions) - 1)
        if row is None or self.view.knowledge is Knowledge.AS_KNOWN:
            return None
        # A figure that FINRA revised is known from the next settlement's publication on.
        is_revised = market.first_shares_short.differs(row) and row + 1 < len(market.published)
        published = market.published[row + is_revised]
        return published.astype(object) if published > market.known_on else None

    @property
    def was_held(self) -> Flags:
        """(N,) included names that were held short at some time in the window."""
        return np.asarray(self.included & (self.short_interest_total > 0))

    @property
    def _score_key(self) -> tuple[int, frozenset[SecurityKind]]:
        return id(self.book), self.view.kinds

    def scored(self) -> Crowding:
        """Crowding and squeeze at the prices of the moment; the Board keeps those it has. A few milliseconds."""
        borrow, shares, kept = self.market.borrow, self.book.shares, self.desk.scores
        so, fl = self.short_outstanding_ratio, self.short_float_ratio
        scores = crowding(
            short_interest=self.short_interest,
            short_ratio=np.where(np.isfinite(fl), fl, so),
            days_to_cover=self.days_to_cover,
            fee=None if borrow is None else borrow.fee,
            available_ratio=None if borrow is None else quotient(borrow.available, shares),
            recent_loss_ratio=quotient(-self.profit_30d, self.short_interest),
            included=self.included,
        )
        kept[self._score_key] = scores
        return scores

    def take_scores(self) -> None:
        """Crowding and squeeze as another Board of the Desk ranked them since; ranked here where none did."""
        newest = self.desk.scores.get(self._score_key)
        self.crowding = self.scored() if newest is None or newest is self.crowding else newest

    def rescore(self) -> None:
        """Crowding and squeeze again, at the prices of the moment. A few milliseconds; ticks leave them alone."""
        self.crowding = self.scored()

    @property
    def measured_to(self) -> date | None:
        """The day up to which shares short are measured, or estimated between two settlements; None for none.

        After it they are held, and add nothing to new shorts.
        """
        market, positions = self.market, self.book.positions
        last = len(market.sessions) - 1
        if positions.is_held(last):
            day: date = market.settlements[positions.settlement_rows[-1]].astype(object)
            return day
        return market.last_session if len(positions.knots) else None

    @property
    def not_new(self) -> Indexes:
        """Columns of the names whose positions turned up within the window or its last 30 days, the largest first."""
        dollars = np.where(self.included, np.maximum(self.appeared, self.book.appeared(self.window_30d)), 0.0)
        return np.asarray(np.argsort(-dollars, kind="stable")[: np.count_nonzero(dollars)])

    # -- groups -------------------------------------------------------------------------------------------------

    def _codes(self, basis: TierBasis) -> Indexes:
        if basis is TierBasis.START:
            return codes_at(self.book, self.scheme, self.window.start)
        if basis is TierBasis.DAILY:
            return codes_at(self.book, self.scheme, max(self.window.end - 1, 0))
        return codes_at(self.book, self.scheme, self.window.end)

    def _figures(self, columns: Indexes) -> Floats:
        """(measures, n) of some names, zero where they do not count."""
        counted = self.included[columns] & (self.short_interest_total[columns] > 0)
        profit, total = self.profit[columns], self.short_interest_total[columns]
        average = total / (self.window.length + 1)
        fee = self.borrow_fee[columns]
        days = (self.window.end_date - self.window.start_date).days
        has_fee = np.isfinite(fee)
        # Unknown profits, of a day, are left out: sums that move by differences stay free of NaN.
        told = _known_or_zero if self._may_be_untold or self.is_cycle_lacking else np.asarray
        rows = {
            "names": np.ones(len(columns)),
            "profit": told(profit),
            "profit_low": told(self.profit_low[columns]),
            "profit_high": told(self.profit_high[columns]),
            "new_short": self._flow[columns],
            "appeared": self.appeared[columns],
            "short_interest_start": self.short_interest_start[columns],
            "short_interest_end": self.short_interest_end[columns],
            "short_interest_total": total,
            "profit_today": _known_or_zero(self.profit_today[columns]),
            "new_short_30d": self._flow_30d[columns],
            "new_short_prior_30d": self._flow_prior[columns],
            "new_short_cycle": self._flow_cycle[columns],
            "new_short_prior_cycle": self._flow_cycle_before[columns],
            "gaining": (profit > 0).astype(float),
            "losing": (profit < 0).astype(float),
            "gaining_dollars": np.where(profit > 0, average, 0.0),
            "losing_dollars": np.where(profit < 0, average, 0.0),
            "financing": np.where(has_fee, average * np.where(has_fee, fee, 0.0) * days / FINANCING_DAYS, 0.0),
            "financed_names": has_fee.astype(float),
        }
        return np.stack([np.where(counted, rows[measure], 0.0) for measure in MEASURES])

    def summed(self, columns: Indexes) -> dict[str, float]:
        """The sums of all measures over some names, each once."""
        return dict(zip(MEASURES, self._figures(columns).sum(axis=1).tolist(), strict=True))

    def grouped(self, codes: Indexes, groups: int) -> GroupTotals:
        """The sums of all measures by any grouping of the names: (N,) which of so many groups each belongs to."""
        return GroupTotals.of(codes, self._figures(np.arange(len(self.market.symbols))), groups)

    def _total(self) -> None:
        everyone = np.arange(len(self.market.symbols))
        figures = self._figures(everyone)
        rows = len(self.scheme.labels)
        self.tiers = GroupTotals.of(self.tier_codes, figures, rows)
        self.tiers_by_start = GroupTotals.of(self.start_codes, figures[1:2], rows)
        self.sectors = GroupTotals.of(self.market.sectors, figures, len(self.market.sector_names))
        self.moved_in: Floats = np.zeros(rows)
        # One day is by its previous close already.
        if self.view.basis is TierBasis.DAILY and self.window.name != "1d":
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
                "appeared": sums.appeared,
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

    def follow(self, columns: Indexes) -> None:
        """Bring the vectors of some names to the prices the Desk has by now, for whoever has no use for the totals."""
        self.is_stale[columns] = False
        self._fill(columns)
        if self.view.basis is TierBasis.END and self._reaches_live:
            caps = self.market.shares_outstanding[columns] * self.book.price[columns]
            self.tier_codes[columns] = self.scheme.codes(caps)

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
        keys = unknown_last(values[chosen], descends=descending)
        return np.asarray(chosen[np.lexsort((self.symbol_ranks[chosen], keys))])

    @cached_property
    def symbol_ranks(self) -> Indexes:
        """(N,) place of each symbol in the alphabet."""
        ranks = np.empty(len(self.market.symbols), np.int64)
        ranks[np.argsort(self.market.symbols.astype(str), kind="stable")] = np.arange(len(ranks))
        return ranks


def _known_or_zero(values: Floats) -> Floats:
    return np.where(np.isnan(values), 0.0, values)


def _span(window: Window, start: int, end: int) -> Window:
    return Window(
        name="span", start=start, end=end, start_date=window.start_date, end_date=window.end_date, is_cut=window.is_cut
    )


def total_of(totals: GroupTotals, groups: Sequence[int] | None = None) -> dict[str, float]:
    """The sums of all groups, or of some, as one row of measures."""
    every = range(totals.values.shape[1])
    return totals.merged(tuple(groups if groups is not None else every))
