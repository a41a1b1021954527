"""Looks up what names' first net changes in a table of prices were against: the official close of the day before."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from providers.files.price_table import PriceTable
from providers.listings.reused_symbols import symbol_on_tape
from providers.listings.symbols import NO_COLUMN
from providers.listings.unreported_renames import PreviousCloses
from shortside.listings import Floats, Indexes, Listings

ColumnsOf = Callable[[list[str]], Indexes]
"""(n,) the column of each symbol in a table of prices; `NO_COLUMN` of one that is not in it."""


def previous_closes_of(listings: Listings, prices: PriceTable, columns_of: ColumnsOf) -> PreviousCloses:
    """A function that tells the official close before the first session of some of the names.

    Args:
        listings: whose names are asked for.
        prices: what they were made of; without a net change in it every answer is NaN.
        columns_of: finds our spellings of symbols in it.
    """

    def previous_closes(columns: Indexes) -> Floats:
        places = columns_of([symbol_on_tape(str(symbol)) for symbol in listings.symbols[columns]])
        first = listings.sessions[np.isfinite(listings.close[:, columns]).argmax(axis=0)]
        rows = np.searchsorted(prices.sessions, first)
        official = prices.of("official", np.maximum(places, 0))
        told = official[np.minimum(rows, len(prices.sessions) - 1), np.arange(len(places))].astype(np.float64)
        return np.where(places == NO_COLUMN, np.nan, told)

    return previous_closes
