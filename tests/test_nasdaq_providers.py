"""Nasdaq's screener, splits calendar and directory are read whole, and never taken for another day."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from provider_examples import PAGE, Script, clients_of
from virtual_time import run

from providers.errors import BlockedError, MalformedError, NoDataError, UnreachableError
from providers.http.receipts import Receipts
from providers.nasdaq.directory import NasdaqDirectory, parse_directory
from providers.nasdaq.envelope import day_of
from providers.nasdaq.screener import (
    DatedCloses,
    NasdaqScreener,
    parse_dated,
    parse_screener,
    printed_numbers,
)
from providers.nasdaq.splits import NasdaqSplits, parse_splits, price_factor
from shortside.datasets import Dataset, Quality

DAY = date(2023, 9, 7)


def envelope(data: Any, code: int = 200, message: str | None = None) -> bytes:
    codes = [{"code": 1001, "errorMessage": message}] if message else None
    return json.dumps({"data": data, "message": None, "status": {"rCode": code, "bCodeMessage": codes}}).encode()


def row(symbol: str, price: str, change: str, **others: str) -> dict[str, str]:
    texts = {"name": f"{symbol} Inc.", "volume": "1000", "marketCap": "5000000.00", "country": "United States"}
    texts |= {"sector": "Technology", "industry": "Software", "pctchange": "1%"}
    return {"symbol": symbol, "lastsale": price, "netchange": change, **texts, **others}


LARGE = [row(f"L{number}", f"${100 + number}.504", "1.001") for number in range(10)]
ROWS = [
    *LARGE,
    row("NA", "$1,234.50", "-2.5", marketCap="1,234,500,000"),
    row("BRK/A", "$765,020.00", "0.00", volume="0", marketCap="1125000000000"),
    row("ABR^D", "$20.00", "0.10", marketCap="0.00", sector=""),
    row("NEW", "", "NA", marketCap="NA", volume=""),
]
WHOLE = envelope({"asOf": None, "rows": ROWS})


def short_form(rows=LARGE, asof: str | None = "Last price as of Sep 7, 2023") -> bytes:
    cents = [{**one, "lastsale": f"${float(one['lastsale'][1:]):,.2f}"} for one in rows]
    return envelope({"table": {"rows": cents}, "totalrecords": len(rows), "asof": asof})


DATED = parse_dated(short_form(), "short form")


def screener(whole: bytes = WHOLE, short: bytes | None = None):
    def answer(request):
        return httpx.Response(200, content=whole if "download" in request.url.params else short or short_form())

    return answer


def fetch_screener(handler, **options):
    async def story():
        async with clients_of(handler, **options) as clients:
            return await NasdaqScreener(clients, fewest_rows=10).fetch()

    return run(story()).snapshot


def test_the_screener_is_dated_by_its_short_form():
    snapshot = fetch_screener(screener())
    assert (snapshot.dataset, snapshot.as_of, snapshot.rows) == (Dataset.PRICES, DAY, len(ROWS))


def test_before_the_bell_rings_prices_are_quotes():
    noon = datetime(2023, 9, 7, 16, tzinfo=UTC)
    assert fetch_screener(screener(), clock=lambda: noon).dataset is Dataset.QUOTES


def test_signs_blanks_and_unknowns_are_understood():
    frame = parse_screener(WHOLE, "screener", DATED, 10).set_index("symbol")
    assert frame.loc["NA", "close"] == 1234.5
    assert frame.loc["NA", "net_change"] == -2.5
    assert frame.loc["NA", "shares_out"] == 1_000_000
    assert frame.loc["BRK.A", "volume"] == 0
    assert frame.loc[["ABR^D"], "market_cap"].isna().all()
    assert frame.loc["NEW"][["close", "net_change", "volume", "market_cap", "shares_out"]].isna().all()
    assert frame.loc["ABR^D", "sector"] == ""


def test_two_forms_of_different_sessions_are_not_mixed():
    stale = [{**one, "netchange": "-3.00"} for one in LARGE]
    with pytest.raises(MalformedError, match="0 of 10 large companies"):
        fetch_screener(screener(short=short_form(stale)))


def test_prices_that_move_between_the_two_requests_are_of_one_session():
    moved = [{**one, "lastsale": f"${float(one['lastsale'][1:]) + 2:.3f}", "netchange": "3.001"} for one in LARGE]
    whole = envelope({"rows": [*moved, *ROWS[10:]]})
    assert fetch_screener(screener(whole)).frame["close"].iloc[0] == 102.504


@pytest.mark.parametrize(
    "body",
    [
        WHOLE[: len(WHOLE) // 2],
        envelope({"rows": ROWS[:9]}),
        envelope({"rows": None}),
        envelope({"rows": [1] * 20}),
        envelope(None),
        envelope({"rows": ROWS}, 500),
        b'{"data": {}}',
        b"[1]",
        envelope({"rows": [*ROWS, *[row(f"X{at}", "$1.x", "0") for at in range(4)]]}),
        envelope({"rows": [*ROWS, ROWS[10]]}),
        envelope({"rows": [*ROWS, *[row("", "$1", "0")] * 4]}),
        envelope({"rows": [*ROWS, *[row(f"X{at}", "$1", "0", volume="-5") for at in range(4)]]}),
    ],
)
def test_a_bad_screener_is_refused(body):
    with pytest.raises(MalformedError):
        parse_screener(body, "screener", DATED, 10)


def test_an_error_in_the_envelope_is_an_empty_answer():
    with pytest.raises(NoDataError, match="Symbol not exists"):
        parse_screener(envelope(None, 400, "Symbol not exists."), "screener", DATED, 10)


def test_a_page_instead_of_the_screener_is_a_wall():
    with pytest.raises(BlockedError):
        fetch_screener(Script(httpx.Response(200, content=PAGE)))


def test_a_hanging_screener_is_unreachable():
    with pytest.raises(UnreachableError, match="said nothing for 60 s"):
        fetch_screener(Script(httpx.ReadTimeout("")))


def test_nasdaq_is_asked_as_by_a_browser():
    script = Script(screener())
    fetch_screener(script)
    assert all(request.headers["user-agent"].startswith("Mozilla/5.0") for request in script.requests)
    assert script.requests[0].headers["origin"] == "https://www.nasdaq.com"


@pytest.mark.parametrize(
    "asof", [None, "Last price as of", "as of Xyz 7, 2023", "as of Sep 31, 2023", "as of Sep 4, 2023"]
)
def test_a_short_form_without_a_session_is_refused(asof):
    with pytest.raises(MalformedError):
        parse_dated(short_form(asof=asof), "short form")


@pytest.mark.parametrize("text", ["Last price as of Feb 24, 2023", "Data as of February 24, 2023"])
def test_days_are_read_in_words(text):
    assert day_of(text, "x") == date(2023, 2, 24)


def test_numbers_that_are_none_are_named_and_a_few_among_others_are_unknown():
    with pytest.raises(MalformedError, match=r"x, row 2, column c: 'abc' is not a number"):
        printed_numbers(["1", *["abc"] * 4], "x", "c")
    assert printed_numbers(["1", "abc", "3"], "x", "c").tolist() == pytest.approx([1, np.nan, 3], nan_ok=True)


def test_recorded_screener_rows_are_read(shared: Path):
    folder = shared / "payloads" / "nasdaq"
    nobody = DatedCloses(session=date(2023, 8, 31), previous_closes={})
    rows = json.loads((folder / "screener_rows_20230831.json").read_bytes())
    frame = parse_screener(envelope({"rows": rows}), "recorded", nobody, 1).set_index("symbol")
    assert frame.loc["AAPL", "close"] == 187.87
    assert frame.loc["AAPL", "shares_out"] == round(2937203165840.00 / 187.87)
    assert len(parse_screener((folder / "screener_download_rows.json").read_bytes(), "recorded", nobody, 1)) == 3
    dated = parse_dated((folder / "screener_table_rows.json").read_bytes(), "recorded")
    assert dated.session == date(2023, 2, 24)
    assert dated.previous_closes["AAPL"] == pytest.approx(149.40)


# ---- splits ---------------------------------------------------------------------------------------------------------


def split(symbol: str, ratio: str, day: str) -> dict[str, str]:
    return {"symbol": symbol, "name": symbol, "ratio": ratio, "executionDate": day}


def fetch_splits(handler, **options):
    async def story():
        async with clients_of(handler, **options) as clients:
            return await NasdaqSplits(clients).fetch(date(2023, 8, 24))

    return run(story())


@pytest.mark.parametrize(
    ("text", "factor"),
    [
        ("16 : 1", 1 / 16),
        ("1 : 20", 20),
        ("3:2", 2 / 3),
        ("1.05 : 1", 1 / 1.05),
        ("1-for-10", 10),
        ("5.000%", 1 / 1.05),
        ("0 : 1", None),
        ("N/A", None),
        ("", None),
    ],
)
def test_ratios_become_factors_of_earlier_prices(text, factor):
    assert price_factor(text) == (None if factor is None else pytest.approx(factor))


def test_splits_are_read_from_a_day_on():
    script = Script(httpx.Response(200, content=envelope({"rows": [split("AMC", "1 : 10", "8/24/2023")]})))
    snapshot = fetch_splits(script).snapshot
    assert script.requests[0].url.params["date"] == "2023-08-24"
    assert snapshot.frame[["symbol", "simple_ratio", "status"]].to_numpy()[0].tolist() == ["AMC", 10, "announced"]
    assert f"{snapshot.frame['ex_date'].iloc[0]:%Y-%m-%d}" == "2023-08-24"
    assert (snapshot.quality, snapshot.as_of) == (Quality.OK, date(2023, 9, 7))


def test_rows_that_cannot_be_used_are_told_and_the_others_kept():
    rows = [split("A", "2 : 1", "9/1/2023"), split("B", "N/A", "9/1/2023"), split("A", "3 : 1", "9/1/2023")]
    snapshot = fetch_splits(Script(httpx.Response(200, content=envelope({"rows": rows})))).snapshot
    assert snapshot.rows == 1
    assert snapshot.quality is Quality.PARTIAL
    assert len(snapshot.notes) == 2


@pytest.mark.parametrize("rows", [None, []])
def test_a_calendar_without_splits_is_empty(rows):
    with pytest.raises(NoDataError):
        parse_splits(envelope({"rows": rows}), "splits")


def test_a_calendar_of_nonsense_is_refused():
    with pytest.raises(MalformedError, match="no row can be used"):
        parse_splits(envelope({"rows": [split("A", "?", "?")]}), "splits")


# ---- directory ------------------------------------------------------------------------------------------------------

DIRECTORY_HEADER = (
    "Nasdaq Traded|Symbol|Security Name|Listing Exchange|Market Category|ETF|Round Lot Size|Test Issue|"
    "Financial Status|CQS Symbol|NASDAQ Symbol|NextShares"
)
SECURITIES = [
    "Y|BRK.B|Berkshire Hathaway Class B|N| |N|100|N||BRK.B|BRK.B|N",
    "Y|ABR$D|Arbor Realty Preferred D|N| |N|100|N||ABRpD|ABR-D|N",
    'Y|NA|Nano Labs "Ltd|Q|G|N|100|N|N||NA|N',
    "Y|SPY|SPDR S&P 500|P| |Y|100|N||SPY|SPY|N",
    "Y|ZTEST|Nasdaq Test|Q|G|N|100|Y|N||ZTEST|N",
]
TRAILER = "File Creation Time: 0907202317:01|||||"


def directory(*, header: str = DIRECTORY_HEADER, rows=SECURITIES, trailer: str = TRAILER) -> bytes:
    return ("\r\n".join([header, *rows, trailer]) + "\r\n").encode()


def test_the_directory_is_the_rosetta_table():
    securities, made_at = parse_directory(directory(), "nasdaqtraded.txt", 3)
    assert made_at == datetime(2023, 9, 7, 21, 1, tzinfo=UTC)
    rows = securities.set_index("symbol")
    assert rows.loc[["ABR^D"], ["tape_symbol", "nasdaq_symbol", "exchange"]].to_numpy().tolist() == [
        ["ABRpD", "ABR-D", "nyse"]
    ]
    assert rows.loc[["NA"], ["exchange", "market_category"]].to_numpy().tolist() == [["nasdaq", "G"]]
    assert rows.loc["SPY", "is_fund"]
    assert not rows.loc["BRK.B", "is_fund"]
    assert rows.loc["ZTEST", "is_test"]


def test_the_directory_is_read_by_its_header():
    names = DIRECTORY_HEADER.split("|")
    order = list(reversed(range(len(names))))

    def shuffled(line):
        cells = line.split("|")
        return "|".join(cells[place] for place in order)

    body = directory(header=shuffled(DIRECTORY_HEADER), rows=[shuffled(line) for line in SECURITIES])
    assert parse_directory(body, "x", 3)[0].equals(parse_directory(directory(), "x", 3)[0])


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (directory()[: len(directory()) // 2], "cut off"),
        (directory(trailer=""), "cut off"),
        (directory(trailer="File Creation Time: 9907202317:01|||||"), "is no moment"),
        (directory(rows=SECURITIES[:2]), "has 2 rows"),
        (directory(rows=[*SECURITIES, "Y|X|short"]), "line 7: does not have 12 cells"),
        (directory(rows=[*SECURITIES, SECURITIES[0]]), "is already in line 2"),
        (directory(header=DIRECTORY_HEADER.replace("CQS Symbol", "CQS")), "column CQS Symbol"),
        (b"\xfe\xff\n" * 200, "cut off"),
    ],
)
def test_a_bad_directory_is_refused(body, words):
    with pytest.raises(MalformedError, match=words):
        parse_directory(body, "nasdaqtraded.txt", 3)


def test_an_unchanged_directory_is_no_news():
    validators = Receipts()
    script = Script(httpx.Response(200, content=directory(), headers={"Last-Modified": "x"}), httpx.Response(304))

    async def fetch():
        async with clients_of(script, validators=validators) as clients:
            return await NasdaqDirectory(clients, fewest_rows=3).fetch()

    first = run(fetch())
    assert (first.snapshot.dataset, first.snapshot.as_of) == (Dataset.REFERENCE, DAY)
    validators.keep(first.receipts)
    assert run(fetch()).snapshot is None


def test_the_recorded_directory_is_read(shared: Path):
    securities, made_at = parse_directory(
        (shared / "payloads" / "nasdaq" / "nasdaqtraded_shape.txt").read_bytes(), "recorded", 1
    )
    assert securities["symbol"].tolist() == ["DSL", "VNO"]
    assert made_at == datetime(2026, 9, 26, 1, 32, tzinfo=UTC)
