"""The tables of a configuration file that only screens understand: keys, themes and columns, with their lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

SECTIONS: Final = ("keys", "themes", "columns")
"""The names of the tables."""

KeyPath = tuple[str, ...]
"""The parts of a dotted key of TOML, each as it stands in its table."""


# Named tuples, as everything that is needed before the first paint: a dataclass takes ten times as long to set up.
class SectionMistake(NamedTuple):
    """Something in one of the tables that cannot be."""

    file: Path
    place: str
    """The line, where it is known, and the key."""
    words: str
    path: KeyPath = ()
    """The parts of the key."""

    @property
    def brief(self) -> str:
        """The mistake for a line of a screen, which has no room for the folder of the file."""
        return f"{self.file.name}: {self.place}: {self.words}"

    def __str__(self) -> str:
        return f"{self.file}: {self.place}: {self.words}"


class SectionTables(NamedTuple):
    """What TOML has under the names of these tables, whatever it is; nothing of it was looked at yet."""

    file: Path
    keys: Any = None
    themes: Any = None
    columns: Any = None
    theme: str | None = None
    """The theme that the file asks for, as it stands there."""
    lines: Mapping[KeyPath, int] = {}
    """In which line of the file each key of them begins, from 1; what is not found is not there."""

    @property
    def are_there(self) -> bool:
        """Whether the file has any of the tables."""
        return any(table is not None for table in (self.keys, self.themes, self.columns))

    def mistake(self, path: KeyPath, words: str) -> SectionMistake:
        """A mistake in what stands under a key."""
        line = next((self.lines[path[:length]] for length in range(len(path), 0, -1) if path[:length] in self.lines), 0)
        return SectionMistake(self.file, f"line {line}: {dotted(path)}" if line else dotted(path), words, path)


def sections_of(file: Path, text: str, document: dict[str, Any]) -> SectionTables:
    """Take the tables out of a document.

    Args:
        file: where it stands.
        text: all of it.
        document: what TOML has in it; the tables are taken out.
    """
    found = {name: document.pop(name) for name in SECTIONS if name in document}
    asked = document.get("theme")
    theme = asked if isinstance(asked, str) else None
    if not found:
        return SectionTables(file, theme=theme)
    # Only for a file with such tables: most starts have none, and wait for every import.
    from tui.settings.toml_lines import line_numbers

    lines = {path: line for path, line in line_numbers(text).items() if path[0] in SECTIONS}
    return SectionTables(file, **found, theme=theme, lines=lines)


def dotted(path: KeyPath) -> str:
    """A key as TOML has it."""
    from tui.settings.toml_text import toml_key

    return ".".join(map(toml_key, path))


def leaves(table: Mapping[str, Any], path: KeyPath) -> Iterator[tuple[KeyPath, Any]]:
    """Every value in a table and in the tables within it, with its key."""
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from leaves(value, (*path, key))
        else:
            yield (*path, key), value
