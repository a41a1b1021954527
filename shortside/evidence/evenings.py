"""The evenings of publication of a market's history: who was measured, with which factors and scores, and what came."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

import numpy as np

from shortside.board import Board, Desk
from shortside.evidence.later_names import later_names
from shortside.evidence.squeeze_factors import VOLATILITY, SqueezeInputs, squeeze_inputs
from shortside.evidence.squeeze_outcomes import (
    OUTCOME_SESSIONS,
    SqueezeOutcomes,
    last_row_known_by,
    session_of,
    squeeze_outcomes,
)
from shortside.listings import Flags, Floats, Indexes, Listings, Texts
from shortside.live import public_on
from shortside.market import Market, market_of
from shortside.view import View

LEAD: Final = timedelta(days=140)
"""So far back a day's market reaches: 60 sessions of returns, and the settlements behind 30 days of P&L."""
FEWEST_SESSIONS: Final = 61
"""Sessions a day must have behind it: with fewer, volatility is not that of 60."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Evening:
    """One publication as it was known on its evening, over the names of the record only. n names, F factors."""

    day: date
    settlement: date
    known_on: np.datetime64
    """When the outcome was public: the second publication after it, or the last of its sessions."""
    symbols: Texts
    """(n,) symbols."""
    inputs: SqueezeInputs
    """Their factors; all of them are measured."""
    crowding: Floats
    """(n,) the crowding score, version 1."""
    squeeze_score: Floats
    """(n,) the squeeze score, version 1: 0 to 100, no probability."""
    outcomes: SqueezeOutcomes
    """What followed, over the same names."""


def evenings_of(listings_on: Callable[[date], Listings], whole: Listings, market: Market) -> Iterator[Evening]:
    """Every publication whose outcome a market knows, the oldest first.

    Args:
        listings_on: gives the listings as they were known on a day, from `LEAD` before it on at least; of what was told
            later nothing may be in them.
        whole: as they are known on the last day.
        market: made of them, which tells what followed.
    """
    for row in range(len(market.published)):
        start = session_of(market, market.published[row])
        if last_row_known_by(market, row) and start + 1 >= FEWEST_SESSIONS:
            yield _evening(listings_on, whole, market, row)


def board_of_evening(listings: Listings, day: date) -> Board:
    """The Board of a day, of listings as they were known on its evening.

    Raises:
        NoSessionError: there are no closes up to it.
    """
    return Desk(market_of(listings, as_of=day, since=day - LEAD)).board(View(window="30d"))


def as_known(listings: Listings, day: date) -> Listings:
    """Listings without what was told after a day: later settlements, later splits, and later words on earlier splits.

    For a source that cannot be read as it was known, for it has no history of its own: names stay those of the end.
    A folder can, by `providers.files.source.KeptFolder`. Prices are cut by `market_of`, but share counts are judged by
    every settlement there is. When a source corrected the share count of a split is known from that day on; until then
    nobody knew that it would be.
    """
    splits, today = listings.splits, np.datetime64(day, "D")
    kept = splits.ex_date <= today
    is_told = (splits.shares_corrected_on <= today)[kept]
    known = replace(
        splits,
        column=splits.column[kept],
        ex_date=splits.ex_date[kept],
        price_factor=splits.price_factor[kept],
        shares_before=splits.shares_before[kept],
        shares_after=np.where(is_told, splits.shares_after[kept], np.nan),
        shares_corrected_on=np.where(is_told, splits.shares_corrected_on[kept], np.datetime64("NaT", "D")),
    )
    return replace(public_on(listings, day), splits=known)


def _evening(listings_on: Callable[[date], Listings], whole: Listings, market: Market, row: int) -> Evening:
    day: date = market.published[row].astype(date)
    known = listings_on(day)
    board = board_of_evening(known, day)
    place = {symbol: column for column, symbol in enumerate(market.symbols.tolist())}
    renamed = later_names(known, whole, day, market.settlements[row].astype(date))
    inputs = squeeze_inputs(board)
    own = np.flatnonzero(inputs.is_measured)
    later = np.array([place.get(renamed.get(one, one), -1) for one in board.market.symbols[own].tolist()], np.int64)
    # Of a name that the later market has not, nothing can be told.
    own, later = own[later >= 0], later[later >= 0]
    volatility = np.full(len(market.symbols), np.nan)
    volatility[later] = inputs.values[VOLATILITY, own]
    came = squeeze_outcomes(market, row, volatility)
    return Evening(
        day=day,
        settlement=market.settlements[row].astype(date),
        known_on=max(
            market.published[row + 2], market.sessions[session_of(market, market.published[row]) + OUTCOME_SESSIONS]
        ),
        symbols=board.market.symbols[own],
        inputs=of_names(inputs, own),
        crowding=board.crowding.score[own],
        squeeze_score=board.crowding.squeeze[own],
        outcomes=SqueezeOutcomes(
            squeezed=came.squeezed[later], own_squeeze=came.own_squeeze[later], return_20=came.return_20[later]
        ),
    )


def _last_session_of_outcome(market: Market, row: int) -> np.datetime64:
    day: np.datetime64 = market.sessions[session_of(market, market.published[row]) + OUTCOME_SESSIONS]
    return day


def of_names(inputs: SqueezeInputs, columns: Indexes) -> SqueezeInputs:
    """The factors of some names, beside the market's volatility as it is over all."""
    measured: Flags = inputs.is_measured[columns]
    return SqueezeInputs(
        values=inputs.values[:, columns], is_measured=measured, market_volatility=inputs.market_volatility
    )
