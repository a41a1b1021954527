"""The demo market: repeatable, scaled to what was published, consistent, offline, and alive between the bells."""

import hashlib
import subprocess
import sys
from datetime import date

import numpy as np
import pytest
from waiting import PATIENCE

from providers.demo.parameters import demo_parameters
from providers.demo.source import DemoProvider
from shortside.listings import Listings
from shortside.sessions import MarketState, session_close, session_open
from shortside.universe import STOCK_KINDS, SecurityKind, kinds_of, members

# S3 Partners, "Small Caps Make The Best Shorts", 7 September 2023, billions: average short interest, P&L.
PUBLISHED = {"mega+large": (653.095, -110.731), "mid": (227.367, -29.055), "small+micro+nano": (85.572, 12.926)}
LOWER_BOUNDS = np.array([2e11, 1e10, 2e9, 3e8, 5e7, 0.0])
GROUP_OF_TIER = np.array([0, 0, 1, 2, 2, 2])


@pytest.fixture(scope="module")
def provider() -> DemoProvider:
    return DemoProvider()


@pytest.fixture(scope="module")
def listings(provider: DemoProvider) -> Listings:
    return provider.read_listings()


def restate_by_hand(listings: Listings) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Closes, shares outstanding and shares short on the last basis, one event at a time."""
    close = listings.close.astype(np.float64)
    shares = listings.shares_outstanding.astype(np.float64)
    short = listings.shares_short.copy()
    events = listings.splits
    for column, day, factor, corrected in zip(
        events.column, events.ex_date, events.price_factor, events.shares_corrected_on, strict=True
    ):
        close[listings.sessions < day, column] *= factor
        shares[listings.sessions < corrected, column] /= factor
        short[listings.settlements < day, column] /= factor
    return close, shares, short


@pytest.fixture(scope="module")
def restated(listings: Listings) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return restate_by_hand(listings)


def daily_shares_short(listings: Listings, short: np.ndarray, close: np.ndarray) -> np.ndarray:
    """(T, N) lines between settlements, held after the last; nothing before the first or past the last close."""
    day = np.arange(len(listings.sessions))
    knots = np.searchsorted(listings.sessions, listings.settlements, "right") - 1
    daily = np.zeros(close.shape)
    for column in range(close.shape[1]):
        known = np.flatnonzero(np.isfinite(short[:, column]))
        if len(known):
            daily[:, column] = np.interp(day, knots[known], short[known, column], left=0.0)
    daily[~np.isfinite(close)] = 0.0
    return daily


def tiers_at_the_end(close: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """(N,) tier by the last cap there is."""
    last = len(close) - 1 - np.isfinite(close)[::-1].argmax(axis=0)
    cap = (close * shares)[last, np.arange(close.shape[1])]
    return np.asarray(np.argmax(cap[:, None] >= LOWER_BOUNDS, axis=1))


def stocks_of(listings: Listings) -> np.ndarray:
    return members(kinds_of(listings.symbols, listings.names), STOCK_KINDS)


def totals(listings: Listings, restated: tuple[np.ndarray, ...], start: date) -> tuple[np.ndarray, ...]:
    """Average short interest and P&L of the three groups since a day's close, billions."""
    close, shares, short = restated
    held = daily_shares_short(listings, short, close)
    row = int(np.searchsorted(listings.sessions, np.datetime64(start)))
    prices, held = np.nan_to_num(close[row:]), held[row:]
    moves = np.nan_to_num(np.diff(close[row:], axis=0))
    profit = -(held[:-1] * moves).sum(axis=0)
    average = (held * prices).mean(axis=0)
    group = GROUP_OF_TIER[tiers_at_the_end(close, shares)]
    stock = stocks_of(listings)
    return tuple(
        np.array([figures[stock & (group == place)].sum() for place in range(3)]) / 1e9 for figures in (average, profit)
    )


def digest(listings: Listings) -> str:
    found = hashlib.sha256()
    for array in (
        listings.close, listings.volume, listings.shares_outstanding, listings.shares_short,
        listings.shares_short_previous, listings.reported_volume, listings.float_shares, listings.splits.price_factor,
    ):  # fmt: skip
        found.update(np.ascontiguousarray(array).tobytes())
    found.update("\n".join([*listings.symbols, *listings.names]).encode())
    return found.hexdigest()


def test_one_seed_gives_one_market_and_another_seed_another(listings):
    assert digest(DemoProvider().read_listings()) == digest(listings)
    assert digest(DemoProvider(seed=1).read_listings()) != digest(listings)


def test_history_is_two_years_of_sessions_and_only_published_settlements(listings):
    sessions, names, cycles = listings.shape
    assert (str(listings.sessions[0]), str(listings.sessions[-1])) == ("2021-09-07", "2023-09-07")
    assert (sessions, cycles) == (504, 48)
    assert 6_700 < names < 7_100
    assert str(listings.settlements[-1]) == "2023-08-15"
    assert (listings.published <= listings.sessions[-1]).all()
    assert listings.is_simulated
    assert listings.source == "demo"


@pytest.mark.parametrize("seed", [None, 7])
def test_three_groups_stand_within_two_per_cent_of_the_published_table(seed, listings, restated):
    if seed is not None:
        listings = DemoProvider(seed=seed).read_listings()
        restated = restate_by_hand(listings)
    average, profit = totals(listings, restated, date(2022, 12, 30))
    wanted = np.array(list(PUBLISHED.values()))
    np.testing.assert_allclose(average, wanted[:, 0], rtol=0.02)
    np.testing.assert_allclose(profit, wanted[:, 1], rtol=0.02)


def test_every_group_earned_since_august(listings, restated):
    _, profit = totals(listings, restated, date(2023, 7, 31))
    np.testing.assert_allclose(profit, [21.023, 15.120, 9.737], rtol=0.02)


def test_small_caps_have_some_hundred_millions_of_new_shorts_in_thirty_days(listings, restated):
    close, shares, short = restated
    held = daily_shares_short(listings, short, close)
    row = int(np.searchsorted(listings.sessions, np.datetime64("2023-08-08")))
    new = (np.diff(held[row:], axis=0) * np.nan_to_num(close[row + 1 :])).sum(axis=0)
    small = stocks_of(listings) & (tiers_at_the_end(close, shares) >= 3)
    assert 2e8 < new[small].sum() < 6e8


def test_tiers_are_as_many_as_the_parameters_say(listings, restated):
    close, shares, _ = restated
    alive = np.isfinite(close[-1]) & stocks_of(listings)
    counts = np.bincount(tiers_at_the_end(close, shares)[alive], minlength=6)
    assert counts.tolist() == [tier.count for tier in demo_parameters().tiers]


def test_volatility_falls_with_size(listings, restated):
    close, shares, _ = restated
    whole = np.isfinite(close).all(axis=0) & stocks_of(listings)
    yearly = np.diff(np.log(close[:, whole]), axis=0).std(axis=0) * np.sqrt(252)
    tier = tiers_at_the_end(close, shares)[whole]
    medians = [float(np.median(yearly[tier == place])) for place in range(6)]
    np.testing.assert_allclose(medians, [tier.volatility for tier in demo_parameters().tiers], rtol=0.15)


def test_names_share_a_market(listings, restated):
    close, shares, _ = restated
    large = np.isfinite(close).all(axis=0) & stocks_of(listings) & (tiers_at_the_end(close, shares) <= 1)
    returns = np.diff(np.log(close[:, large]), axis=0)
    correlation = np.corrcoef(returns, rowvar=False)
    assert 0.15 < np.median(correlation) < 0.6


def test_nothing_is_missing_within_a_listed_life_and_nothing_is_there_outside_it(listings):
    priced = np.isfinite(listings.close)
    assert (np.abs(np.diff(priced.astype(int), axis=0)).sum(axis=0) <= 2).all()
    for frame in (listings.volume, listings.shares_outstanding):
        assert (np.isfinite(frame) == priced).all()
    assert priced.any(axis=0).all()
    assert (listings.close[priced] > 0).all()
    assert (listings.shares_outstanding[priced] > 0).all()
    assert (~priced[0]).sum() > 300
    assert (~priced[-1]).sum() > 150


def test_positions_are_whole_and_reported_only_while_listed(listings):
    reported = np.isfinite(listings.shares_short)
    assert (listings.shares_short[reported] == np.rint(listings.shares_short[reported])).all()
    inside = listings.settlements >= listings.sessions[0]
    rows = np.searchsorted(listings.sessions, listings.settlements[inside], "right") - 1
    assert (reported[inside] == np.isfinite(listings.close[rows])).all()
    assert (np.isfinite(listings.reported_volume) == reported).all()


def test_a_split_changes_no_dollar_figure(listings, restated):
    close, _, short = restated
    inside = np.flatnonzero(listings.settlements >= listings.sessions[0])
    rows = np.searchsorted(listings.sessions, listings.settlements[inside], "right") - 1
    raw = listings.shares_short[inside] * listings.close[rows].astype(np.float64)
    np.testing.assert_allclose(short[inside] * close[rows], raw, rtol=1e-9)


def test_splits_jump_in_the_raw_closes_and_not_in_the_restated_ones(listings, restated):
    close, _, _ = restated
    events = listings.splits
    row = np.searchsorted(listings.sessions, events.ex_date)
    raw = np.log(listings.close[row, events.column] / listings.close[row - 1, events.column].astype(np.float64))
    mended = np.log(close[row, events.column] / close[row - 1, events.column])
    np.testing.assert_allclose(raw, mended + np.log(events.price_factor), atol=1e-6)
    assert np.median(np.abs(mended)) < 0.1
    assert (events.price_factor > 1).sum() > 100
    assert (events.price_factor < 1).sum() > 20
    assert (events.shares_corrected_on > events.ex_date).sum() > 50
    np.testing.assert_allclose(events.shares_before / events.shares_after, events.price_factor, rtol=0.3)


def test_some_share_counts_are_wrong_for_a_day(listings, restated):
    _, shares, _ = restated
    with np.errstate(invalid="ignore"):
        jumps = np.abs(np.diff(np.log(shares), axis=0)) > np.log(10)
    assert 40 < jumps.any(axis=0).sum() < 80


def test_a_revised_row_replaces_the_position_before_it(listings):
    row, column = np.nonzero(listings.is_revised)
    assert len(row) > 50
    assert (row > 0).all()
    assert (listings.shares_short_previous[row, column] != listings.shares_short[row - 1, column]).mean() > 0.9
    reported = np.isfinite(listings.shares_short)
    follows = ~listings.is_revised[1:] & reported[1:] & reported[:-1]
    assert (listings.shares_short_previous[1:][follows] == listings.shares_short[:-1][follows]).all()


def test_every_split_that_falls_in_a_cycle_is_flagged(listings):
    row = np.searchsorted(listings.settlements, listings.splits.ex_date)
    known = row < len(listings.settlements)
    assert listings.split_flag[row[known], listings.splits.column[known]].all()
    assert listings.split_flag.sum() == len({*zip(row[known], listings.splits.column[known], strict=True)})


def test_symbols_and_names_are_unique_and_awkward_ones_are_there(listings):
    for texts in (listings.symbols, listings.names):
        assert len(set(texts)) == len(texts)
    assert not set(listings.symbols) & set(listings.unpriced.symbols)
    assert "NA" in listings.symbols
    assert any(symbol.endswith(".A") and symbol[:-1] + "B" in listings.symbols for symbol in listings.symbols)
    assert any("霜" in name for name in listings.names)
    assert list(listings.symbols) == sorted(listings.symbols)


def test_other_kinds_of_security_are_listed_and_told_apart(listings):
    kinds = kinds_of(listings.symbols, listings.names)
    for kind in (
        SecurityKind.ETF,
        SecurityKind.PREFERRED,
        SecurityKind.WARRANT,
        SecurityKind.UNIT,
        SecurityKind.RIGHT,
        SecurityKind.NOTE,
    ):
        assert (kinds == kind).sum() > 10
    assert (kinds == SecurityKind.ADR).sum() > 200
    assert len(listings.unpriced.symbols) >= 200


def test_failed_banks_are_among_the_biggest_winners(listings, restated):
    close, _, short = restated
    held = daily_shares_short(listings, short, close)
    row = int(np.searchsorted(listings.sessions, np.datetime64("2022-12-30")))
    profit = -(held[row:-1] * np.nan_to_num(np.diff(close[row:], axis=0))).sum(axis=0)
    gone = ~np.isfinite(close[-1]) & np.isfinite(close[row]) & (listings.sectors == "Finance")
    assert profit[gone].max() > 1e9


def test_borrowing_is_cheap_for_most_and_dear_for_a_few(listings):
    borrow = listings.borrow
    stock = stocks_of(listings)
    assert np.median(borrow.fee[stock]) == pytest.approx(0.0025)
    assert (borrow.fee[stock] > 0.01).mean() < 0.25
    assert borrow.fee.max() > 1.0
    ratio = listings.shares_short[-1] / listings.shares_outstanding[-1]
    known = stock & np.isfinite(ratio)
    dear = borrow.fee > 0.2
    assert np.median(ratio[known & dear]) > 3 * np.median(ratio[known & ~dear])


def test_the_demo_board_needs_no_pandas_no_masked_arrays_and_no_network(repository):
    code = (
        "import sys\n"
        "from providers.demo.source import DemoProvider\n"
        "from shortside.board import Desk\n"
        "from shortside.market import market_of\n"
        "from shortside.view import View\n"
        "Desk(market_of(DemoProvider().read_listings())).board(View(window='1y'))\n"
        "heavy = ('pandas', 'httpx', 'textual', 'pyarrow', 'socket', 'numpy.ma')\n"
        "print([m for m in heavy if m in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    assert done.stdout.strip() == "[]"


# -- the live session --


def test_the_first_tick_opens_every_listed_name_with_a_gap(provider, listings):
    session = provider.open_session(date(2023, 9, 8))
    before = listings.close[-1]
    columns, prices = session.tick(0.0)
    listed = np.isfinite(listings.close[-1])
    assert 0.9 < len(columns) / listed.sum() <= 1
    moves = np.abs(np.log(prices / before[columns]))
    assert 0.002 < np.median(moves) < 0.03


def test_two_to_five_per_cent_of_names_move_each_second(provider, listings):
    session = provider.open_session()
    session.tick(0.0)
    listed = np.isfinite(listings.close[-1]).sum()
    shares = [len(session.tick(float(second))[0]) / listed for second in range(1, 61)]
    assert min(shares) > 0.02
    assert max(shares) < 0.05


def test_midday_is_quieter_than_the_bells_and_still_alive(provider, listings):
    session = provider.open_session()
    session.tick(0.0)
    morning = np.mean([len(session.tick(float(second))[0]) for second in range(1, 21)])
    noon = 3.25 * 3600
    session.tick(noon)
    midday = np.mean([len(session.tick(noon + second)[0]) for second in range(1, 21)])
    assert 0.02 * np.isfinite(listings.close[-1]).sum() < midday < 0.8 * morning


def test_liquid_names_move_more_often(provider, listings, restated):
    close, shares, _ = restated
    tier = tiers_at_the_end(close, shares)
    session = provider.open_session()
    session.tick(0.0)
    moves = np.zeros(len(tier))
    for second in range(1, 61):
        moves[session.tick(float(second))[0]] += 1
    alive = np.isfinite(close[-1]) & stocks_of(listings)
    assert moves[alive & (tier == 0)].mean() > 3 * moves[alive & (tier >= 4)].mean()


def prices_after(session, close, moments):
    """(N,) the price of every name after ticks at some moments, seconds since the opening bell; `close` before them."""
    price = close.astype(np.float64)
    for moment in moments:
        columns, moved = session.tick(moment)
        price[columns] = moved
    return price


def test_the_live_session_repeats_whatever_the_pace_of_asking(provider, listings):
    close = listings.close[-1]
    often = prices_after(provider.open_session(), close, [quarter / 4 for quarter in range(121)])
    seldom = prices_after(provider.open_session(), close, (0.0, 7.0, 30.0))
    np.testing.assert_array_equal(often, seldom)
    assert (often != close)[np.isfinite(close)].any()


def test_nothing_moves_outside_the_session(provider):
    session = provider.open_session(speed=3_600)
    assert len(session.tick(-1.0)[0]) == 0
    assert session.state(-1.0) is MarketState.CLOSED
    session.tick(0.0)
    assert session.state(1.0) is MarketState.OPEN
    assert len(session.tick(6.5)[0]) > 0
    assert session.state(6.5) is MarketState.CLOSED
    for seconds in (6.75, 10.0, 1e6):
        assert len(session.tick(seconds)[0]) == 0
    assert session.moment(1e6) == session_close(date(2023, 9, 8))


def test_speed_compresses_the_session(provider):
    session = provider.open_session(speed=60)
    assert session.moment(0.0) == session_open(date(2023, 9, 8))
    assert (session.moment(390.0) - session.moment(0.0)).total_seconds() == 6.5 * 3600


def test_a_session_moves_prices_as_far_as_a_day_of_history_does(provider, listings, restated):
    close, _, _ = restated
    session = provider.open_session(speed=1_200)
    price = prices_after(session, close[-1], [quarter / 4 for quarter in range(79)])
    whole = np.isfinite(close).all(axis=0) & stocks_of(listings)
    session_move = np.log(price[whole] / close[-1][whole])
    history = np.diff(np.log(close[:, whole]), axis=0)
    typical = np.median(np.abs(history))
    assert 0.4 * typical < np.median(np.abs(session_move)) < 2.5 * typical


def test_names_no_longer_listed_stay_silent(provider, listings):
    session = provider.open_session()
    columns, _ = session.tick(0.0)
    assert np.isfinite(listings.close[-1, columns]).all()


def test_only_the_demo_session_can_be_opened(provider):
    with pytest.raises(ValueError, match="2023-09-08"):
        provider.open_session(date(2023, 9, 11))
    with pytest.raises(ValueError, match="positive"):
        provider.open_session(speed=0)
