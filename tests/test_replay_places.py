"""A recording goes back and anywhere, and shows there what it showed when it was played up to there."""

from __future__ import annotations

import os
import re
from datetime import datetime, timedelta
from itertools import pairwise
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from played_recording import Boards, Played, options_of, settled, vectors
from recording_examples import OPENS, SYMBOLS, market, tick, write_recording

from providers.recording.last_prices import LastPrices
from providers.recording.reader import Recording
from providers.recording.source import ReplayProvider
from shortside.sessions import NEW_YORK
from tui.errors import SourceError
from tui.screens.event_line import EventLine
from tui.screens.happenings import Happenings, News
from tui.screens.help import live_keys
from tui.screens.prompt import PromptScreen
from tui.sources.recording_places import (
    Place,
    event_beside,
    market_beside,
    moment_typed,
    place_at,
    refused_moment,
    share_played,
)
from widgets.status import length_words

A, B, C = range(3)
# By hand: the example session's markets at 0 and 60 s, its ticks at 0, 1, 2, 2, 60 and 90 s, its end at 120 s.
EVENTS = [(0, 0, 0), (0, 1, 0), (0, 2, 1), (0, 3, 2), (0, 4, 2), (1, 4, 60), (1, 5, 60), (1, 6, 90), (1, 6, 120)]


def at(seconds):
    return OPENS + timedelta(seconds=seconds)


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    return ReplayProvider(write_recording(tmp_path_factory.mktemp("places") / "session")).read_recording()


# -- places -----------------------------------------------------------------------------------------------------------


def test_steps_go_from_event_to_event_in_both_directions(recording):
    places = [Place(market, ticks, at(seconds)) for market, ticks, seconds in EVENTS]
    for one, other in pairwise(places):
        assert event_beside(recording, one, 1) == other
        assert event_beside(recording, other, -1) == one
    assert event_beside(recording, places[0], -1) == places[0]
    assert event_beside(recording, places[-1], 1) == places[-1]


def test_where_only_time_has_passed_a_step_back_leads_to_the_last_event(recording):
    assert event_beside(recording, Place(0, 4, at(30)), -1) == Place(0, 4, at(2))


@pytest.mark.parametrize(
    ("seconds", "place"),
    [
        (-5, (0, 1, 0)),
        (0, (0, 1, 0)),
        (1.5, (0, 2, 1.5)),
        (2, (0, 4, 2)),
        (59, (0, 4, 59)),
        (60, (1, 5, 60)),
        (119, (1, 6, 119)),
        (500, (1, 6, 120)),
    ],
)
def test_a_moment_has_the_place_that_playing_reaches_then(recording, seconds, place):
    market, ticks, passed = place
    assert place_at(recording, at(seconds)) == Place(market, ticks, at(passed))


def test_a_vintage_back_is_first_where_the_shown_one_was_read_and_then_the_one_before(recording):
    where = Place(1, 6, at(100))
    read = market_beside(recording, where, -1)
    assert read == Place(1, 4, at(60))
    assert market_beside(recording, read, -1) == Place(0, 0, at(0))
    assert market_beside(recording, Place(0, 0, at(0)), -1) is None


def test_the_share_played_is_of_the_recordings_time(recording):
    assert [share_played(recording, at(seconds)) for seconds in (0, 30, 120)] == [0.0, 0.25, 1.0]


# -- typed ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("09:31", 60),
        (" 09:30:02 ", 2),
        ("9:31:30", 90),
        ("2023-03-02 09:31", 60),
        ("2023-03-02T09:31", 60),
        ("2023-03-02", 0),
        ("25 %", 30),
        ("12.5%", 15),
        ("start", 0),
        ("END", 120),
    ],
)
def test_a_time_a_day_a_share_and_the_ends_can_be_typed(recording, text, seconds):
    assert moment_typed(text, recording, at(0)) == at(seconds)


@pytest.mark.parametrize("text", ["15:42", "09:29", "2023-03-01", "2023-03-03 09:30"])
def test_what_lies_outside_is_refused_with_what_there_is(recording, text):
    assert refused_moment(text, recording, at(0)) == "the recording is of 2023-03-02, 09:30:00 to 09:32:00 New York"


@pytest.mark.parametrize("text", ["", "noon", "25:00", "09:61", "2023-02-30", "9", "101x", "10:00 tomorrow", "::", "%"])
def test_what_is_no_moment_is_refused_with_what_would_be_one(recording, text):
    assert refused_moment(text, recording, at(0)).startswith("write 15:42, 15:42:10, 2023-03-02, ")


@given(st.text(max_size=20))
def test_whatever_is_typed_is_a_moment_of_the_recording_or_refused(recording, text):
    refusal = refused_moment(text, recording, at(0))
    if refusal:
        with pytest.raises(SourceError, match=re.escape(refusal)):
            moment_typed(text, recording, at(0))
    else:
        assert at(0) <= moment_typed(text, recording, at(0)) <= at(120)


def test_the_minute_in_which_a_recording_begins_means_its_beginning(tmp_path):
    path = write_recording(tmp_path / "late", [(market(30.0),)])
    recording = ReplayProvider(path).read_recording()
    assert moment_typed("09:30", recording, at(60)) == at(30)


def test_a_time_is_of_the_day_the_recording_is_at(tmp_path):
    day = 86_400
    path = write_recording(tmp_path / "days", [(market(), tick(day, AAA=9.0))], ended_at=at(2 * day))
    recording = ReplayProvider(path).read_recording()
    assert moment_typed("10:00", recording, at(60)) == at(1_800)
    assert moment_typed("10:00", recording, at(day)) == at(day + 1_800)
    assert moment_typed("2023-03-03", recording, at(0)) == datetime(2023, 3, 3, tzinfo=NEW_YORK)


# -- figures ----------------------------------------------------------------------------------------------------------

ticks = st.lists(st.dictionaries(st.integers(0, 2), st.floats(1, 99)), max_size=12)


def in_memory(*markets):
    """A recording of nothing but ticks, in several markets."""
    flat = [prices for some in markets for prices in some]
    return cast(
        Recording,
        SimpleNamespace(
            markets=[SimpleNamespace(ticks_before=sum(map(len, markets[:place]))) for place in range(len(markets))],
            symbols=SYMBOLS,
            tick_at=np.arange(len(flat)),
            tick_ends=np.cumsum([len(prices) for prices in flat], dtype=np.int64),
            moves=lambda first, end: (
                np.array([code for prices in flat[first:end] for code in prices], np.int32),
                np.array([price for prices in flat[first:end] for price in prices.values()]),
            ),
        ),
    )


@given(ticks, ticks, st.integers(1, 5), st.data())
def test_the_last_prices_at_any_tick_are_those_of_going_through_all_before(first, second, spacing, data):
    recording = in_memory(first, second)
    place = data.draw(st.integers(0, 1))
    start, end = (0, len(first)) if place == 0 else (len(first), len(first) + len(second))
    stop = data.draw(st.integers(start, end))
    expected: dict[int, float] = {}
    for prices in [*first, *second][start:stop]:
        expected |= prices
    codes, told = LastPrices(recording, spacing).at(place, stop)
    assert dict(zip(codes.tolist(), told.tolist(), strict=True)) == expected


moves = st.one_of(
    st.tuples(st.just("moment"), st.integers(-10, 150)),
    st.tuples(st.just("event"), st.sampled_from([-1, 1])),
    st.tuples(st.just("market"), st.sampled_from([-1, 1])),
    st.tuples(st.just("play"), st.integers(0, 40)),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(moves, min_size=1, max_size=8))
def test_however_one_came_to_a_place_its_figures_are_those_of_playing_forward_to_it(tmp_path_factory, recording, moves):
    options = options_of(tmp_path_factory.getbasetemp(), window="5d")
    jumped = Boards(recording, options)
    for kind, value in moves:
        place = jumped.playback.place
        if kind == "moment":
            jumped.go(place_at(recording, at(value)))
        elif kind == "event":
            jumped.go(event_beside(recording, place, value))
        elif kind == "market":
            jumped.go(market_beside(recording, place, value) or place)
        else:
            jumped.play_to(place.at + timedelta(seconds=value) if place.at < at(80) else place.at)
    played = Boards(recording, options)
    place = jumped.playback.place
    while played.playback.place != place and played.playback.place < place:
        # Of several events at a moment it may be at any.
        played.go(min(event_beside(recording, played.playback.place, 1), place))
    assert played.playback.now() == jumped.playback.now()
    jumped.board.rescore()
    played.board.rescore()
    expected = vectors(played.board)
    for name, values in vectors(jumped.board).items():
        np.testing.assert_allclose(values, expected[name], rtol=0, atol=0.005, err_msg=name)
    assert jumped.board.is_stale.tolist() == played.board.is_stale.tolist()


# -- on the screen ----------------------------------------------------------------------------------------------------


@pytest.fixture
def played(tmp_path):
    return Played(tmp_path, write_recording(tmp_path / "session"))


def prices(played):
    return [played.price(symbol) for symbol in SYMBOLS]


async def test_a_comma_goes_one_event_back_and_takes_the_price_back(played):
    async with played.app.run_test(size=(160, 50)) as pilot:
        await played.opened(pilot)
        await played.pass_time(pilot, seconds=1)
        assert prices(played) == [10.6, 15.5, 20.5]
        await pilot.press("comma")
        await settled(pilot, lambda: prices(played) == [10.5, 15.5, 20.5])
        await pilot.press("comma")
        # Before the first tick every name stands at the close it was read with.
        await settled(pilot, lambda: prices(played) == [10.0, 15.0, 20.0])
        assert played.playback.is_paused
        await settled(pilot, lambda: played.app.board.desk.is_quoted.tolist() == [False] * 3)
        assert float(np.sum(played.app.board.tiers["short_interest_end"])) == pytest.approx(4_500_000)


async def test_the_signs_of_time_go_a_minute_and_a_vintage_and_to_both_ends(played):
    async with played.app.run_test(size=(160, 50)) as pilot:
        await played.opened(pilot)
        await pilot.press("space", "greater_than_sign")
        await settled(pilot, lambda: played.playback.place == Place(1, 5, at(60)) and played.playback.waiting is None)
        assert prices(played) == [11.1, 16.1, 22.0]
        await pilot.press("less_than_sign")
        await settled(pilot, lambda: played.playback.market == 0 and played.playback.waiting is None)
        assert (prices(played), played.playback.now()) == ([10.5, 15.5, 20.5], at(0))
        await pilot.press("0")
        await settled(pilot, lambda: played.playback.has_ended)
        assert prices(played) == [11.1, 16.1, 21.0]
        await pilot.press("left_curly_bracket")
        await settled(pilot, lambda: prices(played) == [11.0, 16.5, 22.0])
        await pilot.press("left_curly_bracket")
        await settled(pilot, lambda: played.playback.place == Place(0, 0, at(0)) and played.playback.waiting is None)
        await pilot.press("0", "circumflex_accent")
        await settled(pilot, lambda: played.playback.place == Place(0, 1, at(0)) and played.playback.waiting is None)
        assert prices(played) == [10.5, 15.5, 20.5]


async def test_t_asks_for_a_time_refuses_what_is_none_and_goes_there(played):
    async with played.app.run_test(size=(160, 50)) as pilot:
        await played.opened(pilot)
        await pilot.press("T")
        await settled(pilot, lambda: isinstance(played.app.screen, PromptScreen))
        await pilot.press(*"15:42", "enter")
        assert isinstance(played.app.screen, PromptScreen), "the recording ends before"
        await pilot.press(*["backspace"] * 5, *"9:31:30", "enter")
        await settled(pilot, lambda: played.playback.now() == at(90))
        assert prices(played) == [11.1, 16.1, 21.0]


async def test_the_head_says_where_a_recording_is(played):
    async with played.app.run_test(size=(200, 60)) as pilot:
        await played.opened(pilot)
        await pilot.press("space", "full_stop", "full_stop", "full_stop")
        await pilot.pause()
        assert "REPLAY of demo paused · 1 % of 2 min" in played.head()
        await pilot.press("0")
        await settled(pilot, lambda: played.playback.has_ended)
        assert "REPLAY of demo ended · 2 min" in played.head()


async def test_a_market_that_is_gone_is_said_and_one_can_go_back_to_those_that_are_there(played, tmp_path):
    async with played.app.run_test(size=(160, 50)) as pilot:
        await played.opened(pilot)
        await pilot.press("space", "greater_than_sign")
        await settled(pilot, lambda: played.playback.market == 1 and played.playback.waiting is None)
        path = tmp_path / "session"
        os.truncate(path, 0)
        played.app.replay._kept.clear()
        await pilot.press("circumflex_accent")
        await settled(pilot, lambda: "was changed while it was read" in played.words())
        assert (played.playback.market, played.playback.waiting) == (1, None)
        await pilot.press("0")
        await settled(pilot, lambda: prices(played) == [11.1, 16.1, 21.0])


async def test_what_is_told_later_is_not_told_any_more_after_going_back(played):
    async with played.app.run_test(size=(160, 50)) as pilot:
        await played.opened(pilot)
        await pilot.press("space", "0")
        await settled(pilot, lambda: played.playback.has_ended)
        played.app.note([News("closes of 2 Mar arrived")])
        assert played.app.screen.query_one(EventLine).happening is not None
        await pilot.press("less_than_sign")
        assert (list(played.app.happenings), played.app.screen.query_one(EventLine).happening) == ([], None)


async def test_nothing_is_written_of_what_a_recording_tells(played, tmp_path):
    kept = {path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()}
    async with played.app.run_test(size=(160, 50)) as pilot:
        await played.opened(pilot)
        played.app.note([News("closes of 2 Mar arrived")])
        await pilot.press("space", "greater_than_sign")
        await settled(pilot, lambda: played.playback.market == 1)
        pictures: list[Any] = []
        played.app._pictures = SimpleNamespace(take=lambda *given: pictures.append(given), save=lambda: "")
        played.app._save_screen_aside()
        played.app._keep_status()
        await played.app.workers.wait_for_complete()
        entries, _ = played.app.journal_entries()
        assert [entry.words for entry in entries] == ["closes of 2 Mar arrived"], "it can be read all the same"
        assert not pictures
    written = {path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()} - kept
    # How the screen was left, that the hints of a first start were shown, and the log of the program itself.
    of_the_program = {"views", "hints-shown", "shortside.log", "shortside.log.lock", "errors.log"}
    assert all(of_the_program & set(path.parts) for path in written), written


async def test_the_keys_of_time_lead_through_the_recording_and_show_no_past_day(played):
    async with played.app.run_test(size=(160, 50)) as pilot:
        await played.opened(pilot)
        active = played.app.screen.active_bindings
        keys = ("less_than_sign", "greater_than_sign", "left_curly_bracket", "right_curly_bracket", "T", "0")
        assert all(active[key].binding.id.startswith("replay.") for key in keys)
        assert "go back in time" not in {group.heading for group in live_keys(played.app.screen)}


def test_what_happened_after_a_moment_is_forgotten():
    happenings = Happenings()
    for seconds in (0, 30, 60):
        happenings.note(at(seconds), News(f"{seconds}"))
    happenings.forget_after(at(30))
    assert [one.words for one in happenings] == ["0", "30"]


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(hours=6, minutes=30), "6 h 30"),
        (timedelta(hours=6), "6 h"),
        (timedelta(hours=6, minutes=5), "6 h 05"),
        (timedelta(minutes=45, seconds=59), "45 min"),
        (timedelta(seconds=30), "30 s"),
        (timedelta(days=2, hours=3), "2 d 3 h"),
        (timedelta(days=2, minutes=3), "2 d"),
    ],
)
def test_a_length_is_told_in_its_two_largest_units(length, words):
    assert length_words(length) == words
