"""Starts and talks to the process beside the monitor that polls and parses, so that no key waits for a parser.

It is started when it is first needed, and ends with the monitor however that ends, because its input does. Nothing
depends on it: where it cannot be had, the same work is done in threads of the monitor. The two speak the messages of
`tui.processes.messages`; what is large goes through the archive and through copies in the cache, which the monitor maps
into its memory.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import date
from functools import partial
from itertools import count
from pathlib import Path
from queue import SimpleQueue
from threading import Lock, Thread
from typing import TYPE_CHECKING, Final

from providers.catalog import CARDS
from providers.events import Events
from tui.clock import Clock, system_clock
from tui.errors import ArchiveLackError, SourceError
from tui.processes.messages import (
    ArchiveChanged,
    Begin,
    CatchUp,
    CaughtUp,
    Complaint,
    Failed,
    FillArchive,
    FillingEnded,
    FillingPlan,
    ListingsStored,
    MessageError,
    NumberedReport,
    Order,
    PlanFilling,
    PlannedRequests,
    Poll,
    PollingOptions,
    PollingState,
    ReadingProgress,
    ReadListings,
    ReadSoldShort,
    Report,
    SoldShortYear,
    StopFilling,
    line_of,
    report_of,
)
from tui.processes.start import started

if TYPE_CHECKING:
    from providers.base import Progress
    from shortside.listings import Listings
    from shortside.one_name.short_volume import SoldShort
    from tui.settings.configuration import Options

_events: Final = Events("office")
COMMAND: Final = (sys.executable, "-m", "tui.polling.in_back_office")
MOST_STARTS: Final = 3
"""How often in a row the process may end by itself before it is given up."""
SECONDS_OF_A_STEADY_RUN: Final = 600.0
"""After so many seconds the end of the process no longer counts as a failed start."""
RESTART_SECONDS: Final = 2.0
SECONDS_TO_END: Final = 1.0
"""How long it may take to put down what it has in hand when the monitor is left. What is stored is stored whole."""


class OfficeClosedError(Exception):
    """No back office process runs that could carry out an order."""


class BackOffice:
    """The process that polls and parses for a monitor, whether it runs or not. May be used from any thread."""

    def __init__(
        self,
        greeting: Begin,
        command: Sequence[str] = COMMAND,
        restart_seconds: float = RESTART_SECONDS,
    ) -> None:
        """A back office that has not been opened.

        Args:
            greeting: the first line it is told: how to poll, and where; `greeting_of` makes it.
            command: starts the process.
            restart_seconds: how long one that ended by itself is left alone.
        """
        self._greeting, self._command = greeting, tuple(command)
        self._restart_seconds = restart_seconds
        self._lock = Lock()
        self._process: subprocess.Popen[str] | None = None
        self._hearing: Thread | None = None
        """Listens to the process."""
        self._is_left = False
        self._numbers = count(1)
        self._waiting: dict[int, SimpleQueue[NumberedReport | None]] = {}
        self._at_end: list[Callable[[], object]] = []
        self.polling = PollingState()
        """How the polling goes, as the back office said last."""
        self.news: Callable[[], object] = lambda: None
        """Told, in a thread, when the office says that the archive has something new."""

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
            except OSError as error:
                _events.error("not_started", reason=error)
                return False
            _events.info("started", office=process.pid)
            self._hearing = Thread(target=self._read_reports, args=(process,), name="back office", daemon=True)
            self._hearing.start()
            # Before anybody else can speak to it. One that has ended already was started all the same.
            _is_handed_over(process, self._greeting)
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
            process.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        # Until it is known to be gone; not for long, as it may be held up by one of those it tells.
        if self._hearing is not None:
            self._hearing.join(SECONDS_TO_END)

    async def poll(self, was_there: Callable[[], bool] = lambda: False) -> None:
        """Have it poll; returns when it cannot be had any more, having been started anew now and then.

        Args:
            was_there: whether the archive has been seen by now, which a process that is started anew cannot know.
        """
        loop = asyncio.get_running_loop()
        ends = 0
        while ends < MOST_STARTS and await asyncio.to_thread(self.open):
            began, ended = loop.time(), asyncio.Event()
            self._when_ended(partial(loop.call_soon_threadsafe, ended.set))
            if not self._send(Poll(was_there=was_there())):
                self._end_unresponsive()
            # Also of one that could not be told: it has been started only once until it is known to have ended.
            await ended.wait()
            ends = 1 if loop.time() - began > SECONDS_OF_A_STEADY_RUN else ends + 1
            await asyncio.sleep(self._restart_seconds)
        if not self._is_left:
            _events.warning("given_up", ends=ends)

    def read(
        self,
        since: date | None,
        until: date | None,
        progress: Progress,
        complain: Callable[[str], None],
        knowledge: date | None = None,
    ) -> str:
        """Have the archive's listings assembled; the key their copy is kept under. Blocks for seconds.

        Raises:
            SourceError: they cannot be.
            OfficeClosedError: nobody is there to do it.
        """
        number = next(self._numbers)
        for said in self._asked(ReadListings(number=number, since=since, until=until, knowledge=knowledge)):
            match said:
                case Complaint(words=words):
                    complain(words)
                case ReadingProgress(words=words, done=done, total=total):
                    progress(words, done, total)
                case ListingsStored(key=key):
                    return key
        raise OfficeClosedError

    def sold_short(self, symbol: str) -> SoldShort:
        """What the archive knows of a name's off-exchange short selling in a year. Blocks for half a second.

        Raises:
            SourceError: the archive cannot be read.
            OfficeClosedError: nobody is there to read it.
        """
        for said in self._asked(ReadSoldShort(number=next(self._numbers), symbol=symbol)):
            if isinstance(said, SoldShortYear):
                return sold_short_of(symbol, said)
        raise OfficeClosedError

    def catch_up(self) -> int:
        """Have the archive take over what the desk has more; how many vintages that were. Blocks for a second.

        Raises:
            SourceError: the desk does not answer, or refuses.
            OfficeClosedError: nobody is there to do it.
        """
        for said in self._asked(CatchUp(number=next(self._numbers))):
            if isinstance(said, CaughtUp):
                return said.vintages
        raise OfficeClosedError

    def plan_filling(self, since: date) -> tuple[PlannedRequests, ...]:
        """What it takes to fill the archive from a day on; nothing where nothing is missing. Blocks for seconds.

        Raises:
            SourceError: the archive cannot be read.
            OfficeClosedError: nobody is there to do it.
        """
        for said in self._asked(PlanFilling(number=next(self._numbers), since=since)):
            if isinstance(said, FillingPlan):
                return said.planned
        raise OfficeClosedError

    def fill(self, since: date, progress: Progress) -> FillingEnded:
        """Fill the archive from a day on; blocks until that is done, or `stop_filling` was called.

        Raises:
            SourceError: the archive cannot be used, or another program is filling it.
            OfficeClosedError: nobody is there to do it, or no longer; what was stored stays.
        """
        for said in self._asked(FillArchive(number=next(self._numbers), since=since)):
            match said:
                case ReadingProgress(words=words, done=done, total=total):
                    progress(words, done, total)
                case FillingEnded():
                    return said
        raise OfficeClosedError

    def stop_filling(self) -> None:
        """Have a filling end when the steps under way are stored."""
        self._send(StopFilling())

    def _asked(
        self, order: ReadListings | ReadSoldShort | CatchUp | PlanFilling | FillArchive
    ) -> Iterator[NumberedReport]:
        """What is said to an order; whoever asks stops listening at the answer.

        Raises:
            SourceError: the order cannot be done.
            OfficeClosedError: nobody is there to do it, or he ended before he had.
        """
        said = self._waiting[order.number] = SimpleQueue[NumberedReport | None]()
        try:
            if not self.open() or not self._send(order):
                raise OfficeClosedError
            while (one := said.get()) is not None:
                if isinstance(one, Failed):
                    raise ArchiveLackError(one.words) if one.is_lack else SourceError(one.words)
                yield one
            raise OfficeClosedError
        finally:
            del self._waiting[order.number]

    def _send(self, order: Order) -> bool:
        with self._lock:
            return self._process is not None and _is_handed_over(self._process, order)

    def _end_unresponsive(self) -> None:
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

    def _read_reports(self, process: subprocess.Popen[str]) -> None:
        """In a thread, for as long as it speaks."""
        assert process.stdout is not None
        # One that is killed may leave half a line behind, and nothing after it; one that says what is no message is of
        # another version, or broken, and there is no talking to it.
        with process.stdout:
            try:
                for line in process.stdout:
                    self._take(report_of(line))
            except (MessageError, UnicodeDecodeError):
                process.kill()
        code = process.wait()
        with self._lock:
            self._process, calls, self._at_end = None, self._at_end, []
            waiting = list(self._waiting.values())
        # Told to leave it ends with 0; whoever kills it, or an error of ours, leaves another code.
        tell = _events.info if self._is_left or code == 0 else _events.warning
        tell("ended", office=process.pid, code=code)
        if process.stdin is not None:
            with suppress(OSError):
                process.stdin.close()
        self.polling = PollingState()
        for said in waiting:
            said.put(None)
        for call in calls:
            # Whoever waited may have left, and the loop with him.
            with suppress(RuntimeError):
                call()

    def _take(self, said: Report) -> None:
        if isinstance(said, PollingState):
            self.polling = said
        elif isinstance(said, ArchiveChanged):
            # Whoever was told may have left, and the loop with him.
            with suppress(RuntimeError):
                self.news()
        elif (waiting := self._waiting.get(said.number)) is not None:
            waiting.put(said)


def _is_handed_over(process: subprocess.Popen[str], order: Order) -> bool:
    """Whether a line could be handed over; not to one that is gone, or told to go."""
    assert process.stdin is not None
    try:
        process.stdin.write(line_of(order))
        process.stdin.flush()
    except (OSError, ValueError):
        return False
    return True


def sold_short_of(symbol: str, said: SoldShortYear) -> SoldShort:
    """The report of a name's short selling as a `SoldShort` of dates and shares."""
    import numpy as np

    from shortside.one_name.short_volume import SoldShort

    return SoldShort(
        symbol=symbol,
        sessions=np.array(said.sessions, "datetime64[D]"),
        short=np.array(said.short, np.float64),
        total=np.array(said.total, np.float64),
    )


def sold_short_year(number: int, history: SoldShort) -> SoldShortYear:
    """A name's off-exchange short selling of the last 252 sessions as a report."""
    return SoldShortYear(
        number=number,
        sessions=tuple(history.sessions.tolist()),
        short=tuple(None if value != value else value for value in history.short.tolist()),
        total=tuple(None if value != value else value for value in history.total.tolist()),
    )


def greeting_of(options: Options, clock: Clock) -> Begin:
    """What the back office of a monitor is told first. Keys are no options: it finds them where the monitor would."""
    # The machine's clock jumps when a laptop wakes up, and so must the other process's.
    return Begin(options=polling_options(options), now=None if clock is system_clock else clock())


def polling_options(options: Options) -> PollingOptions:
    """What polling needs of the settings."""
    return PollingOptions(
        archive=str(options.paths.archive),
        cache=str(options.paths.cache),
        state=str(options.paths.state),
        log_level=options.log_level,
        configuration=str(options.paths.configuration),
        desk=options.desk if options.source == "desk" else None,
        contact=options.contact,
        upstream=options.upstream,
        upstream_ftp=options.upstream_ftp,
        base_urls={name: dict(hosts) for name, hosts in options.base_urls.items()},
        switched_off=tuple(sorted(options.switched_off)),
        credits_a_day={name: options.providers[name].credits_a_day for name, card in CARDS.items() if card.is_metered},
    )


class OfficeReading:
    """Hands over the listings of the archive that the back office made, as `providers.public.source` would.

    Args:
        office: assembles them; where it cannot, this process does.
        root: the archive's folder.
        cache: where copies are kept.
        clock: the present moment.
        complain: told, in a sentence, what went wrong without stopping the reading.
    """

    def __init__(
        self,
        office: BackOffice,
        root: Path,
        cache: Path,
        clock: Clock,
        complain: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.office = office
        self._root, self._cache, self._clock, self._complain = root, cache, clock, complain

    def read_listings(
        self, *, since: date | None, until: date | None, progress: Progress, knowledge: date | None = None
    ) -> Listings:
        """The market as it was public on a day, from one session to another, both included; None is no limit.

        Raises:
            SourceError: there is nothing, or it cannot be read.
            ProviderError: this process had to do it, and cannot.
        """
        from providers.public.source import PublicProvider

        provider = PublicProvider(self._root, clock=self._clock, cache=self._cache, complain=self._complain)
        listings = provider.copy_under(provider.key_of(since=since, until=until, knowledge=knowledge))
        if listings is None:
            with suppress(OfficeClosedError):
                key = self.office.read(since, until, progress, self._complain, knowledge)
                listings = provider.copy_under(key)
        return listings or provider.read_listings(since=since, until=until, progress=progress, knowledge=knowledge)

    def sold_short(self, symbol: str) -> SoldShort:
        """A name's off-exchange short selling of a year, read by the back office, or here where there is none.

        Raises:
            SourceError, ProviderError: the archive cannot be read.
        """
        with suppress(OfficeClosedError):
            return self.office.sold_short(symbol)
        from providers.archive.short_volume import year_of
        from providers.archive.vintages import Archive

        return year_of(Archive(self._root), symbol, self._clock())
