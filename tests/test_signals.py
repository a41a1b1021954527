"""However the monitor is ended, its terminal is as before, its code tells why, and no process stays behind."""

import os
import resource
import signal
import sys
import time
from pathlib import Path

import pytest
from market_data import write_market
from support_terminal import PseudoTerminal

pytestmark = [pytest.mark.terminal, pytest.mark.slow]

BOUND_SECONDS = 8.0
"""Two are promised on a machine that does nothing else; one of the tests' may be busy."""
RESTORED = (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?2004l", b"\x1b[?1003l", b"\x1b[?7h", b"\x1b[<u")
LOADED = "Crowded shorts"
LOADING = "shortside  demo"
IGNORING_HANGUP = (
    "import os, signal, sys; signal.signal(signal.SIGHUP, signal.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])"
)

WITH_CORES = (
    "import os, resource as r, sys; most = r.getrlimit(r.RLIMIT_CORE)[1];"
    "r.setrlimit(r.RLIMIT_CORE, (most, most)); os.execv(sys.argv[1], sys.argv[1:])"
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


def wait_until_stopped(process: int) -> None:
    deadline = time.monotonic() + BOUND_SECONDS
    while "T" not in Path(f"/proc/{process}/stat").read_text().rsplit(") ", 1)[1][:2]:
        assert time.monotonic() < deadline, "it did not stop"
        time.sleep(0.01)


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


@pytest.mark.parametrize("number", [signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2], ids=["quit", "usr1", "usr2"])
def test_a_signal_that_nobody_means_for_us_leaves_a_terminal_in_order_and_no_process(start, number):
    with start(LOADED) as program:
        program.wait_for_words(LOADED)
        processes = family(program.process)
        program.signal(number)
        assert program.wait_for_end(BOUND_SECONDS) == 128 + number
        assert all(sequence in program.received for sequence in RESTORED)
        assert program.mode_now() == program.mode
        assert not living(processes[1:])


@pytest.mark.skipif(resource.getrlimit(resource.RLIMIT_CORE)[1] == 0, reason="no program here leaves a core")
def test_no_crash_leaves_a_core_for_keys_are_in_memory(start):
    with start(LOADED, "-c", WITH_CORES, sys.executable) as program:
        program.wait_for_words(LOADED)
        for process in family(program.process):
            limits = Path(f"/proc/{process}/limits").read_text().splitlines()
            soft = next(line.split()[4] for line in limits if line.startswith("Max core file size"))
            assert soft == "0"


def test_a_frozen_monitor_draws_itself_anew_and_leaves_the_terminal_as_it_found_it(start):
    with start() as program:
        program.wait_for_words(LOADED)
        # Not to be caught, as of a laptop that sleeps or a machine that is moved.
        program.signal(signal.SIGSTOP)
        wait_until_stopped(program.process)
        program.terminal.scramble()
        time.sleep(1.5)  # Longer than any clock of the monitor, so that all are due at once.
        del program.received[:]
        program.signal(signal.SIGCONT)
        program.wait_for(lambda terminal: not any("####" in line for line in terminal.lines()))
        program.wait_for_words(LOADED)
        program.send("?")
        program.wait_for_words("Keys that work here")
        program.send("q")
        program.wait_for_words(LOADED)
        program.send("q")
        assert program.wait_for_end(BOUND_SECONDS) == 0
        assert program.mode_now() == program.mode


@pytest.mark.parametrize(
    ("after", "number"),
    [*((after, signal.SIGTERM) for after in (0.0, 0.05, 0.15, 0.3)), (0.1, signal.SIGQUIT), (0.3, signal.SIGUSR1)],
)
def test_a_signal_at_any_moment_of_the_start_leaves_a_terminal_in_order(start, after, number):
    with start(LOADING) as program:
        time.sleep(after)  # Not to wait for anything: the moment is what is tried.
        program.signal(number)
        assert program.wait_for_end(BOUND_SECONDS) in (128 + number, -number)
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
        wait_until_stopped(program.process)
        assert program.mode_now() == program.mode
        program.terminal.scramble()
        del program.received[:]
        program.signal(signal.SIGCONT)
        program.wait_for(lambda terminal: not any("####" in line for line in terminal.lines()))
        program.wait_for_words(LOADED)
        program.send("q")
        assert program.wait_for_end(BOUND_SECONDS) == 0


STOPPED_WHILE_WRITING = """
import os, signal, sys
from types import SimpleNamespace
import tui.terminal.frame_writer as writer

def write(file, data):
    written = os.write(file, data)
    if b"Crowded" in data and not stops:
        stops.append(1)
        os.kill(os.getpid(), signal.SIGTSTP)
    return written

stops = []
writer.os = SimpleNamespace(**{**vars(os), "write": write})
del sys.argv[1:3]
from tui.__main__ import run
run()
"""


def test_a_stop_in_the_middle_of_a_frame_sends_nothing_twice(start):
    with start(LOADED, "-c", STOPPED_WHILE_WRITING) as program:
        program.wait_for(lambda _: b"\x1b[?1049l" in program.received)
        wait_until_stopped(program.process)
        assert program.mode_now() == program.mode
        before = program.received.partition(b"\x1b[?1049l")[0].decode()
        assert before.count("Crowded") == 1
        program.terminal.scramble()
        program.signal(signal.SIGCONT)
        program.wait_for(lambda terminal: not any("####" in line for line in terminal.lines()))
        program.wait_for_words(LOADED)
        program.send("q")
        assert program.wait_for_end(BOUND_SECONDS) == 0


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
