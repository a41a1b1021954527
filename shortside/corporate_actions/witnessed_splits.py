"""Splits that no list holds, found by two witnesses, and listed ones that no witness saw.

A leap near a plain ratio together with a share count changed by the same ratio within five sessions, or with
a previous close adjusted by it, is a split. FINRA's next report may contradict it; while that is not out the split is
provisional. A leap near a plain ratio that nobody explains is a doubt, and so is a listed split that moved nothing.
The rules are our own; docs/method.md has them under Splits.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from shortside.corporate_actions.night_steps import LONGEST_GAP_SESSIONS, PRICE_TOLERANCE, are_about
from shortside.corporate_actions.plain_ratios import (
    LEAST_SPLIT_FACTOR,
    are_possible,
    is_possible,
    plain_ratios,
    ratio_words,
)
from shortside.corporate_actions.split_witnesses import COUNT_DELAY_SESSIONS, Leap, Leaps, Witnesses
from shortside.doubts import Doubt, DoubtRule
from shortside.listings import Flags, Floats, Indexes, Listings, Splits
from shortside.words.spelt_out import spelt_out

SAME_SPLIT_SESSIONS: Final = 10
"""Sessions about a listed split within which another of the same name is the same one."""
ROUNDING: Final = 1e-9
"""By which a first look at many leaps is more careful than what they are judged by one by one."""
COUNT_SPAN_SESSIONS: Final = 40
"""Sessions about a listed split within which a change of the share count speaks for it."""


def with_witnessed_splits(listings: Listings, witnesses: Witnesses | None = None) -> Listings:
    """The listings with what witnesses add to the list of splits and take from it, doubts and a note included.

    Args:
        listings: with the splits that are listed or flagged.
        witnesses: of the same prices, counts, net changes and positions, where somebody has them already.
    """
    if not len(listings.sessions) or not len(listings.symbols):
        return listings
    witnesses = witnesses or Witnesses(listings)
    kept, doubts = _kept(witnesses, listings)
    events = listings.splits
    rows = np.searchsorted(listings.sessions, events.ex_date[kept])
    found = _FoundSplits(listings, witnesses, (events.column[kept], rows.astype(np.int64)))
    found.add_count_changes(witnesses.count_changes)
    found.add_net_changes(witnesses.net_changes)
    added, more = found.judged()
    doubts += more + _unexplained(witnesses, kept, found)
    if not doubts and not added and len(kept) == len(listings.splits.column):
        return listings
    return replace(
        listings,
        splits=_some(listings.splits, kept).with_found(added),
        doubts=(*listings.doubts, *doubts),
        notes=(*listings.notes, *_notes(doubts)),
    )


@dataclass(slots=True)
class _FoundSplits:
    """Splits that are on no list, by name and session, with who saw them."""

    listings: Listings
    witnesses: Witnesses
    listed: tuple[Indexes, Indexes]
    """The names and session indexes of the splits that are on the list."""
    seen: dict[tuple[int, int], tuple[Leap, float, set[str]]] = field(default_factory=dict)

    def add_count_changes(self, changes: Leaps) -> None:
        """Share counts that changed by ratios: the leap nearest to one within a few sessions is the split."""
        # Wherever the leap of such a one would be, a hole in the prices included, it would be the listed split's.
        reach = COUNT_DELAY_SESSIONS + LONGEST_GAP_SESSIONS - 1
        changes = changes.of(~are_about(changes.columns, changes.rows, self.listed, SAME_SPLIT_SESSIONS - reach))
        delays = np.arange(-COUNT_DELAY_SESSIONS, COUNT_DELAY_SESSIONS + 1)[:, None]
        rows, columns = np.broadcast_arrays(changes.rows + delays, changes.columns)
        leaps = self.witnesses.leaps_into(columns.ravel(), rows.ravel())
        ratios = np.broadcast_to(changes.factors, rows.shape)
        logs = np.log(leaps.factors.reshape(rows.shape) / ratios)
        is_within = (rows >= 1) & (rows < len(self.listings.sessions))
        # A leap that is none is NaN, which is below nothing.
        may_be = is_within & (np.abs(logs) < np.abs(np.log(ratios)) / 2)
        nearest = np.where(may_be, np.abs(logs), np.inf).argmin(axis=0)
        at = np.flatnonzero(may_be.any(axis=0))
        self._note(leaps.of(nearest[at] * rows.shape[1] + at), changes.factors[at], "share count")

    def add_net_changes(self, changes: dict[tuple[int, int], float]) -> None:
        """Previous closes that were adjusted by ratios, where the price leapt by about that."""
        columns, rows = np.array(list(changes), np.int64).reshape(-1, 2).T
        leaps = self.witnesses.leaps_into(columns, rows)
        ratios = np.array(list(changes.values()), np.float64)
        with np.errstate(invalid="ignore"):
            # What is as good as equal is judged one by one.
            may_be = np.abs(np.log(leaps.factors / ratios)) < np.abs(np.log(ratios)) / 2 + ROUNDING
        may_be &= leaps.rows == rows
        at = [at for at in np.flatnonzero(may_be).tolist() if leaps.one(at).allows(float(ratios[at]))]
        self._note(leaps.of(np.array(at, np.int64)), ratios[at], "net change")

    def are_listed(self, columns: Indexes, rows: Indexes) -> Flags:
        """(E,) whether a split of each name is on the list about a session."""
        return are_about(columns, rows, self.listed, SAME_SPLIT_SESSIONS)

    def _note(self, leaps: Leaps, ratios: Floats, witness: str) -> None:
        for at in np.flatnonzero(~self.are_listed(leaps.columns, leaps.rows)).tolist():
            leap, ratio = leaps.one(at), float(ratios[at])
            key = leap.column, leap.row
            if key in self.seen and abs(np.log(self.seen[key][1] / ratio)) > 0.05:
                continue
            self.seen.setdefault(key, (leap, ratio, set()))[2].add(witness)

    def judged(self) -> tuple[list[tuple[int, np.datetime64, float]], list[Doubt]]:
        """The splits that are applied, and the doubts about all that were seen."""
        added: list[tuple[int, np.datetime64, float]] = []
        doubts = []
        for leap, ratio, who in self.seen.values():
            day = self.listings.sessions[leap.row]
            said = self.witnesses.position(leap, ratio)
            stood_still = "share count" not in who and self.witnesses.count_stood_still(leap.column, leap.row)
            is_split = said is True or (said is None and not stood_still) or len(who) > 1
            # On a day of a wild return (38 for 1, and ×3.8 on top) the price is no witness: two others are needed.
            is_alone = not leap.fits(ratio) and len(who) + (said is True) < 2
            if is_alone or not is_split:
                why = "the price leapt by far more or less" if is_alone else _contradiction(said, stood_still, who)
                doubts.append(_leap_doubt(self.listings, leap, ratio, why))
                continue
            added.append((leap.column, day, ratio))
            doubts.append(_split_doubt(self.listings, leap, ratio, who, is_provisional=said is None))
        return added, doubts


def _contradiction(said: bool | None, stood_still: bool, who: set[str]) -> str:
    against = ["the position at the next settlement did not move by it"] * (said is False)
    against += ["the share count stood still"] * stood_still
    return f"{' and '.join(sorted(who))} for it, but {' and '.join(against)}"


def _split_doubt(listings: Listings, leap: Leap, ratio: float, who: set[str], *, is_provisional: bool) -> Doubt:
    names = sorted(who, reverse=True)
    names = ["price", *names] if leap.fits(ratio) else [*names, *["position"] * (not is_provisional)]
    status = "provisional until FINRA's next report" if is_provisional else "not on FINRA's list"
    day = listings.sessions[leap.row]
    seen = " and ".join([", ".join(names[:-1]), names[-1]])
    return Doubt(
        symbol=str(listings.symbols[leap.column]),
        rule=DoubtRule.PROVISIONAL_SPLIT if is_provisional else DoubtRule.UNLISTED_SPLIT,
        session=day,
        evidence=f"a split of {ratio_words(ratio)} on {day}, {status}, from {seen}",
        multiple=1 / ratio,
    )


def _leap_doubt(listings: Listings, leap: Leap, ratio: float, why: str) -> Doubt:
    day = listings.sessions[leap.row]
    return Doubt(
        symbol=str(listings.symbols[leap.column]),
        rule=DoubtRule.LEAP,
        session=day,
        evidence=f"a leap ×{leap.factor:.4g} on {day}, near a split of {ratio_words(ratio)}, not applied: {why}",
        multiple=ratio,
    )


def _unexplained(witnesses: Witnesses, kept: list[int], found: _FoundSplits) -> list[Doubt]:
    """Leaps near a plain ratio of which nobody can say yet whether they are splits."""
    listings = witnesses.listings
    leaps = witnesses.plain_leaps()
    leaps = leaps.of(witnesses.were_short(leaps))
    # A warrant halves on any day, and nobody sums what is short of it.
    leaps = leaps.of(witnesses.are_stocks(leaps.columns))
    ratios = plain_ratios(leaps.factors, PRICE_TOLERANCE)
    is_told, is_moved = witnesses.positions(leaps, ratios)
    is_open = np.flatnonzero((~is_told | is_moved) & ~found.are_listed(leaps.columns, leaps.rows))
    # The count is asked last, for that takes longest.
    is_open = is_open[~witnesses.counts_stood_still(leaps.columns[is_open], leaps.rows[is_open])]
    doubts = []
    for at in is_open.tolist():
        leap = leaps.one(at)
        if (leap.column, leap.row) in found.seen:
            continue
        why = "only the next settlement speaks for it" if is_told[at] else "the price alone tells it"
        doubts.append(_leap_doubt(listings, leap, float(ratios[at]), why))
    return doubts


def _kept(witnesses: Witnesses, listings: Listings) -> tuple[list[int], list[Doubt]]:
    """The listed splits that can be, and doubts about the others: judged one by one, never with their neighbours."""
    events = listings.splits
    doubts: list[Doubt] = []
    by_day: dict[tuple[int, int], list[int]] = {}
    for event, name_and_day in enumerate(
        zip(events.column.tolist(), events.ex_date.astype(np.int64).tolist(), strict=True)
    ):
        by_day.setdefault(name_and_day, []).append(event)
    first = np.array([same_day[0] for same_day in by_day.values()], np.int64)
    columns, days = events.column[first], events.ex_date[first]
    leaps = witnesses.leaps_into(columns, np.searchsorted(listings.sessions, days))
    is_alone = np.array([len(same_day) == 1 for same_day in by_day.values()], bool)
    is_plain = is_alone & _are_plain(events.price_factor[first], leaps)
    kept = first[is_plain].tolist()
    odd = np.flatnonzero(~is_plain).tolist()
    counts: dict[int, list[tuple[int, float]]] = {}
    changed = witnesses.count_changes
    changed = changed.of(np.isin(changed.columns, columns[odd]))
    for column, row, ratio in zip(
        changed.columns.tolist(), changed.rows.tolist(), changed.factors.tolist(), strict=True
    ):
        counts.setdefault(column, []).append((row, ratio))
    same_days = list(by_day.values())
    for at in odd:
        column, day, same_day = int(columns[at]), days[at], same_days[at]
        possible = [event for event in same_day if is_possible(float(events.price_factor[event]))]
        factors = {round(float(events.price_factor[event]), 9) for event in possible}
        leap = leaps.one(at) if leaps.rows[at] >= 0 else None
        if len(factors) > 1:
            possible = [
                event for event in possible if leap is not None and leap.fits(float(events.price_factor[event]))
            ]
            factors = {round(float(events.price_factor[event]), 9) for event in possible}
        if not possible or len(factors) > 1:
            doubts.append(_refused(listings, column, day, same_day, "none of them is certain, none is applied"))
            continue
        factor = float(events.price_factor[possible[0]])
        if any(round(float(events.price_factor[event]), 9) not in factors for event in same_day):
            doubts.append(_refused(listings, column, day, same_day, f"the price tells {ratio_words(factor)}"))
        verdict = None if leap is None else _seen(witnesses, leap, factor, counts.get(column, []))
        if verdict is False:
            doubts.append(_unmoved(listings, column, day, factor, is_applied=False))
            continue
        if verdict is None and leap is not None and _is_unmoved(leap, factor):
            doubts.append(_unmoved(listings, column, day, factor, is_applied=True))
        kept.append(possible[0])
    return sorted(kept), doubts


def _are_plain(factors: Floats, leaps: Leaps) -> Flags:
    """(E,) whether a listed split can be, and was seen in the price beyond doubt, or has no price.

    Args:
        factors: (E,) of the splits.
        leaps: (E,) the changes of the prices into their days.
    """
    can_be = are_possible(factors)
    told = np.where(can_be, factors, 1.0)
    with np.errstate(invalid="ignore"):
        # What is as good as equal is judged one by one.
        has_moved = np.abs(np.log(leaps.factors)) > np.abs(np.log(leaps.factors / told)) + ROUNDING
    return np.asarray(can_be & (has_moved | (leaps.rows < 0)))


def _is_unmoved(leap: Leap, factor: float) -> bool:
    """Whether the price did nothing like a split; of small ones a price cannot tell."""
    is_telling = abs(np.log(factor)) > np.log(LEAST_SPLIT_FACTOR)
    return bool(is_telling and abs(np.log(leap.factor)) < abs(np.log(leap.factor / factor)))


def _seen(witnesses: Witnesses, leap: Leap, factor: float, changes: list[tuple[int, float]]) -> bool | None:
    """Whether a listed split was seen in the price; None where only others saw it; False where nobody did."""
    if not _is_unmoved(leap, factor):
        return True
    is_counted = any(
        abs(row - leap.row) <= COUNT_SPAN_SESSIONS and abs(np.log(ratio / factor)) < 0.05 for row, ratio in changes
    )
    return None if is_counted or witnesses.position(leap, factor) else False


def _unmoved(listings: Listings, column: int, day: np.datetime64, factor: float, *, is_applied: bool) -> Doubt:
    status = "applied" if is_applied else "not applied"
    who = "the price did not move by it, others did" if is_applied else "neither price nor share count moved"
    return Doubt(
        symbol=str(listings.symbols[column]),
        rule=DoubtRule.UNMOVED_SPLIT,
        session=day,
        evidence=f"a listed split of {ratio_words(factor)} on {day}, {status}: {who}",
        multiple=1 / factor if is_applied else factor,
    )


def _refused(listings: Listings, column: int, day: np.datetime64, same_day: list[int], verdict: str) -> Doubt:
    listed = listings.splits.price_factor[same_day].tolist()
    factors = ", ".join("unknown" if np.isnan(factor) else f"{factor:g}" for factor in listed)
    return Doubt(
        symbol=str(listings.symbols[column]),
        rule=DoubtRule.REFUSED_SPLIT,
        session=day,
        evidence=f"listed on {day} with price factors {factors}: {verdict}",
        multiple=float("nan"),
    )


def _notes(doubts: list[Doubt]) -> tuple[str, ...]:
    applied = (DoubtRule.UNLISTED_SPLIT, DoubtRule.PROVISIONAL_SPLIT)
    told = [f"{doubt.symbol}: {doubt.evidence}" for doubt in doubts if doubt.rule in applied]
    refused = [
        f"{doubt.symbol}: {doubt.evidence}"
        for doubt in doubts
        if doubt.rule in (DoubtRule.REFUSED_SPLIT, DoubtRule.UNMOVED_SPLIT)
    ]
    notes: tuple[str, ...] = ()
    if told:
        notes += (f"{len(told)} splits are told by witnesses alone: {spelt_out(told)}",)
    if refused:
        noun = "listed split is" if len(refused) == 1 else "listed splits are"
        notes += (f"{len(refused)} {noun} doubtful: {spelt_out(refused)}",)
    return notes


def _some(splits: Splits, kept: list[int]) -> Splits:
    return Splits(
        column=splits.column[kept],
        ex_date=splits.ex_date[kept],
        price_factor=splits.price_factor[kept],
        shares_before=splits.shares_before[kept],
        shares_after=splits.shares_after[kept],
        shares_corrected_on=splits.shares_corrected_on[kept],
    )
