"""Distinct values, what is among others and medians are numpy's own; unknown ones stand last in any order."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from shortside.arrays.ranked_values import are_among, distinct, median, unknown_last

PRICES = st.floats(-1e6, 1e6, width=32)


@given(st.lists(st.integers(-9, 9)))
def test_distinct_values_are_those_of_numpy(values):
    numbers = np.array(values, np.int64)
    np.testing.assert_array_equal(distinct(numbers), np.unique(numbers))


def test_distinct_days_are_told_apart_over_all_rows():
    days = np.array([["2024-01-03", "2024-01-02"], ["2024-01-02", "2024-01-03"]], "datetime64[D]")
    assert distinct(days).astype(str).tolist() == ["2024-01-02", "2024-01-03"]


@given(values=st.lists(PRICES | st.just(np.nan)), others=st.lists(PRICES | st.just(np.nan)))
def test_what_is_among_others_is_what_numpy_finds_there(values, others):
    figures, theirs = (np.array(some, np.float32) for some in (values, [*others, *values[1::2]]))
    assert are_among(figures, theirs).tolist() == np.isin(figures, theirs).tolist()


@given(st.lists(PRICES, min_size=1))
def test_the_median_is_that_of_numpy_to_the_bit(values):
    figures = np.array(values, np.float32)
    assert median(figures) == float(np.median(figures))


def test_unknown_values_stand_last_whichever_way_the_others_go():
    values = np.array([2.0, np.nan, 3.0, -1.0])
    assert np.argsort(unknown_last(values, descends=True)).tolist() == [2, 0, 3, 1]
    assert np.argsort(unknown_last(values, descends=False)).tolist() == [3, 0, 2, 1]
