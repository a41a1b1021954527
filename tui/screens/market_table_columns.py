"""The columns and cells of a table of the market, made of the fields of its document."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from tui.documents.kind import Record
from tui.documents.tables.rows import TableRows
from tui.documents.text import LEFT_ALIGNED_UNITS, page_cell
from widgets.columns import TableColumn
from widgets.fields import Field, PageColumn, Unit
from widgets.figure_rows import SUM_DECIMALS, WORTH_DECIMALS, dollar_style
from widgets.format import MONTHS, Glyphs, fit, in_unit
from widgets.name_writer import short_name
from widgets.tick_table import Cell, StillRows

LEAST_CELLS: Final = {Unit.DOLLARS: 8, Unit.RATIO: 8, Unit.COUNT: 6, Unit.SHARES: 8, Unit.NUMBER: 7, Unit.TRUTH: 4}
"""The least width of a column by its unit; that of words is theirs."""
WIDTH_OF_WORDS, MOST_OF_WORDS, LEAST_OF_WORDS = 16, 34, 12
"""Cells of a column of words that has none on the page."""
BEHIND_THE_PAGE: Final = 100
"""Columns without a place on the page are dropped before those with one."""
EARNED: Final = ("profit", "net")
"""How the keys of gains and losses begin, which have their colours; a sign says it, too."""
HELD: Final = frozenset({"net_assets"})
"""Keys that begin so and are no gain: a fund's assets are never green or red."""
WIDTH_OF_DAYS: Final = 9
"""Cells of `15 Aug 23`, in which the years stand below each other."""
_QUOTED: Final = re.compile(r"`([^`]+)`")


def screen_cell(field: Field, page: PageColumn, record: Record, glyphs: Glyphs) -> str:
    """A record's cell as a page writes it, but a day in the words of every other screen."""
    value = record[field.key]
    if field.unit is not Unit.DAY or page.written is not None or not value:
        return page_cell(field, page, record, glyphs)
    day = date.fromisoformat(value)
    return f"{day.day} {MONTHS[day.month - 1]} {day.year % 100:02d}".rjust(min(WIDTH_OF_DAYS, page.width))


def columns_of_fields(fields: Sequence[Field]) -> tuple[TableColumn, ...]:
    """A column for each field, in their order; where there is little room the last ones on the page go first."""
    pages = pages_of(fields)
    titles = {field.key: page.title for field, page in zip(fields, pages, strict=True)}
    first = next((place for place, field in enumerate(fields) if field.page is not None), 0)
    return tuple(
        _column(field, page, place + (0 if field.page is not None else BEHIND_THE_PAGE), place == first, titles)
        for place, (field, page) in enumerate(zip(fields, pages, strict=True))
    )


def pages_of(fields: Sequence[Field]) -> list[PageColumn]:
    """The columns of fields on the page; of the others what they are on a screen that has room for more."""
    by_key = {field.key: field.page for field in fields if field.page is not None}
    return [_page_of(field, by_key) for field in fields]


def _page_of(field: Field, by_key: Mapping[str, PageColumn]) -> PageColumn:
    if field.page is not None:
        width = max(field.page.width, LEAST_CELLS.get(field.unit, 0) + field.page.is_signed)
        return field.page._replace(width=width)
    # `price_effect_before` is the one before of what `price_effect` is.
    stem = next((key for key in sorted(by_key, key=len, reverse=True) if field.key.startswith(f"{key}_")), "")
    title, is_signed = field.key.replace("_", " "), False
    if stem and field.unit is not Unit.WORDS:
        title = by_key[stem].title.removesuffix(" $") + field.key.removeprefix(stem).replace("_", " ")
        is_signed = by_key[stem].is_signed
    least = WIDTH_OF_WORDS if field.unit is Unit.WORDS else LEAST_CELLS.get(field.unit, WIDTH_OF_WORDS)
    return PageColumn(title, max(len(title), least), is_signed)


def _column(field: Field, page: PageColumn, priority: int, is_first: bool, titles: Mapping[str, str]) -> TableColumn:
    is_words = field.unit is Unit.WORDS
    grows = is_words and page.written is None
    return TableColumn(
        key=field.key,
        title=page.title,
        width=page.width,
        align="left" if field.unit in LEFT_ALIGNED_UNITS else "right",
        priority=0 if is_first else priority + 1,
        is_pinned=is_first,
        # What a row is about is not cut.
        min_width=min(LEAST_OF_WORDS, page.width) if grows and not is_first else None,
        max_width=MOST_OF_WORDS if grows and field.key != "symbol" else None,
        tooltip=meaning_in_words(field.meaning, titles),
        sort_key=field.key,
    )


def meaning_in_words(meaning: str, titles: Mapping[str, str]) -> str:
    """What a field means, with the columns' titles in place of the document's keys."""
    named = {**titles, "window.start": "the window's start", "window.end": "the window's end"}
    words = _QUOTED.sub(lambda found: named.get(found[1]) or found[1].replace("_", " "), meaning)
    words = re.sub(r"\bnull\b", "unknown", words)
    return words[:1].upper() + words[1:]


class MarketTableRows(StillRows):
    """The rows of a table of the market in one order, each written when it comes into view.

    Args:
        rows: the rows.
        order: the places of all of them, from the first line down.
        unit: the unit of dollars, which the table's title names.
        is_of_names: whether they are dollars of names.
        glyphs: the signs to draw with.
    """

    def __init__(self, rows: TableRows, order: Sequence[int], unit: str, is_of_names: bool, glyphs: Glyphs) -> None:
        self.rows, self.order, self.unit, self.glyphs = rows, order, unit, glyphs
        self._decimals = WORTH_DECIMALS if is_of_names else SUM_DECIMALS
        self._pages = list(zip(rows.fields, pages_of(rows.fields), strict=True))

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        return len(self.order)

    def record_at(self, row: int) -> Record:
        """What stands in a line, as the document has it."""
        return self.rows.record(self.order[row])

    def whole(self, row: int) -> list[Cell]:
        """The cells of a line."""
        record, is_total = self.record_at(row), self.rows.is_total(self.order[row])
        return [self._cell(field, page, record, is_total) for field, page in self._pages]

    def _cell(self, field: Field, page: PageColumn, record: Record, is_total: bool) -> Cell:
        value = record[field.key]
        style = "total" if is_total else "title" if field.key == "symbol" else "muted" if value is None else "plain"
        if field.unit is Unit.DOLLARS and page.written is None:
            if field.key.startswith(EARNED) and field.key not in HELD and not is_total:
                style = dollar_style(value)
            text = in_unit(value, page.width, self.unit, page.is_signed, decimals=self._decimals, glyphs=self.glyphs)
            return text, style
        if field.key == "name":
            return fit(short_name(value or ""), MOST_OF_WORDS, glyphs=self.glyphs), style
        if field.unit is Unit.WORDS and page.written is None and field.key != "symbol":
            page = page._replace(width=MOST_OF_WORDS)
        return screen_cell(field, page, record, self.glyphs), style
