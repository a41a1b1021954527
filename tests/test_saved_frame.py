"""The last frame comes back at once, with_mark as old, and only to whoever asks for the very same thing."""

import json
import os
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from rich.style import Style
from support_terminal import PseudoTerminal
from terminal_emulator import Terminal
from waiting import PATIENCE

from providers.catalog import KeyName
from providers.durable import PARTIAL_PREFIX
from tui.__main__ import main
from tui.arguments import arguments_of
from tui.clock import NOW_VARIABLE as NOW_VARIABLE
from tui.commands.doctor import saved_screen_findings
from tui.settings.configuration import FILE_VARIABLE, _file
from tui.settings.options import MARKET_SETTINGS, SCREEN_SETTINGS
from tui.settings.paths import paths_from_environment
from tui.settings.providers import variable_of
from tui.terminal.brush import Brush, TerminalAbilities
from tui.terminal.cells import Line, Palette, clusters, runs_of
from tui.terminal.frame_json import frame_lines, frame_rows, json_of_rows, paint_of, rows_of_json, strip_of, with_mark
from tui.terminal.pens import Pen, style_of
from tui.terminal.saved_frame import (
    ENABLED_SUFFIX,
    ENTER_SCREEN,
    LOOK_VARIABLES,
    MOST_FRAMES_KEPT,
    PRESENCE_VARIABLES,
    PROVIDER_PREFIX,
    SavedFrames,
    configuration_file,
    state_folder,
)

pytestmark = pytest.mark.slow

SIZE = (80, 24)
ENVIRONMENT = {"TERM": "xterm-256color", "SHORTSIDE_WINDOW": "30d"}


@pytest.fixture
def frames(tmp_path):
    def of(*words, **environment):
        return SavedFrames(words, {**ENVIRONMENT, "SHORTSIDE_HOME": str(tmp_path), **environment}, "1.0")

    return of


def saved(frames, size=SIZE):
    frames.save(size, b"\x1b[1mpaint\n\x1b[m", b'[[["a", 0, "", "", ""]]]')


def test_a_saved_frame_is_found_again_by_the_same_wish(frames):
    assert frames().find(SIZE) is None
    saved(frames())
    assert frames().find(SIZE) == (b"\x1b[1mpaint\n\x1b[m", b'[[["a", 0, "", "", ""]]]')


@pytest.mark.parametrize(
    ("words", "environment", "size"),
    [
        (("--source", "files"), {}, SIZE),
        ((), {"SHORTSIDE_WINDOW": "ytd"}, SIZE),
        ((), {"SHORTSIDE_NOW": "2023-09-07T17:30:00-04:00"}, SIZE),
        ((), {"TERM": "linux"}, SIZE),
        ((), {"COLORTERM": "truecolor"}, SIZE),
        ((), {"NO_COLOR": "1"}, SIZE),
        ((), {"SSH_TTY": "/dev/pts/1"}, SIZE),
        ((), {}, (81, 24)),
        ((), {}, (80, 25)),
    ],
)
def test_a_frame_is_never_shown_for_another_source_option_terminal_or_size(frames, words, environment, size):
    saved(frames())
    assert frames(*words, **environment).find(size) is None


def test_a_frame_is_not_shown_from_another_folder_by_another_version_or_after_the_configuration_changed(
    frames, tmp_path, monkeypatch
):
    configuration, other = tmp_path / "config.toml", tmp_path / "other.toml"
    saved(frames())
    configuration.write_text('source = "files"\n')
    assert frames().find(SIZE) is None
    started_before = frames()
    assert frames().find(SIZE) is None
    os.utime(configuration, ns=(1, 1))
    # Its screen was made from the file as it was.
    saved(started_before)
    assert frames().find(SIZE) is None
    saved(frames())
    assert frames().find(SIZE) is not None
    saved(frames("--config", str(other)))
    other.write_text('source = "files"\n')
    assert frames("--config", str(other)).find(SIZE) is None
    environment = {**ENVIRONMENT, "SHORTSIDE_HOME": str(tmp_path)}
    assert SavedFrames((), environment, "1.1").find(SIZE) is None
    monkeypatch.chdir("/")
    assert frames().find(SIZE) is None


def test_an_empty_variable_is_as_good_as_none(frames):
    saved(frames())
    assert frames(NO_COLOR="", SSH_TTY="", SHORTSIDE_THEME="").find(SIZE) is not None


@pytest.mark.parametrize(
    "damage", [lambda text: text[:-30], lambda text: b"", lambda text: b"\xff" * 99, lambda text: b"x" + text]
)
def test_a_damaged_frame_is_passed_over(frames, tmp_path, damage):
    saved(frames())
    (file,) = (tmp_path / "state" / "frames").iterdir()
    file.write_bytes(damage(file.read_bytes()))
    assert frames().find(SIZE) is None


def test_a_save_is_whole_and_the_oldest_give_way(frames, tmp_path):
    folder = tmp_path / "state" / "frames"
    for place in range(MOST_FRAMES_KEPT + 3):
        saved(frames(f"--seed={place}"))
        newest = max(folder.iterdir(), key=lambda file: file.stat().st_mtime_ns)
        os.utime(newest, ns=(place, place))
    names = [file.name for file in folder.iterdir()]
    assert len(names) == MOST_FRAMES_KEPT
    assert all(re.fullmatch(r"3-[0-9a-f]{40}\.frame", name) for name in names)
    assert frames("--seed=0").find(SIZE) is None
    assert frames(f"--seed={MOST_FRAMES_KEPT + 2}").find(SIZE) is not None


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_a_frame_is_its_owners_alone_whatever_the_umask(frames, tmp_path, umask):
    before = os.umask(umask)
    try:
        saved(frames())
    finally:
        os.umask(before)
    folder = tmp_path / "state" / "frames"
    (file,) = folder.iterdir()
    assert [stat.S_IMODE(one.stat().st_mode) for one in (folder.parent, folder, file)] == [0o700, 0o700, 0o600]


def test_a_folder_that_others_could_enter_is_closed_to_them(frames, tmp_path):
    folder = tmp_path / "state" / "frames"
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    saved(frames())
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_of_words_and_variables_a_file_holds_nothing_but_a_digest(tmp_path):
    environment = {
        name: f"value-of-{name}" for name in (*LOOK_VARIABLES, *PRESENCE_VARIABLES, "SHORTSIDE_UPSTREAM", "AWS_SECRET")
    }
    environment["SHORTSIDE_PROVIDERS_MASSIVE_ENABLED"] = "value-of-enabled"
    saved(SavedFrames(["--contact", "value-of-word"], environment, "1.0", str(tmp_path)))
    (file,) = (tmp_path / "frames").iterdir()
    assert b"value-of" not in file.read_bytes()
    assert file.read_bytes().startswith(b"shortside frame 3\n")


@pytest.mark.parametrize("name", [*(key.value for key in KeyName), "SHORTSIDE_CONTACT"])
def test_a_secret_counts_as_there_or_not_there_and_its_text_never(frames, name):
    saved(frames(**{name: "one"}))
    assert frames(**{name: "another"}).find(SIZE) is not None
    assert frames().find(SIZE) is None


def test_what_a_picture_does_not_depend_on_is_no_part_of_its_name(frames):
    saved(frames())
    for name in (
        "SHORTSIDE_UPSTREAM",
        "SHORTSIDE_UPSTREAM_FTP",
        "SHORTSIDE_FORMAT",
        "SHORTSIDE_PROVIDERS_ALPACA_BASE_URL",
    ):
        assert frames(**{name: "http://user:pass@127.0.0.1:1"}).find(SIZE) is not None, name
    assert frames(SHORTSIDE_PROVIDERS_ALPACA_ENABLED="false").find(SIZE) is None


def test_every_setting_that_decides_a_picture_is_among_the_variables():
    by_value = {setting.variable for setting in (*MARKET_SETTINGS, *SCREEN_SETTINGS)}
    assert by_value | {"SHORTSIDE_HOME", FILE_VARIABLE, NOW_VARIABLE} == {
        name for name in LOOK_VARIABLES if name.startswith("SHORTSIDE_")
    }
    assert {key.value for key in KeyName} <= set(PRESENCE_VARIABLES)
    assert not set(PRESENCE_VARIABLES) & set(LOOK_VARIABLES)
    assert variable_of("massive", "enabled").startswith(PROVIDER_PREFIX)
    assert variable_of("massive", "enabled").endswith(ENABLED_SUFFIX)


OLD_FRAME = (
    b"shortside frame 2\n(('1.0', (), '/', [('SHORTSIDE_ORTEX_KEY', 'clear')], []), (80, 24))\n/c\tabsent\n1\nxx"
)


@pytest.mark.parametrize("words", [["config", "show"], ["--version"], ["--source", "nowhere"]])
def test_every_start_deletes_the_frames_of_earlier_versions(frames, tmp_path, monkeypatch, capsys, words):
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
    saved(frames())
    folder = tmp_path / "state" / "frames"
    (kept,) = folder.iterdir()
    for name in ("6b1a2c3d.frame", "6b1a2c3d.frame.4711"):
        (folder / name).write_bytes(OLD_FRAME)
    # Another process is about to name it.
    (folder / f"{PARTIAL_PREFIX}x").write_bytes(b"")
    main(words)
    assert {file.name for file in folder.iterdir()} == {kept.name, f"{PARTIAL_PREFIX}x"}


def test_a_frame_that_cannot_be_deleted_stops_no_start_and_the_doctor_speaks_of_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
    # A folder is not deleted as a file is, even by root.
    stuck = tmp_path / "state" / "frames" / "6b1a2c3d.frame"
    stuck.mkdir(parents=True)
    assert main(["config", "show"]) == 0
    (finding,) = saved_screen_findings(SavedFrames((), os.environ).foreign())
    assert str(stuck) in finding.words
    assert "change the keys" in finding.advice
    assert saved_screen_findings([]) == []


PLACES = [{"SHORTSIDE_HOME": "~/somewhere"}, {"XDG_STATE_HOME": "/var/state", "XDG_CONFIG_HOME": "/etc/xdg"}, {}]


@pytest.fixture(params=PLACES)
def place(request, monkeypatch):
    for name in ("SHORTSIDE_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "SHORTSIDE_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    for name, text in request.param.items():
        monkeypatch.setenv(name, text)
    return os.environ


def test_frames_lie_in_the_folder_for_state(place):
    assert Path(state_folder(place)) == paths_from_environment(place).state


@pytest.mark.parametrize(
    ("words", "variable"),
    [
        ([], ""),
        ([], " ~/mine.toml "),
        (["--config", "a.toml"], "b.toml"),
        (["--window", "1d", "--config=~/a.toml"], ""),
        (["--config", "a.toml", "--config", "b.toml"], ""),
        (["--config="], "b.toml"),
    ],
)
def test_the_file_a_start_will_read_is_known_before_it_is_read(place, monkeypatch, words, variable):
    if variable:
        monkeypatch.setenv("SHORTSIDE_CONFIG", variable)
    named, _ = _file(arguments_of(words).given, place, paths_from_environment(place))
    assert Path(configuration_file(words, place)) == named


def test_nothing_heavy_is_imported_before_the_picture(repository):
    script = (
        "import __future__, os, sys; before = set(sys.modules); import tui.__main__;"
        "print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=repository, timeout=PATIENCE, check=True
    )
    ours = {"tui", "tui.__main__", "tui.terminal", "tui.terminal.saved_frame"}
    assert set(done.stdout.split()) <= ours | {"termios", "_blake2"}


def picture():
    """Lines with colours of every kind, wide glyphs, a link and reverse video."""
    palette = Palette("truecolor")
    styles = [
        "#40c070 on #101418",
        "bold red on default",
        "color(208)",
        "italic bright_blue on color(17)",
        "reverse",
        "",
    ]
    texts = ["P&L ▲ 4.2", "トヨタ自動車", "👍🏽 ok", "── ▁▂▃", " gap ", "plain"]
    lines = []
    for row in range(6):
        glyphs, pens = [], []
        for text, style in zip(texts[row:] + texts[:row], styles, strict=True):
            for cluster, width in clusters(text):
                glyphs += [cluster, ""][:width]
                pens += [palette.pens(Style.parse(style))[0]] * width
        lines.append(Line((glyphs + [" "] * 60)[:60], (pens + [Pen()] * 60)[:60], is_plain=False))
    return lines


def same(lines, others):
    return all(one.glyphs == other.glyphs and one.pens == other.pens for one, other in zip(lines, others, strict=True))


def test_a_picture_survives_its_file():
    rows = frame_rows(picture())
    again = rows_of_json(json_of_rows(rows))
    assert again is not None
    assert same(frame_lines(again), picture())


@pytest.mark.parametrize("text", [b"", b"{}", b"[1]", b'[[["a"]]]', b'[[["a", "x", "", "", ""]]]'])
def test_rows_of_somebody_else_are_none(text):
    assert not rows_of_json(text)


def test_a_picture_is_painted_as_it_was_drawn():
    painted, drawn = Terminal(60, 6), Terminal(60, 6)
    painted.feed(ENTER_SCREEN + paint_of(picture()).decode())
    brush = Brush(TerminalAbilities())
    for row, line in enumerate(picture()):
        brush.row(row, None, line)
    drawn.feed(brush.finish())
    assert painted.cells() == drawn.cells()


def test_textual_draws_a_saved_row_with_the_pens_it_had():
    palette = Palette("truecolor")
    for line, row in zip(picture(), frame_rows(picture()), strict=True):
        cells = palette.cells(runs_of(strip_of(row)))
        assert cells.glyphs == line.glyphs
        shown = [pen for pen, glyph in zip(cells.pens, cells.glyphs, strict=True) if glyph.strip()]
        assert shown == [pen for pen, glyph in zip(line.pens, line.glyphs, strict=True) if glyph.strip()]


def test_a_pen_and_its_style_are_each_others():
    palette = Palette("truecolor")
    for style in ("bold #010203 on #fffefd", "color(208) on color(17)", "red on bright_white", "underline strike"):
        pen, _ = palette.pens(Style.parse(style))
        assert palette.pens(style_of(pen))[0] == pen


def test_the_mark_stands_in_reverse_at_the_end_of_the_last_line():
    lines = with_mark(picture(), "last seen 8 Sep 15:04")
    text = "".join(lines[-1].glyphs)
    assert text.endswith(" last seen 8 Sep 15:04  ")
    assert same(lines[:-1], picture()[:-1])
    start = len(lines[-1].glyphs) - len(" last seen 8 Sep 15:04  ")
    assert all(palette_is_reverse(pen) for pen in lines[-1].pens[start:-1])
    narrow = [Line([" "] * 10, [Pen()] * 10)]
    assert same(with_mark(narrow, "last seen 8 Sep 15:04"), narrow)


def palette_is_reverse(pen):
    return style_of(pen).reverse


@pytest.mark.parametrize(
    ("words", "term", "opens"),
    [
        ([], "xterm", True),
        (["--source", "files", "--data", "market"], "tmux-256color", True),
        (["snapshot", "tiers"], "xterm", False),
        (["--source", "demo", "doctor"], "xterm", False),
        (["--version"], "xterm", False),
        ([], "dumb", False),
        ([], "", False),
    ],
)
def test_words_are_shown_at_once_only_where_a_monitor_will_be(words, term, opens):
    assert SavedFrames(words, {"TERM": term}, "1.2").opens_monitor is opens


@pytest.mark.parametrize("size", [(20, 5), (80, 24), (200, 60)])
def test_the_first_words_are_inside_the_terminal_and_end_without_a_pen(size):
    terminal = Terminal(*size)
    terminal.feed(SavedFrames([], {}, "1.2").opening(size).decode())
    assert any("shortside 1.2" in line for line in terminal.lines())
    assert terminal.screen.cursor.attrs.bold is False


@pytest.mark.terminal
def test_a_first_start_says_its_name_before_anything_is_imported(repository, tmp_path):
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(tmp_path), "SHORTSIDE_HOME": str(tmp_path), "LANG": "C.UTF-8",
        "PYTHONPATH": str(repository), "TERM": "xterm-256color",
    }  # fmt: skip
    with PseudoTerminal([sys.executable, "-m", "tui"], environment) as program:
        program.wait_for_words("Crowded shorts")
        assert program.received.index(b"starting") < program.received.index(b"\x1b[?1000h"), "Textual came first"
        assert program.received.count(b"\x1b[?1049h") == 1
        assert not any("starting" in line for line in program.terminal.lines())
        program.send("q")
        assert program.wait_for_end() == 0
        assert program.mode_now() == program.mode


@pytest.mark.terminal
def test_the_next_start_begins_with_the_last_frame_which_gives_way_to_the_live_one(repository, tmp_path):
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(tmp_path), "SHORTSIDE_HOME": str(tmp_path), "LANG": "C.UTF-8",
        "PYTHONPATH": str(repository), "TERM": "xterm-256color", "COLORTERM": "truecolor",
    }  # fmt: skip
    command = [sys.executable, "-m", "tui"]
    with PseudoTerminal(command, environment, 120, 40) as program:
        program.wait_for_words("Crowded shorts", "1/6,")
        last = None
        program.send("q")
        assert program.wait_for_end() == 0
        assert b"last seen" not in program.received
    with PseudoTerminal(command, environment, 120, 40) as program:
        program.wait_for_words("last seen 8 Sep")
        last = program.terminal.lines()
        # Typed before the app is there: not echoed across the picture, and heard when it is.
        program.send("s")
        program.wait_for_words("last seen 8 Sep", "simulating a market")
        assert program.terminal.lines()[:-1] == last[:-1]
        # One entry of the alternate screen, which clears it, and no repaint of what is shown.
        assert program.received.count(b"\x1b[?1049h") == 1
        assert len(program.received) < 1.25 * (program.received.index(b"\x1b[?1000h"))
        program.wait_for(lambda terminal: "last seen" not in "".join(terminal.lines()))
        program.send("q")
        assert program.wait_for_end() == 0
        assert program.mode_now() == program.mode
    with PseudoTerminal(command, environment, 121, 40) as program:
        # By what was written: a reader that is slow finds the figures over it already.
        program.wait_for(lambda _: b"simulating a market" in program.received)
        assert b"last seen" not in program.received
    with PseudoTerminal([*command, "--window", "1d"], environment, 120, 40) as program:
        program.wait_for(lambda _: b"simulating a market" in program.received)
        assert b"last seen" not in program.received


STRUCK = """
import os, signal, sys, termios
from types import SimpleNamespace
from tui.terminal import saved_frame

moments = []

def struck(*words):
    moments.append("setting")
    if len(moments) == int(sys.argv[1]):
        os.kill(os.getpid(), signal.SIGTERM)
    termios.tcsetattr(*words)
    moments.append("set")
    if len(moments) == int(sys.argv[1]):
        os.kill(os.getpid(), signal.SIGTERM)

saved_frame.termios = SimpleNamespace(**{**vars(termios), "tcsetattr": struck})
early = saved_frame.EarlyScreen(saved_frame.SavedFrames((), os.environ))
assert early.show()
early.leave()
"""


@pytest.mark.terminal
@pytest.mark.parametrize("moment", [1, 2, 3, 4], ids=["before silence", "silent", "before leaving", "left"])
def test_a_signal_around_a_change_of_the_terminal_s_mode_leaves_it_as_it_was(repository, tmp_path, moment):
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(repository), "TERM": "xterm"}
    with PseudoTerminal([sys.executable, "-c", STRUCK, str(moment)], environment) as program:
        assert program.wait_for_end(PATIENCE) == -signal.SIGTERM
        assert program.mode_now() == program.mode


@pytest.mark.terminal
def test_a_refusal_after_the_picture_is_read_on_the_usual_screen(repository, tmp_path):
    data = tmp_path / "data"
    words = ["--data", str(data)]
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(tmp_path), "SHORTSIDE_HOME": str(tmp_path), "LANG": "C.UTF-8",
        "PYTHONPATH": str(repository), "TERM": "xterm-256color",
    }  # fmt: skip
    rows = json.dumps([[[" " * 80, 0, "", "", ""]]] * 24).encode()
    frames = SavedFrames(words, environment, __import__("tui").__version__)
    frames.save((80, 24), b"picture of last time", rows)
    with PseudoTerminal([sys.executable, "-m", "tui", *words], environment) as program:
        assert program.wait_for_end(20) == 4
        assert b"picture of last time" in program.received
        assert program.received.rindex(b"\x1b[?1049l") < program.received.rindex(b"shortside: ")
        assert program.mode_now() == program.mode
