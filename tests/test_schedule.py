"""When each source is asked: by New York's calendar, as often as it publishes, and never in vain."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.feeds.schedule import (
    FIRST_PAUSE,
    JITTER_RATIO,
    LONGEST_PAUSE,
    AfterSession,
    Daily,
    InSession,
    LastLook,
    MorningAfter,
    OfficeHours,
    OnPublication,
    Schedule,
    Weekly,
    due_at,
    retry_at,
)
from shortside.sessions import NEW_YORK, is_session, market_state, new_york_date, session_close, session_open
from shortside.settlement import cycles_between

QUOTES = InSession(step=timedelta(minutes=5))
BORROW = OfficeHours(step=timedelta(minutes=20))
SCHEDULES: list[Schedule] = [
    QUOTES,
    BORROW,
    OnPublication(),
    AfterSession(),
    MorningAfter(),
    Daily(hour=time(7)),
    Weekly(hour=time(7, 30)),
]
HELD, PUBLISHED = date(2023, 8, 15), date(2023, 8, 31)


def moments(first: int, last: int) -> st.SearchStrategy[datetime]:
    """Any second of some years, but for the last month."""
    start = datetime(first, 1, 1, tzinfo=UTC)
    seconds = int((datetime(last, 12, 1, tzinfo=UTC) - start).total_seconds())
    return st.integers(0, seconds).map(lambda second: start + timedelta(seconds=second))


def ny(day: int, hour: int, minute: int = 0, month: int = 9, second: int = 0) -> datetime:
    return datetime(2023, month, day, hour, minute, second, tzinfo=NEW_YORK)


def walked(schedule, start: datetime, end: datetime, as_of: date | None = None) -> list[datetime]:
    """Every look from `start` to `end` of one who looked at `start` and never finds anything new."""
    looks: list[datetime] = []
    moment = start
    while True:
        moment = due_at(schedule, LastLook(as_of=as_of, looked_at=moment), moment)
        if moment > end:
            return looks
        looks.append(moment.astimezone(NEW_YORK))


def test_a_settlement_is_asked_for_from_half_past_four_every_ten_minutes_until_it_is_there():
    looks = walked(OnPublication(), ny(8, 9), ny(12, 23), as_of=HELD)
    assert [f"{look:%d %H:%M}" for look in looks[:3]] == ["12 16:30", "12 16:40", "12 16:50"]
    assert f"{looks[-1]:%H:%M}" == "20:00"
    assert len(looks) == 22


def test_a_settlement_that_is_there_is_left_alone_but_for_one_second_look():
    looks = walked(OnPublication(), ny(12, 16, 40), ny(26, 16), as_of=PUBLISHED)
    assert looks == [ny(13, 17)]


def test_a_settlement_that_is_late_is_asked_for_every_hour_of_the_sessions_after():
    looks = walked(OnPublication(), ny(12, 20), ny(14, 7), as_of=HELD)
    assert {look.date().day for look in looks} == {13}
    assert [look.minute for look in looks] == [0] * 13


def test_after_a_month_away_the_settlement_is_asked_for_at_once():
    seen = LastLook(as_of=date(2023, 7, 31), looked_at=ny(9, 17, month=8))
    saturday = ny(9, 11)
    assert due_at(OnPublication(), seen, saturday) == saturday


def test_every_publication_has_a_slot_at_its_own_minute():
    for cycle in cycles_between(date(2022, 1, 1), date(2023, 12, 1)):
        slots = OnPublication().slots(cycle.publication_date, None)
        assert cycle.published_at in [slot.at for slot in slots]


def test_short_volume_is_asked_for_after_six_every_quarter_hour_until_ten():
    looks = walked(AfterSession(), ny(7, 12), ny(7, 23, 59), as_of=date(2023, 9, 6))
    assert (looks[0], looks[1], looks[-1], len(looks)) == (ny(7, 18, 5), ny(7, 18, 20), ny(7, 21, 50), 16)
    assert walked(AfterSession(), ny(7, 18, 5), ny(8, 18), as_of=date(2023, 9, 7)) == []


def test_short_volume_that_stayed_out_is_asked_for_again_in_the_morning():
    friday = walked(AfterSession(), ny(8, 22), ny(11, 12), as_of=date(2023, 9, 7))
    assert friday == [ny(11, 7)]


def test_quotes_are_asked_for_in_session_and_twice_after_it():
    looks = walked(QUOTES, ny(7, 8), ny(8, 8))
    assert (looks[0], looks[-3], looks[-2], looks[-1]) == (ny(7, 9, 30), ny(7, 15, 55), ny(7, 16, 20), ny(7, 20))
    assert all(other - one >= QUOTES.step for one, other in pairwise(looks))


def test_on_a_half_day_quotes_end_at_one():
    looks = walked(QUOTES, ny(3, 8, month=7), ny(4, 23, month=7))
    assert looks[-3:] == [ny(3, 12, 55, month=7), ny(3, 13, 20, month=7), ny(3, 20, month=7)]


def test_a_late_step_of_quotes_is_still_in_session_and_never_too_early():
    looked = ny(7, 15, 53)
    assert due_at(QUOTES, LastLook(looked_at=looked), looked) == ny(7, 15, 58)
    # A source that failed until the bell is asked for the closes, not for quotes nobody gives.
    assert due_at(QUOTES, LastLook(looked_at=ny(7, 15, 40)), ny(7, 16, 2)) == ny(7, 16, 20)


def test_the_closes_of_friday_are_fetched_on_a_saturday_if_nobody_was_there():
    saturday = ny(9, 11)
    assert due_at(QUOTES, LastLook(looked_at=ny(8, 15)), saturday) == saturday
    assert due_at(QUOTES, LastLook(looked_at=ny(8, 20)), saturday) == ny(11, 9, 30)


def test_the_borrow_list_is_asked_for_in_office_hours():
    looks = walked(BORROW, ny(7, 6), ny(7, 23))
    assert (looks[0], looks[1], looks[-1]) == (ny(7, 7), ny(7, 7, 20), ny(7, 18))


def test_what_changes_slowly_is_asked_for_once_a_session_or_week():
    assert walked(Daily(hour=time(7)), ny(7, 8), ny(12, 8)) == [ny(8, 7), ny(11, 7), ny(12, 7)]
    # Labor Day is the Monday of that week.
    assert walked(Weekly(hour=time(7, 30)), ny(1, 8), ny(12, 8)) == [ny(5, 7, 30), ny(11, 7, 30)]


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda one: type(one).__name__)
def test_nothing_is_asked_for_on_a_holiday_or_a_weekend(schedule):
    looks = walked(schedule, ny(31, 7, month=8), ny(12, 9), as_of=HELD)
    assert all(is_session(look.date()) for look in looks)


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda one: type(one).__name__)
def test_whoever_never_looked_looks_now(schedule):
    assert due_at(schedule, LastLook(), ny(4, 3)) == ny(4, 3)


@given(
    st.sampled_from(SCHEDULES),
    moments(2022, 2024),
    st.integers(0, 60 * 24 * 40),
    st.sampled_from([None, HELD, date(2022, 1, 14), date(2024, 5, 1)]),
)
def test_a_look_is_never_early_and_never_too_soon_after_the_last(schedule, looked_at, minutes, as_of):
    if as_of is not None:
        as_of = min(as_of, new_york_date(looked_at))
    not_before = looked_at + timedelta(minutes=minutes)
    due = due_at(schedule, LastLook(as_of=as_of, looked_at=looked_at), not_before)
    assert due >= not_before
    assert due >= looked_at + schedule.least_gap
    # Nothing is gained by asking later: from there on it is due at once.
    assert due_at(schedule, LastLook(as_of=as_of, looked_at=looked_at), due) == due


@given(moments(2023, 2023))
def test_live_prices_are_only_asked_for_while_new_york_trades(looked_at):
    live = InSession(step=timedelta(minutes=1), closes_after=None, evening=None)
    due = due_at(live, LastLook(looked_at=looked_at), looked_at)
    day = new_york_date(due)
    assert session_open(day) <= due < session_close(day)
    assert market_state(due).value == "OPEN"


@given(st.sampled_from(SCHEDULES), st.integers(1, 40), st.floats(0, 1), st.none() | st.floats(0, 7_200))
def test_failures_back_off_with_chance_and_as_long_as_asked(schedule, failures, chance, retry_after):
    pause = retry_at(schedule, ny(7, 12), failures, retry_after, chance) - ny(7, 12)
    least = max(min(FIRST_PAUSE * 2.0 ** (failures - 1), LONGEST_PAUSE), schedule.least_gap)
    assert pause >= least
    assert pause >= timedelta(seconds=retry_after or 0)
    if retry_after is None:
        assert pause <= least * (1 + JITTER_RATIO)


def test_slots_are_in_order():
    days = [date(2023, 1, 1) + timedelta(days=number) for number in range(365)]
    for schedule in SCHEDULES:
        moments = [slot.at for day in days for slot in schedule.slots(day, HELD)]
        assert moments
        assert moments == sorted(set(moments))


def test_what_a_session_leaves_overnight_is_asked_for_in_the_morning_until_it_is_there():
    # Monday the fourth is a holiday: Friday's list is asked for on Tuesday.
    looks = walked(MorningAfter(), ny(4, 12), ny(6, 23), as_of=date(2023, 8, 31))
    assert [moment.astimezone(NEW_YORK).strftime("%d %H:%M") for moment in looks] == [
        f"{day:02} {hour:02}:15" for day in (5, 6) for hour in range(7, 12)
    ]
    assert MorningAfter().slots(date(2023, 9, 6), date(2023, 9, 5)) == []
