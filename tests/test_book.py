"""The Book holds the identity, adds up over windows, and moves with a tick exactly as if built anew."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from market_examples import listings_of, random_listings

from shortside.board import Desk
from shortside.book import Book, Sums
from shortside.market import market_of
from shortside.positions import Knowledge, PositionsMethod, positions_of
from shortside.view import View
from shortside.windows import Window, window_of

METHODS = st.sampled_from(list(PositionsMethod))


def book_of(listings, method=PositionsMethod.LINEAR, knowledge=Knowledge.REVISED):
    market = market_of(listings)
    return Book(market, positions_of(market, method, knowledge))


def span(book, start, end):
    sessions = book.market.sessions
    return Window(
        name="test",
        start=start,
        end=end,
        start_date=sessions[start].astype(object),
        end_date=sessions[end].astype(object),
    )


def day_by_day(book):
    """The definition: Q and P of every session, T × N, in float64."""
    total = len(book.market.sessions)
    shares = np.stack([book.positions.at(session) for session in range(total)])
    prices = book.market.close.astype(np.float64).copy()
    prices[-1] = book.price
    return shares, prices


@given(random_listings(), METHODS, st.data())
def test_window_sums_equal_the_definition_day_by_day(listings, method, data):
    book = book_of(listings, method)
    shares, prices = day_by_day(book)
    last = len(prices) - 1
    start = data.draw(st.integers(0, last))
    end = data.draw(st.integers(start, last))
    sums = book.window(span(book, start, end))
    profit = -(shares[start:end] * np.diff(prices[start : end + 1], axis=0)).sum(axis=0)
    moved = np.diff(shares[start : end + 1], axis=0)
    moved[np.arange(start + 1, end + 1)[:, None] == book.appeared_at] = 0.0
    new_short = (moved * prices[start + 1 : end + 1]).sum(axis=0)
    gross = np.maximum((shares * prices).max(axis=0), 1.0) * len(prices)
    assert np.all(np.abs(sums.profit - profit) <= 1e-12 * gross)
    assert np.all(np.abs(sums.new_short - new_short) <= 1e-12 * gross)
    assert np.all(np.abs(sums.short_interest - (shares * prices)[start + 1 : end + 1].sum(axis=0)) <= 1e-12 * gross)


@given(random_listings(), METHODS, st.data())
def test_short_interest_changes_by_new_shorts_less_profit_and_by_what_turned_up_per_name(listings, method, data):
    book = book_of(listings, method)
    last = len(book.market.sessions) - 1
    start = data.draw(st.integers(0, last))
    end = data.draw(st.integers(start, last))
    sums = book.window(span(book, start, end))
    appeared = book.appeared(span(book, start, end))
    change = book.short_interest_at(end) - book.short_interest_at(start)
    gross = np.maximum(book.short_interest_at(end) + book.short_interest_at(start) + sums.short_interest, 1.0)
    assert np.all(np.abs(change - (sums.new_short - sums.profit + appeared)) <= 1e-9 * gross)


@given(random_listings(), METHODS, st.data())
def test_neighbouring_windows_add_up(listings, method, data):
    book = book_of(listings, method)
    last = len(book.market.sessions) - 1
    first, middle, end = sorted(data.draw(st.tuples(*[st.integers(0, last)] * 3)))
    whole = book.window(span(book, first, end))
    parts = book.window(span(book, first, middle)) + book.window(span(book, middle, end))
    scale = np.maximum(np.abs(whole.short_interest), 1.0)
    for field in ("profit", "new_short", "short_interest"):
        assert np.all(np.abs(getattr(whole, field) - getattr(parts, field)) <= 1e-9 * scale)


@given(random_listings(), st.data())
def test_any_one_way_path_of_shares_stays_within_the_band(listings, data):
    book = book_of(listings)
    last = len(book.market.sessions) - 1
    start = data.draw(st.integers(0, last))
    sums = book.window(span(book, start, last))
    slack = 1e-9 * np.maximum(sums.short_interest, 1.0)
    assert np.all(sums.profit_low <= sums.profit + slack)
    assert np.all(sums.profit <= sums.profit_high + slack)


def test_the_band_of_one_interval_is_the_formula_of_summation_by_parts():
    # Settlements 30 Dec (before the first session) and 13 Jan; shares rise from 100 to 300 along 10, 12, 9, 11.
    close = np.array([[10.0], [12.0], [9.0], [11.0], [11.0], [11.0], [11.0], [11.0], [11.0], [11.0]])
    book = book_of(listings_of(close, [[100.0], [300.0]]))
    sums = book.closed_part(span(book, 0, 8))
    first, last, low, high = 10.0, 11.0, 9.0, 12.0
    assert sums.profit_low[0] == pytest.approx(100 * (first - last) + 200 * (low - last))
    assert sums.profit_high[0] == pytest.approx(100 * (first - last) + 200 * (high - last))


def test_a_worked_example_by_hand():
    # One name, held at 100 shares: the price goes 10 → 12 → 9. The short loses 200, then makes 300.
    book = book_of(listings_of([[10.0], [12.0], [9.0]], [[100.0]]))
    sums = book.window(window_of("since:2023-01-04", book.market.sessions))
    assert sums.profit[0] == pytest.approx(-200.0 + 300.0)
    assert sums.new_short[0] == 0.0
    assert book.short_interest[0] == pytest.approx(900.0)


@given(random_listings(), METHODS, st.data())
def test_a_tick_leaves_the_same_figures_as_building_anew(listings, method, data):
    book = book_of(listings, method)
    random = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    count = len(book.market.symbols)
    for _ in range(3):
        moved = np.flatnonzero(random.random(count) < 0.5)
        book.tick(moved, book.price[moved] * random.uniform(0.8, 1.2, len(moved)))
    close = book.market.close.astype(np.float64)
    close[-1] = book.price
    rebuilt = Book(replace(book.market, close=close), book.positions)
    window = span(book, 0, len(close) - 1)
    for field in ("profit", "new_short", "short_interest", "profit_low", "profit_high"):
        ticked, anew = getattr(book.window(window), field), getattr(rebuilt.window(window), field)
        assert np.allclose(ticked, anew, rtol=1e-12, atol=1e-6)


@given(random_listings(with_splits=False), METHODS, st.data())
def test_restating_for_a_split_changes_no_dollar_figure(listings, method, data):
    """A two-for-one on any day, prices halved and later positions doubled, leaves every dollar where it was."""
    plain = book_of(listings, method)
    total = len(listings.sessions)
    row = data.draw(st.integers(1, total - 1))
    column = data.draw(st.integers(0, len(listings.symbols) - 1))
    close, shares = listings.close.copy(), listings.shares_short.copy()
    close[row:, column] /= 2
    shares[listings.settlements >= listings.sessions[row], column] *= 2
    days = np.array([listings.sessions[row]], "datetime64[D]")
    event = replace(
        listings.splits,
        column=np.array([column]),
        ex_date=days,
        price_factor=np.array([0.5]),
        shares_before=np.array([np.nan]),
        shares_after=np.array([np.nan]),
        shares_corrected_on=days,
    )
    split = book_of(replace(listings, close=close, shares_short=shares, splits=event), method)
    window = span(plain, 0, total - 1)
    for field in ("profit", "new_short", "short_interest"):
        assert np.allclose(
            getattr(plain.window(window), field), getattr(split.window(window), field), rtol=1e-9, atol=1e-6
        )
    assert np.allclose(plain.short_interest, split.short_interest, rtol=1e-12)


def test_a_name_that_stops_trading_ends_at_its_last_price_and_never_becomes_zero():
    close = np.full((20, 2), 10.0)
    close[8:, 0] = np.nan
    close[7, 0] = 4.0
    book = book_of(listings_of(close, [[100.0, 100.0]]))
    sums = book.window(span(book, 0, 19))
    assert sums.profit[0] == pytest.approx(100 * (10 - 4))
    assert book.short_interest[0] == 0.0
    assert sums.new_short[0] == pytest.approx(-100 * 4.0), "the position leaves as covering at the last price"


def test_a_name_first_reported_within_the_window_arrives_as_new_short_dollars():
    close = np.full((20, 1), 10.0)
    book = book_of(listings_of(close, [[np.nan], [50.0]]))
    sums = book.window(span(book, 0, 19))
    assert sums.new_short[0] == pytest.approx(500.0)
    assert sums.profit[0] == 0.0
    assert not book.has_appeared(span(book, 0, 19)).any()


# Sessions from 3 January 2023; settlements 30 December, 13 January (index 8), 31 January (index 19).


def begun_late(first_price, shares, previous=np.nan):
    """One name at 10 USD from a session on, beside one that was always there, by what is reported of it."""
    close = np.full((22, 2), 10.0)
    close[:first_price, 0] = np.nan
    listings = listings_of(close, [[one, 100.0] for one in shares])
    before = listings.shares_short_previous.copy()
    before[int(np.isfinite(shares).argmax()), 0] = previous
    return book_of(replace(listings, shares_short_previous=before))


@pytest.mark.parametrize(
    ("first_price", "shares", "turns_up_at"),
    [(5, [50.0, 50.0, 50.0], 5), (12, [np.nan, 50.0, 50.0], 12), (21, [50.0, 50.0, 50.0], 21)],
    ids=["before any settlement", "after its first report", "today"],
)
def test_a_position_whose_prices_begin_within_the_window_is_not_new(first_price, shares, turns_up_at):
    book = begun_late(first_price, shares)
    whole = span(book, 0, 21)
    assert book.window(whole).new_short[0] == 0.0
    assert book.appeared_at[0] == turns_up_at
    assert book.appeared(whole).tolist() == [500.0, 0.0]
    assert book.has_appeared(whole).tolist() == [True, False]
    later = span(book, turns_up_at, 21)
    assert not book.has_appeared(later).any(), "P&L starts at that close: nothing turns up after it"


def test_what_is_sold_short_after_the_first_close_is_new():
    # 50 shares until 13 January, then a line to 160 on the 31st: ten more a session.
    book = begun_late(12, [50.0, 50.0, 160.0])
    assert book.appeared(span(book, 0, 19))[0] == pytest.approx(90 * 10.0)
    assert book.window(span(book, 0, 19)).new_short[0] == pytest.approx(70 * 10.0)


@pytest.mark.parametrize(("previous", "is_new"), [(0.0, True), (np.nan, True), (40.0, False)])
def test_a_first_report_is_new_unless_finra_names_a_position_before_it(previous, is_new):
    book = begun_late(3, [np.nan, 50.0, 50.0], previous)
    assert book.window(span(book, 0, 21)).new_short[0] == (500.0 if is_new else 0.0)
    assert book.has_appeared(span(book, 0, 21))[0] != is_new


def test_before_the_first_settlement_there_is_nobody_to_say_what_is_new():
    close = np.full((22, 1), 10.0)
    listings = listings_of(close, [[50.0], [60.0]], settlements=np.array(["2023-01-13", "2023-01-31"], "datetime64[D]"))
    book = book_of(listings)
    assert book.window(span(book, 0, 21)).new_short[0] == pytest.approx(100.0)
    assert book.appeared(span(book, 0, 21))[0] == 500.0


@settings(max_examples=40)
@given(random_listings(), st.permutations([(m, k) for m in PositionsMethod for k in Knowledge]))
def test_a_book_that_takes_over_the_sums_of_others_is_the_one_made_alone(listings, kinds):
    market = market_of(listings)
    others: list[Book] = []
    for method, knowledge in kinds:
        positions = positions_of(market, method, knowledge)
        alone, beside = Book(market, positions), Book(market, positions, tuple(others))
        others.append(beside)
        assert alone.breaks.tolist() == beside.breaks.tolist()
        for place in range(len(alone.breaks) - 1):
            for field in fields(Sums):
                ours, theirs = (getattr(book.interval(place), field.name) for book in (alone, beside))
                np.testing.assert_array_equal(ours, theirs)


def test_a_book_of_what_was_known_shares_what_hindsight_does_not_change():
    rng = np.random.default_rng(4)
    close = rng.uniform(5.0, 50.0, (240, 30))
    market = market_of(listings_of(close, rng.integers(1_000, 9_000, (24, 30))))
    known = Book(market, positions_of(market, knowledge=Knowledge.AS_KNOWN))
    hindsight = Book(market, positions_of(market, knowledge=Knowledge.REVISED), (known,))
    intervals = range(min(len(known.breaks), len(hindsight.breaks)) - 1)
    shared = [known.interval(place) is hindsight.interval(place) for place in intervals]
    # The last settlement known then is followed by one that came out later, so what lies after it is another line.
    assert shared == [True] * sum(shared) + [False] * (len(shared) - sum(shared))
    assert sum(shared) >= len(hindsight.breaks) - 4


def test_a_desk_keeps_one_book_where_hindsight_is_what_was_known():
    view = View(window="1m", positions=PositionsMethod.LINEAR, knowledge=Knowledge.AS_KNOWN)
    close = np.full((40, 3), 10.0)
    same, later = (listings_of(close, np.full((count, 3), 50.0)) for count in (2, 5))
    for listings, is_one in ((same, True), (later, False)):
        desk = Desk(market_of(listings))
        assert (desk.book(view) is desk.book(view.next_knowledge())) == is_one
        held = desk.book(view.next_positions()).positions
        assert held.method is PositionsMethod.STEP
        assert held.shares is desk.book(view).positions.shares, "the same figures are in memory once"
