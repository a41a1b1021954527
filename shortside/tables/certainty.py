"""Certainty: how wide the band of each tier's P&L is, how old its positions are, and what else hangs on an estimate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from shortside.arrays.unknown_values import known_or_none
from shortside.board import Board
from shortside.breadth import quotient
from shortside.listings import Flags, Floats, Indexes
from shortside.positions import PositionsMethod
from shortside.tables.shorting import TOTAL
from shortside.tiers import summed


@dataclass(frozen=True, slots=True, kw_only=True)
class CertaintyRow:
    """One tier, or all: what its figures rest on; USD, None is unknown."""

    label: str
    names: int
    """Held short at some time in the window."""
    profit: float | None
    """P&L over the window by the Board's own positions."""
    noise: float | None
    """Half the width of what it may be if shares moved one way between settlements."""
    profit_step: float | None
    """P&L with the last settlement's shares held until the next."""
    profit_linear: float | None
    """P&L with shares on a straight line between two settlements."""
    short_interest: float
    """At the window's end."""
    late_names: int
    """Names still short whose shares are of a settlement before the last one."""
    late_short_interest: float
    """Their dollars: the part of `short_interest` that rests on a figure a cycle late."""
    late_ratio: float | None
    """`late_short_interest` over `short_interest`."""
    estimated_names: int
    """Names whose tier rests on an estimate of the share count."""
    estimated_short_interest: float
    doubtful_names: int
    """Names that something is doubtful of."""
    doubtful: float
    """USD that hang on those doubts, without regard to the sign; of unknown ones nothing."""

    @property
    def method_difference(self) -> float | None:
        """By how much a straight line makes P&L larger than holding does; None where either is unknown."""
        if self.profit_linear is None or self.profit_step is None:
            return None
        return self.profit_linear - self.profit_step


class Certainty:
    """The table of a Board.

    Args:
        board: whose names, tiers and window; its figures are taken at the prices of the moment.
    """

    def __init__(self, board: Board) -> None:
        self.board = board

    @cached_property
    def is_late(self) -> Flags:
        """(N,) names still held short at the window's end whose last figure is older than the last settlement."""
        board = self.board
        positions = board.book.positions
        knot = positions.interval(board.window.end)
        if knot < 0:
            return np.zeros(len(board.market.symbols), bool)
        alive = (positions.entry <= board.window.end) & (board.window.end <= positions.exit)
        return np.asarray(board.was_held & alive & (board.short_interest_end > 0) & ~positions.is_reported[knot])

    def rows(self) -> list[CertaintyRow]:
        """A row per tier with names, from the largest down, the unclassified last; by the Board's own basis."""
        return self._rows(self.board.tier_codes, self.board.scheme.labels)

    def total(self) -> CertaintyRow | None:
        """All names together; None where nobody is held short."""
        everyone = np.zeros(len(self.board.market.symbols), np.int64)
        return next(iter(self._rows(everyone, [TOTAL])), None)

    def _rows(self, codes: Indexes, labels: Sequence[str]) -> list[CertaintyRow]:
        board, held, groups = self.board, self.board.was_held, len(labels)
        doubted, stakes = self._doubts
        is_known = board.is_window_known

        def add(values: Floats, among: Flags = held) -> Floats:
            return summed(codes, np.where(np.isnan(values), 0.0, values), groups, among & held)

        def count(among: Flags) -> Indexes:
            return np.bincount(codes[among & held], minlength=groups)

        dollars, late = add(board.short_interest_end), add(board.short_interest_end, self.is_late)
        ratio = quotient(late, dollars)
        estimated = np.asarray(board.market.is_count_estimated, bool)
        sums = {
            "profit": add(board.profit),
            "noise": add(board.profit_high - board.profit_low) / 2,
            "profit_step": add(self._profit_by(PositionsMethod.STEP)),
            "profit_linear": add(self._profit_by(PositionsMethod.LINEAR)),
        }
        counts = count(held), count(self.is_late), count(estimated), count(doubted)
        worth, at_stake = add(board.short_interest_end, estimated), add(stakes)
        return [
            CertaintyRow(
                label=labels[group],
                names=int(counts[0][group]),
                **{key: float(values[group]) if is_known else None for key, values in sums.items()},
                short_interest=float(dollars[group]),
                late_names=int(counts[1][group]),
                late_short_interest=float(late[group]),
                late_ratio=known_or_none(ratio[group]),
                estimated_names=int(counts[2][group]),
                estimated_short_interest=float(worth[group]),
                doubtful_names=int(counts[3][group]),
                doubtful=float(at_stake[group]),
            )
            for group in range(groups)
            if counts[0][group]
        ]

    def _profit_by(self, method: PositionsMethod) -> Floats:
        """(N,) P&L over the window by a positions method, at the same prices."""
        board = self.board
        if method is board.view.positions:
            return board.profit
        return board.desk.book(replace(board.view, positions=method)).window(board.window).profit

    @cached_property
    def _doubts(self) -> tuple[Flags, Floats]:
        """(N,) whether something is doubtful of a name, and the dollars that hang on all of it."""
        board = self.board
        doubted, dollars = np.zeros(len(board.market.symbols), bool), np.zeros(len(board.market.symbols))
        for doubt in board.doubts:
            if not doubt.is_of_market:
                column = board.stakes.column_of[doubt.symbol]
                doubted[column] = True
                dollars[column] += 0.0 if np.isnan(doubt.dollars) else abs(doubt.dollars)
        return doubted, dollars
