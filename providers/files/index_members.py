"""Reads the members of indexes that a market folder holds, in its folder `index`.

- `INDEX_intervals.csv[.gz]`, such as `sp500_intervals.csv`: `ticker`, `start_date`, and `end_date`, the first day
  out of the index, empty while it stays
- `INDEX_members_YYYYMMDD.csv[.gz]`, such as `r2000_members_20220812.csv`: `symbol`, the members of that day
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from providers.errors import MalformedError
from providers.files.folder import files_of
from providers.files.funds import CLOSES_NAMES, no_closes, no_splits
from providers.files.split_list import certain_splits, read_split_list
from providers.parsing.columns import read_frame
from shortside.datasets import Dataset
from shortside.funds.figures import FUND_CLOSES
from shortside.index_members import INDEXES, Membership
from shortside.schema import Column, ColumnKind, FrameSchema
from shortside.tables.index_breadth import IndexFacts

FOLDER: Final = "index"
_KEYS: Final = "|".join(index.key for index in INDEXES)
INTERVALS_NAME: Final = re.compile(rf"({_KEYS})_intervals\.csv(\.gz)?")
MEMBERS_NAME: Final = re.compile(rf"({_KEYS})_members_(\d{{8}})\.csv(\.gz)?")
INTERVALS: Final = FrameSchema(
    Dataset.INDEX_MEMBERS,
    (
        Column(name="ticker", kind=ColumnKind.TEXT),
        Column(name="start_date", kind=ColumnKind.DATE),
        Column(name="end_date", kind=ColumnKind.DATE, is_nullable=True),
    ),
    key=("ticker", "start_date"),
)
"""Stays in an index."""
LISTED: Final = FrameSchema(Dataset.INDEX_MEMBERS, (Column(name="symbol", kind=ColumnKind.TEXT),), key=("symbol",))
"""Members of one day, which stands in the file's name."""


def read_index_facts(directory: Path) -> IndexFacts:
    """The members of indexes in a market folder, and what funds traded at; nothing of either where it has none.

    Raises:
        MalformedError: a file is damaged; the message names file, line and column.
        RefusedError: a file may not be read.
    """
    files = files_of(directory)[::-1]
    closes = [path for path in files if path.name in CLOSES_NAMES][-1:]
    splits = [path for path in files if path.name == "splits.csv"]
    return IndexFacts(
        memberships=read_memberships(directory / FOLDER),
        closes=read_frame(closes[0], FUND_CLOSES) if closes else no_closes(),
        splits=certain_splits(read_split_list(splits[0])) if splits else no_splits(),
    )


def read_memberships(folder: Path) -> tuple[Membership, ...]:
    """What the files of a folder say of members; nothing where there is no such folder."""
    found = []
    for path in files_of(folder) if folder.is_dir() else ():
        if name := INTERVALS_NAME.fullmatch(path.name):
            found.append(_of_intervals(path, name[1]))
        elif name := MEMBERS_NAME.fullmatch(path.name):
            found.append(_of_one_day(path, name[1], name[2]))
    return tuple(found)


def _of_intervals(path: Path, index: str) -> Membership:
    rows = read_frame(path, INTERVALS)
    starts, ends = (rows[name].to_numpy().astype("datetime64[D]") for name in ("start_date", "end_date"))
    days = np.concatenate([starts, ends[~np.isnat(ends)]])
    if not len(days):
        raise MalformedError("has no stay of any symbol", where=path.name)
    return Membership(
        index=index,
        symbols=rows["ticker"].to_numpy().astype(str),
        starts=starts,
        ends=ends,
        known_from=days.min().astype(date),
        known_to=days.max().astype(date),
        words="dated intervals",
    )


def _of_one_day(path: Path, index: str, digits: str) -> Membership:
    try:
        day = date.fromisoformat(digits)
    except ValueError as error:
        raise MalformedError(f"{digits} in its name is no day", where=path.name) from error
    symbols = read_frame(path, LISTED)["symbol"].to_numpy().astype(str)
    return Membership(
        index=index,
        symbols=symbols,
        starts=np.full(len(symbols), np.datetime64(day, "D")),
        ends=np.full(len(symbols), np.datetime64("NaT", "D")),
        known_from=day,
        known_to=day,
        words=f"list of {day}",
    )


def no_index_facts() -> IndexFacts:
    """Nothing is known of any index."""
    nothing: pd.DataFrame = no_closes()
    return IndexFacts(memberships=(), closes=nothing, splits=no_splits())
