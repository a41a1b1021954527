"""How long a history of 60,000 names over 5,040 sessions takes, how it grows, and what a second worker brings.

    python -m benchmarks.history_world
    python -m benchmarks.history_world --names 8192 --sessions 1260 --no-cluster

Closes are noise, written once into a temporary folder: files of some thousand names each, as shards are. A run reads
them and sums P&L, short interest, new shorts and breadth by tier and month, with settlements twice a month. It is a
process of its own, whose time begins after its imports; its peak is all that was ever resident in it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks._timing import print_table
from shortside.positions import PositionsMethod
from shortside.tiers import TierScheme
from shortside.world.exact_dollars import ExactDollars
from shortside.world.shards import NAMES_IN_SHARD, Plan, Shard
from shortside.world.sums import shard_sums, summed_shards
from tui.extras import how_to_install

SESSIONS_IN_MONTH = 21
SESSIONS_IN_CYCLE = 10
SCHEME = TierScheme()
MEGABYTE = 2**20
FRACTIONS = (4, 2, 1)


class Stored(NamedTuple):
    """A shard in its file, or many of them."""

    folder: str
    number: int


class Run(NamedTuple):
    seconds: float
    processor: float
    peak_megabytes: float
    digest: str


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.history_world", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--names", type=int, default=60_000)
    parser.add_argument("--sessions", type=int, default=5_040)
    parser.add_argument("--rounds", type=int, default=3, help="the quickest of so many runs counts")
    parser.add_argument("--no-cluster", action="store_true", help="leave the workers out")
    parser.add_argument("--child", metavar="FOLDER", help=argparse.SUPPRESS)
    parser.add_argument("--shards", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.child:
        print(json.dumps(_measured(options.child, options.shards)))
        return
    print(f"{os.cpu_count()} processors; others were using {os.getloadavg()[0]:.1f} of them when this began\n")
    with tempfile.TemporaryDirectory(prefix="history-world-") as folder:
        shards = _write(folder, options.names, options.sessions)
        whole = _growth(folder, shards, options)
        if not options.no_cluster:
            _workers(folder, shards, options.rounds, whole)


def _write(folder: str, names: int, sessions: int) -> int:
    begun = time.perf_counter()
    starts = range(0, names, NAMES_IN_SHARD)
    for number, start in enumerate(starts):
        count = min(NAMES_IN_SHARD, names - start)
        random = np.random.default_rng(number)
        walk = random.standard_normal((sessions, count), np.float32)
        walk *= np.float32(0.02)
        np.cumsum(walk, axis=0, out=walk)
        walk += random.normal(3, 1, count).astype(np.float32)
        np.clip(walk, -5, 10, out=walk)
        shares = random.lognormal(13, 2, (-(-sessions // SESSIONS_IN_CYCLE), count))
        path = Path(folder, f"{number:03d}")
        np.save(path.with_suffix(".close.npy"), np.exp(walk, out=walk))
        np.save(path.with_suffix(".shares.npy"), shares)
        np.save(path.with_suffix(".counts.npy"), random.lognormal(17, 1.2, count))
    size = sum(path.stat().st_size for path in Path(folder).iterdir())
    print(f"{names:,} names × {sessions:,} sessions, {size / 1e9:.2f} GB in {len(starts)} shards,", end=" ")
    print(f"written in {time.perf_counter() - begun:.0f} s\n")
    return len(starts)


def _plan(sessions: int) -> Plan:
    ends = [*range(0, sessions - 1, SESSIONS_IN_MONTH), sessions - 1]
    knots = np.arange(0, sessions, SESSIONS_IN_CYCLE)
    spans = np.array(list(pairwise(ends)))
    return Plan(spans=spans, knots=knots, method=PositionsMethod.LINEAR, groups=len(SCHEME.labels))


def _read(stored: Stored) -> Shard:
    path = Path(stored.folder, f"{stored.number:03d}")
    close = np.load(path.with_suffix(".close.npy"))
    shares, counts = np.load(path.with_suffix(".shares.npy")), np.load(path.with_suffix(".counts.npy"))
    sessions, names = close.shape
    return Shard(
        close=close,
        knot_shares=shares,
        is_reported=np.ones(shares.shape, bool),
        entry=np.zeros(names, np.int64),
        exit=np.full(names, sessions - 1),
        appeared_at=np.full(names, sessions),
        first_priced=np.zeros(names, np.int64),
        last_priced=np.full(names, sessions - 1),
        included=np.ones(names, bool),
        groups=np.stack([SCHEME.codes(close[end] * counts) for _, end in _plan(sessions).spans.tolist()]),
    )


def _sessions(folder: str) -> int:
    return int(np.load(Path(folder, "000.close.npy"), mmap_mode="r").shape[0])


def _shards(folder: str, count: int) -> Iterator[Shard]:
    for number in range(count):
        yield _read(Stored(folder, number))


def _measured(folder: str, count: int) -> Run:
    plan = _plan(_sessions(folder))
    begun, used = time.perf_counter(), time.process_time()
    sums = summed_shards(_shards(folder, count), plan)
    seconds, processor = time.perf_counter() - begun, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Run(seconds, processor, peak, _digest(sums))


def _digest(sums: ExactDollars) -> str:
    return hashlib.sha256(sums.whole.tobytes() + sums.parts.tobytes()).hexdigest()[:12]


def _growth(folder: str, shards: int, options: argparse.Namespace) -> Run:
    rows, run = [], Run(0, 0, 0, "")
    for fraction in FRACTIONS:
        count = max(shards // fraction, 1)
        run = min((_child(folder, count) for _ in range(options.rounds)), key=lambda one: one.processor)
        names = min(count * NAMES_IN_SHARD, options.names)
        cells = names * options.sessions
        rows.append(
            (
                f"{names:,}",
                f"{run.seconds:.2f}",
                f"{run.processor:.2f}",
                f"{1e9 * run.processor / cells:.2f}",
                f"{run.peak_megabytes:.0f}",
            )
        )
    print("One process, a shard at a time; the quickest of each\n")
    print_table(("names", "seconds", "processor s", "ns a close", "peak MB"), rows)
    return run


def _child(folder: str, count: int) -> Run:
    words = [sys.executable, "-m", "benchmarks.history_world", "--child", folder, "--shards", str(count)]
    return Run(*json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout))


class Summed(NamedTuple):
    sums: ExactDollars
    processor: float
    process: int


def sums_of_stored(stored: Stored) -> Summed:
    """What a worker does: read a shard and sum it up."""
    used = time.process_time()
    sums = shard_sums(_read(stored), _plan(_sessions(stored.folder)))
    return Summed(sums, time.process_time() - used, os.getpid())


def _workers(folder: str, shards: int, rounds: int, whole: Run) -> None:
    try:
        import distributed  # noqa: F401
    except ImportError:
        print(f"\nDask is not installed here: {how_to_install('cluster')}")
        return
    rows = []
    first = seconds_of_one = 0.0
    for workers in (1, 2):
        ready, seconds, parts = _by_cluster(folder, shards, rounds, workers)
        total = ExactDollars.zero(*parts[0].sums.whole.shape)
        used: dict[int, float] = {}
        for part in parts:
            total = total + part.sums
            used[part.process] = used.get(part.process, 0.0) + part.processor
        busiest = max(used.values())
        first, seconds_of_one = first or busiest, seconds_of_one or seconds
        rows.append(
            (
                f"{workers}",
                f"{ready:.1f}",
                f"{seconds:.2f}",
                f"{seconds_of_one / seconds:.2f}",
                f"{sum(used.values()):.2f}",
                f"{busiest:.2f}",
                f"{first / busiest:.2f}",
                "the same" if _digest(total) == whole.digest else "another",
            )
        )
    print(f"\nDask workers, a thread each, the quickest of {rounds}; load at the end {os.getloadavg()[0]:.1f}\n")
    head = ("workers", "ready after s", "seconds", "×", "processor s", "of the busiest", "×", "answer")
    print_table(head, rows)


def _by_cluster(folder: str, shards: int, rounds: int, workers: int) -> tuple[float, float, list[Summed]]:
    """How long until workers were ready, and the quickest round with its answers."""
    from distributed import Client, LocalCluster

    begun = time.perf_counter()
    with (
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            host="127.0.0.1",
            silence_logs=logging.CRITICAL,
        ) as cluster,
        Client(cluster.scheduler_address, timeout=60) as client,
    ):
        client.wait_for_workers(workers, timeout=60)
        # Everybody imports what is needed before the time is taken.
        client.gather(client.map(sums_of_stored, [Stored(folder, 0)] * 2 * workers, pure=False))
        ready = time.perf_counter() - begun
        found = []
        for _ in range(rounds):
            begun = time.perf_counter()
            tasks = [Stored(folder, number) for number in range(shards)]
            parts = client.gather(client.map(sums_of_stored, tasks, pure=False))
            found.append((time.perf_counter() - begun, parts))
    seconds, parts = min(found, key=lambda one: one[0])
    return ready, seconds, parts


if __name__ == "__main__":
    main()
