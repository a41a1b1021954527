"""Cap tiers: who is mega, who is small, by the cap of which day, and what each tier's shorts earned."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from shortside.book import Book
from shortside.listings import Flags, Floats, Indexes
from shortside.windows import Window
from shortside.words.group_words import UNCLASSIFIED


class TierBasis(StrEnum):
    """By the market cap of which day a name gets its tier. The choice changes the answer (METHOD section 4)."""

    END = "end"
    """The window's last day, as S3 Partners prints it: names that fell are small because they fell."""
    START = "start"
    """The day before the window begins; a name listed later, by its first known cap."""
    DAILY = "daily"
    """Each day by the market cap at the close before it."""


@dataclass(frozen=True, slots=True)
class TierScheme:
    """Tiers from the largest down, with inclusive lower bounds in US dollars."""

    names: tuple[str, ...] = ("mega", "large", "mid", "small", "micro", "nano")
    lower_bounds: tuple[float, ...] = (200e9, 10e9, 2e9, 300e6, 50e6, 0.0)
    rollup: tuple[tuple[str, tuple[str, ...]], ...] = (
        ("mega+large", ("mega", "large")),
        ("mid", ("mid",)),
        ("small+micro+nano", ("small", "micro", "nano")),
    )
    """S3's three groups."""
    unclassified: str = field(default=UNCLASSIFIED)

    def __post_init__(self) -> None:
        descending = all(upper > lower for upper, lower in zip(self.lower_bounds, self.lower_bounds[1:], strict=False))
        if len(self.names) != len(self.lower_bounds) or not descending or self.lower_bounds[-1] != 0:
            raise ValueError("tier bounds must fall from the largest to zero, one for each name")

    @property
    def labels(self) -> tuple[str, ...]:
        """All rows: the tiers, then the unclassified."""
        return (*self.names, self.unclassified)

    def codes(self, market_cap: Floats) -> Indexes:
        """Index into `labels` for each cap; the last one where the cap is unknown. Any shape."""
        # A handful of comparisons is several times quicker than a binary search for each name.
        cap = np.asarray(market_cap, np.float64)
        below = np.zeros(cap.shape, np.int64)
        for bound in self.lower_bounds[:-1]:
            below += cap < bound
        return np.asarray(np.where(np.isfinite(cap), below, len(self.names)))

    def groups(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """The roll-up's rows as (label, tier indexes); the unclassified are one of their own: rows sum to the total."""
        rows = tuple((label, tuple(self.names.index(name) for name in names)) for label, names in self.rollup)
        return (*rows, (self.unclassified, (len(self.names),)))


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class TierSums:
    """Dollar sums per tier. R = tiers + 1, the last row the unclassified. Dollars are added; ratios come last."""

    profit: Floats
    profit_low: Floats
    profit_high: Floats
    new_short: Floats
    short_interest_start: Floats
    short_interest_end: Floats
    short_interest_total: Floats
    """Σ over the sessions of the window, the one before it included: divide by their number for the average."""
    moved_in: Floats
    """Short interest that names carried in from other tiers, less what they carried out; zero but for `daily`."""
    appeared: Floats
    """Positions that turned up within the window and are not new."""

    @property
    def residual(self) -> Floats:
        """(R,) start + new − P&L + moved in + appeared − end: zero unless the inputs disagree."""
        start = self.short_interest_start + self.new_short - self.profit + self.moved_in + self.appeared
        return np.asarray(start - self.short_interest_end)


def codes_at(book: Book, scheme: TierScheme, session: int) -> Indexes:
    """(N,) tier codes by the caps of one session; at the last one, by the live price."""
    market = book.market
    if session == len(market.sessions) - 1:
        return scheme.codes(market.shares_outstanding * book.price)
    return scheme.codes(market.market_caps.at(session))


def summed(codes: Indexes, values: Floats, rows: int, included: Flags) -> Floats:
    """(rows,) sums of values per code over the included names."""
    return np.bincount(codes, np.where(included, values, 0.0), rows).astype(np.float64)


class DailyTiers:
    """Tier sums by each day's previous close, kept as running sums so that any window is a difference.

    Args:
        book: its market and positions; the live session is taken as it stands when built.
        included: (N,) which names count.
        scheme: the tiers.
    """

    def __init__(self, book: Book, included: Flags, scheme: TierScheme) -> None:
        self._scheme = scheme
        total, rows = len(book.market.sessions), len(scheme.labels)
        self.profit = np.zeros((total, rows))
        self.new_short = np.zeros((total, rows))
        self.short_interest = np.zeros((total, rows))
        """(T, R) of each session by the tiers of that session's own previous close."""
        self.moved_in = np.zeros((total, rows))
        """(T, R) carried over at the open of each session by names whose tier changed the close before."""
        self.appeared = np.zeros((total, rows))
        """(T, R) positions that turn up at each session and are not new."""
        self._run(book, included)

    def _run(self, book: Book, included: Flags) -> None:
        market, positions, rows = book.market, book.positions, len(self._scheme.labels)
        # Whoever never counts is left aside: a third of the market, and every sum is over all names and sessions.
        counted = np.flatnonzero(included & (positions.entry < len(market.sessions)))
        before = self._scheme.codes(market.market_caps.at(0)[counted])
        price = market.close[0, counted].astype(np.float64)
        shares = positions.at(0, counted)
        self.short_interest[0] = np.bincount(before, shares * price, rows)
        for session in range(1, len(market.sessions)):
            codes = self._scheme.codes(market.market_caps.at(session - 1)[counted])
            carried = shares * price
            changed = np.flatnonzero(codes != before)
            self.moved_in[session] = np.bincount(codes[changed], carried[changed], rows)
            self.moved_in[session] -= np.bincount(before[changed], carried[changed], rows)
            price_now = market.close[session, counted].astype(np.float64)
            shares_now = positions.at(session, counted)
            self.profit[session] = np.bincount(codes, shares * (price - price_now), rows)
            turns_up = book.appeared_at[counted] == session
            moved = (shares_now - shares) * price_now
            self.new_short[session] = np.bincount(codes, np.where(turns_up, 0.0, moved), rows)
            self.appeared[session] = np.bincount(codes, np.where(turns_up, moved, 0.0), rows)
            self.short_interest[session] = np.bincount(codes, shares_now * price_now, rows)
            before, price, shares = codes, price_now, shares_now
        last = max(len(market.sessions) - 2, 0)
        self.last_codes = self._scheme.codes(market.market_caps.at(last))
        """(N,) the codes of the last session, which its ticks do not change."""

    def renew_last(self, book: Book, included: Flags) -> None:
        """The live session again, at the prices of the moment."""
        if book.is_flat:
            return
        live, rows = book.live(), len(self._scheme.labels)
        self.profit[-1] = summed(self.last_codes, live.profit, rows, included)
        self.new_short[-1] = summed(self.last_codes, live.new_short, rows, included)
        self.short_interest[-1] = summed(self.last_codes, live.short_interest, rows, included)
        turns_up = book.appeared_at == len(book.market.sessions) - 1
        self.appeared[-1] = summed(self.last_codes, live.short_interest, rows, included & turns_up)

    def sums(self, window: Window, band: tuple[Floats, Floats]) -> TierSums:
        """The window's sums; `band` is what the tiers' P&L may lie below and above the estimate, by the last codes."""
        inside = slice(window.start + 1, window.end + 1)
        profit = self.profit[inside].sum(axis=0)
        return TierSums(
            profit=profit,
            profit_low=profit - band[0],
            profit_high=profit + band[1],
            new_short=self.new_short[inside].sum(axis=0),
            short_interest_start=self.short_interest[window.start],
            short_interest_end=self.short_interest[window.end],
            short_interest_total=self.short_interest[window.start : window.end + 1].sum(axis=0),
            moved_in=self.moved_in[inside].sum(axis=0),
            appeared=self.appeared[inside].sum(axis=0),
        )
