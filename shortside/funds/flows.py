"""Money into and out of exchange-traded funds, from how many shares of theirs there are.

A fund's shares are created and redeemed at net asset value, so a change of their number is a flow. Creations settle
the next day, and funds often print the count a day late: a flow belongs to the day it was printed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pandas as pd

from shortside.datasets import Dataset
from shortside.listings import Dates, Floats
from shortside.schema import Column, ColumnKind, FrameSchema

FUND_DAYS: Final = FrameSchema(
    Dataset.FUND_FLOWS,
    (
        Column(name="date", kind=ColumnKind.DATE),
        Column(name="symbol", kind=ColumnKind.TEXT),
        Column(name="nav", kind=ColumnKind.MONEY, unit="USD a share", is_nullable=True, minimum=0),
        Column(name="shares_outstanding", kind=ColumnKind.SHARES, unit="shares", is_nullable=True, minimum=0),
    ),
    key=("symbol", "date"),
)
"""A fund's net asset value and share count at the end of a day."""


PLAIN_RATIOS: Final = (2.0, 3.0, 4.0, 5.0, 10.0, 1 / 2, 1 / 3, 1 / 4, 1 / 5, 1 / 10)
"""New shares for each old one."""
SPLIT_APART: Final = 0.1
"""By which part the count and the net asset value of a split day may be off the ratio: flows and returns of a day."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class FundFlows:
    """One fund's flows. T = number of days known, oldest first."""

    symbol: str
    dates: Dates
    """(T,)"""
    flow: Floats
    """(T,) US dollars since the day before in `dates`, positive for money coming in; NaN on the first, or unknown."""

    def total(self, last: date, days: int) -> float:
        """The sum over the `days` last days up to `last`; NaN where one of them is unknown or there are not so many.

        Args:
            last: the end of the window, itself included if the fund has that day.
            days: how many of the fund's days, at least 1.
        """
        if days < 1:
            raise ValueError(f"a window has at least one day, not {days}")
        end = int(np.searchsorted(self.dates, np.datetime64(last, "D"), "right"))
        return float(self.flow[end - days : end].sum()) if end >= days else float("nan")

    def between(self, start: date, last: date) -> float:
        """The sum of what flowed after the end of `start` up to the end of `last`; NaN where that is not known.

        It is known where the count of `start` itself is, and every count that was printed after it. A day that is
        missing in between leaves its flow to the next one, at that one's net asset value.
        """
        first, end = np.searchsorted(self.dates, np.array([start, last], "datetime64[D]"), "right")
        has_start = first > 0 and self.dates[first - 1] == np.datetime64(start, "D")
        return float(self.flow[first:end].sum()) if has_start and end > first else float("nan")


def split_factors(dates: Dates, ex_dates: Dates, price_factors: Floats) -> Floats:
    """(T,) what each day's count must be divided by to be on the last day's basis.

    Args:
        dates: (T,) days, ascending.
        ex_dates: (E,) first days on a new basis; those after the last day have not taken place.
        price_factors: (E,) earlier prices are multiplied by it: 0.5 for 2-for-1.
    """
    factors = np.ones(len(dates))
    for ex_date, price_factor in zip(ex_dates, price_factors, strict=True):
        if len(dates) and ex_date <= dates[-1] and np.isfinite(price_factor) and price_factor > 0:
            factors[dates < ex_date] *= price_factor
    return factors


def unlisted_split_factors(shares: Floats, nav: Floats) -> Floats:
    """(T,) what each day's count must be divided by, as `split_factors`, for splits that no list has.

    Two witnesses agree on such a day: the count leaps by a plain ratio, and the net asset value by its inverse.
    """
    factors = np.ones(len(shares))
    with np.errstate(divide="ignore", invalid="ignore"):
        more, less = shares[1:] / shares[:-1], nav[1:] / nav[:-1]
    for ratio in PLAIN_RATIOS:
        is_split = (np.abs(more / ratio - 1) <= SPLIT_APART) & (np.abs(less * ratio - 1) <= SPLIT_APART)
        for day in np.flatnonzero(is_split).tolist():
            factors[: day + 1] /= ratio
    return factors


def fund_flows(fund_days: pd.DataFrame, symbol: str, split_factors: Floats | None = None) -> FundFlows:
    """The flows of one fund: (shares_t - shares_{t-1}) · NAV_t.

    Args:
        fund_days: as `FUND_DAYS` has them; other funds' rows are passed over, the order does not matter.
        symbol: whose flows.
        split_factors: (T,) what each day's count must be divided by to be on the last day's basis, as prices are
            multiplied; None for a fund that never split. Without it a split would pass for a flood of money.

    Raises:
        ValueError: the factors are not one a day, or a day is there twice.
    """
    rows = fund_days[fund_days["symbol"] == symbol].sort_values("date")
    dates = rows["date"].to_numpy().astype("datetime64[D]")
    if len(np.unique(dates)) != len(dates):
        raise ValueError(f"{symbol} has a day twice")
    factors = np.ones(len(dates)) if split_factors is None else np.asarray(split_factors, np.float64)
    if factors.shape != dates.shape:
        raise ValueError(f"{symbol} has {len(dates)} days and {len(factors)} split factors")
    shares = rows["shares_outstanding"].to_numpy(np.float64) / factors
    value = rows["nav"].to_numpy(np.float64) * factors
    flow = np.full(len(dates), np.nan)
    flow[1:] = np.diff(shares) * value[1:]
    return FundFlows(symbol=symbol, dates=dates, flow=flow)
