"""Listings that are no company's stock: preferreds, warrants, units, rights, notes and exchange-traded funds."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from providers.demo.names import HEADS, TAILS, texts
from shortside.listings import Texts, Unpriced

Columns = dict[str, npt.NDArray[Any]]
"""Fields of the roster while it is put together."""
NOT_STOCK = -1
"""The tier code of a security that is not a company's stock."""

# What a priced security that is no stock looks like: how many, volatility a year, median price, US dollars.
_OTHERS = {
    "preferred": (170, 0.09, 22.0),
    "warrant": (90, 1.20, 0.35),
    "unit": (50, 0.05, 10.4),
    "right": (15, 0.90, 0.2),
    "note": (35, 0.06, 24.0),
    "etf": (40, 0.10, 45.0),
}
_FIFTH_LETTERS = {"warrant": "W", "unit": "U", "right": "R", "note": "L"}
_ETF_KINDS = (
    "US Small Cap Value", "US Large Cap", "Global Technology", "Short Treasury", "Energy Producers", "Low Volatility",
    "Dividend Growers", "Emerging Markets", "Regional Banks", "Corporate Bond", "Clean Power", "Biotechnology",
)  # fmt: skip


def with_other_securities(companies: Columns, total: int, rng: np.random.Generator) -> Columns:
    """The companies with the preferreds, warrants, units, rights, notes and funds some of them have."""
    kinds = [kind for kind, (count, _, _) in _OTHERS.items() for _ in range(count)]
    eligible = np.flatnonzero(
        (companies["tier"] >= 1) & (companies["first"] == 0) & (companies["last"] == total - 1)
        & np.array([len(symbol) in (3, 4) for symbol in companies["symbols"]])
    )  # fmt: skip
    parents = rng.choice(eligible, len(kinds), replace=False)
    symbols, names = _other_titles(kinds, companies["symbols"][parents], companies["names"][parents], rng)
    shapes = np.array([_OTHERS[kind] for kind in kinds])
    added = {field: companies[field][parents] for field in companies}
    added |= {
        "symbols": texts(symbols),
        "names": texts(names),
        "tier": np.full(len(kinds), NOT_STOCK),
        "market_cap": np.exp(rng.normal(18.4, 0.8, len(kinds))),
        "price": np.round(shapes[:, 2] * np.exp(rng.normal(0, 0.12, len(kinds))), 2),
        "volatility": shapes[:, 1],
        "twin": len(companies["tier"]) + np.arange(len(kinds)),
    }
    return {field: np.concatenate([companies[field], added[field]]) for field in companies}


def _other_titles(
    kinds: list[str], symbols: Texts, names: Texts, rng: np.random.Generator
) -> tuple[list[str], list[str]]:
    """Symbols and names by the conventions of the exchanges: `XYZ^A`, `XYZW`, `XYZ.U`, "... 6.25% Preferred"."""
    titles = []
    draws = rng.integers(0, 9, len(kinds)).tolist()
    for row, (kind, symbol, name, draw) in enumerate(zip(kinds, symbols, names, draws, strict=True)):
        company = " ".join(str(name).split()[:2])
        letter = "ABCDEFGHJ"[draw]
        # Nasdaq marks the kind by a fifth letter, the NYSE by a suffix.
        five = symbol + _FIFTH_LETTERS.get(kind, "") if len(symbol) == 4 else ""
        interest = f"{5 + draw / 4:.2f}%"
        fund = f"{company.split()[0]} {_ETF_KINDS[row % len(_ETF_KINDS)]} ETF"
        titles.append({
            "preferred": (f"{symbol}^{letter}", f"{company} Corp. {interest} Series {letter} Preferred Stock"),
            "warrant": (five or f"{symbol}.WS", f"{company} Inc. Warrants"),
            "unit": (five or f"{symbol}.U", f"{company} Inc. Unit"),
            "right": (five or f"{symbol}.RT", f"{company} Inc. Rights"),
            "note": (five or f"{symbol}.N", f"{company} Corp. {interest} Senior Notes due {2026 + draw}"),
            # No company's name begins with an X, so none of its tickers does.
            "etf": (f"X{chr(65 + row % 26)}{chr(65 + row // 26 % 26)}", fund),
        }[kind])  # fmt: skip
    return [symbol for symbol, _ in titles], [name for _, name in titles]


def unpriced_funds(settlement: np.datetime64, rng: np.random.Generator) -> Unpriced:
    """Exchange-traded funds that report short interest and have no price here."""
    count = 320
    heads = [HEADS[place] for place in rng.integers(len(HEADS), size=count)]
    tails = [TAILS[place] for place in rng.integers(len(TAILS), size=count)]
    names = [
        f"{head}{tail} {_ETF_KINDS[row % len(_ETF_KINDS)]} ETF"
        for row, (head, tail) in enumerate(zip(heads, tails, strict=True))
    ]
    letters = [chr(65 + row // 26 % 26) + chr(65 + row % 26) for row in range(count)]
    return Unpriced(
        symbols=texts([f"X{pair}{kind}" for pair, kind in zip(letters, "KLMN" * count, strict=False)]),
        names=texts(names),
        market_classes=texts(["ARCA" if row % 3 else "BZX" for row in range(count)]),
        shares_short=np.rint(np.exp(rng.normal(12.5, 1.8, count))),
        settlement_date=np.full(count, settlement),
    )
