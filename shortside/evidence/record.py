"""The record of every score: how it ranked the event on evenings whose outcome is public, and what came of its words.

Evenings are those of the user's own history, each scored with the newest coefficients that could be known before it:
the record is out of sample. Of evenings before the first coefficients there is no probability, and they are not ranked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

import numpy as np

from shortside.evidence.evenings import Evening
from shortside.evidence.ranking import Bucket, Ranking, calibration, deciles, ranking_of, within_deciles
from shortside.evidence.squeeze_chances import chances_of, no_chances
from shortside.evidence.squeeze_factors import SQUEEZE_FACTORS
from shortside.evidence.squeeze_vintages import SqueezeVintage
from shortside.listings import Floats

NOTABLE_PROBABILITY: Final = 0.08
"""From here on a name is counted among those of which a squeeze was thought likely."""
FACTOR_KEYS: Final = tuple(factor.key for factor in SQUEEZE_FACTORS)


class RecordedScore(NamedTuple):
    """One score whose record is kept."""

    key: str
    words: str


RECORDED_SCORES: Final = (
    RecordedScore("probability", "P(squeeze)"),
    RecordedScore("by_volatility", "P by volatility alone"),
    RecordedScore("squeeze", "squeeze score v1"),
    RecordedScore("crowding", "crowding score v1"),
    RecordedScore("short_outstanding", "SI / shares outstanding"),
    RecordedScore("days_to_cover", "days to cover"),
    RecordedScore("volatility", "volatility of 60 sessions"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EveningRecord:
    """What one evening said and what came of it."""

    day: date
    settlement: date
    names: int
    """Names that were measured."""
    base: float
    """The mean probability that was said."""
    came: float
    """The frequency of the event."""
    notable: int
    """Names of at least 8 %; where nobody had as much, the ten most likely ones."""
    notable_squeezed: int
    least_notable: float
    """The least probability among them."""
    squeezed_symbols: tuple[str, ...]
    """Those of them that squeezed, the most likely first."""
    fitted_to: date | None
    """The last evening that its coefficients were fitted on, whose outcome was public by then; None where there is
    none, and of a simulated market."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class EvidenceRecord:
    """The whole record over some evenings."""

    evenings: tuple[EveningRecord, ...]
    """The oldest first."""
    rows: int
    """Names times evenings that are ranked: those of the evenings with coefficients, or of all where none has any."""
    unknown: int
    """Rows of which nobody can tell what came."""
    rankings: dict[str, Ranking]
    """By the key of the score, of the squeeze."""
    own_rankings: dict[str, Ranking]
    """By the key of the score, of the second event, relative to a name's own volatility."""
    buckets: tuple[Bucket, ...]
    """What came of the probabilities that were said."""
    deciles: dict[str, tuple[Bucket, ...]]
    """By the key of the score, the lowest tenth first."""
    short_interest_fifths: tuple[float, ...]
    """Frequency of a squeeze by fifths of SI over shares outstanding within tenths of volatility, the lowest first."""
    own_short_interest_fifths: tuple[float, ...]
    crowded_return: float
    """Median return in 20 sessions of the most crowded tenth of each evening; NaN unknown."""
    other_return: float
    """That of all names."""


VintageOn = Callable[[date], SqueezeVintage | None]
"""Gives the coefficients that an evening is scored with; None where none could be known."""


def record_of(evenings: Sequence[Evening], vintage_on: VintageOn) -> EvidenceRecord | None:
    """The record over evenings; None where there are none.

    Args:
        evenings: with their outcomes.
        vintage_on: gives the coefficients of an evening's day.
    """
    if not evenings:
        return None
    vintages = [vintage_on(one.day) for one in evenings]
    said = [_said(one, vintage) for one, vintage in zip(evenings, vintages, strict=True)]
    scored = [place for place, vintage in enumerate(vintages) if vintage is not None] or range(len(evenings))
    ranked = [evenings[place] for place in scored]
    scores = {key: np.concatenate([said[place][key] for place in scored]) for key, _ in RECORDED_SCORES}
    squeezed = np.concatenate([one.outcomes.squeezed for one in ranked])
    own = np.concatenate([one.outcomes.own_squeeze for one in ranked])
    ratio, volatility = scores["short_outstanding"], scores["volatility"]
    crowded, other = _crowded_returns(ranked)
    return EvidenceRecord(
        evenings=tuple(
            _evening_record(one, values["probability"], vintage)
            for one, values, vintage in zip(evenings, said, vintages, strict=True)
        ),
        rows=len(squeezed),
        unknown=int(np.isnan(squeezed).sum()),
        rankings={key: ranking_of(values, squeezed) for key, values in scores.items()},
        own_rankings={key: ranking_of(values, own) for key, values in scores.items()},
        buckets=tuple(calibration(scores["probability"], squeezed)),
        deciles={key: tuple(deciles(values, squeezed)) for key, values in scores.items()},
        short_interest_fifths=tuple(within_deciles(ratio, squeezed, volatility)[0].tolist()),
        own_short_interest_fifths=tuple(within_deciles(ratio, own, volatility)[0].tolist()),
        crowded_return=crowded,
        other_return=other,
    )


def best_single_factor(record: EvidenceRecord) -> str:
    """The key of the plain ratio of short interest that ranks the squeeze best by average precision."""
    return max(("short_outstanding", "days_to_cover"), key=lambda key: record.rankings[key].average_precision)


def _said(one: Evening, vintage: SqueezeVintage | None) -> dict[str, Floats]:
    known = None if vintage is None else (vintage.model, vintage.volatility_alone)
    chances = no_chances(one.inputs) if known is None else chances_of(one.inputs, *known)
    factors = dict(zip(FACTOR_KEYS, one.inputs.values, strict=True))
    return {
        "probability": chances.probability,
        "by_volatility": chances.by_volatility,
        "squeeze": one.squeeze_score,
        "crowding": one.crowding,
        **{key: factors[key] for key in ("short_outstanding", "days_to_cover", "volatility")},
    }


def _evening_record(one: Evening, probability: Floats, vintage: SqueezeVintage | None) -> EveningRecord:
    order = np.lexsort((one.symbols.astype(str), -probability))
    notable = order[probability[order] >= NOTABLE_PROBABILITY]
    if not len(notable) and vintage is not None:
        notable = order[:10]
    hit = notable[one.outcomes.squeezed[notable] == 1]
    return EveningRecord(
        day=one.day,
        settlement=one.settlement,
        names=len(one.symbols),
        base=float(probability.mean()) if len(probability) else float("nan"),
        came=float(np.nanmean(one.outcomes.squeezed)) if np.isfinite(one.outcomes.squeezed).any() else float("nan"),
        notable=len(notable),
        notable_squeezed=len(hit),
        least_notable=float(probability[notable].min()) if len(notable) else float("nan"),
        squeezed_symbols=tuple(str(symbol) for symbol in one.symbols[hit]),
        # What was fitted later proves nothing: of a simulated market everything is judged by the newest.
        fitted_to=None if vintage is None or vintage.known_from > one.day else vintage.last,
    )


def _crowded_returns(evenings: Sequence[Evening]) -> tuple[float, float]:
    """Median returns in 20 sessions: of each evening's most crowded tenth, and of all names."""
    crowded, everyone = [], []
    for one in evenings:
        known = np.flatnonzero(np.isfinite(one.outcomes.return_20) & np.isfinite(one.crowding))
        order = known[np.argsort(-one.crowding[known], kind="stable")]
        crowded.append(one.outcomes.return_20[order[: len(order) // 10]])
        everyone.append(one.outcomes.return_20[known])
    found = [np.concatenate(returns) for returns in (crowded, everyone)]
    most, all_of_them = (float(np.median(returns)) if len(returns) else float("nan") for returns in found)
    return most, all_of_them
