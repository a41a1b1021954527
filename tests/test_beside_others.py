"""The wheel is whole in a fresh environment, also beside a distribution that claims a name we once had."""

import subprocess
import sys
from pathlib import Path

import pytest

OTHER = "analytics-python==1.4.post1"
"""Installs a top-level package `analytics`, which ours overwrote while it was called so."""
UNREACHED = (
    "No matching distribution",
    "ConnectionError",
    "NewConnectionError",
    "Temporary failure",
    "Could not fetch",
)

WHOLE = """
import base64, hashlib, importlib.metadata, sys
for name in sys.argv[1:]:
    for file in importlib.metadata.files(name):
        if file.hash is None:
            continue
        found = base64.urlsafe_b64encode(hashlib.new(file.hash.mode, file.locate().read_bytes()).digest())
        assert found.rstrip(b"=").decode() == file.hash.value, f"{name}: {file}"
    print(name, "whole")
"""


def run(*words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, cwd=cwd, capture_output=True, text=True, check=False, timeout=240)


@pytest.fixture(scope="module")
def wheel(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("hatchling", reason="hatchling is not installed here; `make ready` installs it")
    from hatchling.builders.wheel import WheelBuilder

    directory = str(tmp_path_factory.mktemp("dist"))
    (built,) = WheelBuilder(str(repository)).build(directory=directory, versions=["standard"])
    return Path(built)


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a fresh environment that sees nothing of this one."""
    folder = tmp_path_factory.mktemp("fresh")
    # Ours installs into it: a pip of its own would be the larger part of making it.
    made = run(sys.executable, "-m", "venv", "--without-pip", folder / "venv", cwd=folder)
    if made.returncode != 0:
        pytest.skip(f"no environment can be made here: {made.stderr.strip()[-200:]}")
    return folder / "venv" / "bin" / "python"


@pytest.mark.slow
@pytest.mark.parametrize("order", ["ours last", "ours first"])
def test_both_are_whole_beside_each_other(order: str, wheel: Path, python: Path, tmp_path: Path):
    pip: tuple[str | Path, ...] = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python)
    # What is compiled is on no list of files, and nothing here runs most of it.
    pip = (*pip, "install", "--no-deps", "--no-compile", "--force-reinstall")
    wanted = [str(wheel), OTHER] if order == "ours first" else [OTHER, str(wheel)]
    for one in wanted:
        done = run(*pip, one, cwd=tmp_path)
        if one == OTHER and done.returncode != 0 and any(word in done.stderr for word in UNREACHED):
            pytest.skip("no registry of packages is reached from here")
        assert done.returncode == 0, done.stderr
    checked = run(python, "-c", WHOLE, "shortside", "analytics-python", cwd=tmp_path)
    assert checked.stdout.split() == ["shortside", "whole", "analytics-python", "whole"], checked.stderr
    said = run(python, "-m", "shortside", "--version", cwd=tmp_path)
    assert said.stdout.startswith("shortside "), said.stderr
