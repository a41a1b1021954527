"""What the validation page is made from: the market of many days, S3's figures, and how figures are printed."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from providers.files.source import FilesProvider
from shortside.board import Board, Desk
from shortside.listings import Floats, Listings
from shortside.market import Market, market_of
from shortside.positions import Knowledge
from shortside.rows import GroupRow, tier_table
from shortside.view import View

ARTICLE: Final = date(2023, 9, 7)
"""The day of the article whose tables the page begins with."""
DAY: Final = date(2023, 9, 6)
"""The close its tables end with."""
SINCE, UNTIL = date(2021, 6, 1), date(2023, 9, 15)
BEGIN: Final = date(2022, 7, 1)
"""The first session of the market of the day."""
LEAD_DAYS: Final = 320
"""Sessions longer before another day have no part in its year to date or quarter."""
NEWEST: Final = date(2023, 8, 31)
GOLDEN: Final = "golden"
PUBLISHED_FILE: Final = "golden/s3_small_caps_2023-09-07.csv"
Lines = list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """One row of S3's table, USD and percent."""

    count: int
    average: float
    profit: float
    percent: float
    source: str


def hindsight(**choices: object) -> View:
    """A view that knows everything; by default a day is seen as it was known."""
    return View(**{"knowledge": Knowledge.REVISED, **choices})  # type: ignore[arg-type]


@dataclass(frozen=True, eq=False, slots=True)
class Evidence:
    """What every section reads."""

    folder: Path
    listings: Listings
    published: dict[str, dict[str, Published]]
    finra: pd.DataFrame | None = None
    """Every report near the day, over-the-counter ones included; None where the folder has no tidy table."""
    desks: dict[date, Desk] = field(default_factory=dict)
    """The markets made so far, by their last session."""

    @property
    def desk(self) -> Desk:
        """The market that S3's tables of September 2023 speak of."""
        return self.at(DAY)

    @property
    def market(self) -> Market:
        """The market of the day."""
        return self.desk.market

    def board(self, **view: object) -> Board:
        """The Board of a view of the day, as known unless it says otherwise."""
        return self.desk.board(View(**view))  # type: ignore[arg-type]

    def at(self, day: date) -> Desk:
        """The market at the close of a day, made once."""
        if day not in self.desks:
            since = max(BEGIN if day == DAY else day - timedelta(days=LEAD_DAYS), SINCE)
            self.desks[day] = Desk(market_of(self.listings, as_of=day, since=since))
        return self.desks[day]

    def golden(self, name: str) -> list[dict[str, str]]:
        """The rows of one of S3's tables."""
        return rows_of(self.folder / GOLDEN / name)


def evidence_of(folder: Path) -> Evidence:
    """Read the folder and S3's tables in it."""
    listings = FilesProvider(folder).read_listings(since=SINCE, until=UNTIL)
    tidy = folder / "short_interest.parquet"
    wanted = ["settlement_date", "market_class", "short_interest"]
    finra = (
        pd.read_parquet(tidy, columns=wanted, filters=[("settlement_date", ">=", NEWEST)]) if tidy.is_file() else None
    )
    return Evidence(folder, listings, read_published(folder / PUBLISHED_FILE), finra)


def rows_of(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def told(note: str, words: str) -> float:
    """The number that follows some words in a note of S3's figures, NaN where they are not there."""
    found = re.search(re.escape(words) + r"\s*([+-]?[\d,]+(?:\.\d+)?)", note)
    return float(found[1].replace(",", "")) if found else float("nan")


def column_of(market: Market, symbol: str) -> int:
    """Where a symbol stands."""
    return int(np.flatnonzero(market.symbols == symbol)[0])


def read_published(path: Path) -> dict[str, dict[str, Published]]:
    """S3's rows by period and group."""
    found: dict[str, dict[str, Published]] = {}
    for row in rows_of(path):
        found.setdefault(row["period"], {})[row["group"]] = Published(
            count=int(row["count"]),
            average=float(row["avg_short_interest_usd"]),
            profit=float(row["mtm_pl_usd"]),
            percent=float(row["pl_pct"]),
            source=row["source"],
        )
    return found


def rollup(board: Board) -> list[GroupRow]:
    """The three groups, the unclassified and the total."""
    table = tier_table(board, with_trends=False)
    return [*table.rollup, table.total]


def table_of(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Lines:
    """A Markdown table, its first column to the left."""
    marks = ["---" if place == 0 else "--:" for place in range(len(head))]
    return [f"| {' | '.join(cells)} |" for cells in (head, marks, *rows)]


def ratio_of(row: GroupRow) -> float:
    """P&L over average short interest."""
    return row.profit / row.average_short_interest if row.average_short_interest else float("nan")


def percent(row: GroupRow) -> str:
    """P&L %, as it is printed."""
    return "—" if row.profit_ratio is None else f"{100 * row.profit_ratio:.2f}"


def billions(dollars: float | Floats) -> str:
    """Dollars in billions."""
    return rounded(float(dollars) / 1e9, ".2f")


def millions(dollars: float | Floats) -> str:
    """Dollars in millions."""
    return rounded(float(dollars) / 1e6, ",.1f")


def rounded(value: float, form: str) -> str:
    # Adding zero to what is rounded turns −0.00 into 0.00.
    digits = int(form[-2])
    return f"{round(value, digits) + 0.0:{form}}"
