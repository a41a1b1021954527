"""Leaves a host alone once it has failed several times running, and tries it again with a single request."""

from __future__ import annotations

from enum import Enum
from typing import Final

FAILURES_BEFORE_A_REST: Final = 3
"""Failed calls in a row, each with its own retries, after which the host is left alone."""
FIRST_REST_SECONDS: Final = 30.0
"""Seconds of the first rest; each rest that ends in another failure is followed by one twice as long."""
LONGEST_REST_SECONDS: Final = 900.0
"""Seconds of the longest rest."""


class CircuitState(Enum):
    """Whether a host is asked at all."""

    CLOSED = "asked"
    RESTING = "left alone"
    TRYING = "being tried again"


class Circuit:
    """The failures of one host. Moments are seconds of whatever clock the caller keeps to."""

    def __init__(self) -> None:
        self.failures = 0
        """Failed calls since the last good one."""
        self._rest = 0.0
        self._until = 0.0
        self._is_trying = False

    def state(self, moment: float) -> CircuitState:
        """What would happen to a call."""
        if not self._rest:
            return CircuitState.CLOSED
        return CircuitState.RESTING if moment < self._until else CircuitState.TRYING

    def rest_left(self, moment: float) -> float:
        """Seconds until the next call is let through; 0 when one is."""
        return max(0.0, self._until - moment) if self._rest else 0.0

    def enter(self, moment: float) -> bool:
        """Whether a call may go ahead. After a rest one may; those beside it wait for how it fares."""
        state = self.state(moment)
        if state is CircuitState.TRYING:
            self._is_trying = True
            self._until = moment + self._rest
        return state is not CircuitState.RESTING

    def succeeded(self) -> None:
        """The host answered as it should."""
        self.failures, self._rest, self._is_trying = 0, 0.0, False

    def failed(self, moment: float) -> None:
        """A call came to nothing. Calls that were on their way when the rest began do not prolong it."""
        self.failures += 1
        if self._rest and not self._is_trying:
            return
        if self._rest:
            self._rest = min(self._rest * 2, LONGEST_REST_SECONDS)
        elif self.failures >= FAILURES_BEFORE_A_REST:
            self._rest = FIRST_REST_SECONDS
        self._is_trying = False
        self._until = moment + self._rest

    def wake(self) -> None:
        """End the rest at once, because the user asked; the next call goes through."""
        self._until = 0.0
