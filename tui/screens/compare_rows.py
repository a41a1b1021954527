"""The two tables of a comparison: its tiers above, and below the names of one of them, or those that changed tier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from shortside.arrays.ranked_values import unknown_last
from shortside.comparison import ABSENT, BoardComparison, ComparedFigure, ComparedGroup
from shortside.listings import Flags, Floats, Indexes
from shortside.rows import GroupRow
from shortside.words.group_words import tier_word
from widgets.columns import TableColumn
from widgets.figure_rows import SUM_DECIMALS, WORTH_DECIMALS
from widgets.format import GLYPHS_UNICODE, Glyphs, count, fit, in_unit, number
from widgets.name_writer import short_name
from widgets.publication_cells import arrow_of
from widgets.tick_table import Cell, StillRows

SIDES: Final = ("A", "B", "A-B")
LESS: Final = 2
"""The place of the difference among them."""
STYLES_OF_SIDES: Final = ("muted", "muted", "plain")
TITLES: Final = {
    ComparedFigure.PROFIT: "P&L",
    ComparedFigure.SHORT_INTEREST: "SI",
    ComparedFigure.NEW_SHORT: "new",
    ComparedFigure.CROWDING: "crowd",
}
DOLLARS: Final = tuple(figure for figure in ComparedFigure if figure is not ComparedFigure.CROWDING)
FIRST_ORDER: Final = ("profit:2", True)
"""The order of names at the start: by the difference of P&L."""


def _figure_columns(figures: Sequence[ComparedFigure], *, is_sorted: bool) -> list[TableColumn]:
    """Three columns a figure; where there is little room the differences of the others stay longest."""
    return [
        TableColumn(
            key=f"{figure.value}:{side}",
            title=f"{TITLES[figure]} {words}",
            width=9,
            priority=(place if side == LESS else place + len(figures)) if place else 0,
            sort_key=f"{figure.value}:{side}" if is_sorted else None,
            tooltip=f"{TITLES[figure]} {('of A', 'of B', 'of A less that of B')[side]}",
        )
        for place, figure in enumerate(figures)
        for side, words in enumerate(SIDES)
    ]


GROUP_COLUMNS_COMPARED: Final = (
    TableColumn(key="group", title="tier", width=13, align="left", is_pinned=True),
    TableColumn(key="names", title="names A", width=7, priority=4),
    TableColumn(key="names_second", title="names B", width=7, priority=7),
    *_figure_columns(DOLLARS, is_sorted=False),
)
NAME_COLUMNS_COMPARED: Final = (
    TableColumn(key="symbol", title="symbol", width=7, align="left", is_pinned=True, sort_key="symbol"),
    TableColumn(
        key="name", title="name", width=18, min_width=14, max_width=30, align="left", priority=9,
        tooltip="Company, without its legal form",
    ),
    TableColumn(
        key="tier", title="tier B, A", width=17, align="left", priority=1, sort_key="tier",
        tooltip="The tier in B and in A, where they are not the same",
    ),
    *_figure_columns(tuple(ComparedFigure), is_sorted=True),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ComparedNames:
    """A row of the upper table: a tier, all, or the names that changed tier."""

    group: ComparedGroup | None
    """None for the names that changed tier."""
    code: int | None = None
    """The tier's code; None for all and for those that changed."""


def rows_above(comparison: BoardComparison) -> list[ComparedNames]:
    """The tiers, all, and the names that changed tier."""
    labels = list(comparison.first.scheme.labels)
    groups = [ComparedNames(group, labels.index(group.label)) for group in comparison.groups[:-1]]
    return [*groups, ComparedNames(comparison.groups[-1]), ComparedNames(None)]


def names_of_row(comparison: BoardComparison, above: ComparedNames) -> Flags:
    """(U,) the names of a row of the upper table: of a tier those that are in it in either."""
    one, two = comparison.tiers
    if above.code is not None:
        return np.asarray((one == above.code) | (two == above.code))
    return comparison.changed_tier if above.group is None else np.ones(len(comparison.symbols), bool)


def names_in_order(comparison: BoardComparison, chosen: Flags, sort_key: str, *, descends: bool) -> Indexes:
    """The places of some names by a column; unknown last either way, equal ones by symbol."""
    places = np.flatnonzero(chosen)
    if sort_key == "symbol":
        return places[::-1] if descends else places
    keys: Floats
    if sort_key == "tier":
        keys = comparison.tiers[0][places].astype(np.float64)
    else:
        figure, side = sort_key.split(":")
        keys = comparison.figures(ComparedFigure(figure))[int(side)][places]
    return np.asarray(places[np.lexsort((places, unknown_last(keys, descends=descends)))])


class ComparedGroupRows(StillRows):
    """The rows of the upper table."""

    def __init__(self, comparison: BoardComparison, glyphs: Glyphs = GLYPHS_UNICODE) -> None:
        self.comparison, self.glyphs = comparison, glyphs
        self.above = rows_above(comparison)
        self.unit = comparison.first.units.sums
        """The unit of all dollars here."""

    @property
    def row_count(self) -> int:
        """The tiers, all, and those that changed."""
        return len(self.above)

    def whole(self, row: int) -> list[Cell]:
        """The cells of a row: the group, how many names it has in either, and the figures."""
        above = self.above[row]
        if above.group is None:
            return self._changed()
        group, style = above.group, "plain" if above.code is not None else "total"
        figures = [self._dollars(figure, group.figures(figure)) for figure in DOLLARS]
        return [
            (fit(tier_word(group.label), 13, glyphs=self.glyphs), style),
            *(self._names(one) for one in (group.first, group.second)),
            *(cell for cells in figures for cell in cells),
        ]

    def _names(self, row: GroupRow | None) -> Cell:
        return (count(None if row is None else row.names, 7, glyphs=self.glyphs), "muted")

    def _changed(self) -> list[Cell]:
        """The sums of the names that changed tier."""
        comparison = self.comparison
        changed = comparison.changed_tier
        names: Cell = (count(int(changed.sum()), 7, glyphs=self.glyphs), "accent")
        cells: list[Cell] = [("changed tier", "accent"), names, names]
        for figure in DOLLARS:
            one, two, _ = (values[changed] for values in comparison.figures(figure))
            first, second = _sum_of_known(one), _sum_of_known(two)
            cells += self._dollars(figure, (first, second, first - second))
        return cells

    def _dollars(self, figure: ComparedFigure, figures: tuple[float, float, float]) -> list[Cell]:
        return _dollar_cells(figure, figures, self.unit, SUM_DECIMALS, self.glyphs)


class ComparedNameRows(StillRows):
    """The rows of the lower table, written when they come into view."""

    def __init__(self, comparison: BoardComparison, order: Indexes, glyphs: Glyphs = GLYPHS_UNICODE) -> None:
        self.comparison, self.order, self.glyphs = comparison, order, glyphs
        self.unit = comparison.first.units.names
        """The unit of all dollars here."""
        self._figures = {figure: comparison.figures(figure) for figure in ComparedFigure}

    @property
    def row_count(self) -> int:
        """The number of names, a row each."""
        return len(self.order)

    @property
    def listed(self) -> list[str]:
        """The symbols in the rows' order."""
        return [str(symbol) for symbol in self.comparison.symbols[self.order]]

    def whole(self, row: int) -> list[Cell]:
        """The cells of a row: the name, its tiers, and its figures in either with their difference."""
        place = int(self.order[row])
        cells: list[Cell] = [
            (fit(str(self.comparison.symbols[place]), 7, glyphs=self.glyphs), "title"),
            (self._name(place), "plain"),
            self._tiers(place),
        ]
        for figure, (one, two, less) in self._figures.items():
            of_name = float(one[place]), float(two[place]), float(less[place])
            if figure is ComparedFigure.CROWDING:
                cells += _score_cells(of_name, self.glyphs)
            else:
                cells += _dollar_cells(figure, of_name, self.unit, WORTH_DECIMALS, self.glyphs)
        return cells

    def _name(self, place: int) -> str:
        """The company, as A has it, or B where A has no such name."""
        for board, columns in zip(
            (self.comparison.first, self.comparison.second), self.comparison.columns, strict=True
        ):
            if columns[place] != ABSENT:
                return short_name(str(board.market.names[columns[place]]))
        return self.glyphs.missing

    def _tiers(self, place: int) -> Cell:
        labels = self.comparison.first.scheme.labels
        one, two = (int(tiers[place]) for tiers in self.comparison.tiers)
        words = [self.glyphs.missing if code == ABSENT else tier_word(labels[code]) for code in (two, one)]
        if words[0] == words[1]:
            return (fit(words[0], 17, glyphs=self.glyphs), "muted")
        return (fit(f"{words[0]} {arrow_of(self.glyphs)} {words[1]}", 17, glyphs=self.glyphs), "accent")


def _sum_of_known(values: Floats) -> float:
    """The sum of what is known; NaN where nothing is."""
    known = values[np.isfinite(values)]
    return float(known.sum()) if len(known) else float("nan")


def _dollar_cells(
    figure: ComparedFigure, figures: tuple[float, float, float], unit: str, decimals: int, glyphs: Glyphs
) -> list[Cell]:
    """Two figures and their difference, which is what is looked for, in the unit that the table's title names."""
    # What is short has no sign; what is made of it, and any difference, has.
    signs = [figure is not ComparedFigure.SHORT_INTEREST or side == LESS for side in range(len(SIDES))]
    return [
        (in_unit(value, 9, unit, signed, decimals=decimals, glyphs=glyphs), style)
        for value, signed, style in zip(figures, signs, STYLES_OF_SIDES, strict=True)
    ]


def _score_cells(figures: tuple[float, float, float], glyphs: Glyphs) -> list[Cell]:
    """Two scores and their difference."""
    signs = (False, False, True)
    return [
        (number(value, 9, signed=signed, decimals=0, glyphs=glyphs), style)
        for value, signed, style in zip(figures, signs, STYLES_OF_SIDES, strict=True)
    ]
