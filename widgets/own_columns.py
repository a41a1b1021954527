"""The columns of the table of the user's own positions: what each says, how it is written, what it is sorted by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from shortside.own.positions import NOT_PRICED
from shortside.words.group_words import tier_word
from widgets.columns import TableColumn
from widgets.figure_rows import dollar_style, gain_style
from widgets.format import Align, Figure, Glyphs, NoFigure, days, fit, in_unit, number, percent, price, short_date
from widgets.name_writer import NameWriter, short_name
from widgets.own_words import share_words

if TYPE_CHECKING:
    from shortside.listings import Floats
    from shortside.own.figures import OwnFigures
    from shortside.own.names import ShownBook
    from widgets.tick_table import Cell


class OwnWriter:
    """Writes the cells of positions, each given by its place in the book.

    Args:
        book: whose figures.
        unit: the unit of the user's dollars, which titles name.
        glyphs: the signs to draw with.
    """

    def __init__(self, book: ShownBook, unit: str, glyphs: Glyphs) -> None:
        self.book: ShownBook = book
        self.figures: OwnFigures = book.figures()
        """The figures of the moment they were last asked for."""
        self.unit: str = unit
        self.glyphs: Glyphs = glyphs
        self._names = NameWriter(book.board, glyphs)

    def position_symbol(self, row: int) -> Cell:
        """The ticker with the signs it has among all names; as it was written where there is no price of it."""
        column = int(self.book.placed.columns[row])
        if column == NOT_PRICED:
            return fit(self.book.placed.positions[row].symbol, 6, glyphs=self.glyphs), "warning"
        return self._names.symbol(column)

    def position_shares(self, row: int) -> Cell:
        """Shares on today's basis, below zero for a short; they are not cut to a unit while they fit."""
        held = float(self.book.placed.shares[row])
        # Fractions of a share are of no size on a screen; the document has them.
        return in_unit(held, 10, "", glyphs=self.glyphs), "plain"

    def entered(self, row: int) -> Cell:
        """The day of entry, with its year where that is another than the last session's."""
        day = self.book.placed.positions[row].entry_date
        return short_date(day, 9, reference=self.book.board.market.last_session, glyphs=self.glyphs), "muted"

    def position_price(self, row: int) -> Cell:
        """The last price; a letter says that it is not of the last session."""
        column = int(self.book.placed.columns[row])
        return (self.glyphs.missing.rjust(8), "muted") if column == NOT_PRICED else self._names.price(column)

    def own_dollars(self, value: float, width: int) -> Cell:
        """The user's own dollars gained or lost, in the unit of the titles."""
        return in_unit(value, width, self.unit, True, glyphs=self.glyphs), dollar_style(value)

    def crowd_dollars(self, row: int) -> Cell:
        """The crowd's dollars, in the unit of names."""
        value = float(self.figures.crowd_profit[row])
        return in_unit(value, 9, self.book.board.units.names, True, glyphs=self.glyphs), dollar_style(value)

    def gained(self, value: float, width: int) -> Cell:
        """A gain or loss in per cent."""
        return percent(value, width, mark="", glyphs=self.glyphs), gain_style(value)

    def of_short(self, row: int, values: Floats) -> Figure:
        """A figure that does not apply to a long position."""
        is_long = self.book.placed.positions[row].shares > 0
        return NoFigure.NOT_APPLICABLE if is_long else float(values[row])

    def paid(self, row: int) -> Cell:
        """The price of entry on today's basis."""
        return price(float(self.book.placed.entry_price[row]), 8, glyphs=self.glyphs), "plain"

    @property
    def days_of_entry(self) -> Floats:
        """(n,) the days of entry, as numbers that can be sorted by."""
        return np.array([position.entry_date.toordinal() for position in self.book.placed.positions], np.float64)

    def carried(self, row: int) -> Cell:
        """What borrowing costs a year, in the unit of the titles."""
        return in_unit(self.of_short(row, self.figures.carry), 9, self.unit, glyphs=self.glyphs), "plain"

    def account(self, row: int) -> Cell:
        """The account, as in the file."""
        return fit(self.book.placed.positions[row].account, 10, glyphs=self.glyphs), "muted"

    def exit_time(self, row: int) -> Cell:
        """Sessions to close the position; `c` marks those over FINRA's volume of the cycle."""
        value, column = float(self.figures.exit_days[row]), int(self.book.placed.columns[row])
        is_marked = column != NOT_PRICED and self.book.board.market.is_volume_of_cycle[column] and np.isfinite(value)
        if 0 < value < 0.05:
            return f"<0.1{'c' if is_marked else ' '}".rjust(7), "plain"
        return days(value, 6, glyphs=self.glyphs) + ("c" if is_marked else " "), "plain"

    def position_tier(self, row: int) -> Cell:
        """The name's tier."""
        code = int(self.figures.tier_codes[row])
        words = tier_word(self.book.board.scheme.labels[code]) if code >= 0 else self.glyphs.missing
        return fit(words, 7, glyphs=self.glyphs), "muted"

    def company(self, row: int) -> Cell:
        """The company's name without its legal form."""
        column = int(self.book.placed.columns[row])
        name = "" if column == NOT_PRICED else short_name(str(self.book.board.market.names[column]))
        return (name, "plain") if name else (self.glyphs.missing, "muted")


@dataclass(frozen=True, kw_only=True)
class OwnColumn:
    """One column: its place in the table, its cell, its order."""

    key: str
    title: str
    """`{own}` and `{names}` stand for the units of the user's dollars and of the crowd's."""
    words: str
    width: int
    cell: Callable[[OwnWriter, int], Cell]
    value: Callable[[OwnWriter], Floats] | None = None
    """(n,) what it is sorted by; None where that is the cell's words."""
    moves: bool = False
    """Whether a price can change it."""
    align: Align = "right"
    priority: int = 0
    is_pinned: bool = False
    max_width: int | None = None


def _short_only(name: str) -> Callable[[OwnWriter, int], Cell]:
    """A cell in per cent of what long positions do not have."""

    def cell(writer: OwnWriter, row: int) -> Cell:
        value = writer.of_short(row, getattr(writer.figures, name))
        return percent(value, 7, False, mark="", glyphs=writer.glyphs), "plain"

    return cell


def _share_of_short_interest(writer: OwnWriter, row: int) -> Cell:
    """The part of all shares short that is one's own."""
    return share_words(writer.of_short(row, writer.figures.short_interest_share), 7, "", writer.glyphs), "plain"


def _scored(name: str, width: int) -> Callable[[OwnWriter, int], Cell]:
    def cell(writer: OwnWriter, row: int) -> Cell:
        value = float(getattr(writer.figures, name)[row])
        return number(value, width, decimals=0, glyphs=writer.glyphs), "plain"

    return cell


OWN_COLUMNS: Final = (
    OwnColumn(key="symbol", title="symbol", width=6, align="left", is_pinned=True,
              words="Ticker, with the signs it has among all names",
              cell=lambda writer, row: writer.position_symbol(row)),
    OwnColumn(key="company", title="name", width=16, max_width=30, align="left", priority=13,
              words="Company, without its legal form", cell=lambda writer, row: writer.company(row)),
    OwnColumn(key="shares", title="shares", width=10, priority=1,
              words="Shares on the split basis of today; below zero is short",
              cell=lambda writer, row: writer.position_shares(row), value=lambda writer: writer.book.placed.shares),
    OwnColumn(key="entry_price", title="from", width=8, priority=6,
              words="Price of entry on the split basis of today, USD",
              cell=lambda writer, row: writer.paid(row),
              value=lambda writer: writer.book.placed.entry_price),
    OwnColumn(key="entered", title="on", width=9, priority=9, words="Day of entry",
              cell=lambda writer, row: writer.entered(row),
              value=lambda writer: writer.days_of_entry),
    OwnColumn(key="price", title="price", width=8, priority=4, moves=True,
              words="Last price, USD; s: not of the last session",
              cell=lambda writer, row: writer.position_price(row), value=lambda writer: writer.figures.price),
    OwnColumn(key="profit", title="my P&L ${own}", width=10, moves=True,
              words="Since entry, less distributions owed, gross of borrow and commissions",
              cell=lambda writer, row: writer.own_dollars(float(writer.figures.profit[row]), 10),
              value=lambda writer: writer.figures.profit),
    OwnColumn(key="profit_ratio", title="mine %", width=7, moves=True,
              words="My P&L in % of shares × price of entry",
              cell=lambda writer, row: writer.gained(float(writer.figures.profit_ratio[row]), 7),
              value=lambda writer: writer.figures.profit_ratio),
    OwnColumn(key="profit_today", title="today ${own}", width=9, priority=5, moves=True,
              words="My P&L of the last session; since entry where it was entered then",
              cell=lambda writer, row: writer.own_dollars(float(writer.figures.profit_today[row]), 9),
              value=lambda writer: writer.figures.profit_today),
    OwnColumn(key="profit_today_ratio", title="today %", width=7, priority=12, moves=True,
              words="My P&L of the last session in % of what the position was worth before",
              cell=lambda writer, row: writer.gained(float(writer.figures.profit_today_ratio[row]), 7),
              value=lambda writer: writer.figures.profit_today_ratio),
    OwnColumn(key="crowd_profit", title="crowd ${names}", width=9, priority=7, moves=True,
              words="P&L of all its shorts since the close before my day of entry, less distributions owed",
              cell=lambda writer, row: writer.crowd_dollars(row), value=lambda writer: writer.figures.crowd_profit),
    OwnColumn(key="crowd_profit_ratio", title="crowd %", width=7, priority=2, moves=True,
              words="The same in % of their average short interest",
              cell=lambda writer, row: writer.gained(float(writer.figures.crowd_profit_ratio[row]), 7),
              value=lambda writer: writer.figures.crowd_profit_ratio),
    OwnColumn(key="carry_ratio", title="carry %", width=7, priority=8,
              words="What borrowing costs a year, at today's fee",
              cell=_short_only("carry_ratio"), value=lambda writer: writer.figures.carry_ratio),
    OwnColumn(key="carry", title="carry ${own}", width=9, priority=14, moves=True,
              words="What borrowing costs a year at today's fee and price",
              cell=lambda writer, row: writer.carried(row),
              value=lambda writer: writer.figures.carry),
    OwnColumn(key="exit_days", title="exit d", width=7, priority=3,
              words="Sessions to close at the chosen part of the average volume; c: of FINRA's volume of the cycle",
              cell=lambda writer, row: writer.exit_time(row), value=lambda writer: writer.figures.exit_days),
    OwnColumn(key="short_interest_share", title="of SI %", width=7, priority=10,
              words="My shares in % of all shares short of the name",
              cell=_share_of_short_interest, value=lambda writer: writer.figures.short_interest_share),
    OwnColumn(key="squeeze", title="squeeze", width=7, priority=3, words="0 to 100, as among all names",
              cell=_scored("squeeze", 7), value=lambda writer: writer.figures.squeeze),
    OwnColumn(key="crowding", title="crowding", width=8, priority=11, words="0 to 100, as among all names",
              cell=_scored("crowding", 8), value=lambda writer: writer.figures.crowding),
    OwnColumn(key="tier", title="tier", width=7, align="left", priority=15, words="Cap tier, by the view's basis",
              cell=lambda writer, row: writer.position_tier(row)),
    OwnColumn(key="account", title="account", width=10, align="left", priority=16, words="As in the file",
              cell=lambda writer, row: writer.account(row)),
)  # fmt: skip
"""Every column, in the order of a row's cells."""
FIRST_OWN_ORDER: Final = ("profit", True)
"""The order at the start: a column's key, and whether its largest stands first."""


def own_table_columns(own: str = "", names: str = "") -> tuple[TableColumn, ...]:
    """The columns as a table places them, with the units of the user's dollars and of the crowd's in their titles."""
    plain = (
        TableColumn(
            key=one.key,
            title=one.title.format(own=own, names=names),
            width=one.width,
            max_width=one.max_width,
            align=one.align,
            priority=one.priority,
            is_pinned=one.is_pinned,
            tooltip=one.words,
            sort_key=one.key,
        )
        for one in OWN_COLUMNS
    )
    return tuple(replace(column, min_width=10) if column.key == "company" else column for column in plain)
