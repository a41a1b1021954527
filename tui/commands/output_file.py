"""Writes what a command made into a file that the user named."""

from __future__ import annotations

import os
from pathlib import Path

from providers.durable import replace_file
from tui.errors import OutputError


def write_output(output: Path, written: bytes) -> None:
    """Put a page under a name whole, in place of an earlier one.

    Raises:
        OutputError: it cannot be written.
    """
    # Unlike a path's own, these questions have an answer where a folder may not be entered or a name is too long.
    if os.path.islink(output) or (os.path.exists(output) and not os.path.isfile(output)):
        raise OutputError(f"{output} is no ordinary file")
    try:
        replace_file(output, written, is_synced=True)
    except OSError as error:
        raise OutputError(f"{output} cannot be written: {error.strerror or error}") from error
