"""A history of data at an address, and one that others compute: the same document, or a sentence."""

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from market_data import LAST
from public_archive import evening, fill
from waiting import PATIENCE

from providers.archive.vintages import Archive
from tui.__main__ import main
from tui.errors import ReportedError, SourceError
from tui.sources import addresses, cluster
from tui.sources.history_run import SCHEDULERS, done
from tui.sources.signs_of_life import SilentError, while_alive

fsspec = pytest.importorskip("fsspec", reason="fsspec is not installed here; the extra `cluster` has it")

pytestmark = pytest.mark.slow

Run = Callable[..., tuple[int, str, str]]
SINCE = ("--since", "2023-01-01")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `history` in a home of its own: code, stdout, stderr."""
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path / "home"))

    def words(*given: str) -> tuple[int, str, str]:
        code = main(["history", "--format", "json", *given])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return words


@pytest.fixture
def memory() -> Iterator[Any]:
    """An empty file system in memory."""
    system = fsspec.filesystem("memory")
    system.store.clear()
    yield system
    system.store.clear()


def put(system: Any, folder: Path, address: str) -> None:
    """A folder's files at an address."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            system.pipe_file(f"{address}/{path.relative_to(folder).as_posix()}", path.read_bytes())


def rows_of(answer: tuple[int, str, str]) -> list[dict]:
    code, out, err = answer
    assert code == 0, err
    rows: list[dict] = json.loads(out)["rows"]
    return rows


def test_a_folder_at_an_address_gives_the_history_of_that_folder(run: Run, folder: Path, memory: Any) -> None:
    put(memory, folder, "/market")
    before = {path: memory.cat_file(path) for path in memory.find("/market")}
    here = rows_of(run(*SINCE, "--data", str(folder)))
    assert rows_of(run(*SINCE, "--data", "memory://market")) == here
    assert rows_of(run(*SINCE, "--data", f"file://{folder}")) == here
    assert {path: memory.cat_file(path) for path in memory.find("/market")} == before


def test_an_archive_at_an_address_gives_the_history_of_that_archive(
    run: Run, tmp_path: Path, memory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = tmp_path / "home" / "archive"
    fill(Archive(archive), LAST)
    put(memory, archive, "/archive")
    monkeypatch.setenv("SHORTSIDE_NOW", evening(LAST, 20).isoformat())
    here = rows_of(run(*SINCE, "--source", "public"))
    assert here[-1]["names"] > 0
    assert rows_of(run(*SINCE, "--data", "memory://archive")) == here
    # What a desk brought lies in the archive of its member: whether it answers or not is no matter here.
    monkeypatch.setenv("SHORTSIDE_DESK", "redis://127.0.0.1:1")
    assert rows_of(run(*SINCE, "--source", "desk")) == here
    code, _, err = run(*SINCE, "--data", "memory://archive", "--source", "files")
    assert code == 2
    assert "looks like an archive of the public source" in err


def test_a_broken_vintage_of_an_archive_costs_no_more_than_itself(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = tmp_path / "home" / "archive"
    fill(Archive(archive), LAST)
    monkeypatch.setenv("SHORTSIDE_NOW", evening(LAST, 20).isoformat())
    whole = rows_of(run(*SINCE, "--source", "public"))
    last = sorted((archive / "short_interest").glob("*/*.parquet"))[-1]
    last.write_bytes(last.read_bytes()[:100])
    code, out, err = run(*SINCE, "--source", "public")
    # The settlement is not known, as for every other command; and that is said.
    assert code == 0, err
    assert f"{last} is passed over" in err
    found = json.loads(out)
    assert found["measured_to"] < whole[-1]["period_end"]
    assert [row["profit"] for row in found["rows"][:8]] == [row["profit"] for row in whole[:8]]


def test_what_is_at_an_address_is_fetched_once_and_again_when_it_changed(folder: Path, memory: Any) -> None:
    put(memory, folder, "/market")
    first = addresses.local_copy("memory://market")
    assert addresses.local_copy("memory://market") == first
    memory.pipe_file("/market/splits.csv", b"symbol,ex_date\n")
    second = addresses.local_copy("memory://market")
    assert second != first
    assert (second / "splits.csv").read_bytes() == b"symbol,ex_date\n"
    for name in ("one", "two"):
        memory.pipe_file(f"/{name}/file", b"")
        addresses.local_copy(f"memory://{name}")
    # No more than a few stay; what is fetched for long years would fill the disk.
    assert not first.exists()


def odd(memory: Any, monkeypatch: pytest.MonkeyPatch, found: dict[str, dict[str, Any]]) -> None:
    monkeypatch.setattr(type(memory), "find", lambda self, root, detail: found)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("memory://nothing", "there is nothing at memory://nothing"),
        ("nosuch://market", "nosuch://market could not be read: Protocol not known: nosuch"),
        ("memory://market", "memory://market could not be read"),
    ],
)
def test_an_address_that_gives_nothing_is_said_in_a_sentence(run: Run, memory: Any, address: str, said: str) -> None:
    memory.pipe_file("/market/prices.parquet", b"no parquet")
    code, out, err = run(*SINCE, "--data", address)
    assert (code, out) == (4, "")
    assert said in err or "memory://market holds no short interest" in err
    assert "Traceback" not in err
    assert str(Path.home()) not in err


def test_a_name_that_leads_out_of_its_folder_is_refused(memory: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    odd(memory, monkeypatch, {"/market/../../escaped": {"size": 1}})
    with pytest.raises(SourceError, match="does not lie below its address"):
        addresses.local_copy("memory://market")


def test_more_than_anybody_s_market_is_not_fetched(memory: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    odd(memory, monkeypatch, {"/market/prices.parquet": {"size": addresses.MOST_BYTES + 1}})
    with pytest.raises(SourceError, match="more than"):
        addresses.local_copy("memory://market")


def test_a_file_that_ends_early_or_grows_is_no_market(memory: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    memory.pipe_file("/market/prices.parquet", b"12345")
    for size, said in ((4, "grew while"), (6, "1 bytes before its end")):
        with monkeypatch.context() as patched:
            odd(memory, patched, {"/market/prices.parquet": {"size": size}})
            with pytest.raises(SourceError, match=said):
                addresses.local_copy("memory://market")


@pytest.mark.parametrize("hangs", ["find", "open"])
def test_a_store_that_says_nothing_is_given_up_in_a_sentence(
    run: Run, folder: Path, memory: Any, monkeypatch: pytest.MonkeyPatch, hangs: str
) -> None:
    put(memory, folder, "/market")
    goes_on = threading.Event()
    answered = getattr(type(memory), hangs)

    def hanging(self: Any, *words: Any, **more: Any) -> Any:
        goes_on.wait(PATIENCE)
        return answered(self, *words, **more)

    monkeypatch.setattr(type(memory), hangs, hanging)
    monkeypatch.setattr(addresses, "MOST_SILENT", 0.2)
    try:
        code, out, err = run(*SINCE, "--data", "memory://market")
    finally:
        goes_on.set()
    assert (code, out) == (4, "")
    assert "memory://market gave nothing for 0.2 s" in err


def test_what_was_given_up_ends_at_its_next_step() -> None:
    goes_on, ended = threading.Event(), threading.Event()

    def slow(sign: Callable[[], None]) -> None:
        sign()
        goes_on.wait(PATIENCE)
        try:
            sign()
        except SilentError:
            ended.set()

    with pytest.raises(SilentError):
        while_alive(slow, 0.05)
    goes_on.set()
    assert ended.wait(PATIENCE)


def test_what_is_not_installed_is_named_with_the_line_that_installs_it(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("fsspec", "fsspec.core", "distributed"):
        monkeypatch.setitem(sys.modules, name, None)
    for words in (("--data", "memory://market"), ("--data", str(folder), "--scheduler", "tcp://127.0.0.1:9")):
        code, out, err = run(*SINCE, *words)
        assert (code, out) == (1, "")
        assert "in the checkout, pip install '.[cluster]'" in err


def test_a_scheduler_that_does_not_answer_is_not_waited_for(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("distributed", reason="Dask is not installed here; the extra `cluster` has it")
    monkeypatch.setattr(cluster, "ANSWER_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        code, out, err = run(*SINCE, "--data", str(folder), "--scheduler", f"tcp://127.0.0.1:{port}")
    assert (code, out) == (4, "")
    assert f"the scheduler at tcp://127.0.0.1:{port} does not answer within 0.3 s" in err


def test_workers_of_dask_give_the_same_history_and_their_errors_come_back_as_sentences(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    distributed = pytest.importorskip("distributed", reason="Dask is not installed here; the extra `cluster` has it")
    words = ("--since", "2022-12-01", "--data", str(folder))
    here = rows_of(run(*words))
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1", silence_logs=50
    ) as workers:
        address = workers.scheduler_address
        assert rows_of(run(*words, "--scheduler", address)) == here
        code, out, err = run("--since", "2023-01-01", "--data", str(tmp_path / "nowhere"), "--scheduler", address)
        assert (code, out) == (4, "")
        assert "there is no folder" in err
        with pytest.raises(ReportedError, match="ZeroDivisionError"):
            list(done(_inverse, [1, 0], address))
        assert list(done(_inverse, [1, 2, 4], address)) == [1, 0.5, 0.25]


def _inverse(number: int) -> float:
    return 1 / number


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_threads_and_processes_of_this_machine_give_answers_in_order(scheduler: str) -> None:
    assert list(done(abs, [-3, 2, -1], scheduler)) == [3, 2, 1]


def test_the_program_by_itself_imports_neither_dask_nor_fsspec(folder: Path, tmp_path: Path) -> None:
    words = [
        f"from tui.__main__ import main; code = main(['history', '--since', '2023-01-01', '--data', {str(folder)!r}])",
        "import sys, tui.app",
        "print(code, sorted({'dask', 'distributed', 'fsspec'} & {name.partition('.')[0] for name in sys.modules}))",
    ]
    done_by_child = subprocess.run(
        [sys.executable, "-c", "; ".join(words)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
        env={"SHORTSIDE_HOME": str(tmp_path / "home"), "PYTHONPATH": ":".join(sys.path)},
    )
    assert done_by_child.stdout.splitlines()[-1] == "0 []"
