"""Two Boards side by side, name by name: of two days, windows or tier bases, and which names changed tier."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cached_property

import numpy as np

from shortside.board import Board
from shortside.listings import Flags, Floats, Indexes, Texts
from shortside.rows import GroupRow, tier_table

ABSENT = -1
"""The column, or the tier, of a name that one of the two has not."""


class ComparedFigure(Enum):
    """A figure that is compared."""

    PROFIT = "profit"
    SHORT_INTEREST = "short_interest"
    NEW_SHORT = "new_short"
    CROWDING = "crowding"

    def of_group(self, row: GroupRow) -> float:
        """A group's figure; NaN where groups have none."""
        return {
            ComparedFigure.PROFIT: row.profit,
            ComparedFigure.SHORT_INTEREST: row.short_interest_end,
            ComparedFigure.NEW_SHORT: row.new_short,
        }.get(self, float("nan"))

    def of_names(self, board: Board) -> Floats:
        """(N,) the figure of every name of a Board."""
        if self is ComparedFigure.CROWDING:
            return board.crowding.score
        values: Floats = getattr(board, self.value)
        return values


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class ComparedGroup:
    """One tier, or all, in both; None where one of them has no such tier."""

    label: str
    first: GroupRow | None
    second: GroupRow | None

    def figures(self, figure: ComparedFigure) -> tuple[float, float, float]:
        """The figure in the first, in the second, and the first less the second; NaN unknown."""
        one, two = (float("nan") if row is None else figure.of_group(row) for row in (self.first, self.second))
        return one, two, one - two


class BoardComparison:
    """Two Boards joined by symbol, over the names that either held short in its window. U names.

    Args:
        first: what is compared.
        second: with what; differences are the first less the second.
    """

    def __init__(self, first: Board, second: Board) -> None:
        self.first, self.second = first, second
        held = [board.market.symbols[board.was_held].astype(str) for board in (first, second)]
        symbols: Texts = np.union1d(*held)
        self.symbols = symbols
        """(U,) in alphabetical order."""
        self.columns: tuple[Indexes, Indexes] = (_columns_of(first, symbols), _columns_of(second, symbols))
        """(U,) each name's column in either; `ABSENT` where it is not held there."""

    @cached_property
    def tiers(self) -> tuple[Indexes, Indexes]:
        """(U,) each name's tier in either, as a code of the scheme; `ABSENT` where it is not held there."""
        found = []
        for board, columns in zip((self.first, self.second), self.columns, strict=True):
            found.append(np.where(columns == ABSENT, ABSENT, board.tier_codes[columns]))
        return found[0], found[1]

    @property
    def changed_tier(self) -> Flags:
        """(U,) the names that both hold, in different tiers."""
        one, two = self.tiers
        return np.asarray((one != ABSENT) & (two != ABSENT) & (one != two))

    def figures(self, figure: ComparedFigure) -> tuple[Floats, Floats, Floats]:
        """(U,) a figure in the first, in the second, and the first less the second; NaN unknown or not held there."""
        values = []
        for board, columns in zip((self.first, self.second), self.columns, strict=True):
            values.append(np.where(columns == ABSENT, np.nan, figure.of_names(board)[columns]))
        return values[0], values[1], values[0] - values[1]

    @cached_property
    def groups(self) -> tuple[ComparedGroup, ...]:
        """The tiers, the largest first, and all of them together at the end."""
        one, two = (tier_table(board, with_trends=False) for board in (self.first, self.second))
        rows = [{row.label: row for row in table.rows} for table in (one, two)]
        labels = list(dict.fromkeys([*rows[0], *rows[1]]))
        tiers = [ComparedGroup(label=label, first=rows[0].get(label), second=rows[1].get(label)) for label in labels]
        return (*tiers, ComparedGroup(label="all", first=one.total, second=two.total))


def _columns_of(board: Board, symbols: Texts) -> Indexes:
    """The columns of the names a Board held, by symbol."""
    held = np.flatnonzero(board.was_held)
    own = board.market.symbols[held].astype(str)
    order = np.argsort(own, kind="stable")
    places = np.searchsorted(own[order], symbols)
    found = np.full(len(symbols), ABSENT, np.int64)
    inside = places < len(own)
    here = np.zeros(len(symbols), bool)
    here[inside] = own[order][places[inside]] == symbols[inside]
    found[here] = held[order][places[here]]
    return found
