"""The probability of a squeeze: a logistic function of normal scores, recalibrated, with every factor's part in it.

log odds = intercept + m · log(the market's volatility) + Σ a · z + Σ b · z², over the normal scores z of the factors,
with the market's volatility kept within what was fitted on; recalibrated by log odds → level + slope · log odds, not
below a floor, whose level keeps the mean of the day. The coefficients are fitted by `python -m docs.fit_squeeze` and
shipped in `squeeze_coefficients.json`, by vintage, with the window each was fitted on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

import numpy as np

from shortside.evidence.normal_scores import normal_scores
from shortside.evidence.squeeze_factors import SQUEEZE_FACTORS, VOLATILITY, SqueezeInputs
from shortside.listings import Flags, Floats

COEFFICIENTS_FILE: Final = "squeeze_coefficients.json"
CLOSE_ENOUGH: Final = 1e-12
"""By which part the mean probability of the day may differ after the recalibration."""
MOST_STEPS: Final = 40


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class SqueezeModel:
    """Coefficients of one logistic function and of its recalibration. F factors."""

    intercept: float
    market_volatility: float
    """Of the logarithm of the market's volatility."""
    linear: Floats
    """(F,) of the normal scores; 0 for a factor that is not in it."""
    square: Floats
    """(F,) of their squares."""
    slope: float
    """Of the log odds in the recalibration."""
    floor: float = float("-inf")
    """Log odds below which nothing is told apart: that little was never measured."""
    calmest: float = 0.0
    """The least market volatility it was fitted on: of a calmer market it says what it says of that one."""
    wildest: float = float("inf")
    """The most market volatility it was fitted on; a straight line would run away beyond it."""

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> SqueezeModel:
        """The model that a record of the file of coefficients describes.

        Raises:
            KeyError: a part of it is missing.
        """
        linear, square = record["linear"], record["square"]
        return cls(
            intercept=record["intercept"],
            market_volatility=record["market_volatility"],
            linear=np.array([linear.get(factor.key, 0.0) for factor in SQUEEZE_FACTORS]),
            square=np.array([square.get(factor.key, 0.0) for factor in SQUEEZE_FACTORS]),
            slope=record["slope"],
            floor=record["floor"],
            calmest=record["calmest"],
            wildest=record["wildest"],
        )

    def as_record(self) -> dict[str, Any]:
        """The record of the file of coefficients; factors that are not in the model are left out."""
        keys = [factor.key for factor in SQUEEZE_FACTORS]
        parts = {"linear": self.linear, "square": self.square}
        return {
            "intercept": self.intercept,
            "market_volatility": self.market_volatility,
            **{
                name: {key: value for key, value in zip(keys, values.tolist(), strict=True) if value}
                for name, values in parts.items()
            },
            "slope": self.slope,
            "floor": self.floor,
            "calmest": self.calmest,
            "wildest": self.wildest,
        }

    def start(self, market_volatility: float) -> float:
        """Log odds of a name of median factors in a market of this daily volatility, a fraction."""
        level = np.log(np.clip(market_volatility, self.calmest, self.wildest))
        return float(self.intercept + self.market_volatility * level)


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class SqueezeChances:
    """Probabilities of every name on one evening; NaN outside the record. N names, F factors."""

    probability: Floats
    """(N,) of a squeeze within 21 sessions."""
    by_volatility: Floats
    """(N,) what it would be by the name's and the market's volatility alone."""
    base: float
    """The mean of `probability` over the names of the record: the market's; NaN where there are none."""
    contributions: Floats
    """(F, N) each factor's part of the log odds, before the recalibration; 0 where a factor is unknown."""
    start: float
    """Log odds of a name of median factors: the intercept and the market's volatility."""
    recalibration: Floats
    """(N,) what the recalibration adds to the log odds, so that all parts sum to those of `probability`."""
    is_known: Flags
    """(F, N) which factors were known."""

    @property
    def lift(self) -> Floats:
        """(N,) how many times the market's probability a name's is."""
        return np.asarray(self.probability / self.base) if self.base > 0 else np.full(len(self.probability), np.nan)


@lru_cache(maxsize=1)
def coefficients() -> dict[str, Any]:
    """The file of coefficients as it is shipped: both models by vintage, what they were fitted on, and their record."""
    found: dict[str, Any] = json.loads(files("shortside.evidence").joinpath(COEFFICIENTS_FILE).read_text("utf-8"))
    return found


def chances_of(inputs: SqueezeInputs, model: SqueezeModel, volatility_alone: SqueezeModel) -> SqueezeChances:
    """The probabilities of names by two models. 20,000 names take a few milliseconds."""
    names = inputs.values.shape[1]
    # Where everybody is measured nothing is picked out and put back, which would take as long as all the rest.
    chosen = slice(None) if inputs.is_measured.all() else np.flatnonzero(inputs.is_measured)
    measured = inputs.values[:, chosen]
    everyone = np.ones(measured.shape[1], bool)
    scores = np.empty(measured.shape)
    for place, row in enumerate(measured):
        scores[place] = normal_scores(row, everyone)
    is_known = np.isfinite(scores)
    if not is_known.all():
        np.copyto(scores, 0.0, where=~is_known)
    alone = scores[VOLATILITY].copy()
    squares = {
        place: model.square[place] * scores[place] * scores[place] for place in np.flatnonzero(model.square).tolist()
    }
    # In place of the scores: another array of that size costs its pages.
    parts = np.multiply(scores, model.linear[:, None], out=scores)
    for place, square in squares.items():
        parts[place] += square
    start = model.start(inputs.market_volatility)
    odds = start + parts.sum(axis=0)
    calibrated, probability = _with_probability(odds, model)
    alone_odds = (
        volatility_alone.start(inputs.market_volatility)
        + volatility_alone.linear[VOLATILITY] * alone
        + volatility_alone.square[VOLATILITY] * alone * alone
    )
    _, by_volatility = _with_probability(alone_odds, volatility_alone)

    def spread(values: Floats) -> Floats:
        if len(everyone) == names:
            return values
        whole = np.full((*values.shape[:-1], names), np.nan)
        whole[..., chosen] = values
        return whole

    known = is_known
    if len(everyone) != names:
        known = np.zeros((len(SQUEEZE_FACTORS), names), bool)
        known[:, chosen] = is_known
    return SqueezeChances(
        probability=spread(probability),
        by_volatility=spread(by_volatility),
        base=float(probability.mean()) if len(everyone) else float("nan"),
        contributions=spread(parts),
        start=start,
        recalibration=spread(calibrated - odds),
        is_known=known,
    )


def no_chances(inputs: SqueezeInputs) -> SqueezeChances:
    """What is said of names on a day before any coefficients could be known: nothing."""
    unknown = np.full(inputs.values.shape[1], np.nan)
    blank = np.full(inputs.values.shape, np.nan)
    return SqueezeChances(
        probability=unknown,
        by_volatility=unknown,
        base=float("nan"),
        contributions=blank,
        start=float("nan"),
        recalibration=unknown,
        is_known=np.zeros(inputs.values.shape, bool),
    )


def logistic(odds: Floats) -> Floats:
    """The probability of log odds."""
    # In one array: each further one costs its pages.
    chance = np.negative(odds, dtype=np.float64)
    np.exp(chance, out=chance)
    chance += 1.0
    return np.asarray(np.reciprocal(chance, out=chance))


def recalibrated(odds: Floats, model: SqueezeModel) -> Floats:
    """Log odds with the slope of the recalibration, at the level that keeps the mean probability.

    The spread between names is corrected by how it turned out; the level of the day stays what the factors make it.
    """
    return _with_probability(odds, model)[0]


def _with_probability(odds: Floats, model: SqueezeModel) -> tuple[Floats, Floats]:
    """Recalibrated log odds and the probability of each, which the search for the level has made already."""
    if not len(odds):
        return odds, odds
    floored = np.maximum(odds, model.floor)
    shaped = model.slope * floored
    wanted, level = float(logistic(floored).mean()), 0.0
    calibrated = shaped + level
    chance = logistic(calibrated)
    # Halley's steps on a mean that rises with the level: a few are enough, and none may leap.
    for _ in range(MOST_STEPS):
        mean = float(chance.mean())
        missing = wanted - mean
        if abs(missing) <= CLOSE_ENOUGH * wanted:
            break
        # Not by `@`, which sets all processors to work on it and takes far longer.
        squares = chance * chance
        square, cube = float(squares.mean()), float(np.einsum("i,i", squares, chance)) / len(chance)
        steepness, bend = max(mean - square, 1e-300), mean - 3.0 * square + 2.0 * cube
        step = missing / steepness
        level += min(max(step / max(1.0 + step * bend / steepness / 2.0, 0.5), -2.0), 2.0)
        calibrated = shaped + level
        chance = logistic(calibrated)
    return calibrated, chance
