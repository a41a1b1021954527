"""Cells about a publication that documents and the screen write alike."""

from __future__ import annotations

from widgets.format import GLYPHS_UNICODE, Figure, Glyphs, known_figure


def arrow_of(glyphs: Glyphs = GLYPHS_UNICODE) -> str:
    """The sign between what was and what is; a cell wide."""
    return ">" if glyphs.is_ascii else "→"


def before_and_after(before: Figure, after: Figure, width: int, glyphs: Glyphs = GLYPHS_UNICODE) -> str:
    """Two scores or ranks with an arrow between them: ` 41 →  62`, so that columns of them stand still."""
    each = max((width - 3) // 2, 1)
    words = [glyphs.missing if known is None else f"{known:,.0f}" for known in map(known_figure, (before, after))]
    return f"{words[0]:>{each}} {arrow_of(glyphs)} {words[1]:>{each}}".rjust(width)
