"""Writes names as rows for a spreadsheet: plain numbers between tabs, without arrows, blocks or units."""

from __future__ import annotations

from collections.abc import Iterable

from shortside.board import Board
from shortside.words.plain_text import spreadsheet_text
from widgets.format import Glyphs
from widgets.name_column_type import Copied, NameColumn
from widgets.tick_table import Cell


def copied_row(board: Board, at: int, rank: int, shown: Iterable[tuple[NameColumn, Cell]], glyphs: Glyphs) -> str:
    """A name's figures between tabs, in the order of its columns; nothing between two tabs is unknown or none.

    Dollars are whole, ratios in per cent as the titles say, a minus is a hyphen, and nothing stands between thousands.

    Args:
        board: what is on the screen.
        at: the name, by its column of the Board's vectors.
        rank: its place among the rows, from 1.
        shown: the columns, each with its cell: what that says is unknown, or does not apply, is not copied.
        glyphs: the signs the cells are drawn with.
    """
    absent = {glyphs.missing, glyphs.not_applicable, glyphs.not_applicable_short}
    parts = []
    for column, (text, _) in shown:
        if column.copied is Copied.NOT:
            continue
        if column.copied is Copied.ROW:
            parts.append(str(rank))
        elif not isinstance(column.copied, Copied):
            parts.append(spreadsheet_text(column.copied(board, at)).strip())
        elif text.strip() in absent or column.vector is None:
            parts.append("")
        else:
            parts.append(_number(float(column.vector(board)[at]), column.copied))
    return "\t".join(parts)


def _number(value: float, copied: Copied) -> str:
    if copied is Copied.DOLLARS:
        return f"{round(value)}"
    figure = f"{value * 100:.2f}" if copied is Copied.PERCENT else f"{value:.4f}"
    plain = figure.rstrip("0").rstrip(".")
    return "0" if plain == "-0" else plain
