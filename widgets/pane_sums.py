"""The sums of a side pane: the total and S3's three groups in four lines without a border."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from widgets.figure_rows import common_unit, dollar_style, gain_style, sentence_dollars
from widgets.format import GLYPHS_UNICODE, Glyphs, NoFigure, fit, percent
from widgets.lines import Line, fit_line
from widgets.panel import Panel
from widgets.tier_profit import tier_words

if TYPE_CHECKING:
    from shortside.board import Board
    from shortside.rows import GroupRow, TierTable

LINES: Final = 4
"""The total, and three groups."""
LABEL_CELLS, PROFIT_CELLS, RATIO_CELLS, NEW_CELLS = 6, 10, 7, 8


def pane_sum_lines(table: TierTable, width: int, height: int, glyphs: Glyphs = GLYPHS_UNICODE) -> list[Line]:
    """P&L in dollars and per cent and new short dollars of 30 days, a line each: the total first, then the groups.

    The total also counts the names whose cap nobody knows, which have a line of their own in the panel of tiers alone.
    """
    rows = [table.total, *table.rollup][: min(height, LINES)]
    unit = common_unit(row.profit for row in rows)
    return [_line(row, unit, width, glyphs, is_total=place == 0) for place, row in enumerate(rows)]


def _line(row: GroupRow, unit: str, width: int, glyphs: Glyphs, *, is_total: bool) -> Line:
    ratio = row.profit_ratio if row.names else NoFigure.NOT_APPLICABLE
    label = fit(tier_words(row.label, LABEL_CELLS), LABEL_CELLS, glyphs=glyphs)
    new = sentence_dollars(row.new_short_30d, NEW_CELLS, unit, signed=True, glyphs=glyphs)
    line: Line = [
        (" ", "plain"),
        (label, "total" if is_total else "plain"),
        (sentence_dollars(row.profit, PROFIT_CELLS, unit, signed=True, glyphs=glyphs), dollar_style(row.profit)),
        (" ", "plain"),
        (percent(ratio, RATIO_CELLS, glyphs=glyphs), gain_style(ratio)),
        (" new", "muted"),
        (new, "plain"),
    ]
    return fit_line(line, width, glyphs)


class PaneSums(Panel, can_focus=False):
    """The sums over the list of names where the terminal has no room for panels."""

    DEFAULT_CSS = """
    PaneSums { height: auto; border: none; display: none; }
    PaneSums.-ascii { border: none; }
    """

    def __init__(self, *, glyphs: Glyphs = GLYPHS_UNICODE, id: str | None = None) -> None:
        super().__init__(glyphs=glyphs, id=id)
        self._table: TierTable | None = None

    def show(self, board: Board) -> int:
        """Show the sums of a board; returns how many regions are repainted."""
        # Imported late: the first paint of the screen must not wait for numpy.
        from shortside.rows import tier_table

        self._table = tier_table(board, with_trends=False)
        return self.redraw()

    def draw(self, width: int, height: int) -> list[Line]:
        return [] if self._table is None else pane_sum_lines(self._table, width, height, self.glyphs)
