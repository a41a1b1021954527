"""Asks one host over HTTP: paced, retried, conditional, counted, and left alone when it fails.

Every wait is on the running event loop's clock, so a test can run it on a loop whose time jumps. What came back is
judged, then parsed in a thread; a caller sees parsed content or a `ProviderError`, never a status.

This file is longer than most: the order of the steps is the politeness, and it is read best in one place.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import re
import ssl
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from http import HTTPStatus
from typing import Any, Final, Generic, Self, TypeVar

import httpx
import stamina
from aiolimiter import AsyncLimiter

from analytics.sessions import in_utc, new_york_date
from analytics.snapshot import Quality, Snapshot
from providers._answers import Form, error_of, judge, retry_after_of
from providers._base import Clock
from providers._circuit import Circuit, CircuitState
from providers._errors import (
    BlockedError,
    MalformedError,
    NoDataError,
    ProviderError,
    RestingError,
    ThrottledError,
    UnreachableError,
)
from providers._hosts import Host
from providers._validators import Receipt, Validators

PATIENCE: Final = 60.0
"""The longest silence a host may ask for that we sit out in place; beyond it the call fails and says for how long."""
LARGEST: Final = 64 * 2**20
"""Bytes on the wire after which an answer is taken for a mistake."""
_LARGE: Final = 64 * 2**10
"""Bytes from which on unpacking leaves the event loop."""
BROWSER: Final = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
_SECRET: Final = re.compile(
    r"(?i)((?:^|[?&\s])(?:api[-_]?key|key|token|access[-_]?token|secret|crumb|password|signature)=)[^&\s'\"]+"
)

Content = TypeVar("Content")


def redacted(text: str) -> str:
    """A URL, or a sentence with URLs in it, without the values of parameters that are secrets."""
    return _SECRET.sub(r"\1…", text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request that really went out; what a request log writes down."""

    at: datetime
    """When it went out, UTC."""
    method: str
    url: str
    """Without secrets."""
    attempt: int
    """1 for the first try."""
    is_conditional: bool
    """Whether the host could answer "not modified"."""
    status: int | None
    """None where no answer came."""
    size: int
    """Bytes of the body on the wire."""
    seconds: float
    """Until the whole answer was there, or was given up."""
    complaint: str
    """What was wrong, in words; empty if nothing was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """What has passed between us and a host; for the feeds panel."""

    requests_today: int = 0
    """Requests sent on the New York day of the last one, retries included."""
    requests: int = 0
    """Requests sent since the program started."""
    size: int = 0
    """Bytes received since the program started, on the wire."""
    latency: float | None = None
    """Seconds the last answer took; None before the first."""
    succeeded_at: datetime | None = None
    """When the host last answered as it should, UTC."""
    complaint: str = ""
    """The last thing that went wrong, in words; stays until something else does."""
    complained_at: datetime | None = None
    """When that was, UTC."""
    state: CircuitState = CircuitState.CLOSED
    """Whether the host is asked at all."""
    asks_again_in: float = 0.0
    """Seconds until it is asked again, where it is left alone or wants quiet."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Answer(Generic[Content]):
    """A good answer."""

    content: Content | None
    """What the parser made of the body; None where nothing changed since the receipt that was kept."""
    headers: Mapping[str, str]
    fetched_at: datetime
    """When it was whole, UTC."""
    receipt: Receipt
    """To be kept once the content is stored."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Fetched:
    """What a provider brought home."""

    snapshot: Snapshot | None
    """None where nothing changed since the receipts that were kept."""
    receipts: tuple[Receipt, ...] = ()
    """To be kept with `Clients.keep` once the snapshot is stored, and at once where there is none."""


def _unheard(_exchange: Exchange) -> None:
    """A request log nobody reads."""


@dataclass(slots=True)
class _Tally:
    """The counters while they are counted."""

    day: date = date.min
    kept: Counters = field(default_factory=Counters)

    def sent(self, moment: datetime) -> None:
        day = new_york_date(moment)
        today = self.kept.requests_today + 1 if day == self.day else 1
        self.day = day
        self.kept = replace(self.kept, requests_today=today, requests=self.kept.requests + 1)


class Client:
    """One host. Made by `Clients`, which sees to it that there is one only."""

    def __init__(
        self,
        host: Host,
        *,
        http: httpx.AsyncClient,
        base_url: str,
        clock: Clock,
        validators: Validators,
        heard: Callable[[Exchange], None] = _unheard,
    ) -> None:
        """A client that has asked nothing yet.

        Args:
            host: who is asked, and how politely.
            http: carries the requests; closed by `aclose`.
            base_url: what stands before a path, without a slash at its end.
            clock: tells the moment an answer came; waits do not depend on it.
            validators: the receipts of earlier answers.
            heard: told of every request that went out.
        """
        self.host = host
        self.base_url = base_url
        self._http = http
        self._clock = clock
        self._validators = validators
        self._heard = heard
        self._room = asyncio.Semaphore(host.at_once)
        # A bucket of one: aiolimiter lets a full bucket go at once, and a burst is what limits are about.
        self._limiter = AsyncLimiter(1, host.seconds_between) if host.seconds_between > 0 else None
        self._quiet_until = 0.0
        self._circuit = Circuit()
        self._tally = _Tally()

    @property
    def counters(self) -> Counters:
        """What has passed so far."""
        moment = asyncio.get_running_loop().time()
        return replace(
            self._tally.kept,
            state=self._circuit.state(moment),
            asks_again_in=max(self._circuit.rest_left(moment), self._quiet_until - moment, 0.0),
        )

    def wake(self) -> None:
        """Try the host again now, because the user asked; what it asked of us itself still holds."""
        self._circuit.wake()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def get(
        self,
        path: str,
        parse: Callable[[bytes], Content],
        *,
        form: Form,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        is_expected: bool = False,
        is_conditional: bool = False,
    ) -> Answer[Content]:
        """Get and parse.

        Args:
            path: from the host's root, with its slash.
            parse: pure; run in a thread; raises MalformedError, or NoDataError where the body says there is nothing.
            form: what the body should look like.
            params: the query.
            headers: beside the host's own.
            is_expected: whether it should be there by the calendar; then its absence is a PendingError.
            is_conditional: pass over what has not changed since its receipt was kept; a final one is not asked for.

        Raises:
            NoDataError: the source has nothing; PendingError: not yet.
            BlockedError, RefusedError: a wall, or a denial.
            ThrottledError: it wants quiet for longer than we sit out in place.
            UnreachableError: it did not answer, in spite of retries; RestingError: it was not asked.
            MalformedError: the answer makes no sense.
        """
        request = self._http.build_request("GET", self.base_url + path, params=params, headers=headers)
        key = self._key(path, params)
        held = self._validators.get(key) if is_conditional else None
        if held is not None and held.is_final:
            return Answer(content=None, headers={}, fetched_at=in_utc(self._clock()), receipt=held)
        if held is not None:
            request.headers.update(_conditions(held))
        return await self._call(request, parse, form, key, held, is_expected)

    async def post(
        self,
        path: str,
        body: Mapping[str, Any],
        parse: Callable[[bytes], Content],
        *,
        headers: Mapping[str, str] | None = None,
    ) -> Answer[Content]:
        """Post a JSON question, one that changes nothing, and parse the JSON answer; raises as `get` does."""
        request = self._http.build_request("POST", self.base_url + path, json=body, headers=headers)
        return await self._call(request, parse, Form.JSON, self._key(path, None), None, is_expected=False)

    def _key(self, path: str, params: Mapping[str, str] | None) -> str:
        # Without the upstream: a replay server has another port each time it starts.
        return redacted(str(httpx.URL(f"https://{self.host.name}{path}", params=params or None)).removeprefix("https://"))

    async def _call(
        self,
        request: httpx.Request,
        parse: Callable[[bytes], Content],
        form: Form,
        key: str,
        held: Receipt | None,
        is_expected: bool,
    ) -> Answer[Content]:
        self._require_awake()
        try:
            response, body = await self._persist(request, form, is_expected)
            if response.status_code == HTTPStatus.NOT_MODIFIED and held is not None:
                content, receipt = None, held
            else:
                receipt = await _receipt_of(key, response.headers, body)
                is_same = held is not None and held.sha256 == receipt.sha256
                content = None if is_same else await asyncio.to_thread(parse, body)
        except NoDataError:
            self._succeeded()  # The host did its part.
            raise
        except ProviderError as error:
            self._failed(error)
            raise
        self._succeeded()
        return Answer(content=content, headers=response.headers, fetched_at=in_utc(self._clock()), receipt=receipt)

    def _require_awake(self) -> None:
        moment = asyncio.get_running_loop().time()
        if not self._circuit.enter(moment):
            left = self._circuit.rest_left(moment)
            raise RestingError(
                f"{self.host.name} is left alone for {left:.0f} s after {self._circuit.failures} failures; "
                f"the last: {self._tally.kept.complaint}",
                retry_after=left,
            )

    async def _persist(self, request: httpx.Request, form: Form, is_expected: bool) -> tuple[httpx.Response, bytes]:
        """Send, and send again while that may help."""
        silences = 0

        def is_worth_repeating(error: Exception) -> bool:
            nonlocal silences
            # A host that lets one wait a minute for nothing does it on purpose: ask once more, not three times.
            silences += isinstance(error.__cause__, TimeoutError | httpx.TimeoutException)
            return isinstance(error, UnreachableError | ThrottledError) and not isinstance(error, _TooQuietError) and silences < 2

        attempts = stamina.retry_context(
            on=is_worth_repeating, attempts=self.host.attempts, timeout=None, wait_initial=0.5, wait_max=20, wait_jitter=1
        )
        async for attempt in attempts:
            with attempt:
                return await self._send(request, form, is_expected, attempt.num)
        raise AssertionError("a retry either returns or raises")

    async def _send(
        self, request: httpx.Request, form: Form, is_expected: bool, attempt: int
    ) -> tuple[httpx.Response, bytes]:
        async with self._room:
            await self._turn()
            loop = asyncio.get_running_loop()
            started, at = loop.time(), in_utc(self._clock())
            self._tally.sent(at)
            status, size, complaint = None, 0, ""
            try:
                async with self._opened(request) as response:
                    status = response.status_code
                    packed = await _wire_bytes(response, self.host.name)
                size = len(packed)
                body = await _unpacked(packed, response.headers.get("content-encoding", ""), self.host.name)
                self._require_good(response, body, form, is_expected)
                return response, body
            except ProviderError as error:
                complaint = redacted(str(error))
                raise
            finally:
                seconds = loop.time() - started
                kept = self._tally.kept
                self._tally.kept = replace(kept, size=kept.size + size, latency=seconds)
                self._heard(
                    Exchange(
                        at=at,
                        method=request.method,
                        url=redacted(str(request.url)),
                        attempt=attempt,
                        is_conditional=_CONDITIONS.isdisjoint(request.headers) is False,
                        status=status,
                        size=size,
                        seconds=seconds,
                        complaint=complaint,
                    )
                )

    async def _turn(self) -> None:
        """Wait until the host may be asked: it wants no quiet, and the last request is long enough ago."""
        loop = asyncio.get_running_loop()
        while True:
            wait = self._quiet_until - loop.time()
            if wait > PATIENCE:
                raise _TooQuietError(f"{self.host.name} asked us to wait {wait:.0f} s", retry_after=wait)
            if wait > 0:
                await asyncio.sleep(wait)
                continue
            if self._limiter is None:
                return
            await self._limiter.acquire()
            if self._quiet_until <= loop.time():
                return

    @asynccontextmanager
    async def _opened(self, request: httpx.Request) -> AsyncIterator[httpx.Response]:
        """The response with its body still to come; transport errors in the block become ours."""
        name = self.host.name
        try:
            async with asyncio.timeout(self.host.answer_seconds):
                response = await self._http.send(request, stream=True)
                try:
                    yield response
                finally:
                    await response.aclose()
        except httpx.ConnectTimeout as error:
            raise UnreachableError(f"{name} could not be reached within {self.host.connect_seconds:.0f} s") from error
        except httpx.TimeoutException as error:
            raise UnreachableError(f"{name} said nothing for {self.host.read_seconds:.0f} s") from error
        except TimeoutError as error:
            raise UnreachableError(f"{name} took longer than {self.host.answer_seconds:.0f} s") from error
        except httpx.ConnectError as error:
            raise UnreachableError(f"{name} could not be reached: {redacted(str(error))}") from error
        except httpx.TransportError as error:
            reason = redacted(str(error)) or type(error).__name__
            raise UnreachableError(f"{name} broke off: {reason}") from error

    def _require_good(self, response: httpx.Response, body: bytes, form: Form, is_expected: bool) -> None:
        status = response.status_code
        if status == HTTPStatus.NOT_MODIFIED and not _CONDITIONS.isdisjoint(response.request.headers):
            return
        verdict = judge(status, response.headers, body, form, is_expected=is_expected)
        if verdict.quality is Quality.OK:
            return
        retry_after = retry_after_of(response.headers)
        if status == HTTPStatus.TOO_MANY_REQUESTS or (status == HTTPStatus.SERVICE_UNAVAILABLE and retry_after is not None):
            wait = self.host.throttle_seconds if retry_after is None else retry_after
            self._quiet_until = max(self._quiet_until, asyncio.get_running_loop().time() + wait)
        raise error_of(verdict, self.host.name, status, retry_after)

    def _succeeded(self) -> None:
        self._circuit.succeeded()
        self._tally.kept = replace(self._tally.kept, succeeded_at=in_utc(self._clock()))

    def _failed(self, error: ProviderError) -> None:
        complaint = redacted(str(error))
        self._tally.kept = replace(self._tally.kept, complaint=complaint, complained_at=in_utc(self._clock()))
        # A throttle says itself how long it lasts, and a refusal is about the question, not about the host.
        if isinstance(error, UnreachableError | BlockedError | MalformedError):
            self._circuit.failed(asyncio.get_running_loop().time())


class _TooQuietError(ThrottledError):
    """The host wants quiet for longer than we sit out in place."""


_CONDITIONS: Final = frozenset({"if-none-match", "if-modified-since"})


def _conditions(held: Receipt) -> dict[str, str]:
    named = {"If-None-Match": held.etag, "If-Modified-Since": held.last_modified}
    return {name: value for name, value in named.items() if value is not None}


async def _wire_bytes(response: httpx.Response, host: str) -> bytes:
    """The body as it travelled: httpx would unpack half an answer without a word."""
    pieces: list[bytes] = []
    size = 0
    assert isinstance(response.stream, httpx.AsyncByteStream)
    async for piece in response.stream:
        pieces.append(piece)
        size += len(piece)
        if size > LARGEST:
            raise MalformedError(f"the answer is larger than {LARGEST // 2**20} MB", where=host)
    return b"".join(pieces)


async def _unpacked(packed: bytes, encoding: str, host: str) -> bytes:
    if encoding in {"", "identity"} or not packed:
        return packed
    if encoding != "gzip":
        raise MalformedError(f"the answer is packed as {encoding!r}, which we did not ask for", where=host)
    try:
        return await asyncio.to_thread(gzip.decompress, packed) if len(packed) > _LARGE else gzip.decompress(packed)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UnreachableError(f"{host} sent an answer that was cut off or damaged after {len(packed):,} bytes") from error


async def _receipt_of(key: str, headers: httpx.Headers, body: bytes) -> Receipt:
    digest = await asyncio.to_thread(hashlib.sha256, body) if len(body) > _LARGE else hashlib.sha256(body)
    return Receipt(
        key=key,
        sha256=digest.hexdigest(),
        etag=headers.get("etag"),
        last_modified=headers.get("last-modified"),
    )


class Clients:
    """The clients of a program, one per host, with one upstream, one clock and one set of receipts."""

    def __init__(
        self,
        *,
        clock: Clock,
        upstream: str | None = None,
        base_urls: Mapping[str, str] | None = None,
        contact: str = "",
        validators: Validators | None = None,
        heard: Callable[[Exchange], None] = _unheard,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """No client is made, and nothing asked, until a provider wants one.

        Args:
            clock: tells the moment.
            upstream: what SHORTSIDE_UPSTREAM says; its prefix comes before every host: `http://127.0.0.1:1/HOST/PATH`.
            base_urls: other addresses of hosts, by host name; an upstream comes before these, too.
            contact: a mail address for publishers who want to know who reads them.
            validators: the receipts of earlier answers; in memory where None.
            heard: told of every request that went out; called on the event loop.
            transport: answers in place of the network, for tests.
        """
        self.validators = Validators() if validators is None else validators
        self._clock = clock
        self._upstream = upstream
        self._base_urls = dict(base_urls or {})
        self._contact = contact
        self._heard = heard
        self._transport = transport
        # Loading the trusted authorities takes 20 ms and more: once for all hosts, and not for a plain upstream.
        self._tls = None if upstream or transport else httpx.create_ssl_context()
        self._clients: dict[str, Client] = {}

    def of(self, host: Host) -> Client:
        """The one client of a host."""
        if host.name not in self._clients:
            self._clients[host.name] = Client(
                host,
                http=self._http(host),
                base_url=base_url_of(host.name, self._base_urls.get(host.name), self._upstream),
                clock=self._clock,
                validators=self.validators,
                heard=self._heard,
            )
        return self._clients[host.name]

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

    def _http(self, host: Host) -> httpx.AsyncClient:
        agent = BROWSER if host.is_browser_wanted else f"shortside {self._contact or '(a private reader)'}"
        return httpx.AsyncClient(
            headers={"User-Agent": agent, "Accept-Encoding": "gzip", **host.headers},
            timeout=httpx.Timeout(host.read_seconds, connect=host.connect_seconds),
            limits=httpx.Limits(max_connections=host.at_once, max_keepalive_connections=host.at_once),
            # A context without authorities trusts nobody: right for an upstream without TLS, and harmless otherwise.
            verify=self._tls or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            transport=self._transport,
            trust_env=self._upstream is None,
            follow_redirects=False,
        )


def base_url_of(host: str, base_url: str | None, upstream: str | None) -> str:
    """What stands before a path: the host itself, another address, or the upstream with either of them behind it."""
    address = (base_url or f"https://{host}").rstrip("/")
    return address if upstream is None else f"{upstream.rstrip('/')}/{address.split('://', 1)[-1]}"
