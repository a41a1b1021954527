"""The command `shortside`: reads what is asked, calls whoever answers, and turns what went wrong into a sentence."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from tui import exit_codes
from tui.arguments import Arguments, arguments_of
from tui.errors import ReportedError, SourceError, UsageError

if TYPE_CHECKING:
    from tui.configuration import Configuration

# Everything else is imported where it is needed: `--version` must not wait for pandas, nor `snapshot` for Textual.


class _TerminatedError(BaseException):
    """SIGTERM, risen where the program was, so that what is half done is put away."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code, one of `tui.exit_codes`.

    Args:
        argv: the words after the program's name; those of this process by default.
    """
    try:
        with _terminable():
            return _reported(sys.argv[1:] if argv is None else argv)
    except SystemExit as leaving:  # argparse, after help and version
        return leaving.code if isinstance(leaving.code, int) else exit_codes.FAILURE
    except KeyboardInterrupt:
        return exit_codes.INTERRUPTED
    except _TerminatedError:
        return exit_codes.TERMINATED
    except BrokenPipeError:
        # Whoever read had enough, as `head` does. Python flushes again at exit and must not fail there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exit_codes.OK


def _reported(words: Sequence[str]) -> int:
    try:
        return _answer(arguments_of(words))
    except ReportedError as error:
        hint = "\ntry: shortside --help" if isinstance(error, UsageError) else ""
        print(f"shortside: {error}{hint}", file=sys.stderr)
        return error.code


def _answer(arguments: Arguments) -> int:
    from tui.clock import clock_from_environment
    from tui.configuration import configured

    clock = clock_from_environment(os.environ)
    configuration = configured(arguments.given, os.environ)
    if arguments.command == "config":
        from tui.config_command import show

        return show(configuration, arguments.with_origin)
    _require_source(configuration)
    if arguments.command == "snapshot":
        from tui.snapshot_command import snapshot

        return snapshot(arguments.panel, configuration, clock)
    _require_terminal()
    from tui.app import run

    return run(configuration.options, clock)


def _require_source(configuration: Configuration) -> None:
    """Refuse a source that cannot be opened before anything is read or drawn.

    Raises:
        UsageError: files without a folder; as ConfigurationError if no argument chose them.
        SourceError: the source is not in this version.
    """
    from tui.settings import AVAILABLE

    source = configuration.options.source
    if source not in AVAILABLE:
        words = " or ".join(AVAILABLE)
        raise SourceError(f"the source {source} is not available in this version; choose {words}")
    if source == "files" and configuration.options.data is None:
        raise configuration.misfit("source", "the files source needs a folder; name it with --data DIR")


def _require_terminal() -> None:
    """Refuse a screen where there is none.

    Raises:
        UsageError: standard input or output is no terminal, or one that cannot move its cursor.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("the monitor needs a terminal; for a pipe or a file use: shortside snapshot tiers")
    if os.environ.get("TERM") == "dumb":
        raise UsageError("the monitor needs more than a dumb terminal; use: shortside snapshot tiers")


@contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM ends the block through its `finally`s instead of at once; as before afterwards."""
    if threading.current_thread() is not threading.main_thread():
        yield  # Only the main thread may set handlers; elsewhere the process keeps its own.
        return

    def rise(_number: int, _frame: FrameType | None) -> None:
        raise _TerminatedError

    before = signal.signal(signal.SIGTERM, rise)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


if __name__ == "__main__":
    sys.exit(main())
