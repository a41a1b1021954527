"""Adds up the flows of funds by segment, in dollars, and says whose are missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from shortside.funds.figures import FundRow
from shortside.funds.segments import in_segment_order
from shortside.funds.weeks import UNKNOWN_WEEK, WeekStanding, week_standing, weeks_together

SUMMED: Final = ("net_assets", "flow", "flow_1d", "flow_5d", "flow_30d", "flow_prior_30d")
"""The figures of a fund that are added up by segment; all are dollars."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentRow:
    """One segment. Money is US dollars of the funds that are known; NaN where none is."""

    segment: str
    count_date: date
    """The newest day a fund of it has a count of: what every flow ends with."""
    funds: int
    net_assets: float
    flow: float
    flow_1d: float
    flow_5d: float
    flow_30d: float
    flow_prior_30d: float
    unknown: Mapping[str, tuple[str, ...]]
    """Per figure the funds that are in no sum of it, because theirs is unknown or of an older day."""
    week: WeekStanding
    """The latest week of all its funds together; unknown as soon as one fund's is."""


def segment_rows(rows: Sequence[FundRow]) -> tuple[SegmentRow, ...]:
    """A row per segment with a fund, in the order of the list of segments."""
    ordered = in_segment_order({row.segment for row in rows})
    return tuple(_segment(name, [row for row in rows if row.segment == name]) for name in ordered)


def _segment(name: str, funds: Sequence[FundRow]) -> SegmentRow:
    newest = max(fund.as_of for fund in funds)
    # Flows that end on different days add up to no day's.
    counted = {
        figure: [fund for fund in funds if fund.as_of == newest and np.isfinite(getattr(fund, figure))]
        for figure in SUMMED
    }
    sums = {
        figure: float(sum(getattr(fund, figure) for fund in known)) if known else float("nan")
        for figure, known in counted.items()
    }
    unknown = {
        figure: tuple(fund.symbol for fund in funds if fund not in known)
        for figure, known in counted.items()
        if len(known) < len(funds)
    }
    is_whole = "flow_5d" not in unknown
    together = weeks_together([fund.weeks for fund in funds]) if is_whole else None
    week = UNKNOWN_WEEK if together is None else week_standing(together, newest)
    return SegmentRow(segment=name, count_date=newest, funds=len(funds), **sums, unknown=unknown, week=week)
