"""Turns the rows of a file of closes, volumes and share counts into wide arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from providers.errors import MalformedError
from providers.files.folder_prices import FolderPrices, day_number
from providers.parsing.columns import Columns, read_columns, repeats
from shortside.listings import Dates, Texts
from shortside.schema import FOLDER_PRICES

VALUES: Final = ("close", "volume", "shares_out", "netchange")
FREE_CELLS: Final = 2**18
"""Sessions times names that any file may have, however few rows it holds: a year of a thousand names."""
MOST_CELLS_A_ROW: Final = 8
"""Sessions times names for every row of a file beyond that; two years of all listed names have 1.3."""
MOST_EXCHANGES: Final = np.iinfo(np.int16).max
"""Names of exchanges that their numbers have room for; there are some twenty."""


@dataclass(frozen=True, eq=False, slots=True)
class _Piece:
    """The wanted rows of one stretch of the file, 30 bytes each."""

    name: npt.NDArray[np.int32]
    exchange: npt.NDArray[np.int16]
    day: npt.NDArray[np.int32]
    row: npt.NDArray[np.int32]
    values: tuple[npt.NDArray[np.float32], ...]


def read_prices(path: Path, since: date | None, until: date | None, advanced: Callable[[], None]) -> FolderPrices:
    """The prices of a file from one day to another, both included; those of no day where there are none.

    Args:
        path: Parquet or CSV with the columns of `FOLDER_PRICES`.
        since: the first day; None for no limit.
        until: the last day; None for no limit.
        advanced: called after each stretch of the file.

    Raises:
        MalformedError: the file is damaged, breaks the schema, gives a name two closes for one session, or has so few
            rows for its sessions and names that their table would be all but empty.
    """
    reader = _Reader(path, day_number(since, -(2**31)), day_number(until, 2**31 - 1))
    for columns in read_columns(path, FOLDER_PRICES):
        reader.take(columns)
        advanced()
    return reader.wide()


def sessions_of_prices(path: Path) -> Dates:
    """The days a file has prices of, ascending; nothing else of it is read.

    Raises:
        MalformedError: the file is damaged, or a day breaks the schema.
        RefusedError: it may not be read.
    """
    dated = replace(FOLDER_PRICES, columns=(FOLDER_PRICES.column("date"),))
    found = [np.unique(columns.arrays["date"]) for columns in read_columns(path, dated)]
    return np.unique(np.concatenate([np.empty(0, "datetime64[D]"), *found])).astype("datetime64[D]")


class _Reader:
    def __init__(self, path: Path, since: int, until: int) -> None:
        self.path = path
        self.span = since, until
        self.extent: tuple[int, int] | None = None
        self.names: dict[str, int] = {}
        self.exchanges: dict[str, int] = {}
        self.pieces: list[_Piece] = []

    def take(self, columns: Columns) -> None:
        arrays = columns.arrays
        day = arrays["date"].view(np.int64).astype(np.int32)
        if not len(day):
            return
        first, last = int(day.min()), int(day.max())
        self.extent = (first, last) if self.extent is None else (min(first, self.extent[0]), max(last, self.extent[1]))
        is_wanted = (day >= self.span[0]) & (day <= self.span[1])
        rows = np.flatnonzero(is_wanted).astype(np.int32)
        if not len(rows):
            return
        name = _numbered(self.names, columns, "symbol", rows)
        exchange = _numbered(self.exchanges, columns, "exchange", rows).astype(np.int16)
        if len(self.exchanges) > MOST_EXCHANGES:
            raise MalformedError(f"names more than {MOST_EXCHANGES:,} exchanges", where=self.path.name)
        everything = len(rows) == len(day)
        values = tuple((arrays[column] if everything else arrays[column][rows]).astype(np.float32) for column in VALUES)
        self.pieces.append(_Piece(name, exchange, day[rows], rows + columns.first_row, values))

    def wide(self) -> FolderPrices:
        pieces = self.pieces
        days = np.unique(np.concatenate([np.empty(0, np.int32), *(np.unique(piece.day) for piece in pieces)]))
        spelt = sorted(self.names)
        shape = len(days), len(spelt)
        self._require_filled(shape)
        place_of_name = np.zeros(len(spelt), np.int64)
        place_of_name[[self.names[symbol] for symbol in spelt]] = np.arange(len(spelt))
        wide = [np.full(shape, np.nan, np.float32) for _ in VALUES]
        exchanges, rows_on = np.full(shape, -1, np.int16), np.zeros(len(days), np.int64)
        for piece in pieces:
            row = np.searchsorted(days, piece.day)
            rows_on += np.bincount(row, minlength=len(days))
            place = row * shape[1] + place_of_name[piece.name]
            exchanges.ravel()[place] = piece.exchange
            for target, values in zip(wide, piece.values, strict=True):
                target.ravel()[place] = values
        repeated = rows_on - (exchanges >= 0).sum(axis=1)
        if repeated.any():
            self._require_the_same()
        close, volume, shares_outstanding, change = wide
        zero_closes = (close == 0).sum(axis=1)
        close[close == 0] = np.nan
        volume[np.isnan(close)] = np.nan
        shares_outstanding[shares_outstanding == 0] = np.nan
        np.subtract(close, change, out=change)
        return FolderPrices(
            file_name=self.path.name,
            extent=self.extent,
            symbols=_texts(spelt),
            exchange_words=_texts(self.exchanges),
            exchanges=exchanges,
            sessions=days.astype(np.int64).astype("datetime64[D]"),
            close=close,
            volume=volume,
            shares_outstanding=shares_outstanding,
            official=change,
            zero_closes=zero_closes.astype(np.int64),
            repeats=repeated,
        )

    def _require_filled(self, shape: tuple[int, int]) -> None:
        """Refuse rows whose table of sessions by names takes memory by what is missing rather than by what is there."""
        rows = sum(len(piece.row) for piece in self.pieces)
        if shape[0] * shape[1] > max(FREE_CELLS, MOST_CELLS_A_ROW * rows):
            raise MalformedError(
                f"has {rows:,} rows for {shape[0]:,} sessions of {shape[1]:,} names, "
                "far fewer than names that trade have",
                where=self.path.name,
            )

    def _require_the_same(self) -> None:
        """Refuse a name that has two rows of one session, unless they say the same."""
        name = np.concatenate([piece.name for piece in self.pieces])
        day = np.concatenate([piece.day for piece in self.pieces])
        row = np.concatenate([piece.row for piece in self.pieces])
        values = [np.concatenate([piece.values[at] for piece in self.pieces]) for at in range(len(VALUES) - 1)]
        found = repeats(name.astype(np.int64) * 2**32 + day, values)
        if found.conflict is not None:
            earlier, later = found.conflict
            symbol = list(self.names)[name[later]]
            word = "row" if self.path.suffix == ".parquet" else "line"
            session = np.datetime64(int(day[later]), "D")
            raise MalformedError(
                f"{symbol} {session} is already in {word} {row[earlier]}, with other values",
                where=self.path.name,
                column="symbol+date",
                line=int(row[later]),
                line_word=word,
            )


def _numbered(
    numbers: dict[str, int], columns: Columns, name: str, rows: npt.NDArray[np.int32]
) -> npt.NDArray[np.int32]:
    """Our number for the text of each row, a new one for what was not met before."""
    codes = columns.arrays[name][rows]
    vocabulary = columns.vocabularies[name]
    is_met = np.zeros(len(vocabulary), bool)
    is_met[codes] = True
    ours = np.full(len(vocabulary), -1, np.int32)
    for code in np.flatnonzero(is_met).tolist():
        ours[code] = numbers.setdefault(vocabulary[code], len(numbers))
    return ours[codes]


def _texts(values: Any) -> Texts:
    texts = np.empty(len(values), object)
    texts[:] = list(values)
    return texts
