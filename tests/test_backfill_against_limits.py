"""A whole backfill ends against a server that turns it away again and again and leaves names out by chance."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from replay_server import ReplayServer, replay_server
from small_market import SPARK, small_sources

from providers.archive.absences import read_absences
from providers.archive.holdings import holdings_of
from providers.archive.vintages import Archive
from providers.http.clients import Clients
from providers.keyed.keys import Keys
from shortside.sessions import NEW_YORK
from tui.arguments import arguments_of
from tui.commands.backfill import backfill
from tui.settings.configuration import configured

NOW = datetime(2023, 9, 7, 17, 30, tzinfo=NEW_YORK)
SINCE = date(2023, 8, 1)

pytestmark = pytest.mark.shared


class Hurried(Clients):
    """Clients that do not wait between requests, and for whom the longest quiet is a moment: the server is our own."""

    def of(self, host, provider):
        """The one client of a host."""
        return super().of(host._replace(seconds_between=0.0, throttle_seconds=0.02), provider)


class Moody(httpx.AsyncBaseTransport):
    """Passes questions on, except that Yahoo says 429 after every so many, and leaves some names out of its answers."""

    def __init__(self, budget: int, share: float = 0.0, refusals: int = 1) -> None:
        self._wire = httpx.AsyncHTTPTransport()
        self._chance = random.Random(budget)
        self.budget, self.share, self.refusals = budget, share, refusals
        self.left, self.turned_away, self.answered = budget, 0, 0
        self.omitted: set[str] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """An answer, or a refusal."""
        if not request.url.path.startswith(SPARK):
            return await self._wire.handle_async_request(request)
        self.left -= 1
        if self.left < 0:
            if self.left <= -self.refusals:
                self.left = self.budget
            self.turned_away += 1
            return httpx.Response(429, text="Edge: Too Many Requests")
        self.answered += 1
        request.headers["accept-encoding"] = "identity"
        response = await self._wire.handle_async_request(request)
        body = json.loads(await response.aread())
        kept = {name: series for name, series in body.items() if self._chance.random() >= self.share}
        self.omitted |= body.keys() - kept.keys()
        return httpx.Response(response.status_code, json=kept)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._wire.aclose()


@pytest.fixture
def server(shared: Path, small: Path) -> Iterator[ReplayServer]:
    server = replay_server(shared, "--market", str(small))
    yield server
    server.reset()


@pytest.fixture
def run(server: ReplayServer, tmp_path: Path, monkeypatch) -> Callable[[Moody], int]:
    """Runs the command in a home of its own, asking through a transport; a minute of quiet takes a moment."""
    monkeypatch.setattr("providers.http.client.FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr("providers.http.client.JITTER_SECONDS", 0.01)
    monkeypatch.setattr("providers.http.client.LONGEST_QUIET_SECONDS", 0.0)
    monkeypatch.setattr("providers.http.pace.FIRST_QUIET_SECONDS", 0.02)
    monkeypatch.setattr("providers.http.pace.QUIET_GROWTH_FACTOR", 1.0)

    def call(transport: Moody) -> int:
        home = {"SHORTSIDE_HOME": str(tmp_path), "SHORTSIDE_UPSTREAM": server.upstream}
        arguments = arguments_of(["backfill", "--since", str(SINCE)])
        return backfill(
            arguments,
            configured(arguments.given, home).options,
            lambda: NOW,
            keys=Keys({}),
            make_clients=partial(Hurried, transport=transport),
            make_sources=small_sources,
        )

    return call


def names_asked(server: ReplayServer) -> list[str]:
    asked = [entry["path"] for entry in server.log() if entry["path"].startswith(SPARK)]
    return [name for path in asked for name in parse_qs(urlsplit(path).query)["symbols"][0].split(",")]


@pytest.mark.parametrize("budget", [1, 2, 5])
def test_a_backfill_that_is_turned_away_at_any_request_waits_and_goes_on_with_the_rest_alone(
    run, server, tmp_path, budget, capsys
):
    transport = Moody(budget)
    assert run(transport) == 0
    assert transport.turned_away >= transport.answered // budget - 1 > 0
    names = names_asked(server)
    # What was answered before a refusal is stored and not asked for twice; one name lacks a session and is doubted.
    assert len(set(names)) > 100
    assert len(names) - len(set(names)) <= 1
    assert "steps failed" not in capsys.readouterr().err
    assert run(Moody(10_000)) == 0
    assert len(names_asked(server)) == len(names)


@pytest.mark.parametrize("share", [0.01, 0.2])
def test_every_name_is_filled_or_named_however_many_answers_leave_out(run, tmp_path, share, capsys):
    transport = Moody(4, share)
    assert run(transport) == 0
    out = capsys.readouterr().out
    held = holdings_of(Archive(tmp_path / "archive"), NOW)
    asked = set(held.closes["yahoo_spark"])
    absent = {one.what for one in read_absences(tmp_path / "archive") if one.provider == "yahoo_spark"}
    assert absent == held.unknown["yahoo_spark"]
    assert asked > absent
    assert all(name in out for name in absent - held.listed)
    # What was left out for good is asked for by the next runs, until an answer has it.
    for _ in range(5):
        run(Moody(4, share))
    held = holdings_of(Archive(tmp_path / "archive"), NOW)
    assert held.unknown["yahoo_spark"].isdisjoint(held.listed)
    assert held.missed == ()


def test_a_host_that_never_answers_ends_the_run_with_a_failure_and_the_next_one_goes_on(run, capsys):
    transport = Moody(0, refusals=10_000)
    assert run(transport) == 4
    err = capsys.readouterr().err
    assert "asked us to wait" in err or "Too Many Requests" in err
    assert "run the command again" in err
    assert transport.turned_away < 40
    assert run(Moody(3)) == 0
