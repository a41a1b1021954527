"""The demo market's two years, from a seed: a roster, its price paths, its shorts, and what the sources print of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

import numpy as np

from providers.demo.calibration import Calibration, calibrate
from providers.demo.loans import with_earlier_fees
from providers.demo.parameters import DemoParameters
from providers.demo.price_paths import PricePaths, paths_of, session_rows
from providers.demo.publication import (
    add_wrong_counts,
    blank_outside_lives,
    borrow_of,
    choose_splits,
    cycle_volumes,
    float_of,
    on_raw_basis,
    previous_positions,
    printed_shares,
    round_prices,
    split_flags,
    volumes,
)
from providers.demo.roster import Roster, roster_of, unpriced_funds
from shortside.listings import Dates, Floats, Listings
from shortside.sessions import NEW_YORK, session_days
from shortside.settlement import cycles_between

SIMULATED_NOTE = (
    "Simulated: every company, price and position is invented; only the totals by size resemble September 2023."
)
_EVENING = time(20)
"""When the last session counts as read: extended trading ends."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Traits:
    """What moves the names in the live session. (N,) float32 but for the exposures."""

    close: Floats
    """Last price, USD; NaN for those no longer listed."""
    exposures: Floats
    """(1 + S, N) loadings on the market and on the sector factors."""
    own_volatility: Floats
    """Of a session, beside the factors."""
    dollar_volume: Floats
    """USD traded in a usual session."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Simulation:
    """A whole history and what its live continuation needs."""

    listings: Listings
    roster: Roster
    calibration: Calibration
    traits: Traits


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class _History:
    """What happened, on one split basis, before anybody prints it."""

    roster: Roster
    sessions: Dates
    settlements: Dates
    published: Dates
    close: Floats
    volume: Floats
    shares: Floats
    shares_short: Floats
    base: Floats
    """(N,) shares outstanding at the end."""


def simulate(parameters: DemoParameters, seed: int) -> Simulation:
    """The demo market. The same seed and parameters give the same market, to the bit on one version of numpy."""
    # Each part has its own stream: more draws in one leave the others as they were.
    rosters, walks, positions, prints = (
        np.random.Generator(np.random.SFC64(stream)) for stream in np.random.SeedSequence(seed).spawn(4)
    )
    sessions = session_days(parameters.first_session, parameters.last_session)
    settlements, published = _cycles(parameters)
    roster = roster_of(parameters, sessions, rosters)
    paths = paths_of(roster, parameters, sessions, walks)
    ratios = short_ratios(roster, parameters, paths, sessions, settlements, positions)
    base = np.rint(roster.market_cap / roster.price)
    shares = printed_shares(base, roster, len(sessions), prints)
    held = ratios * shares[session_rows(sessions, settlements)]
    calibration = calibrate(roster, parameters, sessions, settlements, paths.logarithms, held)
    # The largest arrays are worked on in place: the history stands three times in memory, not six.
    close = np.exp(paths.logarithms, out=paths.logarithms)
    close *= roster.price.astype(np.float32)
    volume = volumes(roster, parameters, paths.shocks, shares, ratios[-1], prints)
    traits = _traits(roster, paths, volume)
    history = _History(
        roster=roster, sessions=sessions, settlements=settlements, published=published, close=close, volume=volume,
        shares=shares, shares_short=calibration.shares_short, base=base,
    )  # fmt: skip
    listings = _as_printed(history, parameters, prints)
    if listings.borrow is not None:
        listings = replace(listings, borrow=with_earlier_fees(listings.borrow, sessions, seed))
    return Simulation(listings=listings, roster=roster, calibration=calibration, traits=traits)


def _traits(roster: Roster, paths: PricePaths, volume: Floats) -> Traits:
    price = roster.price.astype(np.float32)
    return Traits(
        close=np.where(roster.last == len(volume) - 1, price, np.float32(np.nan)),
        exposures=paths.exposures,
        own_volatility=paths.own_volatility,
        dollar_volume=volume[-20:].mean(axis=0) * price,
    )


def _as_printed(history: _History, parameters: DemoParameters, rng: np.random.Generator) -> Listings:
    """The history as the sources would hand it over. Changes its arrays in place."""
    roster, sessions, settlements = history.roster, history.sessions, history.settlements
    close, volume, shares, short = history.close, history.volume, history.shares, history.shares_short
    borrow = borrow_of(roster, short[-1] / history.base, history.base, parameters.last_session, rng)
    chosen = choose_splits(close, roster, parameters, rng)
    splits = on_raw_basis(chosen, sessions, settlements, close, volume, shares, short)
    np.rint(short, out=short)
    round_prices(close)
    add_wrong_counts(shares, parameters, rng)
    split_flag = split_flags(splits, settlements, len(roster.symbols))
    previous, is_revised = previous_positions(short, split_flag, roster, parameters, rng)
    reported_volume = np.where(np.isfinite(short), cycle_volumes(volume, sessions, settlements), np.float32(np.nan))
    blank_outside_lives(roster, close, volume, shares)
    return Listings(
        source="demo", is_simulated=True, sessions=sessions,
        symbols=roster.symbols, names=roster.names, exchanges=roster.exchanges,
        sectors=roster.sectors, industries=roster.industries, countries=roster.countries,
        close=close, volume=volume, shares_outstanding=shares,
        settlements=settlements, published=history.published,
        shares_short=short, shares_short_previous=previous, is_revised=is_revised, split_flag=split_flag,
        reported_volume=reported_volume, splits=splits,
        float_shares=float_of(roster, history.base, rng), float_as_of=sessions[-1],
        borrow=borrow, unpriced=unpriced_funds(settlements[-1], rng),
        fetched_at=datetime.combine(parameters.last_session, _EVENING, NEW_YORK).isoformat(),
        notes=(SIMULATED_NOTE,),
    )  # fmt: skip


def _cycles(parameters: DemoParameters) -> tuple[Dates, Dates]:
    """Settlement and publication dates: one before history begins, then all that its last evening knows."""
    known = [
        cycle
        for cycle in cycles_between(parameters.first_session - timedelta(days=14), parameters.last_session)
        if cycle.publication_date <= parameters.last_session
    ]
    return (
        np.array([cycle.settlement_date for cycle in known], "datetime64[D]"),
        np.array([cycle.publication_date for cycle in known], "datetime64[D]"),
    )


def short_ratios(
    roster: Roster,
    parameters: DemoParameters,
    paths: PricePaths,
    sessions: Dates,
    settlements: Dates,
    rng: np.random.Generator,
) -> Floats:
    """(K, N) float64 share of each company sold short; NaN where the name was not listed on the settlement date."""
    rules = parameters.positions
    usual = _usual_levels(roster, parameters, rng)
    rows = session_rows(sessions, settlements)
    logarithms = paths.logarithms[rows].astype(np.float64)
    level = usual + rng.normal(0, 0.25, len(usual))
    scatter = rules.scatter * np.where(roster.tier <= 0, 0.5, 1.0)
    levels = np.empty((len(rows), len(usual)))
    for cycle in range(len(rows)):
        move = logarithms[cycle] - logarithms[cycle - 1] if cycle else np.zeros(len(usual))
        level = level + rules.reversion * (usual - level)
        level += rng.normal(0, 1, len(usual)) * scatter
        level -= rules.pressing * np.clip(move, -0.5, 0.1)
        level -= rules.covering * np.maximum(move - rules.squeeze_above, 0)
        levels[cycle] = level
    # Nobody can be short more than is lent out: the curve bends towards the limit.
    ratios = rules.limit * -np.expm1(-np.exp(levels) / rules.limit)
    starts, ends = sessions[roster.first], sessions[roster.last]
    listed = (settlements[:, None] >= np.where(roster.first == 0, settlements[0], starts)) & (
        settlements[:, None] <= ends
    )
    return np.where(listed, ratios, np.nan)


def _usual_levels(roster: Roster, parameters: DemoParameters, rng: np.random.Generator) -> Floats:
    """(N,) logarithm of the share of the company usually sold short."""
    median = np.array([tier.short_ratio for tier in parameters.tiers] + [0.003])[roster.tier]
    spread = np.array([tier.short_spread for tier in parameters.tiers] + [0.8])[roster.tier]
    usual = np.log(median) + spread * rng.normal(0, 1, len(median))
    for column in np.flatnonzero(roster.crash >= 0):
        usual[column] = np.log(parameters.crashes[roster.crash[column]].short_ratio)
    return np.asarray(usual)
