"""Lets one of several terminals on a machine do the asking: whoever holds a lock in the archive's folder polls.

The lock is the operating system's own: when its holder dies, however it dies, the next one gets it at once, and there
is no stale lock to clear away.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from filelock import FileLock, Timeout

from providers.archive.hindrances import GoneError
from providers.base import Clock
from providers.durable import make_folder, replace_file
from providers.events import Events
from providers.ordinary_files import LARGEST_RECORD_BYTES, RECORD_DAMAGE, content_of
from shortside.sessions import believable

_events: Final = Events("polling")
LOCK_FILE_NAME: Final = "poller.lock"
"""The file whose lock is the right to poll."""
HOLDER_FILE_NAME: Final = "poller.json"
"""The file in which the holder of the lock says who it is."""
RETRY_SECONDS: Final = 1.0
"""How often one who waits tries again: well within the five seconds a takeover may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who said last that it polls; a note for people, no proof."""

    process: int
    machine: str
    since: datetime

    @property
    def words(self) -> str:
        """Such as `process 4711 on desk`."""
        return f"process {self.process} on {self.machine}"


class Lease:
    """The right to ask providers on behalf of one archive. Not for several threads at once."""

    def __init__(self, archive: Path, clock: Clock, complain: Callable[[str], None] = lambda _: None) -> None:
        """A lease not yet tried for.

        Args:
            archive: the folder whose readers share one set of requests; made when the lease is tried for.
            clock: tells since when it is held.
            complain: told, in a sentence, why the lock cannot even be tried.
        """
        self._archive = archive
        self._clock = clock
        self._complain = complain
        self._was_there = archive.is_dir()
        self._lock = FileLock(archive / LOCK_FILE_NAME, timeout=0, mode=0o600, thread_local=False)
        self._locked = (0, 0)
        """The device and the number of the file that is locked."""
        self.trouble: OSError | None = None
        """Why it could not even be tried for the last time; None where somebody else has it."""

    @property
    def is_held(self) -> bool:
        """Whether it is ours."""
        return bool(self._lock.is_locked)

    def note_that_it_was_there(self) -> None:
        """The archive has been seen: should it be gone when the lock is wanted, no empty one is made in its place."""
        self._was_there = True

    def acquire(self) -> bool:
        """Take it if nobody has it; whether it is ours now. Two system calls: no thread is worth them."""
        if self.is_held:
            return True
        self.trouble = None
        try:
            self._find_folder()
            self._lock.acquire()
            self._locked = self._found()
        except Timeout:
            return False
        except OSError as error:
            self._lock.release()
            self.trouble = error
            self._complain(
                f"nobody can poll: {self._archive / LOCK_FILE_NAME} cannot be locked ({error.strerror or error})"
            )
            return False
        before = self._last_holder()
        _events.info("takeover", archive=self._archive, before=before.words if before else None)
        self._say_who()
        return True

    def _find_folder(self) -> None:
        """Make the archive's folder where there never was one; an archive that is gone is not made anew, empty."""
        if self._was_there and not self._archive.is_dir():
            raise GoneError(self._archive)
        make_folder(self._archive)
        self._was_there = True

    def is_lost(self) -> bool:
        """Whether the lock that is held is no longer the one others would find: its folder was removed or replaced.

        Then another process may hold the right by the same name, so this one must let go. Blocks for a moment.
        """
        if not self.is_held:
            return False
        try:
            return self._found() != self._locked
        except FileNotFoundError:
            return True
        except OSError:
            return False  # Out of reach for a moment, as a network drive may be: the lock is still ours.

    def _found(self) -> tuple[int, int]:
        found = (self._archive / LOCK_FILE_NAME).stat()
        return found.st_dev, found.st_ino

    def release(self) -> None:
        """Give it up; nothing happens if it is not ours."""
        if self.is_held:
            _events.info("given_up", archive=self._archive)
        self._lock.release()

    def holder(self) -> Holder | None:
        """Who polls, as it said itself; None where nobody holds the lock, or it is ours. Reads a small file."""
        return self._last_holder() if self._is_held_by_another() else None

    def _is_held_by_another(self) -> bool:
        if self.is_held:
            return False
        try:
            import fcntl
        except ImportError:
            return True  # No way to look without taking it: the note is believed.
        try:
            # Only to look: a folder that may not be written can tell, too, and nobody is kept from the lock for long.
            lock = os.open(self._archive / LOCK_FILE_NAME, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return True  # A file system without such locks: the note is believed.
        finally:
            os.close(lock)
        return False

    def _last_holder(self) -> Holder | None:
        """Who said last that it polls; None if nobody did."""
        try:
            record: dict[str, Any] = json.loads(content_of(self._archive / HOLDER_FILE_NAME, LARGEST_RECORD_BYTES))
            since = believable(datetime.fromisoformat(record["since"]))
            return Holder(process=int(record["process"]), machine=str(record["machine"]), since=since)
        except RECORD_DAMAGE:
            return None  # Never written, or by another version: the lock decides, not this note.

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.release()

    def _say_who(self) -> None:
        record = {"process": os.getpid(), "machine": socket.gethostname(), "since": self._clock().isoformat()}
        try:
            replace_file(self._archive / HOLDER_FILE_NAME, json.dumps(record).encode())
        except OSError as error:
            self._complain(f"{self._archive / HOLDER_FILE_NAME} cannot be written ({error.strerror or error})")
