"""A ticker change is joined where FINRA's figures prove it and the prices follow on, and nowhere else."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from market_data import SESSIONS, short_interest, write_market
from market_data import prices as sound_prices

from providers.files.source import FilesProvider
from shortside.board import Desk
from shortside.market import market_of
from shortside.one_name.events import events_of
from shortside.symbol_changes import SymbolChanges
from shortside.view import View

CHANGE = date(2023, 2, 6)


def renamed(*, since=CHANGE, old="AAPL", new="NEWA", prices=None, reports=None):
    """The sound market, in which one company has another ticker from a day on."""
    prices = sound_prices() if prices is None else prices
    reports = short_interest() if reports is None else reports
    prices.loc[(prices["symbol"] == old) & (prices["date"] >= since), "symbol"] = new
    reports.loc[(reports["symbol"] == old) & (reports["settlement_date"] >= since), "symbol"] = new
    return prices, reports


def split_prices():
    """The sound prices, in which AAPL's listed splits are seen: 2 for 1 on 10 January, taken back on 13 February."""
    prices = sound_prices()
    is_split = (prices["symbol"] == "AAPL") & prices["date"].between(date(2023, 1, 10), date(2023, 2, 12))
    prices.loc[is_split, "close"] /= 2
    return prices


def listings_of(tmp_path, prices, reports):
    return FilesProvider(write_market(tmp_path / "market", price_rows=prices, reports=reports)).read_listings()


def test_a_proven_change_is_one_name_under_the_newer_ticker(tmp_path):
    sound = FilesProvider(write_market(tmp_path / "sound")).read_listings()
    listings = listings_of(tmp_path, *renamed())
    assert "AAPL" not in listings.symbols
    at, before = listings.symbols.tolist().index("NEWA"), sound.symbols.tolist().index("AAPL")
    for field in ("close", "volume", "shares_outstanding", "shares_short", "shares_short_previous", "reported_volume"):
        assert np.array_equal(getattr(listings, field)[:, at], getattr(sound, field)[:, before], equal_nan=True), field
    assert "1 ticker changes are joined under the newer ticker: AAPL → NEWA" in listings.notes


def test_the_others_stay_as_they_were(tmp_path):
    sound = FilesProvider(write_market(tmp_path / "sound")).read_listings()
    listings = listings_of(tmp_path, *renamed())
    for symbol in ("BRK.B", "NA", "ZZT.WS"):
        at, before = (one.symbols.tolist().index(symbol) for one in (listings, sound))
        assert np.array_equal(listings.shares_short[:, at], sound.shares_short[:, before])
        assert listings.names[at] == sound.names[before]
        assert listings.borrow is not None
        assert sound.borrow is not None
        assert np.array_equal(listings.borrow.fee[at], sound.borrow.fee[before], equal_nan=True)


def test_splits_borrow_and_float_move_to_the_newer_ticker(tmp_path):
    listings = listings_of(tmp_path, *renamed(prices=split_prices()))
    at = listings.symbols.tolist().index("NEWA")
    of_name = listings.splits.ex_date[listings.splits.column == at]
    assert of_name.tolist() == [date(2023, 1, 10), date(2023, 2, 13)]
    assert listings.borrow is not None
    assert (listings.borrow.fee[at], bool(listings.borrow.is_capped[at])) == (0.0025, True)
    assert listings.float_shares[at] == 900_000


def test_a_ticker_changed_twice_is_followed_to_its_end(tmp_path):
    prices, reports = renamed(since=date(2023, 1, 20), prices=split_prices())
    prices, reports = renamed(since=date(2023, 2, 20), old="NEWA", new="NEWER", prices=prices, reports=reports)
    listings = listings_of(tmp_path, prices, reports)
    at = listings.symbols.tolist().index("NEWER")
    assert not {"AAPL", "NEWA"} & set(listings.symbols)
    assert not np.isnan(listings.close[:, at]).any()
    assert not np.isnan(listings.shares_short[:, at]).any()
    assert (listings.splits.column == at).sum() == 2


@pytest.mark.parametrize(
    ("column", "value"), [("prev_short_interest", 3), ("short_interest", 3)], ids=["another previous", "too few"]
)
def test_without_finras_proof_nothing_is_joined(tmp_path, column, value):
    prices, reports = renamed()
    is_it = (reports["symbol"] == "NEWA") if column.startswith("prev") else (reports["symbol"] == "AAPL")
    reports.loc[is_it, column] = value
    assert {"AAPL", "NEWA"} <= set(listings_of(tmp_path, prices, reports).symbols)


def test_a_figure_that_two_securities_share_proves_nothing(tmp_path):
    prices, reports = renamed()
    for symbol, day in (("TRUE", CHANGE), ("NA", CHANGE)):
        reports = reports[~((reports["symbol"] == symbol) & (reports["settlement_date"] >= day))]
    last = (reports["symbol"] == "AAPL") & (reports["settlement_date"] == date(2023, 1, 31))
    figure = reports.loc[last, "short_interest"].item()
    twin = (reports["symbol"] == "TRUE") & (reports["settlement_date"] == date(2023, 1, 31))
    reports.loc[twin, "short_interest"] = figure
    assert {"AAPL", "NEWA"} <= set(listings_of(tmp_path, prices, reports).symbols)


@pytest.mark.parametrize("leap", [0.5, 2.0])
def test_a_leap_of_the_price_may_be_a_split_and_is_not_joined(tmp_path, leap):
    prices, reports = renamed()
    prices.loc[prices["symbol"] == "NEWA", "close"] *= leap
    assert {"AAPL", "NEWA"} <= set(listings_of(tmp_path, prices, reports).symbols)


@pytest.mark.parametrize(("leap", "is_joined"), [(1.0, True), (1.3, False)])
def test_with_another_share_count_the_price_must_be_steady(tmp_path, leap, is_joined):
    prices, reports = renamed()
    is_new = prices["symbol"] == "NEWA"
    prices.loc[is_new, "close"] *= leap
    prices.loc[is_new, "shares_out"] *= 3
    assert ("AAPL" not in listings_of(tmp_path, prices, reports).symbols) == is_joined


def test_tickers_that_traded_side_by_side_are_two_securities(tmp_path):
    prices, reports = renamed()
    overlap = prices[prices["symbol"] == "NEWA"].iloc[[0]].assign(date=SESSIONS[3])
    prices = pd.concat([prices, overlap], ignore_index=True)
    assert {"AAPL", "NEWA"} <= set(listings_of(tmp_path, prices, reports).symbols)


@pytest.mark.shared
def test_facebook_became_meta_and_amerisource_became_cencora(market_directory):
    whole = FilesProvider(market_directory).read_listings(since=date(2022, 5, 2), until=date(2022, 7, 1))
    assert "FB" not in whole.symbols
    meta = whole.symbols.tolist().index("META")
    assert not np.isnan(whole.close[whole.sessions < np.datetime64("2022-06-09"), meta]).any()
    assert not np.isnan(whole.shares_short[:, meta]).any()
    year = FilesProvider(market_directory).read_listings(since=date(2023, 7, 3))
    assert "ABC" not in year.symbols
    assert not np.isnan(year.shares_short[:, year.symbols.tolist().index("COR")]).any()


def test_a_change_of_ticker_is_an_event_of_the_name_with_its_day_on_every_step_and_as_known(tmp_path):
    prices, reports = renamed(since=date(2023, 1, 20), prices=split_prices())
    prices, reports = renamed(since=date(2023, 2, 20), old="NEWA", new="NEWER", prices=prices, reports=reports)
    listings = listings_of(tmp_path, prices, reports)
    board = Desk(market_of(listings)).board(View())
    at = board.market.symbols.tolist().index("NEWER")
    changed = [event for event in events_of(board, at) if event.kind == "symbol"]
    days = list(SESSIONS)
    first, second = (min(day for day in days if day >= since) for since in (date(2023, 1, 20), date(2023, 2, 20)))
    assert [(event.session, event.words) for event in changed] == [
        (second, "was NEWA, became NEWER"),
        (first, "was AAPL, became NEWA"),
    ]
    others = (column for column in range(len(board.market.symbols)) if column != at)
    assert not [event for column in others for event in events_of(board, column) if event.kind == "symbol"]
    earlier = Desk(market_of(listings, as_of=first)).board(View())
    at = earlier.market.symbols.tolist().index("NEWER")
    assert [event.session for event in events_of(earlier, at) if event.kind == "symbol"] == [first]


def test_a_change_that_no_report_tells_of_yet_says_so():
    changes = SymbolChanges.of([(2, "OLD", "NEW", np.datetime64("2023-02-06"))], is_reported=False)
    proven = SymbolChanges.of([(1, "A", "B", np.datetime64("2023-02-07"))], is_reported=True)
    both = changes.and_also(proven).moved(np.array([-1, 0, 1]))
    assert both.of_name(1) == [("OLD", "NEW", np.datetime64("2023-02-06"), False)]
    assert both.of_name(0) == [("A", "B", np.datetime64("2023-02-07"), True)]
    assert both.moved(np.array([0, -1])).column.tolist() == [0]
    assert both.until(np.datetime64("2023-02-06")).of_name(0) == []
