"""Plays a recording: keeps its moment and speed, and tells which prices moved.

Nothing here waits, reads a file or asks the time: it is told how long it was watched. A market that comes up is not
read here either; the playback stands still at its moment until somebody has read it and says so with `meet`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from providers.recording.reader import EPOCH, MICROSECOND, Recording
from shortside.listings import Floats, Indexes
from shortside.sessions import MarketState, market_state

SPEEDS: Final = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)
"""The speeds that faster and slower step through, in times of real time; playing may begin with any other."""
NO_COLUMN: Final = -1


class Playback:
    """A recording that is played: a `LiveQuotes` that can be paused, stepped and sped up.

    Args:
        recording: what is played, from its beginning.
        speed: seconds of the recording in one of the watcher's, above 0.
    """

    def __init__(self, recording: Recording, speed: float = 1.0) -> None:
        self.recording = recording
        self.speed = speed
        self.is_paused = False
        self.market = 0
        """The market that is shown."""
        self.waiting: int | None = None
        """The market whose moment has come and that is to be read; None where none is."""
        self._now = recording.markets[0].at
        self._watched = 0.0
        self._next = recording.markets[0].ticks_before
        self._given = self._next
        self._columns: Indexes = np.full(len(recording.symbols), NO_COLUMN, np.int64)

    # -- where it stands ------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        """The recording's present moment, UTC."""
        return self._now

    @property
    def has_ended(self) -> bool:
        """Whether the recording was played to its end."""
        return self._now >= self.recording.ended_at and self._next == len(self.recording.tick_at) and not self._later

    @property
    def _later(self) -> int:
        """How many markets are still to come."""
        return len(self.recording.markets) - 1 - self.market

    def moment(self, _elapsed_seconds: float) -> datetime:
        """The recording's moment, UTC, however long it was watched."""
        return self._now

    def state(self, _elapsed_seconds: float) -> MarketState:
        """Whether New York traded at the recording's moment."""
        return market_state(self._now)

    # -- playing --------------------------------------------------------------------------------------------------

    def meet(self, symbols: Sequence[str], market: int) -> None:
        """Say that the market of that number is on the screen, with these names in its columns."""
        places = {symbol: column for column, symbol in enumerate(symbols)}
        self._columns = np.array([places.get(symbol, NO_COLUMN) for symbol in self.recording.symbols], np.int64)
        self.market, self.waiting = market, None
        # What moved before it is in it.
        self._given = self.recording.markets[market].ticks_before
        self._next = max(self._next, self._given)

    def tick(self, elapsed_seconds: float) -> tuple[Indexes, Floats]:
        """Go on to where the watcher's clock is; columns and prices that moved, each column once with its last price.

        Args:
            elapsed_seconds: how long it was watched; what passes while it is paused or waits is not played.
        """
        passed, self._watched = elapsed_seconds - self._watched, elapsed_seconds
        if not (self.is_paused or self.has_ended) and passed >= 0:
            left = (self.recording.ended_at - self._now).total_seconds()
            self._go_to(self._now + timedelta(seconds=min(passed * self.speed, left)))
        return self._moved()

    def step(self) -> None:
        """Go to the next recorded event and pause there; the next `tick` tells what moved."""
        self.is_paused = True
        if self.waiting is not None or self.has_ended:
            return
        if self._next < self._stop:
            self._now = self.recording.moment(self._next)
            self._next += 1
        else:
            self._go_to(self.recording.markets[self.market + 1].at if self._later else self.recording.ended_at)

    def jump(self) -> bool:
        """Jump to the next market in the recording, past all prices before it; returns whether there is one."""
        if self.waiting is None and self._later:
            self._next = self._stop
            self._go_to(self.recording.markets[self.market + 1].at)
        return self.waiting is not None

    def toggle(self) -> None:
        """Pause the recording, or let it go on."""
        self.is_paused = not self.is_paused

    def change_speed(self, steps: int) -> None:
        """Play faster, or slower for a negative number, by so many steps of `SPEEDS`."""
        if steps > 0:
            self.speed = next((speed for speed in SPEEDS if speed > self.speed), self.speed)
        else:
            self.speed = next((speed for speed in reversed(SPEEDS) if speed < self.speed), self.speed)

    @property
    def _stop(self) -> int:
        """The tick that only comes after the next market, or the end."""
        markets = self.recording.markets
        return markets[self.market + 1].ticks_before if self._later else len(self.recording.tick_at)

    def _go_to(self, target: datetime) -> None:
        if self.waiting is not None:
            return
        due = np.searchsorted(self.recording.tick_at, (target - EPOCH) // MICROSECOND, "right")
        self._next = max(self._next, min(int(due), self._stop))
        self._now = min(target, self.recording.ended_at)
        # A market comes before the ticks of its own moment, and after those before it in the file.
        if self._later and self._next == self._stop and self.recording.markets[self.market + 1].at <= target:
            self.waiting = self.market + 1
            self._now = self.recording.markets[self.waiting].at

    def _moved(self) -> tuple[Indexes, Floats]:
        codes, prices = self.recording.moves(self._given, self._next)
        self._given = self._next
        columns = self._columns[codes]
        # The last move of a column stands; `unique` gives the first it meets, so it meets them backwards.
        columns, places = np.unique(columns[::-1], return_index=True)
        is_known = columns != NO_COLUMN
        return columns[is_known], prices[::-1][places][is_known]
