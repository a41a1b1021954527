"""Splits that no list holds, found by two witnesses, and listed ones that no witness saw.

A leap near a plain ratio together with a share count changed by the same ratio within five sessions, or with
a previous close adjusted by it, is a split. FINRA's next report may contradict it; while that is not out the split is
provisional. A leap near a plain ratio that nobody explains is a doubt, and so is a listed split that moved nothing.
The rules are our own; docs/method.md has them under Splits.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final, Literal

import numpy as np

from shortside.corporate_actions.plain_ratios import (
    LARGEST_SPLIT_FACTOR,
    LEAST_SPLIT_FACTOR,
    is_possible,
    plain_ratios,
    ratio_words,
)
from shortside.corporate_actions.split_witnesses import COUNT_DELAY_SESSIONS, PRICE_TOLERANCE, Leap, Leaps, Witnesses
from shortside.doubts import Doubt, DoubtRule
from shortside.listings import Flags, Indexes, Listings, Splits
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
    found = _FoundSplits(listings, witnesses, kept)
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


_ABOUT: Final[tuple[tuple[int, Literal["left", "right"]], ...]] = ((-1, "left"), (1, "right"))


@dataclass(slots=True)
class _FoundSplits:
    """Splits that are on no list, by name and session, with who saw them."""

    listings: Listings
    witnesses: Witnesses
    kept: list[int]
    seen: dict[tuple[int, int], tuple[Leap, float, set[str]]] = field(default_factory=dict)
    listed: dict[int, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        events = self.listings.splits
        for event in self.kept:
            row = int(np.searchsorted(self.listings.sessions, events.ex_date[event]))
            self.listed.setdefault(int(events.column[event]), []).append(row)

    def add_count_changes(self, changes: Leaps) -> None:
        """Share counts that changed by ratios: the leap nearest to one within a few sessions is the split."""
        delays = np.arange(-COUNT_DELAY_SESSIONS, COUNT_DELAY_SESSIONS + 1)[:, None]
        rows, columns = np.broadcast_arrays(changes.rows + delays, changes.columns)
        leaps = self.witnesses.leaps_into(columns.ravel(), rows.ravel())
        ratios = np.broadcast_to(changes.factors, rows.shape)
        logs = np.log(leaps.factors.reshape(rows.shape) / ratios)
        is_within = (rows >= 1) & (rows < len(self.listings.sessions))
        # A leap that is none is NaN, which is below nothing.
        may_be = is_within & (np.abs(logs) < np.abs(np.log(ratios)) / 2)
        nearest = np.where(may_be, np.abs(logs), np.inf).argmin(axis=0)
        for at in np.flatnonzero(may_be.any(axis=0)).tolist():
            leap = leaps.one(int(nearest[at]) * rows.shape[1] + at)
            self._note(leap, float(changes.factors[at]), "share count")

    def add_net_changes(self, changes: dict[tuple[int, int], float]) -> None:
        """Previous closes that were adjusted by ratios, where the price leapt by about that."""
        columns, rows = np.array(list(changes), np.int64).reshape(-1, 2).T
        leaps = self.witnesses.leaps_into(columns, rows)
        ratios = np.array(list(changes.values()), np.float64)
        with np.errstate(invalid="ignore"):
            # What is as good as equal is judged one by one.
            may_be = np.abs(np.log(leaps.factors / ratios)) < np.abs(np.log(ratios)) / 2 + ROUNDING
        for at in np.flatnonzero(may_be & (leaps.rows == rows)).tolist():
            leap, ratio = leaps.one(at), float(ratios[at])
            if leap.allows(ratio):
                self._note(leap, ratio, "net change")

    def is_listed(self, column: int, row: int, span: int = SAME_SPLIT_SESSIONS) -> bool:
        """Whether a split of the name is on the list about a session."""
        return any(abs(row - other) <= span for other in self.listed.get(column, ()))

    def are_listed(self, columns: Indexes, rows: Indexes) -> Flags:
        """(E,) whether a split of each name is on the list about a session."""
        total = len(self.listings.sessions) + 2 * SAME_SPLIT_SESSIONS + 1
        known = np.array([column * total + row for column, at in self.listed.items() for row in at], np.int64)
        known.sort()
        asked = columns * total + rows
        first, last = (np.searchsorted(known, asked + way * SAME_SPLIT_SESSIONS, side) for way, side in _ABOUT)
        return np.asarray(first < last)

    def _note(self, leap: Leap, ratio: float, witness: str) -> None:
        if self.is_listed(leap.column, leap.row):
            return
        key = leap.column, leap.row
        if key in self.seen and abs(np.log(self.seen[key][1] / ratio)) > 0.05:
            return
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
    leaps = witnesses.leaps()
    ratios = plain_ratios(leaps.factors, PRICE_TOLERANCE)
    may_be = np.flatnonzero(~np.isnan(ratios))
    may_be = may_be[witnesses.were_short(leaps.of(may_be))]
    leaps, ratios = leaps.of(may_be), ratios[may_be]
    is_told, is_moved = witnesses.positions(leaps, ratios)
    is_open = np.flatnonzero((~is_told | is_moved) & ~found.are_listed(leaps.columns, leaps.rows))
    # A warrant halves on any day, and nobody sums what is short of it.
    is_open = is_open[witnesses.are_stocks(leaps.columns[is_open])]
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
    by_day: dict[tuple[int, np.datetime64], list[int]] = {}
    for event in range(len(events.column)):
        by_day.setdefault((int(events.column[event]), events.ex_date[event]), []).append(event)
    counts: dict[int, list[tuple[int, float]]] = {}
    changed = witnesses.count_changes
    places = zip(changed.columns.tolist(), changed.rows.tolist(), changed.factors.tolist(), strict=True)
    for column, row, ratio in places:
        counts.setdefault(column, []).append((row, ratio))
    kept = []
    days = np.array([day for _, day in by_day], "datetime64[D]")
    rows = np.searchsorted(listings.sessions, days)
    leaps = witnesses.leaps_into(np.array([column for column, _ in by_day], np.int64), rows)
    is_plain = _are_plain(listings, by_day, leaps)
    kept += [same_day[0] for at, same_day in enumerate(by_day.values()) if is_plain[at]]
    for at, ((column, day), same_day) in enumerate(by_day.items()):
        if is_plain[at]:
            continue
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


def _are_plain(listings: Listings, by_day: dict[tuple[int, np.datetime64], list[int]], leaps: Leaps) -> Flags:
    """(D,) whether a day's split can be, stands alone on it, and was seen in the price beyond doubt, or has no price.

    Args:
        listings: with the splits.
        by_day: the splits of each name and day, D of them.
        leaps: (D,) the changes of the prices into these days.
    """
    factors = listings.splits.price_factor[[same_day[0] for same_day in by_day.values()]]
    is_alone = np.array([len(same_day) == 1 for same_day in by_day.values()], bool)
    can_be = np.isfinite(factors) & (factors >= 1 / LARGEST_SPLIT_FACTOR) & (factors <= LARGEST_SPLIT_FACTOR)
    told = np.where(can_be, factors, 1.0)
    with np.errstate(invalid="ignore"):
        # What is as good as equal is judged one by one.
        has_moved = np.abs(np.log(leaps.factors)) > np.abs(np.log(leaps.factors / told)) + ROUNDING
    return np.asarray(is_alone & can_be & (has_moved | (leaps.rows < 0)))


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
