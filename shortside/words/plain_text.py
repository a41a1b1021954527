"""Makes text that others wrote fit for whatever shows it: a terminal, a spreadsheet, a clipboard."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

INVISIBLE_SIGNS: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Signs that count as printable and leave no mark: Unicode's Default_Ignorable_Code_Point beyond its formats."""
FORMULA_SIGNS: Final = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a spreadsheet takes for the beginning of a formula, the wide forms too."""
_FORMULA_BEGINS: Final = re.compile(rf'(^|;)([\s"]*)(?=[{re.escape("".join(FORMULA_SIGNS))}])')
"""Where a cell may begin with one: also behind a semicolon, which parts cells where a comma stands before decimals, and
behind quotes, which a paste takes off."""
MARKS: Final = frozenset({"Mn", "Me"})
"""Unicode's categories of marks that stand upon the sign before them."""
MOST_MARKS: Final = 2
"""Marks upon one sign: Vietnamese has two."""
MOST_TEXTS_KEPT: Final = 8_192
"""How many texts are kept as they came out: a few screens full of cells."""


# Most cells of a screen are those of the frame before: to look a text up takes half of what looking at it does.
@lru_cache(maxsize=MOST_TEXTS_KEPT)
def printable(text: str) -> str:
    """The text without signs that nobody sees and a terminal may obey; every kind of white space becomes a space.

    Left out are control characters, with them the beginnings of escape sequences, what turns the direction of writing,
    what takes no room, and of marks upon one sign all but two: a hundred would grow over the lines above. What others
    wrote goes through here before a terminal, a CSV file or a clipboard has it.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(sign for sign in map(_space_or_sign, _seen(text)) if sign.isprintable())


def _seen(text: str) -> Iterator[str]:
    """The signs of a text that leave a mark, and no more marks upon one of them than stand there legibly."""
    marks = 0
    for sign in INVISIBLE_SIGNS.sub("", text):
        marks = marks + 1 if unicodedata.category(sign) in MARKS else 0 if sign.isprintable() else marks
        if marks <= MOST_MARKS:
            yield sign


def spreadsheet_text(text: str) -> str:
    """A text as a spreadsheet may have it: printable, and after an apostrophe where it would pass for a formula."""
    return _FORMULA_BEGINS.sub(r"\1'\2", printable(text))


def _space_or_sign(sign: str) -> str:
    return " " if sign.isspace() else sign
