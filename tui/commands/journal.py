"""The command `shortside journal`: prints what happened, as text, JSON or a line of JSON each."""

from __future__ import annotations

import json
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from shortside.sessions import NEW_YORK
from tui import exit_codes
from tui.alerts.journal import Journal, JournalEntry
from tui.errors import ReportedError
from tui.terminal.plain_words import complain, plain, say

if TYPE_CHECKING:
    from tui.arguments import Arguments
    from tui.clock import Clock
    from tui.settings.configuration import Configuration

SCHEMA: Final = "shortside.journal/1"
FORMATS: Final = ("text", "json", "ndjson")


def print_journal(arguments: Arguments, configuration: Configuration, clock: Clock) -> int:
    """Print the journal, the oldest entry first; returns the exit code.

    Args:
        arguments: since when; a day begins in New York.
        configuration: where the journal is, and how it is written.
        clock: the present moment, from which a span is counted back.

    Raises:
        ReportedError: the journal is there and cannot be read.
        UsageError: it cannot be written in that format.
    """
    options = configuration.options
    if options.format not in FORMATS:
        raise configuration.misfit("format", f"the journal is written as {', '.join(FORMATS)}")
    journal = Journal(options.paths.state)
    try:
        entries, broken = journal.read(_since(arguments, clock))
    except OSError as error:
        raise ReportedError(f"the journal {journal.file.path} cannot be read: {error.strerror or error}") from error
    if broken:
        complain(f"{broken:,} lines of {journal.file.path} are no entries, and are passed over")
    if not entries and options.format == "text":
        complain(f"nothing is in the journal{' yet' if arguments.since is None and arguments.span is None else ''}")
    say(_written(entries, options.format))
    return exit_codes.OK


def _since(arguments: Arguments, clock: Clock) -> datetime | None:
    if arguments.span is not None:
        return clock() - min(arguments.span, timedelta(days=36_500))
    return None if arguments.since is None else datetime.combine(arguments.since, time(), NEW_YORK)


def _written(entries: list[JournalEntry], form: str) -> str:
    if form == "json":
        return json.dumps({"schema": SCHEMA, "entries": [entry.as_record() for entry in entries]}, indent=2) + "\n"
    if form == "ndjson":
        return "".join(f"{json.dumps(entry.as_record())}\n" for entry in entries)
    return "".join(f"{plain(_line(entry))}\n" for entry in entries)


def _line(entry: JournalEntry) -> str:
    market = "" if entry.of is None else f" (in the market {entry.of.astimezone(NEW_YORK):%Y-%m-%d %H:%M})"
    return f"{entry.at.astimezone(NEW_YORK):%Y-%m-%d %H:%M:%S} NY  {entry.kind:7}  {entry.words}{market}"
