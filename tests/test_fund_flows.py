"""A fund's flow is the change of its shares, at net asset value."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortside.funds.flows import FUND_DAYS, fund_flows, split_factors


def fund(shares, nav=10.0, symbol="IWM"):
    days = pd.to_datetime(["2023-09-01", "2023-09-05", "2023-09-06", "2023-09-07"])[: len(shares)]
    return pd.DataFrame({"date": days, "symbol": symbol, "nav": nav, "shares_outstanding": shares})


def test_creations_are_money_coming_in_at_the_days_value():
    flows = fund_flows(fund([100.0, 110.0, 105.0], nav=[10.0, 11.0, 12.0]), "IWM")
    assert flows.flow[1:].tolist() == [110.0, -60.0]
    assert np.isnan(flows.flow[0])


def test_rows_may_come_in_any_order_and_beside_other_funds():
    mixed = pd.concat([fund([100.0, 110.0]).iloc[::-1], fund([1.0, 9.0], symbol="IWB")])
    assert fund_flows(mixed, "IWM").flow[1:].tolist() == [100.0]


def test_a_split_is_no_flow():
    rows = fund([100.0, 200.0, 210.0], nav=[10.0, 5.0, 5.0])
    assert fund_flows(rows, "IWM", np.array([0.5, 1.0, 1.0])).flow[1:].tolist() == [0.0, 50.0]


def test_a_total_needs_every_day_of_its_window():
    flows = fund_flows(fund([100.0, 110.0, np.nan, 105.0]), "IWM")
    assert flows.total(date(2023, 9, 5), 1) == 100.0
    assert np.isnan(flows.total(date(2023, 9, 7), 2))
    assert np.isnan(flows.total(date(2023, 9, 5), 3))
    assert np.isnan(flows.total(date(2020, 1, 1), 1))


def test_a_window_ends_with_the_last_day_known_by_then():
    flows = fund_flows(fund([100.0, 110.0, 105.0]), "IWM")
    assert flows.total(date(2023, 9, 30), 2) == 50.0
    with pytest.raises(ValueError, match="at least one day"):
        flows.total(date(2023, 9, 30), 0)


def test_a_span_begins_at_a_known_count_or_is_unknown():
    flows = fund_flows(fund([100.0, 110.0, 105.0], nav=[10.0, 11.0, 12.0]), "IWM")
    assert flows.between(date(2023, 9, 1), date(2023, 9, 6)) == 50.0
    assert flows.between(date(2023, 9, 5), date(2023, 9, 30)) == -60.0
    assert np.isnan(flows.between(date(2023, 9, 4), date(2023, 9, 6)))
    assert np.isnan(flows.between(date(2023, 9, 6), date(2023, 9, 7)))


def test_a_day_that_nobody_kept_leaves_its_flow_to_the_next():
    whole = fund([100.0, 110.0, 105.0], nav=[10.0, 11.0, 12.0])
    flows = fund_flows(whole.drop(index=1), "IWM")
    assert flows.between(date(2023, 9, 1), date(2023, 9, 6)) == 60.0


def test_an_unknown_count_leaves_the_span_unknown():
    flows = fund_flows(fund([100.0, np.nan, 105.0, 106.0]), "IWM")
    assert np.isnan(flows.between(date(2023, 9, 1), date(2023, 9, 7)))
    assert flows.between(date(2023, 9, 6), date(2023, 9, 7)) == 10.0


counts = st.lists(st.integers(1, 10_000_000), min_size=4, max_size=4)


@given(counts, st.integers(1, 3), st.sampled_from([0.1, 0.5, 2.0]))
def test_a_split_on_any_day_changes_no_flow(shares, row, price_factor):
    plain = fund([float(count) for count in shares])
    split = plain.copy()
    # Before the ex-date the count and the value are on the old basis.
    split.loc[split.index < row, "shares_outstanding"] *= price_factor
    split.loc[split.index < row, "nav"] /= price_factor
    days = split["date"].to_numpy().astype("datetime64[D]")
    factors = split_factors(days, days[row : row + 1], np.array([price_factor]))
    expected = fund_flows(plain, "IWM").flow
    np.testing.assert_allclose(fund_flows(split, "IWM", factors).flow, expected, rtol=1e-9, atol=1e-6)


@given(counts)
def test_flows_of_adjoining_spans_add_up(shares):
    flows = fund_flows(fund([float(count) for count in shares]), "IWM")
    first, middle, last = date(2023, 9, 1), date(2023, 9, 6), date(2023, 9, 7)
    assert flows.between(first, middle) + flows.between(middle, last) == pytest.approx(flows.between(first, last))


def test_a_split_still_to_come_and_one_without_a_ratio_count_for_nothing():
    days = np.array(["2023-09-01", "2023-09-05"], "datetime64[D]")
    events = np.array(["2023-09-06", "2023-09-05"], "datetime64[D]")
    assert split_factors(days, events, np.array([0.5, np.nan])).tolist() == [1.0, 1.0]


def test_a_fund_nobody_knows_has_no_flows():
    assert len(fund_flows(fund([100.0]), "XYZ").flow) == 0


@pytest.mark.parametrize(("rows", "factors"), [(fund([1.0, 2.0]), np.ones(3)), (pd.concat([fund([1.0])] * 2), None)])
def test_days_that_do_not_fit_are_refused(rows, factors):
    with pytest.raises(ValueError, match="IWM has"):
        fund_flows(rows, "IWM", factors)


def test_the_russell_2000_fund_lost_one_and_a_half_billion_in_five_sessions(market_directory):
    printed = pd.read_csv(market_directory / "iwm_flows.csv.gz")
    rows = FUND_DAYS.conform(printed.assign(symbol="IWM"), "iwm_flows.csv.gz")
    flows = fund_flows(rows, "IWM")
    assert flows.total(date(2023, 9, 6), 5) == pytest.approx(-1.53e9, abs=5e6)
    # The file's own figures, to the cent of its rounded net asset values.
    np.testing.assert_allclose(flows.flow[1:], printed["flow_usd"].to_numpy()[1:], atol=1.0)
