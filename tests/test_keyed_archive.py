"""What keyed providers stored becomes the right figures: ranked, never doubled, never mixed with what it is not."""

from datetime import date, timedelta
from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from market_data import SESSIONS, SETTLEMENTS
from public_archive import (
    REPORTS,
    ROWS,
    assets,
    bars,
    closes,
    costs,
    counts,
    cycle,
    directory,
    estimates,
    evening,
    fill,
    lent,
    published,
    resold,
    screener,
    session,
    splits,
)

from providers.archive.holdings import holdings_of
from providers.archive.splits import splits_of
from providers.archive.vintages import Archive
from providers.backfill.missing_counts import uncounted
from providers.public.source import PublicProvider
from shortside.board import Desk
from shortside.datasets import Dataset
from shortside.market import market_of
from shortside.view import View

LAST = SESSIONS[-1]
LATE = evening(LAST, 19)
AFTER = evening(LAST, 21)


def read(archive, moment=AFTER, **options):
    return PublicProvider(archive.root, clock=lambda: moment).read_listings(**options)


def column(listings, symbol):
    return int(np.flatnonzero(listings.symbols == symbol)[0])


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    archive = Archive(tmp_path / "archive")
    fill(archive, LAST)
    return archive


def priced_at(close):
    """Apple at another close, every day."""
    return ROWS.assign(close=ROWS["close"].where(ROWS["symbol"] != "AAPL", close))


class TestPrices:
    @pytest.mark.parametrize("order", list(permutations(range(3))))
    def test_of_one_close_the_bar_is_believed_then_the_screener_then_yahoo_in_whatever_order_they_came(
        self, tmp_path, order
    ):
        looks = [
            lambda at: closes(LAST, at, rows=priced_at(1.0)),
            lambda at: screener(LAST, at, rows=priced_at(2.0)),
            lambda at: bars(LAST, at, since=LAST, rows=priced_at(3.0)),
        ]
        archive = Archive(tmp_path)
        archive.append(cycle(date(2023, 1, 31), evening(LAST)))
        for minutes, place in enumerate(order):
            archive.append(looks[place](LATE + timedelta(minutes=minutes)))
        listings = read(archive)
        apple = column(listings, "AAPL")
        assert listings.sessions.astype(date).tolist() == SESSIONS
        assert listings.close[:, apple].tolist() == [1.0] * (len(SESSIONS) - 1) + [3.0]
        # What only the screener says, the count, is not taken away by a bar.
        assert listings.shares_outstanding[-1, apple] == 1_000_000

    def test_a_history_of_bars_is_that_of_restated_closes_and_knows_volumes(self, archive, tmp_path):
        keyed = Archive(tmp_path / "keyed")
        at = evening(LAST)
        for snapshot in (
            screener(LAST, at),
            directory(at),
            splits([("AAPL", date(2023, 1, 10), 0.5)], at),
            bars(LAST, at),
            *(cycle(one, at) for one in published(at)),
        ):
            keyed.append(snapshot)
        one, other = read(keyed), read(archive)
        np.testing.assert_array_equal(one.close, other.close)
        assert np.isfinite(one.volume).all()
        assert not any("volumes are known" in note for note in one.notes)
        assert any("volumes are known" in note for note in other.notes)
        # The split is there for both, and bars are on their own day's basis.
        assert market_of(one).splits_applied == market_of(other).splits_applied == 1

    def test_a_whole_session_brings_no_fund_and_fills_a_gap_with_closes_that_are_not_doubled(self, archive):
        monday = SESSIONS[-2]
        fund = ROWS[ROWS["symbol"] == "AAPL"].assign(symbol="SPY", close=400.0)
        archive.append(session(monday, LATE, rows=pd.concat([priced_at(7.0), fund], ignore_index=True)))
        before = len(read(archive, evening(LAST, 18)).sessions)
        listings = read(archive)
        assert len(listings.sessions) == before
        assert "SPY" not in listings.symbols
        assert listings.close[-2, column(listings, "AAPL")] == 7.0

    def test_a_name_that_left_is_priced_by_bars_under_the_name_finra_had_for_it(self, archive):
        leave(archive, "SIVB", "SVB Financial Group Common Sto")
        archive.append(bars(LAST, LATE, rows=gone("SIVB")))
        listings = read(archive)
        silicon = column(listings, "SIVB")
        assert np.isfinite(listings.close[:8, silicon]).all()
        assert np.isnan(listings.close[8:, silicon]).all()
        assert listings.names[silicon] == "SVB Financial Group Common Sto"
        assert listings.exchanges[silicon] == "nasdaq"
        assert np.isfinite(listings.shares_short[0, silicon])
        assert "SIVB" not in listings.unpriced.symbols

    def test_what_a_name_counted_that_left_is_massive_s_word_on_its_own_day(self, archive):
        leave(archive, "SIVB", "SVB Financial Group Common Sto")
        archive.append(bars(LAST, LATE, rows=gone("SIVB")))
        assert np.isnan(market_of(read(archive)).market_cap[:, column(read(archive), "SIVB")]).all()
        archive.append(splits([("SIVB", SESSIONS[3], 0.5)], LATE))
        archive.append(counts([("SIVB", SESSIONS[7], 59e6), ("NA", SESSIONS[7], 5.0)], LATE))
        market = market_of(read(archive))
        silicon = int(np.flatnonzero(market.symbols == "SIVB")[0])
        assert market.shares_outstanding[silicon] == pytest.approx(59e6)
        assert not market.is_count_estimated[silicon]
        # The screener counts what is listed; nobody else is asked for that.
        assert market.shares_outstanding[market.symbols == "NA"] == pytest.approx(1_000_003)


def gone(symbol, until=8):
    """Rows of a name that traded for some sessions and left."""
    rows = ROWS[(ROWS["symbol"] == "AAPL") & (ROWS["date"] < SESSIONS[until])]
    return rows.assign(symbol=symbol, close=100.0)


def leave(archive: Archive, symbol: str, name: str) -> None:
    """Have FINRA report a name until it leaves."""
    own = REPORTS[REPORTS["symbol"] == "AAPL"].assign(symbol=symbol, issue_name=name)
    reports = pd.concat([REPORTS, own[own["settlement_date"] < SESSIONS[8]]], ignore_index=True)
    for day in published(evening(LAST)):
        archive.append(cycle(day, evening(LAST, 18), reports=reports))


class TestHoldings:
    def test_each_source_answers_for_what_it_was_asked(self, archive):
        nothing = gone("SIVB").assign(close=np.nan)
        archive.append(closes(LAST, LATE, rows=nothing))
        archive.append(bars(LAST, LATE, rows=gone("SIVB")))
        held = holdings_of(archive, AFTER)
        assert held.unknown == {"yahoo_spark": frozenset({"SIVB"}), "alpaca": frozenset()}
        assert held.held("SIVB", "yahoo_spark") is None
        assert held.held("SIVB", "alpaca") == ((SESSIONS[0], SESSIONS[7]),)
        # What Yahoo has need not be asked of Alpaca.
        assert held.held("AAPL", "alpaca") == ((SESSIONS[0], LAST),)

    def test_a_resold_settlement_and_an_estimate_are_no_settlements(self, archive):
        before = holdings_of(archive, AFTER).settlements
        archive.append(resold(SETTLEMENTS[-1], {"AAPL": 1}, LATE))
        archive.append(estimates(LAST, LATE))
        assert holdings_of(archive, AFTER).settlements == before

    def test_whose_count_nobody_gave_is_asked_once_the_most_shorted_first(self, archive):
        assert uncounted(archive, AFTER) == []
        leave(archive, "SIVB", "SVB Financial Group Common Sto")
        leave(archive, "SBNY", "Signature Bank Common Stock")
        leave_day = max(day for day in SETTLEMENTS if day < SESSIONS[8])
        both = pd.concat(
            [
                REPORTS,
                *(
                    REPORTS[(REPORTS["symbol"] == "AAPL") & (REPORTS["settlement_date"] < SESSIONS[8])].assign(
                        symbol=symbol, issue_name=f"{symbol} Common Stock", short_interest=short
                    )
                    for symbol, short in (("SIVB", 10), ("SBNY", 2_000_000))
                ),
            ],
            ignore_index=True,
        )
        for day in published(evening(LAST)):
            archive.append(cycle(day, LATE, reports=both))
        assert uncounted(archive, AFTER) == [("SBNY", leave_day), ("SIVB", leave_day)]
        archive.append(counts([("SBNY", leave_day, None)], LATE))
        assert uncounted(archive, AFTER) == [("SIVB", leave_day)]


class TestShortInterest:
    def test_an_estimate_never_becomes_a_position(self, archive):
        before = read(archive)
        archive.append(estimates(SETTLEMENTS[1], LATE))
        archive.append(estimates(LAST, LATE))
        after = read(archive)
        np.testing.assert_array_equal(before.settlements, after.settlements)
        np.testing.assert_array_equal(before.shares_short, after.shares_short)

    def test_a_resold_settlement_stands_in_only_while_finra_s_own_is_missing(self, tmp_path):
        archive = Archive(tmp_path)
        at = evening(LAST)
        missing = published(at)[-1]
        for snapshot in (screener(LAST, at), directory(at), closes(LAST, at)):
            archive.append(snapshot)
        for day in published(at)[:-1]:
            archive.append(cycle(day, at))
        assert missing not in read(archive).settlements.astype(date)
        positions = {"AAPL": 123_456, "BRK.B": 77, "ABR^D": 5, "OTCX": 9, "BRANDNEW": 1}
        archive.append(resold(missing, positions, LATE))
        # Not known before we looked.
        assert missing not in read(archive, evening(LAST, 18)).settlements.astype(date)
        listings = read(archive)
        assert listings.settlements[-1].astype(date) == missing
        shown = {symbol: listings.shares_short[-1, column(listings, symbol)] for symbol in ("AAPL", "BRK.B", "ABR^D")}
        assert shown == {"AAPL": 123_456, "BRK.B": 77, "ABR^D": 5}
        # Who is not in it is unknown, not zero; who trades over the counter, or nobody knows where, is left out.
        assert np.isnan(listings.shares_short[-1, column(listings, "TRUE")])
        assert "BRANDNEW" not in listings.unpriced.symbols
        assert not listings.is_revised[-1].any()
        apple = column(listings, "AAPL")
        assert listings.shares_short_previous[-1, apple] == listings.shares_short[-2, apple]
        archive.append(cycle(missing, LATE + timedelta(minutes=5)))
        own = read(archive)
        assert own.settlements[-1].astype(date) == missing
        expected = REPORTS[(REPORTS["symbol"] == "AAPL") & (REPORTS["settlement_date"] == missing)]["short_interest"]
        assert own.shares_short[-1, column(own, "AAPL")] == expected.item()


class TestSplits:
    def test_two_calendars_that_differ_by_some_days_know_one_split(self, archive):
        archive.append(splits([("AAPL", date(2023, 1, 12), 0.5), ("TRUE", date(2023, 2, 1), 4.0)], LATE, "massive"))
        known = splits_of(archive, AFTER).set_index("symbol")
        assert known["ex_date"].dt.date.to_dict() == {"AAPL": date(2023, 1, 10), "TRUE": date(2023, 2, 1)}
        # Another ratio, or another month, is another split.
        archive.append(splits([("AAPL", date(2023, 1, 12), 0.25), ("AAPL", date(2023, 2, 24), 0.5)], LATE, "massive"))
        days = splits_of(archive, AFTER)
        assert days[days["symbol"] == "AAPL"]["ex_date"].dt.day.tolist() == [10, 12, 24]

    def test_one_day_named_by_both_is_nasdaq_s(self, archive):
        archive.append(splits([("AAPL", date(2023, 1, 10), 0.51)], LATE, "massive"))
        assert splits_of(archive, AFTER)["simple_ratio"].tolist() == [0.5]

    def test_a_later_look_of_one_calendar_takes_back_nothing_the_other_announced(self, archive):
        soon = LAST + timedelta(days=7)
        archive.append(splits([("TRUE", soon, 20.0)], evening(LAST, 18)))
        archive.append(splits([("BRK.B", date(2023, 2, 10), 0.5)], LATE, "massive"))
        assert set(splits_of(archive, AFTER)["symbol"]) == {"AAPL", "TRUE", "BRK.B"}

    @given(st.integers(-7, 7), st.sampled_from([0.1, 0.5, 2.0, 10.0]))
    def test_however_a_second_calendar_dates_a_split_prices_are_restated_once(self, days, ratio):
        from providers.archive.splits import _further

        rows = splits([("AAPL", date(2023, 1, 10), ratio)], LATE).frame
        other = splits([("AAPL", date(2023, 1, 10) + timedelta(days=days), ratio)], LATE).frame
        assert _further(other, rows).empty


class TestBorrow:
    def test_a_fee_is_the_broker_s_and_ortex_s_only_where_the_broker_has_none(self, archive):
        archive.append(lent({"AAPL": 0.0025, "TRUE": None}, LAST, LATE))
        archive.append(costs({LAST: 0.9}, LATE, "AAPL"))
        archive.append(costs({LAST - timedelta(days=1): 0.3, LAST: 0.4}, LATE, "TRUE"))
        archive.append(costs({LAST - timedelta(days=1): 0.35}, LATE + timedelta(minutes=1), "TRUE"))
        listings = read(archive)
        fees = {symbol: float(listings.borrow.fee[column(listings, symbol)]) for symbol in ("AAPL", "TRUE")}
        assert fees == pytest.approx({"AAPL": 0.0025, "TRUE": 0.4})
        assert listings.borrow.source == "ibkr_borrow, ortex for 1 names"
        assert np.isnan(listings.borrow.fee[column(listings, "NA")])

    def test_without_the_broker_s_list_ortex_s_fee_is_what_there_is_while_it_is_fresh(self, archive):
        archive.append(costs({LAST - timedelta(days=30): 0.9}, LATE))
        assert read(archive).borrow is None
        archive.append(costs({LAST: 0.2}, LATE))
        listings = read(archive)
        assert listings.borrow.fee[column(listings, "AAPL")] == pytest.approx(0.2)
        assert np.isnan(listings.borrow.available).all()

    def test_alpaca_s_flags_are_a_figure_of_their_own(self, archive):
        archive.append(lent({"AAPL": 0.01}, LAST, LATE))
        archive.append(assets({"AAPL": (True, True), "ABR^D": (False, False), "TRUE": (True, False)}, LAST, LATE))
        listings = read(archive)
        assert listings.borrow.source == "ibkr_borrow"
        flags = {
            symbol: (listings.lending.is_lent[place], listings.lending.is_easy[place])
            for place, symbol in enumerate(listings.symbols)
        }
        assert (flags["AAPL"], flags["ABR^D"], flags["TRUE"]) == ((1, 1), (0, 0), (1, 0))
        assert np.isnan(flags["NA"]).all()
        board = Desk(market_of(listings)).board(View(window="5d"))
        assert board.is_easy_to_borrow[column(listings, "AAPL")] == 1
        # The day before nobody knew.
        assert read(archive, knowledge=SESSIONS[-2]).lending is None


def test_a_look_made_later_is_not_known_before(archive):
    archive.append(assets({"AAPL": (True, True)}, LAST, LATE))
    assert read(archive, evening(LAST, 18)).lending is None
    assert len(archive.vintages(Dataset.BORROW)) == 1
