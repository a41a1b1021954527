"""As known is as known in every rule: a folder cut to what was public on a day makes the same documents, byte for byte.

The whole market, all documents and the largest differences: python -m benchmarks.as_known ../shared/market
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import pytest
from eventful_folder import SESSIONS, SETTLEMENTS, write_eventful_folder, write_eventful_part
from hypothesis import given, settings
from hypothesis import strategies as st

from shortside.settlement import cycle_of

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT))

from benchmarks.as_known import FIRST, LAST, cut_to, days_between, documents, same_age  # noqa: E402

pytestmark = pytest.mark.slow


def assert_same(whole: Path, day: date, place: Path) -> None:
    """Every document of the whole folder as of a day is the one of what was public on it."""
    cut = dict(documents(cut_to(whole, day, place / f"cut-{day}"), day, place / "home"))
    for title, text in documents(whole, day, place / "home"):
        assert text == cut[title], f"{title} of {day} rests on something published later"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small folder in which everything happens that a later file tells of."""
    folder = tmp_path_factory.mktemp("market")
    write_eventful_folder(folder)
    same_age(folder)
    return folder


@given(day=st.sampled_from([day for day in SESSIONS if day > cycle_of(SETTLEMENTS[0]).publication_date]))
@settings(max_examples=25)
def test_a_small_market_s_past_needs_nothing_that_was_published_later(small, tmp_path_factory, day):
    assert_same(small, day, tmp_path_factory.mktemp("cut"))


# -- the names of the real market that something happened to --------------------------------------------------------


@pytest.fixture(scope="module")
def eventful(market_directory: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the names of the real market that a later file could tell something of, and a hundred others."""
    folder: Path = write_eventful_part(market_directory, tmp_path_factory.mktemp("eventful"))
    same_age(folder)
    return folder


@pytest.mark.shared
@pytest.mark.parametrize("day", days_between(FIRST, LAST, 8), ids=str)
def test_the_market_s_past_needs_nothing_that_was_published_later(eventful, tmp_path, day):
    assert_same(eventful, day, tmp_path)
