"""The process beside the monitor: polls or waits for its turn, reads listings when asked, and ends with its input.

python -m tui.polling.in_back_office    with orders as lines on standard input; see `tui.processes.messages`
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, Final, NoReturn, TextIO

from providers.archive.lease import Lease
from providers.events import write_out
from providers.feeds.attention import SharedAttention
from providers.feeds.poller import LONGEST_NAP_SECONDS
from tui.clock import Clock, clock_set_to, system_clock
from tui.event_log import EventLog, complaint_of_log, logged_run
from tui.exit_codes import OK, TERMINATED
from tui.memory import give_memory_back, keep_little
from tui.polling.watch import MakePolling, Polling, PublicWatch
from tui.processes.back_office import SECONDS_TO_END, sold_short_year
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
    Order,
    PlanFilling,
    PlannedRequests,
    Poll,
    PollingState,
    ReadingProgress,
    ReadListings,
    ReadSoldShort,
    Report,
    StopFilling,
    line_of,
    order_of,
)
from tui.settings.keys import secrets_beside

if TYPE_CHECKING:
    from datetime import date

    from providers.backfill.filling import Filling
    from providers.backfill.run import Backfill
    from providers.feeds.ledger import Ledger
    from providers.feeds.state import FeedState
    from providers.http.clients import Clients
    from providers.http.traffic import Exchange
    from tui.polling.assembly import MakeFiller
    from tui.polling.desk_seat import DeskSeat
    from tui.processes.messages import PollingOptions

SECONDS_BETWEEN_STATES: Final = 0.5
"""How often the monitor is told how the polling goes, if that changed."""
NICENESS: Final = 5
"""Keys come first where there is but one processor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackOfficeTools:
    """What the back office process needs for its work."""

    archive: Path
    cache: Path
    """Where copies of listings are kept."""
    clock: Clock
    make: MakePolling
    """Makes what is polled with, once this is the one that polls."""
    has_contact: bool = False
    """Whether a mail address is set, so that the SEC may be asked."""
    fill: MakeFiller | None = None
    """Makes what the archive is filled with, when somebody wants that; None where nobody can."""
    attention: SharedAttention | None = None
    """What all terminals look at, where `make` wants to know it."""
    seat: DeskSeat | None = None
    """The archive's at its desk; None where it has none."""
    catch_up: Callable[[], Coroutine[Any, Any, int]] | None = None
    """Takes over from the desk what the archive lacks; returns how many vintages that were."""
    pace: float = 1.0
    nap: float = LONGEST_NAP_SECONDS


def serve(duties: BackOfficeTools) -> None:
    """Carry out the orders on standard input until it ends."""
    keep_little()
    voice = _ReportWriter(sys.stdout)
    # Whatever a library has to say is no line of ours.
    sys.stdout = sys.stderr
    asyncio.run(_Service(duties, voice).run())


class _ReportWriter:
    """Says lines on standard output from a thread of its own: a monitor that is stopped must not stop the polling."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lines: SimpleQueue[str] = SimpleQueue()
        Thread(target=self._speak, daemon=True).start()

    def say(self, said: Report) -> None:
        self._lines.put(line_of(said))

    def _speak(self) -> None:
        try:
            while True:
                self._stream.write(self._lines.get())
                self._stream.flush()
        except OSError:
            pass  # Nobody listens any more, and our input is about to say so.


class _Service:
    def __init__(self, duties: BackOfficeTools, voice: _ReportWriter) -> None:
        self._duties, self._voice = duties, voice
        self._orders: asyncio.Queue[Order | None] = asyncio.Queue()
        self._watch: PublicWatch | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._filling: Filling | None = None
        # One market at a time: two would take twice the memory.
        self._room = asyncio.Lock()

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        Thread(target=self._listen, args=(loop,), daemon=True).start()
        try:
            while (order := await self._orders.get()) is not None:
                match order:
                    case Poll() if self._watch is None:
                        self._poll(order.was_there)
                    case ReadListings():
                        self._begin(self._answer(order.number, partial(self._assembled, order)))
                    case ReadSoldShort():
                        self._begin(self._answer(order.number, partial(self._sold_short, order)))
                    case CatchUp():
                        self._begin(self._catch_up(order.number))
                    case PlanFilling() | FillArchive():
                        self._begin(self._fill(order))
                    case StopFilling() if self._filling is not None:
                        self._filling.stop()
        finally:
            for task in self._tasks:
                task.cancel()
            if self._watch is not None:
                await self._watch.stop()

    def _listen(self, loop: asyncio.AbstractEventLoop) -> None:
        """In a thread: whoever asked has gone when the input ends, however that came about."""
        # A line that is no order comes from another version of the monitor: there is no working for it.
        with suppress(MessageError, UnicodeDecodeError):
            for line in sys.stdin:
                loop.call_soon_threadsafe(self._orders.put_nowait, order_of(line))
        loop.call_soon_threadsafe(self._orders.put_nowait, None)
        # A thread that waits for a server would hold us up for a minute. What is stored is stored whole or not at all.
        time.sleep(SECONDS_TO_END / 2)
        _end(OK)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _poll(self, was_there: bool) -> None:
        duties = self._duties
        self._watch = watch = PublicWatch(
            duties.archive,
            duties.clock,
            duties.make,
            pace=duties.pace,
            nap=duties.nap,
            attention=duties.attention,
            seat=duties.seat,
        )
        if was_there:
            watch.note_that_it_was_there()
        watch.news_came = lambda: self._voice.say(ArchiveChanged())
        watch.start(lambda _: None)
        self._begin(self._report(watch))

    async def _report(self, watch: PublicWatch) -> None:
        before = None
        while True:
            complaint = watch.complaint or complaint_of_log()
            now = PollingState(
                is_polling=watch.is_polling, filling=watch.filling, complaint=complaint, trouble=watch.trouble
            )
            if now != before:
                self._voice.say(now)
                before = now
            await asyncio.sleep(SECONDS_BETWEEN_STATES)

    async def _answer(self, number: int, work: Callable[[], Report]) -> None:
        from providers.errors import NoDataError, ProviderError

        async with self._room:
            try:
                said = await asyncio.to_thread(work)
            except ProviderError as error:
                said = Failed(number=number, words=str(error), is_lack=isinstance(error, NoDataError))
            await asyncio.to_thread(give_memory_back)
        self._voice.say(said)

    async def _catch_up(self, number: int) -> None:
        from providers.errors import ProviderError

        catch_up = self._duties.catch_up
        assert catch_up is not None, "an office that is asked to catch up has a desk"
        try:
            self._voice.say(CaughtUp(number=number, vintages=await catch_up()))
        except (ProviderError, OSError) as error:
            self._voice.say(Failed(number=number, words=str(error)))

    async def _fill(self, order: PlanFilling | FillArchive) -> None:
        """Say what it takes to fill the archive, or fill it."""
        from providers.errors import ProviderError
        from shortside.sessions import CalendarRangeError

        try:
            said = await (self._planned(order) if isinstance(order, PlanFilling) else self._filled(order))
        except (ProviderError, CalendarRangeError) as error:
            said = Failed(number=order.number, words=str(error))
        except OSError as error:
            words = f"the archive {self._duties.archive} cannot be used: {error.strerror or error}"
            said = Failed(number=order.number, words=words)
        self._voice.say(said)

    async def _planned(self, order: PlanFilling) -> Report:
        from providers.backfill.filling import requests_planned

        filling = self._new_filling(order.since)
        clients, filler = await self._made_filler(filling)
        async with clients:
            steps = await filling.planned(filler)
        planned = [
            PlannedRequests(title=one.title, requests=one.requests, seconds=one.seconds, is_estimate=one.is_estimate)
            for one in requests_planned(steps)
        ]
        return FillingPlan(number=order.number, planned=tuple(planned))

    async def _filled(self, order: FillArchive) -> Report:
        duties, complaints = self._duties, list[str]()
        # Before anything is waited for, so that an order to stop finds it.
        self._filling = filling = self._new_filling(order.since)
        filling.told = lambda told: self._voice.say(
            ReadingProgress(number=order.number, words=told.words, done=told.sent, total=told.total)
        )
        try:
            with Lease(duties.archive, duties.clock, complaints.append) as lease:
                if self._watch is not None and self._watch.was_there:
                    lease.note_that_it_was_there()
                if not lease.acquire():
                    holder = lease.holder()
                    who = holder.words if holder else "another program"
                    said = complaints[0] if complaints else f"{who} is asking for this archive already"
                    return Failed(number=order.number, words=said)
                clients, filler = await self._made_filler(filling)
                async with clients:
                    await filling.fill(filler, await filling.planned(filler))
        finally:
            self._filling = None
        return _ended(order.number, filling)

    def _new_filling(self, since: date) -> Filling:
        from providers.backfill.filling import Filling

        return Filling(since, with_fails=self._duties.has_contact)

    async def _made_filler(self, filling: Filling) -> tuple[Clients, Backfill]:
        make = self._duties.fill
        assert make is not None, "an office that is asked to fill an archive can"
        return await asyncio.to_thread(make, filling.heard)

    def _sold_short(self, order: ReadSoldShort) -> Report:
        from providers.archive.short_volume import year_of
        from providers.archive.vintages import Archive

        history = year_of(Archive(self._duties.archive), order.symbol, self._duties.clock())
        return sold_short_year(order.number, history)

    def _assembled(self, order: ReadListings) -> Report:
        from providers.public.source import PublicProvider

        number = order.number
        provider = PublicProvider(
            self._duties.archive,
            clock=self._duties.clock,
            cache=self._duties.cache,
            complain=lambda words: self._voice.say(Complaint(number=number, words=words)),
        )
        _, key = provider.read_and_keep(
            since=order.since,
            until=order.until,
            knowledge=order.knowledge,
            progress=lambda words, done, total: self._voice.say(
                ReadingProgress(number=number, words=words, done=done, total=total)
            ),
        )
        return ListingsStored(number=number, key=key)


def seat_of(options: PollingOptions, clock: Clock, attention: SharedAttention) -> DeskSeat:
    """The seat of an archive at the desk that the options name."""
    # Only a member of a desk needs what speaks to one.
    from providers.desk.address import desk_address
    from tui.polling.desk_seat import DeskSeat
    from tui.settings.keys import desk_password

    assert options.desk is not None
    return DeskSeat(
        desk_address(options.desk),
        partial(desk_password, Path(options.configuration)),
        Path(options.archive),
        clock,
        attention,
        is_clock_real=clock is system_clock,
    )


def _ended(number: int, filling: Filling) -> FillingEnded:
    """How a filling went."""
    failed = [one for one in filling.outcomes if one.complaint and not one.is_absent]
    return FillingEnded(
        number=number,
        requests=filling.sent,
        rows=sum(outcome.rows for outcome in filling.outcomes),
        is_stopped=filling.is_stopping,
        complaints=tuple(f"{one.step.words}: {one.complaint}" for one in failed),
    )


def _end(code: int) -> NoReturn:
    """End here and now, as soon as what was told is in the log."""
    write_out()
    os._exit(code)


def main() -> int:
    """Run the back office of one monitor; returns the exit code."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    line = sys.stdin.readline()
    if not line:
        return 0
    begin = order_of(line)
    if not isinstance(begin, Begin):
        raise MessageError("the first order is to begin")
    options = begin.options
    clock = system_clock if begin.now is None else clock_set_to(begin.now)
    attention = SharedAttention(Path(options.archive))
    seat = seat_of(options, clock, attention) if options.desk else None

    def make(ledger: Ledger, earlier: Sequence[FeedState]) -> Polling:
        # Not before it is our turn: what asks and parses is a hundred megabytes.
        from tui.polling.assembly import public_polling

        stored = seat.stored if seat is not None else lambda: None
        return public_polling(options, clock, attention, stored=stored)(ledger, earlier)

    async def catch_up() -> int:
        from tui.sources.desk_catch_up import caught_up

        assert options.desk is not None
        return await caught_up(options.desk, Path(options.archive), Path(options.configuration), clock)

    def fill(heard: Callable[[Exchange], None]) -> tuple[Clients, Backfill]:
        from tui.polling.assembly import public_filling

        return public_filling(options, clock)(heard)

    duties = BackOfficeTools(
        has_contact=options.contact is not None,
        fill=fill,
        archive=Path(options.archive),
        cache=Path(options.cache) / "listings",
        clock=clock,
        make=make,
        attention=attention,
        seat=seat,
        catch_up=catch_up if seat is not None else None,
    )
    secrets = partial(secrets_beside, Path(options.configuration))
    log = EventLog(Path(options.state), options.log_level, clock, secrets)
    with logged_run(log, "back office") as run:
        log.start()
        signal.signal(signal.SIGTERM, lambda _number, _frame: _end(TERMINATED))
        serve(duties)
        run.code = OK
    return OK


if __name__ == "__main__":
    sys.exit(main())
