"""What a snapshot refuses, and what it says about itself."""

import dataclasses
import json
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pandas as pd
import pytest
from waiting import PATIENCE

from shortside.datasets import Dataset, Quality
from shortside.freshness import Freshness, FreshnessState, InputAge
from shortside.sessions import NEW_YORK, NaiveMomentError
from shortside.snapshot import Snapshot

FETCHED_AT = datetime(2023, 9, 7, 20, 20, tzinfo=UTC)


def make_snapshot(**changes: object) -> Snapshot:
    fields: dict[str, object] = {
        "dataset": Dataset.PRICES,
        "frame": pd.DataFrame({"symbol": ["AAPL", "NA"], "close": [177.56, 1.0]}),
        "as_of": date(2023, 9, 7),
        "fetched_at": FETCHED_AT,
        "source": "nasdaq_screener",
    }
    return Snapshot(**(fields | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["fetched_at", "published_at"])
def test_a_moment_without_zone_is_refused_by_name(name):
    with pytest.raises(NaiveMomentError, match=f"{name} has no time zone"):
        make_snapshot(**{name: datetime(2023, 9, 7, 16, 20)})  # noqa: DTZ001


def test_a_moment_is_no_day():
    with pytest.raises(TypeError, match="as_of is a day"):
        make_snapshot(as_of=FETCHED_AT)


@pytest.mark.parametrize("zone", [NEW_YORK, timezone(timedelta(hours=9))], ids=str)
def test_moments_are_kept_in_utc_whatever_zone_they_came_in(zone):
    snapshot = make_snapshot(fetched_at=FETCHED_AT.astimezone(zone), published_at=FETCHED_AT.astimezone(zone))
    assert snapshot.fetched_at == snapshot.published_at == FETCHED_AT
    assert snapshot.fetched_at.tzinfo is UTC
    assert snapshot.published_at is not None
    assert snapshot.published_at.tzinfo is UTC


def test_a_snapshot_is_frozen_and_equal_only_to_itself():
    snapshot, twin = make_snapshot(), make_snapshot()
    assert snapshot != twin
    assert snapshot in [twin, snapshot]
    assert len({snapshot, twin}) == 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        snapshot.source = "elsewhere"  # type: ignore[misc]


def test_a_snapshot_can_be_marked_without_touching_the_old_one():
    snapshot = make_snapshot()
    marked = dataclasses.replace(snapshot, quality=Quality.PARTIAL, notes=("one page is missing",))
    assert (snapshot.quality, snapshot.notes) == (Quality.OK, ())
    assert marked.quality is Quality.PARTIAL
    assert marked.frame is snapshot.frame


def test_the_json_record_says_null_for_the_unknown():
    freshness = Freshness(FreshnessState.CURRENT, 0, None, "missed 0 sessions")
    age = InputAge(
        dataset=Dataset.PRICES,
        as_of=date(2023, 9, 7),
        fetched_at=FETCHED_AT,
        source="nasdaq_screener",
        freshness=freshness,
        rows=2,
    )
    record = age.as_record()
    assert json.loads(json.dumps(record)) == {
        "dataset": "prices",
        "as_of": "2023-09-07",
        "published_at": None,
        "fetched_at": "2023-09-07T20:20:00+00:00",
        "source": "nasdaq_screener",
        "freshness": "missed 0 sessions",
    }


def test_an_input_that_never_arrived_has_no_dates_and_no_rows():
    never = Freshness(FreshnessState.UNKNOWN, None, None, "never arrived")
    age = InputAge(dataset=Dataset.BORROW, source="ibkr", freshness=never)
    assert (age.as_of, age.fetched_at, age.rows) == (None, None, None)
    assert age.as_record()["as_of"] is None


def test_a_dataset_is_its_name():
    assert Dataset("short_interest") is Dataset.SHORT_INTEREST
    assert f"{Dataset.FUND_FLOWS}" == "fund_flows"


@pytest.mark.parametrize("module", ["sessions", "settlement", "freshness", "snapshot"])
def test_the_first_paint_loads_neither_pandas_nor_numpy(module):
    program = f"import sys, shortside.{module}; print([m for m in ('pandas', 'numpy') if m in sys.modules])"
    root = Path(__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    assert done.stdout.strip() == "[]"
