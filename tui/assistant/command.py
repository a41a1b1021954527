"""The command `shortside mcp`: lets an assistant read the documents until it closes standard input."""

from __future__ import annotations

import asyncio
import os
import signal
from types import FrameType
from typing import NoReturn

from tui import exit_codes
from tui.arguments import Arguments
from tui.clock import Clock
from tui.errors import ReportedError, UsageError
from tui.extras import how_to_install
from tui.faults import Faults
from tui.settings.configuration import Configuration
from tui.settings.keys import secrets_of_user
from tui.terminal.kind import is_terminal

_ENDING: tuple[signal.Signals, ...] = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def speak_with_assistant(arguments: Arguments, configuration: Configuration, clock: Clock) -> int:
    """Answer an assistant on standard input and output; returns the exit code.

    Raises:
        UsageError: a person sits there, and no assistant.
        ReportedError: what it needs is not installed.
    """
    if is_terminal(0):
        raise UsageError("mcp speaks with an assistant, which starts it; docs/mcp.md says how to tell yours")
    try:
        from tui.assistant.server import make_server, speak
    except ImportError as error:
        raise ReportedError(
            f"an assistant needs the extra mcp ({error.name} is not installed): {how_to_install('mcp')}"
        ) from error
    from tui.assistant.answers import DocumentTeller

    options, with_book = configuration.options, arguments.with_book
    faults = Faults(options.paths.state, clock, lambda: secrets_of_user(options))
    answers = DocumentTeller(arguments.given, clock, faults, with_book=with_book)
    for number in _ENDING:
        signal.signal(number, _leave)
    asyncio.run(speak(make_server(answers, with_book=with_book)))
    return exit_codes.OK


def _leave(number: int, _frame: FrameType | None) -> NoReturn:
    # The thread that waits for standard input cannot be told, and nothing is kept that would be lost.
    os._exit(128 + number)
