"""First figures kept as differences are the first figures."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from shortside.first_figures import FirstFigures

FIGURES = st.sampled_from([0.0, 5.0, 50.0, float("nan")])


@given(st.data())
def test_every_row_and_every_figure_comes_back(data):
    shape = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 6))
    count = shape[0] * shape[1]
    now, first = (np.array(data.draw(st.lists(FIGURES, min_size=count, max_size=count))).reshape(shape) for _ in "12")
    kept = FirstFigures.of(now, first)
    for row in range(shape[0]):
        np.testing.assert_array_equal(kept.row(row), first[row])
        for column in range(shape[1]):
            np.testing.assert_array_equal(kept.at(row, column), first[row, column])


def test_only_what_differs_is_kept_and_what_holds_now_is_not_touched():
    now = np.array([[1.0, 2.0, np.nan], [4.0, np.nan, 6.0]])
    first = np.array([[1.0, 3.0, np.nan], [4.0, 5.0, 6.0]])
    kept = FirstFigures.of(now, first)
    assert kept.places.tolist() == [1, 4]
    assert kept.row(0)[1] == 3.0
    assert now[0, 1] == 2.0
