"""Holds what the files of a folder say, each read when it is first asked for: for one day, or for all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from providers.files.folder import MarketFolder
from providers.files.folder_prices import FolderPrices
from providers.files.optional_files import (
    BorrowLook,
    FloatLists,
    ReferenceTable,
    read_borrow_look,
    read_floats,
    read_reference,
)
from providers.files.price_table import PriceTable
from providers.files.prices import read_prices
from providers.files.short_interest import KeptReports, reports_of
from providers.files.split_list import read_split_list
from providers.listings.short_interest import ListedReports
from providers.listings.symbols import NO_COLUMN, KeptSpellings, canonical
from shortside.listings import Indexes, Texts


class FolderContents:
    """The files of one folder, decoded. Whatever is asked of it for a day is what a reading for that day alone gives.

    Args:
        folder: which files there are.
        span: the first and the last session of prices that will be asked for; None is no limit.
        is_kept: whether other spans will be asked for, so that all settlements are read at once.
        advanced: called now and then while prices are read.
    """

    def __init__(
        self,
        folder: MarketFolder,
        span: tuple[date | None, date | None] = (None, None),
        *,
        is_kept: bool = False,
        advanced: Callable[[], None] = lambda: None,
    ) -> None:
        self.folder = folder
        self._span, self._is_kept, self._advanced = span, is_kept, advanced
        self._looks: dict[Path, BorrowLook] = {}

    def prices(self, since: date | None, until: date | None) -> PriceTable:
        """The prices from one day to another, within the span; errors as `FolderPrices.table` states them."""
        return self._prices.table(since, until)

    def reports(self, first: date, last: date, knowledge: date | None) -> ListedReports:
        """The settlements that speak of the sessions from one day to another; errors as `reports_of` states them."""
        if not self._is_kept:
            return reports_of(self.folder, first, last, knowledge)
        return self._reports.around(first, last, knowledge)

    def borrow_look(self, path: Path) -> BorrowLook:
        """One look at the stock loan desk, or why it cannot be read."""
        if path not in self._looks:
            self._looks[path] = read_borrow_look(path)
        return self._looks[path]

    @cached_property
    def reference(self) -> ReferenceTable:
        """What names are, and since when."""
        return read_reference(self.folder.reference)

    @cached_property
    def symbols(self) -> Texts:
        """(N,) our spelling of every symbol that has prices within the span."""
        return np.array([canonical(symbol) for symbol in self._prices.symbols], object)

    @cached_property
    def spellings(self) -> KeptSpellings:
        """What other sources' spellings mean among these symbols."""
        return KeptSpellings(self.symbols.tolist())

    @cached_property
    def described(self) -> Indexes:
        """(N,) the number of each symbol in the table of what names are."""
        return self.reference.numbers_of(self.symbols)

    def columns_of(self, symbols: list[str], place: Indexes) -> Indexes:
        """(n,) which name each of some symbols in our spelling is; `NO_COLUMN` of one that is none.

        Args:
            symbols: in our spelling.
            place: (N,) the name that each of the symbols with prices is; `NO_COLUMN` of one that is none.
        """
        # Of two symbols that we spell alike, the last one that is there.
        return np.array(
            [max(place[self._places.get(symbol, [])].tolist(), default=NO_COLUMN) for symbol in symbols], np.int64
        )

    def split_columns(self, place: Indexes) -> Indexes:
        """(E,) which name each split of the list is of; `NO_COLUMN` of one that is none.

        Args:
            place: (N,) the name that each of the symbols is; `NO_COLUMN` of one that is none.
        """
        one, several = self._split_symbols
        found = np.where(one == NO_COLUMN, NO_COLUMN, place[one])
        # Of two symbols that we spell alike, the last one that is there.
        for event, places in several.items():
            found[event] = max(place[places].tolist())
        return found

    @cached_property
    def _split_symbols(self) -> tuple[Indexes, dict[int, list[int]]]:
        """(E,) the one symbol each split can be of, or `NO_COLUMN`; and those that several are spelt as, by event."""
        if self.splits is None:
            return np.empty(0, np.int64), {}
        of_event = [self._places.get(canonical(symbol), [NO_COLUMN]) for symbol in self.splits["symbol"]]
        several = {event: found for event, found in enumerate(of_event) if len(found) > 1}
        return np.array([found[0] for found in of_event], np.int64), several

    @cached_property
    def _places(self) -> dict[str, list[int]]:
        """Our spellings of the symbols that have prices, each with the symbols that are spelt so."""
        places: dict[str, list[int]] = {}
        for place, symbol in enumerate(self.symbols.tolist()):
            places.setdefault(symbol, []).append(place)
        return places

    @cached_property
    def floats(self) -> FloatLists:
        """Public floats by day."""
        return read_floats(self.folder.float_shares)

    @cached_property
    def splits(self) -> pd.DataFrame | None:
        """The list of splits; None where there is none."""
        return None if self.folder.splits is None else read_split_list(self.folder.splits)

    @cached_property
    def written_at(self) -> str:
        """When the newest input was written, ISO 8601 in UTC."""
        return self.folder.written_at()

    @cached_property
    def _prices(self) -> FolderPrices:
        return replace(read_prices(self.folder.prices, *self._span, self._advanced), is_kept=self._is_kept)

    @cached_property
    def _reports(self) -> KeptReports:
        return KeptReports(self.folder)
