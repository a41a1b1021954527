"""Splits nobody listed are found by two witnesses, and by nothing less."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from market_examples import listings_of, splits_of

from providers.files.missed_splits import with_missed_splits
from shortside.plain_ratios import plain_ratio


@pytest.mark.parametrize(
    ("factor", "plain"),
    [(10.0, 10), (9.96, 10), (0.1, 0.1), (1 / 3, 1 / 3), (1.5, 1.5), (2 / 3, 2 / 3), (33.0, 33)],
)
def test_a_plain_ratio_is_recognised_either_way_up(factor, plain):
    assert plain_ratio(factor) == pytest.approx(plain)


@pytest.mark.parametrize("factor", [1.0, 1.02, 0.97, 1.25, 2.2, 7.3, 0.0, -2.0, float("nan"), float("inf")])
def test_a_dividend_a_spin_off_and_nonsense_are_no_split(factor):
    assert plain_ratio(factor) is None


def folder(tmp_path, leaps, flagged=True, suffix="parquet"):
    """One name over 20 sessions, one-for-ten at each leap; and the price file that says so by its net change."""
    close = np.full(20, 2.0)
    net = np.zeros(20)
    for row in leaps:
        close[row:] *= 10
        net[row] = 0.0  # the official previous close is the adjusted one, so the day's change is nothing
    listings = listings_of(close[:, None], [[1000.0], [1000.0], [100.0]], symbols=["BRK.B"])
    flags = listings.split_flag.copy()
    flags[2, 0] = flagged
    listings = replace(listings, split_flag=flags)
    frame = pd.DataFrame(
        {"symbol": "BRK/B", "date": listings.sessions.astype(object), "close": close, "netchange": net}
    )
    path = tmp_path / f"prices.{suffix}"
    if suffix == "parquet":
        frame.to_parquet(path)
    else:
        frame.to_csv(path, index=False)
    return listings, path


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_a_flag_and_an_adjusted_previous_close_make_a_split(tmp_path, suffix):
    listings, path = folder(tmp_path, [12], suffix=suffix)
    found = with_missed_splits(listings, path)
    assert found.splits.ex_date.tolist() == [listings.sessions[12].astype(object)]
    assert found.splits.price_factor.tolist() == [10.0]
    assert "BRK.B" in found.notes[-1]


def test_without_the_flag_a_leap_stays_a_leap(tmp_path):
    listings, path = folder(tmp_path, [12], flagged=False)
    assert with_missed_splits(listings, path) is listings


def test_two_leaps_in_a_cycle_prove_nothing(tmp_path):
    listings, path = folder(tmp_path, [11, 13])
    assert len(with_missed_splits(listings, path).splits.column) == 0


def test_a_leap_in_another_cycle_proves_nothing(tmp_path):
    listings, path = folder(tmp_path, [4])
    assert len(with_missed_splits(listings, path).splits.column) == 0


def test_a_split_that_is_listed_is_not_found_again(tmp_path):
    listings, path = folder(tmp_path, [12])
    listed = replace(listings, splits=splits_of(listings.sessions, [(0, 12, 10.0)]))
    assert with_missed_splits(listed, path) is listed


def test_across_a_missing_session_nothing_is_proven(tmp_path):
    listings, path = folder(tmp_path, [12])
    rows = pd.read_parquet(path)
    rows.drop(index=11).to_parquet(path)
    assert with_missed_splits(listings, path) is listings


def test_without_net_changes_nothing_is_found(tmp_path):
    listings, path = folder(tmp_path, [12])
    pd.read_parquet(path).drop(columns="netchange").to_parquet(path)
    assert with_missed_splits(listings, path) is listings


def counted(tmp_path, price=36.0, count=50.0, counted_at=12):
    """A cent stock whose close leaps after a session that is missing, and whose share count shrinks at some session."""
    listings, path = folder(tmp_path, [])
    close, shares = np.full((20, 1), 0.1, np.float32), np.full((20, 1), 7e8, np.float32)
    close[12:] *= price
    shares[counted_at:] /= count
    # Without net changes, as across a session that is missing.
    pd.read_parquet(path).drop(columns="netchange").to_parquet(path)
    return replace(listings, close=close, shares_outstanding=shares), path


@pytest.mark.parametrize("counted_at", [10, 12, 15])
def test_the_share_count_is_the_witness_where_the_session_before_is_missing(tmp_path, counted_at):
    listings, path = counted(tmp_path, counted_at=counted_at)
    found = with_missed_splits(listings, path).splits
    assert found.ex_date.tolist() == [listings.sessions[12].astype(object)]
    assert found.price_factor.tolist() == [50.0]


@pytest.mark.parametrize(
    ("price", "count", "counted_at"),
    [(36.0, 50.4, 12), (9.0, 50.0, 12), (1 / 36, 50.0, 12), (36.0, 50.0, 4), (1.0, 50.0, 12), (36.0, 1.0, 12)],
    ids=[
        "no plain ratio",
        "much too short a leap",
        "the other way",
        "weeks before",
        "no leap",
        "no change of the count",
    ],
)
def test_a_share_count_that_tells_another_story_proves_nothing(tmp_path, price, count, counted_at):
    listings, path = counted(tmp_path, price, count, counted_at)
    assert with_missed_splits(listings, path) is listings


def test_without_the_flag_the_share_count_is_not_asked(tmp_path):
    listings, path = counted(tmp_path)
    quiet = replace(listings, split_flag=np.zeros_like(listings.split_flag))
    assert with_missed_splits(quiet, path) is quiet
