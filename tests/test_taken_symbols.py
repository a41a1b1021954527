"""A symbol that another company takes over in a night is two securities, and nobody makes the leap between them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from market_examples import listings_of, splits_of

from providers.listings.short_interest import Issuers
from providers.listings.taken_symbols import with_taken_symbols
from shortside.board import Desk
from shortside.doubts import DoubtRule
from shortside.market import market_of
from shortside.net_changes import follows_previous_session, net_changes_of
from shortside.positions import Knowledge
from shortside.view import View

SESSIONS, TAKEN = 60, 42
"""Sessions there are, and the index of the one on which PEAK goes on as DOC; the settlement after it is number 5."""
KEPT = 1 + 0.01 * np.sin(np.arange(SESSIONS))
DOC, PEAK, OTHER = range(3)
PEAK_NAME, DOC_NAME, OTHER_NAME = 10, 11, 12


def market(*, told=True, counted=False, off=0.0, reported=True, listed=True, splits=None, price=17.0, silent=0):
    """DOC at 11 until it is bought by PEAK, at 17; FINRA names DOC's own position as the one before, all along.

    Args:
        told: whether the net change of the day is against PEAK's last close.
        counted: whether DOC's share count becomes the merged company's.
        off: by how many USD the net change misses that close.
        reported: whether FINRA's report after it is out.
        listed: whether PEAK was listed here.
        splits: on the list.
        price: what PEAK stands at.
        silent: for how many sessions PEAK did not trade before the day.
    """
    close = np.full((SESSIONS, 3), np.nan)
    close[:, OTHER] = 50 * KEPT
    close[:TAKEN, DOC], close[TAKEN:, DOC] = 11 * KEPT[:TAKEN], price * KEPT[TAKEN:]
    if listed:
        close[: TAKEN - silent, PEAK] = price * KEPT[: TAKEN - silent]
    close = np.round(close, 2).astype(np.float32)
    counts = np.where(np.isfinite(close), np.float32(240e6), np.float32(np.nan))
    if counted:
        counts[TAKEN:, DOC] = 700e6
    shares = np.array([[5.4e6, 13.5e6, 2e7]] * 5 + [[13.4e6, np.nan, 2e7]])[: 6 if reported else 5]
    previous = np.vstack([[np.nan] * 3, shares[:-1]])
    if not listed:
        shares[:, PEAK] = np.nan
    official = np.vstack([np.full(3, np.nan), close[:-1]]).astype(np.float32)
    if told:
        official[TAKEN, DOC] = np.float32(price * KEPT[TAKEN - 1] + off)
    listings = listings_of(
        close, shares, symbols=["DOC", "PEAK", "OTHER"], shares_outstanding=counts, splits=splits,
        shares_short_previous=previous,
    )  # fmt: skip
    changes = net_changes_of(listings.sessions, close, official, follows_previous_session(listings.sessions))
    codes = np.array([[DOC_NAME, PEAK_NAME, OTHER_NAME]] * 5 + [[PEAK_NAME, -1, OTHER_NAME]], np.int32)[: len(shares)]
    codes[:, PEAK] = codes[:, PEAK] if listed else -1
    return replace(listings, net_changes=changes), Issuers(codes=codes)


def told_apart(**changes):
    listings, issuers = market(**changes)
    return with_taken_symbols(listings, issuers)


def board_of(listings, **view):
    return Desk(market_of(listings)).board(View(window="ytd", knowledge=Knowledge.REVISED, **view))


WITNESSES = {
    "the net change": {"reported": False},
    "the report": {"told": False},
    "both": {},
    "the net change, nearly, and far above": {"reported": False, "off": 0.07},
    "the net change, nearly, and the share count": {"reported": False, "off": 0.07, "counted": True},
    "the report, after two days without a trade": {"told": False, "silent": 2},
}


@pytest.mark.parametrize("changes", WITNESSES.values(), ids=WITNESSES.keys())
def test_the_buyer_goes_on_under_the_symbol_and_the_bought_one_ends_at_its_last_price(changes):
    board = board_of(told_apart(**changes))
    at = {str(symbol): column for column, symbol in enumerate(board.market.symbols)}
    assert sorted(at) == ["DOC", "DOC~2023-03", "OTHER"]
    # From a close at about 17 to one at about 17: the leap from 11 would be 13.5 or 5.4 million times 6 dollars.
    assert abs(board.profit[at["DOC"]]) < 13.5e6 * 17 * 0.021
    assert abs(board.profit[at["DOC~2023-03"]]) < 5.4e6 * 11 * 0.021
    assert board.market.shares_short[0].tolist() == [13.5e6, 2e7, 5.4e6]
    # 13.5 million became 13.4: a hundred thousand were covered, and 13.4 million were not sold anew.
    assert -0.11e6 * 17.2 < board.new_short[at["DOC"]] <= 0
    assert board.shares_short[at["DOC~2023-03"]] == 0


def test_what_would_have_hung_on_the_leap_is_said_at_the_security_that_ended():
    listings = told_apart(reported=False)
    [doubt] = board_of(listings).doubts
    assert (doubt.symbol, doubt.rule) == ("DOC~2023-03", DoubtRule.TAKEN_SYMBOL)
    assert "it is what PEAK was, told by the net change, and begins at" in doubt.evidence
    assert doubt.dollars == pytest.approx(5.4e6 * 6, rel=0.03)
    assert any("1 symbol was taken over by another company: DOC until" in note for note in listings.notes)
    assert any(note.endswith("PEAK → DOC") for note in listings.notes)


def test_the_earlier_one_s_revised_position_is_not_the_later_one_s():
    """FINRA's previous position in the first report after is DOC's own, whatever its flag says."""
    listings, issuers = market()
    revised = np.zeros(listings.shares_short.shape, bool)
    revised[5, DOC] = True
    board = board_of(with_taken_symbols(replace(listings, is_revised=revised), issuers))
    assert board.market.shares_short[:, 0].tolist() == [13.5e6] * 5 + [13.4e6]


NOTHING = {
    "neither net change nor report": {"told": False, "reported": False},
    "a net change that is against nobody's close": {"reported": False, "off": 0.5, "counted": True},
    "a net change nearly against it from above, and a share count that stood still": {
        "reported": False,
        "off": 0.07,
        "price": 9.0,
    },
    "a buyer that had stopped trading for a week": {"told": False, "silent": 5},
    "a buyer that was never listed, and nothing but its name": {"told": False, "listed": False, "counted": True},
}


@pytest.mark.parametrize("changes", NOTHING.values(), ids=NOTHING.keys())
def test_without_proof_a_symbol_is_one_security(changes):
    listings, issuers = market(**changes)
    assert with_taken_symbols(listings, issuers) is listings


def test_a_new_name_alone_is_a_new_name():
    listings, issuers = market(price=11.0, told=False)
    codes = issuers.codes.copy()
    codes[5] = [99, -1, OTHER_NAME]
    assert with_taken_symbols(listings, Issuers(codes=codes)) is listings


def test_a_listed_split_of_the_symbol_explains_its_net_change():
    sessions = market()[0].sessions
    listings, issuers = market(reported=False, splits=splits_of(sessions, [(DOC, TAKEN, 17 / 11)]))
    assert with_taken_symbols(listings, issuers) is listings


def test_a_buyer_from_elsewhere_begins_with_a_position_that_is_not_new():
    listings = told_apart(listed=False, counted=True)
    board = board_of(listings)
    at = {str(symbol): column for column, symbol in enumerate(board.market.symbols)}
    assert abs(board.profit[at["DOC~2023-03"]]) < 5.4e6 * 11 * 0.021
    assert abs(board.profit[at["DOC"]]) < 13.4e6 * 17 * 0.021
    assert np.isnan(board.new_short[at["DOC"]])
    assert "it is another company" in board.doubts[0].evidence


@given(seed=st.integers(0, 2**32 - 1), last=st.integers(5, SESSIONS - 2))
def test_names_that_end_and_others_that_pay_dividends_are_never_taken_for_one(seed, last):
    random = np.random.default_rng(seed)
    close = np.round(20 * np.exp(np.cumsum(random.normal(0, 0.03, (SESSIONS, 4)), axis=0)), 2)
    close[last + 1 :, 0] = np.nan
    official = np.vstack([np.full(4, np.nan), close[:-1]])
    official[last + 1, 1:] *= random.uniform(0.7, 0.99, 3)
    listings = listings_of(close, np.full((6, 4), 1e6))
    changes = net_changes_of(listings.sessions, listings.close, official, follows_previous_session(listings.sessions))
    listings = replace(listings, net_changes=changes)
    judged = with_taken_symbols(listings, Issuers(codes=np.tile(np.arange(4, dtype=np.int32), (6, 1))))
    near = np.abs(official[last + 1, 1:] - close[last, 0]) < 0.006
    assert judged is listings or near.any()
