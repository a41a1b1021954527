"""Finds and reads `book.csv`, the file of the user's own positions. It is read and never written.

What it holds stays in memory: it goes into no log, recording, saved screen, archive or request.
"""

from __future__ import annotations

import codecs
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from providers.ordinary_files import MEGABYTE, content_of, file_stamp
from tui.errors import SourceError

if TYPE_CHECKING:
    from tui.settings.configuration import Options
    from tui.settings.own_rows import OwnRows

FILE_NAME: Final = "book.csv"
LARGEST_FILE_BYTES: Final = 2 * MEGABYTE
"""Of the file; forty thousand positions take as much."""
_ENCODINGS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class NoOwnFileError(SourceError):
    """There is no file of own positions, or it cannot be read; the message says which.

    Args:
        message: a sentence with the file's name.
        reason: the same for whoever sees the name beside it.
    """

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class OwnFile(NamedTuple):
    """What the file held when it was read."""

    rows: OwnRows
    written_at: datetime
    """When it was written last."""


def own_file(options: Options) -> Path:
    """The file of own positions that the options name; `book.csv` beside the configuration by default."""
    return options.book or options.paths.configuration.parent / FILE_NAME


def read_own_file(file: Path) -> OwnFile:
    """All positions of the file, and what is wrong with its rows. Blocks.

    Raises:
        NoOwnFileError: there is none, or it cannot be read.
    """
    from tui.settings.own_rows import rows_of_text

    # Before it is read: what is written meanwhile is read again.
    stamp = file_stamp(file)
    try:
        content = content_of(file, LARGEST_FILE_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        raise NoOwnFileError(
            f"there is no file of your own positions: {file}; its first line is symbol,shares,price,date,account",
            "There is no file of your own positions yet.",
        ) from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise NoOwnFileError(
            f"your own positions cannot be read: {file}: {reason}", f"The file cannot be read: {reason}."
        ) from None
    written = stamp[2] / 1e9 if stamp is not None else 0.0
    return OwnFile(rows_of_text(_text_of(content)), datetime.fromtimestamp(written, UTC))


def _text_of(content: bytes) -> str:
    """The text of a file as spreadsheets save it; a sign nobody can tell spoils its own cell alone."""
    encoding = next((name for mark, name in _ENCODINGS if content.startswith(mark)), "utf-8")
    return content.decode(encoding, errors="replace")
