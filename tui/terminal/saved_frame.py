"""The last frame, kept between runs and shown before anything heavy is imported; where there is none, a few words.

A start takes a third of a second before Textual can draw and seconds before the market is read; the picture of last
time is on the screen after the interpreter's own start. It is marked as old, and shown only to whoever asks for the
very same thing: the same words on the command line, the same variables, the same terminal, size and configuration.

Only `os`, `sys` and three small C modules are imported here, for every millisecond counts twice: whoever asks for
`--version` waits for this module, too. What needs more, or happens later, imports its own.
"""

from __future__ import annotations

# `signal` makes enumerations of its numbers first, which takes as long as everything else here.
import _signal  # type: ignore[import-not-found]
import os
import sys
import termios
import zlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

HEAD = "shortside frame 2"
"""The first line of every file; a change of what follows changes the number."""
VARIABLES = ("TERM", "COLORTERM", "NO_COLOR", "TMUX", "STY", "SSH_CONNECTION", "SSH_TTY", "LANG", "LC_ALL", "TZ")
"""What decides, beside our own variables, how a screen looks."""
YES_OR_NO = ("TMUX", "STY", "SSH_CONNECTION", "SSH_TTY", "NO_COLOR")
"""Those of which only matters whether they are set: their values change from session to session."""
ELSEWHERE = frozenset(("snapshot", "backfill", "doctor", "config", "record", "-h", "--help", "--version"))
"""Words on a command line that does not open the monitor."""
KEPT = 24
"""How many pictures are kept; a new one takes the place of the oldest."""
ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[m\x1b[H\x1b[2J"
LEAVE = "\x1b[m\x1b[?7h\x1b[?1049l\x1b[?25h"


class SavedFrames:
    """The pictures of one command line in one environment, by terminal size.

    Args:
        words: the command line after the program's name.
        environment: as the process was given it, before anything of it is changed.
        version: of the program; another one draws another screen.
        folder: where they are; where this system keeps a program's state, by default.
    """

    def __init__(
        self, words: Sequence[str], environment: Mapping[str, str], version: str = "", folder: str | None = None
    ) -> None:
        self._folder = os.path.join(folder or state_folder(environment), "frames")
        own = sorted((name, text) for name, text in environment.items() if name.startswith("SHORTSIDE_") and text)
        others = [
            (name, bool(environment.get(name)) if name in YES_OR_NO else environment.get(name)) for name in VARIABLES
        ]
        self.opens_monitor = ELSEWHERE.isdisjoint(words) and environment.get("TERM", "dumb") not in ("", "dumb")
        """Whether the command line asks for a screen, as far as can be seen without reading all of it."""
        self._version = version
        # A folder named from here is another one elsewhere.
        self._asked = (version, tuple(words), os.getcwd(), own, others)

    def _key(self, size: tuple[int, int]) -> str:
        return repr((self._asked, size))

    def _path(self, key: str) -> str:
        return os.path.join(self._folder, f"{zlib.crc32(key.encode()):08x}.frame")

    def find(self, size: tuple[int, int]) -> tuple[bytes, bytes] | None:
        """What paints the picture for a terminal of (columns, rows), and its rows as JSON; None without one."""
        key = self._key(size)
        try:
            with open(self._path(key), "rb") as file:
                head, known, configuration, length, rest = file.read().split(b"\n", 4)
            if head.decode() != HEAD or known.decode() != key or configuration.decode() != self._stamp(configuration):
                return None
            count = int(length)
        except (OSError, ValueError):
            return None  # None yet, or cut short: this start is like the first one.
        return (rest[:count], rest[count:]) if len(rest) > count else None

    def opening(self, size: tuple[int, int]) -> bytes:
        """What paints a few words for a terminal of (columns, rows), in its own colours."""
        column = max(1, (size[0] - 48) // 2 + 1)
        row = size[1] // 3 + 1
        head = f"\x1b[{row};{column}H\x1b[1mshortside\x1b[m {self._version}"
        return f"{head}\x1b[{row + 2};{column}Ha monitor of the US short side\x1b[{row + 3};{column}Hstarting".encode()

    def save(self, size: tuple[int, int], paint: bytes, rows: bytes, configuration_file: str) -> None:
        """Keep a picture for the next start, whole or not at all.

        Raises:
            OSError: the disk would not have it.
        """
        os.makedirs(self._folder, mode=0o700, exist_ok=True)
        key = self._key(size)
        path = self._path(key)
        stamp = self._stamp(configuration_file.encode())
        head = "\n".join((HEAD, key, stamp, str(len(paint)), "")).encode()
        # Only now: nothing but what paints is imported before the first picture.
        from pathlib import Path

        from providers.durable import replace_file

        replace_file(Path(path), head + paint + rows)
        self._thin_out()

    @staticmethod
    def _stamp(configuration: bytes) -> str:
        """The configuration file named in this line, with its present age and length."""
        name = configuration.partition(b"\t")[0].decode()
        try:
            status = os.stat(name)
        except OSError:
            return name + "\tabsent"
        return f"{name}\t{status.st_mtime_ns} {status.st_size}"

    def _thin_out(self) -> None:
        with os.scandir(self._folder) as entries:
            files = sorted((entry.stat().st_mtime_ns, entry.path) for entry in entries)
        for _, path in files[:-KEPT]:
            os.unlink(path)


def state_folder(environment: Mapping[str, str]) -> str:
    """Where state is kept; as `tui.settings.paths` says, without what that has to import. A test compares the two."""
    home = environment.get("SHORTSIDE_HOME", "").strip()
    if home:
        return os.path.join(os.path.expanduser(home), "state")
    if sys.platform == "darwin":
        return os.path.expanduser("~/Library/Application Support/shortside")
    base = environment.get("XDG_STATE_HOME", "").strip() or os.path.expanduser("~/.local/state")
    return os.path.join(base, "shortside")


class EarlyScreen:
    """The terminal between the first picture, or the first words, and the app that takes it over."""

    def __init__(self, frames: SavedFrames) -> None:
        self.frames = frames
        self.rows: bytes | None = None
        """The picture on the screen as JSON rows; None when there is none."""
        self.size = (0, 0)
        """Columns and rows of the terminal at that moment."""
        self.attributes: list[Any] | None = None
        """The terminal's mode before we silenced its echo."""
        self._file = -1

    @property
    def is_shown(self) -> bool:
        """Whether the picture, or a few words, are on the screen and the screen is still ours."""
        return self._file >= 0

    def show(self) -> bool:
        """Paint the picture of last time, or a few words, if there is a terminal to show them on."""
        try:
            if not (os.isatty(0) and os.isatty(1)):
                return False
            file = 2 if os.isatty(2) else 1
            size = os.get_terminal_size(file)
            found = self.frames.find((size.columns, size.lines))
            if found is None and not self.frames.opens_monitor:
                return False
            paint, rows = found or (self.frames.opening((size.columns, size.lines)), None)
            self.attributes = termios.tcgetattr(0)
            silent = [*self.attributes]
            # What is typed meanwhile goes to the app, not across the picture.
            silent[3] &= ~(termios.ECHO | termios.ICANON)
            for number in (_signal.SIGTERM, _signal.SIGHUP, _signal.SIGINT):
                _signal.signal(number, self._end)
            termios.tcsetattr(0, termios.TCSANOW, silent)
            self._file, self.size, self.rows = file, (size.columns, size.lines), rows
            _write(file, ENTER.encode() + paint)
        except (OSError, termios.error):
            self.leave()
            return False
        return True

    def hand_over(self) -> None:
        """The app has the terminal now and will put it back."""
        self._file = -1

    def leave(self) -> None:
        """Put the terminal back, unless the app took it."""
        file, self._file = self._file, -1
        if file < 0:
            return
        try:
            termios.tcsetattr(0, termios.TCSANOW, self.attributes or termios.tcgetattr(0))
            _write(file, LEAVE.encode())
        except (OSError, termios.error):
            return  # The terminal is gone, and nobody looks at it.

    def _end(self, number: int, _frame: object) -> None:
        """A signal before anybody else minds them: put the terminal back and end by it."""
        self.leave()
        _signal.signal(number, _signal.SIG_DFL)
        os.kill(os.getpid(), number)


def _write(file: int, data: bytes) -> None:
    while data:
        data = data[os.write(file, data) :]
