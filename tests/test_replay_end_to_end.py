"""The real program records the demo and plays it in a real terminal: keys, the end, and a file that was cut off."""

import os
import re
import subprocess
import sys

import pytest
from kept_demo import with_kept_demo
from support_terminal import PseudoTerminal
from waiting import PATIENCE

from providers.recording.member_file import read_members

pytestmark = [pytest.mark.terminal, pytest.mark.slow]

CLOCK = re.compile(r"\d\d:\d\d:\d\d")


def environment(repository, home):
    return {
        "PATH": os.environ["PATH"], "HOME": str(home), "SHORTSIDE_HOME": str(home), "TERM": "xterm-256color",
        "COLORTERM": "truecolor", "LANG": "C.UTF-8", "PYTHONPATH": str(repository),
    }  # fmt: skip


@pytest.fixture(scope="module")
def session(repository, tmp_path_factory):
    """The demo's session from bell to bell, recorded in a second or two at thousands of times its speed."""
    home = tmp_path_factory.mktemp("recorder")
    command = [sys.executable, "-m", "tui", "record", str(home / "session"), "--speed", "6000"]
    done = subprocess.run(
        command,
        cwd=repository,
        env=with_kept_demo(environment(repository, home)),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    assert "play it: shortside --source replay" in done.stdout
    return home / "session"


def player(repository, home, file, columns, rows, *words):
    command = [sys.executable, "-m", "tui", "--source", "replay", "--data", str(file), *words]
    return PseudoTerminal(command, environment(repository, home), columns, rows)


def clock_of(terminal):
    found = CLOCK.search(terminal.lines()[0])
    return found and found[0]


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (120, 40), (200, 60)])
def test_a_recording_is_held_stepped_sped_up_and_left(repository, tmp_path, session, columns, rows):
    with player(repository, tmp_path, session, columns, rows) as program:
        program.wait_for_words("3 Crowded shorts", "SIM", "REPLAY", "space pause")
        program.send(" ")
        program.wait_for_words("REPLAY", "paused")
        held = clock_of(program.terminal)
        program.send(".")
        program.wait_for(lambda terminal: clock_of(terminal) not in (None, held))
        program.send("n")
        program.wait_for_words("no vintage is left")
        program.send("+++++++++++")
        program.wait_for_words("3600 times life")
        program.send(" ")
        program.wait_for_words("the recording ends here", "16:00:00")
        # It stays: the list is there to be walked, and a name to be opened.
        program.send("G")
        program.wait_for(lambda terminal: "6,346/6,346" in "".join(terminal.lines()))
        program.send("\r")
        program.wait_for_words("SIM REPLAY", "6,346/6,346")
        program.send("q")
        program.wait_for_words("3 Crowded shorts", "6,346/6,346")
        program.send("q")
        assert program.wait_for_end() == 0


def test_one_that_was_cut_off_is_played_as_far_as_it_is_whole(repository, tmp_path, session):
    whole = session.read_bytes()
    ticks = [member for member in read_members(session).members if member.kind == "ticks"]
    (tmp_path / "cut").write_bytes(whole[: ticks[0].offset + ticks[0].size // 2])
    (tmp_path / "noise").write_bytes(whole[:1_000_000])
    with player(repository, tmp_path, tmp_path / "cut", 120, 40) as program:
        program.wait_for_words("3 Crowded shorts", "cut breaks off after 09:3")
        program.wait_for_words("the recording breaks off here", "REPLAY of demo breaks off here")
        program.send("q")
        assert program.wait_for_end() == 0
    with player(repository, tmp_path, tmp_path / "noise", 120, 40) as program:
        assert program.wait_for_end() == 4
        assert "breaks off before its market was written" in program.received.decode()


def test_at_thousands_of_times_life_a_whole_session_plays_to_its_bell(repository, tmp_path, session):
    with player(repository, tmp_path, session, 120, 40, "--speed", "6000") as program:
        program.wait_for_words("the recording ends here", "16:00:00")
        program.send("q")
        assert program.wait_for_end() == 0
