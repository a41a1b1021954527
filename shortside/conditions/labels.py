"""The words by which names are told apart: tiers, sectors, exchanges, symbols.

Apart from conditions, because an index of names needs them and a screen without a filter needs no condition.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from shortside.listings import Flags, Indexes


class Labels:
    """The words of a figure: few different ones, or one for each name."""

    def __init__(self, words: Sequence[str], codes: Indexes | None = None) -> None:
        self.words = words
        """The words as people read them; the empty one is unknown."""
        self._codes = codes

    @cached_property
    def folded(self) -> list[str]:
        """The words without the difference of capitals."""
        return [word.casefold() for word in self.words]

    def of_names(self, flags: Sequence[bool]) -> Flags:
        """(N,) by name, of what is said of each word: all names have one of them, or each its own, in order."""
        by_word = np.array(flags, np.bool_)
        return by_word if self._codes is None else by_word[self._codes]
