"""The sections of the validation page on months of the whole market and on its sectors."""

from __future__ import annotations

from datetime import date
from typing import Final

import numpy as np

from docs._validation_evidence import Evidence, Lines, billions, percent, rounded, table_of, told
from docs._validation_identities import PERIODS, SPANS, window_board
from shortside.board import Board
from shortside.positions import Knowledge
from shortside.rows import GroupRow, sector_rows, tier_table

OURS: Final = {
    "Communication Services": "Telecommunications",
    "Consumer Discretionary": "Consumer Discretionary",
    "Consumer Staples": "Consumer Staples",
    "Energy": "Energy",
    "Financials": "Finance",
    "Health Care": "Health Care",
    "Industrials": "Industrials",
    "Information Technology": "Technology",
    "Materials": "Basic Materials",
    "Real Estate": "Real Estate",
    "Utilities": "Utilities",
}
"""Nasdaq's sector that is nearest to each of the GICS."""
CUT_OTHERWISE: Final = ("Communication Services", "Consumer Discretionary", "Information Technology")
"""Nasdaq has media, internet and electronics partly in another of these three."""
JANUARY: Final = (date(2022, 1, 1), date(2022, 1, 21))
JULY: Final = (date(2023, 7, 1), date(2023, 7, 31))
YEAR_TO_JULY: Final = (date(2023, 1, 1), date(2023, 7, 31))


def months(evidence: Evidence) -> Lines:
    """Three spans of which S3 printed P&L of the whole market."""
    rows = []
    for first, last in (JANUARY, JULY, YEAR_TO_JULY):
        theirs = _statement(evidence, f"{first}..{last}")
        profit, ratio = float(theirs["value"]), told(theirs["note"], "")
        cells = [rounded(profit, ".1f"), rounded(ratio, ".2f"), rounded(100 * profit / ratio, ",.1f"), "", ""]
        rows.append([f"{first} to {last}, S3", *cells, theirs["note"]])
        for knowledge in Knowledge:
            board = window_board(evidence, first, last, knowledge=knowledge)
            total = tier_table(board, with_trends=False).total
            rows.append(
                [
                    f"{board.window.start_date} to {last}, `{knowledge}`",
                    rounded(total.profit / 1e9, ".1f"),
                    percent(total),
                    rounded(total.average_short_interest / 1e9, ",.1f"),
                    *_gaining(board),
                    "",
                ]
            )
    return [
        "## Months of the whole market",
        "",
        "P&L and average short interest in bn, S3's average as it follows from its other two; and how much of"
        " names and of average dollars gained. S3's figures of 2023 hold Canada and are net of financing. Ours are"
        " gross and of US listings: the averages tell by how much there is less of them.",
        "",
        *table_of(["days", "P&L", "P&L %", "avg SI", "names gained, %", "dollars gained, %", "S3's words"], rows),
        "",
    ]


def _statement(evidence: Evidence, span: str) -> dict[str, str]:
    return next(row for row in evidence.golden("s3_statements_more.csv") if row["speaks_of"] == span)


def _gaining(board: Board) -> tuple[str, str]:
    average = board.average_short_interest
    held, gained = board.included & (average > 0), board.profit > 0
    dollars = average[held & gained].sum() / average[held].sum()
    return f"{100 * np.count_nonzero(held & gained) / np.count_nonzero(held):.0f}", f"{100 * dollars:.0f}"


def sectors(evidence: Evidence) -> Lines:
    """July 2023 by sector, and the sectors S3 named in two quarters of 2022."""
    return [
        "## Sectors",
        "",
        "S3 sorts by GICS, we by Nasdaq's sectors, which part media, internet and electronics otherwise:"
        f" so {', '.join(CUT_OTHERWISE[:-1])} and {CUT_OTHERWISE[-1]} stand in sum, too. Ours lack Canada.",
        "",
        "### July 2023",
        "",
        *_july(evidence),
        "",
        "### Two quarters of 2022",
        "",
        *_quarters(evidence),
        "",
    ]


def _july(evidence: Evidence) -> Lines:
    theirs = {row["sector"]: row for row in evidence.golden("s3_july_2023_us_canada.csv")}
    ours = {row.label: row for row in sector_rows(window_board(evidence, *JULY))}
    rows = []
    for sector, row in theirs.items():
        mine = ours.get(OURS.get(sector, ""))
        dollars = [float(row[name]) / 1e3 for name in ("short_interest_usd_mm_2023-07-31", "mtm_pl_usd_mm_july")]
        if sector == "Grand Total":
            rows += [_together(theirs, ours), _rest(theirs, ours)]
            mine = tier_table(window_board(evidence, *JULY), with_trends=False).total
        rows.append([sector, *_figures(dollars[0], dollars[1], float(row["pl_pct"])), *_ours(mine)])
    return table_of(["sector (S3's)", "S3 SI", "S3 P&L", "S3 P&L %", "ours", "our SI", "our P&L", "our P&L %"], rows)


def _figures(interest: float, profit: float, ratio: float) -> list[str]:
    return [rounded(interest, ",.1f"), rounded(profit, ",.2f"), rounded(ratio, ".2f")]


def _ours(row: GroupRow | None) -> list[str]:
    if row is None:
        return ["none", "", "", ""]
    return [row.label, billions(row.short_interest_end), billions(row.profit), percent(row)]


def _together(theirs: dict[str, dict[str, str]], ours: dict[str, GroupRow]) -> list[str]:
    return _in_sum("the three together", theirs, [ours[OURS[sector]] for sector in CUT_OTHERWISE], CUT_OTHERWISE)


def _rest(theirs: dict[str, dict[str, str]], ours: dict[str, GroupRow]) -> list[str]:
    others = tuple(sector for sector in OURS if sector not in CUT_OTHERWISE)
    return _in_sum("the other eight", theirs, [ours[OURS[sector]] for sector in others], others)


def _in_sum(label: str, theirs: dict[str, dict[str, str]], ours: list[GroupRow], sectors: tuple[str, ...]) -> list[str]:
    interest, profit, average = (
        sum(values)
        for values in zip(
            *(
                (float(row["short_interest_usd_mm_2023-07-31"]), float(row["mtm_pl_usd_mm_july"]),
                 100 * float(row["mtm_pl_usd_mm_july"]) / float(row["pl_pct"]))
                for row in (theirs[sector] for sector in sectors)
            ), strict=True,
        )
    )  # fmt: skip
    mine = [
        sum(getattr(row, name) for row in ours) for name in ("short_interest_end", "profit", "average_short_interest")
    ]
    cells = [billions(mine[0]), billions(mine[1]), rounded(100 * mine[1] / mine[2], ".2f")]
    return [label, *_figures(interest / 1e3, profit / 1e3, 100 * profit / average), "", *cells]


def _quarters(evidence: Evidence) -> Lines:
    rows = []
    for sector, span, change, level in _sector_statements(evidence):
        board = window_board(evidence, *PERIODS[SPANS[span]])
        ours = {row.label: row for row in sector_rows(board)}
        mine = [ours[label] for label in (OURS[name] for name in sector.split(" + "))]
        start, end = (
            sum(getattr(row, name) for row in mine) for name in ("short_interest_start", "short_interest_end")
        )
        theirs = ["" if np.isnan(value) else rounded(value, ",.1f") for value in (change, level)]
        rows.append([sector, span.replace("..", " to "), *theirs, billions(end - start), billions(end)])
    return table_of(["sector", "days", "S3 change", "S3 at the end", "our change", "ours at the end"], rows)


def _sector_statements(evidence: Evidence) -> list[tuple[str, str, float, float]]:
    """Sector, days, change and level, in bn, NaN where not printed; the three that are cut otherwise also in sum."""
    nan, found = float("nan"), []
    for row in evidence.golden("s3_statements_more.csv"):
        sector = row["figure"].removesuffix(" short interest change")
        if sector not in OURS:
            continue
        span, note = row["speaks_of"], row["note"]
        found.append((sector, span, float(row["value"]), told(note, "to")))
        if "Communication" in note:
            parts = {"Communication Services": "Communication", "Consumer Discretionary": "Cons. Disc."}
            named = {other: told(note, words) for other, words in parts.items()}
            found += [(other, span, change, nan) for other, change in named.items()]
            found.append((" + ".join(CUT_OTHERWISE), span, float(row["value"]) + sum(named.values()), nan))
            found.append(("Energy", span, told(note, "Energy"), nan))
        if "Health Care" in note:
            found.append(("Health Care", span, nan, told(note, "Health Care")))
    return found
