"""The real program in a real terminal: every size, tmux with its attaching and resizing, the clipboard through it."""

import os
import random
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support_terminal import PseudoTerminal
from waiting import PATIENCE

pytestmark = [pytest.mark.terminal, pytest.mark.slow]

TITLES = {
    "1": "1 Short P&L by cap tier", "2": "2 New short $", "3": "3 Crowded shorts", "4": "4 ", "5": "5 ", "6": "6 "
}  # fmt: skip
CUT = re.compile(r"\d[\d,.]*…")
TMUX = shutil.which("tmux") or ""


def environment(repository, home, **more):
    return {
        "PATH": os.environ["PATH"], "HOME": str(home), "SHORTSIDE_HOME": str(home), "TERM": "xterm-256color",
        "COLORTERM": "truecolor", "LANG": "C.UTF-8", "PYTHONPATH": str(repository), **more,
    }  # fmt: skip


def monitor(repository, home, columns, rows):
    return PseudoTerminal([sys.executable, "-m", "tui"], environment(repository, home), columns, rows)


def test_every_panel_is_reached_by_its_key_on_80_by_24_and_no_number_is_cut(repository, tmp_path):
    with monitor(repository, tmp_path, 80, 24) as program:
        program.wait_for_words("3 Crowded shorts", "1/6,")
        for digit, title in TITLES.items():
            # A panel that has a place beside others gets the focus, any other the whole screen.
            program.send(digit)
            program.wait_for_words(f"▸ {title}")
            lines = program.terminal.lines()
            assert not [line for line in lines if CUT.search(line)]
            assert all(len(line) == 80 for line in lines)
            if TITLES["1"] not in "".join(lines):
                program.send("\x1b")
                program.wait_for_words(TITLES["3"], TITLES["1"])
        program.send("q")
        assert program.wait_for_end() == 0


def test_a_terminal_too_small_says_so_and_recovers(repository, tmp_path):
    with monitor(repository, tmp_path, 23, 5) as program:
        program.wait_for_words("24 × 6")
        program.resize(80, 24)
        program.wait_for_words("3 Crowded shorts", "1/6,")
        program.resize(23, 5)
        program.wait_for_words("24 × 6")
        program.resize(120, 40)
        program.wait_for_words("2 New short $", "1/6,")
        assert not any("#" * 8 in line for line in program.terminal.lines())
        program.send("q")
        assert program.wait_for_end() == 0


def most_memory(process):
    """The most memory a process has had so far, in kB."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    assert found is not None
    return int(found[1])


def test_of_a_terminal_that_claims_any_size_so_much_is_drawn_as_memory_bears(repository, tmp_path):
    with monitor(repository, tmp_path, 80, 24) as program:
        program.wait_for_words("1/6,")
        program.claim(65_535, 65_535)
        # Rows below the last of the terminal are drawn: the claim was believed.
        program.wait_for(lambda _terminal: re.search(rb"\x1b\[(2[5-9]|[3-9]\d);", program.received) is not None)
        program.send("j")
        program.resize(120, 40)
        program.wait_for_words("2 New short $", "2/6,")
        assert most_memory(program.process) < 400_000
        program.send("q")
        assert program.wait_for_end() == 0


def test_a_storm_of_sizes_ends_in_the_picture_of_the_last_one(repository, tmp_path):
    chosen = random.Random(4)
    with monitor(repository, tmp_path, 120, 40) as program:
        program.wait_for_words("1/6,")
        for _ in range(40):
            program.resize(chosen.randrange(20, 180), chosen.randrange(5, 60))
            program.send(chosen.choice("jkws"))
        program.resize(100, 30)
        program.wait_for_words("▸ 3 Crowded shorts", "? keys  q quit")
        # Only in the last size does the table end one line above the last; one before may be too small for keys.
        # How many names there are depends on the window that the keys led to.
        program.wait_for(lambda terminal: re.search(r"/6,\d{3} ═╝$", terminal.lines()[-2]) is not None)
        program.send("G")
        program.wait_for(lambda terminal: re.search(r" (6,\d{3})/\1 ═╝$", terminal.lines()[-2]) is not None)
        assert not any("####" in line for line in program.terminal.lines())
        program.send("q")
        assert program.wait_for_end() == 0


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_q_leads_from_a_name_to_the_list_and_from_there_out(repository, tmp_path, size):
    with monitor(repository, tmp_path, *size) as program:
        program.wait_for_words("3 Crowded shorts", "1/6,")
        program.send("\r")
        program.wait_for_words("1 Price and short interest", "esc q back")
        program.send("q")
        program.wait_for_words("3 Crowded shorts", "w window")
        assert program.ended() is None
        program.send("q")
        assert program.wait_for_end() == 0


class Tmux:
    """A tmux server of its own with the program in it."""

    def __init__(self, repository, home):
        self.socket = str(home / "tmux")
        self.environment = environment(repository, home)
        inside = f"exec {sys.executable} -m tui"
        self.run("-f", os.devnull, "new-session", "-d", "-x", "120", "-y", "40", "-s", "desk", inside)
        self.run("set-option", "-g", "set-clipboard", "on")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        command = [TMUX, "-S", self.socket, "kill-server"]
        subprocess.run(command, env=self.environment, timeout=PATIENCE, check=False, capture_output=True)

    def run(self, *words):
        command = [TMUX, "-S", self.socket, *words]
        return subprocess.run(
            command, env=self.environment, timeout=PATIENCE, check=True, capture_output=True, text=True
        ).stdout

    def screen(self):
        """What tmux holds the program's screen to be."""
        return self.run("capture-pane", "-p", "-t", "desk").split("\n")

    def wait_for(self, condition, seconds=30.0):
        deadline = time.monotonic() + seconds
        while not condition(self.screen()):
            if time.monotonic() > deadline:
                raise TimeoutError("\n".join(self.screen()))

    def attached(self, columns, rows):
        """A person who looks at it from a terminal of this size."""
        command = [TMUX, "-S", self.socket, "attach", "-t", "desk"]
        # To a terminal that falls behind tmux drops what waits, wherever that is cut, and draws all anew.
        return PseudoTerminal(command, self.environment, columns, rows, is_whole=False)


@pytest.fixture
def tmux(repository, tmp_path):
    if not TMUX:
        pytest.skip("tmux is not installed here; .ci/run installs it")
    with Tmux(repository, tmp_path) as server:
        server.wait_for(lambda lines: any("3 Crowded shorts" in line for line in lines))
        yield server


def test_in_tmux_one_attaches_detaches_and_resizes_at_will(tmux):
    chosen = random.Random(7)
    for columns, rows in ((120, 41), (80, 25), (150, 50)):
        with tmux.attached(columns, rows) as person:
            person.wait_for_words("3 Crowded shorts")
            for _ in range(8):
                person.resize(chosen.randrange(60, 160), chosen.randrange(19, 60))
                person.send(chosen.choice("jkt"))
            person.resize(columns, rows)
            person.send("g")
            tmux.wait_for(lambda lines: any("1/6,346 ═╝" in line for line in lines))
            person.wait_for(lambda terminal: "1/6,346" in "".join(terminal.lines()))
            person.send("\x02d")
            assert person.wait_for_end() == 0
    tmux.wait_for(lambda lines: sum("Short P&L by cap" in line for line in lines) == 1)


def test_in_tmux_y_copies_the_symbol_and_shift_y_the_row(tmux):
    with tmux.attached(120, 41) as person:
        person.wait_for_words("3 Crowded shorts")
        tmux.wait_for(lambda lines: any(line.startswith("║▸") for line in lines))
        symbol = next(line.split()[2] for line in tmux.screen() if line.startswith("║▸"))
        person.send("y")
        tmux.wait_for(lambda lines: "copied" in "".join(lines))
        person.wait_for(lambda _: b"\x1b]52;" in person.received)
        assert tmux.run("show-buffer") == symbol
        person.send("jY")
        tmux.wait_for(lambda _: "\t" in tmux.run("show-buffer"))
        row = tmux.run("show-buffer").split("\t")
        assert row[0] == "2"
        assert row[1] in next(line for line in tmux.screen() if line.startswith("║▸"))


def test_in_tmux_a_killed_window_leaves_no_process(tmux):
    process = int(tmux.run("display-message", "-p", "-t", "desk", "#{pane_pid}"))
    tmux.run("kill-session", "-t", "desk")
    deadline = time.monotonic() + 8.0
    while time.monotonic() < deadline:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return
    raise AssertionError("the process outlives its window")
