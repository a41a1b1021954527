"""Writes a small table of figures as lines: a header, rows, a rule and a total."""

from collections.abc import Callable, Collection, Iterable, Sequence

from rich.cells import cell_len

from widgets.columns import MARKER_WIDTH, PlacedColumn, TableColumn, place_columns
from widgets.format import (
    GLYPHS_UNICODE,
    LEAST_AMOUNT,
    UNITS,
    Figure,
    Glyphs,
    direction,
    dollars,
    fit,
    fit_figure,
    in_unit,
    known_figure,
)
from widgets.lines import Line, fit_line
from widgets.table_header import header_line

CellWriter = Callable[[int], str]
"""Writes a cell in the number of terminal cells its column was given."""
RowCell = tuple[CellWriter, str]
"""How a cell is written, and the name of its style."""

RIGHT_MARGIN = 1
SUM_DECIMALS = 2
"""Digits after the point of what groups of names made."""
WORTH_DECIMALS = 1
"""Digits after the point of what their positions are worth."""


def words_cell(text: str, style: str = "plain", glyphs: Glyphs = GLYPHS_UNICODE) -> RowCell:
    """A cell of words, cut with an ellipsis where they do not fit."""
    return lambda width: fit(text, width, glyphs=glyphs), style


def profit_cell(value: Figure, unit: str, decimals: int = SUM_DECIMALS, glyphs: Glyphs = GLYPHS_UNICODE) -> RowCell:
    """Dollars earned or lost: an arrow in the first cell, the figure with its sign in the others."""
    return lambda width: with_arrow(value, width, unit, decimals, glyphs), dollar_style(value)


def with_arrow(value: Figure, width: int, unit: str, decimals: int, glyphs: Glyphs) -> str:
    """A figure with its arrow at the left, `▼ −54.05`; the arrow is left out first where it is narrow."""
    whole = in_unit(value, width, unit, True, decimals=decimals, glyphs=glyphs)
    arrow = direction(value, dead_band=LEAST_AMOUNT, glyphs=glyphs)
    return arrow + whole[1:] if whole.startswith(" ") else whole


def sum_cell(value: Figure, unit: str, style: str, glyphs: Glyphs = GLYPHS_UNICODE) -> RowCell:
    """Dollars that may be gains or losses of a group, with their sign, in the unit that a title names."""
    return lambda width: in_unit(value, width, unit, True, decimals=SUM_DECIMALS, glyphs=glyphs), style


def worth_cell(value: Figure, unit: str, style: str, glyphs: Glyphs = GLYPHS_UNICODE) -> RowCell:
    """Dollars that a group's positions are worth, in the unit that a title names."""
    return lambda width: in_unit(value, width, unit, decimals=WORTH_DECIMALS, glyphs=glyphs), style


def gain_style(value: Figure) -> str:
    """The style of a figure: `gain` above zero, `loss` below, `muted` for zero and for unknown."""
    figure = known_figure(value)
    if not figure:
        return "muted"
    return "gain" if figure > 0 else "loss"


def dollar_style(value: Figure) -> str:
    """The style of a gain or loss in dollars, where less than `LEAST_AMOUNT` counts as zero."""
    figure = known_figure(value)
    return gain_style(None if figure is None or abs(figure) <= LEAST_AMOUNT else figure)


def common_unit(values: Iterable[Figure]) -> str:
    """The unit of dollars that stand in one sentence: that of the largest, but billions for trillions."""
    largest = max((abs(figure) for figure in map(known_figure, values) if figure is not None), default=0.0)
    # Trillions would leave a market's small tiers with nothing but zeros.
    return next((unit for power, unit in ((9, "B"), (6, "M"), (3, "K")) if largest >= 10.0**power), "")


def sentence_dollars(
    value: Figure,
    width: int,
    unit: str | None,
    *,
    signed: bool = False,
    decimals: int = 2,
    glyphs: Glyphs = GLYPHS_UNICODE,
) -> str:
    """Dollars with a sentence's unit, or with their own where they would otherwise be rounded to zero."""
    figure = known_figure(value)
    if figure == 0:
        return fit_figure("0", width)
    if unit and figure is not None and abs(figure) >= 0.5 * 10.0**-decimals * 1000.0 ** UNITS.index(unit):
        return dollars(value, width, signed, unit=unit, decimals=decimals, glyphs=glyphs)
    return dollars(value, width, signed, glyphs=glyphs)


def row_lines(
    columns: Sequence[TableColumn],
    rows: Sequence[Sequence[RowCell]],
    width: int,
    *,
    total: Sequence[RowCell] | None = None,
    has_rule: bool = True,
    cursor: int | None = None,
    marked: Collection[int] = (),
    sort: tuple[str, bool] | None = None,
    column_key: str | None = None,
    glyphs: Glyphs = GLYPHS_UNICODE,
) -> list[Line]:
    """A header and rows as lines of exactly `width` cells.

    Args:
        columns: all columns; the least important are dropped until the rest fits.
        rows: a cell for every column, shown or not.
        width: terminal cells of each line.
        total: a last row, set apart.
        has_rule: whether a rule sets it apart.
        cursor: the row under the cursor, the total counted last; None for no cursor.
        marked: rows that are chosen; a dot at their left says so.
        sort: the key of the column the rows are sorted by, and whether the largest comes first.
        column_key: the key of the column under the cursor, in brackets; None for none.
        glyphs: the signs to draw with.
    """
    placed = place_columns(columns, width - RIGHT_MARGIN)
    lines = [header_line(placed, width, sort=sort, cursor_key=column_key, glyphs=glyphs)]
    every = [*rows, *([total] if total is not None else [])]
    for index, row in enumerate(every):
        is_total = total is not None and index == len(rows)
        if is_total and has_rule:
            lines.append(_rule(placed, width, glyphs))
        mark = glyphs.cursor if index == cursor else glyphs.dot if index in marked else ""
        lines.append(_row(placed, row, mark, width, is_total, glyphs))
    return lines


def _rule(placed: Sequence[PlacedColumn], width: int, glyphs: Glyphs) -> Line:
    sign = "-" if glyphs.is_ascii else "─"
    length = sum(one.width + 1 for one in placed) - 1
    return fit_line([(" " * MARKER_WIDTH, "shade"), (sign * min(length, width - MARKER_WIDTH), "shade")], width, glyphs)


def _row(
    placed: Sequence[PlacedColumn], row: Sequence[RowCell], mark: str, width: int, is_total: bool, glyphs: Glyphs
) -> Line:
    line: Line = [(mark.ljust(MARKER_WIDTH), "accent")]
    for one in placed:
        written, style = row[one.index]
        text = written(one.width)
        # Words are cut by their column; a figure that came too wide is replaced, never cut.
        if cell_len(text) != one.width:
            text = (
                fit_figure(text.strip(), one.width)
                if one.column.align == "right"
                else fit(text, one.width, glyphs=glyphs)
            )
        line += [(text, "total" if is_total and style == "plain" else style), (" ", "plain")]
    return fit_line(line[:-1], width, glyphs)
