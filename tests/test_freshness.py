"""Age in missed publications: every dataset against its own cadence."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortside.datasets import Dataset
from shortside.freshness import CADENCES, FreshnessState, Rhythm, freshness
from shortside.sessions import NEW_YORK, NaiveMomentError, next_session, session_close
from shortside.settlement import cycle_of, latest_published, settlement_dates_between

CURRENT, LATE, STALE, UNKNOWN = FreshnessState
DAILY = [dataset for dataset, cadence in CADENCES.items() if cadence.rhythm is Rhythm.SESSION]
MOMENTS = st.datetimes(datetime(2012, 1, 1), datetime(2034, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def new_york(month: int, day: int, hour: int = 12, minute: int = 0) -> datetime:
    return datetime(2023, month, day, hour, minute, tzinfo=NEW_YORK)


def test_every_dataset_has_a_cadence():
    assert set(CADENCES) == set(Dataset)


def test_states_have_a_letter_each():
    assert [state.letter for state in FreshnessState] == ["C", "L", "S", "U"]


@pytest.mark.parametrize("dataset", list(Dataset))
def test_what_never_arrived_is_unknown_and_not_zero(dataset):
    verdict = freshness(dataset, None, new_york(9, 7))
    assert (verdict.state, verdict.missed, verdict.due_next) == (UNKNOWN, None, None)
    assert verdict.words == "never arrived"


@pytest.mark.parametrize("dataset", list(Dataset))
def test_a_naive_moment_is_refused(dataset):
    with pytest.raises(NaiveMomentError, match="now has no time zone"):
        freshness(dataset, date(2023, 9, 7), datetime(2023, 9, 7, 12))  # noqa: DTZ001


def test_short_interest_three_weeks_old_is_current_until_the_next_publication():
    verdict = freshness(Dataset.SHORT_INTEREST, date(2023, 8, 15), new_york(9, 7))
    assert (verdict.state, verdict.missed, verdict.words) == (CURRENT, 0, "missed 0 publications")
    assert verdict.due_next == new_york(9, 12, 16, 40)


@pytest.mark.parametrize(
    ("now", "missed", "state"),
    [
        (new_york(9, 12, 16, 39), 0, CURRENT),
        (new_york(9, 12, 16, 40), 1, LATE),
        (new_york(9, 26, 16, 39), 1, LATE),
        (new_york(9, 26, 16, 40), 2, STALE),
    ],
    ids=str,
)
def test_short_interest_ages_by_publications(now, missed, state):
    verdict = freshness(Dataset.SHORT_INTEREST, date(2023, 8, 15), now)
    assert (verdict.missed, verdict.state) == (missed, state)


def test_one_missed_publication_is_said_in_the_singular():
    verdict = freshness(Dataset.SHORT_INTEREST, date(2023, 8, 15), new_york(9, 13))
    assert verdict.words == "missed 1 publication"


def test_a_cycle_held_before_its_computed_day_is_not_due_again():
    verdict = freshness(Dataset.SHORT_INTEREST, date(2023, 8, 31), new_york(9, 12, 16))
    assert (verdict.state, verdict.missed) == (CURRENT, 0)
    assert verdict.due_next == cycle_of(date(2023, 9, 15)).published_at


@given(MOMENTS, st.integers(0, 6))
def test_missed_publications_are_the_cycles_between_what_is_held_and_what_is_out(now, behind):
    latest = latest_published(now).settlement_date
    held = settlement_dates_between(latest - timedelta(days=140), latest)[-1 - behind]
    verdict = freshness(Dataset.SHORT_INTEREST, held, now)
    assert verdict.missed == behind
    assert verdict.due_next is not None
    assert verdict.due_next > now


@pytest.mark.parametrize(
    ("now", "missed", "state"),
    [
        (new_york(9, 1, 16, 20), 0, CURRENT),
        (new_york(9, 4), 0, CURRENT),
        (new_york(9, 5, 16, 19), 0, CURRENT),
        (new_york(9, 5, 16, 20), 1, LATE),
        (new_york(9, 6, 16, 20), 2, STALE),
    ],
    ids=str,
)
def test_prices_of_friday_are_current_over_labor_day_until_tuesdays_close(now, missed, state):
    verdict = freshness(Dataset.PRICES, date(2023, 9, 1), now)
    assert (verdict.missed, verdict.state) == (missed, state)


def test_prices_come_due_after_a_half_days_early_close():
    verdict = freshness(Dataset.PRICES, date(2023, 6, 30), new_york(7, 3))
    assert verdict.due_next == new_york(7, 3, 13, 20)


def test_short_volume_waits_for_its_evening_posting():
    assert freshness(Dataset.SHORT_VOLUME, date(2023, 9, 6), new_york(9, 7, 18, 4)).missed == 0
    assert freshness(Dataset.SHORT_VOLUME, date(2023, 9, 6), new_york(9, 7, 18, 5)).missed == 1


def test_the_directory_of_a_session_is_due_the_next_morning():
    assert freshness(Dataset.REFERENCE, date(2023, 9, 6), new_york(9, 8, 6, 59)).missed == 0
    assert freshness(Dataset.REFERENCE, date(2023, 9, 6), new_york(9, 8, 7)).missed == 1


def test_a_day_of_mourning_is_not_missed():
    now = datetime(2025, 1, 10, 12, tzinfo=NEW_YORK)
    assert freshness(Dataset.PRICES, date(2025, 1, 8), now).missed == 0


@given(st.sampled_from(DAILY), MOMENTS, st.integers(0, 8))
def test_a_daily_dataset_becomes_due_exactly_when_it_says(dataset, now, behind):
    held = now.date() - timedelta(days=behind)
    before = freshness(dataset, held, now)
    assert before.missed is not None
    assert before.due_next is not None
    assert now < before.due_next
    just_before = freshness(dataset, held, before.due_next - timedelta(microseconds=1))
    assert just_before.missed == before.missed
    assert freshness(dataset, held, before.due_next).missed == before.missed + 1


@given(st.sampled_from(DAILY), MOMENTS)
def test_a_daily_dataset_misses_one_more_with_every_session(dataset, now):
    held = next_session(now.date())
    delay = CADENCES[dataset].delay
    for count in range(1, 4):
        available_at = session_close(next_session(held, count)).astimezone(UTC) + delay
        assert freshness(dataset, held, available_at).missed == count


@pytest.mark.parametrize(
    ("as_of", "now", "missed"),
    [
        (date(2023, 7, 31), new_york(9, 1), 0),
        (date(2023, 7, 31), new_york(9, 3, 16), 1),
        (date(2023, 8, 14), new_york(9, 17), 0),
        (date(2023, 8, 15), new_york(9, 18, 15, 59), 0),
        (date(2023, 8, 15), new_york(9, 18, 16), 1),
        (date(2023, 8, 31), new_york(9, 29), 0),
        (date(2022, 12, 30), new_york(2, 1), 0),
        (date(2022, 12, 30), new_york(2, 3, 16), 1),
    ],
    ids=str,
)
def test_fails_age_by_the_half_months_the_sec_posts(as_of, now, missed):
    verdict = freshness(Dataset.FAILS, as_of, now)
    assert verdict.missed == missed
    assert verdict.due_next is not None
    assert verdict.due_next > now
    assert freshness(Dataset.FAILS, as_of, verdict.due_next).missed == missed + 1


def test_fails_a_year_old_are_stale():
    assert freshness(Dataset.FAILS, date(2022, 8, 31), new_york(9, 7)).state is STALE


@pytest.mark.parametrize(
    ("minutes", "missed", "state"), [(4, 0, CURRENT), (9, 1, CURRENT), (10, 2, LATE), (30, 6, STALE)]
)
def test_quotes_age_by_missed_polls_while_the_session_runs(minutes, missed, state):
    seen_at = new_york(9, 7, 11)
    verdict = freshness(Dataset.QUOTES, date(2023, 9, 7), seen_at + timedelta(minutes=minutes), seen_at=seen_at)
    assert (verdict.missed, verdict.state) == (missed, state)


def test_quotes_of_fridays_last_minutes_are_current_until_after_the_holiday():
    seen_at = new_york(9, 1, 15, 58)
    for now in (new_york(9, 2), new_york(9, 4), new_york(9, 5, 9, 32)):
        assert freshness(Dataset.QUOTES, date(2023, 9, 1), now, seen_at=seen_at).state is CURRENT
    assert freshness(Dataset.QUOTES, date(2023, 9, 1), new_york(9, 5, 9, 38), seen_at=seen_at).state is LATE


def test_a_faster_poll_makes_quotes_late_sooner():
    seen_at, now = new_york(9, 7, 11), new_york(9, 7, 11, 1)
    fast = freshness(Dataset.QUOTES, date(2023, 9, 7), now, seen_at=seen_at, poll_interval=timedelta(seconds=10))
    assert (fast.missed, fast.state) == (6, STALE)
    assert freshness(Dataset.QUOTES, date(2023, 9, 7), now, seen_at=seen_at).state is CURRENT


@pytest.mark.parametrize(
    ("now", "due_next"),
    [
        (new_york(9, 7, 11, 2), new_york(9, 7, 11, 5)),
        (new_york(9, 7, 11, 7), new_york(9, 7, 11, 10)),
        (new_york(9, 7, 15, 58), new_york(9, 8, 9, 30)),
        (new_york(9, 8, 3), new_york(9, 8, 9, 30)),
        (new_york(9, 9), new_york(9, 11, 9, 30)),
    ],
    ids=str,
)
def test_the_next_look_at_quotes_is_the_next_step_or_the_opening_bell(now, due_next):
    seen_at = new_york(9, 7, 11)
    assert freshness(Dataset.QUOTES, date(2023, 9, 7), now, seen_at=seen_at).due_next == due_next


def test_quotes_without_the_time_of_their_look_are_unknown_on_their_day_and_stale_after_it():
    same_day = freshness(Dataset.QUOTES, date(2023, 9, 7), new_york(9, 7, 15))
    assert (same_day.state, same_day.missed) == (UNKNOWN, None)
    day_after = freshness(Dataset.QUOTES, date(2023, 9, 7), new_york(9, 8, 16))
    assert (day_after.state, day_after.words) == (STALE, "missed 1 session")
