"""Crowding and squeeze: two scores from 0 to 100, our own, with every factor shown.

Not S3 Partners' scores: theirs are unpublished. Ours are percentiles within the stock universe, so a score says how a
name stands among the others, not how much money is at stake.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shortside.listings import Flags, Floats

CROWDING_VERSION = "shortside-crowding/1"
"""Stamped on every output; changes when the factors or weights do."""
FACTORS = ("dollars_at_risk", "share_of_float", "stock_loan", "illiquidity")
LEAST_SQUEEZABLE_SCORE = 70.0
"""Squeeze score, 0 to 100, from which a name is called squeezable."""
LEAST_HIGHLY_SQUEEZABLE_SCORE = 90.0
"""Squeeze score, 0 to 100, from which a name is called highly squeezable."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Crowding:
    """Scores of every name, NaN outside the universe and where nothing is known."""

    score: Floats
    """(N,) 0–100: the mean of the factors that are known, times ten."""
    factors: Floats
    """(4, N) sub-scores 0–10 in the order of `FACTORS`; NaN where the input is missing (the weights re-spread)."""
    squeeze: Floats
    """(N,) 0–100: crowding, financing cost and recent loss."""


def percentiles(values: Floats, among: Flags) -> Floats:
    """(N,) rank of each value among the chosen and known ones, from 0 to 1; ties share their mean rank; NaN elsewhere.

    A single value ranks 0.5: with nobody to compare there is neither high nor low.
    """
    out = np.full(len(values), np.nan)
    chosen = np.flatnonzero(among & np.isfinite(values))
    if len(chosen) == 1:
        out[chosen] = 0.5
    if len(chosen) < 2:
        return out
    order = np.argsort(values[chosen])
    ordered = values[chosen[order]]
    # Runs of equal values: where each begins, and where it ends.
    begins = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    ends = np.append(begins[1:], len(chosen))
    out[chosen[order]] = np.repeat((begins + ends - 1) / (2 * (len(chosen) - 1)), ends - begins)
    return out


def crowding(
    *,
    short_interest: Floats,
    short_ratio: Floats,
    days_to_cover: Floats,
    fee: Floats | None,
    available_ratio: Floats | None,
    recent_loss_ratio: Floats,
    included: Flags,
) -> Crowding:
    """Score every name held short.

    Args:
        short_interest: USD sold short.
        short_ratio: shares short as a fraction of the float, else of shares outstanding.
        days_to_cover: shares short over average daily volume.
        fee: annual borrow fee as a fraction; None when no stock-loan data is at hand.
        available_ratio: shares left to borrow over shares short; None when no stock-loan data is at hand.
        recent_loss_ratio: what shorts lost in the last 30 days over their short interest; positive is a loss.
        included: the universe.
    """
    held = included & (short_interest > 0)
    factors = np.stack(
        [
            10 * percentiles(short_interest, held),
            10 * percentiles(short_ratio, held),
            10 * _stock_loan(fee, available_ratio, held),
            10 * percentiles(days_to_cover, held),
        ]
    )
    score = np.where(held, 10 * _mean_of_known(factors), np.nan)
    cost = np.full(len(score), np.nan) if fee is None else 100 * percentiles(fee, held)
    loss = 100 * percentiles(np.maximum(recent_loss_ratio, 0.0), held)
    # Half crowding, a quarter each for what it costs to stay and what it has just cost; a missing part drops out.
    squeeze = _weighted(np.stack([score, cost, loss]), np.array([0.5, 0.25, 0.25]))
    return Crowding(score=score, factors=factors, squeeze=np.where(held, squeeze, np.nan))


def _stock_loan(fee: Floats | None, available_ratio: Floats | None, held: Flags) -> Floats:
    """Tightness of the loan market, 0–1: dear and scarce is tight."""
    parts = []
    if fee is not None:
        parts.append(percentiles(fee, held))
    if available_ratio is not None:
        parts.append(percentiles(-available_ratio, held))
    return _mean_of_known(np.stack(parts)) if parts else np.full(len(held), np.nan)


def _mean_of_known(rows: Floats) -> Floats:
    return _weighted(rows, np.ones(len(rows)))


def _weighted(rows: Floats, weights: Floats) -> Floats:
    known = np.isfinite(rows)
    weight = (known * weights[:, None]).sum(axis=0)
    total = (np.where(known, rows, 0.0) * weights[:, None]).sum(axis=0)
    return np.asarray(np.divide(total, weight, out=np.full(len(weight), np.nan), where=weight > 0))
