"""Has tasks done by the workers of a Dask cluster, which run the very function that this machine would run."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeVar

from shortside.words.plain_text import printable
from tui.errors import ReportedError, SourceError
from tui.extras import how_to_install

if TYPE_CHECKING:
    from distributed import Client

Task = TypeVar("Task")
Part = TypeVar("Part")

ANSWER_SECONDS: Final = 10.0
"""How long a scheduler may take to answer."""
TASK_SECONDS: Final = 1_800.0
"""How long a task may take from when it is waited for: a year of the market takes seconds, its fetching minutes."""
IN_FLIGHT: Final = 64
"""Tasks handed over at a time; their answers are small."""


def done_by_cluster(do: Callable[[Task], Part], tasks: Sequence[Task], address: str) -> Iterator[Part]:
    """What workers make of tasks, in their order.

    Args:
        do: the function; workers must be able to import it.
        tasks: what it is called with; sent to the workers, so they hold no secret.
        address: of the scheduler.

    Raises:
        ReportedError: Dask is not installed, or a worker failed.
        SourceError: the scheduler does not answer, has no worker, or went away.
    """
    client = _client(address)
    try:
        if not client.scheduler_info().get("workers"):
            raise SourceError(f"the scheduler at {address} has no worker; start one with: dask worker {address}")
        left, flying = deque(tasks), deque[Any]()
        while left or flying:
            while left and len(flying) < IN_FLIGHT:
                # The same task twice is asked twice: what it reads may have changed in between.
                flying.append(client.submit(do, left.popleft(), pure=False))
            yield _result(flying.popleft(), address)
    finally:
        client.close(timeout=ANSWER_SECONDS)  # type: ignore[no-untyped-call]


def _client(address: str) -> Client:
    try:
        from distributed import Client
    except ImportError as error:
        raise ReportedError(f"for --scheduler {address} Dask is needed; {how_to_install('cluster')}") from error
    try:
        asyncio.run(_greeted(address))
        return Client(address, timeout=ANSWER_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, TimeoutError, ValueError) as error:
        raise SourceError(f"the scheduler at {address} does not answer within {ANSWER_SECONDS:g} s") from error


async def _greeted(address: str) -> None:
    """Shake hands once, within the limit: a Client waits for ever for what takes a connection and says nothing."""
    from distributed.comm.core import connect

    async with asyncio.timeout(ANSWER_SECONDS):
        comm = await connect(address, timeout=ANSWER_SECONDS)  # type: ignore[no-untyped-call]
        await comm.close()


def _result(future: Any, address: str) -> Any:
    from distributed import TimeoutError as WaitedTooLongError
    from distributed.client import FutureCancelledError
    from distributed.scheduler import KilledWorker

    try:
        return future.result(timeout=TASK_SECONDS)
    except ReportedError:
        raise
    except (WaitedTooLongError, TimeoutError) as error:
        raise SourceError(f"a worker of {address} took longer than {TASK_SECONDS:g} s") from error
    except KilledWorker as error:
        raise SourceError(f"workers of {address} died over a part of the history, likely for want of memory") from error
    except (FutureCancelledError, OSError) as error:
        raise SourceError(f"the scheduler at {address} went away") from error
    # Whatever a worker raises comes here as it was raised there, and it may lack what this machine has.
    except Exception as error:
        words = printable(f"{type(error).__name__}: {error}".splitlines()[0])[:300]
        raise ReportedError(f"a worker of {address} failed: {words}") from error
