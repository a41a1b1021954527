"""How long conditions on names take to read, to write and to answer.

    python -m benchmarks.conditions --names 20000 --sessions 60 --repeats 50

The first reading in a process imports the parser and is timed apart.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Final

from benchmarks._market import random_market
from benchmarks._timing import print_table, timed

CONDITIONS: Final = (
    "crowding > 90",
    "crowding > 90 & tier in (small, micro) & short_interest_change > 10% & !bank",
    "sector ~ health & days_to_cover > 5d & short_interest > 200M & (crowding > 85 | profit < -10M)",
    "price_change_today < -5% | price_change > 20% | market_cap = null",
    '!("company" | n0)',
    "symbol in (N00001, N00777, N19999) | name ~ 199",
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.conditions", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--names", type=int, default=20_000)
    parser.add_argument("--sessions", type=int, default=60)
    parser.add_argument("--repeats", type=int, default=50)
    options = parser.parse_args(arguments)
    from shortside.board import Desk
    from shortside.conditions.matching import matches
    from shortside.market import market_of
    from shortside.view import View
    from widgets.name_conditions import BoardNames, read_filter
    from widgets.name_index import NameIndex

    board = Desk(market_of(random_market(options.names, options.sessions))).board(View())
    index = NameIndex(board.market)
    names = BoardNames(board, index)
    first = timed(lambda: read_filter(CONDITIONS[0], board, index), 1, warm_up=0)
    rows = []
    for text in CONDITIONS:
        condition = read_filter(text, board, index)
        read = timed(lambda text=text: read_filter(text, board, index), options.repeats)
        answered = timed(lambda condition=condition: matches(condition, names), options.repeats)
        found = int(matches(condition, names).sum())
        rows.append((text, f"{found:,}", f"{read.median:.2f}", f"{answered.median:.2f}", f"{answered.least:.2f}"))
    print(f"{options.names:,} names; the first reading in a process, with its imports: {first.median:.0f} ms\n")
    print_table(("condition", "names", "read, ms", "answered, median ms", "least ms"), rows)


if __name__ == "__main__":
    main()
