"""The table of sessions against exchange_calendars, the bells, and the arithmetic of days."""

import importlib.util
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortside import sessions
from shortside.sessions import MarketState, market_state, next_session, previous_session, session_close

# exchange_calendars 4.13 still calls what pandas 3.1 deprecates; those warnings are not ours to mend.
against_the_library = pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")

NEW_YORK = sessions.NEW_YORK
LABOR_DAY = date(2023, 9, 4)
INNER_DAYS = st.dates(sessions.FIRST_DAY + timedelta(days=60), sessions.LAST_DAY - timedelta(days=60))


def new_york(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), NEW_YORK)


@pytest.fixture(scope="module")
def exchange():
    """The whole range of exchange_calendars' New York calendar."""
    reason = "exchange_calendars is a development dependency"
    library = pytest.importorskip("exchange_calendars", reason=reason)
    return library.get_calendar("XNYS", start=sessions.FIRST_DAY, end=sessions.LAST_DAY)


@against_the_library
def test_every_session_of_the_range_is_the_one_exchange_calendars_knows(exchange):
    expected = [day.date() for day in exchange.sessions]
    assert sessions.sessions_between(sessions.FIRST_DAY, sessions.LAST_DAY) == expected


@against_the_library
def test_every_bell_of_the_range_rings_when_exchange_calendars_says(exchange):
    schedule = exchange.schedule
    days = [day.date() for day in schedule.index]
    assert [sessions.session_open(day) for day in days] == [bell.to_pydatetime() for bell in schedule["open"]]
    assert [session_close(day) for day in days] == [bell.to_pydatetime() for bell in schedule["close"]]


@against_the_library
def test_ad_hoc_closures_are_scheduled_sessions_that_did_not_happen(exchange):
    ad_hoc = {day.date() for day in exchange.adhoc_holidays if day.date() >= sessions.FIRST_DAY}
    assert ad_hoc == sessions.AD_HOC_CLOSURES
    assert all(sessions.is_scheduled_session(day) and not sessions.is_session(day) for day in ad_hoc)


@against_the_library
def test_the_shipped_table_is_what_its_generator_writes(exchange):
    path = Path(__file__).parents[1] / "docs" / "make_nyse_closures.py"
    spec = importlib.util.spec_from_file_location("make_nyse_closures", path)
    assert spec is not None
    assert spec.loader is not None
    generator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generator)
    assert generator.main(["--check"]) == 0
    assert generator.main(["--check", "--last", "2034"]) == 1


@pytest.mark.parametrize("day", [date(2012, 10, 29), date(2012, 10, 30), date(2018, 12, 5), date(2025, 1, 9)], ids=str)
def test_new_york_was_closed_at_short_notice(day):
    assert sessions.is_scheduled_session(day)
    assert not sessions.is_session(day)
    assert next_session(previous_session(day)) > day


def test_a_holiday_is_neither_a_session_nor_a_scheduled_one():
    assert not sessions.is_session(LABOR_DAY)
    assert not sessions.is_scheduled_session(LABOR_DAY)


def test_new_year_on_a_saturday_closes_no_weekday():
    assert sessions.is_session(date(2021, 12, 31))
    assert sessions.is_session(date(2022, 1, 3))


@given(INNER_DAYS, st.integers(1, 10))
def test_going_forth_and_back_returns_to_the_last_session(day, count):
    assert previous_session(next_session(day, count), count) == sessions.session_on_or_before(day)


@given(INNER_DAYS)
def test_neighbouring_sessions_have_none_between_them(day):
    earlier, later = previous_session(day), next_session(day)
    expected = [earlier, day, later] if sessions.is_session(day) else [earlier, later]
    assert sessions.sessions_between(earlier, later) == expected


@given(INNER_DAYS, INNER_DAYS)
def test_the_array_of_sessions_is_the_list_of_sessions(first, last):
    assert sessions.session_days(first, last).tolist() == sessions.sessions_between(first, last)


@given(INNER_DAYS, st.integers(1, 10))
def test_counting_sessions_is_taking_single_steps(day, count):
    stepped = day
    for _ in range(count):
        stepped = next_session(stepped)
    assert next_session(day, count) == stepped


def test_a_count_below_one_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        next_session(LABOR_DAY, 0)


@pytest.mark.parametrize("day", [date(2009, 12, 31), date(2036, 1, 1)], ids=str)
def test_a_day_outside_the_table_says_the_range_and_the_cure(day):
    with pytest.raises(sessions.CalendarRangeError, match=r"2010-01-01 to 2035-12-31.*make_nyse_closures"):
        sessions.is_session(day)
    with pytest.raises(sessions.CalendarRangeError, match=str(day)):
        sessions.sessions_between(min(day, LABOR_DAY), max(day, LABOR_DAY))
    with pytest.raises(sessions.CalendarRangeError, match=str(day)):
        sessions.session_days(min(day, LABOR_DAY), max(day, LABOR_DAY))


def test_walking_off_the_table_is_an_error_and_not_a_guess():
    with pytest.raises(sessions.CalendarRangeError):
        next_session(sessions.LAST_DAY)
    with pytest.raises(sessions.CalendarRangeError):
        previous_session(sessions.FIRST_DAY)


def test_no_bell_rings_on_a_holiday():
    with pytest.raises(sessions.NotASessionError, match="Monday 2023-09-04"):
        session_close(LABOR_DAY)


def test_bells_follow_summer_time():
    assert session_close(date(2023, 3, 10)).astimezone(UTC).hour == 21
    assert session_close(date(2023, 3, 13)).astimezone(UTC).hour == 20


@pytest.mark.parametrize(
    ("hour", "minute", "state"),
    [
        (3, 59, MarketState.CLOSED),
        (4, 0, MarketState.PRE),
        (9, 29, MarketState.PRE),
        (9, 30, MarketState.OPEN),
        (15, 59, MarketState.OPEN),
        (16, 0, MarketState.AFTER),
        (19, 59, MarketState.AFTER),
        (20, 0, MarketState.CLOSED),
    ],
)
def test_the_market_state_changes_with_the_bells(hour, minute, state):
    moment = new_york(date(2023, 9, 7), hour, minute)
    assert market_state(moment) is state
    assert market_state(moment.astimezone(UTC)) is state


def test_a_half_day_ends_at_13_and_its_late_trading_at_17():
    half_day = date(2023, 7, 3)
    assert market_state(new_york(half_day, 12, 59)) is MarketState.OPEN
    assert market_state(new_york(half_day, 13)) is MarketState.AFTER
    assert market_state(new_york(half_day, 17)) is MarketState.CLOSED


@pytest.mark.parametrize("day", [LABOR_DAY, date(2023, 9, 9), date(2025, 1, 9)], ids=str)
def test_the_market_is_closed_all_day_on_holidays_weekends_and_days_of_mourning(day):
    assert market_state(new_york(day, 12)) is MarketState.CLOSED


def test_late_evening_in_new_york_is_not_yet_tomorrow():
    moment = datetime(2023, 9, 8, 1, 30, tzinfo=UTC)
    assert sessions.new_york_date(moment) == date(2023, 9, 7)


def test_a_session_is_completed_by_its_closing_bell():
    assert sessions.last_completed_session(new_york(date(2023, 9, 5), 15, 59)) == date(2023, 9, 1)
    assert sessions.last_completed_session(new_york(date(2023, 9, 5), 16)) == date(2023, 9, 5)
    assert sessions.last_completed_session(new_york(LABOR_DAY, 12)) == date(2023, 9, 1)


def test_time_in_session_leaves_nights_weekends_and_holidays_out():
    friday, tuesday = new_york(date(2023, 9, 1), 15, 30), new_york(date(2023, 9, 5), 10)
    assert sessions.time_in_session(friday, tuesday) == timedelta(hours=1)
    assert sessions.time_in_session(tuesday, friday) == timedelta()


def test_a_moment_without_zone_is_refused_by_name():
    naive = datetime(2023, 9, 7, 12)  # noqa: DTZ001
    with pytest.raises(sessions.NaiveMomentError, match="moment has no time zone: 2023-09-07T12:00:00"):
        market_state(naive)
    with pytest.raises(sessions.NaiveMomentError, match="end has no time zone"):
        sessions.time_in_session(new_york(LABOR_DAY, 12), naive)
