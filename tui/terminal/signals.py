"""Ends the program in good order on a signal or a lost terminal: restores the screen and stops every process."""

from __future__ import annotations

import os
import select
import signal
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer
from types import FrameType
from typing import Any

from textual.app import App

from providers.events import Events, write_out
from tui.terminal.driver import TerminalDriver, restore_terminal
from tui.terminal.ending_signals import EXIT_CODES_OF_SIGNALS
from tui.terminal.textual_parts import driver_of, loop_of

_events = Events("run")
HUNG_UP = 129
"""SIGHUP ended the program: 128 and the signal's number, as shells report it."""
SECONDS_FOR_AN_ORDERLY_END = 1.0
"""Seconds for an orderly end; after them the process ends as it is."""
SECONDS_BETWEEN_TERMINAL_CHECKS = 1.0


@contextmanager
def orderly_end(app: App[Any]) -> Iterator[None]:
    """While the block runs the app, a signal makes it leave in good order. For the main thread."""

    def rise(number: int, _frame: FrameType | None) -> None:
        leave(app, EXIT_CODES_OF_SIGNALS[number])

    # Not the event loop's own handlers: a loop that waits for a stalled terminal would never call them.
    before = {number: signal.signal(number, rise) for number in EXIT_CODES_OF_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if not (app.is_headless or has_terminal()):
            _forget_terminal()


def watch_terminal(app: App[Any]) -> None:
    """Make the app leave once its terminal is gone."""
    if not app.is_headless:
        TerminalDriver.on_lost = leave_lost
        # A process started with SIGHUP ignored (nohup, some supervisors) is told nothing when its terminal goes.
        app.set_interval(
            SECONDS_BETWEEN_TERMINAL_CHECKS, lambda: None if has_terminal() else leave_lost(app), name="terminal watch"
        )


def leave(app: App[Any], code: int) -> None:
    """Restore the terminal and end with `code`, at the latest after the grace; at once if the app does not run."""
    loop = loop_of(app)
    if loop is None or not loop.is_running():
        # Not by an exception: risen in the middle of an import, it may be taken for a failure of the import.
        _end(app, code)
        return
    last_resort = Timer(SECONDS_FOR_AN_ORDERLY_END, _end, (app, code))
    last_resort.daemon = True
    last_resort.start()
    loop.call_soon_threadsafe(app.exit, None, code)


def leave_lost(app: App[Any]) -> None:
    """End the program because its terminal is gone."""
    if app.return_code is None:
        leave(app, HUNG_UP)


def has_terminal() -> bool:
    """Whether standard input still is a terminal with someone at its other end."""
    try:
        poll = select.poll()
        poll.register(sys.__stdin__ or 0, select.POLLHUP)
        events = poll.poll(0)
    except (OSError, ValueError):
        return False
    return not any(event & (select.POLLHUP | select.POLLNVAL | select.POLLERR) for _, event in events)


def _forget_terminal() -> None:
    """Python writes what is left at its end, fails where nobody takes it, and would exit with a code of its own."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for file in (1, 2):
        # A terminal that is gone says it is none, but not what it was; a log file stays.
        if stat.S_ISCHR(os.fstat(file).st_mode):
            os.dup2(nowhere, file)
    os.close(nowhere)


def _end(app: App[Any], code: int) -> None:
    """The event loop does not get there: put the terminal back from here and stop."""
    if has_terminal():
        if TerminalDriver.early is not None:
            TerminalDriver.early.leave()
        restore_terminal(getattr(driver_of(app), "attrs_before", None))
    _events.warning("cut_short", code=code)
    write_out()
    os._exit(code)
