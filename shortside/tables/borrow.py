"""The cost of borrowing over time: who is hardest to borrow, whose fee rises with the price, what the book's carry is.

A day's carry of a name is its short interest × annual fee / 360, as S3 Partners and Interactive Brokers count. What was
paid since the window's start, and what is net of it, speaks of the days whose fee is known only; beside it stands how
many dollar-days those are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from shortside.arrays.unknown_values import known_or_none
from shortside.board import Board
from shortside.breadth import quotient
from shortside.listings import Floats, Indexes
from shortside.loans.history import LoanHistory, LoanState
from shortside.loans.net_of_borrow import FINANCING_DAYS, NetOfBorrow
from shortside.tiers import summed

TOTAL = "total"


@dataclass(frozen=True, slots=True, kw_only=True)
class BorrowName:
    """One name; USD, shares and fractions, None is unknown."""

    symbol: str
    name: str
    tier: str
    sector: str
    short_interest: float
    fee: float | None
    fee_change_day: float | None
    fee_change_week: float | None
    available: float | None
    is_capped: bool | None
    none_since: date | None
    available_before: float | None
    price: float | None
    price_change_day: float | None
    price_change_week: float | None
    carry_day: float | None
    added_carry_day: float | None
    paid: float | None
    profit_covered: float | None
    net: float | None
    covered_ratio: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BorrowSums:
    """The carry of some names; USD and fractions, None is unknown."""

    label: str
    names: int
    """Names sold short."""
    known_names: int
    """Those whose fee is known."""
    short_interest: float
    known_ratio: float | None
    """Share of the short dollars whose fee is known."""
    carry_day: float | None
    fee: float | None
    """The average fee of the dollars whose fee is known."""
    paid: float | None
    profit_covered: float | None
    net: float | None
    covered_ratio: float | None
    """Share of the window's dollar-days whose fee is known."""


class BorrowTable:
    """The table of a Board and a list's history.

    Args:
        board: whose names and window; its figures are taken at the prices of the moment.
        history: of the same names.
    """

    def __init__(self, board: Board, history: LoanHistory) -> None:
        self.board, self.history = board, history
        now = history.now
        self.fee: Floats = now.fee
        self.available: Floats = now.available
        self.fee_change_day: Floats = self._change(history.day_ago)
        self.fee_change_week: Floats = self._change(history.week_ago)
        """(N,) a fraction a year: 0.02 is two points of a per cent more than a week ago."""
        self.price_change_day: Floats = self._moved(history.day_ago)
        self.price_change_week: Floats = self._moved(history.week_ago)
        """(N,) the last price over the close that stood a week ago, less one; NaN unknown."""
        self.short_interest: Floats = np.where(board.included, board.short_interest, 0.0)
        self.carry_day: Floats = np.asarray(self.short_interest * self.fee / FINANCING_DAYS)
        """(N,) USD a day; NaN where the fee is unknown."""
        self.added_carry_day: Floats = np.asarray(self.short_interest * self.fee_change_week / FINANCING_DAYS)
        """(N,) USD a day that the change of the fee over a week adds; NaN where either fee is unknown."""
        costs = NetOfBorrow(board.market, board.book, board.window, board.included, history)
        self.paid: Floats = costs.paid
        """(N,) USD over the days of the window whose fee is known; NaN where there is none."""
        self.profit_covered: Floats = costs.profit(board.book.price)
        """(N,) gross P&L of those days; NaN where there is none."""
        self.dollar_days: Floats = costs.dollar_days
        """(N,) Σ short interest × calendar days of the window."""
        self.covered_dollar_days: Floats = costs.covered_dollar_days
        """(N,) those whose fee is known."""

    def _change(self, before: LoanState | None) -> Floats:
        return np.full(len(self.fee), np.nan) if before is None else np.asarray(self.fee - before.fee)

    def _moved(self, before: LoanState | None) -> Floats:
        """How far the price is from the last close by the day of a look; NaN where nothing was paid by then."""
        market = self.board.market
        row = -1 if before is None else int(np.searchsorted(market.sessions, np.datetime64(before.as_of), "right")) - 1
        if row < 0:
            return np.full(len(self.fee), np.nan)
        is_priced = market.first_priced <= row
        close = np.where(is_priced, market.close[row].astype(np.float64), np.nan)
        return quotient(self.board.book.price, close) - 1

    @cached_property
    def net(self) -> Floats:
        """(N,) USD: P&L of the days whose fee is known less what the borrow cost on them; NaN without such days."""
        return np.asarray(self.profit_covered - self.paid)

    @cached_property
    def covered_ratio(self) -> Floats:
        """(N,) share of a name's dollar-days in the window whose fee is known; NaN where it was not held short."""
        return quotient(self.covered_dollar_days, self.dollar_days)

    # -- orders -------------------------------------------------------------------------------------------------

    def hardest(self) -> Indexes:
        """Columns of the names sold short whose fee is known, the highest fee first."""
        return self.board.order(self.fee, among=(self.short_interest > 0) & np.isfinite(self.fee))

    def rising(self) -> Indexes:
        """Columns of the names whose fee and price are above those of a week ago, the most added carry first."""
        rises = (self.fee_change_week > 0) & (self.price_change_week > 0)
        return self.board.order(self.added_carry_day, among=(self.short_interest > 0) & rises)

    def gone(self) -> Indexes:
        """Columns of the names that had shares to lend and have none now, the largest short interest first."""
        is_gone = ~np.isnat(self.history.none_since)
        return self.board.order(self.short_interest, among=(self.short_interest > 0) & is_gone)

    # -- records ------------------------------------------------------------------------------------------------

    def name(self, column: int) -> BorrowName:
        """The record of the name in a column."""
        board, market, history = self.board, self.board.market, self.history
        since = history.none_since[column]
        is_known = np.isfinite(self.available[column])
        return BorrowName(
            symbol=str(market.symbols[column]),
            name=str(market.names[column]),
            tier=board.scheme.labels[int(board.tier_codes[column])],
            sector=market.sector_names[int(market.sectors[column])],
            short_interest=float(self.short_interest[column]),
            none_since=None if np.isnat(since) else since.astype(object),
            is_capped=bool(history.now.is_capped[column]) if is_known else None,
            available_before=known_or_none(history.available_before[column]),
            price=known_or_none(board.book.price[column]),
            **{name: known_or_none(getattr(self, name)[column]) for name in _MEASURES},
        )

    def sums(self, label: str, columns: Indexes) -> BorrowSums:
        """The carry of some names."""
        among = np.zeros(len(self.fee), bool)
        among[columns] = True
        # Added as tiers add theirs, so that the cents are the same.
        total = float(summed(np.zeros(len(among), np.int64), self.short_interest, 1, among)[0])
        interest, fee, carry = self.short_interest[columns], self.fee[columns], self.carry_day[columns]
        is_known = np.isfinite(fee) & (interest > 0)
        known = float(interest[is_known].sum())
        covered, held = float(self.covered_dollar_days[columns].sum()), float(self.dollar_days[columns].sum())
        day = float(carry[is_known].sum())
        paid, profit = (float(np.nansum(one[columns])) if covered else None for one in (self.paid, self.profit_covered))
        return BorrowSums(
            label=label,
            names=int(np.count_nonzero(interest > 0)),
            known_names=int(np.count_nonzero(is_known)),
            short_interest=total,
            known_ratio=known / total if total else None,
            carry_day=day if known else None,
            fee=day * FINANCING_DAYS / known if known else None,
            paid=paid,
            profit_covered=profit,
            net=None if paid is None or profit is None else profit - paid,
            covered_ratio=covered / held if held else None,
        )

    def by_tier(self) -> tuple[BorrowSums, ...]:
        """The carry of each tier that has names sold short, from the largest down."""
        codes = self.board.tier_codes
        rows = (self.sums(label, np.flatnonzero(codes == code)) for code, label in enumerate(self.board.scheme.labels))
        return tuple(row for row in rows if row.names)

    def total(self) -> BorrowSums:
        """The carry of the whole book."""
        return self.sums(TOTAL, np.arange(len(self.fee)))


_MEASURES = (
    "fee", "fee_change_day", "fee_change_week", "available", "price_change_day", "price_change_week", "carry_day",
    "added_carry_day", "paid", "profit_covered", "net", "covered_ratio",
)  # fmt: skip
