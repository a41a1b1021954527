"""Sessions whose prices are another's: the net changes of the session, or of the next, contradict the closes before.

On an ordinary day (close − net change) parts from the close before for less than 2.5 % of the names: dividends and
splits. Beyond 5 % a session holds the closes of another one, or its net changes count from another one; which of them
it is the closes tell. What is proven to be another session's is no close of this one, and missing is not zero.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from shortside.doubts import Doubt, DoubtRule
from shortside.net_changes import comparable, is_misdated, parts_from

Dates = npt.NDArray[np.datetime64]
Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.floating[Any]]

MOST_REPEATED_RATIO: Final = 0.5
"""Of the names priced in two sessions; with more equal closes one is a copy. On normal days at most 15 %."""
LEAST_AGREEING_RATIO: Final = 0.8
"""Of the net changes that part from the session before; what so many of them show is what is wrong with all."""


class Misdating(Enum):
    """What is wrong with a session whose net changes do not fit."""

    COPIED = "copied"
    """Its closes are those of another session."""
    LAGGING = "lagging"
    """Its net changes count from the session before the last one; its closes stand."""
    UNTOLD = "untold"
    """Its net changes are nothing where prices moved: the source had none; its closes stand."""
    CONTRADICTED = "contradicted"
    """Its net changes and the closes of the session before contradict each other, and nothing tells which are right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MisdatedSession:
    """One session that is not what it says it is."""

    session: np.datetime64
    other: np.datetime64
    """The session whose closes it holds, that its net changes count from, or that they contradict."""
    kind: Misdating
    names: int
    """How many names show it."""
    of: int
    """Among how many that could."""

    @property
    def sentence(self) -> str:
        """What is wrong and what is made of it, in words."""
        share = f"for {self.names:,} of {self.of:,} names"
        if self.kind is Misdating.COPIED:
            return (
                f"{self.session} holds the closes of {self.other} {share}, and net changes contradict them: they are "
                "taken as missing, and P&L across that session is of two sessions"
            )
        if self.kind is Misdating.LAGGING:
            return (
                f"the net changes of {self.session} count from {self.other}, a session too far back, {share}: "
                "its closes stand, and no split is read from its net changes"
            )
        if self.kind is Misdating.UNTOLD:
            return f"the net changes of {self.session} are 0 {share}, whose prices moved: its closes stand"
        return (
            f"the net changes of {self.session} contradict the closes of {self.other} {share}: one of the two sessions "
            "has prices that are not its own, and P&L of both is doubtful"
        )

    @property
    def doubt(self) -> Doubt:
        """The doubt about the session as a whole."""
        return Doubt(
            symbol="",
            rule=DoubtRule.MISDATED_SESSION,
            session=self.session,
            evidence=self.sentence,
            # Where the closes stand, nothing hangs on it.
            multiple=1.0 if self.kind in (Misdating.LAGGING, Misdating.UNTOLD) else math.nan,
        )


@dataclass(frozen=True, eq=False, slots=True)
class SessionJudgement:
    """What prices and their net changes say of the sessions."""

    misdated: tuple[MisdatedSession, ...] = ()
    is_strange: Flags | None = None
    """(T, N) closes that are another session's; None where none is."""


@dataclass(frozen=True, eq=False, slots=True)
class SessionSigns:
    """What each session says against the one before it, whichever others are looked at. (T,) each."""

    is_misdated: Flags
    """Sessions whose net changes contradict the closes before."""
    is_copy: Flags
    """Sessions most of whose closes are those of the session before."""

    @staticmethod
    def of(close: Floats, official: Floats, is_next: Flags) -> SessionSigns:
        """The signs in (T, N) prices, as `judge_sessions` takes them."""
        is_misdated_on, is_copy = (np.zeros(len(close), bool) for _ in range(2))
        for row in np.flatnonzero(is_next).tolist():
            told = int(comparable(close[row - 1], official[row]).sum())
            is_misdated_on[row] = is_misdated(int(parts_from(close[row - 1], official[row]).sum()), told)
        is_priced = np.isfinite(close)
        for row in range(1, len(close)):
            priced = int((is_priced[row] & is_priced[row - 1]).sum())
            is_copy[row] = (close[row] == close[row - 1]).sum() > MOST_REPEATED_RATIO * max(priced, 1)
        return SessionSigns(is_misdated_on, is_copy)

    def within(self, rows: slice) -> SessionSigns:
        """Those of some sessions; before the first of them is none."""
        is_misdated_on, is_copy = self.is_misdated[rows].copy(), self.is_copy[rows].copy()
        is_misdated_on[:1] = is_copy[:1] = False
        return SessionSigns(is_misdated_on, is_copy)


def judge_sessions(
    sessions: Dates, close: Floats, official: Floats, is_next: Flags, signs: SessionSigns | None = None
) -> SessionJudgement:
    """The sessions whose net changes contradict the closes before for more than 5 % of the names, and why.

    Args:
        sessions: (T,).
        close: (T, N) as paid.
        official: (T, N) close less net change, from one look at the session; NaN where there is none.
        is_next: (T,) whether the row before is the exchange's session before.
        signs: of the same sessions, where somebody has them already.
    """
    judge = _Judge(sessions, close, official, signs or SessionSigns.of(close, official, is_next))
    if not judge.is_misdated.any():
        return SessionJudgement()
    copied = [*judge.copies(), *judge.partial_copies()]
    found = sorted((*copied, *judge.others()), key=lambda one: one.session)
    return SessionJudgement(tuple(found), judge.is_strange if copied else None)


class _Judge:
    def __init__(self, sessions: Dates, close: Floats, official: Floats, signs: SessionSigns) -> None:
        self.sessions, self.close, self.official = sessions, close, official
        self.is_strange: Flags = np.zeros(close.shape, bool)
        self.is_misdated: Flags = signs.is_misdated.copy()
        """(T,) sessions whose net changes contradict the closes before; those that are explained are taken out."""
        self.is_copy = signs.is_copy

    def parting(self, row: int) -> Flags:
        """(N,) whose net change contradicts the close before."""
        return parts_from(self.close[row - 1], self.official[row])

    def equal(self, row: int) -> Flags:
        """(N,) whose close is that of the session before, to the last digit."""
        return np.asarray(self.close[row] == self.close[row - 1])

    def copies(self) -> Iterator[MisdatedSession]:
        """Sessions that are wholly a copy of one beside them."""
        for first, last in self._runs():
            has_after = last + 1 < len(self.sessions)
            contradicted_after = has_after and bool(self.is_misdated[last + 1])
            if not (contradicted_after or self.is_misdated[first : last + 1].any()):
                continue
            # The next session's net changes speak of the true closes of the one before, so the last one of the run is
            # false; where they agree, it is the one that is true, and those before it were dated too early.
            is_repeat = contradicted_after or (not has_after and not self.is_misdated[first])
            true = first if is_repeat else last
            self.is_misdated[(first + 1 if is_repeat else first) : last + 2] = False
            for row in range(first, last + 1):
                if row != true:
                    self.is_strange[row] = True
                    same = self.close[row] == self.close[true]
                    yield self._found(row, true, Misdating.COPIED, same, self._priced(row, true))

    def _runs(self) -> Iterator[tuple[int, int]]:
        """First and last row of each stretch of sessions with the same closes."""
        rows = np.flatnonzero(self.is_copy)
        for run in np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1):
            if len(run):
                yield int(run[0]) - 1, int(run[-1])

    def partial_copies(self) -> Iterator[MisdatedSession]:
        """Sessions of which many names, but not most, have the close of the session before."""
        for row in np.flatnonzero(self.is_misdated).tolist():
            before = row - 1
            if before and self._is_stale(row, self.equal(before)):
                self.is_misdated[before : row + 1] = False
                yield self._stale(before, self.equal(before) & self.parting(row))
            elif row == len(self.sessions) - 1 and self._is_stale(row, self.equal(row)):
                self.is_misdated[row] = False
                yield self._stale(row, self.equal(row) & self.parting(row))

    def _is_stale(self, row: int, is_equal: Flags) -> bool:
        """Whether it is mostly the names with an unchanged close whose net change contradicts it."""
        parting = self.parting(row)
        stale, told = int((is_equal & parting).sum()), int(comparable(self.close[row - 1], self.official[row]).sum())
        return is_misdated(stale, told) and stale > MOST_REPEATED_RATIO * int(parting.sum())

    def _stale(self, row: int, names: Flags) -> MisdatedSession:
        self.is_strange[row] |= names
        return self._found(row, row - 1, Misdating.COPIED, names, self._priced(row, row - 1))

    def others(self) -> Iterator[MisdatedSession]:
        """What is left: net changes that lag or are not told, or that contradict closes for no reason to be seen."""
        for row in np.flatnonzero(self.is_misdated).tolist():
            parting = self.parting(row)
            earlier = max(row - 2, 0)
            of_earlier = comparable(self.close[earlier], self.official[row])
            lagging = parting & of_earlier & ~parts_from(self.close[earlier], self.official[row])
            untold = parting & (self.close[row] == self.official[row])
            enough = LEAST_AGREEING_RATIO * int(parting.sum())
            kind, other, names = Misdating.CONTRADICTED, row - 1, parting
            if untold.sum() >= enough:
                kind, names = Misdating.UNTOLD, untold
            elif row >= 2 and lagging.sum() >= enough:
                kind, other, names = Misdating.LAGGING, earlier, lagging
            told = comparable(self.close[row - 1], self.official[row])
            yield self._found(row, other, kind, names, told)

    def _priced(self, row: int, other: int) -> Flags:
        """(N,) names with a close in both sessions."""
        return np.asarray(np.isfinite(self.close[row]) & np.isfinite(self.close[other]))

    def _found(self, row: int, other: int, kind: Misdating, names: Flags, of: Flags) -> MisdatedSession:
        return MisdatedSession(
            session=self.sessions[row],
            other=self.sessions[other],
            kind=kind,
            names=int(names.sum()),
            of=int(of.sum()),
        )
