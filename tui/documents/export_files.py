"""Writes an export into its folder under a name that nothing has yet, whole, and for its owner alone to read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from providers.durable import make_folder, others_hand, write_new

if TYPE_CHECKING:
    from datetime import date

    from tui.settings.configuration import Options

FOLDER_NAME: Final = "exports"
MOST_OF_A_NAME: Final = 1_000
"""How many exports of one name and day there may be."""


def exports_folder(options: Options) -> Path:
    """The folder that exports are written into: the setting's, else one beside the program's state."""
    return options.exports or options.paths.state / FOLDER_NAME


def export_stem(name: str, day: date, is_simulated: bool) -> str:
    """How an export's file is called before its suffix: `shortside-names-2023-09-07`; a simulated market is named."""
    return f"shortside-{name}-{day.isoformat()}{'-simulated' if is_simulated else ''}"


def write_export(folder: Path, stem: str, suffix: str, content: bytes) -> Path:
    """Write a new file; where there is one of that name a number is added. Blocks.

    Raises:
        OSError: the folder cannot be made or written, is open to other users' hands, or the disk is full. Nothing is
            left then, and what was there is as it was.
    """
    make_folder(folder)
    # No name that is there is taken, and what is written nobody else may read: a group may share such a folder.
    if words := others_hand(folder, is_group_trusted=True):
        raise PermissionError(words)
    for number in range(1, MOST_OF_A_NAME + 1):
        target = folder / f"{stem}{f'-{number}' if number > 1 else ''}.{suffix}"
        if write_new(target, content):
            return target
    raise FileExistsError(f"{folder} has {MOST_OF_A_NAME:,} files called {stem}")
