"""A monitor that plays a recording, for tests: opened, moved by hand, and looked at."""

from __future__ import annotations

from typing import Any

from feed_examples import HandClock
from recording_examples import SYMBOLS
from waiting import patiently

from shortside.board import Board
from tui.app import Monitor
from tui.screens.key_line import KeyLine
from tui.settings.configuration import configured
from tui.sources.loaded_market import loaded_of
from tui.sources.playback import Playback
from tui.sources.replay import at_market
from widgets.crowded import CrowdedTable
from widgets.status import StatusHead


def options_of(home, **given):
    return configured({"source": "demo", **given}, {"SHORTSIDE_HOME": str(home)}).options


def vectors(board: Board):
    """Every figure of a board that prices move."""
    names = ("profit", "profit_low", "profit_high", "new_short", "short_interest", "profit_today", "new_short_30d")
    found = {name: getattr(board, name) for name in (*names, "profit_30d", "short_interest_total", "tier_codes")}
    return {
        **found,
        "price": board.book.price,
        "tiers": board.tiers.values,
        "sectors": board.sectors.values,
        "crowding": board.crowding.score,
    }


class Boards:
    """The board a monitor has of a recording, brought anywhere as it is brought there."""

    def __init__(self, recording, options):
        self.recording, self.options = recording, options
        self.playback = Playback(recording)
        self.playback.is_paused = True
        self.watched = 0.0
        self._show(0)

    def _show(self, place):
        self.loaded: Any = loaded_of(at_market(self.recording, place, self.playback), self.options)
        symbols = self.loaded.market.symbols.tolist()
        self.loaded.desk.stand_at(*self.playback.prices_there(symbols))
        self.playback.meet(symbols, place)
        self.board = self.loaded.desk.board(self.loaded.view)

    def play_to(self, moment):
        """Play on, beat by beat, and hold there."""
        self.playback.is_paused = False
        while self.playback.now() < moment:
            self.watched += min(1.0, (moment - self.playback.now()).total_seconds())
            self.board.tick(*self.playback.tick(self.watched))
            if self.playback.waiting is not None:
                self._show(self.playback.waiting)
        self.board.tick(*self.playback.tick(self.watched))
        self.playback.is_paused = True

    def go(self, place):
        """Jump, as the keys do."""
        self.playback.go(place)
        if self.playback.waiting is not None:
            self._show(self.playback.waiting)
        elif self.playback.is_afar:
            self.loaded.desk.stand_at(*self.playback.prices_now())
            self.board = self.loaded.desk.board(self.loaded.view)
        else:
            self.board.tick(*self.playback.tick(self.watched))


async def settled(pilot, reached):
    for _ in patiently():
        await pilot.pause(0.01)
        if reached():
            return
    raise AssertionError("never reached")


class Played:
    """A monitor that plays a recording, and the hand that moves its clock."""

    def __init__(self, home, path, **given):
        self.clock = HandClock()
        self.app: Any = Monitor(options_of(home, source="replay", data=str(path), window="5d", **given), self.clock)

    async def opened(self, pilot):
        app = self.app
        await settled(pilot, lambda: app.replay is not None and app.screen.query(CrowdedTable))
        await settled(pilot, lambda: app.screen.query_one(CrowdedTable).row_count == len(SYMBOLS))
        for timer in list(app._timers):
            # The test says when time passes.
            timer.stop()

    @property
    def playback(self):
        return self.app.replay.playback

    def price(self, symbol):
        symbols = self.app.board.market.symbols.tolist()
        return float(self.app.board.book.price[symbols.index(symbol)])

    async def pass_time(self, pilot, **span):
        self.clock.move(**span)
        self.app.beat()
        await pilot.pause()

    def head(self):
        return self.app.screen.query_one(StatusHead).text.splitlines()[0]

    def words(self):
        return self.app.screen.query_one(KeyLine).words
