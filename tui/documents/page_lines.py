"""How wide a page of text is, and how its paragraphs and columns are made to fit."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import Final

from widgets.fields import Field, PageColumn

PAGE_WIDTH: Final = 100
"""Cells of a page that goes into a file or a pipe, and of one on a terminal that is as wide."""
LEAST_PAGE_WIDTH: Final = 60
"""Cells below which a page is not made narrower: too few columns would be left."""


class Paragraph(str):
    """Words of a page that are broken into lines once its width is known; other lines stay what they are."""

    __slots__ = ()


def width_of_page(columns: int | None) -> int:
    """The width of a page: that of a terminal of so many columns where it is narrower than a page in a file.

    Args:
        columns: those of the terminal the page is printed on; None where it goes elsewhere.
    """
    return PAGE_WIDTH if columns is None else max(min(columns, PAGE_WIDTH), LEAST_PAGE_WIDTH)


def broken_into_lines(lines: Iterable[str], width: int) -> list[str]:
    """Lines with the paragraphs among them broken, each but the first line of one set in."""
    broken: list[str] = []
    for line in lines:
        if isinstance(line, Paragraph):
            broken += textwrap.wrap(line, width, subsequent_indent="  ", break_on_hyphens=False)
        else:
            broken.append(line)
    return broken


def columns_that_fit(
    columns: Sequence[tuple[Field, PageColumn]], width: int, pinned: str = ""
) -> tuple[list[tuple[Field, PageColumn]], list[str]]:
    """The columns of a table from the left for which there is room, and the titles of the others.

    Args:
        columns: all of them, in their order.
        width: cells of a line; a space parts two columns.
        pinned: the key of one that is kept before others, such as that of the order; empty for none.
    """
    room = width + 1 - sum(page.width + 1 for field, page in columns if field.key == pinned)
    kept, lost = list[tuple[Field, PageColumn]](), list[str]()
    for field, page in columns:
        if field.key != pinned:
            room -= page.width + 1
        if field.key == pinned or room >= 0:
            kept.append((field, page))
        else:
            lost.append(page.title.strip() or field.key)
    return kept, lost


def without_room_words(titles: Sequence[str]) -> list[str]:
    """Which columns a narrow page has no room for, and how they can be had."""
    if not titles:
        return []
    words = f"no room for: {', '.join(titles)}; a terminal of {PAGE_WIDTH} columns, a file or a pipe has them"
    return [Paragraph(words)]
