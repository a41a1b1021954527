"""However the monitor is ended, its terminal is as before, its code tells why, and no process stays behind."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path
from unittest.mock import Mock

import pytest
from market_data import write_market
from support_terminal import PseudoTerminal
from textual.drivers.linux_driver import LinuxDriver

from tui.frame_writer import FrameWriter
from tui.terminal_driver import TerminalDriver

pytestmark = pytest.mark.terminal

BOUND_SECONDS = 8.0
"""Two are promised on a machine that does nothing else; one of the tests' may be busy."""
RESTORED = (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?2004l", b"\x1b[?1003l", b"\x1b[?7h", b"\x1b[<u")
LOADED = "Crowded shorts"
LOADING = "shortside  demo"
IGNORING_HANGUP = (
    "import os, signal, sys; signal.signal(signal.SIGHUP, signal.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])"
)


def environment(repository: Path, home: Path, **more: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"], "HOME": str(home), "SHORTSIDE_HOME": str(home), "TERM": "xterm-256color",
        "COLORTERM": "truecolor", "LANG": "C.UTF-8", "PYTHONPATH": str(repository), **more,
    }  # fmt: skip


@pytest.fixture(scope="session")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small market in a folder of its own, beside a cache for its copy."""
    folder = tmp_path_factory.mktemp("market")
    write_market(folder)
    return folder


@pytest.fixture
def start(repository, tmp_path, market):
    """Starts the monitor: on the small market, or, for one that takes its time to load, on the simulated one."""

    def monitor(shown: str = LOADED, *before: str) -> PseudoTerminal:
        words = [] if shown == LOADING else ["--data", str(market)]
        variables = environment(repository, tmp_path, XDG_CACHE_HOME=str(market.with_name("cache")))
        # Its cache is shared by the tests, its state is not.
        del variables["SHORTSIDE_HOME"]
        return PseudoTerminal([sys.executable, *before, "-m", "tui", *words], variables, 100, 30)

    return monitor


def family(process: int) -> list[int]:
    """The process and those it started, from whichever of its threads."""
    lists = [file.read_text() for file in Path(f"/proc/{process}/task").glob("*/children")]
    return [process, *(one for children in lists for child in children.split() for one in family(int(child)))]


def living(processes: list[int]) -> list[int]:
    return [process for process in processes if Path(f"/proc/{process}").exists()]


@pytest.mark.parametrize("shown", [LOADED, LOADING])
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)], ids=["term", "hup", "int"]
)
def test_a_signal_restores_the_terminal_and_is_told_by_the_code(start, number, code, shown):
    with start(shown) as program:
        program.wait_for_words(shown)
        processes = family(program.process)
        program.signal(number)
        assert program.wait_for_end(BOUND_SECONDS) == code
        assert all(sequence in program.received for sequence in RESTORED)
        assert program.mode_now() == program.mode
        assert not living(processes[1:])


@pytest.mark.parametrize("after", [0.0, 0.05, 0.15, 0.3])
def test_a_signal_at_any_moment_of_the_start_leaves_a_terminal_in_order(start, after):
    with start(LOADING) as program:
        time.sleep(after)  # Not to wait for anything: the moment is what is tried.
        program.signal(signal.SIGTERM)
        assert program.wait_for_end(BOUND_SECONDS) in (143, -signal.SIGTERM)
        assert program.mode_now() == program.mode
        assert program.received.count(b"\x1b[?1049h") <= program.received.count(b"\x1b[?1049l")


@pytest.mark.parametrize("shown", [LOADED, LOADING])
def test_a_closed_terminal_ends_the_program(start, shown):
    with start(shown) as program:
        program.wait_for_words(shown)
        program.hang_up()
        assert program.wait_for_end(BOUND_SECONDS) == 129


def test_a_terminal_lost_while_hangups_are_ignored_ends_the_program(start):
    with start(LOADING, "-c", IGNORING_HANGUP, sys.executable) as program:
        program.wait_for_words(LOADING)
        program.hang_up()
        assert program.wait_for_end(BOUND_SECONDS) == 129


def test_a_terminal_that_takes_nothing_more_does_not_keep_the_program(start):
    with start() as program:
        program.wait_for_words(LOADED)
        # Enough wishes for pictures to fill what the system holds for a reader who has stopped reading.
        for _ in range(150):
            program.send("123zG g")
        program.signal(signal.SIGTERM)
        deadline = time.monotonic() + BOUND_SECONDS
        while program.process in living([program.process]) and time.monotonic() < deadline:
            if os.waitid(os.P_PID, program.process, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                break
            time.sleep(0.05)
        assert program.wait_for_end(BOUND_SECONDS) == 143


def test_ctrl_c_leaves_as_an_interrupt_does(start):
    with start(LOADING) as program:
        program.wait_for_words(LOADING)
        program.send("\x03")
        assert program.wait_for_end(BOUND_SECONDS) == 130
        assert program.mode_now() == program.mode


def test_a_stopped_monitor_gives_the_terminal_back_and_draws_itself_anew_when_continued(start):
    with start() as program:
        program.wait_for_words(LOADED)
        program.signal(signal.SIGTSTP)
        program.wait_for(lambda _: b"\x1b[?1049l" in program.received)
        while "T" not in Path(f"/proc/{program.process}/stat").read_text().rsplit(") ", 1)[1][:2]:
            time.sleep(0.01)
        assert program.mode_now() == program.mode
        program.terminal.scramble()
        del program.received[:]
        program.signal(signal.SIGCONT)
        program.wait_for(lambda terminal: not any("####" in line for line in terminal.lines()))
        program.wait_for_words(LOADED)
        program.send("q")
        assert program.wait_for_end(BOUND_SECONDS) == 0


@pytest.mark.parametrize("name", ["_sigtstp_application", "_sigcont_application"])
async def test_a_stop_or_a_bare_go_on_waits_until_a_frame_is_written(monkeypatch, name):
    heeded: list[str] = []
    monkeypatch.setattr(LinuxDriver, name, lambda _driver, *_: heeded.append(name))
    driver = TerminalDriver.__new__(TerminalDriver)
    driver._loop, driver._frames = asyncio.get_running_loop(), Mock(FrameWriter)
    # As the interpreter calls it, between any two steps of what is running: of the writing of a frame, too.
    getattr(driver, name)(signal.SIGTSTP, None)
    assert heeded == []
    await asyncio.sleep(0)
    assert heeded == [name]


def test_after_a_kill_the_next_start_is_clean(start):
    with start() as program:
        program.wait_for_words(LOADED)
        program.signal(signal.SIGKILL)
        assert program.wait_for_end() == -signal.SIGKILL
    with start() as program:
        program.wait_for_words(LOADED)
        program.send("q")
        assert program.wait_for_end(BOUND_SECONDS) == 0


def test_the_child_that_reads_a_folder_ends_with_the_program_however_that_ended(repository, tmp_path, market):
    variables = environment(repository, tmp_path)
    for number in (signal.SIGKILL, signal.SIGTERM):
        with PseudoTerminal([sys.executable, "-m", "tui", "--data", str(market)], variables) as program:
            program.wait_for(lambda _, process=program.process: len(family(process)) > 1)
            children = family(program.process)[1:]
            program.signal(number)
            program.wait_for_end(BOUND_SECONDS)
            deadline = time.monotonic() + BOUND_SECONDS
            while living(children) and time.monotonic() < deadline:
                time.sleep(0.01)
            assert not living(children)
