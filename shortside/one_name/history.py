"""One name's history: price and short interest on one time axis, its P&L curve, and every settlement cycle."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from shortside.arrays.unknown_values import known_or_none
from shortside.board import Board
from shortside.listings import Floats
from shortside.positions import Positions, PositionsMethod
from shortside.prices.traded import splits_of_name
from shortside.windows import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """One settlement of one name. Shares on today's split basis, dollars at the settlement's close."""

    settlement_date: date
    published: date
    shares_short: float | None
    """None where this settlement did not report the name."""
    change: float | None
    """Against the settlement before, shares."""
    price_effect: float | None
    """What the price did to the short dollars since the settlement before: minus the shorts' P&L, USD."""
    new_short: float | None
    """What shorting and covering did to them since then, USD."""
    short_interest: float | None
    """USD at the settlement's close; None outside the sessions in view."""
    days_to_cover: float | None
    """Shares short over FINRA's average daily volume of the cycle; its own printed figure is never used."""
    revised_from: float | None
    """Shares as first published, where FINRA revised them since."""
    is_known: bool
    """Whether the view's state of knowledge holds this settlement."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class NameHistory:
    """Series over the market's sessions, T of them. NaN where the name was not listed or not known."""

    column: int
    symbol: str
    sessions: np.ndarray[tuple[int], np.dtype[np.datetime64]]
    price: Floats
    """(T,) USD on today's split basis."""
    shares_short: Floats
    """(T,) by the view's method: known on settlement days, an estimate between, held after the last."""
    short_interest: Floats
    """(T,) USD."""
    settled: dict[int, float]
    """Session index → shares reported for it."""
    last_known: int | None
    """Session index of the newest settlement known; beyond it shares are held. None when there is none."""
    profit: Floats
    """(T,) P&L accumulated since the window's start, USD; NaN before it."""
    volume: Floats
    """(T,) shares traded, on today's split basis; NaN where nobody kept or printed them."""
    splits: tuple[tuple[int, float], ...]
    """Session index of each split's first day on the new basis, and what earlier prices are multiplied by."""
    distributions: tuple[int, ...]
    """Session indexes of the days the price went without a distribution that the short owes to the lender."""
    published: tuple[int, ...]
    """Session indexes by which the settlements known were published, ascending."""
    window: Window
    cycles: tuple[Cycle, ...]
    """Newest first."""


def name_history(board: Board, column: int) -> NameHistory:
    """Everything the symbol screen draws of one name, at the prices of the moment."""
    market, positions = board.market, board.book.positions
    total = len(market.sessions)
    price = market.close[:, column].astype(np.float64)
    price[-1] = board.book.price[column]
    listed = np.arange(total)
    outside = (listed < market.first_priced[column]) | (listed > market.last_priced[column])
    outside[-1] &= not market.is_live
    shares = daily_shares(positions, column, total)
    daily = shares.copy()
    settled = {
        int(knot): float(positions.shares[place, column])
        for place, knot in enumerate(positions.knots)
        if positions.is_reported[place, column] and 0 <= knot < total
    }
    first_known = min(settled, default=total)
    shares[: max(int(positions.entry[column]), 0)] = np.nan
    shares[outside] = np.nan
    window = board.window
    profit = np.full(total, np.nan)
    held = np.nan_to_num(shares)
    steps = held[window.start : window.end] * -np.diff(price[window.start : window.end + 1])
    profit[window.start : window.end + 1] = np.concatenate([[0.0], np.cumsum(steps)])
    return NameHistory(
        column=column,
        symbol=str(market.symbols[column]),
        sessions=market.sessions,
        price=np.where(outside, np.nan, price),
        shares_short=shares,
        short_interest=shares * np.where(outside, np.nan, price),
        settled=settled,
        last_known=max(settled) if first_known < total else None,
        profit=profit,
        volume=np.full(total, np.nan) if market.traded is None else np.where(outside, np.nan, market.traded.of(column)),
        splits=() if market.traded is None else tuple(splits_of_name(market.traded.splits, column, market.sessions)),
        distributions=_distributions(board, column),
        published=_published(board),
        window=window,
        cycles=tuple(reversed(_cycles(board, positions, column, price, daily))),
    )


def shown_cycles(history: NameHistory, has_ended: bool) -> tuple[Cycle, ...]:
    """The cycles worth a row, the newest first: from the first report on, to the last one of a name that ended."""
    reported = [place for place, cycle in enumerate(history.cycles) if cycle.shares_short is not None]
    if not reported:
        return ()
    return history.cycles[reported[0] if has_ended else 0 : reported[-1] + 1]


def daily_shares(positions: Positions, column: int, total: int) -> Floats:
    """(T,) what `Positions.at` gives for one name on every session, all at once; zero where it holds no position."""
    sessions = np.arange(total)
    place = np.searchsorted(positions.knots, sessions, "right") - 1
    if not len(positions.knots):
        return np.zeros(total)
    held = positions.shares[np.maximum(place, 0), column]
    if positions.method is PositionsMethod.LINEAR:
        following = np.minimum(place + 1, len(positions.knots) - 1)
        start, end = positions.knots[np.maximum(place, 0)], positions.knots[following]
        share = np.divide(sessions - start, end - start, out=np.zeros(total), where=end > start)
        held = held + share * (positions.shares[following, column] - held)
    alive = (place >= 0) & (positions.entry[column] <= sessions) & (sessions <= positions.exit[column])
    return np.where(alive, held, 0.0)


def _distributions(board: Board, column: int) -> tuple[int, ...]:
    market = board.market
    symbol = str(market.symbols[column])
    days = [doubt.session for doubt in market.doubts if doubt.is_distribution and doubt.symbol == symbol]
    return tuple(int(np.searchsorted(market.sessions, day)) for day in sorted(days) if day in market.sessions)


def _published(board: Board) -> tuple[int, ...]:
    market = board.market
    days = market.published[board.book.positions.settlement_rows]
    rows = np.searchsorted(market.sessions, days[(days >= market.sessions[0]) & (days <= market.sessions[-1])])
    return tuple(sorted(rows.tolist()))


def _cycles(board: Board, positions: Positions, column: int, price: Floats, daily: Floats) -> list[Cycle]:
    market = board.market
    known_rows = set(positions.settlement_rows.tolist())
    cycles: list[Cycle] = []
    turned_up = int(board.book.appeared_at[column])
    previous: tuple[int, float] | None = None
    for row, settlement in enumerate(market.settlements):
        settled_at = int(market.settled_at[row])
        shares = known_or_none(market.shares_short[row, column])
        first = known_or_none(market.first_shares_short.at(row, column))
        # Before the first close there was none, whatever stands there to be multiplied by.
        at_price = float(price[settled_at]) if market.first_priced[column] <= settled_at < len(price) else None
        volume = known_or_none(market.reported_volume[row, column])
        change = effect = added = None
        if shares is not None and previous is not None:
            change = shares - previous[1]
            if at_price is not None and previous[0] >= 0:
                profit, added = _between(price, daily, previous[0], settled_at)
                effect = -profit
                if previous[0] < turned_up < len(price):
                    # The position stood there before its first close: its arrival is no new short.
                    effect = added = None
        cycles.append(
            Cycle(
                settlement_date=settlement.astype(date),
                published=market.published[row].astype(date),
                shares_short=shares,
                change=change,
                price_effect=effect,
                new_short=added,
                short_interest=None if shares is None or at_price is None else shares * at_price,
                days_to_cover=None if shares is None or not volume else shares / volume,
                revised_from=first if first is not None and shares is not None and first != shares else None,
                is_known=row in known_rows,
            )
        )
        if shares is not None:
            previous = (settled_at, shares)
    return cycles


def _between(price: Floats, daily: Floats, start: int, end: int) -> tuple[float, float]:
    """P&L and new short dollars of one name between two sessions, by the view's own positions."""
    shares, prices = daily[start : end + 1], price[start : end + 1]
    return float(-(shares[:-1] * np.diff(prices)).sum()), float((np.diff(shares) * prices[1:]).sum())
