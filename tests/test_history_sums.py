"""The sums of a history: by hand, as the Book has them, and the same however names are dealt out."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from market_examples import listings_of, random_listings

from shortside.book import Book
from shortside.market import market_of
from shortside.positions import Knowledge, PositionsMethod, positions_of
from shortside.sessions import session_days
from shortside.tiers import TierBasis, TierScheme
from shortside.universe import STOCK_KINDS
from shortside.windows import Window
from shortside.world.exact_dollars import ExactDollars
from shortside.world.periods import Every, Period, periods_of
from shortside.world.shards import MarketShards, Plan, Shard
from shortside.world.sums import MEASURES, shard_sums, summed_shards

TIERS = TierScheme()


def three_names() -> tuple[Shard, Plan]:
    """Two months of two sessions each, after a first close; settlements at both ends, shares on a line between them.

    Name 0 is held at 100 shares. Of name 1 a hundred more are sold short each session. Name 2 ends at session 1.
    """
    shard = Shard(
        close=np.array([[10, 5, 20], [9, 5, 22], [8, 5, 22], [8, 5, 22], [9, 6, 22]], np.float32),
        knot_shares=np.array([[100.0, 0, 50], [100, 400, 50]]),
        is_reported=np.ones((2, 3), bool),
        entry=np.array([0, 0, 0]),
        exit=np.array([4, 4, 1]),
        appeared_at=np.array([9, 9, 9]),
        first_priced=np.array([0, 0, 0]),
        last_priced=np.array([4, 4, 1]),
        included=np.ones(3, bool),
        groups=np.array([[0, 1, 0], [0, 1, 0]]),
    )
    plan = Plan(spans=np.array([[0, 2], [2, 4]]), knots=np.array([0, 4]), method=PositionsMethod.LINEAR, groups=2)
    return shard, plan


def test_two_months_of_three_names_add_up_as_by_hand():
    sums = shard_sums(*three_names()).dollars
    of = {measure: sums[:, place].tolist() for place, measure in enumerate(MEASURES)}
    # P&L: 100 × (10 − 8) − 50 × (22 − 20) = 100, then 100 × (8 − 9) = −100; of name 1 nothing, then 300 × (5 − 6).
    assert of["profit"] == [[100, 0], [-100, -300]]
    # Name 1: twice 100 × 5, then 100 × 5 + 100 × 6. That name 2 ended is no covering... of 50 × 22 at its last price.
    assert of["new_short"] == [[-1100, 1000], [0, 1100]]
    assert of["short_interest_start"] == [[2000, 0], [800, 1000]]
    assert of["short_interest_end"] == [[800, 1000], [900, 2400]]
    # (1000 + 900 + 800) / 3 and (1000 + 1100 + 0) / 3; (0 + 500 + 1000) / 3. Then (800 + 800 + 900) / 3 and
    # (1000 + 1500 + 2400) / 3.
    assert of["average_short_interest"] == [
        [pytest.approx(1600), 500],
        [pytest.approx(2500 / 3), pytest.approx(4900 / 3)],
    ]
    assert of["names"] == [[2, 1], [1, 1]]
    assert of["gaining"] == [[1, 0], [0, 0]]
    assert of["losing"] == [[1, 0], [1, 1]]
    assert of["gaining_dollars"] == [[900, 0], [0, 0]]


def test_a_name_that_is_reported_without_a_price_is_left_out_at_its_last_one():
    shard, plan = three_names()
    sums = shard_sums(shard, plan).dollars[1, :, 0]
    of = dict(zip(MEASURES, sums.tolist(), strict=True))
    assert (of["left_out_names"], of["left_out_unvalued"], of["left_out_dollars"]) == (1, 0, 50 * 22)


def test_a_name_that_has_no_price_yet_is_left_out_without_dollars():
    # Listed in the second of two months, and reported in the first: nobody knows what those shares were worth.
    close = np.full((41, 2), 10.0)
    close[:22, 1] = np.nan
    market = market_of(listings_of(close, np.full((4, 2), 1000.0)))
    positions = positions_of(market, PositionsMethod.LINEAR, Knowledge.REVISED)
    periods = periods_of(market.sessions, positions.knots, Every.MONTH, None, None)
    shards = MarketShards(market, positions, STOCK_KINDS, None, TIERS, TierBasis.END).shards(periods)
    totals = summed_shards(shards, Plan.of(periods, positions, 7)).summed(2).dollars
    of = {measure: totals[:, place].tolist() for place, measure in enumerate(MEASURES)}
    assert of["left_out_names"][0] == of["left_out_unvalued"][0] == 1
    assert of["left_out_dollars"][0] == 0
    assert of["names"] == [1, 2, 2][: len(periods)]
    # It was short before its first close, and so is not new.
    assert of["appeared"][1] == 10_000
    assert of["new_short"] == [0] * len(periods)


@given(random_listings(), st.sampled_from(PositionsMethod), st.sampled_from(Every), st.sampled_from([1, 2, 3, 5]))
def test_periods_add_up_as_the_book_has_them_however_names_are_dealt_out(listings, method, every, names):
    market = market_of(listings)
    positions = positions_of(market, method, Knowledge.REVISED)
    periods = periods_of(market.sessions, positions.knots, every, None, None)
    plan = Plan.of(periods, positions, len(TIERS.labels))
    dealt = MarketShards(market, positions, STOCK_KINDS, None, TIERS, TierBasis.END)
    whole = summed_shards(dealt.shards(periods), plan)
    parted = summed_shards(reversed(list(dealt.shards(periods, names))), plan)
    assert np.array_equal(whole.whole, parted.whole)
    assert np.array_equal(whole.parts, parted.parts)
    totals = whole.summed(2).dollars
    book = Book(market, positions)
    for place, period in enumerate(periods):
        window = Window(
            name="", start=period.start, end=period.end, start_date=period.start_date, end_date=period.end_date
        )
        sums = book.window(window)
        start, end = book.short_interest_at(period.start), book.short_interest_at(period.end)
        held = start + sums.short_interest > 0
        expected = {
            "profit": sums.profit,
            "new_short": sums.new_short,
            "appeared": book.appeared(window),
            "short_interest_start": start,
            "short_interest_end": end,
            "average_short_interest": (start + sums.short_interest) / (period.length + 1),
        }
        for measure, figures in expected.items():
            found = totals[place, MEASURES.index(measure)]
            assert found == pytest.approx(figures[held].sum(), abs=0.005, rel=1e-12), measure
        assert totals[place, 0] == held.sum()


@settings(max_examples=40)
@given(random_listings(with_splits=False), st.sampled_from(Every))
def test_the_periods_of_a_history_chain_and_add_up_to_the_whole(listings, every):
    market = market_of(listings)
    positions = positions_of(market, PositionsMethod.LINEAR, Knowledge.REVISED)
    periods = periods_of(market.sessions, positions.knots, every, None, None)
    if not periods:
        return
    shards = list(MarketShards(market, positions, STOCK_KINDS, ("Technology",), TIERS, TierBasis.END).shards(periods))
    sums = summed_shards(shards, Plan.of(periods, positions, 1)).dollars[:, :, 0]
    first, last = periods[0], periods[-1]
    everything = Period(
        start=first.start, end=last.end, start_date=first.start_date, end_date=last.end_date, is_whole=True
    )
    whole = summed_shards(shards, Plan.of([everything], positions, 1)).dollars[0, :, 0]
    for measure in ("profit", "new_short", "appeared"):
        place = MEASURES.index(measure)
        assert sums[:, place].sum() == pytest.approx(whole[place], abs=0.005, rel=1e-12)
    start, end = MEASURES.index("short_interest_start"), MEASURES.index("short_interest_end")
    assert np.array_equal(sums[1:, start], sums[:-1, end])
    # start + new short + turned up − P&L = end, in each of them.
    kept = sums[:, start] + sums[:, 4] + sums[:, 5] - sums[:, 3]
    assert kept == pytest.approx(sums[:, end], abs=0.005, rel=1e-9)


dollars = st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=40)


@given(dollars, st.randoms(use_true_random=False))
def test_exact_dollars_do_not_depend_on_the_order_nor_on_the_parting(figures, random):
    codes = np.array([place % 3 for place in range(len(figures))])
    values = np.array([figures])
    whole = ExactDollars.of(codes, values, 3)
    order = list(range(len(figures)))
    random.shuffle(order)
    cut = random.randrange(len(order) + 1)
    parts = [ExactDollars.of(codes[some], values[:, some], 3) for some in (order[:cut], order[cut:])]
    together = parts[0] + parts[1]
    assert np.array_equal(whole.whole, together.whole)
    assert np.array_equal(whole.parts, together.parts)
    assert float(whole.summed(1).dollars[0]) == pytest.approx(sum(figures), abs=0.005)


def test_ten_cents_a_million_times_are_a_hundred_thousand_dollars_to_the_cent():
    cents = ExactDollars.of(np.zeros(1_000_000, np.int64), np.full((1, 1_000_000), 0.1), 1)
    assert round(float(cents.dollars[0, 0]), 2) == 100_000.00


DAYS = session_days(date(2022, 12, 1), date(2023, 3, 31))
KNOTS = np.searchsorted(DAYS, np.array(["2022-12-15", "2023-01-13", "2023-02-15"], "datetime64[D]"))


def shown(periods):
    return [(str(one.start_date), str(one.end_date), one.is_whole) for one in periods]


def test_months_go_from_close_to_close_and_those_cut_say_so():
    found = periods_of(DAYS, KNOTS, Every.MONTH, date(2023, 1, 1), date(2023, 3, 10))
    assert shown(found) == [
        ("2022-12-30", "2023-01-31", True),
        ("2023-01-31", "2023-02-28", True),
        ("2023-02-28", "2023-03-10", False),
    ]
    assert periods_of(DAYS, KNOTS, Every.MONTH, date(2023, 3, 1), None)[-1].is_whole


def test_cycles_go_from_settlement_to_settlement():
    found = periods_of(DAYS, KNOTS, Every.CYCLE, date(2023, 1, 1), None)
    assert shown(found) == [
        ("2022-12-30", "2023-01-13", False),
        ("2023-01-13", "2023-02-15", True),
        ("2023-02-15", "2023-03-31", False),
    ]


def test_nothing_is_told_of_days_before_the_first_settlement_known():
    found = periods_of(DAYS, KNOTS, Every.MONTH, None, date(2023, 1, 31))
    assert shown(found) == [("2022-12-15", "2022-12-30", False), ("2022-12-30", "2023-01-31", True)]
    assert periods_of(DAYS, KNOTS[:0], Every.MONTH, None, None) == ()
    assert periods_of(DAYS, KNOTS, Every.MONTH, date(2024, 1, 1), None) == ()
