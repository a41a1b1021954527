"""The live pulse: asks the live session what moved, at most a few times a second, and hands it on."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from shortside.board import Board
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
    """Joins a live session to the Board on the screen, and remembers what moved while a new Board was being made.

    Args:
        quotes: the live session.
        started_at: when the watcher began, on the watcher's clock.
    """

    def __init__(self, quotes: LiveQuotes, started_at: datetime) -> None:
        self._quotes = quotes
        self._started_at = started_at
        self._missed: dict[int, float] = {}

    def elapsed(self, now: datetime) -> float:
        """Seconds watched."""
        return (now - self._started_at).total_seconds()

    def moment(self, now: datetime) -> datetime:
        """What the session's clock says."""
        return self._quotes.moment(self.elapsed(now))

    def state(self, now: datetime) -> MarketState:
        """Whether the session is open."""
        return self._quotes.state(self.elapsed(now))

    def beat(self, board: Board, now: datetime, is_building: bool) -> Indexes:
        """Move the Board to this moment; returns the columns that moved."""
        columns, prices = self._quotes.tick(self.elapsed(now))
        if len(columns):
            board.tick(columns, prices)
            if is_building:
                self._missed.update(zip(columns.tolist(), prices.tolist(), strict=True))
        return columns

    def forget(self) -> None:
        """Another market is on the screen: what moved in the columns of the one before means nothing to it."""
        self._missed.clear()

    def catch_up(self, board: Board) -> None:
        """A Board made in another thread meets the prices that moved meanwhile."""
        if self._missed:
            import numpy as np

            board.tick(np.fromiter(self._missed, np.int64), np.fromiter(self._missed.values(), np.float64))
            self._missed.clear()
