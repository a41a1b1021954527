"""The demo market's shipped parameters, typed."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

SHIPPED: Final = Path(__file__).with_name("parameters.toml")
"""The file in the package; its comments say what each figure is and where the published ones come from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """Companies of one size at the end of history."""

    name: str
    count: int
    upper_bound: float
    lower_bound: float
    volatility: float
    drift: float
    price: float
    turnover: float
    short_ratio: float
    short_spread: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Published aggregates of the tiers in one group, US dollars: what the calibration meets."""

    tiers: tuple[str, ...]
    average_short_interest: float
    profit: float
    profit_since_august: float
    last_cycle_growth: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sector:
    """One of Nasdaq's sectors, and the words its companies are named with."""

    name: str
    weight: float
    large_weight: float
    beta: float
    words: tuple[str, ...]
    industries: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """A stage of the market that ends with a day's close."""

    until: date
    market_return: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SectorMove:
    """What one sector did beside the market, from one day's open to another's close."""

    sector: str
    start: date
    until: date
    sector_return: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Crash:
    """A company that failed: where it fell from, when, and the last session it traded."""

    falls_on: date
    last_session: date
    fall: float
    market_cap_before: float
    short_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Accidents:
    """How many of each accident history holds."""

    delistings: int
    takeover_ratio: float
    listings: int
    reverse_splits: int
    forward_splits: int
    squeezes: int
    wrong_share_counts: int
    revisions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Volatility:
    """Daily volatility of the factors, and what multiplies a name's own shock."""

    market: float
    sector: float
    results: float
    accident: float
    accident_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionRules:
    """How shorts behave over one settlement cycle."""

    reversion: float
    pressing: float
    squeeze_above: float
    covering: float
    scatter: float
    limit: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRules:
    """How the live session moves."""

    moving_ratio: float
    gap: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoParameters:
    """Everything the simulation is told."""

    seed: int
    first_session: date
    last_session: date
    live_session: date
    year_start: date
    august_start: date
    groups: tuple[Group, ...]
    tiers: tuple[Tier, ...]
    sectors: tuple[Sector, ...]
    episodes: tuple[Episode, ...]
    sector_moves: tuple[SectorMove, ...]
    crashes: tuple[Crash, ...]
    events: Accidents
    volatility: Volatility
    positions: PositionRules
    session: SessionRules


def demo_parameters(path: Path = SHIPPED) -> DemoParameters:
    """The parameters in a file, the shipped one by default.

    Raises:
        tomllib.TOMLDecodeError: the file is not TOML.
        KeyError, TypeError: a table or a value is missing or unknown.
    """
    with path.open("rb") as file:
        tables = tomllib.load(file)
    days = ("first_session", "last_session", "live_session", "year_start", "august_start")
    return DemoParameters(
        seed=tables["seed"],
        **{name: tables[name] for name in days},
        groups=tuple(Group(**_frozen(row)) for row in tables["group"]),
        tiers=tuple(Tier(**row) for row in tables["tier"]),
        sectors=tuple(Sector(**_frozen(row)) for row in tables["sector"]),
        episodes=tuple(Episode(**row) for row in tables["episode"]),
        # `from` is a word of Python's.
        sector_moves=tuple(SectorMove(**_renamed(row, "from", "start")) for row in tables["sector_move"]),
        crashes=tuple(Crash(**row) for row in tables["crash"]),
        events=Accidents(**tables["events"]),
        volatility=Volatility(**tables["volatility"]),
        positions=PositionRules(**tables["positions"]),
        session=SessionRules(**tables["session"]),
    )


def _frozen(row: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}


def _renamed(row: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    return {new if name == old else name: value for name, value in row.items()}
