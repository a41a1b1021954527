"""Tables of the whole market: shorting, winners, migration, certainty; by hand, and their identities at random."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from market_examples import listings_of, random_listings, texts

from shortside.board import Board, Desk
from shortside.listings import Borrow
from shortside.market import market_of
from shortside.positions import PositionsMethod
from shortside.rows import sector_rows, tier_table
from shortside.sector_tiers import sector_tiers
from shortside.sessions import session_days
from shortside.tables.certainty import Certainty
from shortside.tables.migration import Migration
from shortside.tables.shorting import Shorting
from shortside.tables.winners import Winners
from shortside.tiers import TierBasis
from shortside.view import View

CENT = 0.005
DAYS = session_days(date(2022, 12, 30), date(2023, 2, 9))
JANUARY_13, JANUARY_31 = np.datetime64("2023-01-13"), np.datetime64("2023-01-31")


def closes(*prices):
    """(T, N): a name's price until the 12th, from 13 January, from 31 January and on 9 February."""
    rows = np.array([[one[0] for one in prices]] * len(DAYS), float)
    rows[DAYS >= JANUARY_13] = [one[1] for one in prices]
    rows[DAYS >= JANUARY_31] = [one[2] for one in prices]
    rows[-1] = [one[3] for one in prices]
    return rows


def board_of(prices, shares, view, **changes) -> Board:
    """The Board of names with settlements on 30 December, 13 and 31 January."""
    listings = listings_of(closes(*prices), np.array(shares, float), sessions=DAYS, **changes)
    return Desk(market_of(listings)).board(view)


STEP_CYCLE = View(window="cycle", positions=PositionsMethod.STEP)
PAIR = {
    "prices": [(10, 10, 12, 12), (20, 25, 20, 18)],
    "shares": [[1_000, 500], [1_200, 400], [1_500, 100]],
    "sectors": texts(["Energy", "Finance"]),
}
"""A thousand shares at 10 become twelve and fifteen hundred; five hundred at 20 become four hundred and one hundred."""


def test_shorting_is_parted_from_the_price_in_this_cycle_and_the_one_before():
    table = Shorting(board_of(**PAIR, view=STEP_CYCLE))
    one, two = table.name(0), table.name(1)
    # 12,000 at 10 on the 13th; 1,500 × 12 on the 31st: 300 sold short at 12, and 1,200 shares gained 2 each.
    assert (one.start, one.new_short, one.price_effect, one.end) == (12_000, 3_600, 2_400, 18_000)
    # 400 × 25 became 100 × 20: 300 covered at 20, and 400 shares lost 5 each.
    assert (two.start, two.new_short, two.price_effect, two.end) == (10_000, -6_000, -2_000, 2_000)
    # The cycle before: 200 sold short at 10; 100 covered at 25 after 500 shares gained 5 each.
    assert (one.new_short_before, one.price_effect_before) == (2_000, 0)
    assert (two.new_short_before, two.price_effect_before) == (-2_500, 2_500)
    assert (one.new_short_ratio, two.new_short_ratio) == (0.3, -0.6)
    total = table.total()
    assert (total.shorted, total.covered, total.new_short) == (3_600, -6_000, -2_400)
    assert (total.new_short_before, total.price_effect_before) == (-500, 2_500)
    assert [row.label for row in table.by_sector()] == ["Finance", "Energy"]
    assert table.order().tolist() == [0]
    assert table.order(is_covering=True).tolist() == [1]


def test_per_cent_of_float_counts_shares_and_of_a_group_the_names_whose_float_is_known():
    float_shares = np.array([10_000, np.nan])
    table = Shorting(
        board_of(**PAIR, view=STEP_CYCLE, float_shares=float_shares, float_as_of=np.datetime64("2023-01-03"))
    )
    assert table.name(0).float_ratio == 0.03
    assert table.name(1).float_ratio is None
    # 3,600 dollars over 10,000 shares at the last close, 12; the other name's 6,000 covered are not in it.
    total = table.total()
    assert total.float_ratio == pytest.approx(3_600 / 120_000)
    assert (total.float_names, total.names) == (1, 2)


def test_a_window_without_a_whole_one_before_it_has_none():
    assert Shorting(board_of(**PAIR, view=replace(STEP_CYCLE, window="ytd"))).before is None
    whole = Shorting(board_of(**PAIR, view=replace(STEP_CYCLE, window="5d")))
    assert whole.before is not None
    assert whole.before.window.end == whole.now.window.start
    assert whole.before.window.length == 5


def test_winners_are_net_of_carry_where_a_fee_is_known_and_sure_where_the_band_has_one_sign():
    fees = Borrow(
        fee=np.array([0.36, np.nan]),
        available=np.full(2, np.nan),
        is_capped=np.zeros(2, bool),
        as_of=DAYS[-1],
        source="test",
    )
    board = board_of(**PAIR, view=STEP_CYCLE, borrow=fees)
    table = Winners(board)
    one, two = table.name(0), table.name(1)
    assert (one.profit, two.profit) == (-2_400, 2_000)
    assert table.order().tolist() == [1]
    assert table.order(is_losing=True).tolist() == [0]
    # 18 days at 36 % of the mean over 12 closes: eleven at 12,000, then 12 × 1,500.
    assert board.window.length == 11
    assert one.carry == pytest.approx((12_000 + 10 * 12_000 + 18_000) / 12 * 0.36 * 18 / 360)
    assert one.net == pytest.approx(one.profit - (one.carry or 0.0))
    assert (two.carry, two.net, two.net_ratio) == (None, None, None)
    assert table.order(is_losing=True, is_net=True).tolist() == [0]
    assert table.order(is_net=True).tolist() == []
    # Prices moved once, at the end: whoever sold between could have done so before or after.
    assert one.noise == pytest.approx(300 * 2 / 2)
    assert one.is_certain
    floor = table.floor()
    assert (floor.names, floor.carried_names, floor.gross) == (2, 1, 4_400)


def test_a_band_that_holds_both_signs_is_noise():
    # 1,000 shares become 3,000 while the price goes from 10 by 14 back to 9.9: shorted at 14 they gained, at 10 lost.
    rows = closes((10, 10, 9.9, 9.9))
    rows[(DAYS > JANUARY_13) & (DAYS < JANUARY_31)] = 14
    listings = listings_of(rows, np.array([[1_000], [1_000], [3_000]], float), sessions=DAYS)
    table = Winners(Desk(market_of(listings)).board(View(window="cycle")))
    [name] = [table.name(0)]
    assert name.noise == pytest.approx(2_000 * 4.1 / 2)
    floor = table.floor()
    assert (floor.uncertain_names, floor.uncertain) == (int(not name.is_certain), 0 if name.is_certain else floor.gross)


def test_a_name_that_fell_out_of_its_tier_takes_its_profit_along():
    # 100 million shares at 25 are 2.5 bn, mid; at 12 they are 1.2 bn, small.
    board = board_of([(25, 25, 12, 12), (50, 50, 50, 50)], [[1_000, 10]] * 3, View(window="cycle"))
    table = Migration(board)
    mid, small = table.bridges
    assert (mid.label, mid.names_start, mid.names_in, mid.names_out, mid.names_end) == ("mid", 2, 0, 1, 1)
    assert (small.label, small.names_start, small.names_in, small.names_out, small.names_end) == ("small", 0, 1, 0, 1)
    assert (mid.profit_start, mid.profit_out, mid.profit_end) == (13_000, 13_000, 0)
    assert (small.profit_start, small.profit_in, small.profit_end) == (0, 13_000, 13_000)
    [move] = table.moves
    assert (move.tier_start, move.tier_end, move.names, move.profit) == ("mid", "small", 1, 13_000)
    assert table.order().tolist() == [0]
    moved = table.name(0)
    assert (moved.cap_start, moved.cap_end, moved.short_interest) == (2.5e9, 1.2e9, 12_000)


def test_a_name_the_last_file_has_no_row_of_is_a_cycle_late():
    board = board_of([(10, 10, 12, 12), (20, 25, 20, 18)], [[1_000, 500], [1_200, 400], [1_500, np.nan]], View())
    total = Certainty(board).total()
    assert total is not None
    assert (total.late_names, total.late_short_interest) == (1, 400 * 18)
    assert total.late_ratio == pytest.approx(7_200 / (7_200 + 18_000))


def test_both_methods_stand_beside_each_other_whichever_is_in_view():
    found = {method: Certainty(board_of(**PAIR, view=View(positions=method))).total() for method in PositionsMethod}
    step, linear = found[PositionsMethod.STEP], found[PositionsMethod.LINEAR]
    assert step is not None
    assert linear is not None
    assert (step.profit_step, step.profit_linear) == (linear.profit_step, linear.profit_linear)
    assert (step.profit, linear.profit) == (step.profit_step, linear.profit_linear)
    # Of the two cycles, on the days that prices moved, a straight line holds other shares than the last settlement.
    assert step.method_difference not in (None, 0)


def test_a_view_in_which_nobody_is_short_has_empty_tables():
    board = board_of([(10, 10, 12, 12)], [[0], [0], [0]], View())
    assert Shorting(board).total().names == 0
    assert Shorting(board).by_tier() == []
    assert Certainty(board).total() is None
    assert Migration(board).bridges == []
    assert Winners(board).floor().names == 0


VIEWS = st.builds(
    View,
    window=st.sampled_from(["cycle", "5d", "30d", "mtd", "ytd", "1d"]),
    positions=st.sampled_from(list(PositionsMethod)),
    basis=st.sampled_from([TierBasis.START, TierBasis.END]),
)


@settings(max_examples=60, deadline=None)
@given(random_listings(), VIEWS)
def test_every_table_adds_up_and_agrees_with_the_tiers_and_sectors(listings, view):
    board = Desk(market_of(listings)).board(view)
    tiers = tier_table(board, with_trends=False)
    scale = max(1.0, float(np.nansum(np.abs(board.short_interest_total))))
    near = pytest.approx(0.0, abs=1e-9 * scale)
    table = Shorting(board)
    groups = [*table.by_tier(), *table.by_sector(), table.total()]
    for row in groups:
        assert row.residual == near
        assert row.shorted + row.covered - row.new_short == near
    total = table.total()
    assert total.new_short - tiers.total.new_short == near
    assert total.end - tiers.total.short_interest_end == near
    for measure in ("start", "new_short", "turned_up", "price_effect", "end"):
        for rows in (table.by_tier(), table.by_sector()):
            assert sum(getattr(row, measure) for row in rows) - getattr(total, measure) == near
    names = [table.name(column) for column in np.flatnonzero(board.was_held).tolist()]
    new_short = sum(name.new_short or 0.0 for name in names)
    new_after = sum(name.new_after or 0.0 for name in names)
    assert new_short + new_after - total.new_short == near
    assert sum(name.turned_up for name in names) - new_after - total.turned_up == near
    for name in names:
        assert name.start + (name.new_short or 0.0) + name.turned_up + name.price_effect - name.end == near
    migration = Migration(board)
    for bridge in migration.bridges:
        assert bridge.residual == near
        assert bridge.names_start + bridge.names_in - bridge.names_out == bridge.names_end
    by_end = Desk(board.market).board(replace(view, basis=TierBasis.END))
    if by_end.is_window_known:
        sums = {row.label: row.profit for row in tier_table(by_end, with_trends=False).rows}
        by_start = Desk(board.market).board(replace(view, basis=TierBasis.START))
        starts = {row.label: row.profit for row in tier_table(by_start, with_trends=False).rows}
        for bridge in migration.bridges:
            assert bridge.profit_end - sums[bridge.label] == near
            assert bridge.profit_start - starts[bridge.label] == near
    if board.is_window_known:
        assert sum(row.profit for row in sector_rows(board)) - float(sector_tiers(board).profit.sum()) == near


@settings(max_examples=30, deadline=None)
@given(random_listings(), VIEWS)
def test_certainty_counts_what_the_tiers_count(listings, view):
    board = Desk(market_of(listings)).board(view)
    table, tiers = Certainty(board), tier_table(board, with_trends=False)
    rows = {row.label: row for row in table.rows()}
    for tier in tiers.rows:
        if not tier.names:
            continue
        row = rows[tier.label]
        assert row.names == tier.names
        assert row.late_short_interest <= row.short_interest + CENT
        if board.is_window_known:
            assert row.profit == pytest.approx(tier.profit, abs=1e-6 * max(1.0, tier.average_short_interest))
            assert row.noise == pytest.approx(tier.band, abs=1e-6 * max(1.0, tier.average_short_interest))
