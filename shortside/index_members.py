"""Which stocks were in an index on a day, by dated membership where it is known and by size where it is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from shortside.listings import Dates, Flags, Floats, Texts
from shortside.market import Market

MOST_DAYS_AFTER: Final = 365
"""Days after the last one that a membership speaks of, up to which it is taken for the index's: within a year most of
an index stays."""
ESTIMATED: Final = "estimated by rank"
"""What is said of members that were found by market cap, as no membership of the day is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """An index, the fund that follows it, and the ranks by market cap that stand in for its members."""

    key: str
    """As file names and documents spell it."""
    name: str
    fund: str
    first_rank: int
    last_rank: int
    is_nasdaq_only: bool = False
    """Whether only names listed at Nasdaq that are not of the sector Finance are ranked."""


INDEXES: Final = (
    Index(key="sp500", name="S&P 500", fund="SPY", first_rank=1, last_rank=500),
    Index(key="r1000", name="Russell 1000", fund="IWB", first_rank=1, last_rank=1000),
    Index(key="r2000", name="Russell 2000", fund="IWM", first_rank=1001, last_rank=3000),
    Index(key="nasdaq100", name="Nasdaq 100", fund="QQQ", first_rank=1, last_rank=100, is_nasdaq_only=True),
)
"""The one list of indexes."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Membership:
    """Stays of symbols in an index, as somebody wrote them down. E stays."""

    index: str
    """The key of the index."""
    symbols: Texts
    """(E,) canonical dot form."""
    starts: Dates
    """(E,) the first day in it."""
    ends: Dates
    """(E,) the first day out of it again; NaT while it stays."""
    known_from: date
    """The first day it speaks of."""
    known_to: date
    """The last one."""
    words: str
    """How members of it are spoken of: `dated intervals`, `list of 2022-08-12`."""

    def speaks_of(self, day: date) -> bool:
        """Whether it may be used for a day: not before it begins, which would be foresight, nor a year after it."""
        return self.known_from <= day and (day - self.known_to).days <= MOST_DAYS_AFTER

    def members_on(self, day: date) -> frozenset[str]:
        """The symbols in the index at the close of a day."""
        moment = np.datetime64(day, "D")
        is_in = (self.starts <= moment) & (np.isnat(self.ends) | (moment < self.ends))
        return frozenset(self.symbols[is_in].tolist())


def membership_on(memberships: Sequence[Membership], index: str, day: date) -> Membership | None:
    """What is to be believed of an index on a day: what was written down last before it; None where nothing was."""
    usable = [one for one in memberships if one.index == index and one.speaks_of(day)]
    return max(usable, key=lambda one: (one.known_to >= day, one.known_to, one.known_from), default=None)


def estimated_members(index: Index, market: Market, session: int, included: Flags) -> Flags:
    """(N,) the names of the index's ranks by market cap at a session's close.

    Args:
        index: the index.
        market: its names.
        session: the session; what was not priced by then has no rank.
        included: (N,) the names that may be members at all.
    """
    cap: Floats = market.market_caps.at(session).astype(np.float64)
    is_ranked = included & np.isfinite(cap) & (market.first_priced <= session)
    if index.is_nasdaq_only:
        sector = np.array(market.sector_names, dtype=str)[market.sectors]
        is_ranked &= (np.char.upper(market.exchanges.astype(str)) == "NASDAQ") & (sector != "Finance")
    ranked = np.flatnonzero(is_ranked)
    # Equal caps by symbol, so that the order of the files decides nothing.
    order = ranked[np.lexsort((market.symbols[ranked], -cap[ranked]))]
    members = np.zeros(len(cap), bool)
    members[order[index.first_rank - 1 : index.last_rank]] = True
    return members
