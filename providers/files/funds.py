"""Reads what a market folder holds of funds: their share counts, what they traded at, and their splits.

- `FUND_flows.csv[.gz]`, a file a fund with its symbol in the name: `date`, `nav`, `shares_outstanding`, and what else
- `etf_daily.csv[.gz]`: `symbol`, `date`, `close`; optional
- `splits.csv`: splits of funds among others; optional
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pandas as pd

from providers.errors import NoDataError
from providers.files.folder import files_of
from providers.files.split_list import certain_splits, read_split_list
from providers.parsing.columns import read_frame
from shortside.datasets import Dataset
from shortside.funds.figures import FUND_CLOSES, FundData
from shortside.funds.flows import FUND_DAYS
from shortside.schema import SPLITS, FrameSchema

FLOWS_NAME: Final = re.compile(r"([A-Za-z][A-Za-z.]*)_flows\.csv(\.gz)?")
CLOSES_NAMES: Final = ("etf_daily.csv", "etf_daily.csv.gz")
PRINTED: Final = FrameSchema(
    Dataset.FUND_FLOWS, tuple(column for column in FUND_DAYS.columns if column.name != "symbol"), key=("date",)
)
"""One fund's file: its symbol is in the name."""


def read_fund_files(directory: Path, source: str) -> FundData:
    """Everything the folder has of funds.

    Raises:
        NoDataError: it has no fund's share counts.
        MalformedError: a file is damaged; the message names file, line and column.
        RefusedError: a file may not be read.
    """
    # A plain file is believed before a compressed one of the same name.
    files = files_of(directory)[::-1]
    flows = {name[1].upper(): path for path in files if (name := FLOWS_NAME.fullmatch(path.name))}
    if not flows:
        raise NoDataError(f"{directory} holds no fund's share counts; put FUND_flows.csv there, such as iwm_flows.csv")
    closes = [path for path in files if path.name in CLOSES_NAMES][-1:]
    splits = [path for path in files if path.name == "splits.csv"]
    inputs = [*flows.values(), *closes]
    return FundData(
        days=pd.concat([read_frame(path, PRINTED).assign(symbol=symbol) for symbol, path in sorted(flows.items())]),
        closes=read_frame(closes[0], FUND_CLOSES) if closes else no_closes(),
        splits=certain_splits(read_split_list(splits[0])) if splits else no_splits(),
        fetched_at=datetime.fromtimestamp(max(path.stat().st_mtime for path in inputs), UTC).replace(microsecond=0),
        source=source,
    )


def no_closes() -> pd.DataFrame:
    """No fund's price is known."""
    return _empty(FUND_CLOSES)


def no_splits() -> pd.DataFrame:
    """No fund was ever split."""
    return _empty(SPLITS)


def _empty(schema: FrameSchema) -> pd.DataFrame:
    nothing = pd.DataFrame({column.name: [] for column in schema.columns}, dtype=object)
    return schema.conform(nothing, "nothing")
