"""A market of noise, of any size, for the benchmarks: no name ends, splits or lacks a price unless asked."""

from __future__ import annotations

from datetime import date

import numpy as np

from shortside.listings import Borrow, Listings, Splits, Texts, UnpricedSecurities
from shortside.sessions import session_days
from shortside.settlement import cycle_of, settlement_dates_between

LAST_DAY = date(2023, 12, 29)
FIRST_DAY = date(2017, 1, 3)
SECTORS = ("Consumer", "Energy", "Finance", "Health Care", "Industrials", "Technology", "Utilities")


def random_market(names: int, sessions: int, seed: int = 1, gaps: float = 0.0) -> Listings:
    """Listings of lognormal companies on random walks.

    Args:
        names: how many.
        sessions: the last so many of 2017 to 2023.
        seed: of the noise.
        gaps: the fraction of names that begin late, end early or miss a settlement.
    """
    random = np.random.default_rng(seed)
    days = session_days(FIRST_DAY, LAST_DAY)[-sessions:]
    settled = settlement_dates_between(FIRST_DAY, LAST_DAY)
    before = [day for day in settled if np.datetime64(day) <= days[0]][-1:]
    settlements = np.array([*before, *(day for day in settled if np.datetime64(day) > days[0])], "datetime64[D]")
    shape = len(settlements), names
    walk = random.standard_normal((len(days), names), np.float32) * np.float32(0.02)
    np.cumsum(walk, axis=0, out=walk)
    walk += random.normal(3, 1, names).astype(np.float32)
    close = np.exp(walk, out=walk)
    shares_short = random.lognormal(13, 2, shape)
    if gaps:
        _thin(close, shares_short, gaps, random)
    listed = np.isfinite(close)
    outstanding = random.lognormal(17, 1.2, names).astype(np.float32)
    return Listings(
        source="noise",
        is_simulated=True,
        sessions=days,
        symbols=_texts([f"N{place:05d}" for place in range(names)]),
        names=_texts([f"Company {place} Common Stock" for place in range(names)]),
        exchanges=_texts(["nyse"] * names),
        sectors=_texts([SECTORS[place % len(SECTORS)] for place in range(names)]),
        industries=_texts([""] * names),
        countries=_texts(["United States"] * names),
        close=close,
        volume=np.where(listed, np.float32(1e6), np.float32(np.nan)),
        shares_outstanding=np.where(listed, outstanding, np.float32(np.nan)),
        settlements=settlements,
        published=np.array([cycle_of(day.astype(date)).publication_date for day in settlements], "datetime64[D]"),
        shares_short=shares_short,
        shares_short_previous=np.full(shape, np.nan),
        is_revised=np.zeros(shape, bool),
        split_flag=np.zeros(shape, bool),
        reported_volume=np.full(shape, 1e6, np.float32),
        splits=Splits.none(),
        float_shares=np.full(names, np.nan),
        float_as_of=np.datetime64("NaT"),
        borrow=Borrow(
            fee=random.lognormal(-5, 1.5, names),
            available=random.lognormal(14, 2, names),
            is_capped=np.zeros(names, bool),
            as_of=days[-1],
            source="noise",
        ),
        unpriced=_nobody(),
        fetched_at=f"{LAST_DAY}T17:00:00-05:00",
    )


def _thin(close: np.ndarray, shares_short: np.ndarray, gaps: float, random: np.random.Generator) -> None:
    total, names = close.shape
    for column in np.flatnonzero(random.random(names) < gaps):
        close[: random.integers(0, max(total // 2, 1)), column] = np.nan
    for column in np.flatnonzero(random.random(names) < gaps):
        close[total - random.integers(0, max(total // 2, 1)) :, column] = np.nan
    shares_short[random.random(shares_short.shape) < gaps / 10] = np.nan
    close[total // 2, ~np.isfinite(close).any(axis=0)] = 10.0


def _nobody() -> UnpricedSecurities:
    return UnpricedSecurities(
        symbols=_texts([]),
        names=_texts([]),
        market_classes=_texts([]),
        shares_short=np.empty(0),
        settlement_date=np.empty(0, "datetime64[D]"),
    )


def _texts(values: list[str]) -> Texts:
    texts = np.empty(len(values), object)
    texts[:] = values
    return texts
