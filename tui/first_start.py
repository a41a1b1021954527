"""Three hints for who starts the monitor for the first time, never shown again."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from providers.durable import make_folder, replace_file

MARK_FILE_NAME: Final = "hints-shown"
"""The empty file in the state folder that says they were shown."""
HINTS: Final = "{app.help:?} every key · {app.explain:i} explains a figure · {names.filter:/} finds a name"


def hints_of_first_start(state: Path) -> str:
    """The hints, or nothing where they were shown before; notes that they are shown now.

    Where that cannot be noted they are shown again next time, which does no harm.

    Args:
        state: the folder of what outlives a run; made if need be.
    """
    mark = state / MARK_FILE_NAME
    try:
        if mark.exists():
            return ""
        make_folder(state)
        replace_file(mark, b"")
    except OSError:
        return HINTS
    return HINTS
