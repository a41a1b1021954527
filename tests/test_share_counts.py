"""Share counts are believed for what stands around them, and brought onto the side of a split they belong to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from market_examples import listings_of, splits_of

from shortside.doubts import DoubtRule
from shortside.market import market_of


def market(counts, close=None, splits=None):
    """One name with share counts; 1,000 shares are short."""
    counts = np.asarray(counts, np.float32)[:, None]
    close = np.full(counts.shape, 10.0) if close is None else np.asarray(close)[:, None]
    listings = listings_of(close, [[1e3]], shares_outstanding=counts)
    if splits is not None:
        day = splits_of(listings.sessions, splits)
        listings = replace(
            listings, splits=replace(day, shares_corrected_on=np.full(len(splits), np.datetime64("NaT", "D")))
        )
    return market_of(listings)


def split_market(factor, shift, total=100, row=60):
    """A company of 1 bn USD that splits, with a count that follows `shift` sessions after it, or before."""
    at = np.arange(total)
    counts = np.where(at < row + shift, 1e8, 1e8 / factor)
    return market(counts, np.where(at < row, 10.0, 10.0 * factor), [(0, row, factor)])


@pytest.mark.parametrize("factor", [0.1, 0.25, 2 / 3, 2.0, 25.0, 1 / 38])
@pytest.mark.parametrize("shift", [-30, -2, 0, 1, 9, 35])
def test_a_count_ahead_of_a_split_or_behind_it_makes_no_giant_and_no_dwarf(factor, shift):
    assert split_market(factor, shift).market_cap[:, 0] == pytest.approx(np.full(100, 1e9), rel=1e-4)


@pytest.mark.parametrize("factor", [0.1, 2 / 3, 25.0])
def test_at_the_newest_session_a_count_that_has_not_followed_yet_still_lags(factor):
    assert split_market(factor, 99, total=64).market_cap[-1, 0] == pytest.approx(1e9, rel=1e-4)


def test_a_count_that_was_new_before_anything_is_in_view_is_left_alone():
    at = np.arange(120)
    counts = np.full(120, 4e8)
    seen = market(counts, np.where(at < 10, 1000.0, 100.0), [(0, 10, 0.1)])
    assert seen.shares_outstanding[0] == pytest.approx(4e8)


@pytest.mark.parametrize("wrong", [1, 5, 12, 31])
@pytest.mark.parametrize("since", [1, 2, 5])
def test_a_right_count_that_is_back_is_believed_at_once(wrong, since):
    counts = np.full(50 + wrong + since, 4.6e7)
    counts[50 : 50 + wrong] = 9e6
    assert market(counts).market_cap[:, 0] == pytest.approx(np.full(len(counts), 4.6e8), rel=1e-4)


@pytest.mark.parametrize(("new", "since"), [(8e7, 5), (8e7, 12), (8e7, 150), (1e6, 2), (1e6, 5), (1e6, 31)])
def test_a_new_count_is_believed_after_some_prints_and_is_unsettled_at_first(new, since):
    counts = np.full(60 + since, 1e7)
    counts[60:] = new
    seen = market(counts)
    assert seen.shares_outstanding[0] == pytest.approx(new)
    assert seen.market_cap[10, 0] == pytest.approx(1e8)
    rules = [(doubt.rule, doubt.session) for doubt in seen.doubts]
    assert rules == ([(DoubtRule.UNSETTLED_COUNT, seen.sessions[60])] if since < 20 else [])


@pytest.mark.parametrize(("new", "prints"), [(9e11, 1), (9e10, 4), (2.7e8, 1)])
def test_a_few_prints_at_the_end_are_doubted_and_not_believed(new, prints):
    counts = np.full(60, 2.7e9)
    counts[-prints:] = new
    seen = market(counts)
    assert seen.shares_outstanding[0] == pytest.approx(2.7e9)
    assert "not believed yet" in seen.doubts[0].evidence


def test_a_count_that_was_taken_back_before_has_to_stand_longer_than_it_did_then():
    counts = np.full(200, 7.1e8)
    counts[100:118] = 3.68e9
    counts[138:] = 3.69e9
    assert market(counts[:144]).shares_outstanding[0] == pytest.approx(7.1e8)
    assert market(counts[:160]).shares_outstanding[0] == pytest.approx(3.69e9)


@pytest.mark.parametrize("nonsense", [np.nan, np.inf, 1e20, -5.0, 0.0])
def test_nonsense_is_no_count(nonsense):
    counts = np.full(60, 1e8)
    counts[20:25] = counts[-3:] = nonsense
    assert market(counts).market_cap[:, 0] == pytest.approx(np.full(60, 1e9))


@given(st.sampled_from([0.05, 0.25, 0.5, 2 / 3, 1.5, 3.0, 30.0]), st.integers(-20, 20), st.floats(0.5, 2000.0))
def test_a_split_creates_no_profit_at_any_price_wherever_its_count_is(factor, shift, price):
    at = np.arange(100)
    close = np.where(at < 60, price, price * factor)
    counts = np.where(at < 60 + shift, 1e8, 1e8 / factor)
    seen = market(counts, close, [(0, 60, factor)])
    assert seen.close[:, 0] == pytest.approx(np.full(100, close[-1]), rel=1e-5)
    assert seen.market_cap[:, 0] == pytest.approx(np.full(100, 1e8 * price), rel=1e-4)
