"""What is sent to a terminal suits its kind, as the environment tells it."""

import base64
import os
import re
import string
import sys
import unicodedata

import pytest
from rich.cells import cell_len
from support_terminal import PseudoTerminal

from tui.terminal.ascii_signs import PlainSigns
from tui.terminal.kind import TerminalKind, settle_environment
from widgets.format import GLYPHS_UNICODE

COLOUR = re.compile(rb"\x1b\[(?:[0-9]+;)*(?:3[0-79]|4[0-79]|9[0-7]|10[0-7]|[34]8;[0-9;]+)(?:;[0-9]+)*m")


def environment(repository, home, **more):
    return {
        "PATH": os.environ["PATH"], "HOME": str(home), "SHORTSIDE_HOME": str(home), "LANG": "C.UTF-8",
        "PYTHONPATH": str(repository), **more,
    }  # fmt: skip


def monitor(repository, home, *words, columns=120, rows=40, **more):
    return PseudoTerminal([sys.executable, "-m", "tui", *words], environment(repository, home, **more), columns, rows)


@pytest.mark.parametrize(
    ("given", "colours"),
    [
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "truecolor"),
        ({"TERM": "xterm", "COLORTERM": "24bit"}, "truecolor"),
        ({"TERM": "xterm-kitty"}, "standard"),
        ({"TERM": "alacritty"}, "truecolor"),
        ({"TERM": "xterm-direct"}, "truecolor"),
        ({"TERM": "xterm-256color"}, "256"),
        ({"TERM": "tmux-256color"}, "256"),
        ({"TERM": "screen"}, "standard"),
        ({"TERM": "linux"}, "standard"),
        ({"TERM": "vt100"}, None),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": "1"}, None),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": ""}, "truecolor"),
    ],
)
def test_the_environment_tells_how_many_colours(given, colours):
    assert TerminalKind.of(given).colours == colours


@pytest.mark.parametrize(("name", "is_dumb"), [("dumb", True), ("", True), ("unknown", True), ("vt100", False)])
def test_a_terminal_without_a_cursor_to_move_is_dumb(name, is_dumb):
    assert TerminalKind.of({"TERM": name}).is_dumb is is_dumb


@pytest.mark.parametrize(
    ("given", "is_ascii"),
    [
        ({"TERM": "vt220"}, True),
        ({"TERM": "xterm", "LANG": "de_DE.ISO-8859-1"}, True),
        ({"TERM": "xterm", "LANG": "C", "LC_ALL": ""}, False),
        ({"TERM": "xterm", "LC_ALL": "en_US.utf8", "LANG": "en_US.ISO-8859-1"}, False),
    ],
)
def test_other_encodings_get_ascii(given, is_ascii):
    assert TerminalKind.of(given).is_ascii is is_ascii


@pytest.mark.parametrize("variable", ["SSH_CONNECTION", "SSH_TTY"])
def test_a_terminal_behind_ssh_is_remote(variable):
    assert TerminalKind.of({"TERM": "xterm", variable: "anything"}).is_remote
    assert not TerminalKind.of({"TERM": "xterm", variable: ""}).is_remote


def test_textual_hears_of_no_colour_wish():
    variables = {"TERM": "xterm", "NO_COLOR": ""}
    settle_environment(variables, TerminalKind.of(variables))
    assert variables == {"TERM": "xterm", "TEXTUAL_COLOR_SYSTEM": "standard"}


def test_a_copy_reaches_the_clipboard_through_what_stands_between():
    encoded = base64.b64encode(b"NAL" * 600).decode()
    assert TerminalKind().clipboard(encoded) == f"\x1b]52;c;{encoded}\x07"
    through_tmux = TerminalKind(multiplexer="tmux").clipboard(encoded)
    assert through_tmux == f"\x1b]52;c;{encoded}\x07\x1bPtmux;\x1b\x1b]52;c;{encoded}\x07\x1b\\"
    pieces = re.findall(r"\x1bP(.*?)\x1b\\", TerminalKind(multiplexer="screen").clipboard(encoded), re.S)
    assert "".join(pieces) == f"\x1b]52;c;{encoded}\x07"
    assert all(len(piece) < 768 for piece in pieces)


def test_plain_signs_are_ascii_as_wide_as_what_they_stand_for_and_leave_letters_alone():
    drawn = "".join(chr(code) for code in (*range(0x2010, 0x2060), *range(0x2190, 0x2C00)) if chr(code).isprintable())
    signs = PlainSigns()
    for sign in drawn + "".join(filter(lambda sign: isinstance(sign, str), vars_of(GLYPHS_UNICODE))):
        plain = sign.translate(signs)
        if unicodedata.category(sign[0])[0] not in "LM":
            assert plain.isascii(), sign
        assert cell_len(plain) == cell_len(sign), sign
    assert "Nestlé トヨタ A&B".translate(signs) == "Nestlé トヨタ A&B"
    assert string.printable.translate(signs) == string.printable


def vars_of(glyphs):
    return [sign for name in glyphs.__slots__ for sign in (getattr(glyphs, name),) if isinstance(sign, str)]


@pytest.mark.terminal
def test_no_colour_means_no_colour_sequence_and_the_cursor_in_reverse(repository, tmp_path):
    with monitor(repository, tmp_path, TERM="xterm-256color", COLORTERM="truecolor", NO_COLOR="1") as program:
        program.wait_for_words("Crowded shorts", "1/6,")
        program.send("?")
        program.wait_for_words("Keys that work here", "Esc closes")
        program.send("\x1b")
        program.wait_for(lambda terminal: "Esc closes" not in "".join(terminal.lines()))
        program.send("q")
        assert program.wait_for_end() == 0
        assert not COLOUR.findall(program.received)
        assert re.search(rb"\x1b\[[0-9;]*7m", program.received)


@pytest.mark.terminal
def test_ascii_means_nothing_but_ascii(repository, tmp_path):
    with monitor(repository, tmp_path, "--ascii", TERM="xterm-256color") as program:
        program.wait_for_words("Crowded shorts", "1/6,")
        for key, words in (
            ("?", "Keys that work"),
            ("\x1b", "1/6,"),
            ("\r", "esc"),
            ("\x1b", "1/6,"),
            ("\x10", "earch"),
        ):
            program.send(key)
            program.wait_for_words(words)
        program.send("\x03")
        assert program.wait_for_end() == 130
        assert not {sign for sign in program.received.decode() if not sign.isascii()}


@pytest.mark.terminal
@pytest.mark.parametrize("name", ["screen", "linux", "vt100"])
def test_a_plain_terminal_gets_what_it_knows(repository, tmp_path, name):
    with monitor(repository, tmp_path, TERM=name) as program:
        program.wait_for_words("Crowded shorts", "1/6,")
        program.send("q")
        assert program.wait_for_end() == 0
        found = COLOUR.findall(program.received)
        assert bool(found) is (name != "vt100")
        assert not any(b"38;" in code or b"48;" in code for code in found)


@pytest.mark.terminal
def test_a_dumb_terminal_gets_the_screen_as_text(repository, tmp_path):
    with monitor(repository, tmp_path, TERM="dumb") as program:
        assert program.wait_for_end(30) == 0
        text = program.received.decode()
        assert "\x1b" not in text
        for words in ("Short P&L by market-cap tier", "new 30d", "25 of 6,", "Inputs", "this terminal shows text only"):
            assert words in text
        assert program.mode_now() == program.mode


@pytest.mark.terminal
def test_a_screen_is_not_lost_when_errors_go_to_a_file(repository, tmp_path):
    log = tmp_path / "errors"
    command = ["/bin/sh", "-c", f"exec {sys.executable} -m tui 2>{log}"]
    with PseudoTerminal(command, environment(repository, tmp_path, TERM="xterm"), 120, 40) as program:
        program.wait_for_words("Crowded shorts")
        program.send("q")
        assert program.wait_for_end() == 0
    assert log.read_text() == ""


@pytest.mark.terminal
def test_low_bandwidth_is_sixteen_colours_and_the_default_behind_ssh(repository, tmp_path):
    ssh = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "SSH_CONNECTION": "192.0.2.1 1 192.0.2.2 22"}
    for words, is_spared in (((), True), (("--no-low-bandwidth",), False)):
        with monitor(repository, tmp_path, *words, **ssh) as program:
            program.wait_for_words("Crowded shorts")
            program.send("q")
            assert program.wait_for_end() == 0
            assert (b"38;2;" not in program.received) is is_spared
