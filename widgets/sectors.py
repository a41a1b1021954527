"""The panel of sectors: what the shorts of each are worth and earned, the most shorted first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from shortside.datasets import Dataset
from shortside.group_words import UNKNOWN
from widgets.columns import TableColumn, place_columns
from widgets.figure_rows import (
    RIGHT_MARGIN,
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
from widgets.list_panel import Entry, ListPanel, NamesChosen
from widgets.panel import Line
from widgets.panel_description import PanelDescription

if TYPE_CHECKING:
    from shortside.board import Board
    from shortside.rows import GroupRow

COLUMNS = (
    TableColumn(
        key="sector",
        title="sector",
        width=16,
        align="left",
        min_width=9,
        max_width=24,
        sort_key="sector",
        is_pinned=True,
    ),
    TableColumn(key="names", title="names", width=5, priority=7, sort_key="names"),
    TableColumn(key="short_interest", title="SI $", width=6, priority=2, sort_key="short_interest"),
    TableColumn(key="share", title="share", width=5, max_width=6, priority=6, sort_key="share"),
    TableColumn(key="profit", title="P&L", width=9, priority=1, sort_key="profit"),
    TableColumn(key="ratio", title="P&L %", width=6, priority=3, sort_key="ratio"),
    TableColumn(key="today", title="today", width=7, priority=4, sort_key="today"),
    TableColumn(key="new_short", title="new 30d", width=8, priority=5, sort_key="new_short"),
    TableColumn(key="gaining", title="gain%", width=5, priority=8, sort_key="gaining"),
)
DEFAULT_SORT = "short_interest"
ORDERS: Mapping[str, Callable[[GroupRow], float | str | None]] = {
    "sector": lambda row: row.label.casefold(),
    "names": lambda row: row.names,
    "short_interest": lambda row: row.short_interest_end,
    "share": lambda row: row.share_of_short_interest,
    "profit": lambda row: row.profit,
    "ratio": lambda row: row.profit_ratio,
    "today": lambda row: row.profit_today,
    "new_short": lambda row: row.new_short_30d,
    "gaining": lambda row: row.gaining_names_ratio,
}
"""What sectors are sorted by in the order of each column."""


def sorted_sectors(rows: Sequence[GroupRow], sort_key: str, is_descending: bool) -> list[GroupRow]:
    """The sectors in the order of a column; those whose figure is unknown come last either way.

    Raises:
        KeyError: there is no such column.
    """
    order = ORDERS[sort_key]

    def is_known(row: GroupRow) -> bool:
        value = order(row)
        return value is not None and value == value  # NaN is not itself.

    known = sorted(filter(is_known, rows), key=order, reverse=is_descending)  # type: ignore[arg-type]
    return [*known, *(row for row in rows if not is_known(row))]


def sector_named(label: str) -> str:
    """The name in the market's list of sectors of what a row is labelled with; empty for names without one."""
    return "" if label == UNKNOWN else label


def sectors_lines(
    rows: Sequence[GroupRow],
    width: int,
    height: int,
    glyphs: Glyphs = GLYPHS_UNICODE,
    *,
    sort: tuple[str, bool] | None = None,
    column_key: str | None = None,
) -> list[Line]:
    """A line per sector under a header, in the order given; `gain%` is the share of names whose shorts gained."""
    unit = column_unit(row.profit for row in rows)
    worth = column_unit(row.short_interest_end for row in rows)
    cells = [_cells(row, unit, worth, glyphs) for row in rows]
    return row_lines(COLUMNS, cells, width, sort=sort, column_key=column_key, glyphs=glyphs)


def _cells(row: GroupRow, unit: str, worth: str, glyphs: Glyphs) -> list[RowCell]:
    def signed(value: float) -> RowCell:
        return lambda width: column_dollars(value, width, unit, signed=True, glyphs=glyphs), dollar_style(value)

    def ratio(value: float | None) -> RowCell:
        return lambda width: percent(value, width, False, mark="", glyphs=glyphs), "plain"

    return [
        words_cell(row.label, "muted" if row.label == UNKNOWN else "plain", glyphs),
        (lambda width: count(row.names, width, glyphs=glyphs), "plain"),
        (lambda width: column_dollars(row.short_interest_end, width, worth, decimals=1, glyphs=glyphs), "plain"),
        ratio(row.share_of_short_interest),
        profit_cell(row.profit, unit, glyphs),
        (lambda width: percent(row.profit_ratio, width, mark="", glyphs=glyphs), gain_style(row.profit_ratio)),
        signed(row.profit_today),
        (lambda width: column_dollars(row.new_short_30d, width, unit, signed=True, glyphs=glyphs), "plain"),
        ratio(row.gaining_names_ratio),
    ]


class SectorsPanel(ListPanel):
    """Short interest and P&L by sector; each opens its names."""

    description = PanelDescription(
        id="sectors",
        title="Sectors",
        formula=Formula(
            title="Short P&L by sector",
            formula="the tiers' sums, grouped by sector",
            words="Nasdaq's own scheme of sectors, as of the last session. Those of names without one is `unknown`.",
        ),
        rests_on=(Dataset.PRICES, Dataset.QUOTES, Dataset.SHORT_INTEREST),
    )

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "sort_column", "Sort", id="sectors.sort", show=False,
                tooltip="Sort by the column in brackets; again turns the order"),
        Binding("S", "reverse_order", "Reverse", id="sectors.reverse", show=False, tooltip="Turn the order round"),
    ]  # fmt: skip
    kept_lines = 1
    _rows: Sequence[GroupRow] = ()
    _sort: tuple[str, bool] = DEFAULT_SORT, True
    _column_key = DEFAULT_SORT

    def show(self, board: Board) -> int:
        """Show a board's sectors; returns how many regions are repainted."""
        # Imported late: the first paint of the screen must not wait for numpy.
        from shortside.rows import sector_rows

        self._rows = sorted_sectors(sector_rows(board), *self._sort)
        return self.redraw()

    def list_lines(self, width: int, height: int) -> list[Line]:
        if not self._rows:
            return []
        column_key = self._column_key if self.has_focus else None
        return sectors_lines(self._rows, width, height, self.glyphs, sort=self._sort, column_key=column_key)

    def entries_at(self, width: int, height: int) -> list[Entry]:
        return [Entry(row.label, y) for y, row in enumerate(self._rows, 1)]

    def choose(self, key: str) -> None:
        self.post_message(NamesChosen(self, key, frozenset(), sector_named(key)))

    def action_sideways(self, columns: int) -> None:
        """Put the brackets round the next column that is seen."""
        keys = [placed.column.key for placed in place_columns(COLUMNS, self.size.width - RIGHT_MARGIN)]
        at = keys.index(self._column_key) if self._column_key in keys else 0
        self._column_key = keys[max(0, min(at + columns, len(keys) - 1))]
        self.redraw()

    def action_sort_column(self) -> None:
        """Sort by the column in brackets; where the rows are sorted by it already, turn their order round."""
        if self._sort[0] == self._column_key:
            self.action_reverse_order()
        else:
            self._sort_by(self._column_key, self._column_key != "sector")

    def action_reverse_order(self) -> None:
        """Turn the order of the sectors round."""
        self._sort_by(self._sort[0], not self._sort[1])

    def _sort_by(self, sort_key: str, is_descending: bool) -> None:
        self._sort = sort_key, is_descending
        self._rows = sorted_sectors(self._rows, sort_key, is_descending)
        self.redraw()
        self._bring_into_view()
