"""Clock times: New York's, with the reader's beside them where his zone is another, and a date unless it is today."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortside.sessions import NEW_YORK
from tui.clock import MachineZone
from widgets.format import GLYPHS_ASCII
from widgets.moments import ReaderTime, moment_text, moment_wordings, moment_words

NOW = datetime(2023, 9, 7, 16, 40, tzinfo=NEW_YORK)
BERLIN, TOKYO, CHICAGO = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Tokyo"), ZoneInfo("America/Chicago")
TORONTO = ZoneInfo("America/Toronto")


def hours_before(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


@pytest.mark.parametrize(
    ("moment", "here", "words"),
    [
        (NOW, NEW_YORK, "16:40 NY"),
        (NOW, TORONTO, "16:40 NY"),
        (NOW, BERLIN, "16:40 NY · 22:40 here"),
        (NOW, CHICAGO, "16:40 NY · 15:40 here"),
        (NOW, TOKYO, "16:40 NY · 8 Sep 05:40 here"),
        (hours_before(24), BERLIN, "6 Sep 16:40 NY · 22:40 here"),
        (hours_before(24), NEW_YORK, "6 Sep 16:40 NY"),
        (hours_before(24 * 365), BERLIN, "7 Sep 22 16:40 NY · 22:40 here"),
        (datetime(2022, 12, 31, 22, 0, tzinfo=NEW_YORK), TOKYO, "31 Dec 22 22:00 NY · 1 Jan 23 12:00 here"),
        # The two zones change to winter time on different days.
        (datetime(2023, 10, 30, 12, 0, tzinfo=NEW_YORK), BERLIN, "30 Oct 12:00 NY · 17:00 here"),
    ],
)
def test_a_moment_is_new_yorks_and_the_readers_where_that_is_another(moment, here, words):
    assert moment_wordings(moment, ReaderTime(NOW, here))[0] == words
    assert moment_wordings(moment.astimezone(UTC), ReaderTime(NOW.astimezone(UTC), here))[0] == words


def test_where_there_is_little_room_the_readers_time_goes_first_and_then_the_zones_name():
    read = ReaderTime(NOW, BERLIN)
    assert [moment_words(NOW, width, read) for width in (40, 20, 8, 5)] == [
        "16:40 NY · 22:40 here", "16:40 NY", "16:40 NY", "16:40",
    ]  # fmt: skip
    assert moment_wordings(NOW, read, glyphs=GLYPHS_ASCII)[0] == "16:40 NY | 22:40 here"


def test_who_reads_it_nobody_knows_gets_a_date_and_no_time_of_his_own():
    assert moment_wordings(NOW) == ("7 Sep 16:40 NY", "7 Sep 16:40")


@pytest.mark.parametrize(
    ("moment", "width", "text"),
    [
        (NOW, 18, "16:40 · 22:40 here"),
        (NOW, 12, "       16:40"),
        (NOW, 5, "16:40"),
        (hours_before(24), 12, " 6 Sep 16:40"),
        (hours_before(24), 8, "   6 Sep"),
        (hours_before(24 * 365), 12, "    7 Sep 22"),
        (hours_before(24 * 365), 14, "7 Sep 22 16:40"),
        (None, 6, "     —"),
    ],
)
def test_a_column_of_moments_says_as_much_as_fits_and_never_half_a_time(moment, width, text):
    assert moment_text(moment, width, ReaderTime(NOW, BERLIN)) == text


@given(
    st.timedeltas(timedelta(days=-6_000), timedelta(days=1_000)),
    st.integers(1, 40),
    st.sampled_from([NEW_YORK, BERLIN, TOKYO]),
)
def test_a_moment_fills_its_column_at_every_width(ahead, width, here):
    assert len(moment_text(NOW + ahead, width, ReaderTime(NOW, here))) == width


@pytest.mark.parametrize("name", ["Europe/Berlin", "Asia/Tokyo", "America/New_York"])
@pytest.mark.parametrize("month", [1, 7])
def test_the_machines_zone_is_its_own_in_summer_and_in_winter(monkeypatch, name, month):
    monkeypatch.setenv("TZ", name)
    time.tzset()
    try:
        moment = datetime(2023, month, 15, 12, 30, tzinfo=UTC)
        here = moment.astimezone(MachineZone())
        there = moment.astimezone(ZoneInfo(name))
        assert (here.replace(tzinfo=None), here.utcoffset()) == (there.replace(tzinfo=None), there.utcoffset())
    finally:
        monkeypatch.undo()
        time.tzset()
    assert "TZ" not in os.environ or os.environ["TZ"] != name
