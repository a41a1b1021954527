"""A whole backfill against a server that says 429 after every so many requests and leaves names out by chance.

    PYTHONPATH=.:tests python -m benchmarks.backfill --shared ../shared [--after 40] [--left-out 0.01]

The replay server of the reference material answers; Yahoo's part of it is made moody. Waiting takes no time, as on the
loop that the tests have, and is counted: the table says how long each run would have taken. A run that is interrupted
on purpose after `--broken-off` requests comes first. Runs follow until none asks for anything, `--most-runs` at most.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Coroutine
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from virtual_time import run as run_virtually

from providers.archive.holdings import holdings_of
from providers.archive.vintages import Archive
from providers.backfill.run import Sources
from providers.http.clients import Clients
from providers.keyed.keys import Keys
from tui.arguments import arguments_of
from tui.commands.backfill import backfill
from tui.settings.configuration import configured

NOW = datetime.fromisoformat("2023-09-07T17:30:00-04:00")
SPARK = "/query1.finance.yahoo.com/v8/finance/spark"
BROKEN_OFF = 130


class BreakOffError(Exception):
    """The run is to end here, as if the machine had been switched off."""


class Moody(httpx.AsyncBaseTransport):
    """Passes questions on in a thread, for which the loop waits; Yahoo's it refuses or shortens."""

    def __init__(self, arguments: argparse.Namespace, seed: int, broken_off: int | None) -> None:
        self._wire = httpx.Client(timeout=120.0, trust_env=False)
        self._chance = random.Random(seed)
        self._after, self._share, self._left = arguments.after, arguments.left_out, arguments.after
        self._broken_off = broken_off
        self.asked, self.answered, self.refused, self.left_out = 0, 0, 0, 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """An answer, a refusal, or an answer with holes."""
        is_spark = request.url.path.startswith(SPARK)
        if is_spark:
            self.asked += 1
            self._left -= 1
            if self._broken_off is not None and self.asked > self._broken_off:
                raise BreakOffError
            if self._left < 0:
                self._left = self._after
                self.refused += 1
                return httpx.Response(429, text="Edge: Too Many Requests")
        headers = {**request.headers, "accept-encoding": "identity"}
        answer = await asyncio.to_thread(self._wire.request, request.method, str(request.url), headers=headers)
        body, kept_headers = answer.content, {k: v for k, v in answer.headers.items() if k != "transfer-encoding"}
        if not is_spark or answer.status_code != 200:
            return httpx.Response(answer.status_code, headers=kept_headers, content=body)
        self.answered += 1
        series = json.loads(body)
        kept = {name: one for name, one in series.items() if self._chance.random() >= self._share}
        self.left_out += len(series) - len(kept)
        return httpx.Response(200, json=kept)

    async def aclose(self) -> None:
        """Close the connections."""
        self._wire.close()


def timed(seconds: list[float], work: Coroutine[Any, Any, int]) -> int:
    """The work's result on a loop whose time jumps, and how far it jumped."""

    async def measured() -> int:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            return await work
        finally:
            seconds.append(loop.time() - began)

    rows: int = run_virtually(measured())
    return rows


def one_run(
    arguments: argparse.Namespace,
    home: str,
    upstream: str,
    number: int,
    make_sources: Callable[[Clients, Keys], Sources] = Sources.of,
) -> bool:
    """Run the command once and print its row; whether there was anything left to ask Yahoo."""
    transport = Moody(arguments, number, arguments.broken_off if number == 1 else None)
    seconds: list[float] = []
    words = arguments_of(["backfill", "--since", str(arguments.since)])
    options = configured(words.given, {"SHORTSIDE_HOME": home, "SHORTSIDE_UPSTREAM": upstream}).options
    make = partial(Clients, transport=transport)
    in_no_time = partial(timed, seconds)
    try:
        done = backfill(
            words,
            options,
            lambda: NOW,
            keys=Keys({}),
            make_clients=make,
            make_sources=make_sources,
            run_to_end=in_no_time,
        )
        code = str(done)
    except* BreakOffError:
        code = "broken off"
    held = holdings_of(Archive(Path(home) / "archive"), NOW.astimezone(UTC))
    lacking = len(held.unknown.get("yahoo_spark", set()) & held.listed)
    print(
        f"| {number} | {code} | {transport.asked} | {transport.answered} | {transport.refused} | {transport.left_out} "
        f"| {lacking} | {len(held.missed)} | {sum(seconds) / 60:.0f} |",
        flush=True,
    )
    return transport.asked > 0


def main() -> int:
    """Print a row for each run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--shared", type=Path, required=True, help="the reference material")
    parser.add_argument("--since", type=date.fromisoformat, default=date(2022, 12, 30))
    parser.add_argument("--after", type=int, default=40, help="requests between two refusals")
    parser.add_argument("--left-out", type=float, default=0.01, help="the part of the names an answer leaves out")
    parser.add_argument("--broken-off", type=int, default=BROKEN_OFF, help="requests after which the first run dies")
    parser.add_argument("--most-runs", type=int, default=8)
    arguments = parser.parse_args()
    script = arguments.shared / "replay" / "server.py"
    command = [sys.executable, str(script), "--port", "0", "--now", NOW.isoformat()]
    with tempfile.TemporaryDirectory() as home, subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        upstream = f"http://127.0.0.1:{int(server.stdout.readline())}"
        print(
            "| run | exit code | asked of Yahoo | answered | 429 | names left out | lacking | sessions missed | min |"
        )
        print("|---|---|---|---|---|---|---|---|---|")
        try:
            for number in range(1, arguments.most_runs + 1):
                if not one_run(arguments, home, upstream, number):
                    return 0
        finally:
            server.kill()
    return 1


if __name__ == "__main__":
    sys.exit(main())
