"""Tells whose share count nobody gave, so that a keyed source may be asked, the most shorted first."""

from __future__ import annotations

from datetime import date, datetime

import pandas as pd

from providers.archive.holdings import (
    ASSUMED_PRICE,
    is_screener,
    look_like_stocks,
    newest_directory,
    newest_reports,
    newest_screener,
)
from providers.archive.vintages import Archive, columns_of
from providers.catalog import MASSIVE, SEC_FRAMES
from providers.listings.symbols import squashed
from shortside.datasets import Dataset


def uncounted(archive: Archive, moment: datetime) -> list[tuple[str, date]]:
    """The stocks whose share count nobody gave, the most shorted first, each with the last day FINRA reported it.

    Those that have left the market, mostly: the screener, which counts all others, knows them no more.
    """
    reports = newest_reports(archive, moment, dated=True)
    directory = newest_directory(archive, moment)
    if reports.empty or directory is None:
        return []
    listed_funds = {squashed(symbol) for symbol in directory["symbol"][directory["is_fund"].to_numpy(bool)]}
    keys = reports["symbol"].map(squashed)
    missing = reports[~keys.isin(_counted(archive, moment) | listed_funds)]
    missing = missing[look_like_stocks(missing)]
    prices = _last_closes(archive, set(missing["symbol"]))
    dollars = missing["short_interest"] * missing["symbol"].map(prices).fillna(ASSUMED_PRICE)
    ranked = missing.loc[dollars.sort_values(ascending=False, kind="stable").index]
    return [(symbol, day.date()) for symbol, day in zip(ranked["symbol"], ranked["settlement_date"], strict=True)]


def _counted(archive: Archive, moment: datetime) -> set[str]:
    """The names, squashed, whose share count somebody gave, or was asked for in vain."""
    screener = newest_screener(archive, moment)
    counted = set() if screener is None else set(screener["symbol"][screener["shares_out"] > 0])
    for vintage in archive.vintages(Dataset.SHARES_OUTSTANDING):
        if vintage.source in {SEC_FRAMES.name, MASSIVE.name} and vintage.known_at <= moment:
            # A row without a count says that it was asked for; it is not asked for again.
            counted |= set(columns_of(vintage, ["symbol"])["symbol"].to_pylist())
    return {squashed(symbol) for symbol in counted}


def _last_closes(archive: Archive, symbols: set[str]) -> dict[str, float]:
    """The last stored close of some names, in the spelling of whoever stored it; for ranking only."""
    frames = [
        columns_of(one, ["symbol", "date", "close"], filters=[("symbol", "in", sorted(symbols))]).to_pandas()
        for one in archive.vintages(Dataset.PRICES)
        if symbols and not is_screener(one)
    ]
    if not frames:
        return {}
    rows = pd.concat(frames, ignore_index=True).dropna(subset=["close"]).sort_values("date", kind="stable")
    last = rows.drop_duplicates("symbol", keep="last")
    return dict(zip(last["symbol"], last["close"], strict=True))
