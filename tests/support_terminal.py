"""Terminals for tests: an emulator, a Textual driver that writes into it, and a program in a real pty."""

import codecs
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any

from kept_demo import with_kept_demo
from terminal_emulator import Terminal
from textual import events
from textual.app import App
from textual.driver import Driver
from textual.geometry import Size
from textual.pilot import Pilot
from waiting import PATIENCE, OverdueError, bytes_within, reaped


class RecordingDriver(Driver):
    """A driver whose terminal is emulated in this process, so nothing depends on a clock or a pty."""

    can_suspend = True

    def __init__(self, *args: Any, **arguments: Any) -> None:
        super().__init__(*args, **arguments)
        columns, rows = self._size or (80, 24)
        self.terminal = Terminal(columns, rows)
        self.written: list[str] = []
        self._writer_thread: object = None

    def write(self, data: str) -> None:
        self.written.append(data)
        self.terminal.feed(data)

    def take(self) -> str:
        """What was written since the last call."""
        text, self.written[:] = "".join(self.written), []
        return text

    def start_application_mode(self) -> None:
        columns, rows = self.terminal.screen.columns, self.terminal.screen.lines
        self.write("\x1b[?7l")
        # The Linux driver starts a thread that writes; here its identity is all that matters.
        self._writer_thread = object()
        self.send_message(events.Resize(Size(columns, rows), Size(columns, rows)))

    def stop_application_mode(self) -> None:
        return

    def disable_input(self) -> None:
        return


async def settle(pilot: Pilot[Any]) -> None:
    """Wait until the app has drawn all it wants to draw: four rounds of messages without a write.

    A screen behind a modal, once changed, has Textual repaint the same picture for ever: hence the limit.
    """
    driver = pilot.app._driver
    assert isinstance(driver, RecordingDriver)
    quiet = 0
    for _ in range(16):
        before = len(driver.written)
        # The pilot draws the top screen only; one behind a modal would wait for its timer. What no modal lets through
        # nobody sees: the blank screen that every app begins with would be painted in whole each time.
        screens = pilot.app.screen_stack
        for below, above in reversed([*pairwise(screens)]):
            if not above.is_modal:
                break
            below._on_timer_update()
        await pilot.pause(0)
        quiet = quiet + 1 if len(driver.written) == before else 0
        if quiet == 4:
            break


async def resize(pilot: Pilot[Any], columns: int, rows: int) -> None:
    """Change the terminal's size as a SIGWINCH would, without the app's own delay."""
    driver = pilot.app._driver
    assert isinstance(driver, RecordingDriver)
    driver.terminal.resize(columns, rows)
    size = Size(columns, rows)
    pilot.app.post_message(events.Resize(size, size))
    await pilot.pause(0)
    pilot.app._check_resize()
    await settle(pilot)


@asynccontextmanager
async def running(app: App[Any], size: tuple[int, int] = (100, 30)) -> AsyncIterator[Pilot[Any]]:
    """The app on an emulated terminal."""
    app.driver_class = RecordingDriver
    async with app.run_test(headless=False, size=size) as pilot:
        await settle(pilot)
        yield pilot


def driver_of(pilot: Pilot[Any]) -> RecordingDriver:
    """The driver of an app that is `running`."""
    assert isinstance(pilot.app._driver, RecordingDriver)
    return pilot.app._driver


class PseudoTerminal:
    """A program running in a pty, shown on an emulated terminal; use it in a `with` block."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        columns: int = 80,
        rows: int = 24,
        *,
        is_whole: bool = True,
    ) -> None:
        """The program, started.

        Args:
            command: what runs, with its path.
            environment: all of its environment; the demo's market is kept for it besides.
            columns: the terminal's width.
            rows: the terminal's height.
            is_whole: whether output that breaks off inside a sign is a fault.
        """
        self.terminal = Terminal(columns, rows)
        self.received = bytearray()
        self._decoder = codecs.getincrementaldecoder("utf-8")("strict" if is_whole else "replace")
        self._status: int | None = None
        self.process, self._file = pty.fork()
        if not self.process:
            # Before the program can ask for its size.
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            os.execve(command[0], list(command), with_kept_demo(environment))
        fcntl.ioctl(self._file, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.mode = termios.tcgetattr(self._file)
        """The terminal's mode at the start."""

    def __enter__(self) -> "PseudoTerminal":
        return self

    def __exit__(self, *_: object) -> None:
        if self._status is None:
            os.kill(self.process, signal.SIGKILL)
            reaped(self.process)
        self.hang_up()

    def send(self, keys: str) -> None:
        """Type."""
        os.write(self._file, keys.encode())

    def signal(self, number: int) -> None:
        """Send the program a signal."""
        os.kill(self.process, number)

    def resize(self, columns: int, rows: int) -> None:
        """Change the size, as dragging a window's corner does."""
        self.terminal.resize(columns, rows)
        self.claim(columns, rows)

    def claim(self, columns: int, rows: int) -> None:
        """Tell the program a size that the terminal does not have."""
        fcntl.ioctl(self._file, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def hang_up(self) -> None:
        """Close the terminal, as closing its window does."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def mode_now(self) -> list[Any]:
        """The terminal's mode, for comparing with that at the start."""
        return termios.tcgetattr(self._file)

    def wait_for(self, condition: Callable[[Terminal], bool], seconds: float = PATIENCE) -> None:
        """Show what arrives until the screen is as asked.

        Raises:
            TimeoutError: With the screen's text, when it never was.
        """
        deadline = time.monotonic() + seconds
        while not condition(self.terminal):
            if not self._take(deadline):
                raise TimeoutError("\n".join(self.terminal.lines()))

    def wait_for_words(self, *words: str, seconds: float = PATIENCE) -> None:
        """Show what arrives until all these words are on the screen."""
        self.wait_for(lambda terminal: all(word in "\n".join(terminal.lines()) for word in words), seconds)

    def wait_for_end(self, seconds: float = PATIENCE) -> int:
        """Take what arrives until the program has ended; its exit code, or minus the signal that killed it.

        Raises:
            TimeoutError: It did not end.
        """
        deadline = time.monotonic() + seconds
        while self._status is None:
            if time.monotonic() > deadline:
                raise TimeoutError("\n".join(self.terminal.lines()))
            if self._file < 0 or not self._take(time.monotonic() + 0.02):
                # Output that nobody takes would hold up the end.
                select.select([], [], [], 0.01)
            ended, status = os.waitpid(self.process, os.WNOHANG)
            if ended:
                self._status = status
        while self._file >= 0 and self._take(time.monotonic()):
            continue
        return os.waitstatus_to_exitcode(self._status)

    def ended(self) -> int | None:
        """The exit code of a program that has ended; None while it runs."""
        if self._status is None:
            ended, status = os.waitpid(self.process, os.WNOHANG)
            if ended:
                self._status = status
        return None if self._status is None else os.waitstatus_to_exitcode(self._status)

    def _take(self, deadline: float) -> bool:
        try:
            data = bytes_within(self._file, deadline - time.monotonic())
        except (OverdueError, OSError):
            return False
        self.received += data
        self.terminal.feed(self._decoder.decode(data))
        return bool(data)
