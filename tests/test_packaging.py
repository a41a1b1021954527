"""What is shipped is what is meant, under names nobody else claims."""

import ast
import os
import re
import shutil
import subprocess
import tomllib
import zipfile
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from pathlib import Path

import pytest
from waiting import PATIENCE

import tui

ROOMS = ("shortside", "providers", "widgets", "tui")
SHIPPED_SUFFIXES = {".py", ".tcss", ".toml", ".json", ".csv", ".typed"}


@pytest.fixture(scope="module")
def installed_version() -> str:
    try:
        return version("shortside")
    except PackageNotFoundError:
        pytest.skip("shortside is not installed as a distribution here; `make ready` installs it")


@pytest.fixture(scope="module")
def wheel(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """A wheel built from this tree by the backend itself, so without a network."""
    pytest.importorskip("hatchling", reason="hatchling is not installed here; `make ready` installs it")
    from hatchling.builders.wheel import WheelBuilder

    directory = str(tmp_path_factory.mktemp("dist"))
    (built,) = WheelBuilder(str(repository)).build(directory=directory, versions=["standard"])
    return zipfile.ZipFile(built)


def names_in(wheel: zipfile.ZipFile) -> set[str]:
    return {name for name in wheel.namelist() if not name.endswith("/")}


def metadata_in(wheel: zipfile.ZipFile) -> str:
    (name,) = (name for name in names_in(wheel) if name.endswith(".dist-info/METADATA"))
    return wheel.read(name).decode()


def distribution_name(requirement: str) -> str:
    """The name a requirement speaks of, spelt the way two spellings of it compare equal."""
    return re.sub(r"[-_.]+", "-", re.split(r"[<>=\[ ]", requirement)[0]).lower()


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.usefixtures("installed_version")
def test_nobody_else_claims_our_top_level_name(room: str):
    claims = set(packages_distributions().get(room, []))
    assert claims <= {"shortside"}, f"{room} is also installed by {sorted(claims - {'shortside'})}"


def test_the_wheel_carries_every_module_and_its_data(repository: Path, wheel: zipfile.ZipFile):
    in_the_tree = {
        path.relative_to(repository).as_posix()
        for room in ROOMS
        for path in (repository / room).rglob("*")
        if path.suffix in SHIPPED_SUFFIXES and "__pycache__" not in path.parts
    }
    assert {f"{room}/__init__.py" for room in ROOMS} <= in_the_tree
    assert in_the_tree - names_in(wheel) == set()


def test_the_wheel_carries_nothing_but_the_four_rooms(wheel: zipfile.ZipFile):
    top_level = {name.split("/")[0] for name in names_in(wheel)}
    assert {name for name in top_level if not name.endswith(".dist-info")} == set(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_the_wheel_says_it_is_typed(room: str, wheel: zipfile.ZipFile):
    assert f"{room}/py.typed" in names_in(wheel)


def test_the_wheel_installs_the_command(wheel: zipfile.ZipFile):
    (name,) = (name for name in names_in(wheel) if name.endswith(".dist-info/entry_points.txt"))
    assert "shortside = tui.__main__:run" in wheel.read(name).decode()


def test_the_version_is_written_in_one_place(repository: Path, wheel: zipfile.ZipFile):
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    assert "version" not in project
    assert f"\nVersion: {tui.__version__}\n" in metadata_in(wheel)


def test_the_installed_version_is_the_tree_s(installed_version: str):
    assert installed_version == tui.__version__


def test_asking_the_version_imports_nothing(repository: Path):
    tree = ast.parse((repository / "tui" / "__init__.py").read_text())
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]


def test_the_lock_names_versions_and_no_addresses(repository: Path):
    lines = (repository / "constraints.txt").read_text().splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert pins
    assert [line for line in pins if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!]+", line)] == []


def test_every_declared_dependency_is_locked(repository: Path):
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    requirements = project["dependencies"] + [requirement for extra in extras.values() for requirement in extra]
    # The project names itself where one extra takes in others.
    declared = {distribution_name(requirement) for requirement in requirements} - {"shortside"}
    locked = {distribution_name(pin) for pin in (repository / "constraints.txt").read_text().splitlines()}
    assert declared - locked == set()


def test_make_alone_lists_what_can_be_made(repository: Path):
    make = shutil.which("make")
    if make is None:
        pytest.skip("make is not installed")
    # The tests may be run by make themselves, whose flags are not for this one.
    outside = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    outcome = subprocess.run(
        [make], cwd=repository, env=outside, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert outcome.returncode == 0, outcome.stderr
    targets = re.findall(r"^  make (\w+)\s+\S", outcome.stdout, flags=re.MULTILINE)
    assert {"run", "test", "ready", "check", "format", "lock", "wheel", "clean", "help"} <= set(targets)
