"""The memory that each parser takes for bodies made to take much: values without number, endless texts, deep brackets.

    python -m benchmarks.memory [--only WORDS] [--megabytes 48]

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
from typing import Final

from benchmarks._seeds import SEEDS, Seed, screener_seed
from benchmarks._swollen import MEGABYTE, swollen
from benchmarks._timing import print_table
from benchmarks.fuzz import outcome_of
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


def largest_that_passes(seed: Seed, place: int, size: int) -> bytes:
    """The body of one kind, as large as may be."""
    body = b""
    for part in SMALLER:
        body = next(body for at, (_, body) in enumerate(swollen(seed.body, int(part * size))) if at == place)
        try:
            require_modest(body, "")
        except MalformedError:
            continue
        break
    return body


def main(arguments: Sequence[str] | None = None) -> int:
    """Swell every parser's body and print the table; 1 where one took too much, or anything escaped."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--only", default="")
    options.add_argument("--megabytes", type=float, default=48)
    options.add_argument("--most", type=int, default=400, help="megabytes that one may take")
    asked = options.parse_args(arguments)
    if sys.platform != "linux":
        print("only Linux tells the most memory a process ever had")
        return 0
    logging.getLogger("shortside").setLevel(logging.CRITICAL)
    rows, is_sound = [], True
    gc.freeze()
    for seed in (*SEEDS, screener_seed()):
        if asked.only not in seed.parser or seed.body.startswith(b"PK"):
            continue
        seed.reads(seed.body)
        kinds = [what for what, _ in swollen(seed.body, 256)]
        found = []
        for place, kind in enumerate(kinds):
            body = largest_that_passes(seed, place, int(asked.megabytes * MEGABYTE))
            peak, words = peak_of(seed, body)
            found.append((peak, kind, len(body), words))
        peak, kind, length, _ = max(found)
        odd = [words for *_, words in found if words not in ("read", "refused")]
        is_sound &= peak <= asked.most and not odd
        name = seed.parser.removeprefix("providers.")
        rows.append((name, str(len(found)), f"{peak:,}", kind, f"{length / MEGABYTE:.1f}", str(len(odd))))
    print_table(("parser", "bodies", "most MB", "for", "of MB", "escaped"), rows)
    return 0 if is_sound else 1


if __name__ == "__main__":
    raise SystemExit(main())
