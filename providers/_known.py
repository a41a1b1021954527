"""Chooses the vintages one may know at a moment: each day's newest look, as a program started then would have it.

What a source published by the moment is known even where we looked later: had we been there, we would have seen it.
So a look made after the moment stands in where there is none before it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby

from providers.archive.vintages import Vintage


def best_last(vintages: Iterable[Vintage], moment: datetime) -> list[Vintage]:
    """The vintages, the best to be believed last: looks made by the moment in their order, before them later ones."""
    ranked = sorted(vintages, key=lambda one: (one.fetched_at, one.content))
    made = [one for one in ranked if one.fetched_at <= moment]
    later = [one for one in ranked if one.fetched_at > moment]
    return later[::-1] + made


def newest_of_each_day(vintages: Iterable[Vintage], moment: datetime) -> list[Vintage]:
    """One vintage a day, oldest day first: of those published by the moment the last one seen by it."""
    public = sorted((one for one in vintages if one.known_at <= moment), key=lambda one: one.as_of)
    return [best_last(list(same), moment)[-1] for _, same in groupby(public, key=lambda one: one.as_of)]
