"""How well a score ranks an event: area under the curve, average precision, deciles, and intervals of frequencies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from shortside.breadth import quotient
from shortside.listings import Flags, Floats

Z_95: Final = 1.959963984540054
"""Standard deviations on either side that hold 95 % of a normal distribution."""
BUCKET_BOUNDS: Final = (0.0, 0.0025, 0.005, 0.01, 0.02, 0.04, 0.08, 0.12, 0.2, 1.0)
"""Probabilities between which names are put together to see what came of what was said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """How a score ranked an event over all rows of which both are known."""

    rows: int
    events: int
    base_rate: float
    auc: float
    """The chance that a row with the event stands above one without; ties count half. NaN without either kind."""
    average_precision: float
    """The mean over events of the part of events among all rows down to that one; equal scores are one step."""
    top_2: float
    """Frequency of the event in the highest 2 % of the rows."""
    top_10: float
    low_10: float


def ranking_of(score: Floats, event: Floats) -> Ranking:
    """The ranking of rows by a score.

    Args:
        score: (n,) higher for what is more likely; NaN unknown.
        event: (n,) 1, 0, or NaN where it is not known what came.
    """
    known = np.isfinite(score) & np.isfinite(event)
    values, came = score[known], event[known]
    count, events = len(values), int(came.sum())
    if not count:
        return Ranking(rows=0, events=0, **dict.fromkeys(_FIGURES, float("nan")))
    order = np.argsort(-values, kind="stable")
    came = came[order]
    return Ranking(
        rows=count,
        events=events,
        base_rate=events / count,
        auc=_auc(values, event[known]),
        average_precision=_average_precision(values[order], came),
        top_2=float(came[: max(count // 50, 1)].mean()),
        top_10=float(came[: max(count // 10, 1)].mean()),
        low_10=float(came[-max(count // 10, 1) :].mean()),
    )


_FIGURES: Final = ("base_rate", "auc", "average_precision", "top_2", "top_10", "low_10")


def _auc(values: Floats, came: Floats) -> float:
    """By the mean ranks of Mann and Whitney."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks = (ends - (counts - 1) / 2.0)[place]
    events = float(came.sum())
    others = len(values) - events
    if not events or not others:
        return float("nan")
    return float((ranks[came > 0].sum() - events * (events + 1) / 2) / (events * others))


def _average_precision(descending: Floats, came: Floats) -> float:
    """Of rows in descending order: Σ (recall gained at a score) × (precision down to it)."""
    events = float(came.sum())
    if not events:
        return float("nan")
    last = np.flatnonzero(np.append(descending[1:] != descending[:-1], True))
    hits = np.cumsum(came)[last]
    return float((np.diff(hits, prepend=0.0) / events * hits / (last + 1)).sum())


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """Rows of which about the same was said, and what came."""

    low: float
    """The least that was said of a row in it."""
    high: float
    rows: int
    said: float
    """The mean of what was said."""
    came: float
    """The frequency of the event."""
    came_low: float
    """Wilson's 95 % interval of that frequency, as if rows were independent."""
    came_high: float

    @property
    def holds(self) -> bool:
        """Whether what was said lies in the interval, or within 15 % of what came."""
        is_near = self.said > 0 and abs(self.came / self.said - 1.0) <= 0.15
        return self.came_low <= self.said <= self.came_high or is_near


def calibration(probability: Floats, event: Floats, bounds: tuple[float, ...] = BUCKET_BOUNDS) -> list[Bucket]:
    """What came of what was said, by fixed bounds of probability; buckets without rows are left out."""
    known = np.isfinite(probability) & np.isfinite(event)
    said, came = probability[known], event[known]
    # The last bucket holds its upper bound.
    place = np.clip(np.searchsorted(np.array(bounds), said, "right") - 1, 0, len(bounds) - 2)
    return [_bucket(said, came, place == at) for at in range(len(bounds) - 1) if (place == at).any()]


def deciles(score: Floats, event: Floats, parts: int = 10) -> list[Bucket]:
    """Rows in tenths of a score, the lowest first; equal scores by their order."""
    known = np.flatnonzero(np.isfinite(score) & np.isfinite(event))
    order = known[np.argsort(score[known], kind="stable")]
    every = np.zeros(len(score), bool)
    found = []
    for part in np.array_split(order, parts):
        chosen = every.copy()
        chosen[part] = True
        if len(part):
            found.append(_bucket(score, event, chosen))
    return found


def _bucket(said: Floats, came: Floats, chosen: Flags) -> Bucket:
    rows, events = int(chosen.sum()), float(came[chosen].sum())
    low, high = wilson(events, rows)
    return Bucket(
        low=float(said[chosen].min()),
        high=float(said[chosen].max()),
        rows=rows,
        said=float(said[chosen].mean()),
        came=events / rows,
        came_low=low,
        came_high=high,
    )


def wilson(events: float, rows: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a frequency (1927)."""
    if not rows:
        return float("nan"), float("nan")
    share, square = events / rows, Z_95 * Z_95 / rows
    middle = (share + square / 2) / (1 + square)
    half = Z_95 * np.sqrt(share * (1 - share) / rows + square / (4 * rows)) / (1 + square)
    return max(float(middle - half), 0.0), min(float(middle + half), 1.0)


def within_deciles(
    values: Floats, event: Floats, of: Floats, groups: int = 10, parts: int = 5
) -> tuple[Floats, Floats]:
    """Frequency of an event by parts of a value among rows of equal standing in another one.

    Args:
        values: (n,) what rows are parted by.
        event: (n,) 1, 0 or NaN.
        of: (n,) within whose tenths they are.
        groups: into how many parts by `of`.
        parts: into how many parts by `values`, within each of those.

    Returns:
        (parts,) frequencies and (parts,) rows, the lowest values first.
    """
    known = np.flatnonzero(np.isfinite(values) & np.isfinite(event) & np.isfinite(of))
    hits, rows = np.zeros(parts), np.zeros(parts)
    for group in np.array_split(known[np.argsort(of[known], kind="stable")], groups):
        for part, members in enumerate(np.array_split(group[np.argsort(values[group], kind="stable")], parts)):
            hits[part] += event[members].sum()
            rows[part] += len(members)
    return quotient(hits, rows), rows
