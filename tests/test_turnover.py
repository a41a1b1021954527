"""A name that left has a tier by what it traded, told as an estimate, and nothing but a tier rests on it."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from market_examples import listings_of, splits_of, texts

from providers.public.estimated_counts import with_estimated_counts
from shortside.board import Desk
from shortside.market import market_of
from shortside.rows import name_rows
from shortside.turnover import FEWEST_KNOWN, turnover_of
from shortside.view import View

KNOWN = FEWEST_KNOWN + 50
SESSIONS = 40


def market(*, known=KNOWN, gone_volume=2e6, **changes):
    """So many listed names whose count is a hundred times their volume, and one that left after thirty sessions."""
    names = known + 1
    volume = np.append(np.geomspace(1e4, 1e7, known), gone_volume).astype(np.float32)
    close = np.full((SESSIONS, names), 10.0)
    close[30:, -1] = np.nan
    counts = np.where(np.isfinite(close), 100 * volume, np.nan)
    counts[:, -1] = np.nan
    settings = {
        "symbols": [f"S{place}" for place in range(known)] + ["GONE"],
        "shares_outstanding": counts.astype(np.float32),
        "reported_volume": np.tile(volume, (4, 1)),
    }
    return listings_of(close, np.full((4, names), 1e5), **{**settings, **changes})


def listed(listings, *others):
    return {*listings.symbols.tolist()} - {"GONE"} - set(others)


class TestLine:
    def test_by_hand_the_line_goes_through_names_that_lie_on_it(self):
        volume = np.geomspace(1e3, 1e7, FEWEST_KNOWN)
        line = turnover_of(50 * np.sqrt(volume), volume)
        assert line is not None
        assert line.slope == pytest.approx(0.5)
        assert math.exp(line.intercept) == pytest.approx(50)
        assert line.counts(np.array([1e4, 0.0, np.nan]))[:1] == pytest.approx(5_000)
        assert np.isnan(line.counts(np.array([1e4, 0.0, np.nan]))[1:]).all()

    def test_too_few_names_or_names_that_all_trade_alike_draw_no_line(self):
        volume = np.geomspace(1e3, 1e7, FEWEST_KNOWN - 1)
        assert turnover_of(volume, volume) is None
        assert turnover_of(np.full(FEWEST_KNOWN, 7.0), np.full(FEWEST_KNOWN, 3.0)) is None
        unknown = np.where(np.arange(FEWEST_KNOWN) == 0, np.nan, 1.0)
        assert turnover_of(unknown * np.geomspace(1, 9, FEWEST_KNOWN), np.geomspace(1, 9, FEWEST_KNOWN)) is None

    @given(st.floats(1e-3, 1e3), st.floats(0.1, 1.5), st.integers(0, 2**32 - 1))
    def test_whatever_the_line_estimates_are_positive_and_rise_with_volume(self, level, slope, seed):
        random = np.random.default_rng(seed)
        volume = random.lognormal(12, 2, FEWEST_KNOWN)
        line = turnover_of(level * volume**slope, volume)
        assert line is not None
        asked = np.sort(random.lognormal(12, 3, 20))
        found = line.counts(asked)
        assert (found > 0).all()
        assert (np.diff(found) >= 0).all()


class TestListings:
    def test_who_left_has_a_count_on_its_last_session_and_the_note_says_how_good_such_counts_are(self):
        before = market()
        after = with_estimated_counts(before, listed(before))
        counts = after.shares_outstanding[:, -1]
        assert np.flatnonzero(np.isfinite(counts)).tolist() == [29]
        assert counts[29] == pytest.approx(2e8, rel=1e-3)
        assert after.estimated_counts == ("GONE",)
        assert after.notes[-1].startswith("1 delisted names have no share count anywhere; their tier is told from")
        assert "which puts 100% of the names" in after.notes[-1]
        assert after.notes[-1].endswith("GONE")
        # The listings that came in are as they were.
        assert np.isnan(before.shares_outstanding[:, -1]).all()

    def test_a_listed_name_without_a_count_stays_without_a_tier(self):
        listings = market()
        assert with_estimated_counts(listings, {*listings.symbols.tolist()}) is listings

    def test_a_count_that_is_known_is_not_estimated(self):
        listings = market()
        listings.shares_outstanding[5, -1] = 3e6
        assert with_estimated_counts(listings, listed(listings)) is listings

    def test_a_warrant_that_left_is_no_stock(self):
        names = texts([f"Company {place} Common Stock" for place in range(KNOWN)] + ["Gone Holdings Warrant"])
        listings = market(names=names)
        assert with_estimated_counts(listings, listed(listings)) is listings

    def test_too_small_a_market_estimates_nothing(self):
        listings = market(known=FEWEST_KNOWN - 1)
        assert with_estimated_counts(listings, listed(listings)) is listings

    def test_volumes_before_a_reverse_split_count_on_its_basis(self):
        plain = market(gone_volume=1e5)
        volume = plain.reported_volume.copy()
        volume[:2, -1] *= 10
        row = int(np.searchsorted(plain.sessions, plain.settlements[2]))
        split = market(gone_volume=1e5, reported_volume=volume, splits=splits_of(plain.sessions, [(KNOWN, row, 10.0)]))
        one, other = (with_estimated_counts(each, listed(each)) for each in (plain, split))
        np.testing.assert_allclose(one.shares_outstanding[29, -1], other.shares_outstanding[29, -1], rtol=1e-6)


class TestFigures:
    def board(self):
        listings = market()
        return Desk(market_of(with_estimated_counts(listings, listed(listings)))).board(View(window="30d"))

    def test_the_estimate_decides_the_tier_and_the_row_says_so(self):
        # 200 million shares at 10 dollars.
        row = name_rows(self.board(), np.array([KNOWN]))[0]
        assert (row.symbol, row.tier, row.is_tier_estimated) == ("GONE", "mid", True)

    def test_no_ratio_and_no_market_cap_rests_on_it(self):
        board = self.board()
        gone, other = name_rows(board, np.array([KNOWN, 0]))
        assert (gone.market_cap, gone.short_outstanding_ratio) == (None, None)
        assert math.isnan(board.market.counted_shares[KNOWN])
        assert not other.is_tier_estimated
        assert other.market_cap == pytest.approx(1e7)
