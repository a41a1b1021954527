"""Draws a theme's colours on terminals with few of them, by the role that each colour has in the theme.

Textual knows colours, not roles, so the theme's own variables say which colour is whose. What is mixed from them (a
frame at three tenths, everything behind a modal screen) is in no list: where it stands out from the paper less than
anything that must be read, it is drawn as a frame is, otherwise by whether it is grey and, if not, by its hue.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from colorsys import rgb_to_hls

from rich.color import Color as RichColor
from textual.color import Color

from tui.terminal.colour_math import Triplet, contrast
from tui.terminal.named_colours import Looks
from tui.terminal.pens import BOLD, DIM, REVERSE, Pen, pen_of

ROLES = {
    "foreground": "plain",
    "text-muted": "muted",
    "text-disabled": "shade",
    "text-accent": "accent",
    "text-success": "gain",
    "text-error": "loss",
    "text-warning": "warning",
    "accent": "focus",
    "success": "gain",
    "error": "loss",
    "warning": "warning",
}
"""The role of each of the theme's variables; where two have one colour, the first."""
BACKGROUND_VARIABLES = ("background", "surface", "panel")
CURSOR_VARIABLES = ("primary-muted", "block-cursor-background")
"""The theme's variables for the background of the row under the cursor."""
LEAST_LEGIBLE_CONTRAST = 3.0
"""The contrast to the paper below which nothing is meant to be read."""
BLOCK_CONTRAST = 2.5
"""The contrast to the paper from which a background is a coloured block with text in it."""
PLAIN_SHARE = 0.65
"""How much of the plain text's contrast a grey needs to be plain, not muted."""
GREY_CHROMA = 0.12
"""The difference between a grey's channels, as a share of all there can be."""
CURSOR_DISTANCE = 40.0
"""How far from the paper a background begins to say that the cursor is there, in red, green and blue."""

Key = Triplet | int | None
"""A colour as red, green and blue, or as the number of one of the sixteen; None for the terminal's own."""
PAPER, CURSOR, BLOCK = "paper", "cursor", "block"


class FewColours:
    """The pens of a theme on a terminal with sixteen colours, with eight, or with none.

    Args:
        looks: what the theme names for such a terminal.
        variables: the theme's colours, as Textual's style sheets know them.
        colours: `standard` for sixteen, `8`, or None for no colour.
    """

    def __init__(self, looks: Looks, variables: Mapping[str, str], colours: str | None) -> None:
        self._looks, self._colours = looks, colours
        self._on_cursor = looks.on_cursor
        papers = [*_parsed(variables, BACKGROUND_VARIABLES)] or [Color(0, 0, 0)]
        cursors = [*_parsed(variables, CURSOR_VARIABLES)]
        self._paper = papers[0].rgb
        self._papers = {paper.rgb for paper in papers}
        self._cursors = {cursor.rgb for cursor in cursors if cursor.ansi is None} - self._papers
        self._roles: dict[Key, str] = {None: "plain"}
        for name, role in ROLES.items():
            for colour in _parsed(variables, (name,)):
                for ground in (*papers, *cursors):
                    self._roles.setdefault(_key((ground + colour).rich_color), role)
        plain = next((colour.rgb for colour in _parsed(variables, ("foreground",))), (255, 255, 255))
        self._plain_contrast = PLAIN_SHARE * contrast(plain, self._paper)

    def pen(self, ink: RichColor | None, ground: RichColor | None, attributes: int, link: str = "") -> Pen:
        """The pen for text of a colour on a background, with the attributes its style has anyway."""
        ink_key, ground_key = _key(ink), _key(ground)
        if isinstance(ground_key, int) and self._colours is not None:
            return self._given(ink_key, ground_key, attributes, link)
        on = self._ground(ground_key)
        role, look = self._look(ground_key if on == BLOCK else ink_key)
        if on != PAPER or attributes & REVERSE:
            looks = self._looks.on_block if on == BLOCK else self._on_cursor
            return self._reversed(looks.get(role), look, attributes, link)
        # On the terminal's own background text has the terminal's own colour, unless it has one of its own.
        pen = pen_of("" if ink_key is ground_key is None else look)
        # A terminal shows bold or dim, not both.
        is_thin = pen.attributes & DIM or (pen.foreground and not self._looks.has_bold)
        kept = attributes & ~BOLD if is_thin else attributes
        paper = "" if ground_key is None else self._looks.paper
        return Pen(kept | pen.attributes, pen.foreground, pen.background or paper, link)

    def _given(self, ink: Key, ground: int, attributes: int, link: str) -> Pen:
        """The pen of what names one of the sixteen for its background, as a picture of last time does."""
        pen = pen_of(self._look(ink)[1] if isinstance(ink, tuple) else _code_of(ink, self._colours))
        bright, plain = divmod(ground, 8)
        background = f"{(100 if bright and self._colours != '8' else 40) + plain}"
        return Pen(attributes | pen.attributes, pen.foreground, background, link)

    def _reversed(self, named: str | None, look: str, attributes: int, link: str) -> Pen:
        """The pen of a role on the cursor's row, or of text on a block of that role's colour."""
        pen = pen_of(named or f"7;{look};{self._looks.paper}")
        # Without colour, bold tells the row that has the focus; where there is some, it would change it.
        kept = attributes & ~(REVERSE | DIM | (BOLD if self._colours else 0))
        return Pen(kept | pen.attributes, pen.foreground, pen.background, link)

    def _ground(self, key: Key) -> str:
        """What kind of background a colour is."""
        if key is None or key in self._papers:
            return PAPER
        if isinstance(key, int):
            return BLOCK
        if key in self._cursors:
            return CURSOR
        if contrast(key, self._paper) >= BLOCK_CONTRAST:
            return BLOCK
        return CURSOR if math.dist(key, self._paper) >= CURSOR_DISTANCE else PAPER

    def _look(self, key: Key) -> tuple[str, str]:
        """The role of a colour, if it has one, and how it looks."""
        role = self._roles.get(key) or self._role_by_looks(key)
        if role:
            return role, getattr(self._looks, role)
        if isinstance(key, tuple):
            return "", self._looks.hues[round(6 * rgb_to_hls(*key)[0]) % 6]
        return "", _code_of(key, self._colours)

    def _role_by_looks(self, key: Key) -> str:
        """The role of a colour the theme does not name; empty if its hue decides."""
        if not isinstance(key, tuple):
            return ""
        stands_out = contrast(key, self._paper)
        if stands_out < LEAST_LEGIBLE_CONTRAST:
            return "shade"
        if max(key) - min(key) >= GREY_CHROMA * 255:
            return ""
        return "plain" if stands_out >= self._plain_contrast else "muted"


def _code_of(number: int | None, colours: str | None) -> str:
    """One of the sixteen as it is, for a terminal that may have fewer."""
    if number is None or colours is None:
        return ""
    if number < 8:
        return f"{30 + number}"
    if colours != "8":
        return f"{90 + number - 8}"
    return "2" if number == 8 else f"1;{30 + number - 8}"


def _key(colour: RichColor | None) -> Key:
    if colour is None or colour.is_default:
        return None
    if colour.number is not None and colour.number < 16:
        return colour.number
    red, green, blue = colour.get_truecolor()
    return red, green, blue


def _parsed(variables: Mapping[str, str], names: Iterable[str]) -> Iterator[Color]:
    """The colours of these variables; some are mixed with what they are laid on (`auto 60%`, `#5f87af 30%`)."""
    for name in names:
        value, _, percentage = variables.get(name, "transparent").partition(" ")
        alpha = float(percentage.rstrip("%") or 100)
        if value != "transparent":
            yield Color.automatic(alpha) if value == "auto" else Color.parse(value).multiply_alpha(alpha / 100)
