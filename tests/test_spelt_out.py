from __future__ import annotations

import datetime

from shortside.words.spelt_out import NAMES_IN_A_SENTENCE, spelt_out


def test_few_names_are_all_spelt_out() -> None:
    assert spelt_out([]) == ""
    assert spelt_out(["GME"]) == "GME"
    assert spelt_out(["GME", "AMC"], most=2) == "GME, AMC"


def test_more_names_than_fit_end_in_a_sign_that_there_are_more() -> None:
    assert spelt_out(["GME", "AMC", "BBBY"], most=2) == "GME, AMC, …"
    assert spelt_out(map(str, range(9))) == "0, 1, 2, 3, 4, 5, 6, 7, …"
    assert NAMES_IN_A_SENTENCE == 8


def test_the_rest_may_be_counted() -> None:
    assert spelt_out(range(1_500), most=1, rest=" and {:,} others") == "0 and 1,499 others"
    assert spelt_out(range(3), most=5, rest=" and {:,} others") == "0, 1, 2"


def test_days_are_written_as_iso_dates() -> None:
    assert spelt_out([datetime.date(2023, 8, 15)]) == "2023-08-15"
