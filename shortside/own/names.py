"""The user's positions with all rows of a name as one: what is held of it net, and what that made, costs and takes.

Dollars, exit days and shares add up. What the crowd made is that of the days since the first of the rows was entered.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, Final

import numpy as np

from shortside.board import Board
from shortside.breadth import quotient
from shortside.listings import Flags, Floats, Indexes
from shortside.own.figures import OwnBook, OwnFigures
from shortside.own.positions import NOT_PRICED, OwnPosition, PlacedPositions

ADDED: Final = ("value", "profit", "distributed", "value_before", "profit_today")
"""Figures of rows that add up, and are unknown where one of them is."""


class OwnNames:
    """A book whose positions are names, m of them, in the order in which the file first has each; prices may tick.

    Args:
        book: the rows.
    """

    def __init__(self, book: OwnBook) -> None:
        self.rows: OwnBook = book
        """The positions a row each."""
        self.group: Indexes = _groups(book.placed)
        """(n,) which name each row is of, from 0."""
        _, self._first = np.unique(self.group, return_index=True)
        by_start = np.lexsort((np.arange(len(self.group)), book.placed.start, self.group))
        begins = np.searchsorted(self.group[by_start], np.arange(len(self._first)))
        self._earliest: Indexes = by_start[begins]
        self.placed: PlacedPositions = self._placed()
        """The names as positions: shares net, the mean price of entry, the first day, and the first line."""

    @property
    def board(self) -> Board:
        """The view of the market."""
        return self.rows.board

    @property
    def has_price_since(self) -> Flags:
        """(m,) whether there is a price since the day of entry of every row."""
        return np.asarray(self._sum((~self.rows.has_price_since).astype(np.float64)) == 0)

    @property
    def is_quoted(self) -> Flags:
        """(m,) whether the last session brought a close or a quote."""
        return np.asarray(self.rows.is_quoted[self._first])

    def rows_of(self, columns: Indexes) -> list[int]:
        """The names among some of the market's."""
        held = np.isin(self.placed.columns, columns) & (self.placed.columns != NOT_PRICED)
        return np.flatnonzero(held).tolist()

    def _sum(self, values: Floats) -> Floats:
        """(m,) the sum over the rows of each name; NaN where one of them is unknown."""
        return np.asarray(np.bincount(self.group, values, len(self._first)), np.float64)

    def _placed(self) -> PlacedPositions:
        rows = self.rows.placed
        cost, held = self._sum(rows.cost), self._sum(np.abs(rows.shares))
        net, first = self._sum(rows.shares), self._first
        paid, accounts = quotient(cost, held), self._accounts()
        positions = tuple(
            OwnPosition(
                symbol=rows.positions[row].symbol,
                shares=float(net[name]),
                price=float(paid[name]),
                entry_date=rows.positions[int(self._earliest[name])].entry_date,
                account=accounts[name],
                line=rows.positions[row].line,
            )
            for name, row in enumerate(first.tolist())
        )
        return replace(
            rows,
            positions=positions,
            columns=rows.columns[first],
            shares=net,
            entry_price=paid,
            start=rows.start[self._earliest],
            is_entered_last=rows.is_entered_last[self._earliest],
            is_after_last=rows.is_after_last[self._earliest],
            is_after_last_price=rows.is_after_last_price[self._earliest],
            is_before_first_price=rows.is_before_first_price[self._earliest],
            has_ended=rows.has_ended[first],
        )

    def _accounts(self) -> list[str]:
        """The account of all rows of each name, or in how many they are."""
        found: list[dict[str, None]] = [{} for _ in self._first]
        for name, position in zip(self.group.tolist(), self.rows.placed.positions, strict=True):
            found[name][position.account] = None
        return [next(iter(one)) if len(one) == 1 else f"{len(one)} accounts" for one in found]

    def figures(self) -> OwnFigures:
        """Every figure at the prices of the moment."""
        rows, placed = self.rows.figures(), self.rows.placed
        added: dict[str, Any] = {name: self._sum(getattr(rows, name)) for name in ADDED}
        is_short = placed.is_short & placed.is_priced & ~placed.has_ended
        # Of a name that is also held long the fees are those of its short rows.
        carry = self._sum(np.where(is_short, rows.carry, 0.0))
        net, one = np.abs(self.placed.shares), np.abs(placed.shares[self._first])
        is_net_short = self.placed.shares < 0
        # What belongs to the name, and what the crowd made, stands in the row that was entered first.
        whole = OwnFigures(**{one.name: getattr(rows, one.name)[self._earliest] for one in fields(OwnFigures)})
        return replace(
            whole,
            **added,
            profit_ratio=quotient(added["profit"], self._sum(placed.cost)),
            profit_today_ratio=quotient(added["profit_today"], added["value_before"]),
            carry=np.where(self._sum(is_short.astype(np.float64)) > 0, carry, np.nan),
            carry_ratio=-np.where(is_net_short, self._fee(), np.nan),
            # A row's days and its part are those of its shares alone; a name's are of what is held net.
            exit_days=rows.exit_days[self._first] * quotient(net, one),
            short_interest_share=np.where(is_net_short, quotient(net, self._shorted()), np.nan),
        )

    def _fee(self) -> Floats:
        return self._of_board(self.board.borrow_fee)

    def _shorted(self) -> Floats:
        return self._of_board(self.board.shares_short)

    def _of_board(self, vector: Floats) -> Floats:
        columns = self.placed.columns
        found = np.full(len(columns), np.nan)
        is_open = (columns != NOT_PRICED) & ~self.placed.has_ended
        found[is_open] = vector[columns[is_open]]
        return found


ShownBook = OwnBook | OwnNames
"""Positions as they are shown: a row of the file each, or a name each."""


def _groups(placed: PlacedPositions) -> Indexes:
    """(n,) the number of each row's name, in the order of first appearance; without a price by the symbol written."""
    numbers: dict[int | str, int] = {}
    keys = (
        column if column != NOT_PRICED else position.symbol.upper()
        for column, position in zip(placed.columns.tolist(), placed.positions, strict=True)
    )
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], np.int64)
