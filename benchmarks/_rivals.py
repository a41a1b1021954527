"""Sums each tier's cumulative short P&L from a shares and a price array in three plain ways, beside the Book.

Blocked numpy is the yardstick: names sorted by tier, a few rows at a time so that they stay in the cache, no temporary
larger than a block. The pandas ones are what one would write first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from shortside.listings import Floats, Indexes

BLOCK = 64
"""Names at a time: 64 × 500 doubles are a quarter of a megabyte, which a core's own cache holds."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Dense:
    """Everything spelled out, names × sessions in float64, names sorted by tier."""

    price: Floats
    shares: Floats
    tiers: Indexes
    """(N,) ascending."""
    count: int
    """How many tiers."""


def blocked(dense: Dense) -> Floats:
    """(tiers, T − 1) cumulative P&L, block by block."""
    total = dense.price.shape[1]
    profit = np.zeros((dense.count, total - 1))
    room = np.empty((BLOCK, total - 1))
    edges = np.searchsorted(dense.tiers, np.arange(dense.count + 1))
    for tier in range(dense.count):
        for begin in range(edges[tier], edges[tier + 1], BLOCK):
            end = min(begin + BLOCK, edges[tier + 1])
            price, daily = dense.price[begin:end], room[: end - begin]
            np.subtract(price[:, :-1], price[:, 1:], out=daily)
            np.multiply(daily, dense.shares[begin:end, :-1], out=daily)
            np.copyto(daily, 0.0, where=np.isnan(daily))
            profit[tier] += daily.sum(axis=0)
    return np.asarray(np.cumsum(profit, axis=1))


def wide_frames(dense: Dense) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Price and shares, a row per session and a column per name."""
    return pd.DataFrame(dense.price.T), pd.DataFrame(dense.shares.T)


def wide(dense: Dense, price: pd.DataFrame, shares: pd.DataFrame) -> Floats:
    """(tiers, T − 1) cumulative P&L with pandas frames as wide as the market."""
    daily = (-shares.shift(1) * price.diff()).fillna(0.0)
    return np.asarray(daily.T.groupby(dense.tiers).sum().T.cumsum().to_numpy()[1:].T)


def long_frame(dense: Dense) -> pd.DataFrame:
    """A row per name and session."""
    names, total = dense.price.shape
    return pd.DataFrame(
        {
            "name": np.repeat(np.arange(names, dtype=np.int32), total),
            "session": np.tile(np.arange(total, dtype=np.int16), names),
            "tier": np.repeat(dense.tiers, total),
            "price": dense.price.ravel(),
            "shares": dense.shares.ravel(),
        }
    )


def long(rows: pd.DataFrame) -> Floats:
    """(tiers, T − 1) cumulative P&L with pandas, by `groupby` over a row per name and session."""
    by_name = rows.groupby("name", sort=False)
    daily = -by_name["shares"].shift(1) * by_name["price"].diff()
    sums = daily.groupby([rows["tier"], rows["session"]]).sum().unstack(0).cumsum()
    return np.asarray(sums.to_numpy()[1:].T)
