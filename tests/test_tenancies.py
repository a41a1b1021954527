"""Two companies behind one symbol are two names; one company that was halted stays one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from market_examples import listings_of, splits_of

from analytics.board import Desk
from analytics.market import market_of
from analytics.view import View
from providers._tenancies import with_tenancies_parted


def in_turn(previous_after):
    """Old shares to 0.25, none for thirty sessions, new ones at 20; and what FINRA says they were before."""
    close = np.full((70, 2), 10.0)
    close[:20, 0] = np.linspace(2.0, 0.25, 20)
    close[20:50, 0] = np.nan
    close[50:, 0] = 20.0
    # Settlements: 30 Dec, 13 and 31 Jan (session 19), 15 and 28 Feb, 15 Mar (session 49), 31 Mar (session 61).
    shares = np.array([[1e6], [1e6], [1e6], [np.nan], [np.nan], [np.nan], [5e4]]) * np.array([[1.0, 1.0]])
    shares[:, 1] = 1e6
    listings = listings_of(close, shares, symbols=["DBD", "ABC"])
    previous = listings.shares_short_previous.copy()
    previous[6, 0] = previous_after
    return replace(listings, shares_short_previous=previous)


def test_a_symbol_with_no_previous_position_after_weeks_without_a_price_names_another_company():
    parted = with_tenancies_parted(in_turn(previous_after=0.0))
    assert parted.symbols.tolist() == ["DBD", "ABC", "DBD~2023-01"]
    assert np.isnan(parted.close[:50, 0]).all()
    assert np.isnan(parted.close[50:, 2]).all()
    assert parted.shares_short[:, 2][:3].tolist() == [1e6, 1e6, 1e6]
    assert np.isnan(parted.shares_short[:3, 0]).all()
    assert "DBD until 2023-01-31" in parted.notes[-1]


def test_parted_nobody_loses_on_the_leap_between_the_two():
    view = View(window="since:2023-01-04")
    joined = Desk(market_of(in_turn(previous_after=1e6))).board(view)
    parted = Desk(market_of(with_tenancies_parted(in_turn(previous_after=0.0)))).board(view)
    assert joined.profit[0] < -1e6
    old, new = (parted.profit[parted.market.symbols == symbol][0] for symbol in ("DBD~2023-01", "DBD"))
    assert old == pytest.approx(1e6 * (2.0 - 0.25), rel=1e-5)
    assert new == 0.0


def test_a_halted_company_that_kept_its_shorts_stays_one():
    listings = in_turn(previous_after=1e6)
    assert with_tenancies_parted(listings) is listings


def test_a_short_gap_is_no_change_of_tenants():
    listings = in_turn(previous_after=0.0)
    close = listings.close.copy()
    close[30:50, 0] = 0.25
    whole = replace(listings, close=close)
    assert with_tenancies_parted(whole) is whole


def test_a_split_goes_with_the_company_whose_it_was():
    listings = in_turn(previous_after=0.0)
    listings = replace(listings, splits=splits_of(listings.sessions, [(0, 5, 0.5), (0, 60, 10.0), (1, 5, 2.0)]))
    assert with_tenancies_parted(listings).splits.column.tolist() == [2, 0, 1]
