"""Shares short between settlements: known on two days a month, estimated by a named method, never from the future."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from market_examples import listings_of, random_listings

from shortside.market import market_of
from shortside.positions import Knowledge, PositionsMethod, positions_of, settlement_date_of

# Sessions from 3 January 2023; settlements 30 December (before them), 13 January (index 8), 31 January (index 19).
FLAT = np.full((22, 1), 10.0)


def shares_on(listings, session, method=PositionsMethod.LINEAR, knowledge=Knowledge.REVISED):
    return float(positions_of(market_of(listings), method, knowledge).at(session)[0])


def test_linear_draws_a_straight_line_between_two_settlements():
    listings = listings_of(FLAT, [[np.nan], [100.0], [210.0]])
    assert [shares_on(listings, session) for session in (8, 9, 13, 19)] == pytest.approx([100, 110, 150, 210])


def test_step_holds_the_last_settlement_until_the_next():
    listings = listings_of(FLAT, [[np.nan], [100.0], [210.0]])
    assert [shares_on(listings, s, PositionsMethod.STEP) for s in (8, 18, 19, 21)] == [100, 100, 210, 210]


def test_linear_falls_back_to_step_after_the_last_known_settlement():
    positions = positions_of(market_of(listings_of(FLAT, [[100.0], [200.0]])))
    assert positions.at(21)[0] == 200.0
    assert positions.is_held(21)
    assert not positions.is_held(8)


def test_a_settlement_that_skips_a_name_is_bridged_not_taken_for_zero():
    listings = listings_of(FLAT, [[np.nan], [100.0], [np.nan], [190.0]])
    assert shares_on(listings, 19) == pytest.approx(100 + 90 * 11 / 22)  # 15 February is eleven sessions on
    assert shares_on(listings, 19, PositionsMethod.STEP) == 100.0


def test_nothing_is_held_before_the_first_known_settlement():
    listings = listings_of(FLAT, [[np.nan], [100.0]])
    assert shares_on(listings, 7) == 0.0
    assert shares_on(listings, 8) == 100.0


def test_as_known_uses_only_what_was_published_by_the_day():
    # 13 January was published on the 25th, 31 January on 9 February: on 31 January only the first is known.
    listings = listings_of(FLAT[:20], [[50.0], [100.0], [210.0]])
    market = market_of(listings)
    assert market.last_session == date(2023, 1, 31)
    known = positions_of(market, PositionsMethod.LINEAR, Knowledge.AS_KNOWN)
    assert settlement_date_of(market, known, len(known.knots) - 1) == date(2023, 1, 13)
    assert known.at(19)[0] == 100.0
    assert positions_of(market, knowledge=Knowledge.REVISED).at(19)[0] == 210.0
    assert positions_of(market).at(19)[0] == 100.0, "without a word, a day is seen as it was known"


def test_a_day_whose_close_alone_is_late_knows_what_is_known_today():
    # The settlement of 13 January comes out on the 25th; its closes are not there yet.
    listings = listings_of(FLAT[:15], [[50.0], [100.0]])
    market = market_of(listings)
    assert market.last_session == date(2023, 1, 24)
    assert positions_of(market).at(14)[0] == 50.0
    assert positions_of(market_of(listings, known_on=date(2023, 1, 25))).at(14)[0] == 100.0


def test_as_known_takes_a_revision_only_once_the_next_settlement_is_out():
    listings = listings_of(FLAT[:20], [[50.0], [100.0]])
    revised = listings.is_revised.copy()
    previous = listings.shares_short_previous.copy()
    revised[1, 0], previous[1, 0] = True, 60.0
    told = replace(listings, is_revised=revised, shares_short_previous=previous)
    market = market_of(told)
    assert market.shares_short[0, 0] == 60.0
    assert market.first_shares_short.at(0, 0) == 50.0
    before = positions_of(market_of(told, as_of=date(2023, 1, 20)), knowledge=Knowledge.AS_KNOWN)
    assert before.shares[:, 0].tolist() == [50.0], "the revision came with the file of 25 January"
    after = positions_of(market, knowledge=Knowledge.AS_KNOWN)
    assert after.shares[:, 0].tolist() == [60.0, 100.0]


@given(random_listings(), st.sampled_from(list(PositionsMethod)), st.integers(0, 60))
def test_what_is_known_on_a_day_does_not_depend_on_what_came_later(listings, method, cut):
    """Point in time: the same day seen from a folder that ends there and from one that goes on is the same."""
    day = listings.sessions[min(cut, len(listings.sessions) - 1)].astype(date)
    kept = listings.published <= np.datetime64(day, "D")
    fresh = replace(
        listings,
        settlements=listings.settlements[kept],
        published=listings.published[kept],
        shares_short=listings.shares_short[kept],
        shares_short_previous=listings.shares_short_previous[kept],
        is_revised=listings.is_revised[kept],
        split_flag=listings.split_flag[kept],
        reported_volume=listings.reported_volume[kept],
    )
    now = market_of(listings, as_of=day)
    then = market_of(fresh, as_of=day)
    last = len(now.sessions) - 1
    known, anew = (positions_of(m, method, Knowledge.AS_KNOWN).at(last) for m in (now, then))
    assert np.allclose(known, anew, rtol=1e-12)


@given(random_listings(), st.sampled_from(list(PositionsMethod)))
def test_shares_stay_between_the_settlements_around_them(listings, method):
    positions = positions_of(market_of(listings), method)
    for session in range(len(listings.sessions)):
        knot = positions.interval(session)
        if knot < 0:
            continue
        ends = positions.shares[knot : knot + 2]
        held = positions.at(session)
        alive = held > 0
        assert np.all(held[alive] >= ends.min(axis=0)[alive] * (1 - 1e-12))
        assert np.all(held[alive] <= ends.max(axis=0)[alive] * (1 + 1e-12))


@given(random_listings(), st.sampled_from(PositionsMethod), st.randoms(use_true_random=False))
def test_a_walk_along_sessions_has_what_each_session_has_to_the_last_bit(listings, method, random):
    market = market_of(listings)
    positions = positions_of(market, method)
    sessions = sorted(random.choices(range(len(market.sessions)), k=6))
    for session, shares in zip(sessions, positions.along(sessions), strict=True):
        np.testing.assert_array_equal(shares, positions.at(session))
