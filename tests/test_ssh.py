"""Over a real SSH connection the program has its colours, and leaves nothing behind when it ends or the line is cut."""

from __future__ import annotations

import os
import re
import shlex
import signal
import sys
import time
from pathlib import Path

import pytest
from ssh_server import ssh_server
from support_terminal import PseudoTerminal
from waiting import PATIENCE, OverdueError

pytestmark = [pytest.mark.slow, pytest.mark.terminal]

SEQUENCES = re.compile(rb"\x1b\[([0-9;]*)m")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with ssh_server(tmp_path_factory.mktemp("sshd")) as running:
        yield running


def monitor(server, repository, home, **here: str) -> PseudoTerminal:
    """The program at the far end; what the near end has in its environment, but for TERM, stays there."""
    there = {"SHORTSIDE_HOME": str(home), "PYTHONPATH": str(repository), "LANG": "C.UTF-8"}
    words = ["exec", "env", *(f"{name}={value}" for name, value in there.items())]
    remote = [*words, sys.executable, "-m", "tui", "--source", "demo"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", **here}
    return PseudoTerminal(server.command([shlex.join(remote)]), environment, 120, 40)


def inks(received: bytes) -> set[str]:
    """The foreground colours in what arrived, as the parameters of their sequences."""
    found: set[str] = set()
    for sequence in SEQUENCES.findall(received):
        codes = iter(sequence.decode().split(";"))
        for code in codes:
            if code in ("38", "48"):
                kind = next(codes)
                value = ";".join([kind, *(next(codes) for _ in range(1 if kind == "5" else 3))])
                found |= {f"38;{value}"} if code == "38" else set()
            elif code.isdigit() and (30 <= int(code) <= 37 or 90 <= int(code) <= 97):
                found.add(code)
    return found


def left_behind(home: Path) -> list[str]:
    """Processes that were started with this home."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes()
        except OSError:
            continue  # It has ended, or is somebody else's.
        if f"SHORTSIDE_HOME={home}\0".encode() in environment:
            found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


def wait_for_nobody(home: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while left := left_behind(home):
        if time.monotonic() > deadline:
            raise OverdueError(f"still there: {left}")
        time.sleep(0.05)


def test_over_ssh_there_are_256_colours_and_leaving_restores_the_terminal(server, repository, tmp_path):
    here = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
    with monitor(server, repository, tmp_path, **here) as program:
        program.wait_for_words("3 Crowded shorts", "1/6,", seconds=PATIENCE)
        assert left_behind(tmp_path)
        program.send("q")
        assert program.wait_for_end(PATIENCE) == 0
        assert program.mode_now() == program.mode
    seen = inks(program.received)
    # COLORTERM does not cross SSH, so nobody may count on more.
    assert {ink.split(";")[1] for ink in seen} == {"5"}, seen
    assert len(seen) >= 8
    assert program.received.count(b"\x1b[?1049h") == program.received.count(b"\x1b[?1049l") == 1
    assert program.received.rindex(b"\x1b[?25h") > program.received.rindex(b"\x1b[?25l")
    wait_for_nobody(tmp_path)


def test_over_ssh_sixteen_colours_are_named_and_a_cut_line_ends_the_program(server, repository, tmp_path):
    with monitor(server, repository, tmp_path, TERM="xterm") as program:
        program.wait_for_words("3 Crowded shorts", "1/6,", seconds=PATIENCE)
        seen = inks(program.received)
        assert all(len(ink) == 2 for ink in seen), seen
        # Text, muted, accent, gain and loss.
        assert {"37", "90", "93", "32", "91"} <= seen
        assert left_behind(tmp_path)
        program.signal(signal.SIGKILL)
        program.wait_for_end(PATIENCE)
    wait_for_nobody(tmp_path)
