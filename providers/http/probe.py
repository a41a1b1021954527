"""Asks a host for a trifle to see whether it answers at all, how fast, and what time it thinks it is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

import httpx

from providers.catalog import Host
from providers.http.clients import BROWSER_USER_AGENT, base_url_of
from providers.http.proxies import http_client
from providers.http.this_machine import is_this_machine
from providers.http.verdicts import moment_of
from providers.redaction import redacted

SILENCE_SECONDS: Final = 10.0
"""Seconds after which a host counts as silent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What one request to a host showed: whether it answers, how fast, and its clock."""

    host: str
    status: int | None = None
    """None where it did not answer."""
    seconds: float = 0.0
    """Until the head of the answer, or until we gave up."""
    server_time: datetime | None = None
    """What it thinks the time is, UTC, to the second; None where it does not say."""
    words: str = ""
    """Why it is of no use, in words; empty where it is."""

    @property
    def is_reachable(self) -> bool:
        """Whether it answered, were it only to say that it does not have the trifle."""
        return self.status is not None and self.status < HTTPStatus.INTERNAL_SERVER_ERROR


async def probe(
    host: Host,
    *,
    upstream: str | None = None,
    base_url: str | None = None,
    contact: str = "",
    transport: httpx.AsyncBaseTransport | None = None,
    seconds: Callable[[], float] | None = None,
) -> Probe:
    """One request, without retries; never raises for what the network does.

    Args:
        host: who is asked.
        upstream: what SHORTSIDE_UPSTREAM says.
        base_url: another address of the host; what the configuration says.
        contact: a mail address for hosts that want to know who reads them.
        transport: answers in place of the network, for tests.
        seconds: counts the seconds; the event loop's clock by default.
    """
    count = seconds or asyncio.get_running_loop().time
    agent = BROWSER_USER_AGENT if host.is_browser_wanted else f"shortside {contact or '(a private reader)'}"
    url = base_url_of(host.name, base_url, upstream) + host.probe_path
    is_outside = upstream is None and not is_this_machine(urlsplit(url).hostname)
    began = count()
    try:
        async with (
            asyncio.timeout(SILENCE_SECONDS),
            http_client(transport=transport, trust_env=is_outside, timeout=SILENCE_SECONDS) as http,
            http.stream("GET", url, headers={"User-Agent": agent, **host.headers}) as response,
        ):
            return Probe(
                host=host.name,
                status=response.status_code,
                seconds=count() - began,
                server_time=moment_of(response.headers.get("date", "")),
                words=_words_of(response.status_code),
            )
    except (TimeoutError, httpx.TimeoutException):
        return Probe(host=host.name, seconds=count() - began, words=f"said nothing for {SILENCE_SECONDS:.0f} s")
    except httpx.TransportError as error:
        words = redacted(str(error)) or type(error).__name__
        return Probe(host=host.name, seconds=count() - began, words=f"could not be reached: {words}")


def _words_of(status: int) -> str:
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return "wants to be left alone for a while (429)"
    return f"is in trouble ({status})" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else ""
