"""Every job of docs/working.md is done in the real program, by the keys that its table names, from the main screen."""

from __future__ import annotations

import os
import re
import sys
import textwrap
from collections import Counter
from pathlib import Path

import pytest
from support_terminal import PseudoTerminal

MAIN = "3 Crowded shorts"
SESSION: list[tuple[str, str, str]] = [
    # Before there is a list, which would be a group of its own over those that are trapped.
    ("names whose short interest jumped", "P", "trapped, price up"),
    ("names whose short interest jumped", "j", " 2/6,"),
    ("", "q", MAIN),
    ("who is trapped in what was built", "P", "trapped, price up"),
    ("who is trapped in what was built", "\x1b[Zjjj", "trapped, builds first"),
    ("", "q", MAIN),
    ("this name on my list, or off it", "a", "on watch, 1 name"),
    ("my own symbols", "L\r", "filter 'list:watch'"),
    ("", "\x1b", "filter none"),
    ("my own positions beside the crowd", "B", "symbol,shares,price,date,account"),
    ("", "q", MAIN),
    ("who was sold short and covered most, beside the window before", "M", "Shorting and covering"),
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
    ("", "/crowding > 90", "filter 'crowding > 90'"),
    ("this filter as a list", "\x13", "as a list called"),
    ("", "hot\r", "saved as the list hot"),
]
"""What is to be seen, the keys as a terminal sends them, and words of the screen that follows.

Nothing is to be seen by keys that only lead back, or to where the next ones begin.
"""
ELSEWHERE = frozenset({"the day on one page, to send"})
"""Rows of the table that are done in the shell, which other tests do."""


KEY = re.compile(r"\x1b\[Z|.", re.DOTALL)
"""One key as a terminal sends it: shift+Tab is three bytes."""


def keys_of_jobs(manual: str) -> dict[str, int]:
    """The jobs of the manual's first table, with how many keys each takes by it; what is typed counts as none."""
    table = manual.split("\n## ", maxsplit=1)[0]
    rows = [[cell.strip() for cell in row.split("|")] for row in re.findall(r"^\| .*", table, flags=re.MULTILINE)]
    return {job: int(keys.partition(" ")[0] or 0) for _, job, keys, *_ in rows[1:]}


def test_every_job_of_the_manual_is_tried_with_as_many_keys_as_it_says(repository: Path):
    said = keys_of_jobs((repository / "docs" / "working.md").read_text(encoding="utf-8"))
    assert len(said) > 10
    tried = Counter[str]()
    for job, keys, _ in SESSION:
        tried[job] += len(KEY.findall(keys))
    del tried[""]
    assert tried == {job: keys for job, keys in said.items() if job not in ELSEWHERE}


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
        # The tables of the manual's section on them, written while the monitor runs.
        manual = (repository / "docs" / "working.md").read_text(encoding="utf-8")
        section = manual.partition("\n## Keys, colours and columns of your own\n")[2].partition("\n## ")[0]
        tables = "".join(re.findall(r"^(?: {4}.*)?\n", section, flags=re.MULTILINE))
        (tmp_path / "config.toml").write_text(textwrap.dedent(tables))
        program.wait_for_words("config.toml: keys, columns in force", "O sort")
        program.send("O")
        program.wait_for_words("by crowding ▴")
        (tmp_path / "config.toml").write_text('[keys]\n"names.sort" = "o"\n')
        program.wait_for_words("config.toml: line 2: keys", "O sort")
        program.send("q")
        assert program.wait_for_end() == 0
    assert (tmp_path / "lists" / "watch.txt").read_text().strip()
    assert (tmp_path / "lists" / "hot.txt").read_text() == "where: crowding > 90\n"
