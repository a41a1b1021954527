"""What is wrong with a condition, and where."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class ConditionError(ValueError):
    """A text is no condition."""

    def __init__(self, words: str, at: int, nearest: str = "") -> None:
        super().__init__(words)
        self.words = words
        """What is wrong, in words without the place."""
        self.at = at
        """The place in the text, counted from 0; its length where something is missing at the end."""
        self.nearest = nearest
        """What may have been meant; empty if nothing is near."""

    def __str__(self) -> str:
        near = f"; nearest: {self.nearest}" if self.nearest else ""
        return f"{self.words} (at {self.at + 1}){near}"


def nearest_of(written: str, known: Iterable[str]) -> str:
    """The word among known ones that a misspelt one is nearest to, capitals or not; empty if none is near."""
    by_folded = {one.casefold(): one for one in known}
    folded = written.casefold()
    begun = [one for one in by_folded if one.startswith(folded)]
    near = begun[:1] or get_close_matches(folded, by_folded, 1, 0.6)
    return by_folded[near[0]] if near else ""
