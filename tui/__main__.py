"""The command `shortside`: shows the picture of last time, and only then imports what reads the command line."""

from __future__ import annotations

import os
import sys

from tui import __version__
from tui.saved_frame import EarlyScreen, SavedFrames

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code, one of `tui.exit_codes`.

    Args:
        argv: the words after the program's name; those of this process by default.
    """
    words = sys.argv[1:] if argv is None else argv
    early = EarlyScreen(SavedFrames(words, os.environ, __version__))
    try:
        if argv is None:
            early.show()
        from tui.command_line import answer

        return answer(words, early)
    except KeyboardInterrupt:  # before `answer` minds it
        from tui.exit_codes import INTERRUPTED

        return INTERRUPTED
    finally:
        early.leave()


if __name__ == "__main__":
    sys.exit(main())
