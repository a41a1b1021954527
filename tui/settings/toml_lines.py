"""Finds the lines in which the keys of a TOML file stand, which Python's own reader does not tell."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, Final

MOST_LINES_OF_A_VALUE: Final = 200
"""Of a list or text over several lines; behind a longer one no key is found any more."""
MOST_LEVELS: Final = 16
"""Of tables within tables; ours have three, and a head of fifty thousand points is nobody's."""


def line_numbers(text: str) -> dict[tuple[str, ...], int]:
    """The line in which each key of a file begins, from 1, by the parts of the key; tables have their heads' lines.

    The file is taken to be TOML. Of tables in a list, such as `[[alerts]]`, those of the first are found.
    """
    found: dict[tuple[str, ...], int] = {}
    head: tuple[str, ...] = ()
    for line, is_head, statement in _statements(text.replace("\r\n", "\n")):
        paths = list(_paths(statement))
        if is_head:
            head = paths[-1]
            paths = [head[:length] for length in range(1, len(head) + 1)]
        else:
            paths = [(*head, *path) for path in paths]
        for path in paths:
            found.setdefault(path, line)
    return found


def _statements(text: str) -> Iterator[tuple[int, bool, dict[str, Any]]]:
    """Each head of a table and each key with its value: the line it begins in, whether it is a head, and what it is."""
    begun, lines = 0, list[str]()
    for number, line in enumerate(text.split("\n"), start=1):
        if not lines:
            begun = number
        lines.append(line)
        try:
            statement = tomllib.loads("\n".join(lines))
        except (ValueError, RecursionError):
            if len(lines) > MOST_LINES_OF_A_VALUE:
                return
            continue
        is_head, lines = lines[0].lstrip().startswith("["), []
        if statement:
            yield begun, is_head, statement


def _paths(table: Mapping[str, Any], levels: int = MOST_LEVELS) -> Iterator[tuple[str, ...]]:
    """The keys of a statement, those of outer tables first."""
    for key, value in table.items():
        yield (key,)
        inner = value[0] if isinstance(value, list) and value and isinstance(value[0], dict) else value
        if isinstance(inner, Mapping) and levels > 1:
            yield from ((key, *path) for path in _paths(inner, levels - 1))
