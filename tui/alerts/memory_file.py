"""Keeps what rules of alerts told last, for the next start of the same source; one monitor at a time rings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

from providers.durable import make_folder, replace_file
from providers.ordinary_files import RECORD_DAMAGE, content_of
from shortside.alerts.memory import MOST_KEYS, RuleMemory, memory_of
from tui.settings.configuration import Options

FOLDER_NAME: Final = "alerts"
BROKEN_SUFFIX: Final = ".broken"
MOST_BYTES: Final = 200_000_000
"""No memory is larger: every rule there may be, with a figure of every name."""
FORM: Final = 1


def memory_path(options: Options) -> Path:
    """The file of a source, of its folder or recording where it has one, and of a past day that was asked for."""
    parts = [str(part) for part in (options.data, options.as_of) if part is not None]
    digest = blake2b("\n".join(parts).encode("utf-8", "surrogateescape"), digest_size=6).hexdigest()
    name = f"{options.source}-{digest}.json" if parts else f"{options.source}.json"
    return options.paths.state / FOLDER_NAME / name


class MemoryFile:
    """The memory of one source's rules. Every call blocks, as files do."""

    def __init__(self, path: Path) -> None:
        """A memory that need not exist yet."""
        self.path = path
        self._lock: Any = None

    def is_ours(self) -> bool:
        """Whether this process may ring: takes the lock where nobody has it, and keeps it until `release`.

        Raises:
            OSError: the folder cannot be made, or the drive has no locks.
        """
        from filelock import FileLock, Timeout

        if self._lock is None:
            make_folder(self.path.parent)
            # The event loop's threads take turns at it.
            self._lock = FileLock(self.path.with_suffix(".lock"), timeout=0, mode=0o600, thread_local=False)
        if self._lock.is_locked:
            return True
        try:
            self._lock.acquire()
        except Timeout:
            return False
        # filelock, where the file system has no locks.
        except NotImplementedError as error:
            raise OSError(f"{self.path.parent} is on a drive without locks") from error
        return True

    def release(self) -> None:
        """Let another process ring."""
        if self._lock is not None:
            self._lock.release()

    def read(self) -> tuple[dict[str, RuleMemory], str]:
        """What is remembered, by the rules' names, and what is to be said of a file that cannot be understood."""
        try:
            content = content_of(self.path, MOST_BYTES)
        except FileNotFoundError:
            return {}, ""
        except OSError as error:
            return {}, f"what alerts told last cannot be read: {self.path}: {error.strerror or error}"
        try:
            return _memories_of(json.loads(content)), ""
        except RECORD_DAMAGE:
            return {}, self._put_aside()

    def _put_aside(self) -> str:
        aside = self.path.with_name(self.path.name + BROKEN_SUFFIX)
        try:
            self.path.replace(aside)
        except OSError as error:
            return f"what alerts told last cannot be understood, nor put aside: {self.path}: {error.strerror or error}"
        return f"what alerts told last could not be understood, so they start anew; the file is now {aside}"

    def write(self, memories: Mapping[str, RuleMemory]) -> str:
        """Keep it, whole or not at all; returns why that was not possible, in words."""
        names = max((memory.keys for memory in memories.values()), key=len, default=())
        rules = {name: memory.as_record(names) for name, memory in memories.items()}
        content = json.dumps({"form": FORM, "names": list(names), "rules": rules}).encode()
        try:
            make_folder(self.path.parent)
            replace_file(self.path, content)
        except OSError as error:
            return f"what alerts told cannot be kept: {error.strerror or error}"
        for memory in memories.values():
            memory.is_changed = False
        return ""


def _memories_of(found: Any) -> dict[str, RuleMemory]:
    names = found["names"]
    if found["form"] != FORM or len(names) > MOST_KEYS or not all(isinstance(name, str) for name in names):
        raise ValueError("form")
    shared = tuple(names)
    return {str(name): memory_of(record, shared) for name, record in found["rules"].items()}
