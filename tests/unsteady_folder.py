"""Market folders made up at random, in which names come, go, change tickers and split on any day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from market_data import write_parquet
from squeeze_examples import LISTINGS as EXAMPLE

from providers.listings.short_interest import Issuers
from shortside.listings import Listings, Splits
from shortside.net_changes import follows_previous_session, net_changes_of
from shortside.sessions import session_days
from shortside.settlement import settlement_dates_between

SESSIONS = session_days(date(2022, 12, 1), date(2023, 3, 31)).astype(object)
SETTLEMENTS = settlement_dates_between(SESSIONS[0], SESSIONS[-1])
NAMES = 14


def write_unsteady_folder(folder: Path, seed: int) -> Path:
    """A folder of some twenty names; the same one for the same seed."""
    random = np.random.default_rng(seed)
    total = len(SESSIONS)
    # One is there all the time, so that there is a market on every day.
    lives = [("N00", 0, total - 1), *((f"N{at:02}", *_life(random, total)) for at in range(1, NAMES))]
    # A ticker changes where another begins with the price, the count and the position of one that ended.
    heirs = [(f"H{at:02}", symbol, last) for at, (symbol, _, last) in enumerate(lives) if last < total - 2]
    prices, reports, splits = [], [], []
    for symbol, first, last in lives:
        heir = next((one for one in heirs if one[1] == symbol), None)
        spans = [(symbol, first, last)] + ([(heir[0], last + 1, total - 1)] if heir and random.random() < 0.6 else [])
        closes = 20 * np.exp(np.cumsum(random.normal(0, 0.05, total)))
        counts = np.full(total, float(random.integers(5, 90)) * 1e6)
        if random.random() < 0.5:
            at, factor = int(random.integers(5, total - 5)), float(random.choice([0.5, 0.25, 10.0, 4.0]))
            closes[at:] *= factor
            late = min(at + int(random.integers(0, 6)), total)
            counts[late:] /= factor
            if random.random() < 0.5:
                splits.append(
                    (symbol, SESSIONS[at], factor, counts[at - 1], counts[-1], SESSIONS[min(late, total - 1)])
                )
        if random.random() < 0.4:
            counts[int(random.integers(0, total))] *= 20
        hole = random.integers(0, total, 2) if random.random() < 0.5 else np.array([0, 0])
        is_there = ~((np.arange(total) > hole.min()) & (np.arange(total) < hole.max()))
        before = 0.0
        for name, begin, end in spans:
            for at in range(begin, end + 1):
                if is_there[at]:
                    told = closes[at - 1] if at and random.random() < 0.97 else closes[at] * 1.3
                    prices.append(
                        (SESSIONS[at], name, "nyse", round(closes[at], 4), 1e5, counts[at], closes[at] - told)
                    )
            for settlement in SETTLEMENTS:
                is_told = settlement == SETTLEMENTS[0] or random.random() < 0.9
                if SESSIONS[begin] <= settlement <= SESSIONS[end] and is_told:
                    short = float(random.integers(1_000, 900_000))
                    flag, revised = ("S" if random.random() < 0.1 else ""), ("R" if random.random() < 0.1 else "")
                    issuer = f"{name} CORP" if random.random() < 0.9 else "OTHER INC"
                    previous = before if random.random() < 0.9 else 0
                    reports.append((settlement, name, issuer, "NYSE", "A", short, previous, 1e5, 2.0, flag, revised))
                    before = short
    frame = pd.DataFrame(prices, columns=["date", "symbol", "exchange", "close", "volume", "shares_out", "netchange"])
    frame["netchange"] = frame["netchange"].round(4)
    if random.random() < 0.6:
        # A session printed twice, under two dates; not the first one on which a report is known, or none would be.
        at = int(random.integers(20, total - 5))
        copied = frame[frame["date"].eq(SESSIONS[at])].set_index("symbol")["close"]
        rows = frame["date"].eq(SESSIONS[at + 1]) & frame["symbol"].isin(copied.index)
        frame.loc[rows, "close"] = copied[frame.loc[rows, "symbol"]].to_numpy()
    write_parquet(frame.sort_values(["symbol", "date"], ignore_index=True), folder / "prices.parquet")
    names = (
        "settlement_date symbol issue_name market_class exch_code short_interest prev_short_interest "
        "avg_daily_volume days_to_cover split_flag revision_flag"
    )
    table = pd.DataFrame(reports, columns=names.split()).sort_values(["symbol", "settlement_date"], ignore_index=True)
    write_parquet(table, folder / "short_interest.parquet")
    lines = [f"{s},{d},{f},{f},{b:.0f},{a:.0f},{c},1.0,stale" for s, d, f, b, a, c in splits]
    head = "symbol,ex_date,price_factor_k,simple_ratio,shares_before,shares_after,shares_corrected_on"
    (folder / "splits.csv").write_text("\n".join([f"{head},stale_sessions,status", *lines]) + "\n")
    return folder


def _life(random: np.random.Generator, total: int) -> tuple[int, int]:
    """The first and the last session of a name."""
    first = int(random.integers(1, total // 2)) if random.random() < 0.4 else 0
    last = int(random.integers(first + 5, total)) if random.random() < 0.5 else total - 1
    return first, last


def unsteady_listings(seed: int) -> tuple[Listings, Issuers]:
    """Listings of forty names, before anything is parted or joined, and whom their reports were of."""
    random = np.random.default_rng(seed)
    days, settlements = SESSIONS.astype("datetime64[D]"), np.array(SETTLEMENTS, "datetime64[D]")
    total, names, reports = len(days), 40, len(settlements)
    close = (20 * np.exp(np.cumsum(random.normal(0, 0.04, (total, names)), axis=0))).astype(np.float32)
    counts = np.broadcast_to(np.float32(1e6) * random.integers(5, 90, names), (total, names)).astype(np.float32)
    short = random.integers(500, 900_000, (reports, names)).astype(np.float64)
    previous = np.vstack([np.zeros(names), short[:-1]])
    codes = np.broadcast_to(np.arange(names, dtype=np.int32), (reports, names)).copy()
    for column in range(0, names, 2):
        first, last = _life(random, total)
        close[:first, column], close[last + 1 :, column] = np.nan, np.nan
        ended, begun = settlements > days[last], settlements < days[first]
        short[ended | begun, column], codes[ended | begun, column] = np.nan, -1
        if last < total - 1 and random.random() < 0.6:
            # Its heir has its prices and its count, and FINRA may name its position.
            heir, row = column + 1, last + 1
            close[:row, heir], close[row:, heir] = np.nan, close[last, column] * random.uniform(0.95, 1.05, total - row)
            counts[:, heir] = counts[:, column]
            short[settlements < days[row], heir], codes[settlements < days[row], heir] = np.nan, -1
            after = np.flatnonzero(ended)
            if len(after) and after[0]:
                previous[after[0], heir] = short[after[0] - 1, column]
        elif random.random() < 0.5:
            hole = np.sort(random.integers(0, total, 2))
            close[hole[0] : hole[1], column + 1] = np.nan
            close[hole[1] :, column + 1] *= random.choice([1, 5])
            inside = (settlements >= days[hole[0]]) & (settlements < days[hole[1]])
            short[inside, column + 1], codes[inside, column + 1] = np.nan, -1
            previous[np.flatnonzero(settlements >= days[hole[1]])[:1], column + 1] = 0
    official = np.vstack([np.full((1, names), np.nan, np.float32), close[:-1]])
    official[random.random(close.shape) < 0.01] *= np.float32(1.4)
    changes = net_changes_of(days, close, official, follows_previous_session(days))
    symbols = np.array([f"S{at:02}" for at in range(names)], object)
    listings = replace(
        EXAMPLE,
        sessions=days,
        symbols=symbols,
        names=np.array([f"{symbol} Corp. Common Stock" for symbol in symbols], object),
        **{name: np.full(names, "x", object) for name in ("exchanges", "sectors", "industries", "countries")},
        close=close,
        volume=np.where(np.isnan(close), np.nan, 1e5).astype(np.float32),
        shares_outstanding=np.where(np.isnan(close), np.nan, counts).astype(np.float32),
        settlements=settlements,
        published=settlements + 10,
        shares_short=short,
        shares_short_previous=np.where(np.isnan(short), np.nan, previous),
        is_revised=random.random(short.shape) < 0.05,
        split_flag=random.random(short.shape) < 0.05,
        reported_volume=np.where(np.isnan(short), np.nan, 1e5).astype(np.float32),
        splits=Splits.none().with_found([(int(random.integers(0, names)), days[30], 0.5)]),
        float_shares=np.full(names, np.nan),
        borrow=None,
        net_changes=changes,
    )
    return listings, Issuers(codes=codes)
