"""Keeps unexpected errors: each kind is told once on the screen, and its traceback written to a log file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Lock
from traceback import TracebackException, walk_tb
from typing import Final

from providers.events import Events
from tui.clock import Clock

_events: Final = Events("errors")
FILE_NAME: Final = "errors.log"
"""The file in the folder of state, with mode 0600, that unexpected errors are written to."""
MOST_KINDS: Final = 40
"""How many kinds of error one run tells apart; further ones are only counted."""
MOST_FRAMES, MOST_LINES, LONGEST_LINE = 40, 160, 300
MOST_BYTES: Final = 262_144
"""The file's largest size in bytes; beyond it the older half is deleted."""
ENTRY_MARK: Final = "== "
"""The first characters of each error in the file."""
OWN_PACKAGES: Final = frozenset({"shortside", "providers", "widgets", "tui"})
CONTAINING_MODULES: Final = frozenset(
    {"tui.screens.containment", "tui.screens.panel_readiness", "tui.terminal.textual_parts"}
)
"""Modules every error passes through on its way here, and that say nothing of where it comes from."""

ErrorKind = tuple[str, str, str]
"""The error's class, where in the program it happened, and the line that raised it."""


def error_kind_of(error: BaseException) -> ErrorKind:
    """What makes two errors the same: their class, our innermost line, and the innermost line of all."""
    ours = innermost = "shortside"
    is_ours_found = False
    for frame, line in walk_tb(error.__traceback__):
        module = str(frame.f_globals.get("__name__", "?"))
        innermost = f"{module}:{line}"
        is_ours = module.partition(".")[0] in OWN_PACKAGES and module not in CONTAINING_MODULES
        if is_ours or not is_ours_found:
            ours, is_ours_found = innermost, is_ours
    return type(error).__name__, ours, innermost


class Faults:
    """The unexpected errors of one run of the program, told apart by kind.

    Args:
        folder: where the file is, which need not exist yet.
        clock: the present moment.
        secrets: texts that must not get into the file; asked when it is written, which is in another thread.
    """

    def __init__(self, folder: Path, clock: Clock, secrets: Callable[[], Sequence[str]] = tuple) -> None:
        self.path = folder / FILE_NAME
        """Where what happened can be read."""
        self._clock, self._secrets = clock, secrets
        self._counts: dict[ErrorKind, int] = {}
        self._pending: list[tuple[str, TracebackException]] = []
        self._writing = Lock()
        self.uncounted = 0
        """Errors of kinds beyond those told apart."""

    @property
    def total(self) -> int:
        """How many errors there were."""
        return sum(self._counts.values()) + self.uncounted

    def note(self, error: BaseException) -> str:
        """Count an error; what to say of it, if it is the first of its kind, else nothing."""
        kind = error_kind_of(error)
        if kind not in self._counts and len(self._counts) >= MOST_KINDS:
            self.uncounted += 1
            return ""
        self._counts[kind] = self._counts.get(kind, 0) + 1
        if self._counts[kind] > 1:
            return ""
        # Neither the error nor its frames, which may hold the whole market. Lines of code are read when it is written.
        self._pending.append((f"{self._clock():%Y-%m-%dT%H:%M:%S%z}", _traceback_of(error)))
        name, place, innermost = kind
        _events.error("error", kind=name, where=place, innermost=innermost, traceback=self.path)
        return f"an error in {_words(place)} ({name}); figures go on"

    def save(self) -> str:
        """Write down what was not written yet; what stood in the way, in words. Blocks, as files do."""
        with self._writing:
            pending, self._pending = self._pending, []
            if not pending:
                return ""
            secrets = self._secrets()
            lines = [line for moment, told in pending for line in _entry(moment, told, secrets)]
            try:
                append(self.path, "".join(f"{line}\n" for line in lines))
            except OSError as error:
                self._pending = [*pending, *self._pending]
                return f"{self.path} could not be written: {error.strerror or type(error).__name__}"
        return ""

    @property
    def words(self) -> str:
        """How many errors there were, and where they can be read; empty when there were none."""
        count = "an error" if self.total == 1 else f"{self.total:,} errors"
        return f"{count} since the start; what happened is in {self.path}" if self.total else ""

    def summary(self) -> str:
        """What to say of all errors when the screen is left, after the last ones were written down."""
        return self.save() or self.words


def append(path: Path, text: str) -> None:
    """Add text to a file only its owner may read; past its bound it loses its older half.

    Raises:
        OSError: the disk would not have it, or something else is in the place.
    """
    from providers.durable import make_folder

    make_folder(path.parent)
    # A link that somebody put there leads to a file that is none of our business.
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        os.fchmod(file, 0o600)
        os.write(file, text.encode(errors="replace"))
        size = os.fstat(file).st_size
    finally:
        os.close(file)
    if size > MOST_BYTES:
        _halve(path)


def _halve(path: Path) -> None:
    from providers.durable import replace_file

    kept = path.read_bytes()[-MOST_BYTES // 2 :]
    # From the beginning of an error, if one begins there.
    begin = kept.find(f"\n{ENTRY_MARK}".encode())
    replace_file(path, kept[begin + 1 :], is_synced=False)


def _traceback_of(error: BaseException) -> TracebackException:
    return TracebackException.from_exception(error, limit=-MOST_FRAMES, lookup_lines=False, max_group_depth=3)


def _entry(moment: str, told: TracebackException, secrets: Sequence[str]) -> Iterator[str]:
    """An error as lines that may be shown on any terminal, as many as are worth reading."""
    from tui import __version__

    yield f"{ENTRY_MARK}{moment} shortside {__version__}"
    lines = [line for part in told.format() for line in part.splitlines()]
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES // 2], "  …", *lines[-MOST_LINES // 2 :]]
    for line in lines:
        yield _clean(line, secrets)


def _clean(line: str, secrets: Sequence[str]) -> str:
    from providers.redaction import struck_out

    return struck_out(line, secrets)[:LONGEST_LINE]


def _words(place: str) -> str:
    """A module as a person may know it: `tui.symbol_screen:12` is the symbol screen."""
    module = place.partition(":")[0].rpartition(".")[2]
    return module.strip("_").replace("_", " ") or "shortside"
