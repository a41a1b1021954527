"""How each parser takes bodies that are wrong: what it reads, what it refuses, and whether anything else leaves it.

    python -m benchmarks.fuzz --runs 20000 [--only WORDS] [--seed 1]

A row a parser. `escaped` counts errors that are not the providers' own, and messages that no terminal may be shown;
it should be nought, and each kind is printed below with the body that brought it about.
"""

from __future__ import annotations

import argparse
import logging
import random
import time
from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from benchmarks._mutations import mutated
from benchmarks._seeds import SEEDS, Seed, screener_seed
from benchmarks._timing import print_table
from providers.errors import LONGEST_MESSAGE, ProviderError
from shortside.plain_text import printable

SHOWN_BYTES: Final = 200


class Outcome(NamedTuple):
    """What became of one body."""

    kind: str
    """`read`, `refused`, or the error that escaped."""
    message: str = ""


def outcome_of(seed: Seed, body: bytes) -> Outcome:
    """Give a parser a body."""
    try:
        seed.reads(body)
    except ProviderError as error:
        message = str(error)
        is_clean = len(message) <= LONGEST_MESSAGE and message == printable(message) and message.isprintable()
        return Outcome("refused" if is_clean else "a message not fit to be shown", message)
    # Any other one is what is looked for.
    except Exception as error:
        return Outcome(type(error).__name__, str(error))
    return Outcome("read")


def main(arguments: Sequence[str] | None = None) -> int:
    """Try every parser and print the table; 1 where anything escaped."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=20_000)
    options.add_argument("--only", default="")
    options.add_argument("--seed", type=int, default=1)
    asked = options.parse_args(arguments)
    logging.getLogger("shortside").setLevel(logging.CRITICAL)
    rows: list[tuple[str, ...]] = []
    escaped: dict[tuple[str, str], bytes] = {}
    for seed in (*SEEDS, screener_seed()):
        if asked.only not in seed.parser:
            continue
        chance, counts, longest, slowest = random.Random(f"{asked.seed} {seed.parser}"), Counter[str](), 0, 0.0
        for _ in range(asked.runs):
            body = mutated(seed.body, chance)
            began = time.perf_counter()
            outcome = outcome_of(seed, body)
            slowest = max(slowest, time.perf_counter() - began)
            counts[outcome.kind] += 1
            longest = max(longest, len(outcome.message))
            if outcome.kind not in ("read", "refused"):
                escaped.setdefault((seed.parser, outcome.kind), body)
        others = sum(counts.values()) - counts["read"] - counts["refused"]
        name = seed.parser.removeprefix("providers.")
        figures = (counts.total(), counts["read"], counts["refused"], others, longest)
        rows.append((name, *(f"{figure:,}" for figure in figures), f"{slowest * 1000:.1f}"))
    print_table(("parser", "bodies", "read", "refused", "escaped", "longest message", "slowest ms"), rows)
    for (parser, kind), body in escaped.items():
        print(f"\n{parser}: {kind}\n  {body[:SHOWN_BYTES]!r}")
    return 1 if escaped else 0


if __name__ == "__main__":
    raise SystemExit(main())
