"""An archive of a whole market of fourteen months, as the public source would have kept it, from the reference data."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import public_archive
import pyarrow.parquet as pq

from providers.archive.vintages import Archive
from shortside.sessions import sessions_between
from shortside.settlement import cycle_of, settlement_dates_between

LAST = date(2023, 9, 6)
"""The last session whose closes are there; the next day is the one that is polled."""
SPAN = timedelta(days=426)
_PRICE_COLUMNS = ["date", "symbol", "exchange", "close", "volume", "shares_out"]


def write_archive(market: Path, root: Path, last: date = LAST, span: timedelta = SPAN) -> Archive:
    """A session a file, as Massive's bars come, every publication, one look at screener, directory and splits."""
    archive, first = Archive(root), last - span
    days = [("date", ">=", pd.Timestamp(first)), ("date", "<=", pd.Timestamp(last))]
    rows = pq.read_table(market / "prices.parquet", columns=_PRICE_COLUMNS, filters=days).to_pandas()
    rows["symbol"] = rows["symbol"].str.replace("/", ".")
    rows["exchange"] = rows["exchange"].astype(str)
    by_day = dict(list(rows.groupby("date")))
    for day in sessions_between(first, last):
        if day in by_day:
            archive.append(public_archive.session(day, public_archive.evening(day, 20), by_day[day]))
    at = public_archive.evening(last, 18)
    archive.append(public_archive.screener(last, at, by_day[last].assign(net_change=None)))
    archive.append(public_archive.directory(at))
    archive.append(public_archive.splits([("AAPL", date(2023, 1, 10), 0.5)], at))
    cycles = [("settlement_date", ">=", pd.Timestamp(first))]
    reports = pq.read_table(market / "short_interest.parquet", filters=cycles).to_pandas()
    reports = reports.astype({"exch_code": str, "market_class": str})
    for settlement in settlement_dates_between(first, last):
        published_at = cycle_of(settlement).published_at
        if published_at <= at and (reports["settlement_date"] == settlement).any():
            archive.append(public_archive.cycle(settlement, published_at + timedelta(minutes=1), reports))
    return archive
