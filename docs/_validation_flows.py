"""The section of the validation page on money that went into funds and out of them, July to September 2023."""

from __future__ import annotations

import csv
import gzip
from datetime import date
from typing import Final

import numpy as np

from docs._validation_evidence import ARTICLE, Evidence, Lines, millions, table_of
from providers.files.funds import read_fund_files
from shortside.funds.flows import FundFlows, fund_flows
from shortside.funds.weeks import fund_weeks, week_standing

FUND: Final = "IWM"
FLOWS_FILE: Final = "iwm_flows.csv.gz"
SPANS: Final = (
    ("July 2023", date(2023, 6, 30), date(2023, 7, 31)),
    ("August 2023", date(2023, 7, 31), date(2023, 8, 31)),
    ("September 2023 to the 15th", date(2023, 8, 31), date(2023, 9, 15)),
    ("five sessions to 6 September", date(2023, 8, 29), date(2023, 9, 6)),
    ("five sessions to 7 September", date(2023, 8, 30), date(2023, 9, 7)),
)
"""Words, the close from which and the close to which money is counted."""


def flows(evidence: Evidence) -> Lines:
    """Flows of the fund by month and week, ours beside those the folder's own table derives."""
    data = read_fund_files(evidence.folder, "files")
    ours = fund_flows(data.days, FUND)
    told = _told(evidence)
    rows = [
        [words, str(start), str(end), millions(ours.between(start, end)), millions(told_between(told, start, end))]
        for words, start, end in SPANS
    ]
    apart = max(abs(ours.between(start, end) - told_between(told, start, end)) for _, start, end in SPANS)
    return [
        "## Fund flows",
        "",
        f"{FUND}, the fund of the Russell 2000: change of its shares outstanding at the net asset value of the day, in"
        " mm, from one close to another, beside the sum of the days that the folder's own table derives. No table of"
        " S3's gives a flow; the one its article quotes ends on 2023-09-06.",
        "",
        *table_of(["", "from", "to", "ours", "the folder's"], rows),
        "",
        f"They part by {apart:,.0f} USD at most. {_standing(ours)}",
        "",
    ]


def told_between(told: dict[date, float], start: date, end: date) -> float:
    """What the folder's table says flowed after one close up to another, USD."""
    return sum(flow for day, flow in told.items() if start < day <= end)


def _told(evidence: Evidence) -> dict[date, float]:
    with gzip.open(evidence.folder / FLOWS_FILE, "rt", newline="") as lines:
        return {date.fromisoformat(row["date"]): float(row["flow_usd"] or "nan") for row in csv.DictReader(lines)}


def _standing(ours: FundFlows) -> str:
    """How the week to the article stood among those before it."""
    known = FundFlows(symbol=ours.symbol, dates=ours.dates[_until(ours)], flow=ours.flow[_until(ours)])
    standing = week_standing(fund_weeks(known, ARTICLE), ARTICLE)
    return (
        f"The week to {ARTICLE}, {millions(standing.flow)} mm, is the {standing.words}, number {standing.rank} of"
        f" {standing.weeks_ranked} weeks of a year."
    )


def _until(ours: FundFlows) -> slice:
    return slice(0, int(np.searchsorted(ours.dates, np.datetime64(ARTICLE, "D"), "right")))
