"""Writes to the terminal on the event loop, and never waits for it.

Textual hands each frame to a thread, because a write to a terminal that takes nothing waits. While something computes,
that thread has to wait for the interpreter, and the frame with it. A terminal opened once more can be written to
without waiting; its other openings, which the shell uses too, stay as they are.
"""

from __future__ import annotations

import asyncio
import os
import select
import time
from collections import deque
from collections.abc import Callable
from typing import TextIO

CLOSING_SECONDS = 0.5
"""How long the terminal may take for what is left at the end."""


class FrameWriter:
    """Writes text to a file descriptor of the terminal without waiting for it.

    Args:
        file: its descriptor, which does not wait.
        encoding: of the terminal.
        loop: tells when the terminal takes more.
        lost: called when nobody sits at the terminal any more.
    """

    def __init__(self, file: int, encoding: str, loop: asyncio.AbstractEventLoop, lost: Callable[[], None]) -> None:
        self._file, self._encoding, self._loop, self._lost = file, encoding, loop, lost
        self._waiting: deque[bytes] = deque()
        self._is_lost = False

    @classmethod
    def of(cls, stream: TextIO, loop: asyncio.AbstractEventLoop, lost: Callable[[], None]) -> FrameWriter | None:
        """The terminal behind a stream opened once more; None where it has no name or may not be opened."""
        flags = os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            file = os.open(os.ttyname(stream.fileno()), flags)
        except OSError:
            return None
        # In a container the name may be that of another terminal.
        if os.fstat(file).st_rdev != os.fstat(stream.fileno()).st_rdev:
            os.close(file)
            return None
        return cls(file, stream.encoding or "utf-8", loop, lost)

    @property
    def waiting(self) -> int:
        """How many writes the terminal has not taken yet."""
        return len(self._waiting)

    def write(self, text: str) -> None:
        """Write now, or as soon as what waits before it is written."""
        if self._is_lost or not text:
            return
        self._waiting.append(text.encode(self._encoding, "replace"))
        if len(self._waiting) == 1 and not self._write_waiting() and not self._is_lost:
            self._loop.add_writer(self._file, self._go_on)

    def close(self) -> None:
        """Write what waits, as far as the terminal takes it in a moment, and close this opening."""
        self._loop.remove_writer(self._file)
        poll = select.poll()
        poll.register(self._file, select.POLLOUT)
        until = time.monotonic() + CLOSING_SECONDS
        while not self._write_waiting() and not self._is_lost and (left := until - time.monotonic()) > 0:
            poll.poll(1e3 * left)
        os.close(self._file)

    def _go_on(self) -> None:
        if self._write_waiting() or self._is_lost:
            self._loop.remove_writer(self._file)

    def _write_waiting(self) -> bool:
        """Write until the terminal takes no more; whether nothing is left."""
        waiting = self._waiting
        while waiting:
            try:
                written = os.write(self._file, waiting[0])
            except BlockingIOError:
                return False
            except OSError:
                self._is_lost = True
                waiting.clear()
                self._lost()
                return False
            if written < len(waiting[0]):
                waiting[0] = waiting[0][written:]
            else:
                waiting.popleft()
        return True
