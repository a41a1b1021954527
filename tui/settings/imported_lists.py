"""Reads a file that another program exported as a list of symbols."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from providers.ordinary_files import content_of
from shortside.lists.importing import Imported, NoSymbolsError, symbols_in_export, text_of_export
from shortside.lists.names import MOST_SYMBOLS, NameList
from shortside.words.plain_text import printable
from tui.settings.list_shelf import ListError, likely_name

MOST_EXPORT_BYTES: Final = 4 * 2**20
"""No export of positions is larger."""


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """A list made of a file, and what is to be said of it."""

    name: str
    """What the list may be called, after the file."""
    listed: NameList
    found: Imported

    @property
    def words(self) -> str:
        """How many symbols were found, where, and how many cells were none."""
        symbols, over = len(self.found.symbols), len(self.found.passed_over)
        words = f"{symbols:,} symbol{'' if symbols == 1 else 's'}"
        words += f" of the column {self.found.heading}" if self.found.heading else ""
        return words + (f", {over:,} cell{' is' if over == 1 else 's are'} none" if over else "")


def read_export(path: Path) -> ImportedFile:
    """The symbols of a text or CSV file as a list. Blocks while the file is read.

    Raises:
        ListError: it cannot be read, is no ordinary file or too large, or holds no symbols, or too many.
    """
    shown = printable(str(path))
    try:
        content = content_of(path, MOST_EXPORT_BYTES)
    except (OSError, ValueError) as error:
        words = error.strerror if isinstance(error, OSError) else None
        raise ListError(f"{shown} cannot be read: {words or error}") from error
    try:
        found = symbols_in_export(text_of_export(content))
    except NoSymbolsError as error:
        raise ListError(f"{shown} holds no symbols: {error}") from error
    if len(found.symbols) > MOST_SYMBOLS:
        raise ListError(f"{shown} holds {len(found.symbols):,} symbols; a list has {MOST_SYMBOLS:,} at most")
    return ImportedFile(likely_name(path.stem), found.as_list(f"imported from {path.name}"), found)
