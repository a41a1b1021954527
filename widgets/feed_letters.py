"""The one list of letters that say how a feed is doing: its word in the head, its meaning in words, its style."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final, NamedTuple


class FeedLetter(NamedTuple):
    """A letter before a feed, and what it means."""

    letter: str
    word: str
    """The one word for it; in the screen's head, in capitals, where the letter is a trouble."""
    meaning: str
    """What it means, in words without a full stop."""
    style: str = "plain"
    is_failure: bool = False
    """Whether the last look at the feed failed."""
    gravity: int = 0
    """Which trouble is told first, the highest before the others; 0 for none."""


OFF_LETTER: Final = "O"
"""The letter of a provider that nobody asks, and that has no next look."""
FEED_LETTERS: Final = MappingProxyType(
    {
        one.letter: one
        for one in (
            FeedLetter("C", "current", "its source has nothing newer"),
            FeedLetter("L", "late", "one publication is missing; it may come any minute", "warning", gravity=1),
            FeedLetter("S", "stale", "more than one publication is missing", "warning", gravity=3),
            FeedLetter("U", "unknown", "nothing arrived yet, or nobody knows when", "muted"),
            FeedLetter("P", "pending", "asked for, and not posted yet", "muted"),
            FeedLetter("B", "refused", "a denial or a wall instead of data", "loss", True, 5),
            FeedLetter("T", "throttled", "its source wants quiet, or is left alone for now", "warning", True, 2),
            FeedLetter("E", "dark", "no answer, or none that makes sense", "loss", True, 4),
            FeedLetter(OFF_LETTER, "off", "nobody asks it", "muted"),
        )
    }
)
"""Every letter, by itself; the inputs of a market know the first four of them."""


def letter_style(letter: str) -> str:
    """The style of a letter; one that is not known is drawn as a failure."""
    return FEED_LETTERS[letter].style if letter in FEED_LETTERS else "loss"


def is_failure_letter(letter: str) -> bool:
    """Whether a letter says that the last look failed; one that is not known does."""
    return letter not in FEED_LETTERS or FEED_LETTERS[letter].is_failure


def letters_explained() -> tuple[tuple[str, str], ...]:
    """Pairs of every letter and its word with its meaning."""
    return tuple((one.letter, f"{one.word}: {one.meaning}") for one in FEED_LETTERS.values())
