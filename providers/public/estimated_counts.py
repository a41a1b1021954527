"""Gives names that left the market a share count by what they traded, so that they have a tier, and notes that."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from shortside.listings import Floats, Indexes, Listings
from shortside.tiers import TierScheme
from shortside.turnover import turnover_of
from shortside.universe import kinds_of, members
from shortside.words.spelt_out import spelt_out


def with_estimated_counts(listings: Listings, listed: Collection[str]) -> Listings:
    """The listings with an estimated count for the stocks that are listed no more and of which no count is known.

    A name that is listed and has no count stays without: its count is printed somewhere, only not here.

    Args:
        listings: with every count that is known.
        listed: the symbols that are listed.
    """
    known = _last_known(listings.shares_outstanding)
    is_stock = members(kinds_of(listings.symbols, listings.names))
    is_listed = np.array([symbol in listed for symbol in listings.symbols], bool)
    volume = _usual_volume(listings)
    line = turnover_of(np.where(is_stock & is_listed, known, np.nan), volume)
    if line is None:
        return listings
    estimates = line.counts(volume)
    columns = np.flatnonzero(is_stock & ~is_listed & np.isnan(known) & np.isfinite(estimates))
    if not len(columns):
        return listings
    is_priced = np.isfinite(listings.close)
    last = len(is_priced) - 1 - is_priced[::-1].argmax(axis=0)
    outstanding = listings.shares_outstanding.copy()
    outstanding[last[columns], columns] = estimates[columns]
    symbols = [str(listings.symbols[column]) for column in _by_dollars(listings, columns)]
    close = listings.close[last, np.arange(len(last))]
    right = _right(known, estimates, close)
    note = (
        f"{len(symbols)} delisted names have no share count anywhere; their tier is told from the volume FINRA "
        f"printed, which puts {right:.0%} of the names with a known count into the right one of three groups: "
        f"{spelt_out(symbols)}"
    )
    return replace(
        listings,
        shares_outstanding=outstanding,
        estimated_counts=tuple(sorted(symbols)),
        notes=(*listings.notes, note),
    )


def _last_known(counts: Floats) -> Floats:
    """(N,) the last count of each name; NaN where there is none."""
    is_known = np.isfinite(counts)
    last = len(counts) - 1 - is_known[::-1].argmax(axis=0)
    return np.asarray(counts[last, np.arange(counts.shape[1])], np.float64)


def _usual_volume(listings: Listings) -> Floats:
    """(N,) the median of FINRA's average volumes of the cycles, on the last one's split basis; NaN where none is known.

    The median, for a name trades most in the weeks in which it is bought or fails.
    """
    volume = np.where(listings.reported_volume > 0, listings.reported_volume, np.nan).astype(np.float64)
    events = listings.splits
    for column, ex_date, factor in zip(events.column, events.ex_date, events.price_factor, strict=True):
        volume[listings.settlements < ex_date, column] /= factor
    usual = np.full(volume.shape[1], np.nan)
    some = np.isfinite(volume).any(axis=0)
    usual[some] = np.nanmedian(volume[:, some], axis=0)
    return usual


def _by_dollars(listings: Listings, columns: Indexes) -> Indexes:
    """The columns, those with the largest short position first."""
    shares = np.nan_to_num(listings.shares_short[:, columns]).max(axis=0)
    dollars = shares * np.nan_to_num(listings.close[:, columns]).max(axis=0)
    return np.asarray(columns[np.argsort(-dollars, kind="stable")])


def _right(known: Floats, estimates: Floats, close: Floats) -> float:
    """The share of names whose estimate puts them where their count does."""
    scheme = TierScheme()
    group = np.empty(len(scheme.labels), np.int64)
    for place, (_, tiers) in enumerate(scheme.groups()):
        group[list(tiers)] = place
    both = np.isfinite(known) & np.isfinite(estimates) & np.isfinite(close)
    same = group[scheme.codes(known[both] * close[both])] == group[scheme.codes(estimates[both] * close[both])]
    return float(same.mean())
