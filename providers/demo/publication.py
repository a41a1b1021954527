"""The demo market as its sources would print it: raw split bases, share counts that lag or err, reporting rules."""

from __future__ import annotations

from datetime import date

import numpy as np

from providers.demo.parameters import DemoParameters
from providers.demo.roster import Roster
from shortside.arrays.ranked_values import distinct
from shortside.listings import Borrow, Dates, Flags, Floats, Indexes, Splits

_LARGEST_AVAILABLE = 10_000_000
_REVERSE = np.array([5.0, 8.0, 10.0, 12.0, 15.0, 20.0, 25.0])
_FORWARD = np.array([2.0, 3.0, 4.0, 5.0, 10.0, 20.0])


def choose_splits(
    close: Floats, roster: Roster, parameters: DemoParameters, rng: np.random.Generator
) -> tuple[Indexes, Indexes, Floats, Indexes]:
    """Splits where companies make them: reverse when the printed price is a dollar or so, forward when it is hundreds.

    Returns:
        Column, session of the ex-date, price factor and how many sessions the share count lags. (E,) each.
    """
    count = close.shape[1]
    reach = roster.last - 12 - (roster.first + 10)
    able = roster.is_stock & (reach > 20) & (roster.twin == np.arange(count))
    rows = roster.first + 10 + (rng.random(count) * np.maximum(reach, 1)).astype(np.int64)
    prices = close[rows, np.arange(count)]
    reverse, forward = rng.choice(_REVERSE, count), rng.choice(_FORWARD, count)
    down = np.flatnonzero(able & (prices / reverse > 0.1) & (prices / reverse < 1.8) & (roster.tier >= 3))
    up = np.flatnonzero(able & (prices * forward > 110) & (prices * forward < 1200) & (roster.tier <= 2))
    down = rng.permutation(down)[: parameters.events.reverse_splits]
    up = np.setdiff1d(
        distinct(rng.permutation(up)[: parameters.events.forward_splits]), distinct(down), assume_unique=True
    )
    column = np.concatenate([down, up])
    factor = np.concatenate([reverse[down], 1 / forward[up]])
    lag = np.where(rng.random(len(column)) < 0.45, rng.integers(1, 7, len(column)), 0)
    # Some split twice.
    again = np.flatnonzero((rows[column] - 130 > roster.first[column] + 10) & (factor > 1))[:3]
    return (
        np.concatenate([column, column[again]]),
        np.concatenate([rows[column], rows[column[again]] - 130]),
        np.concatenate([factor, np.full(len(again), 4.0)]),
        np.concatenate([lag, np.zeros(len(again), np.int64)]),
    )


def printed_shares(base: Floats, roster: Roster, total: int, rng: np.random.Generator) -> Floats:
    """(T, N) float32 shares outstanding on the final basis, stepping at each quarter's filing."""
    pace = np.array([-0.02, -0.015, 0.01, 0.05, 0.12, 0.30, 0.0])[roster.tier]
    pace = pace + rng.normal(0, 0.02, len(pace))
    quarters = (total - 1 - np.arange(total)) // 63
    levels = base * np.exp(-np.outer(np.arange(quarters.max() + 1) / 4, pace))
    return np.rint(levels).astype(np.float32)[quarters]


def on_raw_basis(
    chosen: tuple[Indexes, Indexes, Floats, Indexes], sessions: Dates, settlements: Dates,
    close: Floats, volume: Floats, shares: Floats, shares_short: Floats,
) -> Splits:  # fmt: skip
    """Put everything dated before each split on the basis of its own day, in place, and tell the events."""
    for column, row, factor, _ in zip(*chosen, strict=True):
        close[:row, column] /= factor
        volume[:row, column] *= factor
        shares[:row, column] *= factor
        shares_short[: np.searchsorted(settlements, sessions[row]), column] *= factor
    columns, rows, factors, lags = chosen
    before = shares[rows - 1, columns].astype(np.float64)
    for column, row, factor, lag in zip(*chosen, strict=True):
        shares[row : row + lag, column] *= factor
    return Splits(
        column=columns.astype(np.int64),
        ex_date=sessions[rows],
        price_factor=factors,
        shares_before=before,
        shares_after=shares[rows + lags, columns].astype(np.float64),
        shares_corrected_on=sessions[rows + lags],
    )


def round_prices(close: Floats) -> None:
    """Cents from a dollar up, hundredths of a cent below (SEC Rule 612), in place."""
    below = np.flatnonzero(close < 1)
    fine = np.maximum(np.rint(close.reshape(-1)[below] * np.float32(1e4)), 1) / np.float32(1e4)
    close *= 100
    np.rint(close, out=close)
    close /= 100
    close.reshape(-1)[below] = fine


def add_wrong_counts(shares: Floats, parameters: DemoParameters, rng: np.random.Generator) -> None:
    """Single days with a count out by a factor of tens, as the screener prints them, in place."""
    count = parameters.events.wrong_share_counts
    rows = rng.integers(30, len(shares) - 40, count)
    columns = rng.choice(shares.shape[1], count, replace=False)
    shares[rows, columns] *= (10 ** rng.uniform(1.2, 2.8, count)).astype(np.float32)


def volumes(
    roster: Roster, parameters: DemoParameters, shocks: Floats, shares: Floats, ratio: Floats, rng: np.random.Generator
) -> Floats:
    """(T, N) float32 shares traded: a share of the company, more on days that move it and for names much shorted."""
    turnover = np.array([tier.turnover for tier in parameters.tiers] + [0.002])[roster.tier]
    usual = np.log(turnover * (1 + 8 * np.nan_to_num(ratio))) + rng.normal(0, 0.5, len(turnover))
    # The neighbour's shock is as good as a fresh draw, and free.
    volume = np.roll(shocks, 1, axis=1)
    volume *= 0.25
    volume += 0.4 * np.abs(shocks)
    volume += (usual - 0.35).astype(np.float32)
    volume += rng.normal(0, 0.15, len(shocks)).astype(np.float32)[:, None]
    np.clip(volume, None, 0.5, out=volume)
    np.exp(volume, out=volume)
    volume *= shares
    return np.rint(volume, out=volume)


def cycle_volumes(volume: Floats, sessions: Dates, settlements: Dates) -> Floats:
    """(K, N) float32 average daily volume of each cycle. The first is known only from the sessions there are."""
    ends = np.searchsorted(sessions, settlements, "right")
    starts = np.concatenate([[0], ends[:-1]])
    return np.stack([
        volume[start : max(end, start + 10)].mean(axis=0) if end - start < 5 else volume[start:end].mean(axis=0)
        for start, end in zip(starts, ends, strict=True)
    ])  # fmt: skip


def previous_positions(
    shares_short: Floats, split_flag: Flags, roster: Roster, parameters: DemoParameters, rng: np.random.Generator
) -> tuple[Floats, Flags]:
    """Each row's own previous position, zero for a new name, and the few rows that revise it."""
    previous = np.full(shares_short.shape, np.nan)
    previous[1:] = np.where(np.isfinite(shares_short[1:]), np.nan_to_num(shares_short[:-1]), np.nan)
    is_revised = np.zeros(shares_short.shape, bool)
    usable = np.isfinite(shares_short[1:]) & np.isfinite(shares_short[:-1]) & ~split_flag[1:] & (roster.tier >= 3)
    row, column = np.nonzero(usable)
    cells = rng.choice(len(row), parameters.events.revisions, replace=False)
    row, column = row[cells] + 1, column[cells]
    previous[row, column] = np.rint(previous[row, column] * np.exp(rng.normal(0, 0.08, len(row))))
    is_revised[row, column] = True
    return previous, is_revised


def split_flags(splits: Splits, settlements: Dates, names: int) -> Flags:
    """(K, N) whether a split fell in the cycle."""
    flags = np.zeros((len(settlements), names), bool)
    rows = np.searchsorted(settlements, splits.ex_date)
    inside = rows < len(settlements)
    flags[rows[inside], splits.column[inside]] = True
    return flags


def float_of(roster: Roster, base: Floats, rng: np.random.Generator) -> Floats:
    """(N,) float64 public float, shares; NaN for what is no stock, what is gone, and a few nobody counted."""
    free = np.rint(base * rng.uniform(0.62, 0.98, len(base)))
    is_known = roster.is_stock & (roster.last == roster.last.max()) & (rng.random(len(base)) > 0.03)
    return np.where(is_known, free, np.nan)


def borrow_of(roster: Roster, ratio: Floats, base: Floats, as_of: date, rng: np.random.Generator) -> Borrow:
    """The stock-loan market: a quarter of a per cent for most, tens of per cent where most of the float is lent."""
    count = len(ratio)
    tightness = (
        np.nan_to_num(ratio) / 0.30 + 0.05 * (roster.tier >= 4) + rng.exponential(0.035, count) * (roster.tier >= 3)
    )
    rate = 0.0025 * np.exp(np.clip(7.2 * np.maximum(tightness - 0.22, 0) ** 0.75, 0, 7.0) + rng.normal(0, 0.25, count))
    fee = np.where(tightness > 0.22, np.maximum(rate, 0.0025), 0.0025)
    lendable = (
        base
        * np.clip(0.35 - np.nan_to_num(ratio), 0.0005, None)
        * np.exp(rng.normal(-2.5, 0.8, count) - 2.0 * (fee > 0.05))
    )
    available = np.rint(lendable / 100) * 100
    return Borrow(
        fee=np.round(fee, 4),
        available=np.minimum(available, _LARGEST_AVAILABLE),
        is_capped=available > _LARGEST_AVAILABLE,
        as_of=np.datetime64(as_of, "D"),
        source="demo",
    )


def blank_outside_lives(roster: Roster, *frames: Floats) -> None:
    """NaN before a name is listed and after it is gone, in place."""
    end = len(frames[0]) - 1
    for column in np.flatnonzero((roster.first > 0) | (roster.last < end)):
        for frame in frames:
            frame[: roster.first[column], column] = np.nan
            frame[roster.last[column] + 1 :, column] = np.nan
