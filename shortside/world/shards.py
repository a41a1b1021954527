"""Some names of a market as the sums of a history need them: a few arrays, small enough to be sent elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from shortside.listings import Flags, Floats, Indexes
from shortside.market import Market
from shortside.positions import Positions, PositionsMethod
from shortside.tiers import TierBasis, TierScheme
from shortside.universe import SecurityKind, members
from shortside.world.periods import Period

NAMES_IN_SHARD: Final = 4_096
"""A week of so many closes as doubles fits a core's own cache."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Plan:
    """What is to be summed: the same for every shard. P periods, M settlements known."""

    spans: Indexes
    """(P, 2) the session at whose close each period starts, and its last one; each starts where one before ended."""
    knots: Indexes
    """(M,) session of each settlement, ascending; before and beyond the sessions, too."""
    method: PositionsMethod
    groups: int
    """How many groups there are."""

    @staticmethod
    def of(periods: Sequence[Period], positions: Positions, groups: int) -> Plan:
        """The plan for periods of a market."""
        spans = np.array([(period.start, period.end) for period in periods], np.int64).reshape(-1, 2)
        return Plan(spans=spans, knots=positions.knots, method=positions.method, groups=groups)


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Shard:
    """Some names, n of them, over T sessions, M settlements and P periods, as the plan counts them."""

    close: Floats
    """(T, n) USD on one split basis; gaps carry the last price."""
    knot_shares: Floats
    """(M, n) shares short at each settlement, complete."""
    is_reported: Flags
    """(M, n) whether the settlement reported the name."""
    entry: Indexes
    """(n,) first session that counts a position."""
    exit: Indexes
    """(n,) last session that counts it."""
    appeared_at: Indexes
    """(n,) session at which a position turns up that is not new; T or more for none."""
    first_priced: Indexes
    """(n,) session of the first price."""
    last_priced: Indexes
    """(n,) session of the last one; a name that merely lacks its newest price counts as priced to the end."""
    included: Flags
    """(n,) whether its kind counts."""
    groups: Indexes
    """(P, n) which group it belongs to in each period; one row where it is the same in all."""


class MarketShards:
    """The names of a market in memory, dealt out; each shard is views of the market's arrays where that can be.

    Args:
        market: whose.
        positions: shares short at its settlements.
        kinds: which securities count.
        sectors: the names of groups, where names are grouped by sector; None for tiers.
        scheme: the tiers.
        basis: by the cap of which day a name gets its tier: the end or the start of each period.
    """

    def __init__(
        self,
        market: Market,
        positions: Positions,
        kinds: frozenset[SecurityKind],
        sectors: Sequence[str] | None,
        scheme: TierScheme,
        basis: TierBasis,
    ) -> None:
        self._market, self._positions = market, positions
        self._included = members(market.kinds, kinds)
        self._scheme, self._basis = scheme, basis
        self._sectors: Indexes | None = None
        if sectors is not None:
            place = {name: at for at, name in enumerate(sectors)}
            self._sectors = np.array([place[name] for name in market.sector_names], np.int64)[market.sectors]

    def shards(self, periods: Sequence[Period], names: int = NAMES_IN_SHARD) -> Iterator[Shard]:
        """The shards, so many names each, in the order of the market's columns."""
        market, positions = self._market, self._positions
        last = len(market.sessions) - 1
        codes = self._group_codes(periods)
        turned_up = np.where(positions.is_new, last + 1, positions.entry)
        last_priced = np.where(market.has_ended, market.last_priced, last)
        for begin in range(0, len(market.symbols), names):
            block = slice(begin, begin + names)
            yield Shard(
                close=market.close[:, block],
                knot_shares=positions.shares[:, block],
                is_reported=positions.is_reported[:, block],
                entry=positions.entry[block],
                exit=positions.exit[block],
                appeared_at=turned_up[block],
                first_priced=market.first_priced[block],
                last_priced=last_priced[block],
                included=self._included[block],
                groups=codes[:, block],
            )

    def _group_codes(self, periods: Sequence[Period]) -> Indexes:
        if self._sectors is not None:
            return self._sectors[None, :]
        days = [one.start if self._basis is TierBasis.START else one.end for one in periods]
        return np.array([self._tiers_at(day) for day in days], np.int64).reshape(len(days), len(self._market.symbols))

    def _tiers_at(self, session: int) -> Indexes:
        market = self._market
        if session == len(market.sessions) - 1:
            # As the main board has it: there the last session may be live, and its caps are made of its prices.
            return self._scheme.codes(market.shares_outstanding * market.close[-1].astype(np.float64))
        return self._scheme.codes(market.market_caps.at(session))
