"""A small market folder in which everything happens that a later file tells of."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from market_data import write_parquet

from shortside.sessions import session_days
from shortside.settlement import settlement_dates_between

SESSIONS = session_days(date(2022, 11, 1), date(2023, 4, 28)).astype(object)
SETTLEMENTS = settlement_dates_between(SESSIONS[0], SESSIONS[-1])
LAST = date(2023, 9, 12)


def _prices() -> pd.DataFrame:
    """Closes by name: what a ticker changed to, a split, a symbol that another company got, a count that lags.

    OLD becomes NEW on 1 February, MUTE becomes LOUD at another price, SPLIT is split 4:1 on 1 March and its count
    follows three sessions later, FLAG is split 1:10 on 15 March, which only FINRA's flag tells, TAKEN's name is
    another's after a hole of six weeks, and BUYER goes on under the symbol of SOLD, which it bought, on 1 March.
    """
    change, split, flagged = (SESSIONS.tolist().index(day) for day in _EVENTS)
    hole = slice(change - 15, change + 16)
    at = np.arange(len(SESSIONS))
    wave = 1 + 0.02 * np.sin(at / 3.0)
    closes = {
        "OLD": np.where(at < change, 40 * wave, np.nan),
        "NEW": np.where(at >= change, 40 * wave, np.nan),
        "MUTE": np.where(at < change, 10 * wave, np.nan),
        "LOUD": np.where(at >= change, 11.5 * wave, np.nan),
        "SPLIT": np.where(at < split, 400.0, 100.0) * wave,
        "FLAG": np.where(at < flagged, 2.0, 20.0) * wave,
        "TAKEN": np.where(at < change, 5.0, 90.0) * wave,
        "STAY": 25 * wave,
        "SOLD": np.where(at < split, 11.0, 17.0) * wave,
        "BUYER": np.where(at < split, 17.0, np.nan) * wave,
    }
    closes["TAKEN"][hole] = np.nan
    counts = dict.fromkeys(closes, np.full(len(at), 50_000_000.0))
    counts["SPLIT"] = np.where(at < split + 3, 50e6, 200e6)
    counts["FLAG"] = np.where(at < flagged, 50e6, 5e6)
    counts["LOUD"] = np.full(len(at), 90_000_000.0)
    rows = [
        (day, symbol, "nyse", round(float(close), 4), 100_000, round(float(count)))
        for symbol in sorted(closes)
        for day, close, count in zip(SESSIONS, closes[symbol], counts[symbol], strict=True)
        if np.isfinite(close)
    ]
    frame = pd.DataFrame(rows, columns=["date", "symbol", "exchange", "close", "volume", "shares_out"])
    before = frame.groupby("symbol")["close"].shift()
    # The net change is against the close before, on the day's own basis; a new ticker's against the old one's.
    frame["netchange"] = (frame["close"] - before).round(4)
    first = frame["symbol"].eq("NEW") & before.isna()
    frame.loc[first, "netchange"] = frame.loc[first, "close"] - closes["OLD"][change - 1].round(4)
    taken = frame["symbol"].eq("SOLD") & frame["date"].eq(_EVENTS[1])
    frame.loc[taken, "netchange"] = frame.loc[taken, "close"] - closes["BUYER"][split - 1].round(4)
    for symbol, day, ratio in (("SPLIT", _EVENTS[1], 0.25), ("FLAG", _EVENTS[2], 10.0)):
        here = frame["symbol"].eq(symbol) & frame["date"].eq(day)
        frame.loc[here, "netchange"] = frame.loc[here, "close"] - before[here] * ratio
    return frame


_EVENTS = (date(2023, 2, 1), date(2023, 3, 1), date(2023, 3, 15))


def _reports() -> pd.DataFrame:
    """Positions that change with every settlement; a new ticker's first report names the old one's last position."""
    change, bought, flagged = _EVENTS
    rows = []
    for place, symbol in enumerate(("FLAG", "LOUD", "NEW", "SPLIT", "STAY", "TAKEN", "SOLD", "BUYER")):
        before = 0
        for at, day in enumerate(SETTLEMENTS):
            spelt = {"LOUD": "MUTE", "NEW": "OLD"}.get(symbol, symbol) if day < change else symbol
            shares = 1_000_000 * (place + 1) + 40_000 * at
            is_split = symbol == "FLAG" and flagged <= day < date(2023, 3, 31)
            if symbol == "BUYER" and day >= bought:
                continue
            is_new = symbol == "TAKEN" and day >= change and before > 0
            if symbol == "TAKEN" and date(2023, 1, 10) <= day < date(2023, 3, 1):
                continue
            previous = 0 if is_new and day < date(2023, 3, 20) else before
            flag, revised = ("S" if is_split else ""), ("R" if symbol == "STAY" and at % 3 == 1 else "")
            told = previous + 5_000 if revised else previous
            issuer = "BUYER" if symbol == "SOLD" and day >= bought else spelt
            rows.append((day, spelt, f"{issuer} CORP", "NYSE", "A", shares, told, 100_000, 2.0, flag, revised))
            before = shares
    names = (
        "settlement_date symbol issue_name market_class exch_code short_interest prev_short_interest "
        "avg_daily_volume days_to_cover split_flag revision_flag"
    )
    return pd.DataFrame(rows, columns=names.split()).sort_values(["symbol", "settlement_date"], ignore_index=True)


def _reference() -> pd.DataFrame:
    """Who each symbol was from when on: sectors move, TAKEN gets another name, LOUD is described weeks late."""
    first, change = SESSIONS[0], _EVENTS[0]
    words = [(symbol, first, f"{symbol.title()} Corp. Common Stock", "Technology") for symbol in
             ("FLAG", "MUTE", "OLD", "SPLIT", "STAY", "TAKEN", "SOLD", "BUYER")]  # fmt: skip
    words += [
        ("NEW", change, "New Corp. Common Stock", ""),
        ("NEW", date(2023, 2, 7), "New Corp. Common Stock", "Energy"),
        ("LOUD", date(2023, 3, 10), "Loud Corp. Preferred Stock", "Finance"),
        ("TAKEN", date(2023, 2, 23), "Stranger Inc. Common Stock", "Energy"),
        ("STAY", date(2023, 3, 20), "Stay Corp. Common Stock", "Utilities"),
    ]
    rows = [(symbol, day, name, "nyse", "United States", "", sector, "", LAST) for symbol, day, name, sector in words]
    names = "symbol valid_from name exchange country ipoyear sector industry last_seen"
    return pd.DataFrame(rows, columns=names.split())


_SPLITS = """\
symbol,ex_date,price_factor_k,simple_ratio,shares_before,shares_after,shares_corrected_on,stale_sessions,status
SPLIT,2023-03-01,0.25,0.25,50000000,200000000,2023-03-06,3.0,stale
"""


def write_eventful_folder(folder: Path) -> Path:
    """The folder with all that was ever published."""
    write_parquet(_prices(), folder / "prices.parquet")
    write_parquet(_reports(), folder / "short_interest.parquet")
    write_parquet(_reference(), folder / "reference.parquet")
    floats = [(day, "STAY", 40e6 + place) for place, day in enumerate(SETTLEMENTS)]
    write_parquet(
        pd.DataFrame(floats, columns=["settlement_date", "symbol", "public_float"]), folder / "wsj_float.parquet"
    )
    (folder / "splits.csv").write_text(_SPLITS)
    return folder


def write_eventful_part(market: Path, folder: Path) -> Path:
    """Write the names of the real market that a later file could tell something of, and a hundred others; the folder.

    Those that came, went or were described anew within the span, and those that were split.
    """
    table = pq.read_table(market / "prices.parquet")
    days = table.select(["symbol", "date"]).group_by("symbol").aggregate([("date", "min"), ("date", "max")])
    first, last = days["date_min"].to_pandas(), days["date_max"].to_pandas()
    names = days["symbol"].to_pandas()
    has_come_or_gone = (first > first.min()) | (last < last.max())
    split = pd.read_csv(market / "splits.csv", keep_default_na=False)["symbol"]
    is_stock = ~names.str.contains(r"\^|/", regex=True) & ~(names.str.len().eq(5) & names.str.endswith(("W", "U", "R")))
    chosen = {*names[has_come_or_gone & is_stock][::6], *split[::4], *names[~has_come_or_gone & is_stock][::60]}
    chosen |= {"ABC", "COR", "FISV", "FI", "META", "FB", "BAM", "BN", "DBD", "VIAC", "PARA", "ANTM", "ELV", "WMT"}
    # Enough of the history before the first day for a year's window.
    kept = pa.array(sorted(chosen))
    for name in ("prices", "short_interest", "reference", "wsj_float"):
        rows = table if name == "prices" else pq.read_table(market / f"{name}.parquet")
        rows = rows.filter(pa.compute.is_in(rows["symbol"].cast(pa.string()), kept))
        pq.write_table(rows, folder / f"{name}.parquet", compression="zstd")
    (folder / "splits.csv").write_bytes((market / "splits.csv").read_bytes())
    return folder
