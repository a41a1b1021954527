"""The command `shortside`: reads what is asked, calls whoever answers, and turns what went wrong into a sentence."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from tui import exit_codes
from tui.arguments import Arguments, arguments_of

# Everything else is imported where it is needed: `--version` must not wait for pandas, nor `snapshot` for Textual.


class _Terminated(BaseException):
    """SIGTERM, risen where the program was, so that what is half done is put away."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code, one of `tui.exit_codes`.

    Args:
        argv: the words after the program's name; those of this process by default.
    """
    try:
        with _terminable():
            return _answer(arguments_of(sys.argv[1:] if argv is None else argv))
    except SystemExit as leaving:  # argparse, after help or a word on stderr
        return leaving.code if isinstance(leaving.code, int) else exit_codes.FAILURE
    except KeyboardInterrupt:
        return exit_codes.INTERRUPTED
    except _Terminated:
        return exit_codes.TERMINATED
    except BrokenPipeError:
        # Whoever read had enough, as `head` does. Python flushes again at exit and must not fail there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exit_codes.OK


def _answer(arguments: Arguments) -> int:
    from tui.clock import BadClockError, clock_from_environment
    from tui.configuration import ConfigurationError, UsageError, configured

    try:
        clock = clock_from_environment(os.environ)
        configuration = configured(arguments.given, os.environ)
        if arguments.command == "config":
            from tui.config_command import show

            return show(configuration, arguments.with_origin)
        if arguments.command == "snapshot":
            _require_source(configuration)
            return _from_data(lambda: _snapshot(arguments.panel, configuration, clock))
        _require_terminal()
        _require_source(configuration)
        from tui.app import run

        return _from_data(lambda: run(configuration.options, clock))
    except UsageError as error:
        return _failed(f"{error}\ntry: shortside --help", exit_codes.USAGE)
    except (ConfigurationError, BadClockError) as error:
        return _failed(str(error), exit_codes.BAD_CONFIGURATION)
