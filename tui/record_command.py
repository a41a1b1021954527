"""`shortside record FILE`: writes a session down as it happens, to be played later with `--source replay`."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.console import Console

from analytics.sessions import NEW_YORK
from providers._recording import Head, RecordedFunds, RecordingWriter
from tui import exit_codes
from tui.clock import Clock
from tui.configuration import Configuration, Options
from tui.errors import ReportedError, SourceError, UsageError
from tui.recorder import PublicRecorder, Recorder, take_down_session, until_first
from tui.sources import Given, given_by

if TYPE_CHECKING:
    from providers._hosts import Card
    from tui.watch import PublicWatch

TELL_SECONDS: Final = 1.0
SIGNALS: Final = {signal.SIGINT: exit_codes.INTERRUPTED, signal.SIGTERM: exit_codes.TERMINATED}

Watching = Callable[[Options, Clock], "PublicWatch"]


def record(
    file: Path,
    configuration: Configuration,
    clock: Clock,
    span: timedelta | None = None,
    make_watch: Watching | None = None,
) -> int:
    """Record until the time is up, nothing more can happen, or a signal comes; returns the exit code.

    Args:
        file: what is written; it must not be there yet.
        configuration: which source.
        clock: the present moment.
        span: how long; None until it is stopped.
        make_watch: makes what polls or follows the public source; tests have their own.

    Raises:
        UsageError: there is such a file, or a day that is past is asked for; as ConfigurationError if no argument did.
        SourceError: the source has nothing to begin with; no file is made.
        ReportedError: the file cannot be written, or no further.
    """
    _check(file, configuration)
    options = configuration.options
    # The archive is taken for known before it is read, so that nothing falls in between.
    watch = (make_watch or _watch)(options, clock) if options.source == "public" else None
    if watch is not None:
        watch.prime()
    given = given_by(options, clock, is_watched=options.source == "demo")
    for complaint in given.complaints:
        print(f"shortside: {complaint}", file=sys.stderr)
    head = Head(
        source=options.source,
        is_simulated=given.listings.is_simulated,
        began_at=given.clock(),
        terms=terms_of(options.source),
    )
    print(f"recording {options.source} into {file}; Ctrl-C ends it{_plain_terms(head)}", file=sys.stderr)
    try:
        with RecordingWriter(file, head) as writer:
            code = asyncio.run(_Run(options, clock, given, Recorder(writer), watch).answer(span))
            print(_summary(file, head, writer))
    except FileExistsError as error:
        raise UsageError(f"{file} is there already; a recording is never written over") from error
    except OSError as error:
        raise ReportedError(f"{file} cannot be written any further: {error.strerror or error}") from error
    return code


def _check(file: Path, configuration: Configuration) -> None:
    """What can be refused before anything is read."""
    options = configuration.options
    if options.source == "replay":
        raise configuration.misfit("source", "a recording of a recording is a copy of its file")
    if options.as_of is not None:
        raise configuration.misfit("as_of", "a recording begins now; a past day is shown with the monitor or snapshot")
    if file.exists():
        raise UsageError(f"{file} is there already; a recording is never written over")
    if not file.parent.is_dir():
        raise UsageError(f"there is no folder {file.parent}")


def terms_of(source: str) -> tuple[Mapping[str, str], ...]:
    """Whose figures a recording of a source holds, and what they allow."""
    return tuple({"title": card.title, "attribution": card.attribution, "terms": card.terms} for card in _cards(source))


def _cards(source: str) -> tuple[Card, ...]:
    if source == "demo":
        return ()
    from providers import (
        finra_short_interest,
        ibkr_borrow,
        ishares_holdings,
        nasdaq_directory,
        nasdaq_screener,
        nasdaq_splits,
        sec_fails,
        sec_frames,
        yahoo_spark,
    )

    if source == "files":
        # Whose the other files are only their owner knows.
        return (finra_short_interest.CARD,)
    providers = (
        finra_short_interest, nasdaq_screener, nasdaq_directory, nasdaq_splits, yahoo_spark, sec_fails, sec_frames,
        ibkr_borrow, ishares_holdings,
    )  # fmt: skip
    return tuple(provider.CARD for provider in providers)


def _plain_terms(head: Head) -> str:
    return "" if head.is_simulated else "\nthe figures remain their publishers': for yourself, not to be passed on"


def _watch(options: Options, clock: Clock) -> PublicWatch:
    from tui.public_polling import public_polling
    from tui.watch import PublicWatch

    return PublicWatch(options.paths.archive, clock, public_polling(options, clock))


class _Run:
    """One run of the command."""

    def __init__(
        self, options: Options, clock: Clock, given: Given, recorder: Recorder, watch: PublicWatch | None
    ) -> None:
        self._options, self._clock, self._given = options, clock, given
        self._recorder, self._watch = recorder, watch
        self._code = exit_codes.OK

    async def answer(self, span: timedelta | None) -> int:
        """Record; the exit code."""
        recorder, given = self._recorder, self._given
        recorder.note_market(given)
        funds = await asyncio.to_thread(self._funds)
        if funds is not None:
            recorder.note(funds)
        await recorder.write()
        with self._stoppable() as stopped:
            await until_first(
                [self._time_up(stopped, span), self._take_down(recorder), recorder.write_on(), self._tell()]
            )
        await recorder.write()
        recorder.writer.close(given.clock())
        return self._code

    async def _take_down(self, recorder: Recorder) -> None:
        """Note what happens; a folder of files has nothing happen to it."""
        given = self._given
        if self._watch is not None:
            await PublicRecorder(
                given,
                self._watch,
                recorder,
                read=lambda live_day: given_by(self._options, self._clock, live_day=live_day),
                read_funds=self._funds,
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
        """What the source has of funds; not having any is nothing to complain of."""
        from tui.fund_data import fund_data

        try:
            return RecordedFunds(at=self._given.clock(), data=fund_data(self._options, self._given.clock()))
        except SourceError:
            return None

    def _complain(self, words: str) -> None:
        print(f"shortside: {words}", file=sys.stderr)

    async def _tell(self) -> None:
        """Say how far it is, where somebody looks; and that nobody polls, wherever that is."""
        console, told = Console(stderr=True), ""
        with console.status("") if console.is_terminal else _nothing() as status:
            while True:
                if status is not None:
                    status.update(_progress(self._recorder.writer, self._given.clock()))
                complaint = self._watch.complaint if self._watch is not None else ""
                if complaint and complaint != told:
                    self._complain(complaint)
                told = complaint
                await asyncio.sleep(TELL_SECONDS)

    @contextmanager
    def _stoppable(self) -> Iterator[asyncio.Event]:
        """An event that a signal sets, for as long as the block runs."""
        loop, stopped = asyncio.get_running_loop(), asyncio.Event()

        def stop(code: int) -> None:
            self._code = code
            stopped.set()

        for number, code in SIGNALS.items():
            try:
                loop.add_signal_handler(number, stop, code)
            except (NotImplementedError, ValueError, RuntimeError):
                break  # Not the main thread, or no signals here: the program's own handlers end it.
        try:
            yield stopped
        finally:
            for number in SIGNALS:
                loop.remove_signal_handler(number)


@contextmanager
def _nothing() -> Iterator[None]:
    yield None


def _progress(writer: RecordingWriter, now: datetime) -> str:
    clock = now.astimezone(NEW_YORK)
    return f"{clock:%H:%M:%S} New York, {_counts(writer)}"


def _counts(writer: RecordingWriter) -> str:
    vintages = f"{writer.markets:,} vintage{'' if writer.markets == 1 else 's'}"
    return f"{vintages}, {writer.ticks:,} ticks, {writer.size / 1e6:,.1f} MB"


def _summary(file: Path, head: Head, writer: RecordingWriter) -> str:
    began, ended = (moment.astimezone(NEW_YORK) for moment in (head.began_at, writer.last_at))
    days = (
        f"{began:%Y-%m-%d %H:%M:%S} to {ended:%H:%M:%S}"
        if began.date() == ended.date()
        else (f"{began:%Y-%m-%d %H:%M:%S} to {ended:%Y-%m-%d %H:%M:%S}")
    )
    return f"{file}: {days} New York, {_counts(writer)}\nplay it: shortside --source replay --data {file}"
