"""A frame enters through its schema or not at all, and the error says where it failed."""

from datetime import date
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd
import pytest
from differences import assert_read_alike
from hypothesis import given
from hypothesis import strategies as st
from market_data import changed, prices, short_interest

from shortside.schema import (
    BORROW,
    FLOAT,
    FOLDER_PRICES,
    PRICES,
    REFERENCE,
    SHORT_INTEREST,
    SPLITS,
    ColumnKind,
    FrameSchema,
    SchemaError,
)


def reports():
    return short_interest().head(20)


def test_a_sound_frame_gets_exactly_the_promised_columns_and_types():
    rows = SHORT_INTEREST.conform(reports(), "reports")
    assert list(rows.columns) == [column.name for column in SHORT_INTEREST.columns]
    assert rows["short_interest"].dtype == np.int64
    assert rows["settlement_date"].dtype == "datetime64[s]"
    assert rows["split_flag"].dtype == bool


def test_conforming_changes_nothing_in_the_frame_it_is_given():
    given_rows = reports()
    before = given_rows.copy(deep=True)
    SHORT_INTEREST.conform(given_rows, "reports")
    pd.testing.assert_frame_equal(given_rows, before)


def test_text_as_a_csv_gives_it_is_read_as_numbers_and_days():
    rows = PRICES.conform(prices().head(5).astype(str), "prices.csv")
    assert rows["close"].tolist() == prices()["close"].head(5).tolist()
    assert rows["date"].dt.date.tolist() == prices()["date"].head(5).tolist()


@pytest.mark.parametrize("symbol", ["NA", "TRUE", "null", "nan", "None", "INF"])
def test_symbols_that_look_like_nothing_stay_companies(symbol):
    rows = SHORT_INTEREST.conform(changed(reports(), 3, "symbol", symbol), "reports")
    assert rows["symbol"][3] == symbol


@pytest.mark.parametrize("flag", ["R", "Y", "S"])
def test_any_letter_is_a_flag_and_blank_is_none(flag):
    rows = SHORT_INTEREST.conform(changed(reports(), 2, "revision_flag", flag), "reports")
    assert rows["revision_flag"].tolist() == [row == 2 for row in range(20)]


def test_an_unknown_share_count_is_not_a_number_and_not_zero():
    rows = PRICES.conform(changed(prices().head(5).astype(str), 1, "shares_out", ""), "prices.csv")
    assert np.isnan(rows["shares_out"][1])


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("close", -4.2, "-4.2 is negative"),
        ("close", np.inf, "inf is not a finite number"),
        ("shares_out", 10.5, "10.5 is not a whole number"),
        ("shares_out", 1e20, "1e+20 is more than 9.0072e+15"),
        ("close", 1e16, "1e+16 is more than 1e+15"),
        ("date", date(2525, 1, 16), "2525-01-16 is no day of ours"),
        ("symbol", "", "is missing"),
        ("date", date(2023, 1, 16), "2023-01-16 is not a session"),
        ("date", None, "is missing"),
    ],
)
def test_a_bad_price_row_is_named_with_file_row_column_and_value(column, value, reason):
    with pytest.raises(SchemaError) as caught:
        PRICES.conform(changed(prices().head(9), 6, column, value), "prices.parquet")
    error = caught.value
    assert str(error).startswith(f"prices.parquet, row 7, column {column}: {reason}")
    assert (error.where, error.row, error.column) == ("prices.parquet", 7, column)


@pytest.mark.parametrize("change", ["NaN", "inf", "1e20", "-1e20", "1e400", "none", ""])
def test_a_witness_that_nobody_can_read_or_that_cannot_be_is_unknown_and_refuses_nothing(change):
    rows = prices().head(4).astype(str).assign(netchange=["0.5", change, "-0.25", ""])
    told = FOLDER_PRICES.conform(rows, "prices.csv")["netchange"].tolist()
    assert (told[0], told[2]) == (0.5, -0.25)
    assert np.isnan([told[1], told[3]]).all()


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [("close", "12,5", "'12,5' is not a number"), ("date", "03/01/2023", "'03/01/2023' is not a day")],
)
def test_text_that_is_no_number_or_day_is_quoted(column, value, reason):
    cells = changed(prices().head(4).astype(str), 2, column, value)
    with pytest.raises(SchemaError) as caught:
        PRICES.conform(cells, "prices.csv", first_row=2, row_word="line")
    assert str(caught.value).startswith(f"prices.csv, line 4, column {column}: {reason}")


def test_a_settlement_date_that_is_none_names_the_nearest():
    with pytest.raises(SchemaError) as caught:
        SHORT_INTEREST.conform(changed(reports(), 4, "settlement_date", date(2023, 2, 14)), "reports")
    assert str(caught.value) == (
        "reports, row 5, column settlement_date: 2023-02-14 is not a settlement date; the nearest is 2023-02-15"
    )


def test_a_missing_column_is_named_with_those_that_are_there():
    with pytest.raises(SchemaError) as caught:
        SPLITS.conform(pd.DataFrame({"symbol": ["A"], "ratio": [2.0]}), "splits.csv")
    assert str(caught.value) == "splits.csv, column ex_date: there is no such column; the file has symbol, ratio"


def test_a_repeated_key_names_both_rows():
    rows = pd.concat([prices().head(3), prices().head(2).tail(1)], ignore_index=True)
    with pytest.raises(SchemaError) as caught:
        PRICES.conform(rows, "prices.csv", first_row=2, row_word="line")
    assert str(caught.value) == (f"prices.csv, line 5, column symbol+date: AAPL {rows['date'][1]} is already in line 3")


def test_days_with_an_hour_are_no_days():
    rows = prices().head(2).assign(date=pd.to_datetime(["2023-01-03 09:30", "2023-01-04 00:00"]))
    with pytest.raises(SchemaError, match="row 1, column date: '2023-01-03 09:30:00' is not a whole day"):
        PRICES.conform(rows, "prices")


SCHEMAS = {
    "short_interest": SHORT_INTEREST,
    "prices": PRICES,
    "reference": REFERENCE,
    "splits": SPLITS,
    "borrow": BORROW,
    "float": FLOAT,
}


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_every_schema_has_distinct_columns_and_a_key_among_them(name):
    schema = SCHEMAS[name]
    columns = [column.name for column in schema.columns]
    assert len(set(columns)) == len(columns)
    assert set(schema.key) <= set(columns)
    assert not any(schema.column(column).is_nullable for column in schema.key)
    # Whose values are equal in Python where pandas takes them for equal, unlike NaN.
    assert {schema.column(column).kind for column in schema.key} <= {ColumnKind.TEXT, ColumnKind.DATE}


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_an_empty_frame_with_the_columns_conforms(name):
    schema = SCHEMAS[name]
    rows = schema.conform(pd.DataFrame({column.name: [] for column in schema.columns}, dtype="str"), name)
    assert len(rows) == 0
    assert all(rows[column.name].dtype.kind != "O" for column in schema.columns if column.kind is not ColumnKind.TEXT)


@given(
    st.lists(
        st.tuples(
            st.text("ABC", min_size=1, max_size=3),
            st.none() | st.floats(-5, 500),
            st.none() | st.integers(0, 10**9),
            st.booleans(),
        ),
        unique_by=lambda row: row[0],
    )
)
def test_a_conformed_frame_conforms_to_itself(rows):
    frame = pd.DataFrame(rows, columns=["symbol", "fee", "available", "is_capped"])
    once = BORROW.conform(frame.astype({"fee": float, "available": float, "is_capped": bool}), "borrow")
    pd.testing.assert_frame_equal(BORROW.conform(once, "borrow"), once)


ODD_CELLS: st.SearchStrategy[Any] = st.sampled_from(
    ["A", "B", "", " 7", "1e3", "x", "2023-02-15", 7, -1, 2.5, True, None, [], {}, 10**400]
)


def outcome(conform):
    try:
        return conform()
    except SchemaError as error:
        return str(error)


@given(st.lists(st.tuples(*[ODD_CELLS] * 4), min_size=1, max_size=6))
def test_columns_conform_as_the_frame_of_them(rows):
    frame = pd.DataFrame(rows, columns=["symbol", "fee", "available", "is_capped"], dtype=object)
    columns = {name: frame[name].to_numpy() for name in frame.columns}
    assert_read_alike(outcome(lambda: BORROW.conform(columns, "w")), outcome(lambda: BORROW.conform(frame, "w")))


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from(["2023-02-15", "2023-02-28"])), max_size=8))
def test_keys_of_few_rows_are_compared_as_those_of_many(keys):
    frame = pd.DataFrame([(*key, "5") for key in keys], columns=["symbol", "settlement_date", "public_float"])
    with mock.patch("shortside.schema.FEW_ROWS", -1):
        among_many = outcome(lambda: FLOAT.conform(frame, "w"))
    assert_read_alike(outcome(lambda: FLOAT.conform(frame, "w")), among_many)
    assert isinstance(among_many, str) == (len(set(keys)) < len(keys))


@pytest.mark.parametrize("few_rows", [-1, 1_000])
def test_rows_of_a_table_without_a_key_may_be_alike(few_rows):
    keyless = FrameSchema(FLOAT.dataset, FLOAT.columns, key=())
    frame = pd.DataFrame({"symbol": ["A", "A"], "settlement_date": ["2023-02-15"] * 2, "public_float": ["5", "5"]})
    with mock.patch("shortside.schema.FEW_ROWS", few_rows):
        assert len(keyless.conform(frame, "w")) == 2
    assert "A 2023-02-15 is already in" in outcome(lambda: FLOAT.conform(frame, "w"))


@given(st.lists(st.floats(-10, 10) | st.just(float("nan")), min_size=1, max_size=30))
def test_the_first_fault_is_the_first_value_below_the_minimum(values):
    closes = np.array(values)
    fault = PRICES.column("close").first_fault(closes)
    below = [row for row, value in enumerate(values) if value < 0]
    assert (fault[0] if fault else None) == (below[0] if below else None)
