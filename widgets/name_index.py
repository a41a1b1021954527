"""Sorts and searches the symbols and names of a market."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np

from shortside.listings import Indexes, Texts
from shortside.market import Market


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
