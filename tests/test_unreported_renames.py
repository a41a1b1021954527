"""A ticker change that no report tells of yet is joined for the time being, if the figures of the days prove it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from market_data import write_parquet
from market_examples import listings_of, texts

from providers.files.previous_closes import previous_closes_of
from providers.files.prices import read_prices
from providers.files.source import FilesProvider
from providers.listings.renames import joined_renames
from providers.listings.unreported_renames import with_unreported_renames
from shortside.library import board_of
from shortside.market import market_of
from shortside.positions import Knowledge
from shortside.sessions import session_days
from shortside.settlement import settlement_dates_between
from shortside.view import View

SESSIONS = session_days(date(2023, 8, 1), date(2023, 9, 7))
CHANGE = int(np.searchsorted(SESSIONS, np.datetime64("2023-08-30")))
SETTLEMENTS = np.array(settlement_dates_between(date(2023, 7, 31), date(2023, 8, 15)), "datetime64[D]")
AT = np.arange(len(SESSIONS))


def changed_ticker(price=40.0, names=("Old Corp. Common Stock", "New Inc. Common Stock"), counts=(1e8, 1e8), more=0):
    """OLD until 29 August and NEW from the next session on; and, if wanted, more that end or begin on these days."""
    close = np.full((len(SESSIONS), 2 + more), np.nan)
    close[:CHANGE, 0] = price
    close[CHANGE:, 1:] = price * 1.01
    shares = np.full((2, 2 + more), np.nan)
    shares[:, 0] = (1e6, 1.2e6)
    outstanding = np.where(np.isfinite(close), [counts[0], *[counts[1]] * (1 + more)], np.nan)
    listings = listings_of(
        close, shares, sessions=SESSIONS, settlements=SETTLEMENTS, symbols=["OLD", "NEW", "NEWER"][: 2 + more]
    )
    return replace(
        listings,
        shares_outstanding=outstanding.astype(np.float32),
        names=texts([*names, *["Newer Inc. Common Stock"] * more]),
        sectors=texts(["Energy", *[""] * (1 + more)]),
    )


def told(close):
    """Net changes against one and the same close."""
    return lambda columns: np.full(len(columns), close)


@pytest.mark.parametrize("counts", [(1e8, 1e8), (1e8, 4e7)])
def test_a_net_change_against_the_other_s_close_joins_whatever_the_count(counts):
    joined = with_unreported_renames(changed_ticker(counts=counts), told(40.0))
    assert joined.symbols.tolist() == ["NEW"]
    assert np.isfinite(joined.close).all()
    assert joined.shares_short[:, 0].tolist() == [1e6, 1.2e6]
    assert joined.sectors.tolist() == ["Energy"], "the screener describes a new ticker days later"
    assert "1 ticker change that no report tells of yet" in joined.notes[-1]
    assert "OLD → NEW" in joined.notes[-1]


def test_the_same_share_count_joins_where_no_net_change_is_told():
    assert with_unreported_renames(changed_ticker()).symbols.tolist() == ["NEW"]


@pytest.mark.parametrize("close", [41.0, 0.0, np.nan])
def test_without_either_proof_nothing_is_joined(close):
    left = with_unreported_renames(changed_ticker(counts=(1e8, 4e7)), told(close))
    assert left.symbols.tolist() == ["OLD", "NEW"]
    assert left.notes[-1] == (
        "1 symbol ended since the newest report and may go on under another, which the next one tells: OLD"
    )


def test_of_two_that_fit_neither_is_joined():
    assert len(with_unreported_renames(changed_ticker(more=1), told(40.0)).symbols) == 3


def test_two_shell_companies_at_ten_dollars_are_joined_by_both_proofs_only():
    same, other = changed_ticker(price=10.0), changed_ticker(price=10.0, counts=(1e8, 4e7))
    assert with_unreported_renames(same, told(10.0)).symbols.tolist() == ["NEW"]
    assert len(with_unreported_renames(same, told(np.nan)).symbols) == 2
    assert len(with_unreported_renames(other, told(10.0)).symbols) == 2


def test_a_stock_does_not_become_a_warrant():
    listings = changed_ticker(names=("Old Corp. Common Stock", "Old Corp. Warrant"))
    assert with_unreported_renames(listings, told(40.0)) is listings


def test_a_symbol_that_is_back_after_a_day_has_not_changed():
    listings = changed_ticker()
    close = listings.close.copy()
    close[-1, 0] = 40.0
    back = replace(listings, close=close)
    assert with_unreported_renames(back, told(40.0)) is back


def test_what_the_newest_report_should_have_told_is_not_guessed():
    listings = changed_ticker()
    later = replace(listings, settlements=SETTLEMENTS + 15)
    assert later.settlements[-1] >= SESSIONS[CHANGE]
    assert with_unreported_renames(later, told(40.0)) is later


def test_no_new_short_appears_when_the_report_comes():
    """Before and after the report the position is one, and nobody sold or bought it."""
    market = market_of(with_unreported_renames(changed_ticker(), told(40.0)))
    board = board_of(market, View(window="5d", knowledge=Knowledge.AS_KNOWN))
    assert board.short_interest.tolist() == pytest.approx([1.2e6 * 40.4])
    assert board.new_short.tolist() == [0.0]
    reported = changed_ticker()
    more = np.array([[np.nan, np.nan], [np.nan, 1.2e6]])
    reported = replace(
        reported,
        settlements=np.append(SETTLEMENTS, np.datetime64("2023-08-31")),
        published=np.append(reported.published, np.datetime64("2023-09-12")),
        shares_short=np.vstack([reported.shares_short, more[1]]),
        shares_short_previous=np.vstack([reported.shares_short_previous, more[1]]),
        is_revised=np.zeros((3, 2), bool),
        split_flag=np.zeros((3, 2), bool),
        reported_volume=np.full((3, 2), 1e6, np.float32),
    )
    assert joined_renames(reported).symbols.tolist() == ["NEW"]


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_the_net_change_is_read_out_of_the_file_of_prices(tmp_path, suffix):
    import pandas as pd

    rows = pd.DataFrame(
        {
            "date": [date(2023, 8, 29), date(2023, 8, 30), date(2023, 8, 31)],
            "symbol": ["OLD", "NEW", "NEW"],
            "close": [40.0, 40.4, 40.4],
            "netchange": [0.1, 0.4, 0.0],
            "exchange": "nyse",
            "volume": 1e6,
            "shares_out": 1e8,
        }
    )
    path = tmp_path / f"prices{suffix}"
    if suffix == ".csv":
        rows.to_csv(path, index=False)
    else:
        write_parquet(rows, path)

    def closes_in(path):
        prices = read_prices(path, None, None, lambda: None).table(None, None)
        symbols = prices.symbols.tolist()
        return previous_closes_of(
            changed_ticker(), prices, lambda asked: np.array([symbols.index(one) for one in asked])
        )

    assert closes_in(path)(np.array([1]))[0] == pytest.approx(40.0)
    if suffix == ".csv":
        rows.drop(columns="netchange").to_csv(path, index=False)
        assert np.isnan(closes_in(path)(np.array([1]))[0])


@pytest.mark.shared
def test_on_30_august_2023_amerisourcebergen_is_cencora_before_any_report_says_so(market_directory):
    """Its 1.0 bn are no new shorts on 12 September, when the report is out."""
    day = date(2023, 8, 30)
    listings = FilesProvider(market_directory).read_listings(knowledge=day, since=date(2023, 6, 1), until=day)
    assert "ABC" not in listings.symbols
    column = listings.symbols.tolist().index("COR")
    assert np.isfinite(listings.close[-2:, column]).all()
    assert any("ABC → COR" in note and "no report tells of yet" in note for note in listings.notes)
