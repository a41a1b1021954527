"""The live pulse: asks a live session which prices moved, by how long it has been watched."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from shortside.listings import Floats, Indexes
from shortside.sessions import MarketState


class LiveQuotes(Protocol):
    """A session that knows which prices moved since it was last asked."""

    def tick(self, elapsed_seconds: float) -> tuple[Indexes, Floats]:
        """Columns and prices that moved; nothing outside market hours."""

    def moment(self, elapsed_seconds: float) -> datetime:
        """The session's own clock, aware."""

    def state(self, elapsed_seconds: float) -> MarketState:
        """Open or closed at that moment."""


class Pulse:
    """A live session by the watcher's clock.

    Args:
        quotes: the live session.
        started_at: when the watcher began, on the watcher's clock.
    """

    def __init__(self, quotes: LiveQuotes, started_at: datetime) -> None:
        self._quotes = quotes
        self._started_at = started_at

    def elapsed(self, now: datetime) -> float:
        """Seconds watched."""
        return (now - self._started_at).total_seconds()

    def moment(self, now: datetime) -> datetime:
        """What the session's clock says."""
        return self._quotes.moment(self.elapsed(now))

    def state(self, now: datetime) -> MarketState:
        """Whether the session is open."""
        return self._quotes.state(self.elapsed(now))

    def moved(self, now: datetime) -> tuple[Indexes, Floats]:
        """Columns and prices that moved since this was last asked."""
        return self._quotes.tick(self.elapsed(now))
