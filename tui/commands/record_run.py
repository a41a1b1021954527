"""One run of `shortside record`: records until time is up, nothing more can happen, or a signal comes."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from rich.console import Console

from providers.archive.vintages import Archive, sources_of
from providers.recording.writer import RecordedFunds, RecordingWriter
from shortside.datasets import Dataset
from shortside.sessions import NEW_YORK
from tui import exit_codes
from tui.clock import Clock
from tui.commands.recorder import PublicRecorder, Recorder, take_down_session
from tui.errors import SourceError
from tui.polling.first_to_end import until_first
from tui.settings.configuration import Options
from tui.sources.load import source_data
from tui.sources.loaded_market import SourceData
from tui.terminal.plain_words import complain

if TYPE_CHECKING:
    from tui.polling.watch import PublicWatch

SECONDS_BETWEEN_PROGRESS_LINES: Final = 1.0
CODES_OF_STOPPING_SIGNALS: Final = {signal.SIGINT: exit_codes.INTERRUPTED, signal.SIGTERM: exit_codes.TERMINATED}


class RecordingRun:
    """Records the market of one source and everything that happens to it.

    Args:
        options: which source.
        clock: the present moment.
        given: its market, as it was read.
        recorder: writes what happens.
        watch: polls or follows the public source; None for the others.
    """

    def __init__(
        self, options: Options, clock: Clock, given: SourceData, recorder: Recorder, watch: PublicWatch | None
    ) -> None:
        self._options, self._clock, self._given = options, clock, given
        self._recorder, self._watch = recorder, watch
        self._code = exit_codes.OK

    async def answer(self, span: timedelta | None) -> int:
        """Record until the end; returns the exit code."""
        recorder, given = self._recorder, self._given
        with self._stoppable() as stopped:
            recorder.note_market(given)
            funds = await asyncio.to_thread(self._funds)
            if funds is not None:
                recorder.note(funds)
            await recorder.write()
            await until_first(
                [self._time_up(stopped, span), self._take_down(recorder), recorder.write_on(), self._tell()]
            )
        await recorder.write()
        recorder.writer.close(given.clock())
        return self._code

    async def _take_down(self, recorder: Recorder) -> None:
        """Record what happens; nothing happens to a folder of files."""
        given = self._given
        if self._watch is not None:
            await PublicRecorder(
                given,
                self._watch,
                recorder,
                read=lambda live_day: source_data(self._options, self._clock, live_day=live_day),
                read_funds=self._funds,
                read_sources=self._sources,
                complain=self._complain,
            ).take_down()
        elif given.live is not None:
            await take_down_session(given, given.live, self._clock, recorder)

    async def _time_up(self, stopped: asyncio.Event, span: timedelta | None) -> None:
        try:
            await asyncio.wait_for(stopped.wait(), None if span is None else span.total_seconds())
        except TimeoutError:
            return

    def _funds(self) -> RecordedFunds | None:
        """The source's share counts of funds; None, without a complaint, where it has none."""
        from tui.sources.funds import fund_data

        try:
            return RecordedFunds(at=self._given.clock(), data=fund_data(self._options, self._given.clock()))
        except SourceError:
            return None

    def _sources(self, datasets: set[Dataset]) -> dict[str, str]:
        return sources_of(Archive(self._options.paths.archive), datasets)

    def _complain(self, words: str) -> None:
        complain(words)

    async def _tell(self) -> None:
        """Print the progress on a terminal, and anywhere that nobody polls."""
        console, told = Console(stderr=True), ""
        with console.status("") if console.is_terminal else _nothing() as status:
            while True:
                if status is not None:
                    status.update(_progress(self._recorder.writer, self._given.clock()))
                complaint = self._watch.complaint if self._watch is not None else ""
                if complaint and complaint != told:
                    self._complain(complaint)
                told = complaint
                await asyncio.sleep(SECONDS_BETWEEN_PROGRESS_LINES)

    @contextmanager
    def _stoppable(self) -> Iterator[asyncio.Event]:
        """An event that a signal sets, for as long as the block runs."""
        loop, stopped = asyncio.get_running_loop(), asyncio.Event()

        def stop(code: int) -> None:
            self._code = code
            stopped.set()

        for number, code in CODES_OF_STOPPING_SIGNALS.items():
            try:
                loop.add_signal_handler(number, stop, code)
            except (NotImplementedError, ValueError, RuntimeError):
                break  # Not the main thread, or no signals here: the program's own handlers end it.
        try:
            yield stopped
        finally:
            for number in CODES_OF_STOPPING_SIGNALS:
                loop.remove_signal_handler(number)


@contextmanager
def _nothing() -> Iterator[None]:
    yield None


def _progress(writer: RecordingWriter, now: datetime) -> str:
    clock = now.astimezone(NEW_YORK)
    return f"{clock:%H:%M:%S} New York, {counts_of(writer)}"


def counts_of(writer: RecordingWriter) -> str:
    """How many vintages, ticks and megabytes were recorded, in words."""
    vintages = f"{writer.markets:,} vintage{'' if writer.markets == 1 else 's'}"
    return f"{vintages}, {writer.ticks:,} ticks, {writer.size / 1e6:,.1f} MB"
