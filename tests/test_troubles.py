"""What is wrong with the data of a panel is said in its border, and nothing is said while all is well."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from providers.feeds.state import TROUBLED_LETTERS, Letter
from shortside.datasets import Dataset
from shortside.freshness import InputAge, freshness
from shortside.sessions import NEW_YORK
from tui.screens.troubles import head_alarms, troubles
from widgets.feed_facts import PollFacts, PollLine
from widgets.feed_letters import FEED_LETTERS, OFF_LETTER
from widgets.panel import Trouble
from widgets.status import HeadAlarm

NOW = datetime(2023, 9, 7, 17, 0, tzinfo=NEW_YORK)
FIGURES = (Dataset.PRICES, Dataset.SHORT_INTEREST)


def age(dataset: Dataset, as_of: date | None) -> InputAge:
    return InputAge(dataset=dataset, as_of=as_of, source="files", freshness=freshness(dataset, as_of, NOW))


def polled(dataset: Dataset, letter: str, words: str = "") -> PollFacts:
    return PollFacts(dataset=dataset, letter=letter, title=dataset.value, words=words)


CURRENT = [age(Dataset.PRICES, date(2023, 9, 7)), age(Dataset.SHORT_INTEREST, date(2023, 8, 15))]


def test_of_current_inputs_nothing_is_said():
    assert troubles(CURRENT).worst(FIGURES) is None


def test_an_old_input_is_told_with_its_letter_and_what_it_missed():
    found = troubles([CURRENT[1], age(Dataset.PRICES, date(2023, 9, 5))])
    assert found.worst(FIGURES) == Trouble("S", "prices missed 2 sessions", dataset=Dataset.PRICES)
    assert found.worst((Dataset.SHORT_INTEREST,)) is None


def test_what_is_stale_goes_before_what_is_late_and_a_failure_before_both():
    late = age(Dataset.PRICES, date(2023, 9, 6))
    stale = age(Dataset.SHORT_INTEREST, date(2023, 6, 15))
    assert troubles([late]).worst(FIGURES) == Trouble("L", "prices missed 1 session", dataset=Dataset.PRICES)
    worst = troubles([late, stale]).worst(FIGURES)
    assert worst is not None
    assert worst.letter == "S"
    assert worst.words.startswith("short interest missed")
    failed = polled(Dataset.PRICES, "E", "api.nasdaq.com does not answer")
    assert troubles([late, stale], [failed]).worst(FIGURES) == Trouble(
        "E", "prices: api.nasdaq.com does not answer", is_failure=True, dataset=Dataset.PRICES
    )


@pytest.mark.parametrize("letter", ["B", "T", "E"])
def test_a_dataset_failed_when_none_of_its_feeds_is_well(letter):
    failed, off = polled(Dataset.PRICES, letter, "no answer"), polled(Dataset.PRICES, OFF_LETTER, "switched off")
    assert troubles(CURRENT, [failed, off]).worst(FIGURES) == Trouble(
        letter, "prices: no answer", is_failure=True, dataset=Dataset.PRICES
    )
    assert troubles(CURRENT, [failed, polled(Dataset.PRICES, "C")]).worst(FIGURES) is None
    assert troubles(CURRENT, [off]).worst(FIGURES) is None


def test_why_nothing_is_renewed_is_told_of_whatever_rests_on_data():
    found = troubles(CURRENT, complaint="another terminal polls, and is gone")
    assert found.worst(FIGURES) == Trouble("!", "another terminal polls, and is gone", is_failure=True)
    assert found.worst(()) is None


def titled(letter: str, title: str, dataset: Dataset = Dataset.BORROW) -> PollFacts:
    return PollFacts(dataset=dataset, letter=letter, title=title)


def test_every_letter_of_a_feed_has_a_word_and_a_meaning_and_says_the_same_of_failure():
    assert set(FEED_LETTERS) == {letter.value for letter in Letter}
    for letter in Letter:
        assert FEED_LETTERS[letter.value].is_failure == (letter in TROUBLED_LETTERS)
    assert len({one.word for one in FEED_LETTERS.values()}) == len(FEED_LETTERS)


def test_the_head_names_a_feed_in_trouble_also_where_another_brings_its_dataset():
    well, refused = titled("C", "Nasdaq screener", Dataset.QUOTES), titled("B", "Yahoo spark", Dataset.QUOTES)
    assert troubles(CURRENT, [well, refused]).worst(FIGURES) is None
    assert head_alarms(CURRENT, [well, refused]) == (HeadAlarm("refused", ("Yahoo spark",), is_failure=True),)


def test_the_head_counts_feeds_by_kind_of_trouble_the_gravest_kind_first():
    feeds = [titled(letter, letter + str(one)) for one, letter in enumerate("LSTEBSUPCO")]
    assert [(one.word, one.names) for one in head_alarms((), feeds)] == [
        ("refused", ("B4",)),
        ("dark", ("E3",)),
        ("stale", ("S1", "S5")),
        ("throttled", ("T2",)),
        ("late", ("L0",)),
    ]


@pytest.mark.parametrize("letter", "CUPO")
def test_the_head_says_nothing_of_a_feed_that_is_well_waits_or_is_off(letter):
    assert head_alarms(CURRENT, [titled(letter, "a feed")], PollLine(poller="this terminal")) == ()


def test_the_head_says_that_nobody_polls_and_that_the_newest_cannot_be_shown():
    assert head_alarms(CURRENT, (), PollLine()) == (), "who polls is not known yet"
    assert [one.word for one in head_alarms(CURRENT, (), PollLine(is_unpolled=True))] == ["unpolled"]
    assert [one.word for one in head_alarms(CURRENT, (), PollLine(complaint="the disk is full"))] == ["unpolled"]
    held = PollLine(poller="this terminal", complaint="the archive cannot be read")
    assert [one.word for one in head_alarms(CURRENT, (), held)] == ["trouble"]


def test_the_head_tells_of_an_input_only_what_it_does_not_tell_anyway():
    old = age(Dataset.PRICES, date(2023, 9, 1))
    with_the_prices = age(Dataset.SHARES_OUTSTANDING, date(2023, 9, 1))
    borrow = age(Dataset.BORROW, date(2023, 8, 1))
    assert head_alarms([old, with_the_prices]) == ()
    assert head_alarms([old, with_the_prices, borrow]) == (HeadAlarm("stale", ("borrow",)),)
    assert head_alarms([old, borrow], [titled("S", "stock loan")]) == (HeadAlarm("stale", ("stock loan",)),)
