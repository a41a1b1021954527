"""What every command makes of a damaged file: its exit code, its words, and whether it ever comes to an end.

    PYTHONPATH=.:tests python -m benchmarks.damage [--only WORDS] [--limit 20]

Each file of a small home is put in each odd state in turn, and the commands that read it run in processes of their own.
A row a file; `faults` counts ends by a traceback, by an error nobody foresaw, by a signal or an exit code that is none
of `tui.exit_codes`, and commands that did not end within the limit. It should be nought, and each is printed below.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import socket
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import public_archive
import pyarrow as pa
import pyarrow.parquet as pq
from recording_examples import write_recording

from benchmarks._timing import print_table
from providers.archive.live_quotes import Quotes, write_quotes
from providers.archive.loan_packing import LoanPacker, loan_day_path
from providers.archive.vintages import Archive
from providers.feeds.states_file import write_states
from providers.http.receipts import Receipt, ReceiptFile
from shortside.datasets import Dataset
from tui import exit_codes
from tui.__main__ import main as answer

DAY: Final = date(2023, 2, 28)
CODES: Final = frozenset(code for name, code in vars(exit_codes).items() if name.isupper())
STEERING: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
DEEP: Final = 100_000
"""Brackets within brackets."""
SHOWN_CHARACTERS: Final = 160
PUBLIC: Final = ("snapshot", "tiers", "--source", "public")
LOANS: Final = ("snapshot", "borrow", "--source", "public")
FILLING: Final = ("backfill", "--dry-run", "--since", "2023-02-01")
REPLAY: Final = ("snapshot", "tiers", "--source", "replay", "--data", "{home}/session.shortside")


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path) -> None:
    here = os.open(path.parent, os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(f"/proc/self/fd/{here}/{path.name[:60]}")
    os.close(here)


def _huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(2**38)


FILLINGS: Final[dict[str, Callable[[Path, bytes], object]]] = {
    "gone": lambda _path, _sound: None,
    "empty": lambda path, _sound: path.write_bytes(b""),
    "cut in half": lambda path, sound: path.write_bytes(sound[: len(sound) // 2]),
    "without its last byte": lambda path, sound: path.write_bytes(sound[:-1]),
    "one bit wrong in its middle": lambda path, sound: path.write_bytes(_flipped(sound, len(sound) // 2)),
    "one bit wrong near its end": lambda path, sound: path.write_bytes(_flipped(sound, max(0, len(sound) - 40))),
    "noughts": lambda path, sound: path.write_bytes(bytes(len(sound))),
    "twice": lambda path, sound: path.write_bytes(sound + sound),
    "deep brackets": lambda path, _sound: path.write_bytes(b"[" * DEEP),
    "deep objects": lambda path, _sound: path.write_bytes(b'{"a":' * DEEP),
    "sequences for a terminal": lambda path, _sound: path.write_bytes(b"\x1b]52;c;QQ==\x07\x1b[2J\xff\xfe\n" * 20),
    "a folder": lambda path, _sound: path.mkdir(),
    "a pipe": lambda path, _sound: _pipe(path),
    "a socket": lambda path, _sound: _socket(path),
    "a device without end": lambda path, _sound: path.symlink_to("/dev/zero"),
    "a link to itself": lambda path, _sound: path.symlink_to(path.name),
    "256 GB of nothing": lambda path, _sound: _huge(path),
}
"""What is put in a file's place, by what to call it."""


def _rewritten(change: Callable[[pa.Table], pa.Table]) -> Callable[[Path, bytes], object]:
    """Write a vintage whose words about itself are sound, and whose columns are not."""

    def rewrite(path: Path, sound: bytes) -> None:
        table = pq.read_table(pa.BufferReader(sound))
        pq.write_table(change(table).replace_schema_metadata(table.schema.metadata), path)

    return rewrite


def _all_of(values: Callable[[int], pa.Array]) -> Callable[[pa.Table], pa.Table]:
    return lambda table: pa.table({name: values(table.num_rows) for name in table.column_names})


VINTAGE_FILLINGS: Final[dict[str, Callable[[Path, bytes], object]]] = {
    "other columns": _rewritten(lambda table: table.rename_columns([f"x{n}" for n in range(table.num_columns)])),
    "no columns": _rewritten(lambda table: table.select([])),
    "no rows": _rewritten(lambda table: table.slice(0, 0)),
    "no rows and no types": _rewritten(_all_of(lambda _rows: pa.nulls(0))),
    "texts in every column": _rewritten(_all_of(lambda rows: pa.array(["x"] * rows))),
    "lists in every column": _rewritten(_all_of(lambda rows: pa.array([[1.0]] * rows))),
    "nothing in every column": _rewritten(_all_of(pa.nulls)),
    "numbers in every column": _rewritten(_all_of(lambda rows: pa.array([1.0] * rows))),
}
"""What is put in the place of a vintage only, by what to call it."""


def _flipped(sound: bytes, place: int) -> bytes:
    return sound[:place] + bytes([sound[place] ^ 16]) + sound[place + 1 :] if sound else b"\x10"


class Target(NamedTuple):
    """A file to be damaged, and the commands that read it."""

    name: str
    path: Path
    commands: Sequence[Sequence[str]]


class Ending(NamedTuple):
    """How one command ended."""

    code: int | None
    """None where it did not end by itself."""
    said: str

    @property
    def fault(self) -> str:
        """What is wrong with it; empty where nothing is."""
        if self.code is None:
            return "no end"
        if self.code not in CODES:
            return f"code {self.code}"
        marks = ("Traceback", "an error of this program")
        found = next((mark for mark in marks if mark in self.said), "")
        return found or ("a sequence for a terminal" if STEERING.search(self.said) else "")


def make_home(home: Path) -> list[Target]:
    """A small home with everything in it that is read, and what may be damaged of it."""
    root = home / "archive"
    archive = Archive(root)
    public_archive.fill(archive, DAY)
    at = public_archive.evening(DAY)
    archive.append(public_archive.fails([(date(2023, 2, 14), "AAPL", 100.0)], at))
    for day in (DAY - timedelta(days=1), DAY):
        archive.append(public_archive.lent({"AAPL": 0.25}, day, public_archive.evening(day)))
    # The looks of a day that is over lie in one file.
    LoanPacker(archive).pack()
    one = np.ones(1)
    write_quotes(root, Quotes(source="nasdaq_screener", as_of=DAY, fetched_at=at, symbols=("AAPL",), prices=one,
                              volumes=one, moments=one * at.timestamp()))  # fmt: skip
    write_states(root / "feeds.json", ())
    ReceiptFile(root / "receipts.json").keep([Receipt(key="a", sha256="b")])
    (root / "poller.json").write_text('{"process": 1, "machine": "m", "since": "2023-02-28T12:00:00+00:00"}')
    (root / "not_to_be_had.json").write_text('{"schema": "shortside.absences/1", "absences": []}')
    (home / "config.toml").write_text('window = "30d"\n')
    (home / "state").mkdir()
    (home / "state" / "plain-display.txt").write_text("28 Feb 2023: nothing\n")
    (home / "state" / "shortside.log").write_text("2023-02-28T12:00:00Z info start\n")
    write_recording(home / "session.shortside")
    reading, looking = (PUBLIC, ("doctor",)), (("doctor",), ("doctor", "--log"), ("config", "show"))
    vintages = [
        Target(f"a vintage of {dataset.value}", found[-1].path, (*reading, FILLING))
        for dataset in Dataset
        if (found := archive.vintages(dataset))
    ]
    notes = ("feeds.json", "receipts.json", "poller.json", "not_to_be_had.json")
    return [
        *vintages,
        *(Target(name, root / name, reading) for name in notes),
        Target("a day of loans", loan_day_path(root, DAY - timedelta(days=1)), (*reading, LOANS)),
        Target("live prices", root / "live" / "nasdaq_screener.npz", reading),
        Target("the configuration", home / "config.toml", (*reading, *looking)),
        *(Target(f"state/{name}", home / "state" / name, looking) for name in ("plain-display.txt", "shortside.log")),
        Target("a recording", home / "session.shortside", (REPLAY,)),
    ]


def ended(command: Sequence[str], home: Path, seconds: int) -> Ending:
    """Run a command in a child that has everything imported, as a process of its own would end it."""
    with tempfile.TemporaryFile() as said:
        child = os.fork()
        if child == 0:
            signal.alarm(seconds)
            for stream in (1, 2):
                os.dup2(said.fileno(), stream)
            code = 1
            try:
                code = answer([word.format(home=home) for word in command])
                sys.stdout.flush()
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        said.seek(0)
        words = said.read(2**20).decode("utf-8", "replace")
    if os.WIFSIGNALED(status):
        killed = os.WTERMSIG(status)
        return Ending(None if killed == signal.SIGALRM else -killed, words)
    return Ending(os.WEXITSTATUS(status), words)


def damages(target: Target) -> Iterator[str]:
    """Put a file in one odd state after the other, and in its sound one at the end."""
    sound = target.path.read_bytes()
    fillings = FILLINGS | (VINTAGE_FILLINGS if target.path.suffix == ".parquet" else {})
    for name, fill in fillings.items():
        target.path.unlink()
        fill(target.path, sound)
        yield name
        if target.path.is_dir() and not target.path.is_symlink():
            target.path.rmdir()
        else:
            target.path.unlink(missing_ok=True)
        target.path.write_bytes(sound)


def main(arguments: Sequence[str] | None = None) -> int:
    """Damage every file in every way and print the table; 1 where anything was at fault."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--only", default="", help="files whose name has it")
    options.add_argument("--limit", type=int, default=20, help="seconds a command may take")
    options.add_argument(
        "--kinds", type=int, default=len(FILLINGS) + len(VINTAGE_FILLINGS), help="how many kinds of damage"
    )
    asked = options.parse_args(arguments)
    rows: list[tuple[str, ...]] = []
    faults: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        os.environ.update(
            SHORTSIDE_HOME=str(home),
            SHORTSIDE_NOW=public_archive.evening(DAY).isoformat(),
            SHORTSIDE_UPSTREAM="http://127.0.0.1:9",
            SHORTSIDE_UPSTREAM_FTP="127.0.0.1:9",
            COLUMNS="120",
        )
        for target in make_home(home):
            if asked.only not in target.name:
                continue
            codes, count, before = Counter[int | None](), 0, len(faults)
            for place, damage in enumerate(damages(target)):
                if place >= asked.kinds:
                    continue
                count += 1
                for command in target.commands:
                    shutil.rmtree(home / "cache", ignore_errors=True)
                    ending = ended(command, home, asked.limit)
                    codes[ending.code] += 1
                    if ending.fault:
                        words = f"{target.name}, {damage}: {' '.join(command)}: {ending.fault}"
                        faults.append(f"{words}\n  {ending.said[-SHOWN_CHARACTERS:]!a}")
            ends = ", ".join(f"{code}: {times}" for code, times in sorted(codes.items(), key=str))
            rows.append((target.name, str(count), str(codes.total()), ends, str(len(faults) - before)))
    print_table(("file", "damages", "commands", "exit codes", "faults"), rows)
    for fault in faults:
        print(f"\n{fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
