"""A small market in a folder whose names, sectors and exchanges try to steer a terminal."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from shortside.sessions import session_days
from shortside.settlement import settlement_dates_between

FIRST, LAST = date(2023, 1, 3), date(2023, 3, 31)
NAMES = (
    "\x1b[2J\x1b]0;owned\x07 Inc.", "[bold red]Markup[/] Corp", "[/]", "A\u0301\u0301\u0301\u0301\u0301 Combining",
    "\u202eesrever Ltd", "tab\there\nand line", "=cmd|' /C calc'!A0", "東京電力ホールディングス",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467 Family", "", " ", "x" * 300, "\x1b]52;c;cm0gLXJm\x07 Clip",
    "$variable [@click=app.quit]Click me[/]", "Plain Company Common Stock", "\u200b\u2066zero",
)  # fmt: skip


def write_hostile_folder(folder: Path, seed: int = 1) -> Path:
    """Write prices, short interest and particulars of forty names; the folder."""
    random = np.random.default_rng(seed)
    days = [day.astype(date) for day in session_days(FIRST, LAST)]
    settled = settlement_dates_between(date(2022, 12, 15), LAST)
    symbols = [f"{'ABCDEFGH'[place % 8]}{'KLMNOPQR'[place // 8]}X" for place in range(40)]
    names = [NAMES[place % len(NAMES)] for place in range(40)]
    folder.mkdir(parents=True, exist_ok=True)
    close = np.exp(np.cumsum(random.normal(0, 0.03, (40, len(days))), axis=1) + random.normal(3, 1, (40, 1)))
    pd.DataFrame(
        {
            "date": days * 40,
            "symbol": np.repeat(symbols, len(days)),
            "exchange": "nasdaq",
            "close": close.ravel(),
            "volume": 100_000,
            "shares_out": np.repeat((10 ** random.uniform(5, 10, 40)).astype(np.int64), len(days)),
        }
    ).to_parquet(folder / "prices.parquet", index=False)
    shares = random.integers(1_000, 5_000_000, (40, len(settled)))
    pd.DataFrame(
        {
            "settlement_date": list(settled) * 40,
            "symbol": np.repeat(symbols, len(settled)),
            "issue_name": np.repeat(names, len(settled)),
            "market_class": "NNM",
            "exch_code": "R",
            "short_interest": shares.ravel(),
            "prev_short_interest": shares.ravel(),
            "avg_daily_volume": 100_000,
            "days_to_cover": 1.0,
            "split_flag": "",
            "revision_flag": "",
        }
    ).to_parquet(folder / "short_interest.parquet", index=False)
    pd.DataFrame(
        {
            "symbol": symbols,
            "valid_from": date(2022, 1, 3),
            "name": names,
            "exchange": "nasdaq",
            "country": "United States",
            "ipoyear": "",
            "sector": [("Technology", NAMES[0], NAMES[1], "", NAMES[4])[place % 5] for place in range(40)],
            "industry": "Things",
            "last_seen": LAST,
        }
    ).to_parquet(folder / "reference.parquet", index=False)
    return folder
