"""Plays a recording: keeps its moment and speed, goes to any place of it, and tells which prices moved.

Nothing here waits, reads a file or asks the time: it is told how long it was watched. A market that comes up is not
read here either; the playback stands still at its moment until somebody has read it and says so with `meet`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from providers.recording.last_prices import LastPrices
from providers.recording.reader import Recording
from shortside.listings import Floats, Indexes
from shortside.sessions import MarketState, market_state
from tui.sources.recording_places import Place, event_beside, last_tick, place_at, place_of_market, share_played

SPEEDS: Final = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)
"""The speeds that faster and slower step through, in times of real time; playing may begin with any other."""
NO_COLUMN: Final = -1
MOST_MOVES_TOLD_ONE_BY_ONE: Final = 2**16
"""Of more, as at a great speed, every price that moved since the market was read is told, which takes less time."""
MOST_MOVES_TICKED_AFTER_A_STEP: Final = 2**11
"""After more the figures are made anew in a thread: so many prices are ticked within a few milliseconds."""


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
        """The market that is to be read, because its moment has come or somebody goes there; None where none is."""
        self._aim: Place | None = None
        """Where somebody goes, as soon as the market there is read; None where its own moment brings it."""
        self._place = place_of_market(recording, 0)
        self._watched = 0.0
        self._given = self._place.tick
        self._columns: Indexes = np.full(len(recording.symbols), NO_COLUMN, np.int64)
        self._last_prices = LastPrices(recording)

    # -- where it stands ------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        """The recording's present moment, UTC: that of the figures shown, also while a market is read."""
        return self._place.at

    @property
    def place(self) -> Place:
        """Where it stands, or is going to, so that the steps of several keys add up."""
        return self._aim or self._place

    @property
    def share_played(self) -> float:
        """How much of its time has passed, from 0 to 1."""
        return share_played(self.recording, self._place.at)

    @property
    def has_ended(self) -> bool:
        """Whether the recording was played to its end."""
        place, recording = self._place, self.recording
        return place.at >= recording.ended_at and place.tick == len(recording.tick_at) and not self._later

    @property
    def _later(self) -> int:
        """How many markets are still to come."""
        return len(self.recording.markets) - 1 - self.market

    def moment(self, _elapsed_seconds: float) -> datetime:
        """The recording's moment, UTC, however long it was watched."""
        return self._place.at

    def state(self, _elapsed_seconds: float) -> MarketState:
        """Whether New York traded at the recording's moment."""
        return market_state(self._place.at)

    # -- playing --------------------------------------------------------------------------------------------------

    def meet(self, symbols: Sequence[str], market: int) -> None:
        """Say that the market of that number is on the screen, with these names in its columns."""
        self._columns = self.columns_of(symbols)
        aim, self._aim = self._aim, None
        self.market, self.waiting = market, None
        met = place_of_market(self.recording, market)
        if aim is not None and aim.market == market:
            self._place = aim
        elif self._place.market != market:
            self._place = met
        # What moved before it is in it, and what moved before the place somebody goes to was told by `prices_there`.
        self._given = met.tick if aim is None else self._place.tick

    def columns_of(self, symbols: Sequence[str]) -> Indexes:
        """(N,) in which column each symbol of the recording stands where the columns are these; −1 for none."""
        places = {symbol: column for column, symbol in enumerate(symbols)}
        return np.array([places.get(symbol, NO_COLUMN) for symbol in self.recording.symbols], np.int64)

    @property
    def is_aiming(self) -> bool:
        """Whether the market it waits for is read because somebody goes there, not because its moment has come."""
        return self._aim is not None

    @property
    def is_afar(self) -> bool:
        """Whether it went back, or so far on that figures are made anew from `prices_now` sooner than by ticks."""
        end = self._place.tick
        return end < self._given or _moves_between(self.recording, self._given, end) > MOST_MOVES_TICKED_AFTER_A_STEP

    def stay(self) -> None:
        """Give up going to a market that cannot be read."""
        self._aim = self.waiting = None

    def prices_there(self, symbols: Sequence[str]) -> tuple[Indexes, Floats]:
        """All that moved before the place it is going to since the market there was read; columns among these names.

        Nothing where the market's own moment brings it: no price has moved in it yet.
        """
        if self._aim is None:
            return np.empty(0, np.int64), np.empty(0)
        return self._standing(self._aim, self.columns_of(symbols))

    def tick(self, elapsed_seconds: float) -> tuple[Indexes, Floats]:
        """Go on to where the watcher's clock is; columns and prices that moved, each column once with its last price.

        Args:
            elapsed_seconds: how long it was watched; what passes while it is paused or waits is not played.
        """
        passed, self._watched = elapsed_seconds - self._watched, elapsed_seconds
        if not (self.is_paused or self.has_ended) and passed >= 0:
            left = (self.recording.ended_at - self._place.at).total_seconds()
            self._play_to(self._place.at + timedelta(seconds=min(passed * self.speed, left)))
        return self._moved()

    def go(self, place: Place) -> None:
        """Stand at a place, before or after this one; where another market is shown there, as soon as it is met.

        A tick takes no price back: after this `is_afar` says whether `prices_now` is to be asked instead.
        """
        self._aim = self.waiting = None
        if place.market == self.market:
            self._place = place
        else:
            self._aim, self.waiting = place, place.market

    def prices_now(self) -> tuple[Indexes, Floats]:
        """Columns and prices of all that moved since the market was read; the names not among them have not."""
        self._given = self._place.tick
        return self._standing(self._place, self._columns)

    def step(self, steps: int = 1) -> None:
        """Go to the next recorded event, or back to the one before for −1, and pause there."""
        self.is_paused = True
        self.go(event_beside(self.recording, self.place, steps))

    def toggle(self) -> None:
        """Pause the recording, or let it go on."""
        self.is_paused = not self.is_paused

    def change_speed(self, steps: int) -> None:
        """Play faster, or slower for a negative number, by so many steps of `SPEEDS`."""
        if steps > 0:
            self.speed = next((speed for speed in SPEEDS if speed > self.speed), self.speed)
        else:
            self.speed = next((speed for speed in reversed(SPEEDS) if speed < self.speed), self.speed)

    def _play_to(self, target: datetime) -> None:
        if self.waiting is not None:
            return
        place = place_at(self.recording, target)
        if place.market == self.market:
            # Of several ticks at one moment some may have been stepped through already.
            self._place = place._replace(tick=max(place.tick, self._place.tick))
            return
        # One market after another: each comes before the ticks of its own moment.
        self.waiting = self.market + 1
        coming = self.recording.markets[self.waiting]
        self._place = Place(self.market, last_tick(self.recording, self.market), coming.at)

    def _moved(self) -> tuple[Indexes, Floats]:
        first, end = self._given, self._place.tick
        self._given = end
        recording = self.recording
        if _moves_between(recording, first, end) > MOST_MOVES_TOLD_ONE_BY_ONE:
            return self._standing(self._place, self._columns)
        codes, prices = recording.moves(first, end)
        return _last_of_each(self._columns[codes], prices)

    def _standing(self, place: Place, columns: Indexes) -> tuple[Indexes, Floats]:
        codes, prices = self._last_prices.at(place.market, place.tick)
        return _last_of_each(columns[codes], prices)


def _moves_between(recording: Recording, first: int, end: int) -> int:
    ends = recording.tick_ends
    return int(ends[end - 1]) - (int(ends[first - 1]) if first else 0) if end > first else 0


def _last_of_each(columns: Indexes, prices: Floats) -> tuple[Indexes, Floats]:
    # The last move of a column stands; `unique` gives the first it meets, so it meets them backwards.
    columns, places = np.unique(columns[::-1], return_index=True)
    is_known = columns != NO_COLUMN
    return columns[is_known], prices[::-1][places][is_known]
