"""Doubts: decisions about a name that money hangs on and that another look at the evidence may turn."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np


class DoubtRule(Enum):
    """The rule that decided: its word in documents, and a sentence for people."""

    UNLISTED_SPLIT = "unlisted_split", "No list holds this split; two witnesses tell it, and it is applied."
    PROVISIONAL_SPLIT = "provisional_split", "This split is applied until FINRA's next report says more."
    LEAP = "leap", "The price leapt by about a plain ratio, and nothing tells a split from a return: none is applied."
    UNMOVED_SPLIT = "unmoved_split", "A list holds this split, and the price did not move by it."
    REFUSED_SPLIT = "refused_split", "A list holds splits here that cannot be, and they are left out."
    UNSETTLED_COUNT = "unsettled_count", "The share count printed last is far from those before it."
    DISTRIBUTION = "distribution", "The price fell by what was distributed, which the short owes to the lender."
    TAKEN_SYMBOL = "taken_symbol", "Another company took this symbol over: the position ended at its last price."
    MISDATED_SESSION = "misdated_session", "The net changes of a session contradict the closes of the one before."

    def __init__(self, word: str, sentence: str) -> None:
        self.word = word
        self.sentence = sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """One name, one decision about it, and what speaks for it."""

    symbol: str
    """The name; the empty string where it is about a session of the whole market."""
    rule: DoubtRule
    session: np.datetime64
    """The session it is about: an ex-date or a leap."""
    evidence: str
    """What was seen, in words."""
    dollars: float = math.nan
    """USD of P&L that the decision changes in the window, or that hangs on it; NaN unknown."""
    multiple: float = math.nan
    """What prices before the session would be multiplied by, had the decision gone the other way; NaN if by nothing."""

    @property
    def is_of_market(self) -> bool:
        """Whether it is about a whole session rather than about one name."""
        return not self.symbol

    @property
    def subject(self) -> str:
        """Whom it is about, as people read it."""
        return self.symbol or "market"

    @property
    def is_about_prices(self) -> bool:
        """Whether it is known by what the other decision would multiply prices."""
        return math.isfinite(self.multiple)

    @property
    def is_about_count(self) -> bool:
        """Whether the size of the company is in doubt, and with it the tier of all that is short."""
        return self.rule is DoubtRule.UNSETTLED_COUNT

    @property
    def is_distribution(self) -> bool:
        """Whether it says what part of the price was distributed, which is one less `multiple`."""
        return self.rule is DoubtRule.DISTRIBUTION

    def of(self, dollars: float) -> Doubt:
        """The doubt with what is at stake."""
        return replace(self, dollars=dollars)


def largest_first(doubts: Iterable[Doubt]) -> tuple[Doubt, ...]:
    """Doubts by dollars, unknown ones last, equal ones by symbol and session; whole sessions before single names."""

    def place(doubt: Doubt) -> tuple[bool, bool, float, str, str]:
        is_unknown = math.isnan(doubt.dollars)
        return (
            not doubt.is_of_market,
            is_unknown,
            0.0 if is_unknown else -doubt.dollars,
            doubt.symbol,
            str(doubt.session),
        )

    return tuple(sorted(doubts, key=place))
