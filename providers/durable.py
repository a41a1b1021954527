"""Writes files that are there whole or not at all, whatever dies in between, and for their owner alone to read."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

PARTIAL_PREFIX = ".partial-"
"""Begins the names of files and folders still being written; readers pass them over."""


@contextmanager
def _removed_on_failure(path: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it that are missing, for their owner alone; what is there stays as it is.

    Raises:
        OSError: it cannot be made, or something else bears its name.
    """
    if folder.is_dir():
        return
    make_folder(folder.parent)
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        if not folder.is_dir():  # Another program may have made it just now.
            raise


def others_hand(folder: Path, *, is_group_trusted: bool = False) -> str:
    """Why other users of the machine could put files into a folder, in words; empty where they cannot.

    The superuser can in any case. A folder that is not there yet is made for its owner alone; one that somebody puts in
    its place, in a folder above it that many may write, belongs to him.

    Args:
        folder: the folder, which need not be there.
        is_group_trusted: whether its group may write it, as where people who work together keep what they made.
    """
    if os.name != "posix":
        return ""  # Windows has no such bits; its folders are private by the user's own.
    try:
        found = folder.stat()
    except OSError:
        return ""  # Not there, or not to be looked at: whoever opens it is told.
    if found.st_uid not in (os.geteuid(), 0):
        return f"{folder} belongs to another user"
    if found.st_mode & stat.S_IWOTH:
        return f"{folder} may be written by every user (mode {stat.S_IMODE(found.st_mode):04o})"
    if found.st_mode & stat.S_IWGRP and not (is_group_trusted or _is_ours_alone(folder, found.st_gid)):
        return f"{folder} may be written by others of its group (mode {stat.S_IMODE(found.st_mode):04o})"
    return ""


def _is_ours_alone(folder: Path, group: int) -> bool:
    """Whether what a group may do to a folder only we may: many systems give each user a group of his own."""
    import grp
    import pwd

    # Where rights are listed one by one, the bits of the group say no more than that somebody has some.
    if hasattr(os, "listxattr") and "system.posix_acl_access" in _attributes(folder):
        return False
    try:
        user, members = pwd.getpwuid(os.geteuid()), grp.getgrgid(group)
    except KeyError:
        return False
    return user.pw_gid == group and members.gr_name == user.pw_name and not {*members.gr_mem} - {user.pw_name}


def _attributes(folder: Path) -> list[str]:
    try:
        return os.listxattr(folder)
    except OSError:
        return []  # A drive that keeps none.


def make_folder_within(root: Path, folder: Path) -> None:
    """Make a folder below one that is there: where that one is gone, nothing is made in its place.

    Raises:
        OSError: the root is not there, or the folder cannot be made.
    """
    if not root.is_dir():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(root))
    make_folder(folder)


def private(path: str, flags: int) -> int:
    """Opens a file so that one it makes is its owner's alone: the `opener` of `open`."""
    return os.open(path, flags, 0o600)


def _nothing_to_object(_file: Path) -> None:
    """Finds every file fit."""


def replace_file(
    target: Path,
    content: bytes,
    *,
    is_synced: bool = False,
    require: Callable[[Path], object] = _nothing_to_object,
) -> None:
    """Put content under a name, in place of what was there; a reader sees the old file or the new one, never a part.

    Args:
        target: the file; its folder must be there. It is its owner's alone, whatever the umask.
        content: what it is to hold.
        is_synced: whether it must survive a power cut; what can be had again need not.
        require: looks at the file while it has another name, and raises where it is not to be had.

    Raises:
        OSError: the folder may not be written, or the disk is full. The old file is whole then, and nothing is left.
        Exception: what `require` raised; the same holds.
    """
    handle, name = tempfile.mkstemp(prefix=PARTIAL_PREFIX, dir=target.parent)
    partial = Path(name)
    with _removed_on_failure(partial):
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            if is_synced:
                file.flush()
                os.fsync(file.fileno())
        require(partial)
        partial.replace(target)
    if is_synced:
        sync_folder(target.parent)


def write_once(target: Path, write: Callable[[BinaryIO], object]) -> None:
    """Create a file that is complete the moment its name appears; an existing one of that name stays as it is.

    Args:
        target: the file; its folder must be there.
        write: writes the content to an open binary file.

    Raises:
        OSError: the folder may not be written, or the disk is full. Nothing is left behind then.
    """
    # Unique per process and call, in the same folder: a rename across file systems is a copy.
    handle, name = tempfile.mkstemp(prefix=PARTIAL_PREFIX, dir=target.parent)
    partial = Path(name)
    with _removed_on_failure(partial):
        with os.fdopen(handle, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(partial, target)
        except FileExistsError:
            pass
        except OSError:
            # A file system without hard links: a rename replaces, but only ever by the same content.
            partial.replace(target)
        partial.unlink(missing_ok=True)
    sync_folder(target.parent)


def write_new(target: Path, content: bytes) -> bool:
    """Put content under a name that nothing has yet; returns whether it did, and leaves alone what has the name.

    Args:
        target: the file; its folder must be there. It is its owner's alone, whatever the umask.
        content: what it is to hold. The file is complete the moment its name appears, and survives a power cut.

    Raises:
        OSError: the folder may not be written, or the disk is full. Nothing is left behind then.
    """
    if os.path.lexists(target):
        return False
    handle, name = tempfile.mkstemp(prefix=PARTIAL_PREFIX, dir=target.parent)
    partial = Path(name)
    with _removed_on_failure(partial):
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(partial, target)
        except FileExistsError:
            return False
        except OSError:
            # A file system without hard links: the name is taken by an empty file first, which only we replace.
            if not _is_name_taken(target):
                return False
            with _removed_on_failure(target):
                partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
    sync_folder(target.parent)
    return True


def _is_name_taken(target: Path) -> bool:
    """Make an empty file of a name, unless there is one; returns whether it was made."""
    try:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return False
    return True


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    if not hasattr(os, "O_DIRECTORY"):
        return  # Windows keeps its directory entries by itself.
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
