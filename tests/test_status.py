"""The head of the screen: everything it says, what it drops where it is narrow, and what it never drops."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from board_examples import Alone, assert_well_drawn, screen_text, text_of
from hypothesis import given
from hypothesis import strategies as st

from shortside.datasets import Dataset
from shortside.freshness import InputAge, freshness
from shortside.positions import Knowledge, PositionsMethod
from shortside.sessions import NEW_YORK
from shortside.tiers import TierBasis
from shortside.windows import Window
from widgets.format import GLYPHS_ASCII, GLYPHS_UNICODE
from widgets.status import HeadAlarm, StatusFacts, StatusHead, countdown, pane_status_line, status_lines

NOW = datetime(2023, 9, 7, 16, 0, tzinfo=NEW_YORK)


def age(dataset: Dataset, as_of: date | None, now: datetime, published: datetime | None = None) -> InputAge:
    return InputAge(
        dataset=dataset,
        as_of=as_of,
        published_at=published,
        fetched_at=None if as_of is None else now,
        source="files",
        freshness=freshness(dataset, as_of, now),
        rows=None,
    )


def facts(now: datetime = NOW, settled: date | None = date(2023, 8, 15), priced: date = date(2023, 9, 7), **changes):
    published = datetime(2023, 8, 24, 16, 40, tzinfo=NEW_YORK)
    given_facts = StatusFacts(
        source="files",
        is_simulated=False,
        moment=now,
        last_session=date(2023, 9, 7),
        is_live=False,
        window=Window(name="ytd", start=0, end=9, start_date=date(2022, 12, 30), end_date=date(2023, 9, 7)),
        basis=TierBasis.END,
        positions=PositionsMethod.LINEAR,
        knowledge=Knowledge.REVISED,
        short_interest=age(Dataset.SHORT_INTEREST, settled, now, published if settled else None),
        prices=age(Dataset.PRICES, priced, now),
        left_out={"etf": 2_968, "warrant": 844, "no_price": 682, "unit": 1},
    )
    return replace(given_facts, **changes)


def texts_at(width: int, status: StatusFacts) -> list[str]:
    return [text_of(line).rstrip() for line in status_lines(status, width)]


def test_at_120_columns_both_lines_say_everything():
    first, second = texts_at(120, facts())
    assert first.startswith(" source files   Thu 7 Sep 2023   16:00 NY AFTER   YTD 30 Dec 22 → 7 Sep 23   tiers END   ")
    assert first.endswith("   shares LINEAR   as revised")
    assert second.startswith(" SI CURRENT   settled 15 Aug   published 24 Aug   next 12 Sep in 5 d   missed 0   ")
    assert second.endswith("   PX CLOSE 7 Sep   left out 4,495")


@pytest.mark.parametrize(("width", "words"), [(200, "PX CLOSE 7 Sep day before missing"), (120, "PX CLOSE 7 Sep gap")])
def test_a_gap_right_before_the_last_session_is_said_and_warned_of(width, words):
    status = facts(is_today_known=False)
    assert words in texts_at(width, status)[1]
    [style] = [style for text, style in status_lines(status, width)[1] if text.startswith("PX")]
    assert style == "warning"
    assert "PX 7 Sep gap" in texts_at(80, status)[1]


@pytest.mark.parametrize(("width", "words"), [(120, "YTD 30 Dec 22 → 7 Sep 23 missed 1"), (50, "YTD missed 1")])
def test_a_window_with_a_hole_in_its_sessions_says_so_at_every_width(width, words):
    window = Window(name="ytd", start=0, end=9, start_date=date(2022, 12, 30), end_date=date(2023, 9, 7), missed=1)
    assert words in texts_at(width, facts(window=window))[0]


@pytest.mark.parametrize(("width", "words"), [(120, "YTD 30 Dec 22 → 7 Sep 23 doubtful"), (50, "YTD doubtful")])
def test_a_window_that_rests_on_a_doubtful_session_says_so_at_every_width(width, words):
    window = Window(name="ytd", start=0, end=9, start_date=date(2022, 12, 30), end_date=date(2023, 9, 7))
    assert words in texts_at(width, facts(window=window, rests_on_doubtful_session=True))[0]


@pytest.mark.parametrize(
    ("width", "words"),
    [(200, "HINDSIGHT to 26 Sep"), (120, "HINDSIGHT to 26 Sep"), (80, "HINDSIGHT"), (40, "HINDSIGHT")],
)
def test_hindsight_stands_out_with_the_day_it_reaches_to_and_is_said_at_every_width(width, words):
    status = facts(hindsight_to=date(2023, 9, 26))
    assert words in texts_at(width, status)[0]
    [style] = [style for text, style in status_lines(status, width)[0] if text.startswith("HINDSIGHT")]
    assert style == "warning"
    assert "HINDSIGHT" not in texts_at(width, facts())[0]


@pytest.mark.parametrize("width", [120, 80, 60])
def test_the_day_of_another_year_never_loses_its_year(width):
    status = facts(this_year=2026, window=replace(facts().window, start_date=date(2023, 6, 1)))
    assert re.search(r"7 Sep (20)?23 ", texts_at(width, status)[0])
    assert not re.search(r"7 Sep (20)?23 ", texts_at(60, replace(status, this_year=2023))[0])


def test_the_ends_of_a_window_over_the_turn_of_a_year_say_both_years_and_others_none():
    year = Window(name="1y", start=0, end=9, start_date=date(2022, 9, 7), end_date=date(2023, 9, 7))
    assert "1Y 7 Sep 22 → 7 Sep 23" in texts_at(140, facts(window=year))[0]
    month = Window(name="30d", start=0, end=9, start_date=date(2023, 8, 8), end_date=date(2023, 9, 7))
    assert "30D 8 Aug → 7 Sep   " in texts_at(140, facts(window=month))[0]


def test_hindsight_into_another_year_and_dates_of_another_year_say_which():
    assert "HINDSIGHT to 26 Mar 25" in texts_at(200, facts(hindsight_to=date(2025, 3, 26)))[0]
    assert "PX CLOSE 30 Dec 22" in texts_at(200, facts(priced=date(2022, 12, 30)))[1]


def test_at_80_columns_dates_states_and_choices_stay():
    first, second = texts_at(80, facts())
    for words in ("files", "7 Sep", "AFTER", "YTD", "END", "LINEAR", "revised"):
        assert words in first
    for words in ("SI C", "15 Aug", "24 Aug", "12 Sep", "5 d", "PX", "7 Sep", "left out 4,495"):
        assert words in second


def test_at_200_columns_it_says_why_names_are_left_out():
    first, second = texts_at(200, facts())
    assert first.startswith(" shortside   source files")
    assert second.endswith("left out 4,495 (2,968 etf, 844 warrant, 682 no price, …; x: why)")


@given(st.integers(5, 220))
def test_a_simulation_says_so_at_any_width(width):
    line = status_lines(facts(is_simulated=True, source="demo"), width)[0]
    assert text_of(line).startswith(" SIM ")
    assert ("SIM", "warning") in [(text[:3], style) for text, style in line]
    assert "SIM" not in text_of(status_lines(facts(), width)[0])


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (datetime(2023, 9, 7, 8, 0, tzinfo=NEW_YORK), "08:00 NY PRE"),
        (datetime(2023, 9, 7, 9, 30, tzinfo=NEW_YORK), "09:30 NY OPEN"),
        (datetime(2023, 9, 7, 23, 0, tzinfo=NEW_YORK), "23:00 NY CLOSED"),
        (datetime(2023, 9, 7, 13, 30, tzinfo=NEW_YORK).astimezone(tz=None), "13:30 NY OPEN"),
    ],
)
def test_the_clock_is_new_yorks_with_the_markets_state(now, words):
    assert words in texts_at(120, facts(now))[0]


@pytest.mark.parametrize(
    ("width", "here", "words"),
    [
        (200, ZoneInfo("Europe/Berlin"), "   16:00 NY AFTER · 22:00 here   "),
        (200, ZoneInfo("Asia/Tokyo"), "   16:00 NY AFTER · 8 Sep 05:00 here   "),
        (200, NEW_YORK, "   16:00 NY AFTER   "),
        (200, ZoneInfo("America/Toronto"), "   16:00 NY AFTER   "),
        (120, ZoneInfo("Europe/Berlin"), "   16:00 NY AFTER   "),
        (80, ZoneInfo("Europe/Berlin"), "  16:00 AFTER  "),
    ],
)
def test_the_readers_time_stands_beside_new_yorks_where_it_is_another_and_there_is_room(width, here, words):
    assert words in texts_at(width, facts(here=here))[0]


@pytest.mark.parametrize(
    ("ahead", "words"),
    [(timedelta(days=5), "5 d"), (timedelta(hours=3, minutes=9), "3 h"), (timedelta(minutes=20), "20 min"),
     (timedelta(minutes=-5), "0 min"), (timedelta(hours=9), "1 d")],
)  # fmt: skip
def test_the_countdown_is_in_days_then_hours_then_minutes(ahead, words):
    assert countdown(NOW + ahead, NOW) == words
    assert countdown(None, NOW) == ""


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_old_inputs_are_named_at_every_width(width):
    status = facts(datetime(2023, 10, 3, 12, 0, tzinfo=NEW_YORK), priced=date(2023, 8, 1))
    line = status_lines(status, width)[1]
    short, prices = text_of(line).split("PX")
    assert short.split()[:2] in (["SI", "STALE"], ["SI", "S"])
    assert {"STALE", "S"} & set(prices.split())
    assert [style for text, style in line if text.startswith(("SI", "PX"))] == ["warning", "warning"]


def test_what_never_arrived_is_said_and_not_counted_down():
    second = texts_at(120, facts(settled=None))[1]
    assert second.startswith(" SI UNKNOWN   settled never   PX CLOSE")
    assert "next" not in second


def test_a_live_session_and_a_cut_window_are_named():
    window = replace(facts().window, is_cut=True)
    first, second = texts_at(140, facts(is_live=True, window=window, knowledge=Knowledge.AS_KNOWN))
    assert "YTD 30 Dec 22 → 7 Sep 23 cut" in first
    assert first.endswith("as known")
    assert "PX LIVE 7 Sep" in second


@given(st.integers(1, 230), st.booleans(), st.booleans(), st.sampled_from([GLYPHS_UNICODE, GLYPHS_ASCII]))
def test_no_width_breaks_a_line(width, is_simulated, is_old, glyphs):
    now = datetime(2023, 11, 3, 12, 0, tzinfo=NEW_YORK) if is_old else NOW
    lines = status_lines(facts(now, is_simulated=is_simulated), width, glyphs)
    assert_well_drawn(lines, width)
    assert len(lines) == 2
    assert not glyphs.is_ascii or "".join(map(text_of, lines)).isascii()


async def test_the_head_takes_two_lines_and_a_minute_repaints_only_the_clock():
    head = StatusHead()
    app = Alone(head)
    async with app.run_test(size=(120, 10)) as pilot:
        head.show(facts())
        await pilot.pause()
        assert screen_text(app)[0].startswith(" source files")
        assert screen_text(app)[1].startswith(" SI CURRENT")
        assert head.size.height == 2
        assert not head.can_focus
        assert head.show(facts()) == 0
        assert head.show(facts(NOW + timedelta(minutes=1))) == 1


REFUSED = HeadAlarm("refused", ("Yahoo spark",), is_failure=True)
STALE = HeadAlarm("stale", ("FINRA short interest", "Nasdaq splits calendar"))


@pytest.mark.parametrize(
    ("width", "alarms", "words"),
    [
        (200, (REFUSED, STALE), "   REFUSED Yahoo spark, STALE 2 feeds (6: why)   "),
        (160, (REFUSED,), "   REFUSED Yahoo spark (6: why)   "),
        (120, (REFUSED,), "   REFUSED Yahoo spark"),
        (120, (REFUSED, STALE), "   REFUSED Yahoo spark +2"),
        (80, (REFUSED,), "  REFUSED Yahoo spark"),
        (80, (STALE,), "  STALE 2 feeds"),
        (60, (STALE,), "  STALE 2"),
        (40, (REFUSED, STALE), "  REFUSED"),
        (80, (HeadAlarm("unpolled", is_failure=True),), "  UNPOLLED"),
    ],
)
def test_a_feed_in_trouble_is_named_in_the_head_and_not_by_colour_alone(width, alarms, words):
    calm, told = texts_at(width, facts()), texts_at(width, facts(alarms=alarms, alarm_key="6"))
    assert words in told[1] + "   "
    assert told[0] == calm[0]
    assert "PX" in told[1]
    style = "warning" if alarms[0].is_failure else "accent"
    assert [style] == [
        one for text, one in status_lines(facts(alarms=alarms), width)[1] if alarms[0].word.upper() in text
    ]


def test_a_feed_in_trouble_moves_nothing_before_it_where_there_is_room():
    calm, told = texts_at(160, facts())[1], texts_at(160, facts(alarms=(REFUSED,)))[1]
    until = told.index("   REFUSED")
    assert told[:until] == calm[:until]


@given(st.integers(38, 230), st.lists(st.sampled_from([REFUSED, STALE]), min_size=1, max_size=2, unique=True))
def test_no_width_hides_that_a_feed_is_in_trouble(width, alarms):
    lines = status_lines(facts(alarms=tuple(alarms), alarm_key="6"), width)
    assert_well_drawn(lines, width)
    assert alarms[0].word.upper() in text_of(lines[1])
    assert "PX" in text_of(lines[1])


def test_the_line_of_a_pane_never_leaves_out_what_figures_are_of():
    shown = facts(hindsight_to=date(2023, 9, 12), alarms=(HeadAlarm("refused", ("Yahoo spark",), is_failure=True),))
    line = text_of(pane_status_line(shown, 40))
    assert all(word in line for word in ("HINDSIGHT", "REFUSED", "7 Sep"))
    assert len(line) == 40
