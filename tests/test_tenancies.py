"""Two companies behind one symbol are two names; one company that was halted stays one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from market_examples import listings_of, splits_of

from providers.listings.renames import joined_renames
from providers.listings.reused_symbols import with_tenancies_parted
from providers.listings.unreported_renames import with_unreported_renames
from shortside.board import Desk
from shortside.live import public_on
from shortside.market import market_of
from shortside.view import View


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


def test_a_halted_company_that_was_reported_all_the_while_stays_one():
    listings = in_turn(previous_after=1e6)
    shares = listings.shares_short.copy()
    shares[3:6, 0] = 1e6
    halted = replace(listings, shares_short=shares)
    assert with_tenancies_parted(halted) is halted


def without_last_report(listings):
    """What was known before the newest settlement was published."""
    return public_on(listings, listings.published[-2].astype(object))


def test_what_came_back_without_a_position_and_is_in_no_report_yet_is_parted_until_it_is():
    parted = with_tenancies_parted(without_last_report(in_turn(previous_after=0.0)))
    assert parted.symbols.tolist() == ["DBD", "ABC", "DBD~2023-01"]
    board = Desk(market_of(parted)).board(View(window="since:2023-01-04"))
    assert board.short_interest[0] == 0.0, "the position of the first is not the second's"
    assert board.profit[0] == 0.0


def test_what_comes_back_from_a_halt_with_its_position_stays_one_before_the_next_report():
    listings = in_turn(previous_after=1e6)
    shares = listings.shares_short.copy()
    shares[3:6, 0] = 1e6
    halted = without_last_report(replace(listings, shares_short=shares))
    assert with_tenancies_parted(halted) is halted


def test_a_change_into_a_used_symbol_is_joined_before_its_report():
    listings = without_last_report(off_and_on(previous=4e6))
    whole = with_unreported_renames(with_tenancies_parted(listings), lambda columns: np.full(len(columns), 60.0))
    assert whole.symbols.tolist() == ["FI", "ABC", "FI~2023-01"]
    assert np.isfinite(whole.close[:, 0]).all()
    assert whole.shares_short[:, 0].tolist() == [4e6] * 6


def off_and_on(previous, back_at=60.0):
    """Frank's International until session 20, and from session 50 Fiserv, which was FISV until then."""
    close = np.full((70, 3), 10.0)
    close[20:50, 0] = np.nan
    close[50:, 0] = back_at
    close[:50, 2] = back_at
    close[50:, 2] = np.nan
    shares = np.full((7, 3), 1e6)
    shares[3:6, 0] = np.nan
    shares[:6, 2], shares[6, 2] = 4e6, np.nan
    listings = listings_of(close, shares, symbols=["FI", "ABC", "FISV"])
    before = listings.shares_short_previous.copy()
    before[6, 0] = previous
    return replace(listings, shares_short_previous=before)


@pytest.mark.parametrize("back_at", [60.0, 10.4], ids=["far from the old price", "near the old price"])
def test_a_position_that_the_symbol_did_not_report_before_is_another_company_s(back_at):
    parted = with_tenancies_parted(off_and_on(previous=4e6, back_at=back_at))
    assert parted.symbols.tolist() == ["FI", "ABC", "FISV", "FI~2023-01"]
    assert np.isnan(parted.shares_short[:6, 0]).all()
    assert np.isnan(parted.close[:50, 0]).all()


def test_a_ticker_that_changed_into_a_used_one_brings_its_own_past_along():
    whole = joined_renames(with_tenancies_parted(off_and_on(previous=4e6)))
    assert whole.symbols.tolist() == ["FI", "ABC", "FI~2023-01"]
    assert whole.close[:, 0].tolist() == [60.0] * 70
    assert whole.shares_short[:, 0].tolist() == [4e6] * 6 + [1e6]
    profit = Desk(market_of(whole)).board(View(window="since:2023-01-04")).profit
    assert profit == pytest.approx([0.0, 0.0, 0.0], abs=1e-6)


def test_an_old_position_that_nobody_reported_meanwhile_is_not_taken_for_one_at_its_old_price():
    listings = off_and_on(previous=0.0, back_at=10.4)
    assert with_tenancies_parted(listings) is listings


def overnight(after, previous=0.0):
    """Biohaven at 150 until session 54; what went on under its symbol from 55, and what FINRA says it was before."""
    close = np.full((70, 2), 10.0)
    close[:55, 0] = 150.0
    close[55:, 0] = after
    listings = listings_of(close, np.full((7, 2), 1e6), symbols=["BHVN", "ABC"])
    before = listings.shares_short_previous.copy()
    before[6, 0] = previous
    return replace(listings, shares_short_previous=before)


def test_a_position_forgotten_overnight_with_a_leap_is_another_security_s():
    parted = with_tenancies_parted(overnight(after=8.0))
    assert parted.symbols.tolist() == ["BHVN", "ABC", "BHVN~2023-03"]
    assert parted.shares_short[:, 2].tolist()[:6] == [1e6] * 6
    assert np.isfinite(parted.close[:, 2]).sum() == 55
    profit = Desk(market_of(parted)).board(View(window="since:2023-01-04")).profit
    assert profit == pytest.approx([0.0, 0.0, 0.0], abs=1e-6)


@pytest.mark.parametrize(("after", "previous"), [(8.0, 1e6), (140.0, 0.0)])
def test_a_crash_and_a_new_number_for_the_same_shares_part_nothing(after, previous):
    listings = overnight(after, previous)
    assert with_tenancies_parted(listings) is listings


def test_a_split_that_came_with_a_new_number_is_no_leap():
    listings = overnight(after=1500.0)
    listings = replace(listings, splits=splits_of(listings.sessions, [(0, 55, 10.0)]))
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
