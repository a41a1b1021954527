"""The section of the validation page on names whose P&L parts from a second opinion, on four dates."""

from __future__ import annotations

from datetime import date
from typing import Final

from docs._second_tape import read_tape
from docs._validation_evidence import SINCE, UNTIL, Evidence, Lines
from docs.second_opinion import LEAST_DOLLARS, lines_of, opinion
from shortside.view import View

DATES: Final = (date(2021, 12, 31), date(2022, 6, 30), date(2023, 3, 15), date(2023, 9, 7))


def second_opinion(evidence: Evidence) -> Lines:
    """Four years to date, name by name."""
    tape = read_tape(evidence.folder, since=SINCE, until=UNTIL)
    lines = [
        "## A second opinion",
        "",
        "`python -m docs.second_opinion --data FOLDER --as-of DATE --window ytd` computes each name's P&L a second way:"
        " the exchange's net changes chained from close to close, times the reports under the symbols FINRA printed. It"
        " knows no list of splits, no ticker change, no repair and no revision, so that whoever parts by more than"
        f" {LEAST_DOLLARS / 1e6:.0f} mm does so by a rule of ours, which is named. A *distribution* is a price that"
        " fell because something was handed out: it is P&L by price alone, which is what S3 and we print, and is not to"
        " the second opinion. Over a *ticker change* it loses the days until FINRA's first report of the new symbol.",
        "",
    ]
    for found in (opinion(evidence.listings, tape, day, View()) for day in DATES):
        lines += [f"### To {found.board.window.end_date}", "", *lines_of(found), ""]
    return lines
