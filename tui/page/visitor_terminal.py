"""Runs a monitor in a pseudo-terminal of its own, for one visitor of the page.

Textual's driver for the web wraps every frame into packets of its own, draws whole regions, and would have to be taught
what our driver does: only changed cells, keys in their order, an orderly end. The page's terminal understands what any
terminal does, so that a visitor gets the very program that runs over SSH.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import struct
import sys
import termios
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

SMALLEST_SIZE: Final = (2, 2)
LARGEST_SIZE: Final = (600, 250)
"""Columns and rows; a page with very small letters has fewer."""
BYTES_AT_ONCE: Final = 65_536
SECONDS_FOR_A_KEY: Final = 10.0
"""How long a monitor may take no key before it counts as stuck."""
SECONDS_FOR_AN_END: Final = 3.0
"""How long a monitor has to leave in good order before it is killed."""
# The pseudo-terminal has to be the one that tells the process of a new size, and of its end.
_PROGRAM: Final = (
    "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); from tui.__main__ import run; run()"
)  # fmt: skip
_NOT_OF_THE_PAGE: Final = (
    "COLUMNS",
    "LINES",
    "NO_COLOR",
    "TERM_PROGRAM",
    "SSH_CONNECTION",
    "SSH_TTY",
    "STY",
    "TMUX",
    "TZ",
)
"""Variables that speak of the terminal the page is served from."""

Size = tuple[int, int]


def command_of_monitor(words: Sequence[str]) -> tuple[str, ...]:
    """The command that runs a monitor with these words after its name, wherever the program is installed."""
    return (sys.executable, "-P", "-c", _PROGRAM, *words)


class StuckError(Exception):
    """The monitor took no key for so long that it will not take another."""


def bounded(width: int, height: int) -> Size:
    """A size a terminal may have: that of the page, or the nearest to it."""
    (least_wide, least_high), (most_wide, most_high) = SMALLEST_SIZE, LARGEST_SIZE
    return min(max(width, least_wide), most_wide), min(max(height, least_high), most_high)


def environment_of_visitor(environment: Mapping[str, str], visitor: str, zone: str = "") -> dict[str, str]:
    """The environment of a visitor's monitor: what the page can show, not what the terminal of the server can.

    Args:
        environment: the server's own.
        visitor: names the folder that keeps how the screen is left.
        zone: the browser's time zone; one that there is not is passed over.
    """
    kept = {name: text for name, text in environment.items() if name not in _NOT_OF_THE_PAGE}
    places = os.pathsep.join(dict.fromkeys(filter(None, [str(Path(__file__).parents[2]), *sys.path])))
    here = {"TZ": zone} if _is_zone(zone) else {"TZ": environment["TZ"]} if "TZ" in environment else {}
    page = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8", "SHORTSIDE_VISITOR": visitor}
    return {**kept, **here, **page, "PYTHONPATH": places}


def _is_zone(name: str) -> bool:
    try:
        return bool(name) and bool(ZoneInfo(name).key)
    except (ValueError, OSError, LookupError):  # No name of a zone, or none that is known here.
        return False


class VisitorTerminal:
    """A monitor and the pseudo-terminal it runs in.

    Args:
        process: the monitor.
        file: the end of the pseudo-terminal that is ours.
    """

    def __init__(self, process: asyncio.subprocess.Process, file: int) -> None:
        self._process, self._file = process, file
        self._is_open = True

    @classmethod
    async def started(cls, command: Sequence[str], environment: Mapping[str, str], size: Size) -> VisitorTerminal:
        """Start a program, which `command_of_monitor` names, on a terminal of (columns, rows).

        Raises:
            OSError: no process or pseudo-terminal is to be had.
        """
        ours, its = os.openpty()
        try:
            _set_size(ours, size)
            os.set_blocking(ours, False)
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=its,
                stdout=its,
                stderr=its,
                env=environment,
                start_new_session=True,
            )
        except BaseException:
            os.close(ours)
            raise
        finally:
            os.close(its)
        return cls(process, ours)

    @property
    def process_id(self) -> int:
        """The number of the monitor's process."""
        return self._process.pid

    async def read(self) -> bytes:
        """What the monitor writes, as soon as there is anything; empty once it has ended."""
        while self._is_open:
            try:
                return os.read(self._file, BYTES_AT_ONCE)
            except BlockingIOError:
                await self._until(asyncio.get_running_loop().add_reader, asyncio.get_running_loop().remove_reader)
            except OSError:
                # Linux has an error where others have the end of a file.
                return b""
        return b""

    async def type(self, data: bytes) -> None:
        """Hand over what was typed, as fast as the monitor takes it.

        Raises:
            StuckError: it takes nothing any more.
        """
        try:
            async with asyncio.timeout(SECONDS_FOR_A_KEY):
                while data and self._is_open:
                    try:
                        data = data[os.write(self._file, data) :]
                    except BlockingIOError:
                        loop = asyncio.get_running_loop()
                        await self._until(loop.add_writer, loop.remove_writer)
        except TimeoutError as error:
            raise StuckError from error
        except OSError:
            return  # It has ended, and whoever reads it knows.

    async def _until(self, add: Callable[..., object], remove: Callable[[int], object]) -> None:
        is_ready = asyncio.Event()
        add(self._file, is_ready.set)
        try:
            await is_ready.wait()
        finally:
            if self._is_open:
                remove(self._file)

    def resize(self, size: Size) -> None:
        """Tell the monitor that the terminal has another size now."""
        if self._is_open:
            _set_size(self._file, size)

    async def end(self) -> None:
        """Take the terminal away, whereupon the monitor leaves as when a line breaks; kill it if it does not."""
        if self._is_open:
            self._is_open = False
            loop = asyncio.get_running_loop()
            loop.remove_reader(self._file)
            loop.remove_writer(self._file)
            os.close(self._file)
        try:
            async with asyncio.timeout(SECONDS_FOR_AN_END):
                await self._process.wait()
        except TimeoutError:
            # The group: whatever it started and did not put into a session of its own.
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            await self._process.wait()


def _set_size(file: int, size: Size) -> None:
    columns, rows = size
    fcntl.ioctl(file, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
