"""The feeds that the user's keys open: Alpaca's, Massive's and ORTEX's, beside those of the key-less set.

The first feed of a provider has its name, so that what the backfill asks of it is counted there; the others have names
of their own. All of a provider are switched off together.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Coroutine
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any, Final

from providers import alpaca, ortex
from providers.archive.holdings import names_of_market
from providers.errors import MalformedError, NoDataError, ProviderError
from providers.feeds.feed import Ask, Delivery, Feed, FeedState, by_name
from providers.feeds.schedule import AfterSession, Daily, OfficeHours
from providers.feeds.setting import LIVE, Setting, feed_of, single
from providers.http.client import Fetched
from providers.keyed.credits import CreditMeter
from providers.keyed.keys import Keys
from providers.massive import massive
from providers.massive.feeds import massive_feeds
from shortside.datasets import Dataset
from shortside.sessions import last_completed_session, new_york_date

BARS: Final = replace(alpaca.CARD, title="Alpaca daily bars", datasets=(Dataset.PRICES,))
QUOTES: Final = replace(alpaca.CARD, name="alpaca_quotes", title="Alpaca last prices", datasets=(Dataset.QUOTES,))
ASSETS: Final = replace(alpaca.CARD, name="alpaca_assets", title="Alpaca lending", datasets=(Dataset.BORROW,))
AFTER_THE_CLOSE: Final = AfterSession(first=time(16, 20), last=time(20))
"""A free account sees the closing auction a quarter of an hour late."""
QUOTED_AT_MOST: Final = 200
"""Names whose last prices are asked for: one request a minute."""
VIEWED_AT_MOST: Final = 5
"""Names looked at alone that ORTEX is asked about."""
ESTIMATED_FOR: Final = timedelta(days=14)
"""How far back ORTEX is asked about a name: its cost goes by rows."""


def keyed_feeds(setting: Setting, keys: Keys, present: Collection[str], credits_a_day: float) -> list[Feed]:
    """The feeds of the keyed providers that are switched on. Blocks while the archive is looked through.

    Args:
        setting: as for `public_feeds`.
        keys: where the keys are; each is looked up anew for every question, and kept nowhere.
        present: the providers whose keys are there.
        credits_a_day: what ORTEX may cost a day.
    """
    wanted = [name for name in present if name not in setting.disabled]
    feeds: list[Feed] = []
    if alpaca.CARD.name in wanted:
        feeds += _alpaca_feeds(setting, keys)
    if massive.CARD.name in wanted:
        feeds += massive_feeds(setting, keys)
    if ortex.CARD.name in wanted:
        feeds.append(_ortex_feed(setting, keys, credits_a_day))
    return feeds


def _alpaca_feeds(setting: Setting, keys: Keys) -> list[Feed]:
    rows = {} if setting.fewest_rows is None else {"fewest_assets": setting.fewest_rows}
    provider, source = alpaca.Alpaca(setting.clients, keys, **rows), alpaca.CARD.name
    return [
        feed_of(setting, BARS, Dataset.PRICES, AFTER_THE_CLOSE, _bars(setting, provider), 120, source=source),
        feed_of(setting, QUOTES, Dataset.QUOTES, LIVE, _quotes(setting, provider), 800, source=source),
        feed_of(setting, ASSETS, Dataset.BORROW, Daily(hour=time(7)), single(provider.assets), 10, source=source),
    ]


def _bars(setting: Setting, provider: alpaca.Alpaca) -> Ask:
    """The newest session's bars of every name of the market: one request for five hundred."""

    async def ask() -> Delivery:
        now = setting.clock()
        session = last_completed_session(now - alpaca.DELAY)
        names = await asyncio.to_thread(names_of_market, setting.archive, now, setting.disabled.keys())
        if names is None:
            # No word about the source: tried again in a minute, as soon as the names are there.
            raise ProviderError("the lists of names, the screener's or the directory's, have not arrived yet")
        return Delivery(fetched=(await provider.bars(names, session, session),))

    return ask


def _quotes(setting: Setting, provider: alpaca.Alpaca) -> Ask:
    async def ask() -> Delivery:
        symbols = setting.watched()[:QUOTED_AT_MOST]
        if not symbols:
            raise NoDataError("there are no names yet whose prices are wanted")
        return Delivery(fetched=(await provider.snapshots(symbols),))

    return ask


def _ortex_feed(setting: Setting, keys: Keys, credits_a_day: float) -> Feed:
    earlier: FeedState | None = by_name(setting.earlier).get(ortex.CARD.name)
    meter = CreditMeter(ortex.CARD.title, credits_a_day, earlier)
    ask = _Estimates(setting, ortex.Ortex(setting.clients, keys), meter).ask
    hours = OfficeHours(step=timedelta(minutes=1), last=time(20))
    # By sessions, as lending data come: estimates are no settlements.
    return feed_of(setting, ortex.CARD, Dataset.BORROW, hours, ask, 60, is_on_demand=True, meter=meter)


class _Estimates:
    """ORTEX on the names in view, each once a day, for as many credits as the day has."""

    def __init__(self, setting: Setting, provider: ortex.Ortex, meter: CreditMeter) -> None:
        self._setting, self._provider, self._meter = setting, provider, meter
        self._answered: dict[str, date] = {}
        """The day each name was last answered for, were it with nothing: the archive knows only of rows."""

    async def ask(self) -> Delivery:
        viewed = self._setting.viewed()[:VIEWED_AT_MOST]
        if not viewed:
            raise NoDataError("ORTEX is asked about the name in view only, and none is")
        today = new_york_date(self._setting.clock())
        known = await asyncio.to_thread(self._known, today)
        wanted = [symbol for symbol in viewed if symbol not in known]
        if not wanted:
            raise NoDataError(f"ORTEX was asked today about {', '.join(viewed)}")
        delivered: list[Fetched] = []
        complaints: list[str] = []
        for symbol in wanted:
            for question in (self._provider.short_interest, self._provider.cost_to_borrow):
                try:
                    delivered.append(await self._charged(question(symbol, today - ESTIMATED_FOR, today), today))
                except NoDataError as error:
                    complaints.append(str(error))
                except ProviderError as error:
                    if not delivered:
                        raise
                    complaints.append(str(error))
                    break
            self._answered[symbol] = today
        if not delivered:
            raise NoDataError("; ".join(dict.fromkeys(complaints)))
        return Delivery(fetched=tuple(delivered), complaints=tuple(dict.fromkeys(complaints)))

    async def _charged(self, question: Coroutine[Any, Any, Fetched], today: date) -> Fetched:
        """What a question gives; what it cost is noted, with rows or without."""
        try:
            self._meter.require_room(today)
        except NoDataError:
            question.close()
            raise
        try:
            fetched = await question
        except (NoDataError, MalformedError):
            self._note_cost(today)
            raise
        self._note_cost(today)
        return fetched

    def _note_cost(self, today: date) -> None:
        self._meter.charge(today, self._provider.credits.used, self._provider.credits.left)

    def _known(self, today: date) -> set[str]:
        """The names asked about today, by this terminal or another."""
        archive = self._setting.archive
        days = [today - timedelta(days=back) for back in range(ESTIMATED_FOR.days + 1)]
        looks = [one for day in days for one in archive.vintages(Dataset.SHORT_INTEREST, day)]
        ours = [one for one in looks if one.source == ortex.CARD.name and new_york_date(one.fetched_at) == today]
        stored = {str(symbol) for look in ours for symbol in archive.read(look).frame["symbol"].unique()}
        return stored | {symbol for symbol, day in self._answered.items() if day == today}
