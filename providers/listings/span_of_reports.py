"""Some settlements out of all reports that are kept, of which nothing is sorted or spelt anew."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from providers.listings.short_interest import ListedReports
from providers.listings.symbols import JoinSide
from shortside.listings import Dates, Indexes, Texts


@dataclass(frozen=True, eq=False, kw_only=True)
class SpanOfReports(ListedReports):
    """Reports of settlements that follow each other in all there are, as if nothing else had been read."""

    whole: ListedReports
    """All reports, oldest settlement first."""
    span: slice
    """Which of its rows these are."""
    settlements: slice
    """Which of its settlements."""
    is_plain: bool
    """Whether no row of all is there twice."""

    @staticmethod
    def of(whole: ListedReports, settlements: slice, over_the_counter: frozenset[str], is_plain: bool) -> SpanOfReports:
        """Some settlements.

        Args:
            whole: all reports.
            settlements: which of its settlements.
            over_the_counter: symbols of securities that these have and that are left out.
            is_plain: whether no row of all is there twice.
        """
        ends = np.searchsorted(whole.days[1], (settlements.start, settlements.stop)).tolist()
        return SpanOfReports(
            rows=whole.rows.iloc[ends[0] : ends[1]],
            over_the_counter=over_the_counter,
            whole=whole,
            span=slice(*ends),
            settlements=settlements,
            is_plain=is_plain,
        )

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """As of any reports."""
        return () if self.is_plain else super().notes

    @cached_property
    def elsewhere(self) -> int:
        """As of any reports."""
        return len(self.over_the_counter.difference(self.keys.symbols))

    @cached_property
    def _symbols(self) -> Indexes:
        """(S,) the numbers that the symbols have among all."""
        return np.flatnonzero(np.bincount(self.whole.symbol_of[self.span], minlength=len(self.whole.keys.symbols)))

    @cached_property
    def symbol_of(self) -> Indexes:
        """As of any reports."""
        place = np.full(len(self.whole.keys.symbols), -1)
        place[self._symbols] = np.arange(len(self._symbols))
        return np.asarray(place[self.whole.symbol_of[self.span]])

    @cached_property
    def keys(self) -> JoinSide:
        """As of any reports."""
        last_row = np.zeros(len(self._symbols), np.int64)
        last_row[self.symbol_of] = np.arange(len(self.rows))
        symbols = np.asarray(self.whole.rows["symbol"].cat.categories.to_numpy(object)[self._symbols], object)
        names, classes = (self.texts_of(name, last_row) for name in ("issue_name", "market_class"))
        return JoinSide(symbols=symbols.tolist(), names=names.tolist(), exchanges=classes.tolist())

    @cached_property
    def days(self) -> tuple[Dates, Indexes]:
        """As of any reports."""
        settlements, settled = self.whole.days
        return settlements[self.settlements], settled[self.span] - self.settlements.start

    @cached_property
    def by_symbol(self) -> tuple[Indexes, Indexes]:
        """As of any reports."""
        order = self.whole.by_symbol[0]
        ours = order[(order >= self.span.start) & (order < self.span.stop)] - self.span.start
        return ours, np.append(0, np.cumsum(np.bincount(self.symbol_of, minlength=len(self._symbols))))

    @cached_property
    def issuers(self) -> npt.NDArray[np.int32]:
        """As of any reports; the numbers are those among all."""
        return self.whole.issuers[self.span]

    @cached_property
    def first_words(self) -> tuple[Indexes, dict[str, int]]:
        """As of any reports; the numbers are those among all."""
        words, numbers = self.whole.first_words
        return words[self.span], numbers

    @cached_property
    def wide(self) -> dict[str, npt.NDArray[Any]]:
        """(K, all symbols + 1) each figure; `wide_columns` tells whose a column is."""
        return {name: table[self.settlements] for name, table in self.whole.wide.items()}

    @property
    def wide_columns(self) -> Indexes:
        """As of any reports."""
        return np.append(self._symbols, len(self.whole.keys.symbols))

    @cached_property
    def texts(self) -> tuple[Texts, Indexes]:
        """As of any reports; the places are those among all."""
        spelt, places = self.whole.texts
        return spelt[self._symbols], places[self._symbols]
