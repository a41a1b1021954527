"""The walls between the rooms stand, and would catch whoever walked through one."""

import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
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
    return built(tmp_path, repository)


def built(folder: Path, repository: Path) -> Path:
    """The rooms of a `house` in a folder."""
    shutil.copy(repository / "pyproject.toml", folder)
    for room in ROOMS:
        for module in (repository / room).rglob("*.py"):
            copy = folder / module.relative_to(repository)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.touch()
    # The two doors that the contracts name.
    (folder / "shortside" / "__main__.py").write_text("import tui.__main__\n")
    (folder / "shortside" / "library.py").write_text("import pathlib, providers.files.source\n")
    return folder


class Caught:
    """What is said of offenders that each stand in the house with others of their kind, for one look at them all."""

    def __init__(self, folder: Path, repository: Path) -> None:
        self._folder, self._repository = folder, repository
        self._said: dict[tuple[tuple[str, str], ...], dict[str, str]] = {}

    def among(self, offences: Sequence[tuple[str, str]], module: str, imported: str) -> str:
        """The contracts that are broken by one of them, a module that imports another; it must be named."""
        kind = tuple(offences)
        assert (module, imported) in kind
        if kind not in self._said:
            self._said[kind] = self._looked_at(kind)
        said = self._said[kind]
        broken = [contract for contract, named in said.items() if f"{module} -> {imported} (l." in named]
        assert broken, said
        return " and ".join(broken)

    def _looked_at(self, offences: Sequence[tuple[str, str]]) -> dict[str, str]:
        folder = self._folder / str(len(self._said))
        folder.mkdir()
        house = built(folder, self._repository)
        for module, imported in offences:
            with (house / (module.replace(".", "/") + ".py")).open("a") as file:
                file.write(f"import {imported}\n")
        outcome = lint_imports(house)
        assert outcome.returncode == 1, outcome.stdout + outcome.stderr
        # A title of one or more lines is underlined.
        _, *parts = re.split(r"^((?:.+\n)+)-+$", outcome.stdout, flags=re.MULTILINE)
        titles, texts = ([" ".join(words.split()) for words in half] for half in (parts[::2], parts[1::2]))
        return dict(zip(titles, texts, strict=True))


@pytest.fixture(scope="module")
def offenders(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Caught:
    return Caught(tmp_path_factory.mktemp("houses"), repository)


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


OFFENDERS = [
    (f"{room}.offender_{number}", imported)
    for number, (room, imported) in enumerate(
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
        ]
    )
]
"""Modules that are new, and what each imports."""


@pytest.mark.parametrize(("offender", "imported"), OFFENDERS)
def test_an_offender_is_caught_and_named(offenders: Caught, offender: str, imported: str):
    offenders.among(OFFENDERS, offender, imported)


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


CLIMBERS = [
    (FLOORS[low], FLOORS[high])
    for high, low in [*pairwise(FLOORS), ("a publisher", "the archive"), ("a source", "the errors")]
]
"""Modules that import one of a floor above."""


@pytest.mark.parametrize(("low", "high"), CLIMBERS)
def test_nobody_inside_providers_imports_a_floor_above(offenders: Caught, low: str, high: str):
    assert "inside providers nobody imports a floor above" in offenders.among(CLIMBERS, low, high)


NEIGHBOURS = [
    ("providers.public.source", "providers.backfill.run"),
    ("providers.registry", "providers.backfill.run"),
    ("providers.demo.source", "providers.recording.source"),
    ("providers.http.client", "providers.listings.symbols"),
    ("providers.archive.vintages", "providers.keyed.keys"),
]
"""Modules of one floor that are side by side."""


@pytest.mark.parametrize(("one", "other"), NEIGHBOURS)
def test_those_side_by_side_on_a_floor_know_nothing_of_each_other(offenders: Caught, one: str, other: str):
    offenders.among(NEIGHBOURS, one, other)
    offenders.among(turned(NEIGHBOURS), other, one)


def turned(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The same pairs, the second first."""
    return [(second, first) for first, second in pairs]


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


CLIMBERS_OF_TUI = [
    (FLOORS_OF_TUI[low], FLOORS_OF_TUI[high])
    for high, low in [
        *pairwise(FLOORS_OF_TUI),
        ("the monitor", "polling"),
        ("the monitor", "a source"),
        ("a screen", "the terminal"),
        ("polling", "a source"),
    ]
]
"""Modules that import one of a floor above."""


@pytest.mark.parametrize(("low", "high"), CLIMBERS_OF_TUI)
def test_nobody_inside_tui_imports_a_floor_above(offenders: Caught, low: str, high: str):
    assert "inside tui nobody imports a floor above" in offenders.among(CLIMBERS_OF_TUI, low, high)


def test_nor_does_anybody_for_a_type_alone(house: Path):
    source = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from tui.app import Monitor\n"
    (house / "tui" / "polling" / "fresh_market.py").write_text(source)
    outcome = lint_imports(house)
    assert outcome.returncode == 1, outcome.stdout
    assert "tui.polling.fresh_market -> tui.app" in outcome.stdout


NEIGHBOURS_IN_TUI = [
    ("tui.screens.main", "tui.commands.doctor"),
    ("tui.polling.watch", "tui.documents.records"),
    ("tui.settings.paths", "tui.terminal.display"),
    ("tui.clock", "tui.memory"),
]
"""Modules of one floor that are side by side."""


@pytest.mark.parametrize(("one", "other"), NEIGHBOURS_IN_TUI)
def test_those_side_by_side_in_tui_know_nothing_of_each_other(offenders: Caught, one: str, other: str):
    offenders.among(NEIGHBOURS_IN_TUI, one, other)
    offenders.among(turned(NEIGHBOURS_IN_TUI), other, one)


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


SLOW_TO_IMPORT = [("providers.catalog", imported) for imported in ("numpy", "dataclasses", "asyncio")]


@pytest.mark.parametrize(("catalog", "imported"), SLOW_TO_IMPORT)
def test_the_catalog_imports_nothing_that_takes_time(offenders: Caught, catalog: str, imported: str):
    offenders.among(SLOW_TO_IMPORT, catalog, imported)


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
