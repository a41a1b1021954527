"""A simulated week of polling against the replay server, with faults: does memory grow, does anything come loose?

    PYTHONPATH=. python benchmarks/soak.py --shared ../shared [--days 7] [--speed 3600] [--faults 0.05] [--here]

The whole way is gone: lease, feeds, HTTP and FTP, parsing, archive, follower, and the market made anew of what came in.
The server's clock and ours run at the same pace, and the pauses between requests are shortened by as much. About one
request in twenty is spoilt. The back office polls and assembles, as for a monitor; with `--here` this process does it.
With `--archive FOLDER` the week begins with a copy of that archive, so that the market is as large as a real one.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from array import array
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from providers.feeds.ledger import Ledger
from providers.feeds.state import FeedState, Letter
from shortside.datasets import Dataset
from tui.memory import keep_little
from tui.polling.fresh_market import FreshMarket
from tui.polling.in_back_office import BackOfficeTools, serve
from tui.polling.watch import MakePolling, Polling, PublicWatch
from tui.processes.back_office import BackOffice, OfficeReading
from tui.settings.configuration import configured
from tui.sources.load import load_public

START = datetime.fromisoformat("2023-08-24T06:00:00-04:00")
"""A Thursday on which a settlement is published; the week ends before Labor Day."""
NAP = 0.05
FAULTS = (
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 429, "retry_after": 1},
    {"kind": "drop-mid-body"},
    {"kind": "truncate"},
    {"kind": "html-page"},
    {"kind": "garbage"},
    {"kind": "empty-200"},
    {"kind": "stale", "lag_days": 3},
)


@dataclass(frozen=True)
class World:
    """What this process and its back office have in common."""

    upstream: str
    ftp: int
    home: str
    speed: float
    began: float
    """Seconds of the machine's own counter."""

    @property
    def root(self) -> Path:
        return Path(self.home) / "archive"

    def clock(self) -> datetime:
        return (START + timedelta(seconds=(time.monotonic() - self.began) * self.speed)).astimezone(UTC)


def polling_of(world: World) -> MakePolling:
    """Clients whose pauses are as short as the clock is fast, and the public feeds."""

    def make(ledger: Ledger, earlier: Sequence[FeedState]) -> Polling:
        import stamina.instrumentation

        from providers.archive.vintages import Archive
        from providers.feeds.surroundings import Surroundings
        from providers.http.clients import Clients
        from providers.http.receipts import ReceiptFile
        from providers.registry import public_feeds
        from tui.memory import give_memory_back

        class HurriedClients(Clients):
            def of(self, host: Any, provider: str = "") -> Any:
                between = host.seconds_between / world.speed
                return super().of(host._replace(seconds_between=between, read_seconds=10.0), provider)

        stamina.instrumentation.set_on_retry_hooks(())
        clients = HurriedClients(
            clock=world.clock,
            upstream=world.upstream,
            contact="soak@example.org",
            validators=ReceiptFile(world.root / "receipts.json"),
            heard=ledger.heard,
        )
        surroundings = Surroundings(
            clients=clients,
            archive=Archive(world.root),
            clock=world.clock,
            ledger=ledger,
            upstream_ftp=f"127.0.0.1:{world.ftp}",
            watched=lambda: ("AAPL", "AMC", "TSLA"),
            earlier=earlier,
        )
        return Polling(clients=clients, feeds=public_feeds(surroundings), tidy=give_memory_back)

    return make


def office_process() -> None:
    """The back office of a soak."""
    world = World(**json.loads(sys.stdin.readline()))
    cache = Path(world.home) / "cache" / "listings"
    serve(
        BackOfficeTools(
            archive=world.root,
            cache=cache,
            clock=world.clock,
            make=polling_of(world),
            pace=world.speed,
            nap=NAP,
        )
    )


class Screen:
    """Stands for the monitor: holds the newest market, as a screen would."""

    def __init__(self, world: World) -> None:
        self.options = configured({"source": "public"}, {"SHORTSIDE_HOME": world.home}).options
        self.clock = world.clock
        self.loaded: Any = None
        self.board: Any = None
        self.view: Any = None
        self.markets = self.ticks = 0

    def adopt(self, loaded: Any, board: Any) -> None:
        self.loaded, self.board = loaded, board
        self.markets += 1
        if self.markets == 1:
            # As the monitor has it once its market stands.
            gc.collect()
            gc.freeze()
            gc.set_threshold(50_000, 20, 50)

    def tick(self, columns: Any, prices: Any) -> None:
        self.board.tick(columns, prices)
        self.ticks += 1

    def preparing(self) -> list[Any]:
        return []

    def feeds_changed(self) -> None:
        pass

    # The monitor notes an error and goes on; a week that is measured shows it.

    def contained(self) -> AbstractContextManager[None]:
        return nullcontext()

    def containing(self, callback: Any) -> Any:
        return callback

    def note_task(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled():
            task.result()


@dataclass
class Week:
    """What is measured on the way."""

    memory: list[tuple[str, float, float, int, int]] = field(default_factory=list)
    samples: list[tuple[float, float]] = field(default_factory=list)
    """Megabytes resident of this process and of its back office, on the day that runs."""
    # As arrays: lists of a million floats would pass for memory of the monitor's.
    stalls: array[float] = field(default_factory=partial(array, "d"))
    own_stalls: array[float] = field(default_factory=partial(array, "d"))
    """How late a timer was, without the time for which the machine's processors were busy with others."""
    idle_stalls: list[float] = field(default_factory=list)
    """Those of an event loop that does nothing, at the same time: what the machine is late by itself."""
    loose: list[str] = field(default_factory=list)
    listings: Counter[Dataset] = field(default_factory=Counter)


def resident(process: int | None) -> float:
    """Megabytes of its own a process holds now; 0 for none. What is mapped from files, such as libraries, is shared."""
    try:
        _, pages, shared = map(int, Path(f"/proc/{process}/statm").read_text().split()[:3])
        return (pages - shared) * resource.getpagesize() / 2**20
    except OSError:
        return 0.0


def control(upstream: str, what: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{upstream}/__replay/{what}", data=data)
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
        return json.load(answer)


async def watch_loop(week: Week) -> None:
    """How late a timer is: what a key would wait."""
    loop = asyncio.get_running_loop()
    while True:
        before, queued = loop.time(), queueing()
        await asyncio.sleep(0.005)
        late = loop.time() - before - 0.005
        week.stalls.append(late)
        week.own_stalls.append(max(late - (queueing() - queued), 0.0))


async def watch_nothing() -> None:
    """An event loop with nothing to do but to watch itself, until standard input ends; prints how late it was."""
    week = Week()
    watching = asyncio.create_task(watch_loop(week))
    await asyncio.to_thread(sys.stdin.read)
    watching.cancel()
    print(json.dumps(week.stalls.tolist()))


def queueing() -> float:
    """Seconds this thread has waited for a processor that others were using; 0 where the system does not tell."""
    try:
        return int(Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e9
    except OSError:
        return 0.0


async def watch_memory(week: Week, office: BackOffice) -> None:
    while True:
        week.samples.append((resident(os.getpid()), resident(office.process)))
        await asyncio.sleep(0.25)


async def spoil(upstream: str, share: float, seed: int) -> None:
    """Draw faults: every tenth of a second a rule for some host with the chance that hits one request in so many."""
    chance = random.Random(seed)
    hosts = (
        "/api.nasdaq.com/",
        "/cdn.finra.org/",
        "/api.finra.org/",
        "/www.nasdaqtrader.com/",
        "/www.sec.gov/",
        "/ftp2",
    )
    while True:
        # Each host gets some ten requests until the next draw, and `skip` lets a few of them pass.
        rules = [
            {**chance.choice(FAULTS), "match": host, "skip": chance.randrange(round(0.4 / share)), "count": 1}
            for host in hosts
        ]
        if share:
            await asyncio.to_thread(control, upstream, "faults", rules)
        await asyncio.sleep(10)


async def measure(arguments: argparse.Namespace, world: World) -> tuple[Week, Screen, Sequence[FeedState]]:
    loop = asyncio.get_running_loop()
    # As the monitor has it.
    keep_little()
    sys.setswitchinterval(0.0005)
    week, screen = Week(), Screen(world)
    loop.set_exception_handler(
        lambda _, context: week.loose.append(str(context.get("exception") or context["message"]))
    )
    await asyncio.to_thread(control, world.upstream, "clock", {"now": START.isoformat(), "speed": arguments.speed})
    office = BackOffice(asdict(world), (sys.executable, __file__, "--office"))
    watch = PublicWatch(
        world.root,
        world.clock,
        polling_of(world),
        pace=arguments.speed,
        nap=NAP,
        office=None if arguments.here else office,
    )
    reading = OfficeReading(office, world.root, screen.options.paths.cache / "listings", world.clock)
    app: Any = screen
    read = load_public if arguments.here else partial(load_public, reading=reading)
    fresh = FreshMarket(app, watch, read)
    read_again = fresh._on_listings

    def count(datasets: frozenset[Dataset]) -> None:
        week.listings.update(datasets)
        read_again(datasets)

    fresh._on_listings = count  # type: ignore[method-assign]
    idle = await asyncio.create_subprocess_exec(
        sys.executable, __file__, "--idle", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    fresh.start()
    helpers = [
        asyncio.create_task(watch_loop(week)),
        asyncio.create_task(watch_memory(week, office)),
        asyncio.create_task(spoil(world.upstream, arguments.faults, 7)),
    ]
    for day in range(1, arguments.days + 1):
        await asyncio.sleep(max(0.0, world.began + day * 86_400 / arguments.speed - time.monotonic()))
        # Young garbage only: a whole collection would be a pause of our own making.
        gc.collect(1)
        # The median of a day: a single moment may be in the middle of a parse, or just after one was tidied away.
        own, others = (statistics.median(sample[one] for sample in week.samples) for one in (0, 1))
        week.samples.clear()
        week.memory.append((f"day {day}", own, others, len(asyncio.all_tasks()), len(gc.get_objects())))
        print(f"  {week.memory[-1]}", flush=True)
    states = await states_once_current(watch)
    for helper in helpers:
        helper.cancel()
    await asyncio.gather(*helpers, return_exceptions=True)
    await fresh.stop()
    told, _ = await idle.communicate(b"")
    week.idle_stalls += json.loads(told)
    gc.collect()
    await asyncio.sleep(0)
    week.loose += [str(task) for task in asyncio.all_tasks() - {asyncio.current_task()}]
    return week, screen, states


async def states_once_current(watch: PublicWatch) -> Sequence[FeedState]:
    """How the feeds are doing once those a market is made of are current.

    A busy machine may need more than a day for it, and any look may be spoilt; after a minute they are told anyway.
    """
    wanted = {"finra_short_interest", "nasdaq_screener"}
    states = watch.states()
    with suppress(TimeoutError):
        async with asyncio.timeout(60):
            while not wanted <= {state.name for state in states if state.letter is Letter.CURRENT}:
                await asyncio.sleep(NAP)
                states = watch.states()
    return states


def lateness(stalls: Sequence[float]) -> str:
    ranked = sorted(stalls)
    quantiles = {name: ranked[int(len(ranked) * share)] * 1e3 for name, share in (("p50", 0.5), ("p99", 0.99))}
    words = ", ".join(f"{name} {ms:.1f} ms" for name, ms in quantiles.items())
    late = sum(stall > 0.020 for stall in ranked)
    return f"{words}, max {ranked[-1] * 1e3:.1f} ms; more than 20 ms {late} of {len(ranked):,} times"


def report(week: Week, screen: Screen, states: Sequence[FeedState], log: list[dict[str, Any]], root: Path) -> bool:
    from providers.archive.vintages import Archive

    print(f"\n{'':8}{'MB here':>10}{'MB office':>10}{'tasks':>8}{'objects':>10}")
    for name, own, others, tasks, objects in week.memory:
        print(f"{name:8}{own:10.1f}{others:10.1f}{tasks:8}{objects:10,}")
    # The first day warms up: it imports, connects and fills the archive.
    second, last = week.memory[min(1, len(week.memory) - 1)], week.memory[-1]
    growths = [last[one] / second[one] - 1 if second[one] else 0.0 for one in (1, 2)]
    growth = max(growths)
    print(f"memory from the second day to the last: {growths[0]:+.1%} here, {growths[1]:+.1%} in the back office")
    faulty = [entry for entry in log if entry["fault"]]
    print(f"requests {len(log):,}, spoilt {len(faulty):,} ({len(faulty) / max(len(log), 1):.1%}):", end=" ")
    print(", ".join(f"{kind} {count}" for kind, count in Counter(entry["fault"] for entry in faulty).most_common()))
    print(f"event loop late: {lateness(week.stalls)}")
    print(f"  without waiting for a processor: {lateness(week.own_stalls)}")
    print(f"  one that does nothing, meanwhile: {lateness(week.idle_stalls)}")
    noticed = {dataset.value: times for dataset, times in week.listings.items()}
    print(f"markets made anew {screen.markets}, moved by quotes {screen.ticks} times; vintages noticed: {noticed}")
    archive = Archive(root)
    unsound: list[str] = []
    count = 0
    for dataset in Dataset:
        for vintage in archive.vintages(dataset):
            archive.read(vintage)
            count += 1
        unsound += archive.complaints
    print(f"archive: {count} vintages, all read; passed over: {unsound or 'none'}")
    print(f"left behind: {week.loose or 'no task, no exception'}\n")
    for state in states:
        print(f"{state.letter} {state.name:22} {state.as_of}  {state.words}  {state.complaint[:70]}")
    return growth < 0.05 and not week.loose and not unsound


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=Path(__file__).resolve().parents[2] / "shared")
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--speed", type=float, default=3_600.0)
    parser.add_argument("--faults", type=float, default=0.05)
    parser.add_argument("--archive", type=Path, help="an archive to begin with; it is copied")
    parser.add_argument("--here", action="store_true", help="poll and assemble in this process, without a back office")
    parser.add_argument("--office", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--idle", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.idle:
        asyncio.run(watch_nothing())
        return 0
    if arguments.office:
        office_process()
        return 0
    script = arguments.shared / "replay" / "server.py"
    options = ["--now", START.isoformat(), "--ftp-port", "0", "--intraday", "--borrow", "restamp", "--hang", "2"]
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen([sys.executable, str(script), *options], stdout=subprocess.PIPE, text=True) as server,
    ):
        assert server.stdout is not None
        upstream, ftp = f"http://127.0.0.1:{int(server.stdout.readline())}", int(server.stdout.readline())
        try:
            while not control(upstream, "state")["warm"]:
                time.sleep(0.2)
            world = World(upstream=upstream, ftp=ftp, home=folder, speed=arguments.speed, began=time.monotonic())
            if arguments.archive:
                shutil.copytree(arguments.archive, world.root)
                world = replace(world, began=time.monotonic())
            week, screen, states = asyncio.run(measure(arguments, world))
            is_sound = report(week, screen, states, control(upstream, "log"), world.root)
        finally:
            server.kill()
    return 0 if is_sound else 1


if __name__ == "__main__":
    sys.exit(main())
