"""Funds in the shell: what went in and out of them, by hand, and what is not known of one."""

import json
from datetime import date
from pathlib import Path

import pytest
from market_data import SESSIONS, fund_prints
from snapshot_examples import spoilt

from tui.documents.tables.flows import flows_summary
from tui.documents.text import input_sentences
from tui.exit_codes import NO_DATA
from widgets.format import GLYPHS_ASCII


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test has its own configuration and cache."""
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path / "home"))


def test_a_fund_s_flow_can_be_followed_by_hand(document):
    flows = document("flows", "--window", "mtd", "--as-of", "2023-02-28", "--known", "as-known")
    [row] = flows["rows"]
    at = SESSIONS.index(date(2023, 2, 27))
    values = [50.0 + place for place in range(at + 1)]
    # On the evening of the 28th the count of the 27th is the newest.
    assert (row["fund"], row["count_date"], row["nav"]) == ("SPY", "2023-02-27", values[-1])
    assert row["flow_1d"] == 100 * values[-1]
    assert row["flow_5d"] == 100 * sum(values[-5:])
    since_january = [value for value, day in zip(values, SESSIONS, strict=False) if day.month == 2]
    assert row["flow"] == 100 * sum(since_january)
    assert row["premium_ratio"] == pytest.approx(0.5 / values[-1], abs=1e-8)
    assert row["shares_outstanding"] == 1_000_000 + 100 * at
    assert flows["inputs"][-1]["dataset"] == "fund_flows"
    assert flows["inputs"][-1]["as_of"] == "2023-02-27"
    assert flows["inputs"][-1]["freshness"] == "missed 0 sessions"


def test_what_is_not_known_of_a_fund_is_null(document):
    [row] = document("flows", "--window", "1y", "--known", "revised")["rows"]
    assert None not in row.values()
    [row] = document("flows", "--known", "as-known", "--as-of", "2023-01-05")["rows"]
    # The settlement after that day is published later.
    assert (row["shares_short"], row["settlement_date"], row["short_outstanding_ratio"]) == (None, None, None)
    assert row["flow_5d"] is None


def test_a_file_of_a_fund_without_a_day_is_said_as_nothing_known(ask, tmp_path):
    market = spoilt(tmp_path)
    (market / "spy_flows.csv").write_text("date,nav,shares_outstanding\n")
    code, _, said = ask("flows", data=market)
    assert code == NO_DATA
    assert said.splitlines()[0].endswith("no fund's share count of 2023-03-01 or before is known")


def test_funds_are_added_up_by_segment_and_who_is_missing_is_named(ask, tmp_path):
    market = spoilt(tmp_path)
    whole, late = fund_prints(), fund_prints().iloc[:-9]
    whole.assign(shares_outstanding=2 * whole["shares_outstanding"]).to_csv(market / "ivv_flows.csv", index=False)
    late.to_csv(market / "iwm_flows.csv", index=False)
    whole.to_csv(market / "ijr_flows.csv", index=False)
    found = json.loads(ask("flows", "--known", "revised", "--format", "json", data=market)[1])
    large, small = found["segments"]
    by_fund = {row["fund"]: row for row in found["rows"]}
    # A hundred shares a day and two hundred, at one value.
    assert (large["segment"], large["funds"], large["unknown"]) == ("large caps", 2, {})
    assert large["flow_5d"] == 3 * by_fund["SPY"]["flow_5d"] == by_fund["SPY"]["flow_5d"] + by_fund["IVV"]["flow_5d"]
    assert (large["week_rank"], large["week_words"]) == (1, by_fund["SPY"]["week_words"])
    # The count of one fund is days older: it is in no sum, is named, and the segment's week has no rank.
    assert (small["funds"], small["flow_5d"]) == (2, by_fund["IJR"]["flow_5d"])
    assert set(small["unknown"]["flow_5d"]) == set(small["unknown"]["net_assets"]) == {"IWM"}
    assert (small["week_rank"], small["weeks_ranked"], small["week_words"]) == (None, 0, None)
    _, page, _ = ask("flows", "--known", "revised", "--format", "text", data=market)
    assert "unknown: IWM, 1 of 2 funds" in page


def test_a_folder_without_funds_ends_in_4_and_says_what_to_put_there(ask, tmp_path):
    market = spoilt(tmp_path)
    (market / "spy_flows.csv").unlink()
    code, out, err = ask("flows", data=market)
    assert (code, out) == (4, "")
    assert "FUND_flows.csv" in err
    assert ask("tiers", data=market)[0] == 0


def test_a_damaged_fund_file_is_named_with_its_line_and_column(ask, tmp_path):
    market = spoilt(tmp_path)
    fund_prints().astype({"nav": object}).assign(nav=lambda rows: rows["nav"].where(rows.index != 3, "much")).to_csv(
        market / "spy_flows.csv", index=False
    )
    code, _, err = ask("flows", data=market)
    assert code == 4
    assert "spy_flows.csv, line 5, column nav: 'much' is not a number" in err


def test_before_a_fund_s_first_count_there_is_no_row_to_print(ask):
    code, _, err = ask("flows", "--as-of", "2023-01-03", "--known", "as-known", "--window", "1d")
    assert code == 4
    assert "the first: 2023-01-03" in err


def test_an_old_fund_count_is_too_old_as_any_other_input(ask, monkeypatch):
    monkeypatch.setenv("SHORTSIDE_NOW", "2023-03-09T12:00:00-05:00")
    code, _, err = ask("flows", "--max-age", "3d", "--known", "revised")
    assert code == 5
    assert "fund flows of 2023-03-01 is older" in err


def test_of_two_inputs_of_one_dataset_the_page_says_from_whom_each_is():
    def input_of(dataset, source):
        age = {"as_of": "2023-02-28", "published_at": None, "fetched_at": "2023-03-01T14:00:00+00:00"}
        return {"dataset": dataset, "source": source, "freshness": "missed 0 sessions", **age}

    prices = input_of("prices", "public")
    funds = [input_of("fund_flows", name) for name in ("ishares_holdings", "spdr_nav_history")]
    assert input_sentences([prices, *funds]) == [
        "prices of 2023-02-28, fetched 2023-03-01: missed 0 sessions",
        "fund flows of 2023-02-28 by iShares holdings, fetched 2023-03-01: missed 0 sessions",
        "fund flows of 2023-02-28 by SPDR share counts, fetched 2023-03-01: missed 0 sessions",
    ]
    assert input_sentences(funds[:1]) == ["fund flows of 2023-02-28, fetched 2023-03-01: missed 0 sessions"]


def test_a_segment_says_which_funds_its_other_sums_lack():
    segment = {
        "segment": "large caps", "funds": 4, "flow_5d": 19.6e6, "week_words": "", "week_rank": None, "weeks_ranked": 0,
        "unknown": {"flow": ["IWB", "IVV"], "flow_prior_30d": ["IWB", "IVV"], "flow_30d": ["IVV"]},
    }  # fmt: skip
    (words,) = flows_summary({"segments": [segment]}, GLYPHS_ASCII)
    assert words == "large caps: 5d +19.6M; the window's flow without IWB, IVV; 30d without IVV"
    (whole,) = flows_summary({"segments": [segment | {"unknown": {}}]}, GLYPHS_ASCII)
    assert whole == "large caps: 5d +19.6M"
    both = {key: ["IVV"] for key in ("flow", "flow_5d")}
    assert flows_summary({"segments": [segment | {"unknown": both}]}, GLYPHS_ASCII) == [
        "large caps: 5d +19.6M; unknown: IVV, 1 of 4 funds"
    ]
