"""A publication against what was carried: its figures by hand, its sums, and the same from plain rows of pandas."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from market_examples import listings_of, random_listings, splits_of, texts

from shortside.board import Desk
from shortside.market import market_of
from shortside.positions import Knowledge, PositionsMethod
from shortside.publications.flow import Move
from shortside.publications.publication import NoPublicationError, Publication, publication_of
from shortside.publications.sums import publication_sums, sums_by_sector, sums_by_tier, total_sums
from shortside.rows import tier_table
from shortside.sessions import session_days
from shortside.view import View

STEP = View(positions=PositionsMethod.STEP)
BEFORE, SETTLED, PUBLISHED = date(2023, 1, 13), date(2023, 1, 31), date(2023, 2, 9)
DAYS = session_days(date(2023, 1, 3), PUBLISHED)
MONEY = 0.005
"""Half a cent."""


def closes(*prices):
    """(T, N) closes: what each name costs until 30 January, from 31 January on, and on 9 February."""
    rows = np.repeat([[before] for before, _, _ in prices], len(DAYS), axis=1).T.astype(float)
    rows[np.datetime64(SETTLED) <= DAYS] = [settled for _, settled, _ in prices]
    rows[-1] = [now for _, _, now in prices]
    return rows


def made(prices, shares, **changes):
    """Listings of the settlements of 30 December, 13 and 31 January, as they stood on 9 February."""
    return listings_of(closes(*prices), np.array(shares, float), sessions=DAYS, **changes)


def of(listings, view=STEP, **asked) -> Publication:
    return publication_of(market_of(listings), view, **asked)


TRAPPED, RIGHT, COVERED = 0, 1, 2
EXAMPLE = made(
    prices=[(10, 12, 15), (20, 20, 16), (50, 40, 44)],
    shares=[[1_000, 500, 400], [1_000, 500, 400], [1_500, 700, 100]],
    sectors=texts(["Energy", "Energy", "Finance"]),
    float_shares=np.array([10_000, np.nan, 2_000]),
    float_as_of=np.datetime64("2023-01-03"),
)
"""A thousand shares at 10 become fifteen hundred at 12: 10,000 + 500 × 12 + 1,000 × 2 = 18,000."""


def test_a_publication_is_told_by_hand():
    """New short is priced at the close of the settlement where shares are held until it."""
    one = of(EXAMPLE)
    assert (one.settlement_before, one.settlement, one.published) == (BEFORE, SETTLED, PUBLISHED)
    assert one.short_interest_start.tolist() == [10_000, 10_000, 20_000]
    assert one.new_short.tolist() == [6_000, 4_000, -12_000]
    assert one.price_effect.tolist() == [2_000, 0, -4_000]
    assert one.short_interest_end.tolist() == [18_000, 14_000, 4_000]
    assert one.move.tolist() == [Move.BUILT, Move.BUILT, Move.COVERED]
    assert one.change_ratio == pytest.approx([0.5, 0.4, -0.75])
    np.testing.assert_allclose(one.float_ratio, [0.05, np.nan, -0.15])


def test_new_short_on_a_straight_line_is_priced_day_by_day():
    """Twelve sessions lie after 13 January; the first eleven cost 10, the last one 12, and each adds 500/12 shares."""
    steps = int(((np.datetime64(BEFORE) < DAYS) & (np.datetime64(SETTLED) >= DAYS)).sum())
    one = of(EXAMPLE, View(positions=PositionsMethod.LINEAR))
    assert one.new_short[TRAPPED] == pytest.approx(500 / steps * ((steps - 1) * 10 + 12))
    assert one.short_interest_end[TRAPPED] == 18_000


def test_shorts_are_trapped_or_right_by_the_price_since_the_settlement():
    """The shares added at 12 lose 3 each by 9 February, those at 20 make 4; who covered is neither."""
    one = of(EXAMPLE)
    assert one.is_trapped.tolist() == [True, False, False]
    assert one.is_right.tolist() == [False, True, False]
    np.testing.assert_allclose(one.profit_since, [-1_500, 800, np.nan])
    sums = total_sums(one)
    assert (sums.trapped_names, sums.trapped, sums.right_names, sums.right) == (1, 500 * 12, 1, 200 * 20)


def test_who_built_where_the_price_stands_still_and_who_built_nothing_is_neither_trapped_nor_right():
    still = made(prices=[(10, 12, 12), (20, 20, 16), (50, 40, 44)], shares=[[9, 8, 7], [9, 8, 7], [12, 8, 7]])
    one = of(still)
    assert one.move.tolist() == [Move.BUILT, Move.UNCHANGED, Move.UNCHANGED]
    assert not one.is_trapped.any()
    assert not one.is_right.any()
    np.testing.assert_allclose(one.profit_since, [0, np.nan, np.nan])


def test_a_name_without_a_price_since_the_settlement_is_neither_trapped_nor_right():
    one = of(replace(EXAMPLE, close=np.where(np.datetime64(SETTLED) < DAYS[:, None], np.nan, EXAMPLE.close)))
    assert np.isnan(one.price_change).all()
    assert not one.is_trapped.any()
    assert not one.is_right.any()


def test_crowding_before_is_that_of_the_shares_carried_at_the_same_prices():
    """The third name was the most shorted; when it covered, the first two overtook it."""
    one, market = of(EXAMPLE), market_of(EXAMPLE)
    assert one.now.crowding.tolist() == Desk(market).board(STEP).crowding.score.tolist()
    eve = Desk(replace(market, known_on=np.datetime64("2023-02-08"))).board(STEP)
    assert one.before.crowding.tolist() == eve.crowding.score.tolist()
    assert one.before.rank[COVERED] < one.now.rank[COVERED]
    assert sorted(one.now.rank) == [1, 2, 3]


def test_what_the_file_revises_is_not_counted_as_new():
    """FINRA says now that 1,200 were short on 13 January: 200 more than were carried, at 10."""
    previous = np.full((3, 3), np.nan)
    previous[2] = [1_200, 500, 400]
    flags = np.zeros((3, 3), bool)
    flags[2, TRAPPED] = True
    one = of(replace(EXAMPLE, shares_short_previous=previous, is_revised=flags))
    sums = total_sums(one)
    assert one.shares_before[TRAPPED] == 1_200
    assert one.new_short[TRAPPED] == 300 * 12
    assert (sums.revised_names, sums.revised) == (1, 2_000)
    assert (sums.carried, sums.short_interest_start) == (40_000, 42_000)
    assert abs(sums.residual) < MONEY


def test_a_split_between_two_settlements_sells_nothing():
    """One share becomes four: 400 at 50 are 1,600 at 12.50, and 100 of those were covered at 10."""
    at = int(np.searchsorted(DAYS, np.datetime64("2023-01-20")))
    rows = closes((50, 40, 44))
    rows[at:] /= 4
    shares = np.array([[400], [400], [1_500]], float)
    one = of(listings_of(rows, shares, sessions=DAYS, splits=splits_of(DAYS, [(0, at, 0.25)])))
    assert one.shares_before.tolist() == [1_600]
    assert one.short_interest_start.tolist() == [20_000]
    assert one.new_short.tolist() == [-1_000]
    assert one.short_interest_end.tolist() == [15_000]


def test_who_enters_leaves_or_is_left_out_is_listed_as_such():
    """A first report is all new; a last price ends a position; a missing row is held and is no cover."""
    rows = closes((10, 12, 15), (20, 20, 16), (50, 40, 44), (5, 5, 5))
    rows[np.datetime64("2023-01-20") < DAYS, 1] = np.nan
    nothing = np.nan
    shares = [[nothing, 500, 400, 7], [nothing, 500, 400, 7], [100, nothing, nothing, 7]]
    one = of(listings_of(rows, np.array(shares), sessions=DAYS))
    assert one.move.tolist() == [Move.ENTERED, Move.LEFT, Move.HELD, Move.UNCHANGED]
    assert one.new_short.tolist() == [1_200, -10_000, 0, 0]
    assert one.short_interest_end.tolist() == [1_200, 0, 16_000, 35]
    assert np.isnan(one.shares_now[2])
    assert one.is_trapped.tolist() == [True, False, False, False]
    sums = total_sums(one)
    assert (sums.entered_names, sums.entered, sums.left_names, sums.left) == (1, 1_200, 1, -10_000)
    assert sums.held_names == 1


def test_a_position_that_stood_there_before_its_first_report_is_not_new():
    """FINRA names 90 shares before the first 100 it reports: nobody knows what was sold since."""
    previous = np.full((3, 1), np.nan)
    previous[2] = 90
    shares = np.array([[np.nan], [np.nan], [100.0]])
    one = of(listings_of(closes((10, 12, 15)), shares, sessions=DAYS, shares_short_previous=previous))
    assert np.isnan(one.new_short[0])
    assert one.turned_up.tolist() == [1_200]
    assert not one.is_trapped[0]
    assert abs(total_sums(one).residual) < MONEY


def test_a_later_revision_is_known_only_with_hindsight():
    """The file of 15 February, published on the 27th, says that 1,600 and not 1,500 were short on 31 January."""
    days = session_days(date(2023, 1, 3), date(2023, 2, 28))
    shares = np.array([[1_000], [1_000], [1_500], [1_500]], float)
    previous, flags = np.full((4, 1), np.nan), np.zeros((4, 1), bool)
    previous[3], flags[3] = 1_600, True
    flat = np.full((len(days), 1), 10.0)
    listings = listings_of(flat, shares, sessions=days, shares_short_previous=previous, is_revised=flags)
    assert of(listings, settlement=SETTLED).shares_now.tolist() == [1_500]
    hindsight = replace(STEP, knowledge=Knowledge.REVISED)
    assert of(listings, hindsight, settlement=SETTLED).shares_now.tolist() == [1_600]


def test_crowding_with_hindsight_is_by_the_settlement_and_not_by_the_way_to_the_next_one():
    """A fortnight later ten times as much of the third name is short: on 9 February that is nobody's crowding."""
    later = np.vstack([EXAMPLE.shares_short, [1_500, 700, 1_000]])
    settled = np.append(EXAMPLE.settlements, np.datetime64("2023-02-15"))
    known = np.append(EXAMPLE.published, np.datetime64("2023-02-27"))
    grown = made(prices=[(10, 12, 15), (20, 20, 16), (50, 40, 44)], shares=later, settlements=settled, published=known)
    view = View(positions=PositionsMethod.LINEAR, knowledge=Knowledge.REVISED)
    one, alone = of(grown, view, settlement=SETTLED), of(replace(EXAMPLE, float_as_of=np.datetime64("NaT")), STEP)
    assert one.now.crowding.tolist() == alone.now.crowding.tolist()
    assert one.before.crowding.tolist() == alone.before.crowding.tolist()


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (date(2023, 1, 30), "no short interest of 2023-01-30; the nearest is of 2023-01-31"),
        (date(2022, 12, 30), "no settlement before 2022-12-30"),
    ],
)
def test_a_settlement_that_cannot_be_told_of_is_refused_in_words(asked, words):
    with pytest.raises(NoPublicationError, match=words):
        of(EXAMPLE, settlement=asked)


def test_the_settlement_before_it_was_published_is_the_newest_the_evening_before():
    market = replace(market_of(EXAMPLE), known_on=np.datetime64("2023-02-08"))
    with pytest.raises(NoPublicationError, match="no settlement before 2023-01-13 has closes"):
        publication_of(market, STEP)


def test_a_settlement_that_is_not_out_yet_is_told_with_hindsight_only():
    market = replace(market_of(EXAMPLE), known_on=np.datetime64("2023-02-08"))
    with pytest.raises(NoPublicationError, match="the settlement of 2023-01-31 is published on 2023-02-09"):
        publication_of(market, STEP, SETTLED)
    assert publication_of(market, replace(STEP, knowledge=Knowledge.REVISED), SETTLED).settlement == SETTLED


views = st.builds(
    View, positions=st.sampled_from(PositionsMethod), knowledge=st.sampled_from(Knowledge), window=st.just("cycle")
)


def published(listings, view):
    """The newest publication of a random market; None where it has no two settlements."""
    try:
        return publication_of(market_of(listings), view)
    except NoPublicationError:
        return None


@settings(max_examples=40)
@given(random_listings(), views)
def test_dollars_add_up_per_name_by_tier_and_by_sector(listings, view):
    one = published(listings, view)
    assume(one is not None)
    grown = one.short_interest_start + one.known_flow + one.turned_up + one.price_effect
    np.testing.assert_allclose(grown, one.short_interest_end, rtol=1e-9, atol=MONEY)
    total = total_sums(one)
    assert total.built + total.covered == pytest.approx(total.new_short, abs=MONEY)
    for groups in (sums_by_tier(one), sums_by_sector(one)):
        for name in (
            "names",
            "new_short",
            "price_effect",
            "short_interest_end",
            "trapped",
            "right",
            "revised",
            "built",
        ):
            assert sum(getattr(group, name) for group in groups) == pytest.approx(getattr(total, name), abs=MONEY)


@settings(max_examples=40)
@given(random_listings(), st.sampled_from(PositionsMethod))
def test_the_sums_are_those_of_the_window_between_the_two_settlements(listings, method):
    view = View(positions=method, window="cycle")
    one = published(listings, view)
    assume(one is not None)
    board = Desk(one.market).board(view)
    table = tier_table(board, with_trends=False)
    for ours, row in zip((*sums_by_tier(one), total_sums(one)), (*table.rows, table.total), strict=True):
        assert ours.names == row.names
        found = (ours.short_interest_start, ours.new_short, -ours.price_effect, ours.turned_up, ours.short_interest_end)
        theirs = (row.short_interest_start, row.new_short, row.profit, row.appeared, row.short_interest_end)
        np.testing.assert_allclose(found, theirs, rtol=1e-9, atol=MONEY)


@settings(max_examples=30)
@given(st.lists(st.tuples(*[st.integers(1, 10**9)] * 2), min_size=1, max_size=6), st.sampled_from(PositionsMethod))
def test_two_settlements_exchanged_turn_every_build_into_a_cover(pairs, method):
    first, second = np.array(pairs, float).T
    prices = [(3 + place, 4 + place, 2) for place in range(len(pairs))]
    there, back = (
        of(made(prices, [rows[0], *rows]), View(positions=method)) for rows in ([first, second], [second, first])
    )
    np.testing.assert_allclose(there.new_short, -back.new_short, rtol=1e-12)
    np.testing.assert_array_equal(there.shares_change, -back.shares_change)


# -- the second path ----------------------------------------------------------------------------------------------


def told_plainly(listings, one: Publication) -> Any:
    """What each name did between two settlements that both report it, from raw rows and the list of splits."""
    days = pd.DatetimeIndex(listings.sessions)
    prices: Any = pd.DataFrame(listings.close, index=days, columns=list(listings.symbols), dtype=float)
    reports: Any = pd.DataFrame(listings.shares_short, index=listings.settlements, columns=list(listings.symbols))
    first, last = pd.Timestamp(one.settlement_before), pd.Timestamp(one.settlement)
    rows = {}
    for place, symbol in enumerate(listings.symbols):
        shares_before, shares_now = reports.at[first, symbol], reports.at[last, symbol]
        before, now = prices.at[first, symbol], prices.at[last, symbol]
        events = listings.splits
        for column, ex_date, factor in zip(events.column, events.ex_date, events.price_factor, strict=True):
            if column == place and first < pd.Timestamp(ex_date) <= last:
                shares_before, before = shares_before / factor, before * factor
        new, effect = (shares_now - shares_before) * now, shares_before * (now - before)
        rows[symbol] = (shares_before * before, new, effect, shares_now * now)
    return pd.DataFrame.from_dict(rows, orient="index", columns=["start", "new", "price", "end"]).dropna()


@settings(max_examples=40)
@given(random_listings())
def test_every_name_is_as_plain_rows_have_it(listings):
    one = published(listings, STEP)
    assume(one is not None)
    plain = told_plainly(listings, one)
    assume(len(plain))
    symbols = list(one.market.symbols)
    for symbol, row in plain.iterrows():
        place = symbols.index(symbol)
        if one.move[place] in (Move.BUILT, Move.COVERED, Move.UNCHANGED):
            ours = [
                values[place]
                for values in (one.short_interest_start, one.new_short, one.price_effect, one.short_interest_end)
            ]
            np.testing.assert_allclose(ours, row.to_numpy(), rtol=1e-5, atol=1.0)


def test_any_names_can_be_summed():
    one = of(EXAMPLE)
    sums = publication_sums(one, "mine", np.array([True, False, True]))
    assert (sums.label, sums.names, sums.new_short, sums.built, sums.covered) == ("mine", 2, -6_000, 6_000, -12_000)
