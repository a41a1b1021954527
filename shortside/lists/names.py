"""Lists of names in text files, a symbol a line or one condition: read, and changed without losing anything else there.

    # Lenders I follow                      a comment
    # group: Regional banks                 the symbols below it are a group, until the next one
    WAL                                     a symbol, in capitals or not
    PACW  # sold half                       with a comment behind it

or one line `where: crowding > 90 & tier = small`, a saved filter. A line that is none of these is named and skipped.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from shortside.words.plain_text import printable

MOST_SYMBOLS: Final = 5_000
"""Symbols of one list; the market has some six thousand."""
MOST_NAME_CHARACTERS: Final = 60
MOST_COMPLAINTS: Final = 3
"""Lines of a list that are named; more are counted."""
FIRST_LIST: Final = "watch"
"""The list that is made where there is none to put a name on."""

_SYMBOL: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9./^$+=~-]{0,19}", re.ASCII)
_WHERE: Final = re.compile(r"\s*where\s*:", re.IGNORECASE)
_GROUP: Final = re.compile(r"\s*#\s*group\s*:(.*)", re.IGNORECASE)
_SEEN: Final = 40
"""Characters of a line that is named."""
NO_FILE_SIGNS: Final = frozenset('/\\:*?"<>|')
"""What some system takes for more than a letter of a file's name."""
_DEVICES: Final = frozenset(
    {"con", "prn", "aux", "nul", *(f"com{digit}" for digit in "0123456789"), *(f"lpt{digit}" for digit in "0123456789")}
)
"""What Windows takes for a device, whatever ending it has."""
_MOST_NAME_BYTES: Final = 200


class ListNameError(ValueError):
    """A text cannot be the name of a list; the message says why."""


def list_name(text: str) -> str:
    """A text as the name of a list, which is the name of its file, too.

    Raises:
        ListNameError: no file could safely be called so on every system.
    """
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not name:
        raise ListNameError("a list has a name")
    if printable(name) != name:
        raise ListNameError("a name has only signs that can be seen")
    if len(name) > MOST_NAME_CHARACTERS or len(name.encode()) > _MOST_NAME_BYTES:
        raise ListNameError(f"a name has {MOST_NAME_CHARACTERS} letters at most")
    refused = sorted(NO_FILE_SIGNS & set(name))
    if refused:
        raise ListNameError(f"a name is without {' '.join(refused)}")
    if name[0] in ".-" or name[-1] == ".":
        raise ListNameError("a name begins with no dot or dash, and ends with no dot")
    if name.partition(".")[0].rstrip().casefold() in _DEVICES:
        raise ListNameError(f"{name} is the name of a device on some systems")
    return name


def symbol_spelling(symbol: str) -> str:
    """One spelling of what brokers write in several ways: `BRK/B`, `BRK-B` and `brk.b` are `BRK.B`."""
    return symbol.upper().replace("/", ".").replace("-", ".")


def listed_symbol(word: str) -> str:
    """A word as a symbol of a list, in its one spelling; empty where it is none."""
    return symbol_spelling(word) if _SYMBOL.fullmatch(word) else ""


@dataclass(frozen=True, slots=True)
class ListGroup:
    """Some symbols of a list that stand together."""

    name: str
    """What the list calls them; empty for those before the first group."""
    symbols: tuple[str, ...]


@dataclass(frozen=True)
class NameList:
    """A list as its file has it: whatever is put on it or taken off, its other lines stay as they were written."""

    text: str = ""
    """All of the file."""

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols in the order of the file, in `symbol_spelling`, each once; none of a condition."""
        return tuple(self._read.lines_of)

    @property
    def groups(self) -> tuple[ListGroup, ...]:
        """The symbols by their groups, in the order of the file; one in two groups is of the first."""
        return self._read.groups

    @property
    def where(self) -> str:
        """The condition; empty for a list of symbols."""
        return self._read.where

    @property
    def complaints(self) -> tuple[str, ...]:
        """Which lines were passed over and why, with their numbers: the first few, then how many more."""
        found = self._read.complaints
        more = len(found) - MOST_COMPLAINTS
        return (*found[:MOST_COMPLAINTS], f"and {more} more") if more > 0 else tuple(found)

    @cached_property
    def _read(self) -> _Reading:
        return _Reading(self.text)

    def holds(self, symbol: str) -> bool:
        """Whether a symbol is written on the list."""
        return symbol_spelling(symbol) in self._read.lines_of

    def with_symbol(self, symbol: str) -> NameList:
        """The list with a symbol in a line of its own at the end; as it is where it has it, or is a condition."""
        if self.where or self.holds(symbol) or not listed_symbol(symbol):
            return self
        end = "\r\n" if "\r\n" in self.text else "\n"
        begun = self.text and not self.text.endswith("\n")
        return NameList(f"{self.text}{end if begun else ''}{symbol.upper()}{end}")

    def without_symbol(self, symbol: str) -> NameList:
        """The list without the lines of a symbol, and without what was noted behind it there."""
        gone = self._read.lines_of.get(symbol_spelling(symbol), ())
        lines = self.text.split("\n")
        return NameList("\n".join(line for number, line in enumerate(lines, 1) if number not in gone))


def list_of_symbols(groups: tuple[ListGroup, ...], note: str = "") -> NameList:
    """A list of some groups of symbols, below a note in a comment."""
    lines = [f"# {printable(note)}"] if note else []
    for group in groups:
        lines += [f"# group: {printable(group.name)}"] if group.name else []
        lines += group.symbols
    return NameList("".join(f"{line}\n" for line in lines))


def list_of_condition(where: str) -> NameList:
    """A list that is a condition: a saved filter."""
    return NameList(f"where: {' '.join(printable(where).split())}\n")


class _Reading:
    """What the lines of a list's file say."""

    def __init__(self, text: str) -> None:
        self.lines_of: dict[str, tuple[int, ...]] = {}
        """The lines of each symbol, in the order of their first."""
        self.where = ""
        self.complaints: list[str] = []
        self._groups: list[tuple[str, list[str]]] = [("", [])]
        for number, line in enumerate(text.split("\n"), 1):
            complaint = self._take(number, line.rstrip("\r"))
            if complaint:
                self.complaints.append(f"line {number}: {complaint}")
        self.groups = tuple(ListGroup(name, tuple(symbols)) for name, symbols in self._groups if symbols)

    def _take(self, number: int, line: str) -> str:
        """Understand a line; says what is wrong with it, and nothing where it is well."""
        heading, where = _GROUP.fullmatch(line), _WHERE.match(line)
        if heading is not None:
            self._groups.append((" ".join(printable(heading[1]).split()), []))
            return ""
        if where is not None:
            return self._take_condition(line[where.end() :].strip())
        word = line.partition("#")[0].strip()
        symbol = listed_symbol(word)
        if not word or symbol in self.lines_of:
            self.lines_of |= {symbol: (*self.lines_of[symbol], number)} if word else {}
            return ""
        if not symbol:
            seen = printable(word)
            return f"{seen[:_SEEN]!r}{'…' if len(seen) > _SEEN else ''} is no symbol; one stands in a line"
        if self.where:
            return f"{symbol} stands beside where:, which says the whole list"
        if len(self.lines_of) >= MOST_SYMBOLS:
            return f"a list has {MOST_SYMBOLS:,} symbols at most"
        self.lines_of[symbol] = (number,)
        self._groups[-1][1].append(symbol)
        return ""

    def _take_condition(self, words: str) -> str:
        if not words:
            return "where: says nothing"
        if self.where or self.lines_of:
            return f"where: stands beside {'another one' if self.where else 'symbols'}, and is passed over"
        self.where = words
        return ""
