"""Turns rows of FINRA's short interest into wide arrays, settlements by names, and those without a price apart."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.listings import Dates, Flags, Floats, Indexes, Texts, Unpriced
from analytics.schema import SHORT_INTEREST
from analytics.sessions import FIRST_DAY, LAST_DAY
from analytics.settlement import cycle_of, settlement_dates_between
from providers import _finra_csv
from providers._columns import read_columns
from providers._errors import MalformedError, NoDataError, RefusedError
from providers._market_folder import MarketFolder
from providers._repeats import repeats
from providers._symbols import NOWHERE, Listed, columns_of, first_word, squashed

STRANGER_AFTER: Final = np.timedelta64(15, "D")
"""A report this far from a name's prices may be another company's that had or got the symbol."""
_CYCLE_REACH: Final = timedelta(days=40)

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Names:
    """The priced names that reports are to be joined to. (N,) each."""

    symbols: Texts
    names: Texts
    exchanges: Texts
    first_priced: Dates
    last_priced: Dates


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
    unpriced: Unpriced
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False, slots=True)
class _Reports:
    """Listed reports, long: a row a security and settlement, oldest settlement first."""

    rows: pd.DataFrame
    """settlement_date, key, issue_name and market_class as categories, numbers, flags, `where` and `row`."""
    over_the_counter: int


def read_short_interest(
    folder: MarketFolder, names: Names, first: date, last: date, knowledge: date | None
) -> ShortInterestTable:
    """The settlements that speak of the sessions from `first` to `last`.

    That is from the last settlement on or before `first` to the first on or after `last`: positions between two
    settlements need both.

    Args:
        folder: where short_interest.parquet and FINRA's own files lie; the latter win for their date.
        names: the priced names.
        first: the first session.
        last: the last session.
        knowledge: leave out settlements published after this day.

    Raises:
        NoDataError: no settlement of that span is there and was public by then.
        MalformedError: a file is damaged, breaks the schema or contradicts itself.
    """
    wanted = _wanted(first, last, knowledge)
    reports = _read(folder, wanted)
    if not len(reports.rows):
        by_then = f" that was public on {knowledge}" if knowledge else ""
        raise NoDataError(f"{folder.directory} holds no short interest{by_then} for {first} to {last}")
    rows = reports.rows
    notes = _repeat_notes(rows)
    columns, strangers = _columns(rows, names)
    notes += (
        (f"{strangers} reports belong to another company that had or got the symbol; they are not joined",)
        if strangers
        else ()
    )
    if reports.over_the_counter:
        notes += (f"{reports.over_the_counter:,} over-the-counter securities of FINRA's files are left out",)
    return _wide(rows, columns, len(names.symbols), notes)


def _wanted(first: date, last: date, knowledge: date | None) -> frozenset[date]:
    before = settlement_dates_between(max(first - _CYCLE_REACH, FIRST_DAY), first)
    after = settlement_dates_between(last, min(last + _CYCLE_REACH, LAST_DAY))
    days = settlement_dates_between(before[-1] if before else first, after[0] if after else last)
    if knowledge is None:
        return frozenset(days)
    return frozenset(day for day in days if cycle_of(day).publication_date <= knowledge)


def _read(folder: MarketFolder, wanted: frozenset[date]) -> _Reports:
    frames: list[pd.DataFrame] = []
    over_the_counter: set[str] = set()
    for frame in _frames(folder, wanted):
        is_listed = frame["market_class"].isin(list(_finra_csv.LISTED)).to_numpy()
        over_the_counter.update(frame["symbol"][~is_listed].unique())
        frames.append(frame[is_listed])
    if not frames:
        return _Reports(pd.DataFrame(), 0)
    for column in ("symbol", "issue_name", "market_class"):
        union = pd.api.types.union_categoricals([frame[column] for frame in frames]).categories
        frames = [frame.assign(**{column: frame[column].cat.set_categories(union)}) for frame in frames]
    rows = pd.concat(frames, ignore_index=True).sort_values("settlement_date", kind="stable", ignore_index=True)
    return _Reports(rows, len(over_the_counter - set(rows["symbol"].unique())))


def _frames(folder: MarketFolder, wanted: frozenset[date]) -> Iterator[pd.DataFrame]:
    raw = {day: path for day, path in folder.raw_short_interest.items() if day in wanted}
    days = np.array(sorted(wanted - raw.keys()), "datetime64[D]")
    if folder.short_interest is not None:
        for columns in read_columns(folder.short_interest, SHORT_INTEREST):
            rows = np.flatnonzero(np.isin(columns.arrays["settlement_date"], days))
            if len(rows):
                picked = {name: values[rows] for name, values in columns.arrays.items()}
                for name, vocabulary in columns.vocabularies.items():
                    picked[name] = _categories(picked[name], vocabulary)
                yield pd.DataFrame(picked).assign(where=columns.where, row=rows + columns.first_row)
    for day, path in raw.items():
        frame = _finra_csv.parse(_body(path), path.name, settlement_date=day)
        texts = {name: frame[name].astype("category") for name in ("symbol", "issue_name", "market_class")}
        yield frame.assign(**texts, where=path.name, row=np.arange(2, len(frame) + 2))


def _categories(codes: Array, vocabulary: Texts) -> pd.Categorical:
    # A null and an empty string are one text here, so a vocabulary may hold it twice.
    numbers, categories = pd.factorize(vocabulary)
    return pd.Categorical.from_codes(numbers[codes], categories=pd.Index(categories, dtype="str"))


def _body(path: Path) -> bytes:
    try:
        body = path.read_bytes()
        return gzip.decompress(body) if path.suffix == ".gz" else body
    except PermissionError as error:
        raise RefusedError(f"{path.name} may not be read") from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise MalformedError(f"is cut off or not compressed by gzip ({error})", where=path.name) from error


def _repeat_notes(rows: pd.DataFrame) -> tuple[str, ...]:
    key = rows["settlement_date"].to_numpy().astype("datetime64[D]").astype(np.int64) * 2**32
    key += rows["symbol"].cat.codes.to_numpy()
    if len(pd.unique(key)) == len(key):
        return ()
    found = repeats(key, [rows[name].to_numpy() for name in ("short_interest", "prev_short_interest", "avg_daily_volume")])
    if found.conflict is not None:
        earlier, later = (rows.iloc[place] for place in found.conflict)
        raise MalformedError(
            f"{later['symbol']} {later['settlement_date']:%Y-%m-%d} is already in row {earlier['row']}, with other values",
            where=later["where"],
            column="symbol+settlement_date",
            line=int(later["row"]),
            line_word="row" if str(later["where"]).endswith(".parquet") else "line",
        )
    return (f"{found.same} reports of short interest are there twice, word for word, and count once",)


def _columns(rows: pd.DataFrame, names: Names) -> tuple[Indexes, int]:
    """The name each report is of, and how many were not joined because another company filed them."""
    symbols = rows["symbol"].cat
    codes = symbols.codes.to_numpy()
    last_row = np.zeros(len(symbols.categories), np.int64)
    last_row[codes] = np.arange(len(rows))
    latest = rows.iloc[last_row]
    of_symbol = columns_of(
        Listed(symbols=list(symbols.categories), names=list(latest["issue_name"]), exchanges=list(latest["market_class"])),
        Listed(symbols=list(names.symbols), names=list(names.names), exchanges=list(names.exchanges)),
    )
    columns = of_symbol[codes]
    day = rows["settlement_date"].to_numpy().astype("datetime64[D]")
    is_far = (columns != NOWHERE) & (
        (day < names.first_priced[columns] - STRANGER_AFTER) | (day > names.last_priced[columns] + STRANGER_AFTER)
    )
    strangers = _strangers(rows["issue_name"], columns, is_far, names.names)
    columns[strangers] = NOWHERE
    return columns, len(strangers)


def _strangers(issue_names: pd.Series[Any], columns: Indexes, is_far: Flags, names: Texts) -> Indexes:
    """Far-off reports whose issuer's name begins unlike any report beside the prices, and unlike the security's own."""
    strangers: list[int] = []
    for column in np.unique(columns[is_far]):
        of_name = np.flatnonzero(columns == column)
        near = of_name[~is_far[of_name]]
        known = {first_word(name) for name in (*issue_names.iloc[near].unique(), names[column])}
        far = of_name[is_far[of_name]]
        strangers.extend(row for row in far if first_word(issue_names.iloc[row]) not in known)
    return np.array(strangers, np.int64)


def _wide(rows: pd.DataFrame, columns: Indexes, width: int, notes: tuple[str, ...]) -> ShortInterestTable:
    day = rows["settlement_date"].to_numpy().astype("datetime64[D]")
    settlements, settled = np.unique(day, return_inverse=True)
    is_joined = columns != NOWHERE
    place = settled[is_joined] * width + columns[is_joined]
    shape = len(settlements), width

    def spread(name: str, blank: Array) -> Array:
        blank.ravel()[place] = rows[name].to_numpy()[is_joined]
        return blank

    return ShortInterestTable(
        settlements=settlements,
        published=np.array([cycle_of(one).publication_date for one in settlements.astype(object)], "datetime64[D]"),
        shares_short=spread("short_interest", np.full(shape, np.nan)),
        shares_short_previous=spread("prev_short_interest", np.full(shape, np.nan)),
        is_revised=spread("revision_flag", np.zeros(shape, bool)),
        split_flag=spread("split_flag", np.zeros(shape, bool)),
        reported_volume=spread("avg_daily_volume", np.full(shape, np.nan, np.float32)),
        unpriced=_unpriced(rows[~is_joined]),
        notes=notes,
    )


def _unpriced(rows: pd.DataFrame) -> Unpriced:
    """The last report of each security without prices."""
    last = rows.drop_duplicates("symbol", keep="last").sort_values("symbol")
    return Unpriced(
        symbols=np.array([squashed(symbol) for symbol in last["symbol"]], object),
        names=last["issue_name"].to_numpy(object),
        market_classes=last["market_class"].to_numpy(object),
        shares_short=last["short_interest"].to_numpy(np.float64),
        settlement_date=last["settlement_date"].to_numpy().astype("datetime64[D]"),
    )
