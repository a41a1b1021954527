"""Leaving in good order: on SIGTERM, SIGHUP and a lost terminal the screen is restored and no process stays behind."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import sys
from threading import Timer
from typing import Any

from textual.app import App

from tui.exit_codes import TERMINATED

HUNG_UP = 129
"""As shells count a SIGHUP."""
GRACE_SECONDS = 1.5
"""Time for an orderly leave; after it the process ends as it is."""
WATCH_SECONDS = 1.0


def watch_terminal(app: App[Any]) -> None:
    """Have the app leave when it is asked to, or when its terminal is gone."""
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, leave, app, TERMINATED)
    loop.add_signal_handler(signal.SIGHUP, leave, app, HUNG_UP)
    if not app.is_headless:
        # A process started with SIGHUP ignored (nohup, some supervisors) is told nothing when its terminal goes.
        app.set_interval(WATCH_SECONDS, lambda: None if has_terminal() else leave(app, HUNG_UP), name="terminal watch")


def leave(app: App[Any], code: int) -> None:
    """Restore the terminal and end with `code`, at the latest after the grace."""
    last_resort = Timer(GRACE_SECONDS, _end, (app, code))
    last_resort.daemon = True
    last_resort.start()
    app.exit(None, code)


def has_terminal() -> bool:
    """Whether standard input still is a terminal with someone at its other end."""
    try:
        poll = select.poll()
        poll.register(sys.__stdin__ or 0, select.POLLHUP)
        events = poll.poll(0)
    except (OSError, ValueError):
        return False
    return not any(event & (select.POLLHUP | select.POLLNVAL | select.POLLERR) for _, event in events)


def _end(app: App[Any], code: int) -> None:
    """The event loop did not get there: put the terminal back from here and stop."""
    driver = app._driver
    if driver is not None and has_terminal():
        driver.stop_application_mode()
    os._exit(code)
