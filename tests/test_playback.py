"""A playback goes where the watcher's clock is, stands where it is told to, and loses no price on the way."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from recording_examples import OPENS, SESSION, SYMBOLS, market, tick, write_recording

from providers.recording.source import ReplayProvider
from shortside.sessions import MarketState
from tui.sources.playback import SPEEDS, Playback
from tui.sources.recording_places import market_beside

A, B, C = range(3)


@pytest.fixture
def playback(tmp_path):
    """The example session, its first market met."""
    return playback_of(tmp_path / "session")


def playback_of(path, batches=SESSION, speed=1.0, **options):
    recording = ReplayProvider(write_recording(path, batches, **options)).read_recording()
    made = Playback(recording, speed)
    made.meet(list(SYMBOLS), 0)
    return made


def moved(playback, seconds):
    """What moved by then, as prices by column."""
    columns, prices = playback.tick(seconds)
    return dict(zip(columns.tolist(), prices.tolist(), strict=True))


def at(seconds):
    return OPENS + timedelta(seconds=seconds)


def test_it_begins_with_what_moved_at_its_first_moment(playback):
    assert moved(playback, 0.0) == {A: 10.5, B: 15.5, C: 20.5}
    assert playback.now() == at(0)
    assert playback.state(0.0) is MarketState.OPEN


def test_it_goes_as_fast_as_it_is_told(tmp_path):
    slow, fast = playback_of(tmp_path / "slow", speed=0.5), playback_of(tmp_path / "fast", speed=4.0)
    for one in (slow, fast):
        one.tick(0.0)
    assert moved(slow, 2.0) == {A: 10.6}
    assert (slow.now(), fast.now()) == (at(1), at(0))
    assert moved(fast, 0.5) == {A: 10.7, B: 15.7}
    assert fast.now() == at(2)


def test_of_several_prices_of_a_name_the_last_is_told(playback):
    assert moved(playback, 30.0) == {A: 10.7, B: 15.7, C: 20.5}


def test_paused_it_stands_and_what_passes_meanwhile_is_not_played(playback):
    playback.tick(0.5)
    playback.toggle()
    assert moved(playback, 40.0) == {}
    assert playback.now() == at(0.5)
    playback.toggle()
    assert moved(playback, 41.0) == {A: 10.6}
    assert playback.now() == at(1.5)


def test_a_step_goes_to_one_tick_and_stands_there(playback):
    playback.tick(0.0)
    for expected, moment in (({A: 10.6}, 1), ({B: 15.7}, 2), ({A: 10.7}, 2)):
        playback.step()
        assert moved(playback, 100.0) == expected
        assert playback.now() == at(moment)
        assert playback.is_paused


def test_a_market_is_waited_for_until_it_is_met_and_its_prices_come_after_it(playback):
    assert moved(playback, 80.0) == {A: 10.7, B: 15.7, C: 20.5}
    assert (playback.waiting, playback.now()) == (1, at(60))
    assert moved(playback, 500.0) == {}
    assert playback.now() == at(60)
    # In the new market the names stand in other columns, and one is gone.
    playback.meet(["CCC", "AAA"], 1)
    assert (playback.waiting, playback.market) == (None, 1)
    assert moved(playback, 500.0) == {1: 11.1}
    assert moved(playback, 530.0) == {0: 21.0}


def test_the_last_step_before_a_market_and_the_one_to_it(playback):
    playback.tick(3.0)
    playback.step()
    assert (playback.waiting, playback.now()) == (1, at(3)), "the clock is that of the figures shown"
    playback.meet(list(SYMBOLS), 1)
    assert (playback.waiting, playback.now()) == (None, at(60))
    playback.step()
    assert moved(playback, 9.0) == {A: 11.1, B: 16.1}


def test_steps_made_while_a_market_is_read_add_up(playback):
    playback.tick(3.0)
    playback.step()
    playback.step()
    assert playback.place == (1, 5, at(60))
    playback.step(-1)
    playback.step(-1)
    assert (playback.waiting, playback.place) == (None, (0, 4, at(2)))


def test_a_jump_goes_to_the_next_market_past_what_lies_between(playback):
    playback.tick(0.0)
    playback.go(market_beside(playback.recording, playback.place, 1))
    assert (playback.waiting, playback.now()) == (1, at(0))
    # The screen still shows the market before, at its own moment.
    assert moved(playback, 0.1) == {}
    playback.meet(list(SYMBOLS), 1)
    assert market_beside(playback.recording, playback.place, 1) is None
    assert playback.now() == at(60)


def test_at_its_end_it_stays(playback):
    playback.tick(80.0)
    playback.meet(list(SYMBOLS), 1)
    assert not playback.has_ended
    assert moved(playback, 500.0) == {A: 11.1, B: 16.1, C: 21.0}
    assert playback.has_ended
    assert playback.now() == at(120)
    playback.step()
    assert moved(playback, 9_000.0) == {}
    assert playback.now() == at(120)


def test_after_the_last_tick_a_step_goes_to_the_end(playback):
    playback.tick(80.0)
    playback.meet(list(SYMBOLS), 1)
    playback.tick(115.0)
    playback.step()
    assert (playback.now(), playback.has_ended) == (at(120), True)


def test_without_an_end_mark_the_last_thing_that_happened_is_the_end(tmp_path):
    playback = playback_of(tmp_path / "cut", [(market(), tick(5.0, AAA=9.0))], ended_at=None)
    assert moved(playback, 100.0) == {A: 9.0}
    assert (playback.now(), playback.has_ended) == (at(5), True)


def test_a_speed_beyond_all_measure_ends_at_the_end(tmp_path):
    playback = playback_of(tmp_path / "fast", [(market(), tick(5.0, AAA=9.0))], speed=1e300)
    assert moved(playback, 0.25) == {A: 9.0}
    assert playback.has_ended


def test_faster_and_slower_stop_at_the_ends_of_their_ladder(playback):
    playback.change_speed(1)
    assert playback.speed == 2.0
    playback.change_speed(-1)
    playback.change_speed(-1)
    assert playback.speed == 0.5
    for _ in SPEEDS:
        playback.change_speed(-1)
    assert playback.speed == SPEEDS[0]
    for _ in SPEEDS:
        playback.change_speed(1)
    assert playback.speed == SPEEDS[-1]


def test_from_a_speed_of_one_s_own_the_ladder_is_entered_at_its_neighbours(tmp_path):
    playback = playback_of(tmp_path / "own", speed=7.0)
    playback.change_speed(1)
    assert playback.speed == 10.0
    playback.speed = 7.0
    playback.change_speed(-1)
    assert playback.speed == 5.0


beats = st.lists(st.floats(0.0, 20.0), max_size=12)


@given(beats, st.lists(st.sampled_from(["beat", "step", "toggle", "faster"]), max_size=12))
def test_however_it_is_played_the_prices_told_are_those_of_its_moment(tmp_path_factory, spans, keys):
    playback = playback_of(tmp_path_factory.mktemp("any") / "session")
    told: dict[int, float] = {}
    watched, before = 0.0, playback.now()
    for span, key in zip(spans, [*keys, *["beat"] * 12], strict=False):
        watched += span
        {"step": playback.step, "toggle": playback.toggle}.get(key, lambda: None)()
        if key == "faster":
            playback.change_speed(1)
        told |= moved(playback, watched)
        assert playback.now() >= before, "it never goes back"
        before = playback.now()
        if playback.waiting is not None:
            assert told == {A: 10.7, B: 15.7, C: 20.5}
            told = {}
            playback.meet(list(SYMBOLS), playback.waiting)
    # What the example session holds, by hand: the ticks of each market up to a moment.
    rows = (
        [(0, {A: 10.5, B: 15.5, C: 20.5}), (1, {A: 10.6}), (2, {B: 15.7}), (2, {A: 10.7})],
        [(60, {A: 11.1, B: 16.1}), (90, {C: 21.0})],
    )[playback.market]
    seconds = (playback.now() - OPENS).total_seconds()
    # Steps take the two ticks of the second second one by one, and a market waits for the next beat with its own.
    prefixes: list[dict[int, float]] = [{}]
    for _, prices in rows:
        prefixes.append(prefixes[-1] | prices)
    low = sum(moment < seconds for moment, _ in rows)
    high = sum(moment <= seconds for moment, _ in rows)
    assert told in prefixes[low : high + 1]


def test_symbols_that_the_market_does_not_have_move_nothing(tmp_path):
    playback = playback_of(tmp_path / "session", [(market(), tick(1.0, ZZZ=1.0, BBB=16.0))])
    columns, prices = playback.tick(1.0)
    assert (columns.tolist(), prices.tolist()) == ([B], [16.0])
    assert columns.dtype == np.int64
