"""How the latest week of a fund's flow ranks among its weeks before: "largest outflow in 13 weeks".

A week is five sessions of New York. Weeks are counted back from the newest count, so that none overlaps another; the
fund's count must be known at both ends of a week.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final

import numpy as np

from shortside.funds.flows import FundFlows
from shortside.listings import Dates, Floats
from shortside.sessions import FIRST_DAY, CalendarRangeError, session_days

WEEK_SESSIONS: Final = 5
"""Sessions of a week; a holiday makes none shorter."""
YEAR_DAYS: Final = 365
"""Calendar days before the newest count in which a week lies that the latest is ranked among."""
LEAST_DIFFERENCE: Final = 0.005
"""US dollars, half a cent, by which a flow must exceed another to be the larger: sums of fractions differ by less."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class FundWeeks:
    """Flows by week, the latest first. W = number of weeks back to the oldest count."""

    starts: Dates
    """(W,) the session at whose close a week begins."""
    flow: Floats
    """(W,) US dollars up to the close five sessions later; NaN where a count at one of the ends is unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekStanding:
    """The latest week among those before it."""

    flow: float
    """US dollars; NaN where unknown, and then nothing else is known."""
    rank: int | None
    """Among the weeks of the last year, itself one of them: 1 is the largest inflow; equal ones share the better."""
    weeks_ranked: int
    """How many weeks of the last year are known."""
    extreme_weeks: int | None
    """How many weeks it is the largest of its direction in: the week so many before it was as extreme."""
    is_at_least: bool
    """Whether counts end there, so that it may be the largest in more weeks."""

    @property
    def words(self) -> str:
        """The standing as one says it; empty where the flow is unknown."""
        if not np.isfinite(self.flow):
            return ""
        if self.extreme_weeks is None:
            return "no flow"
        direction = "inflow" if self.flow > 0 else "outflow"
        if self.extreme_weeks > 1:
            return f"largest {direction} in {'at least ' * self.is_at_least}{self.extreme_weeks} weeks"
        return f"{direction}, week before unknown" if self.is_at_least else f"{direction}, no more than week before"


UNKNOWN_WEEK: Final = WeekStanding(flow=float("nan"), rank=None, weeks_ranked=0, extreme_weeks=None, is_at_least=False)
"""The standing of a week whose flow is unknown."""


def fund_weeks(flows: FundFlows, as_of: date) -> FundWeeks:
    """The weeks of one fund that end with a day's count, as far back as its counts reach."""
    if not len(flows.dates):
        return FundWeeks(starts=flows.dates, flow=flows.flow)
    try:
        sessions = session_days(max(flows.dates[0].astype(date), FIRST_DAY), as_of)
    except CalendarRangeError:
        sessions = flows.dates[:0]
    ends = sessions[::-1][::WEEK_SESSIONS]
    bounds = [day.astype(date) for day in ends]
    if bounds:
        # A count printed on a day without a session belongs to the latest week.
        bounds[0] = as_of
    known = set(flows.dates.tolist())
    flow = [flows.between(start, end) if end in known else float("nan") for end, start in pairwise(bounds)]
    return FundWeeks(starts=ends[1:], flow=np.array(flow, np.float64))


def weeks_together(funds: Sequence[FundWeeks]) -> FundWeeks:
    """The weeks of several funds added up, where every one of them is known.

    Args:
        funds: at least one, of weeks that end on one and the same day.
    """
    longest = max(funds, key=lambda one: len(one.flow))
    flow = np.zeros(len(longest.flow))
    for one in funds:
        flow += np.append(one.flow, np.full(len(flow) - len(one.flow), np.nan))
    return FundWeeks(starts=longest.starts, flow=flow)


def week_standing(weeks: FundWeeks, as_of: date) -> WeekStanding:
    """How the latest week stands among those before it, where its flow is known."""
    flow = weeks.flow
    if not len(flow) or not np.isfinite(flow[0]):
        return UNKNOWN_WEEK
    is_of_the_year = weeks.starts >= np.datetime64(as_of, "D") - np.timedelta64(YEAR_DAYS, "D")
    of_the_year = flow[is_of_the_year & np.isfinite(flow)]
    extreme_weeks, is_at_least = _extreme_weeks(flow)
    return WeekStanding(
        flow=float(flow[0]),
        rank=1 + int((of_the_year > flow[0] + LEAST_DIFFERENCE).sum()),
        weeks_ranked=len(of_the_year),
        extreme_weeks=extreme_weeks,
        is_at_least=is_at_least,
    )


def _extreme_weeks(flow: Floats) -> tuple[int | None, bool]:
    """How many weeks back one as extreme lies, and whether it is only known that there are so many without one."""
    if abs(flow[0]) <= LEAST_DIFFERENCE:
        return None, False
    size = flow * np.sign(flow[0])
    is_as_extreme = size[1:] >= size[0] - LEAST_DIFFERENCE
    stops = np.flatnonzero(is_as_extreme | np.isnan(flow[1:]))
    if not len(stops):
        return len(flow), True
    return int(stops[0]) + 1, bool(np.isnan(flow[1 + stops[0]]))
