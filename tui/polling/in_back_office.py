"""What the back office does: polls, or waits for its turn to; assembles listings when asked; ends with its input.

python -m tui.polling.in_back_office    with wishes as lines of JSON on standard input; see `tui.processes.back_office`
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import pickle
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, Final, TextIO

from providers.feeds.poller import NAP
from tui.clock import Clock, clock_set_to, system_clock
from tui.memory import give_memory_back, keep_little
from tui.polling.watch import Make, Polling, PublicWatch
from tui.processes.back_office import LEAVE_SECONDS, sold_short_words

if TYPE_CHECKING:
    from providers.feeds.feed import FeedState, Ledger

SAY_SECONDS: Final = 0.5
"""How often the monitor is told how the polling goes, if that changed."""
NICE: Final = 5
"""Keys come first where there is but one processor."""


@dataclass(slots=True)
class Attended:
    """The names somebody looks at, as `tui.polling.fresh_market` tells them."""

    watched: tuple[str, ...] = ()
    viewed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Duties:
    """What a back office works with."""

    archive: Path
    cache: Path
    """Where copies of listings are kept."""
    clock: Clock
    make: Make
    """Makes what is polled with, once this is the one that polls."""
    attended: Attended = field(default_factory=Attended)
    """What the monitor's screens show, as it said last."""
    pace: float = 1.0
    nap: float = NAP


def serve(duties: Duties) -> None:
    """Do what standard input says until it ends."""
    keep_little()
    voice = _Voice(sys.stdout)
    # Whatever a library has to say is no line of ours.
    sys.stdout = sys.stderr
    asyncio.run(_Service(duties, voice).run())


class _Voice:
    """Says lines on standard output from a thread of its own: a monitor that is stopped must not stop the polling."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lines: SimpleQueue[str] = SimpleQueue()
        Thread(target=self._speak, daemon=True).start()

    def say(self, **said: object) -> None:
        self._lines.put(json.dumps(said) + "\n")

    def _speak(self) -> None:
        try:
            while True:
                self._stream.write(self._lines.get())
                self._stream.flush()
        except OSError:
            pass  # Nobody listens any more, and our input is about to say so.


class _Service:
    def __init__(self, duties: Duties, voice: _Voice) -> None:
        self._duties, self._voice = duties, voice
        self._wishes: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        self._watch: PublicWatch | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        # One market at a time: two would take twice the memory.
        self._room = asyncio.Lock()

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        Thread(target=self._listen, args=(loop,), daemon=True).start()
        try:
            while (wish := await self._wishes.get()) is not None:
                if wish["do"] == "poll" and self._watch is None:
                    self._poll()
                elif wish["do"] == "attend":
                    self._duties.attended.watched = tuple(wish["watched"])
                    self._duties.attended.viewed = tuple(wish["viewed"])
                elif wish["do"] == "read":
                    self._begin(self._answer(wish, self._assembled))
                elif wish["do"] == "sold short":
                    self._begin(self._answer(wish, self._sold_short))
        finally:
            for task in self._tasks:
                task.cancel()
            if self._watch is not None:
                await self._watch.stop()

    def _listen(self, loop: asyncio.AbstractEventLoop) -> None:
        """In a thread: whoever asked has gone when the input ends, however that came about."""
        for line in sys.stdin:
            loop.call_soon_threadsafe(self._wishes.put_nowait, json.loads(line))
        loop.call_soon_threadsafe(self._wishes.put_nowait, None)
        # A thread that waits for a server would hold us up for a minute. What is stored is stored whole or not at all.
        time.sleep(LEAVE_SECONDS / 2)
        os._exit(0)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _poll(self) -> None:
        duties = self._duties
        self._watch = watch = PublicWatch(duties.archive, duties.clock, duties.make, pace=duties.pace, nap=duties.nap)
        watch.start(lambda _: None)
        self._begin(self._report(watch))

    async def _report(self, watch: PublicWatch) -> None:
        before: dict[str, Any] = {}
        while True:
            now = {"is_polling": watch.is_polling, "filling": watch.filling, "complaint": watch.complaint}
            if now != before:
                self._voice.say(polling=now)
                before = now
            await asyncio.sleep(SAY_SECONDS)

    async def _answer(self, wish: dict[str, Any], work: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        from providers.errors import ProviderError

        async with self._room:
            try:
                said = await asyncio.to_thread(work, wish)
            except ProviderError as error:
                said = {"error": str(error)}
            await asyncio.to_thread(give_memory_back)
        self._voice.say(number=wish["number"], **said)

    def _sold_short(self, wish: dict[str, Any]) -> dict[str, Any]:
        from providers.archive.short_volume import year_of
        from providers.archive.vintages import Archive

        return sold_short_words(year_of(Archive(self._duties.archive), wish["symbol"], self._duties.clock()))

    def _assembled(self, wish: dict[str, Any]) -> dict[str, Any]:
        from providers.public.source import PublicProvider

        number = wish["number"]
        since, until = (date.fromisoformat(wish[name]) if wish[name] else None for name in ("since", "until"))
        provider = PublicProvider(
            self._duties.archive,
            clock=self._duties.clock,
            cache=self._duties.cache,
            complain=lambda words: self._voice.say(number=number, complaint=words),
        )
        _, key = provider.read_and_keep(
            since=since,
            until=until,
            progress=lambda words, done, total: self._voice.say(number=number, words=words, done=done, total=total),
        )
        return {"key": key}


def main() -> int:
    """Serve one monitor; returns the exit code."""
    if hasattr(os, "nice"):
        os.nice(NICE)
    greeting = json.loads(sys.stdin.readline() or "null")
    if greeting is None:
        return 0
    options = pickle.loads(base64.b64decode(greeting["options"]))
    clock = clock_set_to(datetime.fromisoformat(greeting["now"])) if greeting["now"] else system_clock

    attended = Attended()

    def make(ledger: Ledger, earlier: Sequence[FeedState]) -> Polling:
        # Not before it is our turn: what asks and parses is a hundred megabytes.
        from tui.polling.assembly import public_polling

        polling = public_polling(options, clock, lambda: attended.watched, lambda: attended.viewed)
        return polling(ledger, earlier)

    cache = options.paths.cache / "listings"
    serve(Duties(archive=options.paths.archive, cache=cache, clock=clock, make=make, attended=attended))
    return 0


if __name__ == "__main__":
    sys.exit(main())
