"""The doubts of a board as rows of a table that can be put in several orders."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

from shortside.doubts import Doubt
from widgets.columns import TableColumn
from widgets.figures import as_date
from widgets.format import GLYPHS_UNICODE, Glyphs, fit, in_unit, short_date
from widgets.tick_table import Cell, StillRows

WHOLE_MARKET: Final = "all"
"""What stands in place of a symbol where a doubt is about a session of every name."""
STAKE_KEY: Final = "dollars"
"""The key of the column of what hangs on a doubt."""
DOUBT_COLUMNS: Final = (
    TableColumn(
        key="symbol", title="symbol", width=8, align="left", is_pinned=True, sort_key="symbol", tooltip="Ticker"
    ),
    TableColumn(
        key=STAKE_KEY, title="at stake", width=12, sort_key=STAKE_KEY, tooltip="P&L of the window that hangs on it, USD"
    ),
    TableColumn(key="rule", title="rule", width=17, align="left", priority=1, sort_key="rule", tooltip="What decided"),
    TableColumn(
        key="session", title="session", width=9, priority=2, sort_key="session", tooltip="The session it is about"
    ),
    TableColumn(
        key="evidence",
        title="what was seen",
        width=40,
        min_width=16,
        max_width=160,
        align="left",
        priority=3,
        tooltip="What speaks for the decision; whole below the table",
    ),
)
FIRST_DOUBT_ORDER: Final = (STAKE_KEY, True)
"""The order of doubts at the start: a column's key, and whether its largest stands first."""


def doubt_columns(unit: str) -> tuple[TableColumn, ...]:
    """The columns of doubts; the title of what is at stake names the unit of its dollars."""
    return tuple(
        replace(column, title=f"{column.title} ${unit}") if column.key == STAKE_KEY else column
        for column in DOUBT_COLUMNS
    )


def rule_words(doubt: Doubt) -> str:
    """The rule that decided, in two words."""
    return doubt.rule.word.replace("_", " ")


class DoubtRows(StillRows):
    """The rows of a table of doubts in one order."""

    def __init__(
        self,
        doubts: Sequence[Doubt],
        sort_key: str = "dollars",
        is_descending: bool = True,
        glyphs: Glyphs = GLYPHS_UNICODE,
        unit: str = "",
    ) -> None:
        self.doubts = in_order(doubts, sort_key, is_descending)
        self.glyphs, self.unit = glyphs, unit

    @property
    def row_count(self) -> int:
        """The number of doubts, a row each."""
        return len(self.doubts)

    def whole(self, row: int) -> list[Cell]:
        """The cells of a row: symbol, what is at stake, the rule, its session, and what was seen."""
        one, glyphs = self.doubts[row], self.glyphs
        day = as_date(one.session)
        dated = f"{short_date(day, 6, glyphs=glyphs).strip()} {day.year % 100:02d}"
        return [
            (fit(one.subject, 8, glyphs=glyphs), "title"),
            (in_unit(one.dollars, 12, self.unit, glyphs=glyphs), "muted" if one.dollars == 0 else "warning"),
            (fit(rule_words(one), 17, glyphs=glyphs), "plain"),
            (dated.rjust(9), "muted"),
            (one.evidence, "muted"),
        ]


def in_order(doubts: Sequence[Doubt], sort_key: str, is_descending: bool) -> tuple[Doubt, ...]:
    """Doubts sorted by a column's key; unknown dollars stand last either way, equal ones by symbol and session."""
    first: dict[str, Callable[[Doubt], Any]] = {
        "symbol": lambda doubt: doubt.symbol,
        "dollars": lambda doubt: doubt.dollars,
        "rule": lambda doubt: doubt.rule.word,
        "session": lambda doubt: doubt.session,
    }
    even = sorted(doubts, key=lambda doubt: (doubt.symbol, str(doubt.session)))
    known = [doubt for doubt in even if sort_key != "dollars" or not math.isnan(doubt.dollars)]
    unknown = [doubt for doubt in even if sort_key == "dollars" and math.isnan(doubt.dollars)]
    return (*sorted(known, key=first[sort_key], reverse=is_descending), *unknown)
