"""A host that keeps failing is left alone and tried again with one request, whatever other hosts do."""

import asyncio

import httpx
import pytest
from client_examples import BODY
from provider_examples import HOST, NOW, PAGE, Script, clients_of
from virtual_time import run

from providers.errors import (
    BlockedError,
    MalformedError,
    NoDataError,
    RestingError,
)
from providers.http.circuit import FAILURES_BEFORE_A_REST, FIRST_REST_SECONDS, CircuitState
from providers.http.client import Answer
from providers.http.verdicts import Form


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
