"""The user's own positions beside the crowd's: by hand, by a second path in plain Python, and what never changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from market_examples import listings_of, random_listings, splits_of

from shortside.board import Board, Desk
from shortside.doubts import Doubt, DoubtRule
from shortside.listings import Borrow, Listings
from shortside.market import market_of
from shortside.own.figures import OwnBook, OwnFigures, crowding_deciles, plain_prices
from shortside.own.names import OwnNames
from shortside.own.positions import NOT_PRICED, OwnPosition, placed_on
from shortside.own.remarks import remarks_on
from shortside.own.totals import totals_of
from shortside.positions import Knowledge, PositionsMethod
from shortside.view import View

VIEW = View(window="ytd", positions=PositionsMethod.STEP, knowledge=Knowledge.REVISED)


def day_of(listings: Listings, session: int) -> date:
    day: date = listings.sessions[session].astype(object)
    return day


def board_of(listings: Listings, view: View = VIEW, **options) -> Board:
    return Desk(market_of(listings, **options)).board(view)


def book_of(board: Board, *positions: OwnPosition, **options) -> OwnBook:
    column_of = {str(symbol): column for column, symbol in enumerate(board.market.symbols)}
    columns = np.array([column_of.get(one.symbol, NOT_PRICED) for one in positions], np.int64)
    return OwnBook(board, placed_on(board.market, positions, columns), **options)


def short(symbol: str, shares: float, price: float, day: date, line: int = 2) -> OwnPosition:
    return OwnPosition(symbol=symbol, shares=-shares, price=price, entry_date=day, line=line)


def hand_made(**changes) -> Listings:
    """Two names over six sessions, 3 to 10 January 2023; 1,000 and 500 shares of them are short all the time."""
    close = [[10.0, 50.0], [12.0, 50.0], [11.0, 40.0], [9.0, 40.0], [8.0, 44.0], [6.0, 40.0]]
    made: Listings = listings_of(close, [[1000.0, 500.0]], symbols=["AAA", "BBB"], **changes)
    return made


# -- by hand ----------------------------------------------------------------------------------------------------------


def test_a_short_and_the_crowd_on_the_same_days_by_hand():
    listings = hand_made()
    fee = Borrow(
        fee=np.array([0.25, np.nan]), available=np.full(2, np.nan), is_capped=np.zeros(2, bool),
        as_of=listings.sessions[-1], source="test",
    )  # fmt: skip
    board = board_of(replace(listings, borrow=fee))
    # Sold at 11.50 in the second session, whose close was 12; the last is 6, the one before 8.
    figures = book_of(board, short("AAA", 200, 11.5, day_of(listings, 1))).figures()
    assert figures.value[0] == -1200.0
    assert figures.profit[0] == pytest.approx(200 * (11.5 - 6.0))
    assert figures.profit_ratio[0] == pytest.approx(1100.0 / 2300.0)
    assert figures.profit_today[0] == pytest.approx(200 * (8.0 - 6.0))
    assert figures.profit_today_ratio[0] == pytest.approx(0.25)
    # 1,000 shares from the close before, 10, to 6; short interest was 10, 12, 11, 9, 8, 6 thousand.
    assert figures.crowd_profit[0] == pytest.approx(4000.0)
    assert figures.crowd_profit_ratio[0] == pytest.approx(4000.0 / (56_000.0 / 6))
    assert figures.crowd_profit_today[0] == pytest.approx(2000.0)
    assert figures.carry[0] == pytest.approx(-0.25 * 1200.0)
    assert figures.carry_ratio[0] == -0.25
    # A million shares a session, a tenth of them: 200 / 100,000.
    assert figures.exit_days[0] == pytest.approx(0.002)
    assert figures.short_interest_share[0] == pytest.approx(0.2)


def test_a_long_position_gains_when_the_price_does_and_has_no_fee_and_no_share_of_the_shorts():
    # 40 % a year is asked of who borrows BBB, which 500 shares are short of.
    fee = Borrow(
        fee=np.array([np.nan, 0.4]), available=np.full(2, np.nan), is_capped=np.zeros(2, bool),
        as_of=hand_made().sessions[-1], source="test",
    )  # fmt: skip
    listings = replace(hand_made(), borrow=fee)
    held = OwnPosition(symbol="BBB", shares=10.0, price=39.0, entry_date=day_of(listings, 3), line=2)
    figures = book_of(board_of(listings), held).figures()
    assert (figures.value[0], figures.profit[0], figures.profit_today[0]) == (400.0, pytest.approx(10.0), -40.0)
    assert np.isnan([figures.carry[0], figures.carry_ratio[0], figures.short_interest_share[0]]).all()


def test_a_position_entered_in_the_last_session_made_today_what_it_made_at_all():
    listings = hand_made()
    figures = book_of(board_of(listings), short("AAA", 100, 7.0, day_of(listings, 5))).figures()
    assert figures.profit[0] == figures.profit_today[0] == pytest.approx(100.0)
    assert figures.profit_today_ratio[0] == pytest.approx(1 / 7)


def test_a_reverse_split_between_entry_and_now_is_applied_to_shares_and_price():
    # One for ten at the fourth session: closes printed before it are a tenth of those after.
    raw = [[1.0], [1.2], [1.1], [9.0], [8.0], [6.0]]
    listings = listings_of(raw, [[10_000.0]], symbols=["AAA"])
    listings = replace(listings, splits=splits_of(listings.sessions, [(0, 3, 10.0)]))
    before, on_the_day = (
        book_of(board_of(listings), short("AAA", shares, price, day_of(listings, session)))
        for shares, price, session in ((1000.0, 1.15, 1), (100.0, 9.5, 3))
    )
    assert (before.placed.shares[0], before.placed.entry_price[0]) == (-100.0, pytest.approx(11.5))
    assert before.figures().profit[0] == pytest.approx(100 * (11.5 - 6.0))
    # Whoever sold on the ex-date sold new shares.
    assert on_the_day.placed.shares[0] == -100.0
    assert on_the_day.figures().profit[0] == pytest.approx(350.0)


def distributing(listings: Listings, session: int, multiple: float) -> Listings:
    doubt = Doubt(
        symbol="AAA", rule=DoubtRule.DISTRIBUTION, session=listings.sessions[session], evidence="", multiple=multiple
    )
    return replace(listings, doubts=(doubt,))


def test_a_distribution_is_charged_to_a_short_and_to_the_crowd_and_credited_to_a_long_position():
    # A quarter of 12 is distributed at the third session: 3 a share.
    listings = distributing(hand_made(), 2, 0.75)
    held = OwnPosition(symbol="AAA", shares=100.0, price=11.5, entry_date=day_of(listings, 1), line=3)
    sold = short("AAA", 100, 11.5, day_of(listings, 1))
    figures = book_of(board_of(listings), sold, held).figures()
    assert figures.distributed.tolist() == [-300.0, 300.0]
    assert figures.profit.tolist() == pytest.approx([100 * (11.5 - 6) - 300, -100 * (11.5 - 6) + 300])
    assert figures.crowd_distributed[0] == -3000.0
    assert figures.crowd_profit[0] == pytest.approx(4000.0 - 3000.0)


def test_who_sells_on_the_day_of_a_distribution_owes_nothing_of_it():
    listings = distributing(hand_made(), 2, 0.75)
    figures = book_of(board_of(listings), short("AAA", 100, 11.0, day_of(listings, 2))).figures()
    assert (figures.distributed[0], figures.profit[0]) == (0.0, pytest.approx(500.0))


def test_a_distribution_of_the_last_session_is_charged_today():
    listings = distributing(hand_made(), 5, 0.75)
    figures = book_of(board_of(listings), short("AAA", 100, 11.0, day_of(listings, 2))).figures()
    assert figures.profit_today[0] == pytest.approx(100 * (8 - 6) - 200)
    assert figures.crowd_profit_today[0] == pytest.approx(1000 * (8 - 6) - 2000)


# -- what is not known ------------------------------------------------------------------------------------------------


def unknown_of(figures: OwnFigures, row: int = 0) -> set[str]:
    names = ("price", "value", "profit", "profit_today", "crowd_profit", "carry", "exit_days", "short_interest_share")
    return {name for name in names if np.isnan(getattr(figures, name)[row])}


def test_a_name_without_a_price_is_unknown_and_counted_and_never_zero():
    listings = hand_made()
    book = book_of(board_of(listings), short("NOPE", 10, 3, day_of(listings, 1)))
    figures = book.figures()
    assert unknown_of(figures) >= {"price", "value", "profit", "profit_today", "crowd_profit", "exit_days"}
    totals = totals_of(book, figures)
    assert (totals.without_price, totals.profit_unknown, totals.shorts) == (1, 1, 1)
    assert np.isnan([totals.gross, totals.net, totals.profit, totals.profit_today, totals.carry]).all()
    assert totals.by_tier == totals.by_decile == ()
    assert remarks_on(book, figures, 0) == ("no price of NOPE here, so nothing is known of it",)


def test_a_name_that_stopped_trading_has_what_it_made_and_no_value_today():
    close = np.full((20, 1), 10.0)
    close[5] = 4.0
    close[6:] = np.nan
    listings = listings_of(close, [[1000.0]], symbols=["AAA"])
    book = book_of(board_of(listings), short("AAA", 100, 11.0, day_of(listings, 2)))
    figures = book.figures()
    assert figures.profit[0] == pytest.approx(700.0)
    assert figures.crowd_profit[0] == pytest.approx(6000.0)
    assert unknown_of(figures) == {"value", "profit_today", "carry", "exit_days", "short_interest_share"}
    totals = totals_of(book, figures)
    assert totals.ended == 1
    assert totals.profit == pytest.approx(700.0)
    assert np.isnan(totals.gross)
    assert "stopped trading on 2023-01-10" in remarks_on(book, figures, 0)[0]


def test_a_position_entered_after_the_last_price_has_made_nothing_that_is_known():
    listings = hand_made()
    book = book_of(board_of(listings), short("AAA", 100, 7.0, day_of(listings, 5) + timedelta(days=1)))
    figures = book.figures()
    assert unknown_of(figures) >= {"profit", "profit_today", "crowd_profit"}
    assert figures.value[0] == -600.0
    assert "no price since it was entered on 2023-01-11" in remarks_on(book, figures, 0)[0]


def test_a_position_entered_before_the_first_price_of_its_name_may_be_another_company():
    close = np.array([[np.nan], [np.nan], [11.0], [9.0], [8.0], [6.0]])
    listings = listings_of(close, [[1000.0]], symbols=["AAA"], settlements=np.array(["2022-12-30"], "datetime64[D]"))
    book = book_of(board_of(listings), short("AAA", 100, 7.0, day_of(listings, 0)))
    figures = book.figures()
    assert unknown_of(figures) >= {"profit", "crowd_profit"}
    assert figures.profit_today[0] == pytest.approx(200.0)
    assert "before its first price here, of 2023-01-05" in remarks_on(book, figures, 0)[0]


def test_what_the_crowd_made_is_unknown_where_its_shares_are_known_only_later():
    close = np.linspace(20.0, 10.0, 12)[:, None]
    listings = listings_of(close, [[1000.0]], symbols=["AAA"], settlements=np.array(["2023-01-13"], "datetime64[D]"))
    book = book_of(board_of(listings), short("AAA", 100, 11.0, day_of(listings, 1)))
    figures = book.figures()
    assert unknown_of(figures) == {"crowd_profit", "carry"}
    assert "shares short are known from 2023-01-13 on" in remarks_on(book, figures, 0)[0]


def test_a_fee_that_is_not_known_is_said_where_others_are():
    listings = hand_made()
    fee = Borrow(
        fee=np.array([0.25, np.nan]), available=np.full(2, np.nan), is_capped=np.zeros(2, bool),
        as_of=listings.sessions[-1], source="test",
    )  # fmt: skip
    day = day_of(listings, 1)
    book = book_of(board_of(replace(listings, borrow=fee)), short("AAA", 1, 10, day), short("BBB", 1, 50, day))
    figures = book.figures()
    assert [remarks_on(book, figures, row) for row in (0, 1)] == [(), ("no borrow fee is known",)]
    totals = totals_of(book, figures)
    assert totals.carry == pytest.approx(-1.5)
    assert totals.carry_unknown == 1


# -- sums -------------------------------------------------------------------------------------------------------------


def test_sums_count_longs_in_gross_net_and_profit_and_not_among_the_shorts():
    listings = hand_made()
    day = day_of(listings, 1)
    held = OwnPosition(symbol="BBB", shares=20.0, price=45.0, entry_date=day, line=3)
    book = book_of(board_of(listings), short("AAA", 100, 10, day), held, short("NOPE", 1, 1, day))
    totals = totals_of(book, book.figures())
    assert (totals.shorts, totals.longs, totals.names) == (2, 1, 3)
    assert (totals.short_dollars, totals.long_dollars, totals.gross, totals.net) == (600.0, 800.0, 1400.0, 200.0)
    assert totals.profit == pytest.approx(400.0 - 100.0)
    assert totals.profit_ratio == pytest.approx(300.0 / 1900.0)
    assert [(one.dollars, one.share) for one in totals.by_tier] == [(600.0, 1.0)]
    assert sum(one.dollars for one in totals.by_decile) == 600.0


def test_the_tenth_decile_is_the_most_crowded_tenth_of_the_names():
    score = np.append(np.arange(100.0), np.nan)
    deciles = crowding_deciles(score)
    assert deciles[[0, 9, 50, 89, 90, 99]].tolist() == [1.0, 1.0, 6.0, 9.0, 10.0, 10.0]
    assert np.isnan(deciles[-1])


def test_a_close_kept_in_four_bytes_is_taken_as_it_was_printed_and_a_live_quote_as_it_is():
    closes = np.array([31.78, 0.1234, 552410.0, 1234.56, np.nan, 0.0]).astype(np.float32).astype(np.float64)
    assert plain_prices(closes)[:4].tolist() == [31.78, 0.1234, 552410.0, 1234.56]
    assert np.isnan(plain_prices(closes)[4])
    assert plain_prices(np.array([31.780000000001]))[0] == 31.780000000001


# -- a second path, and what never changes ----------------------------------------------------------------------------


@st.composite
def entered(draw) -> tuple[Listings, OwnPosition, int]:
    """A random market, a position in one of its names entered while that had a price, and the name's column."""
    listings = draw(random_listings())
    column = draw(st.integers(0, listings.shape[1] - 1))
    priced = np.flatnonzero(np.isfinite(listings.close[:, column]))
    session = int(draw(st.sampled_from(priced.tolist())))
    shares = draw(st.sampled_from([-1.0, 1.0])) * draw(st.integers(1, 10**6))
    price = draw(st.floats(0.5, 1.5)) * float(listings.close[session, column])
    symbol = str(listings.symbols[column])
    day = day_of(listings, session)
    return listings, OwnPosition(symbol=symbol, shares=shares, price=price, entry_date=day, line=2), column


def profit_in_plain_python(listings: Listings, position: OwnPosition, column: int) -> float:
    """Hold the position day by day on each day's own basis: a split changes the shares held, the last close marks."""
    factor_on = {
        day.astype(object): float(factor)
        for day, of, factor in zip(
            listings.splits.ex_date, listings.splits.column, listings.splits.price_factor, strict=True
        )
        if of == column
    }
    held, last = position.shares, float("nan")
    for row, session in enumerate(listings.sessions.tolist()):
        if session > position.entry_date and session in factor_on:
            held /= factor_on[session]
            last *= factor_on[session]
        if np.isfinite(listings.close[row, column]):
            last = float(listings.close[row, column])
    return held * last - position.shares * position.price


@given(entered())
def test_profit_since_entry_is_that_of_holding_the_position_day_by_day(drawn):
    listings, position, column = drawn
    board = board_of(listings)
    figures = book_of(board, position).figures()
    expected = profit_in_plain_python(listings, position, column)
    worth = abs(expected) + abs(position.shares) * position.price
    assert figures.profit[0] == pytest.approx(expected, abs=2e-6 * worth)
    assert figures.profit_ratio[0] * abs(position.shares) * position.price == pytest.approx(figures.profit[0])


@settings(max_examples=50)
@given(entered(), st.sampled_from(list(PositionsMethod)))
def test_the_crowd_made_what_the_window_since_the_day_of_entry_says(drawn, method):
    listings, position, column = drawn
    view = View(window=f"since:{position.entry_date}", positions=method, knowledge=Knowledge.REVISED)
    board = board_of(listings, view)
    figures = book_of(board, position).figures()
    if np.isnan(figures.crowd_profit[0]):
        # Unknown is only what the window itself cannot begin with, or what nobody reported.
        reported = np.isfinite(listings.shares_short[:, column]).any()
        assert board.window.is_cut or not reported or board.book.positions.entry[column] >= len(listings.sessions)
        return
    assert not board.window.is_cut
    size = 1.0 + float(board.short_interest_total[column])
    assert figures.crowd_profit[0] == pytest.approx(float(board.profit[column]), abs=1e-6 * size)
    ratio = float(board.profit_ratio[column])
    assert figures.crowd_profit_ratio[0] == pytest.approx(ratio, abs=1e-6, nan_ok=True)


@settings(max_examples=50)
@given(entered(), st.data())
def test_a_split_between_entry_and_now_changes_no_dollar(drawn, data):
    listings, position, column = drawn
    session = int(np.searchsorted(listings.sessions, np.datetime64(position.entry_date)))
    assume(session < len(listings.sessions) - 1)
    row = data.draw(st.integers(session + 1, len(listings.sessions) - 1))
    factor = data.draw(st.sampled_from([0.1, 0.5, 2.0, 10.0]))
    close = listings.close.astype(np.float64)
    # A market that never split, and one whose shares were exchanged on the day of `row`.
    without = replace(listings, splits=splits_of(listings.sessions, []))
    printed = close.copy()
    printed[:row, column] /= factor
    shares = listings.shares_short.copy()
    shares[listings.settlements < listings.sessions[row], column] *= factor
    split = replace(
        without,
        close=printed.astype(np.float32),
        shares_short=shares,
        splits=splits_of(listings.sessions, [(column, row, factor)]),
    )
    exchanged = replace(position, shares=position.shares * factor, price=position.price / factor)
    one, other = book_of(board_of(without), position), book_of(board_of(split), exchanged)
    before, after = one.figures(), other.figures()
    worth = abs(position.shares) * (position.price + float(np.nanmax(close[:, column])))
    for name in ("value", "profit", "profit_today"):
        was, now = getattr(before, name)[0], getattr(after, name)[0]
        assert now == pytest.approx(was, abs=2e-6 * worth, nan_ok=True), name
    assert other.placed.cost[0] == pytest.approx(one.placed.cost[0])


DOLLARS = ("value", "profit", "profit_today", "carry", "exit_days", "short_interest_share")


@settings(max_examples=25)
@given(entered(), st.floats(0.01, 100))
def test_more_shares_are_more_dollars_and_the_same_fractions(drawn, times):
    listings, position, _ = drawn
    board = board_of(listings)
    one, more = (
        book_of(board, held).figures() for held in (position, replace(position, shares=position.shares * times))
    )
    for name in DOLLARS:
        assert getattr(more, name)[0] == pytest.approx(getattr(one, name)[0] * times, rel=1e-9, nan_ok=True), name
    for name in ("profit_ratio", "profit_today_ratio", "carry_ratio", "crowd_profit", "crowd_profit_ratio", "squeeze"):
        assert getattr(more, name)[0] == pytest.approx(getattr(one, name)[0], rel=1e-9, nan_ok=True), name


@settings(max_examples=25)
@given(entered(), st.floats(0.1, 0.9), st.floats(0.5, 2))
def test_two_rows_are_one_with_their_shares_and_dollars_together(drawn, part, dearer):
    listings, position, _ = drawn
    board = board_of(listings)
    first = replace(position, shares=position.shares * part)
    second = replace(position, shares=position.shares * (1 - part), price=position.price * dearer, line=3)
    paid = abs(first.shares) * first.price + abs(second.shares) * second.price
    one = book_of(board, replace(position, price=paid / abs(position.shares)))
    two = book_of(board, first, second)
    whole, parts = one.figures(), two.figures()
    for name in DOLLARS:
        expected = getattr(whole, name)[0]
        assert getattr(parts, name).sum() == pytest.approx(expected, rel=1e-7, abs=1e-7 * paid, nan_ok=True), name
    assert totals_of(two, parts).profit_ratio == pytest.approx(
        totals_of(one, whole).profit_ratio, rel=1e-6, abs=1e-9, nan_ok=True
    )


@settings(max_examples=25)
@given(entered(), st.floats(0.5, 2))
def test_a_tick_gives_what_a_book_made_anew_gives(drawn, times):
    listings, position, column = drawn
    board = board_of(listings)
    book = book_of(board, position)
    board.tick(np.array([column]), board.book.price[[column]] * times)
    ticked, anew = book.figures(), book_of(board, position).figures()
    for name in (*DOLLARS, "price", "crowd_profit", "crowd_profit_ratio", "crowd_profit_today"):
        assert getattr(ticked, name)[0] == pytest.approx(getattr(anew, name)[0], nan_ok=True), name
    assert ticked.price[0] == pytest.approx(board.book.price[column], rel=1e-6)


# -- a name's rows together -------------------------------------------------------------------------------------------


def test_the_rows_of_a_name_are_one_position_with_their_dollars_net_by_hand():
    listings = hand_made()
    early, late = day_of(listings, 1), day_of(listings, 3)
    hedge = OwnPosition(symbol="AAA", shares=50.0, price=9.0, entry_date=late, account="hedge", line=4)
    rows = (short("AAA", 100, 11.5, late), short("BBB", 10, 50, early, 3), hedge, short("AAA", 150, 10.0, early, 5))
    book = book_of(board_of(listings), *rows)
    names = OwnNames(book)
    figures = names.figures()
    # AAA last, 6, after 8: 100 at 11.50 and 150 at 10 short, 50 at 9 long.
    assert [one.symbol for one in names.placed.positions] == ["AAA", "BBB"]
    assert names.placed.shares.tolist() == [-200.0, -10.0]
    assert names.placed.entry_price[0] == pytest.approx((1150 + 1500 + 450) / 300)
    assert names.placed.positions[0].entry_date == early
    assert names.placed.positions[0].account == "2 accounts"
    assert figures.value[0] == -1200.0
    assert figures.profit[0] == pytest.approx(550 + 600 - 150)
    assert figures.profit_ratio[0] == pytest.approx(1000 / 3100)
    assert figures.profit_today[0] == pytest.approx(2 * (100 + 150 - 50))
    assert figures.profit_today_ratio[0] == pytest.approx(400 / (8 * 300))
    assert figures.exit_days[0] == pytest.approx(0.002)
    assert figures.short_interest_share[0] == pytest.approx(0.2)
    # Since the first of the rows was entered.
    assert figures.crowd_profit[0] == pytest.approx(4000.0)


@settings(max_examples=25)
@given(entered(), st.lists(st.floats(-2, 2).filter(lambda part: abs(part) > 0.01), min_size=1, max_size=4))
def test_names_made_together_what_their_rows_made(drawn, parts):
    listings, position, _ = drawn
    board = board_of(listings)
    rows = [replace(position, shares=position.shares * part, line=line) for line, part in enumerate(parts, 2)]
    book = book_of(board, *rows, short("NOPE", 1, 1, position.entry_date, 9))
    names = OwnNames(book)
    whole, each = names.figures(), book.figures()
    assert len(whole.profit) == 2
    paid = sum(abs(row.shares) * row.price for row in rows)
    for name in ("value", "profit", "profit_today", "distributed"):
        expected = getattr(each, name)[:-1].sum()
        assert getattr(whole, name)[0] == pytest.approx(expected, abs=1e-9 * paid, nan_ok=True), name
    assert np.isnan([whole.profit[1], whole.value[1], whole.exit_days[1]]).all()
    if len(rows) == 1:
        for name in (*DOLLARS, "profit_ratio", "carry_ratio", "crowd_profit_ratio", "price", "squeeze"):
            assert getattr(whole, name)[0] == pytest.approx(getattr(each, name)[0], nan_ok=True), name
