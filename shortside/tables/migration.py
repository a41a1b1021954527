"""Migration: which names moved between tiers within a window, and how many dollars they took along.

A name that fell is small because it fell. Sums by the cap at the window's end and by the cap at its start differ by
what those names carried, and by nothing else: per tier, by start + moved in − moved out = by end (METHOD section 4).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from shortside.arrays.unknown_values import known_or_none
from shortside.board import Board
from shortside.listings import Flags, Floats, Indexes
from shortside.tiers import codes_at, summed


@dataclass(frozen=True, slots=True, kw_only=True)
class TierBridge:
    """One tier by the caps at the window's start and at its end, and what names that moved make of it; USD."""

    label: str
    names_start: int
    names_in: int
    names_out: int
    names_end: int
    profit_start: float
    """P&L over the window of the names that were of this tier at its start."""
    profit_in: float
    """P&L of the names that came in."""
    profit_out: float
    """P&L of the names that went out."""
    profit_end: float
    """P&L of the names that are of this tier at the window's end."""
    short_interest_start: float
    """Sold short at the window's end in the names that were of this tier at its start."""
    short_interest_in: float
    short_interest_out: float
    short_interest_end: float
    """Sold short at the window's end in the names that are of this tier then."""

    @property
    def residual(self) -> float:
        """What the bridge of P&L leaves over: zero but for rounding."""
        return self.profit_start + self.profit_in - self.profit_out - self.profit_end


@dataclass(frozen=True, slots=True, kw_only=True)
class TierMove:
    """The names that went from one tier to another; USD."""

    tier_start: str
    tier_end: str
    names: int
    profit: float
    short_interest: float
    """At the window's end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedName:
    """One name that changed its tier; USD and fractions, None is unknown."""

    symbol: str
    name: str
    tier_start: str
    tier_end: str
    sector: str
    cap_start: float | None
    """By the repaired share count; None where the name had no price or count then, so that its tier is that of its
    first cap or unknown."""
    cap_end: float | None
    profit: float | None
    """P&L over the window; it counts in `tier_end` by the one basis, in `tier_start` by the other."""
    short_interest: float
    """At the window's end."""


class Migration:
    """The table of a Board. Its own tier basis is without effect: both ends are looked at.

    Args:
        board: whose names and window; its figures are taken at the prices of the moment.
    """

    def __init__(self, board: Board) -> None:
        self.board = board
        window = board.window
        self.codes_start: Indexes = board.start_codes
        """(N,) tiers at the window's start; of a name listed later, by its first known cap."""
        self.codes_end: Indexes = codes_at(board.book, board.scheme, window.end)
        """(N,) tiers at the window's end."""
        self.profit: Floats = np.where(np.isnan(board.profit), 0.0, board.profit)
        """(N,) USD; 0 where a day's P&L is not known, as in the sums of tiers."""
        self.has_moved: Flags = np.asarray(board.was_held & (self.codes_start != self.codes_end))
        """(N,) names held short in the window whose tier at its end is another one."""

    @cached_property
    def bridges(self) -> list[TierBridge]:
        """A row per tier that has names at either end, from the largest down, the unclassified last."""
        return [self._bridge(code) for code in range(len(self._labels)) if self._is_inhabited(code)]

    @cached_property
    def moves(self) -> list[TierMove]:
        """A row per pair of tiers between which names moved, the most dollars of P&L first."""
        count, moved = len(self._labels), self.has_moved
        pairs = self.codes_start * count + self.codes_end
        names = np.bincount(pairs[moved], minlength=count * count)
        profit = summed(pairs, self.profit, count * count, moved)
        dollars = summed(pairs, self.board.short_interest_end, count * count, moved)
        rows = [
            TierMove(
                tier_start=self._labels[pair // count],
                tier_end=self._labels[pair % count],
                names=int(names[pair]),
                profit=float(profit[pair]),
                short_interest=float(dollars[pair]),
            )
            for pair in np.flatnonzero(names).tolist()
        ]
        return sorted(rows, key=lambda row: (-abs(row.profit), row.tier_start, row.tier_end))

    def order(self) -> Indexes:
        """Columns of the names that moved, by the size of the P&L they took along, equal ones by symbol."""
        return self.board.order(np.abs(self.profit), among=self.has_moved)

    def name(self, column: int) -> MovedName:
        """The record of the name in a column."""
        board, market = self.board, self.board.market
        return MovedName(
            symbol=str(market.symbols[column]),
            name=str(market.names[column]),
            tier_start=self._labels[int(self.codes_start[column])],
            tier_end=self._labels[int(self.codes_end[column])],
            sector=market.sector_names[int(market.sectors[column])],
            cap_start=known_or_none(self._caps[0][column]),
            cap_end=known_or_none(self._caps[1][column]),
            profit=known_or_none(board.profit[column]),
            short_interest=float(board.short_interest_end[column]),
        )

    @property
    def _labels(self) -> tuple[str, ...]:
        return self.board.scheme.labels

    @cached_property
    def _caps(self) -> tuple[Floats, Floats]:
        board, market = self.board, self.board.market
        last = len(market.sessions) - 1
        live = market.shares_outstanding * board.book.price
        end = live if board.window.end == last else market.market_caps.at(board.window.end)
        return market.market_caps.at(board.window.start), np.asarray(end, np.float64)

    def _is_inhabited(self, code: int) -> bool:
        held = self.board.was_held
        return bool((held & ((self.codes_start == code) | (self.codes_end == code))).any())

    @cached_property
    def _sums(self) -> dict[str, Floats]:
        """Dollars of each tier's names at either end and of those that moved, added up as `tiers` adds them."""
        held, moved, count = self.board.was_held, self.has_moved, len(self._labels)
        parts = (
            ("start", self.codes_start, held),
            ("in", self.codes_end, moved),
            ("out", self.codes_start, moved),
            ("end", self.codes_end, held),
        )
        measures = (("profit", self.profit), ("short_interest", self.board.short_interest_end))
        return {
            f"{measure}_{part}": summed(codes, values, count, among)
            for measure, values in measures
            for part, codes, among in parts
        }

    def _bridge(self, code: int) -> TierBridge:
        held = self.board.was_held
        was, is_now = held & (self.codes_start == code), held & (self.codes_end == code)
        return TierBridge(
            label=self._labels[code],
            names_start=int(was.sum()),
            names_in=int((is_now & ~was).sum()),
            names_out=int((was & ~is_now).sum()),
            names_end=int(is_now.sum()),
            **{key: float(values[code]) for key, values in self._sums.items()},
        )
