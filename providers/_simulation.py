"""The demo market's two years, from a seed: a roster, its price paths, its shorts, and what the sources print of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from analytics.listings import Dates, Floats, Listings
from analytics.sessions import session_days
from analytics.settlement import cycles_between
from providers._demo_calibration import Calibration, calibrate
from providers._demo_parameters import DemoParameters
from providers._demo_paths import paths_of, session_rows
from providers._demo_positions import short_ratios
from providers._demo_publication import (
    add_wrong_counts,
    blank_outside_lives,
    borrow_of,
    choose_splits,
    cycle_volumes,
    on_raw_basis,
    previous_positions,
    printed_shares,
    round_prices,
    volumes,
)
from providers._demo_roster import Roster, roster_of, unpriced_funds

NOTE = "Simulated: every company, price and position is invented; only the totals by size resemble September 2023."


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
    close = np.exp(paths.logarithms, out=paths.logarithms)
    close *= roster.price.astype(np.float32)
    volume = volumes(roster, parameters, paths.shocks, shares, ratios[-1], prints)
    traits = Traits(
        close=np.where(roster.last == len(sessions) - 1, roster.price, np.nan).astype(np.float32),
        exposures=paths.exposures,
        own_volatility=paths.own_volatility,
        dollar_volume=volume[-20:].mean(axis=0) * roster.price.astype(np.float32),
    )
    short_ratio = calibration.shares_short[-1] / base
    short = calibration.shares_short
    splits = on_raw_basis(
        choose_splits(close, roster, parameters, prints), sessions, settlements, close, volume, shares, short
    )
    np.rint(short, out=short)
    round_prices(close)
    add_wrong_counts(shares, parameters, prints)
    split_flag = np.zeros(short.shape, bool)
    rows = np.searchsorted(settlements, splits.ex_date)
    split_flag[rows[rows < len(settlements)], splits.column[rows < len(settlements)]] = True
    previous, is_revised = previous_positions(short, split_flag, roster, parameters, prints)
    reported_volume = np.where(np.isfinite(short), cycle_volumes(volume, sessions, settlements), np.float32(np.nan))
    blank_outside_lives(roster, close, volume, shares)
    free = base * prints.uniform(0.62, 0.98, len(base))
    has_float = roster.is_stock & (prints.random(len(base)) > 0.03) & np.isfinite(traits.close)
    listings = Listings(
        source="demo",
        is_simulated=True,
        sessions=sessions,
        symbols=roster.symbols,
        names=roster.names,
        exchanges=roster.exchanges,
        sectors=roster.sectors,
        industries=roster.industries,
        countries=roster.countries,
        close=close,
        volume=volume,
        shares_outstanding=shares,
        settlements=settlements,
        published=published,
        shares_short=short,
        shares_short_previous=previous,
        is_revised=is_revised,
        split_flag=split_flag,
        reported_volume=reported_volume.astype(np.float32),
        splits=splits,
        float_shares=np.where(has_float, np.rint(free), np.nan),
        float_as_of=sessions[-1],
        borrow=borrow_of(roster, short_ratio, base, parameters.last_session, prints),
        unpriced=unpriced_funds(parameters, settlements[-1], prints),
        fetched_at=f"{parameters.last_session}T20:00:00-04:00",
        notes=(NOTE,),
    )
    return Simulation(listings=listings, roster=roster, calibration=calibration, traits=traits)


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
