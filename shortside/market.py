"""The market on one split basis: aligned arrays, sessions × names, as it stood on one day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from shortside.by_session.kept_tables import TablesAtHand
from shortside.by_session.session_tables import SessionTables, session_tables_at_hand, session_tables_of
from shortside.corporate_actions.splits import RestatedListings
from shortside.doubts import Doubt, DoubtRule
from shortside.first_figures import FirstFigures
from shortside.listings import (
    Borrow,
    Dates,
    Flags,
    Floats,
    Indexes,
    LendingList,
    Listings,
    Texts,
    ThresholdStatus,
    UnpricedSecurities,
)
from shortside.market_caps import MarketCaps
from shortside.net_changes import NetChanges
from shortside.prices.traded import UNIT, TradedShares
from shortside.sessions import CalendarRangeError, previous_session, session_days
from shortside.symbol_changes import SymbolChanges
from shortside.universe import SecurityKind, kind_of_unpriced, kinds_of, members

BORROW_DAYS = 10
"""A look at the stock-loan market older than this says nothing about today's fee: it is not used."""
THRESHOLD_DAYS = 7
"""A threshold list older than this says nothing about today: it is made anew every night."""
FLOAT_AGE_DAYS = 200
"""A public float older than this no longer measures anything; shares outstanding are used under their own name."""
LEAST_VOLUME_SESSIONS = 10
"""With fewer of the 20 known, their mean says little: FINRA's average of the newest cycle stands in."""
STALE_SESSIONS = 5
"""A name without a price for this many sessions at the end has stopped trading: its position ends at its last price."""
LEAST_PRICED_RATIO = 0.8
"""The fraction of a usual session's closes from which on a session counts as complete: names are halted, and leave."""
_TODAY_UNKNOWN = "the session before {} lacks its closes, so what that one made is unknown until they are there"


class NoSessionError(LookupError):
    """There is nothing to compute from on the day asked for."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Market:
    """Listings restated, repaired and classified, cut at one day. T sessions, N names, K settlement dates.

    Every figure is on the split basis of the last session.
    """

    source: str
    is_simulated: bool
    is_live: bool
    """Whether the last session is still running, so that its prices move."""
    sessions: Dates
    symbols: Texts
    names: Texts
    exchanges: Texts
    kinds: Indexes
    """(N,) codes of `SecurityKind`."""
    sector_names: tuple[str, ...]
    """Sectors in alphabetical order; the empty one, if any, stands for unknown."""
    sectors: Indexes
    """(N,) indexes into `sector_names`."""
    close: Floats
    """(T, N) float32 USD; gaps carry the last price forward, sessions before the first hold the first."""
    first_priced: Indexes
    """(N,) session index of the first price in view."""
    last_priced: Indexes
    """(N,) session index of the last one."""
    market_caps: MarketCaps
    """Of each session, USD, from repaired share counts; NaN where the count was never known."""
    shares_outstanding: Floats
    """(N,) float64 shares at the last session; NaN unknown. What tiers go by; ratios go by `counted_shares`."""
    average_volume: Floats
    """(N,) float64 shares a session over the last 20; FINRA's average of the newest published cycle where fewer than
    10 of them are known; NaN if neither is."""
    is_volume_of_cycle: Flags
    """(N,) whether `average_volume` is FINRA's average of the cycle, which is not to be compared without saying so."""
    settlements: Dates
    published: Dates
    settled_at: Indexes
    """(K,) session index of each settlement; negative or ≥ T where it lies outside the sessions in view."""
    shares_short: Floats
    """(K, N) float64 shares, revised where FINRA revised them; NaN not reported."""
    first_shares_short: FirstFigures
    """Shares as first published, at each settlement."""
    short_before_first: Floats
    """(N,) float64 shares, FINRA's previous position beside each name's first report; NaN where it names none."""
    reported_volume: Floats
    """(K, N) FINRA's average daily volume of the cycle, shares."""
    float_shares: Floats
    float_as_of: np.datetime64
    borrow: Borrow | None
    lending: LendingList | None
    threshold: ThresholdStatus | None
    unpriced: UnpricedSecurities
    is_count_estimated: Flags
    """(N,) whether the share count is an estimate that only a tier may rest on."""
    repaired_share_counts: dict[str, int]
    """Symbol → sessions whose printed share count was replaced."""
    unexplained_splits: tuple[str, ...]
    """Symbols FINRA flags as split in a cycle in view for which no split is known: their P&L may be wrong."""
    splits_applied: int
    fetched_at: str
    notes: tuple[str, ...]
    known_on: np.datetime64
    """The day by which a settlement must have been published to be known: the last session, or the present day where
    that session is the newest there is."""
    lacks_close_before: Flags
    """(N,) names that were priced earlier, but not in the session before the last one: what the last one made is not
    known where it brings a price, for that is counted from an older one."""
    doubts: tuple[Doubt, ...] = ()
    """What was decided about single names and may be wrong, up to the last session."""
    net_changes: NetChanges | None = None
    """Where the source's previous closes part from the closes of the sessions before."""
    symbol_changes: SymbolChanges | None = None
    """Changes of ticker up to the last session; None where none was joined, or nobody looked for any."""
    is_today_known: bool = True
    """Whether the session before the last one has closes to count the last one's P&L from."""
    traded: TradedShares | None = None
    """Shares traded by session; None where nobody kept them."""
    is_replayed: bool = False
    """Whether it comes out of a recording: what it calls live was so then."""

    @property
    def market_cap(self) -> Floats:
        """(T, N) float32 USD, made anew each time; of one session ask `market_caps`."""
        return self.market_caps.matrix()

    @property
    def mark(self) -> str:
        """What every screen and document says of a market that is not the present one: `SIM`, `REPLAY`, or both."""
        return " ".join(["SIM"] * self.is_simulated + ["REPLAY"] * self.is_replayed)

    @property
    def last_session(self) -> date:
        """The day the figures speak of."""
        day: date = self.sessions[-1].astype(date)
        return day

    @property
    def counted_shares(self) -> Floats:
        """(N,) shares at the last session as somebody printed them; NaN where the count is an estimate or unknown."""
        return np.asarray(np.where(self.is_count_estimated, np.nan, self.shares_outstanding))

    @property
    def known_float(self) -> Floats:
        """(N,) the public float in shares; NaN where it is unknown or too old to measure anything."""
        age = self.sessions[-1] - self.float_as_of
        if np.isnat(age) or age > np.timedelta64(FLOAT_AGE_DAYS, "D"):
            return np.full(len(self.symbols), np.nan)
        return np.asarray(self.float_shares, np.float64)

    @property
    def has_ended(self) -> Flags:
        """(N,) whether trading stopped for good before the last session."""
        return np.asarray(self.last_priced < len(self.sessions) - 1 - STALE_SESSIONS)

    def left_out(self, included: Flags) -> dict[str, int]:
        """Securities not in stock totals, by reason, the most frequent first."""
        codes, times = np.unique(self.kinds[~included], return_counts=True)
        counts = {SecurityKind(code).label: count for code, count in zip(codes.tolist(), times.tolist(), strict=True)}
        missing = self.unpriced
        for symbol, name, place in zip(missing.symbols, missing.names, missing.market_classes, strict=True):
            reason = kind_of_unpriced(symbol, name, place)
            counts[reason] = counts.get(reason, 0) + 1
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def market_of(
    listings: Listings,
    as_of: date | None = None,
    since: date | None = None,
    is_live: bool = False,
    known_on: date | None = None,
    at_hand: TablesAtHand | None = None,
) -> Market:
    """The market as prices stood on `as_of`, looking back to `since`.

    Settlements are all kept, whenever they were published: `shortside.positions` chooses which may be known. Rules that
    look at them all, such as which share counts are believed, know as much as the listings do.

    Args:
        listings: as published.
        as_of: the last day in view; None for the newest session there is.
        since: the first; None for as far back as there are prices.
        is_live: whether the last session still runs.
        known_on: by when a settlement must have been published to be known; the last session by default.
        at_hand: the tables that the listings were made of, where they are kept: the same market, sooner.

    Raises:
        NoSessionError: no session lies in the range; the message names the range there is.
    """
    cut, rows, columns = _cut(listings, as_of, since)
    settled_at = _session_indexes(cut.sessions, cut.settlements)
    kinds = kinds_of(cut.symbols, cut.names)
    # Of a fund more shares can be short than there are: it makes and redeems them day by day.
    is_limited = members(kinds)
    is_whole = columns is None and rows == slice(0, len(listings.sessions))
    made = (
        session_tables_at_hand(cut, at_hand, settled_at, is_limited)
        if at_hand is not None and is_whole and at_hand.are_of(listings)
        else session_tables_of(cut, settled_at, is_limited)
    )
    restated = made.restated
    sector_names = sorted(set(cut.sectors.tolist()))
    place_of = {name: place for place, name in enumerate(sector_names)}
    revised, unexplained = _revised(cut, restated)
    is_today_known = _is_session_before_known(cut.sessions, made.priced_lately)
    average_volume, is_volume_of_cycle = _average_volume(cut, restated)
    return Market(
        source=cut.source,
        is_simulated=cut.is_simulated,
        is_live=is_live,
        sessions=cut.sessions,
        symbols=cut.symbols,
        names=cut.names,
        exchanges=cut.exchanges,
        kinds=kinds,
        sector_names=tuple(sector_names),
        sectors=np.array([place_of[name] for name in cut.sectors.tolist()], np.int64),
        close=made.close,
        first_priced=made.first_priced,
        last_priced=made.last_priced,
        market_caps=made.market_caps,
        shares_outstanding=made.shares_outstanding.astype(np.float64),
        average_volume=average_volume,
        is_volume_of_cycle=is_volume_of_cycle,
        settlements=cut.settlements,
        published=cut.published,
        settled_at=settled_at,
        shares_short=revised,
        first_shares_short=FirstFigures.of(revised, restated.shares_short),
        short_before_first=_short_before_first(restated),
        reported_volume=restated.reported_volume,
        float_shares=restated.float_shares,
        float_as_of=cut.float_as_of,
        borrow=cut.borrow,
        lending=cut.lending,
        threshold=cut.threshold,
        unpriced=cut.unpriced,
        is_count_estimated=np.isin(cut.symbols.astype(str), cut.estimated_counts)
        if cut.estimated_counts
        else np.zeros(len(cut.symbols), bool),
        repaired_share_counts={
            str(cut.symbols[made.name_at(column)]): count for column, count in made.counts.repaired.items()
        },
        unexplained_splits=unexplained,
        splits_applied=restated.applied,
        fetched_at=cut.fetched_at,
        known_on=cut.sessions[-1] if known_on is None else np.datetime64(known_on, "D"),
        doubts=cut.doubts + _count_doubts(cut, made),
        net_changes=cut.net_changes,
        symbol_changes=cut.symbol_changes,
        notes=cut.notes if is_today_known else (*cut.notes, _TODAY_UNKNOWN.format(cut.sessions[-1])),
        is_today_known=is_today_known,
        traded=TradedShares.kept_from(listings.volume, rows, columns, cut.sessions, cut.splits)
        if made.half_volume is None
        else TradedShares(made.half_volume, UNIT, rows, columns, cut.sessions, cut.splits),
        lacks_close_before=_lacks_close_before(made, is_today_known),
    )


def _is_session_before_known(sessions: Dates, priced_lately: Flags) -> bool:
    """Whether the exchange's session before the last is here, with about as many closes as others had lately."""
    if len(sessions) < 2:
        return True
    try:
        before = previous_session(sessions[-1].astype(date))
    except CalendarRangeError:
        return True
    counts = priced_lately.sum(axis=1)
    return bool(sessions[-2] == np.datetime64(before, "D") and counts[-2] >= LEAST_PRICED_RATIO * counts.max())


def _lacks_close_before(made: SessionTables, is_today_known: bool) -> Flags:
    priced = made.priced_lately
    if len(priced) < 2 or not is_today_known:
        return np.full(priced.shape[1], not is_today_known)
    return np.asarray(~priced[-2] & (made.first_priced < len(made.close) - 1))


def _cut(listings: Listings, as_of: date | None, since: date | None) -> tuple[Listings, slice, Indexes | None]:
    """Only the sessions in view, and only the names that have a price in them; which these are, None for all."""
    if not len(listings.sessions):
        raise NoSessionError("there are no prices")
    first = np.datetime64(since, "D") if since else listings.sessions[0]
    last = np.datetime64(as_of, "D") if as_of else listings.sessions[-1]
    rows = slice(int(np.searchsorted(listings.sessions, first)), int(np.searchsorted(listings.sessions, last, "right")))
    if rows.start >= rows.stop:
        have = f"prices run from {listings.sessions[0]} to {listings.sessions[-1]}"
        raise NoSessionError(f"no session between {first} and {last}: {have}")
    seen = _priced_in(listings.close[rows])
    everyone = bool(seen.all())
    columns = slice(None) if everyone else seen
    splits = listings.splits
    place = np.cumsum(seen) - 1
    kept = seen[splits.column]
    cut = replace(
        listings,
        sessions=listings.sessions[rows],
        symbols=listings.symbols[columns],
        names=listings.names[columns],
        exchanges=listings.exchanges[columns],
        sectors=listings.sectors[columns],
        industries=listings.industries[columns],
        countries=listings.countries[columns],
        close=_of_names(listings.close[rows], columns),
        volume=_of_names(listings.volume[rows], columns),
        shares_outstanding=_of_names(listings.shares_outstanding[rows], columns),
        shares_short=_of_names(listings.shares_short, columns),
        shares_short_previous=_of_names(listings.shares_short_previous, columns),
        is_revised=_of_names(listings.is_revised, columns),
        split_flag=_of_names(listings.split_flag, columns),
        reported_volume=_of_names(listings.reported_volume, columns),
        float_shares=listings.float_shares[columns],
        splits=replace(
            splits,
            column=place[splits.column[kept]].astype(np.int64),
            ex_date=splits.ex_date[kept],
            price_factor=splits.price_factor[kept],
            shares_before=splits.shares_before[kept],
            shares_after=splits.shares_after[kept],
            shares_corrected_on=splits.shares_corrected_on[kept],
        ),
        net_changes=_changes_in_view(listings.net_changes, seen, last, rows),
        # A session left out as another's may be the last one: then nothing in view is as late as the doubt about it.
        doubts=_doubts_in_view(listings, seen, last if as_of else np.datetime64("9999-12-31")),
        borrow=_borrow_in_view(listings.borrow, last, columns),
        symbol_changes=_symbols_in_view(listings.symbol_changes, seen, last),
        lending=_lending_in_view(listings.lending, last, columns),
        threshold=_threshold_in_view(listings.threshold, last, columns),
    )
    return cut, rows, None if everyone else np.flatnonzero(seen)


def _priced_in(close: Floats) -> Flags:
    """(N,) whether a name has any of (T, N) closes: of most the last one tells."""
    seen: Flags = np.isfinite(close[-1])
    others = np.flatnonzero(~seen)
    seen[others] = np.isfinite(close.take(others, axis=1)).any(axis=0)
    return seen


def _changes_in_view(changes: NetChanges | None, seen: Flags, last: np.datetime64, rows: slice) -> NetChanges | None:
    """The net changes up to the last session, of the names in view."""
    if changes is None:
        return None
    known = changes.until(last, rows)
    return known.of(seen[known.column], (np.cumsum(seen) - 1)[known.column])


def _symbols_in_view(changes: SymbolChanges | None, seen: Flags, last: np.datetime64) -> SymbolChanges | None:
    """The changes of ticker by the last session, of the names in view."""
    return None if changes is None else changes.moved(np.where(seen, np.cumsum(seen) - 1, -1)).until(last)


def _count_doubts(cut: Listings, made: SessionTables) -> tuple[Doubt, ...]:
    """Share counts printed lately that are far from those before them."""
    doubts = []
    believed = made.counts.shares_outstanding
    for place, row in made.counts.unsettled.items():
        column = made.name_at(place)
        printed, before = float(cut.shares_outstanding[row, column]), float(believed[row - 1, place])
        is_believed = bool(believed[row, place] != believed[row - 1, place])
        status = "believed, and unsettled" if is_believed else "not believed yet"
        doubts.append(
            Doubt(
                symbol=str(cut.symbols[column]),
                rule=DoubtRule.UNSETTLED_COUNT,
                session=cut.sessions[row],
                evidence=f"{printed:,.0f} shares since {cut.sessions[row]}, {before:,.0f} before: {status}",
            )
        )
    return tuple(doubts)


def _doubts_in_view(listings: Listings, seen: Flags, last: np.datetime64) -> tuple[Doubt, ...]:
    """The doubts about sessions up to the last one, of the names in view."""
    if not listings.doubts:
        return ()
    symbols = set(listings.symbols[seen])
    return tuple(
        doubt for doubt in listings.doubts if doubt.session <= last and (doubt.is_of_market or doubt.symbol in symbols)
    )


def _of_names(table: Any, columns: slice | Flags) -> Any:
    """A table of some names, laid out in memory as the whole one is, which `[:, flags]` alone would not be."""
    if isinstance(columns, slice) or not table.flags.c_contiguous:
        return table[:, columns]
    return table.compress(columns, axis=1)


def _borrow_in_view(borrow: Borrow | None, last: np.datetime64, columns: slice | Flags) -> Borrow | None:
    """The look at the loan market, if it is of the days up to the last session and not from after it."""
    if borrow is None or borrow.as_of > last or last - borrow.as_of > np.timedelta64(BORROW_DAYS, "D"):
        return None
    return borrow.spread(lambda values: values[columns])


def _lending_in_view(lending: LendingList | None, last: np.datetime64, columns: slice | Flags) -> LendingList | None:
    """The list of what a broker lends, if it is of the days up to the last session and not from after it."""
    if lending is None or lending.as_of > last or last - lending.as_of > np.timedelta64(BORROW_DAYS, "D"):
        return None
    return replace(lending, is_lent=lending.is_lent[columns], is_easy=lending.is_easy[columns])


def _threshold_in_view(
    threshold: ThresholdStatus | None, last: np.datetime64, columns: slice | Flags
) -> ThresholdStatus | None:
    """The lists, if they are of the days up to the last session and not from after it."""
    if threshold is None or threshold.as_of > last or last - threshold.as_of > np.timedelta64(THRESHOLD_DAYS, "D"):
        return None
    return replace(
        threshold,
        is_listed=threshold.is_listed[columns],
        is_known=threshold.is_known[columns],
        since=threshold.since[columns],
    )


def _revised(listings: Listings, restated: RestatedListings) -> tuple[Floats, tuple[str, ...]]:
    """Positions as FINRA last knew them, and the names whose flagged split nobody explains.

    FINRA never rewrites a published row: a revised figure appears only as the next row's previous position. It is not
    taken where a split fell between the two, for then the two may stand on different bases.
    """
    revised = restated.shares_short.copy()
    has_split = _has_split(listings)
    later = restated.shares_short_previous[1:]
    usable = listings.is_revised[1:] & ~listings.split_flag[1:] & ~has_split[1:] & np.isfinite(later)
    np.copyto(revised[:-1], later, where=usable)
    in_view = (listings.settlements >= listings.sessions[0]) & (listings.settlements <= listings.sessions[-1])
    unexplained = (listings.split_flag & ~has_split)[in_view].any(axis=0)
    return revised, tuple(str(symbol) for symbol in listings.symbols[unexplained])


def _short_before_first(restated: RestatedListings) -> Floats:
    reported = np.isfinite(restated.shares_short)
    unknown = np.full(reported.shape[1], np.nan)
    if not len(reported):
        return unknown
    beside = restated.shares_short_previous[reported.argmax(axis=0), np.arange(len(unknown))]
    return np.where(reported.any(axis=0), beside, unknown)


def _has_split(listings: Listings) -> Flags:
    """(K, N) whether a known split falls after the previous settlement and on or before this one."""
    found = np.zeros(listings.shares_short.shape, bool)
    rows = np.searchsorted(listings.settlements, listings.splits.ex_date)
    inside = rows < len(listings.settlements)
    found[rows[inside], listings.splits.column[inside]] = True
    return found


def _session_indexes(sessions: Dates, days: Dates) -> Indexes:
    """Where each day falls on the axis of sessions; beyond its ends, counted by the NYSE calendar.

    A settlement whose own session is missing from the data falls on the session before it.
    """
    indexes = np.searchsorted(sessions, days, "right").astype(np.int64) - 1
    if len(days) and days[0] < sessions[0]:
        earlier = session_days(days[0].astype(date), sessions[0].astype(date))
        before = days < sessions[0]
        indexes[before] = np.searchsorted(earlier, days[before]) - (len(earlier) - 1)
    if len(days) and days[-1] > sessions[-1]:
        later = session_days(sessions[-1].astype(date), days[-1].astype(date))
        after = days > sessions[-1]
        indexes[after] = len(sessions) - 1 + np.searchsorted(later, days[after])
    return indexes


def _average_volume(listings: Listings, restated: RestatedListings) -> tuple[Floats, Flags]:
    """(N,) our own average where there are sessions enough for one, else FINRA's of the newest cycle that was out.

    Beside it (N,) whether it is FINRA's.
    """
    volume = restated.volume
    traded = np.isfinite(volume)
    ours = _mean_of_known(volume, traded)
    out = np.flatnonzero(listings.published <= listings.sessions[-1])
    # A session that still runs has no volume yet.
    few = traded.sum(axis=0) < min(LEAST_VOLUME_SESSIONS, len(volume) - 1)
    if not len(out) or not few.any():
        return ours, np.zeros(len(few), bool)
    theirs = restated.reported_volume[out[-1]].astype(np.float64)
    is_theirs = np.asarray(few & (theirs > 0))
    return np.where(is_theirs, theirs, ours), is_theirs


def _mean_of_known(values: Floats, known: Flags) -> Floats:
    count = known.sum(axis=0)
    total = np.where(known, values, 0).sum(axis=0, dtype=np.float64)
    return np.asarray(np.divide(total, count, out=np.full(len(total), np.nan), where=count > 0))
