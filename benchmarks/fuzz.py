"""How each parser takes bodies that are wrong: what it reads, what it refuses, and whether anything else leaves it.

    python -m benchmarks.fuzz --runs 20000 [--only WORDS] [--seed 1] [--first 0]
    python -m benchmarks.fuzz --runs 1000000 --into docs/campaigns/fuzz.json [--processes 1] [--minutes 60] [--anew]

A row a parser. `escaped` counts errors that are not the providers' own, warnings, messages that no terminal may be
shown, and bodies that took more than a second of the processor; it should be nought, and each kind is printed below
with the number and the body that brought it about: `--first NUMBER --runs 1` gives it to the parser again. A body is
made of the seed, the parser and its number alone.

With `--into` the counts are summed in a file after each thousand bodies of a parser, and a later call goes on where an
earlier one ended, up to `--runs` of each; `--anew` forgets those of the parsers that `--only` names, as it has to be
done once one of them was mended. docs/campaigns/fuzz.json has the bodies of every night so far, and
`python -m docs.make_campaigns` writes them into docs/reliability.md.
"""

from __future__ import annotations

import argparse
import gc
import logging
import random
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

from benchmarks._campaign import in_processes, keep, read_kept
from benchmarks._mutations import mutated
from benchmarks._seeds import SEEDS, Seed, screener_seed
from benchmarks._timing import memory_peak, table_text
from providers.errors import LONGEST_MESSAGE, ProviderError
from shortside.words.plain_text import printable

SHOWN_BYTES: Final = 200
BLOCK: Final = 1_000
"""Bodies between two writings of the file."""
BLOCKS_A_PROCESS: Final = 1_000
LONGEST_SECONDS: Final = 1.0
"""Of the processor; no body made here has more than a few thousand values."""
Block = tuple[str, int, int, int]
"""A parser, the word its bodies are made by, the number of the first of them, and how many."""
HEAD: Final = ("parser", "bodies", "read", "refused", "escaped", "longest message", "slowest ms", "most MB")
CLEAR: Final = Path("/proc/self/clear_refs")
"""Where Linux forgets the most memory a process ever had, so that each block's is its own."""


class Outcome(NamedTuple):
    """What became of one body."""

    kind: str
    """`read`, `refused`, or the error that escaped."""
    message: str = ""


@dataclass
class Tally:
    """What became of the bodies of one parser that have been tried."""

    bodies: int = 0
    read: int = 0
    refused: int = 0
    longest_message: int = 0
    slowest: float = 0.0
    """Seconds of the processor."""
    most_megabytes: float = 0.0
    """Of the whole process, its libraries included."""
    escaped: dict[str, list[str]] = field(default_factory=dict)
    """Of each kind, numbers and beginnings of the bodies."""

    def add(self, other: Tally) -> None:
        """Take another's into this one."""
        self.bodies += other.bodies
        self.read += other.read
        self.refused += other.refused
        self.longest_message = max(self.longest_message, other.longest_message)
        self.slowest = max(self.slowest, other.slowest)
        self.most_megabytes = max(self.most_megabytes, other.most_megabytes)
        for kind, bodies in other.escaped.items():
            self.escaped.setdefault(kind, []).extend(bodies)


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


def tally_of(seed: Seed, word: int, first: int, count: int) -> Tally:
    """Give a parser the bodies of so many numbers."""
    found = Tally(bodies=count)
    with suppress(OSError):
        CLEAR.write_text("5")
    for number in range(first, first + count):
        body = mutated(seed.body, random.Random(f"{word} {seed.parser} {number}"))
        began = time.process_time()
        outcome = outcome_of(seed, body)
        took = time.process_time() - began
        found.slowest = max(found.slowest, took)
        found.longest_message = max(found.longest_message, len(outcome.message))
        kind = "too slow" if took > LONGEST_SECONDS else outcome.kind
        if kind == "read":
            found.read += 1
        elif kind == "refused":
            found.refused += 1
        else:
            found.escaped.setdefault(kind, []).append(f"{number}: {body[:SHOWN_BYTES]!r}")
    found.most_megabytes = memory_peak()
    return found


def tried(parser: str, word: int, first: int, count: int) -> tuple[str, Tally]:
    """Give a parser the bodies of so many numbers, in whatever process; its name, and what became of them."""
    if not gc.get_freeze_count():
        # Objects of libraries that stay would be gone through again and again, for a tenth of the time. Once: what is
        # garbage at that moment is never collected.
        gc.collect()
        gc.freeze()
    logging.getLogger("shortside").setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        # Python prints a warning of a library where the terminal draws.
        warnings.simplefilter("error")
        return parser, tally_of(next(seed for seed in every_seed() if seed.parser == parser), word, first, count)


def every_seed() -> list[Seed]:
    """Each parser's."""
    return [*SEEDS, screener_seed()]


def read_tallies(file: Path | None, word: int) -> dict[str, Tally]:
    """What a file holds of earlier calls with this seed, by parser."""
    return {parser: Tally(**figures) for parser, figures in read_kept(file, {"seed": word}).items()}


def keep_tallies(file: Path | None, word: int, tallies: Mapping[str, Tally]) -> None:
    """Put the file with the parsers in the order of their names."""
    keep(file, {"seed": word}, {parser: _figures(tallies[parser]) for parser in sorted(tallies)})


def _figures(tally: Tally) -> dict[str, Any]:
    return asdict(tally) | {"slowest": round(tally.slowest, 4), "most_megabytes": round(tally.most_megabytes, 1)}


def blocks(seeds: Sequence[Seed], tallies: dict[str, Tally], asked: argparse.Namespace) -> Iterator[Block]:
    """What is left to be tried until the time is over: the parser that is furthest behind comes first."""
    deadline = time.monotonic() + asked.minutes * 60
    done = {seed.parser: tallies[seed.parser].bodies for seed in seeds}
    while done and time.monotonic() < deadline:
        parser = min(done, key=lambda parser: done[parser])
        count = min(BLOCK, asked.runs - done[parser])
        if count <= 0:
            return
        yield parser, asked.seed, asked.first + done[parser], count
        done[parser] += count


def run(seeds: Sequence[Seed], tallies: dict[str, Tally], asked: argparse.Namespace) -> None:
    """Try what is left, and keep what came of it after each block."""
    left = blocks(seeds, tallies, asked)
    here = (tried(*block) for block in left)
    for parser, tally in here if asked.processes == 1 else in_processes(tried, left, asked.processes, BLOCKS_A_PROCESS):
        tallies[parser].add(tally)
        keep_tallies(asked.into, asked.seed, tallies)


def main(arguments: Sequence[str] | None = None) -> int:
    """Try every parser and print the table; 1 where anything escaped."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--runs", type=int, default=20_000, help="bodies that each parser shall have been given")
    options.add_argument("--first", type=int, default=0, help="the number of the first body")
    options.add_argument("--only", default="", help="words, one of which is in the parser's name")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--into", type=Path, help="sum the counts in this file")
    options.add_argument("--anew", action="store_true", help="forget what the file holds of these parsers")
    options.add_argument("--processes", type=int, default=1)
    options.add_argument("--minutes", type=float, default=float("inf"), help="end after so many")
    asked = options.parse_args(arguments)
    words = asked.only.split() or [""]
    seeds = [seed for seed in every_seed() if any(word in seed.parser for word in words)]
    tallies = read_tallies(asked.into, asked.seed)
    for seed in seeds:
        if asked.anew or seed.parser not in tallies:
            tallies[seed.parser] = Tally()
    with suppress(KeyboardInterrupt):
        run(seeds, tallies, asked)
    shown = {seed.parser: tallies[seed.parser] for seed in seeds}
    print(tallies_table(shown))
    for parser, tally in shown.items():
        for kind, bodies in tally.escaped.items():
            print(f"\n{parser}: {kind}, {len(bodies)} times\n  {bodies[0]}")
    return 1 if any(tally.escaped for tally in shown.values()) else 0


def tallies_table(tallies: Mapping[str, Tally]) -> str:
    """A row a parser."""
    return table_text(HEAD, [_row(parser, tally) for parser, tally in tallies.items()])


def _row(parser: str, tally: Tally) -> tuple[str, ...]:
    escaped = sum(map(len, tally.escaped.values()))
    figures = (tally.bodies, tally.read, tally.refused, escaped, tally.longest_message)
    name = parser.removeprefix("providers.")
    return (name, *(f"{one:,}" for one in figures), f"{tally.slowest * 1000:.1f}", f"{tally.most_megabytes:.0f}")


if __name__ == "__main__":
    raise SystemExit(main())
