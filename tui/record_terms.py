"""Whose figures a recording holds, and what their terms allow: it says so itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from providers.catalog import Card


def terms_of(source: str) -> tuple[Mapping[str, str], ...]:
    """Whose figures a recording of a source holds, and what they allow."""
    return tuple({"title": card.title, "attribution": card.attribution, "terms": card.terms} for card in _cards(source))


def _cards(source: str) -> tuple[Card, ...]:
    if source == "demo":
        return ()
    from providers import ishares as ishares_holdings
    from providers.finra import short_interest as finra_short_interest
    from providers.ibkr import borrow as ibkr_borrow
    from providers.nasdaq import directory as nasdaq_directory
    from providers.nasdaq import screener as nasdaq_screener
    from providers.nasdaq import splits as nasdaq_splits
    from providers.sec import fails as sec_fails
    from providers.sec import share_counts as sec_frames
    from providers.yahoo import spark as yahoo_spark

    if source == "files":
        # Whose the other files are only their owner knows.
        return (finra_short_interest.CARD,)
    providers = (
        finra_short_interest, nasdaq_screener, nasdaq_directory, nasdaq_splits, yahoo_spark, sec_fails, sec_frames,
        ibkr_borrow, ishares_holdings,
    )  # fmt: skip
    return tuple(provider.CARD for provider in providers)
