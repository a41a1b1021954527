"""One host is asked politely, patiently and never twice for the same, and nothing half-read gets through."""

import asyncio
import gzip
import itertools
import json
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from provider_examples import HOST, NOW, PAGE, Heard, Script, Wire, clients_of, zipped
from virtual_time import run

from providers.catalog import Host
from providers.errors import (
    BlockedError,
    MalformedError,
    NoDataError,
    RefusedError,
    RestingError,
    ThrottledError,
    UnreachableError,
)
from providers.http.circuit import FAILURES_BEFORE_A_REST, FIRST_REST_SECONDS, CircuitState
from providers.http.client import Answer, Fetched
from providers.http.clients import Clients, base_url_of
from providers.http.receipts import Receipt, ReceiptFile, Receipts
from providers.http.verdicts import Form
from providers.redaction import redacted

BODY = b"a|b\n1|2\n"


def ask(clients: Clients, host: Host = HOST, **options) -> Answer[bytes]:
    async def once() -> Answer[bytes]:
        async with clients:
            answer: Answer[bytes] = await clients.of(host, "example").get("/file.txt", bytes, form=Form.TEXT, **options)
            return answer

    answer: Answer[bytes] = run(once())
    return answer


def test_a_good_answer_is_parsed_and_counted():
    heard = Heard()
    script = Script(httpx.Response(200, content=BODY))

    async def story():
        clients = clients_of(script, heard=heard)
        answer = await clients.of(HOST, "example").get("/file.txt", bytes.split, form=Form.TEXT)
        return answer, clients.of(HOST, "example").counters

    answer, counters = run(story())
    assert answer.content == [b"a|b", b"1|2"]
    assert answer.fetched_at == NOW
    assert (counters.requests, counters.requests_today, counters.size) == (1, 1, len(BODY))
    assert counters.succeeded_at == NOW
    assert counters.complaint == ""
    assert [(one.status, one.attempt, one.size, one.complaint) for one in heard] == [(200, 1, len(BODY), "")]


def test_requests_today_start_anew_at_midnight_in_new_york():
    moments = iter([datetime(2023, 9, 8, 3, 59, tzinfo=UTC), datetime(2023, 9, 8, 4, 1, tzinfo=UTC)])
    current = [next(moments)]

    async def story():
        clients = clients_of(Script(httpx.Response(200, content=BODY)), clock=lambda: current[0])
        client = clients.of(HOST, "example")
        await client.get("/1", bytes, form=Form.TEXT)
        await client.get("/2", bytes, form=Form.TEXT)
        before = client.counters.requests_today
        current[0] = next(moments)
        await client.get("/3", bytes, form=Form.TEXT)
        return before, client.counters.requests_today, client.counters.requests

    assert run(story()) == (2, 1, 3)


def test_a_throttled_client_waits_as_asked():
    async def story():
        loop = asyncio.get_running_loop()
        times = []

        def answer(request):
            times.append(loop.time())
            if len(times) == 1:
                return httpx.Response(429, headers={"Retry-After": "42"})
            return httpx.Response(200, content=BODY)

        await clients_of(answer).of(HOST, "example").get("/file.txt", bytes, form=Form.TEXT)
        return times[1] - times[0]

    assert run(story()) == pytest.approx(42)


def test_a_retry_after_with_a_date_is_taken_against_the_answer_s_own_clock():
    async def story():
        loop = asyncio.get_running_loop()
        times = []
        headers = {"Date": "Thu, 07 Sep 2023 10:00:00 GMT", "Retry-After": "Thu, 07 Sep 2023 10:00:25 GMT"}

        def answer(request):
            times.append(loop.time())
            return httpx.Response(503, headers=headers) if len(times) == 1 else httpx.Response(200, content=BODY)

        await clients_of(answer).of(HOST, "example").get("/file.txt", bytes, form=Form.TEXT)
        return times[1] - times[0]

    assert run(story()) == pytest.approx(25)


def test_a_long_throttle_is_handed_on_and_nobody_asks_until_it_is_over():
    async def story():
        script = Script(httpx.Response(429, headers={"Retry-After": "900"}), httpx.Response(200, content=BODY))
        client = clients_of(script).of(HOST, "example")
        with pytest.raises(ThrottledError) as first:
            await client.get("/file.txt", bytes, form=Form.TEXT)
        with pytest.raises(ThrottledError) as second:
            await client.get("/other.txt", bytes, form=Form.TEXT)
        asked_meanwhile = len(script.requests)
        await asyncio.sleep(900)
        answer = await client.get("/file.txt", bytes, form=Form.TEXT)
        return first.value, second.value, asked_meanwhile, answer.content

    first, second, asked_meanwhile, content = run(story())
    assert first.retry_after == 900
    assert second.retry_after == pytest.approx(900)
    assert asked_meanwhile == 1
    assert content == BODY


def test_a_throttle_quiets_the_whole_host():
    async def story():
        loop = asyncio.get_running_loop()
        times = []

        def answer(request):
            times.append(loop.time())
            if request.url.path == "/0":
                return (
                    httpx.Response(429, headers={"Retry-After": "30"})
                    if len(times) == 1
                    else httpx.Response(200, content=BODY)
                )
            return httpx.Response(200, content=BODY)

        client = clients_of(answer).of(HOST._replace(seconds_between=1.0), "example")
        await asyncio.gather(*(client.get(f"/{number}", bytes, form=Form.TEXT) for number in range(4)))
        return times

    first, *others = run(story())
    assert min(others) - first >= 30
    assert all(later - earlier >= 1 - 1e-9 for earlier, later in itertools.pairwise(others))


def test_a_burst_of_server_errors_is_sat_out():
    heard = Heard()
    script = Script(*[httpx.Response(500)] * 3, httpx.Response(200, content=BODY))
    assert ask(clients_of(script, heard=heard)).content == BODY
    assert [one.status for one in heard] == [500, 500, 500, 200]
    assert [one.attempt for one in heard] == [1, 2, 3, 4]
    assert "500 Internal Server Error" in heard[0].complaint


def test_the_pauses_between_repetitions_grow():
    async def story():
        loop = asyncio.get_running_loop()
        times = []

        def answer(request):
            times.append(loop.time())
            return httpx.Response(502)

        with pytest.raises(UnreachableError, match="502"):
            await clients_of(answer).of(HOST, "example").get("/file.txt", bytes, form=Form.TEXT)
        return [later - earlier for earlier, later in itertools.pairwise(times)]

    pauses = run(story())
    assert len(pauses) == 3
    for pause, least in zip(pauses, (0.5, 1.0, 2.0), strict=True):
        assert least <= pause <= least + 1.0 + 1e-9


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_a_refusal_is_final(status):
    script = Script(httpx.Response(status, json={"message": "no"}))
    with pytest.raises((NoDataError, Exception)) as caught:
        ask(clients_of(script))
    assert len(script.requests) == 1
    assert "no" in str(caught.value)


def test_a_lost_connection_is_tried_again_and_named():
    script = Script(httpx.ConnectError("Name or service not known"))
    with pytest.raises(UnreachableError, match=r"data\.example\.org could not be reached: Name or service not known"):
        ask(clients_of(script))
    assert len(script.requests) == HOST.attempts


def test_a_body_that_breaks_off_is_asked_for_again():
    broken = httpx.Response(200, stream=Wire([BODY[:4]], httpx.RemoteProtocolError("peer closed connection")))
    script = Script(broken, httpx.Response(200, content=BODY))
    assert ask(clients_of(script)).content == BODY
    assert len(script.requests) == 2


def test_half_a_packed_body_never_passes_for_a_whole_one():
    body = b"line|of|text\n" * 2_000
    script = Script(zipped(body, cut=40), zipped(body))
    assert ask(clients_of(script)).content == body
    with pytest.raises(UnreachableError, match="damaged or was cut off"):
        ask(clients_of(Script(zipped(body, cut=40))))


def test_a_packed_body_is_unpacked_in_a_thread_too():
    body = bytes(range(32, 127)) * 20_000
    response = httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=Wire([gzip.compress(body, 0)]))
    assert ask(clients_of(Script(response))).content == body


def test_silence_is_borne_twice_and_no_more():
    script = Script(httpx.ReadTimeout("read"))
    with pytest.raises(UnreachableError, match=r"said nothing for 60 s"):
        ask(clients_of(script))
    assert len(script.requests) == 2


def test_a_trickle_ends_in_time():
    class Trickle(httpx.AsyncByteStream):
        async def __aiter__(self):
            while True:
                await asyncio.sleep(30)
                yield b"."

    async def story():
        started = asyncio.get_running_loop().time()
        client = clients_of(lambda request: httpx.Response(200, stream=Trickle())).of(HOST, "example")
        with pytest.raises(UnreachableError, match="took longer than 240 s"):
            await client.get("/file.txt", bytes, form=Form.TEXT)
        return asyncio.get_running_loop().time() - started

    assert 480 <= run(story()) < 500


def test_an_endless_body_is_not_swallowed():
    piece = b"x" * 2**20
    script = Script(lambda request: httpx.Response(200, stream=Wire([piece] * 80)))
    with pytest.raises(MalformedError, match="larger than 64 MB"):
        ask(clients_of(script))


# ---- politeness -----------------------------------------------------------------------------------------------------


@given(
    arrivals=st.lists(st.floats(min_value=0, max_value=20), min_size=1, max_size=30),
    seconds_between=st.sampled_from([0.2, 1.0, 2.5]),
)
def test_no_two_requests_start_closer_than_the_host_allows(arrivals, seconds_between):
    async def story():
        loop = asyncio.get_running_loop()
        times = []

        def answer(request):
            times.append(loop.time())
            return httpx.Response(200, content=BODY)

        client = clients_of(answer).of(HOST._replace(seconds_between=seconds_between), "example")

        async def come(delay):
            await asyncio.sleep(delay)
            await client.get("/file.txt", bytes, form=Form.TEXT)

        await asyncio.gather(*map(come, arrivals))
        return times

    times = run(story())
    assert len(times) == len(arrivals)
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert all(gap >= seconds_between - 1e-6 for gap in gaps)


def test_no_more_are_in_flight_than_the_host_allows():
    async def story():
        flying, most = 0, 0

        async def answer(request):
            nonlocal flying, most
            flying += 1
            most = max(most, flying)
            await asyncio.sleep(5)
            flying -= 1
            return httpx.Response(200, content=BODY)

        client = clients_of(answer).of(HOST, "example")
        await asyncio.gather(*(client.get(f"/{number}", bytes, form=Form.TEXT) for number in range(40)))
        return most

    assert run(story()) == 8


def test_a_kept_answer_is_asked_for_with_conditions():
    validators = Receipts()
    script = Script(
        httpx.Response(200, content=BODY, headers={"ETag": '"1"', "Last-Modified": "Thu, 07 Sep 2023 10:00:00 GMT"}),
        httpx.Response(304),
    )
    first = ask(clients_of(script, validators=validators), is_conditional=True)
    validators.keep([first.receipt])
    second = ask(clients_of(script, validators=validators), is_conditional=True)
    assert "if-none-match" not in script.requests[0].headers
    assert script.requests[1].headers["if-none-match"] == '"1"'
    assert script.requests[1].headers["if-modified-since"] == "Thu, 07 Sep 2023 10:00:00 GMT"
    assert second.content is None
    assert second.receipt == first.receipt


def test_an_answer_that_was_never_stored_is_asked_for_in_full():
    script = Script(httpx.Response(200, content=BODY, headers={"ETag": '"1"'}))
    validators = Receipts()
    for _ in range(2):
        assert ask(clients_of(script, validators=validators), is_conditional=True).content == BODY
    assert all("if-none-match" not in request.headers for request in script.requests)


def test_the_same_body_is_no_news_even_without_validators():
    validators = Receipts()
    script = Script(httpx.Response(200, content=BODY))
    validators.keep([ask(clients_of(script, validators=validators), is_conditional=True).receipt])
    assert ask(clients_of(script, validators=validators), is_conditional=True).content is None


def test_a_final_answer_is_never_asked_for_again():
    validators = Receipts()
    script = Script(httpx.Response(200, content=BODY))
    receipt = ask(clients_of(script, validators=validators), is_conditional=True).receipt
    validators.keep([receipt.final(True)])
    assert ask(clients_of(script, validators=validators), is_conditional=True).content is None
    assert len(script.requests) == 1


def test_an_unasked_for_not_modified_is_an_error():
    with pytest.raises(BlockedError, match="elsewhere"):
        ask(clients_of(Script(httpx.Response(304))))


# ---- a host that fails ----------------------------------------------------------------------------------------------


def test_a_host_that_keeps_failing_is_left_alone_and_tried_again_with_one_request():
    async def story():
        script = Script(
            *[httpx.Response(200, content=PAGE)] * (FAILURES_BEFORE_A_REST + 1), httpx.Response(200, content=BODY)
        )
        client = clients_of(script).of(HOST, "example")
        for _ in range(FAILURES_BEFORE_A_REST):
            with pytest.raises(BlockedError):
                await client.get("/file.txt", bytes, form=Form.TEXT)
        with pytest.raises(
            RestingError, match=r"left alone for 30 s after 3 failures; the last: .*check our browser"
        ) as rest:
            await client.get("/file.txt", bytes, form=Form.TEXT)
        assert rest.value.retry_after == pytest.approx(FIRST_REST_SECONDS)
        states = [client.counters.state]
        assert client.counters.asks_again_in == pytest.approx(FIRST_REST_SECONDS)
        assert len(script.requests) == FAILURES_BEFORE_A_REST
        await asyncio.sleep(FIRST_REST_SECONDS)
        states.append(client.counters.state)
        # The trial fails too: twice the rest.
        with pytest.raises(BlockedError):
            await client.get("/file.txt", bytes, form=Form.TEXT)
        assert client.counters.asks_again_in == pytest.approx(2 * FIRST_REST_SECONDS)
        await asyncio.sleep(2 * FIRST_REST_SECONDS)
        trial, *beside = await asyncio.gather(
            *(client.get("/file.txt", bytes, form=Form.TEXT) for _ in range(3)), return_exceptions=True
        )
        assert isinstance(trial, Answer)
        assert trial.content == BODY
        assert [type(error) for error in beside] == [RestingError, RestingError]
        return [*states, client.counters.state]

    assert run(story()) == [CircuitState.RESTING, CircuitState.TRYING, CircuitState.CLOSED]


def test_the_user_may_end_a_rest():
    async def story():
        script = Script(
            *[httpx.Response(200, content=PAGE)] * FAILURES_BEFORE_A_REST, httpx.Response(200, content=BODY)
        )
        client = clients_of(script).of(HOST, "example")
        for _ in range(FAILURES_BEFORE_A_REST):
            with pytest.raises(BlockedError):
                await client.get("/file.txt", bytes, form=Form.TEXT)
        client.wake()
        return (await client.get("/file.txt", bytes, form=Form.TEXT)).content

    assert run(story()) == BODY


def test_bodies_nobody_understands_count_as_failures():
    def refuse(body: bytes) -> None:
        raise MalformedError("makes no sense", where="file.txt")

    async def story():
        client = clients_of(Script(httpx.Response(200, content=BODY))).of(HOST, "example")
        for _ in range(FAILURES_BEFORE_A_REST):
            with pytest.raises(MalformedError):
                await client.get("/file.txt", refuse, form=Form.TEXT)
        return client.counters

    counters = run(story())
    assert counters.state is CircuitState.RESTING
    assert counters.complaint == "file.txt: makes no sense"
    assert counters.succeeded_at is None


def test_nothing_to_give_is_no_failure():
    async def story():
        client = clients_of(Script(httpx.Response(204))).of(HOST, "example")
        for _ in range(FAILURES_BEFORE_A_REST + 1):
            with pytest.raises(NoDataError):
                await client.get("/file.txt", bytes, form=Form.TEXT)
        return client.counters

    counters = run(story())
    assert counters.state is CircuitState.CLOSED
    assert counters.succeeded_at == NOW


def test_one_host_s_trouble_is_not_another_s():
    async def story():
        def answer(request):
            return httpx.Response(200, content=BODY if request.url.host == "good.example.org" else PAGE)

        clients = clients_of(answer)
        for _ in range(FAILURES_BEFORE_A_REST):
            with pytest.raises(BlockedError):
                await clients.of(HOST, "example").get("/file.txt", bytes, form=Form.TEXT)
        good = clients.of(HOST._replace(name="good.example.org"), "example")
        return (await good.get("/file.txt", bytes, form=Form.TEXT)).content

    assert run(story()) == BODY


# ---- where it asks, and what it says of it --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base_url", "upstream", "expected"),
    [
        (None, None, "https://a.example"),
        ("http://mirror.example/a/", None, "http://mirror.example/a"),
        (None, "http://127.0.0.1:8765", "http://127.0.0.1:8765/a.example"),
        ("https://mirror.example/a", "http://127.0.0.1:8765/", "http://127.0.0.1:8765/mirror.example/a"),
    ],
)
def test_an_upstream_stands_before_every_host(base_url, upstream, expected):
    assert base_url_of("a.example", base_url, upstream) == expected


def test_each_provider_asks_a_host_where_its_own_configuration_says_and_those_at_one_address_share_its_pace():
    base_urls = {"one": {HOST.name: "http://127.0.0.1:9000/x"}, "two": {HOST.name: "http://127.0.0.1:9000/x"}}
    script = Script(httpx.Response(200, content=BODY))

    async def story():
        clients = clients_of(script, base_urls=base_urls)
        one, two, three = (clients.of(HOST, name) for name in ("one", "two", "three"))
        for client in (one, three):
            await client.get("/file.txt", bytes, form=Form.TEXT)
        return one is two, one is three

    assert run(story()) == (True, False)
    assert [str(request.url) for request in script.requests] == [
        "http://127.0.0.1:9000/x/file.txt",
        f"https://{HOST.name}/file.txt",
    ]


def test_receipts_know_nothing_of_the_upstream():
    keys = [
        ask(clients_of(Script(httpx.Response(200, content=BODY)), upstream=upstream), params={"a": "1"}).receipt.key
        for upstream in (None, "http://127.0.0.1:1", "http://127.0.0.1:2")
    ]
    assert keys == ["data.example.org/file.txt?a=1"] * 3


def test_a_browser_is_claimed_only_where_it_is_wanted():
    script = Script(httpx.Response(200, content=BODY))
    ask(clients_of(script, contact="me@example.org"))
    ask(clients_of(script), HOST._replace(is_browser_wanted=True))
    agents = [request.headers["user-agent"] for request in script.requests]
    assert agents[0] == "shortside me@example.org"
    assert agents[1].startswith("Mozilla/5.0")


@pytest.mark.parametrize("name", ["apiKey", "apikey", "token", "key", "api_key", "access_token", "crumb"])
def test_secrets_in_a_query_are_told_to_nobody(name):
    heard = Heard()

    async def story():
        client = clients_of(Script(httpx.ConnectError(f"https://x/?a=1&{name}=sesame")), heard=heard).of(
            HOST, "example"
        )
        with pytest.raises(UnreachableError) as caught:
            await client.get("/file.txt", bytes, form=Form.TEXT, params={"a": "1", name: "sesame"})
        return str(caught.value), client.counters.complaint

    told = [*run(story()), *(str(one) for one in heard), redacted(f"?{name}=sesame&b=2")]
    assert not any("sesame" in text for text in told)
    assert redacted(f"https://x/?a=1&{name}=sesame&b=2") == f"https://x/?a=1&{name}=…&b=2"


def test_a_receipt_holds_no_secret():
    answer = ask(clients_of(Script(httpx.Response(200, content=BODY))), params={"apiKey": "sesame"})
    assert "sesame" not in str(answer.receipt)


# ---- receipts -------------------------------------------------------------------------------------------------------

RECEIPT = Receipt(key="a.example/b", sha256="00", etag='"1"')


def test_receipts_survive_a_restart(tmp_path: Path):
    ReceiptFile(tmp_path / "receipts.json").keep([RECEIPT.final(True)])
    again = ReceiptFile(tmp_path / "receipts.json")
    assert again.get("a.example/b") == RECEIPT.final(True)
    assert [path.name for path in tmp_path.iterdir()] == ["receipts.json"]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"schema": "other/9", "receipts": []}', '{"receipts": 1}'])
def test_a_damaged_receipt_file_costs_requests_and_nothing_else(tmp_path: Path, content):
    complaints: list[str] = []
    (tmp_path / "receipts.json").write_text(content)
    store = ReceiptFile(tmp_path / "receipts.json", complaints.append)
    assert len(store) == 0
    assert len(complaints) == 1
    store.keep([RECEIPT])
    assert ReceiptFile(tmp_path / "receipts.json").get(RECEIPT.key) == RECEIPT


def test_what_was_final_stays_final():
    assert RECEIPT.final(True).final(False).is_final


def test_keeping_writes_off_the_loop(tmp_path: Path):
    async def story():
        clients = clients_of(Script(httpx.Response(200)), validators=ReceiptFile(tmp_path / "receipts.json"))
        await clients.keep(Fetched(snapshot=None, receipts=(RECEIPT,)))

    run(story())
    assert json.loads((tmp_path / "receipts.json").read_text())["receipts"][0]["etag"] == '"1"'


def test_a_key_the_host_echoes_in_its_complaint_is_nowhere_written_down():
    heard = Heard()
    echo = httpx.Response(401, json={"message": "the key s3cr3t-k3y is not valid"})

    async def story():
        clients = clients_of(Script(echo), heard=heard)
        client = clients.of(HOST, "example")
        with pytest.raises(RefusedError):
            await client.get("/data", bytes, form=Form.JSON, headers={"Authorization": "Bearer s3cr3t-k3y"})
        return client.counters

    counters = run(story())
    assert "s3cr3t-k3y" not in counters.complaint
    assert all("s3cr3t-k3y" not in repr(one) for one in heard)
