"""Logs written and read back, for the tests of the log."""

import re
from datetime import UTC, datetime

from providers.events import Events
from tui.event_log import EventLog
from tui.log_file import LogFile

NOON = datetime(2023, 9, 7, 16, 30, tzinfo=UTC)

LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (debug|info|warning|error|critical) \d+ \w+ \w+( \w+=.*)?")

events = Events("example")


def log_in(folder, level="info", clock=lambda: NOON, secrets=tuple):
    return EventLog(folder, level, clock, secrets)


def written(folder):
    return LogFile(folder).last_lines(100_000)


def told(folder, *texts):
    """The lines of a log that was told texts, each in an event of its own."""
    with log_in(folder):
        for text in texts:
            events.info("said", text=text)
    return written(folder)
