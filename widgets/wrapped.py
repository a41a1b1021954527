"""Breaks words that others wrote into lines of so many terminal cells, without losing a sign that can be seen."""

from __future__ import annotations

from shortside.words.plain_text import printable
from widgets.format import width_of


def lines_of_words(words: str, width: int) -> list[str]:
    """The words in lines of at most `width` cells, broken at spaces, and inside a word only where it is longer."""
    width = max(width, 2)
    lines = [""]
    for word in printable(words).split():
        if lines[-1] and width_of(f"{lines[-1]} {word}") > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".lstrip()
        while width_of(lines[-1]) > width:
            kept = _longest_start(lines[-1], width)
            lines[-1:] = [lines[-1][:kept], lines[-1][kept:]]
    return [line for line in lines if line]


def _longest_start(text: str, width: int) -> int:
    """How many signs from the beginning fit so many cells; wide ones take two."""
    kept = min(len(text), width)
    while kept > 1 and width_of(text[:kept]) > width:
        kept -= 1
    return kept
