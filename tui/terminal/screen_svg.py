"""Draws the cells of a terminal as SVG: boxes and glyphs, with no font, style sheet or picture from anywhere else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby
from typing import Final

from rich.cells import cell_len
from rich.color import Color
from rich.color_triplet import ColorTriplet
from rich.terminal_theme import TerminalTheme

from tui.terminal.frame_json import Row
from tui.terminal.pens import BOLD, DIM, ITALIC, REVERSE, STYLE_ATTRIBUTES, Pen, style_of

FONT_SIZE: Final = 14.0
CELL_WIDTH: Final = FONT_SIZE * 1233 / 2048
"""The advance of DejaVu Sans Mono, which other monospaces share within a hundredth."""
CELL_HEIGHT: Final = 17.0
XTERM: Final = tuple(
    (int(one[:2], 16), int(one[2:4], 16), int(one[4:], 16))
    for line in (
        "000000 cd0000 00cd00 cdcd00 0000ee cd00cd 00cdcd e5e5e5",
        "7f7f7f ff0000 00ff00 ffff00 5c5cff ff00ff 00ffff ffffff",
    )
    for one in line.split()
)
"""The sixteen colours as xterm has them (XTerm-col.ad)."""
DARK_TERMINAL: Final = TerminalTheme(XTERM[0], XTERM[7], [*XTERM[:8]], [*XTERM[8:]])
LIGHT_TERMINAL: Final = TerminalTheme(XTERM[15], XTERM[0], [*XTERM[:8]], [*XTERM[8:]])
UNDERLINE: Final = 1 << STYLE_ATTRIBUTES.index("underline")
DIM_SHARE: Final = 0.55
"""How much of its ink dim text keeps."""


def svg_of_rows(rows: Sequence[Row], is_dark: bool = True) -> str:
    """The cells as boxes and glyphs; the sixteen named colours are those of xterm.

    Args:
        rows: every row of the terminal.
        is_dark: whether a terminal's own paper is taken to be black, where a theme leaves it as it is.
    """
    theme = DARK_TERMINAL if is_dark else LIGHT_TERMINAL
    width = CELL_WIDTH * sum(cell_len(text) for text, _ in rows[0])
    height = CELL_HEIGHT * len(rows)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.1f} {height:.1f}">'
        f'<rect width="100%" height="100%" fill="{theme.background_color.hex}"/>'
        f'<g font-family="DejaVu Sans Mono, monospace" font-size="{FONT_SIZE:g}" xml:space="preserve">'
    )
    return "\n".join([head, *_shapes(rows, theme), "</g></svg>", ""])


def text_of_rows(rows: Sequence[Row]) -> str:
    """The cells as lines of text, without the blanks at their ends."""
    return "".join("".join(text for text, _ in row).rstrip() + "\n" for row in rows)


def _shapes(rows: Sequence[Row], theme: TerminalTheme) -> Iterator[str]:
    for number, row in enumerate(rows):
        top, column = number * CELL_HEIGHT, 0
        glyphs: list[str] = []
        for text, pen in row:
            ink, paper = _colours(pen, theme)
            cells = cell_len(text)
            if paper != theme.background_color:
                # A hair wider: between two boxes of one colour the paper would shine through.
                yield (
                    f'<rect x="{column * CELL_WIDTH:.2f}" y="{top:g}" width="{cells * CELL_WIDTH + 0.3:.2f}" '
                    f'height="{CELL_HEIGHT + 0.3:g}" fill="{paper.hex}"/>'
                )
            glyphs += _glyphs(text, column, top, f'fill="{ink.hex}"{_weight(pen)}')
            column += cells
        yield from glyphs


def _glyphs(text: str, column: int, top: float, look: str) -> Iterator[str]:
    """Words of ASCII together, other glyphs each at its own place: a font may borrow one of another width."""
    for is_plain, run in groupby(text, key=lambda sign: sign.isascii() and sign != " "):
        word = "".join(run)
        for piece in [word] if is_plain else word:
            if not piece.isspace():
                place = f'x="{column * CELL_WIDTH:.2f}" y="{top + 0.78 * CELL_HEIGHT:.2f}"'
                yield f"<text {place} {look}>{escape(piece)}</text>"
            column += cell_len(piece)


def _weight(pen: Pen) -> str:
    bold = ' font-weight="bold"' if pen.attributes & BOLD else ""
    slanted = ' font-style="italic"' if pen.attributes & ITALIC else ""
    under = ' text-decoration="underline"' if pen.attributes & UNDERLINE else ""
    return bold + slanted + under


def _colours(pen: Pen, theme: TerminalTheme) -> tuple[ColorTriplet, ColorTriplet]:
    """The colours of a pen's ink and of its paper."""
    style = style_of(pen)
    ink = (style.color or Color.default()).get_truecolor(theme)
    paper = (style.bgcolor or Color.default()).get_truecolor(theme, foreground=False)
    if pen.attributes & REVERSE:
        ink, paper = paper, ink
    if pen.attributes & DIM:
        mixed = (round(DIM_SHARE * one + (1 - DIM_SHARE) * other) for one, other in zip(ink, paper, strict=True))
        ink = ColorTriplet(*mixed)
    return ink, paper
