"""Log prices from a market factor, sector factors and each name's own fat-tailed shocks, anchored at the last price."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from providers.demo.parameters import DemoParameters
from providers.demo.roster import Roster
from shortside.arrays.ranked_values import distinct
from shortside.listings import Dates, Flags, Floats, Indexes

SESSIONS_A_YEAR = 252
"""Sessions in a year, for volatilities and drifts."""
_SESSIONS_BETWEEN_RESULTS = 63
"""Sessions between quarterly results."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class PricePaths:
    """One basis, no gaps: splits, rounding and listed lives come later."""

    logarithms: Floats
    """(T, N) float32: log price less its value at the name's last session, where it is zero."""
    shocks: Floats
    """(T, N) float32: each name's own shock, about a unit; volume answers to it."""
    exposures: Floats
    """(1 + S, N) float32: loading on the market and on the one sector factor of the name."""
    own_volatility: Floats
    """(N,) float32, a session's."""


def paths_of(roster: Roster, parameters: DemoParameters, sessions: Dates, rng: np.random.Generator) -> PricePaths:
    """Simulate every session of every name."""
    factors = _factors(parameters, sessions, rng)
    exposures, own = _loadings(roster, parameters, rng)
    shocks = _shocks(roster, parameters, len(sessions), rng)
    returns = factors @ exposures
    returns += _drift(roster, parameters)
    returns += shocks * own
    _add_squeezes(returns, roster, parameters, rng)
    _add_exits(returns, roster, parameters, sessions)
    # In place, row by row: a running sum down the columns of a wide array would walk memory the slow way.
    for row in range(1, len(returns)):
        returns[row] += returns[row - 1]
    returns -= returns[roster.last, np.arange(len(roster.last))]
    return PricePaths(logarithms=returns, shocks=shocks, exposures=exposures, own_volatility=own)


def _factors(parameters: DemoParameters, sessions: Dates, rng: np.random.Generator) -> Floats:
    """(T, 1 + S) float32 daily factor returns: the market first, then a factor per sector."""
    volatility = parameters.volatility
    total = len(sessions)
    market = rng.standard_t(5, total) * volatility.market / np.sqrt(5 / 3)
    start = 1
    for episode in parameters.episodes:
        end = int(np.searchsorted(sessions, np.datetime64(episode.until, "D"), "right"))
        stage = market[start:end]
        # Falling markets are the nervous ones.
        stage *= 1.35 if episode.market_return < 0 else 0.8
        stage += (episode.market_return - stage.sum()) / max(len(stage), 1)
        start = end
    sectors = rng.standard_t(5, (total, len(parameters.sectors))) * volatility.sector / np.sqrt(5 / 3)
    names = [sector.name for sector in parameters.sectors]
    for move in parameters.sector_moves:
        first = int(np.searchsorted(sessions, np.datetime64(move.start, "D")))
        last = int(np.searchsorted(sessions, np.datetime64(move.until, "D"), "right"))
        sectors[first:last, names.index(move.sector)] += move.sector_return / (last - first)
    return np.column_stack([market, sectors]).astype(np.float32)


def _loadings(roster: Roster, parameters: DemoParameters, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Exposures to the factors, and the volatility left for the name's own shocks so that the total is its tier's."""
    count, sectors = len(roster.tier), len(parameters.sectors)
    beta = np.array([sector.beta for sector in parameters.sectors])[roster.sector]
    beta = beta * np.clip(rng.normal(1.0, 0.25, count), 0.2, 2.0)
    steadiness = np.where(roster.volatility < 0.2, roster.volatility / 0.3, 1.0)
    exposures = np.zeros((1 + sectors, count))
    exposures[0] = beta * steadiness
    exposures[1 + roster.sector, np.arange(count)] = np.clip(rng.normal(1.0, 0.2, count), 0.3, 1.8) * steadiness
    exposures[:, :] = exposures[:, roster.twin]
    daily = roster.volatility / np.sqrt(SESSIONS_A_YEAR) * np.exp(rng.normal(-0.02, 0.2, count))
    rules = parameters.volatility
    shared = (exposures[0] * rules.market) ** 2 + (exposures[1:].max(axis=0) * rules.sector) ** 2
    # Results and accidents multiply some shocks: the variance they bring is part of the tier's.
    bursts = 1 + (rules.results**2 - 1) / _SESSIONS_BETWEEN_RESULTS + rules.accident_ratio * (rules.accident**2 - 1)
    own = np.sqrt(np.maximum(daily**2 - shared, (0.3 * daily) ** 2) / bursts)[roster.twin]
    return exposures.astype(np.float32), own.astype(np.float32)


def _shocks(roster: Roster, parameters: DemoParameters, total: int, rng: np.random.Generator) -> Floats:
    """(T, N) float32 shocks of about a unit, with the tails that quarterly results and accidents make."""
    rules = parameters.volatility
    count = len(roster.tier)
    shocks = rng.standard_normal((total, count), dtype=np.float32)
    quarters = np.arange(0, total, _SESSIONS_BETWEEN_RESULTS)[:, None]
    days = quarters + rng.integers(_SESSIONS_BETWEEN_RESULTS, size=count)
    quarter, company = np.nonzero(days < total)
    shocks[days[quarter, company], company] *= np.float32(rules.results)
    accidents = rng.integers(shocks.size, size=int(rules.accident_ratio * shocks.size))
    shocks.reshape(-1)[distinct(accidents)] *= np.float32(rules.accident)
    for row in np.flatnonzero(roster.twin != np.arange(count)):
        # Two classes of one company part by a few cents only.
        shocks[:, row] = shocks[:, roster.twin[row]] + 0.05 * shocks[:, row]
    return shocks


def _drift(roster: Roster, parameters: DemoParameters) -> Floats:
    by_tier = np.array([tier.drift for tier in parameters.tiers] + [0.0]) / SESSIONS_A_YEAR
    return by_tier[roster.tier].astype(np.float32)


def _add_squeezes(returns: Floats, roster: Roster, parameters: DemoParameters, rng: np.random.Generator) -> None:
    """A few small names double in three sessions and give most of it back over a month."""
    chosen = rng.choice(
        np.flatnonzero(_is_whole(roster, len(returns)) & (roster.tier >= 2)), parameters.events.squeezes, replace=False
    )
    for column, row in zip(chosen, rng.integers(30, len(returns) - 30, len(chosen)), strict=True):
        returns[row : row + 3, column] += 0.24
        returns[row + 3 : row + 23, column] -= 0.03


def _add_exits(returns: Floats, roster: Roster, parameters: DemoParameters, sessions: Dates) -> None:
    """The last weeks of the delisted: bought at a premium, run down, or crashed."""
    end = len(sessions) - 1
    for column in np.flatnonzero(roster.last < end):
        last = int(roster.last[column])
        if roster.crash[column] >= 0:
            crash = parameters.crashes[roster.crash[column]]
            row = int(np.searchsorted(sessions, np.datetime64(crash.falls_on, "D")))
            # The first day takes most of it, the sessions until trading stops the rest.
            returns[row, column] += 0.45 * crash.fall
            returns[row + 1 : last + 1, column] += 0.55 * crash.fall / (last - row)
        elif roster.is_takeover[column]:
            announced = max(last - 35, 1)
            returns[announced, column] += 0.26
            returns[announced + 1 : last + 1, column] *= 0.1
        else:
            returns[max(last - 90, 1) : last + 1, column] -= 0.02


def _is_whole(roster: Roster, total: int) -> Flags:
    return np.asarray((roster.first == 0) & (roster.last == total - 1) & roster.is_stock)


def session_rows(sessions: Dates, days: Dates) -> Indexes:
    """The session each day falls on, the last one before it if it is none; the first for days before them all."""
    return np.maximum(np.searchsorted(sessions, days, "right").astype(np.int64) - 1, 0)
