"""Asks one host over HTTP: paced, retried, conditional, counted, and left alone when it fails.

Every wait is on the running event loop's clock, so a test can run it on a loop whose time jumps. What came back is
judged, then parsed in a thread; a caller sees parsed content or a `ProviderError`, never a status.

The order of the steps is the politeness, so they are all here. `providers.http.clients` makes one client per host.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final, Generic, TypeVar

import httpx
import stamina

from providers.base import Clock
from providers.catalog import Host
from providers.errors import (
    BlockedError,
    MalformedError,
    NoDataError,
    ProviderError,
    RefusedError,
    RestingError,
    ThrottledError,
    UnreachableError,
    UntrustedError,
)
from providers.events import Events, milliseconds
from providers.http.bodies import LARGE_BODY_BYTES, unpacked, wire_bytes
from providers.http.circuit import Circuit, CircuitState
from providers.http.pace import Pace
from providers.http.receipts import Receipt, Receipts
from providers.http.traffic import Counters, Exchange, Tally, no_request_log, secrets_of
from providers.http.verdicts import Form, error_of, judge, mistrust_behind, retry_after_of
from providers.redaction import redacted
from shortside.datasets import Quality
from shortside.sessions import in_utc
from shortside.snapshot import Snapshot

_events: Final = Events("http")
LONGEST_QUIET_SECONDS: Final = 60.0
"""Seconds of quiet a host may ask for that a call sits out; for more it fails and says for how long."""
FIRST_PAUSE_SECONDS: Final = 0.5
"""Seconds before the first repetition; each further pause is twice as long, and all are lengthened by chance."""
LONGEST_PAUSE_SECONDS: Final = 20.0
JITTER_SECONDS: Final = 1.0
"""Seconds of chance in a pause: several monitors that lost the network together must not come back together."""

Content = TypeVar("Content")


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


class Client:
    """One host. Made by `providers.http.clients.Clients`, which sees to it that there is one only."""

    def __init__(
        self,
        host: Host,
        *,
        http: httpx.AsyncClient,
        base_url: str,
        clock: Clock,
        validators: Receipts,
        heard: Callable[[Exchange], None] = no_request_log,
        our_turn: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """A client that has asked nothing yet.

        Args:
            host: who is asked, and how politely.
            http: carries the requests; closed by `aclose`.
            base_url: what stands before a path, without a slash at its end.
            clock: tells the moment an answer came; waits do not depend on it.
            validators: the receipts of earlier answers.
            heard: told of every request that went out.
            our_turn: returns when it is ours to ask; awaited before each goes out. None where it always is.
        """
        self.host = host
        self.base_url = base_url
        self._http = http
        self._clock = clock
        self._validators = validators
        self._heard, self._our_turn = heard, our_turn
        self._room = asyncio.Semaphore(host.at_once)
        self.pace = Pace(host)
        """How fast the host is asked, as it stands."""
        self._gate, self._next_at = asyncio.Lock(), 0.0
        self._trial, self._is_accepted, self._is_second_tried = asyncio.Lock(), False, False
        self._quiet_until = 0.0
        self._circuit = Circuit()
        self._tally = Tally()

    @property
    def counters(self) -> Counters:
        """What has passed so far."""
        moment = asyncio.get_running_loop().time()
        return replace(
            self._tally.counters,
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
        form: Form | None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        is_expected: bool = False,
        is_conditional: bool = False,
    ) -> Answer[Content]:
        """Get and parse.

        Args:
            path: from the host's root, with its slash.
            parse: pure; run in a thread; raises MalformedError, or NoDataError where the body says there is nothing.
            form: what the body should look like; None where a web page is wanted.
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
        return redacted(
            str(httpx.URL(f"https://{self.host.name}{path}", params=params or None)).removeprefix("https://")
        )

    async def _call(
        self,
        request: httpx.Request,
        parse: Callable[[bytes], Content],
        form: Form | None,
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
            self._failed(error, secrets_of(request.headers))
            raise
        self._succeeded()
        return Answer(content=content, headers=response.headers, fetched_at=in_utc(self._clock()), receipt=receipt)

    def _require_awake(self) -> None:
        moment = asyncio.get_running_loop().time()
        if not self._circuit.enter(moment):
            left = self._circuit.rest_left(moment)
            raise RestingError(
                f"{self.host.name} is left alone for {left:.0f} s after {self._circuit.failures} failures; "
                f"the last: {self._tally.counters.complaint}",
                retry_after=left,
            )

    async def _persist(
        self, request: httpx.Request, form: Form | None, is_expected: bool
    ) -> tuple[httpx.Response, bytes]:
        """Send, and send again while that may help."""
        silences = 0

        def is_worth_repeating(error: Exception) -> bool:
            nonlocal silences
            # A host that lets one wait a minute for nothing does it on purpose: ask once more, not three times.
            silences += isinstance(error.__cause__, TimeoutError | httpx.TimeoutException)
            if isinstance(error, ThrottledError):
                return (error.retry_after or 0.0) <= LONGEST_QUIET_SECONDS
            # A certificate is no better a second later.
            return isinstance(error, UnreachableError) and not isinstance(error, UntrustedError) and silences < 2

        attempts = stamina.retry_context(
            on=is_worth_repeating,
            attempts=self.host.attempts,
            timeout=None,
            wait_initial=FIRST_PAUSE_SECONDS,
            wait_max=LONGEST_PAUSE_SECONDS,
            wait_jitter=JITTER_SECONDS,
        )
        async for attempt in attempts:
            with attempt:
                return await self._send(request, form, is_expected, attempt.num)
        raise AssertionError("a retry either returns or raises")

    async def _send(
        self, request: httpx.Request, form: Form | None, is_expected: bool, attempt: int
    ) -> tuple[httpx.Response, bytes]:
        if self.pace.state.is_second_agent:
            request = self._under_second_name(request)
        try:
            return await self._exchange(request, form, is_expected, attempt)
        except _RefusedOutrightError as refusal:
            async with self._trial:
                # Whoever was refused beside us waits for how the one try fares.
                if self._is_second_tried and not self.pace.state.is_second_agent:
                    raise refusal.error from refusal
                self._is_second_tried = True
                answer = await self._exchange(self._under_second_name(request), form, is_expected, attempt)
                self.pace.takes_second_agent()
                return answer

    def _under_second_name(self, request: httpx.Request) -> httpx.Request:
        headers = httpx.Headers(request.headers)
        headers["User-Agent"] = self.host.second_agent
        return httpx.Request(
            request.method, request.url, headers=headers, stream=request.stream, extensions=request.extensions
        )

    async def _exchange(
        self, request: httpx.Request, form: Form | None, is_expected: bool, attempt: int
    ) -> tuple[httpx.Response, bytes]:
        async with self._room:
            await self._turn()
            if self._our_turn is not None:
                await self._our_turn()
            loop = asyncio.get_running_loop()
            started, at = loop.time(), in_utc(self._clock())
            self._tally.sent(at)
            status, size, complaint = None, 0, ""
            try:
                async with self._opened(request) as response:
                    status = response.status_code
                    packed = await wire_bytes(response, self.host.name)
                size = len(packed)
                body = await unpacked(packed, response.headers.get("content-encoding", ""), self.host.name)
                self._require_good(response, body, form, is_expected, started)
                self._is_accepted = True
                self.pace.answered()
                return response, body
            except _RefusedOutrightError as refusal:
                complaint = redacted(str(refusal.error), secrets_of(request.headers))
                raise
            except ProviderError as error:
                complaint = redacted(str(error), secrets_of(request.headers))
                raise
            finally:
                seconds = loop.time() - started
                self._tally.ended(size, seconds)
                exchange = Exchange(
                    at=at,
                    method=request.method,
                    url=redacted(str(request.url)),
                    attempt=attempt,
                    is_conditional=not _CONDITIONS.isdisjoint(request.headers),
                    status=status,
                    size=size,
                    seconds=seconds,
                    complaint=complaint,
                )
                _tell_of(exchange)
                self._heard(exchange)

    async def _turn(self) -> None:
        """Wait until the host may be asked: it wants no quiet, and the last request is long enough ago."""
        loop = asyncio.get_running_loop()
        while True:
            wait = self._quiet_until - loop.time()
            if wait > LONGEST_QUIET_SECONDS:
                raise ThrottledError(f"{self.host.name} asked us to wait {wait:.0f} s", retry_after=wait)
            if wait > 0:
                await asyncio.sleep(wait)
                continue
            async with self._gate:
                await asyncio.sleep(max(0.0, self._next_at - loop.time()))
                # From when it really goes out: late by a busy loop, it must not hurry the next one.
                self._next_at = loop.time() + self.pace.seconds_between
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
            if mistrust := mistrust_behind(error):
                words = f"{name} has a certificate that is not trusted, so nothing was sent: {mistrust.verify_message}"
                raise UntrustedError(words) from error
            raise UnreachableError(f"{name} could not be reached: {redacted(str(error))}") from error
        except httpx.TransportError as error:
            reason = redacted(str(error)) or type(error).__name__
            raise UnreachableError(f"{name} broke off: {reason}") from error

    def _require_good(
        self, response: httpx.Response, body: bytes, form: Form | None, is_expected: bool, started: float
    ) -> None:
        status = response.status_code
        if status == HTTPStatus.NOT_MODIFIED and not _CONDITIONS.isdisjoint(response.request.headers):
            return
        verdict = judge(status, response.headers, body, form, is_expected=is_expected)
        if verdict.quality is Quality.OK:
            return
        moment, asked_for = asyncio.get_running_loop().time(), retry_after_of(response.headers)
        retry_after = asked_for
        if status == HTTPStatus.TOO_MANY_REQUESTS or verdict.quality is Quality.BLOCKED:
            # One that says for how long is about how often we ask, and not about who we are.
            if asked_for is None and self._may_try_second(response.request, status):
                raise _RefusedOutrightError(error_of(verdict, self.host.name, status, None))
            quiet = self.pace.refused(started, moment, asked_for)
            retry_after = quiet if status == HTTPStatus.TOO_MANY_REQUESTS else asked_for
        if retry_after is not None:
            # The whole host is quiet then, not only this call.
            self._quiet_until = max(self._quiet_until, moment + retry_after)
        raise error_of(verdict, self.host.name, status, retry_after)

    def _may_try_second(self, request: httpx.Request, status: int) -> bool:
        """Whether the host refuses our first name before it ever answered to it."""
        if not self.host.second_agent or request.headers["User-Agent"] == self.host.second_agent:
            return False
        # Those that went out under the first name beside the one try share in how it fares.
        is_open = not self._is_second_tried or self._trial.locked() or self.pace.state.is_second_agent
        is_refusal = status in {HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS}
        return is_open and is_refusal and (not self._is_accepted or self.pace.state.is_second_agent)

    def _succeeded(self) -> None:
        if self._circuit.state(asyncio.get_running_loop().time()) is not CircuitState.CLOSED:
            _events.info("circuit_closed", host=self.host.name)
        self._circuit.succeeded()
        self._tally.succeeded(in_utc(self._clock()))

    def _failed(self, error: ProviderError, secrets: tuple[str, ...]) -> None:
        words, moment = redacted(str(error), secrets), asyncio.get_running_loop().time()
        self._tally.failed(words, in_utc(self._clock()))
        wait = error.retry_after if isinstance(error, ThrottledError) else None
        _events.warning(_failure_of(error), host=self.host.name, retry_after_seconds=wait, reason=words)
        # A throttle says itself how long it lasts, and a refusal is about the question, not about the host.
        if isinstance(error, UnreachableError | BlockedError | MalformedError):
            was_asked = self._circuit.state(moment) is not CircuitState.RESTING
            self._circuit.failed(moment)
            if was_asked and (rest := self._circuit.rest_left(moment)):
                _events.warning(
                    "circuit_opened", host=self.host.name, failures=self._circuit.failures, rest_seconds=rest
                )


def _failure_of(error: ProviderError) -> str:
    """What a failed call is called among events."""
    if isinstance(error, ThrottledError):
        return "throttled"
    return "refused" if isinstance(error, RefusedError) else "failed"


def _tell_of(exchange: Exchange) -> None:
    _events.debug(
        "request",
        method=exchange.method,
        url=exchange.url,
        attempt=exchange.attempt,
        status=exchange.status,
        bytes=exchange.size,
        ms=milliseconds(exchange.seconds),
        reason=exchange.complaint or None,
    )


class _RefusedOutrightError(Exception):
    """The host refuses the name we gave, and another one has not been tried."""

    def __init__(self, error: ProviderError) -> None:
        super().__init__(str(error))
        self.error = error


_CONDITIONS: Final = frozenset({"if-none-match", "if-modified-since"})


def _conditions(held: Receipt) -> dict[str, str]:
    named = {"If-None-Match": held.etag, "If-Modified-Since": held.last_modified}
    return {name: value for name, value in named.items() if value is not None}


async def _receipt_of(key: str, headers: httpx.Headers, body: bytes) -> Receipt:
    digest = await asyncio.to_thread(hashlib.sha256, body) if len(body) > LARGE_BODY_BYTES else hashlib.sha256(body)
    return Receipt(
        key=key,
        sha256=digest.hexdigest(),
        etag=headers.get("etag"),
        last_modified=headers.get("last-modified"),
    )


def content_of(answer: Answer[Content]) -> Content:
    """What an answer holds to a question asked without a condition: it cannot have been "not modified"."""
    assert answer.content is not None
    return answer.content
