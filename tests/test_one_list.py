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
        """Put text before the one place in a file where another stands."""
        path = self.root / file
        first, *rest = path.read_text(encoding="utf-8").split(before)
        assert len(rest) == 1, f"{file} holds {before!r} {len(rest)} times"
        path.write_text(first + text + before + rest[0], encoding="utf-8")

    def manual(self) -> str:
        """What docs/contract.md says when it is made anew."""
        self.python("from docs.make_tables import main; main()")
        return (self.root / "docs" / "contract.md").read_text(encoding="utf-8")

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
    assert "| `2w` | the last two weeks |" in copy.manual()


EXTREMES = """    DocumentKind(
        name="extremes",
        words="the dearest loan of each tier",
        title="Dearest loans",
        fields=lambda: (
            Field("tier", Unit.WORDS, "the tier", lambda row: row[0], Page("tier", 12)),
            Field("fee", Unit.RATIO, "the highest fee, annual", lambda row: row[1], Page("fee", 8)),
        ),
        make=lambda asked: Made(
            {"rows": records(document_kind("extremes").fields(), [("mega", 0.125), ("nano", None)])},
            asked.loaded.inputs,
        ),
    ),
"""


@pytest.mark.slow
def test_a_new_document_is_one_record(copy):
    copy.insert("tui/documents/catalog.py", '    DocumentKind(\n        name="feeds"', EXTREMES)

    document = json.loads(copy.run("snapshot", "extremes", "--format", "json"))
    assert document["schema"] == "shortside.extremes/1"
    assert document["rows"] == [{"tier": "mega", "fee": 0.125}, {"tier": "nano", "fee": None}]
    assert document["inputs"]
    assert copy.run("snapshot", "extremes", "--format", "csv").splitlines()[0].endswith(",tier,fee")
    assert json.loads(copy.run("snapshot", "extremes", "--format", "ndjson").splitlines()[1])["tier"] == "nano"
    page = copy.run("snapshot", "extremes")
    assert "Dearest loans" in page
    assert "mega            12.5%" in page
    assert "extremes the dearest loan of each tier" in copy.run("snapshot", "--help")
    assert "### extremes: `shortside.extremes/1`" in copy.manual()
    assert "| `fee` | the highest fee, annual |" in copy.manual()


@pytest.mark.slow
def test_a_document_refuses_the_options_of_another(copy):
    copy.insert("tui/documents/catalog.py", '    DocumentKind(\n        name="feeds"', EXTREMES)
    with pytest.raises(AssertionError, match="--sort: only names are ranked and chosen; extremes are always whole"):
        copy.run("snapshot", "extremes", "--sort", "profit")
