"""Whatever reaches a terminal goes through one gate: nothing else in the program writes on the standard streams."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOMS: Final = ("shortside", "providers", "widgets", "tui")
STREAMS: Final = frozenset({"stdout", "stderr", "__stdout__", "__stderr__"})
WRITERS: Final = {
    "tui/terminal/plain_words.py": "the gate itself",
    "tui/terminal/driver.py": "gives the terminal back as it was, in sequences of our own",
    "tui/terminal/frame_writer.py": "frames, whose every cell was cleaned when it was drawn",
    "tui/terminal/saved_frame.py": "paints the picture of last time, whose cells were cleaned before they were saved",
    "tui/terminal/status_line.py": "numbers and words of our own, for a bar that cannot wait for the gate's imports",
    "tui/command_line.py": "leads a stream into nowhere that takes nothing",
    "tui/__main__.py": "flushes what the gate wrote",
    "tui/faults.py": "the file of errors",
    "tui/log_file.py": "the log, a file",
    "tui/commands/backfill.py": "rich's own progress lines, of words that the gate has cleaned",
    "tui/commands/record_run.py": "rich's own status line, of words that the gate has cleaned",
    "tui/commands/history.py": "bytes of Parquet, which go to no terminal",
    "tui/page/visitor_terminal.py": "what a visitor typed, to the terminal of his own monitor",
    "tui/processes/record_making.py": "a pipe to the process that started it",
    "tui/polling/in_back_office.py": "a pipe to the monitor that started it",
    "tui/processes/folder_reading.py": "a pipe to the monitor that started it",
    "tui/processes/name_reading.py": "a pipe to the monitor that started it",
    "tui/processes/back_office.py": "reads the pipe of the process it has started",
}
"""Files that touch a stream or a descriptor, and why they may."""


def ways_out(source: str) -> Iterator[str]:
    """Every call of `print` and `os.write`, every standard stream, and every console of rich's."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Name(id="print" | "Console" as name)):
                yield name
            case ast.Call(func=ast.Attribute(value=ast.Name(id="os"), attr="write" | "writev" as name)):
                yield f"os.{name}"
            case ast.Call(func=ast.Attribute(attr="print" as name)):
                yield name
            case ast.Attribute(attr=name) if name in STREAMS:
                yield name
            case ast.Constant(value="/dev/tty" | "/dev/stdout" | "/dev/stderr" as name):
                yield name
            case ast.ImportFrom(module="sys", names=names) if STREAMS & {one.name for one in names}:
                yield "sys"


@pytest.mark.parametrize(
    "source",
    [
        "print('a')", "import sys\nsys.stderr.write('a')", "os.write(1, b'a')", "from sys import stdout", "c.print(1)",
        "open('/dev/tty', 'w')", "Console().rule()",
    ],
)  # fmt: skip
def test_every_way_out_is_seen(source):
    assert list(ways_out(source))


def test_nothing_but_the_gate_writes_to_a_terminal(repository: Path):
    files = [path for room in ROOMS for path in sorted((repository / room).rglob("*.py"))]
    found = {
        str(path.relative_to(repository)): sorted(set(ways_out(path.read_text(encoding="utf-8")))) for path in files
    }
    assert {name: ways for name, ways in found.items() if ways and name not in WRITERS} == {}
    assert [name for name in WRITERS if not found[name]] == [], "who no longer writes needs no leave"
