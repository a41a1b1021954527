"""Fits the probability of a squeeze, walk forward: no row is trained on before its outcome was public."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from sklearn.linear_model import LogisticRegression

from shortside.evidence.evenings import Evening
from shortside.evidence.normal_scores import normal_scores
from shortside.evidence.squeeze_chances import SqueezeModel, logistic, recalibrated
from shortside.evidence.squeeze_factors import SQUEEZE_FACTORS, VOLATILITY
from shortside.listings import Flags, Floats

SQUARED = ("short_outstanding", "volatility", "market_cap", "price", "short_change")
"""The factors whose squares count, too: both ends of them part from the middle."""
LEAST_EVENINGS = 10
"""Evenings trained on before the first prediction, which recalibration needs some of."""
FLOOR = -8.0
"""Log odds below which names are not told apart: three squeezes in ten thousand names were seen there, and no fewer."""
PENALTY = 1.0
"""The inverse of the strength by which coefficients are drawn to zero; the record hardly depends on it."""


@dataclass(frozen=True, eq=False, slots=True)
class Rows:
    """Rows of all evenings: one a name and evening. n rows, F factors."""

    evening: Floats
    """(n,) which evening, from 0."""
    scores: Floats
    """(F, n) normal scores among the names of the evening, 0 where a factor is unknown."""
    market: Floats
    """(n,) log of the market's volatility."""
    squeezed: Floats
    """(n,) 1, 0, or NaN."""


def rows_of(evenings: Sequence[Evening]) -> Rows:
    """The rows of evenings."""
    scores = []
    for one in evenings:
        everyone = np.ones(len(one.symbols), bool)
        scores.append(np.nan_to_num(np.stack([normal_scores(row, everyone) for row in one.inputs.values])))
    sizes = [len(one.symbols) for one in evenings]
    return Rows(
        np.repeat(np.arange(len(evenings)), sizes).astype(np.float64),
        np.concatenate(scores, axis=1),
        np.repeat(np.log([one.inputs.market_volatility for one in evenings]), sizes),
        np.concatenate([one.outcomes.squeezed for one in evenings]),
    )


@dataclass(frozen=True, eq=False, slots=True)
class Design:
    """Which factors are in a model, and which of their squares."""

    linear: tuple[str, ...]
    square: tuple[str, ...]

    def matrix(self, rows: Rows) -> Floats:
        """(n, columns) of the regression: scores, squares, the market's volatility."""
        keys = [factor.key for factor in SQUEEZE_FACTORS]
        linear = [rows.scores[keys.index(key)] for key in self.linear]
        square = [rows.scores[keys.index(key)] ** 2 for key in self.square]
        return np.column_stack([*linear, *square, rows.market])

    def fitted(self, rows: Rows, chosen: Flags) -> SqueezeModel:
        """The model of some rows, not yet recalibrated."""
        among = chosen & np.isfinite(rows.squeezed)
        columns = self.matrix(rows)[among]
        middle, width = columns.mean(axis=0), columns.std(axis=0)
        fit = LogisticRegression(C=PENALTY, max_iter=1_000).fit((columns - middle) / width, rows.squeezed[among])
        weights = fit.coef_[0] / width
        keys = [factor.key for factor in SQUEEZE_FACTORS]
        linear, square = np.zeros(len(keys)), np.zeros(len(keys))
        linear[[keys.index(key) for key in self.linear]] = weights[: len(self.linear)]
        square[[keys.index(key) for key in self.square]] = weights[len(self.linear) : -1]
        return SqueezeModel(
            intercept=float(fit.intercept_[0] - (weights * middle).sum()),
            market_volatility=float(weights[-1]),
            linear=linear,
            square=square,
            slope=1.0,
            curve=0.0,
            floor=FLOOR,
        )


FULL = Design(tuple(factor.key for factor in SQUEEZE_FACTORS), SQUARED)
VOLATILITY_ALONE = Design((SQUEEZE_FACTORS[VOLATILITY].key,), (SQUEEZE_FACTORS[VOLATILITY].key,))


def log_odds(model: SqueezeModel, rows: Rows, chosen: Flags) -> Floats:
    """Log odds of some rows before the recalibration."""
    scores = rows.scores[:, chosen]
    parts = model.linear @ scores + model.square @ (scores * scores)
    return np.asarray(model.intercept + model.market_volatility * rows.market[chosen] + parts)


@dataclass(frozen=True, eq=False, slots=True)
class Walk:
    """Predictions of every evening by what was public on it; NaN for the first ones."""

    odds: Floats
    """(n,) log odds before the recalibration."""
    probability: Floats
    """(n,) recalibrated by the predictions whose outcomes were public, too."""


def walked(evenings: Sequence[Evening], rows: Rows, design: Design) -> Walk:
    """Predict each evening from those whose outcomes were public by then: an expanding window."""
    odds, probability = np.full(len(rows.squeezed), np.nan), np.full(len(rows.squeezed), np.nan)
    public = np.array([one.known_on for one in evenings])
    for place, one in enumerate(evenings):
        known = public < np.datetime64(one.day)
        if known.sum() < LEAST_EVENINGS:
            continue
        own = rows.evening == place
        before = known[rows.evening.astype(int)]
        model = design.fitted(rows, before)
        odds[own] = log_odds(model, rows, own)
        shaped = recalibration_of(model, rows, odds, before & np.isfinite(odds))
        probability[own] = logistic(recalibrated(odds[own], shaped))
    return Walk(odds, probability)


def recalibration_of(model: SqueezeModel, rows: Rows, odds: Floats, chosen: Flags) -> SqueezeModel:
    """The model with the slope and curve by which its own earlier predictions should have been spread.

    Each evening has a level of its own in this regression: what the market did on the whole is not the spread's fault.
    Without predictions there is nothing to learn.
    """
    among = chosen & np.isfinite(rows.squeezed)
    if not rows.squeezed[among].any():
        return model
    said, evening = np.maximum(odds[among], model.floor), rows.evening[among]
    levels = (evening[:, None] == np.unique(evening)) * 3.0
    fit = LogisticRegression(C=100.0, max_iter=1_000).fit(
        np.column_stack([said, said * said / 10.0, levels]), rows.squeezed[among]
    )
    return replace(model, slope=float(fit.coef_[0, 0]), curve=float(fit.coef_[0, 1] / 10.0))


def shipped(evenings: Sequence[Evening], rows: Rows, design: Design) -> SqueezeModel:
    """The model of all evenings, recalibrated by its predictions walk forward."""
    walk = walked(evenings, rows, design)
    model = design.fitted(rows, np.ones(len(rows.squeezed), bool))
    return recalibration_of(model, rows, walk.odds, np.isfinite(walk.odds))


def since(evenings: Sequence[Evening], rows: Rows, day: date) -> Flags:
    """(n,) the rows of evenings from a day on."""
    later = np.array([one.day >= day for one in evenings])
    return np.asarray(later[rows.evening.astype(int)])
