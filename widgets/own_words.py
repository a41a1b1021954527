"""Words about the user's own positions that the document and the screen of them write alike."""

from __future__ import annotations

from widgets.format import GLYPHS_UNICODE, Glyphs, known_figure, money


def positions_words(shorts: int, longs: int, gross: float | None, glyphs: Glyphs = GLYPHS_UNICODE) -> str:
    """How many positions and of how many dollars, if that is known: `7 shorts, 1 long · 4.21M gross`."""
    words = f"{shorts:,} short{'' if shorts == 1 else 's'}"
    if longs:
        words += f", {longs:,} long{'' if longs == 1 else 's'}"
    if known_figure(gross) is None:
        return words
    return f"{words} {glyphs.separator} {money(gross, glyphs, signed=False)} gross"
