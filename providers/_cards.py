"""The cards of all providers, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from providers import alpaca, ortex
from providers import ishares as ishares_holdings
from providers.catalog import Card
from providers.finra import short_interest as finra_short_interest
from providers.finra import short_volume as finra_short_volume
from providers.finra import short_volume_api as finra_reg_sho_daily
from providers.ibkr import borrow as ibkr_borrow
from providers.massive import massive
from providers.nasdaq import directory as nasdaq_directory
from providers.nasdaq import screener as nasdaq_screener
from providers.nasdaq import splits as nasdaq_splits
from providers.sec import fails as sec_fails
from providers.sec import share_counts as sec_frames
from providers.sec import tickers as sec_tickers
from providers.thresholds import cboe as cboe_threshold
from providers.thresholds import finra as finra_threshold
from providers.thresholds import nasdaq as nasdaq_threshold
from providers.thresholds import nyse as nyse_threshold
from providers.yahoo import chart as yahoo_chart
from providers.yahoo import spark as yahoo_spark

CARDS: Final[Mapping[str, Card]] = MappingProxyType(
    {
        provider.CARD.name: provider.CARD
        for provider in (
            finra_short_interest,
            finra_short_volume,
            nasdaq_screener,
            nasdaq_splits,
            nasdaq_directory,
            yahoo_spark,
            yahoo_chart,
            sec_fails,
            sec_tickers,
            sec_frames,
            ibkr_borrow,
            ishares_holdings,
            finra_reg_sho_daily,
            finra_threshold,
            nasdaq_threshold,
            nyse_threshold,
            cboe_threshold,
            alpaca,
            massive,
            ortex,
        )
    }
)
"""Whom the program can ask; those that want a key come last."""
