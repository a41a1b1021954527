"""Why a name's P&L parts from the second opinion: session by session, the rule that decided."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from docs._second_groups import NO_SYMBOL, Group, symbol_at
from docs._second_path import SecondPath
from docs._second_tape import Tape
from shortside.board import Board
from shortside.corporate_actions.plain_ratios import ratio_words
from shortside.listings import Floats, Indexes, Listings
from shortside.net_changes import follows_previous_session

LEAST_DOLLARS: Final = 1e5
"""What a session parts by less is not asked about."""
SAME_POSITION: Final = 1e-3
"""Positions nearer than this part are the same: closes are kept in single precision."""
ROUNDING: Final = "rounding"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """What one rule makes of the difference."""

    rule: str
    dollars: float
    """USD, ours less the second opinion, over all sessions the rule decided."""
    evidence: str
    """What was seen on the session it made most of."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Case:
    """The two sides of everything that is compared."""

    board: Board
    listings: Listings
    """Those the board was made of: the same sessions, from the first."""
    columns: Indexes
    """(names of the board,) the column of each in the listings."""
    tape: Tape
    path: SecondPath

    def board_columns(self, group: Group) -> Indexes:
        """The board's columns of a group's names; those without a price in view are not among them."""
        return np.flatnonzero(np.isin(self.columns, group.names))


def reasons_of(case: Case, group: Group) -> tuple[Reason, ...]:
    """The rules that part a group, the one that moved most dollars first; together they are the whole difference."""
    ours, theirs = daily_profits(case, group)
    judge = _Judge(case, group)
    sums: dict[str, float] = {}
    largest: dict[str, tuple[float, str]] = {}
    for row in range(case.board.window.start + 1, case.board.window.end + 1):
        apart = float(ours[row] - theirs[row])
        rule, evidence = judge.rule_at(row) if abs(apart) >= LEAST_DOLLARS else (ROUNDING, "")
        sums[rule] = sums.get(rule, 0.0) + apart
        if abs(apart) > largest.get(rule, (0.0, ""))[0]:
            largest[rule] = abs(apart), evidence
    found = [Reason(rule=rule, dollars=sums[rule], evidence=largest.get(rule, (0.0, ""))[1]) for rule in sums]
    return tuple(sorted(found, key=lambda reason: (-abs(reason.dollars), reason.rule)))


def daily_profits(case: Case, group: Group) -> tuple[Floats, Floats]:
    """(T,) USD a session of a group, ours and the second path's."""
    columns = case.board_columns(group)
    held = _dollars(case.board, columns)
    close = case.board.market.close[:, columns].astype(np.float64)
    ours = np.zeros(len(close))
    ours[1:] = -(held[:-1] * (close[1:] / close[:-1] - 1.0)).sum(axis=1)
    return ours, case.path.profit[: len(close), list(group.symbols)].sum(axis=1)


def _dollars(board: Board, columns: Indexes) -> Floats:
    """(T, n) USD short at each close."""
    positions, close = board.book.positions, board.market.close
    rows = [positions.at(row, columns) * close[row, columns].astype(np.float64) for row in range(len(close))]
    return np.array(rows).reshape(len(close), len(columns))


class _Judge:
    """Says of a session which rule decided there."""

    def __init__(self, case: Case, group: Group) -> None:
        self.case, self.group = case, group
        self.market, self.path = case.board.market, case.path
        self.columns = case.board_columns(group)
        self.symbols = list(group.symbols)
        self.is_next = follows_previous_session(self.market.sessions)
        self.held = _dollars(case.board, self.columns).sum(axis=1)
        self.printed_by = [
            symbol_at(case.listings.close[:, name], case.tape.close, group.symbols) for name in group.names
        ]
        mine = set(self.market.symbols[self.columns].tolist())
        self.doubts = {doubt.session: doubt for doubt in self.market.doubts if doubt.symbol in mine}
        events = case.listings.splits
        of_group = np.flatnonzero(np.isin(events.column, group.names))
        self.splits = {events.ex_date[event]: float(events.price_factor[event]) for event in of_group.tolist()}

    def rule_at(self, row: int) -> tuple[str, str]:
        """The rule, and what was seen."""
        return next(found for found in self._found(row) if found is not None)

    def _found(self, row: int) -> Iterator[tuple[str, str] | None]:
        """What may be said of a session, from the rule that is surest."""
        day = self.market.sessions[row]
        doubt = self.doubts.get(day)
        yield None if doubt is None else (doubt.rule.word, doubt.evidence)
        yield None if day not in self.splits else ("split", f"{ratio_words(self.splits[day])} on {day}")
        yield self._symbol(row)
        yield self._session(row)
        yield self._previous_close(row)
        yield self._position(row)
        yield ROUNDING, ""

    def _symbol(self, row: int) -> tuple[str, str] | None:
        """A change of the symbol, or of the company behind one."""
        day, names = self.market.sessions[row], self.case.tape.symbols
        for at_session in self.printed_by:
            earlier = at_session[:row][at_session[:row] != NO_SYMBOL]
            if at_session[row] != NO_SYMBOL and len(earlier) and earlier[-1] != at_session[row]:
                return "ticker change", f"{names[earlier[-1]]} → {names[at_session[row]]} on {day}"
        if self.group.is_parted() and self._is_first_of_a_name(row):
            return "reused symbol", f"{self._called()} parted on {day}"
        theirs = float(self.path.short_interest[row - 1, self.symbols].sum())
        if abs(theirs - self.held[row - 1]) <= SAME_POSITION * abs(theirs):
            return None
        if self.group.is_joined():
            return "ticker change", f"reports of {self._called()} are one position"
        return ("reused symbol", f"reports of {self._called()} are two positions") if self.group.is_parted() else None

    def _is_first_of_a_name(self, row: int) -> bool:
        """Whether a name other than the group's oldest begins there."""
        begins = [int((at_session != NO_SYMBOL).argmax()) for at_session in self.printed_by]
        return row in begins and row > min(begins)

    def _called(self) -> str:
        return ", ".join(sorted(self.case.tape.symbols[self.symbols].tolist()))

    def _session(self, row: int) -> tuple[str, str] | None:
        """A session that is missing before it, or prints another day's figures."""
        day = self.market.sessions[row]
        if not self.is_next[row]:
            return "missed session", f"the session before {day} is not there"
        if self.path.is_misdated[row]:
            return "misdated session", f"the net changes of {day} contradict the closes before"
        if self.path.is_after_gap[row, self.symbols].any():
            return "missing closes", f"no close of {self._called()} just before {day}"
        return None

    def _previous_close(self, row: int) -> tuple[str, str] | None:
        """What the exchange's previous close parts from the last close by."""
        for symbol in self.symbols:
            if not self.path.is_followed[row, symbol]:
                continue
            gap, day = float(self.path.gap[row, symbol]), self.market.sessions[row]
            close, change = float(self.case.tape.close[row, symbol]), float(self.case.tape.net_change[row, symbol])
            seen = f"previous close {close - change:.4g} for {(close - change) / (1 + gap):.4g} on {day}, {gap:+.1%}"
            return ("distribution", seen) if gap < 0 else ("previous close above the last", seen)
        return None

    def _position(self, row: int) -> tuple[str, str] | None:
        """Shares that are not the ones first reported."""
        theirs = float(self.path.short_interest[row - 1, self.symbols].sum())
        if not len(self.columns):
            return "left out", f"{self._called()} is none of our names"
        if abs(theirs - self.held[row - 1]) <= SAME_POSITION * abs(theirs):
            return None
        day = self.market.sessions[row - 1]
        seen = f"{self.held[row - 1] / 1e6:,.1f} mm short on {day} for {theirs / 1e6:,.1f}"
        if (self.market.first_priced[self.columns] >= row - 1).any():
            return "first close", seen
        return ("revised report" if self._is_revised(row) else "position", seen)

    def _is_revised(self, row: int) -> bool:
        """Whether FINRA revised a report next to a session."""
        market = self.market
        knot = int(np.searchsorted(market.settled_at, row - 1, "right")) - 1
        near = [place for place in (knot, knot + 1) if 0 <= place < len(market.settlements)]
        return any(
            not np.array_equal(
                market.shares_short[place, self.columns], market.first_shares_short.row(place)[self.columns], True
            )
            for place in near
        )
