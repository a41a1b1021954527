"""Keeps events in the log from a thread of its own: nobody who tells one waits for a disk, or hears of its errors.

What cannot be written is kept for a while, and said in words where a user looks; what is lost in the end is counted in
the log itself.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue
from threading import Event as Signal
from threading import RLock, Thread
from time import monotonic
from typing import Any, Final, Self

from providers.events import ROOT, Event, Events
from providers.redaction import struck_out
from tui.clock import Clock
from tui.errors import ReportedError
from tui.log_file import LogFile

OFF: Final = "off"
"""The level at which nothing is kept."""
LONGEST_LINE: Final = 1_000
"""Characters; a line that is longer loses its end."""
MOST_EVENTS_WAITING: Final = 20_000
"""Events that may wait for the disk; of more the oldest are lost, and counted."""
LINES_WRITTEN_AT_ONCE: Final = 500
"""Lines written in one go."""
FLUSH_SECONDS: Final = 1.0
"""The longest wait for the disk where the process has to end at once."""
CLOSE_SECONDS: Final = 5.0
"""The longest wait for a slow disk or for other processes where it ends in good order."""
_run: Final = Events("run")
_TimedRecord = tuple[datetime, logging.LogRecord]
"""An event with the moment it was told."""


class EventLog(logging.Handler):
    """Keeps the events of this process, from `open` to `close`, also those told before `start`.

    Args:
        folder: where the files are; made if need be.
        level: of `tui.settings.options.LOG_LEVELS`.
        clock: the program's.
        secrets: texts that must not get into the file; asked whenever lines are written, in the log's thread.
    """

    def __init__(self, folder: Path, level: str, clock: Clock, secrets: Callable[[], Sequence[str]] = tuple) -> None:
        super().__init__()
        self.file = LogFile(folder)
        self.complaint = ""
        """Why events could not be written last, in words; empty when they could."""
        self._level, self._clock, self._secrets = level, clock, secrets
        self._queue: SimpleQueue[_TimedRecord | Signal] = SimpleQueue()
        self._unwritten: deque[_TimedRecord] = deque()
        self._lost = 0
        self._is_waiting = False
        """Whether nothing but another process that writes stood in the way last."""
        self._thread: Thread | None = None
        # Of the kind that may be taken twice: a signal's handler may start it in the middle of a start.
        self._starting = RLock()
        self._is_open = False

    def open(self) -> None:
        """Keep from now on what is told at this level or a graver one. Starts no thread and touches no disk."""
        if self._level != OFF:
            logger = logging.getLogger(ROOT)
            logger.setLevel(self._level.upper())
            logger.addHandler(self)
            self._is_open = True

    def start(self) -> None:
        """Begin to write, in a thread, what was told and what will be."""
        with self._starting:
            if self._is_open and self._thread is None:
                self._thread = Thread(target=self._work, name="event log", daemon=True)
                self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Put an event in line."""
        if self._queue.qsize() < MOST_EVENTS_WAITING:
            self._queue.put((self._clock(), record))
        else:
            self._lost += 1

    def flush(self) -> None:
        """Wait until what was told is written, or for a second."""
        if self._is_open:
            self._is_tried(FLUSH_SECONDS)

    def close(self) -> None:
        """Write what was told, and keep nothing more; what is left over is complained of."""
        if self._is_open:
            logger = logging.getLogger(ROOT)
            logger.removeHandler(self)
            logger.setLevel(logging.NOTSET)
            self._close_down()
            self._is_open = False
        super().close()

    def _close_down(self) -> None:
        deadline = monotonic() + CLOSE_SECONDS
        is_tried = self._is_tried(CLOSE_SECONDS)
        # Others write, too: their turn ends.
        while is_tried and self._is_waiting and monotonic() < deadline:
            is_tried = self._is_tried(max(deadline - monotonic(), 0.0))
        if not is_tried:
            left = len(self._unwritten) + self._queue.qsize()
            self.complaint = f"the log {self.file.path} is too slow: about {left:,} events are not in it"

    def _is_tried(self, seconds: float) -> bool:
        """Wait until what was told is written, or cannot be; whether either came within so many seconds."""
        # A queue and an event of its own: a signal's handler may come here from the middle of another call.
        self.start()
        tried = Signal()
        self._queue.put(tried)
        return tried.wait(seconds)

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _work(self) -> None:
        while True:
            one = self._queue.get()
            signals: list[Signal] = []
            while True:
                if isinstance(one, Signal):
                    signals.append(one)
                else:
                    self._unwritten.append(one)
                if self._queue.empty():
                    break
                one = self._queue.get()
            # Whatever it is, the program goes on without its log, and somebody is told.
            self._is_waiting = False
            try:
                self._write()
            except Exception as error:
                self._is_waiting = isinstance(error, TimeoutError)
                reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
                self.complaint = struck_out(f"the log {self.file.path} cannot be written: {reason}")
            for signal in signals:
                signal.set()

    def _write(self) -> None:
        while len(self._unwritten) > MOST_EVENTS_WAITING:
            self._unwritten.popleft()
            self._lost += 1
        while self._unwritten:
            secrets = tuple(self._secrets())
            batch = [self._unwritten[at] for at in range(min(LINES_WRITTEN_AT_ONCE, len(self._unwritten)))]
            lines = [_line(moment, record, secrets) for moment, record in batch]
            lost = self._lost
            if lost:
                moment, record = batch[0]
                reason = self.complaint or "more was told than could be written"
                words = Event("lost", {"events": str(lost), "reason": reason}).words(secrets)
                lines.insert(0, _line_of(moment, "warning", record.process, "log", words))
            self.file.append(lines)
            self._lost -= lost
            for _ in batch:
                self._unwritten.popleft()
            self.complaint = ""


def complaint_of_log() -> str:
    """Why the events of this process could not be written last, in words; empty when they could, or none are kept."""
    kept = [handler for handler in logging.getLogger(ROOT).handlers if isinstance(handler, EventLog)]
    return next((one.complaint for one in kept if one.complaint), "")


class LoggedRun:
    """One run of a command, from its first event to its last."""

    code: int | None = None
    """What it ended with, once it has."""


@contextmanager
def logged_run(log: EventLog, command: str, **facts: Any) -> Iterator[LoggedRun]:
    """Keep the events of the block, the first of which says that a command began, the last how it ended.

    Args:
        log: where.
        command: its name.
        facts: what else is to be known of it, such as its source.
    """
    from tui import __version__

    began, run = monotonic(), LoggedRun()
    with log:
        _run.info("start", command=command, version=__version__, **facts)
        try:
            yield run
        except BaseException as error:
            # A reason that was foreseen, or somebody who ended it; anything else nobody foresaw.
            is_foreseen = isinstance(error, ReportedError) or not isinstance(error, Exception)
            tell = _run.warning if is_foreseen else _run.error
            words = f"{type(error).__name__.lstrip('_')}: {error}".rstrip(": ")
            tell("end", command=command, seconds=round(monotonic() - began, 1), failure=words)
            raise
        _run.info("end", command=command, code=run.code, seconds=round(monotonic() - began, 1))


def _line(moment: datetime, record: logging.LogRecord, secrets: Sequence[str]) -> str:
    told = record.msg
    # Whoever else uses our loggers tells a sentence.
    words = told.words(secrets) if isinstance(told, Event) else struck_out(record.getMessage(), secrets)
    part = record.name.removeprefix(f"{ROOT}.")
    return _line_of(moment, record.levelname.lower(), record.process, part, words)


def _line_of(moment: datetime, level: str, process: int | None, part: str, words: str) -> str:
    at = f"{moment.astimezone(UTC).isoformat(timespec='milliseconds').removesuffix('+00:00')}Z"
    line = f"{at} {level} {process} {part} {words}"
    return line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - 1] + "…"
