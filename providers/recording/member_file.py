"""Keeps members one after another in a tar file that is whole up to its last member, whatever dies in between.

    NNNNNN-KIND-CRC32.SUFFIX        000012-ticks-9ae0daaf.ndjson.gz

Any tar program lists and unpacks it. A member is written in one go and never touched again; its number and the
checksum of its content stand in its name, so that a reader knows where a file that was cut off or damaged ends.
"""

from __future__ import annotations

import os
import re
import tarfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tarfile import BLOCKSIZE, TarInfo
from typing import BinaryIO, Final

from providers.durable import private, sync_folder
from providers.errors import MalformedError, NoDataError, RefusedError
from providers.ordinary_files import require_ordinary
from providers.parsing.unpacking import LARGEST_MEMBER_BYTES, STEP_BYTES

NAME: Final = re.compile(r"(\d{6})-([a-z]+)-([0-9a-f]{8})\.([a-z.]+)")
END_MARK: Final = bytes(2 * BLOCKSIZE)
"""The two blocks of zero bytes that end a tar file which was closed."""
MOST_MEMBERS: Final = 10**6
"""Members that six digits can number; at one every two seconds it takes three weeks."""
TOO_LARGE_WORDS: Final = "the market is larger than a recording may hold"
BREAKS_OFF_WORDS: Final = "breaks off"
IS_DAMAGED_WORDS: Final = "is damaged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One member, without its content."""

    number: int
    """From 0 on, without gaps."""
    kind: str
    offset: int
    """Of the content, bytes from the file's beginning."""
    size: int
    checksum: int


class MemberWriter:
    """Writes a file that must not be there yet. Not for several threads at once."""

    def __init__(self, path: Path) -> None:
        """Make the file.

        Raises:
            FileExistsError: there is one; it is left alone.
            OSError: it cannot be made.
        """
        self._file: BinaryIO = open(path, "xb", buffering=0, opener=private)  # noqa: SIM115 - stays open until `close`
        self._whole = 0
        self._count = 0
        sync_folder(path.parent)

    def add(self, kind: str, suffix: str, content: bytes, at: datetime) -> int:
        """Append a member and have it on the disk; its number.

        Raises:
            OSError: the disk is full or gone, or nobody would read a member so large. What was written before stays
                whole.
        """
        if self._count >= MOST_MEMBERS:
            raise OSError("the file holds as many members as it can number")
        if len(content) > LARGEST_MEMBER_BYTES:
            raise OSError(TOO_LARGE_WORDS)
        head = TarInfo(f"{self._count:06d}-{kind}-{zlib.crc32(content):08x}.{suffix}")
        head.size, head.mtime, head.mode = len(content), int(at.timestamp()), 0o644
        self._append(head.tobuf(tarfile.USTAR_FORMAT) + content + bytes(-len(content) % BLOCKSIZE))
        self._count += 1
        return self._count - 1

    @property
    def size(self) -> int:
        """Bytes written so far."""
        return self._whole

    def close(self) -> None:
        """Write the end mark, by which a reader knows that nothing is missing.

        Raises:
            OSError: as `add`.
        """
        if not self._file.closed:
            try:
                self._append(END_MARK)
            finally:
                self._file.close()

    def abandon(self) -> None:
        """Leave the file as it is, without an end mark; nothing happens if it was closed."""
        self._file.close()

    def _append(self, block: bytes) -> None:
        try:
            rest = memoryview(block)
            while rest:
                rest = rest[self._file.write(rest) :]
            os.fsync(self._file.fileno())
        except OSError:
            # Half a member would hide everything after it.
            self._file.truncate(self._whole)
            self._file.seek(self._whole)
            raise
        self._whole += len(block)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberFile:
    """A file as far as it is whole."""

    path: Path
    members: tuple[Member, ...]
    trouble: str = ""
    """What ends it before its end mark, in words such as `breaks off`; empty where it was closed."""

    def content(self, member: Member) -> bytes:
        """The bytes of a member.

        Raises:
            MalformedError: the file was changed since it was looked through.
            RefusedError: it cannot be read any more.
        """
        try:
            with self.path.open("rb") as file:
                file.seek(member.offset)
                content = file.read(member.size)
        except OSError as error:
            raise RefusedError(f"{self.path} cannot be read: {error.strerror or error}") from error
        if zlib.crc32(content) != member.checksum:
            raise MalformedError("was changed while it was read", where=self.path.name)
        return content


def read_members(path: Path, progress: Callable[[int, int], None] = lambda _done, _total: None) -> MemberFile:
    """Look a file through from its beginning to the first thing that is not whole.

    Args:
        path: the file.
        progress: told how many of how many bytes are looked through.

    Raises:
        NoDataError: there is no such file.
        RefusedError: it may not be read.
    """
    found: list[Member] = []
    try:
        require_ordinary(path)
        with path.open("rb") as file:
            trouble = _look_through(file, found, progress)
    except FileNotFoundError as error:
        raise NoDataError(f"there is no file {path}") from error
    except OSError as error:
        raise RefusedError(f"{path} cannot be read: {error.strerror or error}") from error
    return MemberFile(path=path, members=tuple(found), trouble=trouble)


def _look_through(file: BinaryIO, found: list[Member], progress: Callable[[int, int], None]) -> str:
    """Collect every whole member in its order; why there are no more, empty at the end mark."""
    total = os.fstat(file.fileno()).st_size
    while len(found) < MOST_MEMBERS:
        block = file.read(BLOCKSIZE)
        if len(block) < BLOCKSIZE:
            return BREAKS_OFF_WORDS
        if not any(block):
            return ""
        member = _member(block, len(found), file.tell())
        if member is None:
            return IS_DAMAGED_WORDS
        padded = member.size + -member.size % BLOCKSIZE
        if member.offset + padded > total:
            return BREAKS_OFF_WORDS
        if _checksum(file, member.size) != member.checksum:
            return IS_DAMAGED_WORDS
        file.seek(member.offset + padded)
        found.append(member)
        progress(member.offset + padded, total)
    return IS_DAMAGED_WORDS


def _checksum(file: BinaryIO, size: int) -> int:
    checksum = 0
    while size > 0 and (piece := file.read(min(size, STEP_BYTES))):
        checksum = zlib.crc32(piece, checksum)
        size -= len(piece)
    return checksum


def _member(block: bytes, number: int, offset: int) -> Member | None:
    """What a header says, if it is one of ours and the next."""
    try:
        head = TarInfo.frombuf(block, "ascii", "strict")
    except (tarfile.HeaderError, ValueError):
        return None
    name = NAME.fullmatch(head.name)
    if name is None or head.type != tarfile.REGTYPE or int(name[1]) != number:
        return None
    if not 0 <= head.size <= LARGEST_MEMBER_BYTES:
        return None
    return Member(number=number, kind=name[2], offset=offset, size=head.size, checksum=int(name[3], 16))
