"""The image is built of what is in the tree, at the locked versions, and runs the monitor as nobody special."""

import json
import os
import re
import shutil
import subprocess
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

import pytest

BUILDERS = ("docker", "podman")
LONGEST_BUILD_SECONDS = 900
WANTED = "BUILDS_IMAGES"
"""The variable that lets this test build an image, which fetches from a network as no other test does."""


class Instruction(NamedTuple):
    """A line of the file, continued lines joined."""

    word: str
    rest: str
    stage: int
    """How many times FROM stood before, or here."""


@pytest.fixture(scope="module")
def instructions(repository: Path) -> list[Instruction]:
    text = (repository / "Containerfile").read_text(encoding="utf-8")
    lines = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE)).splitlines()
    found: list[Instruction] = []
    stage = 0
    for line in filter(None, map(str.strip, lines)):
        word, _, rest = line.partition(" ")
        stage += word == "FROM"
        found.append(Instruction(word, rest.strip(), stage))
    return found


def of(instructions: list[Instruction], word: str, stage: int | None = None) -> list[str]:
    return [one.rest for one in instructions if one.word == word and stage in (None, one.stage)]


def environment_of(instructions: list[Instruction]) -> dict[str, str]:
    return dict(pair.split("=", 1) for rest in of(instructions, "ENV", 2) for pair in rest.split())


def copied_from_the_tree(instructions: list[Instruction]) -> list[str]:
    copies = [rest.split() for rest in of(instructions, "COPY") if not rest.startswith("--from")]
    return [source for *sources, _ in copies for source in sources]


def test_everything_that_is_copied_is_there_and_is_let_in(repository: Path, instructions: list[Instruction]):
    lines = (repository / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_in = {line.removeprefix("!") for line in lines if line.startswith("!")}
    copied = copied_from_the_tree(instructions)
    assert "*" in lines
    assert [source for source in copied if not (repository / source).exists()] == []
    assert set(copied) == let_in


def test_all_that_the_build_reads_is_copied(repository: Path, instructions: list[Instruction]):
    """The packages of the wheel, its other files, and what describes it."""
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    described = {
        project["project"]["readme"],
        *project["project"]["license-files"],
        project["tool"]["hatch"]["version"]["path"],
    }
    needed = {*wheel["packages"], *wheel["shared-data"], *described}
    copied = copied_from_the_tree(instructions)
    assert {file for file in needed if not any(fnmatch(f"{file}/", f"{one}/*") for one in copied)} == set()


def test_nothing_is_installed_at_another_version_than_the_locked_one(instructions: list[Instruction]):
    installing = [command for run in of(instructions, "RUN") for command in run.split("&&") if "pip install" in command]
    assert len(installing) == 2
    assert all("--constraint constraints.txt" in command for command in installing)


def test_every_stage_begins_with_one_image_of_a_python_that_is_tested(
    repository: Path, instructions: list[Instruction]
):
    (version,) = (rest.removeprefix("PYTHON=") for rest in of(instructions, "ARG", 0))
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert f"Programming Language :: Python :: {version}" in project["classifiers"]
    # A plain name: which registry it comes from is the builder's to say.
    assert {rest.split()[0] for rest in of(instructions, "FROM")} == {"python:${PYTHON}-slim"}


def test_the_monitor_runs_as_nobody_special_and_keeps_what_it_has_in_a_volume(
    repository: Path, instructions: list[Instruction]
):
    *_, user = of(instructions, "USER", 2)
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user), "a number, so that whoever runs it can see that it is not root"
    (volume,) = json.loads(of(instructions, "VOLUME", 2)[0])
    assert environment_of(instructions)["SHORTSIDE_HOME"] == volume
    (made,) = of(instructions, "RUN", 2)
    assert f"useradd --uid {user.split(':')[0]} " in made
    assert made.endswith(f"--mode=0700 {volume}")
    scripts = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    assert json.loads(of(instructions, "ENTRYPOINT", 2)[0]) == [*scripts]


def test_a_terminal_is_promised_no_more_than_all_of_them_have(instructions: list[Instruction]):
    environment = environment_of(instructions)
    assert environment["LANG"] == "C.UTF-8"
    assert environment["TERM"] == "xterm-256color"
    assert "COLORTERM" not in environment


@pytest.mark.slow
@pytest.mark.timeout(2 * LONGEST_BUILD_SECONDS)
def test_the_image_prints_a_document(repository: Path):
    builder = next((name for name in BUILDERS if answers(name)), None)
    if builder is None or not os.environ.get(WANTED):
        pytest.skip(f"no builder of images answers here, or {WANTED} is not set: building fetches from a network")
    run(builder, "build", "--tag", "shortside-test", "--file", "Containerfile", ".", folder=repository)
    printed = run(builder, "run", "--rm", "shortside-test", "snapshot", "tiers", "--format", "json", folder=repository)
    assert json.loads(printed)["schema"] == "shortside.tiers/1"


def answers(builder: str) -> bool:
    """Whether a builder is installed, and does not only wait for a service that is not there."""
    path = shutil.which(builder)
    if path is None:
        return False
    return subprocess.run([path, "info"], capture_output=True, timeout=30, check=False).returncode == 0


def run(*words: str, folder: Path) -> str:
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=LONGEST_BUILD_SECONDS, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
