"""What the second opinion reads: closes, net changes and reports under the symbols that the files print.

No ticker change is joined, no symbol parted, no split restated and no row repaired: whatever the readers of `providers`
decide stands out when the two are compared.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from providers.errors import NoDataError
from shortside.listings import Dates, Flags, Floats, Indexes, Texts
from shortside.settlement import cycle_of

PRICES: Final = "prices.parquet"
SHORT_INTEREST: Final = "short_interest.parquet"
_PRICE_COLUMNS: Final = ["date", "symbol", "close", "netchange"]
_REPORT_COLUMNS: Final = ["settlement_date", "symbol", "market_class", "short_interest"]


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Tape:
    """Prices and reports as printed. T sessions, N symbols, K settlements."""

    sessions: Dates
    symbols: Texts
    """(N,) the screener's symbols, with a dot for its stroke."""
    close: Floats
    """(T, N) float64 USD; NaN where there was none."""
    net_change: Floats
    """(T, N) float64 USD."""
    settlements: Dates
    shares_short: Floats
    """(K, N) shares as first published; NaN not reported."""

    @property
    def settled_at(self) -> Indexes:
        """(K,) the session at, or the last before, each settlement."""
        return np.searchsorted(self.sessions, self.settlements, "right").astype(np.int64) - 1

    def on(self, sessions: Dates, knowledge: date | None) -> Tape:
        """The tape of some of its sessions, with the reports settled in them and published by a day, None for all."""
        rows = np.searchsorted(self.sessions, sessions)
        inside = (self.settlements >= sessions[0]) & (self.settlements <= sessions[-1])
        kept: Flags = inside & np.array([_is_out(day, knowledge) for day in self.settlements], bool)
        return replace(
            self,
            sessions=sessions,
            close=self.close[rows],
            net_change=self.net_change[rows],
            settlements=self.settlements[kept],
            shares_short=self.shares_short[kept],
        )


def read_tape(folder: Path, *, since: date, until: date) -> Tape:
    """Read the tape.

    Args:
        folder: with `prices.parquet`, which has net changes, and `short_interest.parquet`.
        since: the first day.
        until: the last day, of prices and of settlements.

    Raises:
        NoDataError: a file, or the net change in it, is not there, or nothing is in that span.
    """
    sessions, symbols, close, change = _prices(folder / PRICES, since, until)
    settlements, shares = _reports(folder / SHORT_INTEREST, symbols, (sessions[0].astype(date), until))
    return Tape(
        sessions=sessions,
        symbols=np.array([symbol.replace("/", ".") for symbol in symbols], object),
        close=close,
        net_change=change,
        settlements=settlements,
        shares_short=shares,
    )


def _prices(path: Path, since: date, until: date) -> tuple[Dates, list[str], Floats, Floats]:
    if not path.is_file() or "netchange" not in pq.read_schema(path).names:
        raise NoDataError(f"{path} is needed, with the column netchange")
    rows = pq.read_table(
        path,
        columns=_PRICE_COLUMNS,
        filters=[("date", ">=", since), ("date", "<=", until), ("close", ">", 0)],
        read_dictionary=["symbol"],
    )
    if not len(rows):
        raise NoDataError(f"{path} has no price from {since} to {until}")
    sessions, at_session = np.unique(_days(rows["date"]), return_inverse=True)
    codes, symbols = _coded(rows["symbol"])
    close, change = (np.full((len(sessions), len(symbols)), np.nan) for _ in range(2))
    close[at_session, codes] = rows["close"].to_numpy()
    change[at_session, codes] = rows["netchange"].to_numpy()
    return sessions, symbols, close, change


def _reports(path: Path, symbols: list[str], span: tuple[date, date]) -> tuple[Dates, Floats]:
    if not path.is_file():
        raise NoDataError(f"{path} is needed")
    first, last = span
    rows = pq.read_table(
        path,
        columns=_REPORT_COLUMNS,
        filters=[("settlement_date", ">=", first), ("settlement_date", "<=", last), ("market_class", "!=", "OTC")],
        read_dictionary=["symbol"],
    )
    days = _days(rows["settlement_date"])
    settlements = np.unique(days)
    codes, spelt = _coded(rows["symbol"])
    columns = _columns_of(spelt, symbols)[codes] if len(spelt) else np.empty(0, np.int64)
    kept = columns >= 0
    shares = np.full((len(settlements), len(symbols)), np.nan)
    shares[np.searchsorted(settlements, days[kept]), columns[kept]] = rows["short_interest"].to_numpy()[kept]
    return settlements, shares


def _is_out(settlement: np.datetime64, knowledge: date | None) -> bool:
    return knowledge is None or cycle_of(settlement.astype(date)).publication_date <= knowledge


def _columns_of(spelt: list[str], symbols: list[str]) -> Indexes:
    """Which symbol each of FINRA's means, −1 for none: it writes `BRKB` for `BRK/B` and `ABRPRD` for `ABR^D`."""
    column = {symbol.replace("/", "").replace("^", "PR"): place for place, symbol in enumerate(symbols)}
    # Where two come down to one spelling, the one that is written so is meant.
    column |= {symbol: place for place, symbol in enumerate(symbols)}
    return np.array([column.get(symbol, -1) for symbol in spelt], np.int64)


def _days(column: pa.ChunkedArray[Any]) -> Dates:
    return np.asarray(column.cast(pa.date32()).cast(pa.int32()).to_numpy().astype("datetime64[D]"))


def _coded(column: pa.ChunkedArray[Any]) -> tuple[Indexes, list[str]]:
    """A column of texts as indexes into the different ones."""
    if not len(column):
        return np.empty(0, np.int64), []
    merged = column.unify_dictionaries().combine_chunks()
    array = merged.chunk(0) if isinstance(merged, pa.ChunkedArray) else merged
    return array.indices.to_numpy(zero_copy_only=False).astype(np.int64), array.dictionary.to_pylist()
