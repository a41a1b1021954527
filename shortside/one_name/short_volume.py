"""How much of a name's off-exchange trading was sold short, session by session; it is not short interest.

FINRA's files hold what its reporting facilities saw: about half of the tape, market makers' hedges included, so that
40 to 50 % are sold short of a name nobody bets against. Only a name's own change says anything.
https://www.finra.org/investors/insights/short-interest
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np

from shortside.listings import Dates, Floats

MEAN_SESSIONS: Final = 20
"""Sessions of the mean beside which the last one is shown."""
LEAST_SESSIONS: Final = 5
"""With fewer, a mean says nothing."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class SoldShort:
    """One name's sessions. (S,) each, oldest first."""

    symbol: str
    sessions: Dates
    short: Floats
    """Shares sold short off exchange, exempt ones included; fractions of shares since 2025."""
    total: Floats
    """Shares traded off exchange."""

    @property
    def ratio(self) -> Floats:
        """(S,) what part was sold short; NaN where nothing traded."""
        return _divided(self.short, self.total)

    def since(self, day: np.datetime64) -> SoldShort:
        """The sessions from a day on."""
        kept = self.sessions >= day
        return replace(self, sessions=self.sessions[kept], short=self.short[kept], total=self.total[kept])

    def until(self, day: date) -> SoldShort:
        """The sessions up to a day."""
        kept = self.sessions <= np.datetime64(day, "D")
        return replace(self, sessions=self.sessions[kept], short=self.short[kept], total=self.total[kept])

    @property
    def last_ratio(self) -> float:
        """What part was sold short in the last session; NaN where none is known."""
        return float(self.ratio[-1]) if len(self.sessions) else float("nan")

    @property
    def mean_ratio(self) -> float:
        """What part was sold short in the last `MEAN_SESSIONS`, by shares; NaN where too few of them are known."""
        if len(self.sessions) < LEAST_SESSIONS:
            return float("nan")
        short, total = self.short[-MEAN_SESSIONS:].sum(), self.total[-MEAN_SESSIONS:].sum()
        return float(_divided(np.array([short]), np.array([total]))[0])

    @property
    def rank(self) -> float:
        """Which part of all sessions had less sold short than the last, 0 to 1; NaN for fewer than `MEAN_SESSIONS`."""
        known = self.ratio[np.isfinite(self.ratio)]
        if len(known) < MEAN_SESSIONS:
            return float("nan")
        return float((known < known[-1]).mean())


def _divided(short: Floats, total: Floats) -> Floats:
    ratio = np.full(len(short), np.nan)
    np.divide(short, total, out=ratio, where=total > 0)
    return ratio
