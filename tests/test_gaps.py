"""Gaps are filled with the nearest known row, in whichever of two ways a table is gone through."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from shortside.arrays import gaps
from shortside.arrays.gaps import GapRuns, carry_forward, carry_gaps, with_gaps_carried

TABLES = arrays(
    np.float32,
    array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=9),
    elements=st.one_of(st.just(float("nan")), st.integers(0, 3).map(float)),
)


@pytest.fixture(params=[0, gaps.FEW_NAMES], ids=["session by session", "all gaps at once"], scope="module")
def either_way(request):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gaps, "FEW_NAMES", request.param)
        yield


@given(table=TABLES)
def test_gaps_are_filled_as_pandas_fills_them(either_way, table):
    forward = table.copy()
    carry_forward(forward)
    np.testing.assert_array_equal(forward, pd.DataFrame(table).ffill().to_numpy())
    both = with_gaps_carried(table)
    np.testing.assert_array_equal(both, pd.DataFrame(table).ffill().bfill().to_numpy())
    assert carry_gaps(table) is table
    np.testing.assert_array_equal(table, both)


@given(TABLES)
def test_a_run_lies_between_known_rows(table):
    is_gap = np.isnan(table)
    runs = GapRuns.of(is_gap)
    assert runs.lengths.sum() == is_gap.sum() == len(runs.rows)
    found = np.zeros_like(is_gap)
    for before, after, column in zip(runs.before, runs.after, runs.of_columns, strict=True):
        assert is_gap[before + 1 : after, column].all()
        assert before < 0 or not is_gap[before, column]
        assert after == len(table) or not is_gap[after, column]
        found[before + 1 : after, column] = True
    np.testing.assert_array_equal(found, is_gap)
    assert found[runs.rows, runs.columns].all()
