"""The evenings of publication of a market's history: who was measured, with which factors and scores, and what came."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

import numpy as np

from shortside.board import Board, Desk
from shortside.evidence.squeeze_factors import VOLATILITY, SqueezeInputs, squeeze_inputs
from shortside.evidence.squeeze_outcomes import SqueezeOutcomes, last_row_known_by, session_of, squeeze_outcomes
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
    """When the outcome was public: the second publication after it."""
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


def evenings_of(listings: Listings, market: Market) -> Iterator[Evening]:
    """Every publication whose outcome a market knows, the oldest first; each takes a tenth of a second.

    Args:
        listings: as published, cut anew at each publication, so that nothing later is known of a factor.
        market: of the same listings on the last day, which tells what followed.
    """
    place = {symbol: column for column, symbol in enumerate(market.symbols.tolist())}
    for row in range(len(market.published)):
        start = session_of(market, market.published[row])
        if last_row_known_by(market, row) and start + 1 >= FEWEST_SESSIONS:
            yield _evening(listings, market, row, place)


def board_of_evening(listings: Listings, day: date) -> Board:
    """The Board of a day as it was known on its evening.

    Raises:
        NoSessionError: there are no closes up to it.
    """
    return Desk(market_of(as_known(listings, day), as_of=day, since=day - LEAD)).board(View(window="30d"))


def as_known(listings: Listings, day: date) -> Listings:
    """Listings without what was told after a day: later settlements, later splits, and later words on earlier splits.

    `market_of` cuts prices by itself, but judges share counts by every settlement it is given. When a source corrected
    the share count of a split is known from that day on; until then nobody knew that it would be.
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


def _evening(listings: Listings, market: Market, row: int, place: dict[str, int]) -> Evening:
    day: date = market.published[row].astype(date)
    board = board_of_evening(listings, day)
    inputs = squeeze_inputs(board)
    own = np.flatnonzero(inputs.is_measured)
    later = np.array([place.get(symbol, -1) for symbol in board.market.symbols[own].tolist()], np.int64)
    # Of a name that the later market has not, nothing can be told.
    own, later = own[later >= 0], later[later >= 0]
    volatility = np.full(len(market.symbols), np.nan)
    volatility[later] = inputs.values[VOLATILITY, own]
    whole = squeeze_outcomes(market, row, volatility)
    return Evening(
        day=day,
        settlement=market.settlements[row].astype(date),
        known_on=market.published[row + 2],
        symbols=board.market.symbols[own],
        inputs=of_names(inputs, own),
        crowding=board.crowding.score[own],
        squeeze_score=board.crowding.squeeze[own],
        outcomes=SqueezeOutcomes(
            squeezed=whole.squeezed[later], own_squeeze=whole.own_squeeze[later], return_20=whole.return_20[later]
        ),
    )


def of_names(inputs: SqueezeInputs, columns: Indexes) -> SqueezeInputs:
    """The factors of some names, beside the market's volatility as it is over all."""
    measured: Flags = inputs.is_measured[columns]
    return SqueezeInputs(
        values=inputs.values[:, columns], is_measured=measured, market_volatility=inputs.market_volatility
    )
