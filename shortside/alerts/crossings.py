"""Compares what is now with what a rule told last: which names crossed, and what is to be remembered.

Nothing is told of a name the first time something is known of it: that is the base. While a rule may not be told, in
its cooldown or in quiet hours, what would be told is not remembered, so that it is told afterwards if it still holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from shortside.alerts.memory import IN, OUT, UNKNOWN, RuleMemory
from shortside.alerts.rules import Change, Crossing
from shortside.conditions.matching import TruthOfNames
from shortside.listings import Flags, Floats, Indexes

NOBODY: Indexes = np.empty(0, np.int64)
ROUNDING: Final = 1e-6
"""By what part a move may fall short of what was asked for: prices are kept in 32 bits."""


def crossed(
    memory: RuleMemory, answer: TruthOfNames, crossing: Crossing, *, among: Flags | None = None, may_tell: bool = True
) -> Indexes:
    """The places of the keys that crossed since they were told last; the memory is brought up to date.

    Args:
        memory: what was told last; the answer's keys stand first in it.
        answer: what is so now.
        crossing: which way is told.
        among: (N,) the keys that are watched; of the others nothing is learned. None for all.
        may_tell: whether the rule may be told now.
    """
    sides = memory.sides[: len(answer.is_true)]
    now = (answer.is_true.view(np.int8) * np.int8(IN)) | (answer.is_false.view(np.int8) * np.int8(OUT))
    differs = now != sides
    differs &= now != UNKNOWN
    if among is not None:
        differs &= among
    # Counted, which takes a tenth of the time of `any`: at most looks nothing differs.
    if not np.count_nonzero(differs):
        return NOBODY
    told = differs & (sides == (OUT if crossing is Crossing.ENTERS else IN))
    learned = differs if may_tell else differs & ~told
    if np.count_nonzero(learned):
        sides[learned] = now[learned]
        memory.is_changed = True
    return np.flatnonzero(told) if may_tell else NOBODY


def moved(
    memory: RuleMemory, values: Floats, change: Change, *, among: Flags | None = None, may_tell: bool = True
) -> tuple[Indexes, Floats]:
    """The places of the keys whose figure moved far enough, with the figures as they were told last.

    Args:
        memory: what was told last; the figures' keys stand first in it.
        values: (N,) the figures now; NaN unknown.
        change: how far is far enough.
        among: (N,) the keys that are watched. None for all.
        may_tell: whether the rule may be told now.
    """
    anchors = memory.anchors[: len(values)]
    distance = values - anchors
    np.abs(distance, out=distance)
    least = change.least * (1 - ROUNDING)
    told = distance >= (least * np.abs(anchors) if change.is_relative else least)
    if np.count_nonzero(told):
        # A part of nothing is nothing: from 0 every move is told, and no stand-still.
        told &= distance > 0
    first = np.isnan(distance)
    if np.count_nonzero(first):
        first &= np.isnan(anchors)
        first &= np.isfinite(values)
    if among is not None:
        told &= among
        first &= among
    learned = first | told if may_tell else first
    places = np.flatnonzero(told) if may_tell else NOBODY
    before = anchors[places]
    if np.count_nonzero(learned):
        anchors[learned] = values[learned]
        memory.is_changed = True
    return places, before


def answers(are_true: Sequence[bool | None]) -> TruthOfNames:
    """The answers of some keys; None for unknown."""
    return TruthOfNames(
        np.array([one is True for one in are_true], bool), np.array([one is False for one in are_true], bool)
    )
