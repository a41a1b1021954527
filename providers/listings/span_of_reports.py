"""Some settlements out of all reports that are kept, of which nothing is sorted or spelt anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from providers.listings.short_interest import ListedReports
from providers.listings.symbols import JoinSide, PartOfJoinSide
from shortside.listings import Dates, Flags, Indexes, Texts


class OtherSymbols:
    """Symbols of securities that are left out as they trade over the counter, by settlement."""

    def __init__(self, by_settlement: Mapping[date, Iterable[str]], listed: Sequence[str]) -> None:
        """Number them.

        Args:
            by_settlement: the symbols.
            listed: (S,) all symbols of listed securities: one may have been both in turn.
        """
        numbers: dict[str, int] = {}
        found = [[numbers.setdefault(one, len(numbers)) for one in symbols] for symbols in by_settlement.values()]
        self._days = np.array(list(by_settlement), "datetime64[D]")
        self._is_there: Flags = np.zeros((len(found), len(numbers)), bool)
        for row, columns in enumerate(found):
            self._is_there[row, columns] = True
        place = {symbol: at for at, symbol in enumerate(listed)}
        # One that never was listed stands for the last of all, which nothing is.
        self._listed = np.array([place.get(symbol, len(listed)) for symbol in numbers], np.int64)

    def elsewhere(self, settlements: Dates, is_listed: Flags) -> int:
        """How many trade over the counter at some settlements, and are listed at none of them.

        Args:
            settlements: the settlements.
            is_listed: (S,) whether each symbol of a listed security is reported at one of them.
        """
        is_there = self._is_there[np.isin(self._days, settlements)].any(axis=0)
        return int(np.count_nonzero(is_there & ~np.append(is_listed, False)[self._listed]))


@dataclass(frozen=True, eq=False, kw_only=True)
class SpanOfReports(ListedReports):
    """Reports of settlements that follow each other in all there are, as if nothing else had been read."""

    whole: ListedReports
    """All reports, oldest settlement first."""
    span: slice
    """Which of its rows these are."""
    settlements: slice
    """Which of its settlements."""
    symbols: Indexes
    """(S,) the numbers that its symbols have among all, ascending."""
    is_plain: bool
    """Whether no row of all is there twice."""

    @staticmethod
    def of(
        whole: ListedReports, settlements: slice, elsewhere: Callable[[Flags], int], is_plain: bool
    ) -> SpanOfReports:
        """Some settlements.

        Args:
            whole: all reports.
            settlements: which of its settlements.
            elsewhere: tells how many securities are left out, by (S,) which symbols of all are listed at these.
            is_plain: whether no row of all is there twice.
        """
        ends = np.searchsorted(whole.days[1], (settlements.start, settlements.stop)).tolist()
        is_listed = np.bincount(whole.symbol_of[slice(*ends)], minlength=len(whole.keys.symbols)) > 0
        return SpanOfReports(
            rows=whole.rows.iloc[ends[0] : ends[1]],
            elsewhere=elsewhere(is_listed),
            whole=whole,
            span=slice(*ends),
            settlements=settlements,
            symbols=np.flatnonzero(is_listed),
            is_plain=is_plain,
        )

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """As of any reports."""
        return () if self.is_plain else super().notes

    @cached_property
    def symbol_of(self) -> Indexes:
        """As of any reports."""
        place = np.full(len(self.whole.keys.symbols), -1)
        place[self.symbols] = np.arange(len(self.symbols))
        return np.asarray(place[self.whole.symbol_of[self.span]])

    @cached_property
    def keys(self) -> JoinSide:
        """As of any reports."""
        _, names, classes = self.latest
        symbols = self.whole.rows["symbol"].cat.categories.to_numpy(object)[self.symbols]
        return PartOfJoinSide(
            symbols=symbols.tolist(),
            names=names.tolist(),
            exchanges=classes.tolist(),
            whole=self.whole.keys,
            places=self.symbols,
        )

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
        return ours, np.append(0, np.cumsum(np.bincount(self.symbol_of, minlength=len(self.symbols))))

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
        return np.append(self.symbols, len(self.whole.keys.symbols))

    @cached_property
    def texts(self) -> tuple[Texts, Indexes]:
        """As of any reports; the places are those among all."""
        spelt, places = self.whole.texts
        return spelt[self.symbols], places[self.symbols]
