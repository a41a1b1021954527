"""Sends alerts to commands, addresses and the package apprise: each with a limit of time, and none in another's way."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import os
import signal
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Awaitable, Callable, Mapping
from threading import Thread
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from providers.http.proxies import http_client
from providers.http.this_machine import is_this_machine
from shortside.words.plain_text import printable
from tui.alerts.messages import environment_of, message_text, payload
from tui.alerts.watch import Ring
from tui.extras import how_to_install

COMMAND_SECONDS: Final = 20.0
"""How long a command may run; then it and what it started are killed."""
REQUEST_SECONDS: Final = 10.0
ATTEMPTS: Final = 4
"""How often an address is sent to, before it is given up."""
FIRST_PAUSE_SECONDS: Final = 1.0
LONGEST_PAUSE_SECONDS: Final = 60.0
"""The longest wait an address may ask for; each pause is twice the one before."""
APPRISE_SECONDS: Final = 60.0
OTHERS_LOGGERS: Final = ("apprise", "urllib3")
MOST_UNDER_WAY: Final = 20
"""Deliveries at once; what comes beyond them is not sent, and said."""


class DeliveryError(Exception):
    """An alert did not reach somebody; the words hold neither an address nor a header."""


class AlertDelivery:
    """Sends alerts from an event loop that goes on meanwhile.

    Args:
        source: of which source the figures are.
        environment: of the program, handed on to commands but for its secrets.
        complain: is told in words what could not be delivered.
        transport: carries the requests, in tests.
        sleep: waits between attempts.
    """

    def __init__(
        self,
        source: str,
        environment: Mapping[str, str],
        complain: Callable[[str], None],
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._source, self._environment, self._complain = source, environment, complain
        self._transport, self._sleep = transport, sleep
        self._tasks: set[asyncio.Task[None]] = set()
        self.hidden: frozenset[str] = frozenset()
        """Variables that hold secrets of rules, which no command gets."""

    def send(self, ring: Ring) -> None:
        """Begin to send an alert by all its ways but those of the terminal."""
        ways = ring.alert.ways
        sending: dict[str, Callable[[Ring], Awaitable[None]]] = {}
        if ways.command:
            sending["command"] = self._command
        if ways.webhook is not None:
            sending["webhook"] = self._webhook
        if ways.apprise:
            sending["apprise"] = self._apprise
        for way, send in sending.items():
            if len(self._tasks) >= MOST_UNDER_WAY:
                self._complain(f"alert {ring.alert.rule.name}: {way} left out, for {MOST_UNDER_WAY} are under way")
                continue
            task = asyncio.get_running_loop().create_task(self._sent(way, send, ring))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Give up what is under way, and kill the commands that still run."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def settled(self) -> None:
        """Wait until nothing is under way."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _sent(self, way: str, send: Callable[[Ring], Awaitable[None]], ring: Ring) -> None:
        try:
            await send(ring)
        except DeliveryError as error:
            self._complain(f"alert {ring.alert.rule.name}: {way} {error}")
        # Whatever a program or a package of others comes to, the figures go on. Its own words may hold an address.
        except Exception as error:
            self._complain(f"alert {ring.alert.rule.name}: {way} failed ({type(error).__name__})")

    # -- command --------------------------------------------------------------------------------------------------

    async def _command(self, ring: Ring) -> None:
        program, *arguments = ring.alert.ways.command
        environment = environment_of(ring, self._source, self._environment, self.hidden)
        try:
            # In a session of its own: it has no terminal to write to, and can be killed with what it starts.
            process = await asyncio.create_subprocess_exec(
                *(program, *arguments),
                stdin=DEVNULL,
                stdout=DEVNULL,
                stderr=DEVNULL,
                env=environment,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise DeliveryError(f"cannot be started: {printable(program)}: {reason}") from error
        try:
            async with asyncio.timeout(COMMAND_SECONDS):
                code = await process.wait()
        except TimeoutError:
            raise DeliveryError(f"was killed after {COMMAND_SECONDS:g} seconds") from None
        finally:
            await _killed(process)
        if code:
            raise DeliveryError(f"ended with {code}")

    # -- webhook --------------------------------------------------------------------------------------------------

    async def _webhook(self, ring: Ring) -> None:
        ways = ring.alert.ways
        assert ways.webhook is not None
        address = ways.webhook.reveal()
        headers = {name: value.reveal() for name, value in ways.headers.items()}
        body = payload(ring, self._source)
        pause = FIRST_PAUSE_SECONDS
        async with self._client(address) as client:
            for attempt in range(1, ATTEMPTS + 1):
                asked, reason = await _posted(client, address, headers, body)
                if not reason:
                    return
                if asked is None or attempt == ATTEMPTS:
                    tries = f" after {attempt} attempts" if attempt > 1 else ""
                    raise DeliveryError(f"was not taken{tries}: {reason}")
                await self._sleep(min(max(asked, pause), LONGEST_PAUSE_SECONDS))
                pause *= 2

    def _client(self, address: str) -> httpx.AsyncClient:
        return http_client(
            headers={"User-Agent": "shortside"},
            timeout=REQUEST_SECONDS,
            transport=self._transport,
            # A proxy of the environment must not get what goes to this machine.
            trust_env=not is_this_machine(urlsplit(address).hostname),
            follow_redirects=False,
        )

    # -- apprise --------------------------------------------------------------------------------------------------

    async def _apprise(self, ring: Ring) -> None:
        addresses = [address.reveal() for address in ring.alert.ways.apprise]
        title, words = printable(ring.alert.rule.name), message_text(ring)
        try:
            async with asyncio.timeout(APPRISE_SECONDS):
                are_sent = await _in_thread_of_its_own(lambda: _notify(addresses, title, words))
        except TimeoutError:
            raise DeliveryError(f"did not answer within {APPRISE_SECONDS:g} seconds") from None
        if not are_sent:
            raise DeliveryError("says that not every service took it")


async def _posted(
    client: httpx.AsyncClient, address: str, headers: Mapping[str, str], body: Mapping[str, Any]
) -> tuple[float | None, str]:
    """One attempt: how long to wait before another (None for none is worth it), and why it failed; empty for taken."""
    try:
        answer = await client.post(address, json=body, headers=dict(headers))
    except httpx.InvalidURL:
        return None, "it is no address"
    except httpx.HTTPError as error:
        return 0.0, f"no answer ({type(error).__name__})"
    if answer.is_success:
        return None, ""
    is_worth_another = answer.status_code == 429 or answer.status_code >= 500
    return (_seconds_asked(answer) if is_worth_another else None), f"HTTP {answer.status_code}"


def _seconds_asked(answer: httpx.Response) -> float:
    text = answer.headers.get("Retry-After", "")
    return float(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0.0


async def _killed(process: Process) -> None:
    """End a command and what it started, and take leave of it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        # The group outlives a leader that ended: what it left behind goes, too.
        os.killpg(process.pid, signal.SIGKILL)
    if process.returncode is None:
        await asyncio.shield(process.wait())


async def _in_thread_of_its_own(call: Callable[[], bool]) -> bool:
    """What a call returns that may block for minutes: no end of the program waits for its thread."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[bool] = loop.create_future()

    def tell(result: bool, error: Exception | None) -> None:
        if answer.done():
            return
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(result)

    def work() -> None:
        result, failure = False, None
        # Whatever a package of others raises is told where it is waited for.
        try:
            result = call()
        except Exception as error:
            failure = error
        # The loop may be gone, and with it whoever waited.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(tell, result, failure)

    Thread(target=work, name="apprise", daemon=True).start()
    return await answer


def lacks_apprise() -> bool:
    """Whether the package that `apprise` wants is not installed."""
    from importlib.util import find_spec

    return find_spec("apprise") is None


def _notify(addresses: list[str], title: str, words: str) -> bool:
    try:
        apprise = importlib.import_module("apprise")
    except ImportError as error:
        raise DeliveryError(f"needs a package: {how_to_install('apprise')}") from error
    for name in OTHERS_LOGGERS:
        # Without a handler Python would write their warnings, with addresses in them, across the screen.
        logging.getLogger(name).addHandler(logging.NullHandler())
        logging.getLogger(name).propagate = False
    sender = apprise.Apprise()
    if not all(map(sender.add, addresses)):
        raise DeliveryError("does not understand one of its addresses")
    return bool(sender.notify(title=title, body=words))
