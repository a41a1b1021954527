"""Walks through days of a folder in one process or in several, each of which reads the files and takes a span of days.

Sessions need nothing of each other but the files: what is made of a day is the same whoever makes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Generic, TypeVar

import numpy as np

from tui.settings.configuration import Options
from tui.sources.history_run import done
from tui.sources.load import HISTORY_SPAN
from tui.sources.loaded_market import LoadedMarket
from tui.sources.walk import Walk

Made = TypeVar("Made")

FIXED_DAYS: Final = 60
"""Days of history that a session without any would take the time of."""


@dataclass(frozen=True, slots=True)
class WalkSpan(Generic[Made]):
    """Days of a folder, and what is to be made of each; other processes must be able to import that function."""

    options: Options
    now: datetime
    make: Callable[[LoadedMarket], Made]
    days: tuple[date, ...]


def walked(
    options: Options,
    now: datetime,
    make: Callable[[LoadedMarket], Made],
    days: Sequence[date] | None = None,
    processes: int = 1,
) -> Iterator[tuple[date, Made]]:
    """What a function makes of the market of each day as it was known that evening, in the order of the days.

    Args:
        options: of the source `files` with its folder, and the view; their own day is without effect.
        now: the present moment of all of them.
        make: a function; where there are several processes, one that they can import, of what can be sent to them.
        days: some sessions of the folder; all there are by default.
        processes: how many at once; no more of them than `tui.sources.history_run` allows.

    Raises:
        SourceError: there is no such folder, or it has nothing for one of the days.
    """
    asked = tuple(Walk(options, lambda: now).days() if days is None else days)
    spans = [WalkSpan(options, now, make, part) for part in spans_of(asked, processes) if part]
    for span, made in zip(spans, done(span_walked, spans, "local" if len(spans) < 2 else "processes"), strict=True):
        yield from zip(span.days, made, strict=True)


def spans_of(days: tuple[date, ...], count: int) -> list[tuple[date, ...]]:
    """Days in so many runs that take about as long: the more history a session has, the longer it takes."""
    if not days:
        return []
    behind = np.array([(day - days[0]).days for day in days])
    taken = np.cumsum(np.minimum(behind, HISTORY_SPAN.days) + FIXED_DAYS)
    ends = np.searchsorted(taken, taken[-1] * np.arange(1, count) / count, "right").tolist()
    return [days[start:stop] for start, stop in zip([0, *ends], [*ends, len(days)], strict=True)]


def span_walked(span: WalkSpan[Made]) -> list[Made]:
    """What is made of each day of a span.

    Raises:
        SourceError: there is no such folder, or it has nothing for one of the days.
    """
    walk = Walk(span.options, lambda: span.now, span.days)
    return [span.make(walk.at(day)) for day in span.days]
