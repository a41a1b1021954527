"""Each host is asked where the configuration says, and neither its receipts nor its errors hold a secret."""

import json
import sys
import traceback
from pathlib import Path

import httpx
import pytest
from client_examples import BODY, ask
from provider_examples import HOST, NOW, Heard, Script, clients_of
from virtual_time import run

from providers.errors import (
    RefusedError,
    UnreachableError,
)
from providers.http.client import Fetched
from providers.http.clients import Clients, base_url_of
from providers.http.probe import probe
from providers.http.receipts import Receipt, ReceiptFile
from providers.http.verdicts import Form
from providers.redaction import redacted

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


@pytest.mark.parametrize(
    ("proxy", "words"),
    [
        ("socks5://me:canary-4711@127.0.0.1:1", "socksio is missing"),
        ("http://me:canary-4711", "no address that can be read"),
        ("http://me:canary/4711@127.0.0.1:1", "no address that can be read"),
        ("odd://me:canary-4711@127.0.0.1:1", "no address that can be read"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_said_without_its_password_and_not_gone_around(proxy, words, monkeypatch):
    monkeypatch.setenv("ALL_PROXY", proxy)
    # As where it is not installed, whether or not it is.
    monkeypatch.setitem(sys.modules, "socksio", None)

    async def story():
        async with Clients(clock=lambda: NOW) as clients:
            asked = await probe(HOST)
            with pytest.raises(UnreachableError) as caught:
                await clients.of(HOST, "one").get("/file.txt", bytes, form=Form.TEXT)
        return asked, caught.value

    asked, error = run(story())
    assert words in str(error)
    assert words in asked.words
    assert "canary" not in "".join(traceback.format_exception(error)) + asked.words
