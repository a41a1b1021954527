"""The names of one list as lines: each with its figures, by the groups of the list, and why others have no row."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from shortside.name_figures import price_change_today
from tui.screens.list_rows import ShownList
from widgets.columns import TableColumn
from widgets.figure_rows import WORTH_DECIMALS, RowCell, dollar_style, row_lines, words_cell
from widgets.format import GLYPHS_UNICODE, Figure, Glyphs, in_unit, number, percent
from widgets.key_names import key_words
from widgets.lines import Line
from widgets.name_writer import short_name
from widgets.scrolled_panel import ScrolledPanel
from widgets.wrapped import lines_of_words

if TYPE_CHECKING:
    from shortside.board import Board

MOST_NAMES: Final = 80
"""Names of a list that are shown here; all of them are a key away."""
MOST_ABSENT: Final = 20
"""Symbols without a row that are named; more are counted."""
COLUMNS: Final = (
    TableColumn(key="symbol", title="symbol", width=7, align="left", is_pinned=True),
    TableColumn(key="name", title="name", width=18, min_width=12, max_width=40, align="left", priority=6),
    TableColumn(key="crowding", title="crowd", width=5, priority=2),
    TableColumn(key="short_interest", title="SI $", width=8),
    TableColumn(key="profit", title="P&L $", width=9, priority=1),
    TableColumn(key="price_change_today", title="day %", width=6, priority=4),
    TableColumn(key="new_short_30d", title="new 30d $", width=10, priority=3),
)


class ListedPanel(ScrolledPanel):
    """What stands on the list under the cursor."""

    leaving = ""
    shown: ShownList | None = None
    board: Board | None = None

    def draw(self, width: int, height: int) -> list[Line]:
        """Complaints first, then the names, by their groups or by crowding, then what has no row."""
        one, board = self.shown, self.board
        if one is None or board is None:
            return []
        told = [*one.listed.complaints, *([one.figures.trouble] if one.figures is not None else [])]
        lines = [line for words in filter(None, told) for line in _wrapped(words, width, "warning")]
        if one.listed.where:
            lines += _wrapped(f"where: {one.listed.where}", width, "muted")
        if one.figures is not None:
            lines += listed_lines(one, board, width, self.glyphs, key_words(self, "{table.choose:Enter}"))
        return lines or _wrapped("nothing stands on it yet", width, "muted")


def listed_lines(
    one: ShownList, board: Board, width: int, glyphs: Glyphs = GLYPHS_UNICODE, opens: str = "Enter"
) -> list[Line]:
    """A line for each of the first names of a list, below the name of its group, and why the others have none.

    Args:
        one: the list with its figures.
        board: the market.
        width: cells of a line.
        glyphs: the signs to write with.
        opens: the key that shows the names there is no room for.
    """
    assert one.figures is not None
    columns = list(one.figures.columns)
    unit = board.units.names
    titled = [
        replace(column, title=f"{column.title}{unit}") if column.title.endswith("$") else column for column in COLUMNS
    ]
    shown = columns[:MOST_NAMES]
    changes: list[float] = price_change_today(board)[shown].tolist()
    rows = [_cells(board, column, change, glyphs) for column, change in zip(shown, changes, strict=True)]
    lines: list[Line] = []
    if rows:
        header, *named = row_lines(titled, rows, width, glyphs=glyphs)
        lines.append(header)
        group = ""
        for line, column in zip(named, shown, strict=True):
            called = one.figures.groups.get(column, "")
            lines += _wrapped(called, width, "title") if called != group and called else []
            group = called
            lines.append(line)
    if len(columns) > len(shown):
        lines += _wrapped(f"and {len(columns) - len(shown):,} more: {opens}", width, "muted")
    absent = one.figures.absent
    for symbol in absent[:MOST_ABSENT]:
        lines += _wrapped(symbol.words, width, "muted")
    if len(absent) > MOST_ABSENT:
        lines += _wrapped(f"and {len(absent) - MOST_ABSENT:,} more without a row", width, "muted")
    return lines


def _cells(board: Board, column: int, change: float, glyphs: Glyphs) -> list[RowCell]:
    market = board.market
    profit, new = float(board.profit[column]), float(board.new_short_30d[column])
    worth, score = float(board.short_interest[column]), float(board.crowding.score[column])

    def usd(value: Figure, style: str, *, signed: bool = True) -> RowCell:
        unit = board.units.names
        return lambda width: in_unit(value, width, unit, signed, decimals=WORTH_DECIMALS, glyphs=glyphs), style

    return [
        words_cell(str(market.symbols[column]), "title", glyphs),
        words_cell(short_name(str(market.names[column])), "muted", glyphs),
        (lambda width: number(score, width, decimals=0, glyphs=glyphs), "plain"),
        usd(worth, "plain", signed=False),
        usd(profit, dollar_style(profit)),
        (lambda width: percent(change, width, mark="", glyphs=glyphs), "plain"),
        usd(new, "plain"),
    ]


def _wrapped(words: str, width: int, style: str) -> list[Line]:
    return [[(f" {part}", style)] for part in lines_of_words(words, max(width - 2, 10))]
