"""There is one list of each thing: what is added to it in one file is found wherever such things are named.

Each test copies the program, adds a record to one file of the copy, and asks the copy in a process of its own.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from docs.make_tables import PAGES, made

PARTS = ("shortside", "providers", "widgets", "tui", "docs")
LIMIT = 120
"""Seconds a process may take."""


class Copy:
    """A copy of the program, which may be changed."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def insert(self, file: str, before: str, text: str) -> None:
        """Put text before the one line that begins with `before`."""
        path = self.root / file
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        (at,) = [place for place, line in enumerate(lines) if line.startswith(before)]
        path.write_text("".join([*lines[:at], text, *lines[at:]]), encoding="utf-8")

    def run(self, *words: str) -> str:
        """What `shortside` prints; it must end well."""
        return self._output("-m", "tui", *words)

    def python(self, script: str) -> str:
        """What a script prints."""
        return self._output("-c", script)

    def _output(self, *words: str) -> str:
        environment = {**os.environ, "SHORTSIDE_HOME": str(self.root / "home"), "PYTHONPATH": str(self.root)}
        done = subprocess.run(
            [sys.executable, *words],
            cwd=self.root,
            env=environment,
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def copy(tmp_path: Path, repository: Path) -> Copy:
    for part in PARTS:
        shutil.copytree(repository / part, tmp_path / part)
    shutil.copy(repository / "README.md", tmp_path)
    return Copy(tmp_path)


@pytest.mark.parametrize("page", PAGES)
def test_the_manual_says_what_the_lists_hold(repository, page):
    """When a list changes, so does the manual: python -m docs.make_tables."""
    text = (repository / page).read_text(encoding="utf-8")
    assert made(text) == text


@pytest.mark.slow
def test_a_new_window_is_one_record(copy):
    before = '    NamedWindow("30d"'
    record = '    NamedWindow("2w", "the last two weeks", day_before=lambda end: end - timedelta(days=14)),\n'
    copy.insert("shortside/named_windows.py", before, record)

    document = json.loads(copy.run("snapshot", "tiers", "--window", "2w", "--format", "json"))
    assert document["window"]["name"] == "2w"
    assert "5d, 2w, 30d" in copy.run("--help")
    assert "2w from the close of" in copy.run("snapshot", "tiers", "--window", "2w").replace("\n ", "")
    keys = copy.python(
        "from shortside.view import View; from tui.app import Monitor\n"
        "print(View(window='5d').next_window().window)\n"
        "print(next(binding.tooltip for binding in Monitor.BINDINGS if binding.id == 'view.window'))"
    ).splitlines()
    assert keys == ["2w", "Cycle 1d 5d 2w 30d mtd qtd ytd 1y"]
    copy.python("from docs.make_tables import main; main()")
    assert "| `2w` | the last two weeks |" in (copy.root / "docs" / "contract.md").read_text(encoding="utf-8")
