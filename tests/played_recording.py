"""A monitor that plays a recording, for tests: opened, moved by hand, and looked at."""

from __future__ import annotations

from typing import Any

from feed_examples import HandClock
from recording_examples import SYMBOLS

from shortside.board import Board
from tui.app import Monitor
from tui.screens.key_line import KeyLine
from tui.settings.configuration import configured
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


async def settled(pilot, reached):
    for _ in range(400):
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
