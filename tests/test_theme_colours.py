"""On every terminal, in every theme: what must be read can be read, and what must be told apart differs."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from itertools import combinations
from threading import Event
from typing import NamedTuple

import pytest
from colour_vision import BLINDNESS, VGA, XTERM, Screen, blind, difference, look
from rich.style import Style
from textual.app import ComposeResult
from textual.screen import Screen as TextualScreen
from textual.theme import BUILTIN_THEMES

from shortside.market import NoSessionError
from tui.app import Monitor
from tui.screens.themes import THEMES
from tui.settings.configuration import configured
from tui.terminal.colour_math import contrast
from tui.terminal.kind import TerminalKind
from tui.terminal.named_colours import LOOKS_IN_EIGHT, LOOKS_IN_SIXTEEN
from tui.terminal.pens import BOLD, DIM, REVERSE, Pen, pen_change
from widgets.lines import STYLE_NAMES
from widgets.panel import Panel

NOW = datetime(2023, 9, 8, tzinfo=UTC)
OURS = [theme.name for theme in THEMES]
COLOURS = ("truecolor", "256", "standard", "8", None)
QUIET = {"muted", "stale", "estimate", "header"}
"""What may be read, but need not be at once."""
LINES = {"shade"}
FIVE = ("gain", "loss", "accent", "muted", "cursor")
SCREENS = {
    "truecolor": [Screen(XTERM)],
    "256": [Screen(XTERM)],
    "standard": [Screen(XTERM), Screen(XTERM, is_bold_bright=True), Screen(VGA), Screen(VGA, is_bold_bright=True)],
    "8": [Screen(VGA, is_bold_bright=True, is_dim_grey=True)],
}
LEAST, LEAST_QUIET, LEAST_ON_VGA = 4.5, 3.0, 2.8
"""Contrast; VGA's bright black is no lighter."""


class Pens(NamedTuple):
    """The pens of every name of a style."""

    text: dict[str, Pen]
    on_cursor: dict[str, Pen]

    @property
    def five(self) -> dict[str, Pen]:
        return {name: self.on_cursor["plain"] if name == "cursor" else self.text[name] for name in FIVE}


class Sample(TextualScreen[None]):
    def compose(self) -> ComposeResult:
        yield Panel([[("12.3", "gain")]])


@cache
def options_of(theme):
    return configured({"theme": theme, "low_bandwidth": "false"}, {"SHORTSIDE_HOME": "/nonexistent"}).options


async def pens_of(theme: str, colours: str | None, *later: str) -> Pens:
    """What the styles of a panel that has the focus come to on a terminal, the last theme being the one that counts."""
    is_over = Event()

    def no_market(*_arguments, **_named):
        is_over.wait(30)
        raise NoSessionError("the test is over")

    app = Monitor(options_of(theme), lambda: NOW, loader=no_market, kind=TerminalKind(colours=colours))
    try:
        async with app.run_test(size=(60, 12)) as pilot:
            await app.push_screen(Sample())
            panel = app.screen.query_one(Panel)
            panel.focus()
            await pilot.pause()
            for another in later:
                app.theme = another
                await pilot.pause()
                await pilot.pause()
            palette = app.differ.shadow._palette
            sides = [
                {name: palette.pens(panel.style_named(name, is_cursor))[0] for name in STYLE_NAMES}
                for is_cursor in (False, True)
            ]
    finally:
        is_over.set()
    return Pens(*sides)


@pytest.fixture(scope="module")
def known():
    """Every theme's pens are asked for by several tests, and an app takes a while to open."""
    return {}


@pytest.fixture
async def pens(known, theme, colours):
    if (theme, colours) not in known:
        known[theme, colours] = await pens_of(theme, colours)
    return known[theme, colours]


def screens(theme, colours):
    """The screens a theme may be seen on; those in the terminal's own colours on paper of their kind."""
    own = (0, 15) if theme == "ansi-light" else (7, 0)
    kinds = SCREENS["standard"] if theme.startswith("ansi") and colours != "8" else SCREENS[colours]
    return [screen._replace(own=own) for screen in kinds]


def test_every_theme_names_its_colours():
    assert set(OURS) == set(LOOKS_IN_SIXTEEN) == set(LOOKS_IN_EIGHT)
    assert {"night", "day", "safe", "ansi-dark", "ansi-light"} == set(OURS)


@pytest.mark.parametrize("colours", ["truecolor", "256", "standard", "8"])
@pytest.mark.parametrize("theme", OURS)
async def test_text_can_be_read_on_the_paper_and_on_the_cursor(pens, theme, colours):
    poor = []
    for screen in screens(theme, colours):
        quiet = LEAST_ON_VGA if screen.sixteen is VGA else LEAST_QUIET
        for side in pens:
            for name in set(side) - LINES:
                seen = look(side[name], screen)
                if contrast(seen.ink, seen.paper) < (quiet if name in QUIET else LEAST):
                    poor.append((name, side[name], round(contrast(seen.ink, seen.paper), 2), screen))
    assert not poor


@pytest.mark.parametrize("colours", ["truecolor", "256", "standard", "8"])
@pytest.mark.parametrize("theme", OURS)
async def test_gain_loss_accent_muted_and_cursor_look_different(pens, theme, colours):
    for screen in screens(theme, colours):
        for (one, pen), (other, another) in combinations(pens.five.items(), 2):
            seen, beside = look(pen, screen), look(another, screen)
            inks, papers = difference(seen.ink, beside.ink), difference(seen.paper, beside.paper)
            assert inks >= 20 or papers >= (12 if other == "cursor" else 20), (one, other, screen)


@pytest.mark.parametrize("colours", COLOURS)
@pytest.mark.parametrize("theme", OURS)
async def test_the_codes_of_gain_loss_accent_muted_and_cursor_differ(pens, theme, colours):
    codes = {name: pen_change(Pen(), pen) for name, pen in pens.five.items()}
    assert len(set(codes.values())) == len(FIVE), codes
    # The console of Linux has no attribute to spare for a loss: there the sign alone tells it from a gain.
    assert colours == "8" or pens.on_cursor["gain"] != pens.on_cursor["loss"]


@pytest.mark.parametrize("colours", COLOURS)
@pytest.mark.parametrize("theme", OURS)
async def test_the_cursor_s_row_is_one_bar_whatever_stands_in_it(pens, theme, colours):
    for screen in screens(theme, colours or "standard"):
        papers = {name: look(pen, screen).paper for name, pen in pens.on_cursor.items()}
        assert len(set(papers.values())) == 1, (papers, screen)


@pytest.mark.parametrize("colours", ["standard", "8", None])
@pytest.mark.parametrize("theme", OURS)
async def test_few_colours_are_the_named_ones(pens, theme, colours):
    allowed = {"standard": (range(30, 38), range(90, 98)), "8": (range(30, 38),), None: ()}[colours]
    for pen in (*pens.text.values(), *pens.on_cursor.values()):
        for code, offset in ((pen.foreground, 0), (pen.background, 10)):
            assert not code or any(int(code) - offset in span for span in allowed), pen
    assert pens.on_cursor["plain"].attributes & REVERSE


@pytest.mark.parametrize(
    ("theme", "gain", "loss", "accent", "muted"),
    [
        ("night", "32", "91", "93", "90"),
        ("day", "34", "31", "35", "90"),
        ("safe", "36", "93", "97", "90"),
        ("ansi-dark", "32", "91", "93", "90"),
        ("ansi-light", "34", "31", "35", "90"),
    ],
)
@pytest.mark.parametrize("colours", ["standard"])
async def test_sixteen_colours_are_these(pens, theme, colours, gain, loss, accent, muted):
    text = pens.text
    assert [text[name].foreground for name in ("gain", "loss", "accent", "muted")] == [gain, loss, accent, muted]
    paper = {"night": "40", "safe": "40", "day": "107"}.get(theme, "")
    assert {pen.background for pen in text.values()} == {paper}


@pytest.mark.parametrize("theme", OURS)
@pytest.mark.parametrize("colours", ["8"])
async def test_the_console_of_linux_gets_nothing_it_paints_otherwise(pens, theme, colours):
    for pen in (*pens.text.values(), *pens.on_cursor.values()):
        # In reverse it shows dim text as if it were not in reverse, and bold text grey on grey.
        assert not (pen.attributes & REVERSE and pen.attributes & (BOLD | DIM)), pen
        assert not (pen.attributes & BOLD and pen.attributes & DIM), pen


@pytest.mark.parametrize("theme", OURS)
@pytest.mark.parametrize("colours", [None])
async def test_without_colour_attributes_alone_tell(pens, theme, colours):
    assert not any(pen.foreground or pen.background for side in pens for pen in side.values())
    assert pens.text["muted"].attributes & DIM
    assert pens.text["gain"] == Pen()


@pytest.mark.parametrize("blindness", BLINDNESS)
@pytest.mark.parametrize("colours", ["truecolor", "256", "standard", "8"])
@pytest.mark.parametrize("theme", ["safe"])
async def test_the_colour_blind_tell_gains_from_losses(pens, theme, colours, blindness):
    for screen in screens(theme, colours):
        # With few colours the sign alone tells them on the cursor's row, which is one bar.
        for side in pens if colours in ("truecolor", "256") else (pens.text,):
            gain, loss = look(side["gain"], screen), look(side["loss"], screen)
            inks = difference(blind(gain.ink, blindness), blind(loss.ink, blindness))
            papers = difference(blind(gain.paper, blindness), blind(loss.paper, blindness))
            assert max(inks, papers) >= 30, (screen, gain, loss)


@pytest.mark.parametrize("colours", ["256"])
@pytest.mark.parametrize("theme", ["night", "day", "safe"])
async def test_text_is_the_same_in_256_colours_as_in_all(pens, theme, colours):
    rich = await pens_of(theme, "truecolor")
    for name in ("gain", "loss", "accent", "warning"):
        assert look(pens.text[name], Screen(XTERM)).ink == look(rich.text[name], Screen(XTERM)).ink


@pytest.mark.parametrize("colours", ["standard", "8"])
async def test_another_theme_brings_its_own_colours(colours):
    for theme, *before in (("day", "night"), ("night", "day", "safe"), ("safe", "ansi-dark"), ("ansi-light", "day")):
        assert await pens_of(before[-1], colours, *before[:-1], theme) == await pens_of(theme, colours)


@pytest.mark.parametrize("theme", sorted(set(BUILTIN_THEMES) - set(OURS)))
async def test_a_theme_of_textuals_is_no_black_and_white_either(theme):
    pens = await pens_of(theme, "standard")
    codes = {name: pens.text[name].foreground for name in ("plain", "muted", "gain", "loss")}
    assert len(set(codes.values())) == 4, codes
    assert pens.on_cursor["plain"].attributes & REVERSE


def test_a_style_that_names_nothing_is_left_to_the_terminal():
    from tui.terminal.cells import Palette

    for colours in ("standard", "8", None):
        assert Palette(colours).pens(Style.null())[0] == Pen()
