"""How long the Book, the Board and their ticks take beside blocked numpy and pandas, and what a market weighs.

    python -m benchmarks.book --names 20000 --sessions 500 --repeats 7

One table from one run: trust its ratios, not its milliseconds. The Book computes more than its rivals (five sums per
name at every settlement, the band among them, where they add up one P&L per tier), and they are given dense arrays.
"""

from __future__ import annotations

import argparse
import itertools
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks._market import random_market
from benchmarks._timing import Timed, memory_now, memory_peak, print_table, timed
from shortside.board import Board, Desk
from shortside.book import Book
from shortside.listings import Floats, Indexes, Listings
from shortside.market import Market, market_of
from shortside.positions import positions_of
from shortside.tiers import TierBasis, TierScheme
from shortside.view import View
from shortside.windows import Window, window_of

if TYPE_CHECKING:
    from benchmarks._rivals import Dense

TICKED = 200
TICKS = 200
"""A tick is so short that it takes many to time one."""
REFERENCE = "numpy, blocked by tier, dense arrays given"
Row = tuple[str, Timed]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.book", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--names", type=int, default=20_000)
    parser.add_argument("--sessions", type=int, default=500)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument(
        "--gaps", type=float, default=0.05, help="fraction of names that begin late, and that end early"
    )
    parser.add_argument("--memory", action="store_true", help="only load a market and print what it weighs, as JSON")
    options = parser.parse_args(arguments)
    if options.memory:
        print(json.dumps(weigh(options.names, options.sessions, options.gaps)))
        return
    listings = random_market(options.names, options.sessions, gaps=options.gaps)
    rows = [*rival_rows(listings, options.repeats), *book_rows(listings, options.repeats)]
    rows += board_rows(listings, options.repeats)
    reference = next(took.median for what, took in rows if what == REFERENCE)
    print(
        f"{options.names:,} names × {options.sessions} sessions, {options.gaps:.0%} late and {options.gaps:.0%} ended\n"
    )
    print_table(
        ("what", "median ms", "least ms", "runs", "× blocked numpy"),
        [
            (what, f"{took.median:,.3f}", f"{took.least:,.3f}", str(took.repeats), f"{took.median / reference:,.3f}")
            for what, took in rows
        ],
    )
    print()
    print_table(("memory of a process of its own", "MB"), memory_rows(options.names, options.sessions, options.gaps))


def rival_rows(listings: Listings, repeats: int) -> Iterator[Row]:
    """Blocked numpy and pandas on the market's own prices and positions."""
    # Not at the top: pandas would weigh on the process that is weighed.
    from benchmarks import _rivals

    dense = dense_of(market_of(listings))
    yield REFERENCE, timed(lambda: _rivals.blocked(dense), repeats)
    frames = _rivals.wide_frames(dense)
    yield "pandas, wide frames", timed(partial(_rivals.wide, dense, *frames), max(1, repeats // 3))
    del frames
    rows = _rivals.long_frame(dense)
    yield "pandas, long frame, groupby", timed(lambda: _rivals.long(rows), max(1, repeats // 5), warm_up=0)


def dense_of(market: Market) -> Dense:
    """What the rivals are given: prices and positions spelled out, names sorted by tier."""
    from benchmarks import _rivals

    positions = positions_of(market)
    scheme = TierScheme()
    tiers = scheme.codes(market.market_caps.at(-1))
    order = np.argsort(tiers, kind="stable")
    shares = np.stack([positions.at(session)[order] for session in range(len(market.sessions))], axis=1)
    return _rivals.Dense(
        price=np.ascontiguousarray(market.close.T[order], np.float64),
        shares=shares,
        tiers=tiers[order],
        count=len(scheme.labels),
    )


def book_rows(listings: Listings, repeats: int) -> Iterator[Row]:
    """From listings to one window of one Book, and its ticks."""
    yield "market_of: restate, repair, classify", timed(lambda: market_of(listings), max(1, repeats // 2))
    market = market_of(listings)
    yield "Book rebuilt, positions_of included", timed(lambda: Book(market, positions_of(market)), repeats)
    positions = positions_of(market)
    yield "Book alone", timed(lambda: Book(market, positions), repeats)
    book = Book(market, positions)
    for name in ("ytd", "30d", "1y"):
        window = window_of(name, market.sessions)
        yield f"Book, window {name} the first time", timed(partial(_anew, book, window), repeats)
    columns, prices = _ticked(market)

    def tick() -> None:
        book.tick(columns, prices)
        book.live(columns)

    yield f"Book, tick of {len(columns)} names and their live sums", timed(tick, TICKS)


def _anew(book: Book, window: Window) -> None:
    # What a Book keeps of windows asked before would answer at once.
    book._windows.clear()
    book.window(window)


def board_rows(listings: Listings, repeats: int) -> Iterator[Row]:
    """Whole Boards: what a key press or a tick on the screen costs."""
    market = market_of(listings)
    desk = Desk(market)
    desk.board(View())
    yield "Board built, ytd by end", timed(lambda: desk.board(View()), repeats)
    windows = ("30d", "1y", "qtd", "5d")
    yield "Board, window changed", timed(_cycle(desk, [View(window=name) for name in windows]), repeats)
    yield "Board, basis changed to start", timed(lambda: desk.board(View(basis=TierBasis.START)), repeats)
    yield "Board, basis changed to daily, first time", timed(lambda: _first_daily(desk), repeats, warm_up=0)
    yield "Board, basis changed to daily, again", timed(lambda: desk.board(View(basis=TierBasis.DAILY)), repeats)
    board = desk.board(View())
    yield "Board, tier sparklines", timed(lambda: _trends(desk), repeats)
    yield "crowding and squeeze of every name", timed(board.rescore, repeats)
    columns, prices = _ticked(market)
    yield (
        f"Board, tick of {len(columns)} names with tiers and sectors",
        timed(lambda: board.tick(columns, prices), TICKS),
    )


def _cycle(desk: Desk, views: Sequence[View]) -> Callable[[], Board]:
    turn = itertools.cycle(views)
    return lambda: desk.board(next(turn))


def _first_daily(desk: Desk) -> Board:
    desk._daily.clear()
    return desk.board(View(basis=TierBasis.DAILY))


def _trends(desk: Desk) -> Floats:
    return desk.board(View()).tier_trends


def _ticked(market: Market) -> tuple[Indexes, Floats]:
    random = np.random.default_rng(2)
    columns = np.sort(random.choice(len(market.symbols), min(TICKED, len(market.symbols)), replace=False))
    return columns, market.close[-1, columns] * random.normal(1, 0.01, len(columns))


def memory_rows(names: int, sessions: int, gaps: float) -> list[tuple[str, str]]:
    """What a fresh process that loads such a market weighs, step by step."""
    words = [sys.executable, "-m", "benchmarks.book", "--memory"]
    size = ["--names", str(names), "--sessions", str(sessions), "--gaps", str(gaps)]
    root = Path(__file__).parents[1]
    answer = subprocess.run([*words, *size], cwd=root, check=True, capture_output=True, text=True).stdout
    return [(what, f"{megabytes:,.0f}") for what, megabytes in json.loads(answer).items()]


def weigh(names: int, sessions: int, gaps: float) -> dict[str, float]:
    """Resident megabytes as a market is loaded and looked at; the listings are dropped once restated."""
    found = {"numpy and shortside imported": memory_now()}
    listings = random_market(names, sessions, gaps=gaps)
    found["listings made"] = memory_now()
    market = market_of(listings)
    del listings
    found["market restated, listings dropped"] = memory_now()
    desk = Desk(market)
    desk.board(View())
    found["Book and Board by end"] = memory_now()
    desk.board(View(basis=TierBasis.DAILY))
    found["Board by daily as well"] = memory_now()
    found["peak on the way"] = memory_peak()
    return found


if __name__ == "__main__":
    main()
