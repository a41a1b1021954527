"""The names of a board in a chosen order, each written as a table's row when it is looked at.

Apart from the table because it needs numpy, which the first paint of the screen must not wait for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import Final

import numpy as np

from shortside.board import Board
from shortside.listings import Floats, Indexes, Texts
from shortside.market import Market
from shortside.name_figures import short_interest_change, short_ratio
from widgets.format import Glyphs
from widgets.name_cells import COLUMN_KEYS, MOVING, NameCells
from widgets.tick_table import Cell


class NameIndex:
    """Symbols and names of a market, ready to be sorted and searched."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self._symbols = [str(symbol).upper() for symbol in market.symbols]
        self._both = [
            f"{symbol}\n{str(name).upper()}" for symbol, name in zip(self._symbols, market.names, strict=True)
        ]
        self.column_of: Mapping[str, int] = {str(symbol): place for place, symbol in enumerate(market.symbols)}
        """Where each symbol stands."""

    @cached_property
    def symbol_ranks(self) -> Indexes:
        """(N,) place of each symbol in the alphabet."""
        return _ranks(self.market.symbols)

    @cached_property
    def name_ranks(self) -> Indexes:
        """(N,) place of each name in the alphabet, capitals or not."""
        return _ranks(np.array([str(name).casefold() for name in self.market.names], object))

    @cached_property
    def exchange_ranks(self) -> Indexes:
        """(N,) exchanges in alphabetical order."""
        return np.unique(self.market.exchanges.astype(str), return_inverse=True)[1].astype(np.int64)

    def matches(self, text: str) -> Indexes:
        """(N,) how well each name fits a filter: 0 is the symbol itself, 1 begins it, 2 holds it, 3 does not fit."""
        wanted = text.strip().upper()

        def match(symbol: str, both: str) -> int:
            if symbol.startswith(wanted):
                return 0 if symbol == wanted else 1
            return 2 if wanted in both else 3

        return np.fromiter(map(match, self._symbols, self._both), np.int64, len(self._symbols))


def _ranks(texts: Texts) -> Indexes:
    ranks = np.empty(len(texts), np.int64)
    # Sorting Python strings is quicker than widening them all to numpy's fixed width.
    ranks[sorted(range(len(texts)), key=texts.__getitem__)] = np.arange(len(texts))
    return ranks


VECTORS: Final[Mapping[str, Callable[[Board, NameIndex], Floats | Indexes]]] = MappingProxyType(
    {
        "symbol": lambda _, index: index.symbol_ranks,
        "name": lambda _, index: index.name_ranks,
        "tier": lambda board, _: board.tier_codes,
        "sector": lambda board, _: board.market.sectors,
        "crowding": lambda board, _: board.crowding.score,
        "short_interest": lambda board, _: board.short_interest,
        "short_ratio": lambda board, _: short_ratio(board),
        "days_to_cover": lambda board, _: board.days_to_cover,
        "borrow_fee": lambda board, _: board.borrow_fee,
        "new_short_30d": lambda board, _: board.new_short_30d,
        "profit": lambda board, _: board.profit,
        "profit_ratio": lambda board, _: board.profit_ratio,
        "profit_today": lambda board, _: board.profit_today,
        "price": lambda board, _: board.book.price,
        "market_cap": lambda board, _: board.market_cap,
        "short_interest_change": lambda board, _: short_interest_change(board),
        "exchange": lambda _, index: index.exchange_ranks,
        "squeeze": lambda board, _: board.crowding.squeeze,
    }
)
"""What each column is sorted by."""


class CrowdedRows:
    """A `TableSource` over the names of a board that were held short, sorted and filtered."""

    def __init__(self, board: Board, index: NameIndex, glyphs: Glyphs, before: CrowdedRows | None = None) -> None:
        self.board = board
        self.index = index
        self.order: Indexes = np.empty(0, np.int64)
        """The columns of the board's vectors, in the order of the rows."""
        self._row_of: Indexes = np.full(len(board.market.symbols), -1, np.int64)
        self.ordered_by: tuple[str, bool, str, frozenset[str] | None] | None = None
        """What `sort` was last called with."""
        self._names: NameCells = NameCells(board, glyphs, None if before is None else before._names)

    @property
    def glyphs(self) -> Glyphs:
        """The signs the cells are drawn with."""
        return self._names.glyphs

    @glyphs.setter
    def glyphs(self, glyphs: Glyphs) -> None:
        self._names.glyphs = glyphs

    @property
    def moving(self) -> frozenset[int]:
        return MOVING

    @property
    def row_count(self) -> int:
        return len(self.order)

    def sort(self, sort_key: str, is_descending: bool, text: str = "", tiers: frozenset[str] | None = None) -> None:
        """Put the names in order: unknown last, ties by symbol, what a filter fits best before what it fits less.

        Args:
            sort_key: one of `VECTORS`.
            is_descending: whether the largest comes first.
            text: only names whose symbol or name holds it.
            tiers: only names of these tiers; None for all.
        """
        self.ordered_by = (sort_key, is_descending, text, tiers)
        board = self.board
        among = board.was_held
        if tiers is not None:
            labels = board.scheme.labels
            among &= np.isin(board.tier_codes, [place for place, label in enumerate(labels) if label in tiers])
        classes = self.index.matches(text) if text.strip() else None
        if classes is not None:
            among &= classes < 3
        chosen = np.flatnonzero(among)
        keys = np.asarray(VECTORS[sort_key](board, self.index), np.float64)[chosen]
        keys = np.where(np.isfinite(keys), -keys if is_descending else keys, np.inf)
        by = [self.index.symbol_ranks[chosen], keys]
        if classes is not None:
            by.append(np.minimum(classes[chosen], 2))
        self.order = chosen[np.lexsort(by)]
        self._row_of.fill(-1)
        self._row_of[self.order] = np.arange(len(self.order))

    def rows_of(self, columns: Indexes) -> list[int]:
        """The rows of some of the board's columns; those left out have none."""
        rows = self._row_of[columns]
        return [int(row) for row in rows[rows >= 0]]

    def row_of(self, symbol: str) -> int | None:
        """The row of a symbol, if it is among them."""
        column = self.index.column_of.get(symbol)
        if column is None or self._row_of[column] < 0:
            return None
        return int(self._row_of[column])

    def cells(self, row: int, columns: Sequence[int] | None = None) -> list[Cell]:
        """A name's cells, in some or in all of `widgets.name_columns.crowded_columns`."""
        places = range(len(COLUMN_KEYS)) if columns is None else columns
        return self._names.cells(int(self.order[row]), row + 1, places)

    def board_rescored(self) -> None:
        """Crowding was ranked anew."""
        self._names.forget_scores()
