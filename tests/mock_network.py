"""A network made of bodies, for tests of providers."""

from collections.abc import Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, TypeVar

import httpx
from virtual_time import run

from providers.http.clients import Clients

Result = TypeVar("Result")
Handler = Callable[[httpx.Request], httpx.Response]

HTML = b"<!DOCTYPE html><html><head><title>Before you continue</title></head><body>Consent</body></html>"


class Network:
    """Answers by path, and remembers what it was asked."""

    def __init__(self, answer: Handler | bytes | httpx.Response, moment: datetime) -> None:
        self._answer = answer
        self._moment = moment
        self.requests: list[httpx.Request] = []
        self.exchanges: list[Any] = []

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if isinstance(self._answer, bytes):
            return httpx.Response(200, content=self._answer)
        return self._answer if isinstance(self._answer, httpx.Response) else self._answer(request)

    @asynccontextmanager
    async def clients(self, **settings: Any):
        transport = httpx.MockTransport(self._handle)
        async with Clients(
            clock=lambda: self._moment, transport=transport, heard=self.exchanges.append, **settings
        ) as clients:
            yield clients


def ask(network: Network, question: Callable[[Clients], Coroutine[Any, Any, Result]], **settings: Any) -> Result:
    """What a provider makes of a network."""

    async def work() -> Result:
        async with network.clients(**settings) as clients:
            return await question(clients)

    result: Result = run(work())
    return result
