"""Which names the terminals of one archive look at: each keeps a note of its own, whoever polls reads them all.

A note is good for as long as its terminal holds a lock beside it. The lock is the operating system's: when a terminal
dies, however it dies, its note no longer counts, and no clock is needed to tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, zip_longest
from pathlib import Path
from threading import Lock
from typing import Final
from uuid import uuid4

import msgspec
from filelock import FileLock, Timeout

from providers.durable import make_folder_within, replace_file
from providers.ordinary_files import RECORD_DAMAGE, content_of

ATTENTION_FOLDER: Final = "attention"
"""Beside the datasets of the archive."""
NOTE_SUFFIX: Final = ".json"
LOCK_SUFFIX: Final = ".lock"
LARGEST_NOTE_BYTES: Final = 262_144


class Attention(msgspec.Struct, frozen=True, tag="attention"):
    """The names that somebody looks at, in our spelling."""

    watched: tuple[str, ...] = ()
    """Those whose last prices are wanted, the most wanted first."""
    viewed: tuple[str, ...] = ()
    """Those looked at alone, the last one first."""


_reader: Final = msgspec.json.Decoder(Attention)


def union(looks: Sequence[Attention]) -> Attention:
    """What all terminals look at: every terminal's most wanted name before anybody's second, each name once."""
    return Attention(
        watched=_in_turn([look.watched for look in looks]),
        viewed=_in_turn([look.viewed for look in looks]),
    )


def _in_turn(lists: Sequence[Sequence[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in chain.from_iterable(zip_longest(*lists)) if name is not None))


class AttentionNote:
    """One terminal's note. May be used from any thread; every call may block for a moment."""

    def __init__(self, archive: Path) -> None:
        """A note not yet written; `archive` is the folder whose readers share one poller."""
        self._folder = archive / ATTENTION_FOLDER
        name = uuid4().hex
        self._path = self._folder / (name + NOTE_SUFFIX)
        self._lock = FileLock(self._folder / (name + LOCK_SUFFIX), timeout=0, thread_local=False)
        self._written: Attention | None = None
        # Whoever leaves may close it while the last look is still being written in a thread.
        self._turn = Lock()
        self._is_closed = False

    def write(self, attention: Attention) -> None:
        """Say what is looked at now; nothing is written where that was said last, or the note was taken away.

        Raises:
            OSError: the folder may not be written, or the disk is full.
        """
        with self._turn:
            is_there = self._path.exists()
            if self._is_closed or (attention == self._written and is_there):
                return
            if not is_there:
                # The folder was removed or replaced, and with it the lock that tells that we live.
                self._lock.release()
            make_folder_within(self._folder.parent, self._folder)
            if not self._lock.is_locked:
                self._lock.acquire()
            content = msgspec.json.encode(attention)
            replace_file(self._path, content)
            self._written = attention

    def close(self) -> None:
        """Take the note away for good: nobody looks any more."""
        with self._turn:
            self._is_closed = True
            self._path.unlink(missing_ok=True)
            self._lock.release()
            Path(self._lock.lock_file).unlink(missing_ok=True)


def attention_of_all(archive: Path) -> Attention:
    """What the terminals that run look at; notes of those that died are removed. Reads a few small files."""
    folder = archive / ATTENTION_FOLDER
    notes = sorted(folder.glob("*" + NOTE_SUFFIX)) if folder.is_dir() else []
    return union([look for path in notes if (look := _look_of(path)) is not None])


def _look_of(path: Path) -> Attention | None:
    """What a note says; None where its terminal has gone, or the file is none of ours."""
    lock = FileLock(path.with_suffix(LOCK_SUFFIX), timeout=0, thread_local=False)
    try:
        with lock:
            # Whoever wrote it held this lock from before the note was there until he ended.
            path.unlink(missing_ok=True)
            path.with_suffix(LOCK_SUFFIX).unlink(missing_ok=True)
            return None
    except Timeout:
        pass
    except OSError:
        return None
    try:
        return _reader.decode(content_of(path, LARGEST_NOTE_BYTES))
    except RECORD_DAMAGE:
        return None


class SharedAttention:
    """What all terminals looked at when `look` was called last; asking it reads no file."""

    def __init__(self, archive: Path) -> None:
        self._archive, self._now = archive, Attention()
        self.own = Attention()
        """What the terminals of this archive look at."""
        self.elsewhere: tuple[Attention, ...] = ()
        """What is looked at on other machines, where somebody hears of that."""

    def look(self) -> None:
        """Read every terminal's note. Blocks."""
        self.own = attention_of_all(self._archive)
        self._now = union([self.own, *self.elsewhere]) if self.elsewhere else self.own

    def watched(self) -> tuple[str, ...]:
        """The names whose last prices are wanted, the most wanted first."""
        return self._now.watched

    def viewed(self) -> tuple[str, ...]:
        """The names looked at alone, each terminal's last one first."""
        return self._now.viewed
