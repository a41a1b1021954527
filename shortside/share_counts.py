"""Share counts that are plainly wrong on single days, judged against their neighbours before they decide a tier."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np

from shortside.arrays.gaps import carry_gaps, with_gaps_carried
from shortside.arrays.ranked_values import distinct, median
from shortside.arrays.stretches import stretches
from shortside.listings import Flags, Floats, Indexes

Places = np.ndarray[tuple[int], np.dtype[np.intp]]

_SUSPECT_JUMP = 3.0
"""A day-to-day change beyond this factor, after splits are undone, makes a series worth judging."""
MOST_SHORT_RATIO = 1.25
"""Shares sold short over shares outstanding beyond which the latter are wrong: GameStop's reached 1.02 in 2020."""
_OUTNUMBERED = 4
"""How many times as many sessions must stand on either side of a run that is like neither of them."""
_PRINTS_OF_FEWER, _PRINTS_OF_MORE = 2, 5
"""Prints after which more than half of the new counts at an end stayed: 74 % of smaller, 55 % of larger ones."""
_UNSETTLED = 20
"""Sessions for which a new count is said to be unsettled; it is believed before that."""
MOST_SHARES = 1e12
"""No company has as many shares: larger counts are slips. Banks of Brazil and Japan have some ten billion."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class RepairedCounts:
    """Share counts fit to size a company, and which of them are not the source's own."""

    shares_outstanding: Floats
    """(T, N) wrong days replaced by the last believed one; gaps carried forward, then back."""
    repaired: dict[int, int]
    """Column → number of sessions whose printed count was replaced."""
    unsettled: dict[int, int]
    """Column → session index since which a count far from all before it is printed, within weeks of the end."""


def repair(shares_outstanding: Floats, shares_short: Floats, settled_at: Indexes) -> RepairedCounts:
    """Replace runs of counts that leave a level by more than threefold and come back to it, then fill the gaps.

    The screener printed market caps in the trillions for single days (WMT 2023-08-02), 818 day-to-day jumps beyond
    15-fold in two years, and another class's count for weeks. A real issuance stays. A new count at the end is
    believed soon, so that a right one is not turned into the wrong one before it: after two prints if it is
    smaller, after five if it is larger, which is when more than half of those in 2021 to 2023 stayed; one that was
    taken back before, once it has stood longer than it did then. A count that stands for weeks is no company's
    either where fewer shares would be outstanding than are sold short (KNF, FRBA).

    Args:
        shares_outstanding: (T, N) as printed, on one split basis.
        shares_short: (K, N) on the same basis; NaN where nothing is reported, or may exceed what is outstanding.
        settled_at: (K,) session index of each settlement.
    """
    counts = shares_outstanding.copy()
    # Copied where wanted, not put in one by one as an index of flags would.
    printed_at = are_believable(counts)
    np.copyto(counts, np.nan, where=~printed_at)
    _drop_too_few(counts, shares_short, settled_at)
    replaced = printed_at & np.isnan(counts)
    # In place, for each further array of the whole market costs its pages.
    filled = carry_gaps(counts)
    rows, columns_judged = _wrong_days(filled)
    filled[rows, columns_judged] = np.nan
    mended = distinct(columns_judged)
    filled[:, mended] = with_gaps_carried(filled[:, mended])
    replaced[rows, columns_judged] |= printed_at[rows, columns_judged]
    days = np.bincount(np.flatnonzero(replaced) % replaced.shape[1], minlength=replaced.shape[1])
    names = np.flatnonzero(days)
    repaired = dict(zip(names.tolist(), days[names].tolist(), strict=True))
    return RepairedCounts(
        shares_outstanding=filled, repaired=repaired, unsettled=_unsettled(filled, rows, columns_judged)
    )


def _unsettled(believed: Floats, wrong_rows: Places, wrong_columns: Places) -> dict[int, int]:
    """Counts at the end that are new, whether they are believed or not."""
    last = len(believed) - 1
    found = {int(column): last for column in wrong_columns[wrong_rows == last]}
    for row in range(max(last - _UNSETTLED, 0) + 1, last + 1):
        for column in np.flatnonzero(are_apart(believed[row], believed[row - 1])).tolist():
            found[column] = row
    return found


def _drop_too_few(counts: Floats, shares_short: Floats, settled_at: Indexes) -> None:
    """Blank the counts of each cycle that fall short of the shares sold short at its end, by more than can be."""
    begun = 0
    for short, settled in zip(shares_short, settled_at.tolist(), strict=True):
        cycle = counts[begun : max(settled + 1, begun)]
        np.copyto(cycle, np.nan, where=cycle * MOST_SHORT_RATIO < short)
        begun = max(settled + 1, begun)
    if len(shares_short):
        # Until the next settlement nobody knows better than the last one.
        cycle = counts[begun:]
        np.copyto(cycle, np.nan, where=cycle * MOST_SHORT_RATIO < shares_short[-1])


def _wrong_days(filled: Floats) -> tuple[Places, Places]:
    """Sessions and columns of the counts that are not believed; only series with a jump are judged."""
    suspects = np.zeros(filled.shape[1], bool)
    for stretch in stretches(len(filled) - 1, filled.shape[1]):
        suspects |= are_apart(filled[1:][stretch], filled[stretch]).any(axis=0)
    judged = np.flatnonzero(suspects)
    if not len(judged):
        return np.empty(0, np.intp), np.empty(0, np.intp)
    # A series whose sessions stand side by side is gone through several times as fast.
    series = np.ascontiguousarray(filled[:, judged].T)
    jumps = are_apart(series[:, 1:], series[:, :-1])
    is_often, once = jumps.sum(axis=1) > 1, jumps.argmax(axis=1) + 1
    often = np.flatnonzero(is_often).tolist()
    found = {place: _wrong_rows(series[place], np.flatnonzero(jumps[place])) for place in often}
    # Most jump but once, weeks from either end, and stay.
    ends = _places_at_ends(once, ~is_often, len(filled))
    found |= {place: _wrong_end(series[place], int(once[place])) for place in ends}
    places = sorted(found)
    rows = [np.empty(0, np.intp), *(found[place] for place in places)]
    columns = [np.full(len(found[place]), judged[place]) for place in places]
    return np.concatenate(rows), np.concatenate([np.empty(0, np.intp), *columns])


def _places_at_ends(once: Places, is_asked: Flags, total: int) -> list[int]:
    """Which of the series that jump but once may do so for a few prints at an end, of those asked for.

    Args:
        once: (n,) the first session after the jump.
        is_asked: (n,) flags.
        total: sessions of a series.
    """
    after = total - once
    places: list[int] = np.flatnonzero(is_asked & ((once == 1) | (after < _PRINTS_OF_MORE))).tolist()
    return places


def _wrong_end(counts: Floats, start: int) -> Places:
    """The sessions of a series that are not believed, where it jumped but once: those of a few prints at an end.

    It is what `_wrong_rows` finds among two runs, most of which are long.
    """
    before, after = start, len(counts) - start
    if before == 1 and after > 1:
        return np.zeros(1, np.intp)
    if before <= after or after >= _PRINTS_OF_MORE:
        return np.empty(0, np.intp)
    is_larger = median(counts[start:]) > median(counts[:start])
    is_wrong = after < (_PRINTS_OF_MORE if is_larger else _PRINTS_OF_FEWER)
    return np.arange(start, len(counts) if is_wrong else start)


def _wrong_rows(counts: Floats, jumps: Places) -> Places:
    """The sessions of one series that are not believed, run by run between its jumps, the shortest run first.

    Args:
        counts: (T,) the series.
        jumps: the sessions before each jump.
    """
    starts = [0, *(jumps + 1).tolist(), len(counts)]
    runs = [_Run.of([(start, stop)], median(counts[start:stop])) for start, stop in itertools.pairwise(starts)]
    wrong = np.zeros(len(counts), bool)
    excursions: list[_Run] = []
    while (at := _wrong_run(runs, excursions)) is not None:
        excursions.append(runs[at])
        for start, stop in runs[at].spans:
            wrong[start:stop] = True
        around = runs[max(at - 1, 0) : at] + runs[at + 1 : at + 2]
        merged = [_Run.of([span for run in around for span in run.spans], around[0].level)]
        is_one = len(around) == 2 and not are_apart(around[0].level, around[1].level)
        runs[max(at - 1, 0) : at + 2] = merged if is_one else around
    return np.flatnonzero(wrong)


@dataclass(frozen=True, eq=False, slots=True)
class _Run:
    """Sessions between two jumps, with the wrong ones in the midst of them taken out."""

    spans: list[tuple[int, int]]
    level: float
    length: int

    @staticmethod
    def of(spans: list[tuple[int, int]], level: float) -> _Run:
        return _Run(spans, level, sum(stop - start for start, stop in spans))

    def __len__(self) -> int:
        return self.length


def _wrong_run(runs: list[_Run], excursions: list[_Run]) -> int | None:
    """The shortest run that is not believed; None if all are."""
    # Those at the ends come last: a single print may be what the series came back to.
    order = sorted(range(len(runs)), key=lambda at: (at in (0, len(runs) - 1), len(runs[at]), at))
    return next((at for at in order if _is_wrong(runs, at, excursions)), None)


def _is_wrong(runs: list[_Run], at: int, excursions: list[_Run]) -> bool:
    """Whether a run is an excursion from what stood before and after it, or a few prints that nothing bears out.

    No length is wrong or right by itself: an excursion is one because the series came back, and because more sessions
    speak for where it came back to. What is printed last has not come back from anywhere, and after some prints it
    stands; a level that was an excursion before is one again, until it has stood longer than it did then.
    """
    run = len(runs[at])
    if len(runs) == 1:
        return False
    if at == 0:
        return run == 1 and len(runs[1]) > 1
    if at == len(runs) - 1:
        before = runs[at - 1]
        if len(before) <= run:
            return False
        is_larger = runs[at].level > before.level
        stood = sum(len(one) for one in excursions if not are_apart(one.level, runs[at].level))
        return run < (_PRINTS_OF_MORE if is_larger else _PRINTS_OF_FEWER) or run <= stood
    before, after = runs[at - 1], runs[at + 1]
    if are_apart(before.level, after.level):
        # Between two levels, one of them the new one: a few prints on the way are neither.
        return run * _OUTNUMBERED <= min(len(before), len(after))
    return run < len(before) + len(after)


def are_believable(counts: Floats) -> Flags:
    """Which counts any company can have; a zero is the source's blank."""
    return np.asarray((counts > 0) & (counts <= MOST_SHARES))


def are_apart(one: Any, other: Any) -> Any:
    """Whether of two counts one is so much larger that the series is worth judging."""
    return (one > other * _SUSPECT_JUMP) | (other > one * _SUSPECT_JUMP)
