"""The two tables of the screen of the cost of borrowing: its groups at the left, the names of one at the right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from shortside.listings import Indexes
from shortside.tables.borrow import BorrowName
from shortside.words.group_words import tier_word
from shortside.words.plain_text import spreadsheet_text
from tui.screens.borrow_page import BorrowGroup, BorrowPage, BorrowUnits
from widgets.columns import TableColumn
from widgets.format import GLYPHS_UNICODE, Glyphs, count, fit, in_unit, percent, shares, short_date
from widgets.name_writer import short_name
from widgets.tick_table import Cell, StillRows

BORROW_GROUP_COLUMNS: Final = (
    TableColumn(key="group", title="", width=15, align="left", max_width=24, is_pinned=True),
    TableColumn(key="names", title="names", width=5, tooltip="Names sold short"),
    TableColumn(key="carry", title="carry/d", width=8, tooltip="Short interest × fee / 360, USD a day"),
    TableColumn(key="fee", title="fee", width=6, priority=1, tooltip="Average fee of the dollars whose fee is known"),
    TableColumn(
        key="net", title="net P&L", width=10, priority=2, tooltip="P&L less what was paid, of the days with a fee"
    ),
    TableColumn(key="covered", title="of it", width=5, priority=3, tooltip="Share of the dollar-days with a fee"),
)
BORROW_NAME_COLUMNS: Final = (
    TableColumn(key="symbol", title="symbol", width=7, align="left", is_pinned=True, sort_key="symbol"),
    TableColumn(key="fee", title="fee", width=7, sort_key="fee", tooltip="Borrow fee a year, as the list said last"),
    TableColumn(
        key="day", title="1d", width=7, sort_key="fee_change_day", priority=2,
        tooltip="Fee less that of the look that stood 24 hours before, in points of a per cent",
    ),
    TableColumn(
        key="week", title="1w", width=7, sort_key="fee_change_week", priority=1,
        tooltip="Fee less that of the look that stood seven days before, in points of a per cent",
    ),
    TableColumn(
        key="available", title="avail", width=7, sort_key="available", priority=3, tooltip="Shares that can be borrowed"
    ),
    TableColumn(
        key="price", title="price 1w", width=8, sort_key="price_change_week", priority=4,
        tooltip="The price since the close of the day of the look a week before",
    ),
    TableColumn(
        key="since", title="none since", width=10, sort_key="none_since", priority=5,
        tooltip="The first day whose last look has no shares, where there were some before",
    ),
    TableColumn(
        key="carry", title="carry", width=8, sort_key="carry_day", priority=6, tooltip="SI × fee / 360, USD a day"
    ),
    TableColumn(key="interest", title="SI", width=9, sort_key="short_interest", priority=7, tooltip="Short interest"),
    TableColumn(
        key="net", title="net", width=9, sort_key="net", priority=8,
        tooltip="P&L of the window's days whose fee is known, less what the borrow cost on them, USD",
    ),
    TableColumn(
        key="covered", title="of it", width=5, sort_key="covered_ratio", priority=9,
        tooltip="Share of the name's dollar-days in the window whose fee is known",
    ),
    TableColumn(
        key="added", title="added", width=8, sort_key="added_carry_day", priority=10,
        tooltip="What the change of the fee over a week adds to a day's carry, USD",
    ),
    TableColumn(key="paid", title="paid", width=8, sort_key="paid", priority=11, tooltip="What the borrow cost, USD"),
    TableColumn(
        key="before", title="had", width=7, priority=12, tooltip="Shares at the last look that had some"
    ),
    TableColumn(key="tier", title="tier", width=7, align="left", priority=13),
    TableColumn(key="name", title="name", width=18, align="left", min_width=14, max_width=34, priority=14),
)  # fmt: skip
"""All columns of names; sorted by the figures of `BorrowTable`."""


NO_UNITS: Final = BorrowUnits(names="", carry="", paid="")
"""Units before there is a market."""


def borrow_columns_in_unit(units: BorrowUnits) -> tuple[TableColumn, ...]:
    """The columns of names; the titles of dollars name the unit, which every figure below them has."""
    letters = {
        "interest": units.names, "net": units.names, "carry": units.carry, "added": units.carry, "paid": units.paid,
    }  # fmt: skip
    return tuple(
        replace(column, title=f"{column.title} ${letters[column.key]}") if column.key in letters else column
        for column in BORROW_NAME_COLUMNS
    )


class BorrowGroupRows(StillRows):
    """The rows of the table of groups; their dollars are in the unit that its title names."""

    def __init__(self, groups: Sequence[BorrowGroup], unit: str = "", glyphs: Glyphs = GLYPHS_UNICODE) -> None:
        self.groups, self.unit, self.glyphs = groups, unit, glyphs

    @property
    def row_count(self) -> int:
        """The number of groups, a row each."""
        return len(self.groups)

    def whole(self, row: int) -> list[Cell]:
        """The cells of a row, in the order of `BORROW_GROUP_COLUMNS`."""
        group, glyphs = self.groups[row], self.glyphs
        sums, style = group.sums, "plain" if group.is_indented else "total"
        return [
            (f" {group.words}" if group.is_indented else group.words, style),
            (count(sums.names, 5, glyphs=glyphs), "muted"),
            (in_unit(sums.carry_day, 8, self.unit, decimals=2, glyphs=glyphs), style),
            (percent(sums.fee, 6, False, glyphs=glyphs), "muted"),
            (in_unit(sums.net, 10, self.unit, True, glyphs=glyphs), "plain"),
            (percent(sums.covered_ratio, 5, False, decimals=0, glyphs=glyphs), "muted"),
        ]


class BorrowNameRows(StillRows):
    """The rows of the table of names, written when they come into view."""

    def __init__(self, page: BorrowPage, order: Indexes, glyphs: Glyphs = GLYPHS_UNICODE) -> None:
        self.page, self.order, self.glyphs = page, order, glyphs

    @property
    def row_count(self) -> int:
        """The number of names, a row each."""
        return len(self.order)

    @property
    def symbols(self) -> list[str]:
        """The symbols in the rows' order."""
        return [str(symbol) for symbol in self.page.table.board.market.symbols[self.order]]

    def record(self, row: int) -> BorrowName:
        """The figures of a row."""
        return self.page.table.name(int(self.order[row]))

    def whole(self, row: int) -> list[Cell]:
        """The cells of a row, in the order of `BORROW_NAME_COLUMNS`."""
        one, glyphs, units = self.record(row), self.glyphs, self.page.units
        since = one.none_since
        return [
            (fit(one.symbol, 7, glyphs=glyphs), "title"),
            (percent(one.fee, 7, False, glyphs=glyphs), "plain"),
            (percent(one.fee_change_day, 7, glyphs=glyphs), "plain"),
            (percent(one.fee_change_week, 7, glyphs=glyphs), "plain"),
            (available_text(one, 7, glyphs), "warning" if one.available == 0 else "plain"),
            (percent(one.price_change_week, 7, glyphs=glyphs), "plain"),
            (("" if since is None else short_date(since, 9, glyphs=glyphs)).rjust(10), "muted"),
            (in_unit(one.carry_day, 8, units.carry, glyphs=glyphs), "plain"),
            (in_unit(one.short_interest, 9, units.names, False, glyphs=glyphs), "muted"),
            (in_unit(one.net, 9, units.names, True, glyphs=glyphs), "plain"),
            (percent(one.covered_ratio, 5, False, decimals=0, glyphs=glyphs), "muted"),
            (in_unit(one.added_carry_day, 8, units.carry, True, glyphs=glyphs), "plain"),
            (in_unit(one.paid, 8, units.paid, glyphs=glyphs), "muted"),
            ("" if since is None else shares(one.available_before, 7, glyphs=glyphs), "muted"),
            (fit(tier_word(one.tier), 7, glyphs=glyphs), "muted"),
            (short_name(one.name), "muted"),
        ]


def available_text(name: BorrowName, width: int, glyphs: Glyphs = GLYPHS_UNICODE) -> str:
    """Shares that can be borrowed: `none` for zero, `>10M` where it is a lower bound."""
    if name.available == 0:
        return "none".rjust(width)
    text = shares(name.available, width - 1, glyphs=glyphs).strip()
    return (f">{text}" if name.is_capped else text).rjust(width)


def copied_loan_row(row: BorrowName) -> str:
    """A name's figures between tabs for a spreadsheet: dollars and shares whole, ratios in per cent, unknown empty."""
    ratios = (row.fee, row.fee_change_day, row.fee_change_week, row.price_change_week, row.covered_ratio)
    wholes = (row.available, row.available_before, row.short_interest, row.carry_day, row.paid, row.net)
    figures = [
        *("" if value is None else f"{100 * value:.2f}" for value in ratios),
        *("" if value is None else f"{value:.0f}" for value in wholes),
        "" if row.none_since is None else row.none_since.isoformat(),
    ]
    return "\t".join([*map(spreadsheet_text, (row.symbol, row.name, row.tier)), *figures])
