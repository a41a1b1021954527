"""Lists every provider that is polled: what is asked of it, when, and how many requests a day at most.

What a feed asks for beyond "the newest", which settlement, which session, which half-month, is said beside its
provider; so are the feeds of those that want a key, for they have several each.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Final

from providers.alpaca import alpaca_feeds
from providers.catalog import (
    ALPACA,
    CARDS,
    CBOE_THRESHOLD,
    FINRA_REG_SHO_DAILY,
    FINRA_SHORT_INTEREST,
    FINRA_SHORT_VOLUME,
    FINRA_THRESHOLD,
    IBKR_BORROW,
    ISHARES_HOLDINGS,
    MASSIVE,
    NASDAQ_DIRECTORY,
    NASDAQ_SCREENER,
    NASDAQ_SPLITS,
    NASDAQ_THRESHOLD,
    NYSE_THRESHOLD,
    ORTEX,
    SEC_FAILS,
    SEC_FRAMES,
    SEC_TICKERS,
    SPDR_NAV_HISTORY,
    YAHOO_SPARK,
    Card,
)
from providers.feeds.feed import Ask, Feed, FeedPlan
from providers.feeds.schedule import (
    AfterSession,
    Daily,
    InSession,
    MorningAfter,
    OfficeHours,
    OnPublication,
    Schedule,
    Stretch,
    Weekly,
)
from providers.feeds.state import FeedState, idle
from providers.feeds.surroundings import LIVE_QUOTES_SCHEDULE, Surroundings, feed_of
from providers.finra.short_interest import settlement_feed
from providers.finra.short_volume_feed import short_volume_feed
from providers.ibkr.borrow import borrow_feed
from providers.ishares import funds_feed
from providers.massive.feeds import massive_feeds
from providers.nasdaq.directory import directory_feed
from providers.nasdaq.screener import screener_feed
from providers.nasdaq.splits import splits_feed
from providers.ortex import ortex_feeds
from providers.sec.fails import fails_feed
from providers.sec.share_counts import share_count_feed
from providers.sec.tickers import tickers_feed
from providers.ssga import nav_history_feed
from providers.thresholds.cboe import CboeThreshold
from providers.thresholds.common import threshold_feed
from providers.thresholds.finra import FinraThreshold
from providers.thresholds.nasdaq import NasdaqThreshold
from providers.thresholds.nyse import NyseThreshold
from providers.yahoo.spark import watched_feed
from shortside.datasets import Dataset


@dataclass(frozen=True, slots=True)
class RegistryLine:
    """What is polled of one provider."""

    card: Card
    plans: Callable[[Surroundings], Sequence[FeedPlan]]
    """Plans its feeds. The first of them has the provider's name, so that what a backfill asks is counted there."""
    also: tuple[Card, ...] = ()
    """Providers without a feed of their own, which this one's feed asks as well."""


def _feed(
    card: Card,
    dataset: Dataset,
    schedule: Schedule,
    ask: Callable[[Surroundings], Ask],
    budget: int,
    *also: Card,
) -> RegistryLine:
    """The line of a provider with one feed."""

    def plans(surroundings: Surroundings) -> Sequence[FeedPlan]:
        return [FeedPlan(card=card, dataset=dataset, schedule=schedule, ask=ask(surroundings), budget=budget)]

    return RegistryLine(card, plans, also)


FIVE_MINUTES: Final = timedelta(minutes=5)
TWENTY_MINUTES: Final = timedelta(minutes=20)
AT_SEVEN: Final = Daily(hour=time(7))
LOOK_SECONDS: Final = 3
"""Seconds between two looks for a settlement's file while it is expected: on the screen within ten of being there."""
PUBLICATION_NIGHT: Final = OnPublication(
    # Each look is one small question to FINRA's API, which allows twenty a second; the file itself is asked for when it
    # is on the list. Twice a month, and over as soon as it is there, mostly within a minute.
    expected=(
        Stretch(time(16, 39, 45), time(16, 50), timedelta(seconds=LOOK_SECONDS)),
        Stretch(time(16, 50), time(17), timedelta(seconds=5)),
        Stretch(time(17), time(17, 30), timedelta(seconds=30)),
        Stretch(time(17, 30), time(18), timedelta(minutes=1)),
    ),
    least_gap=timedelta(seconds=LOOK_SECONDS),
)
"""When FINRA is asked whether a settlement is out: every few seconds about 16:40 of the day it is due, then less."""

REGISTRY: Final = (
    _feed(NASDAQ_SCREENER, Dataset.QUOTES, InSession(step=FIVE_MINUTES), screener_feed, 240),
    _feed(FINRA_SHORT_INTEREST, Dataset.SHORT_INTEREST, PUBLICATION_NIGHT, settlement_feed, 600),
    _feed(NASDAQ_DIRECTORY, Dataset.REFERENCE, AT_SEVEN, directory_feed, 10),
    _feed(NASDAQ_SPLITS, Dataset.SPLITS, AT_SEVEN, splits_feed, 10),
    _feed(IBKR_BORROW, Dataset.BORROW, OfficeHours(step=TWENTY_MINUTES), borrow_feed, 60),
    _feed(YAHOO_SPARK, Dataset.QUOTES, LIVE_QUOTES_SCHEDULE, watched_feed, 2_000),
    _feed(FINRA_SHORT_VOLUME, Dataset.SHORT_VOLUME, AfterSession(), short_volume_feed, 60, FINRA_REG_SHO_DAILY),
    _feed(SEC_TICKERS, Dataset.REFERENCE, AT_SEVEN, tickers_feed, 10),
    _feed(ISHARES_HOLDINGS, Dataset.FUND_FLOWS, Daily(hour=time(9)), funds_feed, 20),
    _feed(SPDR_NAV_HISTORY, Dataset.FUND_FLOWS, Daily(hour=time(9, 15)), nav_history_feed, 80),
    _feed(SEC_FAILS, Dataset.FAILS, AT_SEVEN, fails_feed, 20),
    _feed(SEC_FRAMES, Dataset.SHARES_OUTSTANDING, Weekly(hour=time(7, 30)), share_count_feed, 20),
    _feed(NASDAQ_THRESHOLD, Dataset.THRESHOLD, MorningAfter(), threshold_feed(NasdaqThreshold), 10),
    _feed(NYSE_THRESHOLD, Dataset.THRESHOLD, MorningAfter(), threshold_feed(NyseThreshold), 10),
    _feed(CBOE_THRESHOLD, Dataset.THRESHOLD, MorningAfter(), threshold_feed(CboeThreshold), 10),
    _feed(FINRA_THRESHOLD, Dataset.THRESHOLD, MorningAfter(), threshold_feed(FinraThreshold), 10),
    RegistryLine(ALPACA, alpaca_feeds),
    RegistryLine(MASSIVE, massive_feeds),
    RegistryLine(ORTEX, ortex_feeds),
)
"""Every provider that is asked, those a screen waits for first."""


def public_feeds(surroundings: Surroundings) -> list[Feed]:
    """The feeds of every provider that wants no key and is switched on. Blocks while the archive is looked through."""
    return _feeds(surroundings, [line for line in REGISTRY if not line.card.keys])


def keyed_feeds(surroundings: Surroundings, present: Collection[str]) -> list[Feed]:
    """The feeds that keys open, of the providers that are switched on. Blocks while the archive is looked through.

    Args:
        surroundings: what they find around them, the keys among it.
        present: the providers whose keys are there.
    """
    return _feeds(surroundings, [line for line in REGISTRY if line.card.keys and line.card.name in present])


def _feeds(surroundings: Surroundings, lines: Sequence[RegistryLine]) -> list[Feed]:
    """All feeds of a provider are switched off together."""
    asked = [line for line in lines if line.card.name not in surroundings.disabled]
    return [feed_of(surroundings, plan) for line in asked for plan in line.plans(surroundings)]


def idle_providers(surroundings: Surroundings) -> list[FeedState]:
    """The providers that are not asked, and why, in the catalog's order."""
    disabled = surroundings.disabled
    return [idle(card, disabled[name]) for name, card in CARDS.items() if name in disabled]
