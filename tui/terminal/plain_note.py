"""A note in the state folder on why Textual drew the last session by itself, for `shortside doctor`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

from providers.durable import make_folder, replace_file
from providers.ordinary_files import content_of
from shortside.sessions import NEW_YORK

NOTE_FILE_NAME: Final = "plain-display.txt"
LARGEST_NOTE_BYTES: Final = 65_536
"""Of the note, which is one sentence."""


def remember(state: Path, words: str, moment: datetime) -> str:
    """Write why Textual drew a session by itself, or remove the note; returns in words why that failed.

    Args:
        state: the folder of what outlives a run; made if need be.
        words: why; empty where all was well, which takes an earlier note away.
        moment: when the session ended, in any zone.
    """
    note = state / NOTE_FILE_NAME
    try:
        if not words:
            note.unlink(missing_ok=True)
            return ""
        make_folder(state)
        local = moment.astimezone(NEW_YORK)
        replace_file(note, f"{local.day} {local:%b %Y %H:%M} New York: {words}\n".encode())
    except OSError as error:
        return f"this could not be written down for shortside doctor: {error}"
    return ""


def remembered(state: Path) -> str:
    """When and why Textual drew the last session by itself; empty where it did not.

    Raises:
        OSError: the note cannot be read.
    """
    note = state / NOTE_FILE_NAME
    return content_of(note, LARGEST_NOTE_BYTES).decode("utf-8", "replace").strip() if note.exists() else ""
