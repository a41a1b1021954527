"""The quick reader of FINRA's files takes what the careful one takes, and leaves to it what it would refuse."""

import re
from datetime import date

import pandas as pd
import pytest
from differences import assert_read_alike
from finra_examples import short_interest_file
from hypothesis import given
from hypothesis import strategies as st

from benchmarks._bodies import short_volume_file
from providers.errors import MalformedError, NoDataError
from providers.finra import short_interest_file as finra_file
from providers.finra import short_volume as finra_short_volume
from shortside.one_name.short_volume import SoldShort
from shortside.schema import SHORT_INTEREST

SETTLEMENT = date(2023, 8, 15)
SESSION = date(2023, 9, 6)
POSITIONS = short_interest_file(SETTLEMENT, 40)
VOLUMES = short_volume_file(40)
SIGNS = st.sampled_from([b"|", b"\n", b"\r", b"\r\n", b'"', b"-", b".", b"0", b"p", b"/", b"NA", b"nan", b"\xe9", b""])


def volumes_with_care(body: bytes) -> pd.DataFrame:
    return finra_short_volume._read_with_care(body, "file", SESSION, 3)


def positions_with_care(body: bytes) -> pd.DataFrame:
    return finra_file._read_with_care(body.rstrip(), "file")


def outcome(read, body):
    try:
        return read(body)
    except (MalformedError, NoDataError) as error:
        return str(error)


def spoilt(body, at, length, other):
    place = at % len(body)
    return body[:place] + other + body[place + length :]


spoilings = st.tuples(st.integers(0, 10_000), st.integers(0, 3), SIGNS)


@given(spoilings)
def test_a_spoilt_settlement_reads_alike_quickly_and_with_care(spoiling):
    body = spoilt(POSITIONS, *spoiling)
    assert_read_alike(
        outcome(lambda given_body: finra_file.parse_short_interest_file(given_body, "file"), body),
        outcome(positions_with_care, body),
    )


@given(spoilings)
def test_a_spoilt_session_reads_alike_quickly_and_with_care(spoiling):
    body = spoilt(VOLUMES, *spoiling)
    quick = outcome(lambda given_body: finra_short_volume.parse_session(given_body, "file", SESSION, 3), body)
    assert_read_alike(quick, outcome(volumes_with_care, body))


@given(st.lists(st.from_regex(r"[A-Zp/rw.]{1,7}", fullmatch=True), min_size=3, max_size=12, unique=True))
def test_every_spelling_of_the_tape_is_read_alike(symbols):
    rows = [f"20230906|{symbol}|10|0|20|Q" for symbol in symbols]
    body = "\r\n".join([finra_short_volume.HEADER.decode(), *rows, str(len(rows))]).encode()
    quick = outcome(lambda given_body: finra_short_volume.parse_session(given_body, "file", SESSION, 3), body)
    assert_read_alike(quick, outcome(volumes_with_care, body))


@given(st.lists(st.from_regex(r"[A-Zp/rw.é]{1,7}", fullmatch=True), max_size=12))
def test_a_small_p_after_a_capital_is_a_preferred_and_a_slash_a_class(symbols):
    by_hand = [re.sub("(?<=[A-Z])p", "^", symbol).replace("/", ".") for symbol in symbols]
    assert finra_short_volume.from_tape(pd.Series(symbols, dtype=str)).tolist() == by_hand


def test_blanks_around_a_day_are_no_fault():
    body = POSITIONS.replace(b"|2023-08-15\n", b"| 2023-08-15\n", 1)
    pd.testing.assert_frame_equal(
        finra_file.parse_short_interest_file(body, "file"), finra_file.parse_short_interest_file(POSITIONS, "file")
    )


def test_a_year_no_calendar_has_is_named_and_not_stumbled_over():
    body = POSITIONS.replace(b"|2023-08-15\n", b"|-2023-08-15\n", 1)
    with pytest.raises(MalformedError, match="line 2, column settlementDate: -2023-08-15 is no day of ours"):
        finra_file.parse_short_interest_file(body, "file")


def test_sound_files_need_no_second_reading():
    assert finra_file._read_at_once(POSITIONS.rstrip(), "file") is not None
    assert finra_short_volume._read_at_once(VOLUMES.rstrip(), SESSION, 3) is not None


def test_a_frame_that_comes_with_pandas_own_text_keeps_it():
    rows = finra_file.parse_short_interest_file(POSITIONS, "file")
    assert rows["symbol"].dtype == "str"
    again = SHORT_INTEREST.conform(rows, "again")
    pd.testing.assert_frame_equal(rows, again)
    assert again is not rows


def test_an_unknown_text_in_pandas_own_is_the_empty_one():
    rows = finra_file.parse_short_interest_file(POSITIONS, "file")
    rows = rows.assign(issue_name=rows["issue_name"].where(rows.index != 1))
    assert SHORT_INTEREST.conform(rows, "rows")["issue_name"].tolist()[:3] == ["Company 0", "", "Company 2"]


@pytest.mark.parametrize("count", [0, 4])
def test_a_mean_of_too_few_sessions_is_unknown(count):
    import numpy as np

    days = np.arange("2023-09-01", "2023-09-30", dtype="datetime64[D]")[:count]
    history = SoldShort(symbol="A", sessions=days, short=np.full(count, 5.0), total=np.full(count, 10.0))
    assert np.isnan(history.mean_ratio)
    assert np.isnan(history.last_ratio) == (count == 0)
