"""Reads what a market folder's file of fails to deliver says of one name."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Final

from providers.errors import NoDataError
from providers.parsing.columns import read_columns
from providers.sec.fails_path import FailsReading
from shortside.datasets import Dataset
from shortside.freshness import fails_posted_at
from shortside.one_name.fails import FailsPath
from shortside.schema import Column, ColumnKind, FrameSchema

FAILS_NAME: Final = "fails_to_deliver.parquet"
_FAILS: Final = FrameSchema(
    Dataset.FAILS,
    (
        Column(name="settlement_date", kind=ColumnKind.DATE),
        Column(name="symbol", kind=ColumnKind.TEXT, is_nullable=True),
        Column(name="quantity_fails", kind=ColumnKind.SHARES, unit="shares", minimum=0),
        Column(name="price", kind=ColumnKind.MONEY, unit="USD a share", is_nullable=True, minimum=0),
    ),
    key=(),
)


def read_folder_fails(directory: Path, symbol: str, moment: datetime, since: date) -> FailsPath:
    """One name's balances as known at a moment; nobody wrote down when they were posted, so the SEC's calendar says.

    Raises:
        NoDataError: the folder has no such file.
        ProviderError: the file cannot be read.
    """
    path = directory / FAILS_NAME
    if not path.is_file():
        raise NoDataError(f"the folder holds no fails to deliver: put {FAILS_NAME} there")
    reading = FailsReading(symbol)
    for columns in read_columns(path, _FAILS):
        reading.add(columns, fails_posted_at, "quantity_fails")
    return reading.path(moment, since)
