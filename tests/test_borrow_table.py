"""The cost of borrowing over time: by hand, and what must hold of any market and any looks."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from market_examples import listings_of, texts

from shortside.board import Board, Desk
from shortside.loans.days import days_of
from shortside.loans.history import LoanHistory, LoanState, history_of
from shortside.loans.path import LoanPath
from shortside.market import market_of
from shortside.positions import PositionsMethod
from shortside.sessions import NEW_YORK, session_days
from shortside.tables.borrow import BorrowTable
from shortside.view import View

DAYS = session_days(date(2022, 12, 30), date(2023, 2, 9))
JANUARY_13, JANUARY_20, JANUARY_31 = (np.datetime64(f"2023-01-{day}") for day in (13, 20, 31))
CYCLE = View(window="cycle", positions=PositionsMethod.STEP)
"""From 13 to 31 January, eighteen days in which the shares of the 13th are short."""
UNKNOWN = float("nan")


def board_of(
    prices=((10, 12), (20, 18)), shares=((1_000, 500), (1_000, 500), (1_000, 500)), view=CYCLE, rises_on=JANUARY_31
) -> Board:
    """Names with a price until a day and another from it on; settlements on 30 December, 13 and 31 January."""
    rows = np.array([[one[0] for one in prices]] * len(DAYS), float)
    rows[rises_on <= DAYS] = [one[1] for one in prices]
    listings = listings_of(rows, np.array(shares, float), sessions=DAYS, sectors=texts(["Energy"] * len(prices)))
    return Desk(market_of(listings)).board(view)


def state(day, fee, available=(100.0, 100.0), is_capped=(False, False)) -> LoanState:
    """The look of a day's evening."""
    as_of = np.datetime64(day).astype(date)
    at = datetime.combine(as_of, time(18), NEW_YORK).astimezone(UTC)
    return LoanState(
        as_of=as_of, known_at=at, fetched_at=at + timedelta(minutes=3), fee=np.array(fee, float),
        available=np.array(available, float), is_capped=np.array(is_capped),
    )  # fmt: skip


def history(board, looks, **known) -> LoanHistory:
    return history_of(board.market.symbols, "test", looks, now=looks[-1], **known)


def every_day(fee, since=DAYS[0]):
    return [state(day, fee) for day in DAYS if day >= since]


def test_a_day_s_carry_is_short_interest_times_the_fee_over_360():
    board = board_of()
    table = BorrowTable(board, history(board, every_day([0.36, UNKNOWN])))
    # A thousand shares at 12: 12,000 × 0.36 / 360 = 12 a day. The other's 9,000 have no fee.
    assert table.name(0).carry_day == pytest.approx(12.0)
    assert table.name(1).carry_day is None
    total = table.total()
    assert total.carry_day == pytest.approx(12.0)
    assert (total.names, total.known_names) == (2, 1)
    assert total.known_ratio == pytest.approx(12 / 21)
    assert total.fee == pytest.approx(0.36)


def test_what_was_paid_counts_every_calendar_day_at_the_fee_and_price_of_the_evening_before():
    board = board_of()
    table = BorrowTable(board, history(board, every_day([0.36, 0.036])))
    one, two = table.name(0), table.name(1)
    # 1,000 shares at 10 for eighteen days: 10,000 × 0.36 / 360 = 10 a day; they lost 2 a share on the 31st.
    assert (one.paid, one.profit_covered, one.net) == pytest.approx((180.0, -2_000.0, -2_180.0))
    # 500 at 20: 1 a day; they gained 2 a share.
    assert (two.paid, two.profit_covered, two.net) == pytest.approx((18.0, 1_000.0, 982.0))
    assert (one.covered_ratio, two.covered_ratio) == (1.0, 1.0)
    assert table.total().net == pytest.approx(-1_198.0)


def test_a_path_that_begins_within_the_window_counts_its_own_days_on_both_sides_and_says_how_many():
    board = board_of(prices=((10, 12), (20, 18)))
    looks = every_day([0.36, UNKNOWN], JANUARY_20)
    table = BorrowTable(board, history(board, looks))
    one, two = table.name(0), table.name(1)
    assert one.paid == pytest.approx(110.0)
    assert one.covered_ratio == pytest.approx(11 / 18)
    assert one.net == pytest.approx(-2_110.0)
    assert (two.paid, two.profit_covered, two.net) == (None, None, None)
    assert two.covered_ratio == 0.0


def test_the_last_look_stands_over_a_weekend_with_a_holiday_and_no_longer():
    board = board_of()
    before = [state(day, [0.36, 0.36]) for day in DAYS if day <= JANUARY_13]
    table = BorrowTable(board, history(board, before))
    # The look of Friday 13 stands until the 17th; it is charged on the sessions of the 13th and the 17th: five days.
    assert table.name(0).paid == pytest.approx(50.0)
    assert table.name(0).covered_ratio == pytest.approx(5 / 18)


def test_changes_are_against_the_looks_that_stood_a_day_and_a_week_before():
    board = board_of()
    looks = every_day([0.36, 0.10])
    table = BorrowTable(board, history(
        board, looks, day_ago=state("2023-02-08", [0.30, 0.10]), week_ago=state("2023-02-02", [0.06, UNKNOWN])
    ))  # fmt: skip
    one, two = table.name(0), table.name(1)
    assert (one.fee_change_day, one.fee_change_week) == pytest.approx((0.06, 0.30))
    assert (two.fee_change_day, two.fee_change_week) == (0.0, None)
    assert one.added_carry_day == pytest.approx(12_000 * 0.30 / 360)
    # The fee rose by itself: the price of the week before is that of now.
    assert one.price_change_week == 0.0
    assert list(table.rising()) == []


def test_a_look_that_is_too_old_to_stand_is_no_week_ago():
    board = board_of()
    table = BorrowTable(board, history(board, every_day([0.36, 0.1]), week_ago=state("2023-01-20", [0.1, 0.1])))
    assert table.name(0).fee_change_week is None


def test_fee_up_and_price_up_needs_both_and_ranks_by_the_carry_that_was_added():
    board = board_of(
        prices=((10, 12), (20, 22), (10, 8), (10, 12)), shares=[(1_000, 500, 500, 500)] * 3, rises_on=DAYS[-1]
    )
    four = {"available": [1.0] * 4, "is_capped": [False] * 4}
    looks = [state(DAYS[-1], [0.20, 0.90, 0.9, 0.10], **four)]
    table = BorrowTable(board, history(board, looks))
    assert list(table.rising()) == []
    before = state("2023-02-02", [0.10, 0.10, 0.1, 0.10], **four)
    table = BorrowTable(board, history(board, looks, week_ago=before))
    # Two adds 11,000 × 0.8 a year, one 12,000 × 0.1; three's price fell, four's fee stood still.
    assert [str(board.market.symbols[column]) for column in table.rising()] == ["S001", "S000"]
    assert [str(board.market.symbols[column]) for column in table.hardest()] == ["S001", "S002", "S000", "S003"]


def test_gone_to_zero_tells_since_when_and_how_much_there_was_and_unknown_is_not_none():
    board = board_of()
    looks = [
        state("2023-02-01", [0.1, 0.1], [0.0, 700.0]),
        state("2023-02-02", [0.1, 0.1], [500.0, 0.0]),
        state("2023-02-03", [0.1, 0.1], [0.0, UNKNOWN]),
        state("2023-02-06", [0.1, 0.1], [UNKNOWN, 0.0]),
        state("2023-02-07", [0.1, 0.1], [0.0, UNKNOWN]),
    ]
    table = BorrowTable(board, history(board, looks))
    one, two = table.name(0), table.name(1)
    assert (one.none_since, one.available_before, one.available) == (date(2023, 2, 3), 500.0, 0.0)
    assert (two.none_since, two.available_before, two.available, two.is_capped) == (None, None, None, None)
    assert list(table.gone()) == [0]


def test_a_name_that_never_had_any_is_not_gone():
    board = board_of()
    table = BorrowTable(board, history(board, [state("2023-02-07", [0.1, 0.1], [0.0, 0.0])]))
    assert list(table.gone()) == []
    assert table.name(0).available == 0.0


def test_the_days_of_a_path_have_their_last_look_and_their_extremes_and_a_day_off_the_list_is_no_fee():
    stamps = ["2023-02-06T14:00", "2023-02-06T20:00", "2023-02-07T02:00", "2023-02-07T15:00", "2023-02-08T15:00"]
    known_at = np.array(stamps, "datetime64[us]")
    path = LoanPath(
        symbol="AAA", source="test", known_at=known_at, fetched_at=known_at,
        is_listed=np.array([True, True, True, False, True]), fee=np.array([0.1, 0.4, 0.3, UNKNOWN, 0.2]),
        available=np.array([50.0, 0.0, 20.0, UNKNOWN, 1e7]), is_capped=np.array([False] * 4 + [True]),
    )  # fmt: skip
    six, seven, eight = days_of(path)
    # Two in the morning UTC is nine in the evening of the 6th in New York.
    assert (six.day, six.looks, six.fee, six.lowest_fee, six.highest_fee) == (date(2023, 2, 6), 3, 0.3, 0.1, 0.4)
    assert (six.available, six.least_available, six.fee_change) == (20.0, 0.0, None)
    assert (seven.is_listed, seven.fee, seven.available, seven.lowest_fee) == (False, None, None, None)
    assert (eight.fee, eight.fee_change, eight.is_capped) == (0.2, None, True)


@settings(max_examples=25)
@given(st.data())
def test_carry_adds_up_over_names_and_tiers_and_what_is_unknown_is_in_no_sum(data):
    count = data.draw(st.integers(1, 6))
    some = st.floats(0.0, 5.0) | st.just(UNKNOWN)
    prices = [(data.draw(st.floats(1, 500)), data.draw(st.floats(1, 500))) for _ in range(count)]
    shares = data.draw(st.lists(st.integers(0, 10**6), min_size=count, max_size=count))
    board = board_of(prices, [shares] * 3, View(window=data.draw(st.sampled_from(["cycle", "30d", "ytd", "1d"]))))
    kinds = {"available": [1.0] * count, "is_capped": [False] * count}
    days = [day for day in DAYS if data.draw(st.booleans())] or [DAYS[-1]]
    looks = [state(day, data.draw(st.lists(some, min_size=count, max_size=count)), **kinds) for day in days]
    table = BorrowTable(board, history(board, looks))
    names = [table.name(column) for column in range(count)]
    total, tiers = table.total(), table.by_tier()
    for key in ("carry_day", "paid", "profit_covered", "net", "short_interest"):
        known = [value for one in names if (value := getattr(one, key)) is not None]
        said = getattr(total, key)
        if said is None:
            assert not any(known)
            continue
        # A scale of the terms, because gains and losses of millions may leave cents.
        slack = 1e-9 * (1 + sum(map(abs, known)))
        assert said == pytest.approx(sum(known), abs=slack)
        assert said == pytest.approx(sum(getattr(one, key) or 0.0 for one in tiers), abs=slack)
    for one in names:
        assert (one.net is None) == (not one.covered_ratio)
        assert (one.paid is None) == (not one.covered_ratio)
        if one.covered_ratio == 1.0:
            column = list(board.market.symbols).index(one.symbol)
            assert one.profit_covered == pytest.approx(board.profit[column], rel=1e-6, abs=1e-3)
