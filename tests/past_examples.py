"""A monitor of a made-up market from January to March 2023, whose past evenings are cut out of it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
from board_examples import screen_text as screen_rows
from market_examples import listings_of, texts

from shortside.sessions import session_days
from tui.app import Monitor
from tui.settings.configuration import configured
from tui.sources.loaded_market import SourceData, loaded_of
from tui.sources.past_days import PastDays

NOW = datetime(2023, 3, 31, 21, 0, tzinfo=UTC)
SYMBOLS = ["QQQA", "AAA", "BBB", "CCC", "DDD", "EEE"]
DAYS = session_days(date(2023, 1, 3), date(2023, 3, 31)).tolist()
"""The sessions of the market below."""


def given_market():
    """Six names from January to March 2023, of which EEE comes late."""
    random = np.random.default_rng(5)
    close = np.exp(random.normal(3, 0.5, 6) + np.cumsum(random.normal(0, 0.03, (len(DAYS), 6)), axis=0))
    close[:45, 5] = np.nan
    shares = np.round(random.lognormal(13, 1, (6, 6)))
    names = texts([f"{symbol} Holdings Inc. Common Stock" for symbol in SYMBOLS])
    made = listings_of(close, shares, symbols=SYMBOLS, names=names, sessions=np.array(DAYS, "datetime64[D]"))
    return SourceData(listings=made, clock=lambda: NOW)


def travelling(home, *, read=None, **options):
    """A monitor of that market, whose past days are cut out of it."""
    given = given_market()

    def loader(asked, _clock, _progress, **_how):
        return loaded_of(given, asked)

    chosen = configured({"window": "30d", **options}, {"SHORTSIDE_HOME": str(home)}).options
    app = Monitor(chosen, lambda: NOW, loader=loader)
    app.past_days = PastDays(chosen, read or (lambda: given), lambda asked: loaded_of(given, asked))
    return app


def screen_text(app):
    return "\n".join(screen_rows(app))
