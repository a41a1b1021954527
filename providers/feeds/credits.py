"""Keeps what a metered source charges a day within a budget, across restarts and terminals."""

from __future__ import annotations

from datetime import date
from typing import Final

from providers.errors import NoDataError
from providers.feeds.state import FeedState

LEAST_CREDITS: Final = 1.0
"""Credits a question is taken to cost as long as none has been charged."""


class CreditMeter:
    """What a source charged today, and what it may still charge; a `providers.feeds.feed.Meter`."""

    def __init__(self, service: str, budget: float, earlier: FeedState | None = None) -> None:
        """A meter that goes on where another process left off.

        Args:
            service: the source's name for people.
            budget: the credits a New York day may cost.
            earlier: the feed's last state, which says what the day had cost until then.
        """
        self._service, self._budget = service, budget
        self._day = earlier.day if earlier is not None else None
        self._spent = earlier.spent_today if earlier is not None else 0.0
        self._left: float | None = None
        self._dearest = max(LEAST_CREDITS, earlier.dearest_question if earlier is not None else 0.0)

    @property
    def dearest(self) -> float:
        """What a question is taken to cost: as much as the dearest so far."""
        return self._dearest

    def spent(self, day: date) -> float:
        """Credits of a New York day; 0 for any but the last."""
        return self._spent if day == self._day else 0.0

    def words(self, day: date) -> str:
        """What the day has cost of what it may, and what the source says is left."""
        used = f"{self.spent(day):,.4g} of {self._budget:,.4g} credits used today"
        return used if self._left is None else f"{used}, {self._left:,.2f} left at {self._service}"

    def require_room(self, day: date) -> None:
        """Let a question pass that the day's budget has room for, by the dearest one so far.

        Raises:
            NoDataError: it has none; nothing is to be asked until the next day.
        """
        if self.spent(day) + self._dearest > self._budget:
            raise NoDataError(
                f"today's budget of {self._budget:,.4g} {self._service} credits has no room for a question"
            )

    def charge(self, day: date, used: float | None, left: float | None) -> None:
        """Note what a question cost.

        Args:
            day: of the question, New York.
            used: what the source says it charged; None where it does not say: then the drop in what is left counts,
                and `LEAST_CREDITS` where that is not known either.
            left: what the source says is left.
        """
        if used is None:
            is_told = left is not None and self._left is not None
            used = max((self._left or 0.0) - (left or 0.0), 0.0) if is_told else LEAST_CREDITS
        self._spent = self.spent(day) + used
        self._day = day
        self._dearest = max(self._dearest, used)
        self._left = left if left is not None else self._left
