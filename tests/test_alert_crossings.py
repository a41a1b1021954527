"""Rules of alerts ring once per crossing, over restarts, cooldowns and clocks that are set, as a plain path says."""

import json
import math
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shortside.alerts.crossings import crossed, moved
from shortside.alerts.memory import RuleMemory, memory_of
from shortside.alerts.quiet import QuietHours, is_silent, quiet_hours, silence_since
from shortside.alerts.rules import Change, Crossing
from shortside.conditions.matching import TruthOfNames
from shortside.sessions import NEW_YORK

NAMES = ("AAA", "BBB", "CCC", "DDD")


def answer(*are_true):
    return TruthOfNames(np.array([one is True for one in are_true]), np.array([one is False for one in are_true]))


def remembered(*names):
    memory = RuleMemory("rule")
    memory.align(names or NAMES)
    return memory


# -- one look after another ------------------------------------------------------------------------------------------


def test_a_name_that_is_in_at_the_first_look_does_not_ring():
    memory = remembered()
    assert crossed(memory, answer(True, False, None, True), Crossing.ENTERS).tolist() == []
    assert crossed(memory, answer(True, True, None, True), Crossing.ENTERS).tolist() == [1]


def test_a_name_rings_once_until_it_left_and_came_again():
    memory = remembered("AAA")
    looks = [False, True, True, False, False, True]
    rung = [len(crossed(memory, answer(one), Crossing.ENTERS)) for one in looks]
    assert rung == [0, 1, 0, 0, 0, 1]


def test_what_is_unknown_for_a_while_is_no_crossing():
    memory = remembered("AAA")
    looks = [True, None, True, None, False, None, True]
    assert [len(crossed(memory, answer(one), Crossing.ENTERS)) for one in looks] == [0, 0, 0, 0, 0, 0, 1]
    memory = remembered("AAA")
    assert [len(crossed(memory, answer(one), Crossing.LEAVES)) for one in looks] == [0, 0, 0, 0, 1, 0, 0]


def test_what_crosses_in_silence_rings_afterwards_if_it_still_holds():
    memory = remembered("AAA", "BBB")
    crossed(memory, answer(False, False), Crossing.ENTERS)
    assert crossed(memory, answer(True, True), Crossing.ENTERS, may_tell=False).tolist() == []
    assert crossed(memory, answer(True, False), Crossing.ENTERS, may_tell=False).tolist() == []
    assert crossed(memory, answer(True, False), Crossing.ENTERS).tolist() == [0]


def test_nothing_is_learned_of_names_that_are_not_watched():
    memory = remembered("AAA", "BBB")
    crossed(memory, answer(False, False), Crossing.ENTERS)
    among = np.array([True, False])
    assert crossed(memory, answer(True, True), Crossing.ENTERS, among=among).tolist() == [0]
    assert crossed(memory, answer(True, True), Crossing.ENTERS).tolist() == [1]
    # Nor that it left while it was not watched.
    assert crossed(memory, answer(False, False), Crossing.LEAVES, among=among).tolist() == [0]
    assert crossed(memory, answer(False, True), Crossing.ENTERS).tolist() == []


def test_a_figure_rings_at_each_step_from_where_it_rang_last():
    memory, tenth = remembered("AAA"), Change(0.10, is_relative=True)
    prices = [100.0, 109.0, 110.0, 111.0, 120.9, 121.0, 108.9, 99.1, np.nan, 98.01]
    rung = [len(moved(memory, np.array([price]), tenth)[0]) for price in prices]
    assert rung == [0, 0, 1, 0, 0, 1, 1, 0, 0, 1]


def test_a_ratio_moves_by_points_and_from_nothing_every_move_counts():
    memory, points = remembered("AAA"), Change(0.05, is_relative=False)
    fees = [0.20, 0.249, 0.25, 0.30]
    assert [len(moved(memory, np.array([fee]), points)[0]) for fee in fees] == [0, 0, 1, 1]
    memory, tenth = remembered("AAA"), Change(0.10, is_relative=True)
    assert [len(moved(memory, np.array([one]), tenth)[0]) for one in (0.0, 0.0, 0.001)] == [0, 0, 1]


def test_a_move_is_told_with_where_it_came_from():
    memory = remembered("AAA", "BBB")
    change = Change(0.10, is_relative=True)
    moved(memory, np.array([10.0, 20.0]), change)
    places, before = moved(memory, np.array([12.0, 20.5]), change)
    assert (places.tolist(), before.tolist()) == ([0], [10.0])


# -- against a plain path, restarts and markets of other names among it ----------------------------------------------


@dataclass
class PlainMemory:
    """What a name was told as, in a dictionary."""

    told: dict = field(default_factory=dict)

    def look(self, states, crossing, may_tell):
        rung = []
        for name, state in states.items():
            if state is None:
                continue
            before = self.told.get(name)
            rings = before is not None and before != state and state == (crossing is Crossing.ENTERS)
            if rings and not may_tell:
                continue
            if rings:
                rung.append(name)
            self.told[name] = state
        return sorted(rung)


LOOKS = st.lists(
    st.tuples(
        st.permutations(NAMES),
        st.lists(st.sampled_from([True, False, None]), min_size=len(NAMES), max_size=len(NAMES)),
        st.integers(1, len(NAMES)),
        st.booleans(),
        st.booleans(),
    ),
    max_size=12,
)


@given(LOOKS, st.sampled_from(Crossing))
@settings(max_examples=150)
def test_crossings_are_those_of_a_plain_dictionary_over_restarts_and_other_markets(looks, crossing):
    memory, plain = RuleMemory("rule"), PlainMemory()
    for order, states, count, may_tell, restarts in looks:
        names = tuple(order[:count])
        memory.align(names)
        places = crossed(memory, answer(*states[:count]), crossing, may_tell=may_tell)
        expected = plain.look(dict(zip(names, states, strict=False)), crossing, may_tell)
        assert sorted(names[place] for place in places) == expected
        if restarts:
            memory = memory_of(memory.as_record(("AAA", "BBB")), ("AAA", "BBB"))


@given(
    st.lists(
        st.tuples(st.one_of(st.just(float("nan")), st.integers(1, 40).map(float)), st.booleans(), st.booleans()),
        max_size=15,
    ),
    st.integers(1, 10),
    st.booleans(),
)
@settings(max_examples=150)
def test_moves_are_those_of_a_plain_number_over_restarts(looks, least, is_relative):
    change = Change(least / 10 if is_relative else float(least), is_relative=is_relative)
    memory = remembered("AAA")
    anchor: float | None = None
    for value, may_tell, restarts in looks:
        memory.align(("AAA",))
        places, _ = moved(memory, np.array([value]), change, may_tell=may_tell)
        rings = False
        if anchor is not None and not math.isnan(value):
            bound = change.least * (anchor if is_relative else 1)
            rings = value != anchor and abs(value - anchor) >= bound * (1 - 1e-9)
        assert len(places) == (rings and may_tell)
        if not math.isnan(value) and (anchor is None or (rings and may_tell)):
            anchor = value
        if restarts:
            memory = memory_of(memory.as_record())


def test_a_memory_of_thousands_of_names_is_small():
    memory = RuleMemory("rule")
    names = tuple(f"N{number}" for number in range(6_500))
    memory.align(names)
    crossed(memory, TruthOfNames(np.arange(6_500) % 9 == 0, np.arange(6_500) % 9 != 0), Crossing.ENTERS)
    assert len(json.dumps(memory.as_record(names))) < 1_000


@pytest.mark.parametrize(
    "change",
    [
        {"sides": "x"}, {"sides": ""}, {"anchors": "eJwDAAAAAAE="}, {"keys": [1]}, {"keys": ["A"] * 9},
        {"told_at": "x"}, {"told_at": "2023-01-01"}, {"text": None, "keys": None},
    ],
)  # fmt: skip
def test_a_damaged_memory_is_refused(change):
    record = {**remembered().as_record(), **change}
    with pytest.raises((ValueError, TypeError, LookupError, AttributeError)):
        memory_of(record)


# -- silence and quiet hours -----------------------------------------------------------------------------------------

NOON = datetime(2023, 6, 1, 16, tzinfo=UTC)


def test_a_silence_ends_after_its_time_also_where_the_clock_went_back():
    cooldown = timedelta(hours=1)
    assert is_silent(NOON, cooldown, NOON + timedelta(minutes=59))
    assert not is_silent(NOON, cooldown, NOON + timedelta(minutes=60))
    # Set back by a day, and so on from there: one hour more, and not twenty-five.
    earlier = NOON - timedelta(days=1)
    since = silence_since(NOON, earlier)
    assert is_silent(since, cooldown, earlier + timedelta(minutes=59))
    assert not is_silent(since, cooldown, earlier + timedelta(minutes=60))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("22:00-07:00", QuietHours(time(22), time(7))),
        ("9:30 - 16:00 NY", QuietHours(time(9, 30), time(16))),
        ("22:00–07:00 new york", QuietHours(time(22), time(7))),
        ("00:00-06:15 here", QuietHours(time(0), time(6, 15), is_here=True)),
    ],
)
def test_quiet_hours_are_read_with_whose_clock_they_are_of(written, expected):
    assert quiet_hours(written) == expected
    assert quiet_hours(str(expected)) == expected


@pytest.mark.parametrize("written", ["no", "22-7", "07:00-07:00", "22:00-07:00 London", "22:00"])
def test_other_hours_are_none(written):
    with pytest.raises(ValueError, match=re.escape(written)):
        quiet_hours(written)


def test_quiet_hours_reach_over_midnight_by_their_own_clock():
    night, here = QuietHours(time(22), time(7)), timezone(timedelta(hours=9))
    held = [hour for hour in range(24) if night.hold(datetime(2023, 6, 1, hour, 30, tzinfo=NEW_YORK), here)]
    assert held == [0, 1, 2, 3, 4, 5, 6, 22, 23]
    local = QuietHours(time(22), time(7), is_here=True)
    assert local.hold(datetime(2023, 6, 1, 23, tzinfo=here), here)
    assert not local.hold(datetime(2023, 6, 1, 23, tzinfo=NEW_YORK), here)


def test_quiet_hours_follow_the_wall_clock_over_daylight_saving():
    night = QuietHours(time(1, 30), time(3))
    # 5 Nov 2023: the hour from 1 to 2 comes twice in New York, and both belong to them from its half on.
    moments = [datetime(2023, 11, 5, 5, tzinfo=UTC) + timedelta(minutes=15 * step) for step in range(14)]
    held = [night.hold(moment, UTC) for moment in moments]
    assert held == [False, False, True, True, False, False, True, True, True, True, True, True, False, False]
    # 12 Mar 2023: it is 3 right after 1:59.
    spring = datetime(2023, 3, 12, 6, tzinfo=UTC)
    assert [night.hold(spring + timedelta(minutes=15 * step), UTC) for step in range(6)] == [
        False, False, True, True, False, False,
    ]  # fmt: skip
    assert spring.astimezone(ZoneInfo("America/New_York")).hour == 1
