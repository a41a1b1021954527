"""The walls between the rooms stand, and would catch whoever walked through one."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOMS = ("shortside", "providers", "widgets", "tui")


def lint_imports(directory: Path) -> subprocess.CompletedProcess[str]:
    # A process of its own: import-linter reads the working directory, and grimp keeps what it has imported.
    command = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", command, "--no-cache"],
        cwd=directory,
        capture_output=True,
        text=True,
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
        check=False,
    )


@pytest.fixture
def house(tmp_path: Path, repository: Path) -> Path:
    """Four empty rooms under this project's own contracts."""
    shutil.copy(repository / "pyproject.toml", tmp_path)
    for room in ROOMS:
        (tmp_path / room).mkdir()
        (tmp_path / room / "__init__.py").touch()
    return tmp_path


def test_nobody_here_walks_through_a_wall(repository: Path):
    outcome = lint_imports(repository)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert " 0 broken" in outcome.stdout


def test_rooms_that_use_their_doors_pass(house: Path):
    (house / "tui" / "app.py").write_text("import httpx, textual, providers, widgets, shortside\n")
    (house / "widgets" / "panel.py").write_text("import textual, rich, shortside\n")
    (house / "providers" / "quotes.py").write_text("import httpx, pandas, shortside\n")
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
        ("providers", "rich"),
        ("providers", "widgets"),
        ("providers", "tui"),
        ("widgets", "httpx"),
        ("widgets", "providers"),
        ("widgets", "tui"),
    ],
)
def test_an_offender_is_caught_and_named(house: Path, room: str, imported: str):
    (house / room / "offender.py").write_text(f"import {imported}\n")
    outcome = lint_imports(house)
    assert outcome.returncode == 1, outcome.stdout + outcome.stderr
    assert f"{room}.offender -> {imported}" in outcome.stdout


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
