"""A program in a pseudo-terminal, every byte kept with its arrival time, and read afterwards through an emulator.

While the clock runs nothing is parsed but the queries a modern terminal answers: the emulator costs no figure a thing.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks._screen import Emulator

SYNC_END = b"\x1b[?2026l"
ANSWERS = {b"\x1b[?2026$p": b"\x1b[?2026;2$y", b"\x1b[?2048$p": b"\x1b[?2048;0$y", b"\x1b[c": b"\x1b[?62;22c"}
TICKS = os.sysconf("SC_CLK_TCK")


class Usage(NamedTuple):
    """What a process and its children hold and have used."""

    cpu_seconds: float
    megabytes: float


class Program:
    """A program on a terminal of its own; use it in a `with` block."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], columns: int = 120, rows: int = 40
    ) -> None:
        self.size = columns, rows
        self.chunks: list[tuple[float, bytes]] = []
        """When each piece arrived, in seconds since the start, and the piece."""
        self.has_ended = False
        self.began = time.perf_counter()
        self.process, self._file = pty.fork()
        if not self.process:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            os.execvpe(command[0], list(command), dict(environment))
        fcntl.ioctl(self._file, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_: object) -> None:
        if not self.has_ended:
            os.kill(self.process, signal.SIGTERM)
            deadline = time.perf_counter() + 3
            while not self.has_ended and time.perf_counter() < deadline:
                self.watch(0.05)
            os.kill(self.process, signal.SIGKILL)
        os.close(self._file)
        os.waitpid(self.process, 0)

    def now(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self.began

    def send(self, keys: str) -> float:
        """Type; returns when."""
        at = self.now()
        os.write(self._file, keys.encode())
        return at

    def watch(self, seconds: float) -> int:
        """Take what arrives for so long; returns how many bytes that was."""
        before, until = len(self.chunks), self.now() + seconds
        while not self.has_ended and (left := until - self.now()) > 0:
            self._take(left)
        return sum(len(data) for _, data in self.chunks[before:])

    def settle(self, quiet: float = 0.4, at_most: float = 60.0) -> None:
        """Take what arrives until nothing has for a while."""
        until = self.now() + at_most
        while not self.has_ended and self.now() < until:
            if not self._take(quiet):
                return

    def wait_for(self, words: str, at_most: float = 60.0) -> None:
        """Take what arrives until words have been on the screen.

        Raises:
            TimeoutError: they never were.
        """
        emulator, read = Emulator(*self.size), 0
        until = self.now() + at_most
        while words not in emulator.text():
            if self.now() > until or self.has_ended:
                raise TimeoutError(emulator.text())
            self._take(0.1)
            for _, data in self.chunks[read:]:
                emulator.feed(data)
            read = len(self.chunks)

    def _take(self, at_most: float) -> bool:
        ready, _, _ = select.select([self._file], [], [], at_most)
        if not ready:
            return False
        try:
            data = os.read(self._file, 1 << 16)
        except OSError:
            data = b""
        if not data:
            self.has_ended = True
            return False
        self.chunks.append((self.now(), data))
        for query, reply in ANSWERS.items():
            if query in data:
                os.write(self._file, reply)
        return True

    def usage(self) -> Usage:
        """What the program and its children hold and have used by now."""
        cpu = memory = 0.0
        for process in _family(self.process):
            try:
                times = Path(f"/proc/{process}/stat").read_text().rsplit(") ", 1)[1].split()
                status = Path(f"/proc/{process}/status").read_text()
            except OSError:
                continue
            cpu += sum(map(int, times[11:13])) / TICKS
            memory += next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")), 0) / 1024
        return Usage(cpu, memory)

    def since(self, moment: float) -> list[tuple[float, bytes]]:
        """What arrived after a moment."""
        return [chunk for chunk in self.chunks if chunk[0] >= moment]


def _family(process: int) -> Iterator[int]:
    """The process and those it started, from whichever of its threads."""
    yield process
    for children in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            found = children.read_text().split()
        except OSError:
            continue  # The thread has ended meanwhile.
        for child in found:
            yield from _family(int(child))
