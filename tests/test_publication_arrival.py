"""How late a settlement's file was: only where somebody looked on the evening it was due."""

from datetime import date, datetime, timedelta

import pytest

from shortside.publications.arrival import arrival_of
from shortside.sessions import NEW_YORK
from shortside.settlement import NotASettlementDateError

SETTLED = date(2023, 8, 15)


def seen(day: int, hour: int, minute: int, second: int = 0) -> datetime:
    return datetime(2023, 8, day, hour, minute, second, tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    ("at", "late_by"),
    [
        (seen(24, 16, 40, 7), timedelta(seconds=7)),
        (seen(24, 16, 39, 58), timedelta()),
        (seen(24, 16, 40) + timedelta(milliseconds=999), timedelta()),
        (seen(24, 19, 40), timedelta(hours=3)),
        # A monitor that was opened the next morning did not see when the file came.
        (seen(25, 9, 0), None),
        (None, None),
    ],
)
def test_a_file_is_late_by_the_time_it_was_seen_after_it_was_due(at, late_by):
    arrival = arrival_of(SETTLED, at)
    assert arrival.due_at == seen(24, 16, 40)
    assert arrival.late_by == late_by


def test_nothing_arrives_of_a_day_that_nobody_reports():
    with pytest.raises(NotASettlementDateError):
        arrival_of(date(2023, 8, 14), None)
