"""Fetches a folder from any address that fsspec knows, such as s3://bucket/market, into a folder of this machine.

What reads a market wants ordinary files, and looks at each before it opens it. So a folder is copied as it is, a block
at a time, and read as if it had always been here. It is only ever read from; the copy goes when the program ends.
"""

from __future__ import annotations

import hashlib
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from shortside.words.plain_text import printable
from tui.errors import ReportedError, SourceError
from tui.extras import how_to_install
from tui.sources.signs_of_life import SilentError, while_alive

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

MOST_FILES: Final = 200_000
MOST_BYTES: Final = 16 * 2**30
BLOCK_BYTES: Final = 2**20
MOST_SILENT: Final = 120.0
"""Seconds that a store may take for a listing, or for the next block of a file."""
COPIES_KEPT: Final = 2
"""Folders of which a process keeps its copy: that of the address it is asked for again, and the one before."""


class _File(NamedTuple):
    path: str
    """As the file system calls it."""
    name: PurePosixPath
    """Below the address."""
    size: int
    stamp: str
    """What changes when the file does, as far as the file system says."""


_copies: dict[str, tempfile.TemporaryDirectory[str]] = {}
_copying: Final = threading.Lock()


def is_address(place: str) -> bool:
    """Whether a place is an address and no folder of this machine's."""
    return "://" in place


def layout_of(address: str) -> tuple[str, date | None]:
    """Which source reads a folder, `files` or `public`, and the last day it has a price of, as far as it says so.

    Raises:
        SourceError: nothing is there, or it could not be read.
        ReportedError: what reads the address is not installed.
    """
    from providers.files.extent import last_day_of_prices
    from providers.files.folder import PRICE_NAMES

    def looked_at(sign: Callable[[], None]) -> tuple[str, date | None]:
        system, files = _listed(address)
        sign()
        at_root = {str(file.name): file.path for file in files}
        if not any(name in at_root for name in PRICE_NAMES):
            return "public", None
        prices = at_root.get(PRICE_NAMES[0])
        if prices is None:
            return "files", None
        with system.open(prices, "rb") as file:
            return "files", last_day_of_prices(file)

    with _told(address):
        return while_alive(looked_at, MOST_SILENT)


def local_copy(address: str) -> Path:
    """A folder of this machine with what is at an address; copied once, and again when a file of it has changed.

    Raises:
        SourceError: nothing is there, it could not be read, or it is larger than anybody's market.
        ReportedError: what reads the address is not installed.
    """

    def copied(sign: Callable[[], None]) -> Path:
        system, files = _listed(address)
        sign()
        key = hashlib.sha256(
            repr([address, *((str(one.name), one.size, one.stamp) for one in files)]).encode()
        ).hexdigest()
        if key not in _copies:
            while len(_copies) >= COPIES_KEPT:
                _copies.pop(next(iter(_copies))).cleanup()
            _copies[key] = _copied(system, files, sign)
        return Path(_copies[key].name)

    with _copying, _told(address):
        return while_alive(copied, MOST_SILENT)


def _copied(
    system: AbstractFileSystem, files: list[_File], sign: Callable[[], None]
) -> tempfile.TemporaryDirectory[str]:
    folder: tempfile.TemporaryDirectory[str] = tempfile.TemporaryDirectory(
        prefix="shortside-history-", ignore_cleanup_errors=True
    )
    try:
        for file in files:
            target = Path(folder.name, file.name)
            target.parent.mkdir(parents=True, exist_ok=True)
            _copy(system, file, target, sign)
    except BaseException:
        folder.cleanup()
        raise
    return folder


def _copy(system: AbstractFileSystem, file: _File, target: Path, sign: Callable[[], None]) -> None:
    left = file.size
    with system.open(file.path, "rb") as source, target.open("xb") as written:
        while block := source.read(BLOCK_BYTES):
            left -= len(block)
            if left < 0:
                raise SourceError(f"{file.name} grew while it was read; try again")
            written.write(block)
            sign()
    if left:
        raise SourceError(f"{file.name} ended {left:,} bytes before its end; try again")


def _listed(address: str) -> tuple[AbstractFileSystem, list[_File]]:
    from fsspec.core import url_to_fs

    system, root = url_to_fs(address)
    found: dict[str, dict[str, Any]] = system.find(root, detail=True)
    if not found:
        raise SourceError(f"there is nothing at {address}")
    prefix = root.rstrip("/") + "/"
    files = [_file(path, prefix, facts) for path, facts in sorted(found.items())]
    if len(files) > MOST_FILES or sum(one.size for one in files) > MOST_BYTES:
        raise SourceError(
            f"{address} holds more than {MOST_FILES:,} files or {MOST_BYTES / 2**30:.0f} GiB, so it is not fetched"
        )
    return system, files


def _file(path: str, prefix: str, facts: dict[str, Any]) -> _File:
    name = PurePosixPath(path.removeprefix(prefix))
    # Names are somebody else's: none may lead out of the folder that is made here.
    if not path.startswith(prefix) or name.is_absolute() or ".." in name.parts or "\\" in str(name):
        raise SourceError(f"what is called {printable(path)} does not lie below its address")
    stamps = (
        facts.get(key) for key in ("mtime", "LastModified", "last_modified", "updated", "created", "ETag", "etag")
    )
    return _File(path, name, int(facts.get("size") or 0), repr([str(stamp) for stamp in stamps if stamp is not None]))


@contextmanager
def _told(address: str) -> Iterator[None]:
    """What a file system raises, in a sentence: each has errors of its own, and knows of no other's."""
    try:
        yield
    except ReportedError:
        raise
    except ImportError as error:
        raise ReportedError(_missing(address, error)) from error
    except FileNotFoundError as error:
        raise SourceError(f"there is nothing at {address}") from error
    except SilentError as error:
        raise SourceError(f"{address} gave nothing for {MOST_SILENT:g} s") from error
    # The libraries behind addresses raise whatever their publishers' own clients do, without a class in common.
    except Exception as error:
        words = printable(str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__)
        raise SourceError(f"{address} could not be read: {words[:300]}") from error


def _missing(address: str, error: ImportError) -> str:
    protocol = address.partition("://")[0]
    if (error.name or "").partition(".")[0] == "fsspec":
        return f"to read {address} fsspec is needed; {how_to_install('cluster')}"
    return f"to read {protocol}:// addresses something is missing: {printable(str(error))[:300]}"
