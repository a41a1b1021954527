"""What terminals wish of whoever polls: a folder of the archive with a file for each wish, so that none is lost.

A wish is written whole under a name nobody else uses, and taken out by the terminal that polls, the oldest first. Two
terminals that wish at the same moment are both heard; a wish nobody polls for waits for the next poller.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable
from pathlib import Path
from typing import Final
from uuid import uuid4

import msgspec

from providers.durable import PARTIAL_PREFIX, make_folder_within, replace_file
from providers.ordinary_files import RECORD_DAMAGE, content_of

WISHES_FOLDER: Final = "wishes"
"""Beside the datasets of the archive."""
WISH_SUFFIX: Final = ".json"
WISHES_KEPT: Final = 256
"""Wishes that wait at most; of more, the oldest go, which newer ones have made pointless."""
LARGEST_WISH_BYTES: Final = 4_096


class PollNow(msgspec.Struct, frozen=True, tag="poll now"):
    """Somebody wants a feed asked at once."""

    feed: str | None = None
    """The provider's name; None for every feed."""


class FetchHistory(msgspec.Struct, frozen=True, tag="fetch history"):
    """Somebody wants a name's off-exchange short volume of a year."""

    symbol: str


Wish = PollNow | FetchHistory
_reader: Final = msgspec.json.Decoder(PollNow | FetchHistory)


def put_wish(archive: Path, wish: Wish) -> None:
    """Leave a wish for whoever polls.

    Raises:
        OSError: the folder may not be written, or the disk is full.
    """
    folder = archive / WISHES_FOLDER
    make_folder_within(archive, folder)
    for path in _waiting(folder)[: -WISHES_KEPT + 1 or None]:
        path.unlink(missing_ok=True)
    content = msgspec.json.encode(wish)
    replace_file(folder / f"{uuid4().hex}{WISH_SUFFIX}", content)


def take_wishes(archive: Path) -> tuple[list[Wish], list[str]]:
    """The wishes that wait, the oldest first, and complaints about files that are none; both are gone afterwards.

    A wish that cannot be taken out is left alone, so that it is not granted again and again.
    """
    wishes: list[Wish] = []
    complaints: list[str] = []
    for path in _waiting(archive / WISHES_FOLDER):
        try:
            wish = _wish_in(path)
            path.unlink()
        except FileNotFoundError:
            continue  # Another poller was quicker, in the moment in which the lease passed on.
        except OSError as error:
            complaints.append(f"{path} cannot be taken ({error.strerror or error})")
            continue
        if wish is None:
            complaints.append(f"{path.name} is no wish, and was removed")
        else:
            wishes.append(wish)
    return wishes, complaints


def _wish_in(path: Path) -> Wish | None:
    """The wish in a file; None where it holds something else, or is a pipe or the like."""
    try:
        wish: Wish = _reader.decode(content_of(path, LARGEST_WISH_BYTES))
        return wish
    except OSError as error:
        if error.errno in (errno.EFBIG, errno.EINVAL):
            return None
        raise
    except RECORD_DAMAGE:
        return None


def _waiting(folder: Path) -> list[Path]:
    """Finished wishes by age; those written in one moment by their names."""
    return [path for _, path in sorted(_stamped(folder))]


def _stamped(folder: Path) -> Iterable[tuple[int, Path]]:
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        if path.suffix == WISH_SUFFIX and not path.name.startswith(PARTIAL_PREFIX):
            try:
                yield path.lstat().st_mtime_ns, path
            except FileNotFoundError:
                continue  # Taken since the folder was read.
