"""Hosts without a network: canned answers, a clock that stands, and clients between them."""

import gzip
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import httpx

from providers.catalog import Host, Limit
from providers.http.clients import Clients
from providers.http.traffic import Exchange

NOW = datetime(2023, 9, 7, 21, 30, tzinfo=UTC)
DENIED = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>'
)
PAGE = (
    b"<!DOCTYPE html><html><head><title>Before you continue</title></head>"
    b"<body>We are checking your browser</body></html>"
)
HOST = Host(name="data.example.org", seconds_between=0, limit=Limit("none", requests=1_000, seconds=1))

Handler = Callable[[httpx.Request], httpx.Response]


class Wire(httpx.AsyncByteStream):
    """A body as it travels; it can break off."""

    def __init__(self, pieces: Iterable[bytes], failure: Exception | None = None) -> None:
        self.pieces, self.failure = pieces, failure

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            yield piece
        if self.failure is not None:
            raise self.failure


def zipped(body: bytes, *, cut: int | None = None) -> httpx.Response:
    """A packed answer, cut off after so many bytes of the wire."""
    return httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=Wire([gzip.compress(body)[:cut]]))


class Script:
    """Answers in turn, the last one for ever; remembers what it was asked and when."""

    def __init__(self, *answers: httpx.Response | Exception | Handler) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx.Response):
            # A response is used up by being read.
            return httpx.Response(answer.status_code, headers=answer.headers, stream=answer.stream)
        return answer(request)


def clients_of(handler: Handler, **options: Any) -> Clients:
    """Clients that ask a function instead of the network, at 17:30 in New York on 2023-09-07 by default."""
    return Clients(transport=httpx.MockTransport(handler), **{"clock": lambda: NOW, **options})


class Heard(list[Exchange]):
    """A request log."""

    def __call__(self, exchange: Exchange) -> None:
        self.append(exchange)
