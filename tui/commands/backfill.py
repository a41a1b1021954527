"""The command `shortside backfill`: fetches the public source's history and resumes where it stopped.

With a key of Alpaca or Massive, closes and volumes come from there, those of delisted names, too.
"""

from __future__ import annotations

import asyncio
import signal
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import stamina.instrumentation
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from providers.archive.absences import listed
from providers.archive.lease import Lease
from providers.archive.vintages import Archive
from providers.backfill.filling import Filling, FillingProgress, requests_in_all, requests_planned
from providers.backfill.plan import Step
from providers.backfill.run import RECEIPTS_FILE_NAME, Backfill, Outcome, Sources
from providers.catalog import CARDS
from providers.durable import make_folder
from providers.errors import ProviderError
from providers.http.clients import Clients
from providers.http.receipts import ReceiptFile
from shortside.sessions import CalendarRangeError, require_covered
from tui import exit_codes
from tui.arguments import Arguments
from tui.clock import Clock
from tui.errors import SourceError, UsageError
from tui.settings.configuration import Options
from tui.settings.keys import keyed_providers, keys_of_user
from tui.terminal.plain_words import complain, plain, say_line

if TYPE_CHECKING:
    from providers.keyed.keys import Keys

FAILURES_SPELT_OUT: Final = 5
"""Complaints of one provider that are printed; the rest are counted."""


def backfill(
    arguments: Arguments,
    options: Options,
    clock: Clock,
    *,
    keys: Keys | None = None,
    make_clients: Callable[..., Clients] = Clients,
    make_sources: Callable[[Clients, Keys], Sources] = Sources.of,
    run_to_end: Callable[[Coroutine[Any, Any, int]], int] = asyncio.run,
) -> int:
    """Fill the archive; returns the exit code.

    What is stored stays, whatever ends the run; the next run asks only for the rest. The first interrupt lets what is
    under way be finished and stored, the second drops it.

    Args:
        arguments: from when to when.
        options: where the archive is, and whom to ask through.
        clock: the present moment.
        keys: where the user's keys are; this user's by default.
        make_clients: as `Clients`; tests ask their own servers without pauses.
        make_sources: makes the providers; tests have smaller markets.
        run_to_end: runs the asking; tests have a loop on which waiting takes no time.

    Raises:
        UsageError: the days make no sense.
        SourceError: the archive cannot be used, or a monitor is filling it.
    """
    since = _require_possible(arguments)
    console = Console(stderr=True)
    root = options.paths.archive
    keys = keys or keys_of_user(options)
    unusable: dict[str, str] = {}
    keyed = keyed_providers(keys, unusable)

    def tell(words: str) -> None:
        console.print(plain(words), markup=False, highlight=False)

    for complaint in [*(f"{name}: {words}" for name, words in unusable.items()), *keys.complaints]:
        tell(complaint)
    run = _Run(since, arguments, options, console, keyed - options.switched_off)
    try:
        with _holding_the_lease(arguments, options, clock), _quiet_retries():
            clients = make_clients(
                clock=clock,
                upstream=options.upstream,
                base_urls=options.base_urls,
                contact=options.contact or "",
                # Read only now: whoever asked before us wrote it until then.
                validators=ReceiptFile(root / RECEIPTS_FILE_NAME, tell),
                heard=run.filling.heard,
            )
            filler = Backfill(
                clients, Archive(root), make_sources(clients, keys), keyed=keyed, off=options.switched_off
            )
            return run_to_end(run.answer(clients, filler))
    except (ProviderError, CalendarRangeError) as error:
        raise SourceError(str(error)) from error
    except OSError as error:
        raise SourceError(f"the archive {root} cannot be used: {error.strerror or error}") from error


@contextmanager
def _holding_the_lease(arguments: Arguments, options: Options, clock: Clock) -> Iterator[None]:
    """Hold the polling lease while the block runs: two programs together would exceed the hosts' rate limits.

    Raises:
        SourceError: a monitor has it.
    """
    if arguments.is_dry_run:
        yield
        return
    complaints: list[str] = []
    make_folder(options.paths.archive)
    with Lease(options.paths.archive, clock, complaints.append) as lease:
        if not lease.acquire():
            holder = lease.holder()
            who = holder.words if holder else "another program"
            raise SourceError(*complaints[:1] or (f"{who} is asking for this archive already; close it first",))
        yield


@contextmanager
def _quiet_retries() -> Iterator[None]:
    """Silence log lines about retries, which would tear the progress bar; the request count includes them."""
    hooks = stamina.instrumentation.get_on_retry_hooks()
    stamina.instrumentation.set_on_retry_hooks(())
    try:
        yield
    finally:
        stamina.instrumentation.set_on_retry_hooks(hooks)


def _require_possible(arguments: Arguments) -> date:
    since, until = arguments.since, arguments.until
    assert since is not None, "the command line requires it"
    if until is not None and until < since:
        raise UsageError(f"--until {until} is before --since {since}")
    try:
        require_covered(since, *([until] if until else []))
    except CalendarRangeError as error:
        raise UsageError(f"--since {since}: {error}") from error
    return since


class _Run:
    """One run of `shortside backfill`, from its plan to its exit code."""

    def __init__(
        self, since: date, arguments: Arguments, options: Options, console: Console, keyed: frozenset[str]
    ) -> None:
        self.is_dry_run, self.keyed = arguments.is_dry_run, keyed
        self.options, self.console = options, console
        self.filling = Filling(since, arguments.until, with_fails=options.contact is not None)

    async def answer(self, clients: Clients, filler: Backfill) -> int:
        async with clients:
            steps = await self.filling.planned(filler)
            self._print_plan(steps)
            if self.is_dry_run or not steps:
                return exit_codes.OK
            with self._interruptible(), self._progress() as progress:
                task = progress.add_task("", total=requests_in_all(steps))

                def told(said: FillingProgress) -> None:
                    progress.update(task, description=plain(said.words), completed=said.sent, total=said.total)

                self.filling.told = told
                await self.filling.fill(filler, steps)
            left_out = await asyncio.to_thread(filler.left_out)
        return self._verdict(left_out)

    @contextmanager
    def _interruptible(self) -> Iterator[None]:
        """While the block runs, the first SIGINT stops between two steps, and the second ends the run at once."""
        loop = asyncio.get_running_loop()

        def stop() -> None:
            self.filling.stop()
            loop.remove_signal_handler(signal.SIGINT)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            self.console.print("stopping when what is under way is stored; once more to drop it")

        try:
            loop.add_signal_handler(signal.SIGINT, stop)
        except (NotImplementedError, ValueError, RuntimeError):
            yield  # Windows, or not the main thread: asyncio's own way ends the run at once.
            return
        try:
            yield
        finally:
            loop.remove_signal_handler(signal.SIGINT)

    def _progress(self) -> Progress:
        return Progress(
            TextColumn("{task.description}", justify="left", markup=False),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TextColumn("requests"),
            _RateColumn(),
            TimeRemainingColumn(compact=True),
            console=self.console,
            transient=True,
        )

    def _print_plan(self, steps: tuple[Step, ...]) -> None:
        if not steps:
            say_line("nothing is missing")
            return
        planned = requests_planned(steps)
        width = max(len(one.title) for one in planned)
        for one in planned:
            about = "about " if one.is_estimate else ""
            pace = timedelta(seconds=round(one.seconds))
            noun = "request" if one.requests == 1 else "requests"
            say_line(f"{one.title:<{width}}  {about + format(one.requests, ','):>12} {noun:<8}  {pace} at our pace")
        about = "about " if any(one.is_estimate for one in planned) else ""
        say_line(f"{'in all':<{width}}  {about + format(requests_in_all(steps), ','):>12} requests")
        if self.is_dry_run:
            for terms in dict.fromkeys(f"{one.title}: {CARDS[one.provider].terms}" for one in planned):
                say_line(terms)
        for name in sorted(self.options.switched_off & CARDS.keys()):
            say_line(f"{CARDS[name].title} is not asked: it is switched off")
        if self.options.contact is None:
            gone = "" if self.keyed & {"alpaca", "massive"} else "; delisted names stay without prices"
            say_line(f"the SEC is not asked: it wants a mail address, --contact{gone}")

    def _verdict(self, left_out: Iterable[str]) -> int:
        outcomes = self.filling.outcomes
        done = [outcome for outcome in outcomes if not outcome.complaint]
        failed = [outcome for outcome in outcomes if outcome.complaint and not outcome.is_absent]
        absent = [outcome for outcome in outcomes if outcome.is_absent]
        rows = sum(outcome.rows for outcome in outcomes)
        say_line(f"{self.filling.sent:,} requests, {rows:,} rows stored in {len(done)} steps")
        if absent:
            say_line(f"{len(absent)} files are not to be had: {_absent_in_words(absent)}")
        for words in left_out:
            say_line(words)
        for outcome in failed[:FAILURES_SPELT_OUT]:
            complain(f"{outcome.step.words}: {outcome.complaint}")
        if failed:
            complain(f"{len(failed)} steps failed; run the command again for them")
        if self.filling.is_stopping:
            say_line("interrupted; the next run goes on from here")
            return exit_codes.INTERRUPTED
        return exit_codes.NO_DATA if failed else exit_codes.OK


class _RateColumn(ProgressColumn):
    """A progress column that shows the recent requests a second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:.1f}/s" if task.speed else "")


def _absent_in_words(absent: Iterable[Outcome]) -> str:
    """Every reason with the files and days it is given for, each reason once."""
    things: dict[str, list[str]] = defaultdict(list)
    for outcome in absent:
        things[outcome.reason].append(outcome.step.thing or outcome.step.words)
    return "; ".join(f"{reason}: {listed(names)}" for reason, names in things.items())
