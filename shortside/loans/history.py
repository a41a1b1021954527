"""What a list of stock loans said of every name of a market: now, a day and a week ago, and at the end of each day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np

from shortside.listings import Dates, Flags, Floats, Indexes, Texts

FEE_STANDS_DAYS: Final = 4
"""Calendar days for which the last look stands where there is no newer one: a weekend with a holiday. After them nobody
knows the fee."""
ONE_DAY, ONE_WEEK = timedelta(days=1), timedelta(days=7)


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class LoanState:
    """One look at the list, laid out along the names of a market. (N,) each."""

    as_of: date
    """The day of the look, New York time."""
    known_at: datetime
    """When the list was made public."""
    fetched_at: datetime
    """When we looked."""
    fee: Floats
    """A fraction a year; NaN where it is unknown, or the list lacks the name."""
    available: Floats
    """Shares; NaN as in `fee`. 0 is none."""
    is_capped: Flags
    """Whether `available` is only a lower bound."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class LoanHistory:
    """The looks of a list as far as a moment knows them. N names, D days."""

    symbols: Texts
    """(N,) the market's."""
    source: str
    now: LoanState
    """The newest look."""
    day_ago: LoanState | None
    """The look that stood 24 hours before the newest became known; None where there is none of the days before."""
    week_ago: LoanState | None
    """The look that stood seven days before; None as in `day_ago`."""
    days: Dates
    """(D,) the days of which there is a look, ascending."""
    fees: Floats
    """(D, N) of the last look of each day; NaN unknown."""
    none_since: Dates
    """(N,) the first day of which the last look has no shares, after one that had some; NaT where there are shares now,
    or never were any."""
    available_before: Floats
    """(N,) shares at the last look that had some, before `none_since`; NaN without one."""

    def rows_in_force(self, sessions: Dates) -> Indexes:
        """(T,) the row of `fees` that stood on the evening of each session; −1 for none, or one that is too old."""
        rows = np.searchsorted(self.days, sessions, "right") - 1
        age = (sessions - self.days[np.maximum(rows, 0)]).astype(np.int64)
        return np.where((rows >= 0) & (age <= FEE_STANDS_DAYS), rows, -1)


def stands_at(look: LoanState | None, moment: datetime) -> LoanState | None:
    """A look, if it may stand for a moment: not older than `FEE_STANDS_DAYS`."""
    return look if look is not None and may_stand(look.known_at, moment) else None


def may_stand(known_at: datetime, moment: datetime) -> bool:
    """Whether a look that became known then says anything about a moment."""
    return moment - known_at <= timedelta(days=FEE_STANDS_DAYS)


def history_of(
    symbols: Texts,
    source: str,
    closings: Iterable[LoanState],
    *,
    now: LoanState,
    day_ago: LoanState | None = None,
    week_ago: LoanState | None = None,
) -> LoanHistory:
    """A history out of looks.

    Args:
        symbols: (N,) the market's.
        source: whose list it is.
        closings: the last look of each day, oldest first; they are used up one by one.
        now: the newest of all looks.
        day_ago: the newest look that was known 24 hours before `now` was.
        week_ago: the newest that was known seven days before.
    """
    days: list[date] = []
    fees: list[Floats] = []
    runs = _Runs(len(symbols))
    for look in closings:
        days.append(look.as_of)
        fees.append(look.fee)
        runs.take(look)
    # A list of today that is not the day's last yet is among the closings, too.
    if not days or days[-1] < now.as_of:
        days.append(now.as_of)
        fees.append(now.fee)
        runs.take(now)
    return LoanHistory(
        symbols=symbols,
        source=source,
        now=now,
        day_ago=stands_at(day_ago, now.known_at - ONE_DAY),
        week_ago=stands_at(week_ago, now.known_at - ONE_WEEK),
        days=np.array(days, "datetime64[D]"),
        fees=np.stack(fees),
        none_since=np.where(now.available == 0, runs.since, np.datetime64("NaT", "D")),
        available_before=np.where((now.available == 0) & ~np.isnat(runs.since), runs.before, np.nan),
    )


class _Runs:
    """Since when each name has had no shares, look after look. A look that does not know leaves it as it is."""

    def __init__(self, names: int) -> None:
        self.since: Dates = np.full(names, "NaT", "datetime64[D]")
        self.before: Floats = np.full(names, np.nan)
        """Shares at the last look that had some."""

    def take(self, look: LoanState) -> None:
        """The next look."""
        has_some = look.available > 0
        is_first = (look.available == 0) & np.isnat(self.since) & np.isfinite(self.before)
        self.since[is_first] = np.datetime64(look.as_of, "D")
        self.since[has_some] = np.datetime64("NaT", "D")
        self.before[has_some] = look.available[has_some]
