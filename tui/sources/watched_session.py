"""Asks a live session which prices moved, by how long it has been watched."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from shortside.listings import Floats, Indexes
from shortside.sessions import MarketState


class LiveQuotes(Protocol):
    """A live session that tells which prices moved since it was last asked."""

    def tick(self, elapsed_seconds: float) -> tuple[Indexes, Floats]:
        """The columns whose prices moved, and the prices; nothing outside market hours."""

    def moment(self, elapsed_seconds: float) -> datetime:
        """The session's own moment, with its time zone."""

    def state(self, elapsed_seconds: float) -> MarketState:
        """Whether the market is open at the session's moment."""


class WatchedSession:
    """A live session that is asked by the watcher's clock.

    Args:
        quotes: the live session.
        started_at: when the watcher began, on the watcher's clock.
    """

    def __init__(self, quotes: LiveQuotes, started_at: datetime) -> None:
        self._quotes = quotes
        self._started_at = started_at

    def elapsed(self, now: datetime) -> float:
        """How many seconds the session has been watched."""
        return (now - self._started_at).total_seconds()

    def moment(self, now: datetime) -> datetime:
        """The session's own moment now."""
        return self._quotes.moment(self.elapsed(now))

    def state(self, now: datetime) -> MarketState:
        """Whether the market is open now, by the session's clock."""
        return self._quotes.state(self.elapsed(now))

    def moved(self, now: datetime) -> tuple[Indexes, Floats]:
        """The columns whose prices moved since the last call, and the prices."""
        return self._quotes.tick(self.elapsed(now))
