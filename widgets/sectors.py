"""The panel of sectors: what the shorts of each are worth and earned, the most shorted first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from shortside.datasets import Dataset
from widgets.columns import TableColumn
from widgets.figure_rows import (
    RowCell,
    column_dollars,
    column_unit,
    dollar_style,
    gain_style,
    profit_cell,
    row_lines,
    words_cell,
)
from widgets.format import GLYPHS_UNICODE, Glyphs, count, percent
from widgets.formula import Formula
from widgets.panel import Line, Panel
from widgets.panel_description import PanelDescription

if TYPE_CHECKING:
    from shortside.board import Board
    from shortside.rows import GroupRow

COLUMNS = (
    TableColumn(key="sector", title="sector", width=16, align="left", min_width=9, max_width=24),
    TableColumn(key="names", title="names", width=5, priority=7),
    TableColumn(key="short_interest", title="SI $", width=6, priority=2),
    TableColumn(key="share", title="share", width=5, priority=6),
    TableColumn(key="profit", title="P&L", width=9, priority=1),
    TableColumn(key="ratio", title="P&L %", width=6, priority=3),
    TableColumn(key="today", title="today", width=7, priority=4),
    TableColumn(key="new_short", title="new 30d", width=8, priority=5),
    TableColumn(key="gaining", title="gain%", width=5, priority=8),
)


def sectors_lines(rows: Sequence[GroupRow], width: int, height: int, glyphs: Glyphs = GLYPHS_UNICODE) -> list[Line]:
    """A line per sector under a header, in the order given; `gain%` is the share of names whose shorts gained."""
    unit = column_unit(row.profit for row in rows)
    worth = column_unit(row.short_interest_end for row in rows)
    return row_lines(COLUMNS, [_cells(row, unit, worth, glyphs) for row in rows], width, glyphs=glyphs)


def _cells(row: GroupRow, unit: str, worth: str, glyphs: Glyphs) -> list[RowCell]:
    def signed(value: float) -> RowCell:
        return lambda width: column_dollars(value, width, unit, signed=True, glyphs=glyphs), dollar_style(value)

    def ratio(value: float | None) -> RowCell:
        return lambda width: percent(value, width, False, mark="", glyphs=glyphs), "plain"

    return [
        words_cell(row.label, "muted" if row.label == "unknown" else "plain", glyphs),
        (lambda width: count(row.names, width, glyphs=glyphs), "plain"),
        (lambda width: column_dollars(row.short_interest_end, width, worth, decimals=1, glyphs=glyphs), "plain"),
        ratio(row.share_of_short_interest),
        profit_cell(row.profit, unit, glyphs),
        (lambda width: percent(row.profit_ratio, width, mark="", glyphs=glyphs), gain_style(row.profit_ratio)),
        signed(row.profit_today),
        (lambda width: column_dollars(row.new_short_30d, width, unit, signed=True, glyphs=glyphs), "plain"),
        ratio(row.gaining_names_ratio),
    ]


class SectorsPanel(Panel):
    """The panel of short interest and P&L by sector."""

    description = PanelDescription(
        id="sectors",
        title="Sectors",
        formula=Formula(
            title="Short P&L by sector",
            formula="the tiers' sums, grouped by sector",
            words="Nasdaq's own scheme of sectors, as of the last session. Names without one are called unknown.",
        ),
        rests_on=(Dataset.PRICES, Dataset.QUOTES, Dataset.SHORT_INTEREST),
    )

    _rows: Sequence[GroupRow] = ()

    def show(self, board: Board) -> int:
        """Show a board's sectors; returns how many regions are repainted."""
        # Imported late: the first paint of the screen must not wait for numpy.
        from shortside.rows import sector_rows

        self._rows = sector_rows(board)
        return self.redraw()

    def draw(self, width: int, height: int) -> list[Line]:
        return sectors_lines(self._rows, width, height, self.glyphs) if self._rows else []
