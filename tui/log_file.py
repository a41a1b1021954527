"""Files of lines that several processes append, the older ones in files of their own: the log's and the journal's.

No rotating handler is used, neither the standard library's, which loses lines where two processes rotate, nor one with
a lock around it (concurrent-log-handler): that one waits for its lock for ever, and where the disk is full it drops the
line and says so on standard output, which is the screen.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Final

from providers.ordinary_files import content_of

FILE_NAME: Final = "shortside.log"
"""In the folder of state, mode 0600; older lines are in `shortside.log.1` and so on."""
MOST_FILES: Final = 3
MOST_BYTES: Final = 2_000_000
"""Of one file: three hold what a poller with every key does in two weeks and more, as test_log_file.py counts it."""
LOCK_SECONDS: Final = 1.0
"""How long another process may write before we give up for now."""
_FLAGS: Final = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC


class LogFile:
    """The log in one folder. Every call blocks, as files do."""

    def __init__(self, folder: Path, name: str = FILE_NAME, *, keeps_cut_lines: bool = True) -> None:
        """A log, or another file of lines, that need not exist yet.

        Args:
            folder: where it is.
            name: what the newest lines are called.
            keeps_cut_lines: whether the beginning of a line whose writer was killed in the middle of it stands, for
                whoever looks for what happened; else it counts as never written, as it was never said to be.
        """
        self._keeps_cut_lines = keeps_cut_lines
        self.path = folder / name
        """The newest lines."""
        self.parts = tuple(folder / (f"{name}.{number}" if number else name) for number in range(MOST_FILES))
        """All files, the newest first."""
        self._lock = folder / f"{name}.lock"

    def append(self, lines: Sequence[str]) -> None:
        """Add lines at the end, whole or not at all, whoever else adds some.

        Raises:
            OSError: the disk would not have them, the file is no file of ours, or another process keeps its lock.
        """
        # Not at module level: it takes some milliseconds, and nobody needs it before the first line.
        from filelock import FileLock

        from providers.durable import make_folder

        make_folder(self.path.parent)
        content = "".join(f"{line}\n" for line in lines).encode(errors="replace")
        try:
            with FileLock(self._lock, timeout=LOCK_SECONDS, mode=0o600, poll_interval=0.005):
                self._rotate_before(len(content))
                _append(self.path, content, self._keeps_cut_lines)
        # filelock, where the file system has no locks.
        except NotImplementedError as error:
            raise OSError(f"{self._lock} is on a drive without locks") from error

    def last_lines(self, count: int) -> list[str]:
        """The newest lines, the oldest of them first.

        Raises:
            OSError: a file is there and cannot be read.
        """
        found: list[list[str]] = []
        for part in self.parts:
            if sum(map(len, found)) >= count:
                break
            if part.exists():
                # Not as text: a return that somebody slipped into a line would part it.
                lines = content_of(part, 2 * MOST_BYTES).decode("utf-8", "replace").split("\n")
                found.append(lines if self._keeps_cut_lines else lines[:-1])
        kept = [line for line in chain.from_iterable(reversed(found)) if line]
        return kept[max(len(kept) - count, 0) :]

    def size(self) -> int:
        """Bytes of all files."""
        return sum(part.stat().st_size for part in self.parts if part.exists())

    def written_at(self) -> datetime | None:
        """When the last line was added, UTC; None if there is none."""
        return datetime.fromtimestamp(self.path.stat().st_mtime, UTC) if self.path.exists() else None

    def _rotate_before(self, size: int) -> None:
        """Make room for so many bytes, by the files' names alone; with the lock."""
        if not self.path.exists() or self.path.stat().st_size + size <= MOST_BYTES:
            return
        for older, newer in zip(self.parts[:0:-1], self.parts[-2::-1], strict=True):
            if newer.exists():
                newer.replace(older)


def _append(path: Path, content: bytes, keeps_cut_line: bool) -> None:
    # A link that somebody put there leads to a file that is none of our business.
    file = os.open(path, _FLAGS, 0o600)
    try:
        os.fchmod(file, 0o600)
        size = os.fstat(file).st_size
        if size and os.pread(file, 1, size - 1) != b"\n":
            # The power went, or the writer was killed, in the middle of a line.
            if keeps_cut_line:
                content = b"\n" + content
            else:
                size = os.pread(file, size, 0).rfind(b"\n") + 1
                os.ftruncate(file, size)
        if os.write(file, content) < len(content):
            # The disk is full: a part of a line is worse than none, and it is all tried again.
            os.ftruncate(file, size)
            raise OSError(f"{path.parent} has no room left")
    finally:
        os.close(file)
