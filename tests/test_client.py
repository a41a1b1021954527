"""A host's answer is parsed, waited for and counted, and nothing half-read gets through."""

import asyncio
import gzip
import itertools
from datetime import UTC, datetime

import httpx
import pytest
from client_examples import BODY, ask
from provider_examples import HOST, NOW, Heard, Script, Wire, clients_of, zipped
from virtual_time import run

from providers.errors import (
    MalformedError,
    NoDataError,
    ThrottledError,
    UnreachableError,
)
from providers.http.verdicts import Form


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
