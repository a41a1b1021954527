"""Has what is kept of one name read in a process of its own, which takes its libraries and memory along as it goes.

The process is started when it is first needed, answers order after order, and ends by itself when it has had none for
some seconds: whoever walks from name to name waits for its start once.

    python -m tui.processes.name_reading   with orders to read names as lines of standard input
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Final

import msgspec

from tui.errors import SourceError
from tui.processes.messages import MessageError, NamePartRead, ReadNameRecords, Report, line_of, order_of, report_of
from tui.processes.name_parts import ReadPart, part_as_bytes, part_in, parts_of_name
from tui.processes.start import started

SECONDS_WITHOUT_ORDER: Final = 5.0
"""For which the process waits before it ends."""
ENDED: Final = "the process that reads names ended before it was done"


class NameReading:
    """Reads names in a child process, one order after the other.

    Args:
        command: what to start.
    """

    def __init__(self, command: tuple[str, ...] = (sys.executable, "-m", "tui.processes.name_reading")) -> None:
        self._command, self._numbers, self._turn = command, count(1), Lock()
        self._child: subprocess.Popen[str] | None = None

    def read(self, asked: ReadNameRecords) -> Iterator[ReadPart]:
        """The parts asked for, as they are read. Blocks: take it in a thread.

        Whoever wants no more of them closes the iterator: the process is ended then.

        Raises:
            SourceError: the process could not be started, or ended before it was done.
        """
        with self._turn:
            order = msgspec.structs.replace(asked, number=next(self._numbers))
            is_done = False
            try:
                child = self._told(order)
                assert child.stdout is not None
                for line in child.stdout:
                    said = report_of(line)
                    if isinstance(said, NamePartRead) and said.number == order.number:
                        if said.is_end:
                            is_done = True
                            return
                        found = None if said.packed is None else part_in(said.part, said.packed)
                        yield ReadPart(said.part, found, said.lack)
                raise SourceError(ENDED)
            finally:
                if not is_done:
                    self._end()

    def _told(self, order: ReadNameRecords) -> subprocess.Popen[str]:
        """A child that has heard an order: the one there is, or another where that has ended meanwhile."""
        for _ in range(2):
            child = self._child
            if child is not None and child.poll() is not None:
                self._end()
                child = None
            if child is None:
                try:
                    child = self._child = started(self._command)
                except OSError as error:
                    raise SourceError(f"the process that reads names cannot be started: {error.strerror}") from error
                # It ends by itself, when nobody looks.
                Thread(target=self._see_off, args=(child,), daemon=True, name="end of name reading").start()
            assert child.stdin is not None
            assert child.stdout is not None
            try:
                child.stdin.write(line_of(order))
                child.stdin.flush()
                heard = child.stdout.readline()
            except OSError:
                heard = ""
            if heard:
                return child
            self._end()
        raise SourceError(ENDED)

    def _see_off(self, child: subprocess.Popen[str]) -> None:
        """Wait for a child's own end, and close what led to it. Blocks: it has a thread."""
        child.wait()
        with self._turn:
            if self._child is child:
                self._end()

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            for pipe in (child.stdin, child.stdout):
                # What was still to be written goes to nobody.
                with suppress(OSError):
                    if pipe is not None:
                        pipe.close()


READING: Final = NameReading()
"""The process of this program, none until it is needed."""


def _say(said: Report) -> None:
    print(line_of(said), end="", flush=True)


def _listen(orders: SimpleQueue[str]) -> None:
    """Hand on what is asked; when our input ends whoever asked has gone."""
    for line in sys.stdin:
        orders.put(line)
    os._exit(0)


def main() -> int:
    """Answer orders until there is none for a while; returns the exit code."""
    orders: SimpleQueue[str] = SimpleQueue()
    Thread(target=_listen, args=(orders,), daemon=True).start()
    while True:
        try:
            order = order_of(orders.get(timeout=SECONDS_WITHOUT_ORDER))
        except Empty:
            os._exit(0)  # The other thread still waits for a line.
        if not isinstance(order, ReadNameRecords):
            raise MessageError("the one order is to read the records of a name")
        # That it was heard, before anything is read: a process that had just ended says nothing.
        _say(NamePartRead(number=order.number))
        for part in parts_of_name(order):
            content = None if part.found is None else part_as_bytes(part.found)
            _say(NamePartRead(number=order.number, part=part.name, packed=content, lack=part.lack))
        _say(NamePartRead(number=order.number, is_end=True))


if __name__ == "__main__":
    sys.exit(main())
