"""Finds the symbols in a text that another program wrote: an export of a broker, a watch list, a column of words."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from shortside.lists.names import ListGroup, NameList, list_of_symbols, listed_symbol
from shortside.words.plain_text import printable

HEADINGS: Final = (
    "symbol", "ticker", "symbols", "tickers", "ticker symbol", "stock symbol", "stock ticker", "security symbol",
    "symbol/ticker", "underlying symbol", "underlyingsymbol", "underlying", "instrument", "stock",
)  # fmt: skip
"""What a column of symbols is called, in small letters, the surest first."""
LINES_BEFORE_HEADING: Final = 60
"""Brokers write accounts and dates over the heading; below so many lines none is looked for."""
MOST_LINES: Final = 50_000
_DELIMITERS: Final = ",\t;|"
_EXCHANGE: Final = re.compile(r"[A-Z][A-Z ]{1,11}:(?=\S)")
_BLOOMBERG: Final = re.compile(r"(\S+) (?:U[SNQWAPR])(?: EQUITY)?")
_FORMULA: Final = re.compile(r'="?([^"]*)"?')
_SECTION: Final = "###"
"""Begins the name of a section in a watch list of TradingView."""


class NoSymbolsError(ValueError):
    """A text holds no symbols; the message says what was looked for."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What was found in a text."""

    groups: tuple[ListGroup, ...]
    heading: str
    """The heading of the column they stood in; empty where there was none."""
    passed_over: tuple[str, ...]
    """The cells below the heading that are no symbols, with their lines."""

    @property
    def symbols(self) -> tuple[str, ...]:
        """All symbols, in order, each once."""
        return tuple(symbol for group in self.groups for symbol in group.symbols)

    def as_list(self, note: str) -> NameList:
        """The list of them, below a note in a comment."""
        return list_of_symbols(self.groups, note)


def text_of_export(content: bytes) -> str:
    """The text of a file, by the marks that Unicode files begin with; old Windows' letters where it is no UTF-8."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def symbols_in_export(text: str) -> Imported:
    """The symbols of a text in its order: of the column whose heading says so, else of its lines or words.

    Raises:
        NoSymbolsError: there are none, or the text is longer than any such file.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if len(lines) > MOST_LINES:
        raise NoSymbolsError(f"it has more than {MOST_LINES:,} lines")
    for rows in (_rows(lines, delimiter) for delimiter in _DELIMITERS):
        found = _below_heading(rows)
        if found is not None:
            return found
    found = _Gathering().of_words(lines)
    if not found.symbols:
        raise NoSymbolsError(f"no column is called {', '.join(HEADINGS[:3])} or so, and no line is a symbol")
    return found


def _rows(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    """The cells of every line; a quoted cell that goes on over lines is none of a symbol."""
    rows = []
    for line in lines:
        try:
            rows.append(next(csv.reader([line.replace("\0", "")], delimiter=delimiter), []))
        except csv.Error:
            rows.append([])  # A cell longer than any field.
    return rows


def _below_heading(rows: Sequence[Sequence[str]]) -> Imported | None:
    """What stands below the first heading that has symbols below it; None where no row has one."""
    for number, row in enumerate(rows[:LINES_BEFORE_HEADING]):
        cells = [" ".join(cell.split()).casefold() for cell in row]
        for heading in HEADINGS:
            if heading not in cells:
                continue
            column = cells.index(heading)
            below = (
                (line, one[column]) for line, one in enumerate(rows[number + 1 :], number + 2) if column < len(one)
            )
            found = _Gathering().of_cells(below, row[column].strip())
            if found.symbols:
                return found
    return None


def symbol_of_cell(cell: str) -> str:
    """The symbol a cell says, in our letters; empty where it says none.

    `$GME`, `NASDAQ:GME`, `GME US Equity`, `="GME"` and `GME**` are GME; an option or a sum is none.
    """
    word = cell.strip()
    formula = _FORMULA.fullmatch(word)
    word = (formula[1] if formula else word).strip().strip("'\"").upper().rstrip("*").removeprefix("$")
    word = _EXCHANGE.sub("", word, count=1).strip()
    bloomberg = _BLOOMBERG.fullmatch(word)
    word = bloomberg[1] if bloomberg else word
    word = re.sub(r"^([A-Z]{1,5})[ /]([A-Z])$", r"\1.\2", word)
    return listed_symbol(word) if word[:1].isalpha() and len(word) <= 10 else ""


class _Gathering:
    """Symbols found one after another, each once."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._groups: list[tuple[str, list[str]]] = [("", [])]
        self._passed_over: list[str] = []

    def of_cells(self, cells: Iterable[tuple[int, str]], heading: str) -> Imported:
        for line, cell in cells:
            self._take(cell, line)
        return self._found(heading)

    def of_words(self, lines: Sequence[str]) -> Imported:
        """Symbols of a text without a heading: the first cell of each line, or all of a single line."""
        filled = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
        for number, line in filled:
            if line.lstrip().startswith("#") and not line.lstrip().startswith(_SECTION):
                continue
            cells = re.split(r"[,;\t|]", line if _SECTION in line else line.partition("#")[0])
            for cell in cells if len(filled) == 1 else cells[:1]:
                self._take(cell, number)
        return self._found("")

    def _take(self, cell: str, line: int) -> None:
        word = cell.strip()
        if word.startswith(_SECTION):
            self._groups.append((" ".join(printable(word.removeprefix(_SECTION)).split()), []))
            return
        symbol = symbol_of_cell(word)
        if symbol and symbol not in self._seen:
            self._seen.add(symbol)
            self._groups[-1][1].append(symbol)
        elif word and not symbol:
            self._passed_over.append(f"line {line}: {printable(word)[:40]!r}")

    def _found(self, heading: str) -> Imported:
        groups = tuple(ListGroup(name, tuple(symbols)) for name, symbols in self._groups if symbols)
        return Imported(groups, printable(heading), tuple(self._passed_over))
