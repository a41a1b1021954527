"""What is shipped is what is meant, under names nobody else claims."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections import Counter
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from pathlib import Path

import pytest
from waiting import PATIENCE

import tui
from tui.commands.completion import FILE_NAMES

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


@pytest.fixture(scope="module")
def source_distribution(repository: Path, wheel: zipfile.ZipFile) -> Path:
    """A source distribution of this tree, in the folder of the wheel."""
    from hatchling.builders.sdist import SdistBuilder

    assert wheel.filename
    directory = str(Path(wheel.filename).parent)
    (built,) = SdistBuilder(str(repository)).build(directory=directory, versions=["standard"])
    return Path(built)


def names_in(wheel: zipfile.ZipFile) -> set[str]:
    return {name for name in wheel.namelist() if not name.endswith("/")}


def names_in_source(distribution: Path) -> set[str]:
    with tarfile.open(distribution) as archive:
        return {member.name.partition("/")[2] for member in archive if member.isfile()}


def tracked_files(repository: Path) -> set[str]:
    """What belongs to the tree; another file that lies in it is nobody's business."""
    git = shutil.which("git")
    if git is None or not (repository / ".git").exists():
        pytest.skip("this tree is no checkout of git")
    listed = subprocess.run(
        [git, "ls-files", "--cached", "-z"],
        cwd=repository,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    return {name for name in listed.stdout.split("\0") if name and (repository / name).exists()}


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
    assert {name for name in top_level if not name.endswith((".dist-info", ".data"))} == set(ROOMS)


def test_the_wheel_puts_the_manual_page_and_the_completions_where_they_are_looked_for(
    repository: Path, wheel: zipfile.ZipFile
):
    completions = repository / "tui" / "completions"
    places = {
        "man/man1/shortside.1": repository / "docs" / "shortside.1",
        "bash-completion/completions/shortside": completions / FILE_NAMES["bash"],
        "zsh/site-functions/_shortside": completions / FILE_NAMES["zsh"],
        "fish/vendor_completions.d/shortside.fish": completions / FILE_NAMES["fish"],
    }
    data = f"shortside-{tui.__version__}.data/data/share"
    for place, file in places.items():
        assert wheel.read(f"{data}/{place}") == file.read_bytes()
        assert file.name in {*FILE_NAMES.values(), "shortside.1"}
    shared = {name for name in names_in(wheel) if ".data/" in name}
    assert shared == {f"{data}/{place}" for place in places}
    # And where the command finds them, wherever it is installed.
    assert {f"tui/completions/{name}" for name in FILE_NAMES.values()} <= names_in(wheel)


def test_the_wheel_carries_nothing_twice_but_the_completions(wheel: zipfile.ZipFile):
    bodies = Counter(wheel.read(name) for name in names_in(wheel) if wheel.getinfo(name).file_size)
    twice = {name for name in names_in(wheel) if bodies[wheel.read(name)] > 1}
    assert {name for name in twice if ".data/" not in name} == {
        f"tui/completions/{name}" for name in FILE_NAMES.values()
    }


def test_the_source_distribution_holds_what_it_takes_to_build_and_test(repository: Path, source_distribution: Path):
    tracked = tracked_files(repository)
    held = names_in_source(source_distribution)
    # The habits of one repository: what its hooks and its site run.
    elsewhere = {name for name in tracked if name.startswith((".git", ".pre-commit"))} - {".gitignore"}
    assert tracked - held - elsewhere == set()
    assert held - tracked - {"PKG-INFO"} == set()


def test_the_source_distribution_makes_the_same_wheel(
    wheel: zipfile.ZipFile, source_distribution: Path, tmp_path: Path
):
    from hatchling.builders.wheel import WheelBuilder

    with tarfile.open(source_distribution) as archive:
        archive.extractall(tmp_path, filter="data")
    (root,) = tmp_path.iterdir()
    (built,) = WheelBuilder(str(root)).build(directory=str(tmp_path), versions=["standard"])
    with zipfile.ZipFile(built) as again:
        assert names_in(again) == names_in(wheel)
        assert all(again.read(name) == wheel.read(name) for name in names_in(wheel))


@pytest.mark.parametrize("command", [("twine", "check", "--strict"), ("check_wheel_contents",)])
def test_what_is_built_passes_the_checks_of_a_registry(
    command: tuple[str, ...], repository: Path, wheel: zipfile.ZipFile, source_distribution: Path
):
    pytest.importorskip(command[0], reason=f"{command[0]} is not installed here; `make ready` installs it")
    assert wheel.filename
    files = [wheel.filename] if command[0] == "check_wheel_contents" else [wheel.filename, str(source_distribution)]
    outcome = subprocess.run(
        [sys.executable, "-m", *command, *files],
        cwd=repository,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


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
    assert {
        "run",
        "test",
        "ready",
        "check",
        "format",
        "lock",
        "wheel",
        "dist",
        "image",
        "docs",
        "clean",
        "help",
    } <= set(targets)
