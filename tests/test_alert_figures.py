"""What alerts know of figures: which a tick can change, which inputs they rest on, and answers that are kept."""

import numpy as np
import pytest
from board_examples import SYMBOLS, listings
from hypothesis import given, settings
from hypothesis import strategies as st

from shortside.board import Desk
from shortside.conditions.answers import Answers
from shortside.conditions.labels import Labels
from shortside.conditions.matching import answer_of
from shortside.conditions.reading import read_condition
from shortside.datasets import Dataset
from shortside.market import market_of
from shortside.view import View
from widgets.name_conditions import BoardNames, condition_figures
from widgets.name_index import NameIndex
from widgets.name_inputs import inputs_of_figure, moves_with_prices

KEYS = [figure.key for figure in condition_figures().all]


def names_of(desk):
    board = desk.board(View())
    return board, BoardNames(board, NameIndex(board.market))


@pytest.fixture
def desk():
    return Desk(market_of(listings(), is_live=True))


def seen(figures):
    if isinstance(figures, Labels):
        return [tuple(figures.of_names([word == one for word in figures.words])) for one in sorted(set(figures.words))]
    return np.asarray(figures, np.float64).tolist() if isinstance(figures, np.ndarray) else None


def test_no_tick_and_no_ranking_changes_a_figure_that_is_kept_as_still(desk):
    board, names = names_of(desk)
    still = [key for key in KEYS if not moves_with_prices(key)]
    assert {"short_interest_change", "days_to_cover", "sector", "symbol"} <= set(still)
    assert {"price", "crowding", "tier", "profit", "list"} & set(still) == set()
    before = {key: seen(names.figures(key)) for key in still}
    columns = np.arange(len(SYMBOLS))
    board.tick(columns, np.linspace(1, 5_000, len(SYMBOLS)))
    board.rescore()
    after = {key: seen(names.figures(key)) for key in still}
    for key in still:
        assert repr(before[key]) == repr(after[key]), key


def test_every_figure_rests_on_inputs_that_have_an_age():
    aged = {Dataset.PRICES, Dataset.SHORT_INTEREST, Dataset.BORROW, Dataset.THRESHOLD, Dataset.SHARES_OUTSTANDING}
    for key in KEYS:
        assert inputs_of_figure(key) <= aged, key
    assert inputs_of_figure("borrow_fee") == {Dataset.BORROW}
    assert inputs_of_figure("price") == {Dataset.PRICES}
    assert inputs_of_figure("profit") == inputs_of_figure("crowding") == {Dataset.PRICES, Dataset.SHORT_INTEREST}


def test_a_board_that_follows_has_the_vectors_of_one_that_ticks(desk):
    ticking, following = desk.board(View()), desk.board(View())
    columns = np.array([1, 5, 9])
    ticking.tick(columns, np.array([3.0, 900.0, 0.5]))
    following.follow(columns)
    for name in ("profit", "short_interest", "new_short_30d", "profit_today", "tier_codes", "is_stale"):
        assert np.array_equal(getattr(ticking, name), getattr(following, name), equal_nan=name[0] != "i"), name


LEAVES = st.sampled_from(
    [
        "price > 20", "crowding >= 50", "tier = small", "sector ~ tech", "days_to_cover < 3", "borrow_fee = null",
        "short_interest > 1M", "gamestop", "symbol in (F, NA)", "price_change_today < 0%",
    ]
)  # fmt: skip
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds("({} & {})".format, inner, inner),
        st.builds("({} | {})".format, inner, inner),
        st.builds("!({})".format, inner),
    ),
    max_leaves=6,
)


@given(st.lists(CONDITIONS, min_size=1, max_size=4), st.lists(st.floats(0.5, 2.0), min_size=1, max_size=3))
@settings(max_examples=25)
def test_kept_answers_are_those_that_are_asked_anew_however_prices_move(texts, moves):
    desk = Desk(market_of(listings(), is_live=True))
    board, names = names_of(desk)
    kept = Answers(names, moves_with_prices)
    conditions = [read_condition(text, condition_figures()) for text in texts]
    for move in moves:
        for condition in conditions:
            found, expected = kept.of(condition), answer_of(condition, names)
            assert found.is_true.tolist() == expected.is_true.tolist()
            assert found.is_false.tolist() == expected.is_false.tolist()
            assert kept.of(condition).is_true is found.is_true
        board.tick(np.arange(len(SYMBOLS)), board.book.price * move)
        kept.moved()
