"""The looks at a list of stock loans: what a year of them weighs, and how long one name's path and the market take.

    python -m benchmarks.loans --days 60 [--looks 44] [--names 16000] [--list FILE]

Days are made up: a first look, drawn like the broker's or read from FILE (`ibkr_usa_….txt.gz`), and changes after it.
Between the three looks of June 2021 that we have, over a weekend and a night, 54 % and 0.2 % of fees changed, and 55 %
and 46 % of availabilities. How many change within a quarter of an hour nobody told us, so the table has three answers:
a few, many, and as many as over a night. Overnight every row has a fee of half the names and half the availabilities
changed. Judges nothing.
"""

from __future__ import annotations

import argparse
import gzip
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks._timing import memory_now, print_table, timed
from providers.archive.loan_changes import COLUMNS
from providers.archive.loan_day import LoanTable, LookHead, Symbols, loan_day_content
from providers.archive.loan_looks import LoanLooks
from providers.archive.loan_packing import loan_day_path, rows_of
from providers.archive.vintages import Archive
from providers.ibkr.list_file import parse_borrow_list
from shortside.listings import Floats

SESSIONS_A_YEAR: Final = 252
FIRST: Final = datetime(2022, 1, 3, 12, tzinfo=UTC)
OVERNIGHT_FEES, OVERNIGHT_AVAILABLE = 0.54, 0.55
WITHIN_THE_DAY: Final = {
    "few: 2 % of availabilities, 0.1 % of fees": (0.02, 0.001),
    "many: 15 % and 1 %": (0.15, 0.01),
    "as over a night: 46 % and 0.2 %": (0.46, 0.002),
}


def first_look(names: int, path: Path | None, rng: np.random.Generator) -> tuple[Symbols, Floats, Floats]:
    """Symbols, fees and availabilities of so many names: of a list, repeated as often as need be, or drawn."""
    symbols = np.unique(np.array([f"{place:X}"[::-1] for place in range(4_096, 4_096 + names)], np.bytes_))
    if path is None:
        fee = np.round(np.maximum(0.0025, np.exp(rng.normal(-4.3, 1.6, names))), 6)
        available = np.ceil(np.exp(rng.normal(11.0, 3.0, names)) / 100) * 100
        return symbols, fee, np.minimum(available, 1e7)
    rows = parse_borrow_list(gzip.decompress(path.read_bytes()), path.name).rows
    places = np.arange(names) % len(rows)
    return symbols, rows["fee"].to_numpy()[places], rows["available"].to_numpy()[places]


def changed(values: Floats, ratio: float, step: float, rng: np.random.Generator) -> Floats:
    """The values with so many of them moved by about a step."""
    moved = rng.random(len(values)) < ratio
    return np.where(moved, values * np.exp(rng.normal(0.0, step, len(values))), values)


def days(
    count: int, looks: int, first: tuple[Symbols, Floats, Floats], churn: tuple[float, float]
) -> Iterator[LoanTable]:
    """Days of looks, one after another."""
    rng = np.random.default_rng(16)
    symbols, fee, available = first
    for day in range(count):
        values = {name: np.full((len(symbols), looks), np.nan) for name in COLUMNS}
        for look in range(looks):
            fees, availabilities = (OVERNIGHT_FEES, OVERNIGHT_AVAILABLE) if look == 0 else (churn[1], churn[0])
            fee = np.round(np.maximum(0.0025, changed(fee, fees, 0.1, rng)), 6)
            available = np.clip(np.ceil(changed(available, availabilities, 0.5, rng) / 100) * 100, 0, 1e7)
            values["fee"][:, look], values["rebate"][:, look] = fee, np.round(0.0433 - fee, 6)
            values["available"][:, look], values["is_capped"][:, look] = available, available >= 1e7
        values["is_listed"][:] = 1.0
        values["figi"][:] = np.arange(len(symbols))[:, None]
        yield LoanTable(
            as_of=(FIRST + timedelta(days=day)).date(),
            looks=tuple(_head(day, look) for look in range(looks)),
            symbols=symbols,
            values=values,
            figis=tuple(f"BBG{place:09d}" for place in range(len(symbols))),
            is_whole=True,
        )


def _head(day: int, look: int) -> LookHead:
    moment = FIRST + timedelta(days=day, minutes=15 * look)
    columns = ["symbol", "fee", "available", "is_capped", "rebate", "figi"]
    return LookHead(
        known_at=moment,
        fetched_at=moment + timedelta(minutes=2),
        file_name=f"{day}-{look}",
        record={"columns": columns},
    )


def measured(words: str, churn: tuple[float, float], options: argparse.Namespace) -> tuple[str, ...]:
    """A row: what such days weigh as they were kept before, and packed; and how long reading takes."""
    first = first_look(options.names, options.list, np.random.default_rng(1))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        single = packed = 0
        used = 0.0
        for table in days(options.days, options.looks, first, churn):
            begun = time.process_time()
            content = loan_day_content(table)
            used += time.process_time() - begun
            path = loan_day_path(root, table.as_of)
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
            packed += len(content)
            if not single:
                single = _single_bytes(table, root)
        looks, symbol = LoanLooks(Archive(root)), first[0][len(first[0]) // 3].decode()
        until = FIRST + timedelta(days=options.days)
        path_took = timed(lambda: looks.path(symbol, [symbol], date(2021, 1, 1), until), repeats=20)
        market_took = timed(lambda: looks.at(until - timedelta(hours=20)), repeats=3)
        closings_took = timed(lambda: sum(1 for _ in looks.closings(date(2021, 1, 1), until)), repeats=2)
    return (
        words,
        f"{single * options.looks * SESSIONS_A_YEAR / 1e9:.2f}",
        f"{packed / options.days / 1e6:.2f}",
        f"{packed / options.days * SESSIONS_A_YEAR / 1e9:.2f}",
        f"{path_took.least:.0f}",
        f"{path_took.least / options.days * SESSIONS_A_YEAR:.0f}",
        f"{market_took.least:.0f}",
        f"{closings_took.least / options.days:.1f}",
        f"{1e3 * used / options.days:.0f}",
        f"{memory_now():.0f}",
    )


def _single_bytes(table: LoanTable, root: Path) -> int:
    """What a look weighs as a file of its own."""
    path = root / "one.parquet"
    rows_of(table, 0).to_parquet(path, compression="zstd")
    size = path.stat().st_size
    path.unlink()
    return size


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the days, weigh and read them, and print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--days", type=int, default=60)
    options.add_argument("--looks", type=int, default=44)
    options.add_argument("--names", type=int, default=16_000)
    options.add_argument("--list", type=Path)
    asked = options.parse_args(arguments)
    print(f"{asked.days} days of {asked.looks} looks at {asked.names:,} names; a year has {SESSIONS_A_YEAR} sessions\n")
    head = (
        "changes between two looks", "a year as single files, GB", "a day packed, MB", "a year packed, GB",
        "path over these days, ms", "over a year, ms", "whole market at a moment, ms", "closing of a day, ms",
        "packing a day, ms of processor", "resident, MB",
    )  # fmt: skip
    print_table(head, [measured(words, churn, asked) for words, churn in WITHIN_THE_DAY.items()])
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
