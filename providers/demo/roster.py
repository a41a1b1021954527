"""Who is listed in the demo market: companies and the other securities a directory holds, ordered by symbol."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from providers.demo.names import NAME_BEGINNINGS, NAME_ENDINGS, company_stems, security_names, texts, tickers
from providers.demo.parameters import Crash, DemoParameters, Sector
from shortside.listings import Dates, Flags, Floats, Indexes, Texts, UnpricedSecurities


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Roster:
    """One row a listing, symbols ascending. (N,) each; session indexes count from the first session."""

    symbols: Texts
    names: Texts
    exchanges: Texts
    sectors: Texts
    industries: Texts
    countries: Texts
    sector: Indexes
    """Index of the sector in the parameters."""
    tier: Indexes
    """Index of the tier it ends in, `NOT_STOCK` for what is no company's stock."""
    market_cap: Floats
    """USD at the last price."""
    price: Floats
    """USD, the last price."""
    volatility: Floats
    """A year's, before the name's own scatter."""
    twin: Indexes
    """The listing of the same company's other class, or the row itself."""
    first: Indexes
    """First session with a price."""
    last: Indexes
    """Last session with a price."""
    crash: Indexes
    """Index of its crash in the parameters, −1 for none."""
    is_takeover: Flags
    """Whether it left the market by being bought."""

    @property
    def is_stock(self) -> Flags:
        """(N,) common stock and ADRs."""
        return np.asarray(self.tier != NOT_STOCK)


def roster_of(parameters: DemoParameters, sessions: Dates, rng: np.random.Generator) -> Roster:
    """Everybody with a price at some time in `sessions`."""
    columns = _companies(parameters, sessions, rng)
    columns = with_other_securities(columns, len(sessions), rng)
    order = np.array(sorted(range(len(columns["symbols"])), key=columns["symbols"].__getitem__))
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    columns["twin"] = place[columns["twin"]]
    return Roster(**{field.name: np.asarray(columns[field.name])[order] for field in fields(Roster)})


def _companies(parameters: DemoParameters, sessions: Dates, rng: np.random.Generator) -> RosterColumns:
    """Columns of all companies, the largest first: those alive at the end, then the delisted, the crashed last."""
    tier, caps = _sizes(parameters, rng)
    prices = _prices(parameters, tier, rng)
    sector = _sector_codes(parameters.sectors, tier, rng)
    crash = np.full(len(tier), -1)
    for place, event in enumerate(reversed(parameters.crashes), 1):
        crash[-place] = len(parameters.crashes) - place
        sector[-place] = [known.name for known in parameters.sectors].index("Finance")
        caps[-place] = event.market_cap_before * np.exp(event.fall)
        tier[-place] = _tier_code(parameters, caps[-place])
        prices[-place] = 2.0 + place
    first, last = _lives(parameters, sessions, tier, rng)
    columns = _directory(parameters, sector, tier, rng) | {
        "sector": sector,
        "tier": tier,
        "market_cap": caps,
        "price": prices,
        "volatility": np.array([level.volatility for level in parameters.tiers])[tier],
        "twin": np.arange(len(tier)),
        "first": first,
        "last": last,
        "crash": crash,
        # What is still worth billions on its last day did not fail.
        "is_takeover": (last < len(sessions) - 1)
        & ((tier <= 2) | (rng.random(len(tier)) < parameters.events.takeover_ratio)),
    }
    _add_oddities(columns)
    return columns


def _directory(parameters: DemoParameters, sector: Indexes, tier: Indexes, rng: np.random.Generator) -> RosterColumns:
    """What a directory prints of each company."""
    total = len(tier)
    homes = [parameters.sectors[code] for code in sector.tolist()]
    is_adr = (rng.random(total) < 0.06) & (np.arange(total) < total - parameters.events.delistings)
    stems = company_stems(
        [home.words[int(draw * len(home.words))] for home, draw in zip(homes, rng.random(total), strict=True)], rng
    )
    names, countries = security_names(stems, is_adr, rng)
    exchanges = np.array(["nasdaq", "nyse", "amex"], object)[rng.choice(3, total, p=[0.56, 0.38, 0.06])]
    lengths = np.where(exchanges == "nasdaq", 4, 3)
    # Two letters and one are for the large and old.
    lengths[rng.random(total) < np.where(tier <= 1, 0.12, 0.01)] = 2
    lengths[rng.permutation(200)[:12]] = 1
    draws = rng.random(total)
    return {
        "symbols": texts(tickers(stems, lengths, rng, reserved=("NA",))),
        "names": texts(names),
        "exchanges": exchanges,
        "sectors": texts([home.name for home in homes]),
        "industries": texts(
            [home.industries[int(draw * len(home.industries))] for home, draw in zip(homes, draws, strict=True)]
        ),
        "countries": texts(countries),
    }


def _add_oddities(columns: RosterColumns) -> None:
    """Listings that have tripped programs before: two classes, a ticker that reads as missing, a name not in Latin."""
    symbols, names = columns["symbols"], columns["names"]
    small = np.flatnonzero(
        (columns["tier"] == 3) & (columns["first"] == 0) & (columns["last"] == columns["last"].max())
    )
    pair, missing, foreign = small[:2], small[2], small[3]
    stem = symbols[pair[0]]
    for row, letter in zip(pair, "AB", strict=True):
        symbols[row] = f"{stem}.{letter}"
        names[row] = f"Quarrenmoor Torvald Inc. Class {letter} Common Stock"
        columns["exchanges"][row] = "nyse"
        for field in ("sector", "sectors", "industries", "countries", "price"):
            columns[field][row] = columns[field][pair[0]]
    columns["twin"][pair[1]] = pair[0]
    symbols[missing], names[missing] = "NA", "Norvane Aldenmoor Corp. Common Stock"
    columns["countries"][missing] = "United States"
    names[foreign] = "霜橋晶機 Shuangqiao Jingji Ltd. American Depositary Shares"
    columns["countries"][foreign] = "China"
    # The source leaves some sectors blank.
    for row in small[10:60]:
        columns["sectors"][row] = columns["industries"][row] = ""


def _sizes(parameters: DemoParameters, rng: np.random.Generator) -> tuple[Indexes, Floats]:
    """Tier and last market cap of each company: a Pareto within a tier, so that the whole is close to log-normal."""
    counts = [tier.count for tier in parameters.tiers]
    tier = np.repeat(np.arange(len(counts)), counts)
    # The delisted ended small, mostly.
    gone = rng.choice(len(counts), parameters.events.delistings, p=_ending_odds(len(counts)))
    tier = np.concatenate([tier, np.sort(gone)])
    lower = np.array([level.lower_bound for level in parameters.tiers])[tier]
    upper = np.array([level.upper_bound for level in parameters.tiers])[tier]
    # More companies near the lower bound. The margin keeps rounding of prices and counts from crossing a bound.
    depth = 0.004 + 0.992 * rng.random(len(tier)) ** np.array([2.2, 2.4, 1.6, 1.15, 1.15, 1.15])[tier]
    caps = lower * (upper / lower) ** depth
    order = np.concatenate([np.argsort(-caps[: sum(counts)]), np.arange(sum(counts), len(caps))])
    return tier[order], caps[order]


def _ending_odds(tiers: int) -> Floats:
    odds = np.array([0.0, 0.02, 0.12, 0.30, 0.30, 0.26])
    if len(odds) != tiers:
        raise ValueError(f"six tiers expected, not {tiers}")
    return odds


def _tier_code(parameters: DemoParameters, market_cap: float) -> int:
    return next(code for code, tier in enumerate(parameters.tiers) if market_cap >= tier.lower_bound)


def _sector_codes(sectors: tuple[Sector, ...], tier: Indexes, rng: np.random.Generator) -> Indexes:
    """The sector of each company; large ones are shared out by their own weights."""
    large = np.cumsum([sector.large_weight for sector in sectors])
    small = np.cumsum([sector.weight for sector in sectors])
    draws = rng.random(len(tier))
    codes = np.where(tier <= 1, np.searchsorted(large / large[-1], draws), np.searchsorted(small / small[-1], draws))
    # The largest few of all are technology companies.
    codes[:5] = [sector.name for sector in sectors].index("Technology")
    return codes.astype(np.int64)


def _prices(parameters: DemoParameters, tier: Indexes, rng: np.random.Generator) -> Floats:
    median = np.array([level.price for level in parameters.tiers])[tier]
    prices = median * np.exp(rng.normal(0, 0.55, len(tier)))
    return np.where(prices < 1, np.round(prices, 4), np.round(prices, 2))


def _lives(
    parameters: DemoParameters, sessions: Dates, tier: Indexes, rng: np.random.Generator
) -> tuple[Indexes, Indexes]:
    """First and last session of each company. The delisted stand at the end, the crashed last of all."""
    total, end = len(tier), len(sessions) - 1
    gone = parameters.events.delistings
    first, last = np.zeros(total, np.int64), np.full(total, end)
    newcomers = rng.choice(np.flatnonzero((tier > 0)[: total - gone]), parameters.events.listings, replace=False)
    first[newcomers] = rng.integers(5, end - 25, len(newcomers))
    # None in the last weeks: a position that ends there counts as covered and would drown the new shorts.
    last[total - gone :] = rng.integers(40, end - 45, gone)
    for place, crash in enumerate(parameters.crashes):
        last[total - len(parameters.crashes) + place] = _session_index(sessions, crash)
    return first, last


def _session_index(sessions: Dates, crash: Crash) -> int:
    return int(np.searchsorted(sessions, np.datetime64(crash.last_session, "D")))


RosterColumns = dict[str, npt.NDArray[Any]]
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


def with_other_securities(companies: RosterColumns, total: int, rng: np.random.Generator) -> RosterColumns:
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


def unpriced_funds(settlement: np.datetime64, rng: np.random.Generator) -> UnpricedSecurities:
    """Exchange-traded funds that report short interest and have no price here."""
    count = 320
    heads = [NAME_BEGINNINGS[place] for place in rng.integers(len(NAME_BEGINNINGS), size=count)]
    tails = [NAME_ENDINGS[place] for place in rng.integers(len(NAME_ENDINGS), size=count)]
    names = [
        f"{head}{tail} {_ETF_KINDS[row % len(_ETF_KINDS)]} ETF"
        for row, (head, tail) in enumerate(zip(heads, tails, strict=True))
    ]
    letters = [chr(65 + row // 26 % 26) + chr(65 + row % 26) for row in range(count)]
    return UnpricedSecurities(
        symbols=texts([f"X{pair}{kind}" for pair, kind in zip(letters, "KLMN" * count, strict=False)]),
        names=texts(names),
        market_classes=texts(["ARCA" if row % 3 else "BZX" for row in range(count)]),
        shares_short=np.rint(np.exp(rng.normal(12.5, 1.8, count))),
        settlement_date=np.full(count, settlement),
    )
