"""A monitor for tests: ten names that tick when asked, opened, and waited for without a clock."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from types import SimpleNamespace

import numpy as np
from market_examples import listings_of, texts
from textual import events
from waiting import patiently

from shortside.board import Desk
from shortside.market import market_of
from shortside.sessions import MarketState
from shortside.view import View
from tui.app import Monitor
from tui.settings.configuration import configured
from widgets.crowded import CrowdedTable

NOW = datetime(2023, 3, 31, 21, 0, tzinfo=UTC)
SYMBOLS = ["QQQA", "AAA", "BBB", "CCC", "DDD", "EEE", "FFF", "GGG", "HHH", "III"]


def small_market(is_live=False, as_of=None):
    """Ten names over forty sessions, or those until a day, caps from nano to mega."""
    random = np.random.default_rng(5)
    close = np.exp(random.normal(3, 0.5, 10) + np.cumsum(random.normal(0, 0.03, (40, 10)), axis=0))
    shares = np.round(random.lognormal(13, 1, (5, 10)))
    caps = np.repeat(10 ** np.linspace(6.0, 10.5, 10)[None], 40, 0).astype(np.float32)
    names = texts([f"{symbol} Holdings Inc. Common Stock" for symbol in SYMBOLS])
    listings = listings_of(close, shares, symbols=SYMBOLS, shares_outstanding=caps, names=names)
    return market_of(listings, as_of=as_of, is_live=is_live)


class Quotes:
    """A live session that moves every name by a tenth each time it is asked."""

    def __init__(self, market):
        self.price = market.close[-1].astype(float)

    def tick(self, elapsed_seconds):
        self.price = self.price * 1.1
        return np.arange(len(self.price)), self.price

    def moment(self, elapsed_seconds):
        return NOW

    def state(self, elapsed_seconds):
        return MarketState.OPEN


def loaded_market(quotes=False):
    market = small_market(is_live=quotes)
    return SimpleNamespace(
        market=market,
        desk=Desk(market),
        view=View(window="30d"),
        inputs=(),
        clock=lambda: NOW,
        live=Quotes(market) if quotes else None,
        complaints=(),
        notes=(),
        knowledge=None,
        day_note=None,
        recording=None,
    )


def monitor(home, quotes=False, error=None, loader=None, **options):
    def load(asked, _clock, progress, **_how):
        progress("reading", 1, 2)
        if error is not None:
            raise error
        loaded = loaded_market(quotes)
        if "window" in options:
            loaded.view = asked.view()
        return loaded

    given = configured(options, {"SHORTSIDE_HOME": str(home)}).options
    return Monitor(given, lambda: NOW, loader=loader or load)


async def opened(app, pilot):
    """Wait until the market is on the screen."""
    for _ in patiently():
        await pilot.pause()
        if app.board is not None and app.screen.query(CrowdedTable) and app.screen.query_one(CrowdedTable).row_count:
            return app.screen
    raise AssertionError("the market never came")


async def settled(app, pilot, reached):
    """Let the event loop run until something holds; fails after many turns."""
    for _ in patiently():
        await pilot.pause()
        if reached():
            return
    raise AssertionError("never reached")


SIGNS = {"question_mark": "?", "slash": "/", "right_square_bracket": "]", "left_square_bracket": "[", "space": " "}


def type_at_once(app, *keys):
    """Keys that arrive together, as from one write to a terminal: none waits for what the one before does."""
    for key in keys:
        app.post_message(events.Key(key, SIGNS.get(key, key if len(key) == 1 else None)))


def click_at_once(app, x, y, times=1):
    """Clicks that arrive together at one place of the screen."""
    for kind in (events.MouseMove, events.MouseDown, events.MouseUp) * times:
        app.post_message(kind(None, x, y, 0, 0, 1, False, False, False, screen_x=x, screen_y=y))


async def turns(count):
    """Let the event loop turn so many times, which makes nothing wait for a clock."""
    for _ in range(count):
        await asyncio.sleep(0)
