"""Holds what the files of a folder say, each read when it is first asked for: for one day, or for all of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cached_property
from pathlib import Path

import pandas as pd

from providers.files.folder import MarketFolder
from providers.files.folder_prices import FolderPrices, PriceTable
from providers.files.optional_files import (
    BorrowLook,
    FloatLists,
    ReferenceTable,
    read_borrow_look,
    read_floats,
    read_reference,
)
from providers.files.prices import read_prices
from providers.files.short_interest import KeptReports, reports_of
from providers.files.split_list import read_split_list
from providers.listings.short_interest import ListedReports
from shortside.listings import Dates


class FolderContents:
    """The files of one folder, decoded. Whatever is asked of it for a day is what a reading for that day alone gives.

    Args:
        folder: which files there are.
        span: the first and the last session of prices that will be asked for; None is no limit.
        keeps_reports: whether settlements of other spans will be asked for, so that all of them are read at once.
        advanced: called now and then while prices are read.
    """

    def __init__(
        self,
        folder: MarketFolder,
        span: tuple[date | None, date | None] = (None, None),
        *,
        keeps_reports: bool = False,
        advanced: Callable[[], None] = lambda: None,
    ) -> None:
        self.folder = folder
        self._span, self._keeps_reports, self._advanced = span, keeps_reports, advanced
        self._looks: dict[Path, BorrowLook] = {}

    def prices(self, since: date | None, until: date | None) -> PriceTable:
        """The prices from one day to another, within the span; errors as `FolderPrices.table` states them."""
        return self._prices.table(since, until)

    @property
    def sessions(self) -> Dates:
        """The days with prices within the span, ascending."""
        return self._prices.sessions

    def reports(self, first: date, last: date, knowledge: date | None) -> ListedReports:
        """The settlements that speak of the sessions from one day to another; errors as `reports_of` states them."""
        if not self._keeps_reports:
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
        return read_prices(self.folder.prices, *self._span, self._advanced)

    @cached_property
    def _reports(self) -> KeptReports:
        return KeptReports(self.folder)
