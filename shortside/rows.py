"""Rows: the figures of a Board as records, for screens and for the JSON contract. Unknown is None, never zero."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import SupportsFloat

import numpy as np

from shortside.arrays.unknown_values import known_or_none
from shortside.board import Board, total_of
from shortside.crowding import FACTORS
from shortside.groups import GroupTotals
from shortside.listings import Floats, Indexes
from shortside.windows import Window
from shortside.words.group_words import sector_word


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRow:
    """One tier, roll-up group, sector or the total. Dollars; ratios are fractions; None is unknown."""

    label: str
    lower_bound: float | None
    """Least market cap of the tier, USD; None for groups that have none."""
    names: int
    """Names held short at some time in the window."""
    average_short_interest: float
    short_interest_start: float
    short_interest_end: float
    profit: float
    profit_low: float
    profit_high: float
    profit_ratio: float | None
    """P&L over average short interest."""
    profit_today: float
    new_short: float
    new_short_30d: float
    new_short_prior_30d: float
    financing: float | None
    """What the borrow cost over the window at today's fees, an estimate; None where no fee is known."""
    migration: float | None
    """P&L here that the caps at the window's start would have put into other tiers; None for sectors."""
    moved_in: float
    """Short interest that names brought along when they changed tiers (`daily` basis only)."""
    new_short_cycle: float = math.nan
    """New shorts between the last two settlements known, USD; NaN where there are no two."""
    new_short_prior_cycle: float = math.nan
    """New shorts of the settlement cycle before that one, USD; NaN where its two settlements are not known."""
    appeared: float = 0.0
    """Positions that turned up within the window without being new, USD at their first close in it."""
    share_of_short_interest: float | None
    """Of all short dollars at the end."""
    gaining_names_ratio: float | None
    gaining_dollars_ratio: float | None
    gaining: int
    losing: int
    trend: tuple[float, ...]
    """Cumulative P&L along the window, USD, oldest first; empty where none is kept."""

    @property
    def band(self) -> float:
        """Half the width of what P&L may be if shares moved one way between settlements, USD."""
        return (self.profit_high - self.profit_low) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """The identity of a group: start + new − P&L = end, with what is left over."""

    start: float
    new_short: float
    profit: float
    end: float
    appeared: float = 0.0
    """USD of the positions that turned up within the window without being new: they are left over, and explained."""
    appeared_names: tuple[str, ...] = ()
    """Their symbols, the largest first; empty where only their dollars are known."""

    @property
    def residual(self) -> float:
        """What the identity leaves over, USD; zero but for rounding, unless the inputs disagree."""
        return self.start + self.new_short - self.profit - self.end

    @property
    def unexplained(self) -> float:
        """What of the residual no name is known for, USD."""
        return self.residual + self.appeared

    @property
    def holds(self) -> bool:
        """Whether nothing is left over but rounding: below a billionth of the gross dollars."""
        return self._is_rounding(self.residual)

    @property
    def is_explained(self) -> bool:
        """Whether all that is left over is positions that turned up."""
        return self._is_rounding(self.unexplained)

    def _is_rounding(self, dollars: float) -> bool:
        gross = abs(self.start) + abs(self.new_short) + abs(self.profit) + abs(self.end)
        return abs(dollars) <= 1e-9 * max(gross, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class TierTable:
    """The whole tier panel: tiers, S3's three groups, the total."""

    rows: tuple[GroupRow, ...]
    rollup: tuple[GroupRow, ...]
    total: GroupRow
    reconciliation: Reconciliation


@dataclass(frozen=True, slots=True, kw_only=True)
class NameRow:
    """One name of the crowded table. Dollars, fractions, None is unknown."""

    symbol: str
    name: str
    tier: str
    is_tier_estimated: bool
    """Whether the tier rests on an estimate of the share count, for want of a printed one."""
    sector: str
    price: float
    price_date: date
    """The day of `price`; earlier than the market's last session when the name brought none then."""
    market_cap: float | None
    short_interest: float
    shares_short: float
    short_float_ratio: float | None
    short_outstanding_ratio: float | None
    days_to_cover: float | None
    borrow_fee: float | None
    is_easy_to_borrow: bool | None
    on_threshold_list: bool | None
    """Whether it is on a Regulation SHO threshold list; None where no list of its exchange was read."""
    new_short: float | None
    """New shorts over the window, USD; None where the position turned up within it."""
    new_short_30d: float | None
    """New shorts over the last 30 days, USD; None where the position turned up within them."""
    new_short_prior_30d: float | None
    """New shorts over the 30 days before the last 30, USD; None where unknown or not covered."""
    new_short_cycle: float | None
    why_not_new: str
    """Why new shorts are unknown, in words; empty where they are known, or nobody asks."""
    profit: float | None
    """P&L over the window, USD; None over one day whose close before is missing, so too for the band and the ratio."""
    profit_low: float | None
    profit_high: float | None
    profit_ratio: float | None
    profit_today: float | None
    crowding: float | None
    crowding_factors: dict[str, float | None]
    squeeze: float | None


def tier_table(board: Board, with_trends: bool = True) -> TierTable:
    """The tier panel's rows at the prices of the moment."""
    scheme, totals = board.scheme, board.tiers
    whole = total_of(totals)
    bounds: tuple[float | None, ...] = (*scheme.lower_bounds, None)
    everything = tuple(range(len(scheme.labels)))
    trends = _live_trends(board) if with_trends else None

    def row(label: str, groups: tuple[int, ...], bound: float | None) -> GroupRow:
        moved = float(board.moved_in[list(groups)].sum())
        by_start = float(board.tiers_by_start.values[0, list(groups)].sum())
        trend = tuple(trends[:, list(groups)].sum(axis=1).tolist()) if trends is not None else ()
        return _group_row(board, label, totals.merged(groups), bound, whole, by_start, moved, trend)

    total = row("total", everything, None)
    return TierTable(
        rows=tuple(row(label, (index,), bounds[index]) for index, label in enumerate(scheme.labels)),
        rollup=tuple(row(label, groups, None) for label, groups in scheme.groups()),
        total=total,
        reconciliation=reconciliation_of(total, appeared_symbols(board)),
    )


def appeared_symbols(board: Board) -> tuple[str, ...]:
    """The names whose positions turned up within the window without being new, the largest first."""
    columns = board.not_new
    return tuple(str(symbol) for symbol in board.market.symbols[columns[board.appeared[columns] > 0]])


def reconciliation_of(row: GroupRow, names: tuple[str, ...] = ()) -> Reconciliation:
    """The identity of one row; tier migration counts as new.

    Args:
        row: a tier, a sector or the total.
        names: whose positions turned up in it, where that is known.
    """
    return Reconciliation(
        start=row.short_interest_start,
        new_short=row.new_short + row.moved_in,
        profit=row.profit,
        end=row.short_interest_end,
        appeared=row.appeared,
        appeared_names=names,
    )


def sector_rows(board: Board) -> tuple[GroupRow, ...]:
    """A row per sector, the most shorted first; the unknown sector is called `unknown`."""
    totals: GroupTotals = board.sectors
    whole = total_of(totals)
    rows = [
        _group_row(board, sector_word(name), totals.merged((index,)), None, whole, None, 0.0, ())
        for index, name in enumerate(board.market.sector_names)
    ]
    return tuple(sorted((row for row in rows if row.names), key=lambda row: -row.short_interest_end))


def chosen_row(board: Board, label: str, columns: Indexes) -> GroupRow:
    """A row of any names, such as those of an own list, in the measures of the tiers.

    Args:
        board: whose figures.
        label: what the row is called.
        columns: the names, each once; those not held short in the window count for nothing.
    """
    return _group_row(board, label, board.summed(columns), None, total_of(board.tiers), None, 0.0, ())


def name_rows(board: Board, columns: Indexes) -> list[NameRow]:
    """Records of the chosen names, in the order given."""
    market, factors = board.market, board.crowding.factors
    ratios, caps = board.profit_ratio, board.market_cap
    easy, listed = board.is_easy_to_borrow, board.on_threshold_list
    rows = []
    for column in columns.tolist():
        price_row = min(int(market.last_priced[column]), len(market.sessions) - 1)
        rows.append(
            NameRow(
                symbol=str(market.symbols[column]),
                name=str(market.names[column]),
                tier=board.scheme.labels[int(board.tier_codes[column])],
                is_tier_estimated=bool(market.is_count_estimated[column]),
                sector=market.sector_names[int(market.sectors[column])],
                price=float(board.book.price[column]),
                price_date=market.sessions[price_row].astype(date),
                market_cap=known_or_none(caps[column]),
                short_interest=float(board.short_interest[column]),
                shares_short=float(board.shares_short[column]),
                short_float_ratio=known_or_none(board.short_float_ratio[column]),
                short_outstanding_ratio=known_or_none(board.short_outstanding_ratio[column]),
                days_to_cover=known_or_none(board.days_to_cover[column]),
                borrow_fee=known_or_none(board.borrow_fee[column]),
                is_easy_to_borrow=None if math.isnan(easy[column]) else bool(easy[column]),
                on_threshold_list=None if np.isnan(listed[column]) else bool(listed[column]),
                new_short=known_or_none(board.new_short[column]),
                new_short_30d=known_or_none(board.new_short_30d[column]),
                new_short_prior_30d=_prior(board, board.new_short_prior_30d[column]),
                new_short_cycle=known_or_none(board.new_short_cycle[column]) if board.cycle.length else None,
                why_not_new=why_not_new(board, column),
                profit=known_or_none(board.profit[column]),
                profit_low=known_or_none(board.profit_low[column]),
                profit_high=known_or_none(board.profit_high[column]),
                profit_ratio=known_or_none(ratios[column]),
                profit_today=known_or_none(board.profit_today[column]),
                crowding=known_or_none(board.crowding.score[column]),
                crowding_factors={
                    factor: known_or_none(factors[place, column]) for place, factor in enumerate(FACTORS)
                },
                squeeze=known_or_none(board.crowding.squeeze[column]),
            )
        )
    return rows


def why_not_new(board: Board, column: int) -> str:
    """Why a name's new shorts within the window or its last 30 days are unknown; empty where they are known."""
    book = board.book
    if board.window.name == "1d" and board.lacks_day[column]:
        return "its close of the session before is missing"
    if board.is_cycle_lacking:
        return "fewer than two settlements are known: there is no cycle"
    if not any(bool(book.has_appeared(window, np.array([column]))[0]) for window in _new_short_windows(board)):
        return ""
    at = int(book.appeared_at[column])
    day = board.market.sessions[at].astype(date)
    if at == int(board.market.first_priced[column]):
        return f"its first close is of {day}, and what was short by then was not sold short on that day"
    return f"its first report is of {day}, and FINRA names a position before it"


def _new_short_windows(board: Board) -> tuple[Window, ...]:
    return board.window, board.window_30d, board.window_prior, board.cycle


def _prior(board: Board, value: SupportsFloat) -> float | None:
    """A figure of the 30 days before the last; None where history does not reach back to them."""
    return known_or_none(value) if board.window_prior.length else None


def _live_trends(board: Board) -> Floats:
    """(points, R) with the last point at the prices of the moment."""
    trends = board.tier_trends.copy()
    trends[-1] = board.tiers["profit"]
    return trends


def _group_row(
    board: Board,
    label: str,
    sums: dict[str, float],
    lower_bound: float | None,
    whole: dict[str, float],
    profit_by_start: float | None,
    moved_in: float,
    trend: tuple[float, ...],
) -> GroupRow:
    average = sums["short_interest_total"] / (board.window.length + 1)
    gained, lost = sums["gaining"], sums["losing"]
    if not board.is_window_known:
        # A day's P&L that is of two: not even the sign is known, so nothing made of it is.
        sums = {**sums, **dict.fromkeys(("profit", "profit_low", "profit_high"), math.nan)}
    return GroupRow(
        label=label,
        lower_bound=lower_bound,
        names=round(sums["names"]),
        average_short_interest=average,
        short_interest_start=sums["short_interest_start"],
        short_interest_end=sums["short_interest_end"],
        profit=sums["profit"],
        profit_low=sums["profit_low"],
        profit_high=sums["profit_high"],
        profit_ratio=_divided(sums["profit"], average),
        profit_today=sums["profit_today"] if board.market.is_today_known else math.nan,
        new_short=math.nan if board.is_cycle_lacking else sums["new_short"],
        new_short_30d=sums["new_short_30d"],
        new_short_prior_30d=sums["new_short_prior_30d"] if board.window_prior.length else math.nan,
        new_short_cycle=sums["new_short_cycle"] if board.cycle.length else math.nan,
        new_short_prior_cycle=sums["new_short_prior_cycle"] if board.cycle_before.length else math.nan,
        financing=sums["financing"] if sums["financed_names"] else None,
        migration=None if profit_by_start is None else known_or_none(sums["profit"] - profit_by_start),
        moved_in=moved_in,
        appeared=sums["appeared"],
        share_of_short_interest=_divided(sums["short_interest_end"], whole["short_interest_end"]),
        gaining_names_ratio=_divided(gained, sums["names"]) if board.is_window_known else None,
        gaining_dollars_ratio=_divided(sums["gaining_dollars"], average) if board.is_window_known else None,
        gaining=round(gained),
        losing=round(lost),
        trend=trend,
    )


def _divided(numerator: float, denominator: float) -> float | None:
    return known_or_none(numerator / denominator) if denominator else None
