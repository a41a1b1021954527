"""A simulated week of polling against the replay server, with faults: does memory grow, does anything come loose?

    PYTHONPATH=. python benchmarks/soak.py --shared ../shared [--days 7] [--speed 3600] [--faults 0.05]

The whole way is gone: lease, feeds, HTTP and FTP, parsing, archive, follower. The server's clock and ours run at the
same pace, and the pauses between requests are shortened by as much. About one request in twenty is spoilt.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import stamina.instrumentation

from analytics.snapshot import Dataset
from providers._archive import Archive
from providers._clients import Clients
from providers._feed import FeedState, Ledger
from providers._hosts import Host
from providers._public_feeds import Setting, public_feeds
from providers._validators import ValidatorFile
from tui.public_polling import few_arenas, give_memory_back
from tui.watch import Polling, PublicWatch

START = datetime.fromisoformat("2023-08-24T06:00:00-04:00")
"""A Thursday on which a settlement is published; the week ends before Labor Day."""
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


class HurriedClients(Clients):
    """Clients whose pauses are as short as the clock is fast."""

    def __init__(self, pace: float, **settings: Any) -> None:
        super().__init__(**settings)
        self._pace = pace

    def of(self, host: Host) -> Any:
        return super().of(replace(host, seconds_between=host.seconds_between / self._pace, read_seconds=10.0))


@dataclass
class Week:
    """What is measured on the way."""

    memory: list[tuple[str, float, int, int]] = field(default_factory=list)
    samples: list[float] = field(default_factory=list)
    """Megabytes resident, of the day that runs."""
    stalls: list[float] = field(default_factory=list)
    loose: list[str] = field(default_factory=list)
    listings: Counter[Dataset] = field(default_factory=Counter)
    ticks: int = 0


def resident() -> float:
    """Megabytes this process holds now."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * resource.getpagesize() / 2**20
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10


def control(upstream: str, what: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{upstream}/__replay/{what}", data=data)
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
        return json.load(answer)


async def watch_loop(week: Week) -> None:
    """How late a timer is: what a key would wait."""
    loop = asyncio.get_running_loop()
    while True:
        before = loop.time()
        await asyncio.sleep(0.005)
        week.stalls.append(loop.time() - before - 0.005)


async def watch_memory(week: Week) -> None:
    while True:
        week.samples.append(resident())
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


async def measure(
    arguments: argparse.Namespace, upstream: str, ftp: int, root: Path
) -> tuple[Week, Sequence[FeedState]]:
    loop = asyncio.get_running_loop()
    # As the monitor has it.
    sys.setswitchinterval(0.0005)
    stamina.instrumentation.set_on_retry_hooks(())
    few_arenas()
    week = Week()
    loop.set_exception_handler(
        lambda _, context: week.loose.append(str(context.get("exception") or context["message"]))
    )
    began = time.monotonic()
    await asyncio.to_thread(control, upstream, "clock", {"now": START.isoformat(), "speed": arguments.speed})

    def clock() -> datetime:
        return (START + timedelta(seconds=(time.monotonic() - began) * arguments.speed)).astimezone(UTC)

    def make(ledger: Ledger, earlier: Sequence[FeedState]) -> Polling:
        clients = HurriedClients(
            arguments.speed,
            clock=clock,
            upstream=upstream,
            contact="soak@example.org",
            validators=ValidatorFile(root / "receipts.json"),
            heard=ledger.heard,
        )
        setting = Setting(
            clients=clients,
            archive=Archive(root),
            clock=clock,
            ledger=ledger,
            upstream_ftp=f"127.0.0.1:{ftp}",
            watched=lambda: ("AAPL", "AMC", "TSLA"),
            earlier=earlier,
        )
        return Polling(clients=clients, feeds=public_feeds(setting), tidy=give_memory_back)

    watch = PublicWatch(root, clock, make, pace=arguments.speed, nap=0.05)
    watch.start(week.listings.update, lambda _: None, lambda _: setattr(week, "ticks", week.ticks + 1))
    helpers = [
        asyncio.create_task(watch_loop(week)),
        asyncio.create_task(watch_memory(week)),
        asyncio.create_task(spoil(upstream, arguments.faults, 7)),
    ]
    for day in range(1, arguments.days + 1):
        await asyncio.sleep(max(0.0, began + day * 86_400 / arguments.speed - time.monotonic()))
        # Young garbage only: a whole collection would be a pause of our own making.
        gc.collect(1)
        # The median of a day: a single moment may be in the middle of a parse, or just after one was tidied away.
        day_median = statistics.median(week.samples)
        week.samples.clear()
        week.memory.append((f"day {day}", day_median, len(asyncio.all_tasks()), len(gc.get_objects())))
        print(f"  {week.memory[-1]}", flush=True)
    states = watch.states()
    for helper in helpers:
        helper.cancel()
    await asyncio.gather(*helpers, return_exceptions=True)
    await watch.stop()
    gc.collect()
    await asyncio.sleep(0)
    week.loose += [str(task) for task in asyncio.all_tasks() - {asyncio.current_task()}]
    return week, states


def report(week: Week, states: Sequence[FeedState], log: list[dict[str, Any]], root: Path) -> bool:
    print(f"\n{'':8}{'MB':>8}{'tasks':>8}{'objects':>10}")
    for name, memory, tasks, objects in week.memory:
        print(f"{name:8}{memory:8.1f}{tasks:8}{objects:10,}")
    # The first day warms up: it imports, connects and fills the archive.
    growth = week.memory[-1][1] / week.memory[min(1, len(week.memory) - 1)][1] - 1
    faulty = [entry for entry in log if entry["fault"]]
    print(f"memory from the second day to the last: {growth:+.1%}")
    print(f"requests {len(log):,}, spoilt {len(faulty):,} ({len(faulty) / max(len(log), 1):.1%}):", end=" ")
    print(", ".join(f"{kind} {count}" for kind, count in Counter(entry["fault"] for entry in faulty).most_common()))
    stalls = sorted(week.stalls)
    quantiles = {name: stalls[int(len(stalls) * share)] * 1e3 for name, share in (("p50", 0.5), ("p99", 0.99))}
    late = sum(stall > 0.020 for stall in stalls)
    print(f"event loop late: {', '.join(f'{name} {ms:.1f} ms' for name, ms in quantiles.items())}, ", end="")
    print(f"max {stalls[-1] * 1e3:.1f} ms; more than 20 ms {late} of {len(stalls):,} times")
    print(f"live prices handed on {week.ticks} times; vintages noticed: {dict(week.listings)}")
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
    parser.add_argument("--shared", type=Path, default=Path(__file__).parents[2] / "shared")
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--speed", type=float, default=3_600.0)
    parser.add_argument("--faults", type=float, default=0.05)
    arguments = parser.parse_args()
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
            root = Path(folder) / "archive"
            week, states = asyncio.run(measure(arguments, upstream, ftp, root))
            is_sound = report(week, states, control(upstream, "log"), root)
        finally:
            server.kill()
    return 0 if is_sound else 1


if __name__ == "__main__":
    sys.exit(main())
