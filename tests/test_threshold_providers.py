"""The threshold lists are taken whole, of their own session, and an empty one is told from one that is not there."""

from datetime import UTC, date, datetime

import httpx
import pytest
from finra_examples import Api
from provider_examples import DENIED, PAGE, Script, clients_of
from threshold_examples import list_of, record
from virtual_time import run

from providers.catalog import CBOE_THRESHOLD, NASDAQ_THRESHOLD, NYSE_THRESHOLD
from providers.errors import BlockedError, MalformedError, PendingError, ThrottledError
from providers.http.receipts import Receipts
from providers.thresholds.cboe import CboeThreshold
from providers.thresholds.common import parse_list
from providers.thresholds.finra import FinraThreshold
from providers.thresholds.nasdaq import NasdaqThreshold
from providers.thresholds.nyse import NyseThreshold
from shortside.datasets import Dataset

DAY = date(2023, 9, 6)
EXCHANGES = (NasdaqThreshold, CboeThreshold, NyseThreshold)


def fetched(provider, handler, **options):
    async def story():
        async with clients_of(handler, **options) as clients:
            return await provider(clients).fetch(DAY)

    return run(story())


@pytest.mark.parametrize(
    ("provider", "card"),
    [(NasdaqThreshold, NASDAQ_THRESHOLD), (CboeThreshold, CBOE_THRESHOLD), (NyseThreshold, NYSE_THRESHOLD)],
)
def test_a_list_is_one_file_of_one_session(provider, card):
    script = Script(httpx.Response(200, content=list_of(DAY, "BYND", "BRK/A", "CALM-")))
    snapshot = fetched(provider, script).snapshot
    assert (snapshot.dataset, snapshot.as_of, snapshot.source) == (Dataset.THRESHOLD, DAY, card.name)
    assert snapshot.frame["symbol"].tolist() == ["BYND", "BRK.A", "CALM"]
    assert snapshot.frame["is_threshold"].tolist() == [True, True, False]
    assert snapshot.published_at == datetime(2023, 9, 7, 3, 0, 7, tzinfo=UTC)


def test_each_exchange_is_asked_at_its_own_address():
    asked = []
    for provider in EXCHANGES:
        script = Script(httpx.Response(200, content=list_of(DAY, "A")))
        fetched(provider, script)
        asked.append(str(script.requests[0].url))
    assert asked == [
        "https://www.nasdaqtrader.com/dynamic/symdir/regsho/nasdaqth20230906.txt",
        "https://cdn.cboe.com/resources/us/equities/market-statistics/reg-sho-threshold/"
        "bzx_equities_reg_sho_threshold_20230906.txt",
        "https://www.nyse.com/api/regulatory/threshold-securities/download?selectedDate=2023-09-06&market=",
    ]


def test_a_list_that_is_stored_is_never_asked_for_again():
    validators = Receipts()
    script = Script(httpx.Response(200, content=list_of(DAY, "A")))
    for _ in range(3):
        validators.keep(fetched(NasdaqThreshold, script, validators=validators).receipts)
    assert len(script.requests) == 1


@pytest.mark.parametrize("provider", [NasdaqThreshold, CboeThreshold])
def test_an_empty_list_is_a_list(provider):
    snapshot = fetched(provider, Script(httpx.Response(200, content=list_of(DAY)))).snapshot
    assert snapshot.rows == 0


def test_an_empty_list_that_nyse_made_up_is_not_there_yet():
    made_up = httpx.Response(200, content=list_of(DAY, header="nyse", hour="210500"))
    with pytest.raises(PendingError, match="no list yet"):
        fetched(NyseThreshold, Script(made_up))
    real = httpx.Response(200, content=list_of(DAY, header="nyse", hour="220214"))
    assert fetched(NyseThreshold, Script(real)).snapshot.rows == 0


def test_nyse_is_not_asked_for_a_session_on_its_own_day():
    script = Script(httpx.Response(200, content=list_of(DAY)))
    with pytest.raises(PendingError, match="the day after"):
        fetched(NyseThreshold, script, clock=lambda: datetime(2023, 9, 7, 3, 30, tzinfo=UTC))
    assert script.requests == []


def test_an_hour_of_quiet_is_kept_where_nyse_asks_for_it():
    script = Script(httpx.Response(429))
    with pytest.raises(ThrottledError) as caught:
        fetched(NyseThreshold, script)
    assert caught.value.retry_after == 3_600
    assert len(script.requests) == 1


@pytest.mark.parametrize("body", [b"", b"<html><head><title>Object moved</title></head></html>"])
def test_nasdaqs_way_of_saying_that_there_is_no_file_means_not_yet(body):
    answer = httpx.Response(302, headers={"Location": "/Trader.aspx?id=404"}, content=body)
    with pytest.raises(PendingError, match="nasdaqth20230906"):
        fetched(NasdaqThreshold, Script(answer))


ROBOT_CHECK = (
    b'<html><head><meta name="robots" content="noindex, nofollow"><script src="/_Incapsula_Resource?x=0"></script>'
    b"</head><body>Request unsuccessful.</body></html>"
)


@pytest.mark.parametrize(
    ("body", "words"), [(ROBOT_CHECK, "asks whether we are a robot"), (PAGE, "wants to check our browser")]
)
def test_a_robot_check_of_nasdaqs_is_a_wall_and_no_list_that_is_not_there_yet(body, words):
    with pytest.raises(BlockedError, match=words):
        fetched(NasdaqThreshold, Script(httpx.Response(200, content=body)))


def test_a_denial_of_cboes_cdn_means_not_yet():
    with pytest.raises(PendingError):
        fetched(CboeThreshold, Script(httpx.Response(403, content=DENIED)))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"Symbol|Name\r\n20230906230000", "instead of its header"),
        (list_of(DAY, "A", "B").rstrip()[:-14], "it was cut off"),
        (list_of(DAY, "A", "B")[:95], "it was cut off"),
        (list_of(DAY, "A").replace(b"|Q|", b"|Q|x|"), "line 2: does not have 6 cells"),
        (list_of(date(2023, 9, 5), "A"), "was made on 2023-09-05, before 2023-09-06 was over"),
        (list_of(DAY, "A", "A"), "A 2023-09-06 is already in"),
        (list_of(DAY, ""), "is missing"),
        (list_of(DAY, "A", hour="236000"), "is no moment"),
    ],
)
def test_a_bad_list_is_refused_and_its_fault_named(body, words):
    with pytest.raises(MalformedError, match=words):
        parse_list(body, "list", DAY)


def test_finras_list_comes_from_its_api_page_by_page():
    rows = [record(f"OTC{number}", DAY) for number in range(7)]
    api = Api(rows, page=3)
    snapshot = fetched(FinraThreshold, api).snapshot
    assert snapshot.rows == 7
    assert snapshot.published_at is None
    assert [question["offset"] for question in api.questions] == [0, 3, 6]
    assert api.questions[0]["compareFilters"] == [
        {"fieldName": "tradeDate", "fieldValue": "2023-09-06", "compareType": "EQUAL"}
    ]


def test_the_old_flag_says_what_the_new_ones_left_blank():
    rows = [
        record("OLDR", DAY, thresholdListFlag="R", regShoThresholdFlag=None, rule4320Flag=None),
        record("OLDN", DAY, thresholdListFlag="NR", regShoThresholdFlag="", rule4320Flag=""),
        record("NEWN", DAY, thresholdListFlag="NR", regShoThresholdFlag="N", rule4320Flag="Y"),
    ]
    frame = fetched(FinraThreshold, Api(rows, page=5)).snapshot.frame.set_index("symbol")
    assert frame["is_threshold"].to_dict() == {"OLDR": True, "OLDN": False, "NEWN": False}
    assert frame["is_rule_4320"].to_dict() == {"OLDR": False, "OLDN": True, "NEWN": True}


def test_a_list_finra_has_no_row_of_is_not_posted_yet():
    with pytest.raises(PendingError, match="has not posted"):
        fetched(FinraThreshold, Script(httpx.Response(204)))


def test_the_twin_that_needs_no_key_is_asked_where_the_list_wants_one():
    asked = []

    def answer(request):
        asked.append(request.url.path.rpartition("/")[2])
        if asked[-1] == "thresholdList":
            return httpx.Response(401)
        return httpx.Response(200, json=[record("A", DAY)], headers={"Record-Total": "1"})

    assert fetched(FinraThreshold, answer).snapshot.rows == 1
    assert asked == ["thresholdList", "vwthresholdList"]


@pytest.mark.parametrize(
    ("rows", "total", "words"),
    [
        ([record("A", DAY)], 2, "of 2"),
        ([record("A", date(2023, 9, 5))], 1, "'2023-09-05' is not 2023-09-06"),
        ([record("A", DAY), record("A", DAY)], 2, "already in"),
        ([record("", DAY)], 1, "is missing"),
    ],
)
def test_a_bad_answer_of_finras_is_refused(rows, total, words):
    with pytest.raises(MalformedError, match=words):
        fetched(FinraThreshold, Api(rows, page=5, total=total))
