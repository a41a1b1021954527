"""One split basis, sane share counts, and names classified: what the figures stand on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from market_examples import listings_of, random_listings, splits_of, texts

from shortside.corporate_actions.splits import restate
from shortside.listings import Borrow
from shortside.market import NoSessionError, market_of
from shortside.universe import STOCK_KINDS, SecurityKind, kind_of, kind_of_unpriced, members


def test_a_reverse_split_multiplies_earlier_prices_and_divides_earlier_shares():
    close = np.array([[2.0], [2.0], [20.0], [20.0]])
    listings = listings_of(close, [[1000.0]])
    listings = replace(listings, splits=splits_of(listings.sessions, [(0, 2, 10.0)]))
    market = market_of(listings)
    assert market.close[:, 0].tolist() == [20.0, 20.0, 20.0, 20.0]
    assert market.shares_short[0, 0] == 100.0
    assert market.splits_applied == 1


def test_positions_settled_after_a_split_beyond_the_last_session_are_brought_back():
    # Seen on 10 January, a two-for-one of the 12th has not happened: the 13 January report of 400 shares is 200 today.
    close = np.array([[10.0]] * 7 + [[5.0]] * 5)
    listings = listings_of(close, [[150.0], [400.0]])
    listings = replace(listings, splits=splits_of(listings.sessions, [(0, 7, 0.5)]))
    market = market_of(listings, as_of=listings.sessions[5].astype(date))
    assert market.shares_short[:, 0].tolist() == [150.0, 200.0]


@given(random_listings())
def test_short_dollars_at_a_settlement_are_the_same_raw_and_restated(listings):
    restated = restate(listings)
    for row, settlement in enumerate(listings.settlements):
        session = int(np.searchsorted(listings.sessions, settlement))
        if session >= len(listings.sessions) or listings.sessions[session] != settlement:
            continue
        raw = listings.shares_short[row] * listings.close[session].astype(np.float64)
        ours = restated.shares_short[row] * restated.close[session].astype(np.float64)
        known = np.isfinite(raw)
        assert np.allclose(raw[known], ours[known], rtol=1e-6)


def test_a_share_count_that_lags_a_split_does_not_make_a_giant():
    # One-for-ten on day 10: the price jumps tenfold, the printed count is corrected four sessions late.
    close = np.where(np.arange(60)[:, None] < 10, 1.0, 10.0)
    counts = np.where(np.arange(60)[:, None] < 14, 500e6, 50e6)
    listings = listings_of(close, [[1e6]], shares_outstanding=counts.astype(np.float32))
    events = splits_of(listings.sessions, [(0, 10, 10.0)])
    late = replace(events, shares_corrected_on=listings.sessions[14:15], shares_before=np.array([500e6]))
    assert np.allclose(market_of(replace(listings, splits=late)).market_cap[:, 0], 500e6, rtol=1e-5)
    untold = replace(late, shares_corrected_on=np.array(["NaT"], "datetime64[D]"), shares_before=np.array([np.nan]))
    assert np.allclose(market_of(replace(listings, splits=untold)).market_cap[:, 0], 500e6, rtol=1e-5)


def test_a_share_count_wrong_on_one_day_is_replaced_and_named():
    counts = np.full((60, 2), 1e8, np.float32)
    counts[30, 0] = 1e11
    listings = listings_of(np.full((60, 2), 10.0), [[1.0, 1.0]], shares_outstanding=counts)
    market = market_of(listings)
    assert np.allclose(market.market_cap, 1e9)
    assert market.repaired_share_counts == {"S000": 1}


class TestCountsBelowTheSharesSoldShort:
    """More shares than there are cannot be sold short, whatever the screener prints for weeks."""

    @staticmethod
    def market(counts, short=1e6):
        close = np.full((60, 2), 50.0)
        outstanding = np.full((60, 2), 5e7, np.float32)
        outstanding[:, 0] = counts
        return market_of(replace(listings_of(close, np.full((5, 2), short)), shares_outstanding=outstanding))

    def test_the_last_count_that_can_be_is_carried_over_weeks_of_one_that_cannot(self):
        counts = np.full(60, 5e7)
        counts[30:] = 2.4e4
        market = self.market(counts)
        assert market.shares_outstanding.tolist() == [5e7, 5e7]
        assert market.market_cap[-1].tolist() == [2.5e9, 2.5e9]
        assert market.repaired_share_counts == {"S000": 30}

    def test_a_later_good_count_is_believed_at_once(self):
        counts = np.full(60, 2.4e4)
        counts[-3:] = 5e7
        assert self.market(counts).shares_outstanding[0] == 5e7

    def test_where_no_count_can_be_none_is_known(self):
        market = self.market(np.full(60, 2.4e4))
        assert np.isnan(market.shares_outstanding[0])
        assert np.isnan(market.market_cap[:, 0]).all()

    def test_of_a_fund_more_shares_can_be_short_than_there_are(self):
        listings = listings_of(np.full((60, 1), 50.0), np.full((5, 1), 1e6))
        outstanding = np.full((60, 1), 3e5, np.float32)
        fund = replace(listings, shares_outstanding=outstanding, names=texts(["SPDR S&P Retail ETF"]))
        assert market_of(fund).shares_outstanding[0] == pytest.approx(3e5)

    def test_nearly_all_shares_short_is_rare_and_possible(self):
        assert self.market(np.full(60, 9e5)).shares_outstanding[0] == pytest.approx(9e5)

    def test_each_cycle_is_judged_by_its_own_position(self):
        """A count that was right when few were short stays: only the cycles that contradict it are mended."""
        listings = listings_of(np.full((60, 1), 50.0), [[1e3], [1e3], [1e3], [1e6], [1e6]])
        outstanding = np.full((60, 1), 5e4, np.float32)
        outstanding[40:] = 5e7
        market = market_of(replace(listings, shares_outstanding=outstanding))
        assert market.market_cap[10, 0] == pytest.approx(2.5e6)
        assert market.market_cap[-1, 0] == pytest.approx(2.5e9)


def test_a_wrong_share_count_on_the_very_last_day_is_replaced_too():
    counts = np.full((60, 1), 1e8, np.float32)
    counts[-1, 0] = 1e11
    market = market_of(listings_of(np.full((60, 1), 10.0), [[1.0]], shares_outstanding=counts))
    assert market.shares_outstanding[0] == pytest.approx(1e8)


def test_a_real_issuance_stays():
    counts = np.where(np.arange(80)[:, None] < 40, 1e7, 1e8).astype(np.float32)
    market = market_of(listings_of(np.full((80, 1), 10.0), [[1.0]], shares_outstanding=counts))
    assert market.shares_outstanding[0] == pytest.approx(1e8)
    assert market.market_cap[0, 0] == pytest.approx(1e8)


def test_a_name_never_priced_in_view_is_not_in_the_market():
    close = np.full((40, 2), 10.0)
    close[:30, 1] = np.nan
    market = market_of(listings_of(close, [[1.0, 1.0]]), as_of=listings_of(close, [[1, 1]]).sessions[20].astype(date))
    assert market.symbols.tolist() == ["S000"]


def test_a_day_before_all_data_is_an_error_that_names_the_range():
    listings = listings_of(np.full((5, 1), 10.0), [[1.0]])
    with pytest.raises(NoSessionError, match="prices run from 2023-01-03 to 2023-01-09"):
        market_of(listings, as_of=date(2020, 1, 2))


def test_an_old_look_at_the_loan_market_says_nothing_about_today():
    listings = listings_of(np.full((40, 1), 10.0), [[1.0]])

    def seen(day):
        borrow = Borrow(
            fee=np.array([0.3]), available=np.array([1e6]), is_capped=np.array([False]), as_of=day, source="test"
        )
        return market_of(replace(listings, borrow=borrow)).borrow

    assert seen(listings.sessions[-2]) is not None
    assert seen(listings.sessions[0]) is None
    assert seen(listings.sessions[-1] + 1) is None


def test_a_split_flag_nobody_explains_is_reported():
    listings = listings_of(np.full((15, 1), 10.0), [[1.0], [1.0]])
    flagged = listings.split_flag.copy()
    flagged[1, 0] = True
    assert market_of(replace(listings, split_flag=flagged)).unexplained_splits == ("S000",)


@pytest.mark.parametrize(
    ("symbol", "name", "kind"),
    [
        ("AAPL", "Apple Inc. Common Stock", SecurityKind.COMMON),
        (
            "BABA",
            "Alibaba Group Holding Limited American Depositary Shares each representing eight Ordinary share",
            SecurityKind.ADR,
        ),
        ("ABR^D", "Arbor Realty Trust 6.375% Series D", SecurityKind.PREFERRED),
        ("EOSEW", "Eos Energy Enterprises Inc. Warrant", SecurityKind.WARRANT),
        ("ROCAU", "ROC Energy Acquisition Corp. Unit", SecurityKind.UNIT),
        ("ET", "Energy Transfer LP Common Units", SecurityKind.COMMON),
        ("EPD", "Enterprise Products Partners L.P. Common Units", SecurityKind.COMMON),
        ("GBBKR", "Global Blockchain Acquisition Corp. Right", SecurityKind.RIGHT),
        ("DHCNI", "Diversified Healthcare Trust 5.625% Senior Notes due 2042", SecurityKind.NOTE),
        ("KF", "Korea Fund Inc. (The) New Common Stock", SecurityKind.FUND),
        ("BKN", "BlackRock Investment Quality Municipal Trust Inc. (The)", SecurityKind.FUND),
        ("DLR", "Digital Realty Trust Inc. Common Stock", SecurityKind.COMMON),
        ("NA", "Nano Labs Ltd American Depositary Shares", SecurityKind.ADR),
        ("TRUE", "TrueCar Inc. Common Stock", SecurityKind.COMMON),
        ("PFBC", "Preferred Bank Common Stock", SecurityKind.COMMON),
        ("BNS", "Bank Nova Scotia Halifax Pfd 3 Ordinary Shares", SecurityKind.COMMON),
        ("QRTEP", "Qurate Retail Inc. 8.0% Fixed Rate Cumulative Redeemable Preferred Stock", SecurityKind.PREFERRED),
        (
            "VLYPP",
            "Valley National Bancorp Depositary Shares each a 1/40th interest in Series A",
            SecurityKind.PREFERRED,
        ),
        ("ITUB", "Itau Unibanco Banco Holding SA American Depositary Shares (500 Preferred shares)", SecurityKind.ADR),
        ("AMX", "America Movil ADS (the right to receive twenty Series B Shares)", SecurityKind.ADR),
        ("KOF", "Coca Cola Femsa American Depositary Shares each representing 10 Units", SecurityKind.ADR),
        ("PSF", "Cohen & Steers Select Preferred and Income Fund Inc. Common Stock", SecurityKind.FUND),
        ("UHT", "Universal Health Realty Income Trust Common Stock", SecurityKind.COMMON),
        ("OPI", "Office Properties Income Trust Common Shares of Beneficial Interest", SecurityKind.COMMON),
        ("AB", "AllianceBernstein Holding L.P. Units", SecurityKind.COMMON),
        ("MVO", "MV Oil Trust Units of Beneficial Interests", SecurityKind.COMMON),
        ("BXSL", "Blackstone Secured Lending Fund Common Shares of Beneficial Interest", SecurityKind.COMMON),
        ("MSIF", "MSC Income Fund Inc. Common Stock", SecurityKind.COMMON),
        ("PSBD", "Palmer Square Capital BDC Inc. Common Stock", SecurityKind.COMMON),
        ("BIZD", "VanEck BDC Income ETF", SecurityKind.ETF),
        ("JQC", "Nuveen Credit Strategies Income Fund Shares of Beneficial Interest", SecurityKind.FUND),
        ("AESC", "The AES Corporation Corporate Units", SecurityKind.UNIT),
    ],
)
def test_kinds_are_told_from_symbol_and_name(symbol, name, kind):
    assert kind_of(symbol, name) is kind


def test_an_unpriced_security_on_a_fund_exchange_is_a_fund_even_when_its_name_is_cut():
    assert kind_of_unpriced("XYZ", "Alternative Access First Prior", "ARCA") == "etf"
    assert kind_of_unpriced("XYZ", "Some Company Common Stock", "NYSE") == "no_price"


def test_left_out_counts_every_reason_and_stock_kinds_are_in():
    listings = listings_of(
        np.full((15, 3), 10.0),
        [[1.0, 1.0, 1.0]],
        names=texts(["A Inc. Common Stock", "A Inc. Warrant", "B plc American Depositary Shares"]),
    )
    market = market_of(listings)
    included = members(market.kinds, STOCK_KINDS)
    assert included.tolist() == [True, False, True]
    assert market.left_out(included) == {"warrant": 1}


def test_with_few_sessions_of_volume_finras_average_of_the_newest_cycle_stands_in():
    listings = listings_of(np.full((40, 2), 10.0), [[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]])
    volume = np.full((40, 2), np.nan, np.float32)
    volume[:, 0] = 500.0
    volume[-1, 1] = 9e6
    reported = np.array([[1.0, 1.0], [2.0, 4000.0], [3.0, 5.0]], np.float32)
    market = market_of(replace(listings, volume=volume, reported_volume=reported))
    # 40 sessions end on 1 March: the cycle of 13 January is out since the 25th, that of 31 January since 9 February.
    assert market.average_volume.tolist() == [500.0, 5.0]
    assert market.is_volume_of_cycle.tolist() == [False, True]
    early = market_of(replace(listings, volume=volume, reported_volume=reported), as_of=date(2023, 2, 1))
    assert early.average_volume.tolist() == [500.0, 4000.0]
