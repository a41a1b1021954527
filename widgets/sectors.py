"""What the shorts of each sector are worth and earned, the most shorted first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from widgets.columns import Column
from widgets.format import GLYPHS_UNICODE, Glyphs, count, percent
from widgets.panel import Line, Panel
from widgets.records import (
    RecordCell,
    column_dollars,
    column_unit,
    dollar_style,
    profit_cell,
    record_lines,
    style_of,
    words_cell,
)

if TYPE_CHECKING:
    from shortside.rows import GroupRow

COLUMNS = (
    Column(key="sector", title="sector", width=16, align="left", min_width=9, max_width=24),
    Column(key="names", title="names", width=5, priority=7),
    Column(key="short_interest", title="SI $", width=6, priority=2),
    Column(key="share", title="share", width=5, priority=6),
    Column(key="profit", title="P&L", width=9, priority=1),
    Column(key="ratio", title="P&L %", width=6, priority=3),
    Column(key="today", title="today", width=7, priority=4),
    Column(key="new_short", title="new 30d", width=8, priority=5),
    Column(key="gaining", title="gain%", width=5, priority=8),
)


def sectors_lines(rows: Sequence[GroupRow], width: int, height: int, glyphs: Glyphs = GLYPHS_UNICODE) -> list[Line]:
    """A line per sector under a header, in the order given; `gain%` is the share of names whose shorts gained."""
    unit = column_unit(row.profit for row in rows)
    worth = column_unit(row.short_interest_end for row in rows)
    return record_lines(COLUMNS, [_cells(row, unit, worth, glyphs) for row in rows], width, glyphs=glyphs)


def _cells(row: GroupRow, unit: str, worth: str, glyphs: Glyphs) -> list[RecordCell]:
    def signed(value: float) -> RecordCell:
        return lambda width: column_dollars(value, width, unit, signed=True, glyphs=glyphs), dollar_style(value)

    def ratio(value: float | None) -> RecordCell:
        return lambda width: percent(value, width, False, mark="", glyphs=glyphs), "plain"

    return [
        words_cell(row.label, "muted" if row.label == "unknown" else "plain", glyphs),
        (lambda width: count(row.names, width, glyphs=glyphs), "plain"),
        (lambda width: column_dollars(row.short_interest_end, width, worth, decimals=1, glyphs=glyphs), "plain"),
        ratio(row.share_of_short_interest),
        profit_cell(row.profit, unit, glyphs),
        (lambda width: percent(row.profit_ratio, width, mark="", glyphs=glyphs), style_of(row.profit_ratio)),
        signed(row.profit_today),
        (lambda width: column_dollars(row.new_short_30d, width, unit, signed=True, glyphs=glyphs), "plain"),
        ratio(row.gaining_names_ratio),
    ]


class SectorsPanel(Panel):
    """Short interest and P&L by sector."""

    def __init__(
        self,
        *,
        title: str = "4 Sectors",
        glyphs: Glyphs = GLYPHS_UNICODE,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(title=title, glyphs=glyphs, name=name, id=id, classes=classes)
        self._rows: Sequence[GroupRow] = ()

    def show(self, rows: Sequence[GroupRow]) -> int:
        """Show sectors in this order; returns how many regions are repainted."""
        self._rows = rows
        return self.redraw()

    def draw(self, width: int, height: int) -> list[Line]:
        return sectors_lines(self._rows, width, height, self.glyphs) if self._rows else []
