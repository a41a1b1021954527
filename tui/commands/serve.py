"""The command `shortside serve`: shows the monitor as a page in a browser until it is stopped."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from tui import exit_codes
from tui.arguments import Arguments
from tui.errors import ReportedError, UsageError
from tui.extras import how_to_install
from tui.page.addresses import is_this_machine_alone, names_of_machine
from tui.page.tokens import TOKEN_VARIABLE, Token, given_token, made_token
from tui.page.visitor_terminal import command_of_monitor
from tui.page.visitors import thin_out
from tui.settings.configuration import Options
from tui.settings.options import SETTINGS, words_of_list
from tui.settings.paths import typed_path
from tui.terminal.kind import is_terminal
from tui.terminal.plain_words import complain, say

if TYPE_CHECKING:
    from tui.page.server import PageWishes

DEFAULT_HOST: Final = "127.0.0.1"
DEFAULT_PORT: Final = 8700
DEFAULT_VISITORS: Final = 8
MOST_VISITORS: Final = 200
_EXIT_CODES: Final = {
    signal.SIGINT: exit_codes.INTERRUPTED,
    signal.SIGTERM: exit_codes.TERMINATED,
    signal.SIGHUP: 128 + signal.SIGHUP,
}


class _Address(NamedTuple):
    host: str
    port: int


def serve_page(arguments: Arguments, options: Options) -> int:
    """Serve the page until a signal ends it; returns the exit code.

    Raises:
        UsageError: an option cannot be, or another address is asked for without a token.
        ReportedError: what it needs is not installed, or the address is not to be had.
    """
    asked = arguments.page
    address = _Address(asked.get("host", DEFAULT_HOST), _number(asked, "port", DEFAULT_PORT, 0, 65_535))
    most = _number(asked, "visitors", DEFAULT_VISITORS, 1, MOST_VISITORS)
    is_local = is_this_machine_alone(address.host)
    file = asked.get("token_file")
    token = given_token(os.environ, None if file is None else typed_path(file))
    is_made = token is None and not is_local
    if is_made:
        if not is_terminal(2):
            raise UsageError(
                f"--host {address.host}: others can reach it, so it wants a token, and there is no terminal to print"
                f" one on; name a file with --token-file, or set {TOKEN_VARIABLE}"
            )
        token = made_token()
    try:
        from tui.page.server import PageWishes
    except ImportError as error:
        raise ReportedError(
            f"the page needs the extra web ({error.name} is not installed): {how_to_install('web')}"
        ) from error
    thin_out(options.paths.state)
    wishes = PageWishes(
        command=command_of_monitor(words_of_monitor(arguments.given)),
        environment=dict(os.environ),
        is_local=is_local,
        token=None if token is None else Token(token),
        most_visitors=most,
        names=frozenset(words_of_list(asked.get("names", "").lower()))
        | (frozenset() if is_local else names_of_machine()),
    )
    return asyncio.run(_served(address, wishes, token if is_made else None))


def words_of_monitor(given: Mapping[str, str]) -> tuple[str, ...]:
    """The command line of a monitor with these settings, after the program's name."""
    by_name = {setting.name: setting for setting in SETTINGS}
    words = []
    for name, text in given.items():
        if name == "config":
            words.append(f"--config={text}")
        elif by_name[name].is_flag:
            words.append(by_name[name].option if text == str(True) else by_name[name].option.replace("--", "--no-", 1))
        else:
            words.append(f"{by_name[name].option}={text}")
    return tuple(words)


def _number(asked: Mapping[str, str], name: str, otherwise: int, least: int, most: int) -> int:
    text = asked.get(name)
    if text is None:
        return otherwise
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        raise UsageError(f"--{name} {text}: must be a whole number from {least} to {most}")
    return int(text)


async def _served(address: _Address, wishes: PageWishes, told: str | None) -> int:
    """Serve until a signal; the exit code.

    Args:
        address: where.
        wishes: what.
        told: a token that was made, to be printed for whoever sits at the terminal.
    """
    from aiohttp import web

    from tui.page.server import ServedPage

    loop = asyncio.get_running_loop()
    ended: asyncio.Future[int] = loop.create_future()

    def stop(code: int) -> None:
        if not ended.done():
            ended.set_result(code)

    for number, code in _EXIT_CODES.items():
        loop.add_signal_handler(number, stop, code)
    # What is no HTTP is answered with 400; aiohttp would print it, with a traceback, wherever we were started.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    # Without a log of requests: the address of the first one may hold the token.
    runner = web.AppRunner(ServedPage(wishes).application(), access_log=None, shutdown_timeout=5.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, address.host, address.port)
        try:
            await site.start()
        except OSError as error:
            words = f"cannot listen on {address.host}, port {address.port}: {error.strerror or error}"
            raise ReportedError(words) from error
        _announce(address.host, runner.addresses[0][1], told)
        return await ended
    finally:
        await runner.cleanup()


def _announce(host: str, port: int, token: str | None) -> None:
    """Say where the page is. The token goes to standard error, which is a terminal, and nowhere else."""
    shown = f"[{host}]" if ":" in host else host
    say(f"the monitor is at http://{shown}:{port}/ ; Ctrl-C ends it\n")
    if not is_this_machine_alone(host):
        complain("what is shown there travels unencrypted; docs/web.md says how a tunnel or a proxy mends that")
    if token is not None:
        complain(f"its token, which is not kept anywhere: {token}")
