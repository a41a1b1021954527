"""Shares short at each settlement: shorts press falling names, cover rallies, and return to a name's usual level."""

from __future__ import annotations

import numpy as np

from providers.demo.parameters import DemoParameters
from providers.demo.price_paths import Paths, session_rows
from providers.demo.roster import Roster
from shortside.listings import Dates, Floats


def short_ratios(
    roster: Roster,
    parameters: DemoParameters,
    paths: Paths,
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
