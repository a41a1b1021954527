"""The command `shortside lists`: prints the own lists, or makes one of a file that another program exported."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from shortside.lists.names import ListNameError, NameList, list_name
from shortside.words.plain_text import printable
from tui import exit_codes
from tui.errors import SourceError, UsageError
from tui.settings.configuration import Options
from tui.settings.imported_lists import read_export
from tui.settings.list_shelf import ListError, ListShelf
from tui.terminal.plain_words import complain, plain, say_line

MOST_CELLS_NAMED: Final = 5
"""Cells of a file that are named because they are no symbols; all are counted."""


def print_lists(options: Options) -> int:
    """Print a line for each list, and complaints about their files; returns the exit code."""
    shelf = ListShelf(options.paths)
    shelf.look()
    lists = shelf.now
    width = max(map(len, lists.by_name), default=0)
    for name, listed in lists.by_name.items():
        say_line(plain(f"{name:<{width}}  {list_words(listed)}"))
    for words in lists.complaints:
        complain(words)
    if not lists.by_name:
        complain(f"there is no list in {shelf.folder}; make one with: shortside lists import FILE")
    return exit_codes.OK


def list_words(listed: NameList) -> str:
    """What a list holds: how many symbols and groups, or its condition."""
    if listed.where:
        return f"where: {printable(listed.where)}"
    symbols, groups = len(listed.symbols), sum(bool(group.name) for group in listed.groups)
    words = f"{symbols:,} symbol{'' if symbols == 1 else 's'}"
    return words + (f", {groups:,} group{'' if groups == 1 else 's'}" if groups else "")


def import_list(options: Options, file: Path, name: str | None) -> int:
    """Make a list of the symbols of a text or CSV file; returns the exit code.

    Args:
        options: where the lists are.
        file: what is read.
        name: what the list is to be called; after the file by default.

    Raises:
        UsageError: the name is none, or there is such a list.
        SourceError: the file cannot be read, or holds no symbols.
        ListError: the list cannot be written.
    """
    try:
        found = read_export(file)
    except ListError as error:
        raise SourceError(str(error)) from error
    shelf = ListShelf(options.paths)
    shelf.look()
    try:
        called = list_name(name if name is not None else found.name)
    except ListNameError as error:
        raise UsageError(f"--name {name}: {error}") from error
    there = shelf.now.named(called)
    if there:
        raise UsageError(f"there is a list {there} already; give another name with --name")
    shelf.save(called, found.listed)
    say_line(plain(f"{called}: {found.words}"))
    for words in found.found.passed_over[:MOST_CELLS_NAMED]:
        complain(f"{words} is no symbol")
    return exit_codes.OK
