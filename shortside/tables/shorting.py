"""Shorting and covering: who was sold short and bought back in a window, with what the price did told apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from shortside.arrays.unknown_values import known_or_none
from shortside.board import Board
from shortside.breadth import quotient
from shortside.listings import Flags, Floats, Indexes
from shortside.tables.window_flow import WindowFlow, float_ratio, flow_before, window_flow
from shortside.tiers import summed
from shortside.words.group_words import sector_word

TOTAL: Final = "total"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortingSums:
    """What was sold short and covered in a group of names, USD; None is unknown."""

    label: str
    names: int
    """Names held short at some time in the window."""
    start: float
    new_short: float
    """Shorting less covering: `shorted` + `covered`."""
    shorted: float
    """New shorts of the names that have more of them than none."""
    covered: float
    """New shorts below zero, of the names that were covered on balance."""
    turned_up: float
    """Positions that turned up without being new."""
    price_effect: float
    end: float
    new_short_ratio: float | None
    """New shorts over what was short at the start."""
    float_ratio: float | None
    """New shorts over the float's worth at the window's end, of the names whose float is known."""
    float_names: int
    """How many names that is."""
    new_short_before: float | None
    """New shorts of the window before; None where that is not whole."""
    price_effect_before: float | None

    @property
    def residual(self) -> float:
        """What the identity leaves over: zero but for rounding."""
        return self.start + self.new_short + self.turned_up + self.price_effect - self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortingName:
    """One name of the table; USD and fractions, None is unknown."""

    symbol: str
    name: str
    tier: str
    sector: str
    start: float
    new_short: float | None
    """None where the position turned up within the window: what is new of it is not known."""
    turned_up: float
    new_after: float | None
    """Of a position that turned up, what was sold short and covered after its first close or report: in `turned_up` of
    this name, and in the new shorts of the sums. None for all others."""
    price_effect: float
    end: float
    new_short_ratio: float | None
    """Over what was short at the start."""
    float_ratio: float | None
    """Shares sold short less those covered, over the public float."""
    outstanding_ratio: float | None
    """The same shares over the shares outstanding."""
    new_short_before: float | None
    price_effect_before: float | None


class Shorting:
    """The table of a Board: its window beside the one before it.

    Args:
        board: whose names, tiers and window; its figures are taken at the prices of the moment.
    """

    def __init__(self, board: Board) -> None:
        self.board = board
        self.now: WindowFlow = window_flow(board)
        self.before: WindowFlow | None = flow_before(board)
        self.float_ratio: Floats = float_ratio(board, self.now)

    @cached_property
    def outstanding_ratio(self) -> Floats:
        """(N,) shares sold short less those covered, over the shares outstanding; NaN where either is unknown."""
        board, window = self.board, self.now.window
        positions = board.book.positions
        change = positions.at(window.end) - positions.at(window.start)
        ratio = quotient(change, np.asarray(board.market.counted_shares, np.float64))
        return np.where(self.now.has_turned_up, np.nan, ratio)

    @cached_property
    def new_short(self) -> Floats:
        """(N,) USD; NaN where the position turned up within the window."""
        return np.where(self.now.has_turned_up, np.nan, self.now.new_short)

    @cached_property
    def new_after(self) -> Floats:
        """(N,) USD sold short less covered after a position turned up; NaN where it did not turn up."""
        return np.where(self.now.has_turned_up, self.now.new_short, np.nan)

    def order(self, *, is_covering: bool = False) -> Indexes:
        """Columns of the names with new shorts, the largest first, or of those covered, the most covered first."""
        value = -self.new_short if is_covering else self.new_short
        return self.board.order(value, among=self.board.was_held & (value > 0))

    def name(self, column: int) -> ShortingName:
        """The record of the name in a column."""
        board, market, now, before = self.board, self.board.market, self.now, self.before
        ratio = quotient(self.new_short[column : column + 1], now.start[column : column + 1])[0]
        is_known_before = before is not None and not before.has_turned_up[column]
        return ShortingName(
            symbol=str(market.symbols[column]),
            name=str(market.names[column]),
            tier=board.scheme.labels[int(board.tier_codes[column])],
            sector=market.sector_names[int(market.sectors[column])],
            start=float(now.start[column]),
            new_short=known_or_none(self.new_short[column]),
            turned_up=float(now.end[column] - now.start[column] - now.price_effect[column])
            if now.has_turned_up[column]
            else 0.0,
            new_after=known_or_none(self.new_after[column]),
            price_effect=float(now.price_effect[column]),
            end=float(now.end[column]),
            new_short_ratio=known_or_none(ratio),
            float_ratio=known_or_none(self.float_ratio[column]),
            outstanding_ratio=known_or_none(self.outstanding_ratio[column]),
            new_short_before=float(before.new_short[column]) if before is not None and is_known_before else None,
            price_effect_before=float(before.price_effect[column]) if before is not None else None,
        )

    # -- groups -------------------------------------------------------------------------------------------------

    def by_tier(self) -> list[ShortingSums]:
        """A row per tier with names, from the largest down; by the tier each name has at the Board's basis."""
        return self._rows(self.board.tier_codes, self.board.scheme.labels)

    def by_sector(self) -> list[ShortingSums]:
        """A row per sector with names, that with the most dollars moved first."""
        words = [sector_word(name) for name in self.board.market.sector_names]
        rows = self._rows(self.board.market.sectors, words)
        return sorted(rows, key=lambda row: (-(row.shorted - row.covered), row.label))

    def total(self) -> ShortingSums:
        """All names together."""
        nobody = np.zeros(len(self.board.market.symbols), np.int64)
        return (self._rows(nobody, [TOTAL]) or [_nothing(self.before is not None)])[0]

    def _rows(self, codes: Indexes, labels: Sequence[str]) -> list[ShortingSums]:
        """The sums by any grouping; groups without names are left out."""
        board, now, before = self.board, self.now, self.before
        held, groups = board.was_held, len(labels)
        has_float = held & np.isfinite(self.float_ratio) & ~now.has_turned_up
        price = board.book.price if now.window.end == len(board.market.sessions) - 1 else self._closes
        floats = np.where(has_float, board.market.known_float * price, 0.0)

        def add(values: Floats, among: Flags = held) -> Floats:
            return summed(codes, values, groups, among)

        names = np.bincount(codes[held], minlength=groups)
        columns = {
            "start": add(now.start),
            "new_short": add(now.new_short),
            "shorted": add(np.maximum(now.new_short, 0.0)),
            "covered": add(np.minimum(now.new_short, 0.0)),
            "turned_up": add(now.turned_up),
            "price_effect": add(now.price_effect),
            "end": add(now.end),
        }
        new_of_floats = add(now.new_short, has_float)
        float_worth, float_names = add(floats, has_float), np.bincount(codes[has_float], minlength=groups)
        ratios, float_ratios = quotient(columns["new_short"], columns["start"]), quotient(new_of_floats, float_worth)
        earlier = None if before is None else (add(before.new_short), add(before.price_effect))
        return [
            ShortingSums(
                label=labels[group],
                names=int(names[group]),
                **{key: float(values[group]) for key, values in columns.items()},
                new_short_ratio=known_or_none(ratios[group]),
                float_ratio=known_or_none(float_ratios[group]),
                float_names=int(float_names[group]),
                new_short_before=None if earlier is None else float(earlier[0][group]),
                price_effect_before=None if earlier is None else float(earlier[1][group]),
            )
            for group in range(groups)
            if names[group]
        ]

    @cached_property
    def _closes(self) -> Floats:
        return np.asarray(self.board.market.close[self.now.window.end], np.float64)


def _nothing(has_before: bool) -> ShortingSums:
    """The sums where nobody is held short."""
    before = 0.0 if has_before else None
    return ShortingSums(
        label=TOTAL,
        names=0,
        start=0.0,
        new_short=0.0,
        shorted=0.0,
        covered=0.0,
        turned_up=0.0,
        price_effect=0.0,
        end=0.0,
        new_short_ratio=None,
        float_ratio=None,
        float_names=0,
        new_short_before=before,
        price_effect_before=before,
    )
