"""The sections of the validation page that hold our tables against S3 Partners' of September 2023."""

from __future__ import annotations

from datetime import date
from typing import Final

import numpy as np

from docs._validation_evidence import (
    ARTICLE,
    DAY,
    Evidence,
    Lines,
    Published,
    billions,
    percent,
    ratio_of,
    rollup,
    rounded,
    table_of,
)
from shortside.positions import Knowledge, PositionsMethod
from shortside.rows import GroupRow
from shortside.tiers import TierBasis
from shortside.view import View

YTD, AUGUST = "YTD to 2023-09-07", "Aug-Sep 2023"
AUGUST_WINDOW: Final = "since:2023-08-02"
"""August from the close of the 1st."""
GROUPS: Final = {
    "mega+large": "Mega & Large",
    "mid": "Mid",
    "small+micro+nano": "Small, Nano & Micro",
    "unclassified": "",
    "total": "All U.S.",
}
"""Our roll-up and what S3 calls it; it has no unclassified."""


def tables(evidence: Evidence) -> Lines:
    """Ours beside theirs, by every basis, and by the end's also with hindsight."""
    lines = ["## The tables", ""]
    for period, window in ((YTD, "ytd"), (AUGUST, AUGUST_WINDOW)):
        lines += [f"### {period}", ""]
        views = [(basis, Knowledge.AS_KNOWN) for basis in TierBasis]
        for basis, knowledge in (views[0], (TierBasis.END, Knowledge.REVISED), *views[1:]):
            board = evidence.board(window=window, basis=basis, knowledge=knowledge)
            span = f"from the close of {board.window.start_date} to that of {board.window.end_date}"
            lines += [f"Tiers by `{basis}` cap, positions `{knowledge}`, {span}:", ""]
            lines += [*_beside(rollup(board), evidence.published[period]), ""]
    return [
        *lines,
        "The `end` tables are the ones to compare: S3 sorts names by the cap they ended with (see Tier basis).",
        "",
    ]


def _beside(table: list[GroupRow], published: dict[str, Published]) -> Lines:
    rows = []
    for row in table:
        theirs = published.get(GROUPS[row.label])
        mine = [
            row.label,
            f"{row.names:,}",
            billions(row.average_short_interest),
            billions(row.profit),
            billions(row.band),
            percent(row),
        ]
        if theirs is None:
            rows.append([*mine, "", "", "", "", ""])
            continue
        rows.append(
            [
                *mine,
                f"{theirs.count:,}",
                billions(theirs.average),
                billions(theirs.profit),
                f"{theirs.percent:.2f}",
                rounded(100 * ratio_of(row) - theirs.percent, "+.2f"),
            ]
        )
    ours = ["group", "names", "avg SI", "P&L", "± band", "P&L %"]
    return table_of([*ours, "S3 names", "S3 avg SI", "S3 P&L", "S3 P&L %", "points apart"], rows)


def size_and_return(evidence: Evidence) -> Lines:
    """How much of each difference is size and how much is return."""
    rows = []
    for period, window in ((YTD, "ytd"), (AUGUST, AUGUST_WINDOW)):
        for row in rollup(evidence.board(window=window)):
            theirs = evidence.published[period].get(GROUPS[row.label])
            if theirs is not None:
                size, rate = split_difference(row, theirs)
                cells = [billions(row.profit - theirs.profit), billions(size), billions(rate)]
                rows.append([f"{row.label}, {window}", *cells])
    return [
        "## Size and return",
        "",
        "Our P&L less S3's is (our average SI − S3's) × S3's P&L % plus our average SI × (our P&L % − S3's).",
        "",
        *table_of(["group (`end`, as known)", "P&L apart", "from average SI", "from P&L %"], rows),
        "",
    ]


def split_difference(row: GroupRow, theirs: Published) -> tuple[float, float]:
    """The difference in P&L as a part from average short interest and a part from P&L %; they add up to it, USD."""
    their_ratio = theirs.profit / theirs.average
    size = (row.average_short_interest - theirs.average) * their_ratio
    return size, row.average_short_interest * (ratio_of(row) - their_ratio)


def days(evidence: Evidence) -> Lines:
    """At which closes the tables begin and end."""
    rows: list[list[str]] = []
    nearest = groups = 0
    for period, windows in ((YTD, ("ytd",)), (AUGUST, (AUGUST_WINDOW, "since:2023-08-01"))):
        spans = [(window, last) for window in windows for last in (DAY, ARTICLE)]
        rows += [_of_days(evidence, *span) for span in spans]
        rows.append(_of_s3(evidence, period))
        missed = np.array([_missed(evidence, period, *span) for span in spans])
        nearest += int(np.count_nonzero(missed.argmin(axis=0) == 0))
        groups += missed.shape[1]
    return [
        "## The days the tables speak of",
        "",
        f"S3's article is of {ARTICLE} and does not say at which closes its P&L begins and ends. The fund flow it"
        f" quotes ends on {DAY}, and to that close, August from the close of the 1st, our P&L is nearest to S3's"
        f" in {nearest} of {groups} groups and totals. So they are taken above."
        " P&L as known, `end`, in the last column P&L % of all:",
        "",
        *table_of(["P&L from, to the close of", *GROUPS, "P&L %"], rows),
        "",
    ]


def _of_days(evidence: Evidence, window: str, last: date) -> list[str]:
    board = evidence.at(last).board(View(window=window))
    groups = rollup(board)
    profits = (billions(row.profit) for row in groups)
    return [f"{board.window.start_date} to {last}", *profits, percent(groups[-1])]


def _missed(evidence: Evidence, period: str, window: str, last: date) -> list[float]:
    """USD by which each group, and the total, misses S3's P&L."""
    theirs = evidence.published[period]
    groups = rollup(evidence.at(last).board(View(window=window)))
    return [abs(row.profit - theirs[GROUPS[row.label]].profit) for row in groups if GROUPS[row.label]]


def _of_s3(evidence: Evidence, period: str) -> list[str]:
    theirs = evidence.published[period]
    profits = (billions(theirs[name].profit) if name else "" for name in GROUPS.values())
    return [f"S3, {period}", *profits, f"{theirs[GROUPS['total']].percent:.2f}"]


def positions(evidence: Evidence) -> Lines:
    """What the shares between settlements may change."""
    rows, profits = [], []
    for method in PositionsMethod:
        for knowledge in (Knowledge.REVISED, Knowledge.AS_KNOWN):
            groups = rollup(evidence.board(positions=method, knowledge=knowledge))
            profits.append([row.profit for row in groups])
            rows.append(
                [f"`{method}`, `{knowledge}`", *(f"{billions(row.profit)} ± {billions(row.band)}" for row in groups)]
            )
    spread = np.ptp(np.array(profits), axis=0)
    rows.append(["greatest less least", *(billions(value) for value in spread)])
    return [
        "## Positions between settlements",
        "",
        "Shares short are known twice a month. P&L (ytd, `end`) by each way of filling the days between; the band"
        " holds every path that moves one way between two settlements, added up as if all names erred together."
        " What parts us from S3 is larger than what these ways part by: it is the universe, not the days between.",
        "",
        *table_of(["positions", *GROUPS], rows),
        "",
    ]
