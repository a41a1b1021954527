"""The user's own positions, a row each, and where they stand in a market: name, split basis, first day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from shortside.listings import Flags, Floats, Indexes, Splits
from shortside.market import Market

NOT_PRICED: Final = -1
"""The column of a position whose name has no price in the market."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPosition:
    """One row of what the user has sold short or bought."""

    symbol: str
    """As the user wrote it."""
    shares: float
    """On the split basis of the day of entry; negative is short, positive long."""
    price: float
    """What a share was sold or bought at, USD, on the split basis of the day of entry."""
    entry_date: date
    account: str = ""
    line: int = 0
    """The line of the file, from 1; 0 for none."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class PlacedPositions:
    """Positions with what a market makes of each. n rows, in the order of the file."""

    positions: tuple[OwnPosition, ...]
    columns: Indexes
    """(n,) which of the market's names; `NOT_PRICED` where none is."""
    shares: Floats
    """(n,) signed shares on the split basis of the market's last session; NaN without a price."""
    entry_price: Floats
    """(n,) USD a share on that basis; NaN without a price."""
    start: Indexes
    """(n,) the last session before the day of entry, where the crowd's days begin; −1 where there is none."""
    is_entered_last: Flags
    """(n,) whether it was entered in the last session, so that today's P&L begins at its own price."""
    is_after_last: Flags
    """(n,) whether it was entered after the last session: there is no price since."""
    is_after_last_price: Flags
    """(n,) whether it was entered after the name's last close; a quote may have come since."""
    is_before_first_price: Flags
    """(n,) whether it was entered before the name's first close here, which may be another company's."""
    has_ended: Flags
    """(n,) whether the name stopped trading for good: the position ended at its last price."""

    @property
    def is_priced(self) -> Flags:
        """(n,) whether the market has prices of the name."""
        return np.asarray(self.columns != NOT_PRICED)

    @property
    def is_short(self) -> Flags:
        """(n,) whether the position is short."""
        return np.array([position.shares < 0 for position in self.positions], np.bool_)

    @property
    def cost(self) -> Floats:
        """(n,) USD: shares without their sign × the price of entry. No split changes it."""
        return np.array([abs(position.shares) * position.price for position in self.positions], np.float64)


def placed_on(market: Market, positions: Sequence[OwnPosition], columns: Indexes) -> PlacedPositions:
    """The positions on the split basis of a market's last session.

    A split with its ex-date after the day of entry and by the last session divides shares and multiplies the price by
    its `price_factor`; whoever sold on the ex-date itself sold at a price of the new basis.

    Args:
        market: restated on its last session.
        positions: entered on or after the market's first session.
        columns: (n,) which of the market's names each is of, or `NOT_PRICED`.
    """
    sessions = market.sessions
    entered = np.array([position.entry_date for position in positions], "datetime64[D]")
    is_priced = columns != NOT_PRICED
    factor = np.where(is_priced, _split_factors(market, columns, entered), np.nan)
    entered_at = np.searchsorted(sessions, entered)
    # Without a single name there is nothing to look up, not even for the others' sake.
    at = columns[is_priced]
    first_priced, last_priced, has_ended = (np.zeros(len(positions), np.int64) for _ in range(3))
    first_priced[is_priced], last_priced[is_priced] = market.first_priced[at], market.last_priced[at]
    has_ended[is_priced] = market.has_ended[at]
    return PlacedPositions(
        positions=tuple(positions),
        columns=np.asarray(columns, np.int64),
        shares=np.array([position.shares for position in positions], np.float64) / factor,
        entry_price=np.array([position.price for position in positions], np.float64) * factor,
        start=np.asarray(entered_at - 1, np.int64),
        is_entered_last=entered == sessions[-1],
        is_after_last=entered > sessions[-1],
        is_after_last_price=is_priced & (entered > sessions[last_priced]),
        is_before_first_price=is_priced & (entered_at < first_priced),
        has_ended=has_ended.astype(np.bool_),
    )


def _split_factors(
    market: Market, columns: Indexes, entered: np.ndarray[tuple[int], np.dtype[np.datetime64]]
) -> Floats:
    """(n,) the product of the price factors of the splits between each day of entry and the last session."""
    splits = Splits.none() if market.traded is None else market.traded.splits
    factor = np.ones(len(columns))
    in_view = splits.ex_date <= market.sessions[-1]
    for column, ex_date, price_factor in zip(
        splits.column[in_view], splits.ex_date[in_view], splits.price_factor[in_view], strict=True
    ):
        factor[(columns == column) & (entered < ex_date)] *= price_factor
    return factor
