"""Sorts and searches the symbols and names of a market."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Final

import numpy as np

from shortside.conditions.labels import Labels
from shortside.listings import Flags, Indexes, Texts
from shortside.lists.names import symbol_spelling
from shortside.market import Market

NO_MATCH: Final = 4
"""What `NameIndex.matches` says of a name that does not fit."""


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
    def column_of_upper(self) -> Mapping[str, int]:
        """Where each symbol stands, in capitals as people type it."""
        return {symbol: place for place, symbol in enumerate(self._symbols)}

    @cached_property
    def column_of_spelling(self) -> Mapping[str, int]:
        """Where each symbol stands, spelt as in own lists: `BRK/B` and `BRK-B` are `BRK.B`."""
        return {symbol_spelling(symbol): place for place, symbol in enumerate(self._symbols)}

    @cached_property
    def unpriced_of_upper(self) -> Mapping[str, int]:
        """Where each symbol stands among the securities without a price, in capitals."""
        return {str(symbol).upper(): place for place, symbol in enumerate(self.market.unpriced.symbols)}

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

    @cached_property
    def symbol_labels(self) -> Labels:
        """Every symbol as a word of its own."""
        return Labels(self._symbols)

    @cached_property
    def name_labels(self) -> Labels:
        """Every company's name as words of its own."""
        return Labels([str(name) for name in self.market.names])

    @cached_property
    def exchange_labels(self) -> Labels:
        """The exchanges, and which of them a name is on."""
        exchanges, codes = np.unique(self.market.exchanges.astype(str), return_inverse=True)
        return Labels([str(one).upper() for one in exchanges], codes.astype(np.int64))

    def matches(self, text: str) -> Indexes:
        """(N,) how well each name fits a filter, from 0; `NO_MATCH` does not fit.

        0 is the symbol itself, 1 begins it, 2 stands in it or begins a word of the name, 3 stands within a word. Who
        types a symbol means no name that it happens to stand in (SPY in Krispy): where a security is called so, also
        one that is left out, 3 does not fit.
        """
        wanted = text.strip().upper()
        is_symbol = wanted in self.column_of_upper or wanted in self.unpriced_of_upper
        within = NO_MATCH if is_symbol else 3
        begun, named = f" {wanted}", f"\n{wanted}"
        fits = np.full(len(self._symbols), NO_MATCH, np.int64)
        for at in np.flatnonzero(self._holds(wanted)).tolist():
            symbol, both = self._symbols[at], self._both[at]
            if symbol.startswith(wanted):
                fits[at] = 0 if symbol == wanted else 1
            else:
                fits[at] = 2 if wanted in symbol or begun in both or named in both else within
        return fits

    def best(self, text: str, most: int) -> list[int]:
        """The columns of the names that fit a filter, the best first and in alphabetical order, up to so many."""
        fits = self.matches(text)
        columns = np.flatnonzero(fits < NO_MATCH)
        ranks = fits[columns] * len(self._symbols) + self.symbol_ranks[columns]
        if len(columns) > most:
            nearest = np.argpartition(ranks, most)[:most]
            columns, ranks = columns[nearest], ranks[nearest]
        return [int(column) for column in columns[np.argsort(ranks)]]

    def fits(self, text: str) -> Flags:
        """(N,) whether each name fits a filter at all, as `matches` has it."""
        wanted = text.strip().upper()
        if wanted in self.column_of_upper or wanted in self.unpriced_of_upper:
            return self.matches(text) < NO_MATCH
        return self._holds(wanted)

    def _holds(self, wanted: str) -> Flags:
        return np.array([wanted in both for both in self._both], np.bool_)


def _ranks(texts: Texts) -> Indexes:
    ranks = np.empty(len(texts), np.int64)
    # Sorting Python strings is quicker than widening them all to numpy's fixed width.
    ranks[sorted(range(len(texts)), key=texts.__getitem__)] = np.arange(len(texts))
    return ranks
