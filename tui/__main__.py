"""The command `shortside`: paints the saved last screen at once, then imports and runs the command line."""

from __future__ import annotations

import os
import sys

from tui import __version__
from tui.terminal.saved_frame import EarlyScreen, SavedFrames

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code, one of `tui.exit_codes`.

    Args:
        argv: the words after the program's name; those of this process by default.
    """
    words = sys.argv[1:] if argv is None else argv
    if tuple(words[:2]) == ("snapshot", "line"):
        # Asked every few seconds: nothing else is imported.
        from tui.terminal.status_line import print_line

        return print_line(words[2:], os.environ)
    early = EarlyScreen(SavedFrames(words, os.environ, __version__))
    try:
        if argv is None:
            early.show()
        early.frames.drop_foreign()
        from tui.command_line import answer

        return answer(words, early)
    except KeyboardInterrupt:  # before `answer` minds it
        from tui.exit_codes import INTERRUPTED

        return INTERRUPTED
    finally:
        early.leave()


def run() -> NoReturn:
    """Run the command line of this process and end it with the exit code."""
    code = main()
    if "threading" in sys.modules:
        _end_with_threads(code)
    sys.exit(code)


def _end_with_threads(code: int) -> None:
    """End here and now if a thread still reads a market nobody waits for.

    Python's own end stops such a thread in the middle of Arrow's or numpy's code, which aborts the process.
    """
    import threading

    if any(thread.daemon for thread in threading.enumerate()):
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
        os._exit(code)


if __name__ == "__main__":
    run()
