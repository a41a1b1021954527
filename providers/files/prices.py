"""Turns rows of closes, volumes and share counts into wide arrays, and cuts from them the sessions of some day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from providers.errors import MalformedError, NoDataError
from providers.parsing.columns import Columns, read_columns, repeats
from shortside.doubts import Doubt
from shortside.listings import Dates, Flags, Floats, Indexes, Texts
from shortside.misdated_sessions import SessionJudgement, judge_sessions
from shortside.net_changes import NetChanges, follows_previous_session, is_misdated, net_changes_of
from shortside.schema import FOLDER_PRICES

VALUES: Final = ("close", "volume", "shares_out", "netchange")


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class PriceTable:
    """Prices as printed, wide. T sessions, N names in the order of their spelling."""

    symbols: Texts
    """(N,) in the file's spelling."""
    exchanges: Texts
    """(N,) of each name's last session."""
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
    official: Floats
    """(T, N) float32 USD, close less net change, before any session was judged; NaN where the file has none."""


@dataclass(frozen=True, eq=False, kw_only=True)
class FolderPrices:
    """Everything read of a file of prices, wide: as much as was asked for. T sessions, N names.

    A table cut from it for a day is the one that a reading of only those sessions gives.
    """

    file_name: str
    extent: tuple[int, int] | None
    """The first and the last day of the whole file, as days since 1970; None where it holds no row."""
    symbols: Texts
    """(N,) in the file's spelling, in its order."""
    exchange_words: Texts
    exchanges: npt.NDArray[np.int16]
    """(T, N) the place among `exchange_words`; −1 where the file has no row."""
    sessions: Dates
    close: Floats
    """(T, N) float32 USD; NaN where there was none, or where it was printed as 0."""
    volume: Floats
    shares_outstanding: Floats
    official: Floats
    """(T, N) float32 USD, close less net change."""
    zero_closes: Indexes
    """(T,) closes that were printed as 0."""
    repeats: Indexes
    """(T,) rows that were there before, word for word."""

    @cached_property
    def net_changes(self) -> NetChanges | None:
        """The net changes of all sessions, none of them judged."""
        return net_changes_of(self.sessions, self.close, self.official, self._is_next)

    @cached_property
    def _is_next(self) -> Flags:
        return follows_previous_session(self.sessions)

    @cached_property
    def _rows_until(self) -> npt.NDArray[np.int16]:
        """(T + 1, N) how many rows of each name there are before each session."""
        counts = np.zeros((len(self.sessions) + 1, len(self.symbols)), np.int16)
        np.cumsum(self.exchanges >= 0, axis=0, out=counts[1:])
        return counts

    @cached_property
    def _newest_row(self) -> npt.NDArray[np.int16]:
        """(T, N) the newest session with a row of the name, up to each; −1 before its first."""
        rows = np.where(self.exchanges >= 0, np.arange(len(self.sessions), dtype=np.int16)[:, None], np.int16(-1))
        return np.asarray(np.maximum.accumulate(rows, axis=0))

    def table(self, since: date | None, until: date | None) -> PriceTable:
        """The prices from one day to another, both included.

        Raises:
            NoDataError: there are no prices in that span; the sentence says where the file's own begin and end.
        """
        span = _number(since, -(2**31)), _number(until, 2**31 - 1)
        days = self.sessions.astype(np.int64)
        rows = slice(int(np.searchsorted(days, span[0])), int(np.searchsorted(days, span[1], "right")))
        if rows.start >= rows.stop:
            raise NoDataError(_emptiness(self.file_name, self.extent, span))
        names = np.flatnonzero(self._rows_until[rows.stop] > self._rows_until[rows.start])
        sessions = self.sessions[rows]
        close, volume, shares_outstanding, official = (
            of_columns(values[rows], names)
            for values in (self.close, self.volume, self.shares_outstanding, self.official)
        )
        changes, judged = self._changes_of(rows, names), SessionJudgement()
        told = official
        if changes is not None and any(map(is_misdated, changes.contradicted.tolist(), changes.compared.tolist())):
            judged = judge_sessions(sessions, close, official, follows_previous_session(sessions))
        if judged.is_strange is not None:
            told = official.copy()
            for values in (close, volume, told):
                values[judged.is_strange] = np.nan
            # A session of which nothing is left is a hole, like one that was never there.
            kept = np.isfinite(close).any(axis=1)
            sessions, close, volume = sessions[kept], close[kept], volume[kept]
            shares_outstanding, told, official = shares_outstanding[kept], told[kept], official[kept]
            changes = net_changes_of(sessions, close, told, follows_previous_session(sessions))
        return PriceTable(
            symbols=self.symbols[names],
            exchanges=self.exchange_words[self.exchanges[self._newest_row[rows.stop - 1, names], names]],
            sessions=sessions,
            close=close,
            volume=volume,
            shares_outstanding=shares_outstanding,
            net_changes=changes,
            doubts=tuple(one.doubt for one in judged.misdated),
            notes=(*self._notes(rows), *(one.sentence for one in judged.misdated)),
            official=official,
        )

    def _changes_of(self, rows: slice, names: Indexes) -> NetChanges | None:
        """The net changes of some sessions: of the first of them nothing is known, for nothing is before it."""
        changes = self.net_changes
        if changes is None or not self._is_next[rows.start + 1 : rows.stop].any():
            return None
        inside = slice(
            int(np.searchsorted(changes.session, self.sessions[rows.start], "right")),
            int(np.searchsorted(changes.session, self.sessions[rows.stop - 1], "right")),
        )
        if inside.start == inside.stop and not np.isfinite(self.official[rows][:, names]).any():
            return None
        place = np.zeros(len(self.symbols), np.int64)
        place[names] = np.arange(len(names))
        compared, contradicted = changes.compared[rows].copy(), changes.contradicted[rows].copy()
        compared[0] = contradicted[0] = 0
        return NetChanges(
            column=place[changes.column[inside]],
            session=changes.session[inside],
            ratio=changes.ratio[inside],
            compared=compared,
            contradicted=contradicted,
        )

    def _notes(self, rows: slice) -> tuple[str, ...]:
        repeats, zeros = int(self.repeats[rows].sum()), int(self.zero_closes[rows].sum())
        notes: tuple[str, ...] = ()
        if repeats:
            notes += (f"{repeats} rows of {self.file_name} are there twice, word for word, and count once",)
        if zeros:
            # A close of nothing is the screener's word for no trade; a company of no shares is its word for unknown.
            notes += (f"{zeros} closes of 0 in {self.file_name} are taken for unknown",)
        return notes


def of_columns(table: Any, columns: Indexes) -> Any:
    """A copy of some columns of a table, or of all of them, session by session in memory."""
    return table.copy() if len(columns) == table.shape[1] else table.take(columns, axis=1)


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
        MalformedError: the file is damaged, breaks the schema, or gives a name two closes for one session.
    """
    reader = _Reader(path, _number(since, -(2**31)), _number(until, 2**31 - 1))
    for columns in read_columns(path, FOLDER_PRICES):
        reader.take(columns)
        advanced()
    return reader.wide()


def _number(day: date | None, default: int) -> int:
    return default if day is None else int(np.datetime64(day, "D").astype(np.int64))


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
        everything = len(rows) == len(day)
        values = tuple((arrays[column] if everything else arrays[column][rows]).astype(np.float32) for column in VALUES)
        self.pieces.append(_Piece(name, exchange, day[rows], rows + columns.first_row, values))

    def wide(self) -> FolderPrices:
        pieces = self.pieces
        days = np.unique(np.concatenate([np.empty(0, np.int32), *(np.unique(piece.day) for piece in pieces)]))
        spelt = sorted(self.names)
        shape = len(days), len(spelt)
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


def _emptiness(file_name: str, extent: tuple[int, int] | None, span: tuple[int, int]) -> str:
    if extent is None:
        return f"{file_name} holds no prices at all"
    first, last = (np.datetime64(day, "D") for day in extent)
    since, until = span
    if until < extent[0]:
        return f"{file_name} begins on {first}; there is nothing on or before {np.datetime64(until, 'D')}"
    if since > extent[1]:
        return f"{file_name} ends on {last}; there is nothing on or after {np.datetime64(since, 'D')}"
    return f"{file_name} has no session from {np.datetime64(since, 'D')} to {np.datetime64(until, 'D')}"


def _texts(values: Any) -> Texts:
    texts = np.empty(len(values), object)
    texts[:] = list(values)
    return texts
