"""Turns rows of closes, volumes and share counts into wide arrays, sessions by names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from providers.errors import MalformedError, NoDataError
from providers.parsing.columns import Columns, read_columns, repeats
from shortside.doubts import Doubt
from shortside.listings import Dates, Floats, Texts
from shortside.misdated_sessions import judge_sessions
from shortside.net_changes import NetChanges, follows_previous_session, net_changes_of
from shortside.schema import FOLDER_PRICES

VALUES: Final = ("close", "volume", "shares_out", "netchange")


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class PriceTable:
    """Prices as printed, wide. T sessions, N names in the order the file first shows them."""

    symbols: Texts
    """(N,) in the file's spelling."""
    exchanges: Texts
    """(N,) of each name's last row in the file."""
    sessions: Dates
    close: Floats
    """(T, N) float32 USD a share, the day's own close; NaN where there was none."""
    volume: Floats
    """(T, N) float32 shares traded that session; NaN unknown."""
    shares_outstanding: Floats
    net_changes: NetChanges | None
    """Where previous closes part from the closes of the sessions before; None where the file has no net change."""
    doubts: tuple[Doubt, ...]
    """Sessions whose prices are not their own."""
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False, slots=True)
class _Piece:
    """The wanted rows of one stretch of the file, 28 bytes each."""

    name: npt.NDArray[np.int32]
    day: npt.NDArray[np.int32]
    row: npt.NDArray[np.int32]
    values: tuple[npt.NDArray[np.float32], ...]


def read_prices(path: Path, since: date | None, until: date | None, advanced: Callable[[], None]) -> PriceTable:
    """The prices from one day to another, both included.

    Args:
        path: Parquet or CSV with the columns of `FOLDER_PRICES`.
        since: the first day; None for no limit.
        until: the last day; None for no limit.
        advanced: called after each stretch of the file.

    Raises:
        NoDataError: the file has no prices in that span; the sentence says where its own begins and ends.
        MalformedError: the file is damaged, breaks the schema, or gives a name two closes for one session.
    """
    reader = _Reader(path, _number(since, -(2**31)), _number(until, 2**31 - 1))
    for columns in read_columns(path, FOLDER_PRICES):
        reader.take(columns)
        advanced()
    return reader.table()


def _number(day: date | None, default: int) -> int:
    return default if day is None else int(np.datetime64(day, "D").astype(np.int64))


class _Reader:
    def __init__(self, path: Path, since: int, until: int) -> None:
        self.path = path
        self.span = since, until
        self.extent: tuple[int, int] | None = None
        self.names: dict[str, int] = {}
        self.exchanges: dict[int, str] = {}
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
        name = self._named(columns, rows)
        everything = len(rows) == len(day)
        values = tuple((arrays[column] if everything else arrays[column][rows]).astype(np.float32) for column in VALUES)
        self.pieces.append(_Piece(name, day[rows], rows + columns.first_row, values))

    def _named(self, columns: Columns, rows: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        """Our number for each row's name, and on the way each name's latest exchange."""
        codes = columns.arrays["symbol"][rows]
        last_row = np.full(len(columns.vocabularies["symbol"]), -1)
        last_row[codes] = rows
        ours = np.full(len(last_row), -1, np.int32)
        exchanges = columns.vocabularies["exchange"][columns.arrays["exchange"][last_row]]
        for code in np.flatnonzero(last_row >= 0):
            number = self.names.setdefault(columns.vocabularies["symbol"][code], len(self.names))
            ours[code] = number
            self.exchanges[number] = exchanges[code]
        return ours[codes]

    def table(self) -> PriceTable:
        if not self.pieces:
            raise NoDataError(self._emptiness())
        days = np.unique(np.concatenate([np.unique(piece.day) for piece in self.pieces]))
        shape = len(days), len(self.names)
        place_of_day = np.zeros(days[-1] - days[0] + 1, np.int64)
        place_of_day[days - days[0]] = np.arange(len(days))
        wide = [np.full(shape, np.nan, np.float32) for _ in VALUES]
        is_filled = np.zeros(shape, bool)
        for piece in self.pieces:
            place = place_of_day[piece.day - days[0]] * shape[1] + piece.name
            is_filled.ravel()[place] = True
            for target, values in zip(wide, piece.values, strict=True):
                target.ravel()[place] = values
        notes = self._repeat_notes(int(is_filled.sum()))
        close, volume, shares_outstanding, change = wide
        # A close of nothing is the screener's word for no trade; a company of no shares is its word for unknown.
        notes += _blank(close, close == 0, f"closes of 0 in {self.path.name} are taken for unknown")
        _blank(volume, np.isnan(close), "")
        _blank(shares_outstanding, shares_outstanding == 0, "")
        np.subtract(close, change, out=change)
        sessions = days.astype(np.int64).astype("datetime64[D]")
        judged = judge_sessions(sessions, close, change, follows_previous_session(sessions))
        if judged.is_strange is not None:
            for values in (close, volume, change):
                values[judged.is_strange] = np.nan
            # A session of which nothing is left is a hole, like one that was never there.
            kept = np.isfinite(close).any(axis=1)
            sessions, close, volume = sessions[kept], close[kept], volume[kept]
            shares_outstanding, change = shares_outstanding[kept], change[kept]
        return PriceTable(
            symbols=_texts(self.names),
            exchanges=_texts([self.exchanges[number] for number in range(len(self.names))]),
            sessions=sessions,
            close=close,
            volume=volume,
            shares_outstanding=shares_outstanding,
            net_changes=net_changes_of(sessions, close, change, follows_previous_session(sessions)),
            doubts=tuple(one.doubt for one in judged.misdated),
            notes=(*notes, *(one.sentence for one in judged.misdated)),
        )

    def _emptiness(self) -> str:
        if self.extent is None:
            return f"{self.path.name} holds no prices at all"
        first, last = (np.datetime64(day, "D") for day in self.extent)
        since, until = self.span
        if until < self.extent[0]:
            return f"{self.path.name} begins on {first}; there is nothing on or before {np.datetime64(until, 'D')}"
        if since > self.extent[1]:
            return f"{self.path.name} ends on {last}; there is nothing on or after {np.datetime64(since, 'D')}"
        return f"{self.path.name} has no session from {np.datetime64(since, 'D')} to {np.datetime64(until, 'D')}"

    def _repeat_notes(self, filled: int) -> tuple[str, ...]:
        if filled == sum(len(piece.day) for piece in self.pieces):
            return ()
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
        return (f"{found.same} rows of {self.path.name} are there twice, word for word, and count once",)


def _blank(wide: Floats, where: npt.NDArray[np.bool_], note: str) -> tuple[str, ...]:
    if not where.any():
        return ()
    wide[where] = np.nan
    return (f"{int(where.sum())} {note}",) if note else ()


def _texts(values: Any) -> Texts:
    texts = np.empty(len(values), object)
    texts[:] = list(values)
    return texts
