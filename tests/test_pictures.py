"""Every screen looks as its picture in tests/pictures/ shows it."""

from __future__ import annotations

import asyncio
import difflib

import pytest

from docs._pictured_monitor import DemoMorning, pictures_of
from docs._screen_list import GROUPS, PictureGroup
from docs._screen_picture import ScreenPicture
from docs.make_pictures import FOLDER

pytestmark = pytest.mark.slow

REDRAW = "python -m docs.make_pictures"
PICTURES = {name: group for group in GROUPS for _, _, name in group.pictures()}
MOST_BYTES = 1_500_000


class Album:
    """The pictures as the program draws them now: a group of them when the first of its pictures is asked for."""

    def __init__(self, home):
        self._morning = DemoMorning(home)
        self._drawn: dict[str, dict[str, ScreenPicture]] = {}

    def drawn(self, group: PictureGroup) -> dict[str, ScreenPicture]:
        if group.name not in self._drawn:
            self._drawn[group.name] = asyncio.run(pictures_of(self._morning, group))
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
