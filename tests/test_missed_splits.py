"""Splits nobody listed are found by two witnesses, and by nothing less."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from market_examples import listings_of, splits_of

from shortside.corporate_actions.missed_splits import with_missed_splits
from shortside.corporate_actions.plain_ratios import plain_ratio
from shortside.net_changes import follows_previous_session, net_changes_of


@pytest.mark.parametrize(
    ("factor", "plain"),
    [(10.0, 10), (9.96, 10), (0.1, 0.1), (1 / 3, 1 / 3), (1.5, 1.5), (2 / 3, 2 / 3), (33.0, 33)],
)
def test_a_plain_ratio_is_recognised_either_way_up(factor, plain):
    assert plain_ratio(factor) == pytest.approx(plain)


@pytest.mark.parametrize("factor", [1.0, 1.02, 0.97, 1.25, 2.2, 7.3, 0.0, -2.0, float("nan"), float("inf")])
def test_a_dividend_a_spin_off_and_nonsense_are_no_split(factor):
    assert plain_ratio(factor) is None


def flagged(leaps, is_flagged=True, missing=()):
    """One name over 20 sessions but those missing, one for ten at each leap; its net changes say so."""
    close = np.full((20, 1), 2.0)
    for row in leaps:
        close[row:] *= 10
    # The official previous close is the adjusted one, so that each day's change is nothing.
    listings = listings_of(close, [[1000.0], [1000.0], [100.0]], symbols=["BRK.B"])
    is_here = ~np.isin(np.arange(20), missing)
    sessions, seen = listings.sessions[is_here], listings.close[is_here]
    flags = listings.split_flag.copy()
    flags[2, 0] = is_flagged
    return replace(
        listings,
        sessions=sessions,
        close=seen,
        volume=listings.volume[is_here],
        shares_outstanding=listings.shares_outstanding[is_here],
        split_flag=flags,
        net_changes=net_changes_of(sessions, seen, seen.copy(), follows_previous_session(sessions)),
    )


def test_a_flag_and_an_adjusted_previous_close_make_a_split():
    listings = flagged([12])
    found = with_missed_splits(listings)
    assert found.splits.ex_date.tolist() == [listings.sessions[12].astype(object)]
    assert found.splits.price_factor.tolist() == [10.0]
    assert "BRK.B" in found.notes[-1]


def test_without_the_flag_a_leap_stays_a_leap():
    listings = flagged([12], is_flagged=False)
    assert with_missed_splits(listings) is listings


def test_two_leaps_in_a_cycle_prove_nothing():
    assert len(with_missed_splits(flagged([11, 13])).splits.column) == 0


def test_a_leap_in_another_cycle_proves_nothing():
    assert len(with_missed_splits(flagged([4])).splits.column) == 0


def test_a_split_that_is_listed_is_not_found_again():
    listings = flagged([12])
    listed = replace(listings, splits=splits_of(listings.sessions, [(0, 12, 10.0)]))
    assert with_missed_splits(listed) is listed


def test_across_a_missing_session_nothing_is_proven():
    listings = flagged([12], missing=[11])
    assert with_missed_splits(listings) is listings


def test_on_a_misdated_session_net_changes_prove_nothing():
    listings = flagged([12])
    changes = listings.net_changes
    misdated = replace(changes, compared=changes.compared + 100, contradicted=np.full_like(changes.contradicted, 50))
    doubted = replace(listings, net_changes=misdated)
    assert with_missed_splits(doubted) is doubted


def test_without_net_changes_nothing_is_found():
    listings = replace(flagged([12]), net_changes=None)
    assert with_missed_splits(listings) is listings


def counted(price=36.0, count=50.0, counted_at=12):
    """A cent stock whose close leaps after a session that is missing, and whose share count shrinks at some session."""
    close, shares = np.full((20, 1), 0.1, np.float32), np.full((20, 1), 7e8, np.float32)
    close[12:] *= price
    shares[counted_at:] /= count
    # Without net changes, as across a session that is missing.
    return replace(flagged([]), close=close, shares_outstanding=shares, net_changes=None)


@pytest.mark.parametrize("counted_at", [10, 12, 15])
def test_the_share_count_is_the_witness_where_the_session_before_is_missing(counted_at):
    listings = counted(counted_at=counted_at)
    found = with_missed_splits(listings).splits
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
def test_a_share_count_that_tells_another_story_proves_nothing(price, count, counted_at):
    listings = counted(price, count, counted_at)
    assert with_missed_splits(listings) is listings


def test_without_the_flag_the_share_count_is_not_asked():
    listings = counted()
    quiet = replace(listings, split_flag=np.zeros_like(listings.split_flag))
    assert with_missed_splits(quiet) is quiet
