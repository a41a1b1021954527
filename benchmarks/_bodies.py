"""Answers of publishers made of noise, in their own formats, for benchmarks that run without the reference material."""

from __future__ import annotations

import json
from datetime import date, timedelta
from itertools import product

import numpy as np

from providers.finra.short_interest_file import COLUMNS
from providers.finra.short_volume import HEADER

SETTLEMENT = date(2023, 8, 15)
SESSION = date(2023, 9, 6)
CLASSES = ("NYSE", "NNM", "SC", "AMEX", "ARCA", "BZX", "OTC")
SECTORS = ("Technology", "Health Care", "Finance", "Consumer Discretionary", "Industrials", "")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_FINRA = (
    "accountingYearMonthNumber|symbolCode|issueName|issuerServicesGroupExchangeCode|marketClassCode|"
    "currentShortPositionQuantity|previousShortPositionQuantity|stockSplitFlag|averageDailyVolumeQuantity|"
    "daysToCoverQuantity|revisionFlag|changePercent|changePreviousNumber|settlementDate"
)
assert set(COLUMNS) <= set(_FINRA.split("|"))


def symbols_of(count: int) -> list[str]:
    """So many tickers in alphabetical order; one in twenty is a class, a preferred or a warrant."""
    roots = ["".join(letters) for letters in product(_LETTERS, repeat=4)]
    return roots[:: max(len(roots) // count, 1)][:count]


def short_interest_file(rows: int, seed: int = 1) -> bytes:
    """A settlement's file, `rows` securities."""
    random = np.random.default_rng(seed)
    shares = random.lognormal(12, 2.5, (3, rows)).astype(np.int64).tolist()
    lines = [_FINRA]
    for at, (symbol, now, before, volume) in enumerate(zip(symbols_of(rows), *shares, strict=True)):
        split = "S" if at % 900 == 0 else ""
        cells = (
            f"{symbol}|{symbol.title()} Holdings Inc Common Stoc|A|{CLASSES[at % 7]}|{now}|{before}|{split}|{volume}"
        )
        lines.append(f"20230815|{cells}|{now / max(volume, 1):.2f}||1.00|{now - before}|{SETTLEMENT}")
    return "\n".join(lines).encode("latin-1") + b"\n"


def short_volume_file(rows: int, session: date = SESSION, seed: int = 1) -> bytes:
    """A session's file; one row in fourteen is spelled as only the tape spells it."""
    random = np.random.default_rng(seed)
    total = random.lognormal(9, 2.5, rows).astype(np.int64) + 1
    short = (total * random.random(rows)).astype(np.int64).tolist()
    lines = [HEADER.decode()]
    for at, (symbol, sold, traded) in enumerate(zip(symbols_of(rows), short, total.tolist(), strict=True)):
        spelled = f"{symbol[:3]}p{symbol[3:]}" if at % 14 == 0 else symbol
        lines.append(f"{session:%Y%m%d}|{spelled}|{sold}|{sold // 50}|{traded}|B,Q,N")
    # Lower case comes after upper, as in the tape's own order.
    return "\r\n".join([lines[0], *sorted(lines[1:]), str(rows)]).encode() + b"\r\n"


def screener_answer(rows: int, seed: int = 1) -> bytes:
    """The whole list as Nasdaq's screener has it."""
    random = np.random.default_rng(seed)
    prices, shares = random.lognormal(3, 1, rows), random.lognormal(17, 1.2, rows)
    records = [
        {
            "symbol": symbol,
            "name": f"{symbol.title()} Holdings Inc. Common Stock",
            "lastsale": f"${price:.4f}",
            "netchange": f"{price / 100:.4f}",
            "pctchange": "1.000%",
            "volume": f"{count / 100:.0f}",
            "marketCap": f"{price * count:.2f}",
            "country": "United States",
            "ipoyear": "1999",
            "industry": "Biotechnology: Laboratory Analytical Instruments",
            "sector": SECTORS[at % len(SECTORS)],
            "url": f"/market-activity/stocks/{symbol.lower()}",
        }
        for at, (symbol, price, count) in enumerate(zip(symbols_of(rows), prices, shares, strict=True))
    ]
    status = {"rCode": 200, "bCodeMessage": None, "developerMessage": None}
    return json.dumps({"data": {"asOf": None, "rows": records}, "message": None, "status": status}).encode()


def sessions_before(session: date, count: int) -> list[date]:
    """So many weekdays that end with a session, oldest first; a benchmark needs no holidays."""
    days = [session - timedelta(days=back) for back in range(count * 2)]
    return sorted(day for day in days if day.weekday() < 5)[-count:]
