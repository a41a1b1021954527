"""Breadth by index: how its members and the shorts in them did, beside what the index itself returned.

Members are those at the window's start, which was known then; what joined or left later is counted apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from shortside.board import Board
from shortside.breadth import breadth
from shortside.funds.flows import split_factors
from shortside.index_members import ESTIMATED, INDEXES, Index, Membership, estimated_members, membership_on
from shortside.listings import Flags, Floats


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class IndexFacts:
    """What a source has of indexes and of the funds that follow them."""

    memberships: Sequence[Membership]
    closes: pd.DataFrame
    """As `FUND_CLOSES` has them; no rows where the source has none."""
    splits: pd.DataFrame
    """`symbol`, `ex_date`, `simple_ratio`, of funds among others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexBreadth:
    """One index over the Board's window. Money is US dollars, returns are fractions; NaN is unknown."""

    index: Index
    membership: str
    """How its members are known: `dated intervals`, `list of 2022-08-12`, `estimated by rank`."""
    members_on: date
    """The day whose members these are: the window's start."""
    members: int
    """On the list, or of the ranks."""
    members_found: int
    """Of them among the names here."""
    joined: int | None
    """Members at the window's end that were none at its start; None where the end's are not known by one list."""
    left: int | None
    """The other way round."""
    held_short: int
    """Members held short at some time in the window."""
    priced: int
    """Members whose return over the window is known."""
    fell: int
    """Of them those whose price fell."""
    fell_dollars: float
    """Average short interest of those."""
    priced_dollars: float
    """Average short interest of all whose return is known."""
    gaining: int
    losing: int
    flat: int
    gaining_dollars: float
    losing_dollars: float
    flat_dollars: float
    profit: float
    """P&L of the shorts in its members, as far as it is known."""
    equal_weight_return: float
    cap_weight_return: float
    """By market cap at the window's start, of members that have one."""
    fund_return: float
    """Of the fund that follows it: price only, on one split basis."""


def index_breadth(board: Board, facts: IndexFacts) -> tuple[IndexBreadth, ...]:
    """Every index of the list over the Board's window, at the prices of the moment."""
    return tuple(_of(index, board, facts) for index in INDEXES)


def price_returns(board: Board) -> Floats:
    """(N,) by what fraction each price changed over the window; NaN for names without a price at its start.

    A name that no longer trades at the window's end returned what its last price says.
    """
    market, window = board.market, board.window
    is_last = window.end == len(market.sessions) - 1
    last = board.book.price if is_last else market.close[window.end]
    first = market.close[window.start].astype(np.float64)
    known = (market.first_priced <= window.start) & (first > 0) & np.isfinite(last)
    blank = np.full(len(first), np.nan)
    return np.asarray(np.divide(last, first, out=blank, where=known) - 1)


def fund_return(facts: IndexFacts, symbol: str, start: date, end: date) -> float:
    """By what fraction a fund's price changed between two closes, splits apart; NaN unless both are known."""
    rows = facts.closes[facts.closes["symbol"] == symbol].sort_values("date")
    rows = rows[rows["date"] <= pd.Timestamp(end)]
    dates = rows["date"].to_numpy().astype("datetime64[D]")
    events = facts.splits[facts.splits["symbol"] == symbol]
    ex_dates = events["ex_date"].to_numpy().astype("datetime64[D]")
    price = rows["close"].to_numpy(np.float64) * split_factors(
        dates, ex_dates, events["simple_ratio"].to_numpy(np.float64)
    )
    first, last = (price[dates == np.datetime64(day, "D")] for day in (start, end))
    return float(last[0] / first[0] - 1) if len(first) and len(last) and first[0] > 0 else float("nan")


def _of(index: Index, board: Board, facts: IndexFacts) -> IndexBreadth:
    market, window = board.market, board.window
    believed = membership_on(facts.memberships, index.key, window.start_date)
    joined: int | None = None
    left: int | None = None
    if believed is None:
        is_member = estimated_members(index, market, window.start, board.included)
        members = int(is_member.sum())
    else:
        listed = believed.members_on(window.start_date)
        is_member, members = np.isin(market.symbols, sorted(listed)), len(listed)
        # A list of one day cannot say who came and went.
        if believed.known_from < believed.known_to and believed.known_to >= window.end_date:
            at_end = believed.members_on(window.end_date)
            joined, left = len(at_end - listed), len(listed - at_end)
    return IndexBreadth(
        index=index,
        membership=ESTIMATED if believed is None else believed.words,
        members_on=window.start_date,
        members=members,
        members_found=int(is_member.sum()),
        joined=joined,
        left=left,
        fund_return=fund_return(facts, index.fund, window.start_date, window.end_date),
        **_shorts(board, is_member),
        **_returns(board, is_member),
    )


def _shorts(board: Board, is_member: Flags) -> dict[str, Any]:
    """How the shorts in some names did."""
    everyone = np.zeros(len(is_member), np.int64)
    found = breadth(board.profit, board.average_short_interest, everyone, 1, board.included & is_member)
    held = board.was_held & is_member
    profit = board.profit[held & np.isfinite(board.profit)]
    return {
        "held_short": int(held.sum()),
        "gaining": int(found.gaining[0]),
        "losing": int(found.losing[0]),
        "flat": int(found.flat[0]),
        "gaining_dollars": float(found.gaining_dollars[0]),
        "losing_dollars": float(found.losing_dollars[0]),
        "flat_dollars": float(found.flat_dollars[0]),
        "profit": float(profit.sum()) if len(profit) else float("nan"),
    }


def _returns(board: Board, is_member: Flags) -> dict[str, Any]:
    """How the prices of some names did."""
    change = price_returns(board)
    known = is_member & np.isfinite(change)
    fell = known & (change < 0)
    short = np.where(board.was_held, board.average_short_interest, 0.0)
    cap = board.market.market_caps.at(board.window.start).astype(np.float64)
    sized = known & np.isfinite(cap) & (cap > 0)
    weight = cap[sized]
    return {
        "priced": int(known.sum()),
        "fell": int(fell.sum()),
        "fell_dollars": float(short[fell].sum()),
        "priced_dollars": float(short[known].sum()),
        "equal_weight_return": float(change[known].mean()) if known.any() else float("nan"),
        "cap_weight_return": float((change[sized] @ weight) / weight.sum()) if sized.any() else float("nan"),
    }
