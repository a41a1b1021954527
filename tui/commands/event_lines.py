"""`shortside doctor --log`: prints the newest events of the log, so that Monday can read what happened on Saturday."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shortside.words.plain_text import printable
from tui import exit_codes
from tui.errors import ReportedError
from tui.log_file import LogFile
from tui.terminal.plain_words import complain, say

if TYPE_CHECKING:
    from tui.settings.configuration import Options


def print_events(options: Options, count: int) -> int:
    """Print the last events, the oldest of them first; returns the exit code.

    Args:
        options: where the log is.
        count: how many at most.

    Raises:
        ReportedError: the log is there and cannot be read.
    """
    log = LogFile(options.paths.state)
    try:
        lines = log.last_lines(count)
    except OSError as error:
        raise ReportedError(f"the log {log.path} cannot be read: {error.strerror or error}") from error
    if not lines:
        complain(f"nothing is in the log yet: {log.path}")
    # Whatever else may have written into the file: a terminal shows this.
    say("".join(f"{printable(line)}\n" for line in lines))
    return exit_codes.OK
