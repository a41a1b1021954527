"""What is sent to a terminal suits its kind, as the environment tells it."""

import base64
import os
import re
import string
import sys
import unicodedata
from typing import NamedTuple

import pytest
from rich.cells import cell_len
from support_terminal import PseudoTerminal

from tui.terminal.ascii_signs import PlainSigns
from tui.terminal.kind import TerminalKind, settle_environment
from widgets.format import GLYPHS_UNICODE

pytestmark = pytest.mark.slow

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
        ({"TERM": "xterm-kitty"}, "truecolor"),
        ({"TERM": "alacritty"}, "truecolor"),
        ({"TERM": "xterm-direct"}, "truecolor"),
        ({"TERM": "xterm-256color"}, "256"),
        ({"TERM": "tmux-256color"}, "256"),
        ({"TERM": "screen-256color"}, "256"),
        ({"TERM": "screen-256color-bce"}, "256"),
        ({"TERM": "screen.xterm-256color"}, "256"),
        ({"TERM": "putty-256color", "SSH_TTY": "/dev/pts/1"}, "256"),
        ({"TERM": "xterm"}, "standard"),
        ({"TERM": "xterm-16color"}, "standard"),
        ({"TERM": "screen"}, "standard"),
        ({"TERM": "linux"}, "8"),
        ({"TERM": "cygwin"}, "8"),
        ({"TERM": "vt220-color"}, "8"),
        ({"TERM": "vt525"}, "8"),
        ({"TERM": "vt100"}, None),
        ({"TERM": "vt100-am"}, None),
        ({"TERM": "xterm-mono"}, None),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": "1"}, None),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": ""}, "truecolor"),
    ],
)
def test_the_environment_tells_how_many_colours(given, colours):
    assert TerminalKind.of(given).colours == colours


def test_screen_does_not_have_the_colours_of_the_terminal_it_was_started_in():
    inherited = {"TERM": "screen-256color", "COLORTERM": "truecolor"}
    assert TerminalKind.of({**inherited, "STY": "1.pts"}).colours == "256"
    assert TerminalKind.of({**inherited, "TERM": "screen", "STY": "1.pts"}).colours == "standard"
    # tmux passes all colours on under that name, too.
    assert TerminalKind.of({**inherited, "TMUX": "/tmp/tmux-0/default,1,0"}).colours == "truecolor"


@pytest.mark.parametrize(
    ("given", "has_italics"),
    [
        ({"TERM": "xterm"}, True),
        ({"TERM": "tmux-256color"}, True),
        ({"TERM": "linux"}, False),
        ({"TERM": "vt220"}, False),
        ({"TERM": "screen", "STY": "1.pts"}, False),
        ({"TERM": "screen", "TMUX": "/tmp/tmux-0/default,1,0"}, True),
    ],
)
def test_italics_are_for_terminals_that_slant_them(given, has_italics):
    assert TerminalKind.of(given).has_italics is has_italics


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


def test_textual_hears_of_eight_colours_as_sixteen():
    variables = {"TERM": "linux"}
    settle_environment(variables, TerminalKind.of(variables))
    assert variables["TEXTUAL_COLOR_SYSTEM"] == "standard"


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
@pytest.mark.parametrize("differ", ["1", "0"])
def test_no_colour_means_no_colour_sequence_and_the_cursor_in_reverse(repository, tmp_path, differ):
    variables = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": "1", "SHORTSIDE_DIFFER": differ}
    with monitor(repository, tmp_path, **variables) as program:
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
            if key == "\x1b":
                # The help leaves the table's border to be seen, and Enter that comes with Esc is Alt and Enter.
                program.wait_for(lambda terminal: "Keys that work" not in "\n".join(terminal.lines()))
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
        assert program.wait_for_end() == 0
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
def test_low_bandwidth_is_256_colours_and_the_default_behind_ssh(repository, tmp_path):
    ssh = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "SSH_CONNECTION": "192.0.2.1 1 192.0.2.2 22"}
    for words, is_spared in (((), True), (("--no-low-bandwidth",), False)):
        with monitor(repository, tmp_path, *words, **ssh) as program:
            program.wait_for_words("Crowded shorts")
            program.send("q")
            assert program.wait_for_end() == 0
            assert (b"38;2;" not in program.received) is is_spared
            assert b"38;5;" in program.received or not is_spared


XTERM = {"TERM": "xterm"}
OVER_SSH = {"TERM": "xterm-256color", "SSH_CONNECTION": "192.0.2.1 1 192.0.2.2 22"}
SLOW = ("--low-bandwidth",)


@pytest.mark.terminal
@pytest.mark.parametrize(
    ("words", "variables", "gain", "loss", "accent", "muted", "paper"),
    [
        ((), OVER_SSH, "87af87", "d78787", "d7af5f", "808080", "121212"),
        (SLOW, {"TERM": "tmux-256color"}, "87af87", "d78787", "d7af5f", "808080", "121212"),
        (("--theme", "day", *SLOW), OVER_SSH, "005f00", "af0000", "875f00", "6c6c6c", "ffffff"),
        (("--theme", "safe"), OVER_SSH, "5fafff", "d78700", "eeeeee", "808080", "121212"),
        ((), XTERM, "green", "brightred", "brightbrown", "brightblack", "black"),
        (SLOW, XTERM, "green", "brightred", "brightbrown", "brightblack", "black"),
        ((), {**XTERM, "SHORTSIDE_DIFFER": "0"}, "green", "brightred", "brightbrown", "brightblack", "black"),
        (("--theme", "day"), XTERM, "blue", "red", "magenta", "brightblack", "brightwhite"),
        (("--theme", "safe"), {"TERM": "screen"}, "cyan", "brightbrown", "brightwhite", "brightblack", "black"),
        (("--theme", "ansi-dark"), XTERM, "green", "brightred", "brightbrown", "brightblack", "default"),
        # Bold red and yellow are bright here, and dim text is grey.
        ((), {"TERM": "linux"}, "green", "red", "brown", "white", "black"),
        ((), {"TERM": "vt100"}, "default", "default", "default", "default", "default"),
    ],
)
def test_every_role_has_its_own_look_on_the_screen(
    repository, tmp_path, words, variables, gain, loss, accent, muted, paper
):
    with monitor(repository, tmp_path, *words, **variables) as program:
        program.wait_for_words("Crowded shorts", "1/6,", "P&L %")
        # The table takes the focus when it is shown, and the row its look.
        program.wait_for(lambda terminal: is_marked(roles_on_screen(terminal)["cursor"], paper))
        roles = roles_on_screen(program.terminal)
        program.send("q")
        assert program.wait_for_end() == 0
    assert {name: look.ink for name, look in roles.items() if name != "cursor"} == {
        "gain": gain, "loss": loss, "accent": accent, "muted": muted,
    }  # fmt: skip
    assert {look.paper for name, look in roles.items() if name != "cursor"} == {paper}
    assert roles["cursor"].is_reverse or variables["TERM"].endswith("256color")
    bold = {name for name, look in roles.items() if look.is_bold}
    if variables["TERM"] == "linux":
        assert bold == {"loss", "accent"}
        assert b"\x1b[2;37;40m" in program.received
    if variables["TERM"] == "vt100":
        assert roles["loss"].is_underlined
        assert not roles["gain"].is_underlined
        assert "accent" in bold
        assert re.search(rb"\x1b\[[0-9;]*\b2(;[0-9]+)*m", program.received)


def is_marked(look, paper):
    """Whether a cell differs from those of other rows."""
    return look.is_reverse or look.paper != paper


class Look(NamedTuple):
    """What a cell of the screen looks like."""

    ink: str
    paper: str
    is_bold: bool
    is_reverse: bool
    is_underlined: bool


def roles_on_screen(terminal):
    """A cell of each role: a tier that gained and one that lost, two heads of columns, and the cursor's row."""
    lines, cells = terminal.lines(), terminal.cells()

    def look(row, column):
        _, ink, paper, is_bold, is_reverse, _, is_underlined, _ = cells[row][column]
        return Look(ink, paper, is_bold, is_reverse, is_underlined)

    def find(words, first=0):
        row = next(row for row in range(first, len(lines)) if words in lines[row])
        return row, lines[row].index(words)

    tiers, names = find("P&L %")[0], find("symbol")[0]
    signed = [(row, column) for row in range(tiers, names) for column, sign in enumerate(lines[row]) if sign in "+-−"]
    place = lines[tiers].index("P&L %")
    gains = [(row, x) for row, x in signed if place - 1 <= x < place + 6 and lines[row][x] == "+"]
    losses = [(row, x) for row, x in signed if place - 1 <= x < place + 6 and lines[row][x] in "-−"]
    return {
        "gain": look(*gains[0]),
        "loss": look(*losses[0]),
        "accent": look(names, lines[names].index("crowd")),
        "muted": look(tiers, lines[tiers].index("tier")),
        "cursor": look(names + 1, lines[names].index("symbol")),
    }
