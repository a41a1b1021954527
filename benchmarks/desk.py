"""A desk under load, and what happens to it when its poller or its server dies.

    PYTHONPATH=.:tests python -m benchmarks.desk --shared ../shared [--seconds 30] [--subscribers 200] [--monitors 5]

A real Redis server; members without a screen, fifty to a process, each with a connection and a subscription of its own,
which read and check each message and write no archive; real monitors in terminals, each with a home of its own, whose
providers the replay server of the reference material is; a market of fourteen months. Prints tables and judges nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import redis
from desk_server import DeskServer, desk_server

from benchmarks._desk_market import write_archive
from benchmarks._desk_members import CLOCK, NOW, SOURCE
from benchmarks._pty import Program
from benchmarks._timing import print_table
from providers.archive.live_quotes import read_quotes
from providers.archive.vintages import Archive
from providers.desk.connection import DeskConnection
from providers.desk.layout import LEASE, NOTE, VINTAGES
from providers.desk.reading import DeskReader

WORDS = b"Short P"
"""Stand in the title of the first panel."""
AT_A_TIME = 50
"""Members without a screen in one process."""
PATIENCE = 60.0
REST_NANOSECONDS = 300_000_000
"""After a file of live prices was written; a beat takes none as long, and the next one comes after a second."""


def within(is_so: Callable[[], Any], seconds: float = PATIENCE) -> float:
    """How long it took until something was so; NaN where it did not come to be."""
    began = time.perf_counter()
    while time.perf_counter() - began < seconds:
        if is_so():
            return time.perf_counter() - began
        time.sleep(0.01)
    return float("nan")


class Process:
    """A program with pipes, which ends with its input."""

    def __init__(self, *words: object) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks._desk_members", *map(str, words)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # As the monitors have, and the members of a desk: Linux shares its processors out among sessions.
            start_new_session=True,
        )

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def end(self) -> str:
        """Close its input; all it says then."""
        said, _ = self.process.communicate(timeout=PATIENCE)
        return said


class Screens:
    """Real monitors, watched by one thread so that none waits for its terminal."""

    def __init__(self, stack: ExitStack, homes: Sequence[Path], server: DeskServer, upstream: str) -> None:
        self.homes = homes
        self._programs = [stack.enter_context(self._monitor(home, server, upstream)) for home in homes]
        self._tails, self._shown = [b""] * len(homes), set[int]()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        stack.callback(self._stop)

    def _monitor(self, home: Path, server: DeskServer, upstream: str) -> Program:
        home.mkdir(exist_ok=True)
        own = {
            "SHORTSIDE_HOME": str(home),
            "SHORTSIDE_UPSTREAM": upstream,
            "SHORTSIDE_NOW": NOW.isoformat(),
            "TERM": "xterm-256color",
        }
        command = [sys.executable, "-m", "tui", "--source", "desk", "--desk", server.address.words]
        return Program(command, {**os.environ, **own, "TERM": "xterm-256color"})

    def _watch(self) -> None:
        while not self._is_over.is_set():
            for place, program in enumerate(self._programs):
                seen = len(program.chunks)
                program.watch(0.01)
                self._tails[place] = (self._tails[place] + b"".join(piece for _, piece in program.chunks[seen:]))[
                    -200_000:
                ]
                if WORDS in self._tails[place]:
                    self._shown.add(place)
            self._is_over.wait(0.02)

    def _stop(self) -> None:
        self._is_over.set()
        self._thread.join(PATIENCE)

    def running(self) -> int:
        return sum(not program.has_ended for program in self._programs)

    def show_figures(self) -> int:
        return len(self._shown)

    def last_words(self) -> str:
        """What a monitor that ended said, for whoever wonders."""
        return repr(self._tails[0][-300:])


def vintages(archive: Path) -> set[str]:
    return {path.relative_to(archive).as_posix() for path in archive.glob("*/*/*.parquet")}


def told(client: redis.Redis, key: str) -> str:
    try:
        return (client.get(key) or b"").decode()
    except redis.RedisError:
        return ""


def requests_at(upstream: str) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{upstream}/__replay/log", timeout=PATIENCE) as answer:
        found: list[dict[str, Any]] = json.load(answer)
        return found


def _percentiles(late: Sequence[float]) -> tuple[str, ...]:
    if len(late) < 2:
        return (f"{len(late):,}", "-", "-", "-")
    cuts = statistics.quantiles(late, n=100, method="inclusive")
    return (f"{len(late):,}", f"{cuts[49]:.1f}", f"{cuts[98]:.1f}", f"{max(late):.1f}")


class LiveFiles:
    """Notes when the file of live prices of each monitor is written, and how late that is."""

    def __init__(self, homes: Sequence[Path]) -> None:
        self._paths = [home / "archive" / "live" / f"{SOURCE}.npz" for home in homes]
        self.late: list[float] = []
        self._seen = {path: path.stat().st_mtime_ns if path.is_file() else 0 for path in self._paths}
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while not self._is_over.wait(0.05):
            for path in self._paths:
                # What is written in that moment is left alone: reading five files takes processor from the members.
                if not path.is_file() or time.time_ns() - (at := path.stat().st_mtime_ns) < REST_NANOSECONDS:
                    continue
                if self._seen[path] != at:
                    self.late.append(1e3 * (at / 1e9 - float(read_quotes(path).moments.max())))
                    self._seen[path] = at

    def end(self) -> list[float]:
        self._is_over.set()
        self._thread.join(PATIENCE)
        return self.late


def load(asked: argparse.Namespace, folder: Path, server: DeskServer, source: Path, upstream: str) -> None:
    """Prices for everybody: how late they are, and what they cost."""
    with ExitStack() as stack:
        shutil.copytree(source, folder / "poller")
        poller = Process("poll", folder / "poller", server.port, asked.names)
        stack.callback(poller.process.kill)
        poller.line()
        client = redis.Redis(port=server.port)
        count = len(vintages(source))
        published = within(lambda: client.xlen(VINTAGES) >= count)
        print_table(
            ("an empty desk", "vintages", "megabytes", "seconds until published", "megabytes in Redis"),
            [("whole market", f"{count:,}", f"{_megabytes(source):.0f}", f"{published:.1f}", _memory(client))],
        )
        print()
        joins = [_joined(server, folder / f"late{number}") for number in range(5)]
        monitors = Screens(stack, [folder / f"home{number}" for number in range(asked.monitors)], server, upstream)
        shown = within(lambda: monitors.show_figures() == asked.monitors or not monitors.running())
        if not monitors.running():
            print(monitors.last_words())
        rows = [("member without a screen, whole archive", f"{statistics.median(joins):.2f}", f"{max(joins):.2f}")]
        rows.append((f"{asked.monitors} monitors at once, from start to figures", f"{shown:.2f}", "-"))
        print_table(("a late joiner", "seconds, median", "seconds, most"), rows)
        print()
        groups = [
            Process("listen", folder / f"listeners{number}", server.port, AT_A_TIME)
            for number in range(asked.subscribers // AT_A_TIME)
        ]
        for group in groups:
            stack.callback(group.process.kill)
            group.line()
        files, before, began = LiveFiles(monitors.homes), client.info(), time.perf_counter()
        assert poller.process.stdin is not None
        poller.process.stdin.write("go\n")
        poller.process.stdin.flush()
        time.sleep(asked.seconds + 1)
        after, seconds = client.info(), time.perf_counter() - began
        on_screens = files.end()
        answers = [json.loads(group.end().splitlines()[-1]) for group in groups]
        late = [one for answer in answers for one in answer["late"]]
        later = [milliseconds for number, milliseconds in late if number]
        head = (f"{asked.names} names a second, from poll to member, ms", "messages", "p50", "p99", "most")
        rows = [
            (f"{asked.subscribers} members without a screen", *_percentiles([one for _, one in late])),
            # With the first one the monitors begin a session: each makes its market anew.
            ("the same, but for a session's first beat", *_percentiles(later)),
            (f"{asked.monitors} monitors, in the archive", *_percentiles(on_screens)),
        ]
        print_table(head, rows)
        print()
        sent = (after["total_net_output_bytes"] - before["total_net_output_bytes"]) / seconds
        used = sum(after[name] - before[name] for name in ("used_cpu_sys", "used_cpu_user")) / seconds
        members = asked.subscribers + asked.monitors
        own = 1e3 * sum(answer["seconds"] for answer in answers) / max(1, len(late))
        print_table(
            ("members", "bytes a second", "a member", "processor of Redis", "of a member, a beat", "MB in Redis"),
            [
                (
                    f"{members} members",
                    f"{sent:,.0f}",
                    f"{sent / members:,.0f}",
                    f"{used:.1%}",
                    f"{own:.2f} ms",
                    _memory(client),
                )
            ],
        )
        print()


def _joined(server: DeskServer, root: Path) -> float:
    root.mkdir()

    async def join() -> float:
        began = time.perf_counter()
        async with DeskConnection(server.address) as connection:
            await DeskReader(connection, Archive(root), CLOCK).catch_up()
        return time.perf_counter() - began

    seconds = asyncio.run(join())
    shutil.rmtree(root)
    return seconds


def faults(asked: argparse.Namespace, folder: Path, server: DeskServer, upstream: str) -> None:
    """The poller killed and stopped, the server killed and started again, with monitors that may all poll."""
    client = redis.Redis(port=server.port)
    rows = []
    with ExitStack() as stack:
        homes = [folder / f"home{number}" for number in range(asked.monitors)]
        for name, number in (("kill -9", signal.SIGKILL), ("SIGSTOP", signal.SIGSTOP)):
            poller = Process("poll", folder / "poller", server.port, asked.names)
            stack.callback(poller.process.kill)
            poller.line()
            standings = [home / "archive" / "desk.json" for home in homes]
            for standing in standings:
                standing.unlink(missing_ok=True)
            monitors = Screens(stack, homes, server, upstream)
            # Figures of last time are there at once; a seat at the desk is taken when those of now are.
            within(lambda found=standings: all(one.is_file() for one in found))
            time.sleep(5)
            lease, note = told(client, LEASE), told(client, NOTE + "poller")
            poller.process.send_signal(number)
            taken = within(lambda held=lease: told(client, LEASE) not in (held, ""))
            polls = taken + within(lambda said=note: told(client, NOTE + "poller") != said)
            rows.append((f"poller ended by {name}", f"{taken:.2f}", f"{polls:.2f}", f"{monitors.running()}"))
            if name == "kill -9":
                stack.close()
        time.sleep(asked.seconds)
        before, vintages_before = requests_at(upstream), [vintages(home / "archive") for home in homes]
        server.kill()
        time.sleep(5)
        server.start()
        taken = within(lambda: told(client, LEASE))
        whole = taken + within(lambda: client.xlen(VINTAGES) >= len(set.union(*vintages_before)))
        time.sleep(asked.seconds)
        rows.append(("server killed, back after 5 s", f"{taken:.2f}", f"{whole:.2f}", f"{monitors.running()}"))
        print_table(("what dies", "seconds until taken over", "until polled, or whole", "monitors that run on"), rows)
        print()
        archives = [home / "archive" for home in homes]
        within(lambda: all(vintages(one) == vintages(archives[0]) for one in archives), 15.0)
        _print_requests(before, requests_at(upstream), [vintages(home / "archive") for home in homes])


def _print_requests(before: Sequence[dict[str, Any]], after: Sequence[dict[str, Any]], held: list[set[str]]) -> None:
    def answered(log: Sequence[dict[str, Any]]) -> Counter[tuple[str, str]]:
        return Counter((one["host"], one["path"]) for one in log if one["status"] == 200)

    twice = [key for key, count in answered(after).items() if count > 1]
    since = answered(after) - answered(before)
    again = [key for key in since if answered(before)[key]]
    print_table(
        ("requests at the replay server", "all", "answered", "answered twice", "asked again after the restart"),
        [
            (
                "all monitors together",
                f"{len(after):,}",
                f"{sum(answered(after).values()):,}",
                f"{len(twice)}",
                f"{len(again)}",
            )
        ],
    )
    for host, path in sorted({*twice, *again}):
        print(f"  {host}{path}"[:118])
    print()
    same = sum(one == held[0] for one in held)
    row = ("at the end", f"{len(held[0]):,}", f"{same} of {len(held)}")
    print_table(("archives", "vintages", "the same in"), [row])
    for place in sorted(set.union(*held) - set.intersection(*held)):
        print(f"  {place} in {sum(place in one for one in held)}")


def _megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20


def _memory(client: redis.Redis) -> str:
    return f"{client.info('memory')['used_memory'] / 2**20:.0f}"


def _replay(stack: ExitStack, shared: Path) -> str:
    command = [sys.executable, str(shared / "replay" / "server.py"), "--now", NOW.isoformat(), "--port", "0"]
    process = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
    stack.callback(process.kill)
    assert process.stdout is not None
    return f"http://127.0.0.1:{int(process.stdout.readline())}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--shared", type=Path, required=True)
    options.add_argument("--seconds", type=float, default=30.0)
    options.add_argument("--subscribers", type=int, default=200)
    options.add_argument("--monitors", type=int, default=5)
    options.add_argument("--names", type=int, default=325)
    options.add_argument("--archive", type=Path, help="a market of fourteen months, instead of making one")
    asked = options.parse_args(arguments)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        source = asked.archive or write_archive(asked.shared / "market", folder / "market").root
        upstream = _replay(stack, asked.shared)
        server = stack.enter_context(desk_server(folder, "--maxmemory", "512mb"))
        load(asked, folder, server, source, upstream)
        faults(asked, folder, server, upstream)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
