"""Windows begin at the close before their first day."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from shortside.named_windows import WindowError
from shortside.sessions import session_days
from shortside.windows import cycles, thirty_days, window_of

SESSIONS = session_days(date(2022, 6, 1), date(2023, 9, 7))


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("1d", date(2023, 9, 6)),
        ("5d", date(2023, 8, 30)),  # five sessions: 31 Aug, 1, 5, 6 and 7 Sep; Labor Day between
        ("30d", date(2023, 8, 8)),
        ("mtd", date(2023, 8, 31)),
        ("qtd", date(2023, 6, 30)),
        ("ytd", date(2022, 12, 30)),
        ("1y", date(2022, 9, 7)),
        ("since:2023-08-01", date(2023, 7, 31)),
        ("since:2023-08-06", date(2023, 8, 4)),  # a Sunday: the Friday before
    ],
)
def test_a_window_starts_at_the_close_before_its_first_day(name, start):
    window = window_of(name, SESSIONS)
    assert (window.start_date, window.end_date) == (start, date(2023, 9, 7))
    assert not window.is_cut


def test_a_session_without_closes_moves_no_window_and_is_counted():
    # 28 August was a session; nobody has its closes.
    held = SESSIONS[np.datetime64("2023-08-28") != SESSIONS]
    at = int(np.searchsorted(held, np.datetime64("2023-08-30")))
    two = window_of("5d", held, at)
    assert (two.start_date, two.missed) == (date(2023, 8, 23), 1)
    day = window_of("1d", held, at - 1)
    assert (day.start_date, day.end_date, day.missed) == (date(2023, 8, 25), date(2023, 8, 29), 1)
    assert window_of("1d", held, at).missed == 0
    assert window_of("30d", SESSIONS).missed == 0


def settled(*days):
    """The session of each settlement; before the first session, none counted."""
    return np.array([int(np.searchsorted(SESSIONS, np.datetime64(day), "right")) - 1 for day in days])


def test_a_cycle_is_between_the_last_two_settlements_known_beside_the_one_before():
    this, before = cycles(SESSIONS, settled("2023-07-14", "2023-07-31", "2023-08-15"))
    assert (this.name, this.start_date, this.end_date) == ("cycle", date(2023, 7, 31), date(2023, 8, 15))
    assert (before.start_date, before.end_date) == (date(2023, 7, 14), date(2023, 7, 31))
    assert not this.is_cut
    # What settles after the last session is nothing these days measure.
    later, _ = cycles(SESSIONS, np.array([3, 9, 20, len(SESSIONS) + 4]))
    assert (later.start, later.end) == (9, 20)


def test_without_two_settlements_a_cycle_is_empty_or_begins_with_the_sessions_and_is_cut():
    for places in ([], [7], [-30, -20]):
        this, before = cycles(SESSIONS, np.array(places, np.int64))
        assert this.length == before.length == 0
        assert this.is_cut
    begun, before = cycles(SESSIONS, np.array([-4, 7]))
    assert (begun.start, begun.end, begun.is_cut) == (0, 7, True)
    assert before.length == 0


def test_a_window_longer_than_history_says_it_is_cut():
    window = window_of("since:2020-01-01", SESSIONS)
    assert window.start == 0
    assert window.is_cut


@pytest.mark.parametrize("name", ["2w", "", "since:yesterday", "since:2023-09-08", "YTD "])
def test_a_window_that_means_nothing_is_refused_with_a_sentence(name):
    with pytest.raises(WindowError) as refusal:
        window_of(name, SESSIONS)
    assert str(refusal.value)


def test_the_thirty_days_before_end_where_the_thirty_days_begin():
    this, prior = thirty_days(SESSIONS, len(SESSIONS) - 1)
    assert prior.end == this.start
    assert (this.start_date, prior.start_date) == (date(2023, 8, 8), date(2023, 7, 7))


def test_at_the_start_of_history_the_prior_thirty_days_are_empty():
    this, prior = thirty_days(SESSIONS[:10], 9)
    assert this.is_cut
    assert prior.length == 0


def test_the_window_of_a_leap_day_a_year_ago_exists():
    sessions = session_days(date(2023, 1, 3), date(2024, 2, 29))
    assert window_of("1y", sessions).start_date == date(2023, 2, 28)
    assert np.datetime64("2024-02-29") == sessions[-1]
