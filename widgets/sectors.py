"""The panel of sectors: what the shorts of each are worth and earned, the most shorted first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from shortside.datasets import Dataset
from shortside.words.group_words import UNKNOWN
from widgets.columns import TableColumn, place_columns
from widgets.figure_rows import (
    RIGHT_MARGIN,
    RowCell,
    dollar_style,
    gain_style,
    profit_cell,
    row_lines,
    sum_cell,
    words_cell,
    worth_cell,
)
from widgets.format import GLYPHS_UNICODE, Glyphs, count, percent
from widgets.formula import Formula
from widgets.lines import Line, fit_line
from widgets.list_panel import Entry, ListPanel, NamesChosen
from widgets.panel_description import PanelDescription
from widgets.sector_map import CELL_CELLS, LABEL_CELLS, TOTAL, MapCell, map_cells, map_height, map_lines, map_width

if TYPE_CHECKING:
    from shortside.board import Board
    from shortside.rows import GroupRow
    from shortside.sector_tiers import SectorTiers

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
    TableColumn(key="short_interest", title="SI", width=6, priority=2, sort_key="short_interest"),
    TableColumn(key="share", title="% SI", width=5, max_width=6, priority=6, sort_key="share"),
    TableColumn(key="profit", title="P&L", width=9, priority=1, sort_key="profit"),
    TableColumn(key="ratio", title="P&L %", width=6, priority=3, sort_key="ratio"),
    TableColumn(key="today", title="today", width=6, priority=4, sort_key="today"),
    TableColumn(key="new_short", title="new 30d", width=7, priority=5, sort_key="new_short"),
    TableColumn(key="gaining", title="gain %", width=6, priority=8, sort_key="gaining"),
)
LEAST_WIDTH_FOR_MAP = 90
"""Cells below which nobody need ask how wide the map is."""
_BETWEEN = "\n"
"""Stands between the sector and the tier in the key of a cell, and in neither."""
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
    unit: str,
    sort: tuple[str, bool] | None = None,
    column_key: str | None = None,
) -> list[Line]:
    """A line per sector under a header, in the order given, all dollars in the unit that the panel's title names.

    `gain %` is the share of names whose shorts gained.
    """
    cells = [_cells(row, unit, glyphs) for row in rows]
    return row_lines(COLUMNS, cells, width, sort=sort, column_key=column_key, glyphs=glyphs)


def _cells(row: GroupRow, unit: str, glyphs: Glyphs) -> list[RowCell]:
    def ratio(value: float | None) -> RowCell:
        return lambda width: percent(value, width, False, mark="", glyphs=glyphs), "plain"

    return [
        words_cell(row.label, "muted" if row.label == UNKNOWN else "plain", glyphs),
        (lambda width: count(row.names, width, glyphs=glyphs), "plain"),
        worth_cell(row.short_interest_end, unit, "plain", glyphs),
        ratio(row.share_of_short_interest),
        profit_cell(row.profit, unit, glyphs=glyphs),
        (lambda width: percent(row.profit_ratio, width, mark="", glyphs=glyphs), gain_style(row.profit_ratio)),
        sum_cell(row.profit_today, unit, dollar_style(row.profit_today), glyphs),
        sum_cell(row.new_short_30d, unit, "plain", glyphs),
        ratio(row.gaining_names_ratio),
    ]


def _key(cell: MapCell) -> str:
    return f"{cell.sector}{_BETWEEN}{cell.tier}"


class SectorsPanel(ListPanel):
    """Short interest and P&L by sector, and where there is room by sector and tier; each opens its names."""

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
        Binding("m", "turn_map", "Map", id="sectors.map", show=False, tooltip="The map by tiers, or the table"),
    ]  # fmt: skip
    kept_lines = 1
    _board: Board | None = None
    prefers_map = False
    """Whether the map stands in the table's place where there is room for one of them."""
    _rows: Sequence[GroupRow] = ()
    _unit = ""
    _sort: tuple[str, bool] = DEFAULT_SORT, True
    _column_key = DEFAULT_SORT
    _sums: SectorTiers | None = None
    _cells: Sequence[MapCell] = ()

    def show(self, board: Board) -> int:
        """Show a board's sectors; returns how many regions are repainted."""
        # Imported late: the first paint of the screen must not wait for numpy.
        from shortside.rows import sector_rows

        self._board, self._unit = board, board.units.sums
        self.title = f"{self.description.title} {self.glyphs.separator} ${self._unit}"
        self._rows = sorted_sectors(sector_rows(board), *self._sort)
        self._cells = ()
        return self.redraw()

    def forget_market(self) -> None:
        """Let go of the board whose sectors are to be mapped."""
        self._board, self._rows, self._sums, self._cells = None, (), None, ()

    def _parts(self, width: int, height: int) -> tuple[bool, Sequence[MapCell]]:
        """Whether the table is drawn, and the cells of the map, which is not where there is no room for it."""
        if self._board is None or not self._rows:
            return True, []
        if not self._cells:
            # Imported late, as above; and summed only where there is room.
            from shortside.sector_tiers import sector_tiers

            if width < LEAST_WIDTH_FOR_MAP:
                return True, []
            self._sums = sector_tiers(self._board)
            self._cells = map_cells(self._sums)
        assert self._sums is not None
        lines = map_height(self._sums)
        if width < map_width(self._sums) or height < lines:
            return True, []
        fits_both = height >= lines + len(self._rows) + 2
        return (fits_both or not self.prefers_map), self._cells if fits_both or self.prefers_map else []

    def list_lines(self, width: int, height: int) -> list[Line]:
        if not self._rows:
            return []
        has_table, cells = self._parts(width, height)
        lines: list[Line] = []
        if has_table:
            column_key = self._column_key if self.has_focus else None
            lines = sectors_lines(
                self._rows, width, height, self.glyphs, unit=self._unit, sort=self._sort, column_key=column_key
            )
        if cells:
            between = [fit_line([], width, self.glyphs)] if has_table else []
            lines += [*between, *map_lines(cells, width, self.glyphs, unit=self._unit)]
        return lines

    def entries_at(self, width: int, height: int) -> list[Entry]:
        has_table, cells = self._parts(width, height)
        entries = [Entry(row.label, y) for y, row in enumerate(self._rows, 1)] if has_table else []
        top = len(self._rows) + 2 if has_table else 0
        # The labels of the map's rows, so that the cursor goes down into it, and from there across.
        labels = {cell.y: cell.sector for cell in cells}
        entries += [Entry(f"{sector}{_BETWEEN}", y + top, 0, LABEL_CELLS) for y, sector in labels.items()]
        return [*entries, *(Entry(_key(cell), cell.y + top, cell.x, CELL_CELLS) for cell in cells if cell.names)]

    def choose(self, key: str) -> None:
        label, _, tier = key.partition(_BETWEEN)
        sector = None if label == TOTAL else sector_named(label)
        tiers = frozenset({tier}) if tier and tier != TOTAL else frozenset()
        self.post_message(NamesChosen(self, label, tiers, sector))

    @property
    def _is_on_map(self) -> bool:
        return self.entry is not None and _BETWEEN in self.entry.key

    def action_turn_map(self) -> None:
        """Show the map of sectors by tiers, or the table; where there is room both are shown."""
        self.prefers_map = not self.prefers_map
        self.redraw()
        self.refresh()

    def action_sideways(self, columns: int) -> None:
        """Put the brackets round the next column that is seen; on the map go to the next tier."""
        if self._is_on_map:
            super().action_sideways(columns)
            return
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
