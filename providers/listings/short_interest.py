"""Turns rows of FINRA's short interest into wide arrays, settlements by names, and those without a price apart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from providers.errors import MalformedError
from providers.listings.symbols import (
    MOST_SPELLINGS_KEPT,
    NO_COLUMN,
    JoinSide,
    SymbolJoin,
    first_word,
)
from providers.parsing.columns import repeats
from shortside.arrays.ranked_values import are_among, distinct
from shortside.listings import Dates, Flags, Floats, Indexes, Texts, UnpricedSecurities
from shortside.sessions import FIRST_DAY, LAST_DAY
from shortside.settlement import cycle_of, settlement_dates_between

NUMBERS: Final = ("short_interest", "prev_short_interest", "avg_daily_volume")
STRANGER_AFTER: Final = np.timedelta64(15, "D")
"""A report this far from a name's prices may be another company's that had or got the symbol."""
_CYCLE_REACH: Final = timedelta(days=40)

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Tenancy:
    """Which company held each priced symbol, and when. (N,) each."""

    names: Texts
    first_priced: Dates
    last_priced: Dates


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Issuers:
    """Whom FINRA's reports were of: names that are spelt alike have one number."""

    codes: npt.NDArray[np.int32]
    """(K, N) the number of the issue's name beside each report; −1 where there is no report."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class ShortInterestTable:
    """Short interest, wide; fields as `Listings` has them."""

    settlements: Dates
    published: Dates
    shares_short: Floats
    shares_short_previous: Floats
    is_revised: Flags
    split_flag: Flags
    reported_volume: Floats
    unpriced: UnpricedSecurities
    issuers: Issuers
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class ListedReports:
    """Reports of exchange-listed securities, and who else reported. R rows, S symbols, K settlements.

    What is the same for every day that may know of them is made once, when it is first asked for.
    """

    rows: pd.DataFrame
    """A row each, oldest settlement first: columns as `SHORT_INTEREST` has them, texts as categories, and where each
    row stood: `where` and `row`. No columns where there is no report."""
    elsewhere: int
    """How many securities trade over the counter, and nowhere else: they are left out."""

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """On rows that are there twice; asked for first, as nothing else looks whether they contradict each other."""
        return _repeat_notes(self.rows)

    @cached_property
    def symbol_of(self) -> Indexes:
        """(R,) the number of each row's symbol."""
        return np.asarray(self.rows["symbol"].cat.codes.to_numpy(), np.int64)

    @cached_property
    def keys(self) -> JoinSide:
        """(S,) each symbol, with what its last row says of it."""
        _, names, classes = self.latest
        return JoinSide(
            symbols=self.rows["symbol"].cat.categories.tolist(), names=names.tolist(), exchanges=classes.tolist()
        )

    @cached_property
    def latest(self) -> tuple[Indexes, Texts, Texts]:
        """(S,) the last row of each symbol, and the issue's name and the market class in it."""
        order, starts = self.by_symbol
        rows = order[starts[1:] - 1]
        return rows, self.texts_of("issue_name", rows), self.texts_of("market_class", rows)

    @cached_property
    def days(self) -> tuple[Dates, Indexes]:
        """(K,) the settlements, and (R,) which of them each row is of."""
        day = self.rows["settlement_date"].to_numpy().astype("datetime64[D]")
        settlements, settled = np.unique(day, return_inverse=True)
        return settlements, settled.astype(np.int64)

    @cached_property
    def published(self) -> Dates:
        """(K,) the day each settlement's file was, or is to be, published."""
        days = self.days[0].astype(object)
        return np.array([cycle_of(day).publication_date for day in days], "datetime64[D]")

    @cached_property
    def by_symbol(self) -> tuple[Indexes, Indexes]:
        """(R,) the rows symbol by symbol, the oldest first, and (S + 1,) where each symbol's begin."""
        order = np.argsort(self.symbol_of, kind="stable")
        return order, np.searchsorted(self.symbol_of[order], np.arange(len(self.rows["symbol"].cat.categories) + 1))

    @cached_property
    def issuers(self) -> npt.NDArray[np.int32]:
        """(R,) one number for issuers' names that are spelt alike; −1 for a name of nothing, which is no name."""
        names = self.rows["issue_name"].cat
        letters = [_letters_of(name) or None for name in names.categories.tolist()]
        spelt, _ = pd.factorize(np.array(letters, object))
        return np.asarray(spelt[names.codes.to_numpy()], np.int32)

    @cached_property
    def first_words(self) -> tuple[Indexes, dict[str, int]]:
        """(R,) the number of the first word of each issuer's name, and the numbers by word."""
        names, numbers = self.rows["issue_name"].cat, dict[str, int]()
        words = [numbers.setdefault(first_word(name), len(numbers)) for name in names.categories.tolist()]
        return np.array(words, np.int64)[names.codes.to_numpy()], numbers

    @cached_property
    def wide(self) -> dict[str, Array]:
        """(K, S + 1) each figure as `_FIGURES` says it is kept, symbol by symbol; the last column is blank."""
        shape = len(self.days[0]), len(self.keys.symbols) + 1
        place = self.days[1] * shape[1] + self.symbol_of
        tables = {}
        for name, (_, kind, blank) in _FIGURES.items():
            tables[name] = np.full(shape, blank, kind)
            tables[name].ravel()[place] = self.figures(name)
        return tables

    @property
    def wide_columns(self) -> Indexes:
        """(S + 1,) the column of each symbol in `wide`, and that of none."""
        return np.arange(len(self.keys.symbols) + 1)

    def figures(self, name: str) -> Array:
        """(R,) one figure of every row."""
        source = _FIGURES[name][0]
        return self.issuers if source is None else self.rows[source].to_numpy()

    def texts_of(self, name: str, rows: Indexes) -> Texts:
        """(n,) one of the columns of texts, of some rows."""
        column = self.rows[name].cat
        return np.asarray(column.categories.to_numpy(object)[column.codes.to_numpy()[rows]], object)

    @cached_property
    def texts(self) -> tuple[Texts, Indexes]:
        """(S,) our spelling of each symbol, and (S,) its place in the alphabet of FINRA's."""
        places = np.empty(len(self.keys.symbols), np.int64)
        places[np.argsort(np.array(self.keys.symbols, object), kind="stable")] = np.arange(len(places))
        return np.array(self.keys.squashed, object), places


_FIGURES: Final[dict[str, tuple[str | None, type[np.generic], Any]]] = {
    "shares_short": ("short_interest", np.float64, np.nan),
    "shares_short_previous": ("prev_short_interest", np.float64, np.nan),
    "is_revised": ("revision_flag", np.bool_, False),
    "split_flag": ("split_flag", np.bool_, False),
    "reported_volume": ("avg_daily_volume", np.float32, np.nan),
    "issuers": (None, np.int32, -1),
}
"""By field of `ShortInterestTable`: the column of a report it is, how it is kept, and what stands for no report."""


def short_interest_table(reports: ListedReports, join: SymbolJoin, tenancy: Tenancy) -> ShortInterestTable:
    """The reports, laid out along the names; at least one report is needed.

    Args:
        reports: as `listed_reports` gives them.
        join: finds the priced names by FINRA's spelling.
        tenancy: of the same names.

    Raises:
        MalformedError: they contradict each other.
    """
    notes = reports.notes
    laid_out = _LaidOut(reports, join.columns(reports.keys), tenancy)
    if laid_out.strangers:
        notes += (
            f"{laid_out.strangers} reports are of another company that had or got the symbol; they are not joined",
        )
    if reports.elsewhere:
        notes += (f"{reports.elsewhere:,} over-the-counter securities of FINRA's files are left out",)
    return ShortInterestTable(
        settlements=reports.days[0],
        published=reports.published,
        shares_short=laid_out.table("shares_short"),
        shares_short_previous=laid_out.table("shares_short_previous"),
        is_revised=laid_out.table("is_revised"),
        split_flag=laid_out.table("split_flag"),
        reported_volume=laid_out.table("reported_volume"),
        unpriced=laid_out.unpriced(),
        issuers=Issuers(codes=laid_out.table("issuers")),
        notes=notes,
    )


def settlements_around(first: date, last: date, knowledge: date | None = None) -> frozenset[date]:
    """The settlements that speak of the sessions from `first` to `last`, published by a day."""
    before = settlement_dates_between(max(first - _CYCLE_REACH, FIRST_DAY), first)
    after = settlement_dates_between(last, min(last + _CYCLE_REACH, LAST_DAY))
    days = settlement_dates_between(before[-1] if before else first, after[0] if after else last)
    if knowledge is None:
        return frozenset(days)
    return frozenset(day for day in days if cycle_of(day).publication_date <= knowledge)


def _keys_of(rows: pd.DataFrame) -> Array:
    """(R,) one number for what each row is of, a symbol and a settlement."""
    key = rows["settlement_date"].to_numpy().astype("datetime64[D]").astype(np.int64) * 2**32
    return np.asarray(key + rows["symbol"].cat.codes.to_numpy())


def are_plain(rows: pd.DataFrame) -> bool:
    """Whether no report is there twice."""
    key = _keys_of(rows)
    return len(pd.unique(key)) == len(key)


def _repeat_notes(rows: pd.DataFrame) -> tuple[str, ...]:
    key = _keys_of(rows)
    if len(pd.unique(key)) == len(key):
        return ()
    found = repeats(key, [rows[name].to_numpy() for name in NUMBERS])
    if found.conflict is not None:
        earlier, later = (rows.iloc[place] for place in found.conflict)
        # Only the Parquet file can do that: a CSV file is whole in itself and stands alone for its settlement.
        raise MalformedError(
            f"{later['symbol']} {later['settlement_date']:%Y-%m-%d} is already in row {earlier['row']}, "
            "with other values",
            where=later["where"],
            column="symbol+settlement_date",
            line=int(later["row"]),
            line_word="row",
        )
    return (f"{found.same} reports of short interest are there twice, word for word, and count once",)


class _LaidOut:
    """Which name each report is of: most symbols are one name's alone, and the rows of the others are judged singly."""

    def __init__(self, reports: ListedReports, of_symbol: Indexes, tenancy: Tenancy) -> None:
        self._reports, self._of_symbol = reports, of_symbol
        settlements, settled = reports.days
        width = len(tenancy.names)
        first = np.searchsorted(settlements, tenancy.first_priced - STRANGER_AFTER)
        last = np.searchsorted(settlements, tenancy.last_priced + STRANGER_AFTER, "right")
        is_ours = of_symbol != NO_COLUMN
        symbols, columns = np.flatnonzero(is_ours), of_symbol[is_ours]
        order, starts = reports.by_symbol
        oldest, newest = settled[order[starts[symbols]]], settled[order[starts[symbols + 1] - 1]]
        is_odd = np.bincount(columns, minlength=width) > 1
        is_odd[columns[(oldest < first[columns]) | (newest >= last[columns])]] = True
        is_single = ~is_odd[columns]
        symbol_of_column = np.full(width, len(of_symbol))
        symbol_of_column[columns[is_single]] = symbols[is_single]
        self._wide_columns = reports.wide_columns[symbol_of_column]
        odd = symbols[~is_single]
        rows = np.sort(_ranges(order, starts, odd))
        at = of_symbol[reports.symbol_of[rows]]
        is_far = (settled[rows] < first[at]) | (settled[rows] >= last[at])
        is_stranger = _are_strangers(reports, rows, at, is_far, tenancy.names)
        self.strangers = int(is_stranger.sum())
        """How many reports were not joined because another company filed them."""
        self._apart, self._rows = rows[is_stranger], rows[~is_stranger]
        self._places = settled[self._rows], at[~is_stranger]

    def table(self, name: str) -> Array:
        """(K, N) one figure along the names."""
        reports = self._reports
        table: Array = reports.wide[name].take(self._wide_columns, axis=1)
        table[self._places] = reports.figures(name)[self._rows]
        return table

    def unpriced(self) -> UnpricedSecurities:
        """The last report of each security without prices."""
        reports = self._reports
        newest, names, classes = reports.latest
        last = np.where(self._of_symbol == NO_COLUMN, newest, -1)
        # In their order, so that of a symbol's rows the last is the last to be written.
        last[reports.symbol_of[self._apart]] = self._apart
        spelt, places = reports.texts
        symbols = np.flatnonzero(last >= 0)
        # By spelling, not by the place of a symbol among those that happened to be read.
        symbols = symbols[np.argsort(places[symbols])]
        rows, names, classes = last[symbols], names[symbols], classes[symbols]
        # Whose last report is joined to a name is told by an earlier one.
        earlier = np.flatnonzero(rows != newest[symbols])
        for texts, column in ((names, "issue_name"), (classes, "market_class")):
            texts[earlier] = reports.texts_of(column, rows[earlier])
        return UnpricedSecurities(
            symbols=spelt[symbols],
            names=names,
            market_classes=classes,
            shares_short=reports.figures("shares_short")[rows].astype(np.float64),
            settlement_date=reports.days[0][reports.days[1][rows]],
        )


def _ranges(order: Indexes, starts: Indexes, symbols: Indexes) -> Indexes:
    """The rows of some symbols."""
    return np.concatenate([np.empty(0, np.int64), *(order[starts[one] : starts[one + 1]] for one in symbols.tolist())])


def _are_strangers(reports: ListedReports, rows: Indexes, columns: Indexes, is_far: Flags, names: Texts) -> Flags:
    """Far-off reports whose issuer's name begins unlike any report beside the prices, and unlike the security's own."""
    word_of, numbers = reports.first_words
    words, most = word_of[rows], len(numbers) + 1
    far = distinct(columns[is_far])
    own = np.array([numbers.get(first_word(name), most - 1) for name in names[far]], np.int64)
    known = np.concatenate([columns[~is_far] * most + words[~is_far], far * most + own])
    return is_far & ~are_among(columns * most + words, known)


@lru_cache(maxsize=MOST_SPELLINGS_KEPT)
def _letters_of(name: str) -> str:
    return "".join(filter(str.isalnum, name.lower()))
