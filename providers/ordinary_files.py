"""Opens files that may be anything: a pipe nobody writes into, a device without an end, a file of a hundred gigabytes.

Whoever may write into a folder of ours can put such a thing under a name of ours. Opening a pipe waits for its other
end, and reading all of a device never ends; so both are refused, as an `OSError` every reader of files expects.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Final

MEGABYTE: Final = 2**20
LARGEST_RECORD_BYTES: Final = 4 * MEGABYTE
"""Of a small file between terminals, such as how feeds are doing; they have some thousand bytes."""
RECORD_DAMAGE: Final = (
    OSError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)
"""What reading a small file raises that is gone, cut off, of another version, or holds what nobody foresaw."""

FileStamp = tuple[int, int, int, int]
"""The device, number, age in nanoseconds and length of a file, by which it is told from the one it was."""


def file_stamp(path: Path, *, follows_links: bool = True) -> FileStamp | None:
    """What changes when a file is written or replaced, or a folder gets a name; None where there is none to look at."""
    try:
        found = path.stat(follow_symlinks=follows_links)
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size


def whole_name(path: Path) -> str:
    """The name of a file or folder from the root on, without links; as it is where that cannot be told."""
    try:
        return str(path.resolve())
    except (OSError, RuntimeError):  # The working folder was removed; a link to itself.
        return str(path)


def content_of(path: Path, most_bytes: int, *, follows_links: bool = True) -> bytes:
    """All that an ordinary file holds.

    Args:
        path: the file.
        most_bytes: the bound of this kind of file.
        follows_links: whether it may be a link, which whoever writes the file anew would replace.

    Raises:
        OSError: it cannot be read, is no ordinary file, or is larger.
    """
    # Without waiting: an ordinary file does not know what that is, and a pipe opens at once.
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    try:
        handle = os.open(path, flags if follows_links else flags | os.O_NOFOLLOW)
    except OSError as error:
        if error.errno == errno.ELOOP and not follows_links:
            raise OSError(errno.ELOOP, "it is a link") from error
        raise
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(handle)
        _require_ordinary(status)
        if status.st_size > most_bytes:
            raise _too_large(most_bytes)
        content = file.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise _too_large(most_bytes)
    return content


def require_ordinary(path: Path) -> None:
    """Let a file pass that a library may open by its name without waiting for ever.

    Raises:
        OSError: there is none, or it is a folder, a pipe, a socket or a device.
    """
    _require_ordinary(path.stat())


def _require_ordinary(status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, "it is a folder")
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "it is no ordinary file")


def _too_large(most_bytes: int) -> OSError:
    return OSError(errno.EFBIG, f"it is larger than {most_bytes:,} bytes")
