"""The two tables of the screen of a publication: its groups at the left, the names of one of them at the right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from shortside.listings import Indexes
from shortside.publications.rows import PublicationFigures, PublicationRow
from shortside.words.group_words import sector_word, tier_word
from shortside.words.plain_text import spreadsheet_text
from tui.screens.publication_page import PublicationGroup, PublicationPage
from widgets.columns import TableColumn
from widgets.figure_rows import SUM_DECIMALS
from widgets.format import GLYPHS_UNICODE, Glyphs, count, fit, in_unit, percent
from widgets.name_writer import short_name
from widgets.publication_cells import before_and_after
from widgets.tick_table import Cell, StillRows

GROUP_COLUMNS: Final = (
    TableColumn(key="group", title="", width=15, align="left", max_width=24, is_pinned=True),
    TableColumn(key="names", title="names", width=5, tooltip="Names held short between the two settlements"),
    TableColumn(key="new", title="new $", width=8, tooltip="Shorting less covering, USD"),
    TableColumn(
        key="before", title="before", width=8, priority=1, tooltip="Shorting less covering in the cycle before, USD"
    ),
    TableColumn(key="price", title="price $", width=8, priority=3, tooltip="What the price added, USD"),
    TableColumn(key="start", title="SI was", width=8, priority=4, tooltip="Short interest at the settlement before"),
    TableColumn(key="end", title="SI is", width=8, priority=2, tooltip="Short interest at the settlement, USD"),
)
"""The columns of groups; `before` has a place only where the cycle before is compared with."""
NAME_COLUMNS_OF_A_PUBLICATION: Final = (
    TableColumn(key="symbol", title="symbol", width=7, align="left", is_pinned=True, sort_key="symbol"),
    TableColumn(key="name", title="name", width=18, align="left", min_width=14, max_width=34, priority=9),
    TableColumn(key="tier", title="tier", width=7, align="left", priority=5, tooltip="By the cap the basis says"),
    TableColumn(key="sector", title="sector", width=12, align="left", max_width=22, priority=13),
    TableColumn(
        key="new", title="new $", width=10, sort_key="new_short",
        tooltip="Shorting less covering between the two settlements, USD, at the prices of the days",
    ),
    TableColumn(
        key="before", title="before", width=10, sort_key="new_short_before", priority=1,
        tooltip="Shorting less covering in the cycle before, USD",
    ),
    TableColumn(
        key="change", title="SI chg", width=8, sort_key="change_ratio", priority=2,
        tooltip="Shares added, of those carried"
    ),
    TableColumn(
        key="float", title="%float", width=7, sort_key="float_ratio", priority=4,
        tooltip="Shares added, of the public float"
    ),
    TableColumn(
        key="crowd", title="crowd", width=9, sort_key="crowding", priority=3,
        tooltip="Crowding by what was carried and by what was published, both at the last prices",
    ),
    TableColumn(
        key="rank", title="rank", width=13, sort_key="crowding_rank", priority=11,
        tooltip="Place by crowding before and after, 1 the most crowded",
    ),
    TableColumn(
        key="since", title="since", width=7, sort_key="price_change", priority=6,
        tooltip="The price since the settlement",
    ),
    TableColumn(
        key="profit", title="P&L", width=9, sort_key="profit_since", priority=8,
        tooltip="P&L of the shares added since the settlement, USD",
    ),
    TableColumn(
        key="word", title="", width=8, align="left", priority=7, tooltip="Trapped, right, or what else the file says"
    ),
    TableColumn(
        key="end", title="SI $", width=9, sort_key="short_interest_end", priority=7,
        tooltip="Short interest at the settlement, USD",
    ),
    TableColumn(
        key="price", title="price $", width=9, sort_key=None, priority=10,
        tooltip="What the price added to the short dollars between the two settlements",
    ),
    TableColumn(key="shares_before", title="shares was", width=12, sort_key="shares_before", priority=12),
    TableColumn(key="shares_now", title="shares is", width=11, sort_key="shares_now", priority=12),
    TableColumn(
        key="revised", title="revised", width=9, sort_key="revised", priority=14,
        tooltip="What this file added to the settlement before, USD",
    ),
)  # fmt: skip
"""The columns of names, all of them; their figures by the keys of `PublicationFigures`."""
IN_UNIT: Final = frozenset({"new", "before", "profit", "end", "price", "revised"})
"""Columns of dollars whose titles name the unit."""
COMPARED: Final = "before"
"""The column that is there only while the cycle before is compared with."""


IN_UNIT_OF_SHARES: Final = ("shares_before", "shares_now")
"""Columns of shares whose titles name the unit."""


def columns_in_unit(unit: str, unit_of_shares: str = "") -> tuple[TableColumn, ...]:
    """The columns of names; the titles of dollars and of shares name their unit."""

    def title(column: TableColumn) -> str:
        if column.key in IN_UNIT_OF_SHARES:
            return f"{column.title} {unit_of_shares}".strip()
        return f"{column.title.removesuffix(' $')} ${unit}" if column.key in IN_UNIT else column.title

    return tuple(replace(column, title=title(column)) for column in NAME_COLUMNS_OF_A_PUBLICATION)


def shown_keys(
    columns: Sequence[TableColumn], *, is_compared: bool, figures: PublicationFigures | None = None
) -> list[str]:
    """The keys of the columns that have a place: the cycle before only when compared with, and figures there are."""

    def has_figures(column: TableColumn) -> bool:
        key = column.sort_key
        return figures is None or key in (None, "symbol") or bool(np.isfinite(figures.vector(str(key))).any())

    return [one.key for one in columns if (is_compared or one.key != COMPARED) and has_figures(one)]


class PublicationGroupRows(StillRows):
    """The rows of the table of groups; their dollars are in the unit that its title names."""

    def __init__(self, groups: Sequence[PublicationGroup], unit: str = "", glyphs: Glyphs = GLYPHS_UNICODE) -> None:
        self.groups, self.unit, self.glyphs = groups, unit, glyphs

    @property
    def row_count(self) -> int:
        """The number of groups, a row each."""
        return len(self.groups)

    def whole(self, row: int) -> list[Cell]:
        """The cells of a row: the group, its names, new shorts, those before, price effect, and short interest."""
        group, glyphs = self.groups[row], self.glyphs
        sums, style = group.sums, "plain" if group.is_indented else "total"
        words = f" {group.words}" if group.is_indented else group.words
        return [
            (words, "accent" if group.is_own else style),
            (count(sums.names, 5, glyphs=glyphs), "muted"),
            (self._dollars(sums.new_short, 8), style),
            (self._dollars(sums.new_short_before, 8), "muted"),
            (self._dollars(sums.price_effect, 8), "muted"),
            (self._dollars(sums.short_interest_start, 8, signed=False), "muted"),
            (self._dollars(sums.short_interest_end, 8, signed=False), style),
        ]

    def _dollars(self, value: float | None, width: int, *, signed: bool = True) -> str:
        return in_unit(value, width, self.unit, signed, decimals=SUM_DECIMALS, glyphs=self.glyphs)


class PublicationNameRows(StillRows):
    """The rows of the table of names, written when they come into view."""

    def __init__(self, page: PublicationPage, order: Indexes, glyphs: Glyphs = GLYPHS_UNICODE) -> None:
        self.page, self.order, self.glyphs = page, order, glyphs

    @property
    def row_count(self) -> int:
        """The number of names, a row each."""
        return len(self.order)

    @property
    def symbols(self) -> list[str]:
        """The symbols in the rows' order."""
        return [str(symbol) for symbol in self.page.publication.market.symbols[self.order]]

    def record(self, row: int) -> PublicationRow:
        """The figures of a row."""
        return self.page.figures.row(int(self.order[row]))

    def whole(self, row: int) -> list[Cell]:
        """The cells of a row, in the order of `NAME_COLUMNS_OF_A_PUBLICATION`."""
        one, glyphs = self.record(row), self.glyphs

        def usd(value: float | None, *, signed: bool = True) -> str:
            return in_unit(value, 9, self.page.unit, signed, glyphs=glyphs)

        word, style = move_words(one)
        return [
            (fit(one.symbol, 7, glyphs=glyphs), "title"),
            (short_name(one.name), "muted"),
            (fit(tier_word(one.tier), 7, glyphs=glyphs), "muted"),
            (sector_word(one.sector), "muted"),
            (usd(one.new_short), "plain"),
            (usd(one.new_short_before), "muted"),
            (percent(one.change_ratio, 8, glyphs=glyphs), "plain"),
            (percent(one.float_ratio, 7, glyphs=glyphs), "plain"),
            (before_and_after(one.crowding_before, one.crowding, 9, glyphs), "plain"),
            (before_and_after(one.crowding_rank_before, one.crowding_rank, 13, glyphs), "muted"),
            (percent(one.price_change, 7, glyphs=glyphs), "plain"),
            (usd(one.profit_since), style if one.profit_since else "muted"),
            (fit(word, 8, glyphs=glyphs), style),
            (usd(one.short_interest_end, signed=False), "muted"),
            (usd(one.price_effect), "muted"),
            (in_unit(one.shares_before, 12, self.page.unit_of_shares, glyphs=glyphs), "muted"),
            (in_unit(one.shares_now, 11, self.page.unit_of_shares, glyphs=glyphs), "plain"),
            (usd(one.revised), "warning" if one.revised else "muted"),
        ]


def move_words(row: PublicationRow) -> tuple[str, str]:
    """What a name is, beside having been built or covered, and the style of the word: a loss for the trapped."""
    if row.is_trapped:
        return "trapped", "loss"
    if row.is_right:
        return "right", "gain"
    words = {"entered": "entered", "left": "left", "held": "no row", "unchanged": "same"}
    return words.get(row.move.word, ""), "muted"


def copied_publication_row(row: PublicationRow) -> str:
    """A name's figures between tabs for a spreadsheet: dollars and shares whole, ratios in per cent, unknown empty."""
    usd = (row.new_short, row.new_short_before, row.short_interest_start, row.price_effect, row.short_interest_end)
    ratios = (row.change_ratio, row.float_ratio, row.price_change)
    scores = (row.crowding_before, row.crowding, row.crowding_rank_before, row.crowding_rank)
    words = (row.symbol, row.name, row.tier, row.sector, row.move.word)
    figures = [
        *(_plain(value, "{:.0f}") for value in (row.shares_before, row.shares_now, *usd)),
        *(_plain(None if value is None else 100 * value, "{:.2f}") for value in ratios),
        *(_plain(value, "{:.1f}") for value in scores),
        *(_plain(value, "{:.0f}") for value in (row.profit_since, row.revised)),
    ]
    return "\t".join([*map(spreadsheet_text, words), *figures])


def _plain(value: float | None, form: str) -> str:
    text = "" if value is None else form.format(value)
    # What rounds to nothing has no sign.
    return text.lstrip("-") if text.strip("-0.") == "" else text
