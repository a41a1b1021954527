"""Draws scenes of a terminal as one SVG that moves by itself: a row that stays is drawn once, and shown in its scenes.

It needs no script and no font from elsewhere. Who wants no motion, or cannot have it, sees the first scene.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby
from typing import Final, NamedTuple

from benchmarks._screen import Cell, Rows

CELL_WIDTH: Final = 8
CELL_HEIGHT: Final = 16
"""Whole numbers, which are short: a picture has thousands of them."""
FONT_SIZE: Final = 13.3
"""A monospace's advance is six tenths of it."""
INK: Final = "d0d0d0"
PAPER: Final = "0f1115"
"""The colours of a terminal where the program leaves them to it."""
BASE_LINE: Final = 12
"""Where letters stand below the top of their row."""


class Scene(NamedTuple):
    """A screen, and how long it is shown."""

    rows: Rows
    seconds: float


class _Look(NamedTuple):
    ink: str
    paper: str
    is_bold: bool
    is_italic: bool
    is_underlined: bool


def moving_picture(scenes: Sequence[Scene]) -> str:
    """The scenes one after another, without an end."""
    height, width = CELL_HEIGHT * len(scenes[0].rows), CELL_WIDTH * len(scenes[0].rows[0])
    shown: dict[tuple[int, str], list[int]] = {}
    inks: dict[str, str] = {}
    for number, scene in enumerate(scenes):
        for top, row in enumerate(scene.rows):
            shown.setdefault((top, _drawn(row, inks)), []).append(number)
    motions = {tuple(numbers): f"m{place}" for place, numbers in enumerate(dict.fromkeys(map(tuple, shown.values())))}

    def motion_of(numbers: Sequence[int]) -> str:
        return f' class="{motions[tuple(numbers)]}"' if len(numbers) < len(scenes) else ""

    body = [
        f'<g{motion_of(numbers)} transform="translate(0 {top * CELL_HEIGHT + BASE_LINE})">{drawn}</g>'
        for (top, drawn), numbers in sorted(shown.items(), key=lambda item: item[0][0])
        if drawn
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">',
            "<style>",
            f"text{{font:{FONT_SIZE:g}px Menlo,Consolas,'DejaVu Sans Mono',monospace;white-space:pre}}",
            *(f".{name}{{fill:#{ink}}}" for ink, name in inks.items()),
            ".b{font-weight:bold}.i{font-style:italic}.u{text-decoration:underline}",
            *_motions(scenes, motions),
            "@media(prefers-reduced-motion:reduce){g{animation:none!important}}",
            "</style>",
            f'<rect width="100%" height="100%" rx="6" fill="#{PAPER}"/>',
            *body,
            "</svg>",
            "",
        ]
    )


def _motions(scenes: Sequence[Scene], motions: dict[tuple[int, ...], str]) -> Iterator[str]:
    """When a row is seen; without motion only in the first scene."""
    whole = sum(scene.seconds for scene in scenes)
    begins = [100 * sum(scene.seconds for scene in scenes[:number]) / whole for number in range(len(scenes))]
    for numbers, name in motions.items():
        if len(numbers) == len(scenes):
            continue
        is_seen = [number in numbers for number in range(len(scenes))]
        turns = [number for number in range(len(scenes)) if not number or is_seen[number] != is_seen[number - 1]]
        frames = "".join(f"{begins[turn]:.4g}%{{visibility:{_word(is_seen[turn])}}}" for turn in turns)
        yield f"@keyframes {name}{{{frames}100%{{visibility:{_word(is_seen[-1])}}}}}"
        yield f".{name}{{visibility:{_word(is_seen[0])};animation:{name} {whole:.4g}s step-end infinite}}"


def _word(is_seen: bool) -> str:
    return "visible" if is_seen else "hidden"


def _drawn(row: Sequence[Cell], inks: dict[str, str]) -> str:
    """A row: the boxes behind it, then its words."""
    boxes: list[str] = []
    words: list[str] = []
    column = 0
    for look, run in groupby(row, key=_look_of):
        # The second half of a wide glyph is a cell without one.
        glyphs = [cell.glyph or " " for cell in run]
        if look.paper != PAPER:
            place = f'x="{_place(column)}" y="-{BASE_LINE}" width="{_place(len(glyphs))}" height="{CELL_HEIGHT}"'
            boxes.append(f'<rect {place} fill="#{look.paper}"/>')
        words += _words(glyphs, column, look, inks)
        column += len(glyphs)
    return "".join([*boxes, *words])


def _words(glyphs: Sequence[str], column: int, look: _Look, inks: dict[str, str]) -> Iterator[str]:
    """Words of ASCII and lines of one glyph, stretched to their cells; every other glyph at a place of its own."""
    name = inks.setdefault(look.ink, f"c{len(inks)}")
    classes = " ".join([name, *("b" * look.is_bold), *("i" * look.is_italic), *("u" * look.is_underlined)])
    for is_plain, run in groupby(enumerate(glyphs, column), key=lambda placed: placed[1].isascii()):
        pieces = list(run)
        while pieces and pieces[0][1].isspace():
            del pieces[0]
        while pieces and pieces[-1][1].isspace():
            del pieces[-1]
        if not pieces:
            continue
        if is_plain or len({glyph for _, glyph in pieces}) == 1:
            place = f'x="{_place(pieces[0][0])}" textLength="{_place(len(pieces))}"'
        else:
            place = f'x="{" ".join(_place(begin) for begin, _ in pieces)}"'
        text = escape("".join(glyph for _, glyph in pieces), quote=False)
        yield f'<text {place} class="{classes}">{text}</text>'


def _place(cells: int) -> str:
    return str(cells * CELL_WIDTH)


def _look_of(cell: Cell) -> _Look:
    is_bold, is_reverse, is_italic, is_underlined = cell.attributes or (False,) * 4
    ink = INK if cell.foreground == "default" else cell.foreground
    paper = PAPER if cell.background == "default" else cell.background
    return _Look(*((paper, ink) if is_reverse else (ink, paper)), is_bold, is_italic, is_underlined)
