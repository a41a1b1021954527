"""Draws the titles of a table's columns, with the order and the cursor that chooses a column marked."""

from __future__ import annotations

from collections.abc import Sequence

from widgets.columns import MARKER_WIDTH, PlacedColumn
from widgets.format import Glyphs, fit, width_of
from widgets.lines import Line, fit_line


def header_line(
    placed: Sequence[PlacedColumn],
    width: int,
    *,
    sort: tuple[str, bool] | None = None,
    cursor_key: str | None = None,
    glyphs: Glyphs,
) -> Line:
    """The titles in `width` cells: the sorted one with an arrow behind it, the one under the cursor in brackets.

    A line is the cells before the first column, then each title with the space behind it, whatever is marked: so two
    headers of the same columns differ in few runs.

    Args:
        placed: the columns that are seen.
        width: the cells of the table.
        sort: the order's `TableColumn.sort_key`, and whether the largest comes first.
        cursor_key: the key of the column under the cursor; None for no cursor.
        glyphs: the signs to draw with.
    """
    line: Line = [(" " * MARKER_WIDTH, "header")]
    for place, one in enumerate(placed):
        is_sorted = sort is not None and one.column.sort_key == sort[0]
        has_cursor = one.column.key == cursor_key
        is_cursor_next = place + 1 < len(placed) and placed[place + 1].column.key == cursor_key
        has_space = one.x + one.width < width
        title, after = one.column.title, " "
        if width_of(title) > one.width and one.column.short_title:
            title = one.column.short_title
        if sort is not None and is_sorted:
            arrow = glyphs.sort_descending if sort[1] else glyphs.sort_ascending
            if width_of(title) >= one.width and has_space and not is_cursor_next:
                after = arrow
            else:
                # The arrow is the last to go: a title may be shortened, the order may not be unknown.
                title = fit(title, min(width_of(title), one.width - 1), glyphs=glyphs) + arrow
        style = "accent" if is_sorted else "header"
        if not has_cursor:
            line += [(fit(title, one.width, one.column.align, glyphs), style), (after, style)]
            continue
        before, cell, behind = _bracketed(title, one, has_space=has_space, glyphs=glyphs)
        line[-1] = (line[-1][0][:-1] + before, "accent")
        line += [(cell, "accent" if is_sorted else "title"), (behind if after == " " else after, "accent")]
    return fit_line(line, width, glyphs)


def _bracketed(title: str, placed: PlacedColumn, *, has_space: bool, glyphs: Glyphs) -> tuple[str, str, str]:
    """The sign before a title, its cell and the sign behind it: in the cell where that has room, else beside it.

    A column at the table's right edge has no space behind it, and where it is full its title loses the second bracket.
    """
    room, is_right = placed.width, placed.column.align == "right"
    stripped = title.strip()
    tail = width_of(title) - width_of(title.rstrip()) if is_right else 0
    if tail or not has_space or not is_right:
        closed = f"{stripped}]"
        if width_of(closed) + max(tail - 1, 0) <= room:
            cell = closed + " " * max(tail - 1, 0)
            if is_right and width_of(cell) < room:
                return " ", fit(f"[{cell}", room, "right", glyphs), " "
            return "[", fit(cell, room, placed.column.align, glyphs), " "
    after = "]" if has_space else " "
    if is_right and width_of(title) < room:
        return " ", fit(f"[{title}", room, "right", glyphs), after
    return "[", fit(title, room, placed.column.align, glyphs), after
