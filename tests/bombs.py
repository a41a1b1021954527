"""Packed files that unpack to far more than they have, made piece by piece, and the memory that reading them takes."""

import gzip
import io
import struct
import subprocess
import sys
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from waiting import line_within, started

from providers.errors import MalformedError

MEGABYTE: Final = 2**20
LONGEST_SENTENCE: Final = 300
"""Characters of what is said to a user."""


def deflated(piece: bytes, times: int) -> bytes:
    """A raw deflate stream of a piece many times over: it is packed once, and its packed form repeated."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    # A full flush forgets what came before, so that the packed pieces are all the same.
    first = packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH)
    return first + again * (times - 1) + packer.flush(zlib.Z_FINISH)


def gzip_bomb(piece: bytes, times: int, *, head: bytes = b"") -> bytes:
    """A gzip file of two members: a head, and a piece many times over, with the right length and checksum."""
    checksum = 0
    for _ in range(times):
        checksum = zlib.crc32(piece, checksum)
    length = len(piece) * times & 0xFFFFFFFF
    bomb = b"\x1f\x8b\x08" + bytes(6) + b"\xff" + deflated(piece, times) + struct.pack("<II", checksum, length)
    return (gzip.compress(head) if head else b"") + bomb


def zip_of(content: bytes, unpacked_bytes: int, *, method: int = zipfile.ZIP_DEFLATED, checksum: int = 0) -> bytes:
    """A zip of one member, made by hand: it says of its size and checksum what it is told to say."""
    name = b"cnsfails202301a.txt"
    facts = struct.pack("<HHHHHIIIHH", 20, 0, method, 0, 33, checksum, len(content), unpacked_bytes, len(name), 0)
    local = b"PK\x03\x04" + facts + name
    entry = b"PK\x01\x02" + struct.pack("<H", 20) + facts + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(entry), len(local) + len(content), 0)
    return local + content + entry + end


def zip_of_many(count: int) -> bytes:
    """A zip whose directory lists one small member so many times."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("a.txt", "a")
    whole = body.getvalue()
    start = whole.index(b"PK\x01\x02")
    entry = whole[start : whole.index(b"PK\x05\x06")]
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 0xFFFF, 0xFFFF, len(entry) * count, start, 0)
    return whole[:start] + entry * count + end


@contextmanager
def at_most(most_bytes: int) -> Iterator[None]:
    """What the block does never holds more memory than that at once, beside what was there before."""
    tracemalloc.start()
    try:
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak <= most_bytes, f"{peak / MEGABYTE:,.0f} MB instead of at most {most_bytes / MEGABYTE:,.0f} MB"


def complaint_of(call: Callable[..., object], *arguments: Any) -> str:
    """What a refusal says, which anybody may be shown."""
    with pytest.raises(MalformedError) as caught:
        call(*arguments)
    return shown(str(caught.value))


def shown(sentence: str) -> str:
    """A sentence that is short enough and free of control characters."""
    assert len(sentence) <= LONGEST_SENTENCE
    assert sentence.isprintable()
    return sentence


READER: Final = """
import os, sys
from pathlib import Path
import pandas, pyarrow.parquet
from providers.files.source import FilesProvider
from providers.errors import MalformedError

def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) // 1024

for line in sys.stdin:
    # The most memory a process ever had counts from the fork.
    if child := os.fork():
        if os.waitpid(child, 0)[1]:
            print("the reading ended badly\\n-1", flush=True)
        continue
    provider, before, words = FilesProvider(Path(line.rstrip("\\n"))), peak(), "no complaint"
    try:
        provider.read_listings()
    except MalformedError as error:
        words = str(error)
    print(words)
    print(peak() - before, flush=True)
    os._exit(0)
"""
"""Has imported what reading takes, and reads one folder after another, each in a process forked for it."""


class FolderReader:
    """Reads folders in processes that do nothing else."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def read(self, folder: Path) -> tuple[str, int]:
        """What reading a folder complains of, and the megabytes it took: parsers in C keep no account in Python."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{folder}\n")
        self._process.stdin.flush()
        complaint, megabytes = (line_within(self._process.stdout) for _ in range(2))
        return shown(complaint.rstrip("\n")), int(megabytes)


@contextmanager
def folder_reader(repository: Path) -> Iterator[FolderReader]:
    """A reader for as long as the block lasts."""
    if sys.platform != "linux":
        pytest.skip("only Linux tells the most memory a process ever had of itself")
    command = [sys.executable, "-c", READER]
    with started(command, cwd=repository, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield FolderReader(process)
