"""Spells the first of some names or days out in a sentence, and says that there are more."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

NAMES_IN_A_SENTENCE: Final = 8
"""Names, ticker changes or days that a sentence spells out at most, where it has the room."""


def spelt_out(words: Iterable[object], most: int = NAMES_IN_A_SENTENCE, *, rest: str = ", …") -> str:
    """The words with commas between them, such as `A, B, C`, or `A, B, …` where there are more than `most`.

    Args:
        words: names, days or whatever else is listed, in the order wanted.
        most: how many are spelt out.
        rest: what follows the last one where there are more; `{}` in it stands for how many are left out.
    """
    texts = [str(word) for word in words]
    more = rest.format(len(texts) - most) if len(texts) > most else ""
    return ", ".join(texts[:most]) + more
