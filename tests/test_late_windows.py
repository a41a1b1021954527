"""A window that begins before the first settlement or close is cut, or null, and says so: never a start of nothing."""

import json
from datetime import date

import numpy as np
import pandas as pd
import pytest
from market_data import write_parquet

from shortside.sessions import sessions_between
from tui.__main__ import main

FIRST, LAST = date(2023, 5, 1), date(2023, 8, 25)
SETTLED = (date(2023, 7, 14), date(2023, 7, 31))
"""Published on 25 July and on 9 August."""


@pytest.fixture
def told(tmp_path, monkeypatch, capsys):
    """A document of a folder whose prices begin long before its short interest."""
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path / "home"))
    days = sessions_between(FIRST, LAST)
    prices = pd.DataFrame(
        {
            "date": days,
            "symbol": "AAA",
            "exchange": "nyse",
            "close": np.linspace(50, 60, len(days)).round(2),
            "volume": 1_000,
            "shares_out": 100_000_000,
        }
    )
    reports = pd.DataFrame(
        {
            "settlement_date": SETTLED,
            "symbol": "AAA",
            "issue_name": "AAA CORP",
            "market_class": "NYSE",
            "exch_code": "A",
            "short_interest": [5_000_000, 6_000_000],
            "prev_short_interest": [4_900_000, 5_000_000],
            "avg_daily_volume": 1_000,
            "days_to_cover": 2.0,
            "split_flag": "",
            "revision_flag": "",
        }
    )
    folder = tmp_path / "market"
    folder.mkdir()
    write_parquet(prices, folder / "prices.parquet")
    write_parquet(reports, folder / "short_interest.parquet")

    def run(name, window, as_of=LAST):
        words = ["--source", "files", "--data", str(folder), "--as-of", str(as_of), "--window", window]
        code = main(["snapshot", name, *words, "--format", "json"])
        out, err = capsys.readouterr()
        return code, json.loads(out) if out else None, err

    return run


@pytest.mark.parametrize("window", ["ytd", "1y", "qtd", "since:2023-05-10", "since:2022-01-03"])
def test_a_window_begins_with_the_first_settlement_known(told, window):
    code, tiers, _ = told("tiers", window)
    assert code == 0
    assert tiers["window"]["start"] == "2023-07-14"
    assert "begins on 2023-07-14, with the first settlement known" in tiers["window_note"]
    assert tiers["reconciliation"]["start"] > 250e6
    assert abs(tiers["reconciliation"]["new_short"]) < 100e6
    assert tiers["reconciliation"]["residual"] == 0.0


def test_a_window_that_is_whole_says_nothing(told):
    assert told("tiers", "5d")[1]["window_note"] is None


def test_a_cycle_of_one_settlement_is_null_and_says_why(told):
    code, tiers, _ = told("tiers", "cycle", date(2023, 7, 28))
    assert code == 0
    assert (tiers["total"]["profit"], tiers["total"]["new_short"]) == (None, None)
    assert "fewer than two settlements" in tiers["window_note"]
    assert told("feeds", "cycle", date(2023, 7, 28))[1]["notes"][-1] == tiers["window_note"]


@pytest.mark.parametrize("name", ["tiers", "sectors", "names", "breadth"])
def test_before_the_first_publication_there_is_no_figure(told, name):
    code, document, said = told(name, "30d", date(2023, 7, 21))
    assert (code, document) == (4, None)
    assert "no settlement of short interest that was public by 2023-07-21" in said


def test_no_single_name_has_a_profit_over_a_cycle_that_is_none(told):
    rows = told("names", "cycle", date(2023, 7, 28))[1]["rows"]
    assert rows
    for row in rows:
        assert [row[key] for key in ("profit", "profit_ratio", "new_short", "new_short_cycle")] == [None] * 4
        assert row["reason"] == "fewer than two settlements are known: there is no cycle"
        assert row["short_interest"] > 0
