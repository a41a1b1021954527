"""Own lists and the tiers as rows of two tables with the same columns, so that their dollars stand below each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from shortside.board import Board
from shortside.conditions.errors import ConditionError
from shortside.conditions.matching import TruthOfNames
from shortside.dollar_units import unit_of_column
from shortside.lists.names import ListGroup, NameList
from shortside.rows import GroupRow, chosen_row
from shortside.words.group_words import tier_word
from tui.settings.list_shelf import Lists
from widgets.absent_names import why_not_shown
from widgets.columns import TableColumn
from widgets.figure_rows import dollar_style, gain_style
from widgets.format import GLYPHS_UNICODE, Glyphs, in_unit, percent
from widgets.name_conditions import BoardNames
from widgets.name_index import NameIndex
from widgets.tick_table import Cell, StillRows

SUM_DECIMALS: Final = {"": 0, "K": 1, "M": 1, "B": 2}
"""Digits after the point of dollars, by their unit."""
LONG_MILLIONS: Final = 9_999.95e6
"""A sum from which on a digit after the point would take the comma's place where millions are the unit."""
LIST_COLUMNS: Final = (
    TableColumn(
        key="current", title="{names.on_list:a}", width=1, is_pinned=True, tooltip="The list that names are put on"
    ),
    TableColumn(
        key="applied", title="{names.filter:/}", width=1, is_pinned=True, tooltip="The list that filters the names now"
    ),
    TableColumn(
        key="name", title="list", width=16, min_width=10, max_width=24, align="left", is_pinned=True,
        tooltip="The list; a tier below, to compare",
    ),
    TableColumn(
        key="names", title="names", width=7, priority=1,
        tooltip="Names held short in the window, of those that stand on the list",
    ),
    TableColumn(key="short_interest", title="SI $", width=7, tooltip="Short interest at the last price, USD"),
    TableColumn(
        key="share", title="% SI", width=5, max_width=6, priority=6, tooltip="Of all short interest, in %"
    ),
    TableColumn(key="profit", title="P&L", width=8, priority=2, tooltip="What the shorts earned in the window, USD"),
    TableColumn(key="ratio", title="P&L %", width=7, priority=4, tooltip="P&L in % of average short interest"),
    TableColumn(key="today", title="today", width=7, priority=5, tooltip="What the shorts earned today, USD"),
    TableColumn(
        key="new_short", title="new 30d", width=8, priority=3, tooltip="New short dollars in 30 days, USD"
    ),
    TableColumn(
        key="what", title="", width=12, min_width=8, max_width=90, align="left", priority=7,
        tooltip="Its groups, or its condition",
    ),
)  # fmt: skip
"""The columns of lists."""
TIER_COLUMNS: Final = tuple(
    replace(column, title={"name": "tier"}.get(column.key, "" if column.width == 1 else column.title))
    for column in LIST_COLUMNS
)
"""The columns of the tiers below them, as wide as those."""


@dataclass(frozen=True, slots=True)
class AbsentSymbol:
    """A symbol of a list that has no row among the names, and why."""

    symbol: str
    words: str


@dataclass(frozen=True, slots=True)
class ListFigures:
    """What one list comes to on a board."""

    row: GroupRow | None
    """Its sums; None where its condition is none."""
    columns: tuple[int, ...] = ()
    """The names that have a row, by their columns of the board's vectors: as they stand there, or by crowding."""
    groups: Mapping[int, str] = field(default_factory=dict)
    """The groups of those that are in one."""
    absent: tuple[AbsentSymbol, ...] = ()
    """The symbols that have no row."""
    trouble: str = ""
    """What is wrong with its condition, in words."""


def list_figures(lists: Lists, board: Board, index: NameIndex) -> dict[str, ListFigures]:
    """What each list comes to, by its name. A few milliseconds a list: for another thread."""
    names = BoardNames(board, index, lists.by_name)
    return {name: _figures_of(name, listed, names, board, index) for name, listed in lists.by_name.items()}


def sums_of_list(name: str, lists: Lists, board: Board, index: NameIndex) -> GroupRow | None:
    """The sums of one list on a board; None where none of its names is there, or where its condition is none."""
    try:
        answer = BoardNames(board, index, lists.by_name).on_list(name)
    except ConditionError:
        return None  # The list itself says so wherever it is asked for.
    columns = np.flatnonzero(answer.is_true & board.was_held)
    return chosen_row(board, name, columns) if len(columns) else None


def _figures_of(name: str, listed: NameList, names: BoardNames, board: Board, index: NameIndex) -> ListFigures:
    held = board.was_held
    try:
        answer: TruthOfNames = names.on_list(name)
    except ConditionError as error:
        return ListFigures(None, trouble=str(error))
    columns = np.flatnonzero(answer.is_true & held)
    places = index.column_of_spelling
    if listed.where:
        ordered = board.order(board.crowding.score, among=answer.is_true & held).tolist()
    else:
        ordered = [places[symbol] for symbol in listed.symbols if symbol in places and held[places[symbol]]]
    groups = {
        places[symbol]: group.name
        for group in listed.groups
        for symbol in group.symbols
        if group.name and symbol in places
    }
    absent = tuple(
        AbsentSymbol(symbol, why_not_shown(board, index, symbol, None, None))
        for symbol in listed.symbols
        if symbol not in places or not held[places[symbol]]
    )
    return ListFigures(chosen_row(board, name, columns), tuple(ordered), groups, absent)


@dataclass(frozen=True, slots=True)
class ShownList:
    """A list as a row shows it."""

    name: str
    listed: NameList
    figures: ListFigures | None
    """None until they are counted."""
    is_current: bool
    is_applied: bool


def shown_groups(groups: Sequence[ListGroup]) -> str:
    """The groups of a list in a line: how many names each has."""
    return ", ".join(
        f"{group.name or 'others'} {len(group.symbols)}" for group in groups if len(groups) > 1 or group.name
    )


def unit_of_lists(lists: Sequence[ShownList]) -> str:
    """The unit in which the dollars of lists are written: that of the largest."""
    rows = [one.figures.row for one in lists if one.figures is not None and one.figures.row is not None]
    return unit_of_column(*(np.array([row.short_interest_end, row.profit], np.float64) for row in rows))


class ListRows(StillRows):
    """A row for each list; their dollars are in the unit that the table's title names."""

    def __init__(self, lists: Sequence[ShownList], unit: str = "", glyphs: Glyphs = GLYPHS_UNICODE) -> None:
        self.lists, self.unit, self.glyphs = tuple(lists), unit, glyphs
        self._decimals = sum_decimals([one.figures.row for one in lists if one.figures is not None], unit)

    @property
    def row_count(self) -> int:
        """The number of lists, a row each."""
        return len(self.lists)

    def whole(self, row: int) -> list[Cell]:
        """Whether names are put on it and whether it filters, its name, its sums, and what it is."""
        one, glyphs = self.lists[row], self.glyphs
        figures, listed = one.figures, one.listed
        marks = [(glyphs.dot if flag else " ", "accent") for flag in (one.is_current, one.is_applied)]
        words, style = listed.where or shown_groups(listed.groups), "muted"
        if figures is not None and figures.trouble:
            words, style = figures.trouble, "warning"
        elif listed.complaints:
            words, style = "; ".join(listed.complaints), "warning"
        counted = None if figures is None or figures.row is None else figures.row.names
        names = ("" if counted is None else f"{counted:,}") + ("" if listed.where else f"/{len(listed.symbols):,}")
        sums = _sums(None if figures is None else figures.row, self.unit, self._decimals, glyphs)
        called = f"{one.name} !" if style == "warning" else one.name
        return [*marks, (called, "title"), (names.rjust(7), "plain"), *sums, (words, style)]


class TierRows(StillRows):
    """The tiers and the total, to compare lists with; their dollars are in the unit that the table's title names."""

    def __init__(self, rows: Sequence[GroupRow], unit: str = "", glyphs: Glyphs = GLYPHS_UNICODE) -> None:
        self.rows, self.unit, self.glyphs = tuple(rows), unit, glyphs
        self._decimals = sum_decimals(rows, unit)

    @property
    def row_count(self) -> int:
        """The number of tiers with the total, a row each."""
        return len(self.rows)

    def whole(self, row: int) -> list[Cell]:
        """A tier's word, its names and its sums."""
        one = self.rows[row]
        is_total = one.label == "total"
        words = "all" if is_total else tier_word(one.label)
        style = "total" if is_total else "plain"
        names = (f"{one.names:,}".rjust(7), style)
        return [
            (" ", "plain"),
            (" ", "plain"),
            (words, style),
            names,
            *_sums(one, self.unit, self._decimals, self.glyphs),
            ("", "plain"),
        ]


def sum_decimals(rows: Sequence[GroupRow | None], unit: str) -> int:
    """Digits after the point of short interest and P&L: none where one has five digits of millions before it."""
    known = [row for row in rows if row is not None]
    sizes = [abs(value) for row in known for value in (row.short_interest_end, row.profit)]
    return 0 if unit == "M" and max(sizes, default=0.0) >= LONG_MILLIONS else SUM_DECIMALS[unit]


def _sums(row: GroupRow | None, unit: str, decimals: int, glyphs: Glyphs) -> list[Cell]:
    """The dollars of a row; blank while they are counted, and unknown where it has no names."""
    if row is None or not row.names:
        sign = "" if row is None else glyphs.missing
        return [(sign.rjust(width), "muted") for width in (7, 5, 8, 7, 7, 8)]

    def usd(value: float | None, width: int, *, signed: bool = True, digits: int = SUM_DECIMALS[unit]) -> str:
        return in_unit(value, width, unit, signed, decimals=digits, glyphs=glyphs)

    return [
        (usd(row.short_interest_end, 7, signed=False, digits=decimals), "plain"),
        (percent(row.share_of_short_interest, 5, False, mark="", glyphs=glyphs), "muted"),
        (usd(row.profit, 8, digits=decimals), dollar_style(row.profit)),
        (percent(row.profit_ratio, 7, mark="", glyphs=glyphs), gain_style(row.profit_ratio)),
        (usd(row.profit_today, 7), dollar_style(row.profit_today)),
        (usd(row.new_short_30d, 8), "plain"),
    ]
