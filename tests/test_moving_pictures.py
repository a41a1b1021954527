"""The recording and the moving picture of the demo tell their story, and leave a player's terminal alone."""

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree

import pytest
from terminal_emulator import Terminal

from benchmarks._screen import Cell
from docs._moving_picture import Scene, moving_picture
from docs.make_cast import COLUMNS, FOLDER, NAME, ROWS, SAID_OF_THE_TERMINAL, STORY, Take, cast, pictures, take

MOST_BYTES: Final = 300_000
CAST: Final = FOLDER / f"{NAME}.cast"
PICTURE: Final = FOLDER / f"{NAME}.svg"


@pytest.fixture(scope="module")
def lines() -> list[Any]:
    return [json.loads(line) for line in CAST.read_text(encoding="utf-8").splitlines()]


def scene(text: str, seconds: float) -> Scene:
    """A screen of as many rows as the text has lines."""
    return Scene([[Cell(glyph, "default", "default", ()) for glyph in row] for row in text.splitlines()], seconds)


@pytest.mark.parametrize("path", [CAST, PICTURE], ids=["cast", "svg"])
def test_a_moving_picture_is_small_and_knows_nothing_of_the_machine_it_was_made_on(path: Path):
    body = path.read_bytes()
    assert len(body) <= MOST_BYTES
    assert not re.search(rb"/(?:home|tmp|root|Users)/", body)


def test_the_cast_is_of_the_second_version_and_its_events_are_in_order(lines: list[Any]):
    head, *events = lines
    assert (head["version"], head["width"], head["height"]) == (2, COLUMNS, ROWS)
    assert {kind for _, kind, _ in events} == {"o", "m"}
    assert all(before <= after for (before, *_), (after, *_) in pairwise(events))
    assert 20 < events[-1][0] < 45


def test_whoever_plays_the_cast_sees_every_step_of_the_story_marked_simulated(lines: list[Any]):
    terminal, seen = Terminal(COLUMNS, ROWS), []
    for _, kind, text in [*lines[1:], [0, "m", "the end"]]:
        if kind == "o":
            terminal.feed(text)
        else:
            seen.append("\n".join(terminal.lines()))
    assert [text for _, kind, text in lines[1:] if kind == "m"] == [step.title for step in STORY]
    for step, screen in zip(STORY, seen[1:], strict=True):
        assert step.words in screen
        assert re.search(r"\bSIM\b", screen)


def test_the_cast_leaves_no_mode_in_the_terminal_of_its_player(lines: list[Any]):
    written = "".join(text for _, kind, text in lines[1:] if kind == "o")
    assert set(re.findall(r"\x1b\[\?\d+[hl]", written)) == {"\x1b[?25l", "\x1b[?25h"}
    assert written.endswith("\x1b[?25h")
    assert SAID_OF_THE_TERMINAL.search(written) is None


def test_what_arrives_together_is_one_picture_and_no_sequence_is_cut():
    taken = Take(
        [(0.0, b"a\x1b[?2026$p\xe2\x94"), (0.01, b"\x80\x1b[3"), (0.5, b"1mb"), (1.0, b"c")], [(0.0, "x")], 2.0
    )
    assert list(pictures(taken)) == [
        (0.0, "\x1b[2Ja\u2500\x1b[31mb"),
        (1.0, "c"),
        (2.0, "\x1b[?25h"),
    ]


def test_the_picture_for_a_page_shows_the_words_of_every_step_and_asks_for_nothing():
    text = PICTURE.read_text(encoding="utf-8")
    shown = " ".join("".join(one.itertext()) for one in ElementTree.fromstring(text).iter())
    for step in STORY:
        assert set(step.words.split()) <= set(re.split(r"[\s]+", shown))
    assert re.search(r"<script|href|url\(|@import|@font-face", text) is None
    assert "prefers-reduced-motion" in text


def test_a_row_that_stays_is_drawn_once_and_another_is_seen_in_its_scenes():
    text = moving_picture([scene("head\none", 3), scene("head\ntwo", 1)])
    assert text.count(">head<") == 1
    (one, two) = (re.search(rf'<g class="(m\d)"[^\n]*>{word}<', text) for word in ("one", "two"))
    assert one
    assert two
    assert f"@keyframes {one[1]}{{0%{{visibility:visible}}75%{{visibility:hidden}}100%{{visibility:hidden}}}}" in text
    assert f".{one[1]}{{visibility:visible;animation:{one[1]} 4s step-end infinite}}" in text
    assert f"@keyframes {two[1]}{{0%{{visibility:hidden}}75%{{visibility:visible}}100%{{visibility:visible}}}}" in text
    assert f".{two[1]}{{visibility:hidden;" in text


def test_signs_that_mean_something_in_svg_are_written_out():
    picture = moving_picture([scene("P&L <0.1", 1)])
    (words,) = ElementTree.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")
    assert words.text == "P&L <0.1"


@pytest.mark.terminal
def test_the_program_is_driven_through_a_story_in_its_own_terminal():
    taken = take([STORY[0]._replace(seconds=0.1), STORY[1]._replace(seconds=0.1)])
    assert [title for _, title in taken.marks] == [STORY[0].title, STORY[1].title]
    terminal = Terminal(COLUMNS, ROWS)
    for line in cast(taken).splitlines()[1:]:
        _, kind, text = json.loads(line)
        if kind == "o":
            terminal.feed(text)
    assert STORY[1].words in "\n".join(terminal.lines())
