"""Fits the probability of a squeeze, walk forward: no row is trained on before its outcome was public."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from shortside.evidence.evenings import Evening
from shortside.evidence.normal_scores import normal_scores
from shortside.evidence.squeeze_chances import SqueezeModel, logistic, recalibrated
from shortside.evidence.squeeze_factors import SQUEEZE_FACTORS, VOLATILITY
from shortside.evidence.squeeze_vintages import SqueezeVintage
from shortside.listings import Flags, Floats

SQUARED = ("volatility",)
"""The factors whose squares count, too: further ones add nothing on evenings they were not fitted on."""
LEAST_EVENINGS = 10
"""Evenings trained on before the first prediction, which recalibration needs some of."""
FLOOR = -8.0
"""Log odds below which names are not told apart: three squeezes in ten thousand names were seen there, and no fewer."""
SOLVER = "newton-cholesky"
"""Exact to many digits, so that the fit is the same on another machine, and quick for many rows and few columns."""
LEVEL_PENALTY = 0.01
"""By which an evening's level is drawn to zero, so little that it only matters where nothing squeezed."""
MOST_STEPS, MOST_SLOPE_STEP, MOST_LEVEL_STEP, MOST_ODDS = 500, 0.2, 1.0, 50.0
"""Bounds of Newton's steps, so that none leaps, and of log odds, so that none overflows."""
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
        # A second of importing, for nobody who only reads this module.
        from sklearn.linear_model import LogisticRegression

        among = chosen & np.isfinite(rows.squeezed)
        columns = self.matrix(rows)[among]
        middle, width = columns.mean(axis=0), columns.std(axis=0)
        fit = LogisticRegression(C=PENALTY, solver=SOLVER).fit((columns - middle) / width, rows.squeezed[among])
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
            floor=FLOOR,
            calmest=float(np.exp(rows.market[among].min())),
            wildest=float(np.exp(rows.market[among].max())),
        )


FULL = Design(tuple(factor.key for factor in SQUEEZE_FACTORS), SQUARED)
VOLATILITY_ALONE = Design((SQUEEZE_FACTORS[VOLATILITY].key,), (SQUEEZE_FACTORS[VOLATILITY].key,))


def log_odds(model: SqueezeModel, rows: Rows, chosen: Flags) -> Floats:
    """Log odds of some rows before the recalibration."""
    scores = rows.scores[:, chosen]
    parts = model.linear @ scores + model.square @ (scores * scores)
    return np.asarray([model.start(one) for one in np.exp(rows.market[chosen])] + parts)


@dataclass(frozen=True, eq=False, slots=True)
class Walk:
    """Predictions of every evening by what was public on it; NaN for the first ones."""

    odds: Floats
    """(n,) log odds before the recalibration."""
    probability: Floats
    """(n,) recalibrated by the predictions whose outcomes were public, too."""


def walked(evenings: Sequence[Evening], rows: Rows, design: Design) -> tuple[Walk, list[SqueezeModel]]:
    """Predict each evening from those whose outcomes were public by then, and the models of every vintage.

    The window expands: the first model is of `LEAST_EVENINGS` evenings, and each further one of one evening more, so
    that the last is of all.
    """
    odds, probability = np.full(len(rows.squeezed), np.nan), np.full(len(rows.squeezed), np.nan)
    public = np.array([one.known_on for one in evenings])
    if (public[1:] < public[:-1]).any():
        raise ValueError("evenings have to be in the order in which their outcomes were public")
    known = np.array([int((public < np.datetime64(one.day)).sum()) for one in evenings])
    models = []
    for count in range(LEAST_EVENINGS, len(evenings) + 1):
        before = rows.evening < count
        model = design.fitted(rows, before)
        model = recalibration_of(model, rows, odds, before & np.isfinite(odds))
        own = (known == count)[rows.evening.astype(int)]
        odds[own] = log_odds(model, rows, own)
        for place in np.flatnonzero(known == count).tolist():
            of_evening = rows.evening == place
            probability[of_evening] = logistic(recalibrated(odds[of_evening], model))
        models.append(model)
    return Walk(odds, probability), models


def recalibration_of(model: SqueezeModel, rows: Rows, odds: Floats, chosen: Flags) -> SqueezeModel:
    """The model with the slope by which its own earlier predictions should have been spread.

    Without predictions there is nothing to learn.
    """
    among = chosen & np.isfinite(rows.squeezed)
    if not rows.squeezed[among].any():
        return model
    said = np.maximum(odds[among], model.floor)
    return replace(model, slope=slope_within(said, rows.squeezed[among], rows.evening[among]))


def slope_within(said: Floats, came: Floats, evening: Floats) -> float:
    """The slope of a logistic regression of what came on the log odds that were said, with a level for each evening.

    What the market did on the whole is not the spread's fault, so every evening has a level of its own. Newton's steps
    on the slope with the levels solved for beside it: a column for each evening would cost a hundred times as much.
    """
    place = np.unique(evening, return_inverse=True)[1]
    slope, levels = 1.0, np.zeros(int(place.max()) + 1)
    for _ in range(MOST_STEPS):
        chance = logistic(np.clip(levels[place] + slope * said, -MOST_ODDS, MOST_ODDS))
        missing, weight = came - chance, chance * (1 - chance)
        # An evening without a squeeze would have a level of minus infinity.
        of_levels = np.bincount(place, missing) - LEVEL_PENALTY * levels
        own, shared = np.bincount(place, weight) + LEVEL_PENALTY, np.bincount(place, weight * said)
        step = (missing @ said - of_levels @ (shared / own)) / (weight @ (said * said) - shared @ (shared / own))
        step = float(np.clip(step, -MOST_SLOPE_STEP, MOST_SLOPE_STEP))
        slope += step
        levels += np.clip((of_levels - shared * step) / own, -MOST_LEVEL_STEP, MOST_LEVEL_STEP)
        if abs(step) < 1e-10:
            return slope
    raise ValueError("the slope of the recalibration does not settle")


def vintages_of(
    evenings: Sequence[Evening], rows: Rows, models: Sequence[SqueezeModel], alone: Sequence[SqueezeModel]
) -> list[SqueezeVintage]:
    """The models of every vintage, each with what it was fitted on and the first day after all that was public."""
    found = []
    for place, (model, by_volatility) in enumerate(zip(models, alone, strict=True)):
        count = LEAST_EVENINGS + place
        squeezed = rows.squeezed[rows.evening < count]
        public: date = max(one.known_on for one in evenings[:count]).astype(date)
        found.append(
            SqueezeVintage(
                known_from=public + timedelta(days=1),
                first=evenings[0].day,
                last=evenings[count - 1].day,
                evenings=count,
                rows=int(np.isfinite(squeezed).sum()),
                squeezes=int(np.nansum(squeezed)),
                model=model,
                volatility_alone=by_volatility,
            )
        )
    return found


def since(evenings: Sequence[Evening], rows: Rows, day: date) -> Flags:
    """(n,) the rows of evenings from a day on."""
    later = np.array([one.day >= day for one in evenings])
    return np.asarray(later[rows.evening.astype(int)])
