"""Reads the text of `book.csv`, the user's own positions, row by row: each mistake is named with its line.

Every line is read by itself, so that a quotation mark without an end spoils one row and not all that follow. A figure
that can be read in two ways is not read: a position a thousand times too large is worse than none.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Final

from shortside.own.positions import OwnPosition
from shortside.words.plain_text import printable

COLUMNS: Final = ("symbol", "shares", "price", "date", "account")
"""The columns of the file; the last one may be left out."""
NEEDED: Final = COLUMNS[:-1]
SEPARATORS: Final = (",", ";", "\t")
FORMULA_SIGNS: Final = ("=", "@")
"""What a spreadsheet's formula begins with; `+` and `-` begin a number, too."""
LARGEST_SHARES: Final = 1e12
LARGEST_PRICE: Final = 1e9
LONGEST_SYMBOL, LONGEST_ACCOUNT, LONGEST_QUOTE = 24, 40, 30
_LINE_END: Final = re.compile("\r\n|\r|\n")
_PLAIN: Final = re.compile(r"[0-9]+(\.[0-9]*)?|\.[0-9]+")
_THOUSANDS: Final = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
_EUROPEAN: Final = re.compile(r"[0-9]{1,3}(\.[0-9]{3})+,[0-9]+|[0-9]+,[0-9]+|[0-9]{1,3}(\.[0-9]{3}){2,}")
_TWO_WAYS: Final = re.compile(r"[0-9]{1,3}[.,][0-9]{3}")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class RowError(ValueError):
    """A row of the file that cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong with a line of the file."""

    line: int
    """From 1; 0 where it is about the whole file."""
    words: str

    @property
    def sentence(self) -> str:
        """The problem with its line before it."""
        return f"line {self.line}: {self.words}" if self.line else self.words


@dataclass(frozen=True, slots=True)
class OwnRows:
    """What a text holds: positions, and what was wrong with its other lines."""

    positions: tuple[OwnPosition, ...]
    problems: tuple[RowProblem, ...]


@dataclass(frozen=True, slots=True)
class _Header:
    """Which cell of a row is which, and how the cells are set apart."""

    line: int
    separator: str
    places: dict[str, int]
    width: int


def rows_of_text(text: str) -> OwnRows:
    """The positions of a text, with the mistakes of all other lines."""
    problems: list[RowProblem] = []
    lines = [(number, line) for number, line in enumerate(_LINE_END.split(text.removeprefix("\ufeff")), 1)]
    told = [(number, line) for number, line in lines if line.strip(" \t;,") and not line.lstrip().startswith("#")]
    # Excel says in a line of its own what sets the cells apart.
    if told and told[0][1].lower().startswith("sep="):
        del told[0]
    if not told:
        return OwnRows((), (RowProblem(0, "it has no rows; the first line names the columns: " + ",".join(COLUMNS)),))
    header = _header(*told[0], problems)
    if header is None:
        return OwnRows((), tuple(problems))
    positions = []
    for number, line in told[1:]:
        try:
            positions.append(_position(number, _cells(line, header.separator), header))
        except RowError as error:
            problems.append(RowProblem(number, str(error)))
    return OwnRows(tuple(positions), tuple(problems))


def _header(line: int, text: str, problems: list[RowProblem]) -> _Header | None:
    """The columns that the first line names; None, with the reason among the problems, where they do not suffice."""
    separator = max(SEPARATORS, key=lambda sign: len(_known(text, sign)))
    try:
        names = [name.strip().lower() for name in _cells(text, separator)]
    except RowError as error:
        problems.append(RowProblem(line, str(error)))
        return None
    expected = f"the columns are {', '.join(COLUMNS)}"
    if not _known(text, separator):
        problems.append(RowProblem(line, f"the first line must name the columns: {','.join(COLUMNS)}"))
        return None
    twice = sorted({name for name in names if name in COLUMNS and names.count(name) > 1})
    missing = [name for name in NEEDED if name not in names]
    for name in (name for name in names if name and name not in COLUMNS):
        near = get_close_matches(name, COLUMNS, 1, 0.5)
        hint = f"; the nearest is {near[0]}" if near and near[0] in missing else f"; {expected}"
        problems.append(RowProblem(line, f"there is no column {_quoted(name)}, it is not read{hint}"))
    problems += [RowProblem(line, f"column {name} is there twice: nothing is read") for name in twice]
    problems += [RowProblem(line, f"column {name} is missing: nothing is read") for name in missing]
    if twice or missing:
        return None
    return _Header(line, separator, {name: names.index(name) for name in COLUMNS if name in names}, len(names))


def _known(text: str, separator: str) -> set[str]:
    """The columns a header names, if its cells are set apart by this sign."""
    return {name.strip(' "').lower() for name in text.split(separator)} & set(COLUMNS)


def _cells(line: str, separator: str) -> list[str]:
    if line.count('"') % 2:
        raise RowError("a quotation mark has no end")
    try:
        return next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
    except csv.Error as error:
        # Its message quotes nothing of the line.
        raise RowError(f"it is no row of cells: {error}") from None


def _position(line: int, cells: Sequence[str], header: _Header) -> OwnPosition:
    if {cell.strip().lower() for cell in cells if cell.strip()} >= set(NEEDED):
        raise RowError("it names the columns again")
    if any(cell.strip() for cell in cells[header.width :]):
        raise RowError(f"{len(cells)} cells where there are {header.width} columns; a number with commas needs quotes")
    given = {name: cells[place].strip() if place < len(cells) else "" for name, place in header.places.items()}
    for name, cell in given.items():
        if cell.startswith(FORMULA_SIGNS):
            raise RowError(f"{name} {_quoted(cell)} is a formula: the file must hold its value")
        if not cell and name in NEEDED:
            raise RowError(f"{name} is empty")
    has_comma = header.separator == ";"
    shares = _number("shares", given["shares"], has_comma)
    price = _number("price", given["price"], has_comma)
    if shares == 0 or abs(shares) > LARGEST_SHARES:
        raise RowError(f"shares {_quoted(given['shares'])}: a position has some, below zero when it is short")
    if not 0 < price <= LARGEST_PRICE:
        raise RowError(f"price {_quoted(given['price'])}: must be dollars a share, above zero")
    return OwnPosition(
        symbol=_symbol(given["symbol"]),
        shares=shares,
        price=price,
        entry_date=_day(given["date"]),
        account=printable(given.get("account", ""))[:LONGEST_ACCOUNT],
        line=line,
    )


def _symbol(text: str) -> str:
    symbol = printable(text).strip()
    if not any(sign.isalnum() for sign in symbol) or len(symbol) > LONGEST_SYMBOL:
        raise RowError(f"symbol {_quoted(text)} is none")
    return symbol


def _number(name: str, text: str, has_comma: bool) -> float:
    """A number as people and brokers write them.

    Args:
        name: the column.
        text: the cell; a sign, a dollar sign and brackets for a negative one are allowed.
        has_comma: whether the file's decimals may stand behind a comma, as where cells are set apart by semicolons.
    """
    body, sign = text.replace("\u2212", "-").replace("\xa0", "").strip(), 1.0
    if body.startswith("(") and body.endswith(")"):
        body, sign = body[1:-1], -1.0
    body = body.strip().removeprefix("$")
    if body[:1] in ("+", "-") and sign > 0:
        body, sign = body[1:], -1.0 if body[0] == "-" else 1.0
    body = body.strip().removeprefix("$").strip()
    if has_comma and _TWO_WAYS.fullmatch(body):
        plain = body.replace(".", "").replace(",", "")
        raise RowError(f"{name} {_quoted(text)} can be read in two ways; write {plain} or {body[:-4]}.{body[-3:]}0")
    if _PLAIN.fullmatch(body):
        return sign * float(body)
    if not has_comma and _THOUSANDS.fullmatch(body):
        return sign * float(body.replace(",", ""))
    if has_comma and _EUROPEAN.fullmatch(body):
        return sign * float(body.replace(".", "").replace(",", "."))
    raise RowError(f"{name} {_quoted(text)} is no number")


def _day(text: str) -> date:
    try:
        if not _DAY.fullmatch(text):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise RowError(f"date {_quoted(text)} is no day written YYYY-MM-DD") from None


def _quoted(text: str) -> str:
    """A cell within a sentence: what shows, and not much of it."""
    shown = printable(text)
    return f"'{shown[:LONGEST_QUOTE]}…'" if len(shown) > LONGEST_QUOTE else f"'{shown}'"
