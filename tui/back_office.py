"""A process beside the monitor that asks, parses, stores and assembles, so that no key ever waits for a parser.

It is started when it is first needed, and ends with the monitor however that ends, because its input does. Nothing
depends on it: where it cannot be had, the same work is done in threads of the monitor. The two speak in lines of JSON;
what is large goes through the archive and through copies in the cache, which the monitor maps into its memory.
"""

from __future__ import annotations

import asyncio
import base64
import json
import pickle
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import count
from queue import SimpleQueue
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, Final

from tui.child_process import started
from tui.clock import Clock, system_clock
from tui.errors import SourceError

if TYPE_CHECKING:
    from analytics.short_volume import SoldShort
    from tui.configuration import Options

COMMAND: Final = (sys.executable, "-m", "tui.back_office_process")
STARTS: Final = 3
"""How often running it may end by itself before it is given up."""
LONG: Final = 600.0
"""Seconds after which an end is no longer laid to the last start."""
RESTART_SECONDS: Final = 2.0
LEAVE_SECONDS: Final = 1.0
"""How long it may take to put down what it has in hand when the monitor is left. What is stored is stored whole."""

Progress = Callable[[str, int, int], None]


class OfficeClosedError(Exception):
    """There is no back office to do this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollingWords:
    """How the polling goes, as the back office said last."""

    is_polling: bool = False
    filling: str = ""
    complaint: str = ""


class BackOffice:
    """The process, whether it runs or not. May be used from any thread."""

    def __init__(
        self,
        greeting: Mapping[str, Any],
        command: Sequence[str] = COMMAND,
        restart_seconds: float = RESTART_SECONDS,
    ) -> None:
        """A back office that has not been opened.

        Args:
            greeting: the first line it is told: how to poll, and where; see `greeting_of`.
            command: starts the process.
            restart_seconds: how long one that ended by itself is left alone.
        """
        self._greeting, self._command = dict(greeting), tuple(command)
        self._restart_seconds = restart_seconds
        self._lock = Lock()
        self._process: subprocess.Popen[str] | None = None
        self._is_left = False
        self._numbers = count(1)
        self._waiting: dict[int, SimpleQueue[dict[str, Any] | None]] = {}
        self._at_end: list[Callable[[], object]] = []
        self._attended: dict[str, Any] = {}
        self.polling = PollingWords()

    @property
    def process(self) -> int | None:
        """The process's number while it runs."""
        return self._process.pid if self._process is not None else None

    def open(self) -> bool:
        """Start the process unless it runs; whether it could be. Blocks for some milliseconds."""
        with self._lock:
            if self._is_left:
                return False
            if self._process is not None:
                return True
            try:
                self._process = process = started(self._command)
            except OSError:
                return False
            Thread(target=self._hear, args=(process,), name="back office", daemon=True).start()
            # Before anybody else can speak to it. One that has ended already was started all the same.
            if _told(process, self._greeting) and self._attended:
                _told(process, self._attended)
            return True

    def close(self) -> None:
        """Have it put everything down and end; it is not started again. Blocks until it is gone."""
        with self._lock:
            self._is_left, process = True, self._process
        if process is None or process.stdin is None:
            return
        with suppress(OSError):
            process.stdin.close()
        try:
            process.wait(LEAVE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    async def poll(self) -> None:
        """Have it poll; returns when it cannot be had any more, having been started anew now and then."""
        loop = asyncio.get_running_loop()
        ends = 0
        while ends < STARTS and await asyncio.to_thread(self.open):
            began, ended = loop.time(), asyncio.Event()
            self._when_ended(partial(loop.call_soon_threadsafe, ended.set))
            if not self._tell({"do": "poll"}):
                self._end_deaf()
            # Also of one that could not be told: it has been started only once until it is known to have ended.
            await ended.wait()
            ends = 1 if loop.time() - began > LONG else ends + 1
            await asyncio.sleep(self._restart_seconds)

    def attend(self, watched: Sequence[str], viewed: Sequence[str]) -> None:
        """Tell it, unless it knows, which names somebody looks at; one that is started later is told, too.

        A line of two kilobytes into an empty pipe: nobody waits.

        Args:
            watched: the names whose last prices are wanted most.
            viewed: the names that were looked at alone, the last one first.
        """
        attended = {"do": "attend", "watched": list(watched), "viewed": list(viewed)}
        if attended != self._attended:
            with self._lock:
                self._attended = attended
                if self._process is not None:
                    _told(self._process, attended)

    def read(self, since: date | None, until: date | None, progress: Progress, complain: Callable[[str], None]) -> str:
        """Have the archive's listings assembled; the key their copy is kept under. Blocks for seconds.

        Raises:
            SourceError: they cannot be.
            OfficeClosedError: nobody is there to do it.
        """
        wish = {"since": since and since.isoformat(), "until": until and until.isoformat()}
        for said in self._asked({"do": "read", **wish}):
            if "complaint" in said:
                complain(said["complaint"])
            elif "words" in said:
                progress(said["words"], said["done"], said["total"])
            else:
                return str(said["key"])
        raise OfficeClosedError

    def sold_short(self, symbol: str) -> SoldShort:
        """What the archive knows of a name's off-exchange short selling in a year. Blocks for half a second.

        Raises:
            SourceError: the archive cannot be read.
            OfficeClosedError: nobody is there to read it.
        """
        for said in self._asked({"do": "sold short", "symbol": symbol}):
            return sold_short_of(symbol, said)
        raise OfficeClosedError

    def _asked(self, wish: dict[str, Any]) -> Any:
        """What is said to a wish, until the answer or an error ends it."""
        number, said = next(self._numbers), SimpleQueue[dict[str, Any] | None]()
        self._waiting[number] = said
        try:
            if not self.open() or not self._tell({**wish, "number": number}):
                raise OfficeClosedError
            while (one := said.get()) is not None:
                if "error" in one:
                    raise SourceError(one["error"])
                yield one
            raise OfficeClosedError
        finally:
            del self._waiting[number]

    def _tell(self, wish: Mapping[str, Any]) -> bool:
        with self._lock:
            return self._process is not None and _told(self._process, wish)

    def _end_deaf(self) -> None:
        """End a process that takes no wish any more, if it has not ended by itself."""
        with self._lock:
            if self._process is not None:
                self._process.kill()

    def _when_ended(self, call: Callable[[], object]) -> None:
        with self._lock:
            is_running = self._process is not None
            if is_running:
                self._at_end.append(call)
        if not is_running:
            call()

    def _hear(self, process: subprocess.Popen[str]) -> None:
        """In a thread, for as long as it speaks."""
        assert process.stdout is not None
        # One that is killed may leave half a line behind, and nothing after it.
        with process.stdout, suppress(ValueError):
            for line in process.stdout:
                self._take(json.loads(line))
        process.wait()
        with self._lock:
            self._process, calls, self._at_end = None, self._at_end, []
            waiting = list(self._waiting.values())
        if process.stdin is not None:
            with suppress(OSError):
                process.stdin.close()
        self.polling = PollingWords()
        for said in waiting:
            said.put(None)
        for call in calls:
            # Whoever waited may have left, and the loop with him.
            with suppress(RuntimeError):
                call()

    def _take(self, said: dict[str, Any]) -> None:
        if "number" in said:
            waiting = self._waiting.get(said.pop("number"))
            if waiting is not None:
                waiting.put(said)
        elif "polling" in said:
            self.polling = PollingWords(**said["polling"])


def _told(process: subprocess.Popen[str], wish: Mapping[str, Any]) -> bool:
    """Whether a line could be handed over; not to one that is gone, or told to go."""
    assert process.stdin is not None
    try:
        process.stdin.write(json.dumps(wish) + "\n")
        process.stdin.flush()
    except (OSError, ValueError):
        return False
    return True


def sold_short_of(symbol: str, said: Mapping[str, Any]) -> SoldShort:
    """What `sold_short_words` made JSON of."""
    import numpy as np

    from analytics.short_volume import SoldShort

    return SoldShort(
        symbol=symbol,
        sessions=np.array(said["sessions"], "datetime64[D]"),
        short=np.array(said["short"], np.float64),
        total=np.array(said["total"], np.float64),
    )


def sold_short_words(history: SoldShort) -> dict[str, list[Any]]:
    """A name's history as JSON has it: a year is 252 sessions."""
    return {
        "sessions": history.sessions.astype(str).tolist(),
        "short": history.short.tolist(),
        "total": history.total.tolist(),
    }


def greeting_of(options: Options, clock: Clock) -> dict[str, Any]:
    """What the back office of a monitor is told first. Keys are no options: it finds them where the monitor would."""
    return {
        "options": base64.b64encode(pickle.dumps(options)).decode(),
        # The machine's clock jumps when a laptop wakes up, and so must the other process's.
        "now": None if clock is system_clock else clock().isoformat(),
    }
