"""Makes the clients of a program: one per host, with one upstream, one clock and one set of receipts."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Final, Self
from urllib.parse import urlsplit

import httpx

from providers.base import Clock
from providers.catalog import Host
from providers.http.client import Client, Fetched
from providers.http.proxies import http_client
from providers.http.receipts import Receipts
from providers.http.this_machine import is_this_machine
from providers.http.traffic import Exchange, no_request_log
from shortside.sessions import in_utc

BROWSER_USER_AGENT: Final = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
)
"""What we call ourselves where anything else hangs or is refused."""


class Clients:
    """The clients of a program, one per host, with one upstream, one clock and one set of receipts."""

    def __init__(
        self,
        *,
        clock: Clock,
        upstream: str | None = None,
        base_urls: Mapping[str, Mapping[str, str]] | None = None,
        contact: str = "",
        validators: Receipts | None = None,
        heard: Callable[[Exchange], None] = no_request_log,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """No client is made, and nothing asked, until a provider wants one.

        Args:
            clock: tells the moment.
            upstream: what SHORTSIDE_UPSTREAM says; its prefix comes before every host: `http://127.0.0.1:1/HOST/PATH`.
            base_urls: other addresses of hosts, by provider and host name: what `base_url` in the configuration says.
                An upstream comes before these, too.
            contact: a mail address for publishers who want to know who reads them.
            validators: the receipts of earlier answers; in memory where None.
            heard: told of every request that went out; called on the event loop.
            transport: answers in place of the network, for tests.
        """
        self.validators = Receipts() if validators is None else validators
        self._clock = clock
        self._upstream = upstream
        self._base_urls = {name: dict(addresses) for name, addresses in (base_urls or {}).items()}
        self.contact = contact
        """The mail address for publishers who want to know who reads them; empty for none."""
        self._heard = heard
        self._transport = transport
        self.our_turn: Callable[[], Awaitable[None]] = _at_once
        """Returns when it is ours to ask; awaited before every request goes out."""
        # Loading the trusted authorities takes 20 ms and more: once for all hosts, and not for a plain upstream.
        self._tls = None if upstream or transport else httpx.create_ssl_context()
        self._clients: dict[tuple[str, str], Client] = {}

    def of(self, host: Host, provider: str) -> Client:
        """The one client of a host, at the address at which a provider, by its name, is to ask it.

        Providers that ask a host at the same address share its pace.
        """
        base_url = self.address(host, provider)
        if (host.name, base_url) not in self._clients:
            self._clients[host.name, base_url] = Client(
                host,
                http=self._http(host, base_url),
                base_url=base_url,
                clock=self._clock,
                validators=self.validators,
                heard=self._heard,
                our_turn=self._until_our_turn,
            )
        return self._clients[host.name, base_url]

    async def _until_our_turn(self) -> None:
        # Looked up at each request: who may ask is settled after the clients are made.
        await self.our_turn()

    def address(self, host: Host, provider: str) -> str:
        """What stands before a path when a provider asks a host."""
        return base_url_of(host.name, self.replacement(host, provider), self._upstream)

    def replacement(self, host: Host, provider: str) -> str | None:
        """What the configuration puts in the place of a provider's host, as it is written there; None for nothing."""
        return self._base_urls.get(provider, {}).get(host.name)

    def is_own(self, host: Host, provider: str) -> bool:
        """Whether a provider asks a host itself, and nothing that the configuration or a test put in its place."""
        return self._upstream is None and self._transport is None and self.replacement(host, provider) is None

    def moment(self) -> datetime:
        """The present moment, UTC."""
        return in_utc(self._clock())

    async def keep(self, fetched: Fetched) -> None:
        """Note that what was fetched is safely stored, so that it is not fetched again.

        Raises:
            OSError: the receipts could not be written.
        """
        await asyncio.to_thread(self.validators.keep, fetched.receipts)

    async def aclose(self) -> None:
        """Close all connections."""
        for client in self._clients.values():
            await client.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def _http(self, host: Host, base_url: str) -> httpx.AsyncClient:
        agent = BROWSER_USER_AGENT if host.is_browser_wanted else f"shortside {self.contact or '(a private reader)'}"
        return http_client(
            headers={"User-Agent": agent, "Accept-Encoding": "gzip", **host.headers},
            timeout=httpx.Timeout(host.read_seconds, connect=host.connect_seconds),
            limits=httpx.Limits(max_connections=host.at_once, max_keepalive_connections=host.at_once),
            # A context without authorities trusts nobody: right for an upstream without TLS, and harmless otherwise.
            verify=self._tls or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            transport=self._transport,
            # A proxy of the environment is for the world outside: it must not get the keys that go to this machine.
            trust_env=self._upstream is None and not is_this_machine(urlsplit(base_url).hostname),
            follow_redirects=False,
        )


async def _at_once() -> None:
    """Keeps nobody from asking."""


def base_url_of(host: str, base_url: str | None, upstream: str | None) -> str:
    """What stands before a path: the host itself, another address, or the upstream with either of them behind it."""
    address = (base_url or f"https://{host}").rstrip("/")
    return address if upstream is None else f"{upstream.rstrip('/')}/{address.split('://', 1)[-1]}"
