"""The file of own positions: what can be read counts, and every mistake is named with its line."""

from __future__ import annotations

import os
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortside.own.positions import OwnPosition
from tui.settings.own_file import LARGEST_FILE_BYTES, NoOwnFileError, read_own_file
from tui.settings.own_rows import COLUMNS, LARGEST_PRICE, LARGEST_SHARES, rows_of_text

HEADER = "symbol,shares,price,date,account\n"
GOOD = "UPST,-12000,34.10,2023-08-02,main"
UPST = OwnPosition(symbol="UPST", shares=-12000.0, price=34.1, entry_date=date(2023, 8, 2), account="main", line=2)


def problems(text: str) -> list[str]:
    return [problem.sentence for problem in rows_of_text(text).problems]


def only(text: str) -> OwnPosition:
    """The one position of a text that has no mistake."""
    rows = rows_of_text(text)
    assert rows.problems == ()
    (position,) = rows.positions
    return position


def test_a_row_is_a_position_and_below_zero_it_is_short():
    assert only(HEADER + GOOD) == UPST


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + HEADER + GOOD,
        HEADER.upper() + GOOD,
        (HEADER + GOOD).replace("\n", "\r\n") + "\r\n",
        (HEADER + GOOD).replace("\n", "\r"),
        (HEADER + GOOD).replace(",", "\t"),
        (HEADER + GOOD).replace(",", ";"),
        HEADER + GOOD + "\n\n;;;;\n,,,,\n  \n",
        HEADER + "UPST,(12000),$34.10,2023-08-02,main",
        HEADER + "UPST,\u221212000,34.10,2023-08-02,main",
        HEADER + ' "UPST" , "-12,000" , 34.1 , 2023-08-02 , "main" ',
        'symbol;shares;price;date;account\nUPST;-12000;34,10;2023-08-02;main',
        "symbol\tshares\tprice\tdate\taccount\nUPST\t-12,000\t34.10\t2023-08-02\tmain",
    ],
)  # fmt: skip
def test_a_position_is_the_same_however_a_spreadsheet_saves_it(text):
    assert only(text) == UPST


def test_a_line_of_excel_and_comments_are_no_rows_and_keep_their_lines():
    rows = rows_of_text("sep=;\n# mine\nsymbol;shares;price;date\nUPST;-5;34,5;2023-08-02\n")
    assert [(one.line, one.shares, one.price) for one in rows.positions] == [(4, -5.0, 34.5)]
    assert rows.problems == ()


def test_columns_stand_in_any_order_and_the_account_may_be_left_out():
    assert only("date,price,shares,symbol\n2023-08-02,34.1,-12000,UPST").account == ""


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("GME,-10x,3,2023-08-24,", "shares '-10x' is no number"),
        ("GME,nan,3,2023-08-24,", "shares 'nan' is no number"),
        ("GME,1_000,3,2023-08-24,", "shares '1_000' is no number"),
        ("GME,-1e5,3,2023-08-24,", "shares '-1e5' is no number"),
        ("GME,0,3,2023-08-24,", "shares '0': a position has some, below zero when it is short"),
        ("GME,9999999999999,3,2023-08-24,", "shares '9999999999999': a position has some, below zero when it is short"),
        ("GME,-10,0,2023-08-24,", "price '0': must be dollars a share, above zero"),
        ("GME,-10,-3,2023-08-24,", "price '-3': must be dollars a share, above zero"),
        ("GME,-10,,2023-08-24,", "price is empty"),
        ("GME,-10,3", "date is empty"),
        (",-10,3,2023-08-24,", "symbol is empty"),
        ("...,-10,3,2023-08-24,", "symbol '...' is none"),
        ("GME,-10,3,24/08/2023,", "date '24/08/2023' is no day written YYYY-MM-DD"),
        ("GME,-10,3,2023-02-30,", "date '2023-02-30' is no day written YYYY-MM-DD"),
        ("GME,-10,3,20230824,", "date '20230824' is no day written YYYY-MM-DD"),
        ("GME,=B1*2,3,2023-08-24,", "shares '=B1*2' is a formula: the file must hold its value"),
        ("@SUM(A1),-10,3,2023-08-24,", "symbol '@SUM(A1)' is a formula: the file must hold its value"),
        ('GME,"-12,00",3,2023-08-24,', "shares '-12,00' is no number"),
        ("GME,-12,000,3,2023-08-24,mine", "6 cells where there are 5 columns; a number with commas needs quotes"),
        ('GME,"-10,3,2023-08-24,', "a quotation mark has no end"),
        (HEADER.strip(), "it names the columns again"),
    ],
)
def test_a_bad_row_is_named_with_its_line_and_the_others_count(row, words):
    rows = rows_of_text(f"{HEADER}{GOOD}\n{row}\n{GOOD}\n")
    assert [problem.sentence for problem in rows.problems] == [f"line 3: {words}"]
    assert [position.line for position in rows.positions] == [2, 4]


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("-12.000", "shares '-12.000' can be read in two ways; write 12000 or 12.0000"),
        ("-12,000", "shares '-12,000' can be read in two ways; write 12000 or 12.0000"),
    ],
)
def test_a_number_that_means_two_things_between_semicolons_is_not_guessed(cell, words):
    assert problems(f"symbol;shares;price;date\nUPST;{cell};34,10;2023-08-02") == [f"line 2: {words}"]


@pytest.mark.parametrize(("cell", "shares"), [("-1.234.567", -1234567.0), ("-1.234,5", -1234.5), ("-12.0000", -12.0)])
def test_numbers_of_the_continent_are_read_between_semicolons(cell, shares):
    assert only(f"symbol;shares;price;date\nUPST;{cell};34,1;2023-08-02").shares == shares


def test_an_unknown_column_is_named_and_the_rows_count():
    rows = rows_of_text("symbol,shares,price,date,broker\nUPST,-12000,34.10,2023-08-02,x")
    assert [one.sentence for one in rows.problems] == [
        "line 1: there is no column 'broker', it is not read; the columns are symbol, shares, price, date, account"
    ]
    assert len(rows.positions) == 1


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (
            "symbol,share,price,date",
            ["line 1: there is no column 'share', it is not read; the nearest is shares",
             "line 1: column shares is missing: nothing is read"],
        ),
        ("symbol,shares,price,date,shares", ["line 1: column shares is there twice: nothing is read"]),
        (GOOD, ["line 1: the first line must name the columns: symbol,shares,price,date,account"]),
        ("", ["it has no rows; the first line names the columns: symbol,shares,price,date,account"]),
    ],
)  # fmt: skip
def test_without_its_columns_nothing_is_read_and_it_is_said_why(header, said):
    rows = rows_of_text(f"{header}\n{GOOD if header else ''}")
    assert [problem.sentence for problem in rows.problems] == said
    assert rows.positions == ()


def test_what_a_mistake_quotes_is_short_and_steers_no_terminal():
    (words,) = problems(f"{HEADER}GME,\x1b[2J\u202e{'9' * 500},3,2023-08-24,")
    assert len(words) < 80
    assert words.isprintable()


def test_an_account_steers_no_terminal_either():
    assert only(f"{HEADER}UPST,-1,34.1,2023-08-02,\x1b]0;mine\x07\u202e").account == "]0;mine"


texts = st.text(st.sampled_from('symbol,shares;price\tdate"\n\r-0.19=($)\ufeff\x00 2023-08-02UPST'), max_size=200)


@given(texts)
def test_no_text_is_read_into_anything_but_sound_positions_and_short_words(text):
    rows = rows_of_text(",".join(COLUMNS) + "\n" + text)
    for one in rows.positions:
        assert 0 < abs(one.shares) <= LARGEST_SHARES
        assert 0 < one.price <= LARGEST_PRICE
    for problem in rows.problems:
        assert problem.sentence.isprintable()
        assert len(problem.sentence) <= 300


@given(st.floats(-1e9, 1e9).filter(lambda shares: abs(shares) >= 0.001), st.integers(1, 10**9))
def test_a_number_is_read_as_it_was_written(shares, cents):
    position = only(f"{HEADER}UPST,{shares:.6f},{cents / 100:.2f},2023-08-02,")
    assert position.shares == float(f"{shares:.6f}")
    assert position.price == float(f"{cents / 100:.2f}")


# -- the file ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_file_is_read_in_the_encodings_of_spreadsheets(tmp_path, encoding):
    file = tmp_path / "book.csv"
    file.write_bytes((HEADER + "UPST,-12000,34.10,2023-08-02,Zürich").encode(encoding))
    (position,) = read_own_file(file).rows.positions
    assert position.account == "Zürich"


def test_a_sign_of_another_encoding_spoils_its_own_cell_alone(tmp_path):
    file = tmp_path / "book.csv"
    file.write_bytes((HEADER + "UPST,-12000,34.10,2023-08-02,Zürich").encode("latin-1"))
    (position,) = read_own_file(file).rows.positions
    assert (position.shares, position.account) == (-12000.0, "Z\ufffdrich")


def put_nothing(file):
    """There is no file."""


def put_pipe(file):
    os.mkfifo(file)


def put_folder(file):
    file.mkdir()


def put_large_file(file):
    with file.open("wb") as written:
        written.truncate(LARGEST_FILE_BYTES + 1)


def put_link_to_a_pipe(file):
    put_pipe(file.with_name("pipe"))
    file.symlink_to("pipe")


def put_link_to_a_device(file):
    file.symlink_to("/dev/zero")


@pytest.mark.parametrize(
    ("put", "words"),
    [
        (put_nothing, "there is no file of your own positions"),
        (put_pipe, "it is no ordinary file"),
        (put_folder, "Is a directory"),
        (put_large_file, "it is larger than 2,097,152 bytes"),
        (put_link_to_a_pipe, "it is no ordinary file"),
        (put_link_to_a_device, "it is no ordinary file"),
    ],
)
def test_what_is_no_file_of_positions_is_refused_in_words_and_at_once(tmp_path, put, words):
    put(tmp_path / "book.csv")
    with pytest.raises(NoOwnFileError, match=words):
        read_own_file(tmp_path / "book.csv")
