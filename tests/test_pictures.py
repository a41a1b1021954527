"""Every screen looks as its picture in tests/pictures/ shows it, arrives so at the terminal, and can be read there."""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import Iterator

import pytest
from colour_vision import VGA, XTERM, Screen, look
from rich.style import Style
from support_terminal import RecordingDriver
from terminal_emulator import Terminal

from docs._pictured_monitor import DemoMorning, pictures_of
from docs._screen_list import GROUPS, PictureGroup
from docs._screen_picture import ScreenPicture, words_of
from docs.make_pictures import FOLDER, all_of
from tui.screens.themes import THEMES
from tui.terminal.cells import Palette, clusters
from tui.terminal.colour_math import Triplet, contrast
from tui.terminal.pens import Pen

pytestmark = pytest.mark.slow

REDRAW = "python -m docs.make_pictures"
PICTURES = {name: group for group in GROUPS for _, _, name in group.pictures()}
MOST_BYTES = 1_500_000
LEAST, LEAST_QUIET, LEAST_ON_VGA = 4.5, 3.0, 2.8
"""Contrast of text, of muted text, and of muted text where bright black is no lighter."""
COLOURFUL = [group for group in GROUPS if group.looks.colours is not None]
ON_A_TERMINAL = [group for group in GROUPS if group.name in ("80x24-16", "80x24-slow")]


class Album:
    """The pictures as the program draws them now: a group of them when the first of its pictures is asked for."""

    def __init__(self, home):
        self.morning = DemoMorning(home)
        self._drawn: dict[str, dict[str, ScreenPicture]] = {}

    def drawn(self, group: PictureGroup) -> dict[str, ScreenPicture]:
        if group.name not in self._drawn:
            self._drawn[group.name] = {one.name: one for one in asyncio.run(all_of(self.morning, group))}
        return self._drawn[group.name]


@pytest.fixture(scope="module")
def album(tmp_path_factory):
    return Album(tmp_path_factory.mktemp("home"))


@pytest.mark.parametrize("name", PICTURES)
def test_a_screen_looks_as_its_picture(album, name):
    file, now = FOLDER / f"{name}.txt", album.drawn(PICTURES[name])[name].text()
    then = file.read_text(encoding="utf-8") if file.exists() else ""
    if now != then:
        changed = difflib.unified_diff(then.splitlines(), now.splitlines(), "picture", "program", lineterm="", n=0)
        pytest.fail("\n".join([f"{name} has changed; if on purpose: {REDRAW}", *changed]), pytrace=False)


def test_every_picture_is_of_a_screen_and_all_of_them_are_small():
    files = [*FOLDER.iterdir()]
    assert {file.name for file in files} == {f"{name}.txt" for name in PICTURES}
    assert len(files) >= 40
    assert sum(file.stat().st_size for file in files) <= MOST_BYTES


@pytest.mark.parametrize("group", ON_A_TERMINAL, ids=[group.name for group in ON_A_TERMINAL])
async def test_a_terminal_that_got_every_frame_shows_what_the_picture_does(album, group):
    async for picture, app in pictures_of(album.morning, group, RecordingDriver):
        driver = app._driver
        assert isinstance(driver, RecordingDriver)
        afresh = Terminal(*group.size)
        afresh.feed(app.serialise_shadow().decode())
        assert driver.terminal.cells() == afresh.cells(), picture.name
        words = picture.text().splitlines()[1 : group.size[1] + 1]
        assert [line.rstrip() for line in driver.terminal.lines()] == words, picture.name


@pytest.mark.parametrize("group", COLOURFUL, ids=[group.name for group in COLOURFUL])
def test_every_word_of_a_picture_can_be_read(album, group):
    pictures, poor = album.drawn(group), set()
    for theme, screen, name in group.pictures():
        seen_on, quiet = screen_of(group, theme), quiet_inks(group, theme)
        least_quiet = LEAST_ON_VGA if seen_on.sixteen is VGA else LEAST_QUIET
        behind = pictures.get(name.replace(screen, "main", 1)) if screen in DIMS_WHAT_LIES_BEHIND else None
        for word, pen in words_with_pens(pictures[name], behind):
            seen = look(pen, seen_on)
            least = least_quiet if seen.ink in quiet else LEAST
            if (found := contrast(seen.ink, seen.paper)) < least:
                poor.add((name, words_of(pen), round(found, 2), word))
    assert not poor


DIMS_WHAT_LIES_BEHIND = {"commands"}
"""Screens behind which the main one is still there, at four tenths of its colours: it is not to be read meanwhile."""


def screen_of(group: PictureGroup, theme: str) -> Screen:
    """The terminal a picture is seen on; a theme in the terminal's own colours has paper of its kind."""
    own = (0, 15) if theme == "ansi-light" else (7, 0)
    return Screen(VGA, True, True, own) if group.looks.colours == "8" else Screen(XTERM, own=own)


def quiet_inks(group: PictureGroup, theme: str) -> set[Triplet]:
    """The inks of muted text as they are seen: on the paper, in a bar, in a window over others, on the cursor's row."""
    worn = next(one for one in THEMES if one.name == theme)
    variables = {**worn.to_color_system().generate(), **worn.variables}
    is_slow = "low_bandwidth" in group.looks.options and group.looks.colours == "truecolor"
    palette = Palette("256" if is_slow else group.looks.colours)
    palette.wear(worn, variables)
    names = ("background", "panel", "surface", "primary-muted")
    papers = [variables[name].removeprefix("ansi_").replace("transparent", "default") for name in names]
    ink = variables["text-muted"].removeprefix("ansi_")
    pens = [palette.pens(Style.parse(f"{ink} on {paper}"))[0] for paper in papers]
    pens += [palette.pens(Style.parse(f"reverse {ink}"))[0]] if worn.ansi else []
    return {look(pen, screen_of(group, theme)).ink for pen in pens}


def words_with_pens(picture: ScreenPicture, behind: ScreenPicture | None) -> Iterator[tuple[str, Pen]]:
    """The words of a picture, but for those that stand at the same place in what lies behind it."""
    hidden = [glyphs_of(row) for row in behind.rows] if behind is not None else []
    for number, row in enumerate(picture.rows):
        column = 0
        for text, pen in row:
            glyphs = [glyph for cluster, width in clusters(text) for glyph in [cluster, ""][:width]]
            below = hidden[number][column : column + len(glyphs)] if hidden else [""] * len(glyphs)
            word = "".join(glyph for glyph, under in zip(glyphs, below, strict=True) if glyph != under)
            if any(sign.isalnum() for sign in word):
                yield word.strip(), pen
            column += len(glyphs)


def glyphs_of(row) -> list[str]:
    return [glyph for text, _ in row for cluster, width in clusters(text) for glyph in [cluster, ""][:width]]
