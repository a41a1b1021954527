"""The walls between the rooms stand, and would catch whoever walked through one."""

import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from waiting import PATIENCE

ROOMS = ("shortside", "providers", "widgets", "tui")


def lint_imports(directory: Path) -> subprocess.CompletedProcess[str]:
    # A process of its own: import-linter reads the working directory, and grimp keeps what it has imported.
    command = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", command, "--no-cache"],
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def ask_ruff(repository: Path, module: str, source: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "ruff",
            "check",
            "--no-cache",
            "--select",
            "TID251",
            "--stdin-filename",
            module,
            "-",
        ],
        cwd=repository,
        input=source,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@pytest.fixture
def house(tmp_path: Path, repository: Path) -> Path:
    """All rooms with their modules, empty, under this project's own contracts."""
    shutil.copy(repository / "pyproject.toml", tmp_path)
    for room in ROOMS:
        for module in (repository / room).rglob("*.py"):
            copy = tmp_path / module.relative_to(repository)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.touch()
    # The two doors that the contracts name.
    (tmp_path / "shortside" / "__main__.py").write_text("import tui.__main__\n")
    (tmp_path / "shortside" / "library.py").write_text("import pathlib, providers.files.source\n")
    return tmp_path


def test_nobody_here_walks_through_a_wall(repository: Path):
    outcome = lint_imports(repository)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert " 0 broken" in outcome.stdout


def test_rooms_that_use_their_doors_pass(house: Path):
    (house / "tui" / "app.py").write_text("import httpx, textual, providers, widgets, shortside\n")
    (house / "widgets" / "panel.py").write_text("import textual, rich, shortside\n")
    (house / "providers" / "alpaca.py").write_text("import httpx, pandas, shortside\n")
    (house / "shortside" / "book.py").write_text("import numpy, pandas, datetime\n")
    outcome = lint_imports(house)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


@pytest.mark.parametrize(
    ("room", "imported"),
    [
        ("shortside", "textual"),
        ("shortside", "httpx"),
        ("shortside", "time"),
        ("shortside", "pathlib"),
        ("shortside", "providers"),
        ("providers.feeds", "rich"),
        ("providers.feeds", "widgets"),
        ("providers.feeds", "tui"),
        ("widgets", "httpx"),
        ("widgets", "providers"),
        ("widgets", "tui"),
    ],
)
def test_an_offender_is_caught_and_named(house: Path, room: str, imported: str):
    outcome = caught(house, f"{room}.offender", imported)
    assert f"{room}.offender -> {imported}" in outcome


def caught(house: Path, module: str, imported: str) -> str:
    """What is said of a module that imports another; it must be caught."""
    (house / (module.replace(".", "/") + ".py")).write_text(f"import {imported}\n")
    outcome = lint_imports(house)
    assert outcome.returncode == 1, outcome.stdout + outcome.stderr
    return " ".join(outcome.stdout.split())


FLOORS = {
    "a source": "providers.public.source",
    "a folder of files": "providers.files.source",
    "a publisher": "providers.sec.fails",
    "polling": "providers.feeds.poller",
    "the archive": "providers.archive.vintages",
    "asking": "providers.http.client",
    "parsing": "providers.parsing.columns",
    "the catalog": "providers.catalog",
    "the errors": "providers.errors",
}
"""A module of each floor of `providers`, the highest first."""


@pytest.mark.parametrize(
    ("high", "low"), [*pairwise(FLOORS), ("a publisher", "the archive"), ("a source", "the errors")]
)
def test_nobody_inside_providers_imports_a_floor_above(house: Path, high: str, low: str):
    said = caught(house, FLOORS[low], FLOORS[high])
    assert "inside providers nobody imports a floor above" in said
    assert f"{FLOORS[low]} -> {FLOORS[high]}" in said


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("providers.public.source", "providers.backfill.run"),
        ("providers.registry", "providers.backfill.run"),
        ("providers.demo.source", "providers.recording.source"),
        ("providers.http.client", "providers.listings.symbols"),
        ("providers.archive.vintages", "providers.keyed.keys"),
    ],
)
def test_those_side_by_side_on_a_floor_know_nothing_of_each_other(house: Path, one: str, other: str):
    assert f"{one} -> {other}" in caught(house, one, other)
    (house / (one.replace(".", "/") + ".py")).write_text("")
    assert f"{other} -> {one}" in caught(house, other, one)


def test_publishers_may_read_each_other_s_formats(house: Path):
    (house / "providers" / "massive" / "feeds.py").write_text("import providers.nasdaq.splits\n")
    outcome = lint_imports(house)
    assert outcome.returncode == 0, outcome.stdout


def test_a_new_room_of_providers_has_to_be_put_on_a_floor(house: Path):
    (house / "providers" / "newcomer.py").touch()
    outcome = lint_imports(house)
    assert outcome.returncode == 1
    assert "providers.newcomer" in outcome.stdout


FLOORS_OF_TUI = {
    "the program": "tui.__main__",
    "the command line": "tui.command_line",
    "the monitor": "tui.app",
    "a screen": "tui.screens.main",
    "the arguments": "tui.arguments",
    "polling": "tui.polling.watch",
    "a source": "tui.sources.load",
    "a process": "tui.processes.back_office",
    "the terminal": "tui.terminal.display",
    "the clock": "tui.clock",
    "the errors": "tui.errors",
    "the codes": "tui.exit_codes",
}
"""A module of each floor of `tui`, the highest first."""


@pytest.mark.parametrize(
    ("high", "low"),
    [
        *pairwise(FLOORS_OF_TUI),
        ("the monitor", "polling"),
        ("the monitor", "a source"),
        ("a screen", "the terminal"),
        ("polling", "a source"),
    ],
)
def test_nobody_inside_tui_imports_a_floor_above(house: Path, high: str, low: str):
    said = caught(house, FLOORS_OF_TUI[low], FLOORS_OF_TUI[high])
    assert "inside tui nobody imports a floor above" in said
    assert f"{FLOORS_OF_TUI[low]} -> {FLOORS_OF_TUI[high]}" in said


def test_nor_does_anybody_for_a_type_alone(house: Path):
    source = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from tui.app import Monitor\n"
    (house / "tui" / "polling" / "fresh_market.py").write_text(source)
    outcome = lint_imports(house)
    assert outcome.returncode == 1, outcome.stdout
    assert "tui.polling.fresh_market -> tui.app" in outcome.stdout


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("tui.screens.main", "tui.commands.doctor"),
        ("tui.polling.watch", "tui.documents.records"),
        ("tui.settings.paths", "tui.terminal.display"),
        ("tui.clock", "tui.memory"),
    ],
)
def test_those_side_by_side_in_tui_know_nothing_of_each_other(house: Path, one: str, other: str):
    assert f"{one} -> {other}" in caught(house, one, other)
    (house / (one.replace(".", "/") + ".py")).write_text("")
    assert f"{other} -> {one}" in caught(house, other, one)


def test_a_new_room_of_tui_has_to_be_put_on_a_floor(house: Path):
    (house / "tui" / "newcomer.py").touch()
    outcome = lint_imports(house)
    assert outcome.returncode == 1
    assert "tui.newcomer" in outcome.stdout


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # Of one folder.
        ("tui.terminal.direct_painter", "tui.terminal.display"),
        ("providers.feeds.feed", "providers.feeds.poller"),
        ("shortside.board", "shortside.market"),
        ("widgets.panel", "widgets.feeds"),
        # Two folders, each by a module that takes no part in the other's circle.
        ("tui.documents.text", "tui.settings.paths"),
    ],
)
def test_a_circle_is_caught(house: Path, one: str, other: str):
    (house / (other.replace(".", "/") + ".py")).write_text(f"import {one}\n")
    assert "no two folders or modules import each other" in caught(house, one, other)


def test_a_circle_of_folders_is_caught_though_no_module_is_in_one(house: Path):
    (house / "tui" / "documents" / "text.py").write_text("import tui.settings.paths\n")
    (house / "tui" / "settings" / "options.py").write_text("import tui.documents.records\n")
    outcome = lint_imports(house)
    assert outcome.returncode == 1, outcome.stdout
    assert "No cycles are allowed in tui" in outcome.stdout


@pytest.mark.parametrize("imported", ["numpy", "dataclasses", "asyncio"])
def test_the_catalog_imports_nothing_that_takes_time(house: Path, imported: str):
    assert f"providers.catalog -> {imported}" in caught(house, "providers.catalog", imported)


@pytest.mark.parametrize("room", ["shortside", "providers", "widgets"])
@pytest.mark.parametrize(
    "source",
    [
        "from datetime import UTC, datetime\n\nNOW = datetime.now(UTC)\n",
        "import datetime\n\nTODAY = datetime.date.today()\n",
        "import pandas as pd\n\nNOW = pd.Timestamp.now(tz='UTC')\n",
        "import time\n\nNOW = time.time()\n",
    ],
)
def test_nobody_asks_the_time_below_tui(repository: Path, room: str, source: str):
    below = ask_ruff(repository, f"{room}/offender.py", source)
    assert below.returncode == 1, below.stdout + below.stderr
    assert "Below tui nobody asks the time" in below.stdout

    above = ask_ruff(repository, "tui/clock.py", source)
    assert above.returncode == 0, above.stdout + above.stderr
