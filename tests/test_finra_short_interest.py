"""FINRA's short interest comes in whole or not at all."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from finra_examples import Api, record, short_interest_file
from provider_examples import DENIED, PAGE, Script, clients_of
from virtual_time import run

from providers.catalog import FINRA_SHORT_INTEREST
from providers.errors import BlockedError, MalformedError, NoDataError, PendingError, RefusedError
from providers.finra.query_api import MOST_PAGES, parse_page, parse_partitions
from providers.finra.short_interest import (
    FinraShortInterest,
    parse_api_records,
    parse_cycle,
    revisions,
    settlement_dates,
)
from providers.http.receipts import Receipts
from shortside.datasets import Dataset
from shortside.schema import SHORT_INTEREST
from shortside.settlement import NotASettlementDateError

DAY = date(2023, 8, 15)
FILE = short_interest_file(DAY, 40)


def fetch_cycle(handler, day=DAY, *, fewest_rows=20, anew=False, **options):
    async def story():
        async with clients_of(handler, **options) as clients:
            return await FinraShortInterest(clients, fewest_rows=fewest_rows).fetch_cycle(day, anew=anew)

    return run(story())


def fetch_history(handler, symbols=("AAPL",), **options):
    async def story():
        async with clients_of(handler) as clients:
            return await FinraShortInterest(clients).fetch_history(symbols, **options)

    return run(story())


def test_one_file_is_the_market_of_a_settlement_date():
    script = Script(httpx.Response(200, content=FILE))
    snapshot = fetch_cycle(script).snapshot
    assert str(script.requests[0].url) == "https://cdn.finra.org/equity/otcmarket/biweekly/shrt20230815.csv"
    assert (snapshot.dataset, snapshot.as_of, snapshot.rows) == (Dataset.SHORT_INTEREST, DAY, 40)
    assert snapshot.published_at == datetime(2023, 8, 24, 20, 40, tzinfo=UTC)
    assert (snapshot.source, snapshot.attribution) == (FINRA_SHORT_INTEREST.name, "Source: FINRA")
    assert list(snapshot.frame.columns) == [column.name for column in SHORT_INTEREST.columns]


def test_nothing_is_known_before_it_was_fetched_though_finra_is_early():
    early = datetime(2023, 8, 24, 20, 31, tzinfo=UTC)
    snapshot = fetch_cycle(Script(httpx.Response(200, content=FILE)), clock=lambda: early).snapshot
    assert snapshot.published_at == early


def test_a_denied_file_is_pending():
    with pytest.raises(PendingError, match=r"cdn\.finra\.org has not posted it yet"):
        fetch_cycle(Script(httpx.Response(403, content=DENIED)))


def test_a_day_that_settles_nothing_is_never_asked_for():
    script = Script(httpx.Response(403, content=DENIED))
    with pytest.raises(NotASettlementDateError):
        fetch_cycle(script, date(2023, 8, 16))
    assert script.requests == []


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(200, content=PAGE), BlockedError),
        (httpx.Response(200, content=b""), MalformedError),
        (httpx.Response(200, content=bytes(range(256)) * 16), MalformedError),
        (httpx.Response(200, content=FILE[: len(FILE) // 2]), MalformedError),
        (httpx.Response(200, content=FILE[: FILE.rindex(b"|20")]), MalformedError),
        (httpx.Response(200, content=short_interest_file(DAY, 10)), MalformedError),
        (httpx.Response(200, content=short_interest_file(date(2023, 7, 31), 40)), MalformedError),
        (httpx.Response(200, content=FILE.replace(b"|NYSE|", b"|OTC|")), MalformedError),
        (httpx.Response(200, content=FILE + FILE.splitlines()[1] + b"\n"), MalformedError),
    ],
    ids=["html", "empty", "garbage", "half", "last-cell", "few-rows", "other-day", "otc-only", "twice"],
)
def test_a_bad_file_is_never_taken_for_a_good_one(answer, error):
    with pytest.raises(error):
        fetch_cycle(Script(answer))


def test_a_file_cut_at_a_line_s_end_is_too_short():
    lines = FILE.splitlines(keepends=True)
    with pytest.raises(MalformedError, match="has 15 rows, and the market at least 20"):
        parse_cycle(b"".join(lines[:16]), "shrt20230815.csv", DAY, 20)


@pytest.mark.parametrize("body", [b"|" * 1_400_000, b"A" * 20_000 + b"\nB"])
def test_a_file_without_a_header_is_not_split_into_a_million_columns(body):
    with pytest.raises(MalformedError, match="has no header"):
        parse_cycle(body, "shrt20230815.csv", DAY, 20)


def test_na_is_a_company():
    reports = parse_cycle(short_interest_file(DAY, 30, "NA"), "shrt20230815.csv", DAY, 20)
    assert reports["symbol"].iloc[0] == "NA"


def test_a_file_is_looked_at_once_more_a_day_after_publication_and_never_again():
    validators = Receipts()
    script = Script(httpx.Response(200, content=FILE, headers={"ETag": '"1"'}), httpx.Response(304))
    published_at = datetime(2023, 8, 24, 20, 40, tzinfo=UTC)
    found = []
    for age in (timedelta(minutes=5), timedelta(days=1), timedelta(days=2), timedelta(days=30)):
        moment = published_at + age
        fetched = fetch_cycle(script, clock=lambda at=moment: at, validators=validators)
        found.append(fetched.snapshot is not None)
        validators.keep(fetched.receipts)
    assert found == [True, False, False, False]
    assert len(script.requests) == 2
    assert script.requests[1].headers["if-none-match"] == '"1"'
    assert fetch_cycle(Script(httpx.Response(200, content=FILE)), validators=validators, anew=True).snapshot is not None


def test_before_there_were_files_the_api_s_pages_are_put_together():
    day = "2019-08-15"
    classes = ("NYSE", "NNM", "SC", "AMEX")
    rows = [record(f"S{number:03d}", day, number, 0, marketClassCode=classes[number % 4]) for number in range(25)]
    api = Api(rows, page=10)
    snapshot = fetch_cycle(api, date(2019, 8, 15)).snapshot
    assert snapshot.rows == 25
    assert [question["offset"] for question in api.questions] == [0, 10, 20]
    assert api.questions[0]["sortFields"] == ["symbolCode"]
    assert api.questions[0]["compareFilters"][0]["fieldValue"] == day


# ---- history --------------------------------------------------------------------------------------------------------

CYCLES = ["2023-05-15", "2023-05-31", "2023-06-15", "2023-06-30", "2023-07-14"]


def test_a_short_page_does_not_end_the_history():
    # 3 MB end a page before its 5,000 rows do.
    rows = [record(symbol, day, 10, 9) for day in CYCLES for symbol in ("NA", "BRKB")]
    api = Api(rows, page=3)
    frame = fetch_history(api, ("BRKB", "NA")).snapshot.frame
    assert len(frame) == len(rows)
    assert [question["offset"] for question in api.questions] == [0, 3, 6, 9]
    assert frame["symbol"].tolist() == ["BRKB"] * 5 + ["NA"] * 5
    assert frame["settlement_date"].is_monotonic_increasing is False
    assert frame[frame["symbol"] == "NA"]["settlement_date"].is_monotonic_increasing


def test_the_question_names_symbols_fields_and_days():
    api = Api([record("BRKB", CYCLES[0], 1, 1)], page=10)
    fetch_history(api, ("BRKB", "AAPL"), since=date(2023, 1, 1), until=date(2023, 8, 31))
    (question,) = api.questions
    assert question["domainFilters"] == [{"fieldName": "symbolCode", "values": ["AAPL", "BRKB"]}]
    assert question["dateRangeFilters"] == [
        {"fieldName": "settlementDate", "startDate": "2023-01-01", "endDate": "2023-08-31"}
    ]
    assert "sortFields" not in question  # FINRA refuses to sort across partitions
    assert question["limit"] == 5000


@pytest.mark.parametrize("total", [3, 5, 4000])
def test_rows_that_do_not_add_up_are_refused(total):
    rows = [record("AAPL", day, 10, 9) for day in CYCLES[:4]]
    with pytest.raises(MalformedError, match=f"{total:,}"):
        fetch_history(Api(rows, page=10, total=total))


def test_a_total_that_changes_between_pages_is_refused():
    rows = [record("AAPL", day, 10, 9) for day in CYCLES]
    totals = iter(["5", "6"])

    def answer(request):
        start = json.loads(request.content)["offset"]
        return httpx.Response(200, json=rows[start : start + 2], headers={"Record-Total": next(totals)})

    with pytest.raises(MalformedError, match="changed while we read it: 5 rows became 6"):
        fetch_history(answer)


def test_an_answer_without_a_total_is_refused():
    with pytest.raises(MalformedError, match="Record-Total"):
        fetch_history(Script(httpx.Response(200, json=[record("AAPL", CYCLES[0], 1, 1)])))


def test_pages_that_never_end_are_left():
    api = Api([record(f"S{number}", CYCLES[0], 1, 1) for number in range(500)], page=1)
    with pytest.raises(MalformedError, match=f"{MOST_PAGES} pages"):
        fetch_history(api)
    assert len(api.questions) == MOST_PAGES


def test_an_unknown_symbol_has_no_history():
    with pytest.raises(NoDataError):
        fetch_history(Script(httpx.Response(204)), ("NOSUCH",))


def test_a_refused_sort_says_why():
    body = {"statusCode": 400, "statusDescription": "Bad Request", "message": "Sorting is allowed only if …"}
    script = Script(httpx.Response(400, json=body))
    with pytest.raises(RefusedError, match="Sorting is allowed only if"):
        fetch_history(script)
    assert len(script.requests) == 1


@pytest.mark.parametrize("count", [0, 51])
def test_too_many_symbols_are_a_mistake_of_ours(count):
    with pytest.raises(ValueError, match=f"{count} symbols at once"):
        fetch_history(Script(httpx.Response(204)), tuple(f"S{number}" for number in range(count)))


def test_numbers_may_come_as_strings():
    frame = parse_api_records([record("AAPL", CYCLES[0], 10, 9, currentShortPositionQuantity="123")], "api")
    assert frame["short_interest"].tolist() == [123]


@pytest.mark.parametrize(
    "bad", [{"currentShortPositionQuantity": None}, {"settlementDate": "2023-05-16"}, {"symbolCode": ""}]
)
def test_a_row_without_sense_is_named(bad):
    with pytest.raises(MalformedError, match="row 1"):
        parse_api_records([record("AAPL", CYCLES[0], 10, 9, **bad)], "api")


def test_a_garbled_page_is_refused():
    with pytest.raises(MalformedError, match="garbled or cut off"):
        parse_page(b'[{"symbolCode": "AA', "api")
    with pytest.raises(MalformedError, match="where rows belong"):
        parse_page(b'{"symbolCode": "AA"}', "api")


def test_a_revision_is_the_next_cycle_s_previous_figure():
    history = parse_api_records(
        [
            record("AAPL", "2023-05-15", 109_878_751, 1),
            record("AAPL", "2023-05-31", 110_000_000, 109_883_384, revisionFlag="R"),
            record("AAPL", "2023-06-15", 50, 40, revisionFlag="Y", stockSplitFlag="S"),
            record("BRKB", "2023-05-31", 7, 6, revisionFlag="R"),
        ],
        "api",
    )
    (row,) = revisions(history).to_dict("records")
    assert (row["symbol"], row["first_published"], row["revised"]) == ("AAPL", 109_878_751, 109_883_384)
    assert (f"{row['settlement_date']:%Y-%m-%d}", f"{row['revised_on']:%Y-%m-%d}") == ("2023-05-15", "2023-05-31")


# ---- partitions -----------------------------------------------------------------------------------------------------


def partitions_body(*days: str) -> dict:
    return {"partitionFields": ["settlementDate"], "availablePartitions": [{"partitions": [day]} for day in days]}


def test_partitions_are_the_published_days_newest_first():
    async def story():
        script = Script(
            httpx.Response(200, json=partitions_body("2023-07-31", "2023-08-15", "2023-07-14", "2023-08-15"))
        )
        days = await FinraShortInterest(clients_of(script)).fetch_partitions()
        return days, script.requests[0].url.path

    days, path = run(story())
    assert days == (date(2023, 8, 15), date(2023, 7, 31), date(2023, 7, 14))
    assert path == "/partitions/group/otcMarket/name/consolidatedShortInterest"


@pytest.mark.parametrize(
    "record",
    [
        {},
        [],
        partitions_body(),
        {"partitionFields": ["tradeDate"], "availablePartitions": [{"partitions": ["2023-08-15"]}]},
        {"partitionFields": ["settlementDate"], "availablePartitions": [{"partitions": []}]},
        {"partitionFields": ["settlementDate"], "availablePartitions": None},
    ],
)
def test_a_list_without_partitions_is_refused(record):
    with pytest.raises(MalformedError):
        parse_partitions(json.dumps(record).encode(), "partitions", "settlementDate")


def test_a_partition_that_is_no_day_is_refused():
    with pytest.raises(MalformedError, match="2023-13-01"):
        settlement_dates(["2023-08-15", "2023-13-01"])


# ---- recorded bodies ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "day", "revised"),
    [("shrt20230831_head.csv", date(2023, 8, 31), 0), ("shrt20241231_head.csv", date(2024, 12, 31), 1)],
)
def test_recorded_files_are_read(shared: Path, name, day, revised):
    reports = parse_cycle((shared / "payloads" / "finra" / name).read_bytes(), name, day, 0)
    assert len(reports) == 4
    assert reports["revision_flag"].sum() == revised


def test_the_recorded_history_is_read(shared: Path):
    body = (shared / "payloads" / "finra" / "consolidatedShortInterest_AAPL_BRKB_subset.json").read_bytes()
    history = parse_api_records(parse_page(body, "recorded"), "recorded")
    assert len(history) == 25
    assert set(history["symbol"]) == {"AAPL", "BRKB"}


def test_the_recorded_refusal_is_read(shared: Path):
    body = (shared / "payloads" / "finra" / "error_400_sort.json").read_bytes()
    with pytest.raises(RefusedError, match="Partition keys missing"):
        fetch_history(Script(httpx.Response(400, content=body)))


def test_the_recorded_partitions_are_read(shared: Path):
    body = (shared / "payloads" / "finra" / "partitions_consolidatedShortInterest_shape.json").read_bytes()
    assert parse_partitions(body, "recorded", "settlementDate") == ["2026-07-31", "2026-07-15"]
