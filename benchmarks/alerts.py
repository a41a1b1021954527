"""How long a look of the alerts takes: fifty rules on a market of which two hundred names moved since the last beat.

    python -m benchmarks.alerts --names 6500 --rules 50 --repeats 100

A beat moves 200 prices. At rest is a look at which nothing moved; the first one builds the figures of the window.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Final

from benchmarks._market import random_market
from benchmarks._timing import print_table, timed

RULES: Final = (
    {"when": "crowding > {90} & tier in (small, micro) & short_interest_change > 10%"},
    {"when": "price_change_today < -{3}%"},
    {"when": "short_interest > {200}M & profit < -10M", "on": "leaves"},
    {"when": "price moved by {8}%"},
    {"when": "squeeze > {80} & days_to_cover > 5d & !(sector ~ health)"},
    {"when": "price", "on": "changes by {4}%", "among": "crowding > 80"},
    {"when": "profit_today > {2}M | price_change_today > 9%"},
    {"when": "price_change_today > {5}%", "on": "changes by 20"},
    {"when": "market_cap > {9}B & short_ratio > 5%", "among": "days_to_cover > 2"},
    {"when": "new_short_30d moved by {25}%"},
)
"""Rules of all kinds; the number in braces differs from one to the next."""
MOVED_NAMES: Final = 200
MILLISECONDS_WANTED: Final = 2.0


def rule_tables(count: int) -> list[dict[str, object]]:
    """So many rules, no two alike."""
    tables: list[dict[str, object]] = []
    for number in range(count):
        kind = RULES[number % len(RULES)]
        texts = {key: _numbered(text, number // len(RULES)) for key, text in kind.items()}
        tables.append({"name": f"rule {number}", "also": ["simulated", "stale"], **texts})
    return tables


def _numbered(text: str, more: int) -> str:
    before, brace, rest = text.partition("{")
    number, _, after = rest.partition("}")
    return f"{before}{int(number) + more}{after}" if brace else text


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.alerts", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--names", type=int, default=6_500)
    parser.add_argument("--sessions", type=int, default=60)
    parser.add_argument("--rules", type=int, default=50)
    parser.add_argument("--repeats", type=int, default=100)
    options = parser.parse_args(arguments)
    import numpy as np

    from shortside.board import Desk
    from shortside.market import market_of
    from shortside.view import View
    from tui.alerts.rule_tables import alerts_of
    from tui.alerts.seen import Seen
    from tui.alerts.watch import RuleWatch
    from widgets.name_conditions import condition_figures

    market = market_of(random_market(options.names, options.sessions))
    moment = datetime(2024, 1, 5, 19, tzinfo=UTC)
    desk = Desk(market)
    loaded = SimpleNamespace(market=market, desk=desk, inputs=(), clock=lambda: moment, knowledge=None)
    read = alerts_of(Path("benchmark"), rule_tables(options.rules), condition_figures(), {})
    assert not read.mistakes, read.mistakes
    watch = RuleWatch(read.alerts, {})
    seen = Seen(loaded=loaded, now=moment, here=UTC)  # type: ignore[arg-type]
    random = np.random.default_rng(7)
    board = desk.board(View())
    rung: list[int] = []

    def beat() -> None:
        nonlocal seen
        columns = random.choice(options.names, min(MOVED_NAMES, options.names), replace=False)
        prices = board.book.price[columns] * (1 + random.normal(0, 0.004, len(columns)))
        desk.tick(columns, prices)
        seen = Seen(loaded=loaded, now=seen.now + timedelta(seconds=1), here=UTC)  # type: ignore[arg-type]
        rung.append(len(watch.look(seen, columns)))

    first = timed(lambda: watch.look(seen), 1, warm_up=0)
    moving = timed(beat, options.repeats)
    resting = timed(lambda: watch.look(seen), options.repeats)
    rows = [
        ("the first", f"{first.median:.2f}", f"{first.least:.2f}", f"{first.processor:.2f}"),
        ("a beat of 200 names", f"{moving.median:.2f}", f"{moving.least:.2f}", f"{moving.processor:.2f}"),
        ("at rest", f"{resting.median:.2f}", f"{resting.least:.2f}", f"{resting.processor:.2f}"),
    ]
    print(f"{options.rules} rules on {options.names:,} names; at most {MILLISECONDS_WANTED:g} ms a beat are wanted")
    print(f"{sum(rung)} messages in {len(rung)} beats; failed: {watch.complaints or 'none'}\n")
    print_table(("look", "median ms", "least ms", "least processor ms"), rows)


if __name__ == "__main__":
    main()
