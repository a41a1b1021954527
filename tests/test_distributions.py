"""What a spin-off or a special dividend took from a price is named, priced, and not counted as earned."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from distribution_examples import EX_DATE, NAMES, SHORT, spun_off
from hypothesis import given
from hypothesis import strategies as st

from shortside.board import Desk
from shortside.corporate_actions.distributions import with_distributions
from shortside.corporate_actions.night_steps import are_about
from shortside.doubts import Doubt, DoubtRule
from shortside.market import market_of
from shortside.view import View
from widgets.movers import movers_of


def board_of(listings, window="ytd"):
    return Desk(market_of(listings)).board(View(window=window))


def test_a_spin_off_is_named_with_its_size_and_what_the_short_owes():
    [doubt] = with_distributions(spun_off()).doubts
    assert doubt.rule is DoubtRule.DISTRIBUTION
    assert "a distribution of about 24.8% of the price" in doubt.evidence
    assert "16.40 USD a share: 66.00 closed, and the net change counts from 49.60" in doubt.evidence
    board = board_of(with_distributions(spun_off()))
    # 1,000,000 × (66 − 49) is what the price fell, 1,000,000 × (66 − 49.6) of it what was distributed.
    assert board.profit[0] == pytest.approx(17e6)
    assert board.stakes.distributed[0] == pytest.approx(16.4e6)
    assert board.doubts[0].dollars == pytest.approx(16.4e6)
    assert board.stakes.distributed[1:].tolist() == [0.0] * (NAMES - 1)


def test_a_distribution_is_no_best_short_with_what_it_owes():
    window, _ = movers_of(board_of(with_distributions(spun_off())))
    assert [one.symbol for one in window.best] == ["S000"]
    assert window.best[0].profit == pytest.approx(0.6e6, rel=1e-4)
    window, _ = movers_of(board_of(with_distributions(spun_off(after=50.6))))
    assert [one.symbol for one in window.worst] == ["S000"]
    assert window.worst[0].profit == pytest.approx(-1e6, rel=1e-4)


def test_before_and_after_the_window_nothing_is_owed_and_nobody_is_marked():
    board = board_of(with_distributions(spun_off()), "5d")
    assert board.stakes.distributed.sum() == 0
    assert board.doubt_words == {}


@pytest.mark.parametrize(
    ("what", "listings"),
    [
        ("a dividend of a quarter", spun_off(66.0, 65.3, 65.0)),
        ("a price that did not follow", spun_off(66.0, 49.6, 65.0)),
        ("a split on a list", spun_off(66.0, 33.0, 33.0, splits=[(0, EX_DATE, 0.5)])),
        ("a reverse split", spun_off(6.0, 60.0, 61.0)),
        ("a session that is another's", spun_off(odd_names=30)),
        ("no net change at all", replace(spun_off(), net_changes=None)),
    ],
)
def test_what_is_no_distribution(what, listings):
    assert with_distributions(listings) == listings


def test_what_may_yet_prove_to_be_a_split_stays_a_doubt_about_a_split():
    # Half of the price, and the count is not printed after it.
    listings = spun_off(66.0, 33.0, 33.0)
    listings.shares_outstanding[EX_DATE:, 0] = np.nan
    assert with_distributions(listings).doubts == ()


def test_a_plain_part_that_count_and_position_deny_to_be_a_split_is_a_distribution():
    listings = spun_off(66.0, 33.0, 33.0)
    leap = Doubt(
        symbol="S000", rule=DoubtRule.LEAP, session=listings.sessions[EX_DATE], evidence="a leap", multiple=0.5
    )
    other = replace(leap, symbol="S001")
    rules = [(doubt.symbol, doubt.rule) for doubt in with_distributions(replace(listings, doubts=(leap, other))).doubts]
    assert rules == [("S001", DoubtRule.LEAP), ("S000", DoubtRule.DISTRIBUTION)]


@given(st.floats(0.06, 0.9), st.floats(0.97, 1.03), st.floats(1.0, 5000.0))
def test_what_is_earned_is_what_the_price_did_from_the_lowered_close(share, moved, price):
    lowered = price * (1 - share)
    board = board_of(with_distributions(spun_off(price, lowered, lowered * moved)))
    if board.stakes.distributed[0]:
        assert board.profit[0] - board.stakes.distributed[0] == pytest.approx(
            SHORT * lowered * (1 - moved), abs=SHORT * price * 1e-5
        )
    else:
        # A plain ratio is doubted as a split until others speak.
        assert any(abs(1 / (1 - share) / plain - 1) < 0.01 for plain in (1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9, 10))


ON_SESSIONS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 30)), max_size=12)


@given(asked=ON_SESSIONS, events=ON_SESSIONS, span=st.integers(0, 12))
def test_an_event_is_about_a_session_of_its_own_name_alone(asked, events, span):
    (names, sessions), (theirs, days) = (np.array(told, np.int64).reshape(-1, 2).T for told in (asked, events))
    found = are_about(names, sessions, (theirs, days), span)
    assert found.tolist() == [
        any(name == other and abs(session - day) <= span for other, day in events) for name, session in asked
    ]
