"""Brings the simulated market to published aggregates: three groups' average short interest and short P&L.

Two unknowns a group are solved for: a drift from the year's start to the end of July and one since, both tilted
towards the names most sold short. The last price of every name is fixed, so nobody changes tier. Shares short are then
scaled. Nothing is adjusted afterwards: every panel computes from the prices and positions that come out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from providers.demo.parameters import DemoParameters
from providers.demo.price_paths import session_rows
from providers.demo.roster import Roster
from shortside.listings import Dates, Floats, Indexes

_STEPS = 12
_CLOSE_ENOUGH = 2e-4
"""Of average short interest: far inside what rounding prices to cents does."""


class CalibrationError(ArithmeticError):
    """No drift brings a group to its published figures: the parameters contradict each other."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Calibration:
    """What the solver found, a row per group."""

    drifts: Floats
    """(G, 2) log drift from the year's start to August, and since, of a name in the middle of its group."""
    scales: Floats
    """(G,) what shares short were multiplied by."""
    shares_short: Floats
    """(K, N) float64, scaled."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class _Year:
    """Everybody over the year-to-date window. R sessions, N names, G groups."""

    logarithms: Floats
    """(R, N) float32 log prices before the drifts."""
    ramps: Floats
    """(R, 2) float32: how much of each drift has happened."""
    ramps_at_end: Floats
    """(N, 2) the same at each name's last session, where its price is anchored."""
    weights: tuple[Floats, Floats, Floats]
    """Daily weights on prices, (R, N) float32 each: sum to average short interest, to P&L, and to P&L since August."""
    membership: Floats
    """(N, 2·G) float32: ones and zeros, then how strongly each member follows its group's drift."""


def calibrate(
    roster: Roster,
    parameters: DemoParameters,
    sessions: Dates,
    settlements: Dates,
    logarithms: Floats,
    shares_short: Floats,
) -> Calibration:
    """Drift the log prices in place and scale the shares short until the groups meet their figures.

    Args:
        roster: who is listed.
        parameters: the figures to meet.
        sessions: (T,) the days of the log prices.
        settlements: (K,) the days of the positions.
        logarithms: (T, N) float32 log price less its value at each name's last session. Changed in place.
        shares_short: (K, N) float64 on one split basis, NaN not reported.

    Raises:
        CalibrationError: the solver does not come to rest.
    """
    group = _groups(roster, parameters)
    start = _row(sessions, parameters.year_start)
    last_known = logarithms[session_rows(sessions, settlements[-1:])[0]]
    grown = _with_last_cycle(parameters, group, shares_short, roster.price, last_known)
    year = _year(roster, parameters, sessions, settlements, logarithms, grown, group, start)
    drifts, average = _solve(year, _targets(parameters))
    moves = _moves(year, drifts)
    logarithms[start:] += moves
    logarithms[:start] += moves[0]
    wanted = np.array([figures.average_short_interest for figures in parameters.groups])
    scales = wanted / average
    grown *= np.append(scales, 1.0)[group]
    return Calibration(drifts=drifts, scales=scales, shares_short=grown)


def daily_shares(sessions: Dates, settlements: Dates, shares_short: Floats, roster: Roster, start: int) -> Floats:
    """(R, N) float32 shares short from session `start` on: straight lines between settlements, held after the last."""
    rows = np.arange(start, len(sessions))
    knots = np.searchsorted(sessions, settlements, "right") - 1
    line = np.array([np.interp(rows, knots, np.arange(len(knots)) == knot) for knot in range(len(knots))])
    known = np.isfinite(shares_short)
    first = known.argmax(axis=0)
    last = len(known) - 1 - known[::-1].argmax(axis=0)
    index = np.clip(np.arange(len(known))[:, None], first, last)
    filled = np.nan_to_num(np.take_along_axis(shares_short, index, axis=0))
    used = np.flatnonzero(line.any(axis=1))
    daily = line[used].T.astype(np.float32) @ filled[used].astype(np.float32)
    begins = np.maximum(np.where(known.any(axis=0), knots[first], len(sessions)), roster.first)
    for column in np.flatnonzero((begins > start) | (roster.last < len(sessions) - 1)):
        daily[: max(int(begins[column]) - start, 0), column] = 0
        daily[max(int(roster.last[column]) + 1 - start, 0) :, column] = 0
    return np.asarray(daily)


def _groups(roster: Roster, parameters: DemoParameters) -> Indexes:
    """(N,) index of each name's group, −1 for what is no stock."""
    of_tier = [
        next(place for place, group in enumerate(parameters.groups) if tier.name in group.tiers)
        for tier in parameters.tiers
    ]
    return np.array([*of_tier, -1])[roster.tier]


def _targets(parameters: DemoParameters) -> Floats:
    """(G, 2) P&L of the year and since August, as fractions of the year's average short interest."""
    return np.array([
        [group.profit / group.average_short_interest, group.profit_since_august / group.average_short_interest]
        for group in parameters.groups
    ])  # fmt: skip


def _with_last_cycle(
    parameters: DemoParameters, group: Indexes, shares_short: Floats, price: Floats, logarithm: Floats
) -> Floats:
    """Positions whose last settlement cycle brought each group the new money asked for, at its closing prices."""
    grown = shares_short.copy()
    dollars = price * np.exp(logarithm.astype(np.float64))
    held = np.isfinite(grown[-2]) & np.isfinite(grown[-1])
    for place, wanted in enumerate(parameters.groups):
        members = (group == place) & held
        before, after = (grown[row, members] @ dollars[members] for row in (-2, -1))
        grown[-1, group == place] *= (1 + wanted.last_cycle_growth) * before / after
    return grown


def _year(
    roster: Roster, parameters: DemoParameters, sessions: Dates, settlements: Dates, logarithms: Floats,
    shares_short: Floats, group: Indexes, start: int,
) -> _Year:  # fmt: skip
    held = daily_shares(sessions, settlements, shares_short, roster, start)
    august = _row(sessions, parameters.august_start) - start
    count = len(sessions) - start
    day = np.arange(count)
    ramps = np.column_stack([np.minimum(day / august, 1), np.clip((day - august) / (count - 1 - august), 0, 1)])
    ends = np.maximum(roster.last - start, 0)
    profit = _profit_weights(held, ends)
    since = profit.copy()
    since[:august] = 0
    since[august] = np.where(ends > august, held[august], 0)
    tilt = _tilts(group, held.mean(axis=0) * roster.price / roster.market_cap)
    membership = (group[:, None] == np.arange(len(parameters.groups))).astype(np.float32)
    return _Year(
        logarithms=logarithms[start:] + np.log(roster.price).astype(np.float32),
        ramps=ramps.astype(np.float32),
        ramps_at_end=ramps[ends].astype(np.float32),
        weights=(held / np.float32(count), profit, since),
        membership=np.column_stack([membership, membership * tilt[:, None]]),
    )


def _profit_weights(held: Floats, ends: Indexes) -> Floats:
    """Weights w with Σ w·P = −Σ Q_{t−1}·(P_t − P_{t−1}): shares held past a name's last session earn nothing."""
    earning = held.copy()
    earning[ends, np.arange(held.shape[1])] = 0
    weights = earning.copy()
    weights[1:] -= earning[:-1]
    return weights


def _tilts(group: Indexes, ratio: Floats) -> Floats:
    """(N,) float32 from 0.5 for the least to 1.5 for the most shorted name of each group."""
    tilt = np.zeros(len(group), np.float32)
    for place in range(group.max() + 1):
        members = np.flatnonzero(group == place)
        tilt[members[np.argsort(ratio[members], kind="stable")]] = np.linspace(0.5, 1.5, len(members))
    return tilt


def _solve(year: _Year, targets: Floats) -> tuple[Floats, Floats]:
    """Newton's method on each group's two drifts. Gives them and the average short interest they lead to."""
    drifts = np.zeros(targets.shape)
    missing = targets
    for _ in range(_STEPS):
        sums, slopes = _evaluate(year, drifts)
        average, profits = sums[:, 0], sums[:, 1:]
        missing = profits / average[:, None] - targets
        if np.abs(missing).max() < _CLOSE_ENOUGH:
            return drifts, average
        quotient = (
            slopes[:, 1:] / average[:, None, None] - (profits / average[:, None] ** 2)[:, :, None] * slopes[:, :1]
        )
        drifts = drifts - np.clip(np.linalg.solve(quotient, missing[:, :, None])[:, :, 0], -0.5, 0.5)
    raise CalibrationError(f"a group stays {np.abs(missing).max():.2%} of its short interest away after {_STEPS} steps")


def _evaluate(year: _Year, drifts: Floats) -> tuple[Floats, Floats]:
    """(G, 3) average short interest, P&L and P&L since August; (G, 3, 2) their slopes in the drifts."""
    prices = _moves(year, drifts)
    prices += year.logarithms
    np.exp(prices, out=prices)
    groups = len(drifts)
    sums, slopes = [], []
    product = np.empty_like(prices)
    for weights in year.weights:
        np.multiply(weights, prices, out=product)
        daily = (product @ year.membership).astype(np.float64)
        sums.append(daily[:, :groups].sum(axis=0))
        # A name that ends early is anchored there; treating it as alive only slows the last steps.
        slopes.append(daily[:, groups:].T @ (year.ramps - 1))
    return np.column_stack(sums), np.stack(slopes, axis=1)


def _moves(year: _Year, drifts: Floats) -> Floats:
    """(R, N) float32: what the drifts add to the log prices, nothing at each name's last session."""
    groups = len(drifts)
    following = year.membership[:, groups:] @ drifts.astype(np.float32)
    moves = year.ramps @ following.T
    moves -= (year.ramps_at_end * following).sum(axis=1)
    return np.asarray(moves)


def _row(sessions: Dates, day: date) -> int:
    return int(np.searchsorted(sessions, np.datetime64(day, "D")))
