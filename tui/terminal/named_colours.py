"""The look of each role of a theme on terminals with sixteen colours, with eight, and with none.

Every value is SGR parameters. The sixteen are meant to be told apart, and to be read, with the colours xterm and VGA
give them: text at 4.5 to 1 and muted text at 3 to 1, save VGA's own bright black, which is 2.8 to 1 on black. That is
why red is the bright one on black and yellow is never the brown one, why blue is not used on black, and why gains are
blue on white: no green of the sixteen can be read there.

Eight colours have no bright ones: there bold text is bright, and bright black is dim. Attributes show differently, too:
the console of Linux draws dim text in reverse as if it were not in reverse, and bold text in reverse grey on grey. So
what the cursor's row has instead is named as well.

The cursor's row is one bar, on which gains and losses cannot have colours of their own: neither green nor red can be
read on the white of the sixteen. There losses are underlined, as they are without colour, and the sign tells them; the
console of Linux paints what is underlined in a colour of its own, so that there the sign alone does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Looks(NamedTuple):
    """The look of every role of a theme on a terminal of few colours, as SGR parameters."""

    plain: str
    muted: str
    shade: str
    """Lines and frames, and whatever lies behind something else."""
    accent: str
    focus: str
    """The frame of the panel that has the keys: a line, so it may be darker than text."""
    gain: str
    loss: str
    warning: str
    paper: str = ""
    """The background of the screen; empty for the terminal's own."""
    on_block: dict[str, str] = {}
    """How text looks on a block of a role's colour, where that is not the role's own look in reverse video."""
    bar: str = ""
    """How the cursor's row looks; empty for plain text in reverse video."""
    lost: str = ""
    """What tells a loss on the cursor's row, beside its sign."""
    has_bold: bool = True
    """Whether what is bold anyway may be so in colour: xterm shows bold black as bright black, which is grey."""
    hues: tuple[str, ...] = ("",) * 6
    """The looks of red, yellow, green, cyan, blue and magenta, for colours that are no role of the theme."""

    @property
    def on_cursor(self) -> dict[str, str]:
        """How a role looks on the cursor's row, where that is not its own look in reverse video."""
        return self.on_block | ({"gain": self.bar, "loss": self.bar + self.lost} if self.bar else {})

    def on_own_paper(self) -> Looks:
        """The looks on the terminal's own background, with plain text in its own colour."""
        on_block = {role: self._without_paper(look) for role, look in self.on_block.items()}
        return self._replace(plain="", paper="", on_block=on_block, bar=self._without_paper(self.bar))

    def _without_paper(self, look: str) -> str:
        codes = look.split(";")
        # What is not in reverse has both of its colours, and needs both.
        return ";".join(code for code in codes if code not in (self.plain, self.paper)) if "7" in codes else look


DARK = Looks(
    paper="40",
    plain="37",
    muted="90",
    shade="90",
    accent="93",
    focus="33",
    gain="32",
    loss="91",
    warning="93",
    # Bright black on white is 3 to 1 at best, which is too little for the row that is being read.
    on_block={"muted": "7;37;40", "shade": "7;37;100", "accent": "7;37;40", "warning": "7;37;40"},
    bar="7;37;40",
    lost=";4",
    hues=("91", "93", "32", "36", "36", "95"),
)
LIGHT = Looks(
    paper="107",
    plain="30",
    muted="90",
    shade="90",
    accent="35",
    focus="35",
    gain="34",
    loss="31",
    warning="35",
    has_bold=False,
    on_block={"muted": "7;30;47", "shade": "7;30;47", "accent": "7;30;107", "warning": "7;30;107"},
    bar="7;30;107",
    lost=";4",
    hues=("31", "35", "34", "34", "34", "35"),
)
SAFE = DARK._replace(
    accent="97",
    focus="37",
    gain="36",
    loss="93",
    warning="97",
    hues=("93", "93", "36", "36", "36", "95"),
)
"""Cyan and yellow are the blue and the orange of the sixteen; the blue itself cannot be read on black."""

DARK_IN_EIGHT = Looks(
    paper="40",
    plain="37",
    muted="2;37",
    shade="2;37",
    accent="1;33",
    focus="33",
    gain="32",
    loss="1;31",
    warning="1;33",
    on_block={
        "muted": "7;37;40",
        "shade": "7;37;40",
        "accent": "7;37;40",
        "loss": "1;37;41",
        "warning": "7;37;40",
    },
    bar="7;37;40",
    hues=("1;31", "1;33", "32", "36", "36", "1;35"),
)
LIGHT_IN_EIGHT = Looks(
    paper="47",
    plain="30",
    muted="2;30",
    shade="2;30",
    accent="34",
    focus="34",
    # The white of the eight is a light grey on which neither red nor green can be read.
    gain="30;42",
    loss="1;37;41",
    warning="34",
    has_bold=False,
    on_block={
        "muted": "7;30;47",
        "shade": "7;30;47",
        "accent": "7;30;47",
        "gain": "30;42",
        "loss": "1;37;41",
        "warning": "7;30;47",
    },
    bar="7;30;47",
    hues=("1;37;41", "30", "34", "34", "34", "30"),
)
SAFE_IN_EIGHT = DARK_IN_EIGHT._replace(
    accent="1;37",
    focus="37",
    gain="36",
    loss="1;33",
    warning="1;37",
    on_block=DARK_IN_EIGHT.on_block | {"loss": "1;33;40"},
    hues=("1;33", "1;33", "36", "36", "36", "1;35"),
)

WITHOUT_COLOUR = Looks(
    plain="",
    muted="2",
    shade="2",
    accent="1",
    focus="1",
    gain="",
    loss="4",
    warning="1;4",
    on_block={"muted": "7", "shade": "7"},
)

LOOKS_IN_SIXTEEN: Mapping[str, Looks] = {
    "night": DARK,
    "day": LIGHT,
    "safe": SAFE,
    "ansi-dark": DARK.on_own_paper(),
    "ansi-light": LIGHT.on_own_paper(),
}
LOOKS_IN_EIGHT: Mapping[str, Looks] = {
    "night": DARK_IN_EIGHT,
    "day": LIGHT_IN_EIGHT,
    "safe": SAFE_IN_EIGHT,
    "ansi-dark": DARK_IN_EIGHT.on_own_paper(),
    # On a white of its own, which is lighter than the white of the eight, red and blue can be read.
    "ansi-light": LIGHT.on_own_paper()._replace(
        muted="2", shade="2", on_block=dict.fromkeys(("muted", "shade", "accent", "warning"), "7"), lost=""
    ),
}


def looks_of(theme: str, is_dark: bool, colours: str | None) -> Looks:
    """The looks of a theme on a terminal with so many colours.

    Args:
        theme: its name; any other than ours is drawn as `night` or `day` is.
        is_dark: whether it is a dark one.
        colours: `standard` for sixteen, `8`, or None for no colour.
    """
    if colours is None:
        return WITHOUT_COLOUR
    named = LOOKS_IN_EIGHT if colours == "8" else LOOKS_IN_SIXTEEN
    return named.get(theme) or named["night" if is_dark else "day"]
