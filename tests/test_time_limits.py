"""No test waits without a limit, and one that does all the same fails, says where it stood and lets the others run."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from waiting import PATIENCE

TESTS = Path(__file__).parent
LIMITED = "waiting.py"
"""The one module that may wait by itself."""
RUNNERS = {"run", "call", "check_call", "check_output"}
"""Of subprocess; they wait for the program."""
WAITERS = {"wait", "join", "get", "result", "communicate"}
"""Methods that wait until told otherwise: `timeout`, or the first argument, is a limit."""
READERS = {"readline", "readlines", "recv", "recvfrom", "recv_into", "accept", "waitpid", "urlopen"}
"""Calls that wait, and for which `waiting` has one with a limit."""
PIPES = {"stdout", "stderr"}
UNTIL = ("asyncio.wait_for", "asyncio.ensure_future", "asyncio.create_task", "asyncio.gather")
"""Take a coroutine: what is handed to them does not block."""


def unlimited_waits(source: str) -> Iterator[tuple[int, str]]:
    """The lines on which a program waits for something else, and nothing says for how long."""
    tree = ast.parse(source)
    not_blocking: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Await):
            not_blocking.update(ast.walk(node.value))
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in UNTIL:
            not_blocking.update(inner for argument in node.args for inner in ast.walk(argument))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node not in not_blocking and _waits(node):
            yield node.lineno, ast.unparse(node)
        elif isinstance(node, ast.For) and isinstance(node.iter, ast.Attribute) and node.iter.attr in PIPES:
            yield node.lineno, f"for … in {ast.unparse(node.iter)}"
        elif isinstance(node, ast.With) and any("Popen(" in ast.unparse(item.context_expr) for item in node.items):
            # At its end it waits for the program.
            yield node.lineno, "with subprocess.Popen(…)"


def _waits(call: ast.Call) -> bool:
    function = ast.unparse(call.func)
    owner, _, name = function.rpartition(".")
    has_limit = any(keyword.arg == "timeout" for keyword in call.keywords)
    if owner == "subprocess" and name in RUNNERS:
        return not has_limit
    if function in {"os.read", "os.wait", "input"} or (name in READERS and not owner.endswith("stdin")):
        return not (has_limit and name == "urlopen") and "WNOHANG" not in ast.unparse(call)
    if function == "select.select":
        return len(call.args) < 4
    if name == "read" and owner.rpartition(".")[2] in PIPES:
        return True
    # A text joins what it is given; a queue that is asked without more waits.
    if name in WAITERS and isinstance(call.func, ast.Attribute):
        return not has_limit and not call.args
    return False


@pytest.mark.parametrize("path", sorted(TESTS.rglob("*.py")), ids=lambda path: path.name)
def test_no_test_waits_without_a_limit(path):
    found = [] if path.name == LIMITED else list(unlimited_waits(path.read_text("utf-8")))
    assert found == [], f"{path.name}: give a limit, or use tests/{LIMITED}"


@pytest.mark.parametrize(
    "source",
    [
        "os.read(line.far, 100)",
        "subprocess.run(['make'], check=True)",
        "process.wait()",
        "process.communicate()",
        "worker.join()",
        "queue.get()",
        "future.result()",
        "process.stdout.readline()",
        "process.stdout.read()",
        "for line in process.stdout: pass",
        "connection.recv(100)",
        "listener.accept()",
        "os.waitpid(process, 0)",
        "select.select([file], [], [])",
        "urllib.request.urlopen(address)",
        "with subprocess.Popen(['make']) as process: pass",
        "async def story():\n    held.wait()",
    ],
)
def test_a_wait_without_a_limit_would_be_found(source):
    assert len(list(unlimited_waits(source))) == 1


@pytest.mark.parametrize(
    "source",
    [
        "subprocess.run(['make'], timeout=60)",
        "process.wait(60)",
        "process.communicate(timeout=60)",
        "worker.join(60)",
        "', '.join(words)",
        "places.get('AAPL')",
        "queue.get(timeout=60)",
        "os.waitpid(process, os.WNOHANG)",
        "select.select([file], [], [], 0.01)",
        "sys.stdin.readline()",
        "async def story():\n    await done.wait()",
        "async def story():\n    await asyncio.wait_for(done.wait(), 30)",
        "async def story():\n    task = asyncio.ensure_future(done.wait())",
    ],
)
def test_a_wait_with_a_limit_is_left_in_peace(source):
    assert list(unlimited_waits(source)) == []


# -- the limits strike ------------------------------------------------------------------------------------------------

PLUGIN = """
from time_limits import TimeLimits

def pytest_configure(config):
    config.pluginmanager.register(TimeLimits(config))
"""
WAITING = """
import asyncio, os, signal

def nothing_comes():
    os.read(os.pipe()[0], 1)

def test_a_read():
    nothing_comes()

async def test_a_read_in_a_task_nobody_waits_for():
    async def read():
        nothing_comes()
    asyncio.ensure_future(read())
    await asyncio.Event().wait()

def test_nothing():
    pass
"""
DEAF = """
import os, signal

def test_deaf():
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
    os.read(os.pipe()[0], 1)
"""
IMPORTED = """
import threading

threading.Event().wait()
"""
LEFT_BEHIND = """
import threading

def test_a_thread_is_left_behind():
    threading.Thread(target=threading.Event().wait).start()
"""


WORKERS = ("--numprocesses", "1", "--dist", "loadfile")


def run_apart(
    repository: Path, *words: str, before: tuple[str, ...] = (), **variables: str
) -> subprocess.CompletedProcess[str]:
    """A run of pytest with this project's settings, in a process of its own, as from a shell."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    command = [sys.executable, "-m", "pytest", "-c", "pyproject.toml", "--rootdir", ".", "-p", "no:cacheprovider"]
    return subprocess.run(
        [*before, *command, "--tb=short", *words],
        cwd=repository,
        env={**outside, **variables},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def struck(repository: Path, folder: Path, body: str, *words: str) -> subprocess.CompletedProcess[str]:
    """What comes of tests with a limit of seconds."""
    (folder / "conftest.py").write_text(PLUGIN)
    (folder / "test_example.py").write_text(body)
    return run_apart(repository, *words, str(folder))


@pytest.mark.slow
def test_a_test_that_waits_for_ever_fails_with_its_stack_and_the_next_one_runs(repository, tmp_path):
    done = struck(repository, tmp_path, WAITING, "--timeout", "3", *WORKERS)
    assert done.returncode == 1
    assert re.search(r"2 failed, 1 passed", done.stdout), done.stdout
    assert "in nothing_comes" in done.stdout
    assert "Timeout (>3.0s)" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "seconds", "place"),
    [(DEAF, "60", "in test_deaf"), (IMPORTED, "5", "test_example.py"), (LEFT_BEHIND, "10", "in _shutdown")],
    ids=["deaf to signals", "while it is imported", "in a thread at the end"],
)
def test_a_process_that_cannot_be_interrupted_says_where_it_stands_and_ends(repository, tmp_path, body, seconds, place):
    done = struck(repository, tmp_path, body, "--timeout", "3", "--session-timeout", seconds)
    assert done.returncode == 1
    assert re.search(r"^Timeout \(0:00:\d\d", done.stderr, re.MULTILINE), done.stderr
    assert place in done.stderr


@pytest.mark.slow
def test_a_worker_that_cannot_be_interrupted_ends_and_the_run_with_it(repository, tmp_path):
    done = struck(repository, tmp_path, DEAF, "--timeout", "2", *WORKERS)
    assert done.returncode == 1
    assert "in test_deaf" in done.stderr
    assert "crashed while running" in done.stdout


@pytest.mark.slow
def test_a_run_ends_between_two_tests_when_its_time_is_up(repository, tmp_path):
    body = "import time, pytest\n@pytest.mark.parametrize('n', range(900))\ndef test_slow(n):\n    time.sleep(0.2)\n"
    (tmp_path / "test_example.py").write_text(body)
    # Without the plugin: what pytest-timeout does by itself, however slow the machine is.
    done = run_apart(repository, "--session-timeout", "3", *WORKERS, str(tmp_path))
    assert done.returncode != 0
    assert "session-timeout: 3.0 sec exceeded" in done.stdout + done.stderr
    assert "passed" in done.stdout


def test_every_run_has_these_limits(request):
    for name in ("timeout", "session_timeout"):
        assert float(request.config.getini(name)) > 0


# -- what a run is started with ---------------------------------------------------------------------------------------


@pytest.mark.shared
def test_the_reference_material_is_where_the_run_was_told(shared):
    assert shared.is_dir()


@pytest.mark.slow
def test_the_folder_in_shortside_shared_reaches_every_worker(repository, tmp_path):
    wanted = f"{Path(__file__)}::test_the_reference_material_is_where_the_run_was_told"
    done = run_apart(repository, *WORKERS, wanted, SHORTSIDE_SHARED=str(tmp_path))
    assert "1 passed" in done.stdout, done.stdout
    done = run_apart(repository, wanted, SHORTSIDE_SHARED=str(tmp_path / "absent"))
    assert f"no reference material at {tmp_path / 'absent'}" in done.stdout


@pytest.mark.parametrize("name", ["SIGINT", "SIGHUP", "SIGQUIT", "SIGTERM"])
def test_programs_that_tests_start_heed_every_signal(name):
    script = f"import signal; print(signal.getsignal(signal.{name}) is signal.SIG_IGN)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=PATIENCE, check=True)
    assert done.stdout == "False\n"


@pytest.mark.slow
def test_they_heed_them_also_where_the_run_itself_ignores_them(repository):
    wanted = f"{Path(__file__)}::test_programs_that_tests_start_heed_every_signal"
    # What is ignored stays ignored in the program that is put in a shell's place: as `nohup make test &` has it.
    ignoring = ("sh", "-c", 'trap "" INT HUP QUIT TERM; exec "$@"', "sh")
    done = run_apart(repository, *WORKERS, wanted, before=ignoring)
    assert "4 passed" in done.stdout, done.stdout
