"""Market caps kept as changes of share counts are the closes times the counts, to the last bit."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from shortside.market_caps import SESSIONS_BETWEEN_WHOLE_ROWS, MarketCaps

COUNTS = st.sampled_from([1e6, 2e6, 7.3e9, float("nan")])


@given(st.data())
def test_every_row_comes_back(data):
    shape = data.draw(st.integers(1, 3 * SESSIONS_BETWEEN_WHOLE_ROWS)), data.draw(st.integers(1, 3))
    seed = data.draw(st.integers(0, 99))
    close = np.random.default_rng(seed).uniform(1, 900, shape).astype(np.float32)
    levels = np.array(data.draw(st.lists(COUNTS, min_size=2, max_size=4)), np.float32)
    counts = levels[np.random.default_rng(seed + 1).integers(0, len(levels), shape)]
    caps = MarketCaps.of(close, counts)
    np.testing.assert_array_equal(caps.matrix(), close * counts)
    np.testing.assert_array_equal(caps.at(-1), close[-1] * counts[-1])


def test_counts_that_never_change_take_no_room():
    close = np.ones((320, 50), np.float32)
    caps = MarketCaps.of(close, np.full((320, 50), 1e6, np.float32))
    assert not len(caps.columns)
    assert caps.whole_rows.nbytes < close.nbytes / 30
