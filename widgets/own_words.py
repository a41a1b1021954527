"""Words about the user's own positions that the document and the screen of them write alike."""

from __future__ import annotations

from widgets.format import GLYPHS_UNICODE, Figure, Glyphs, known_figure, money, percent

LEAST_SHARE = 0.0001
"""A ratio: what is below the half of it would be written as nothing."""


def positions_words(shorts: int, longs: int, gross: float | None, glyphs: Glyphs = GLYPHS_UNICODE) -> str:
    """How many positions and of how many dollars, if that is known: `7 shorts, 1 long · 4.21M gross`."""
    words = f"{shorts:,} short{'' if shorts == 1 else 's'}"
    if longs:
        words += f", {longs:,} long{'' if longs == 1 else 's'}"
    if known_figure(gross) is None:
        return words
    return f"{words} {glyphs.separator} {money(gross, glyphs, signed=False)} gross"


def share_words(ratio: Figure, width: int, mark: str, glyphs: Glyphs = GLYPHS_UNICODE) -> str:
    """Own shares over all shares short, in per cent: `0.05`, and `<0.01` of what is more than none.

    Args:
        ratio: a fraction of one.
        width: cells to fill.
        mark: `%`; empty where the column's title says it.
        glyphs: the signs to write with.
    """
    figure = known_figure(ratio)
    if figure is not None and 0 < figure < LEAST_SHARE / 2:
        return f"<{LEAST_SHARE * 100:.2f}{mark}".rjust(width)
    return percent(ratio, width, False, decimals=2, mark=mark, glyphs=glyphs)
