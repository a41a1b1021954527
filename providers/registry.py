"""Introduces the key-less providers to their calendars and to the archive: the feeds of the public source.

What a feed asks for beyond "the newest" is here: which settlement, which session, which half-month.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time, timedelta

from providers import ishares as ishares_holdings
from providers.catalog import Card
from providers.feeds.feed import Ask, Feed, FeedState, idle
from providers.feeds.schedule import (
    AfterSession,
    Daily,
    InSession,
    MorningAfter,
    OfficeHours,
    OnPublication,
    Schedule,
    Weekly,
)
from providers.feeds.setting import LIVE, Setting, feed_of, single
from providers.finra import short_interest as finra_short_interest
from providers.finra import short_volume as finra_short_volume
from providers.finra import short_volume_api as finra_reg_sho_daily
from providers.finra.short_interest import SettlementFeed
from providers.finra.short_volume_feed import ShortVolumeFeed
from providers.ibkr import borrow as ibkr_borrow
from providers.ibkr.borrow import borrow_feed
from providers.ishares import funds_feed
from providers.nasdaq import directory as nasdaq_directory
from providers.nasdaq import screener as nasdaq_screener
from providers.nasdaq import splits as nasdaq_splits
from providers.nasdaq.splits import splits_feed
from providers.sec import fails as sec_fails
from providers.sec import share_counts as sec_frames
from providers.sec import tickers as sec_tickers
from providers.sec.fails import fails_feed
from providers.sec.share_counts import share_count_feed
from providers.thresholds import cboe as cboe_threshold
from providers.thresholds import finra as finra_threshold
from providers.thresholds import nasdaq as nasdaq_threshold
from providers.thresholds import nyse as nyse_threshold
from providers.thresholds.common import threshold_feed
from providers.yahoo import spark as yahoo_spark
from providers.yahoo.spark import watched_feed
from shortside.datasets import Dataset


def public_feeds(setting: Setting) -> list[Feed]:
    """Every key-less feed that is switched on, the ones a screen waits for first.

    Those that want a key are those of `providers.registry.keyed_feeds`. Blocks while the archive is looked through.
    """
    rows = {} if setting.fewest_rows is None else {"fewest_rows": setting.fewest_rows}
    clients = setting.clients
    screener = nasdaq_screener.NasdaqScreener(clients, **rows)
    directory = nasdaq_directory.NasdaqDirectory(clients, **rows)
    cycles = SettlementFeed(setting, finra_short_interest.FinraShortInterest(clients, **rows))
    sessions = ShortVolumeFeed(
        setting,
        finra_short_volume.FinraShortVolume(clients, **rows),
        finra_reg_sho_daily.FinraRegShoDaily(clients, **rows),
    )
    twenty_minutes = timedelta(minutes=20)
    plans: list[tuple[Card, Dataset, Schedule, Ask, int]] = [
        (nasdaq_screener.CARD, Dataset.QUOTES, InSession(step=timedelta(minutes=5)), single(screener.fetch), 240),
        (finra_short_interest.CARD, Dataset.SHORT_INTEREST, OnPublication(), cycles.ask, 80),
        (nasdaq_directory.CARD, Dataset.REFERENCE, Daily(hour=time(7)), single(directory.fetch), 10),
        (nasdaq_splits.CARD, Dataset.SPLITS, Daily(hour=time(7)), splits_feed(setting), 10),
        (ibkr_borrow.CARD, Dataset.BORROW, OfficeHours(step=twenty_minutes), borrow_feed(setting), 60),
        (yahoo_spark.CARD, Dataset.QUOTES, LIVE, watched_feed(setting), 2_000),
        (finra_short_volume.CARD, Dataset.SHORT_VOLUME, AfterSession(), sessions.ask, 60),
        (sec_tickers.CARD, Dataset.REFERENCE, Daily(hour=time(7)), single(sec_tickers.SecTickers(clients).fetch), 10),
        (ishares_holdings.CARD, Dataset.FUND_FLOWS, Daily(hour=time(9)), funds_feed(setting), 20),
        (sec_fails.CARD, Dataset.FAILS, Daily(hour=time(7)), fails_feed(setting), 20),
        (sec_frames.CARD, Dataset.SHARES_OUTSTANDING, Weekly(hour=time(7, 30)), share_count_feed(setting), 20),
        *(
            (provider.card, Dataset.THRESHOLD, MorningAfter(), threshold_feed(setting, provider.fetch), 10)
            for provider in (
                nasdaq_threshold.NasdaqThreshold(clients),
                nyse_threshold.NyseThreshold(clients),
                cboe_threshold.CboeThreshold(clients),
                finra_threshold.FinraThreshold(clients),
            )
        ),
    ]
    return [
        feed_of(setting, *plan, is_on_demand=plan[0] is yahoo_spark.CARD)
        for plan in plans
        if plan[0].name not in setting.disabled
    ]


def idle_providers(setting: Setting, cards: Mapping[str, Card]) -> list[FeedState]:
    """The providers that are not asked, and why, in the order of their cards."""
    return [idle(card, setting.disabled[name]) for name, card in cards.items() if name in setting.disabled]
