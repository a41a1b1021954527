"""Splits on no list are told by two witnesses, listed ones that nobody saw are doubted, returns stay returns."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from market_examples import listings_of, splits_of

from shortside.board import Desk
from shortside.corporate_actions.witnessed_splits import with_witnessed_splits
from shortside.doubts import DoubtRule
from shortside.listings import Splits
from shortside.market import market_of
from shortside.net_changes import follows_previous_session, net_changes_of
from shortside.view import View

SESSIONS, SPLIT_AT = 60, 30
"""Sessions there are, and the index of the one on which the split takes effect."""


def one_name(factor=1.0, *, counted=True, reported=True, splits=None):
    """A name at 100 USD whose price, share count and position move as by a split, as far as told."""
    close = np.full((SESSIONS, 1), 100.0)
    close[SPLIT_AT:] *= factor
    counts = np.full((SESSIONS, 1), 1e8, np.float32)
    short = np.full((6, 1), 1e6)
    listings = listings_of(close, short, shares_outstanding=counts, splits=splits)
    if counted:
        counts[SPLIT_AT + 1 :] /= factor
    if reported:
        short[listings.settlements >= listings.sessions[SPLIT_AT]] /= factor
    return listings_of(close, short, shares_outstanding=counts, splits=splits)


def board_of(listings):
    return Desk(market_of(listings)).board(View(window="ytd"))


@pytest.mark.parametrize("factor", [1 / 4, 1 / 2, 2 / 3, 1 / 10, 25.0, 30.0, 2.0])
def test_a_split_on_no_list_makes_nobody_rich(factor):
    listings = with_witnessed_splits(one_name(factor))
    assert listings.splits.price_factor.tolist() == pytest.approx([factor])
    assert listings.splits.ex_date.tolist() == [listings.sessions[SPLIT_AT].item()]
    [doubt] = listings.doubts
    assert doubt.rule is DoubtRule.UNLISTED_SPLIT
    assert "not on FINRA's list, from price and share count" in doubt.evidence
    board = board_of(listings)
    assert board.profit.tolist() == pytest.approx([0.0], abs=1.0)
    # Of 100 million USD short, what the split would have been taken for.
    assert board.doubts[0].dollars == pytest.approx(1e8 * abs(factor - 1), rel=0.001)


def test_while_finras_next_report_is_not_out_a_split_is_provisional():
    listings = one_name(1 / 4)
    until = int(np.searchsorted(listings.settlements, listings.sessions[SPLIT_AT]))
    early = listings_of(listings.close, listings.shares_short[:until], shares_outstanding=listings.shares_outstanding)
    [doubt] = with_witnessed_splits(early).doubts
    assert doubt.rule is DoubtRule.PROVISIONAL_SPLIT
    assert "provisional until FINRA's next report" in doubt.evidence


def wild(*, net_change=True, counted=True, reported=False):
    """A split of 38 for 1 on a day on which the price rose almost fourfold besides."""
    listings = one_name(1 / 38, counted=counted)
    close = listings.close.copy()
    close[SPLIT_AT:] *= 3.8
    official = np.vstack([np.full((1, 1), np.nan), close[:-1]])
    official[SPLIT_AT] /= 38
    changes = (
        net_changes_of(listings.sessions, close, official, follows_previous_session(listings.sessions))
        if net_change
        else None
    )
    until = len(listings.settlements) if reported else int(
        np.searchsorted(listings.settlements, listings.sessions[SPLIT_AT])
    )  # fmt: skip
    short = listings.shares_short[:until]
    return listings_of(close, short, shares_outstanding=listings.shares_outstanding, net_changes=changes)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"net_change": True}, "from share count and net change"),
        ({"net_change": False, "reported": True}, "from share count and position"),
        ({"counted": False, "reported": True}, "from net change and position"),
    ],
    ids=["share count and net change", "share count and position", "net change and position"],
)
def test_a_plain_ratio_is_what_two_witnesses_say_however_wild_the_day_was(told, words):
    listings = with_witnessed_splits(wild(**told))
    assert listings.splits.price_factor.tolist() == pytest.approx([1 / 38])
    assert words in listings.doubts[0].evidence
    # A million shares at 100 USD; a rise of 2.8 times is lost, and not that of a fall to a tenth won.
    assert board_of(listings).profit.tolist() == pytest.approx([-2.8e8], rel=0.01)


@pytest.mark.parametrize("told", [{"net_change": False}, {"counted": False}], ids=["share count", "net change"])
def test_one_witness_of_a_split_is_not_enough_on_a_wild_day(told):
    listings = with_witnessed_splits(wild(**told))
    assert len(listings.splits.column) == 0
    assert [doubt.rule for doubt in listings.doubts] == [DoubtRule.LEAP]


def test_a_leap_whose_count_and_position_stand_still_is_a_return():
    listings = with_witnessed_splits(one_name(1 / 2, counted=False, reported=False))
    assert len(listings.splits.column) == 0
    assert listings.doubts == ()
    assert board_of(listings).profit.tolist() == pytest.approx([5e7])


def test_a_listed_split_that_nobody_saw_is_not_applied_and_said():
    sessions = one_name().sessions
    listings = with_witnessed_splits(one_name(splits=splits_of(sessions, [(0, SPLIT_AT, 1 / 4)])))
    assert len(listings.splits.column) == 0
    [doubt] = listings.doubts
    assert doubt.rule is DoubtRule.UNMOVED_SPLIT
    assert any("1 listed split is doubtful" in note for note in listings.notes)
    assert board_of(listings).profit.tolist() == pytest.approx([0.0])


@pytest.mark.parametrize("odd", [0.0, -1.0, np.nan, np.inf, 1e12])
def test_an_absurd_listed_split_is_refused_and_its_neighbour_stays(odd):
    sessions = one_name().sessions
    both = splits_of(sessions, [(0, SPLIT_AT, 1 / 4), (0, 10, odd)])
    listings = with_witnessed_splits(one_name(1 / 4, splits=both))
    assert listings.splits.price_factor.tolist() == [1 / 4]
    assert [doubt.rule for doubt in listings.doubts] == [DoubtRule.REFUSED_SPLIT]


def test_of_two_listed_on_one_day_the_one_the_price_tells_is_applied():
    sessions = one_name().sessions
    both = splits_of(sessions, [(0, SPLIT_AT, 1 / 4), (0, SPLIT_AT, 5.0)])
    listings = with_witnessed_splits(one_name(1 / 4, splits=both))
    assert listings.splits.price_factor.tolist() == [1 / 4]
    assert [doubt.evidence for doubt in listings.doubts] == [
        f"listed on {sessions[SPLIT_AT]} with price factors 0.25, 5: the price tells 4 for 1"
    ]


def test_a_split_listed_twice_is_applied_once():
    sessions = one_name().sessions
    twice = splits_of(sessions, [(0, SPLIT_AT, 1 / 4), (0, SPLIT_AT, 1 / 4)])
    listings = with_witnessed_splits(one_name(1 / 4, splits=twice))
    assert listings.splits.price_factor.tolist() == [1 / 4]
    assert listings.doubts == ()
    assert board_of(listings).profit.tolist() == pytest.approx([0.0], abs=1.0)


@given(seed=st.integers(0, 2**32 - 1), daily=st.floats(0.001, 0.05))
def test_ordinary_returns_are_never_taken_for_a_split(seed, daily):
    returns = np.clip(np.random.default_rng(seed).normal(0, daily, (SESSIONS, 5)), -0.25, 0.3)
    listings = listings_of(100 * np.exp(np.cumsum(returns, axis=0)), np.full((6, 5), 1e6))
    judged = with_witnessed_splits(listings)
    assert judged is listings
    assert len(judged.splits.column) == len(Splits.none().column)
