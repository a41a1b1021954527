"""Saves the last frame between runs, and paints it at the next start before anything slow is imported.

A start takes a third of a second before Textual can draw and seconds before the market is read; the picture of last
time is on the screen after the interpreter's own start. It is marked as old, and shown only to whoever asks for the
very same thing: the same words on the command line, the same variables, the same terminal, size and configuration. Of
all that a file holds only a digest: a key or a path in the environment is nothing to leave on a disk.

Only `os`, `sys` and three small C modules are imported here, for every millisecond counts twice: whoever asks for
`--version` waits for this module, too. What needs more, or happens later, imports its own.
"""

from __future__ import annotations

# `signal` makes enumerations of its numbers first, which takes as long as everything else here.
import _signal  # type: ignore[import-not-found]
import os
import sys
import termios

try:
    # `hashlib` loads OpenSSL first, which takes ten times as long as everything else here.
    from _blake2 import blake2b
except ImportError:  # A Python built without it.
    from hashlib import blake2b

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

FORMAT = "3"
"""The version of the file format, which begins every file's name; files of another version are deleted."""
FILE_HEADER = f"shortside frame {FORMAT}"
"""The first line of every file."""
LOOK_VARIABLES = (
    *("TERM", "COLORTERM", "LANG", "LC_ALL", "TZ", "XDG_DATA_HOME"),
    *("SHORTSIDE_HOME", "SHORTSIDE_CONFIG", "SHORTSIDE_NOW"),
    *("SHORTSIDE_SOURCE", "SHORTSIDE_DATA", "SHORTSIDE_AS_OF", "SHORTSIDE_WINDOW", "SHORTSIDE_TIER_BASIS"),
    *("SHORTSIDE_POSITIONS", "SHORTSIDE_KNOWN", "SHORTSIDE_SEED"),
    *("SHORTSIDE_LOW_BANDWIDTH", "SHORTSIDE_THEME", "SHORTSIDE_ASCII", "SHORTSIDE_SPEED"),
    *("SHORTSIDE_FRESH", "SHORTSIDE_STILL"),
)
"""The variables that decide how a screen looks. A test compares them with the settings, which import slowly."""
PRESENCE_VARIABLES = (
    *("TMUX", "STY", "SSH_CONNECTION", "SSH_TTY", "NO_COLOR", "SHORTSIDE_CONTACT"),
    *("SHORTSIDE_ALPACA_KEY_ID", "SHORTSIDE_ALPACA_SECRET_KEY", "SHORTSIDE_MASSIVE_KEY", "SHORTSIDE_ORTEX_KEY"),
    "SHORTSIDE_DESK_PASSWORD",
)
"""The variables of which only matters whether they are set: keys, and what changes with every session."""
PROVIDER_PREFIX = "SHORTSIDE_PROVIDERS_"
ENABLED_SUFFIX = "_ENABLED"
COMMANDS_WITHOUT_SCREEN = frozenset(
    (
        *(
            "snapshot",
            "lists",
            "report",
            "history",
            "record",
            "backfill",
            "doctor",
            "journal",
            "config",
            "completion",
            "serve",
            "mcp",
        ),
        *("-h", "--help", "--version"),
    )
)
"""Words on a command line that does not open the monitor."""
MOST_FRAMES_KEPT = 24
"""How many frames are kept on disk; a new one replaces the oldest."""
ENTER_SCREEN = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[m\x1b[H\x1b[2J"
LEAVE_SCREEN = "\x1b[m\x1b[?7h\x1b[?1049l\x1b[?25h"


class SavedFrames:
    """The saved frames of one command line in one environment, by terminal size.

    Args:
        words: the command line after the program's name.
        environment: as the process was given it, before anything of it is changed.
        version: of the program; another one draws another screen.
        folder: where they are; where this system keeps a program's state, by default.
    """

    def __init__(
        self, words: Sequence[str], environment: Mapping[str, str], version: str = "", folder: str | None = None
    ) -> None:
        self._folder = os.path.join(folder or screen_folder(environment), "frames")
        self.opens_monitor = COMMANDS_WITHOUT_SCREEN.isdisjoint(words) and environment.get("TERM", "dumb") not in (
            "",
            "dumb",
        )
        """Whether the command line asks for a screen, as far as can be seen without reading all of it."""
        self._version = version
        # A folder named from here is another one elsewhere.
        here = _working_folder()
        # As it is now: a file that is changed while the monitor runs is not what its screen was made from.
        configuration = _stamp(configuration_file(words, environment))
        self._asked = (version, tuple(words), here, _deciding(environment), configuration)

    def _path(self, size: tuple[int, int]) -> str:
        digest = blake2b(repr((self._asked, size)).encode(), digest_size=20).hexdigest()
        return os.path.join(self._folder, f"{FORMAT}-{digest}.frame")

    def find(self, size: tuple[int, int]) -> tuple[bytes, bytes] | None:
        """The sequences that paint the frame saved for (columns, rows), and its rows as JSON; None without one."""
        try:
            with open(self._path(size), "rb", opener=open_own) as file:
                head, length, rest = file.read().split(b"\n", 2)
            if head.decode() != FILE_HEADER:
                return None
            count = int(length)
        except (OSError, ValueError):
            return None  # None yet, or cut short: this start is like the first one.
        return (rest[:count], rest[count:]) if len(rest) > count else None

    def opening(self, size: tuple[int, int]) -> bytes:
        """The sequences that paint the opening words on a terminal of (columns, rows), in its own colours."""
        column = max(1, (size[0] - 48) // 2 + 1)
        row = size[1] // 3 + 1
        head = f"\x1b[{row};{column}H\x1b[1mshortside\x1b[m {self._version}"
        return f"{head}\x1b[{row + 2};{column}Ha monitor of the US short side\x1b[{row + 3};{column}Hstarting".encode()

    def save(self, size: tuple[int, int], paint: bytes, rows: bytes) -> None:
        """Save a frame for the next start, whole or not at all, readable by the user only.

        Raises:
            OSError: the disk would not have it.
        """
        # Only now: nothing but what paints is imported before the first picture.
        from pathlib import Path

        from providers.durable import make_folder, replace_file

        folder = Path(self._folder)
        make_folder(folder)
        folder.chmod(0o700)
        content = f"{FILE_HEADER}\n{len(paint)}\n".encode() + paint + rows
        # Not synced: a picture lost with the power is missed by nobody.
        replace_file(Path(self._path(size)), content)
        self._thin_out()

    def _thin_out(self) -> None:
        with os.scandir(self._folder) as entries:
            files = sorted((entry.stat().st_mtime_ns, entry.path) for entry in entries)
        for _, path in files[:-MOST_FRAMES_KEPT]:
            os.unlink(path)

    def drop_foreign(self) -> None:
        """Delete frames of other formats; those up to the second held the environment, with its keys, in clear text.

        One that cannot be deleted stays for `shortside doctor` to speak of: a screen must not fail for it.
        """
        for path in self.foreign():
            try:
                os.unlink(path)
            except OSError:
                continue

    def foreign(self) -> list[str]:
        """The frames of other formats; files that begin with a dot are being written by another process."""
        try:
            names = os.listdir(self._folder)
        except OSError:
            return []  # None was ever kept.
        return [os.path.join(self._folder, name) for name in names if not name.startswith((f"{FORMAT}-", "."))]


def _deciding(environment: Mapping[str, str]) -> list[tuple[str, str | bool]]:
    """The variables that decide how a screen looks; an empty one is as good as none."""
    values = [(name, environment.get(name, "")) for name in LOOK_VARIABLES]
    of_providers = [
        (name, text)
        for name, text in sorted(environment.items())
        if text and name.startswith(PROVIDER_PREFIX) and name.endswith(ENABLED_SUFFIX)
    ]
    return [*values, *((name, bool(environment.get(name))) for name in PRESENCE_VARIABLES), *of_providers]


def open_own(path: str, flags: int) -> int:
    """Opens a file of ours, and none that another user put there or a link leads to: the `opener` of `open`."""
    file = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)
    status = os.fstat(file)
    if status.st_uid != os.geteuid() or status.st_mode & 0o022:
        os.close(file)
        raise PermissionError(path)
    return file


def _working_folder() -> str:
    """Where the program was started; empty where that folder was removed meanwhile or may not be looked at."""
    try:
        return os.getcwd()
    except OSError:
        return ""


def _stamp(path: str) -> tuple[str, int, int]:
    """A file with its present age and length."""
    try:
        status = os.stat(path)
    except OSError:
        return path, 0, -1
    return path, status.st_mtime_ns, status.st_size


def configuration_file(words: Sequence[str], environment: Mapping[str, str]) -> str:
    """The file a start reads its settings from; `tui.settings.configuration` says the same and imports more."""
    named = environment.get("SHORTSIDE_CONFIG", "").strip()
    for place, word in enumerate(words):
        option, _, text = word.partition("=")
        if option == "--config":
            named = text or "".join(words[place + 1 : place + 2]) or named
    if named:
        return os.path.expanduser(named)
    return os.path.join(_folder_of(environment, "XDG_CONFIG_HOME", "~/.config"), "config.toml")


def state_folder(environment: Mapping[str, str]) -> str:
    """Where state is kept; as `tui.settings.paths` says, without what that has to import. A test compares the two."""
    folder = _folder_of(environment, "XDG_STATE_HOME", "~/.local/state")
    return os.path.join(folder, "state") if environment.get("SHORTSIDE_HOME", "").strip() else folder


def screen_folder(environment: Mapping[str, str]) -> str:
    """Where a screen keeps what it remembers of itself; for a visitor of a page a folder of his own."""
    folder, visitor = state_folder(environment), environment.get("SHORTSIDE_VISITOR", "").strip()
    return os.path.join(folder, "visitors", visitor) if visitor.isalnum() else folder


def _folder_of(environment: Mapping[str, str], variable: str, otherwise: str) -> str:
    home = environment.get("SHORTSIDE_HOME", "").strip()
    if home:
        return os.path.expanduser(home)
    if sys.platform == "darwin":
        return os.path.expanduser("~/Library/Application Support/shortside")
    base = environment.get(variable, "").strip() or os.path.expanduser(otherwise)
    return os.path.join(base, "shortside")


class EarlyScreen:
    """Holds the terminal from the saved frame, or the opening words, until the app takes it over."""

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
        """Whether the saved frame or the opening words are on the screen, and the app has not taken it over."""
        return self._file >= 0

    def show(self) -> bool:
        """Paint the saved frame, or the opening words, if there is a terminal to show them on."""
        from tui.terminal.ending_signals import ENDING_SIGNALS

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
            # Before the first change, for a signal may come right after it.
            self._file, self.size, self.rows = file, (size.columns, size.lines), rows
            for number in ENDING_SIGNALS:
                _signal.signal(number, self._end)
            termios.tcsetattr(0, termios.TCSANOW, silent)
            _write(file, ENTER_SCREEN.encode() + paint)
        except (OSError, termios.error):
            self.leave()
            return False
        return True

    def hand_over(self) -> None:
        """Give the terminal to the app, which restores it at its end."""
        self._file = -1

    def leave(self) -> None:
        """Restore the terminal, unless the app took it over."""
        if not self.is_shown:
            return
        try:
            termios.tcsetattr(0, termios.TCSANOW, self.attributes or termios.tcgetattr(0))
            _write(self._file, LEAVE_SCREEN.encode())
        except (OSError, termios.error):
            return  # The terminal is gone, and nobody looks at it.
        finally:
            # Last: a signal that comes before has all of it done once more.
            self._file = -1

    def _end(self, number: int, _frame: object) -> None:
        """A signal before anybody else minds them: put the terminal back and end by it."""
        self.leave()
        _signal.signal(number, _signal.SIG_DFL)
        os.kill(os.getpid(), number)


def _write(file: int, data: bytes) -> None:
    while data:
        data = data[os.write(file, data) :]
