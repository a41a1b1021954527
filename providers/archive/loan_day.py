"""The file that holds all looks of a day at a list of stock loans, so that one name is read by three short reads.

    head      which day, how many looks and names, where the parts are, and a checksum of this and the tables
    tables    of each look: when it became known, when it was made, the name of its vintage;
              of each block of names: its first symbol, where it begins, its size, its checksum
    blocks    32 names each, in order of their symbols: `providers/archive/loan_changes.py`, packed by zstd
    closing   what the last look said of every name, packed by zstd
    about     what each look says of itself, as JSON, packed by zstd

The file appears whole under its name, and is never changed, only replaced by one with further looks. Numbers are
little-endian; moments are microseconds since 1970, UTC.
"""

from __future__ import annotations

import json
import os
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from providers.archive.loan_changes import COLUMNS, Block, BlockDamageError, packed_block
from providers.ordinary_files import require_ordinary
from shortside.listings import Floats

MAGIC: Final = b"SHSLOAN1"
NAMES_A_BLOCK: Final = 32
MOST_LOOKS: Final = 1_440
"""One a minute of a day; the list is made about every quarter of an hour."""
MOST_NAMES: Final = 200_000
"""The list has thirteen to twenty thousand."""
LONGEST_SYMBOL: Final = 64
LARGEST_PART_BYTES: Final = 256 * 2**20
"""Of a block, a closing or what the looks say of themselves, unpacked; they have some hundred kilobytes."""
LARGEST_FILE_BYTES: Final = 2**40
"""Where no part of any file lies."""
FIRST_ORDINAL: Final = date(1970, 1, 1).toordinal()
LAST_MOMENT: Final = datetime(2200, 1, 1, tzinfo=UTC)
"""After which no look is made."""
LAST_ORDINAL: Final = LAST_MOMENT.toordinal()
_HEAD: Final = struct.Struct("<8sIIIIIQIIQIIQI")
LONGEST_FILE_NAME: Final = 64
"""Bytes of a vintage's file name; ours have 40."""
_FIRST_READ: Final = 20_480
"""Bytes that hold head and tables of an ordinary day."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_CODEC: Final = "zstd"

Symbols = npt.NDArray[np.bytes_]


class LoanDayError(ValueError):
    """A file holds no day of stock loans, or is damaged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookHead:
    """What a look at the list says of itself."""

    known_at: datetime
    """When it became known."""
    fetched_at: datetime
    file_name: str
    """The name of its vintage."""
    record: Mapping[str, Any]
    """All that its vintage says of itself, and under `columns` which columns it had."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class LoanTable:
    """All looks of a day, name by name."""

    as_of: date
    looks: tuple[LookHead, ...]
    """In the order in which they became known."""
    symbols: Symbols
    """(N,) as the list spells them, in the order of their bytes."""
    values: Mapping[str, Floats]
    """By each of `COLUMNS`: (N, L)."""
    figis: tuple[str, ...]
    """The texts that the column `figi` counts."""
    is_whole: bool = False
    """Whether the day is over and all its looks are here, so that nobody need look for others."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class ListedLoans:
    """What one look said of every name on the list. (n,) each."""

    symbols: Symbols
    fee: Floats
    """A fraction a year; NaN unknown."""
    available: Floats
    """Shares; NaN unknown."""
    is_capped: npt.NDArray[np.bool_]


def loan_day_content(table: LoanTable) -> bytes:
    """The file of a day, whole.

    Raises:
        LoanDayError: there are no looks or no names, or more than a file takes.
    """
    names, looks = len(table.symbols), len(table.looks)
    width = table.symbols.dtype.itemsize
    if not (0 < looks <= MOST_LOOKS and 0 < names <= MOST_NAMES and width <= LONGEST_SYMBOL):
        raise LoanDayError(f"{looks} looks at {names} names of {width} letters fit into no file of a day")
    rows = [slice(first, first + NAMES_A_BLOCK) for first in range(0, names, NAMES_A_BLOCK)]
    parts = [
        *(packed_block(table.symbols[one], {name: table.values[name][one] for name in COLUMNS}) for one in rows),
        _closing(table),
        json.dumps({"looks": [dict(one.record) for one in table.looks], "figis": table.figis}).encode(),
    ]
    packed = [pa.compress(part, _CODEC, asbytes=True) for part in parts]
    firsts = table.symbols[::NAMES_A_BLOCK]
    begin = _HEAD.size + _tables_size(looks, len(rows), width)
    offsets = begin + np.cumsum([0, *map(len, packed)])
    tables = b"".join(
        (
            np.array([_micros(one.known_at) for one in table.looks], "<i8").tobytes(),
            np.array([_micros(one.fetched_at) for one in table.looks], "<i8").tobytes(),
            np.array([one.file_name for one in table.looks], f"S{LONGEST_FILE_NAME}").tobytes(),
            firsts.tobytes(),
            offsets[: len(rows) + 1].astype("<u8").tobytes(),
            np.array([len(part) for part in parts[:-2]], "<u4").tobytes(),
            np.array([zlib.crc32(part) for part in packed], "<u4").tobytes(),
        )
    )
    head = _HEAD.pack(
        MAGIC, table.as_of.toordinal(), looks, names, width, table.is_whole,
        offsets[-3], len(packed[-2]), len(parts[-2]), offsets[-2], len(packed[-1]), len(parts[-1]), offsets[-1], 0,
    )  # fmt: skip
    checksum = struct.pack("<I", zlib.crc32(head + tables))
    return b"".join((head[: -len(checksum)], checksum, tables, *packed))


def _tables_size(looks: int, blocks: int, width: int) -> int:
    return looks * (16 + LONGEST_FILE_NAME) + blocks * (width + 8 + 4 + 4) + 8 + 2 * 4


def _closing(table: LoanTable) -> bytes:
    last = {name: table.values[name][:, -1] for name in COLUMNS}
    listed = last["is_listed"] == 1
    return b"".join(
        (
            np.array([np.count_nonzero(listed)], "<u4").tobytes(),
            table.symbols[listed].tobytes(),
            last["fee"][listed].astype("<f8").tobytes(),
            last["available"][listed].astype("<f8").tobytes(),
            (last["is_capped"][listed] == 1).astype("u1").tobytes(),
        )
    )


class LoanDay:
    """A day's file, open for reading; to be closed."""

    def __init__(self, path: Path) -> None:
        """Opens a file and reads its head.

        Raises:
            OSError: it cannot be read, is a link or no ordinary file.
            LoanDayError: it is no such file, is cut off, or is damaged.
        """
        require_ordinary(path)
        self._file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC | os.O_NOFOLLOW)
        self._path = path
        try:
            self._read_head()
        except BaseException:
            self.close()
            raise

    def _read_head(self) -> None:
        begun = os.pread(self._file, _FIRST_READ, 0)
        if len(begun) < _HEAD.size or not begun.startswith(MAGIC):
            raise LoanDayError("it is no day of stock loans")
        fields = _HEAD.unpack_from(begun)
        _, ordinal, looks, names, width, is_whole, *places, size, checksum = fields
        blocks = -(-names // NAMES_A_BLOCK)
        if not (0 < looks <= MOST_LOOKS and 0 < names <= MOST_NAMES and 0 < width <= LONGEST_SYMBOL):
            raise LoanDayError("it is no day of stock loans")
        length = _HEAD.size + _tables_size(looks, blocks, width)
        if len(begun) < length:
            begun += self._piece(len(begun), length - len(begun))
        head, tables = begun[: _HEAD.size - 4], begun[_HEAD.size : length]
        if zlib.crc32(head + bytes(4) + tables) != checksum:
            raise LoanDayError("its head is damaged")
        if os.fstat(self._file).st_size != size:
            raise LoanDayError("it is cut off")
        if not FIRST_ORDINAL <= ordinal <= LAST_ORDINAL:
            raise LoanDayError("it is of no day of ours")
        self.as_of, self.is_whole = date.fromordinal(ordinal), bool(is_whole)
        self._looks, self._names, self._width, self._blocks = looks, names, width, blocks
        self._closing_place, self._about_place = tuple(places[:3]), tuple(places[3:])
        self._read_tables(tables)

    def _read_tables(self, tables: bytes) -> None:
        looks, blocks = self._looks, self._blocks
        place = 0

        def taken(kind: str, count: int) -> npt.NDArray[Any]:
            nonlocal place
            found = np.frombuffer(tables, kind, count, place)
            place += found.nbytes
            return found

        self.known_at = taken("<i8", looks).view("datetime64[us]")
        """(L,) when each look became known, ascending, UTC."""
        self.fetched_at = taken("<i8", looks).view("datetime64[us]")
        """(L,) when each look was made, UTC."""
        self._file_names = taken(f"S{LONGEST_FILE_NAME}", looks)
        self._firsts = taken(f"S{self._width}", blocks)
        self._offsets = taken("<u8", blocks + 1)
        self._sizes = taken("<u4", blocks)
        self._checksums = taken("<u4", blocks + 2)
        # A checksum proves that the head is what was written, and nothing of what that was.
        moments = np.concatenate([self.known_at, self.fetched_at]).view("i8")
        if moments.min() < 0 or moments.max() > _micros(LAST_MOMENT):
            raise LoanDayError("it has looks of no moment of ours")
        if not all(name.isascii() for name in self._file_names.tolist()):
            raise LoanDayError("it has looks of no name")

    @property
    def file_names(self) -> list[str]:
        """The names of the vintages that it holds the looks of."""
        return [name.decode() for name in self._file_names.tolist()]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def rows_of(self, symbol: str, columns: Sequence[str] = COLUMNS) -> tuple[Floats, ...] | None:
        """What was said of one name at every look, (L,) for each column; None where the day lacks it.

        Args:
            symbol: as the list spells it.
            columns: some of `COLUMNS`.

        Raises:
            LoanDayError, OSError: the file is damaged or cannot be read.
        """
        key = symbol.encode()
        place = int(np.searchsorted(self._firsts, np.bytes_(key), "right")) - 1
        if place < 0:
            return None
        block = self._block(place)
        name = int(np.searchsorted(block.symbols, np.bytes_(key)))
        if name >= len(block.symbols) or block.symbols[name] != key:
            return None
        with _damage_told():
            return tuple(block.row(column, name) for column in columns)

    def listed_at(self, look: int) -> ListedLoans:
        """What the look in a place said of all names on the list then; raises as `rows_of` does."""
        if look == self._looks - 1:
            return self._last_listed()
        columns: dict[str, list[Floats]] = {name: [] for name in ("is_listed", "fee", "available", "is_capped")}
        symbols = []
        for place in range(self._blocks):
            block = self._block(place)
            symbols.append(block.symbols)
            with _damage_told():
                for name, found in columns.items():
                    found.append(block.matrix(name)[:, look])
        values = {name: np.concatenate(found) for name, found in columns.items()}
        listed = values["is_listed"] == 1
        return ListedLoans(
            symbols=np.concatenate(symbols)[listed],
            fee=values["fee"][listed],
            available=values["available"][listed],
            is_capped=values["is_capped"][listed] == 1,
        )

    def _last_listed(self) -> ListedLoans:
        offset, size, raw = self._closing_place
        body = self._unpacked(offset, size, raw, self._blocks)
        count = int(np.frombuffer(body, "<u4", 1)[0]) if len(body) >= 4 else -1
        if len(body) != 4 + count * (self._width + 8 + 8 + 1):
            raise LoanDayError("its closing is damaged")
        fees = 4 + count * self._width
        return ListedLoans(
            symbols=np.frombuffer(body, f"S{self._width}", count, 4),
            fee=np.frombuffer(body, "<f8", count, fees),
            available=np.frombuffer(body, "<f8", count, fees + 8 * count),
            is_capped=np.frombuffer(body, "u1", count, fees + 16 * count) == 1,
        )

    def check(self) -> None:
        """Read every part and compare it with its checksum; raises as `rows_of` does. Some milliseconds."""
        offsets: list[int] = self._offsets.tolist()
        places = [(at, end - at) for at, end in pairwise(offsets)]
        places += [(offset, size) for offset, size, _ in (self._closing_place, self._about_place)]
        for place, (offset, size) in enumerate(places):
            if zlib.crc32(self._piece(offset, size)) != self._checksums[place]:
                raise LoanDayError("a part of it is damaged")

    def table(self) -> LoanTable:
        """The whole day as it was written; raises as `rows_of` does."""
        offset, size, raw = self._about_place
        blocks = [self._block(place) for place in range(self._blocks)]
        try:
            about = json.loads(self._unpacked(offset, size, raw, self._blocks + 1))
            records, figis = about["looks"], tuple(map(str, about["figis"]))
            heads = zip(self.known_at, self.fetched_at, self.file_names, records, strict=True)
            looks = tuple(
                LookHead(known_at=_moment(known), fetched_at=_moment(made), file_name=name, record=dict(record))
                for known, made, name, record in heads
            )
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise LoanDayError("what its looks say of themselves is damaged") from error
        with _damage_told():
            values = {name: np.concatenate([block.matrix(name) for block in blocks]) for name in COLUMNS}
        symbols = np.concatenate([block.symbols for block in blocks])
        return LoanTable(
            as_of=self.as_of, looks=looks, symbols=symbols, values=values, figis=figis, is_whole=self.is_whole
        )

    def _block(self, place: int) -> Block:
        begin, end = int(self._offsets[place]), int(self._offsets[place + 1])
        body = self._unpacked(begin, end - begin, int(self._sizes[place]), place)
        names = min(NAMES_A_BLOCK, self._names - place * NAMES_A_BLOCK)
        with _damage_told():
            return Block(body, names, self._width, self._looks)

    def _unpacked(self, offset: int, size: int, raw: int, place: int) -> bytes:
        packed = self._piece(offset, size)
        if zlib.crc32(packed) != self._checksums[place] or raw > LARGEST_PART_BYTES:
            raise LoanDayError("a part of it is damaged")
        try:
            return bytes(pa.decompress(packed, raw, _CODEC, asbytes=True))
        except (pa.ArrowException, OSError, ValueError) as error:
            raise LoanDayError("a part of it cannot be unpacked") from error

    def _piece(self, offset: int, size: int) -> bytes:
        if not 0 <= size <= LARGEST_PART_BYTES:
            raise LoanDayError("a part of it is too large")
        if not 0 <= offset <= LARGEST_FILE_BYTES:
            raise LoanDayError("a part of it lies beyond its end")
        found = os.pread(self._file, size, offset)
        if len(found) != size:
            raise LoanDayError("it is cut off")
        return found


@contextmanager
def _damage_told() -> Iterator[None]:
    """Turns the error of a block into that of its file."""
    try:
        yield
    except BlockDamageError as error:
        raise LoanDayError(str(error)) from error


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _moment(stamp: np.datetime64) -> datetime:
    moment: datetime = stamp.astype("datetime64[us]").item().replace(tzinfo=UTC)
    return moment
