"""What is wrong with the data of a panel is said in its border, and nothing is said while all is well."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from shortside.datasets import Dataset
from shortside.freshness import InputAge, freshness
from shortside.sessions import NEW_YORK
from tui.screens.troubles import troubles
from widgets.feeds import OFF_LETTER, PollFacts
from widgets.panel import Trouble

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
    assert found.worst(FIGURES) == Trouble("S", "prices missed 2 sessions")
    assert found.worst((Dataset.SHORT_INTEREST,)) is None


def test_what_is_stale_goes_before_what_is_late_and_a_failure_before_both():
    late = age(Dataset.PRICES, date(2023, 9, 6))
    stale = age(Dataset.SHORT_INTEREST, date(2023, 6, 15))
    assert troubles([late]).worst(FIGURES) == Trouble("L", "prices missed 1 session")
    worst = troubles([late, stale]).worst(FIGURES)
    assert worst is not None
    assert worst.letter == "S"
    assert worst.words.startswith("short interest missed")
    failed = polled(Dataset.PRICES, "E", "api.nasdaq.com does not answer")
    assert troubles([late, stale], [failed]).worst(FIGURES) == Trouble(
        "E", "prices: api.nasdaq.com does not answer", is_failure=True
    )


@pytest.mark.parametrize("letter", ["B", "T", "E"])
def test_a_dataset_failed_when_none_of_its_feeds_is_well(letter):
    failed, off = polled(Dataset.PRICES, letter, "no answer"), polled(Dataset.PRICES, OFF_LETTER, "switched off")
    assert troubles(CURRENT, [failed, off]).worst(FIGURES) == Trouble(letter, "prices: no answer", is_failure=True)
    assert troubles(CURRENT, [failed, polled(Dataset.PRICES, "C")]).worst(FIGURES) is None
    assert troubles(CURRENT, [off]).worst(FIGURES) is None


def test_why_nothing_is_renewed_is_told_of_whatever_rests_on_data():
    found = troubles(CURRENT, complaint="another terminal polls, and is gone")
    assert found.worst(FIGURES) == Trouble("!", "another terminal polls, and is gone", is_failure=True)
    assert found.worst(()) is None
