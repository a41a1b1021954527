"""The command `shortside config keys`: prints every binding with its keys, as a configuration file has them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from tui import exit_codes
from tui.settings.section_tables import SectionMistake
from tui.settings.toml_text import as_toml
from tui.terminal.plain_words import complain, plain, say

LEAST_KEY_WIDTH = 40


class KeyRow(NamedTuple):
    """A binding, and its keys as they are written in the file."""

    binding: str
    where: str
    """The screen it is on."""
    keys: tuple[str, ...]
    built_in: tuple[str, ...]
    words: str
    """What it does."""


def print_keys(rows: Sequence[KeyRow], mistakes: Iterable[SectionMistake]) -> int:
    """Print a table `[keys]` of what is in force; returns the exit code, which tells of mistakes in the user's own.

    Args:
        rows: every binding, those of a screen behind one another.
        mistakes: what is wrong in the file; none of its keys is in force then.
    """
    lines = ["[keys]"]
    for where, of_screen in groupby(rows, key=lambda row: row.where):
        lines += ["", f"# {where}", *map(_line, of_screen)]
    say("".join(f"{plain(line)}\n" for line in lines))
    said = [str(mistake) for mistake in mistakes]
    for words in said:
        complain(words)
    return exit_codes.BAD_CONFIGURATION if said else exit_codes.OK


def _line(row: KeyRow) -> str:
    built_in = "" if row.keys == row.built_in else f"; built in: {' '.join(row.built_in)}"
    return f"{as_toml(row.binding)} = {_value(row.keys)}".ljust(LEAST_KEY_WIDTH) + f"  # {row.words}{built_in}"


def _value(keys: Sequence[str]) -> str:
    return as_toml(keys[0] if len(keys) == 1 else list(keys))
