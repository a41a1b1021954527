"""Who answers over TLS is asked only when its certificate proves the name; else nothing is sent, and that is said."""

import asyncio
import ssl
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
import trustme
from provider_examples import HOST, NOW
from waiting import PATIENCE

from providers.errors import UnreachableError, UntrustedError
from providers.http.clients import Clients
from providers.http.traffic import Exchange
from providers.http.verdicts import Form

BODY = b"a|b\n1|2\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)


@asynccontextmanager
async def served(certificate, *, newest=None):
    """A server on this machine: its port, and what it was asked."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    if newest is not None:
        context.minimum_version, context.maximum_version = ssl.TLSVersion.MINIMUM_SUPPORTED, newest
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
    asked = []

    async def answer(reader, writer):
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(ANSWER)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    # Refused handshakes are what is tried here, and the loop would tell of each.
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    async with server:
        yield server.sockets[0].getsockname()[1], asked


async def ask(port, host=HOST):
    """A file of the host, whose place the server on this machine takes, with a key among the headers."""
    clients = Clients(clock=lambda: NOW, base_urls={"example": {HOST.name: f"https://localhost:{port}"}})
    async with clients, asyncio.timeout(PATIENCE):
        client = clients.of(host, "example")
        return await client.get("/file.txt", bytes, form=Form.TEXT, headers={"X-Key": "0123456789abcdef"})


@pytest.fixture
def authority():
    return trustme.CA()


@pytest.fixture
def believed(authority, tmp_path, monkeypatch):
    """An authority that this machine believes."""
    place = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(place)
    monkeypatch.setenv("SSL_CERT_FILE", str(place))
    return authority


async def refusal_of(certificate):
    """Why nothing was asked of a server, which heard nothing."""
    async with served(certificate) as (port, asked):
        with pytest.raises(UntrustedError) as refused:
            await ask(port)
    assert asked == [], "a key must not reach who could not prove to be the source"
    return str(refused.value)


async def test_a_certificate_of_an_authority_that_this_machine_believes_is_enough(believed):
    async with served(believed.issue_cert("localhost")) as (port, asked):
        answer = await ask(port)
    assert answer.content == BODY
    assert b"0123456789abcdef" in asked[0]


async def test_an_authority_that_nobody_knows_is_sent_nothing(authority):
    words = await refusal_of(authority.issue_cert("localhost"))
    assert words.startswith(f"{HOST.name} has a certificate that is not trusted, so nothing was sent: unable to get")


async def test_a_certificate_for_another_name_is_sent_nothing(believed):
    words = await refusal_of(believed.issue_cert("other.example"))
    assert "mismatch" in words


async def test_a_certificate_that_ran_out_is_sent_nothing(believed):
    expired = believed.issue_cert("localhost", not_after=datetime(2020, 1, 1, tzinfo=UTC))
    assert "expired" in await refusal_of(expired)


async def test_a_certificate_is_refused_once_and_not_tried_three_times(authority):
    tries: list[Exchange] = []
    async with served(authority.issue_cert("localhost")) as (port, _):
        clients = Clients(
            clock=lambda: NOW, base_urls={"example": {HOST.name: f"https://localhost:{port}"}}, heard=tries.append
        )
        async with clients, asyncio.timeout(PATIENCE):
            with pytest.raises(UntrustedError):
                await clients.of(HOST, "example").get("/file.txt", bytes, form=Form.TEXT)
    assert len(tries) == 1


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
async def test_a_server_that_speaks_only_what_is_broken_is_sent_nothing(believed):
    async with served(believed.issue_cert("localhost"), newest=ssl.TLSVersion.TLSv1_1) as (port, asked):
        with pytest.raises(UnreachableError):
            await ask(port, HOST._replace(attempts=1))
    assert asked == []
