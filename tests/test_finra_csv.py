"""FINRA's own files are read as they are: odd tickers, odd names and odd flags included."""

from datetime import date

import pytest
from market_data import SETTLEMENTS, finra_file, short_interest

from providers.errors import MalformedError
from providers.finra.short_interest_file import parse_short_interest_file

DAY = SETTLEMENTS[1]
NAME = f"shrt{DAY:%Y%m%d}.csv"


def reports():
    rows = short_interest()
    return rows[rows["settlement_date"] == DAY].reset_index(drop=True)


def body():
    return finra_file(reports())


def spoilt(line, cell, value):
    """The file with one cell of one line (both counted from 1) of another value."""
    lines = body().decode("latin-1").split("\n")
    cells = lines[line - 1].split("|")
    cells[cell - 1] = value
    lines[line - 1] = "|".join(cells)
    return "\n".join(lines).encode("latin-1")


def test_every_row_arrives_in_the_files_order():
    rows = parse_short_interest_file(body(), NAME, settlement_date=DAY)
    assert rows["symbol"].tolist() == reports()["symbol"].tolist()
    assert rows["short_interest"].tolist() == reports()["short_interest"].tolist()
    assert rows["settlement_date"].dt.date.unique().tolist() == [DAY]


def test_na_and_true_are_tickers():
    symbols = parse_short_interest_file(body(), NAME)["symbol"].tolist()
    assert "NA" in symbols
    assert "TRUE" in symbols


def test_a_quotation_mark_in_a_name_swallows_nothing():
    rows = parse_short_interest_file(spoilt(3, 3, 'The "Best Company'), NAME)
    assert rows["issue_name"][1] == 'The "Best Company'
    assert len(rows) == len(reports())


def test_latin_letters_survive():
    assert parse_short_interest_file(spoilt(3, 3, "Société Générale"), NAME)["issue_name"][1] == "Société Générale"


@pytest.mark.parametrize("flag", ["R", "Y"])
def test_a_revision_is_flagged_by_either_letter(flag):
    assert parse_short_interest_file(spoilt(2, 11, flag), NAME)["revision_flag"].tolist()[:2] == [True, False]


def test_windows_line_ends_and_blank_lines_at_the_end_do_no_harm():
    crlf = body().replace(b"\n", b"\r\n") + b"\r\n\r\n"
    assert parse_short_interest_file(crlf, NAME).equals(parse_short_interest_file(body(), NAME))


@pytest.mark.parametrize(
    ("line", "cell", "value", "reason"),
    [
        (4, 6, "many", "line 4, column currentShortPositionQuantity: 'many' is not a number"),
        (4, 6, "", "line 4, column currentShortPositionQuantity: is missing"),
        (5, 6, "-17", "line 5, column currentShortPositionQuantity: -17 is negative"),
        (5, 2, "", "line 5, column symbolCode: is missing"),
        (5, 14, "2023-01-12", "line 5, column settlementDate: 2023-01-12 is not a settlement date; the nearest is"),
        (6, 14, "2023-02-15", f"line 6, column settlementDate: 2023-02-15 is not the {DAY} of the file's name"),
        (4, 2, "AAPL", "line 4, column symbol+settlement_date: AAPL 2023-01-13 is already in line 2"),
        (4, 3, "A|B", "line 4: has 15 cells separated by | instead of 14"),
    ],
)
def test_a_bad_cell_is_named_with_file_line_and_column(line, cell, value, reason):
    with pytest.raises(MalformedError) as caught:
        parse_short_interest_file(spoilt(line, cell, value), NAME, settlement_date=DAY)
    assert str(caught.value).startswith(f"{NAME}, {reason}")


def test_a_file_cut_off_in_a_line_is_not_taken_for_a_whole_one():
    lines = len(body().rstrip().split(b"\n"))
    with pytest.raises(MalformedError, match=f"line {lines}: has 8 cells"):
        parse_short_interest_file(b"|".join(body().rstrip().split(b"|")[:-6]), NAME)


@pytest.mark.parametrize("other", [b"", b"<html><body>Access Denied</body></html>", b"symbol,short\nA,1\n"])
def test_another_kind_of_file_is_refused(other):
    with pytest.raises(MalformedError, match=NAME):
        parse_short_interest_file(other, NAME)


def test_a_missing_column_is_named():
    with pytest.raises(MalformedError, match="column marketClassCode: there is no such column"):
        parse_short_interest_file(body().replace(b"marketClassCode", b"class"), NAME)


@pytest.mark.shared
def test_the_reference_files_say_what_the_reference_table_says(market_directory):
    import gzip

    import pandas as pd

    path = market_directory / "raw" / "shrt20230815.csv.gz"
    rows = parse_short_interest_file(gzip.decompress(path.read_bytes()), path.name, settlement_date=date(2023, 8, 15))
    table = pd.read_parquet(
        market_directory / "short_interest.parquet", filters=[("settlement_date", "==", date(2023, 8, 15))]
    )
    columns = ["symbol", "short_interest", "prev_short_interest", "avg_daily_volume"]
    ours, theirs = (frame[columns].sort_values("symbol", ignore_index=True) for frame in (rows, table))
    assert len(ours) == 19_367
    assert ours["symbol"].tolist() == theirs["symbol"].tolist()
    assert (ours[columns[1:]].to_numpy() == theirs[columns[1:]].to_numpy()).all()
