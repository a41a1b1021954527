"""How prices moved: volatility, the largest day and returns, of names taken some thousands at a time."""

import math

import numpy as np

from shortside.evidence.price_moves import BLOCK, blocks_of, price_moves


def test_blocks_hold_every_name_once_and_none_alone() -> None:
    for names in (1, 2, BLOCK, BLOCK + 1, 2 * BLOCK + 1):
        blocks = list(blocks_of(names))
        assert [place for one in blocks for place in range(one.start, one.stop)] == list(range(names))
        assert names == 1 or all(one.stop - one.start > 1 for one in blocks)


def test_the_moves_of_three_sessions_are_those_of_the_hand() -> None:
    closes = np.array([[10.0, 10.0], [20.0, 0.0], [0.0, 0.0]])
    moves = price_moves(closes, np.array([10.0, 10.0]), np.array([0, 0]), least_returns=2)
    # Up and down by log 2: the mean is zero, the deviation log 2. Of the other no two prices follow each other.
    np.testing.assert_allclose(moves.volatility, [math.log(2), np.nan])
    np.testing.assert_allclose(moves.largest, [math.log(2), 0.0])
    assert np.isnan(moves.return_of(5)).all()


def test_a_close_that_was_filled_in_is_no_return() -> None:
    closes = np.full((7, 2), 10.0)
    moves = price_moves(closes, np.array([11.0, 11.0]), np.array([0, 2]), least_returns=6)
    np.testing.assert_allclose(moves.return_of(5), [math.log(1.1), np.nan])
    assert np.isfinite(moves.volatility).tolist() == [True, False]


def test_a_name_moves_the_same_whoever_stands_beside_it() -> None:
    random = np.random.default_rng(4)
    names = BLOCK + 1
    closes = np.exp(random.normal(size=(61, names))).astype(np.float32)
    closes[random.random(closes.shape) < 0.01] = np.nan
    price, first = np.exp(random.normal(size=names)), random.integers(0, 30, names)
    whole = price_moves(closes, price, first, 20)
    for part in (slice(0, 700), slice(700, names)):
        moves = price_moves(closes[:, part], price[part], first[part], 20)
        np.testing.assert_array_equal(moves.volatility, whole.volatility[part])
        np.testing.assert_array_equal(moves.largest, whole.largest[part])
        np.testing.assert_array_equal(moves.returns, whole.returns[:, part])
