"""Medians of repeated calls, a plain table, and what memory a process holds. Nothing here judges a figure."""

from __future__ import annotations

import gc
import resource
import statistics
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

STATUS = Path("/proc/self/status")
WAITS = Path("/proc/self/task")
"""Where Linux tells of each thread how long it ran and how long it waited for a processor."""


class Timed(NamedTuple):
    """How long a call took, in milliseconds."""

    median: float
    least: float
    repeats: int
    processor: float
    """The least processor time of one call, all threads together: what a busy machine does not lengthen."""


def timed(call: Callable[[], object], repeats: int, warm_up: int = 1) -> Timed:
    """Time a call. The collector is run before each and held off during it, so garbage of one never slows another."""
    for _ in range(warm_up):
        call()
    seconds, processor = [], []
    gc.collect()
    gc.disable()
    try:
        for _ in range(repeats):
            begun, used = time.perf_counter(), time.process_time()
            call()
            processor.append(time.process_time() - used)
            seconds.append(time.perf_counter() - begun)
    finally:
        gc.enable()
    return Timed(1e3 * statistics.median(seconds), 1e3 * min(seconds), repeats, 1e3 * min(processor))


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print `table_text`."""
    print(table_text(head, rows))


def table_text(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table: the first column to the left, the others to the right."""
    widths = [max(len(row[place]) for row in (head, *rows)) for place in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        first = cells[0].ljust(widths[0])
        rest = (cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True))
        return f"| {' | '.join((first, *rest))} |"

    rule = f"|{'|'.join('-' * (width + 1) + ('-' if place == 0 else ':') for place, width in enumerate(widths))}|"
    return "\n".join([line(head), rule, *map(line, rows)])


def seconds_given() -> float:
    """Seconds of the clock without those in which this thread could have run and no processor was free.

    What has a deadline by them is not called late because the machine does other things. Of the clock where the system
    does not tell.
    """
    told = WAITS / str(threading.get_native_id()) / "schedstat"
    waited = int(told.read_text().split()[1]) / 1e9 if told.is_file() else 0.0
    return time.monotonic() - waited


def memory_now() -> float:
    """Resident megabytes of this process; its peak where the system does not tell the present."""
    return _status("VmRSS") or memory_peak()


def memory_peak() -> float:
    """The most megabytes this process was ever resident with."""
    # ru_maxrss of a child begins at its parent's peak on Linux, VmHWM does not.
    return _status("VmHWM") or _megabytes(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def _megabytes(maxrss: int) -> float:
    return maxrss / (1_048_576 if sys.platform == "darwin" else 1_024)


def _status(field: str) -> float:
    if not STATUS.is_file():
        return 0.0
    for line in STATUS.read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / 1_024
    return 0.0
