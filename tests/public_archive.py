"""Builds a small archive by hand, as polling and backfilling would have filled it by some moment."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pandas as pd
from market_data import NAMES, SESSIONS, prices, short_interest

from providers.alpaca import LENT_ASSETS
from providers.archive.vintages import Archive
from providers.massive.answers import PAST_SHARE_COUNTS, RESOLD_SHORT_INTEREST
from providers.nasdaq.directory import DIRECTORY
from providers.nasdaq.screener import SCREENER
from providers.ortex import COSTS, ESTIMATES
from providers.sec.fails import FAILS
from providers.sec.share_counts import SYMBOL_COUNTS
from shortside.datasets import Dataset
from shortside.schema import BORROW, PRICES, SHORT_INTEREST, SPLITS
from shortside.sessions import NEW_YORK
from shortside.settlement import cycle_of, settlement_dates_between
from shortside.snapshot import Snapshot

SINCE = SESSIONS[0]
APPLE_SPLITS = date(2023, 1, 10)
"""The day of Apple's two for one, which is on the list of the archive: what it cost before was twice as much."""


def _prices() -> pd.DataFrame:
    rows = prices().assign(symbol=lambda rows: rows["symbol"].str.replace("/", "."))
    is_before = (rows["symbol"] == "AAPL") & (rows["date"] < APPLE_SPLITS)
    split: pd.DataFrame = rows.assign(close=rows["close"].where(~is_before, rows["close"] * 2))
    return split


ROWS = _prices()
REPORTS = short_interest()


def evening(day: date, hour: int = 17) -> datetime:
    """A moment after the close."""
    return datetime.combine(day, datetime.min.time(), NEW_YORK) + timedelta(hours=hour)


def closes(until: date, fetched_at: datetime, since: date = SINCE, rows: pd.DataFrame = ROWS) -> Snapshot:
    """Yahoo's closes of all names from one day to another."""
    chosen = rows[(rows["date"] >= since) & (rows["date"] <= until)].assign(volume=None, shares_out=None, exchange="")
    return _snapshot(Dataset.PRICES, PRICES.conform(chosen, "closes"), until, fetched_at, "yahoo_spark")


def _name(symbol: str) -> str:
    """What the screener calls a security; that of none of `NAMES` by its symbol."""
    spelt = symbol.replace(".", "/")
    return NAMES[spelt][1] if spelt in NAMES else symbol


def screener(day: date, fetched_at: datetime, rows: pd.DataFrame = ROWS) -> Snapshot:
    """The screener's look at a session that is over."""
    own = rows[rows["date"] == day].assign(
        name=[_name(symbol) for symbol in rows.loc[rows["date"] == day, "symbol"]],
        country="United States",
        sector="Technology",
        industry="",
        net_change=rows.get("net_change"),
        market_cap=None,
    )
    frame = SCREENER.conform(own, "screener")
    return _snapshot(Dataset.PRICES, frame, day, fetched_at, "nasdaq_screener", published_at=fetched_at)


def cycle(settlement: date, fetched_at: datetime, reports: pd.DataFrame = REPORTS) -> Snapshot:
    """FINRA's file of a settlement."""
    rows = reports[reports["settlement_date"] == settlement]
    published_at = min(cycle_of(settlement).published_at, fetched_at)
    frame = SHORT_INTEREST.conform(rows, "cycle")
    return _snapshot(
        Dataset.SHORT_INTEREST, frame, settlement, fetched_at, "finra_short_interest", published_at=published_at
    )


def splits(events: list[tuple[str, date, float]], fetched_at: datetime, source: str = "nasdaq_splits") -> Snapshot:
    """A look at a calendar of splits."""
    rows = pd.DataFrame(events, columns=["symbol", "ex_date", "simple_ratio"])
    unknown = {"shares_before": None, "shares_after": None, "shares_corrected_on": None, "status": "announced"}
    rows = rows.assign(ex_date=pd.to_datetime(rows["ex_date"]), **unknown)
    rows = rows.astype({"shares_before": float, "shares_after": float, "shares_corrected_on": "datetime64[s]"})
    return _snapshot(Dataset.SPLITS, SPLITS.conform(rows, "splits"), fetched_at.date(), fetched_at, source)


def directory(fetched_at: datetime) -> Snapshot:
    """Nasdaq's list of symbols."""
    rows = pd.DataFrame(
        {
            "symbol": [symbol.replace("/", ".") for symbol in NAMES],
            "name": [name for _, name, _, _ in NAMES.values()],
            "exchange": [exchange for _, _, exchange, _ in NAMES.values()],
            **dict.fromkeys(("market_category", "financial_status", "tape_symbol", "nasdaq_symbol"), ""),
            **dict.fromkeys(("is_fund", "is_test"), False),
        }
    )
    frame = DIRECTORY.conform(rows, "directory")
    return _snapshot(Dataset.REFERENCE, frame, fetched_at.date(), fetched_at, "nasdaq_directory")


def fails(rows: list[tuple[date, str, float]], fetched_at: datetime) -> Snapshot:
    """The SEC's fails: settlement date, symbol, price."""
    frame = pd.DataFrame(rows, columns=["settlement_date", "symbol", "price"])
    frame = frame.assign(
        settlement_date=pd.to_datetime(frame["settlement_date"]), cusip="X", fails=100, description="A company"
    )
    last = max(day for day, _, _ in rows)
    return _snapshot(Dataset.FAILS, FAILS.conform(frame, "fails"), last, fetched_at, "sec_fails")


def bars(until: date, fetched_at: datetime, since: date = SINCE, rows: pd.DataFrame = ROWS) -> Snapshot:
    """Alpaca's bars of all names from one day to another: closes and volumes, no counts."""
    chosen = rows[(rows["date"] >= since) & (rows["date"] <= until)].assign(shares_out=None, exchange="")
    return _snapshot(Dataset.PRICES, PRICES.conform(chosen, "bars"), until, fetched_at, "alpaca")


def session(day: date, fetched_at: datetime, rows: pd.DataFrame = ROWS) -> Snapshot:
    """Massive's bars of everything that traded on a day."""
    chosen = rows[rows["date"] == day].assign(shares_out=None, exchange="")
    return _snapshot(Dataset.PRICES, PRICES.conform(chosen, "session"), day, fetched_at, "massive")


def resold(settlement: date, positions: dict[str, int], fetched_at: datetime) -> Snapshot:
    """A settlement as Massive resells it."""
    rows = pd.DataFrame(
        {
            "settlement_date": pd.Timestamp(settlement),
            "symbol": list(positions),
            "short_interest": list(positions.values()),
            "avg_daily_volume": 700,
        }
    )
    frame = RESOLD_SHORT_INTEREST.conform(rows, "resold")
    return _snapshot(Dataset.SHORT_INTEREST, frame, settlement, fetched_at, "massive")


def estimates(day: date, fetched_at: datetime, symbol: str = "AAPL", shares: int = 7_777_777) -> Snapshot:
    """ORTEX's estimate of a name's short interest."""
    rows = pd.DataFrame({"date": [pd.Timestamp(day)], "symbol": symbol, "short_interest": shares})
    frame = ESTIMATES.conform(rows.assign(short_float_ratio=0.5), "estimates")
    return _snapshot(Dataset.SHORT_INTEREST, frame, day, fetched_at, "ortex")


def costs(fees: dict[date, float], fetched_at: datetime, symbol: str = "AAPL") -> Snapshot:
    """ORTEX's cost to borrow a name, by day."""
    days = pd.to_datetime(pd.Series(list(fees)))
    rows = pd.DataFrame({"date": days, "symbol": symbol, "fee": list(fees.values()), "new_fee": None})
    return _snapshot(Dataset.BORROW, COSTS.conform(rows, "costs"), max(fees), fetched_at, "ortex")


def lent(fees: dict[str, float | None], day: date, fetched_at: datetime) -> Snapshot:
    """Interactive Brokers' list."""
    rows = pd.DataFrame({"symbol": list(fees), "fee": list(fees.values()), "available": 1_000, "is_capped": ""})
    frame = BORROW.conform(rows, "list")
    return _snapshot(Dataset.BORROW, frame, day, fetched_at, "ibkr_borrow", published_at=fetched_at)


def assets(flags: dict[str, tuple[bool, bool]], day: date, fetched_at: datetime) -> Snapshot:
    """Alpaca's flags: shortable, easy to borrow."""
    rows = pd.DataFrame(
        {
            "symbol": list(flags),
            **dict.fromkeys(("name", "exchange"), ""),
            **dict.fromkeys(("is_tradable", "is_marginable"), True),
            "is_shortable": [shortable for shortable, _ in flags.values()],
            "is_easy_to_borrow": [easy for _, easy in flags.values()],
        }
    )
    return _snapshot(Dataset.BORROW, LENT_ASSETS.conform(rows, "assets"), day, fetched_at, "alpaca")


def counts(rows: list[tuple[str, date, float | None]], fetched_at: datetime) -> Snapshot:
    """Massive's share counts of single names."""
    frame = pd.DataFrame(rows, columns=["symbol", "date", "shares_outstanding"]).assign(name="")
    frame = PAST_SHARE_COUNTS.conform(frame.assign(date=pd.to_datetime(frame["date"])), "counts")
    return _snapshot(Dataset.SHARES_OUTSTANDING, frame, max(day for _, day, _ in rows), fetched_at, "massive")


def filed(counts: dict[str, tuple[date, float]], fetched_at: datetime) -> Snapshot:
    """The SEC's share counts."""
    rows = [(symbol, 1 + at, "", day, count) for at, (symbol, (day, count)) in enumerate(counts.items())]
    frame = pd.DataFrame(rows, columns=["symbol", "cik", "name", "date", "shares_outstanding"])
    frame = SYMBOL_COUNTS.conform(frame.assign(date=pd.to_datetime(frame["date"])), "counts")
    return _snapshot(Dataset.SHARES_OUTSTANDING, frame, fetched_at.date(), fetched_at, "sec_frames")


def fill(archive: Archive, day: date, since: date = SINCE) -> None:
    """As a backfill on the evening of a day would."""
    at = evening(day)
    for snapshot in (
        screener(day, at),
        directory(at),
        splits([("AAPL", date(2023, 1, 10), 0.5)], at),
        closes(day, at, since),
        *(cycle(one, at) for one in published(at)),
    ):
        archive.append(snapshot)


def published(moment: datetime) -> list[date]:
    """Settlements that were public at a moment."""
    days = settlement_dates_between(date(2022, 12, 30), date(2023, 3, 15))
    return [day for day in days if cycle_of(day).published_at <= moment]


def copied(source: Path, target: Path, until: datetime) -> Archive:
    """What the archive had at a moment."""
    stamp = until.astimezone(tz=None)
    fresh, whole = Archive(target), Archive(source)
    for dataset in Dataset:
        for vintage in whole.vintages(dataset):
            if vintage.fetched_at <= stamp:
                fresh.append(whole.read(vintage))
    return fresh


def _snapshot(
    dataset: Dataset,
    frame: pd.DataFrame,
    as_of: date,
    fetched_at: datetime,
    source: str,
    published_at: datetime | None = None,
) -> Snapshot:
    return Snapshot(
        dataset=dataset,
        frame=frame,
        as_of=as_of,
        published_at=published_at,
        fetched_at=fetched_at,
        source=source,
    )
