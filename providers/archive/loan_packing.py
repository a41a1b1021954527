"""Packs the looks at the list of stock loans: a file a day, look for look, in the place of one file for each look.

A look is stored as any other, whole under its own name. While its day lasts, the day's file is made anew every few
looks, so that one name's path is quickly read; the single files stay. When a later day has begun, all looks of the day
are written, read back and compared, and only then do the single files go. Whoever is killed in between leaves both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from providers.archive.loan_changes import COLUMNS
from providers.archive.loan_day import (
    LONGEST_FILE_NAME,
    LONGEST_SYMBOL,
    LoanDay,
    LoanDayError,
    LoanTable,
    LookHead,
    Symbols,
    loan_day_content,
)
from providers.archive.vintages import UNREADABLE, Archive, ArchiveError, Vintage, record_of
from providers.catalog import IBKR_BORROW
from providers.durable import make_folder_within, replace_file, sync_folder
from providers.events import Events
from providers.ordinary_files import require_ordinary
from shortside.datasets import Dataset
from shortside.listings import Floats

_events: Final = Events("archive")
LOAN_DAYS_FOLDER: Final = "borrow_days"
"""Beside the datasets of the archive."""
LOAN_DAY_SUFFIX: Final = ".loans"
MOST_SINGLE_LOOKS: Final = 4
"""Looks of a day that still runs which are not in its file yet; each takes a few milliseconds to read."""
NEWEST_DAYS: Final = 4
"""Days that are looked at after each look that was stored."""
OLDER_DAYS_AT_A_TIME: Final = 5
"""Older days that are looked at then, each once in a process's life: those of an earlier version are not packed yet."""
PACKED_COLUMNS: Final = frozenset({"symbol", *COLUMNS}) - {"is_listed"}
"""What a look may hold; one with further columns stays a file of its own."""
_TEXT: Final = "figi"


class UnpackableError(ValueError):
    """A look holds what a day's file cannot."""


def loan_day_path(root: Path, day: date) -> Path:
    """Where an archive keeps a day's looks."""
    return root / LOAN_DAYS_FOLDER / f"{day.isoformat()}{LOAN_DAY_SUFFIX}"


class LoanPacker:
    """Packs the broker's looks of one archive; for whoever holds the right to poll, who alone stores them."""

    def __init__(self, archive: Archive) -> None:
        """A packer that has packed nothing yet."""
        self._archive = archive
        self._seen: set[date] = set()

    def pack(self) -> None:
        """Pack what can be packed; a day that cannot stays as it is, and the log says why. Blocks."""
        days = _days(self._archive.root)
        older = [day for day in days[:-NEWEST_DAYS] if day not in self._seen][-OLDER_DAYS_AT_A_TIME:]
        self._seen.update(older)
        with_looks = [day for day in (*older, *days[-NEWEST_DAYS:]) if self._looks(day)]
        for day in with_looks:
            try:
                self._pack(day, is_over=day < with_looks[-1])
            except (OSError, ArchiveError, LoanDayError) as error:
                _events.warning("not_packed", as_of=day, reason=str(error))

    def _looks(self, day: date) -> list[Vintage]:
        own = (one for one in self._archive.vintages(Dataset.BORROW, day) if one.source == IBKR_BORROW.name)
        return sorted(own, key=_order)

    def _pack(self, day: date, *, is_over: bool) -> None:
        path = loan_day_path(self._archive.root, day)
        held = held_table(path)
        names = set() if held is None else {one.file_name for one in held.looks}
        singles = self._looks(day)
        fresh = [one for one in singles if one.path.name not in names]
        if not is_over and len(fresh) <= MOST_SINGLE_LOOKS:
            return
        looks, odd = _read(fresh)
        table = replace(joined(day, held, looks), is_whole=is_over and not odd)
        make_folder_within(self._archive.root, path.parent)
        replace_file(path, loan_day_content(table), is_synced=True)
        if is_over:
            self._remove(path, table, [one for one in singles if one not in odd])
        _events.info("packed", as_of=day, looks=len(table.looks), odd=len(odd) or None, bytes=path.stat().st_size)

    def _remove(self, path: Path, table: LoanTable, singles: Sequence[Vintage]) -> None:
        """Remove the single files once the day's file is read and found equal."""
        with LoanDay(path) as day:
            if not is_equal(day.table(), table):
                raise LoanDayError(f"{path} does not hold what was written")
        for one in singles:
            one.path.unlink(missing_ok=True)
        if singles:
            sync_folder(singles[0].path.parent)


def _days(root: Path) -> list[date]:
    """The days of which there are single looks, ascending."""
    folder = root / Dataset.BORROW.value
    found = []
    for path in folder.iterdir() if folder.is_dir() else ():
        try:
            found.append(date.fromisoformat(path.name))
        except ValueError:
            continue  # Not ours; `doctor` speaks of it.
    return sorted(found)


def held_table(path: Path) -> LoanTable | None:
    """The day that a file holds already; None where there is no file.

    Raises:
        OSError, LoanDayError: it is there and cannot be read, so that it must not be written over.
    """
    try:
        with LoanDay(path) as day:
            return day.table()
    except FileNotFoundError:
        return None


def _read(vintages: Sequence[Vintage]) -> tuple[list[tuple[LookHead, pd.DataFrame]], list[Vintage]]:
    """The looks with their rows, and those that no day's file can hold."""
    looks, odd = [], []
    for one in vintages:
        try:
            looks.append((_head(one), _rows(one)))
        except UnpackableError as error:
            _events.warning("not_packed", file=one.path.name, reason=str(error))
            odd.append(one)
    return looks, odd


def _head(vintage: Vintage) -> LookHead:
    record = dict(record_of(vintage))
    record["columns"] = pq.read_schema(vintage.path).names
    return look_head(vintage.known_at, vintage.fetched_at, vintage.path.name, record)


def look_head(known_at: datetime, fetched_at: datetime, file_name: str, record: dict[str, Any]) -> LookHead:
    """What a look says of itself, where a day's file can hold it.

    Raises:
        UnpackableError: it cannot.
    """
    if strange := set(record["columns"]) - PACKED_COLUMNS:
        raise UnpackableError(f"it has a column {min(strange)}")
    if len(file_name.encode()) > LONGEST_FILE_NAME:
        raise UnpackableError("its name is too long")
    return LookHead(known_at=known_at, fetched_at=fetched_at, file_name=file_name, record=record)


def _rows(vintage: Vintage) -> pd.DataFrame:
    try:
        require_ordinary(vintage.path)
        rows: pd.DataFrame = pq.read_table(vintage.path, partitioning=None).to_pandas()
    except UNREADABLE as error:
        raise ArchiveError(f"{vintage.path} can no longer be read: {error}") from error
    symbols = rows["symbol"]
    if symbols.isna().any() or symbols.duplicated().any() or symbols.str.contains("\0").any():
        raise UnpackableError("a symbol is missing, stands there twice or holds a NUL")
    if symbols.eq("").any() or max(map(len, map(str.encode, symbols)), default=1) > LONGEST_SYMBOL:
        raise UnpackableError("a symbol is empty or too long")
    return rows


def joined(day: date, held: LoanTable | None, looks: Sequence[tuple[LookHead, pd.DataFrame]]) -> LoanTable:
    """A day with further looks.

    Args:
        day: which.
        held: what is packed of it already.
        looks: those to add, each with its rows.
    """
    spelt: list[Symbols] = [_spelt(rows) for _, rows in looks]
    before = () if held is None else held.looks
    symbols = np.unique(np.concatenate([*([] if held is None else [held.symbols]), *spelt, np.empty(0, "S1")]))
    figis = list(() if held is None else held.figis)
    place_of = {text: place for place, text in enumerate(figis)}
    values = {name: np.full((len(symbols), len(before) + len(looks)), np.nan) for name in COLUMNS}
    values["is_listed"][:] = 0.0
    if held is not None:
        rows_held = np.searchsorted(symbols, held.symbols)
        for name in COLUMNS:
            values[name][rows_held, : len(before)] = held.values[name]
    for look, ((_, rows), own) in enumerate(zip(looks, spelt, strict=True), start=len(before)):
        places = np.searchsorted(symbols, own)
        values["is_listed"][places, look] = 1.0
        for name in set(rows.columns) & set(COLUMNS):
            given = _coded(rows[name], place_of) if name == _TEXT else rows[name].to_numpy(np.float64, na_value=np.nan)
            values[name][places, look] = given
    heads = (*before, *(head for head, _ in looks))
    order = sorted(range(len(heads)), key=lambda place: _order(heads[place]))
    return LoanTable(
        as_of=day,
        looks=tuple(heads[place] for place in order),
        symbols=symbols,
        values={name: np.ascontiguousarray(one[:, order]) for name, one in values.items()},
        figis=tuple(place_of),
    )


def _spelt(rows: pd.DataFrame) -> Symbols:
    return np.array([symbol.encode() for symbol in rows["symbol"]], np.bytes_)


def _coded(texts: pd.Series[Any], place_of: dict[str, int]) -> Floats:
    """The places of texts in a list of them, which grows; NaN for none."""
    return np.array(
        [np.nan if pd.isna(text) else place_of.setdefault(text, len(place_of)) for text in texts], np.float64
    )


def _order(look: LookHead | Vintage) -> tuple[datetime, datetime, str]:
    name = look.path.name if isinstance(look, Vintage) else look.file_name
    return look.known_at, look.fetched_at, name


def rows_of(table: LoanTable, look: int) -> pd.DataFrame:
    """The rows of a look as they were stored, in the order of their symbols."""
    listed = table.values["is_listed"][:, look] == 1
    found: dict[str, Any] = {}
    for name in table.looks[look].record["columns"]:
        if name == "symbol":
            found[name] = [symbol.decode() for symbol in table.symbols[listed].tolist()]
            continue
        values = table.values[name][listed, look]
        if name == _TEXT:
            found[name] = [None if np.isnan(place) else table.figis[int(place)] for place in values]
        else:
            found[name] = values == 1 if name == "is_capped" and not np.isnan(values).any() else values
    return pd.DataFrame(found)


def is_equal(one: LoanTable, other: LoanTable) -> bool:
    """Whether two tables say the same of the same looks, bit by bit."""
    return (
        (one.as_of, one.looks, one.figis) == (other.as_of, other.looks, other.figis)
        and np.array_equal(one.symbols, other.symbols)
        and all(np.array_equal(one.values[name].view(np.int64), other.values[name].view(np.int64)) for name in COLUMNS)
    )
