"""The Board adds up: tiers to the total, sectors to the total, ticks to a rebuild; and says what the basis moves."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from market_examples import listings_of, random_listings

from shortside.board import Desk, total_of
from shortside.groups import MEASURES
from shortside.market import market_of
from shortside.one_name.history import name_history
from shortside.positions import Knowledge
from shortside.rows import name_rows, reconciliation_of, sector_rows, tier_table
from shortside.tiers import TierBasis, TierScheme
from shortside.view import View

VIEWS = st.builds(
    View, window=st.sampled_from(["1d", "5d", "30d", "mtd", "ytd", "cycle"]), basis=st.sampled_from(list(TierBasis))
)


def with_caps(listings, seed):
    """Share counts that spread the names over every tier, some unknown."""
    random = np.random.default_rng(seed)
    names = len(listings.symbols)
    counts = 10 ** random.uniform(5, 10.5, names)
    counts[random.random(names) < 0.2] = np.nan
    return replace(listings, shares_outstanding=np.repeat(counts[None], len(listings.sessions), 0).astype(np.float32))


@given(random_listings(), VIEWS, st.integers(0, 2**32 - 1))
def test_tier_rows_and_rollup_sum_to_the_total_and_the_identity_holds_in_each(listings, view, seed):
    board = Desk(market_of(with_caps(listings, seed))).board(view)
    table = tier_table(board)
    gross = max(table.total.average_short_interest, table.total.short_interest_start, table.total.short_interest_end, 1)
    today = ("profit_today",) if board.market.is_today_known else ()
    profits = ("profit", "profit_low") if board.is_window_known else ()
    for rows in (table.rows, table.rollup, sector_rows(board) if view.basis is not TierBasis.DAILY else table.rows):
        for measure in ("new_short", "new_short_30d", "short_interest_end", "appeared", *profits, *today):
            assert sum(getattr(row, measure) for row in rows) == pytest.approx(
                getattr(table.total, measure), abs=1e-9 * gross * board.window.length + 1e-6
            )
    if not board.is_window_known:
        assert all(math.isnan(row.profit) and row.profit_ratio is None for row in (*table.rows, table.total))
        return
    for row in (*table.rows, *table.rollup, table.total):
        assert abs(reconciliation_of(row).unexplained) <= 1e-9 * gross * (board.window.length + 1)


@given(random_listings(), VIEWS, st.integers(0, 2**32 - 1))
def test_ticks_leave_the_board_as_if_built_at_the_new_prices(listings, view, seed):
    market = market_of(with_caps(listings, seed))
    random = np.random.default_rng(seed)
    board = Desk(market).board(view)
    last_priced = market.last_priced.copy()
    for _ in range(3):
        moved = np.flatnonzero(random.random(len(market.symbols)) < 0.6)
        last_priced[moved] = np.where(market.has_ended[moved], last_priced[moved], len(market.sessions) - 1)
        board.tick(moved, board.book.price[moved] * random.uniform(0.5, 2.0, len(moved)))
    close = market.close.astype(np.float64)
    close[-1] = board.book.price
    anew = Desk(replace(market, close=close, last_priced=last_priced)).board(view)
    scale = max(float(np.abs(anew.tiers.values).max()), 1.0)
    for measure in MEASURES:
        for ours, theirs in ((board.tiers, anew.tiers), (board.sectors, anew.sectors)):
            assert np.allclose(ours[measure], theirs[measure], rtol=0, atol=1e-9 * scale), measure


def test_a_quote_ends_the_staleness_of_a_name_on_this_board_and_on_those_made_later():
    close = np.full((40, 3), 10.0)
    close[-1, 1:] = np.nan
    desk = Desk(market_of(listings_of(close, np.full((5, 3), 1e6))))
    view = View(window="5d")
    board = desk.board(view)
    assert board.is_stale.tolist() == [False, True, True]
    board.tick(np.array([2]), np.array([9.0]))
    assert board.is_stale.tolist() == [False, True, False]
    assert desk.board(view.next_window()).is_stale.tolist() == [False, True, False]
    assert desk.board(view.next_positions()).is_stale.tolist() == [False, True, False]


class TestTheDayThatIsNotKnown:
    """A laptop slept for two sessions: until their closes are there nobody knows what the last session made."""

    @staticmethod
    def board(missing=(), thin=()):
        """Ten names that fall by a dollar a session, without some sessions, or with one name's close in some."""
        close = np.linspace(100.0, 61.0, 40)[:, None] * np.ones(10)
        for row in thin:
            close[row, 1:] = np.nan
        listings = listings_of(close, np.full((5, 10), 1e6))
        kept = np.setdiff1d(np.arange(40), list(missing))
        listings = replace(
            listings,
            **{name: getattr(listings, name)[kept] for name in ("sessions", "close", "volume", "shares_outstanding")},
        )
        return Desk(market_of(listings)).board(View(window="ytd"))

    def test_a_whole_session_before_gives_the_day_s_dollars(self):
        assert tier_table(self.board()).total.profit_today == pytest.approx(10e6)

    @pytest.mark.parametrize("gap", [{"missing": [38]}, {"missing": [37, 38]}, {"thin": [38]}])
    def test_without_the_closes_before_it_is_unknown_and_not_several_days(self, gap):
        board = self.board(**gap)
        table = tier_table(board)
        assert math.isnan(table.total.profit_today)
        assert all(math.isnan(row.profit_today) for row in (*table.rows, *table.rollup))
        assert np.isnan(board.profit_today).all()
        assert "lacks its closes" in board.market.notes[-1]

    @pytest.mark.parametrize("gap", [{"missing": [38]}, {"thin": [38]}])
    def test_the_window_s_dollars_are_whole_all_the_same(self, gap):
        assert tier_table(self.board(**gap)).total.profit == pytest.approx(tier_table(self.board()).total.profit)

    @pytest.mark.parametrize("gap", [{"missing": [38]}, {"missing": [37, 38]}, {"thin": [38]}])
    @pytest.mark.parametrize("basis", list(TierBasis))
    def test_a_window_of_one_day_is_not_known_either(self, gap, basis):
        board = self.board(**gap).desk.board(View(window="1d", basis=basis))
        table = tier_table(board)
        assert all(math.isnan(row.profit) for row in (*table.rows, *table.rollup, table.total))
        assert table.total.profit_ratio is None
        assert table.total.gaining_names_ratio is None
        assert name_rows(board, np.array([0]))[0].profit is None

    def test_one_name_without_the_close_before_has_no_day_and_no_start(self):
        """Ten names fall by a dollar a session; one lacks the close before, so its fall of two is nobody's day."""
        board = self.board().desk.board(View(window="1d"))
        close = board.market.close.copy()
        close[38, 0] = np.nan
        board = Desk(market_of(listings_of(close, np.full((5, 10), 1e6)))).board(View(window="1d"))
        row, other = name_rows(board, np.array([0, 1]))
        assert (row.profit, row.profit_today, row.new_short) == (None, None, None)
        assert row.why_not_new == "its close of the session before is missing"
        assert (other.profit, other.profit_today, other.new_short) == pytest.approx((1e6, 1e6, 0.0))
        total = tier_table(board).total
        assert total.profit == total.profit_today == pytest.approx(9e6)
        identity = tier_table(board).reconciliation
        assert identity.is_explained
        assert identity.appeared == pytest.approx(61e6)
        assert identity.appeared_names == ("S000",)
        longer = board.desk.board(View(window="5d"))
        assert name_rows(longer, np.array([0]))[0].profit == pytest.approx(5e6)

    def test_a_gap_further_back_is_no_matter(self):
        assert tier_table(self.board(missing=[30], thin=[20])).total.profit_today == pytest.approx(10e6)

    def test_some_names_that_do_not_trade_are_no_gap(self):
        board = self.board()
        close = board.market.close.copy()
        close[38, :2] = np.nan
        listings = listings_of(close, np.full((5, 10), 1e6))
        assert market_of(listings).is_today_known


def test_a_name_that_fell_is_small_by_the_end_and_mid_by_the_start():
    # 100 mm shares: at 30 USD a 3 bn company, at 5 USD a 0.5 bn one. Its short earned 25 USD on each of 1 mm shares.
    close = np.linspace(30.0, 5.0, 20)[:, None]
    market = market_of(listings_of(close, [[1e6], [1e6]]))
    desk = Desk(market)
    by_end = {row.label: row for row in tier_table(desk.board(View(window="since:2023-01-04"))).rows}
    by_start = {
        row.label: row for row in tier_table(desk.board(View(window="since:2023-01-04", basis=TierBasis.START))).rows
    }
    assert by_end["small"].profit == pytest.approx(25e6, rel=1e-5)
    assert by_end["small"].migration == pytest.approx(25e6, rel=1e-5)
    assert by_end["mid"].migration == pytest.approx(-25e6, rel=1e-5)
    assert by_start["mid"].profit == pytest.approx(25e6, rel=1e-5)
    assert by_start["mid"].migration == 0.0


def test_by_the_daily_basis_profit_is_split_where_the_tier_changed():
    # 100 mm shares at 21, 19, 17: mid (≥ 2 bn) until the close of the second day, small after it.
    market = market_of(listings_of([[21.0], [19.0], [17.0]], [[1e6]]))
    view = View(window="since:2023-01-04", basis=TierBasis.DAILY, knowledge=Knowledge.REVISED)
    table = tier_table(Desk(market).board(view))
    rows = {row.label: row for row in table.rows}
    assert rows["mid"].profit == pytest.approx(2e6)
    assert rows["small"].profit == pytest.approx(2e6)
    assert rows["small"].moved_in == pytest.approx(19e6)
    assert rows["mid"].moved_in == pytest.approx(-19e6)


def test_unknown_share_counts_are_a_row_of_their_own():
    listings = listings_of(np.full((15, 2), 10.0), [[100.0, 100.0]])
    counts = listings.shares_outstanding.copy()
    counts[:, 1] = np.nan
    rows = {
        r.label: r for r in tier_table(Desk(market_of(replace(listings, shares_outstanding=counts))).board(View())).rows
    }
    assert rows["unclassified"].names == 1
    assert rows["unclassified"].short_interest_end == pytest.approx(1000.0)


@pytest.mark.parametrize(
    ("cap", "tier"),
    [
        (200e9, "mega"),
        (199.9e9, "large"),
        (10e9, "large"),
        (2e9, "mid"),
        (300e6, "small"),
        (50e6, "micro"),
        (1.0, "nano"),
    ],
)
def test_lower_bounds_are_inclusive(cap, tier):
    scheme = TierScheme()
    assert scheme.labels[int(scheme.codes(np.array([cap]))[0])] == tier


def test_missing_is_none_in_rows_and_never_zero():
    listings = listings_of(np.full((15, 1), 10.0), [[100.0]])
    blank = np.full_like(listings.shares_outstanding, np.nan)
    board = Desk(market_of(replace(listings, shares_outstanding=blank, volume=np.zeros_like(blank)))).board(View())
    row = name_rows(board, np.array([0]))[0]
    assert row.market_cap is None
    assert row.short_outstanding_ratio is None
    assert row.short_float_ratio is None
    assert row.borrow_fee is None
    assert row.days_to_cover is None
    assert row.shares_short == 100.0


def test_orders_put_the_unknown_last_and_break_ties_by_symbol():
    board = Desk(market_of(listings_of(np.full((15, 4), 10.0), [[1.0, 1.0, 1.0, 1.0]]))).board(View())
    assert board.order(np.array([1.0, np.nan, 2.0, 1.0])).tolist() == [2, 0, 3, 1]
    assert board.order(np.array([1.0, np.nan, 2.0, 1.0]), descending=False).tolist() == [0, 3, 2, 1]


def test_the_total_is_every_group_added():
    board = Desk(market_of(listings_of(np.full((15, 3), 10.0), [[5.0, 6.0, 7.0]]))).board(View())
    assert total_of(board.tiers)["short_interest_end"] == pytest.approx(180.0)


def turned_up(basis=TierBasis.END):
    """AAAA held all along; BBBB as much, but its prices begin on the sixth session from the end."""
    close = np.full((30, 2), 100.0)
    close[:24, 1] = np.nan
    listings = listings_of(close, np.full((3, 2), 1e6), symbols=["AAAA", "BBBB"])
    return Desk(market_of(listings)).board(View(window="ytd", basis=basis))


@pytest.mark.parametrize("basis", list(TierBasis))
def test_a_position_that_turns_up_with_its_first_close_is_no_new_short_and_named_in_the_residual(basis):
    board = turned_up(basis)
    held, late = name_rows(board, np.array([0, 1]))
    assert (held.new_short, held.new_short_30d, held.why_not_new) == (0.0, 0.0, "")
    assert (late.new_short, late.new_short_30d) == (None, None)
    assert late.why_not_new.startswith("its first close is of 2023-02-07")
    table = tier_table(board)
    assert (table.total.new_short, table.total.new_short_30d, table.total.short_interest_start) == (0.0, 0.0, 1e8)
    identity = table.reconciliation
    assert (identity.residual, identity.appeared, identity.appeared_names) == (-1e8, 1e8, ("BBBB",))
    assert identity.is_explained
    assert not identity.holds


def test_a_window_that_begins_before_the_first_settlement_is_cut_to_it_and_says_so():
    # Sessions from 3 January, the first settlement known is of 31 January.
    settlements = np.array(["2023-01-31", "2023-02-15"], "datetime64[D]")
    listings = listings_of(np.full((28, 1), 10.0), [[100.0], [100.0]], settlements=settlements)
    board = Desk(market_of(listings)).board(View(window="ytd"))
    assert (str(board.window.start_date), board.window.is_cut) == ("2023-01-31", True)
    total = tier_table(board).total
    assert (total.short_interest_start, total.new_short, total.average_short_interest) == (1000.0, 0.0, 1000.0)
    assert math.isnan(total.new_short_prior_30d), "nobody knows what was short before"
    assert tier_table(board).reconciliation.holds


def test_the_cycle_in_which_a_position_turned_up_has_no_new_short_and_no_price_effect():
    # First close on 17 January: between the settlements of the 13th and the 31st.
    close = np.full((35, 2), 100.0)
    close[:9, 1] = np.nan
    listings = listings_of(close, np.full((4, 2), 1e6), symbols=["AAAA", "BBBB"])
    late = name_history(Desk(market_of(listings)).board(View()), 1).cycles
    held = name_history(Desk(market_of(listings)).board(View()), 0).cycles
    of_february, of_january, before, _ = late
    assert (of_february.new_short, of_february.price_effect, of_february.short_interest) == (0.0, 0.0, 1e8)
    assert (of_january.new_short, of_january.price_effect, of_january.short_interest) == (None, None, 1e8)
    assert (before.change, before.new_short, before.short_interest) == (0.0, None, None)
    assert [cycle.new_short for cycle in held] == [0.0, 0.0, None, None]


def test_a_cycle_that_ended_is_summed_to_its_own_end_and_the_thirty_days_to_the_last_session():
    # 13 January is session 8, the 31st session 19, published on 9 February, session 26; 40 sessions end on 1 March.
    close = np.linspace(10.0, 49.0, 40)[:, None] * np.ones(2)
    board = Desk(market_of(listings_of(close, [[100.0] * 2, [200.0] * 2, [420.0] * 2]))).board(View(window="cycle"))
    assert (board.window.start, board.window.end) == (8, 19)
    assert board.window_30d.end == 39
    total = tier_table(board).total
    assert total.short_interest_start == pytest.approx(2 * 200 * 18.0)
    assert total.short_interest_end == pytest.approx(2 * 420 * 29.0)
    assert total.new_short == total.new_short_cycle == pytest.approx(2 * 20 * sum(range(19, 30)))
    assert total.new_short_prior_cycle > 0
    assert tier_table(board).reconciliation.holds
    assert board.short_interest[0] == pytest.approx(420 * 49.0), "a name's own figure is of the moment"
    board.tick(np.array([0]), np.array([99.0]))
    assert tier_table(board).total.profit == pytest.approx(total.profit)
    assert board.measured_to == date(2023, 1, 31)
