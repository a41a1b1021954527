"""One publication of short interest against what was carried until then: per name what was built, covered and revised.

FINRA's file of a settlement says what was short a week and a half before. Until it came, the settlement before it was
carried. New shorts are priced as everywhere here, day by day at each day's close (docs/method.md), so that per name
start + new shorts + turned up + price effect = end, and the sums are those of the window `cycle`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np

from shortside.breadth import quotient
from shortside.listings import Flags, Floats, Indexes
from shortside.market import Market
from shortside.positions import Knowledge, Positions, positions_of
from shortside.publications.flow import Move, flow_between, moves_of, new_short_between
from shortside.publications.standing import Standing, standing_of
from shortside.tiers import TierBasis, TierScheme
from shortside.universe import members
from shortside.view import View

ONE_DAY: Final = np.timedelta64(1, "D")


class NoPublicationError(LookupError):
    """Nothing can be said of a settlement, because it or the one before it is not there."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Publication:
    """What a file changed. (N,) each, in the order of the market's names; shares on the market's split basis."""

    market: Market
    view: View
    settlement: date
    settlement_before: date
    published: date
    """The day by the calendar of FINRA on which the settlement was due."""
    start: int
    """The session of the settlement before."""
    end: int
    """The session of the settlement."""
    counted: Flags
    """Names of the universe that were held short at some time between the two settlements."""
    move: Indexes
    """Codes of `Move`."""
    shares_before: Floats
    """Shares short at the settlement before, as this file knows it; NaN where none were carried."""
    shares_now: Floats
    """Shares short at the settlement, as reported; NaN where the file has no row."""
    is_before_reported: Flags
    """Whether the settlement before had a row of the name; else `shares_before` is an older figure, or an estimate."""
    short_interest_start: Floats
    """USD at the close of the settlement before."""
    short_interest_end: Floats
    """USD at the close of the settlement; of a name that is held, of the shares carried."""
    known_flow: Floats
    """USD of shorting less covering; of a position that turned up without being new, what came after that."""
    turned_up: Floats
    """USD of positions that turned up without being new, mostly 0."""
    has_turned_up: Flags
    """Whether a position turned up without being new."""
    price_effect: Floats
    """USD that the price added to the short dollars: minus the shorts' P&L."""
    new_short_before: Floats
    """USD of shorting less covering in the cycle before this one; NaN where its settlements are not there."""
    revised_shares: Floats
    """Shares by which this file changed the settlement before; 0 where it did not, NaN where none stood there."""
    price_settled: Floats
    """USD a share at the settlement."""
    price_now: Floats
    """USD a share at the end of the market; NaN of a name without a price since the settlement."""
    float_shares: Floats
    """Public float; NaN where it is unknown or old."""
    tier_codes: Indexes
    """Index into the labels of `scheme`."""
    scheme: TierScheme
    before: Standing
    """How crowded each name was by what was carried, at the prices of the market's end."""
    now: Standing
    """How crowded it is by what was published, at the same prices."""

    @property
    def prices_to(self) -> date:
        """The day up to which prices are followed since the settlement."""
        return self.market.last_session

    @property
    def new_short(self) -> Floats:
        """(N,) USD of shorting less covering; NaN where the position turned up without being new."""
        return np.where(self.has_turned_up, np.nan, self.known_flow)

    @property
    def shares_change(self) -> Floats:
        """(N,) shares added or covered against those carried; NaN where either is unknown."""
        return np.asarray(self.shares_now - self.shares_before)

    @property
    def change_ratio(self) -> Floats:
        """(N,) shares added or covered over the shares before; NaN where those were not reported, or zero."""
        return np.where(self.is_before_reported, quotient(self.shares_change, self.shares_before), np.nan)

    @property
    def float_ratio(self) -> Floats:
        """(N,) shares added or covered over the public float; NaN where either is unknown."""
        return quotient(self.shares_change, self.float_shares)

    @property
    def revised_dollars(self) -> Floats:
        """(N,) USD at the close of the settlement before that this file added to it; NaN where nothing stood there."""
        return np.asarray(self.revised_shares * self.market.close[self.start].astype(np.float64))

    @property
    def is_revised(self) -> Flags:
        """(N,) whether this file changed the settlement before."""
        return np.asarray(self.revised_shares != 0)

    @property
    def price_change(self) -> Floats:
        """(N,) the price now over that of the settlement, less one; NaN unknown."""
        return np.asarray(quotient(self.price_now, self.price_settled) - 1)

    @property
    def is_trapped(self) -> Flags:
        """(N,) more are short, and the price has risen since the settlement."""
        return self._built & (self.price_change > 0)

    @property
    def is_right(self) -> Flags:
        """(N,) more are short, and the price has fallen since the settlement."""
        return self._built & (self.price_change < 0)

    @property
    def profit_since(self) -> Floats:
        """(N,) USD that the shares added have made since the settlement; NaN where none were added or it is unknown."""
        added = np.where(self._built, self._added, np.nan)
        return np.asarray(added * (self.price_settled - self.price_now))

    @property
    def _built(self) -> Flags:
        return self.counted & (self._added > 0)

    @property
    def _added(self) -> Floats:
        """Shares added: of a name whose whole position is new, all of it."""
        is_new = (self.move == Move.ENTERED) & ~self.has_turned_up
        return np.where(is_new, self.shares_now, self.shares_change)


def publication_of(
    market: Market, view: View, settlement: date | None = None, price: Floats | None = None
) -> Publication:
    """What the publication of a settlement said, as known on its day, or with hindsight where the view says so.

    Args:
        market: best cut on the day of publication, so that none of its rules knows more; it may reach further.
        view: positions method, knowledge, tier basis and universe; its window is not looked at.
        settlement: which one; the newest known by default.
        price: (N,) the prices of the moment; the last closes by default.

    Raises:
        NoPublicationError: the settlement is not known, or has none before it within the closes there are.
    """
    row = _row_of(market, settlement)
    known_on = market.published[row]
    is_as_known = view.knowledge is Knowledge.AS_KNOWN
    if is_as_known and known_on > market.known_on:
        raise NoPublicationError(f"the settlement of {market.settlements[row]} is published on {known_on}")
    seen = replace(market, known_on=known_on) if is_as_known else market
    positions = positions_of(seen, view.positions, view.knowledge)
    knot = _knot_of(market, positions, row)
    eve = replace(market, known_on=known_on - ONE_DAY)
    carried = positions_of(eve, view.positions, view.knowledge) if is_as_known else None
    return _publication(market, view, positions, knot, carried, price)


def _row_of(market: Market, settlement: date | None) -> int:
    """The row of a settlement among the market's; of the newest that is known where none is asked for."""
    if settlement is None:
        known = np.flatnonzero(market.published <= market.known_on)
        if not len(known):
            raise NoPublicationError(f"no settlement was published by {market.known_on}")
        return int(known[-1])
    day = np.datetime64(settlement, "D")
    row = int(np.searchsorted(market.settlements, day))
    if row == len(market.settlements) or market.settlements[row] != day:
        raise NoPublicationError(f"there is no short interest of {settlement}{_nearest(market, day)}")
    return row


def _nearest(market: Market, day: np.datetime64) -> str:
    if not len(market.settlements):
        return ""
    nearest = market.settlements[int(np.abs((market.settlements - day).astype(np.int64)).argmin())]
    return f"; the nearest is of {nearest}"


def _knot_of(market: Market, positions: Positions, row: int) -> int:
    """The knot of a settlement; both it and the one before have closes to be priced at."""
    day = market.settlements[row]
    found = np.flatnonzero(positions.settlement_rows == row)
    if not len(found):
        raise NoPublicationError(f"another settlement falls on the session of {day}, and speaks for it")
    knot = int(found[0])
    if positions.knots[knot] > len(market.sessions) - 1:
        raise NoPublicationError(f"the closes end on {market.last_session}, before the settlement of {day}")
    if knot == 0 or positions.knots[knot - 1] < 0:
        first = market.sessions[0]
        raise NoPublicationError(f"no settlement before {day} has closes here, which begin on {first}")
    return knot


def _publication(
    market: Market, view: View, positions: Positions, knot: int, carried: Positions | None, price: Floats | None
) -> Publication:
    start, end = int(positions.knots[knot - 1]), int(positions.knots[knot])
    row, row_before = (int(positions.settlement_rows[at]) for at in (knot, knot - 1))
    included = members(market.kinds, view.kinds)
    flow = flow_between(market, positions, start, end)
    alive_before = (positions.entry <= start) & (start <= positions.exit)
    last = len(market.sessions) - 1
    moment = market.close[-1].astype(np.float64) if price is None else price
    is_alive = (positions.entry <= last) & (last <= positions.exit)
    # Not what is short at the market's end, which with hindsight is on its way to a later settlement.
    held_now = np.where(is_alive, positions.shares[knot], 0.0)
    # With hindsight nobody carried anything else: the settlement before, as it is known now.
    held_earlier = np.where(is_alive & alive_before, positions.shares[knot - 1], 0.0)
    held_before = held_earlier if carried is None else carried.at(last)
    scheme = TierScheme()
    return Publication(
        market=market,
        view=view,
        settlement=market.settlements[row].astype(date),
        settlement_before=market.settlements[row_before].astype(date),
        published=market.published[row].astype(date),
        start=start,
        end=end,
        counted=included & flow.is_held,
        move=moves_of(positions, knot),
        shares_before=np.where(alive_before, positions.shares[knot - 1], np.nan),
        shares_now=np.where(positions.is_reported[knot], positions.shares[knot], np.nan),
        is_before_reported=positions.is_reported[knot - 1] & alive_before,
        short_interest_start=flow.start,
        short_interest_end=flow.end,
        known_flow=flow.new_short,
        turned_up=flow.turned_up,
        has_turned_up=flow.has_turned_up,
        price_effect=flow.price_effect,
        new_short_before=_cycle_before(market, positions, knot),
        revised_shares=_revised_shares(market, row_before),
        price_settled=np.where(market.first_priced <= end, market.close[end], np.nan),
        price_now=np.where((market.last_priced > end) | (price is not None and market.is_live), moment, np.nan),
        float_shares=market.known_float,
        tier_codes=scheme.codes(market.market_caps.at(_tier_session(view, start, end))),
        scheme=scheme,
        before=standing_of(market, held_before, moment, included),
        now=standing_of(market, held_now, moment, included),
    )


def _tier_session(view: View, start: int, end: int) -> int:
    """The session whose market caps decide the tiers; by `daily`, that of the close before the settlement."""
    return {TierBasis.END: end, TierBasis.START: start, TierBasis.DAILY: max(end - 1, 0)}[view.basis]


def _cycle_before(market: Market, positions: Positions, knot: int) -> Floats:
    """(N,) USD of new shorts in the cycle before; NaN where no settlement before it has closes here."""
    if knot < 2 or positions.knots[knot - 2] < 0:
        return np.full(len(market.symbols), np.nan)
    return new_short_between(market, positions, int(positions.knots[knot - 2]), int(positions.knots[knot - 1]))


def _revised_shares(market: Market, row: int) -> Floats:
    """(N,) shares by which a settlement is another one now than when it was published; NaN where it had none then."""
    revised, first = market.shares_short[row], market.first_shares_short.row(row)
    is_same = (revised == first) | (np.isnan(revised) & np.isnan(first))
    return np.where(is_same, 0.0, revised - first)
