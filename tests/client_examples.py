"""A client that asks a made-up host, for the tests of how hosts are asked."""

from provider_examples import HOST
from virtual_time import run

from providers.catalog import Host
from providers.http.client import Answer
from providers.http.clients import Clients
from providers.http.verdicts import Form

BODY = b"a|b\n1|2\n"


def ask(clients: Clients, host: Host = HOST, **options) -> Answer[bytes]:
    async def once() -> Answer[bytes]:
        async with clients:
            answer: Answer[bytes] = await clients.of(host, "example").get("/file.txt", bytes, form=Form.TEXT, **options)
            return answer

    answer: Answer[bytes] = run(once())
    return answer
