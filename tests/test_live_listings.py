"""Listings are changed for the moment they are looked at from, and the originals stay as they were."""

from dataclasses import fields, replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from market_examples import listings_of, random_listings

from shortside.board import Desk
from shortside.live import public_on, with_live_row
from shortside.market import market_of
from shortside.sessions import next_session
from shortside.view import View


@pytest.fixture
def listings():
    """Five sessions, two names, three settlements; the second name has no last close."""
    close = [[10, 20], [11, 21], [12, 22], [13, 23], [14, np.nan]]
    return listings_of(close, [[100, 200], [110, 210], [120, 220]])


def test_a_live_session_begins_at_the_last_close(listings):
    day = next_session(listings.sessions[-1].astype(date))
    live = with_live_row(listings, day)
    assert live.sessions[-1].astype(date) == day
    np.testing.assert_array_equal(live.close[-1], [14, np.nan])
    np.testing.assert_array_equal(live.shares_outstanding[-1], listings.shares_outstanding[-1])
    assert len(listings.sessions) == 5
    assert live.close.dtype == listings.close.dtype


def test_a_live_session_leaves_the_average_volume_alone(listings):
    uneven = replace(listings, volume=np.arange(10, dtype=np.float32).reshape(5, 2))
    live = with_live_row(uneven, date(2023, 9, 8))
    np.testing.assert_array_equal(market_of(live).average_volume, market_of(uneven).average_volume)


@given(random_listings())
def test_a_live_session_earns_nothing_before_its_first_quote(listings):
    day = next_session(listings.sessions[-1].astype(date))
    board = Desk(market_of(with_live_row(listings, day), is_live=True)).board(View(window="1d"))
    # What it made is unknown, and not nothing, where the session before lacks the close it is measured from.
    known = ~board.lacks_day
    np.testing.assert_allclose(board.profit[known], 0, atol=1e-6)
    np.testing.assert_allclose(np.nan_to_num(board.profit), 0, atol=1e-6)


@pytest.mark.parametrize("day", [date(2023, 1, 3), date(2023, 1, 9)])
def test_a_live_session_must_follow_the_last(listings, day):
    assert listings.sessions[-1].astype(date) == date(2023, 1, 9)
    with pytest.raises(ValueError, match="does not follow"):
        with_live_row(listings, day)


def test_what_was_not_published_yet_is_not_there(listings):
    assert [str(day) for day in listings.published] == ["2023-01-11", "2023-01-25", "2023-02-09"]
    early = public_on(listings, date(2023, 1, 25))
    assert early.shape == (5, 2, 2)
    np.testing.assert_array_equal(early.shares_short, [[100, 200], [110, 210]])
    assert len(listings.settlements) == 3


def test_every_array_of_settlements_is_cut(listings):
    early = public_on(listings, date(2023, 1, 25))
    per_settlement = {field.name for field in fields(listings) if np.shape(getattr(listings, field.name))[:1] == (3,)}
    assert len(per_settlement) == 7
    assert all(len(getattr(early, name)) == 2 for name in per_settlement)


def test_listings_that_are_all_public_are_handed_back(listings):
    assert public_on(listings, date(2023, 2, 9)) is listings


def test_before_the_first_publication_nothing_is_short(listings):
    market = market_of(public_on(listings, date(2023, 1, 10)))
    assert Desk(market).board(View()).short_interest.sum() == 0
