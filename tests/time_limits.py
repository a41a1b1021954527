"""Ends a test, and a run, that would not end by itself, and prints where each thread stood.

pytest-timeout interrupts a test once, and a run between two tests (`timeout` and `session_timeout` in pyproject.toml).
That is not enough where the interruption ends in a task nobody waits for, where Python does not get to handle a signal,
or outside of tests: while modules are imported, or threads are waited for at the end.
"""

import faulthandler
import os
import signal
import time
from collections.abc import Generator
from typing import Any, Final

import pytest

AGAIN_PART: Final = 0.1
"""Of the limit of a test, from one interruption to the next."""
PATIENT_TIMES: Final = 1.5
"""The limit of a test or a run, after which its process ends: a test that is interrupted still puts things away."""
CONTROLLER_TIMES: Final = 1.55
"""The limit of a run, after which the process ends that only waits for the others."""

Wrapped = Generator[None, Any, Any]


class TimeLimits:
    """A plugin that interrupts a test again, and in the end the process, with its stacks on standard error.

    The latter needs neither Python nor a signal: faulthandler waits in a thread of its own in C.
    """

    def __init__(self, config: pytest.Config) -> None:
        # What is on standard error now is what it is without pytest's capturing.
        self._file = os.dup(2)
        is_controller = not hasattr(config, "workerinput") and bool(config.getoption("numprocesses", None))
        run_seconds = _seconds(config, "session_timeout") * (CONTROLLER_TIMES if is_controller else PATIENT_TIMES)
        self._test_seconds = _seconds(config, "timeout") * PATIENT_TIMES
        self._ends_at = time.monotonic() + run_seconds if run_seconds else None
        self._end_after(None)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self) -> Wrapped:
        self._end_after(self._test_seconds or None)
        try:
            return (yield)
        finally:
            self._end_after(None)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self) -> Wrapped:
        return (yield from _interrupted_again())

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Wrapped:
        return (yield from _interrupted_again())

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self) -> Wrapped:
        return (yield from _interrupted_again())

    def _end_after(self, seconds: float | None) -> None:
        """End the process after some seconds, or when the run has taken too long, whichever is first."""
        left = None if self._ends_at is None else self._ends_at - time.monotonic()
        limits = [limit for limit in (seconds, left) if limit is not None]
        if limits:
            faulthandler.dump_traceback_later(max(1.0, min(limits)), exit=True, file=self._file)
        else:
            faulthandler.cancel_dump_traceback_later()


def _seconds(config: pytest.Config, name: str) -> float:
    given = config.getoption(name, None)
    return float(config.getini(name) or 0.0) if given is None else float(given)


def _interrupted_again() -> Wrapped:
    """Has a test that goes on after it was interrupted be interrupted again, but not pytest, which tells of it."""
    seconds, _ = signal.getitimer(signal.ITIMER_REAL)
    if not seconds:
        return (yield)
    strikes_at = time.monotonic() + seconds
    # asyncio keeps the first interruption where it strikes a task; the next one strikes the loop.
    signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN_PART * seconds)
    try:
        return (yield)
    finally:
        signal.setitimer(signal.ITIMER_REAL, max(0.0, strikes_at - time.monotonic()))
