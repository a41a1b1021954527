"""The real program where something goes wrong: what nobody foresaw ends nothing, what should end keeps its code."""

from __future__ import annotations

import os
import stat
import sys

import pytest
from support_terminal import PseudoTerminal

pytestmark = [pytest.mark.terminal, pytest.mark.slow]

RUN = "from tui.__main__ import run; run()"


def monitor(repository, home, before="", size=(80, 24)):
    """The program, after some lines that break something in it."""
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(home), "SHORTSIDE_HOME": str(home), "TERM": "xterm-256color",
        "COLORTERM": "truecolor", "LANG": "C.UTF-8", "PYTHONPATH": str(repository),
    }  # fmt: skip
    return PseudoTerminal([sys.executable, "-c", f"{before}\n{RUN}"], environment, *size)


def raising(what, where="tui.screens.main", name="MainScreen.action_rollup"):
    """Lines after which a method raises."""
    return f"""
import {where} as module
def broken(self, *given):
    raise {what}
setattr(module.{name.split(".")[0]}, {name.split(".")[1]!r}, broken)
"""


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_an_error_is_said_on_the_screen_and_kept_and_told_where_when_one_leaves(repository, tmp_path, size):
    with monitor(repository, tmp_path, raising("ValueError('nobody foresaw')"), size) as program:
        program.wait_for_words("3 Crowded shorts", "1/6,")
        program.send("ttt")
        program.wait_for(lambda terminal: "(ValueError); figures go on" in terminal.lines()[-1])
        program.send("j")
        program.wait_for_words("2/6,")
        program.send("q")
        assert program.wait_for_end() == 0
        program.wait_for_words("shortside: 3 errors since the start; what happened is in")
    file = tmp_path / "state" / "errors.log"
    assert "ValueError: nobody foresaw" in file.read_text()
    assert "in broken" in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_without_an_error_nothing_is_kept_and_nothing_told(repository, tmp_path):
    with monitor(repository, tmp_path) as program:
        program.wait_for_words("3 Crowded shorts", "1/6,")
        program.send("q")
        assert program.wait_for_end() == 0
        assert "error" not in "".join(program.terminal.lines())
    assert not (tmp_path / "state" / "errors.log").exists()


@pytest.mark.parametrize(("what", "code"), [("SystemExit(7)", 7), ("KeyboardInterrupt", 130)])
def test_what_ends_a_program_on_purpose_ends_it_with_its_code(repository, tmp_path, what, code):
    with monitor(repository, tmp_path, raising(what)) as program:
        program.wait_for_words("3 Crowded shorts", "1/6,")
        program.send("t")
        assert program.wait_for_end() == code
        assert program.mode_now() == program.mode
    assert not (tmp_path / "state" / "errors.log").exists()


@pytest.mark.parametrize(
    ("where", "name"),
    [
        ("tui.screens.main", "MainScreen.compose"),
        ("tui.sources.watched_session", "WatchedSession.__init__"),
        ("tui.screens.main", "MainScreen.fill_panels"),
        ("tui.screens.main", "MainScreen.introduce"),
    ],
)
def test_an_error_before_the_figures_stand_ends_with_code_1_and_says_why(repository, tmp_path, where, name):
    with monitor(repository, tmp_path, raising("ValueError('at the start')", where, name), (120, 60)) as program:
        assert program.wait_for_end() == 1
        program.wait_for_words("ValueError: at the start")
        assert program.mode_now() == program.mode


def test_three_hundred_enters_in_one_write_leave_on_q_in_time(repository, tmp_path):
    with monitor(repository, tmp_path) as program:
        program.wait_for_words("3 Crowded shorts", "1/6,")
        program.send("\r" * 300)
        program.wait_for_words("1 Price and short interest")
        program.send("q")
        program.wait_for_words("3 Crowded shorts", "w window")
        program.send("q")
        assert program.wait_for_end(10.0) == 0
    assert not (tmp_path / "state" / "errors.log").exists()


def test_keys_in_one_write_mean_what_they_would_one_by_one(repository, tmp_path):
    with monitor(repository, tmp_path, size=(120, 40)) as program:
        program.wait_for_words("3 Crowded shorts", "1/6,")
        program.send("\r]]]q")
        program.wait_for_words("3 Crowded shorts", "4/6,")
        program.send("\x10\x1b[6~\x1b[6~")
        program.wait_for_words("earch")
        program.send("\x1b")
        program.wait_for_words("4/6,")
        program.send("\rqxq?qiq\rqq")
        assert program.wait_for_end() == 0
    assert not (tmp_path / "state" / "errors.log").exists()
