"""FINRA's calendar against its own press, a computed decade, and the rule itself."""

import csv
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortside import sessions, settlement
from shortside.sessions import NEW_YORK, CalendarRangeError
from shortside.settlement import SettlementCycle, cycle_of, cycles_between, latest_published, next_publication

# Settlement, due and publication of every cycle of 2023; the starred dates of FINRA's cycle are confirmed by
# Nasdaq's dated press releases "Nasdaq Announces ... Open Short Interest Positions".
CYCLES_OF_2023 = """
2022-12-30 2023-01-04 2023-01-11*   2023-06-30 2023-07-05 2023-07-12*
2023-01-13 2023-01-18 2023-01-25*   2023-07-14 2023-07-18 2023-07-25
2023-01-31 2023-02-02 2023-02-09*   2023-07-31 2023-08-02 2023-08-09
2023-02-15 2023-02-17 2023-02-27    2023-08-15 2023-08-17 2023-08-24
2023-02-28 2023-03-02 2023-03-09    2023-08-31 2023-09-05 2023-09-12
2023-03-15 2023-03-17 2023-03-24    2023-09-15 2023-09-19 2023-09-26
2023-03-31 2023-04-04 2023-04-12    2023-09-29 2023-10-03 2023-10-10*
2023-04-14 2023-04-18 2023-04-25*   2023-10-13 2023-10-17 2023-10-24*
2023-04-28 2023-05-02 2023-05-09    2023-10-31 2023-11-02 2023-11-09
2023-05-15 2023-05-17 2023-05-24    2023-11-15 2023-11-17 2023-11-27
2023-05-31 2023-06-02 2023-06-09    2023-11-30 2023-12-04 2023-12-11*
2023-06-15 2023-06-20 2023-06-27    2023-12-15 2023-12-19 2023-12-27*
2023-12-29 2024-01-03 2024-01-10*
"""

MOMENTS = st.datetimes(
    datetime(2010, 3, 1),  # noqa: DTZ001
    datetime(2035, 11, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, NEW_YORK]),
)
SETTLEMENTS = st.sampled_from(settlement.settlement_dates_between(date(2010, 1, 1), date(2035, 12, 14)))


def cycles_as_written() -> list[SettlementCycle]:
    days = [date.fromisoformat(word.rstrip("*")) for word in CYCLES_OF_2023.split()]
    return sorted(SettlementCycle(*days[i : i + 3]) for i in range(0, len(days), 3))


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_the_cycles_of_2023_are_the_published_ones():
    expected = cycles_as_written()
    assert len(expected) == 25
    assert cycles_between(date(2022, 12, 30), date(2023, 12, 31)) == expected


@pytest.mark.shared
def test_every_dated_press_release_appeared_on_the_computed_day(shared):
    rows = rows_of(shared / "payloads/nasdaq_press/settlement_publication_pairs.csv")
    published = {row["settlement"]: row["published"] for row in rows}
    computed = {day: cycle_of(date.fromisoformat(day)).publication_date.isoformat() for day in published}
    assert len(published) >= 24
    assert computed == published


@pytest.mark.shared
def test_the_computed_decade_is_reproduced_row_by_row(shared):
    rows = rows_of(shared / "payloads/finra/settlement_calendar_2018_2027_computed.csv")
    expected = [
        SettlementCycle(*(date.fromisoformat(row[column]) for column in ("settlement", "due", "publication")))
        for row in rows
    ]
    assert len(expected) == 240
    assert cycles_between(date(2018, 1, 1), date(2027, 12, 31)) == expected


@pytest.mark.parametrize(
    ("settled", "published", "why"),
    [
        (date(2023, 9, 29), date(2023, 10, 10), "Columbus Day counts"),
        (date(2025, 10, 31), date(2025, 11, 11), "published on Veterans Day"),
        (date(2024, 12, 31), date(2025, 1, 10), "the closure of 2025-01-09 counts"),
        (date(2023, 3, 31), date(2023, 4, 12), "Good Friday does not count"),
        (date(2024, 3, 28), date(2024, 4, 9), "settled before Good Friday, the month's last weekday"),
        (date(2026, 5, 29), date(2026, 6, 9), "settled on a month's last Friday"),
        (date(2026, 8, 14), date(2026, 8, 25), "settled before a Saturday the 15th"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_business_days_are_scheduled_sessions(settled, published, why):
    assert cycle_of(settled).publication_date == published, why


def test_a_cycle_is_published_at_16_40_in_new_york_summer_and_winter():
    assert cycle_of(date(2023, 8, 31)).published_at == datetime(2023, 9, 12, 20, 40, tzinfo=UTC)
    assert cycle_of(date(2022, 12, 30)).published_at == datetime(2023, 1, 11, 21, 40, tzinfo=UTC)
    assert cycle_of(date(2022, 12, 30)).published_at.tzinfo is UTC


@given(SETTLEMENTS)
def test_publication_is_always_seven_scheduled_sessions_after_settlement(settled):
    cycle = cycle_of(settled)
    span = (cycle.publication_date - settled).days
    days = [settled + timedelta(days=i) for i in range(1, span + 1)]
    waited = [day for day in days if sessions.is_scheduled_session(day)]
    assert len(waited) == 7
    assert waited[-1] == cycle.publication_date
    assert waited[1] == cycle.due_date


@given(SETTLEMENTS)
def test_a_settlement_date_is_the_last_scheduled_session_of_its_half_month(settled):
    following = sessions.next_scheduled_session(settled)
    crosses_mid_month = settled.day <= 15 < following.day
    assert sessions.is_scheduled_session(settled)
    assert crosses_mid_month or following.month != settled.month


def test_there_are_two_cycles_a_month_in_strict_order():
    cycles = cycles_between(date(2010, 1, 1), date(2035, 12, 14))
    assert len(cycles) == 26 * 24 - 1
    assert cycles == sorted(cycles)
    assert all(earlier.published_at < later.published_at for earlier, later in pairwise(cycles))


@given(MOMENTS)
def test_the_latest_published_cycle_is_out_and_the_next_is_not(moment):
    latest, following = latest_published(moment), next_publication(moment)
    assert latest.published_at <= moment < following.published_at
    assert cycles_between(latest.settlement_date, following.settlement_date) == [latest, following]


@given(MOMENTS, st.timedeltas(timedelta(), timedelta(days=40)))
def test_the_latest_published_cycle_never_steps_back(moment, wait):
    assert latest_published(moment) <= latest_published(moment.astimezone(UTC) + wait)


def test_a_cycle_becomes_known_in_the_minute_of_its_publication():
    before = datetime(2023, 9, 12, 16, 39, 59, tzinfo=NEW_YORK)
    assert latest_published(before) == cycle_of(date(2023, 8, 15))
    assert next_publication(before) == cycle_of(date(2023, 8, 31))
    assert latest_published(before + timedelta(seconds=1)) == cycle_of(date(2023, 8, 31))
    assert next_publication(before + timedelta(seconds=1)) == cycle_of(date(2023, 9, 15))


@pytest.mark.parametrize(
    ("day", "nearest"),
    [
        (date(2023, 9, 7), date(2023, 8, 31)),
        (date(2023, 9, 8), date(2023, 9, 15)),
        (date(2023, 9, 30), date(2023, 9, 29)),
        (date(2010, 1, 2), date(2010, 1, 15)),
    ],
    ids=str,
)
def test_a_day_that_is_no_settlement_date_names_the_nearest(day, nearest):
    assert not settlement.is_settlement_date(day)
    with pytest.raises(settlement.NotASettlementDateError, match=f"{day} is not .* nearest is {nearest}") as caught:
        cycle_of(day)
    assert caught.value.nearest == nearest


def test_settlement_dates_keep_both_ends_of_a_span():
    dates = [date(2023, 8, 15), date(2023, 8, 31), date(2023, 9, 15)]
    assert settlement.settlement_dates_between(dates[0], dates[-1]) == dates
    assert settlement.settlement_dates_between(dates[-1], dates[0]) == []


@pytest.mark.parametrize("moment", [datetime(2010, 1, 20, tzinfo=UTC), datetime(2036, 3, 1, tzinfo=UTC)], ids=str)
def test_moments_the_table_cannot_judge_are_errors(moment):
    with pytest.raises(CalendarRangeError):
        latest_published(moment)
    with pytest.raises(CalendarRangeError):
        next_publication(moment)


def test_the_last_settlement_of_the_table_is_published_beyond_it():
    with pytest.raises(CalendarRangeError, match="2036-01-01"):
        cycle_of(date(2035, 12, 31))
    new_years_eve = datetime(2035, 12, 31, 12, tzinfo=UTC)
    assert latest_published(new_years_eve) == cycle_of(date(2035, 12, 14))
    with pytest.raises(CalendarRangeError):
        next_publication(new_years_eve)
