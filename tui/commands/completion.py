"""The command `shortside completion`: prints what a shell needs to complete the words after `shortside`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tui import exit_codes
from tui.terminal.plain_words import say

FOLDER: Final = Path(__file__).parents[1] / "completions"
"""Written by `python -m docs.make_completions` from the parser, so that nothing more is needed at run time."""
FILE_NAMES: Final = {"bash": "shortside.bash", "zsh": "_shortside", "fish": "shortside.fish"}
"""The file of each shell."""


def print_completion(shell: str) -> int:
    """Print the completion of a shell, one of `tui.arguments.SHELLS`; returns the exit code."""
    say((FOLDER / FILE_NAMES[shell]).read_text(encoding="utf-8"))
    return exit_codes.OK
