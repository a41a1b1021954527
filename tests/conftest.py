"""What every test may lean on: repeatable examples, a clean environment, the reference material and an end."""

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from traceback import format_exception
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from in_programs.sitecustomize import KEPT
from time_limits import TimeLimits

from tui.faults import Faults

ROOT = Path(__file__).parents[1]
HANDED_ON = "TESTS_SHARED"
"""Where the folder stands for the workers, which are started when the variables below are gone."""
SHARED = Path(os.environ.get("SHORTSIDE_SHARED") or os.environ.get(HANDED_ON) or ROOT.parent / "shared").absolute()
os.environ[HANDED_ON] = str(SHARED)

# The same examples on every machine, and nothing that a slow one could fail.
settings.register_profile(
    "repeatable",
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
# A search for new examples, by hand: make pytest ARGS="--hypothesis-profile=explore --timeout=0 --session-timeout=0".
settings.register_profile("explore", max_examples=2_000, deadline=None)
settings.load_profile("repeatable")

# A developer's own settings must not decide a test. Textual reads its variables at import, so this cannot
# wait for a fixture.
for name in list(os.environ):
    if name.startswith(("SHORTSIDE_", "TEXTUAL")) or name in {"NO_COLOR", "COLORTERM"}:
        del os.environ[name]
# Every wait of a test draws what has changed; what is drawn by the clock besides, nobody looks at, and a slow machine
# would draw the more of it.
os.environ["TEXTUAL_FPS"] = "10"
# Nor the number of processors: threads of linear algebra wait for each other by turning round and round, and workers
# have the processors to share. Read where numpy and scikit-learn are imported.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
# Nor must a test look into a developer's keyring.
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"


@pytest.fixture(autouse=True)
def noted_errors(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[BaseException]]:
    """The errors a monitor noted instead of ending; a test that expects some empties the list, any other fails."""
    noted: list[BaseException] = []
    note = Faults.note

    def also_here(self: Faults, error: BaseException) -> str:
        noted.append(error)
        return note(self, error)

    monkeypatch.setattr(Faults, "note", also_here)
    yield noted
    assert not noted, "".join(line for error in noted[:2] for line in format_exception(error))


def pytest_configure(config: pytest.Config) -> None:
    """A test that waits for ever, and a run that does, come to an end; what is computed once is kept for the run."""
    config.pluginmanager.register(TimeLimits(config))
    # The workers are started with it, and so are runs that tests start.
    if KEPT not in os.environ:
        os.environ[KEPT] = folder = mkdtemp(prefix="kept-demo-")
        # Fifty megabytes.
        config.add_cleanup(lambda: rmtree(folder))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with long tests come first, so that the run does not end with all workers but one at rest."""
    long = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in long)


@pytest.fixture(scope="session", autouse=True)
def heeded_signals() -> Iterator[None]:
    """Programs that tests start heed every signal, also where this run ignores some: `nohup make test`, `make test &`.

    What a process ignores its children ignore; what it handles, were it by doing nothing, they have as by default.
    """
    endings = (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGTERM)
    ignored = [number for number in endings if signal.getsignal(number) is signal.SIG_IGN]
    for number in ignored:
        signal.signal(number, lambda *_: None)
    yield
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)


@pytest.fixture(autouse=True)
def demo_simulated_once(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo's market is simulated once a run, half a second of computing, and so is the record of its scores made.

    Each test reads a copy of its own; the tests of the simulation itself make one each time.
    """
    if not request.path.name.startswith("test_demo"):
        from simulated_once import record_made_once, simulated_once

        monkeypatch.setattr("providers.demo.source.simulate", simulated_once)
        monkeypatch.setattr("tui.sources.evidence._made", record_made_once)


@pytest.fixture(scope="session")
def reference_read_once() -> Callable[..., Any]:
    """Reads the reference market's listings, which takes three seconds, once a worker."""
    from reference_read_once import read_once

    read: Callable[..., Any] = read_once(SHARED / "market")
    return read


@pytest.fixture(autouse=True)
def reference_market_read_once(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests that are given the reference market share one reading of it; those of reading itself have their own."""
    if "market_directory" in request.fixturenames and request.path.stem not in {"test_files_provider", "test_walk"}:
        read: Callable[..., Any] = request.getfixturevalue("reference_read_once")
        monkeypatch.setattr("providers.files.source.FilesProvider.read_listings", read)


@pytest.fixture(scope="session", autouse=True)
def demo_kept_for_programs() -> Iterator[None]:
    """Programs that tests start read the demo's market where one has simulated it, a third of what they take to start.

    Of those that are given all of their environment kept_demo.py makes it.
    """
    from kept_demo import HOOK

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(HOOK), prepend=os.pathsep)
        yield


@pytest.fixture(scope="session", autouse=True)
def styles_found_once() -> Iterator[None]:
    """Textual's style sheets are parsed and matched once a worker, a quarter of what a test of a screen takes."""
    from styles_matched_once import match_once

    with pytest.MonkeyPatch.context() as patch:
        match_once(patch)
        yield


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of this checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The reference material: beside the checkout, or where SHORTSIDE_SHARED says."""
    if not SHARED.is_dir():
        pytest.skip(f"no reference material at {SHARED}; name its folder in SHORTSIDE_SHARED")
    return SHARED


@pytest.fixture(scope="session")
def market_directory(shared: Path) -> Path:
    """The reference market: a folder in the layout the files source reads."""
    market = shared / "market"
    if not market.is_dir():
        pytest.skip(f"the reference material at {shared} holds no market folder")
    return market


@pytest.fixture(scope="session")
def small(market_directory: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few hundred names of the reference market, for a replay server; nobody changes it."""
    from small_market import write_small_market

    path: Path = write_small_market(market_directory, tmp_path_factory.mktemp("small") / "market")
    return path


# -- `shortside snapshot` on a small market ------------------------------------------------------------------------


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small sound market in files, the same for all tests that do not change it."""
    from market_data import write_market

    path: Path = write_market(tmp_path_factory.mktemp("folder") / "market")
    return path


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str], folder: Path) -> Callable[..., tuple[int, str, str]]:
    """Runs `snapshot` on the small market, or another: code, stdout, stderr."""
    from tui.__main__ import main

    def run(*words: str, data: Path = folder) -> tuple[int, str, str]:
        code = main(["snapshot", *words, "--source", "files", "--data", str(data)])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.fixture
def document(ask: Callable[..., tuple[int, str, str]]) -> Callable[..., Any]:
    """Gives one document of the small market as JSON, strictly parsed."""

    def run(*words: str) -> Any:
        code, out, err = ask(*words, "--format", "json")
        assert (code, err) == (0, "")
        return json.loads(out, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))

    return run
