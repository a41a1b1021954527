"""What was asked for and did not come: when it is asked for again, and when it is believed that there was nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.archive.holdings import Holdings
from providers.archive.holes import ClosesAnswer, ListedNames, holes_of
from providers.archive.spans import without
from providers.backfill.answer_marks import with_marks
from providers.backfill.holes_in_words import words_on_holes
from shortside.datasets import Dataset, Quality
from shortside.sessions import sessions_between
from shortside.snapshot import Snapshot

DAYS = sessions_between(date(2023, 8, 24), date(2023, 8, 30))
FIRST, LAST = DAYS[0], DAYS[-1]
MONDAY = date(2023, 8, 28)


def answer_of(closes: dict[str, list[date]], names: list[str] | None = None) -> Snapshot | None:
    """What Yahoo sent: the days of which each name has a close."""
    rows = [(symbol, day) for symbol, days in closes.items() for day in days]
    if not rows:
        return None
    frame = pd.DataFrame(rows, columns=["symbol", "date"]).assign(
        date=lambda one: pd.to_datetime(one["date"]).astype("datetime64[s]"),
        exchange="",
        close=10.0,
        volume=np.nan,
        shares_out=np.nan,
    )
    return Snapshot(
        dataset=Dataset.PRICES,
        frame=frame,
        as_of=LAST,
        fetched_at=datetime(2023, 8, 30, 22, tzinfo=UTC),
        source="yahoo",
    )


def stored(closes: dict[str, list[date]], names=None, first=FIRST, last=LAST) -> ClosesAnswer:
    """A vintage of what was asked for and came."""
    rows = with_marks(names or list(closes), answer_of(closes), first, last)
    table = pa.Table.from_pandas(rows[["symbol", "date", "close"]], preserve_index=False)
    return ClosesAnswer.of(table.set_column(0, "symbol", table["symbol"].dictionary_encode()))


def holes(*answers: ClosesAnswer, listed="ABCDEF", busy="", closed=(), spans=((FIRST, LAST),)):
    names = sorted({symbol for answer in answers for symbol in answer.symbols})
    return holes_of(answers, dict.fromkeys(names, spans), ListedNames(listed=set(listed), busy=set(busy)), closed)


def but(*missing: date) -> list[date]:
    return [day for day in DAYS if day not in missing]


def test_a_whole_answer_leaves_no_hole():
    assert holes(stored(dict.fromkeys("ABCD", DAYS))).by_name == {}


def test_a_session_that_every_series_lacks_is_a_hole_of_every_name_however_often_it_was_asked_for():
    lacking = stored(dict.fromkeys("AB", but(MONDAY)))
    for answers in ([lacking], [lacking] * 5):
        found = holes(*answers)
        assert found.missed == (MONDAY,)
        assert found.by_name == {"A": {MONDAY}, "B": {MONDAY}}


def test_the_first_session_asked_for_is_one_too():
    found = holes(stored(dict.fromkeys("ABCD", but(FIRST, DAYS[1]))))
    assert found.missed == (FIRST, DAYS[1])
    assert set(found.by_name) == set("ABCD")


def test_a_session_some_names_lack_did_not_trade_but_of_a_name_that_always_does_it_is_doubted_once():
    closes = {**dict.fromkeys("ABCD", DAYS), "E": but(MONDAY)}
    assert holes(stored(closes)).by_name == {}
    found = holes(stored(closes), busy="E")
    assert found.by_name == {"E": {MONDAY}}
    assert found.doubted == {"E"}
    assert (
        holes(stored(closes), stored({"E": but(FIRST, DAYS[1], MONDAY)}, first=MONDAY, last=MONDAY), busy="E").by_name
        == {}
    )


def test_a_session_that_one_answer_left_out_for_all_its_names_is_a_hole_of_theirs():
    whole = stored(dict.fromkeys([f"S{place}" for place in range(30)], DAYS))
    found = holes(whole, stored(dict.fromkeys("ABC", but(MONDAY))))
    assert found.missed == ()
    assert found.by_name == {"A": {MONDAY}, "B": {MONDAY}, "C": {MONDAY}}
    at_its_end = holes(whole, stored(dict.fromkeys("ABC", but(LAST))))
    assert set(at_its_end.by_name) == set("ABC")
    assert stored(dict.fromkeys("ABC", but(LAST))).days.max() == np.datetime64(DAYS[-2])


def test_before_its_first_close_a_name_may_not_have_been_listed():
    late = {**dict.fromkeys("ABCD", DAYS), "E": DAYS[3:]}
    assert holes(stored(late), busy="E").by_name == {}


def test_a_name_that_is_listed_no_more_has_no_hole_after_its_last_close():
    gone = {"A": DAYS[:2], "B": DAYS[:2], "C": DAYS[:2], "D": DAYS[:1]}
    answer = stored(gone)
    assert holes(answer, listed="").by_name == {}
    assert set(holes(answer, listed="ABCD").by_name) == set("ABCD")


def test_a_session_that_is_there_from_elsewhere_is_no_hole():
    assert holes(stored(dict.fromkeys("AB", but(MONDAY))), closed={MONDAY}).by_name == {}


def test_a_name_that_came_garbled_is_not_marked():
    answer = answer_of({"A": DAYS})
    assert answer is not None
    partial = Snapshot(
        dataset=answer.dataset, frame=answer.frame, as_of=LAST, fetched_at=answer.fetched_at, source="yahoo",
        quality=Quality.PARTIAL,
    )  # fmt: skip
    assert set(with_marks(["A", "B"], partial, FIRST, LAST)["symbol"]) == {"A"}


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 20)), max_size=5),
    st.frozensets(st.integers(0, 70), max_size=9),
)
def test_spans_without_some_days_hold_all_other_days_and_none_of_those(spans, holes):
    def day(place):
        return date.fromordinal(date(2023, 1, 1).toordinal() + place)

    held = tuple((day(start), day(start + length)) for start, length in spans)
    kept = without(held, frozenset(map(day, holes)))
    for place in range(75):
        was, now = (any(first <= day(place) <= last for first, last in some) for some in (held, kept))
        assert now == (was and place not in holes)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ("B", "B, which is listed today, was not in Yahoo's answer; it is asked again next time"),
        ("BC", "B and C, which are listed today, were not in Yahoo's answer; they are asked again next time"),
        (
            "ABCDEFGHIJ",
            "A, B, C, D, E, F, G, H and 2 others, which are listed today, were not in Yahoo's answer; they are",
        ),
    ],
)
def test_what_an_answer_left_out_is_said_in_a_sentence(names, words):
    asked = {"yahoo_spark": dict.fromkeys([*names, "GONE"], ((FIRST, LAST),))}
    unknown = {"yahoo_spark": frozenset([*names, "GONE"])}
    [sentence] = words_on_holes(Holdings(closes=asked, unknown=unknown, listed=frozenset(names)))
    assert sentence.startswith(words)


def test_missing_sessions_and_single_closes_are_said_apart():
    held = Holdings(missed=(MONDAY,), holes={"A": frozenset({MONDAY}), "B": frozenset({MONDAY, LAST})})
    assert words_on_holes(held) == (
        "2023-08-28 was a session; no close of any name is held for it",
        "closes of single sessions are missing of 1 listed name: B; they are asked for again next time",
    )
