"""Unpacks what others packed a piece at a time, and never further than a stated number of bytes.

A megabyte of gzip may hold a gigabyte of zeros, and what a file says of its own size may be a lie. So every kind of
document has its bound here, at least eight times the largest we have seen of it; beyond it, it is a mistake or a trap.
"""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from providers.errors import MalformedError
from providers.ordinary_files import content_of

MEGABYTE: Final = 2**20
LARGEST_ANSWER_BYTES: Final = 64 * MEGABYTE
"""Of a body over HTTP, packed and unpacked; the largest, all of Massive's snapshots, has 6 MB."""
LARGEST_FAILS_BYTES: Final = 96 * MEGABYTE
"""Of a half-month of the SEC's fails; the largest have about 10 MB."""
LARGEST_REPORTS_BYTES: Final = 32 * MEGABYTE
"""Of one of FINRA's short interest files; they have 2 to 3 MB."""
LARGEST_BORROW_LIST_BYTES: Final = 32 * MEGABYTE
"""Of a broker's list of shortable stocks; it has 1 to 2 MB."""
LARGEST_TABLE_BYTES: Final = 2_048 * MEGABYTE
"""Of a table in a folder of files; three years of all prices have 65 MB as Parquet and 230 MB as text."""
LARGEST_SMALL_TABLE_BYTES: Final = 16 * MEGABYTE
"""Of splits, funds' figures or an index's members; they have half a megabyte, and take fifteen times their size."""
LARGEST_RECORD_BYTES: Final = 32 * MEGABYTE
"""Of a record in a recording: a market without its arrays has 3 MB, the ticks of one writing far less."""
LARGEST_ARRAY_BYTES: Final = 256 * MEGABYTE
"""Of an array in a recording; the closes of three years have 20 MB."""
LARGEST_MEMBER_BYTES: Final = LARGEST_ARRAY_BYTES + MEGABYTE
"""Of a member of a recording as it lies in the file: what cannot be packed grows a little."""
LARGEST_MARKET_BYTES: Final = 1_024 * MEGABYTE
"""Of all arrays of one market; three years of all names have 60 to 100 MB."""
LARGEST_QUOTES_BYTES: Final = 16 * MEGABYTE
"""Of one array of last prices; seven thousand symbols have less than half a megabyte."""

FREE_BYTES: Final = 16 * MEGABYTE
"""To which a table or a record may unpack, however small it is."""
MOST_TIMES: Final = 100
"""How many times its packed size a table or a record may have beyond that: text shrinks to a third or a tenth."""
MOST_ROWS: Final = 40_000_000
"""Rows of a table; three years of all prices have five million."""
FREE_ROWS: Final = 2**20
"""Rows a Parquet file may have, however small it is."""
MOST_ROWS_A_BYTE: Final = 2
"""Rows a byte of a Parquet file may hold beyond that; ours hold a seventh to a quarter of one."""
MOST_MEMBERS: Final = 100
"""Entries of a zip, folders included, of which we want one file: each takes memory before any is unpacked."""
LONGEST_LINE_BYTES: Final = 4_096
"""Of a line of a packed table; ours have fifty to two hundred."""
MOST_CELLS: Final = 64
"""Of a line of a packed table; ours have seven. A reader sets aside tens of bytes for every comma."""

GZIP_DAMAGE: Final = (EOFError, zlib.error, gzip.BadGzipFile)
"""What unpacking gzip raises where it is damaged, cut off, or no gzip at all."""
STEP_BYTES: Final = 256 * 1_024
"""Unpacked at a time."""
_ZIP_ENTRY: Final = b"PK\x01\x02"
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""The others unpack a piece whole, however large it becomes."""
ZIP_DAMAGE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,  # zipfile, of a way of packing that it does not know.
    RuntimeError,
    ArithmeticError,
    ValueError,
    OSError,
)
"""What a zip raises that is damaged, cut off, encrypted, of a later make, or none."""


def most_bytes_of(packed_bytes: int, largest_bytes: int | None = None) -> int:
    """The bound of text by its packed size, for kinds whose largest is a good part of the memory, or that have none."""
    by_size = max(FREE_BYTES, MOST_TIMES * packed_bytes)
    return by_size if largest_bytes is None else min(largest_bytes, by_size)


def most_rows_of(packed_bytes: int) -> int:
    """The most rows of a Parquet file by its size."""
    return min(MOST_ROWS, max(FREE_ROWS, MOST_ROWS_A_BYTE * packed_bytes))


def too_large(most_bytes: int, where: str, verb: str = "unpacks to") -> MalformedError:
    """Our word for what passes its bound."""
    size = f"{most_bytes / MEGABYTE:,.0f} MB" if most_bytes >= MEGABYTE else f"{most_bytes:,} bytes"
    return MalformedError(f"{verb} more than {size}", where=where)


def document_in(path: Path, most_bytes: int) -> bytes:
    """What a file holds, unpacked where its name ends in `.gz`.

    Args:
        path: the file.
        most_bytes: the bound of this kind of document.

    Raises:
        MalformedError: the file is larger, or unpacks to more.
        OSError: it cannot be read.
        One of `GZIP_DAMAGE`: it is damaged, cut off or not packed by gzip.
    """
    if path.stat().st_size > most_bytes:
        raise too_large(most_bytes, path.name, "has")
    body = content_of(path, most_bytes)
    return gunzipped(body, most_bytes, path.name) if path.suffix == ".gz" else body


def gunzipped(packed: bytes, most_bytes: int, where: str) -> bytes:
    """What gzip packed, in one member or in several.

    Args:
        packed: all of it.
        most_bytes: the bound of this kind of document.
        where: what to call it in an error.

    Raises:
        MalformedError: it unpacks to more.
        One of `GZIP_DAMAGE`: it is damaged, cut off or not packed by gzip.
    """
    with gzip.GzipFile(fileobj=io.BytesIO(packed)) as file:
        return _gathered(iter(lambda: file.read1(STEP_BYTES), b""), most_bytes, where)


def unzipped(packed: bytes, most_bytes: int, where: str) -> bytes:
    """The only file of a zip.

    Args:
        packed: the zip.
        most_bytes: the bound of this kind of document.
        where: what to call it in an error.

    Raises:
        MalformedError: it unpacks to more or to less than it says, holds another number of files, or is no whole zip.
    """
    require_few_members(packed, where)
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            if len(members) != 1:
                raise MalformedError(f"holds {len(members)} files instead of one", where=where)
            return member_of(archive, members[0], most_bytes, where)
    except ZIP_DAMAGE as error:
        raise MalformedError(f"is no zip file, or was cut off: {ascii(str(error))[1:-1][:80]}", where=where) from error


def require_few_members(packed: bytes, where: str) -> None:
    """Let a zip pass that lists no more files than are wanted.

    Raises:
        MalformedError: it lists more.
    """
    if packed.count(_ZIP_ENTRY) > MOST_MEMBERS:
        raise MalformedError(f"holds more than {MOST_MEMBERS} files instead of one", where=where)


def member_of(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most_bytes: int, where: str) -> bytes:
    """One file of a zip.

    Args:
        archive: the zip.
        member: which file.
        most_bytes: the bound of this kind of document.
        where: what to call it in an error.

    Raises:
        MalformedError: it unpacks to more, or not to what it says.
        zipfile.BadZipFile, zlib.error and others: it is damaged.
    """
    if member.file_size > most_bytes:
        raise too_large(most_bytes, where)
    if member.compress_type not in _METHODS:
        raise MalformedError(f"is packed by method {member.compress_type}, which we do not read", where=where)
    with archive.open(member) as file:
        content = _gathered(iter(lambda: file.read(STEP_BYTES), b""), most_bytes, where)
    if len(content) != member.file_size:
        raise MalformedError(f"says {member.file_size:,} bytes and unpacks to {len(content):,}", where=where)
    return content


def _gathered(pieces: Iterator[bytes], most_bytes: int, where: str) -> bytes:
    # Not a list of pieces: joining them would take the memory twice.
    whole = io.BytesIO()
    for piece in pieces:
        if whole.tell() + len(piece) > most_bytes:
            raise too_large(most_bytes, where)
        whole.write(piece)
    return whole.getvalue()


class BoundedLines(io.RawIOBase):
    """A table as a stream of its text, unpacked where it is packed, which ends in an error where it passes its bounds.

    Reading raises `MalformedError` then, or one of `GZIP_DAMAGE`.
    """

    def __init__(self, file: BinaryIO, most_bytes: int, where: str, *, is_packed: bool = True) -> None:
        """A stream at its beginning.

        Args:
            file: the table's file, which remains the caller's to close.
            most_bytes: the bound of this kind of document.
            where: what to call it in an error.
            is_packed: whether it is packed by gzip.
        """
        self._unpacker = gzip.GzipFile(fileobj=file) if is_packed else None
        self._file = self._unpacker or io.BufferedReader(io.FileIO(file.fileno(), closefd=False))
        self._most_bytes, self._where = most_bytes, where
        self._bytes, self._tail = 0, b""

    def close(self) -> None:
        """Let go of the unpacker; the file stays open."""
        if self._unpacker is not None:
            self._unpacker.close()
        super().close()

    def readable(self) -> bool:
        """It is for nothing else."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill a buffer as far as one step goes."""
        piece = self._file.read1(min(len(buffer), STEP_BYTES))
        self._bytes += len(piece)
        if self._bytes > self._most_bytes:
            raise too_large(self._most_bytes, self._where)
        self._require_lines(piece)
        buffer[: len(piece)] = piece
        return len(piece)

    def _require_lines(self, piece: bytes) -> None:
        lines = (self._tail + piece).split(b"\n")
        if max(map(len, lines)) > LONGEST_LINE_BYTES:
            raise MalformedError(f"has a line of more than {LONGEST_LINE_BYTES:,} bytes", where=self._where)
        if max(line.count(b",") for line in lines) >= MOST_CELLS:
            raise MalformedError(f"has a line of more than {MOST_CELLS} cells", where=self._where)
        self._tail = lines[-1]
