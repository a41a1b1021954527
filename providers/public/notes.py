"""Says in sentences what a market that was read from the archive lacks, for whoever reads its figures."""

from __future__ import annotations

import numpy as np
import pandas as pd

from providers.archive.holdings import look_like_stocks
from providers.public.prices import WidePrices
from shortside.by_session.session_tables import VOLUME_SESSIONS
from shortside.listings import Flags, Listings
from shortside.words.spelt_out import spelt_out


def count_notes(prices: WidePrices, detailed: int, filed: int) -> tuple[str, ...]:
    """Where share counts come from, and from when on.

    Args:
        prices: as they were before any count was carried to other days.
        detailed: how many names' counts are Massive's.
        filed: how many are out of reports to the SEC.
    """
    looked: Flags = np.asarray((~np.isnan(prices.shares_outstanding)).any(axis=1))
    if looked.all():
        return ()
    if not looked.any():
        return ("no share counts are known, so no name has a tier; run: shortside backfill",)
    first = prices.sessions[looked.argmax()]
    words = f"share counts are the screener's, seen in {looked.sum()} of {len(looked)} sessions, the first {first}"
    other = f"; those of {detailed} names are Massive's" if detailed else ""
    other += f"; those of {filed} names are from their reports to the SEC" if filed else ""
    return (f"{words}; before it they are that one carried back over splits, an estimate{other}",)


def volume_notes(prices: WidePrices) -> tuple[str, ...]:
    """That volumes are known in too few of the last sessions for days to cover."""
    known = int((~np.isnan(prices.volume[-VOLUME_SESSIONS:])).any(axis=1).sum())
    if known >= min(VOLUME_SESSIONS, len(prices.volume)):
        return ()
    return (f"volumes are known in {known} of the last {VOLUME_SESSIONS} sessions only; days to cover rest on FINRA's",)


def gone_notes(listings: Listings, is_gone: Flags) -> tuple[str, ...]:
    """The names whose prices are the SEC's, out of its lists of fails, the largest positions first."""
    if not is_gone.any():
        return ()
    symbols, columns = listings.symbols, np.flatnonzero(is_gone)
    dollars = np.nan_to_num(np.nanmax(np.where(np.isnan(listings.shares_short), -1, listings.shares_short), axis=0))
    dollars = dollars[columns] * np.nanmax(listings.close[:, columns], axis=0)
    ranked = [str(symbols[column]) for column in columns[np.argsort(-dollars, kind="stable")]]
    rows = np.flatnonzero((~np.isnan(listings.close[:, columns])).any(axis=1))
    last = listings.sessions[rows[-1]]
    return (
        f"{len(ranked)} delisted names have prices from the SEC's fails to deliver only, up to {last}: "
        f"{spelt_out(ranked)}",
    )


def unpriced_notes(listings: Listings) -> tuple[str, ...]:
    """The securities that look like stocks and have no price, the most shorted first."""
    missing = listings.unpriced
    frame = pd.DataFrame(
        {"symbol": missing.symbols, "issue_name": missing.names, "market_class": missing.market_classes}
    )
    is_stock = look_like_stocks(frame)
    if not is_stock.any():
        return ()
    order = np.argsort(-missing.shares_short[is_stock], kind="stable")
    ranked = missing.symbols[is_stock][order].tolist()
    return (f"{len(ranked)} securities that look like stocks have no price anywhere: {spelt_out(ranked)}",)
