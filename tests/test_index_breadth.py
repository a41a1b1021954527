"""Members of an index beside the index's own return: by dated membership, else estimated by rank and said so."""

import json
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from market_data import SESSIONS, prices
from snapshot_examples import spoilt

from providers.errors import MalformedError
from providers.files.index_members import no_index_facts, read_memberships
from shortside.index_members import INDEXES, Membership, membership_on
from shortside.tables.index_breadth import IndexFacts, fund_return

WORDS = ("--window", "5d", "--as-of", "2023-02-28", "--known", "revised")


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """Every test has its own configuration and cache."""
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path / "home"))


def market_with(tmp_path, **files):
    """The small market where TrueCar falls by 0.01 a session, with these files in its folder `index`."""
    rows = prices()
    falling = rows["symbol"] == "TRUE"
    rows.loc[falling, "close"] = 2.5 - 0.01 * np.arange(len(SESSIONS))
    market = spoilt(tmp_path, price_rows=rows)
    (market / "index").mkdir()
    for name, text in files.items():
        (market / "index" / f"{name}.csv").write_text(text)
    return market


def indexes_of(ask, market, *words):
    document = json.loads(ask("breadth", *(words or WORDS), "--format", "json", data=market)[1])
    return {one["index"]: one for one in document["indexes"]}


def test_members_of_dated_intervals_can_be_followed_by_hand(ask, tmp_path):
    intervals = (
        "ticker,start_date,end_date\nAAPL,2000-01-03,\nTRUE,2010-01-04,2023-02-24\nGONE,2011-01-03,\n"
        "BRK.B,2010-02-16,2023-02-21\nNA,2023-02-22,\nNA,2015-01-02,2016-01-04\nQ,2023-03-01,\n"
    )
    found = indexes_of(ask, market_with(tmp_path, sp500_intervals=intervals))["S&P 500"]
    # Five sessions to the 28th begin at the close of the 21st: Berkshire had left that morning, Nano came on the 22nd.
    assert (found["membership"], found["members_on"]) == ("dated intervals", "2023-02-21")
    assert (found["members"], found["members_found"], found["joined"], found["left"]) == (3, 2, 1, 1)
    start, end = SESSIONS.index(date(2023, 2, 21)), SESSIONS.index(date(2023, 2, 28))
    apple = (1 + 0.01 * end) / (1 + 0.01 * start) - 1
    true_car = (2.5 - 0.01 * end) / (2.5 - 0.01 * start) - 1
    assert (found["names"], found["names_priced"], found["names_fell"], found["fell_names_ratio"]) == (2, 2, 1, 0.5)
    assert found["equal_weight_return"] == pytest.approx((apple + true_car) / 2, abs=1e-6)
    assert true_car < found["cap_weight_return"] < apple
    # Whoever was short the one that fell gained.
    assert (found["names_gaining"], found["names_losing"], found["names_flat"]) == (1, 1, 0)
    assert found["dollars_fell"] == found["dollars_gaining"]
    whole = found["dollars_gaining"] + found["dollars_losing"]
    assert found["fell_dollars_ratio"] == pytest.approx(found["dollars_fell"] / whole, abs=1e-6)
    # The fund rose from 50.5 + 33 by five.
    assert found["fund"] == "SPY"
    assert found["fund_return"] == pytest.approx(5 / (50.5 + start), abs=1e-8)
    names = json.loads(ask("names", *WORDS, "--format", "json", data=tmp_path / "market")[1])["rows"]
    own = sum(row["profit"] for row in names if row["symbol"] in ("AAPL", "TRUE"))
    assert found["profit"] == pytest.approx(own, abs=0.02)


def test_where_no_membership_is_known_the_ranks_stand_in_and_it_is_said(ask, tmp_path):
    market = market_with(tmp_path)
    found = indexes_of(ask, market)
    assert [one["membership"] for one in found.values()] == ["estimated by rank"] * 4
    assert found["S&P 500"]["members"] == found["Russell 1000"]["members"] == 4
    # Four names have no rank beyond the thousandth; three of them are listed at Nasdaq and none is of Finance.
    assert (found["Russell 2000"]["members"], found["Russell 2000"]["equal_weight_return"]) == (0, None)
    assert found["Nasdaq 100"]["members"] == 3
    assert (found["S&P 500"]["joined"], found["Nasdaq 100"]["fund_return"]) == (None, None)
    _, page, _ = ask("breadth", *WORDS, "--format", "text", data=market)
    assert "S&P 500 (estimated by rank): SPY +" in page


def test_a_list_of_one_day_is_used_from_it_on_for_a_year_and_never_before(ask, tmp_path):
    late = market_with(tmp_path, r2000_members_20230222="symbol\nAAPL\n", r2000_members_20220221="symbol\nNA\nTRUE\n")
    assert indexes_of(ask, late)["Russell 2000"]["membership"] == "list of 2022-02-21"
    again = indexes_of(ask, late, "--window", "1d", "--as-of", "2023-02-28", "--known", "revised")["Russell 2000"]
    assert (again["membership"], again["members"], again["joined"]) == ("list of 2023-02-22", 1, None)
    (late / "index" / "r2000_members_20220221.csv").rename(late / "index" / "r2000_members_20220220.csv")
    assert indexes_of(ask, late)["Russell 2000"]["membership"] == "estimated by rank"


def test_a_damaged_list_of_members_is_named(ask, tmp_path):
    code, _, err = ask(
        "breadth", *WORDS, data=market_with(tmp_path, sp500_intervals="ticker,start_date\nA,2020-01-02\n")
    )
    assert code == 4
    assert "sp500_intervals.csv" in err
    assert "end_date" in err
    (tmp_path / "r2000_members_20221399.csv").write_text("symbol\nA\n")
    with pytest.raises(MalformedError, match="20221399 in its name is no day"):
        read_memberships(tmp_path)


def test_a_fund_s_split_is_no_loss_and_a_close_that_is_missing_is_no_return():
    days = pd.to_datetime(["2023-02-21", "2023-02-22", "2023-02-28"])
    facts = IndexFacts(
        memberships=(),
        closes=pd.DataFrame({"date": days, "symbol": "QQQ", "close": [100.0, 51.0, 55.0]}),
        splits=pd.DataFrame({"symbol": ["QQQ"], "ex_date": days[1:2], "simple_ratio": [0.5]}),
    )
    assert fund_return(facts, "QQQ", date(2023, 2, 21), date(2023, 2, 28)) == pytest.approx(0.10)
    assert np.isnan(fund_return(facts, "QQQ", date(2023, 2, 17), date(2023, 2, 28)))
    assert np.isnan(fund_return(facts, "QQQ", date(2023, 2, 21), date(2023, 2, 27)))
    assert np.isnan(fund_return(facts, "SPY", date(2023, 2, 21), date(2023, 2, 28)))
    assert np.isnan(fund_return(no_index_facts(), "SPY", date(2023, 2, 21), date(2023, 2, 28)))


days = st.integers(0, 60).map(lambda count: np.datetime64("2023-01-01", "D") + count)


@given(st.lists(st.tuples(st.sampled_from("ABC"), days, st.integers(1, 30)), min_size=1, max_size=8), days)
def test_members_of_a_day_are_those_with_a_stay_that_spans_it(stays, day):
    membership = Membership(
        index="sp500",
        symbols=np.array([symbol for symbol, _, _ in stays]),
        starts=np.array([start for _, start, _ in stays]),
        ends=np.array([start + length for _, start, length in stays]),
        known_from=date(2023, 1, 1),
        known_to=date(2023, 4, 1),
        words="dated intervals",
    )
    expected = {symbol for symbol, start, length in stays if 0 <= (day - start).astype(int) < length}
    assert membership.members_on(day.astype(date)) == expected
    assert membership_on([membership], "r2000", day.astype(date)) is None


def test_each_index_has_a_key_of_its_own_and_ranks_in_order():
    assert len({index.key for index in INDEXES}) == len({index.fund for index in INDEXES}) == len(INDEXES)
    assert all(1 <= index.first_rank < index.last_rank for index in INDEXES)


@pytest.mark.shared
def test_the_members_of_the_s_and_p_500_returned_what_the_index_did(capsys, market_directory):
    from tui.__main__ import main

    words = ["--data", str(market_directory), "--as-of", "2023-09-07", "--format", "json"]
    assert main(["snapshot", "breadth", *words]) == 0
    found = {one["index"]: one for one in json.loads(capsys.readouterr().out)["indexes"]}
    large, small = found["S&P 500"], found["Russell 2000"]
    assert (large["membership"], small["membership"]) == ("dated intervals", "list of 2022-08-12")
    assert large["members_found"] >= 495
    # Market caps are not float-adjusted, as the index's weights are; so they agree to two points and not to the cent.
    assert large["cap_weight_return"] == pytest.approx(large["fund_return"], abs=0.02)
    assert small["cap_weight_return"] == pytest.approx(small["fund_return"], abs=0.02)
    # A few large names made 2023.
    assert large["equal_weight_return"] < large["cap_weight_return"] - 0.1
