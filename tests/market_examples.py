"""Small markets made for tests: by hand, and at random with splits, gaps, late arrivals and vanishing names."""

from __future__ import annotations

from datetime import date

import numpy as np
from hypothesis import strategies as st

from shortside.listings import Listings, Splits, UnpricedSecurities
from shortside.sessions import session_days
from shortside.settlement import cycle_of, settlement_dates_between

FIRST_SESSION = date(2023, 1, 3)


def texts(values):
    """A column of strings."""
    out = np.empty(len(values), object)
    out[:] = values
    return out


def nobody_unpriced() -> UnpricedSecurities:
    """No security without a price."""
    return UnpricedSecurities(
        symbols=texts([]),
        names=texts([]),
        market_classes=texts([]),
        shares_short=np.empty(0),
        settlement_date=np.empty(0, "datetime64[D]"),
    )


def listings_of(
    close, shares_short, *, settlements=None, sessions=None, symbols=None, splits=None, **changes
) -> Listings:
    """Listings from closes (T × N) and shares short (K × N); everything else plain and known."""
    close = np.asarray(close, np.float32)
    shares_short = np.asarray(shares_short, np.float64)
    total, names = close.shape
    count = len(shares_short)
    if sessions is None:
        sessions = session_days(FIRST_SESSION, date(2024, 12, 31))[:total]
    if settlements is None:
        last = date(2024, 12, 31)
        settlements = np.array(settlement_dates_between(date(2022, 12, 20), last)[:count], "datetime64[D]")
    symbols = symbols or [f"S{i:03d}" for i in range(names)]
    values = {
        "source": "test",
        "is_simulated": True,
        "sessions": sessions,
        "symbols": texts(symbols),
        "names": texts([f"Company {s} Common Stock" for s in symbols]),
        "exchanges": texts(["nyse"] * names),
        "sectors": texts(["Technology"] * names),
        "industries": texts([""] * names),
        "countries": texts(["United States"] * names),
        "close": close,
        "volume": np.where(np.isfinite(close), 1e6, np.nan).astype(np.float32),
        "shares_outstanding": np.where(np.isfinite(close), 1e8, np.nan).astype(np.float32),
        "settlements": settlements,
        "published": np.array([cycle_of(day.astype(date)).publication_date for day in settlements], "datetime64[D]"),
        "shares_short": shares_short,
        "shares_short_previous": np.full(shares_short.shape, np.nan),
        "is_revised": np.zeros(shares_short.shape, bool),
        "split_flag": np.zeros(shares_short.shape, bool),
        "reported_volume": np.full(shares_short.shape, 1e6, np.float32),
        "splits": splits or Splits.none(),
        "float_shares": np.full(names, np.nan),
        "float_as_of": np.datetime64("NaT"),
        "borrow": None,
        "unpriced": nobody_unpriced(),
        "fetched_at": "2023-09-07T17:00:00-04:00",
    }
    return Listings(**{**values, **changes})


def splits_of(sessions, events) -> Splits:
    """Splits from (column, session index, price factor) triples; share counts corrected at once."""
    days = np.array([sessions[row] for _, row, _ in events], "datetime64[D]")
    return Splits(
        column=np.array([column for column, _, _ in events], np.int64),
        ex_date=days,
        price_factor=np.array([factor for _, _, factor in events], np.float64),
        shares_before=np.full(len(events), np.nan),
        shares_after=np.full(len(events), np.nan),
        shares_corrected_on=days,
    )


@st.composite
def random_listings(draw, with_splits: bool = True) -> Listings:
    """A random market of up to 8 names: some begin late, stop early, skip days or settlements, or split."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    total, names = draw(st.integers(25, 70)), draw(st.integers(1, 8))
    sessions = session_days(FIRST_SESSION, date(2023, 12, 29))[:total]
    known_to = sessions[-1].astype(date)
    settlements = np.array(settlement_dates_between(date(2022, 12, 20), known_to), "datetime64[D]")
    if draw(st.booleans()):
        settlements = np.append(settlements, _following(known_to))
    close = np.exp(random.normal(3, 1, names) + np.cumsum(random.normal(0, 0.04, (total, names)), axis=0))
    shares = np.round(random.lognormal(12, 1.5, (len(settlements), names)))
    events = []
    for column in range(names):
        if draw(st.booleans()):
            close[: random.integers(0, total // 2), column] = np.nan
        if draw(st.booleans()):
            close[total - random.integers(0, total // 2) :, column] = np.nan
        close[random.random(total) < 0.05, column] = np.nan
        if not np.isfinite(close[:, column]).any():
            close[total // 2, column] = 10.0
        shares[random.random(len(settlements)) < 0.2, column] = np.nan
        if with_splits and draw(st.booleans()):
            row, factor = int(random.integers(1, total)), float(random.choice([0.1, 0.5, 2.0, 10.0]))
            events.append((column, row, factor))
    splits = splits_of(sessions, events)
    for column, row, factor in events:
        close[:row, column] /= factor
        shares[settlements < sessions[row], column] *= factor
    return listings_of(close, shares, settlements=settlements, sessions=sessions, splits=splits)


def _following(day: date) -> np.datetime64:
    later = settlement_dates_between(day, date(day.year + 1, 1, 31))
    return np.datetime64(next(settled for settled in later if settled > day), "D")
