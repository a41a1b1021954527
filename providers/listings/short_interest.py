"""Turns rows of FINRA's short interest into wide arrays, settlements by names, and those without a price apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from providers.errors import MalformedError
from providers.listings.symbols import (
    EXCHANGES,
    MOST_SPELLINGS_KEPT,
    NO_COLUMN,
    JoinSide,
    SymbolJoin,
    first_word,
    squashed,
)
from providers.parsing.columns import Columns, repeats
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


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class ListedReports:
    """Reports of exchange-listed securities, and who else reported."""

    rows: pd.DataFrame
    """A row each, oldest settlement first: columns as `SHORT_INTEREST` has them, texts as categories, and where each
    row stood: `where` and `row`. No columns where there is no report."""
    over_the_counter: frozenset[str]
    """Symbols of the securities left out."""


def short_interest_table(reports: ListedReports, join: SymbolJoin, tenancy: Tenancy) -> ShortInterestTable:
    """The reports, laid out along the names; at least one report is needed.

    Args:
        reports: as `listed_reports` gives them.
        join: finds the priced names by FINRA's spelling.
        tenancy: of the same names.

    Raises:
        MalformedError: they contradict each other.
    """
    rows = reports.rows
    notes = _repeat_notes(rows)
    columns, strangers = _columns(rows, join, tenancy)
    if strangers:
        notes += (f"{strangers} reports are of another company that had or got the symbol; they are not joined",)
    elsewhere = len(reports.over_the_counter.difference(rows["symbol"].cat.categories))
    if elsewhere:
        notes += (f"{elsewhere:,} over-the-counter securities of FINRA's files are left out",)
    return _wide(rows, columns, len(tenancy.names), notes)


def settlements_around(first: date, last: date, knowledge: date | None = None) -> frozenset[date]:
    """The settlements that speak of the sessions from `first` to `last`, published by a day."""
    before = settlement_dates_between(max(first - _CYCLE_REACH, FIRST_DAY), first)
    after = settlement_dates_between(last, min(last + _CYCLE_REACH, LAST_DAY))
    days = settlement_dates_between(before[-1] if before else first, after[0] if after else last)
    if knowledge is None:
        return frozenset(days)
    return frozenset(day for day in days if cycle_of(day).publication_date <= knowledge)


def listed_reports(
    pieces: Iterable[tuple[Columns, Flags]], by_settlement: dict[date, set[str]] | None = None
) -> ListedReports:
    """The reports of exchange-listed securities among rows, of which the flagged ones are wanted.

    Args:
        pieces: rows, and which of them are wanted.
        by_settlement: takes the symbols that are left out, by their settlements, where that is asked for.
    """
    over_the_counter: set[str] = set()
    frames: list[pd.DataFrame] = []
    for piece, is_wanted in pieces:
        classes, words = piece.arrays["market_class"], piece.vocabularies["market_class"]
        is_listed = np.isin(words, list(EXCHANGES))[classes]
        left_out = is_wanted & ~is_listed
        over_the_counter.update(piece.vocabularies["symbol"][pd.unique(piece.arrays["symbol"][left_out])])
        if by_settlement is not None:
            _sort_in(by_settlement, piece, left_out)
        frame = _frame(piece, np.flatnonzero(is_wanted & is_listed))
        if len(frame):
            frames.append(frame)
    return ListedReports(rows=_joined(frames), over_the_counter=frozenset(over_the_counter))


def _sort_in(by_settlement: dict[date, set[str]], piece: Columns, left_out: Flags) -> None:
    days, symbols = piece.arrays["settlement_date"][left_out], piece.arrays["symbol"][left_out]
    for day in np.unique(days):
        spelt = piece.vocabularies["symbol"][pd.unique(symbols[days == day])]
        by_settlement.setdefault(day.astype("datetime64[D]").astype(date), set()).update(spelt)


def _frame(piece: Columns, rows: Array) -> pd.DataFrame:
    picked = {name: values[rows] for name, values in piece.arrays.items()}
    frame = pd.DataFrame({name: picked[name] for name in picked.keys() - piece.vocabularies.keys()})
    frame["row"] = rows + piece.first_row
    frame["where"] = pd.Categorical.from_codes(
        np.zeros(len(frame), np.int8), categories=pd.Index([piece.where], dtype=object)
    )
    for name, vocabulary in piece.vocabularies.items():
        frame[name] = _categories(picked[name], vocabulary)
    return frame


def _joined(frames: list[pd.DataFrame]) -> pd.DataFrame:
    if not frames:
        return pd.DataFrame()
    for name in ("symbol", "issue_name", "market_class", "where"):
        union = pd.api.types.union_categoricals([frame[name] for frame in frames])
        ends = np.cumsum([len(frame) for frame in frames])[:-1]
        for frame, codes in zip(frames, np.split(union.codes, ends), strict=True):
            frame[name] = pd.Categorical.from_codes(codes, dtype=union.dtype)
    reports = pd.concat(frames, ignore_index=True)
    return reports.sort_values("settlement_date", kind="stable", ignore_index=True)


def _categories(codes: Array, vocabulary: Texts) -> pd.Categorical:
    # A null and an empty string are one text here, so a vocabulary may hold it twice. And it may hold texts of rows
    # that are not ours.
    numbers, texts = pd.factorize(vocabulary)
    categories = pd.Index(texts, dtype=object)
    return pd.Categorical.from_codes(numbers[codes], categories=categories).remove_unused_categories()


def _repeat_notes(rows: pd.DataFrame) -> tuple[str, ...]:
    key = rows["settlement_date"].to_numpy().astype("datetime64[D]").astype(np.int64) * 2**32
    key += rows["symbol"].cat.codes.to_numpy()
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


def _columns(rows: pd.DataFrame, join: SymbolJoin, tenancy: Tenancy) -> tuple[Indexes, int]:
    """The name each report is of, and how many were not joined because another company filed them."""
    symbols = rows["symbol"].cat
    codes = symbols.codes.to_numpy()
    last_row = np.zeros(len(symbols.categories), np.int64)
    last_row[codes] = np.arange(len(rows))
    latest = rows.iloc[last_row]
    keys = JoinSide(
        symbols=symbols.categories.tolist(),
        names=latest["issue_name"].tolist(),
        exchanges=latest["market_class"].tolist(),
    )
    of_symbol = join.columns(keys)
    columns = of_symbol[codes]
    day = rows["settlement_date"].to_numpy().astype("datetime64[D]")
    is_far = (columns != NO_COLUMN) & (
        (day < tenancy.first_priced[columns] - STRANGER_AFTER) | (day > tenancy.last_priced[columns] + STRANGER_AFTER)
    )
    strangers = _strangers(rows["issue_name"], columns, is_far, tenancy.names)
    columns[strangers] = NO_COLUMN
    return columns, len(strangers)


def _strangers(issue_names: pd.Series[Any], columns: Indexes, is_far: Flags, names: Texts) -> Indexes:
    """Far-off reports whose issuer's name begins unlike any report beside the prices, and unlike the security's own."""
    strangers: list[int] = []
    for column in np.unique(columns[is_far]):
        of_name = np.flatnonzero(columns == column)
        near = of_name[~is_far[of_name]]
        known = {first_word(name) for name in (*issue_names.iloc[near].unique().tolist(), names[column])}
        far = of_name[is_far[of_name]]
        filers = issue_names.iloc[far].tolist()
        strangers.extend(row for row, filer in zip(far, filers, strict=True) if first_word(filer) not in known)
    return np.array(strangers, np.int64)


def _wide(rows: pd.DataFrame, columns: Indexes, width: int, notes: tuple[str, ...]) -> ShortInterestTable:
    day = rows["settlement_date"].to_numpy().astype("datetime64[D]")
    settlements, settled = np.unique(day, return_inverse=True)
    is_joined = columns != NO_COLUMN
    place = settled[is_joined] * width + columns[is_joined]
    shape = len(settlements), width

    def spread(name: str, blank: Array) -> Array:
        blank.ravel()[place] = rows[name].to_numpy()[is_joined]
        return blank

    names = rows["issue_name"].cat
    letters = [_letters_of(name) or None for name in names.categories.tolist()]
    # A name of nothing is no name, and gets −1.
    spelt, _ = pd.factorize(np.array(letters, object))
    issuers = np.full(shape, -1, np.int32)
    issuers.ravel()[place] = spelt[names.codes.to_numpy()[is_joined]]

    return ShortInterestTable(
        settlements=settlements,
        published=np.array([cycle_of(one).publication_date for one in settlements.astype(object)], "datetime64[D]"),
        shares_short=spread("short_interest", np.full(shape, np.nan)),
        shares_short_previous=spread("prev_short_interest", np.full(shape, np.nan)),
        is_revised=spread("revision_flag", np.zeros(shape, bool)),
        split_flag=spread("split_flag", np.zeros(shape, bool)),
        reported_volume=spread("avg_daily_volume", np.full(shape, np.nan, np.float32)),
        unpriced=_unpriced(rows[~is_joined]),
        issuers=Issuers(codes=issuers),
        notes=notes,
    )


@lru_cache(maxsize=MOST_SPELLINGS_KEPT)
def _letters_of(name: str) -> str:
    return "".join(filter(str.isalnum, name.lower()))


def _unpriced(rows: pd.DataFrame) -> UnpricedSecurities:
    """The last report of each security without prices."""
    last = rows.drop_duplicates("symbol", keep="last")
    # By spelling, not by the place of a symbol among those that happened to be read.
    last = last.iloc[np.argsort(last["symbol"].to_numpy(object), kind="stable")]
    return UnpricedSecurities(
        symbols=np.array([squashed(symbol) for symbol in last["symbol"]], object),
        names=last["issue_name"].to_numpy(object),
        market_classes=last["market_class"].to_numpy(object),
        shares_short=last["short_interest"].to_numpy(np.float64),
        settlement_date=last["settlement_date"].to_numpy().astype("datetime64[D]"),
    )
