"""What the validation page is made from: the market of the day, S3's tables, and how figures are printed."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import pandas as pd

from providers.files.source import FilesProvider
from shortside.board import Board, Desk
from shortside.listings import Floats, Listings
from shortside.market import Market, market_of
from shortside.positions import Knowledge
from shortside.rows import GroupRow, tier_table
from shortside.view import View

DAY: Final = date(2023, 9, 7)
SINCE, UNTIL = date(2022, 7, 1), date(2023, 9, 15)
NEWEST: Final = date(2023, 8, 31)
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
    """A view that knows everything, as the page does unless it says otherwise; a default is a day as it was known."""
    return View(**{"knowledge": Knowledge.REVISED, **choices})  # type: ignore[arg-type]


@dataclass(frozen=True, eq=False, slots=True)
class Evidence:
    """What every section reads."""

    listings: Listings
    desk: Desk
    published: dict[str, dict[str, Published]]
    finra: pd.DataFrame | None = None
    """Every report near the day, over-the-counter ones included; None where the folder has no tidy table."""

    @property
    def market(self) -> Market:
        """The market of the day."""
        return self.desk.market

    def board(self, **view: object) -> Board:
        """The Board of a view, with hindsight unless it says otherwise."""
        return self.desk.board(hindsight(**view))


def evidence_of(folder: Path) -> Evidence:
    """Read the folder and S3's tables in it."""
    listings = FilesProvider(folder).read_listings(since=SINCE, until=UNTIL)
    tidy = folder / "short_interest.parquet"
    wanted = ["settlement_date", "market_class", "short_interest"]
    finra = (
        pd.read_parquet(tidy, columns=wanted, filters=[("settlement_date", ">=", NEWEST)]) if tidy.is_file() else None
    )
    return Evidence(listings, Desk(market_of(listings, as_of=DAY)), read_published(folder / PUBLISHED_FILE), finra)


def read_published(path: Path) -> dict[str, dict[str, Published]]:
    """S3's rows by period and group."""
    found: dict[str, dict[str, Published]] = {}
    with path.open(newline="") as lines:
        for row in csv.DictReader(lines):
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
