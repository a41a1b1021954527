"""What iShares printed of its funds comes out of the archive as it could be known, and becomes flows."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest
from public_archive import evening, fill

from providers.archive.vintages import Archive
from providers.errors import NoDataError
from providers.public.funds import read_fund_archive
from shortside.datasets import Dataset
from shortside.funds.flows import FUND_DAYS, fund_flows
from shortside.snapshot import Snapshot
from tui.__main__ import main

MONDAY, TUESDAY, WEDNESDAY = date(2023, 2, 27), date(2023, 2, 28), date(2023, 3, 1)


def morning_after(day: date) -> datetime:
    """When a day's counts are looked at."""
    moment: datetime = evening(day + timedelta(days=1), 10)
    return moment


def count(fund: str, day: date, shares: float, nav: float = 10.0, fetched_at: datetime | None = None) -> Snapshot:
    rows = pd.DataFrame({"date": [pd.Timestamp(day)], "symbol": fund, "nav": nav, "shares_outstanding": shares})
    return Snapshot(
        dataset=Dataset.FUND_FLOWS,
        frame=FUND_DAYS.conform(rows, "count"),
        as_of=day,
        fetched_at=fetched_at or morning_after(day),
        source="ishares_holdings",
        attribution="Source: BlackRock iShares",
    )


@pytest.fixture
def archive(tmp_path):
    archive = Archive(tmp_path / "archive")
    for snapshot in (count("IWM", MONDAY, 100), count("IWB", MONDAY, 50), count("IWM", TUESDAY, 130)):
        archive.append(snapshot)
    return archive


def test_every_fund_of_a_day_is_there_though_each_is_a_vintage_of_its_own(archive):
    data = read_fund_archive(archive, morning_after(WEDNESDAY))
    assert sorted(zip(data.days["symbol"], data.days["shares_outstanding"], strict=True)) == [
        ("IWB", 50),
        ("IWM", 100),
        ("IWM", 130),
    ]
    assert fund_flows(data.days, "IWM").flow[-1] == 300.0
    assert (data.source, data.fetched_at) == ("ishares_holdings", morning_after(TUESDAY).astimezone(UTC))


def test_a_corrected_count_is_believed_from_its_look_on(archive):
    corrected_at = morning_after(WEDNESDAY)
    archive.append(count("IWM", TUESDAY, 120, fetched_at=corrected_at))
    before = read_fund_archive(archive, corrected_at - timedelta(hours=1))
    after = read_fund_archive(archive, corrected_at)
    assert fund_flows(before.days, "IWM").flow[-1] == 300.0
    assert fund_flows(after.days, "IWM").flow[-1] == 200.0


def test_an_archive_without_counts_says_where_they_come_from(tmp_path):
    with pytest.raises(NoDataError, match="--source public polls"):
        read_fund_archive(Archive(tmp_path), morning_after(MONDAY))


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
    monkeypatch.setenv("SHORTSIDE_SOURCE", "public")
    monkeypatch.setenv("SHORTSIDE_NOW", morning_after(WEDNESDAY).isoformat())
    return tmp_path


def test_snapshot_flows_prints_them_and_names_whom_the_terms_ask_to_name(home, archive, capsys):
    fill(archive, WEDNESDAY)
    archive.append(count("IWM", WEDNESDAY, 140, nav=11.0))
    assert main(["snapshot", "flows", "--window", "mtd", "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    iwm, iwb = document["rows"]
    assert (iwm["fund"], iwm["count_date"], iwm["flow"], iwm["flow_1d"]) == ("IWM", "2023-03-01", 110.0, 110.0)
    # Nobody looked at that fund on Tuesday and Wednesday.
    assert (iwb["count_date"], iwb["flow"], iwb["close"], iwb["flow_5d"]) == ("2023-02-27", None, None, None)
    assert document["inputs"][-1]["source"] == "ishares_holdings"
    assert main(["snapshot", "flows"]) == 0
    assert capsys.readouterr().out.endswith("Source: BlackRock iShares, FINRA\n")


def test_as_known_on_an_evening_the_count_of_that_day_is_not_out(home, archive, capsys):
    fill(archive, WEDNESDAY)
    words = ["--as-of", f"{TUESDAY}", "--known", "as-known", "--format", "json"]
    assert main(["snapshot", "flows", *words]) == 0
    assert {row["count_date"] for row in json.loads(capsys.readouterr().out)["rows"]} == {f"{MONDAY}"}
