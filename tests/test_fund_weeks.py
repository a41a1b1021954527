"""How a fund's latest week stands among those before it, by hand and against a plain second computation."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortside.funds.flows import fund_flows, split_factors
from shortside.funds.segments import FUND_SEGMENTS, SEGMENTS, in_segment_order, segment_of
from shortside.funds.weeks import FundWeeks, fund_weeks, week_standing, weeks_together
from shortside.sessions import previous_session, session_days

LAST = date(2023, 9, 6)


def counts(weekly_flows, nav=10.0, price_factor=1.0, ex_place=0, gap=None):
    """A fund whose weeks flow so, the latest first: one creation at each week's last session, at a steady value."""
    sessions = session_days(date(2021, 6, 1), LAST)[-(5 * len(weekly_flows) + 1) :]
    changes = np.zeros(len(sessions))
    changes[::-1][: 5 * len(weekly_flows) : 5] = np.array(weekly_flows, np.float64) / nav
    rows = pd.DataFrame({"date": sessions.astype("datetime64[s]"), "symbol": "IWM", "nav": nav})
    rows["shares_outstanding"] = 1e6 + np.cumsum(changes)
    before = rows.index < ex_place
    rows.loc[before, "shares_outstanding"] *= price_factor
    rows.loc[before, "nav"] /= price_factor
    factors = split_factors(sessions, sessions[ex_place : ex_place + 1], np.array([price_factor]))
    if gap is not None:
        factors, rows = np.delete(factors, gap), rows.drop(index=gap)
    return fund_weeks(fund_flows(rows, "IWM", factors), LAST)


def standing(*weekly_flows, **how):
    return week_standing(counts(weekly_flows, **how), LAST)


def test_weeks_are_five_sessions_that_do_not_overlap_counted_back_from_the_newest_count():
    weeks = counts([-30.0, 20.0, 10.0])
    assert weeks.flow.tolist() == pytest.approx([-30, 20, 10])
    # Labor Day is no session: five of them before 6 September 2023 is 29 August's close.
    assert weeks.starts.tolist() == [date(2023, 8, 29), date(2023, 8, 22), date(2023, 8, 15)]
    assert weeks.starts.tolist() == [previous_session(LAST, 5 * count) for count in (1, 2, 3)]


def test_the_largest_inflow_is_the_first_of_all():
    found = standing(50.0, 20.0, -60.0)
    assert (found.rank, found.weeks_ranked, found.words) == (1, 3, "largest inflow in at least 3 weeks")
    found = standing(-50.0, 20.0, 60.0)
    assert (found.rank, found.words) == (3, "largest outflow in at least 3 weeks")


def test_the_words_count_back_to_the_last_week_as_extreme():
    assert standing(-30.0, -10.0, 40.0, -30.0, -90.0).words == "largest outflow in 3 weeks"
    assert standing(30.0, -90.0, 40.0, 10.0).words == "largest inflow in 2 weeks"
    assert standing(-30.0, -40.0, 10.0).words == "outflow, no more than week before"


def test_equal_weeks_share_the_better_rank():
    found = standing(20.0, 20.0, 40.0, 10.0)
    assert (found.rank, found.weeks_ranked) == (2, 4)


def test_where_history_ends_the_words_say_at_least():
    assert standing(-30.0).words == "outflow, week before unknown"
    assert standing(0.0, 5.0).words == "no flow"
    # The count of two weeks ago's evening was never kept: neither the week from it nor the week to it is known.
    found = standing(-30.0, -10.0, 40.0, -90.0, gap=5)
    assert (found.words, found.weeks_ranked) == ("largest outflow in at least 2 weeks", 2)


def test_of_a_week_without_a_count_at_its_start_nothing_is_said():
    found = standing(-30.0, -10.0, gap=5)
    assert (found.rank, found.weeks_ranked, found.extreme_weeks, found.words) == (None, 0, None, "")
    nothing = FundWeeks(starts=np.array([], "datetime64[D]"), flow=np.array([]))
    assert week_standing(nothing, LAST).rank is None


def test_only_weeks_that_begin_within_a_year_are_ranked_but_words_look_further_back():
    found = standing(-30.0, *[10.0] * 60, -40.0)
    assert (found.rank, found.weeks_ranked) == (50, 50)
    assert found.words == "largest outflow in 61 weeks"


flows_of_weeks = st.lists(st.integers(-9, 9).map(lambda value: 1000.0 * value), min_size=1, max_size=70)


@given(flows_of_weeks)
def test_the_rank_agrees_with_a_plain_count(weekly):
    found = standing(*weekly)
    year = [flow for at, flow in enumerate(weekly) if previous_session(LAST, 5 * at + 5) >= date(2022, 9, 6)]
    assert (found.rank, found.weeks_ranked) == (1 + sum(flow > weekly[0] for flow in year), len(year))
    if weekly[0]:
        sign = 1 if weekly[0] > 0 else -1
        earlier = [at for at, flow in enumerate(weekly) if at and sign * flow >= sign * weekly[0]]
        assert found.extreme_weeks == (earlier[0] if earlier else len(weekly))
        assert found.is_at_least == (not earlier)


@given(flows_of_weeks, st.data(), st.sampled_from([0.1, 0.5, 1 / 3, 2.0, 20.0]))
def test_a_split_of_the_fund_on_any_day_changes_no_standing(weekly, data, price_factor):
    ex_place = data.draw(st.integers(1, 5 * len(weekly)))
    plain, split = standing(*weekly), standing(*weekly, price_factor=price_factor, ex_place=ex_place)
    assert split.flow == pytest.approx(plain.flow, abs=0.01)
    assert (split.rank, split.weeks_ranked, split.words) == (plain.rank, plain.weeks_ranked, plain.words)


def test_a_two_for_one_split_within_the_week_is_no_inflow_by_hand():
    days = pd.to_datetime(["2023-08-29", "2023-08-30", "2023-08-31", "2023-09-01", "2023-09-05", "2023-09-06"])
    rows = pd.DataFrame({"date": days, "symbol": "IWM", "nav": [10.0, 10.0, 5.0, 5.0, 5.0, 5.0]})
    rows["shares_outstanding"] = [100.0, 90.0, 180.0, 180.0, 176.0, 176.0]
    dates = days.to_numpy().astype("datetime64[D]")
    factors = split_factors(dates, dates[2:3], np.array([0.5]))
    weeks = fund_weeks(fund_flows(rows, "IWM", factors), LAST)
    # 10 old shares at 10, then 4 new ones at 5.
    assert weeks.flow.tolist() == [-120.0]


def test_funds_are_added_up_week_by_week_as_far_as_all_are_known():
    first, second = counts([10.0, -20.0, 5.0]), counts([1.0, 2.0])
    together = weeks_together([second, first])
    assert together.flow[:2].tolist() == pytest.approx([11, -18])
    assert np.isnan(together.flow[2])
    assert together.starts.tolist() == first.starts.tolist()


def test_each_fund_is_in_one_segment_of_the_list_and_others_are_other():
    assert [segment_of(fund, {}) for fund in ("SPY", "IWM", "QQQ", "XLE", "TLT", "EEM", "GLD")] == [
        "large caps", "small caps", "Nasdaq 100", "sectors", "government bonds", "emerging markets", "gold",
    ]  # fmt: skip
    assert segment_of("ZZZZ", {}) == "other"
    assert segment_of("ZZZZ", {"ZZZZ": "gold"}) == "gold"
    assert set(FUND_SEGMENTS.values()) | {"other"} == set(SEGMENTS)
    assert in_segment_order({"gold", "tea", "large caps", "other"}) == ["large caps", "gold", "other", "tea"]


def test_no_fund_is_listed_twice():
    from shortside.funds.segments import _FUNDS

    symbols = [symbol for _, funds in _FUNDS for symbol in funds.split()]
    assert len(symbols) == len(set(symbols))
