"""How long a whole process takes from its start to a printed tier table, cold and from its own cache.

    python -m benchmarks.snapshot --data ../shared/market --as-of 2023-09-07 --repeats 5

Cold begins with an empty cache folder, warm with the one the run before left. The files themselves are in the system's
page cache either way. A process that starts the program and prints its version stands beside, for scale.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks._timing import print_table

ROOT = Path(__file__).parents[1]
# The program itself is run by a process that does nothing else, whose children's peak is then its alone.
WATCHER = """
import resource, subprocess, sys, time
begun = time.perf_counter()
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
seconds = time.perf_counter() - begun
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / (1048576 if sys.platform == "darwin" else 1024)
print(code, seconds, peak)
"""


class Run(NamedTuple):
    """One process from start to end."""

    seconds: float
    megabytes: float
    """Its peak."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    description = (__doc__ or "").splitlines()[0]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.snapshot", description=description)
    parser.add_argument("--data", type=Path, help="folder of the files source; the demo market alone without it")
    parser.add_argument("--as-of", default="2023-09-07")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args(arguments)
    rows = [_row("--version", [run(["--version"], Path(os.devnull)) for _ in range(options.repeats)])]
    questions = {"demo": ["snapshot", "tiers", "--source", "demo"]}
    if options.data:
        source = ["--source", "files", "--data", str(options.data.resolve()), "--as-of", options.as_of]
        questions["files"] = ["snapshot", "tiers", *source]
    for name, words in questions.items():
        cold, warm = cold_and_warm(words, options.repeats)
        rows += [_row(f"snapshot tiers, {name}, cold", cold), _row(f"snapshot tiers, {name}, warm", warm)]
    print_table(("process", "median s", "least s", "peak MB", "runs"), rows)


def cold_and_warm(words: Sequence[str], repeats: int) -> tuple[list[Run], list[Run]]:
    """Runs that begin with nothing kept, and runs right after each of them."""
    cold, warm = [], []
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as home:
            cold.append(run(words, Path(home)))
            warm.append(run(words, Path(home)))
    return cold, warm


def run(words: Sequence[str], home: Path) -> Run:
    """Run the program once, its folders below `home`.

    Raises:
        RuntimeError: it did not end well; its own words are on standard error.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SHORTSIDE_")}
    watcher = [sys.executable, "-S", "-c", WATCHER, sys.executable, "-m", "tui", *words]
    environment = {**kept, "SHORTSIDE_HOME": str(home)}
    told = subprocess.run(watcher, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
    code, seconds, megabytes = told.split()
    if int(code):
        raise RuntimeError(f"shortside {' '.join(words)} ended with exit code {code}")
    return Run(float(seconds), float(megabytes))


def _row(name: str, runs: Sequence[Run]) -> tuple[str, ...]:
    seconds = [run.seconds for run in runs]
    middle, peak = statistics.median(seconds), max(run.megabytes for run in runs)
    return name, f"{middle:.2f}", f"{min(seconds):.2f}", f"{peak:,.0f}", str(len(runs))


if __name__ == "__main__":
    main()
