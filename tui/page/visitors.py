"""Knows a browser again, and keeps a folder for how its visitor left the screen."""

from __future__ import annotations

import re
import secrets
import shutil
from pathlib import Path
from typing import Final

from tui.settings.paths import VISITORS_FOLDER

MOST_FOLDERS_KEPT: Final = 200
"""Folders of visitors that are kept; of more, those nobody used for longest go."""
_NAME: Final = re.compile(r"[0-9a-f]{32}")


def known_visitor(cookie: str | None) -> str | None:
    """The visitor a cookie names; None for a cookie that is none of ours."""
    return cookie if cookie is not None and _NAME.fullmatch(cookie) else None


def new_visitor() -> str:
    """A name for a browser that has none; nobody can guess another's."""
    return secrets.token_hex(16)


def thin_out(state: Path, kept: int = MOST_FOLDERS_KEPT) -> None:
    """Delete the folders of visitors who were not here for longest. What cannot be deleted stays."""
    try:
        folders = [one for one in (state / VISITORS_FOLDER).iterdir() if _NAME.fullmatch(one.name)]
        folders.sort(key=lambda one: (one.stat().st_mtime_ns, one.name), reverse=True)
    except OSError:
        return  # There was none yet.
    for folder in folders[kept:]:
        shutil.rmtree(folder, ignore_errors=True)
