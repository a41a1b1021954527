"""The memory that each parser takes for bodies made to take much: values without number, endless texts, deep brackets.

    python -m benchmarks.memory [--only WORDS] [--megabytes 48] [--processes 1]

Each body is as large as its parser takes it at all, and is read in a process of its own. A row a parser, with the body
that took most; nothing may take more than 400 MB, the interpreter and its libraries included.
"""

from __future__ import annotations

import argparse
import gc
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks._campaign import in_processes
from benchmarks._seeds import Seed
from benchmarks._swollen import MEGABYTE, Making, swollen
from benchmarks._timing import print_table
from benchmarks.fuzz import every_seed, outcome_of
from providers.errors import MalformedError
from providers.parsing.modesty import require_modest

SMALLER: Final = (1.0, 0.5, 0.25, 0.125, 0.0625, 0.03)
"""Parts of the largest size that are tried until the body passes the gate: memory is of interest behind it."""


def peak_of(seed: Seed, body: bytes) -> tuple[int, str]:
    """The megabytes a process held at most while it read, and what it says of that."""
    hears, says = os.pipe()
    child = os.fork()
    if child == 0:
        Path("/proc/self/clear_refs").write_text("5")
        try:
            words = outcome_of(seed, body).kind
        except BaseException as error:
            words = f"escaped: {type(error).__name__}"
        lines = Path("/proc/self/status").read_text().splitlines()
        peak = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
        os.write(says, f"{peak // 1024} {words}".encode()[:4096])
        os._exit(0)
    os.close(says)
    with os.fdopen(hears, "rb") as heard:
        told = heard.read().decode("utf-8", "replace")
    os.waitpid(child, 0)
    peak_told, _, words = (told or "0 it died").partition(" ")
    return int(peak_told), words


def largest_that_passes(make: Making, size: int) -> bytes:
    """The body of one kind, as large as may be."""
    for part in SMALLER:
        body = make(int(part * size))
        try:
            require_modest(body, "")
        except MalformedError:
            continue
        break
    return body


class Swollen(NamedTuple):
    """What one body came to."""

    peak: int
    """Megabytes."""
    kind: str
    length: int
    words: str


def read_swollen(parser: str, size: int) -> tuple[str, list[Swollen]]:
    """A parser, and what became of each of its bodies, in whatever process."""
    logging.getLogger("shortside").setLevel(logging.CRITICAL)
    seed = next(seed for seed in every_seed() if seed.parser == parser)
    seed.reads(seed.body)
    gc.freeze()
    found = []
    for kind, make in swollen(seed.body).items():
        body = largest_that_passes(make, size)
        peak, words = peak_of(seed, body)
        found.append(Swollen(peak, kind, len(body), words))
    return parser, found


def main(arguments: Sequence[str] | None = None) -> int:
    """Swell every parser's body and print the table; 1 where one took too much, or anything escaped."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--only", default="")
    options.add_argument("--megabytes", type=float, default=48)
    options.add_argument("--processes", type=int, default=1)
    options.add_argument("--most", type=int, default=400, help="megabytes that one may take")
    asked = options.parse_args(arguments)
    if sys.platform != "linux":
        print("only Linux tells the most memory a process ever had")
        return 0
    seeds = [seed for seed in every_seed() if asked.only in seed.parser and not seed.body.startswith(b"PK")]
    given = [(seed.parser, int(asked.megabytes * MEGABYTE)) for seed in seeds]
    here = (read_swollen(*one) for one in given)
    read = dict(here if asked.processes == 1 else in_processes(read_swollen, iter(given), asked.processes, len(given)))
    rows, is_sound = [], True
    for seed in seeds:
        found = read[seed.parser]
        most = max(found)
        odd = [one.words for one in found if one.words not in ("read", "refused")]
        is_sound &= most.peak <= asked.most and not odd
        name = seed.parser.removeprefix("providers.")
        length = f"{most.length / MEGABYTE:.1f}"
        rows.append((name, str(len(found)), f"{most.peak:,}", most.kind, length, str(len(odd))))
    print_table(("parser", "bodies", "most MB", "for", "of MB", "escaped"), rows)
    return 0 if is_sound else 1


if __name__ == "__main__":
    raise SystemExit(main())
