"""Colours are drawn by the role they have in the theme; what has none is never lost on its paper."""

from __future__ import annotations

import math

import pytest
from colour_vision import VGA, XTERM, Screen, look, of_256
from hypothesis import given
from hypothesis import strategies as st
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.theme import Theme

from tui.screens.themes import DAY_THEME, NIGHT_THEME, SAFE_THEME, THEMES
from tui.terminal.cells import Line, Palette
from tui.terminal.colour_math import contrast, nearest_of_256, oklab
from tui.terminal.few_colours import FewColours
from tui.terminal.frame_json import frame_lines, frame_rows, strip_of
from tui.terminal.named_colours import looks_of
from tui.terminal.pens import Pen, pen_of

CHANNELS = st.tuples(*[st.integers(0, 255)] * 3)
PAPER = {"night": "#0f1115", "day": "#fafaf7", "safe": "#0f1115"}


def variables_of(theme: Theme) -> dict[str, str]:
    return {**theme.to_color_system().generate(), **theme.variables}


def few(theme: Theme, colours: str | None = "standard") -> FewColours:
    return FewColours(looks_of(theme.name, theme.dark, colours), variables_of(theme), colours)


def palette(theme: Theme, colours: str | None = "standard") -> Palette:
    made = Palette(colours)
    made.wear(theme, variables_of(theme))
    return made


def pen(style: str, theme: Theme = NIGHT_THEME, colours: str | None = "standard") -> Pen:
    return palette(theme, colours).pens(Style.parse(style))[0]


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("#87af87 on #0f1115", "32;40"),
        ("#d78787 on #1a1e25", "91;40"),
        ("bold #ffd75f on #0f1115", "1;93;40"),
        ("italic #7c828e on #0f1115", "3;90;40"),
        # A frame is text at three tenths on its paper; what lies behind a modal screen is there at four tenths.
        ("#45474b on #0f1115", "90;40"),
        ("#585a5e on #0f1115", "90;40"),
        ("#3f5043 on #16202b", "90;40"),
        # The row of the cursor, and a choice of a list on its own background.
        ("bold #c6c8cc on #1f3347", "7;37;40"),
        ("bold #87af87 on #1f3347", "7;37;40"),
        ("bold #7c828e on #1f3347", "7;37;40"),
        ("bold #c6c8cc on #213142", "7;37;40"),
        # The cursor of a line where text is typed.
        ("#0f1115 on #c6c8cc", "7;37;40"),
        # Blue and violet are in no theme of ours.
        ("#5f87ff on #0f1115", "36;40"),
        ("#d75fd7 on #0f1115", "95;40"),
        ("default", ""),
        ("default on #0f1115", "37;40"),
    ],
)
def test_a_colour_is_drawn_as_its_role(style, expected):
    assert pen(style) == pen_of(expected)


@pytest.mark.parametrize(
    ("style", "sixteen", "eight", "none"),
    [
        ("#c6c8cc on #0f1115", "37;40", "37;40", ""),
        ("bold #7c828e on #0f1115", "1;90;40", "2;37;40", "2"),
        ("#d78787 on #0f1115", "91;40", "1;31;40", "4"),
        ("#d78787 on #1f3347", "7;4;37;40", "7;37;40", "7;4"),
        ("#7c828e on #1f3347", "7;37;40", "7;37;40", "7"),
        ("bold #c6c8cc on #1f3347", "7;37;40", "7;37;40", "1;7"),
        ("#0f1115 on #c6c8cc", "7;37;40", "7;37;40", "7"),
    ],
)
def test_the_fewer_colours_the_more_attributes(style, sixteen, eight, none):
    found = [pen(style, NIGHT_THEME, colours) for colours in ("standard", "8", None)]
    assert found == [pen_of(sixteen), pen_of(eight), pen_of(none)]


def test_a_coloured_block_is_no_cursor_and_keeps_its_colour():
    assert pen("#0f1115 on #d78787") == pen_of("7;91;40")
    assert pen("#0f1115 on #d78787", NIGHT_THEME, "8") == pen_of("1;37;41")


def test_bold_black_stays_black_on_white():
    assert pen("bold #20242a on #fafaf7", DAY_THEME) == pen_of("30;107")
    assert pen("bold #20242a on #fafaf7", DAY_THEME, "8") == pen_of("30;47")


def test_italics_are_left_out_where_they_are_not_slanted():
    slanted = Style.parse("italic #7c828e on #0f1115")
    assert Palette("256").pens(slanted)[0].attributes == pen_of("3").attributes
    assert Palette("256", has_italics=False).pens(slanted)[0].attributes == 0


@given(CHANNELS, st.sampled_from([NIGHT_THEME, DAY_THEME, SAFE_THEME]), st.sampled_from(["standard", "8"]))
def test_no_colour_is_lost_on_the_paper(channels, theme, colours):
    made = few(theme, colours).pen(Color.from_rgb(*channels), Color.parse(PAPER[theme.name]), 0)
    for screen in [Screen(VGA, True, True)] if colours == "8" else [Screen(XTERM), Screen(VGA)]:
        seen = look(made, screen)
        assert contrast(seen.ink, seen.paper) >= 2.8


@given(CHANNELS, CHANNELS, st.sampled_from(THEMES), st.sampled_from(["standard", "8", None]))
def test_text_on_any_background_can_be_told_from_it(ink, ground, theme, colours):
    made = few(theme, colours).pen(Color.from_rgb(*ink), Color.from_rgb(*ground), 0)
    own = (0, 15) if theme.name == "ansi-light" else (7, 0)
    for screen in [Screen(VGA, True, True, own)] if colours == "8" else [Screen(XTERM, own=own), Screen(VGA, own=own)]:
        seen = look(made, screen)
        assert contrast(seen.ink, seen.paper) >= 1.6, (made, seen)


def test_colours_that_are_far_apart_do_not_all_turn_white():
    spread = [
        pen(f"{colour} on #0f1115").foreground for colour in ("#e05050", "#50e050", "#5080ff", "#e0e050", "#777777")
    ]
    assert spread == ["91", "32", "36", "93", "90"]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("colours", ["standard", "8", None])
def test_a_picture_of_last_time_is_drawn_as_it_was(theme, colours):
    """Its rows come back as styles in the terminal's own colours, and change nothing on the screen."""
    drawn = palette(theme, colours)
    variables = variables_of(theme)
    texts = ("foreground", "text-muted", "text-accent", "text-success", "text-error", "text-warning")
    paper, cursor = variables["background"], variables["primary-muted"]
    styles = [
        f"{attribute} {name(variables[ink])} on {name(ground)}"
        for ink in texts
        for ground in (paper, cursor)
        for attribute in ("", "bold", "italic")
    ]
    if theme.ansi:
        styles += [f"reverse {name(variables[ink])}" for ink in texts]
    for style in styles:
        line = Line.filled(4, " ").painted([(0, 4, strip_in(style))], drawn)
        rows = frame_rows([line])
        again = Line.filled(4, " ").painted([(0, 4, strip_of(rows[0]))], drawn)
        assert again.pens == frame_lines(rows)[0].pens == line.pens, style


def name(colour: str) -> str:
    """A colour of Textual's as Rich calls it."""
    return colour.removeprefix("ansi_") if colour.startswith("ansi_") else colour


def strip_in(style: str) -> Strip:
    return Strip([Segment("12.3", Style.parse(style))])


@given(CHANNELS)
def test_hardly_another_of_the_cube_and_the_greys_is_nearer(channels):
    """Only ten of the 240 are looked at."""

    def distance(number):
        return math.dist(oklab(channels), oklab(of_256(number)))

    assert distance(nearest_of_256(channels)) <= min(map(distance, range(16, 256))) + 0.04


@pytest.mark.parametrize("number", range(16, 256))
def test_a_colour_of_the_256_stays_itself(number):
    assert of_256(nearest_of_256(of_256(number))) == of_256(number)


def test_a_dark_green_is_not_grey_in_256_colours():
    assert of_256(nearest_of_256((0x2C, 0x6E, 0x35)))[1] > 90
