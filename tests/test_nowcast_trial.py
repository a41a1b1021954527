"""Shares short between settlements are told from trading where it tells them, and by nothing known too late."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from market_examples import listings_of

from docs._nowcast_trial import flow_of_folder, nowcast_trial, tellings_of
from shortside.sessions import session_days
from shortside.settlement import settlement_dates_between

SESSIONS = session_days(date(2022, 3, 1), date(2023, 3, 15))
SETTLEMENTS = np.array(settlement_dates_between(date(2022, 2, 28), date(2023, 3, 15)), "datetime64[D]")
NAMES = 40


def market(random):
    """Listings whose shares short change by what was sold short beyond the usual half, and that flow."""
    rows = np.searchsorted(SESSIONS, SETTLEMENTS, "right") - 1
    sold = random.normal(0, 0.1, (len(SETTLEMENTS), NAMES))
    flow = np.full((len(SESSIONS), NAMES), 0.5)
    for at in range(1, len(rows)):
        flow[rows[at - 1] + 1 : rows[at] + 1] += sold[at]
    shares = np.round(2e6 * np.exp(np.cumsum(sold, axis=0)))
    close = 20 * np.exp(np.cumsum(random.normal(0, 0.02, flow.shape), axis=0))
    volume = random.lognormal(13, 0.4, flow.shape).astype(np.float32)
    return listings_of(close, shares, sessions=SESSIONS, settlements=SETTLEMENTS, volume=volume), flow


@pytest.fixture(scope="module")
def made():
    return market(np.random.default_rng(4))


def test_a_flow_that_tells_the_change_is_found_and_without_it_nothing_beats_carrying_by_much(made):
    listings, flow = made
    with_flow, without = nowcast_trial(listings, flow), nowcast_trial(listings, None)
    assert with_flow["told"]["linear"]["error"] < 0.6
    assert with_flow["told"]["linear"]["better"] == with_flow["settlements"] >= 5
    assert without["told"]["linear"]["error"] > 0.9
    assert (with_flow["short_volume_sessions"], without["short_volume_sessions"]) == (len(SESSIONS), 0)
    # What carrying gets wrong is the same, whoever tells otherwise.
    assert with_flow["carried_dollars"] == without["carried_dollars"]


def test_a_settlement_is_told_from_nothing_that_came_after_its_day(made):
    listings, flow = made
    at = len(SETTLEMENTS) - 3
    row = int(np.searchsorted(SESSIONS, SETTLEMENTS[at], "right"))
    close, volume, later = listings.close.copy(), listings.volume.copy(), flow.copy()
    close[row:] *= 3
    volume[row:] *= 5
    later[row:] = 0.9
    shares = listings.shares_short.copy()
    shares[at:] *= 2
    changed = replace(listings, close=close, volume=volume, shares_short=shares)
    ours, theirs = tellings_of(listings, flow), tellings_of(changed, later)
    own, other = (one.settlement == at for one in (ours, theirs))
    np.testing.assert_array_equal(ours.factors[:, own], theirs.factors[:, other])
    np.testing.assert_array_equal(ours.carried[own], theirs.carried[other])


def test_the_flow_of_a_folder_is_read_by_name_and_session(tmp_path):
    assert flow_of_folder(tmp_path, SESSIONS, ["AAPL", "BRK.B"]) is None
    (tmp_path / "regsho").mkdir()
    (tmp_path / "regsho" / "CNMSshvol20220302.txt").write_text(
        "Date|Symbol|ShortVolume|ShortExemptVolume|TotalVolume|Market\n"
        "20220302|AAPL|30|0|120|B,Q,N\n20220302|BRKB|5|0|10|B,Q,N\n2\n"
    )
    (tmp_path / "regsho" / "CNMSshvol20220303.txt").write_text("no table")
    flow = flow_of_folder(tmp_path, SESSIONS, ["AAPL", "BRK.B"])
    assert flow is not None
    assert flow[1].tolist() == [0.25, 0.5]
    assert np.isfinite(flow).sum() == 2
