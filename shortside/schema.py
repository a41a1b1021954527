"""What a frame of each dataset must look like before anything trusts it: columns, types, units, key.

A frame enters through `FrameSchema.conform` at the provider's door. Columns that arrive as bare arrays, because a
frame of millions of rows would be slow, are held to the same rules by `Column.first_fault`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import pandas as pd

from shortside.column_cells import (
    Array,
    Cells,
    Columns,
    Texts,
    columns_of,
    days_read,
    is_said,
    numbers_in,
    numbers_read,
    rows_in,
    texts_in,
)
from shortside.datasets import Dataset
from shortside.sessions import CalendarRangeError, is_session
from shortside.settlement import NotASettlementDateError, cycle_of

FEW_ROWS: Final = 64
"""Rows whose keys are compared in Python."""


class SchemaError(ValueError):
    """A frame is not what its dataset promises; the message names file, row, column and value."""

    def __init__(self, where: str, column: str, reason: str, *, row: int | None = None, row_word: str = "row") -> None:
        place = where if row is None else f"{where}, {row_word} {row}"
        super().__init__(f"{place}, column {column}: {reason}")
        self.where = where
        self.column = column
        self.reason = reason
        self.row = row
        """Counted from the file's own first row; None when the whole column is at fault."""
        self.row_word = row_word


class ColumnKind(StrEnum):
    """What the cells of a column are, and so how they are stored."""

    DATE = "date"
    """`datetime64[s]` at midnight."""
    TEXT = "text"
    """pandas' `str`; the empty string means unknown."""
    INTEGER = "integer"
    """Whole numbers: `int64`, or `float64` where the column is nullable."""
    SHARES = "shares"
    """Whole numbers of shares, stored like INTEGER."""
    QUANTITY = "quantity"
    """`float64`: of shares that may be traded in fractions, as consolidated volumes are since 2026."""
    MONEY = "money"
    """`float64`, US dollars unless the unit says otherwise."""
    RATIO = "ratio"
    """`float64`, a fraction or a plain ratio."""
    FLAG = "flag"
    """`bool`; any text but the empty one is true, as FINRA writes both `R` and `Y`."""


LARGEST_NUMBERS: Final[Mapping[ColumnKind, float]] = MappingProxyType(
    {
        # Beyond it a float does not tell one share from the next; the largest count of all times is 10¹².
        ColumnKind.INTEGER: 2.0**53,
        ColumnKind.SHARES: 2.0**53,
        ColumnKind.QUANTITY: 2.0**53,
        ColumnKind.MONEY: 1e15,
        ColumnKind.RATIO: 1e12,
    }
)
"""The largest number of each kind, either way; what is beyond it is a mistake, not a figure."""
FIRST_DAY: Final = np.datetime64("1900-01-01", "D")
LAST_DAY: Final = np.datetime64("2199-12-31", "D")
"""The first and the last day that a row may speak of."""
WHOLE_NUMBER_KINDS: Final = frozenset({ColumnKind.INTEGER, ColumnKind.SHARES})
NUMBER_KINDS: Final = WHOLE_NUMBER_KINDS | {ColumnKind.QUANTITY, ColumnKind.MONEY, ColumnKind.RATIO}


@cache
def _settlement_fault(day: date) -> str | None:
    try:
        cycle_of(day)
    except (NotASettlementDateError, CalendarRangeError) as error:
        return str(error)
    return None


@cache
def _session_fault(day: date) -> str | None:
    try:
        return None if is_session(day) else f"{day} is not a session; New York does not trade on that {day:%A}"
    except CalendarRangeError as error:
        return str(error)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column's promise."""

    name: str
    kind: ColumnKind
    unit: str = ""
    is_nullable: bool = False
    """Whether NaN, NaT or the empty string may stand in it."""
    minimum: float | None = None
    """Smallest number allowed, itself included."""
    day_fault: Callable[[date], str | None] | None = None
    """Says what is wrong with a day, for columns that hold only sessions or settlement dates."""
    is_incidental: bool = False
    """Whether a number nobody can read is merely unknown, and so is a column that is not there: a mere witness."""

    def first_fault(self, values: Any) -> tuple[int, str] | None:
        """Index and description of the first value that breaks the promise, in an array already of this kind.

        Args:
            values: `float64`, `int64`, `bool`, `datetime64` or strings, as `ColumnKind` says.
        """
        if self.kind in NUMBER_KINDS:
            return _first(self.breaches(values), lambda row: self._number_reason(values[row]))
        if self.kind is ColumnKind.DATE:
            return self._date_fault(values)
        return _first(self.breaches(values), lambda _: "is missing")

    def breaches(self, values: Any) -> Array:
        """(rows,) which values of an array already of this kind break the promise."""
        if self.kind in NUMBER_KINDS:
            return self._number_breaches(values)
        if self.kind is ColumnKind.DATE:
            return self._date_breaches(values)
        if self.kind is ColumnKind.TEXT and not self.is_nullable:
            return np.asarray(values == "", bool)
        return np.zeros(len(values), bool)

    def within_bounds(self, values: Array) -> Array:
        """(rows,) the numbers, those that break the promise replaced by NaN: for a column that is merely incidental."""
        return np.where(self._number_breaches(values), np.nan, values)

    def _number_breaches(self, values: Array) -> Array:
        # One pass over the common, faultless case: comparisons with NaN are false. Infinity is above every bound.
        is_bad: Array = np.abs(values) > LARGEST_NUMBERS[self.kind]
        if self.minimum is not None:
            is_bad |= values < self.minimum
        if not self.is_nullable:
            is_bad |= np.isnan(values)
        if self.kind in WHOLE_NUMBER_KINDS:
            is_bad |= np.floor(values) < values
        return is_bad

    def _date_breaches(self, values: Array) -> Array:
        is_bad = np.isnat(values)
        if self.is_nullable:
            is_bad = np.zeros(len(values), bool)
        for moment, _ in self._odd_days(values):
            is_bad |= values == moment
        return np.asarray(is_bad)

    def _number_reason(self, value: float) -> str:
        if np.isnan(value):
            return "is missing"
        if np.isinf(value):
            return f"{value} is not a finite number"
        if abs(value) > LARGEST_NUMBERS[self.kind]:
            return f"{value:.12g} is more than {LARGEST_NUMBERS[self.kind]:g}, which nothing of the kind can be"
        if self.minimum is not None and value < self.minimum:
            if self.minimum == 0:
                return f"{value:.12g} is negative"
            return f"{value:.12g} is below {self.minimum:g}"
        return f"{value:.12g} is not a whole number"

    def _date_fault(self, values: Array) -> tuple[int, str] | None:
        is_missing = np.isnat(values)
        if not self.is_nullable and is_missing.any():
            return int(is_missing.argmax()), "is missing"
        for moment, reason in self._odd_days(values):
            return int((values == moment).argmax()), reason
        return None

    def _odd_days(self, values: Array) -> Iterator[tuple[np.datetime64, str]]:
        days = pd.unique(values).astype("datetime64[D]")
        for moment in days[~np.isnat(days)]:
            if not FIRST_DAY <= moment <= LAST_DAY:
                yield moment, f"{moment} is no day of ours"
            elif self.day_fault is not None and (reason := self.day_fault(moment.item())) is not None:
                yield moment, reason


def _as_far_as_known(columns: Columns, column: Column) -> Array:
    if column.name not in columns:
        return np.full(rows_in(columns), np.nan)
    return column.within_bounds(numbers_in(columns[column.name]))


def _first(is_bad: Array, reason: Callable[[int], str]) -> tuple[int, str] | None:
    if not is_bad.any():
        return None
    row = int(is_bad.argmax())
    return row, reason(row)


@dataclass(frozen=True, slots=True)
class FrameSchema:
    """The columns a dataset promises, in order, and which of them identify a row."""

    dataset: Dataset
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    """No two rows agree in all of these."""

    def column(self, name: str) -> Column:
        """The column of that name.

        Raises:
            KeyError: the dataset has none.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def conform(
        self, given: pd.DataFrame | Columns, where: str, *, first_row: int = 1, row_word: str = "row"
    ) -> pd.DataFrame:
        """A new frame with exactly the promised columns and types.

        Args:
            given: a frame, or its columns; numbers and days may still be text, as a CSV gives them. Columns nobody
                promised are dropped.
            where: what to call the frame in an error, usually a file's name.
            first_row: the number of the first row in that file; 2 below a CSV's header.
            row_word: what the file calls its rows: `row`, or `line`.

        Raises:
            SchemaError: a column is missing, a value is of the wrong type or out of bounds, or a key repeats.
        """
        columns = columns_of(given)
        conformed: dict[str, Texts] = {}
        for column in self.columns:
            if column.is_incidental:
                conformed[column.name] = _as_far_as_known(columns, column)
                continue
            if column.name not in columns:
                raise missing_column(where, column.name, columns)
            cells = columns[column.name]
            values, is_unread, wanted = _converted(column, cells)
            fault = _unread(cells, is_unread, wanted) or column.first_fault(values)
            if fault is not None:
                row, reason = fault
                raise SchemaError(where, column.name, reason, row=first_row + row, row_word=row_word)
            conformed[column.name] = _stored(column, values)
        rows = pd.DataFrame(conformed)
        if len(rows) > FEW_ROWS or not self._are_unique(conformed):
            self._require_unique(rows, where, first_row, row_word)
        return rows

    def odd_rows(self, given: pd.DataFrame | Columns) -> Array:
        """(rows,) which rows hold a value that is of the wrong type or out of bounds; all columns must be there."""
        columns = columns_of(given)
        is_odd = np.zeros(rows_in(columns), bool)
        for column in self.columns:
            values, is_unread, _ = _converted(column, columns[column.name])
            is_odd |= is_unread
            is_odd |= column.breaches(values)
        return is_odd

    def _are_unique(self, conformed: Mapping[str, Texts]) -> bool:
        """Whether no two rows agree in the key, of a few rows: pandas takes a hundred times as long to begin with.

        Where there is no key, any rows may be alike.
        """
        keys = [conformed[name].tolist() for name in self.key]
        return not keys or len({*zip(*keys, strict=True)}) == len(keys[0])

    def _require_unique(self, rows: pd.DataFrame, where: str, first_row: int, row_word: str) -> None:
        # A file of one day differs in its symbols only, and most are in alphabetical order: then nothing repeats.
        telling = [name for name in self.key if not _is_constant(rows[name])]
        if len(telling) == 1 and _is_ascending(rows[telling[0]]):
            return
        keys = rows[list(self.key)]
        is_repeated = keys[telling or list(self.key)].duplicated().to_numpy()
        if not is_repeated.any():
            return
        row = int(is_repeated.argmax())
        words = " ".join(_words(value) for value in keys.iloc[row])
        same = (keys == keys.iloc[row]).all(axis=1).to_numpy()
        raise SchemaError(
            where,
            "+".join(self.key),
            f"{words} is already in {row_word} {first_row + int(same.argmax())}",
            row=first_row + row,
            row_word=row_word,
        )


def missing_column(where: str, name: str, present: object) -> SchemaError:
    """The error for a column that is not there, listing those that are."""
    there = ", ".join(str(column) for column in list(present)) if np.iterable(present) else ""
    return SchemaError(where, name, f"there is no such column; the file has {there or 'none'}")


def _words(value: object) -> str:
    return f"{value:%Y-%m-%d}" if isinstance(value, date) else str(value)


def _is_constant(values: pd.Series[Any]) -> bool:
    array = values.array
    # The ends first: symbols differ there, and need no comparison of all.
    return len(array) > 0 and bool(array[0] == array[-1]) and bool(np.all(np.asarray(array == array[0])))


def _is_ascending(values: pd.Series[Any]) -> bool:
    """Whether each value is above the one before it, so that none is there twice; False where nobody can say."""
    if values.dtype == object:
        return False
    array = values.array
    return bool(np.all(np.asarray(array[1:] > array[:-1])))


def _stored(column: Column, values: Any) -> Any:
    if column.kind in WHOLE_NUMBER_KINDS and not column.is_nullable:
        return values.astype(np.int64)
    return values


def _converted(column: Column, cells: Cells) -> tuple[Any, Array, str]:
    """The values as an array of the column's kind, (rows,) which could not be turned into one, and what was wanted."""
    none = np.zeros(len(cells), bool)
    if column.kind is ColumnKind.TEXT:
        return texts_in(cells), none, ""
    if column.kind is ColumnKind.FLAG:
        return (np.asarray(cells, bool) if cells.dtype == bool else is_said(cells)), none, ""
    if column.kind is ColumnKind.DATE:
        return days_read(cells)
    return numbers_read(cells)


def _unread(cells: Cells, is_unread: Array, wanted: str) -> tuple[int, str] | None:
    """The first value that could not be turned into what was wanted."""
    return _first(is_unread, lambda row: f"{str(cells[row])[:40]!r} is not {wanted}")


def _text(name: str, *, is_nullable: bool = True) -> Column:
    return Column(name=name, kind=ColumnKind.TEXT, is_nullable=is_nullable)


def _shares(name: str, *, is_nullable: bool = False) -> Column:
    return Column(name=name, kind=ColumnKind.SHARES, unit="shares", is_nullable=is_nullable, minimum=0)


_SYMBOL: Final = _text("symbol", is_nullable=False)
_SETTLEMENT: Final = Column(name="settlement_date", kind=ColumnKind.DATE, day_fault=_settlement_fault)

SHORT_INTEREST: Final = FrameSchema(
    Dataset.SHORT_INTEREST,
    (
        _SETTLEMENT,
        _SYMBOL,
        _text("issue_name"),
        _text("market_class"),
        _shares("short_interest"),
        _shares("prev_short_interest"),
        _shares("avg_daily_volume"),
        Column(name="split_flag", kind=ColumnKind.FLAG),
        Column(name="revision_flag", kind=ColumnKind.FLAG),
    ),
    key=("symbol", "settlement_date"),
)
"""FINRA's short interest, one row a security and settlement date, shares as first published."""

PRICES: Final = FrameSchema(
    Dataset.PRICES,
    (
        Column(name="date", kind=ColumnKind.DATE, day_fault=_session_fault),
        _SYMBOL,
        _text("exchange"),
        Column(name="close", kind=ColumnKind.MONEY, unit="USD a share", is_nullable=True, minimum=0),
        Column(name="volume", kind=ColumnKind.QUANTITY, unit="shares", is_nullable=True, minimum=0),
        _shares("shares_out", is_nullable=True),
    ),
    key=("symbol", "date"),
)
"""A close, a volume and a share count per name and session, unadjusted."""

FOLDER_PRICES: Final = FrameSchema(
    Dataset.PRICES,
    (
        *PRICES.columns,
        Column(name="netchange", kind=ColumnKind.MONEY, unit="USD a share", is_nullable=True, is_incidental=True),
    ),
    key=PRICES.key,
)
"""Prices of a folder, with the screener's net change where it is kept: a witness of splits and distributions."""

REFERENCE: Final = FrameSchema(
    Dataset.REFERENCE,
    (
        _SYMBOL,
        Column(name="valid_from", kind=ColumnKind.DATE),
        _text("name"),
        _text("exchange"),
        _text("country"),
        _text("sector"),
        _text("industry"),
    ),
    key=("symbol", "valid_from"),
)
"""What a symbol stood for from a day on; a row at each change."""

SPLITS: Final = FrameSchema(
    Dataset.SPLITS,
    (
        _SYMBOL,
        Column(name="ex_date", kind=ColumnKind.DATE),
        Column(name="simple_ratio", kind=ColumnKind.RATIO, is_nullable=True, minimum=0),
        _shares("shares_before", is_nullable=True),
        _shares("shares_after", is_nullable=True),
        Column(name="shares_corrected_on", kind=ColumnKind.DATE, is_nullable=True),
        _text("status"),
    ),
    key=("symbol", "ex_date"),
)
"""Splits: multiply earlier prices by the ratio, divide earlier shares by it."""

BORROW: Final = FrameSchema(
    Dataset.BORROW,
    (
        _SYMBOL,
        Column(name="fee", kind=ColumnKind.RATIO, unit="fraction a year", is_nullable=True),
        _shares("available", is_nullable=True),
        Column(name="is_capped", kind=ColumnKind.FLAG),
    ),
    key=("symbol",),
)
"""One look at a broker's stock loan desk."""

FLOAT: Final = FrameSchema(
    Dataset.SHARES_OUTSTANDING,
    # No minimum: the Journal really prints a negative float now and then. Readers take it for unknown.
    (_SETTLEMENT, _SYMBOL, Column(name="public_float", kind=ColumnKind.SHARES, unit="shares", is_nullable=True)),
    key=("symbol", "settlement_date"),
)
"""Public float, shares, as printed beside a settlement."""
