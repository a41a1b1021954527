"""Writes a small valid market folder, in the layout the files source reads, for tests to spoil one thing in."""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from shortside.sessions import sessions_between
from shortside.settlement import settlement_dates_between

FIRST, LAST = date(2023, 1, 3), date(2023, 3, 1)
SESSIONS = sessions_between(FIRST, LAST)
SETTLEMENTS = settlement_dates_between(date(2022, 12, 30), date(2023, 3, 15))

# The screener's spelling, FINRA's, a name and a close to start from.
NAMES = {
    "AAPL": ("AAPL", "Apple Inc. Common Stock", "nasdaq", 125.0),
    "ABR^D": ("ABRPRD", "Arbor Realty Trust 6.375% Series D", "nyse", 18.0),
    "BRK/B": ("BRKB", "Berkshire Hathaway Inc.", "nyse", 310.0),
    "NA": ("NA", "Nano Labs Ltd American Depositary Shares", "nasdaq", 1.5),
    "TRUE": ("TRUE", "TrueCar Inc. Common Stock", "nasdaq", 2.5),
    "ZZT/WS": ("ZZTWS", "Zzt Holdings Warrant", "nyse", 0.2),
}
CLASSES = {"nasdaq": "NNM", "nyse": "NYSE"}


def prices() -> pd.DataFrame:
    """A close, volume and share count a name and session, sorted by symbol and day."""
    rows = [
        (day, symbol, exchange, round(close * (1 + 0.01 * at), 4), 1_000 + at, 1_000_000 + place)
        for place, (symbol, (_, _, exchange, close)) in enumerate(NAMES.items())
        for at, day in enumerate(SESSIONS)
    ]
    return pd.DataFrame(rows, columns=["date", "symbol", "exchange", "close", "volume", "shares_out"])


def short_interest() -> pd.DataFrame:
    """A report a security and settlement: the priced names, an ETF and an over-the-counter stock."""
    securities = [
        *((finra, name[:30], CLASSES[exchange]) for finra, name, exchange, _ in NAMES.values()),
        ("SPY", "SPDR S&P 500", "ARCA"),
        ("OTCX", "Over The Counter Corp", "OTC"),
    ]
    rows = [
        (day, symbol, name, market_class, "A", 1_000 * (place + 1) + at, 1_000 * (place + 1) + at - 1, 500, 2.0, "", "")
        for place, (symbol, name, market_class) in enumerate(sorted(securities))
        for at, day in enumerate(SETTLEMENTS)
    ]
    names = (
        "settlement_date symbol issue_name market_class exch_code short_interest prev_short_interest "
        "avg_daily_volume days_to_cover split_flag revision_flag"
    )
    return pd.DataFrame(rows, columns=names.split())


def reference() -> pd.DataFrame:
    """What each symbol stands for; AAPL changes its sector on 2023-02-01."""
    rows = [
        (symbol, date(2022, 1, 3), name, exchange, "United States", "", "Technology", "Things", LAST)
        for symbol, (_, name, exchange, _) in NAMES.items()
    ]
    rows.append(("AAPL", date(2023, 2, 1), "Apple Inc. Common Stock", "nasdaq", "United States", "", "Fruit", "", LAST))
    names = "symbol valid_from name exchange country ipoyear sector industry last_seen"
    return pd.DataFrame(rows, columns=names.split())


SPLITS = """\
symbol,ex_date,price_factor_k,simple_ratio,shares_before,shares_after,shares_corrected_on,stale_sessions,status
AAPL,2023-01-10,0.5,0.5,1000.0,2000.0,2023-01-10,0.0,ok_same_day
BRK/B,2023-01-11,10.0,10.0,1000.0,100.0,2023-01-13,2.0,stale
NA,2023-01-12,4.0,4.0,400.0,,,,never_matched
TRUE,2023-01-13,20.0,20.0,2000.0,,,,pending
AAPL,2023-02-13,2.0,2.0,2000.0,1000.0,2023-02-20,5.0,late_match
GONE,2023-01-12,4.0,4.0,400.0,100.0,2023-01-12,0.0,ok_same_day
TRUE,2023-06-13,20.0,20.0,2000.0,100.0,2023-06-13,0.0,ok_same_day
"""

BORROW = """\
#BOF|2023.02.28|09:15:02
#SYM|CUR|NAME|CON|ISIN|REBATERATE|FEERATE|AVAILABLE|
AAPL|USD|APPLE INC|1|X|-0.2100|0.2500|>10000000|
ABR PRD|USD|ARBOR REALTY|2|X|-0.2100|95.2500|35000|
BRK B|USD|BERKSHIRE|HATHAWAY|3|X|-0.2100|NA|0|
NA|USD|NANO LABS|4|X|NA|3.0000|NA|
9128|USD|A BOND|5|X|NA|3.0000|100|
AAPL.OLD|USD|RETIRED|6|X|NA|3.0000|100|
TRUE|CAD|NOT OURS|7|X|NA|3.0000|100|
#EOF|7
"""


def fund_prints() -> pd.DataFrame:
    """A fund's value and share count a session: a hundred shares more each day, at values that rise by a dollar."""
    count = len(SESSIONS)
    shares = 1_000_000 + 100 * np.arange(count)
    return pd.DataFrame({"date": SESSIONS, "nav": 50.0 + np.arange(count), "shares_outstanding": shares, "flow_usd": 0})


def fund_closes() -> pd.DataFrame:
    """What two funds traded at, one of them without share counts."""
    rows = [(symbol, day, 50.5 + at, 1_000) for symbol in ("SPY", "XLE") for at, day in enumerate(SESSIONS)]
    return pd.DataFrame(rows, columns=["symbol", "date", "close", "volume"])


def finra_file(reports: pd.DataFrame) -> bytes:
    """Reports of one settlement as FINRA prints them."""
    lines = [
        "accountingYearMonthNumber|symbolCode|issueName|issuerServicesGroupExchangeCode|marketClassCode"
        "|currentShortPositionQuantity|previousShortPositionQuantity|stockSplitFlag|averageDailyVolumeQuantity"
        "|daysToCoverQuantity|revisionFlag|changePercent|changePreviousNumber|settlementDate"
    ]
    for record in reports.to_dict("records"):
        row = SimpleNamespace(**{str(name): value for name, value in record.items()})
        change = row.short_interest - row.prev_short_interest
        lines.append(
            f"{row.settlement_date:%Y%m%d}|{row.symbol}|{row.issue_name}|{row.exch_code}|{row.market_class}"
            f"|{row.short_interest}|{row.prev_short_interest}|{row.split_flag}|{row.avg_daily_volume}"
            f"|{row.days_to_cover}|{row.revision_flag}|0.00|{change}|{row.settlement_date:%Y-%m-%d}"
        )
    return ("\n".join(lines) + "\n").encode("latin-1")


def write_parquet(frame: pd.DataFrame, path: Path, *, row_group: int = 100) -> None:
    """As the reference market is written: small row groups here, so that reading in pieces is tried."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    pq.write_table(table, path, row_group_size=row_group, compression="zstd")


def write_market(
    directory: Path, *, price_rows: pd.DataFrame | None = None, reports: pd.DataFrame | None = None
) -> Path:
    """A folder with everything in it; `price_rows` and `reports` stand in for the sound ones."""
    directory.mkdir(parents=True, exist_ok=True)
    write_parquet(prices() if price_rows is None else price_rows, directory / "prices.parquet")
    write_parquet(short_interest() if reports is None else reports, directory / "short_interest.parquet")
    write_parquet(reference(), directory / "reference.parquet")
    (directory / "splits.csv").write_text(SPLITS)
    floats = pd.DataFrame(
        {
            "settlement_date": [SETTLEMENTS[0], SETTLEMENTS[1], SETTLEMENTS[1], SETTLEMENTS[-1]],
            "symbol": ["AAPL", "AAPL", "BRK.B", "AAPL"],
            "public_float": [1.0, 900_000.0, -5.0, 2.0],
        }
    )
    write_parquet(floats, directory / "wsj_float.parquet")
    fund_prints().to_csv(directory / "spy_flows.csv", index=False)
    fund_closes().to_csv(directory / "etf_daily.csv", index=False)
    (directory / "borrow").mkdir()
    (directory / "borrow" / "ibkr_usa_20230228_0930.txt.gz").write_bytes(gzip.compress(BORROW.encode("latin-1")))
    return directory


def changed(frame: pd.DataFrame, row: int, column: str, value: Any) -> pd.DataFrame:
    """The frame with one cell of another value."""
    spoilt = frame.copy()
    if isinstance(value, float) and spoilt[column].dtype == np.int64:
        spoilt[column] = spoilt[column].astype(np.float64)
    spoilt.loc[row, column] = value
    return spoilt
