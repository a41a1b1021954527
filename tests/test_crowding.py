"""Crowding ranks names among the others, by the factors that are known, and says which."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from shortside.breadth import breadth
from shortside.crowding import crowding, percentiles

VECTORS = arrays(np.float64, st.integers(2, 40), elements=st.floats(-1e6, 1e6) | st.just(float("nan")))


def scored(**changes):
    inputs = {
        "short_interest": np.array([1.0, 2.0, 3.0]),
        "short_ratio": np.array([0.1, 0.2, 0.3]),
        "days_to_cover": np.array([1.0, 2.0, 3.0]),
        "fee": None,
        "available_ratio": None,
        "recent_loss_ratio": np.zeros(3),
        "included": np.ones(3, bool),
    }
    return crowding(**{**inputs, **changes})


def test_the_highest_of_every_factor_scores_a_hundred_and_the_lowest_zero():
    assert scored().score.tolist() == [0.0, 50.0, 100.0]


def test_a_missing_factor_drops_out_and_the_rest_carry_the_weight():
    result = scored(short_ratio=np.array([np.nan, 0.2, 0.3]))
    assert np.isnan(result.factors[1, 0])
    assert result.score[0] == 0.0
    # The middle one is now the lowest of the two known floats: 5, 0 and 5 of ten.
    assert result.score[1] == pytest.approx(10 * (5 + 0 + 5) / 3)


def test_dear_and_scarce_stock_is_tight():
    result = scored(fee=np.array([0.0025, 0.1, 1.0]), available_ratio=np.array([10.0, 0.5, 0.0]))
    assert result.factors[2].tolist() == [0.0, 5.0, 10.0]


def test_names_outside_the_universe_or_without_shorts_have_no_score_and_do_not_count():
    result = scored(short_interest=np.array([1.0, 0.0, 3.0]), included=np.array([True, True, True]))
    assert np.isnan(result.score[1])
    assert result.score.tolist()[0::2] == [0.0, 100.0]


def test_a_loss_and_a_fee_raise_the_squeeze_score():
    calm = scored(fee=np.array([0.1, 0.1, 0.1])).squeeze[2]
    hot = scored(fee=np.array([0.1, 0.1, 0.9]), recent_loss_ratio=np.array([0.0, 0.0, 0.5])).squeeze[2]
    assert hot > calm


@given(VECTORS)
def test_percentiles_rank_as_the_values_do(values):
    ranks = percentiles(values, np.ones(len(values), bool))
    known = np.isfinite(values)
    assert np.isnan(ranks[~known]).all()
    assert ((ranks[known] >= 0) & (ranks[known] <= 1)).all()
    order = np.argsort(values[known], kind="stable")
    assert (np.diff(ranks[known][order]) >= 0).all()


@given(VECTORS)
def test_equal_values_share_a_rank(values):
    ranks = percentiles(np.concatenate([values, values]), np.ones(2 * len(values), bool))
    assert np.array_equal(ranks[: len(values)], ranks[len(values) :], equal_nan=True)


def test_breadth_counts_names_and_dollars_separately():
    profit = np.array([5.0, -1.0, 0.0, 7.0])
    average = np.array([100.0, 900.0, 50.0, 0.0])
    counted = breadth(profit, average, np.zeros(4, np.int64), 1, np.ones(4, bool))
    assert (counted.gaining[0], counted.losing[0], counted.flat[0]) == (1, 1, 1)
    assert counted.gaining_names_ratio[0] == pytest.approx(1 / 3)
    assert counted.gaining_dollars_ratio[0] == pytest.approx(100 / 1050)


def test_the_breadth_of_an_empty_group_is_unknown_not_zero():
    counted = breadth(np.array([1.0]), np.array([1.0]), np.array([0]), 2, np.ones(1, bool))
    assert np.isnan(counted.gaining_names_ratio[1])
