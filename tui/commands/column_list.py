"""The command `shortside config columns`: prints the columns of each table, as a configuration file has them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tui import exit_codes
from tui.settings.section_tables import SectionMistake
from tui.settings.toml_text import as_toml
from tui.terminal.plain_words import complain, plain, say


class ColumnsRow(NamedTuple):
    """A table, and its columns by the names they have in the file."""

    board: str
    words: str
    """What the table is."""
    columns: tuple[str, ...]
    built_in: tuple[str, ...]


def print_columns(rows: Sequence[ColumnsRow], mistakes: Iterable[SectionMistake]) -> int:
    """Print a table `[columns]` of what the file settles; returns the exit code, which tells of mistakes in it.

    Args:
        rows: every table.
        mistakes: what is wrong in the file; the tables they are in have the built-in columns.
    """
    lines = ["[columns]"]
    for row in rows:
        lines += ["", f"# {row.words}"]
        if row.columns != row.built_in:
            lines.append(f"# built in: {', '.join(row.built_in)}")
        lines.append(f"{row.board} = {as_toml(row.columns)}")
    say("".join(f"{plain(line)}\n" for line in lines))
    said = [str(mistake) for mistake in mistakes]
    for words in said:
        complain(words)
    return exit_codes.BAD_CONFIGURATION if said else exit_codes.OK
