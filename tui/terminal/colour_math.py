"""Computes a colour's lightness, the contrast of two colours, and the nearest of a terminal's 256."""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import product

Triplet = tuple[int, int, int]
"""Red, green and blue, 0 to 255 each."""

CUBE_LEVELS = (0, 95, 135, 175, 215, 255)
"""What each channel can be in the cube of 6×6×6 that begins at colour 16."""
FIRST_GREY = 232
"""The first of 24 greys, 8 and then every 10."""


def luminance(colour: Triplet) -> float:
    """How light a colour is, 0 to 1, as WCAG defines relative luminance."""
    red, green, blue = (_linear(channel) for channel in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Triplet, other: Triplet) -> float:
    """The contrast ratio of two colours, 1 to 21, as WCAG has it: 4.5 is asked for text."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@lru_cache(1024)
def nearest_of_256(colour: Triplet) -> int:
    """The number of the colour that looks most like this one, of the cube and the greys.

    Nearest by looks (Oklab), not by channels, which makes a dark green grey. The first sixteen are left out: they are
    whatever the terminal's user likes.
    """
    grey = min(23, max(0, round((sum(colour) / 3 - 8) / 10)))
    candidates = {FIRST_GREY + grey: (8 + 10 * grey,) * 3}
    for red, green, blue in product(*map(_steps_around, colour)):
        candidates[16 + 36 * red + 6 * green + blue] = CUBE_LEVELS[red], CUBE_LEVELS[green], CUBE_LEVELS[blue]
    wanted = oklab(colour)
    return min(candidates, key=lambda number: math.dist(wanted, oklab(candidates[number])))


@lru_cache(4096)
def oklab(colour: Triplet) -> tuple[float, float, float]:
    """A colour as lightness, green to red, and blue to yellow: equal steps look alike (https://bottosson.github.io/posts/oklab/)."""
    red, green, blue = (_linear(channel) for channel in colour)
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    medium = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _steps_around(channel: int) -> tuple[int, ...]:
    """The steps next below and next above."""
    above = next(step for step, level in enumerate(CUBE_LEVELS) if level >= channel)
    return (above,) if CUBE_LEVELS[above] == channel else (above - 1, above)


def _linear(channel: int) -> float:
    share = channel / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
