"""What an eye makes of a pen: its colours on a screen, how far they are apart, and what the colour-blind see."""

from __future__ import annotations

import math
from typing import NamedTuple

from tui.terminal.colour_math import CUBE_LEVELS, Triplet
from tui.terminal.pens import BOLD, DIM, REVERSE, Pen
from tui.terminal.screen_svg import XTERM as XTERM  # for whoever looks at a screen


def _triplets(text: str) -> tuple[Triplet, ...]:
    return tuple((int(one[:2], 16), int(one[2:4], 16), int(one[4:], 16)) for one in text.split())


VGA = _triplets(
    "000000 aa0000 00aa00 aa5500 0000aa aa00aa 00aaaa aaaaaa 555555 ff5555 55ff55 ffff55 5555ff ff55ff 55ffff ffffff"
)
"""The sixteen of the console of Linux, and nearly those of PuTTY."""


class Screen(NamedTuple):
    """A kind of screen: its sixteen colours and its habits."""

    sixteen: tuple[Triplet, ...]
    is_bold_bright: bool = False
    """Bold text in one of the first eight is shown in its bright one."""
    is_dim_grey: bool = False
    """Dim text is bright black, whatever its colour, as on the console of Linux."""
    own: tuple[int, int] = (7, 0)
    """Its own colours for text and background, of the sixteen."""


class Look(NamedTuple):
    """The colours an eye sees."""

    ink: Triplet
    paper: Triplet


def look(pen: Pen, screen: Screen) -> Look:
    """What a screen makes of a pen."""
    code = pen.foreground
    if pen.attributes & DIM and screen.is_dim_grey:
        code = "90"
    elif pen.attributes & BOLD and screen.is_bold_bright and len(code) == 2 and code[0] == "3":
        code = f"9{code[1]}"
    ink = _colour(code, screen, screen.own[0])
    paper = _colour(pen.background, screen, screen.own[1])
    return Look(paper, ink) if pen.attributes & REVERSE else Look(ink, paper)


def _colour(code: str, screen: Screen, own: int) -> Triplet:
    numbers = [int(one) for one in code.split(";") if one]
    if not numbers:
        return screen.sixteen[own]
    if len(numbers) == 5:
        return numbers[2], numbers[3], numbers[4]
    if len(numbers) == 3:
        return of_256(numbers[2])
    is_bright = numbers[0] >= 90
    return screen.sixteen[numbers[0] % 10 + 8 * is_bright]


def of_256(number: int) -> Triplet:
    """One of the cube and the greys."""
    if number >= 232:
        return (8 + 10 * (number - 232),) * 3
    red, rest = divmod(number - 16, 36)
    return CUBE_LEVELS[red], CUBE_LEVELS[rest // 6], CUBE_LEVELS[rest % 6]


def difference(one: Triplet, other: Triplet) -> float:
    """How far two colours are apart in CIELAB (1976): 2 can just be told, 100 is black from white."""
    return math.dist(_lab(one), _lab(other))


def _linear(colour: Triplet) -> tuple[float, float, float]:
    shares = [channel / 255 for channel in colour]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in shares)
    return red, green, blue


def _lab(colour: Triplet) -> tuple[float, float, float]:
    red, green, blue = _linear(colour)
    white = (0.9505, 1.0, 1.089)
    weights = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
    ratios = [(a * red + b * green + c * blue) / part for (a, b, c), part in zip(weights, white, strict=True)]
    x, y, z = (one ** (1 / 3) if one > 0.008856 else 7.787 * one + 16 / 116 for one in ratios)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


BLINDNESS = {
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
"""What is left of red, green and blue (Machado, Oliveira and Fernandes 2009, severity 1, on linear channels)."""


def blind(colour: Triplet, blindness: str) -> Triplet:
    """What somebody with a kind of colour blindness sees of a colour."""
    linear = _linear(colour)
    mixed = (sum(w * one for w, one in zip(row, linear, strict=True)) for row in BLINDNESS[blindness])
    red, green, blue = (_channel(min(1.0, max(0.0, one))) for one in mixed)
    return red, green, blue


def _channel(linear: float) -> int:
    share = 12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055
    return round(255 * share)
