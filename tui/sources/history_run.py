"""Has the tasks of a history done: here one after another, in threads or processes, or by the workers of a cluster."""

from __future__ import annotations

import multiprocessing
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Final, TypeVar

from tui.errors import UsageError

SCHEDULERS: Final = ("local", "threads", "processes")
"""What this machine offers; besides, an address of a scheduler of Dask."""
ADDRESS: Final = re.compile(r"(tcp|tls|ws|wss|ucx|inproc)://\S+")
MOST_AT_ONCE: Final = 2
"""Tasks that one machine does at a time: each holds a year of the market."""

Task = TypeVar("Task")
Part = TypeVar("Part")


def require_scheduler(name: str) -> None:
    """Refuse what names no scheduler.

    Raises:
        UsageError: it is neither one of this machine's nor an address.
    """
    if name not in SCHEDULERS and not ADDRESS.fullmatch(name):
        raise UsageError(f"--scheduler {name}: must be {', '.join(SCHEDULERS)} or an address such as tcp://host:8786")


def done(do: Callable[[Task], Part], tasks: Sequence[Task], scheduler: str) -> Iterator[Part]:
    """What a function makes of tasks, in their order.

    Args:
        do: the function; other processes must be able to import it.
        tasks: what it is called with.
        scheduler: one of `SCHEDULERS`, or the address of one of Dask.

    Raises:
        ReportedError: the scheduler does not answer, or what talks to it is not installed.
    """
    if ADDRESS.fullmatch(scheduler):
        from tui.sources.cluster import done_by_cluster

        yield from done_by_cluster(do, tasks, scheduler)
    elif scheduler == "local" or len(tasks) == 1:
        yield from map(do, tasks)
    else:
        yield from _pooled(do, tasks, scheduler)


def _pooled(do: Callable[[Task], Part], tasks: Sequence[Task], scheduler: str) -> Iterator[Part]:
    count = min(MOST_AT_ONCE, len(tasks))
    executor: Executor
    if scheduler == "threads":
        executor = ThreadPoolExecutor(count)
    else:
        # Begun anew rather than forked: what was imported has threads, of which a fork keeps only the locks.
        executor = ProcessPoolExecutor(count, multiprocessing.get_context("spawn"))
    with executor:
        try:
            yield from executor.map(do, tasks)
        except BaseException:
            # Of those that have not begun nobody would hear any more.
            executor.shutdown(wait=False, cancel_futures=True)
            raise
