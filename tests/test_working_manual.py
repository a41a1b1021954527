"""Every job of docs/working.md is done in the real program, by the keys that its table names, from the main screen."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest
from support_terminal import PseudoTerminal

MAIN = "3 Crowded shorts"
SESSION: list[tuple[str, str, str]] = [
    ("this name on my list, or off it", "a", "on watch, 1 name"),
    ("my own symbols", "L\r", "filter 'list:watch'"),
    ("", "\x1b", "filter none"),
    ("my own positions beside the crowd", "B", "symbol,shares,price,date,account"),
    ("", "q", MAIN),
    ("names whose short interest jumped", "P", "trapped, price up"),
    ("who is trapped in what was built", "\x1b[Zjjjj", "trapped, builds first"),
    ("", "q", MAIN),
    ("told when a name moves, or comes into the filter that stands", "A\r", "price moved by 10%"),
    ("", "q", MAIN),
    ("what happened", "E", "Journal"),
    ("", "q", MAIN),
    ("the table as a CSV file", "X\r", ".csv"),
    ("a past evening as it was known", "<", "PAST"),
    ("two of them side by side", "={", "COMPARE"),
    ("", "q", MAIN),
    ("", "0", MAIN),
    ("this filter as a list", "/crowding > 90\x13", "as a list called"),
    ("", "hot\r", "saved as the list hot"),
]
"""What is to be seen, the keys as a terminal sends them, and words of the screen that follows."""
ELSEWHERE = frozenset({"the day on one page, to send"})
"""Rows of the table that are done in the shell, which other tests do."""


def jobs(manual: str) -> list[str]:
    """The first column of the manual's first table."""
    table = manual.split("\n## ", maxsplit=1)[0]
    return [row.split("|")[1].strip() for row in re.findall(r"^\| .*", table, flags=re.MULTILINE)][1:]


def test_every_job_of_the_manual_is_tried(repository: Path):
    manual = (repository / "docs" / "working.md").read_text(encoding="utf-8")
    assert set(jobs(manual)) - {job for job, _, _ in SESSION} - ELSEWHERE == set()


@pytest.mark.terminal
def test_a_session_through_the_manual(repository: Path, tmp_path: Path):
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(tmp_path), "SHORTSIDE_HOME": str(tmp_path), "TERM": "xterm-256color",
        "LANG": "C.UTF-8", "PYTHONPATH": str(repository),
    }  # fmt: skip
    with PseudoTerminal([sys.executable, "-m", "tui", "--source", "demo"], environment, 120, 40) as program:
        program.wait_for_words(MAIN, "6,346 names")
        for _, keys, words in SESSION:
            program.send(keys)
            program.wait_for_words(words)
        program.send("\x1b\x1b")
        program.wait_for_words("filter none")
        program.send("q")
        assert program.wait_for_end() == 0
    assert (tmp_path / "lists" / "watch.txt").read_text().strip()
    assert (tmp_path / "lists" / "hot.txt").read_text() == "where: crowding > 90\n"
