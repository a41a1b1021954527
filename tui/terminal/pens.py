"""The pen of a cell (its colours and attributes), and the shortest sequence that turns one pen into another."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from rich.color import Color
from rich.style import Style


class Pen(NamedTuple):
    """The colours and attributes of a cell; colours are SGR parameters, empty for the terminal's default."""

    attributes: int = 0
    foreground: str = ""
    background: str = ""
    link: str = ""


DEFAULT_PEN = Pen()

STYLE_ATTRIBUTES = (
    "bold", "dim", "italic", "underline", "blink", "blink2", "reverse",
    "conceal", "strike", "underline2", "frame", "encircle", "overline",
)  # fmt: skip
ATTRIBUTE_CODES = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "21", "51", "52", "53")
# One "off" code ends every attribute of its group: 22 ends bold and dim alike.
ATTRIBUTE_GROUPS = tuple(
    (sum(1 << bit for bit in bits), bits, off)
    for bits, off in (
        ((0, 1), "22"), ((2,), "23"), ((3, 9), "24"), ((4, 5), "25"), ((6,), "27"),
        ((7,), "28"), ((8,), "29"), ((10, 11), "54"), ((12,), "55"),
    )
)  # fmt: skip
BOLD, DIM, ITALIC, REVERSE = (1 << STYLE_ATTRIBUTES.index(name) for name in ("bold", "dim", "italic", "reverse"))
SEEN_ON_A_BLANK = sum(1 << bit for bit in (3, 6, 8, 9, 10, 11, 12))
"""Attributes that show where there is no glyph: lines, frames and reverse video."""


def _attribute_codes(before: int, after: int) -> Iterator[str]:
    for mask, bits, off in ATTRIBUTE_GROUPS:
        lit, wanted = before & mask, after & mask
        if lit & ~wanted:
            yield off
            lit = 0
        for bit in bits:
            if wanted & ~lit & 1 << bit:
                yield ATTRIBUTE_CODES[bit]


@lru_cache(8192)
def pen_change(before: Pen, after: Pen) -> str:
    """The shortest sequence that turns one pen into another; empty when they are the same."""
    change = list(_attribute_codes(before.attributes, after.attributes))
    afresh = ["", *_attribute_codes(0, after.attributes)]
    if before.foreground != after.foreground:
        change.append(after.foreground or "39")
    if before.background != after.background:
        change.append(after.background or "49")
    afresh += [colour for colour in (after.foreground, after.background) if colour]
    codes = min(";".join(change), ";".join(afresh), key=len) if change else None
    link = "" if before.link == after.link else f"\x1b]8;;{after.link}\x1b\\"
    return link if codes is None else f"{link}\x1b[{codes}m"


def pen_of(codes: str) -> Pen:
    """The pen of SGR parameters without a reset: `1;37;41` is bold white on red."""
    attributes, foreground, background = 0, "", ""
    for code in filter(None, codes.split(";")):
        if code in ATTRIBUTE_CODES:
            attributes |= 1 << ATTRIBUTE_CODES.index(code)
        elif code[0] == "4" or code.startswith("10"):
            background = code
        else:
            foreground = code
    return Pen(attributes, foreground, background)


def style_of(pen: Pen) -> Style:
    """The Rich style that looks like a pen."""
    if pen == DEFAULT_PEN:
        return Style.null()
    names = {name: True for bit, name in enumerate(STYLE_ATTRIBUTES) if pen.attributes & 1 << bit}
    attributes: dict[str, Any] = names
    return Style(color=_colour(pen.foreground), bgcolor=_colour(pen.background), link=pen.link or None, **attributes)


def _colour(code: str) -> Color | None:
    """The colour of an SGR parameter: `31`, `97`, `48;5;208`, `38;2;16;20;24`."""
    if not code:
        return None
    numbers = [int(number) for number in code.split(";")]
    if len(numbers) == 5:
        return Color.from_rgb(*numbers[2:])
    if len(numbers) == 3:
        return Color.from_ansi(numbers[2])
    bright, plain = divmod(numbers[0] % 10 + (8 if numbers[0] >= 90 else 0), 8)
    return Color.from_ansi(8 * bright + plain)
