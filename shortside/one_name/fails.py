"""How many of a name's shares were not delivered, by settlement day, measured as Regulation SHO does.

The SEC prints the balance outstanding on a day, of long and short sales alike: two days' balances are no new fails and
must not be added. A security is put on a threshold list after five settlement days in a row on which the balance was
10,000 shares or more and at least 0.5 % of the shares outstanding (Rule 203(c)(6)).
https://www.sec.gov/data-research/sec-markets-data/fails-deliver-data
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, timedelta
from typing import Final

import numpy as np
import numpy.typing as npt

from shortside.arrays.unknown_values import known_or_none
from shortside.listings import Dates, Floats
from shortside.market import Market
from shortside.prices.traded import splits_of_name
from shortside.sessions import new_york_date

LEAST_SHARES: Final = 10_000
"""Shares of the balance of a threshold security, at least."""
LEAST_RATIO: Final = 0.005
"""Of the shares outstanding, at least."""
THRESHOLD_RUN: Final = 5
"""Settlement days in a row that put a security on a list."""
RECENT_SPAN: Final = timedelta(days=35)
"""The calendar days up to the day in view in which days over the threshold are counted."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class FailsPath:
    """One name on every settlement day that a file at hand is of, oldest first. (F,) each."""

    symbol: str
    days: Dates
    """Settlement days."""
    known_at: npt.NDArray[np.datetime64]
    """When each day's file was posted, UTC; by the SEC's own calendar where nobody kept the moment."""
    fails: Floats
    """The balance in shares as printed that day; zero where the file has no row of the name."""
    price: Floats
    """The close of the session before, USD, as the SEC prints it; NaN where it prints none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailsDay:
    """The balance of one settlement day."""

    settlement_date: date
    known_on: date
    fails: float
    """Shares, on the day's own split basis."""
    dollars: float | None
    """At the price the SEC prints beside it."""
    outstanding_ratio: float | None
    """Of the shares outstanding that day; None where nobody counted them."""
    is_over: bool | None
    """Whether it is as large as a threshold security's; None where the shares outstanding are unknown."""


def fails_days(market: Market, column: int, path: FailsPath) -> tuple[FailsDay, ...]:
    """The days of a path up to the last session in view, newest first."""
    counts = _counted(market, column, path.days)
    found = []
    for place in reversed(range(len(path.days))):
        if path.days[place] > market.sessions[-1]:
            continue
        fails = float(path.fails[place])
        ratio = fails / float(counts[place]) if counts[place] > 0 else None
        few = fails < LEAST_SHARES
        price = known_or_none(path.price[place])
        found.append(
            FailsDay(
                settlement_date=path.days[place].astype(date),
                known_on=new_york_date(
                    path.known_at[place].astype("datetime64[us]").astype(object).replace(tzinfo=UTC)
                ),
                fails=fails,
                dollars=0.0 if fails == 0 else None if price is None else fails * price,
                outstanding_ratio=ratio,
                is_over=False if few else None if ratio is None else ratio >= LEAST_RATIO,
            )
        )
    return tuple(found)


def _counted(market: Market, column: int, days: Dates) -> Floats:
    """(F,) shares outstanding on each day, on that day's own split basis; NaN unknown."""
    counts = np.full(len(days), np.nan)
    if market.is_count_estimated[column]:
        return counts
    rows = np.searchsorted(market.sessions, days, "right") - 1
    for row in np.unique(rows[rows >= 0]).tolist():
        counts[rows == row] = market.market_caps.share_counts_at(row)[column]
    splits = () if market.traded is None else splits_of_name(market.traded.splits, column, market.sessions)
    for row, factor in splits:
        # Counts are on the basis of the last session; a balance is printed on the day's own.
        counts[rows < row] *= factor
    return counts


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentFails:
    """How often the balance was as large as a threshold security's in the days up to the one in view."""

    days_looked_at: int
    """Settlement days whose file is at hand."""
    days_over: int
    days_unknown: int
    """Those of which it cannot be said, since the shares outstanding are unknown."""
    days_in_a_row: int
    """The days over the threshold that end with the newest one at hand."""


def recent_fails(days: tuple[FailsDay, ...], today: date) -> RecentFails:
    """The last `RECENT_SPAN` of some days, which are in order, the newest first."""
    recent = [one for one in days if today - RECENT_SPAN < one.settlement_date <= today]
    run = 0
    for one in recent:
        if not one.is_over:
            break
        run += 1
    return RecentFails(
        days_looked_at=len(recent),
        days_over=sum(one.is_over is True for one in recent),
        days_unknown=sum(one.is_over is None for one in recent),
        days_in_a_row=run,
    )
