"""With another Textual than the tested one the monitor starts, is drawn by Textual itself, and says so everywhere."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime

import pytest
from rich.segment import Segment
from rich.style import Style
from support_terminal import PseudoTerminal
from textual.color import Color

from tui.commands.doctor import display_findings
from tui.commands.findings import Severity
from tui.terminal.cells import Palette, PaletteFilter
from tui.terminal.plain_note import NOTE_FILE_NAME, remember, remembered

pytestmark = pytest.mark.slow

NOW = datetime(2023, 3, 31, 21, 0, tzinfo=UTC)
PATHS = "import textual.app, textual.drivers.linux_driver, textual._compositor, textual._xterm_parser, textual._time\n"
"""Textual has what it needs of itself before anything is taken away from us."""
RUN = "\nfrom tui.__main__ import run\nrun()"
ANOTHER_SERIES = "import tui.terminal.textual_parts as parts; parts.textual_version = lambda: '8.9.1'"
OTHERS = {
    "another series": (ANOTHER_SERIES, "Textual 8.9.1 is not the tested 8.2.x"),
    "no parser": ("del textual._xterm_parser.XTermParser", "cannot import name 'XTermParser'"),
    "a part of a class": (
        "import tui.terminal.textual_parts as parts; parts.PARTS_OF_CLASSES[textual.app.App] += ('_no_part',)",
        "has no App._no_part",
    ),
    "a part of the compositor": (
        "import tui.terminal.textual_parts as parts; parts.PARTS_OF_A_COMPOSITOR += ('_no_part',)",
        "has no Compositor._no_part",
    ),
    "an argument more": (
        "from tui.terminal.compositor import LeanCompositor\n"
        "def band_renders(self, crop): raise AssertionError\n"
        "LeanCompositor.band_renders = band_renders",
        "plain display, because TypeError",
    ),
    "another keyboard": (
        "from tui.terminal.textual_parts import KeyParser\n"
        "def feed(self, text):\n"
        "    import os; os.write(2, b'\\a')\n"
        "    raise RuntimeError('a parser nobody has seen')\n"
        "KeyParser.feed = feed",
        "plain keys, because RuntimeError: a parser nobody has seen",
    ),
}
"""What is done before the program runs, and what it says of it."""


def monitor(repository, home, before: str, *words: str, **more: str) -> PseudoTerminal:
    variables = {
        "PATH": os.environ["PATH"], "HOME": str(home), "SHORTSIDE_HOME": str(home), "TERM": "xterm-256color",
        "COLORTERM": "truecolor", "LANG": "C.UTF-8", "PYTHONPATH": str(repository), **more,
    }  # fmt: skip
    return PseudoTerminal([sys.executable, "-c", PATHS + before + RUN, *words], variables, 120, 40)


@pytest.mark.terminal
@pytest.mark.parametrize(("before", "said"), OTHERS.values(), ids=OTHERS)
def test_the_monitor_starts_works_and_says_so_in_the_feeds_panel_and_on_leaving(repository, tmp_path, before, said):
    with monitor(repository, tmp_path, before) as program:
        program.wait_for_words("3 Crowded shorts", "1/6,")
        if "keys" in said:
            # The first one finds it out, rings, and is lost.
            rung = program.received.count(b"\a")
            program.send("k")
            program.wait_for(lambda _: program.received.count(b"\a") > rung)
        program.send("j")
        program.wait_for_words("2/6,")
        program.send("6")
        program.wait_for_words("6 Feeds", said)
        # Textual writes a frame row by row: the key after Esc shall not come before all of it is there.
        program.wait_for(lambda terminal: "3 Crowded" not in "\n".join(terminal.lines()))
        program.send("\x1b")
        program.wait_for_words("3 Crowded shorts", "2/6,")
        program.send("w")
        program.wait_for_words("1Y 8 Sep")
        program.send("q")
        assert program.wait_for_end() == 0
        assert program.mode_now() == program.mode
        left, back = program.received.rpartition(b"\x1b[?1049l")[::2]
        assert b"shortside: plain" not in left
        assert said.encode() in back
        assert back.count(b"\n") == 1
    [finding] = display_findings("", tmp_path / "state")
    assert said in finding.words


@pytest.mark.terminal
def test_a_tested_textual_says_nothing_and_takes_the_note_of_an_earlier_session_away(repository, tmp_path):
    assert remember(tmp_path / "state", "plain display, because of something", NOW) == ""
    with monitor(repository, tmp_path, "") as program:
        program.wait_for_words("3 Crowded shorts", "1/6,")
        program.send("q")
        assert program.wait_for_end() == 0
        assert b"plain" not in program.received.rpartition(b"\x1b[?1049l")[2]
    assert remembered(tmp_path / "state") == ""


@pytest.mark.terminal
def test_a_picture_of_last_time_does_not_stay_under_a_screen_drawn_plainly(repository, tmp_path):
    with monitor(repository, tmp_path, "") as program:
        program.wait_for_words("3 Crowded shorts", "1/6,")
        program.send("q")
        assert program.wait_for_end() == 0
    with monitor(repository, tmp_path, ANOTHER_SERIES) as program:
        program.wait_for_words("3 Crowded shorts", "1/6,")
        program.wait_for(lambda terminal: "last seen" not in "\n".join(terminal.lines()))
        program.send("q")
        assert program.wait_for_end() == 0
        assert program.mode_now() == program.mode
        assert program.received.count(b"\x1b[?1049h") == program.received.count(b"\x1b[?1049l")


COLOUR = b"\x1b[38;", b"\x1b[48;", b";38;", b";48;", b"\x1b[3", b"\x1b[9"


@pytest.mark.terminal
def test_who_wants_no_colour_and_plain_signs_gets_them_from_textual_too(repository, tmp_path):
    with monitor(repository, tmp_path, ANOTHER_SERIES, "--ascii", NO_COLOR="1") as program:
        program.wait_for_words("3 Crowded shorts", "1/6,")
        program.send("6")
        program.wait_for_words("6 Feeds", "is not the tested")
        program.send("q")
        assert program.wait_for_end() == 0
    text = program.received.decode()
    assert text.isascii()
    sequences = [one.split("m")[0] for one in text.split("\x1b[")[1:] if one.lstrip("0123456789;").startswith("m")]
    numbers = {int(number) for one in sequences for number in one.split(";") if number}
    assert not {number for number in numbers if 30 <= number <= 49 or 90 <= number <= 107}, numbers


def test_colours_go_and_what_else_marks_a_word_stays():
    given = [Segment("P&L", Style(color="red", bgcolor="blue", bold=True, reverse=True)), Segment(" ", None)]
    [word, blank] = PaletteFilter(Palette(None)).apply(given, Color(0, 0, 0))
    assert word == Segment("P&L", Style(bold=True, reverse=True))
    assert blank == Segment(" ", None)


def test_a_note_that_cannot_be_kept_is_said(tmp_path):
    (tmp_path / "state").write_text("no folder")
    assert "could not be written down" in remember(tmp_path / "state", "plain display, because", NOW)


def test_doctor_says_what_the_display_rests_on_and_how_the_last_session_went(tmp_path):
    [well] = display_findings("", tmp_path)
    assert well.level is Severity.OK
    [other] = display_findings("Textual 8.9.1 is not the tested 8.2.x", tmp_path)
    assert (other.level, other.words) == (Severity.WARNING, "plain, because Textual 8.9.1 is not the tested 8.2.x")
    assert 'pip install "textual==8.2.*"' in other.advice
    remember(tmp_path, "plain display, because IndexError: \x1b[2J", NOW)
    [fell_back] = display_findings("", tmp_path)
    expected = "the last session fell back: 31 Mar 2023 17:00 New York: plain display, because IndexError: [2J"
    assert (fell_back.level, fell_back.words) == (Severity.WARNING, expected)
    (tmp_path / NOTE_FILE_NAME).unlink()
    (tmp_path / NOTE_FILE_NAME).mkdir()
    [unread] = display_findings("", tmp_path)
    assert unread.level is Severity.WARNING
