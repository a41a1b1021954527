"""What is said of each fund: how large it is, what flowed into and out of it, and how much of it is sold short.

A fund prints its count the next morning, so on the evening of a session the newest row is of the session before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final

import numpy as np
import pandas as pd

from shortside.board import Board
from shortside.datasets import Dataset
from shortside.funds.flows import FundFlows, fund_flows, split_factors, unlisted_split_factors
from shortside.funds.segments import segment_of
from shortside.funds.weeks import WEEK_SESSIONS, FundWeeks, WeekStanding, fund_weeks, week_standing
from shortside.positions import Knowledge
from shortside.schema import Column, ColumnKind, FrameSchema
from shortside.sessions import (
    NEW_YORK,
    CalendarRangeError,
    previous_session,
    session_on_or_before,
    sessions_between,
)
from shortside.settlement import cycle_of

POSTED_AT: Final = time(9)
"""New York time of the next morning by which a fund has printed a day's count."""
FUND_CLOSES: Final = FrameSchema(
    Dataset.PRICES,
    (
        Column(name="date", kind=ColumnKind.DATE),
        Column(name="symbol", kind=ColumnKind.TEXT),
        Column(name="close", kind=ColumnKind.MONEY, unit="USD a share", is_nullable=True, minimum=0),
    ),
    key=("symbol", "date"),
)
"""What a fund's shares traded at, at the end of a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FundSource:
    """A further provider of share counts."""

    name: str
    fetched_at: datetime
    """When the newest of it was fetched."""
    funds: frozenset[str]
    """The funds it gave."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class FundData:
    """What a source has of funds."""

    days: pd.DataFrame
    """As `FUND_DAYS` has them."""
    closes: pd.DataFrame
    """As `FUND_CLOSES` has them; no rows where the source has none."""
    splits: pd.DataFrame
    """`symbol`, `ex_date`, `simple_ratio`, of funds among others."""
    fetched_at: datetime
    """When the newest of it was fetched or written."""
    source: str
    """Which provider gave it, but for what `others` gave."""
    others: tuple[FundSource, ...] = ()
    """Further providers, each of funds of its own."""
    segments: Mapping[str, str] = field(default_factory=dict)
    """The segments of funds that the list of segments cannot know, such as invented ones."""

    def source_of(self, symbol: str) -> str:
        """Which provider gave a fund's counts."""
        return next((one.name for one in self.others if symbol in one.funds), self.source)


@dataclass(frozen=True, slots=True, kw_only=True)
class FundRow:
    """One fund. Money is US dollars; NaN is unknown."""

    symbol: str
    segment: str
    """Which part of the market it is bought for."""
    as_of: date
    """The newest day whose count is known: what every flow ends with."""
    nav: float
    """Net asset value a share."""
    close: float
    """What a share traded at on that day."""
    shares_outstanding: float
    net_assets: float
    flow: float
    """What came in less what went out over the window, up to `as_of`."""
    flow_ratio: float
    """`flow` over the net assets at the window's start."""
    flow_1d: float
    flow_5d: float
    """Over the last five sessions up to `as_of`."""
    flow_30d: float
    flow_prior_30d: float
    missing_sessions: int
    """Sessions of the window up to `as_of` whose count nobody kept; their flow is in the next day's."""
    shares_short: float
    """Of the fund itself, at `settlement_date`."""
    settlement_date: date | None
    weeks: FundWeeks
    """Its flows by week up to `as_of`; the first is `flow_5d`."""
    week: WeekStanding
    """How the latest of them stands among those before it."""
    source: str
    """Who printed its count."""

    @property
    def premium_ratio(self) -> float:
        """By how much the close lies above net asset value, a fraction."""
        return _over(self.close, self.nav) - 1

    @property
    def short_outstanding_ratio(self) -> float:
        """Shares short over the fund's shares; above 1 where new shares are made to be lent."""
        return _over(self.shares_short, self.shares_outstanding)


def last_posted(moment: datetime) -> date:
    """The newest day whose count is out at a moment, if it was a session."""
    return (moment.astimezone(NEW_YORK) - timedelta(hours=POSTED_AT.hour)).date() - timedelta(days=1)


def fund_rows(data: FundData, board: Board, moment: datetime) -> tuple[FundRow, ...]:
    """A row per fund that has a count by then, the largest first.

    Args:
        data: what the source has.
        board: the windows, and whether one looks with hindsight.
        moment: the present; as known on a day in the past, that day's evening stands in its place.
    """
    last = board.market.last_session
    if board.view.knowledge is Knowledge.AS_KNOWN:
        moment = min(moment, datetime.combine(board.market.known_on.astype(date), time.max, NEW_YORK))
    until = min(last, last_posted(moment))
    known = data.days[data.days["date"] <= pd.Timestamp(until)]
    rows = [_row(data, known, str(symbol), board) for symbol in known["symbol"].unique()]
    return tuple(sorted(rows, key=lambda row: (-np.nan_to_num(row.net_assets), row.symbol)))


def _row(data: FundData, known: pd.DataFrame, symbol: str, board: Board) -> FundRow:
    own = known[known["symbol"] == symbol].sort_values("date")
    dates = own["date"].to_numpy().astype("datetime64[D]")
    events = data.splits[data.splits["symbol"] == symbol]
    ex_dates = events["ex_date"].to_numpy().astype("datetime64[D]")
    factors = split_factors(dates, ex_dates, events["simple_ratio"].to_numpy(np.float64))
    factors = factors * unlisted_split_factors(
        own["shares_outstanding"].to_numpy(np.float64) / factors, own["nav"].to_numpy(np.float64) * factors
    )
    flows = fund_flows(own, symbol, factors)
    newest, as_of = own.iloc[-1], dates[-1].astype(date)
    assets = own["nav"].to_numpy(np.float64) * own["shares_outstanding"].to_numpy(np.float64)
    window, now_30d, prior_30d = board.window, board.window_30d, board.window_prior
    flow = flows.between(window.start_date, window.end_date)
    before = assets[dates == np.datetime64(window.start_date, "D")]
    shares_short, settlement_date = _short(board, symbol)
    weeks = fund_weeks(flows, as_of)
    return FundRow(
        symbol=symbol,
        segment=segment_of(symbol, data.segments),
        as_of=as_of,
        nav=float(newest["nav"]),
        close=_close(data.closes, symbol, as_of),
        shares_outstanding=float(newest["shares_outstanding"]),
        net_assets=float(assets[-1]),
        flow=flow,
        flow_ratio=_over(flow, float(before[0]) if len(before) else float("nan")),
        flow_1d=_last_sessions(flows, as_of, 1),
        flow_5d=_last_sessions(flows, as_of, WEEK_SESSIONS),
        flow_30d=flows.between(now_30d.start_date, now_30d.end_date),
        flow_prior_30d=flows.between(prior_30d.start_date, prior_30d.end_date),
        missing_sessions=_missing(dates.tolist(), window.start_date, as_of),
        shares_short=shares_short,
        settlement_date=settlement_date,
        weeks=weeks,
        week=week_standing(weeks, as_of),
        source=data.source_of(symbol),
    )


def _last_sessions(flows: FundFlows, as_of: date, count: int) -> float:
    try:
        start = previous_session(session_on_or_before(as_of), count)
    except CalendarRangeError:
        return float("nan")
    return flows.between(start, as_of)


def _missing(days: Sequence[date], start: date, as_of: date) -> int:
    try:
        expected = sessions_between(start, as_of)
    except CalendarRangeError:
        expected = []
    return len(set(expected) - set(days)) if start <= as_of else 0


def _close(closes: pd.DataFrame, symbol: str, day: date) -> float:
    found = closes[(closes["symbol"] == symbol) & (closes["date"] == pd.Timestamp(day))]["close"]
    return float(found.iloc[0]) if len(found) else float("nan")


def _short(board: Board, symbol: str) -> tuple[float, date | None]:
    """The fund's own short interest, if it was public by the day in view or one looks with hindsight."""
    unpriced = board.market.unpriced
    places = np.flatnonzero(unpriced.symbols == symbol)
    if not len(places):
        return float("nan"), None
    settled = unpriced.settlement_date[places[0]].astype(date)
    is_known = board.view.knowledge is Knowledge.REVISED or (
        np.datetime64(cycle_of(settled).publication_date, "D") <= board.market.known_on
    )
    return (float(unpriced.shares_short[places[0]]), settled) if is_known else (float("nan"), None)


def _over(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator > 0 else float("nan")
