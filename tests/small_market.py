"""A few hundred names of the reference market from December 2022 on, for a replay server that answers at once."""

from __future__ import annotations

import os
import signal
from datetime import date
from functools import partial
from pathlib import Path

import pandas as pd
import pyarrow.compute as pc
import pyarrow.parquet as pq

from providers.alpaca import Alpaca
from providers.backfill.run import Sources
from providers.finra.short_interest import FinraShortInterest
from providers.http.clients import Clients
from providers.keyed.keys import Keys
from providers.listings.symbols import squashed
from providers.massive.massive import Massive
from providers.nasdaq.directory import NasdaqDirectory
from providers.nasdaq.screener import NasdaqScreener
from providers.nasdaq.splits import NasdaqSplits
from providers.sec.fails import SecFails
from providers.yahoo.spark import YahooSpark

FIRST = date(2022, 12, 15)
NAMED = ("AAPL", "AMC", "BRK/B", "FRC", "SIVB", "NVDA", "MSFT", "TSLA", "GME", "CVNA", "BBBY", "SPCE")
"""Always among them: splits, classes of stock, banks that failed."""
SPARK = "/query1.finance.yahoo.com/v8/finance/spark"
EVERY = 40
"""One name in so many of the rest."""


def write_small_market(whole: Path, target: Path) -> Path:
    """A market folder with some names of another, every file of it that the replay server reads."""
    target.mkdir(parents=True)
    symbols = _symbols(whole)
    _filtered(whole / "prices.parquet", target, "date", symbols)
    _filtered(whole / "reference.parquet", target, None, symbols)
    keys = [squashed(symbol) for symbol in symbols] + ["SPY", "QQQ"]
    _filtered(whole / "short_interest.parquet", target, "settlement_date", keys)
    _filtered(whole / "fails_to_deliver.parquet", target, None, keys)
    splits = pd.read_csv(whole / "splits.csv", keep_default_na=False, dtype=str)
    splits[splits["symbol"].isin(symbols)].to_csv(target / "splits.csv", index=False)
    (target / "etf_daily.csv.gz").write_bytes((whole / "etf_daily.csv.gz").read_bytes())
    return target


def _symbols(whole: Path) -> list[str]:
    rows = pq.read_table(whole / "prices.parquet", columns=["symbol"], filters=[("date", "==", date(2022, 12, 30))])
    alphabet = sorted(rows.column("symbol").to_pylist())
    return sorted({*alphabet[::EVERY], *NAMED})


def _filtered(path: Path, target: Path, day: str | None, symbols: list[str]) -> None:
    condition = pc.field("symbol").isin(symbols)
    if day is not None:
        condition &= pc.field(day) >= FIRST
    pq.write_table(pq.read_table(path, filters=condition), target / path.name)


class Unpaced(Clients):
    """Clients that do not wait between requests: the server is our own."""

    def of(self, host, provider):
        """The one client of a host."""
        return super().of(host._replace(seconds_between=0.0), provider)


class Interrupting(Unpaced):
    """Sends this process an interrupt when Yahoo, or who stands at another path, has been asked some times."""

    def __init__(self, *, heard, after: int, on: str = SPARK, **settings) -> None:
        self._after, self._on = after, on
        super().__init__(heard=partial(self._count, heard), **settings)

    def _count(self, heard, exchange) -> None:
        heard(exchange)
        self._after -= self._on in exchange.url
        if self._after == 0:
            self._after = -1
            os.kill(os.getpid(), signal.SIGINT)


def small_sources(clients: Clients, keys: Keys | None = None) -> Sources:
    """The providers, content with short lists."""
    return Sources(
        screener=NasdaqScreener(clients, fewest_rows=0),
        directory=NasdaqDirectory(clients, fewest_rows=0),
        short_interest=FinraShortInterest(clients, fewest_rows=0),
        splits=NasdaqSplits(clients),
        closes=YahooSpark(clients),
        fails=SecFails(clients),
        bars=None if keys is None else Alpaca(clients, keys),
        sessions=None if keys is None else Massive(clients, keys, fewest_bars=0),
    )
