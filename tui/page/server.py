"""Serves the page: lets visitors in, and joins each one's websocket with a terminal of his own."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import textual_serve
from aiohttp import WSCloseCode, web
from aiohttp.typedefs import Handler

from providers.events import Events
from tui.page.addresses import is_known_host, is_of_another_user, is_same_origin
from tui.page.visitor_terminal import StuckError, VisitorTerminal, bounded, environment_of_visitor
from tui.page.visitors import known_visitor, new_visitor

if TYPE_CHECKING:
    from tui.page.tokens import Token

MOST_BYTES_OF_A_MESSAGE: Final = 262_144
"""What one message of a visitor may hold; a paste of a thousand symbols is 6,000."""
SECONDS_BETWEEN_SIGNS_OF_LIFE: Final = 15.0
"""How often a browser is asked whether it is still there; one that is gone is known twice as late at most."""
SECONDS_OF_A_YEAR: Final = 31_536_000
FULL, NO_TERMINAL, STUCK = 4001, 4002, 4003
"""Why a websocket is closed, besides the codes everybody has; page.js shows the reason."""
_OPEN_TO_ALL: Final = ("/page/", "/terminal/")
"""Style, script and fonts, which are in the program for anyone to read."""
_HEADERS: Final = {
    "Server": "shortside",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; img-src data:;"
        " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_page: Final = Events("page")


class PageWishes(NamedTuple):
    """What a page is served by."""

    command: Sequence[str]
    """What runs in every visitor's terminal, as `command_of_monitor` names it."""
    environment: Mapping[str, str]
    """The environment of every visitor's monitor; without the token."""
    is_local: bool
    """Whether only this machine can reach the page."""
    token: Token | None = None
    """What opens it; None where it is open to this user of this machine."""
    most_visitors: int = 8
    names: Collection[str] = ()
    """Names of this machine in small letters, under which the page may be asked for."""


class ServedPage:
    """The page and whoever looks at it.

    Args:
        wishes: how it is served.
    """

    def __init__(self, wishes: PageWishes) -> None:
        self._wishes = wishes
        self._visits: set[asyncio.Task[Any]] = set()
        self._endings: dict[asyncio.Task[None], str] = {}
        """Monitors whose visitors have left, until they are gone, with the visitor of each."""

    @property
    def monitor_count(self) -> int:
        """How many monitors run, those that are about to end among them."""
        return len(self._visits) + len(self._endings)

    def application(self) -> web.Application:
        """The page as aiohttp serves it."""
        application = web.Application(middlewares=[_contained, self._guarded], client_max_size=8_192)
        application.on_response_prepare.append(_add_headers)
        application.on_shutdown.append(self._end_visits)
        application.on_cleanup.append(self._see_monitors_end)
        application.add_routes(
            [
                web.get("/", self._index),
                web.post("/", self._enter),
                web.get("/alive", self._alive),
                web.get("/ws", self._visit),
                web.static("/page", _own_file("static")),
                web.static("/terminal", Path(textual_serve.__file__).parent / "static"),
            ]
        )
        return application

    # -- who may come in ------------------------------------------------------------------------------------------

    @web.middleware
    async def _guarded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        wishes, host = self._wishes, request.headers.get("Host", "")
        if not is_known_host(host, is_local=wishes.is_local, names=wishes.names):
            return _refusal(403, "This page is not called so. Ask for it by the address that shortside serve printed.")
        if not is_same_origin(request.headers.get("Origin"), host):
            return _refusal(403, "Another page may not ask for this one.")
        if request.path.startswith(_OPEN_TO_ALL):
            return await handler(request)
        if wishes.token is None:
            if await asyncio.to_thread(_is_foreign, request):
                return _refusal(403, "This page is open to the user who started it. A token would let others in.")
        elif not self._is_entering(request) and not self._has_cookie(request):
            return _asks_for_token()
        return await handler(request)

    def _cookie_name(self, request: web.Request, what: str) -> str:
        # Browsers do not tell ports apart: two pages of one machine would take each other's.
        address = request.transport.get_extra_info("sockname") if request.transport is not None else None
        return f"shortside-{what}-{address[1] if address else 0}"

    def _has_cookie(self, request: web.Request) -> bool:
        value = request.cookies.get(self._cookie_name(request, "token"), "")
        return self._wishes.token is not None and self._wishes.token.is_cookie(value)

    @staticmethod
    def _is_entering(request: web.Request) -> bool:
        """Whether the request brings a token, which is looked at where it is answered."""
        return request.path == "/" and (request.method == "POST" or "token" in request.query)

    async def _enter(self, request: web.Request) -> web.StreamResponse:
        try:
            form = await request.post()
        # An encoding nobody knows, bytes that are none of it, parts that nothing parts.
        except (ValueError, LookupError, AssertionError):
            return _refusal(400, "This is no form of the page.")
        return self._entered(request, str(form.get("token", "")))

    def _entered(self, request: web.Request, text: str) -> web.StreamResponse:
        """The cookie for a token, and the way to the page whose address has none."""
        token = self._wishes.token
        if token is not None and not token.is_text(text.strip()):
            _page.warning("wrong_token", peer=request.remote)
            return _asks_for_token()
        if request.headers.get("Sec-Fetch-Site") == "cross-site":
            # A browser would follow a redirection of somebody else's link without the cookie.
            response: web.StreamResponse = _page_file("entered.html")
        else:
            response = web.Response(status=303, headers={"Location": "/"})
        if token is not None:
            self._set_cookie(request, response, "token", token.cookie)
        return response

    def _set_cookie(
        self, request: web.Request, response: web.StreamResponse, what: str, value: str, seconds: int | None = None
    ) -> None:
        """Have the browser keep something that no script reads and no other site sends."""
        # A proxy says whether the browser speaks to it in secret; whoever else claims so has a cookie that is not sent.
        is_secret = request.headers.get("X-Forwarded-Proto") == "https"
        name = self._cookie_name(request, what)
        response.set_cookie(name, value, httponly=True, samesite="Strict", secure=is_secret, path="/", max_age=seconds)

    # -- what is there --------------------------------------------------------------------------------------------

    async def _index(self, request: web.Request) -> web.StreamResponse:
        if "token" in request.query:
            return self._entered(request, request.query["token"])
        response = _page_file("index.html")
        if known_visitor(request.cookies.get(self._cookie_name(request, "visitor"))) is None:
            self._set_cookie(request, response, "visitor", new_visitor(), SECONDS_OF_A_YEAR)
        return response

    async def _alive(self, _request: web.Request) -> web.StreamResponse:
        return web.Response(status=204)

    # -- visits ---------------------------------------------------------------------------------------------------

    async def _visit(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(
            heartbeat=SECONDS_BETWEEN_SIGNS_OF_LIFE, max_msg_size=MOST_BYTES_OF_A_MESSAGE, compress=True
        )
        if not socket.can_prepare(request):
            return _refusal(400, "Here a browser's websocket comes in, and nothing else.")
        await socket.prepare(request)
        most = self._wishes.most_visitors
        # Who leaves and comes back at once, as with a reload, is no second visitor, but not without end.
        if len(self._visits) >= most or self.monitor_count >= 2 * most:
            await socket.close(code=FULL, message=_full_words(most).encode())
            return socket
        task = asyncio.current_task()
        assert task is not None
        self._visits.add(task)
        _page.info("visit", visitors=len(self._visits))
        try:
            await self._join(request, socket)
        finally:
            self._visits.discard(task)
            _page.info("visit_ended", visitors=len(self._visits))
        return socket

    async def _join(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        """Start a monitor, and let the visitor have it until one of the two leaves."""
        visitor = known_visitor(request.cookies.get(self._cookie_name(request, "visitor"))) or new_visitor()
        # The monitor he left has to keep how he left it before the next one reads that.
        if endings := [ending for ending, whose in self._endings.items() if whose == visitor]:
            await asyncio.wait(endings)
        environment = environment_of_visitor(self._wishes.environment, visitor, request.query.get("zone", ""))
        size = bounded(_whole(request.query.get("width"), 80), _whole(request.query.get("height"), 24))
        try:
            terminal = await VisitorTerminal.started(self._wishes.command, environment, size)
        except OSError as error:
            await socket.close(code=NO_TERMINAL, message=f"No monitor can be started: {error.strerror}".encode()[:120])
            return
        showing = asyncio.create_task(_show(terminal, socket))
        try:
            await _listen(terminal, socket)
        except StuckError:
            await socket.close(code=STUCK, message=b"The monitor took no key for too long, and was ended.")
        finally:
            # Its own task, because the server that ends cancels this one more than once.
            ending = asyncio.create_task(_end(terminal, showing))
            self._endings[ending] = visitor
            ending.add_done_callback(self._endings.pop)

    async def _end_visits(self, _application: web.Application) -> None:
        visits = list(self._visits)
        for visit in visits:
            visit.cancel()
        await asyncio.gather(*visits, return_exceptions=True)

    async def _see_monitors_end(self, _application: web.Application) -> None:
        while self._endings:
            await asyncio.wait(list(self._endings))


@web.middleware
async def _contained(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Have an error of ours end one request, with a word in the log, and nothing of it on anybody's screen."""
    try:
        return await handler(request)
    except web.HTTPException:
        raise
    # Whatever nobody foresaw; aiohttp would print it with what the visitor sent.
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        _page.error("unforeseen", error=repr(error), at=f"{last.name}:{last.lineno}")
        return _refusal(500, "An error of this program; its log has more.")


def _full_words(most: int) -> str:
    """Why nobody is let in, short enough for the end of a websocket."""
    monitors = "One monitor runs" if most == 1 else f"{most} monitors run"
    return f"{monitors} here already, as many as may: close one, or ask for more with --visitors."


async def _end(terminal: VisitorTerminal, showing: asyncio.Task[None]) -> None:
    """Take a monitor's terminal away, and see it end."""
    showing.cancel()
    with suppress(asyncio.CancelledError, ConnectionError):
        await showing
    await terminal.end()


async def _show(terminal: VisitorTerminal, socket: web.WebSocketResponse) -> None:
    """Send what the monitor draws; a browser that takes nothing holds it up, as a slow line does."""
    while data := await terminal.read():
        await socket.send_bytes(data)
    await socket.close(code=WSCloseCode.OK)


async def _listen(terminal: VisitorTerminal, socket: web.WebSocketResponse) -> None:
    """Hand the monitor what comes from the page, until that is closed; what is no message of the page is passed over.

    Raises:
        StuckError: the monitor takes no keys.
    """
    async for message in socket:
        if message.type is not web.WSMsgType.TEXT:
            continue
        try:
            kind, *contents = message.json()
            content = contents[0] if contents else None
        except (ValueError, TypeError, RecursionError):
            continue
        if kind == "stdin" and isinstance(content, str):
            await terminal.type(content.encode("utf-8", "replace"))
        elif kind == "resize" and isinstance(content, dict):
            terminal.resize(bounded(_whole(content.get("width"), 80), _whole(content.get("height"), 24)))
        elif kind == "ping" and isinstance(content, str):
            await socket.send_json(["pong", content[:32]])


def _whole(value: object, otherwise: int) -> int:
    """A whole number a browser sent, as text or as a number."""
    try:
        return int(str(value)[:9])
    except ValueError:
        return otherwise


def _is_foreign(request: web.Request) -> bool:
    transport = request.transport
    if transport is None:
        return True
    peer, here = transport.get_extra_info("peername"), transport.get_extra_info("sockname")
    return is_of_another_user(peer[:2], here[:2])


def _own_file(name: str) -> Path:
    return Path(str(files("tui.page"))) / name


def _page_file(name: str, status: int = 200) -> web.Response:
    text = (_own_file("static") / name).read_text()
    return web.Response(text=text, content_type="text/html", charset="utf-8", status=status)


def _asks_for_token() -> web.Response:
    return _page_file("enter.html", 401)


def _refusal(status: int, words: str) -> web.Response:
    return web.Response(status=status, text=words + "\n")


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)
    if request.path.startswith(_OPEN_TO_ALL):
        response.headers["Cache-Control"] = "max-age=3600"
