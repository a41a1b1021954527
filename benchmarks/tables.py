"""How long the tables of the market take on 20,000 names, and a walk through every session of a folder as it was known.

    python -m benchmarks.tables --data FOLDER --fresh 10 --processes 2

The walk makes the market and the Board of each session out of files read once, and says how many sessions a second
that is. So many of them, evenly spread, are read anew of nothing that was published later, and their sums compared.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from datetime import time as dt_time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks._market import random_market
from benchmarks._timing import print_table, timed
from benchmarks._walk_in_spans import walked
from shortside.board import Board, Desk
from shortside.evidence.squeeze_chances import chances_of
from shortside.evidence.squeeze_factors import squeeze_inputs
from shortside.evidence.squeeze_vintages import shipped_vintages
from shortside.loans.history import LoanState, history_of
from shortside.market import market_of
from shortside.rows import tier_table
from shortside.tables.borrow import BorrowTable
from shortside.tables.certainty import Certainty
from shortside.tables.migration import Migration
from shortside.tables.shorting import Shorting
from shortside.tables.winners import Winners
from shortside.view import View
from tui.settings.configuration import Options, configured
from tui.sources.load import load
from tui.sources.loaded_market import LoadedMarket


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tables", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--names", type=int, default=20_000)
    parser.add_argument("--sessions", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--data", type=Path, default=None, metavar="FOLDER", help="also walk through its sessions")
    parser.add_argument("--fresh", type=int, default=10, help="sessions of the walk that are read anew")
    parser.add_argument("--processes", type=int, default=1, help="how many walk, each through a span of the sessions")
    options = parser.parse_args(arguments)
    _tables(options.names, options.sessions, options.rounds)
    if options.data is not None:
        _walk(options.data, options.fresh, options.processes)


def _tables(names: int, sessions: int, rounds: int) -> None:
    board = Desk(market_of(random_market(names, sessions))).board(View(window="30d"))
    made: tuple[tuple[str, Callable[[Board], object]], ...] = (
        ("shorting and covering, names in order", lambda one: (Shorting(one).order(), Shorting(one).total())),
        ("by tier and by sector", lambda one: (Shorting(one).by_tier(), Shorting(one).by_sector())),
        ("winners and losers", lambda one: (Winners(one).order(), Winners(one).order(is_losing=True))),
        ("migration", lambda one: (Migration(one).bridges, Migration(one).moves, Migration(one).order())),
        ("certainty", lambda one: Certainty(one).rows()),
        ("cost of borrowing, YTD, a look a session", _borrowed(board)),
        ("factors of P(squeeze)", squeeze_inputs),
        ("P(squeeze) of the factors", _scored(squeeze_inputs(board))),
    )
    rows = []
    for words, make in made:
        found = timed(partial(make, board), rounds)
        rows.append((words, f"{found.median:.1f}", f"{found.least:.1f}", f"{found.processor:.1f}"))
    print(f"{names:,} names, milliseconds of {rounds} calls\n")
    print_table(("table", "median", "least", "processor"), rows)


def _borrowed(board: Board) -> Callable[[Board], object]:
    """Makes the table of borrowing over the year to date, of a look after each of 200 sessions; a tenth has no fee."""
    market, random = board.market, np.random.default_rng(3)
    this_year = board.desk.board(View(window="ytd"))
    looks = [_look(day.astype(object), len(market.symbols), random) for day in market.sessions[-200:]]
    history = history_of(market.symbols, "noise", looks, now=looks[-1], day_ago=looks[-2], week_ago=looks[-6])
    return lambda _: BorrowTable(this_year, history)


def _look(day: date, names: int, random: np.random.Generator) -> LoanState:
    at = datetime.combine(day, dt_time(22), UTC)
    fee = np.exp(random.normal(-4.3, 1.6, names))
    fee[random.random(names) < 0.1] = np.nan
    available = np.ceil(np.exp(random.normal(9, 3, names)))
    return LoanState(
        as_of=day, known_at=at, fetched_at=at, fee=fee, available=available, is_capped=np.zeros(names, bool)
    )


def _scored(inputs: Any) -> Callable[[Board], object]:
    newest = shipped_vintages()[-1]
    return lambda _: chances_of(inputs, newest.model, newest.volatility_alone)


def _walk(folder: Path, fresh: int, processes: int) -> None:
    with tempfile.TemporaryDirectory() as home:
        options = configured({"source": "files", "data": str(folder)}, {"SHORTSIDE_HOME": home}).options
        now = datetime.now(UTC)
        began, processor = time.perf_counter(), _processor_seconds()
        sums = dict(walked(options, now, _sums, processes=processes))
        seconds, processor = time.perf_counter() - began, _processor_seconds() - processor
        days = list(sums)
        print("\nA walk through every session as it was known, reading the files included\n")
        rates = (f"{len(days) / one:.1f}" for one in (seconds, processor / processes))
        print_table(
            ("sessions", "from", "to", "processes", "seconds", "sessions a second", "a second of each one's processor"),
            [(f"{len(days)}", f"{days[0]}", f"{days[-1]}", f"{processes}", f"{seconds:.1f}", *rates)],
        )
        print("\nSessions read anew, of nothing that was published later\n")
        print_table(("session", "short interest", "P&L of 30 days", "apart by"), _apart(options, sums, fresh))


def _processor_seconds() -> float:
    """Seconds of processor time of this process and of those that it began and that ended."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in both)


def _apart(options: Options, sums: dict[date, list[float]], fresh: int) -> list[tuple[str, ...]]:
    rows = []
    days = list(sums)
    for day in days[:: max(len(days) // fresh, 1)][:fresh]:
        anew = _sums(load(options._replace(as_of=day), lambda: datetime.now(UTC)))
        same = all(one == other for one, other in zip(sums[day], anew, strict=True))
        apart = "nothing, to the last bit" if same else f"{np.nanmax(np.abs(np.subtract(sums[day], anew))):,.2f}"
        rows.append((f"{day}", f"{anew[0]:,.0f}", f"{anew[1]:,.0f}", apart))
    return rows


def _sums(loaded: LoadedMarket) -> list[float]:
    """Short interest, P&L and new shorts of every tier, USD."""
    table = tier_table(loaded.desk.board(View(window="30d")), with_trends=False)
    rows = (table.total, *table.rows)
    return [value for row in rows for value in (row.short_interest_end, row.profit, row.new_short)]


if __name__ == "__main__":
    main()
