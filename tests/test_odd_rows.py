"""One row that cannot be read takes no other with it, whoever sent the table; many of them refuse it."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from benchmarks._seeds import DAY, DIRECTORY, FAILS, HOLDINGS, LOANS, SEEDS, SETTLED, SHORT_INTEREST_FILE, Seed
from providers.errors import MalformedError
from shortside.datasets import Dataset
from shortside.sessions import NEW_YORK
from shortside.snapshot import LEFT_OUT_ATTRIBUTE, Snapshot

GOOD = 5
BODIES = {seed.parser.removeprefix("providers."): seed for seed in SEEDS}
VOLUME = "Date|Symbol|ShortVolume|ShortExemptVolume|TotalVolume|Market"


def text_with(whole: str, good: str, odd: str, end: str, *, odds: int = 1) -> bytes:
    """A table of text: its head, good rows `{n}`, so many odd ones between them, and its end with `{rows}`."""
    rows = [good.replace("{n}", f"{at}") for at in range(GOOD)]
    rows[1:1] = [odd.replace("{n}", f"{at + 50}") for at in range(odds)]
    return "\n".join([whole, *rows, end.replace("{rows}", str(len(rows)))]).encode()


def named(row, field, name):
    return {**row, field: name}


def json_with(seed: Seed, path: tuple, field: str, spoil, *, odds: int = 1) -> bytes:
    """The seed's JSON with its first row five times under other names, and so many spoilt ones between them."""
    whole = json.loads(seed.body)
    holder = whole
    for step in path[:-1]:
        holder = holder[step]
    row = (holder[path[-1]] if path else whole)[0]
    rows = [named(row, field, f"G{letter}" if isinstance(row[field], str) else at + 1) for at, letter in
            zip(range(GOOD), "ABCDE", strict=True)]  # fmt: skip
    rows[1:1] = [spoil(named(row, field, f"O{letter}" if isinstance(row[field], str) else at + 90))
                 for at, letter in zip(range(odds), "ABCDEFGH", strict=False)]  # fmt: skip
    if not path:
        return json.dumps(rows).encode()
    holder[path[-1]] = rows
    for count in ("resultsCount", "pts"):
        if count in whole:
            whole[count] = len(rows)
    return json.dumps(whole).encode()


def without(name):
    return lambda row: {key: value for key, value in row.items() if key != name}


def having(**values):
    return lambda row: {**row, **values}


def nothing(_row):
    return None


CNMS = (VOLUME, "20230906|G{n}|5|0|9|Q", "{rows}")
SHRT = (
    SHORT_INTEREST_FILE.split("\n")[0],
    "20230831|G{n}|Good Inc|A|NYSE|1000|900||500|2||11.1|100|2023-08-31",
    "20230831|Z|Last Inc|A|NYSE|1000|900||500|2||11.1|100|2023-08-31",
)
SHORT = "20230831|O{n}|Odd Inc|A|NYSE|%s|900||500|2||11.1|100|%s"
LENT = ("\n".join(LOANS.split("\n")[:2]), "G{n}|USD|GOOD INC|1|US1|5.1|0.25|300|BBG|", "#EOF|{rows}")
LISTED = (DIRECTORY.split("\n")[0], "Y|G{n}|Good|Q|Q|N|100|N|N||G{n}|N", DIRECTORY.split("\n")[3])
FAILED = (FAILS.split("\r\n")[0], "20230801|0|G{n}|40|GOOD|1.00",
          "Trailer record count {rows}\nTrailer total quantity of shares 90")  # fmt: skip
THRESHOLD = (
    "Symbol|Security Name|Market Category|Reg SHO Threshold Flag|Rule 4320", "G{n}|Good|Q|Y|N", "20230906230007"
)  # fmt: skip

TEXTS = [
    ("finra.short_volume.parse_session", CNMS, "20230906|O{n}|x|0|9|Q"),
    ("finra.short_volume.parse_session", CNMS, "20230906|O{n}|-5|0|9|Q"),
    ("finra.short_volume.parse_session", CNMS, "20230906|O{n}|1e400|0|9|Q"),
    ("finra.short_volume.parse_session", CNMS, "20230906|O{n}|5"),
    ("finra.short_volume.parse_session", CNMS, "20230905|O{n}|5|0|9|Q"),
    ("finra.short_volume.parse_session", CNMS, "20230906||5|0|9|Q"),
    ("finra.short_interest.parse_cycle", SHRT, SHORT % ("9" * 30, SETTLED)),
    ("finra.short_interest.parse_cycle", SHRT, SHORT % ("", SETTLED)),
    ("finra.short_interest.parse_cycle", SHRT, SHORT % ("5", "9999-99-99")),
    ("finra.short_interest.parse_cycle", SHRT, "20230831|O{n}|Odd Inc"),
    ("ibkr.list_file.parse_borrow_list", LENT, "O{n}|USD|ODD INC|1|US1|5.1|free|300|BBG|"),
    ("ibkr.list_file.parse_borrow_list", LENT, "O{n}|USD|ODD INC|1|US1|5.1|0.25|-3|BBG|"),
    ("ibkr.list_file.parse_borrow_list", LENT, "O{n}|USD"),
    ("nasdaq.directory.parse_directory", LISTED, "Y|O{n}|Odd"),
    ("nasdaq.directory.parse_directory", LISTED, "Y||Odd|Q|Q|N|100|N|N||O{n}|N"),
    ("sec.fails.parse_fails", FAILED, "20230801|0|O{n}|x|ODD|1.00"),
    ("sec.fails.parse_fails", FAILED, "20239901|0|O{n}|40|ODD|1.00"),
    ("sec.fails.parse_fails", FAILED, "20230801|0|O{n}"),
    ("thresholds.common.parse_list", THRESHOLD, "O{n}|Odd"),
    ("thresholds.common.parse_list", THRESHOLD, "|Odd|Q|Y|N"),
]
RESULTS = ("results",)
RECORDS = [
    ("alpaca.parse_assets", (), "symbol", having(tradable="yes")),
    ("alpaca.parse_assets", (), "symbol", nothing),
    ("alpaca.parse_bars", ("bars", "AAA"), "v", having(t="yesterday")),
    ("alpaca.parse_bars", ("bars", "AAA"), "v", nothing),
    ("finra.short_interest.parse_api_records", (), "symbolCode", having(currentShortPositionQuantity=10**30)),
    ("finra.short_interest.parse_api_records", (), "symbolCode", having(settlementDate="2023-08-99")),
    ("finra.short_interest.parse_api_records", (), "symbolCode", without("averageDailyVolumeQuantity")),
    ("finra.short_volume_api.parse_facility_records", (), "securitiesInformationProcessorSymbolIdentifier",
     having(shortParQuantity=[])),
    ("thresholds.finra.parse_threshold_records", (), "issueSymbolIdentifier", having(tradeDate="2023-09-05")),
    ("massive.answers.parse_grouped", RESULTS, "T", having(c="\ud800")),
    ("massive.answers.parse_grouped", RESULTS, "T", having(t="inf")),
    ("massive.answers.parse_grouped", RESULTS, "T", having(c=10**400)),
    ("massive.answers.parse_grouped", RESULTS, "T", nothing),
    ("massive.answers.parse_last_prices", ("tickers",), "ticker", having(day=[])),
    ("massive.answers.parse_last_prices", ("tickers",), "ticker", having(lastTrade={"p": {"a": 1}})),
    ("massive.answers.parse_splits", RESULTS, "ticker", having(split_to=0)),
    ("massive.answers.parse_splits", RESULTS, "ticker", having(execution_date=5)),
    ("massive.answers.parse_short_interest", RESULTS, "ticker", having(short_interest="many")),
    ("massive.answers.parse_short_volume", RESULTS, "ticker", having(total_volume=-1)),
    ("nasdaq.splits.parse_splits", ("data", "rows"), "symbol", nothing),
    ("sec.share_counts.parse_frame", ("data",), "cik", without("end")),
    ("sec.share_counts.parse_frame", ("data",), "cik", having(end=2**31)),
    ("sec.share_counts.parse_frame", ("data",), "cik", having(cik=[])),
    ("sec.share_counts.parse_frame", ("data",), "cik", lambda row: {**row, "cik": row["cik"] * 10**40}),
]  # fmt: skip


def table_of(read) -> pd.DataFrame:
    """The table among what a parser gives back."""
    parts = read if isinstance(read, tuple) else (read, getattr(read, "rows", None), getattr(read, "members", None))
    return next(part for part in parts if isinstance(part, pd.DataFrame))


@pytest.mark.parametrize(("parser", "table", "odd"), TEXTS)
def test_a_line_that_cannot_be_read_is_left_out_and_said(parser, table, odd):
    read = table_of(BODIES[parser].reads(text_with(table[0], table[1], odd, table[2])))
    assert [symbol for symbol in read["symbol"] if symbol.startswith("G")] == [f"G{at}" for at in range(GOOD)]
    assert not any(symbol.startswith("O") for symbol in read["symbol"])
    assert read.attrs[LEFT_OUT_ATTRIBUTE][0].startswith("1 of ")
    assert "cannot be read" in read.attrs[LEFT_OUT_ATTRIBUTE][0]


@pytest.mark.parametrize(("parser", "table", "odd"), TEXTS)
def test_a_text_of_which_half_cannot_be_read_is_refused(parser, table, odd):
    with pytest.raises(MalformedError):
        BODIES[parser].reads(text_with(table[0], table[1], odd, table[2], odds=GOOD))


@pytest.mark.parametrize(("parser", "path", "field", "spoil"), RECORDS)
def test_a_record_that_cannot_be_read_is_left_out_and_said(parser, path, field, spoil):
    read = table_of(BODIES[parser].reads(json_with(BODIES[parser], path, field, spoil)))
    assert len(read) == GOOD
    assert read.attrs[LEFT_OUT_ATTRIBUTE][0].startswith("1 of ")


@pytest.mark.parametrize(("parser", "path", "field", "spoil"), RECORDS)
def test_records_of_which_half_cannot_be_read_are_refused(parser, path, field, spoil):
    with pytest.raises(MalformedError):
        BODIES[parser].reads(json_with(BODIES[parser], path, field, spoil, odds=GOOD))


def test_a_file_that_ends_in_half_a_line_was_cut_off_and_is_no_table_with_an_odd_row():
    head, good, end = SHRT
    body = text_with(head, good, good.replace("G", "H"), end)
    for cut in (5, 40):
        with pytest.raises(MalformedError):
            BODIES["finra.short_interest.parse_cycle"].reads(body[: len(body) - cut])


def test_what_was_left_out_is_a_note_of_the_snapshot():
    head, good, end = CNMS
    frame = table_of(BODIES["finra.short_volume.parse_session"].reads(text_with(head, good, "20230906|O|x|0|9|Q", end)))
    moment = pd.Timestamp("2023-09-06 23:00", tz=NEW_YORK).to_pydatetime()
    snapshot = Snapshot(
        dataset=Dataset.SHORT_VOLUME, frame=frame, as_of=DAY, fetched_at=moment, source="x", notes=("a",)
    )
    assert snapshot.notes[0] == "a"
    assert "1 of 6 rows cannot be read and are left out" in snapshot.notes[1]
    assert "'x' is not a number" in snapshot.notes[1]


def test_a_holding_whose_price_is_no_number_leaves_the_others():
    row = '"CCC","GAMMA","Tech","Equity","1.00","0.00","1.00","many","x","US","NYSE"\r\n'
    read = BODIES["ishares.parse_holdings"].reads(HOLDINGS.replace('"BBB"', row + '"BBB"').encode())
    assert {"AAA", "BBB"} <= set(table_of(read)["symbol"])
