"""Every source's spelling finds the same company, and never another one."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.listings.span_of_reports import OtherSymbols
from providers.listings.symbols import (
    NO_COLUMN,
    JoinSide,
    KeptSpellings,
    PartOfJoinSide,
    SymbolJoin,
    canonical,
    first_word,
    squashed,
)


def listed(*symbols, names=None, exchanges=None):
    blank = [""] * len(symbols)
    return JoinSide(symbols=symbols, names=names or blank, exchanges=exchanges or blank)


@pytest.mark.parametrize(
    ("screener", "ours", "finra"),
    [
        ("BRK/B", "BRK.B", "BRKB"),
        ("ABR^D", "ABR^D", "ABRPRD"),
        ("WFC^", "WFC^", "WFCPR"),
        ("AAC/WS", "AAC.WS", "AACWS"),
        ("AAC/U", "AAC.U", "AACU"),
        ("NA", "NA", "NA"),
        ("TRUE", "TRUE", "TRUE"),
    ],
)
def test_the_screeners_spelling_becomes_ours_and_finras(screener, ours, finra):
    assert canonical(screener) == ours
    assert squashed(ours) == finra
    assert squashed(screener) == finra


@pytest.mark.parametrize(("spelling", "ours"), [("BRK B", "BRK.B"), ("ABR PRD", "ABR^D"), ("BRK-B", "BRK.B")])
def test_other_sources_spellings_come_down_to_the_same_key(spelling, ours):
    assert squashed(spelling) == squashed(ours)


def test_a_key_that_is_none_of_ours_is_nowhere():
    join = SymbolJoin(listed("AAPL", "BRK.B"))
    assert join.columns(listed("SPY", "BRKB", "NA")).tolist() == [NO_COLUMN, 1, NO_COLUMN]


def test_of_two_names_with_one_key_the_one_on_the_reports_exchange_wins():
    join = SymbolJoin(listed("BRK.B", "BRKB", exchanges=["nyse", "nasdaq"]))
    assert join.columns(listed("BRKB", exchanges=["NYSE"])).tolist() == [0]
    assert join.columns(listed("BRKB", exchanges=["SC"])).tolist() == [1]


def test_on_one_exchange_the_name_that_begins_like_the_issue_wins():
    join = SymbolJoin(
        listed("BRKB", "BRK.B", names=["Brook Bank", "Berkshire Hathaway Inc."], exchanges=["nyse", "nyse"])
    )
    assert join.columns(listed("BRKB", names=["Berkshire Hathaway Inc. Class B"], exchanges=["NYSE"])).tolist() == [1]
    assert join.columns(listed("BRKB", names=["Brook Bank Holdings"], exchanges=["NYSE"])).tolist() == [0]


def test_with_nothing_else_to_go_by_the_same_spelling_wins():
    assert SymbolJoin(listed("BRK.B", "BRKB")).columns(listed("BRKB")).tolist() == [1]


def test_values_land_on_their_names_and_the_rest_stay_unknown():
    (fee,) = SymbolJoin(listed("AAPL", "BRK.B", "NA")).spread(["BRK B", "SPY", "NA"], np.array([1.0, 2.0, 3.0]))
    assert np.isnan(fee[0])
    assert fee[1:].tolist() == [1.0, 3.0]


@pytest.mark.parametrize(
    ("name", "word"),
    [("U-Haul Holding Company", "uhaul"), ("Yandex N.V.", "yandex"), ("", ""), ("3D Systems", "3d")],
)
def test_the_first_word_is_bare(name, word):
    assert first_word(name) == word


@given(st.lists(st.text("ABCDEFGH", min_size=1, max_size=4), min_size=1, max_size=20, unique=True))
def test_plain_tickers_always_find_themselves(symbols):
    assert SymbolJoin(listed(*symbols)).columns(listed(*symbols)).tolist() == list(range(len(symbols)))


SPELT_ALIKE = st.lists(st.sampled_from(["A.B", "A/B", "AB", "B", "B^", "BPR", "C.A", "CA"]), unique=True)


@given(ours=SPELT_ALIKE, keys=SPELT_ALIKE, data=st.data())
def test_some_symbols_of_a_side_mean_what_they_mean_by_themselves(ours, keys, data):
    places = sorted(data.draw(st.sets(st.sampled_from(range(len(keys))))) if keys else ())
    some = [keys[place] for place in places]
    blank = [""] * len(some)
    part = PartOfJoinSide(
        symbols=some, names=blank, exchanges=blank, whole=listed(*keys), places=np.array(places, np.int64)
    )
    spellings = KeptSpellings(ours)
    (one, several), (expected_one, expected_several) = map(spellings.meant_by, (part, listed(*some)))
    assert one.tolist() == expected_one.tolist()
    assert several == expected_several
    assert part.squashed == listed(*some).squashed


DAYS = [date(2023, 8, 15), date(2023, 8, 31), date(2023, 9, 15)]


@given(
    others=st.fixed_dictionaries({day: st.sets(st.sampled_from("ABCDE")) for day in DAYS}),
    listed_on=st.fixed_dictionaries({symbol: st.booleans() for symbol in "CDF"}),
    asked=st.sets(st.sampled_from(DAYS)),
)
def test_what_is_over_the_counter_and_nowhere_else_is_counted_once(others, listed_on, asked):
    counted = OtherSymbols(others, list(listed_on))
    days = np.array(sorted(asked), "datetime64[D]")
    is_listed = np.array(list(listed_on.values()))
    expected = set().union(*(others[day] for day in asked)) - {one for one, there in listed_on.items() if there}
    assert counted.elsewhere(days, is_listed) == len(expected)
