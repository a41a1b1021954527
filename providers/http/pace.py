"""Keeps the pace at which one host is asked: slower once it refuses, carefully faster again while it answers.

What a host wants is in its answers. One that says for how long it wants quiet has that quiet. One that does not say has
a short one where it answered until then, as a budget of requests is spent, and longer ones where it goes on refusing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from providers.catalog import Host

SLOWEST_FACTOR: Final = 8
"""How many times slower than its usual pace a host is asked at most."""
ANSWERS_BEFORE_FASTER: Final = 20
"""Good answers in a row after which a host that was slowed down is asked faster by a quarter."""
FASTER_RATIO: Final = 0.75
FIRST_QUIET_SECONDS: Final = 60.0
"""Seconds of quiet after a refusal that does not say, where the host answered before; each further one is four times as
long, up to what the host's entry says."""
QUIET_GROWTH_FACTOR: Final = 4.0


@dataclass(frozen=True, slots=True)
class PaceState:
    """What another program needs to go on at the same pace."""

    seconds_between: float
    quiet: float = 0.0
    """The last quiet that the host did not ask for itself; 0 after a good answer."""
    is_second_agent: bool = False
    """Whether the host answers the second name only."""


class Pace:
    """The pace of one host. Moments are seconds of whatever clock the caller keeps to."""

    def __init__(self, host: Host, state: PaceState | None = None) -> None:
        """A pace as it was left, or the host's usual one.

        Args:
            host: how it is asked usually.
            state: as another program left it.
        """
        self._host = host
        usual = host.seconds_between
        known = state or PaceState(usual)
        self.state = replace(known, seconds_between=min(max(known.seconds_between, usual), usual * SLOWEST_FACTOR))
        """How it stands."""
        self._answers = 0
        self._refused_at = float("-inf")

    @property
    def seconds_between(self) -> float:
        """The least time between the starts of two requests, as it stands."""
        return self.state.seconds_between

    def answered(self) -> bool:
        """Note a good answer; whether the state changed."""
        self._answers += 1
        before = self.state
        between = before.seconds_between
        if self._answers % ANSWERS_BEFORE_FASTER == 0:
            between = max(self._host.seconds_between, between * FASTER_RATIO)
        self.state = replace(before, seconds_between=between, quiet=0.0)
        return self.state != before

    def refused(self, started: float, moment: float, asked_for: float | None) -> float:
        """Note a refusal and slow down; the seconds of quiet that follow it.

        Requests that were on their way when the quiet began are part of the same refusal.

        Args:
            started: when the request went out.
            moment: when the refusal came.
            asked_for: the quiet the host asked for; None where it does not say.
        """
        is_same = started <= self._refused_at
        quiet = self.state.quiet
        if not is_same:
            between = min(self.state.seconds_between * 2, self._host.seconds_between * SLOWEST_FACTOR)
            if asked_for is None:
                quiet = self._next_quiet()
            self.state = replace(self.state, seconds_between=between, quiet=quiet)
            self._refused_at, self._answers = moment, 0
        return asked_for if asked_for is not None else quiet

    def _next_quiet(self) -> float:
        longest = self._host.throttle_seconds
        if self.state.quiet:
            return min(self.state.quiet * QUIET_GROWTH_FACTOR, longest)
        return min(FIRST_QUIET_SECONDS, longest) if self._answers else longest

    def takes_second_agent(self) -> None:
        """Note that the host answers the second name, having refused the first."""
        self.state = replace(self.state, is_second_agent=True)
