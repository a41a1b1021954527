"""How long a step in time takes on a folder's market, and what is resident while one steps and afterwards.

    python -m benchmarks.steps --data FOLDER --as-of 2023-09-07 --steps 20

Each step is what `<` does in a thread: the market of the session before is made, and the Board of it. Of a day that was
made ahead, while the one beside it was looked at, the market is there.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks._timing import memory_now, memory_peak, print_table


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.steps", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--as-of", type=date.fromisoformat, default=None)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--jumps", type=int, default=8)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as home:
        _measure(options.data, options.as_of, options.steps, options.jumps, home)


def _measure(folder: Path, as_of: date | None, steps: int, jumps: int, home: str) -> None:
    import numpy as np

    from tui.memory import give_memory_back, keep_little
    from tui.settings.configuration import configured
    from tui.sources.boards import prepared_board
    from tui.sources.load import load, source_data
    from tui.sources.past_days import PastDays

    keep_little()
    words = {"source": "files", "data": str(folder), **({"as_of": as_of.isoformat()} if as_of else {})}
    options = configured(words, {"SHORTSIDE_HOME": home}).options
    present = load(options, _clock)
    shown: list[Any] = [prepared_board(present.desk, present.view)]
    give_memory_back()
    weights = [("the present, with its Board", memory_now())]
    days = present.market.sessions.tolist()
    past = [PastDays(options, lambda: source_data(options, _clock), lambda asked: load(asked, _clock))]

    def show(day: date) -> None:
        shown[0] = prepared_board(past[0].evening(day).loaded.desk, present.view)

    first = _seconds(lambda: show(days[-2]))
    give_memory_back()
    weights.append(("the first evening, with the listings it is cut of", memory_now()))
    unprepared = [_seconds(lambda day=day: show(day)) for day in days[-3 : -3 - steps : -1]]  # type: ignore[misc]
    weights.append((f"after {steps} steps", memory_now()))
    held = days[-3 - steps + 1 :][:2]
    warm = [_seconds(lambda day=day: show(day)) for day in held * (steps // 2)]  # type: ignore[misc]
    random = np.random.default_rng(7)
    wanted = random.choice(days[len(days) // 3 : -30], jumps, replace=False).tolist()
    jumped = [_seconds(lambda day=day: show(day)) for day in wanted]  # type: ignore[misc]
    weights.append((f"after {jumps} jumps more", memory_now()))
    gc.collect()
    give_memory_back()
    weights.append(("after that, collected and given back", memory_now()))
    past.clear()
    shown[0] = None
    gc.collect()
    give_memory_back()
    weights += [("back at the present, the evenings forgotten", memory_now()), ("the most there was", memory_peak())]
    print_table(
        ("what", "median ms", "least ms", "most ms"),
        [
            _row("the first step, listings read again", [first]),
            _row("a step to a day not made ahead", unprepared),
            _row("a step to a day made ahead", warm),
            _row("a jump to any day", jumped),
        ],
    )
    print()
    print_table(("resident", "MB"), [(what, f"{megabytes:.0f}") for what, megabytes in weights])


def _clock() -> Any:
    from tui.clock import system_clock

    return system_clock()


def _seconds(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def _row(what: str, seconds: Sequence[float]) -> tuple[str, ...]:
    milliseconds = [1e3 * one for one in seconds]
    figures = statistics.median(milliseconds), min(milliseconds), max(milliseconds)
    return what, *(f"{one:.0f}" for one in figures)


if __name__ == "__main__":
    main()
