"""Listings: what providers hand over, wide and raw, before anything is restated or left out.

Rows are sessions or settlement dates, columns are names. Nothing here is adjusted: closes are the day's own, shares
short are on the split basis of their settlement date, share counts may lag a split. `shortside.market` restates.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from shortside.doubts import Doubt
from shortside.net_changes import NetChanges
from shortside.symbol_changes import SymbolChanges

Dates = npt.NDArray[np.datetime64]
"""Days, `datetime64[D]`, ascending and unique where they are an axis."""
Floats = npt.NDArray[np.floating[Any]]
"""Real numbers; NaN means unknown, never zero."""
Texts = npt.NDArray[np.object_]
"""Python strings; the empty string means unknown."""
Indexes = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

EARLIER_TENANT: Final = "~"
"""Stands in the symbol of a company that had it before another, ahead of the month of its last price: `DBD~2023-05`."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Splits:
    """Splits as events on names, in no particular order. E = number of events."""

    column: Indexes
    """(E,) which name, an index into `Listings.symbols`."""
    ex_date: Dates
    """(E,) first session on the new basis."""
    price_factor: Floats
    """(E,) multiply earlier prices by it, divide earlier shares: 1/3 for 3-for-1, 10 for 1-for-10."""
    shares_before: Floats
    """(E,) the share count the source printed before the split, NaN if unknown."""
    shares_after: Floats
    """(E,) the count it printed once corrected, NaN if it never was."""
    shares_corrected_on: Dates
    """(E,) first session whose printed share count is on the new basis; NaT if it never was or is not known."""

    @staticmethod
    def none() -> Splits:
        """No events at all."""
        empty = np.empty(0)
        days = np.empty(0, "datetime64[D]")
        return Splits(
            column=np.empty(0, np.int64), ex_date=days, price_factor=empty, shares_before=empty,
            shares_after=empty, shares_corrected_on=days,
        )  # fmt: skip

    def with_found(self, found: Sequence[tuple[int, np.datetime64, float]]) -> Splits:
        """The events and further ones, each a column, an ex-date and a price factor, whose share counts nobody told.

        `shortside.corporate_actions.splits` looks in the counts for the day on which the source followed.
        """
        unknown = np.full(len(found), np.nan)
        return Splits(
            column=np.append(self.column, [column for column, _, _ in found]).astype(np.int64),
            ex_date=np.append(self.ex_date, np.array([day for _, day, _ in found], "datetime64[D]")),
            price_factor=np.append(self.price_factor, [factor for _, _, factor in found]),
            shares_before=np.append(self.shares_before, unknown),
            shares_after=np.append(self.shares_after, unknown),
            shares_corrected_on=np.append(self.shares_corrected_on, np.full(len(found), np.datetime64("NaT", "D"))),
        )


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Borrow:
    """One look at the stock-loan market, aligned to the names. All vectors are (N,)."""

    fee: Floats
    """Indicative annual borrow fee, a fraction (0.0025 is general collateral); NaN unknown."""
    available: Floats
    """Shares available to borrow; NaN unknown."""
    is_capped: Flags
    """Whether `available` is only a lower bound (the source prints ">10000000")."""
    as_of: np.datetime64
    """The day of the look."""
    source: str
    fee_day_ago: Floats | None = None
    """The fee of the look that stood 24 hours before; NaN unknown, None where there is no such look."""
    fee_week_ago: Floats | None = None
    """The fee of the look that stood seven days before; NaN unknown, None where there is no such look."""

    def spread(self, along: Callable[[Any], Any]) -> Borrow:
        """The look with each of its vectors laid out anew: other names, or in another order."""
        laid_out = replace(self, fee=along(self.fee), available=along(self.available), is_capped=along(self.is_capped))
        return laid_out.with_earlier(along)

    def with_earlier(self, along: Callable[[Floats], Floats]) -> Borrow:
        """The look with its fees of a day and a week ago made into others, as far as there are any."""
        day, week = (None if fee is None else along(fee) for fee in (self.fee_day_ago, self.fee_week_ago))
        return replace(self, fee_day_ago=day, fee_week_ago=week)


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class LendingList:
    """One broker's word on what it lends, without fees: a second witness beside `Borrow`. All vectors are (N,)."""

    is_lent: Floats
    """1 where it may be sold short there, 0 where not; NaN where the name is not on the list."""
    is_easy: Floats
    """1 where it is easy to borrow there, 0 where not; NaN where the name is not on the list."""
    as_of: np.datetime64
    """The day of the look."""
    source: str


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class ThresholdStatus:
    """Regulation SHO's lists of securities that sellers fail to deliver, aligned to the names. All vectors are (N,)."""

    is_listed: Flags
    """Whether the name is on one: shorts that fail for thirteen settlement days must be bought in."""
    is_known: Flags
    """Whether its exchange's list was read; "not on a list we read" and "no list read" are not the same."""
    since: Dates
    """The first session of the unbroken run of lists it is on, as far as they were read; NaT where it is on none."""
    as_of: np.datetime64
    """The session of the newest list."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class UnpricedSecurities:
    """Securities with reported short interest and no price here (mostly ETFs): counted, never valued. (U,) each."""

    symbols: Texts
    names: Texts
    market_classes: Texts
    shares_short: Floats
    """Last reported, shares, for the count's sake."""
    settlement_date: Dates
    """(U,) the last settlement that reported it."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Listings:
    """The listed market as published. T sessions, N names, K settlement dates."""

    source: str
    """Which provider made it: `files`, `demo`, `public`."""
    is_simulated: bool
    sessions: Dates
    """(T,) sessions that have prices, ascending. A live session is the last row while it runs."""
    symbols: Texts
    """(N,) canonical dot form (`BRK.B`), unique; preferreds keep the screener's caret (`ABR^D`)."""
    names: Texts
    """(N,) security name as of the last session it was listed."""
    exchanges: Texts
    sectors: Texts
    industries: Texts
    countries: Texts
    close: Floats
    """(T, N) float32 USD a share, the day's own close, unadjusted; NaN where there was none."""
    volume: Floats
    """(T, N) float32 shares traded that session, unadjusted; NaN where there was no price."""
    shares_outstanding: Floats
    """(T, N) float32 shares as the source printed them that day, lags and errors included; NaN unknown."""
    settlements: Dates
    """(K,) settlement dates, ascending; may reach beyond the sessions at either end."""
    published: Dates
    """(K,) the day each settlement's file was (or is to be) published."""
    shares_short: Floats
    """(K, N) float64 shares on the basis of the settlement date, as first published; NaN not reported."""
    shares_short_previous: Floats
    """(K, N) float64 the row's own "previous position" (the prior settlement as known at this one's publication)."""
    is_revised: Flags
    """(K, N) the row says the PRIOR settlement was revised: `shares_short_previous` replaces it."""
    split_flag: Flags
    """(K, N) the row says a split fell in its cycle: `shares_short_previous` may be on another basis."""
    reported_volume: Floats
    """(K, N) float32 FINRA's average daily volume of the cycle, shares; NaN not reported."""
    splits: Splits
    float_shares: Floats
    """(N,) public float, shares, on the basis of `float_as_of`; NaN unknown."""
    float_as_of: np.datetime64
    """Day of `float_shares`; NaT if there is none."""
    borrow: Borrow | None
    unpriced: UnpricedSecurities
    fetched_at: str
    """When the newest input was fetched or written, ISO 8601 with offset."""
    threshold: ThresholdStatus | None = None
    """Which names are on a threshold list; None where no list was read."""
    notes: tuple[str, ...] = ()
    """What a person should know of the inputs, in words (sessions missing, rows dropped and why)."""
    lending: LendingList | None = None
    estimated_counts: tuple[str, ...] = ()
    """Symbols whose share count is `shortside.turnover`'s estimate: good for a tier, and for nothing else."""
    net_changes: NetChanges | None = None
    """Where the source's previous closes part from the closes of the sessions before; None where it has none."""
    doubts: tuple[Doubt, ...] = ()
    """What was decided about single names and may be wrong; what hangs on it is not known here."""
    symbol_changes: SymbolChanges | None = None
    """Changes of ticker that were joined; None where none was, or nobody looked for any."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """T, N, K."""
        return len(self.sessions), len(self.symbols), len(self.settlements)
