"""A host is asked no faster than it allows, and never twice for what it has given."""

import asyncio
import itertools

import httpx
import pytest
from client_examples import BODY, ask
from hypothesis import given
from hypothesis import strategies as st
from provider_examples import HOST, Script, clients_of
from virtual_time import run

from providers.errors import (
    BlockedError,
)
from providers.http.receipts import Receipts
from providers.http.verdicts import Form


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
