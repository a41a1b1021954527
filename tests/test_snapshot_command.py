"""`shortside snapshot` keeps its contract: keys, nulls, sums, order, and what a person reads."""

import csv
import io
import json
from contextlib import redirect_stdout
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from market_data import (
    prices,
    short_interest,
)
from simulated_once import record_made_once, simulated_once
from snapshot_examples import words_of, write_own_positions

from providers.demo.simulation import simulate
from shortside.crowding import FACTORS
from tui.__main__ import main
from tui.documents.catalog import DOCUMENTS

pytestmark = pytest.mark.slow

HEAD = [
    "schema",
    "as_of",
    "day_note",
    "window",
    "window_note",
    "tier_basis",
    "positions",
    "known",
    "measured_to",
    "cycle",
    "hindsight_to",
    "source",
    "simulated",
]

GROUP = [
    "names",
    "average_short_interest",
    "short_interest_start",
    "short_interest_end",
    "profit",
    "profit_low",
    "profit_high",
    "profit_ratio",
    "new_short",
    "new_short_30d",
    "new_short_prior_30d",
    "financing",
    "new_short_cycle",
    "new_short_prior_cycle",
]

TIER = ["tier", "lower_bound", *GROUP, "migration", "gaining_names_ratio"]

SECTOR = ["sector", *GROUP, "share_of_short_interest", "gaining_names_ratio"]

NAME = [
    "symbol",
    "name",
    "tier",
    "sector",
    "short_interest",
    "shares_short",
    "short_float_ratio",
    "short_outstanding_ratio",
    "days_to_cover",
    "borrow_fee",
    "on_threshold_list",
    "new_short_30d",
    "profit",
    "profit_ratio",
    "crowding",
    "crowding_factors",
    "squeeze",
    "squeeze_probability",
    "squeeze_by_volatility",
    "squeeze_lift",
    "tier_is_estimated",
    "easy_to_borrow",
    "new_short",
    "new_short_cycle",
    "reason",
    "days_to_cover_volume",
    "doubt",
    "distributed",
    "available",
    "fee_change_1d",
    "fee_change_1w",
    "carry_day",
    "net_profit",
    "net_covered_ratio",
]

BREADTH = [
    "tier",
    "names",
    "names_gaining",
    "names_losing",
    "names_flat",
    "gaining_names_ratio",
    "dollars_gaining",
    "dollars_losing",
    "dollars_flat",
    "gaining_dollars_ratio",
]

DOUBTS = ["doubtful", "doubtful_left_out"]

INPUT = ["dataset", "as_of", "published_at", "fetched_at", "source", "freshness"]

IDENTITY = ["start", "new_short", "profit", "end", "residual", "appeared", "appeared_names"]

TIERS = ["mega", "large", "mid", "small", "micro", "nano", "unclassified"]

ROLLUP = ["mega+large", "mid", "small+micro+nano", "unclassified"]

FUND = [
    "fund",
    "segment",
    "count_date",
    "shares_outstanding",
    "nav",
    "close",
    "premium_ratio",
    "net_assets",
    "flow",
    "flow_ratio",
    "flow_1d",
    "flow_5d",
    "flow_30d",
    "flow_prior_30d",
    "missing_sessions",
    "shares_short",
    "settlement_date",
    "short_outstanding_ratio",
    "week_rank",
    "weeks_ranked",
    "extreme_weeks",
    "extreme_weeks_at_least",
    "week_words",
    "source",
]

PANELS = [kind.name for kind in DOCUMENTS]
FILLED = [panel for panel in PANELS if panel != "evidence"]
"""Those of which the small market has rows: two months have no publication whose outcome is known."""


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test has its own configuration, positions and cache."""
    folder = tmp_path_factory.mktemp("home")
    write_own_positions(folder)
    monkeypatch.setenv("SHORTSIDE_HOME", str(folder))
    return folder


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Every panel of the demo market."""
    home = tmp_path_factory.mktemp("demo")
    write_own_positions(home)
    found = {}
    with pytest.MonkeyPatch.context() as here:
        here.setenv("SHORTSIDE_HOME", str(home))
        here.setattr("providers.demo.source.simulate", simulated_once)
        here.setattr("tui.sources.evidence._made", record_made_once)
        for panel in PANELS:
            with redirect_stdout(StringIO()) as page:
                assert main(["snapshot", *words_of(panel, "NAL"), "--format", "json"]) == 0
            found[panel] = json.loads(page.getvalue())
    return found


def test_tiers_have_exactly_the_promised_keys(document):
    tiers = document("tiers")
    assert list(tiers) == [*HEAD, "rows", "rollup", "total", "reconciliation", "left_out", *DOUBTS, "inputs"]
    assert tiers["schema"] == "shortside.tiers/1"
    assert [row["tier"] for row in tiers["rows"]] == TIERS
    assert [row["tier"] for row in tiers["rollup"]] == ROLLUP
    assert all(list(row) == TIER for row in [*tiers["rows"], *tiers["rollup"], tiers["total"]])
    assert list(tiers["reconciliation"]) == IDENTITY
    assert all(list(one) == INPUT for one in tiers["inputs"])


def test_names_sectors_breadth_feeds_and_flows_have_exactly_theirs(document):
    names, sectors, breadth, flows, feeds = map(document, ("names", "sectors", "breadth", "flows", "feeds"))
    assert list(flows) == [*HEAD, "rows", "segments", *DOUBTS, "inputs"]
    assert all(list(row) == FUND for row in flows["rows"])
    assert list(names) == [*HEAD, "crowding_version", "sort", "names", "rows", *DOUBTS, "inputs"]
    assert list(sectors) == [*HEAD, "rows", "total", "left_out", *DOUBTS, "inputs"]
    assert list(breadth) == [*HEAD, "rows", "total", "indexes", *DOUBTS, "inputs"]
    assert list(feeds) == [
        *HEAD,
        "rows",
        "repaired_share_counts",
        "splits_applied",
        "unexplained_splits",
        "notes",
        *DOUBTS,
    ]
    assert all(list(row) == NAME and tuple(row["crowding_factors"]) == FACTORS for row in names["rows"])
    assert all(list(row) == SECTOR for row in [*sectors["rows"], sectors["total"]])
    assert all(list(row) == BREADTH for row in [*breadth["rows"], breadth["total"]])
    assert all(list(row) == [*INPUT, "state", "missed", "due_next"] for row in feeds["rows"])


def test_the_head_repeats_what_was_asked(document):
    words = ["--window", "5d", "--tier-basis", "daily", "--positions", "step", "--known", "as-known"]
    tiers = document("tiers", "--as-of", "2023-02-15", *words)
    assert tiers["as_of"] == "2023-02-15"
    assert tiers["window"] == {"name": "5d", "start": "2023-02-08", "end": "2023-02-15", "missed": 0}
    assert [tiers[key] for key in ("tier_basis", "positions", "known")] == ["daily", "step", "as-known"]
    assert (tiers["source"], tiers["simulated"]) == ("files", False)


def test_a_window_starts_at_the_last_session_before_it(document):
    assert document("tiers", "--window", "mtd", "--as-of", "2023-02-28")["window"] == {
        "name": "mtd",
        "start": "2023-01-31",
        "end": "2023-02-28",
        "missed": 0,
    }


def test_a_figure_can_be_followed_by_hand(document):
    words = ["--as-of", "2023-02-28", "--positions", "step", "--known", "revised", "--limit", "0"]
    names = document("names", "--window", "1d", *words)
    true = next(row for row in names["rows"] if row["symbol"] == "TRUE")
    reports = short_interest()
    held = reports[(reports["symbol"] == "TRUE") & (reports["settlement_date"] <= date(2023, 2, 28))]
    shares = held["short_interest"].tolist()
    at = prices()
    closes = at[(at["symbol"] == "TRUE") & (at["date"] <= date(2023, 2, 28))]["close"].tolist()
    assert true["shares_short"] == shares[-1]
    assert true["short_interest"] == pytest.approx(shares[-1] * closes[-1], abs=0.01)
    assert true["profit"] == pytest.approx(shares[-2] * (closes[-2] - closes[-1]), abs=0.01)


def test_unknown_is_null_and_never_zero(document):
    names = document("names", "--limit", "0")
    true = next(row for row in names["rows"] if row["symbol"] == "TRUE")
    assert true["short_float_ratio"] is None
    assert true["borrow_fee"] is None
    assert true["on_threshold_list"] is None
    assert next(row for row in names["rows"] if row["symbol"] == "AAPL")["borrow_fee"] == 0.0025
    empty = next(row for row in document("tiers")["rows"] if row["tier"] == "mega")
    assert (empty["names"], empty["profit"], empty["profit_ratio"]) == (0, 0, None)


def test_a_ticker_that_looks_like_nothing_survives_to_the_document(ask, document):
    assert {"NA", "TRUE"} <= {row["symbol"] for row in document("names")["rows"]}
    _, out, _ = ask("names", "--format", "csv")
    assert {"NA", "TRUE"} <= {row["symbol"] for row in csv.DictReader(io.StringIO(out))}


@pytest.mark.parametrize("basis", ["end", "start", "daily"])
def test_rows_add_up_to_the_total_and_the_identity_holds(document, basis):
    tiers = document("tiers", "--tier-basis", basis)
    for key in ("names", "average_short_interest", "profit", "new_short", "short_interest_end"):
        for rows in ("rows", "rollup"):
            assert sum(row[key] for row in tiers[rows]) == pytest.approx(tiers["total"][key], abs=0.05)
    identity = tiers["reconciliation"]
    assert identity["residual"] == 0
    assert identity["start"] + identity["new_short"] - identity["profit"] == pytest.approx(identity["end"], abs=0.03)


def test_what_is_left_out_is_counted_by_reason(document):
    assert document("tiers")["left_out"] == {"etf": 1, "preferred": 1, "warrant": 1}


def test_the_demo_s_funds_are_simulated_whole_and_repeatable(demo, capsys, monkeypatch):
    monkeypatch.setattr("providers.demo.source.simulate", simulate)
    flows = demo["flows"]
    assert len(flows["rows"]) == 3
    for row in flows["rows"]:
        assert None not in row.values()
        assert row["count_date"] == "2023-09-06"
        assert abs(row["flow_5d"]) < 0.1 * row["net_assets"]
    assert main(["snapshot", "flows", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == flows


def test_names_are_ranked_by_the_column_asked_for(document):
    down = [row["profit"] for row in document("names", "--sort", "profit")["rows"]]
    up = [row["profit"] for row in document("names", "--sort", "-profit")["rows"]]
    assert down == sorted(down, reverse=True)
    assert up == down[::-1]
    assert len(set(down)) > 1


def test_the_unknown_is_ranked_last_either_way(document):
    for sort in ("borrow_fee", "-borrow_fee"):
        fees = [row["borrow_fee"] for row in document("names", "--sort", sort)["rows"]]
        assert None in fees
        assert fees[0] is not None
        assert set(fees[fees.index(None) :]) == {None}


def test_a_limit_cuts_and_0_does_not(demo, document):
    assert len(document("names", "--limit", "2")["rows"]) == 2
    everyone = document("names", "--limit", "0")
    assert len(everyone["rows"]) == everyone["names"] == 4
    assert len(demo["names"]["rows"]) == 25
    assert demo["names"]["names"] > 6000


def test_names_can_be_chosen_by_a_condition_which_the_document_repeats_as_it_was_understood(document):
    chosen = document("names", "--where", "si>1bn&tier != nano")
    assert chosen["where"] == "short_interest > 1bn & tier != nano"
    assert all(row["short_interest"] > 1e9 for row in chosen["rows"])
    every = document("names", "--limit", "0")["rows"]
    assert chosen["names"] == sum((row["short_interest"] or 0) > 1e9 and row["tier"] != "nano" for row in every)


def test_of_listed_symbols_those_without_a_row_are_named_with_the_reason(ask):
    code, out, err = ask("names", "--symbols", "aapl, NONE", "--format", "json")
    assert (code, err) == (0, "shortside: NONE: no such symbol here\n")
    assert [row["symbol"] for row in json.loads(out)["rows"]] == ["AAPL"]
    assert json.loads(out)["absent"] == {"NONE": "no such symbol here"}


def test_columns_are_the_keys_that_were_asked_for_in_their_order(document):
    chosen = document("names", "--columns", "profit,symbol")
    assert chosen["columns"] == ["profit", "symbol"]
    assert all(list(row) == ["profit", "symbol"] for row in chosen["rows"])


def test_names_can_be_chosen_by_sector_and_tier(document):
    assert [row["symbol"] for row in document("names", "--sector", "fruit")["rows"]] == ["AAPL"]
    tiers = {row["symbol"]: row["tier"] for row in document("names")["rows"]}
    chosen = document("names", "--tier", "small")
    assert {row["symbol"] for row in chosen["rows"]} == {symbol for symbol, tier in tiers.items() if tier == "small"}


def test_breadth_counts_every_name_and_dollar_once(demo):
    for row in [*demo["breadth"]["rows"], demo["breadth"]["total"]]:
        assert row["names"] == row["names_gaining"] + row["names_losing"] + row["names_flat"]
    total = demo["breadth"]["total"]
    dollars = total["dollars_gaining"] + total["dollars_losing"] + total["dollars_flat"]
    assert dollars == pytest.approx(demo["tiers"]["total"]["average_short_interest"], rel=1e-9)
    assert total["names"] == demo["tiers"]["total"]["names"]


def test_sectors_add_up_to_the_tiers_total(demo):
    total = sum(row["profit"] for row in demo["sectors"]["rows"])
    assert total == pytest.approx(demo["tiers"]["total"]["profit"], abs=0.1)


@pytest.mark.parametrize("panel", PANELS)
def test_the_demo_market_says_in_every_panel_that_it_is_simulated(demo, panel):
    assert demo[panel]["simulated"] is True
    assert demo[panel]["source"] == "demo"
    assert demo[panel]["as_of"] == "2023-09-07"


@pytest.mark.parametrize("panel", FILLED)
def test_csv_has_a_row_for_every_row_and_the_same_figures(ask, document, panel):
    code, out, _ = ask(*words_of(panel), "--format", "csv")
    assert code == 0
    rows = list(csv.DictReader(io.StringIO(out)))
    found = document(*words_of(panel))
    expected = [*found["rows"], *found.get("rollup", []), *([found["total"]] if "total" in found else [])]
    assert len(rows) == len(expected)
    for row, record in zip(rows, expected, strict=True):
        assert (row["as_of"], row["simulated"]) == (found["as_of"] if panel != "feeds" else record["as_of"], "false")
        for key, value in record.items():
            if isinstance(value, float):
                assert float(row[key]) == pytest.approx(value, abs=1e-8)
            elif value is None:
                assert row[key] == ""


def test_a_tiers_csv_tells_its_groups_apart(ask):
    _, out, _ = ask("tiers", "--format", "csv")
    groups = [row["group"] for row in csv.DictReader(io.StringIO(out))]
    assert groups == ["tier"] * 7 + ["rollup"] * 4 + ["total"]


def test_ndjson_lines_stand_alone(ask):
    _, out, _ = ask("tiers", "--format", "ndjson")
    lines = [json.loads(line) for line in out.splitlines()]
    assert len(lines) == 12
    assert {(line["schema"], line["as_of"], line["simulated"]) for line in lines} == {
        ("shortside.tiers/1", "2023-03-01", False)
    }


@pytest.mark.parametrize("panel", FILLED)
@pytest.mark.parametrize("signs", ["--ascii", "--no-ascii"])
def test_a_page_for_a_person_is_at_most_a_hundred_columns_and_never_says_nan(ask, panel, signs):
    code, out, _ = ask(*words_of(panel), "--format", "text", signs)
    assert code == 0
    assert max(map(len, out.splitlines())) <= 100
    assert "nan" not in out.lower().split()
    assert "None" not in out
    assert out.isascii() or signs == "--no-ascii"
    assert out.splitlines()[-1] == "Source: FINRA"


@pytest.mark.parametrize("panel", FILLED)
def test_on_a_terminal_of_eighty_columns_no_line_of_a_page_is_wider(ask, panel, monkeypatch):
    monkeypatch.setattr("tui.commands.snapshot.width_of_page", lambda _: 80)
    code, out, _ = ask(*words_of(panel), "--format", "text")
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80


def test_a_page_says_what_its_figures_rest_on(ask):
    _, out, _ = ask("tiers", "--known", "revised")
    for words in ("reconciliation: start", "residual 0", "left out: 1 etf", "published 2023-03-24", "tiers by end"):
        assert words in out
    assert "HINDSIGHT to 2023-03-24 (revised)" in out
    assert "SIMULATED" not in out


def test_a_simulated_page_says_so_first(capsys):
    assert main(["snapshot", "tiers"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("SIMULATED")
    assert "FINRA" not in out


def test_a_second_reading_gives_the_same_document(ask, home):
    first = ask("names", "--format", "json", "--limit", "0")
    assert any(home.rglob("meta.json"))
    assert ask("names", "--format", "json", "--limit", "0") == first


@pytest.mark.shared
@pytest.mark.parametrize("words", [["--as-of", "2023-09-06", "--known", "revised"], ["--as-of", "2023-09-07"]])
def test_the_russell_2000_fund_lost_one_and_a_half_billion_in_five_sessions(capsys, market_directory, words):
    # On the evening of 7 September 2023 the count of the 6th was the newest.
    assert main(["snapshot", "flows", "--data", str(market_directory), *words, "--format", "json"]) == 0
    [row] = json.loads(capsys.readouterr().out)["rows"]
    assert (row["fund"], row["count_date"]) == ("IWM", "2023-09-06")
    assert row["flow_5d"] == pytest.approx(-1.53e9, abs=5e6)
    assert row["flow_1d"] == pytest.approx(-50_000 * 186.180671, abs=0.01)
    assert row["close"] == 186.13
    # Of the 50 five-session weeks back to September 2022 three lost more; the tenth before it was the last to.
    assert (row["segment"], row["week_rank"], row["weeks_ranked"]) == ("small caps", 47, 50)
    assert row["week_words"] == "largest outflow in 10 weeks"


@pytest.mark.shared
def test_the_real_market_is_printed_whole(capsys, market_directory):
    words = ["--data", str(market_directory), "--as-of", "2023-09-07", "--format", "json"]
    assert main(["snapshot", "tiers", *words]) == 0
    tiers = json.loads(capsys.readouterr().out)
    assert tiers["window"] == {"name": "ytd", "start": "2022-12-30", "end": "2023-09-07", "missed": 0}
    identity = tiers["reconciliation"]
    assert abs(identity["residual"] + identity["appeared"]) < 1
    assert tiers["total"]["names"] > 6000
    assert np.isclose(sum(row["profit"] for row in tiers["rows"]), tiers["total"]["profit"], atol=1)
