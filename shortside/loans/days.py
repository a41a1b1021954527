"""Sums up by the day what a list of stock loans said of one name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby

import numpy as np

from shortside.arrays.unknown_values import known_or_none
from shortside.loans.path import LoanPath
from shortside.sessions import new_york_date


@dataclass(frozen=True, slots=True, kw_only=True)
class PathDay:
    """What the looks of a day said of a name; fractions a year and shares, None is unknown."""

    day: date
    """New York time."""
    known_at: datetime
    """When the day's last look became known."""
    looks: int
    is_listed: bool
    """Whether the last look has the name."""
    fee: float | None
    """At the last look."""
    fee_change: float | None
    """From the last look of the day with looks before; None where either is unknown."""
    lowest_fee: float | None
    highest_fee: float | None
    available: float | None
    """At the last look."""
    is_capped: bool
    least_available: float | None


def days_of(path: LoanPath) -> list[PathDay]:
    """The days of a path, oldest first."""
    moments = [one.replace(tzinfo=UTC) for one in path.known_at.astype(object).tolist()]
    days: list[PathDay] = []
    for day, places in groupby(range(len(moments)), key=lambda place: new_york_date(moments[place])):
        rows = list(places)
        fees, available = (known[np.isfinite(known)] for known in (path.fee[rows], path.available[rows]))
        last, before = rows[-1], days[-1].fee if days else None
        fee = known_or_none(path.fee[last])
        days.append(
            PathDay(
                day=day,
                known_at=moments[last],
                looks=len(rows),
                is_listed=bool(path.is_listed[last]),
                fee=fee,
                fee_change=None if fee is None or before is None else fee - before,
                lowest_fee=float(fees.min()) if len(fees) else None,
                highest_fee=float(fees.max()) if len(fees) else None,
                available=known_or_none(path.available[last]),
                is_capped=bool(path.is_capped[last]),
                least_available=float(available.min()) if len(available) else None,
            )
        )
    return days
