"""Measures the monitor as its terminal sees it, beside a minimal Textual app, a DataTable and other monitors.

    python -m benchmarks.terminal [--quick] [--only WORDS]

Every figure of a run is from one machine in one state, so compare columns, not runs. What is not installed is left out.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks._pty import SYNC_END, Program
from benchmarks._screen import Emulator, changed, least_bytes
from benchmarks._timing import print_table

ROOT = Path(__file__).parents[1]
APPS = [sys.executable, "-m", "benchmarks.terminal_apps"]
FIRST_PAINT_CELLS = 30
LIVE_WORDS = "q quit"
"""What the monitor's own first frame ends with, and the words before it do not."""
IDLE_SHARE = 0.25
"""Processor seconds a second below which a program has settled, whatever load it is given."""
SPUN = (2.0, 8.0)
"""Milliseconds of work that a key of the monitor takes, alone and with a Board being shown."""
WATCHED = (0, 10)
"""Columns in which the cursor is seen to move, and nothing else changes."""


@dataclass
class Column:
    """What was measured of one program, by the title of the row."""

    name: str
    figures: dict[str, str] = field(default_factory=dict)


def environment(home: str, **more: str) -> dict[str, str]:
    """A modern terminal, nothing of the caller's own settings."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith(("SHORTSIDE_", "TEXTUAL", "SSH_"))}
    for name in ("NO_COLOR", "TMUX", "STY"):
        kept.pop(name, None)
    return kept | {
        "TERM": "xterm-256color", "COLORTERM": "truecolor", "SHORTSIDE_HOME": home, "PYTHONPATH": str(ROOT), **more
    }  # fmt: skip


# -- what is measured


def first_paint(
    command: Sequence[str], home: str, runs: int, prepare: Callable[[], None] | None = None, words: str = ""
) -> float:
    """Median milliseconds from exec until some text is on the screen, or these words."""
    times = []
    for _ in range(runs):
        if prepare is not None:
            prepare()
        with Program(command, environment(home)) as program:
            emulator, read, at = Emulator(*program.size), 0, 0.0
            while not at and program.now() < 20:
                program.watch(0.005)
                for moment, data in program.chunks[read:]:
                    emulator.feed(data)
                    if not at and _is_painted(emulator.text(), words):
                        at = moment
                read = len(program.chunks)
            times.append(1e3 * at)
    return statistics.median(times)


def _is_painted(text: str, words: str) -> bool:
    if words:
        return words in text
    return sum(not sign.isspace() for sign in text) >= FIRST_PAINT_CELLS


def key_times(program: Program, keys: Sequence[str], pause: float) -> tuple[list[float], list[int]]:
    """Milliseconds from each key to the end of the frame that shows it, and the bytes until the next key."""
    program.settle(at_most=3)
    sent = []
    for place, key in enumerate(keys):
        sent.append(program.send(key))
        # Not in step with the program's own clock.
        program.watch(pause * (1 + 0.37 * (place % 5)))
    ends = [*sent[1:], program.now()]
    emulator, times, sizes = Emulator(*program.size), [], []
    chunks = iter(program.chunks)
    pending = next(chunks, None)
    while pending and pending[0] < sent[0]:
        emulator.feed(pending[1])
        pending = next(chunks, None)
    for begin, end in zip(sent, ends, strict=True):
        before, shown, size = emulator.rows(*WATCHED), 0.0, 0
        while pending and pending[0] < end:
            moment, data = pending
            emulator.feed(data)
            size += len(data)
            is_whole = SYNC_END in data or data[-1:] != b"\x1b"
            if not shown and is_whole and emulator.rows(*WATCHED) != before:
                shown = moment
            pending = next(chunks, None)
        times.append(1e3 * (shown - begin) if shown else float("inf"))
        sizes.append(size)
    return times, sizes


def refreshes(program: Program, seconds: float, gap: float = 0.02) -> tuple[float, float, float]:
    """Bytes, changed cells and the least bytes of a refresh, as means over the frames of a while."""
    program.settle(at_most=2)
    begin = program.now()
    program.watch(seconds)
    emulator = Emulator(*program.size)
    for moment, data in program.chunks:
        if moment < begin:
            emulator.feed(data)
    frames: list[bytes] = []
    last = -1.0
    for moment, data in program.since(begin):
        if frames and moment - last < gap:
            frames[-1] += data
        else:
            frames.append(data)
        last = moment
    sizes, cells, least = [], [], []
    for frame in frames:
        before = emulator.rows()
        emulator.feed(frame)
        after = emulator.rows()
        sizes.append(len(frame))
        cells.append(changed(before, after))
        least.append(least_bytes(before, after))
    if not frames:
        return 0.0, 0.0, 0.0
    return statistics.mean(sizes), statistics.mean(cells), statistics.mean(least)


def rate(program: Program, seconds: float) -> tuple[float, float]:
    """Bytes a second, and CPU-seconds a minute."""
    before, begin = program.usage(), program.now()
    size = program.watch(seconds)
    elapsed = program.now() - begin
    return size / elapsed, 60 * (program.usage().cpu_seconds - before.cpu_seconds) / elapsed


# -- the programs


@dataclass(frozen=True)
class Bench:
    """One run: how long each look takes, and where the monitor keeps its things."""

    home: str
    seconds: float
    keys: int
    runs: int

    def program(self, words: Sequence[str], until: str, **more: str) -> Program:
        program = Program([*words], environment(self.home, **more))
        if until:
            program.wait_for(until)
        program.settle(at_most=4)
        # What the monitor prepares for the next keys is no part of what it costs afterwards.
        busy, until = program.usage().cpu_seconds, program.now() + 15
        while program.now() < until:
            program.watch(1.0)
            before, busy = busy, program.usage().cpu_seconds
            if busy - before < IDLE_SHARE:
                break
        return program

    def own(self, name: str, app: Sequence[str], until: str, *, has_table: bool = True) -> Column:
        """One of our three apps, under each load."""
        column = Column(name)
        with self.program([*APPS, *app], until) as program:
            size, cpu = rate(program, self.seconds)
            column.figures |= {"bytes/s, nothing changes": f"{size:,.0f}", "CPU-s/min idle": f"{cpu:.2f}"}
            column.figures["RSS, MB"] = f"{program.usage().megabytes:.0f}"
            if has_table:
                column.figures |= self._keys(program, "idle")
        if not has_table:
            return column
        for beats in (1, 10):
            with self.program([*APPS, *app, "--beats", str(beats)], until) as program:
                program.watch(1.0)
                size, cpu = rate(program, self.seconds)
                column.figures[f"CPU-s/min {beats} Hz"] = f"{cpu:.2f}"
                if beats == 10:
                    size, cells, least = refreshes(program, self.seconds)
                    column.figures["bytes/refresh"] = f"{size:,.0f}"
                    column.figures["cells/refresh"] = f"{cells:.0f}"
                    column.figures["× the least"] = f"{size / least:.2f}" if least else "–"
                    column.figures |= self._keys(program, "10 Hz", with_scrolling=False)
        return column

    def _keys(self, program: Program, load: str, *, with_scrolling: bool = True) -> dict[str, str]:
        moves = ["j", "k"] if "monitor" in program_name(program) else ["\x1b[B", "\x1b[A"]
        program.send(moves[0])
        times, sizes = key_times(program, moves * (self.keys // 2), 0.03)
        found = {f"key p50/p99, {load}": spread(times), f"bytes a key, {load}": f"{statistics.median(sizes):,.0f}"}
        if with_scrolling:
            for _ in range(45):
                program.send(moves[0])
                program.watch(0.02)
            times, sizes = key_times(program, moves[:1] * self.keys, 0.03)
            found |= {"key p50/p99, scrolling": spread(times), "bytes, one row": f"{statistics.median(sizes):,.0f}"}
        return found

    def foreign(self, name: str, command: Sequence[str]) -> Column:
        """Another monitor, as it comes."""
        column = Column(name)
        column.figures["first live paint, ms"] = f"{first_paint(command, self.home, self.runs):.0f}"
        with self.program(command, "") as program:
            if program.has_ended:
                # Installed, but it does not run here.
                return Column(name)
            size, cpu = rate(program, 2 * self.seconds)
            column.figures |= {"bytes/s as it comes": f"{size:,.0f}", "CPU-s/min idle": f"{cpu:.2f}"}
            column.figures["RSS, MB"] = f"{program.usage().megabytes:.0f}"
        return column


def program_name(program: Program) -> str:
    """The words that started it."""
    return Path(f"/proc/{program.process}/cmdline").read_bytes().replace(b"\0", b" ").decode()


def spread(times: Sequence[float]) -> str:
    """The median and the 99th hundredth, ms, and how many keys were never seen to be answered."""
    seen = sorted(time for time in times if time != float("inf"))
    missed = len(times) - len(seen)
    if not seen:
        return "never"
    text = f"{statistics.median(seen):.1f} / {seen[min(len(seen) - 1, int(0.99 * len(seen)))]:.1f}"
    return f"{text} ({missed} missed)" if missed else text


def monitor_column(bench: Bench) -> Column:
    """Everything of the monitor."""
    command = [sys.executable, "-m", "tui"]
    column = bench.own("shortside", ["monitor"], "Crowded shorts")
    frames = Path(bench.home, "state", "frames")

    def forget() -> None:
        shutil.rmtree(frames, ignore_errors=True)

    early, live, least = [], [], []
    for _ in range(bench.runs):
        # In turns, because the machine is another one from minute to minute.
        early.append(first_paint(command, bench.home, 1, forget))
        live.append(first_paint(command, bench.home, 1, forget, LIVE_WORDS))
        least.append(first_paint([*APPS, "minimal"], bench.home, 1))
    column.figures["first words, ms"] = f"{statistics.median(early):.0f}"
    column.figures["first live paint, ms"] = f"{statistics.median(live):.0f}"
    column.figures["first live paint, × minimal"] = f"{statistics.median(live) / statistics.median(least):.2f}"
    with bench.program(command, "Crowded shorts") as program:
        program.watch(1.0)
        size, cpu = rate(program, 2 * bench.seconds)
        column.figures |= {"bytes/s as it comes": f"{size:,.0f}", "CPU-s/min as it comes": f"{cpu:.2f}"}
        program.send("q")
        program.watch(2.0)
    column.figures["first words from the saved frame, ms"] = f"{first_paint(command, bench.home, bench.runs):.0f}"
    with bench.program([*command, "--low-bandwidth"], "Crowded shorts") as program:
        program.watch(1.0)
        column.figures["bytes/s --low-bandwidth"] = f"{rate(program, 4 * bench.seconds)[0]:,.0f}"
    for names in (50, 20_000):
        with bench.program([*APPS, "monitor", "--names", str(names), "--beats", "10"], "Crowded shorts") as program:
            program.watch(1.0)
            _, cpu = rate(program, bench.seconds)
            column.figures[f"CPU-s/min 10 Hz, {names:,} names"] = f"{cpu:.2f}"
            if names == 20_000:
                column.figures["RSS with 20,000 × 500, MB"] = f"{program.usage().megabytes:.0f}"
    times: list[float] = []
    with bench.program([*APPS, "monitor"], "Crowded shorts") as program:
        for _ in range(max(bench.keys // 12, 3)):
            program.send("w")
            some, _ = key_times_now(program, ["j", "k"] * 4)
            times += some
    column.figures["key p50/p99, book rebuilding"] = spread(times)
    with (
        bench.program([*APPS, "monitor"], "Crowded shorts") as program,
        # As the back office does it: in a process of its own, a little nicer than the monitor.
        subprocess.Popen([*APPS, "parser"], env=environment(bench.home)) as parser,
    ):
        program.watch(2.0)
        times, _ = key_times(program, ["j", "k"] * (bench.keys // 2), 0.03)
        parser.terminate()
    column.figures["key p50/p99, files parsed"] = spread(times)
    return column


def key_times_now(program: Program, keys: Sequence[str]) -> tuple[list[float], list[int]]:
    """Milliseconds from each key to the end of the frame that shows it, without waiting for quiet first."""
    settle, program.settle = program.settle, lambda **_: None  # type: ignore[method-assign]
    try:
        return key_times(program, keys, 0.02)
    finally:
        program.settle = settle  # type: ignore[method-assign]


def minimal_column(bench: Bench) -> Column:
    """The least of a Textual app."""
    column = bench.own("minimal Textual", ["minimal"], "shortside", has_table=False)
    column.figures["first live paint, ms"] = f"{first_paint([*APPS, 'minimal'], bench.home, bench.runs):.0f}"
    return column


def spin_column(bench: Bench, work: float) -> Column:
    """So many milliseconds of work a key and nothing else: what of a key's time is the machine's."""
    column = Column(f"{work:g} ms of work")
    with bench.program([*APPS, "spin", "--work", str(work)], "spinning") as program:
        times, _ = key_times(program, ["j"] * bench.keys, 0.03)
    column.figures["key p50/p99, idle"] = spread(times)
    return column


def table_column(bench: Bench) -> Column:
    """A DataTable of the same cells."""
    column = bench.own("DataTable", ["table"], "N00020")
    column.figures["first live paint, ms"] = f"{first_paint([*APPS, 'table'], bench.home, bench.runs):.0f}"
    return column


FOREIGN = {"htop": ["htop"], "btop": ["btop"], "glances": ["glances"], "top": ["top"]}


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="benchmarks.terminal")
    parser.add_argument("--quick", action="store_true", help="a third of the keys and seconds")
    parser.add_argument("--only", default="", help="programs, by words of their names, with commas")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        bench = Bench(home, 4.0 if given.quick else 12.0, 60 if given.quick else 200, 3 if given.quick else 7)
        makers = {
            "shortside": lambda: monitor_column(bench),
            "minimal Textual": lambda: minimal_column(bench),
            "DataTable": lambda: table_column(bench),
            **{f"{work:g} ms of work": (lambda work=work: spin_column(bench, work)) for work in SPUN},
            **{
                name: (lambda name=name, command=command: bench.foreign(name, command))
                for name, command in FOREIGN.items()
                if shutil.which(command[0])
            },
        }
        wanted = [name for name in makers if not given.only or any(word in name for word in given.only.split(","))]
        columns = [makers[name]() for name in wanted]
    columns = [column for column in columns if column.figures]
    titles = list(dict.fromkeys(title for column in columns for title in column.figures))
    rows = [[title, *(column.figures.get(title, "") for column in columns)] for title in sorted(titles, key=_order)]
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, 120×40, truecolor\n")
    print_table(["", *(column.name for column in columns)], rows)
    return 0


ORDER = ("first", "key", "bytes", "cells", "×", "CPU", "RSS")


def _order(title: str) -> int:
    return next(place for place, word in enumerate(ORDER) if title.startswith(word))


if __name__ == "__main__":
    sys.exit(main())
