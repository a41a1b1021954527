"""Runs coroutines on a loop whose time jumps to the next timer, so that waiting for a minute takes no time.

Threads still take theirs: while one is at work, the loop waits for it instead of jumping.
"""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, TypeVar, TypeVarTuple, Unpack

Arguments = TypeVarTuple("Arguments")
Result = TypeVar("Result")


TURN = 1e-7
"""Seconds a turn of the loop takes."""


class _Jumping(selectors.DefaultSelector):
    """Asks the kernel what is ready, and lets the loop skip the rest of the wait."""

    def __init__(self) -> None:
        super().__init__()
        self.skipped = 0.0
        self.is_idle: Callable[[], bool] = lambda: True

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        # A turn takes a moment in truth, too: without it a timer that is a rounding error early would spin for ever.
        self.skipped += TURN
        if timeout is not None and timeout <= 0:
            return super().select(0)
        if timeout is None or not self.is_idle():
            return super().select(None)
        ready = super().select(0)
        if not ready:
            self.skipped += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """Begins at 1,000 seconds and moves only by being waited for."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        self._working = 0
        self._jumping.is_idle = lambda: not self._working
        super().__init__(self._jumping)

    def time(self) -> float:
        return 1_000.0 + self._jumping.skipped

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[Unpack[Arguments]], Result], *args: *Arguments
    ) -> asyncio.Future[Result]:
        self._working += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._one_less)
        return future

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - asyncio names it
        # Python 3.12 gives the threads a timer to end by, and time must not jump to it.
        self._working += 1
        await super().shutdown_default_executor()

    def _one_less(self, _future: object) -> None:
        self._working -= 1


def run(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """The result of a coroutine that may wait for as long as it likes."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(coroutine)
