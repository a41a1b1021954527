"""A driver for the terminal that keeps a saved frame on the screen, and survives a terminal that goes away."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import termios
import threading
from collections.abc import Callable
from io import UnsupportedOperation
from types import FrameType
from typing import TYPE_CHECKING, Any, ClassVar, TextIO

from textual.app import App
from textual.message import Message

from tui.terminal.frame_writer import FrameWriter
from tui.terminal.key_reader import KeyReader
from tui.terminal.textual_parts import OpenDriver

if TYPE_CHECKING:
    from tui.terminal.saved_frame import EarlyScreen

ENTER_SCREEN = "\x1b[?1049h"
RESTORE = (
    "\x1b[?2026l\x1b[?2004l\x1b[?7h\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l"
    "\x1b[<u\x1b[?1049l\x1b[?25h\x1b[?1004l\x1b[m"
)
"""Undoes everything Textual and we ask of a terminal."""


class LineOut:
    """Where frames are written: a terminal that may go away, after which writing is in vain but no error.

    Textual's writer thread ends at the first error, and the event loop then waits for ever to hand it another frame.
    """

    def __init__(self, file: TextIO, lost: Callable[[], None]) -> None:
        self.stream = file
        """What is written to."""
        self._file, self._lost = file, lost
        self._is_lost = False

    def fileno(self) -> int:
        """The terminal's file descriptor."""
        return self._file.fileno()

    def write(self, text: str) -> None:
        """Write, or note that the terminal is gone."""
        self._attempt(lambda: self._file.write(text))

    def flush(self) -> None:
        """Send what was written, or note that the terminal is gone."""
        self._attempt(self._file.flush)

    def _attempt(self, step: Callable[[], object]) -> None:
        if self._is_lost:
            return
        try:
            step()
        except (OSError, ValueError):
            self._is_lost = True
            self._lost()


class TerminalDriver(OpenDriver):
    """Textual's driver for a terminal, with orderly ends; Textual's own, where that is not as tested."""

    early: ClassVar[EarlyScreen | None] = None
    """The picture of last time, while it is on the alternate screen, which entering it again would wipe."""
    on_lost: ClassVar[Callable[[App[Any]], None] | None] = None
    """Called on the event loop when the terminal is gone."""
    signs: ClassVar[dict[int, str] | None] = None
    """Other signs for some, while Textual draws by itself; the display knows them itself."""
    failed: ClassVar[Callable[[str], None] | None] = None
    """Told when keys could not be read our way, in words; Textual reads them from then on."""

    def __init__(self, app: App[Any], **arguments: Any) -> None:
        super().__init__(app, **arguments)
        self._monitor, self._loop_of_app = app, asyncio.get_running_loop()
        self._thread_of_app = threading.get_ident()
        self._screen_file = screen_file()
        # Textual writes to standard error, which may be a log file while the screen is elsewhere.
        self.replace_file(LineOut(self._screen_file, self._say_lost) if self.is_fit else self._screen_file)
        self._frames: FrameWriter | None = None
        self._reader: KeyReader | None = None
        self._is_listening = False
        for number in (signal.SIGTSTP, signal.SIGCONT):
            self._wait_for_the_loop(number)

    def _wait_for_the_loop(self, number: signal.Signals) -> None:
        """Have Textual's handler of a signal called between two steps of the event loop.

        A handler of Python's may be called in the middle of a write, and Textual's write to the terminal themselves:
        what the terminal had taken of the frame would be sent once more.
        """
        handler = signal.getsignal(number)
        if not callable(handler):
            return
        loop = self._loop_of_app

        def rise(number: int, frame: FrameType | None) -> None:
            # Stopped, we write nothing: going on may begin at once, before anything else would be drawn in vain.
            if loop.is_closed() or (number == signal.SIGCONT and self._frames is None):
                handler(number, frame)
            elif number == signal.SIGCONT:
                # Stopped by what cannot be caught, we never left the screen: Textual would enter it a second time, and
                # take our own mode for the one it found. Who knows what the terminal has been used for since.
                loop.call_soon_threadsafe(self.enter_anew)
            else:
                loop.call_soon_threadsafe(handler, number, None)

        signal.signal(number, rise)

    @property
    def backlog(self) -> int:
        """How many writes wait for the terminal to take them; a stalled line lets them grow."""
        return self._frames.waiting if self._frames is not None else self.queued

    def write(self, data: str) -> None:
        early = TerminalDriver.early
        if TerminalDriver.signs is not None:
            data = data.translate(TerminalDriver.signs)
        if data == ENTER_SCREEN and early is not None and early.is_shown:
            early.hand_over()
        elif self._frames is not None:
            self._frames.write(data)
        else:
            super().write(data)

    def start_application_mode(self) -> None:
        early = TerminalDriver.early
        is_shown = early is not None and early.is_shown
        self._is_listening = True
        if self.is_fit:
            self._frames = FrameWriter.of(self._screen_file, self._loop_of_app, self._say_lost)
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if early is not None and is_shown:
            # What it found is the silence we made.
            self.attrs_before = early.attributes

    def send_message(self, message: Message) -> None:
        if threading.get_ident() == self._thread_of_app:
            self._monitor.post_message(message)
        else:
            super().send_message(message)

    def read_keys(self) -> None:
        # Textual's thread wakes ten times a second to see whether it should end, and a key waits for two changes of
        # thread. The loop, which has to wake anyway, can as well read: the thread hands the terminal over and is gone.
        if sys.platform == "linux":
            self._loop_of_app.call_soon_threadsafe(self._read_on_loop)
        else:
            self._read_in_thread()

    def _read_on_loop(self) -> None:
        if not self._is_listening or self._reader is not None:
            return
        loop, take = self._loop_of_app, self.process_message
        reader = KeyReader(self.fileno, loop, take, self._say_lost, self._read_plainly)
        try:
            reader.start()
        except OSError:
            # What epoll cannot watch, such as a file.
            self.read_in_thread(self._read_in_thread)
        else:
            self._reader = reader

    def _read_plainly(self, words: str) -> None:
        self._reader = None
        self.read_in_thread(self._read_in_thread)
        failed = TerminalDriver.failed
        if failed is not None:
            failed(words)

    def _read_in_thread(self) -> None:
        try:
            self.run_input_thread()
        except OSError:
            # A pty whose other end is closed reads as an error: nobody sits there any more.
            self._say_lost()

    def close(self) -> None:
        if self._frames is not None:
            self._frames.close()
            self._frames = None
        super().close()

    def disable_input(self) -> None:
        self._is_listening = False
        if self._reader is not None:
            self._reader.stop()
            self._reader = None
        super().disable_input()

    def _say_lost(self) -> None:
        on_lost = TerminalDriver.on_lost
        if on_lost is not None and not self._loop_of_app.is_closed():
            self._loop_of_app.call_soon_threadsafe(on_lost, self._monitor)


def screen_file() -> TextIO:
    """The stream that shows a screen: standard error if it is a terminal, else standard output.

    Raises:
        UnsupportedOperation: neither is.
    """
    for stream in (sys.__stderr__, sys.__stdout__):
        if stream is not None and stream.isatty():
            return stream
    raise UnsupportedOperation("neither standard output nor standard error is a terminal")


def restore_terminal(before: list[Any] | None) -> None:
    """Put the terminal back without waiting for anybody: what it does not take at once is lost.

    Args:
        before: what `termios.tcgetattr` said of it at the start.
    """
    # To set a terminal's mode from the background would stop us; who blocks the signal may.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
    for file in (2, 1):
        if os.isatty(file):
            os.set_blocking(file, False)
            try:
                os.write(file, RESTORE.encode())
            except OSError:
                return
            finally:
                os.set_blocking(file, True)
            break
    if before is not None and os.isatty(0):
        try:
            termios.tcsetattr(0, termios.TCSANOW, before)
        except termios.error:
            return
