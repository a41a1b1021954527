"""What the screen of one feed says: the whole complaint, both clocks, the last polls, the terms, the letters."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from board_examples import text_of
from hypothesis import given
from hypothesis import strategies as st

from shortside.datasets import Dataset
from shortside.freshness import InputAge, freshness
from shortside.sessions import NEW_YORK
from widgets.feed_facts import FeedFacts, PollFacts, PollLine, PollOutcome, SourceTerms
from widgets.feed_letters import FEED_LETTERS
from widgets.feed_page import FeedPage, feed_page_lines, input_page, poll_page
from widgets.format import GLYPHS_ASCII, GLYPHS_UNICODE, width_of
from widgets.moments import ReaderTime
from widgets.wrapped import lines_of_words

NOW = datetime(2023, 9, 7, 16, 40, tzinfo=NEW_YORK)
READ = ReaderTime(NOW, ZoneInfo("Europe/Berlin"))
COMPLAINT = (
    "query1.finance.yahoo.com refuses (403): "
    + "your request was blocked by our edge network; " * 4
    + "reference 18.4f"
)
TERMS = SourceTerms(
    publisher="Yahoo",
    gives="last prices",
    cadence="every minute",
    terms="For personal use.",
    hosts="query1.finance.yahoo.com",
)


def poll(minutes: int, letter: str = "C", **changes) -> PollOutcome:
    return PollOutcome(at=NOW - timedelta(minutes=minutes), letter=letter, **{"rows": 200, "seconds": 0.4, **changes})


REFUSED = PollFacts(
    name="yahoo_spark",
    dataset=Dataset.QUOTES,
    letter="B",
    title="Yahoo spark",
    as_of=date(2023, 9, 7),
    answered_at=NOW - timedelta(minutes=9),
    looked_at=NOW - timedelta(minutes=9),
    next_at=NOW + timedelta(minutes=5),
    latency=0.4,
    requests=41,
    budget=2_000,
    words=COMPLAINT,
    age_words="missed 1 poll",
    failures=3,
    complaint=COMPLAINT,
    complained_at=NOW - timedelta(minutes=1),
    polls=(poll(1, "B", rows=None, reason="refuses (403)"), poll(9), poll(10, rows=None, is_unchanged=True)),
    attribution="Source: Yahoo",
    terms=TERMS,
)
HERE = PollLine(poller="this terminal")


def text_at(width: int, page: FeedPage, glyphs=GLYPHS_UNICODE) -> str:
    return "\n".join(text_of(line).rstrip() for line in feed_page_lines(page, width, READ, glyphs))


@pytest.mark.parametrize("width", [120, 78, 38, 24])
def test_the_complaint_is_told_whole_at_every_width(width):
    lines = feed_page_lines(poll_page(REFUSED, HERE), width, READ)
    said = "".join(text.replace(" ", "") for line in lines for text, style in line if style == "loss")
    assert COMPLAINT.replace(" ", "") in said
    assert all(width_of(text_of(line)) <= width for line in lines)


def test_a_complaint_that_others_wrote_reaches_no_terminal_raw_and_is_broken_where_it_has_no_spaces():
    foul = replace(REFUSED, complaint="bad\x1b]52;c;AAAA\x07 page\nwith " + "x" * 300 + " 株" * 40)
    text = text_at(60, poll_page(foul, HERE))
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", text)
    assert text.count("x") == text_at(60, poll_page(replace(foul, complaint=""), HERE)).count("x") + 300
    assert text.count("株") == 40


def test_a_page_says_state_both_clocks_the_next_poll_and_who_polls():
    text = text_at(120, poll_page(REFUSED, HERE))
    for words in (
        " B refused: a denial or a wall instead of data",
        "   said 16:39 NY · 22:39 here",
        " data of      7 Sep 2023, missed 1 poll",
        " fetched      16:31 NY · 22:31 here",
        " next poll    16:45 NY · 22:45 here",
        " took         400 ms",
        " asked today  41 of 2,000 requests",
        " failed       3 in a row",
        " polled by    this terminal",
    ):
        assert words in text


def test_the_last_polls_say_when_what_came_of_them_how_many_rows_and_how_long():
    lines = text_at(100, poll_page(REFUSED, HERE)).splitlines()
    at = lines.index(" last polls")
    assert lines[at + 1].split() == ["time", "NY", "outcome", "rows", "took"]
    assert lines[at + 2].split() == [
        "16:39",
        "·",
        "22:39",
        "here",
        "B",
        "refused",
        "—",
        "400",
        "ms",
        "refuses",
        "(403)",
    ]
    assert lines[at + 3].split() == ["16:31", "·", "22:31", "here", "C", "current", "200", "400", "ms"]
    assert lines[at + 4].split() == ["16:30", "·", "22:30", "here", "C", "unchanged", "—", "400", "ms"]
    assert lines[at + 5] == ""


def test_the_terms_and_every_letter_stand_below():
    text = text_at(120, poll_page(REFUSED, HERE))
    for words in ("publisher    Yahoo", "gives        last prices", "named as     Source: Yahoo", "For personal use."):
        assert words in text
    for one in FEED_LETTERS.values():
        assert f"  {one.letter} {one.word}: {one.meaning}" in text


def test_a_feed_that_has_recovered_keeps_its_last_complaint_quietly():
    lines = feed_page_lines(poll_page(replace(REFUSED, letter="C", failures=0), HERE), 120, READ)
    assert {style for line in lines for text, style in line if "blocked" in text} == {"muted"}
    assert any("last complaint, of 16:39 NY" in text_of(line) for line in lines)
    assert "in a row" not in "".join(map(text_of, lines))


def test_a_terminal_that_only_watches_says_so_and_shows_the_polls_it_was_told_of():
    text = text_at(120, poll_page(REFUSED, PollLine(poller="process 4711 on desk")))
    assert "polled by    process 4711 on desk; this terminal only watches" in text
    assert "B refused" in text.partition("last polls")[2]
    assert "none is remembered yet" in text_at(120, poll_page(replace(REFUSED, polls=()), HERE))


def test_a_provider_that_is_switched_off_says_why_and_has_no_next_poll():
    off = PollFacts(name="ortex", letter="O", title="ORTEX", words="it wants a key", terms=TERMS)
    text = text_at(100, poll_page(off, HERE))
    assert "it wants a key" in text
    assert "next poll    never: nobody asks it" in text


def input_of(**changes) -> FeedFacts:
    age = InputAge(
        dataset=Dataset.SHORT_INTEREST,
        as_of=date(2023, 8, 15),
        published_at=datetime(2023, 8, 24, 16, 40, tzinfo=NEW_YORK),
        fetched_at=NOW,
        source="demo",
        freshness=freshness(Dataset.SHORT_INTEREST, date(2023, 8, 15), NOW),
    )
    return FeedFacts(age=age, **changes)


def test_an_input_says_its_clocks_when_it_is_due_and_how_it_is_renewed():
    text = text_at(100, input_page(input_of(renewed_by="renewed by: FINRA short interest")))
    for words in (
        "C current: its source has nothing newer",
        "data of      15 Aug 2023, missed 0 publications",
        "published    24 Aug 16:40 NY · 22:40 here",
        "fetched      16:40 NY · 22:40 here",
        "due next     12 Sep",
        "renewed by: FINRA short interest",
    ):
        assert words in text


def test_a_simulated_input_says_so():
    assert "source       simulated by shortside" in text_at(80, input_page(input_of(is_simulated=True)))


@given(st.integers(12, 200), st.text(max_size=300), st.sampled_from("CLSUPBTEO?"), st.booleans())
def test_no_width_and_no_words_break_a_page(width, words, letter, is_ascii):
    feed = replace(REFUSED, letter=letter, complaint=words, words=words)
    for line in feed_page_lines(poll_page(feed, HERE), width, READ, GLYPHS_ASCII if is_ascii else GLYPHS_UNICODE):
        assert width_of(text_of(line)) <= width


@given(st.text(max_size=200), st.integers(2, 60))
def test_wrapped_words_lose_no_sign_and_keep_to_their_width(words, width):
    from shortside.words.plain_text import printable

    lines = lines_of_words(words, width)
    assert "".join("".join(lines).split()) == "".join(printable(words).split())
    assert all(width_of(line) <= width for line in lines)
