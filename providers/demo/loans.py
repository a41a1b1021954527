"""Simulates the looks at a list of stock loans that led to the fees the demo market ends with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Final

import numpy as np

from shortside.listings import Borrow, Dates, Flags, Floats, Texts
from shortside.loans.history import LoanState
from shortside.sessions import NEW_YORK

DAYS: Final = 120
"""Sessions with a look, one each evening."""
_EVENING: Final = time(18)
_LEAST_FEE: Final = 0.0025
_STREAM: Final = 16


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class LastLoans:
    """What the looks before it are made of: thousands of numbers, where the market they are of has millions."""

    symbols: Texts
    """(N,) in the order of the market as it is simulated."""
    borrow: Borrow
    """The look that the market has."""
    sessions: Dates
    """The market's."""


def simulated_looks(borrow: Borrow, sessions: Dates, seed: int) -> list[LoanState]:
    """A look on each of the last evenings, oldest first; the last one is what the market has.

    Fees of names that are hard to borrow wander, the others stand at general collateral. Names without shares had some
    until an evening of the last three weeks.

    Args:
        borrow: the last look.
        sessions: the market's, the last one that of the look.
        seed: of the market.
    """
    days = _evenings(borrow, sessions)
    back, names = len(days) - 1, len(borrow.fee)
    fees = np.vstack([_fees_before(borrow, seed, back)[::-1], borrow.fee[None, :]])
    available, is_capped = _available(borrow, back, _stream(seed, 2))
    return [
        _state(day, fees[row], available[row], is_capped if row == back else np.zeros(names, bool))
        for row, day in enumerate(days)
    ]


def with_earlier_fees(borrow: Borrow, sessions: Dates, seed: int) -> Borrow:
    """The last look with the fees of the evenings that stood a day and a week before it, as `simulated_looks` has them.

    Args:
        borrow: the last look.
        sessions: the market's, the last one that of the look.
        seed: of the market.
    """
    days = _evenings(borrow, sessions)
    ages = [len(days) - int(np.searchsorted(days, borrow.as_of - np.timedelta64(age, "D"), "right")) for age in (1, 7)]
    fees = _fees_before(borrow, seed, min(max(ages), len(days) - 1))
    day, week = (fees[age - 1] if age <= len(fees) else None for age in ages)
    return replace(borrow, fee_day_ago=day, fee_week_ago=week)


def _evenings(borrow: Borrow, sessions: Dates) -> Dates:
    days: Dates = sessions[sessions <= borrow.as_of][-DAYS:]
    return days


def _stream(seed: int, part: int) -> np.random.Generator:
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence([seed, _STREAM, part])))


def _fees_before(borrow: Borrow, seed: int, evenings: int) -> Floats:
    """The fees of so many evenings before the last, the newest first: each the same, however many are asked for."""
    shape = evenings, len(borrow.fee)
    chance = _stream(seed, 1).random(shape)
    jumps = np.where(chance < 0.01, 0.3, 0.0) - np.where(chance > 0.996, 0.3, 0.0)
    drift = np.cumsum(_stream(seed, 0).normal(0.0, 0.05, shape) + jumps, axis=0)
    fees = np.maximum(_LEAST_FEE, np.round(borrow.fee * np.exp(-drift), 4))
    return np.where(borrow.fee > _LEAST_FEE, fees, borrow.fee)


def _available(borrow: Borrow, back: int, rng: np.random.Generator) -> tuple[Floats, Flags]:
    """Shares on each evening, and whether those of the last are a lower bound."""
    names = len(borrow.available)
    wander = np.cumsum(rng.normal(0.0, 0.15, (back, names))[::-1], axis=0)[::-1]
    past = np.rint(borrow.available * np.exp(-wander) / 100) * 100
    evening = back - rng.integers(1, 16, names)
    had_some = (borrow.available == 0) & (np.arange(back)[:, None] < evening)
    past = np.where(had_some, 100.0 * rng.integers(1, 400, names), past)
    return np.vstack([past, borrow.available[None, :]]), borrow.is_capped


def _state(day: np.datetime64, fee: Floats, available: Floats, is_capped: Flags) -> LoanState:
    as_of = day.astype(object)
    at = datetime.combine(as_of, _EVENING, NEW_YORK).astimezone(UTC)
    return LoanState(
        as_of=as_of,
        known_at=at,
        fetched_at=at + timedelta(minutes=2),
        fee=fee,
        available=available,
        is_capped=is_capped,
    )
