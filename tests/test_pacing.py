"""Every host is asked more slowly than its publisher allows, whatever is wanted of it at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from contextlib import AsyncExitStack, suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from provider_examples import clients_of
from replay_server import replay_server, stop_server
from small_market import small_sources
from virtual_time import run

from providers import catalog
from providers.archive.vintages import Archive
from providers.backfill.plan import StepKind
from providers.backfill.run import RECEIPTS_FILE_NAME, Backfill
from providers.catalog import CARDS, Host, Limit
from providers.errors import ProviderError
from providers.feeds.ledger import Ledger
from providers.feeds.surroundings import Surroundings
from providers.http.clients import Clients
from providers.http.receipts import ReceiptFile
from providers.http.verdicts import Form
from providers.registry import public_feeds
from shortside.sessions import NEW_YORK

# Those over FTP are asked by another way than these clients: once in twenty minutes.
HOSTS: dict[str, Host] = {host.name: host for card in CARDS.values() for host in card.hosts if not host.is_ftp}
LIMITS: dict[tuple[str, ...], Limit] = {
    tuple(name for name, host in HOSTS.items() if host.limit is one.limit) if one.limit.is_shared else (one.name,): (
        one.limit
    )
    for one in HOSTS.values()
}
"""What each publisher allows, by the hosts whose requests it counts together."""
BURST = 60
TURN = 1e-3
"""Seconds that the loop's own turns may take between a request's start and its being noted."""


class Wire:
    """Answers after a while, every seventh time with trouble; notes when it was asked, and how many waited at once."""

    def __init__(self, latency: float) -> None:
        self.latency = latency
        self.starts: dict[str, list[float]] = {}
        self.in_flight: Counter[str] = Counter()
        self.most: Counter[str] = Counter()

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        host, loop = request.url.host, asyncio.get_running_loop()
        starts = self.starts.setdefault(host, [])
        starts.append(loop.time())
        self.in_flight[host] += 1
        self.most[host] = max(self.most[host], self.in_flight[host])
        try:
            await asyncio.sleep(self.latency)
        finally:
            self.in_flight[host] -= 1
        return httpx.Response(503 if len(starts) % 7 == 0 else 200, content=b"{}")


def burst(names: Iterable[str], latency: float) -> Wire:
    """What goes over the wire when everything is wanted of some hosts at once."""
    wire = Wire(latency)

    async def wanted(clients: Clients, name: str, number: int) -> None:
        # Some give up; how many is not the question.
        with suppress(ProviderError):
            await clients.of(HOSTS[name], "anybody").get(f"/{number}", lambda body: body, form=Form.JSON)

    async def story() -> None:
        async with AsyncExitStack() as stack:
            clients = await stack.enter_async_context(clients_of(wire))
            await asyncio.gather(*(wanted(clients, name, number) for name in names for number in range(BURST)))

    run(story())
    return wire


def most_within(starts: Iterable[float], seconds: float) -> int:
    """The most requests in any window of so many seconds."""
    ranked = sorted(starts)
    first, most = 0, 0
    for last, moment in enumerate(ranked):
        while ranked[first] <= moment - seconds + TURN:
            first += 1
        most = max(most, last - first + 1)
    return most


def test_the_limits_are_those_their_publishers_name():
    published = {names: (limit.requests, limit.seconds) for names, limit in LIMITS.items()}
    assert published[("api.finra.org",)] == (20, 1)
    assert published[("www.sec.gov", "data.sec.gov")] == (10, 1)
    assert published[("data.alpaca.markets", "paper-api.alpaca.markets")] == (200, 60)
    assert published[("api.massive.com",)] == (5, 60)
    assert published[("api.ortex.com",)] == (3, 1)


def test_every_host_of_the_catalog_is_held_to_a_limit():
    assert sorted(name for names in LIMITS for name in names) == sorted(HOSTS)
    declared = {value.name for value in vars(catalog).values() if isinstance(value, Host) and not value.is_ftp}
    assert declared == set(HOSTS)


@pytest.mark.parametrize(("names", "limit"), LIMITS.items(), ids=map(" and ".join, LIMITS))
def test_no_window_ever_holds_more_requests_than_are_allowed(names, limit):
    # At once, so that nothing but the pace holds them back; repetitions after trouble are requests, too.
    wire = burst(names, latency=0.0)
    together = [start for name in names for start in wire.starts[name]]
    assert len(together) > BURST * len(names)
    assert most_within(together, limit.seconds) <= limit.requests
    for name in names:
        assert most_within(wire.starts[name], HOSTS[name].seconds_between) <= 1


@pytest.mark.parametrize("card", [card for card in CARDS.values() if card.is_over_ftp], ids=lambda card: card.name)
def test_who_is_asked_over_ftp_is_asked_no_more_often_than_is_allowed(card):
    for host in card.hosts:
        assert host.is_ftp
        assert host.limit.requests * host.seconds_between >= host.limit.seconds


@pytest.mark.parametrize("name", sorted(HOSTS))
def test_no_more_are_under_way_than_the_host_is_given(name):
    # So slow that the pace alone would let all of them wait together.
    wire = burst([name], latency=BURST * HOSTS[name].seconds_between)
    assert wire.most[name] <= HOSTS[name].at_once
    assert wire.most[name] == min(HOSTS[name].at_once, BURST)


def test_yahoo_is_never_given_the_eight_connections_it_refuses():
    assert HOSTS["query1.finance.yahoo.com"].at_once < 8
    assert HOSTS["api.ortex.com"].at_once <= 2


# ---- against a server that enforces the limits ------------------------------------------------------------------


NOT_SERVED = frozenset(
    {"ibkr_borrow", "ishares_holdings", "sec_frames", "nasdaq_threshold", "nyse_threshold", "cboe_threshold"}
    | {"finra_threshold", "spdr_nav_history"}
)
EVENING = datetime(2023, 9, 7, 17, 30, tzinfo=NEW_YORK)


@pytest.fixture(scope="module")
def server(shared: Path, small: Path):
    options = ("--market", str(small), "--limits")
    yield replay_server(shared, *options)
    stop_server(*options)


@pytest.fixture(scope="module")
def log(server, tmp_path_factory):
    """What the server was asked by a backfill, by all feeds, and by all feeds again a session later, at real pace."""
    root = tmp_path_factory.mktemp("archive")
    for moment in (EVENING, EVENING + timedelta(minutes=1), EVENING + timedelta(days=1)):
        server.set_clock(moment.isoformat())
        asyncio.run(filled_and_polled(server.upstream, root, moment))
    return server.log()


async def filled_and_polled(upstream: str, root: Path, moment: datetime) -> None:
    def clock() -> datetime:
        return moment

    # As the program has it: every run reads the receipts that the last one wrote.
    validators = ReceiptFile(root / RECEIPTS_FILE_NAME)
    async with Clients(clock=clock, upstream=upstream, contact="me@example.org", validators=validators) as clients:
        filler = Backfill(clients, Archive(root), small_sources(clients))
        for is_last in (False, True):
            for step in await asyncio.to_thread(filler.plan, date(2023, 7, 28)):
                if (step.ask in {StepKind.CLOSES, StepKind.FAILS}) is is_last:
                    await filler.run(step)
        surroundings = Surroundings(
            clients=clients,
            archive=Archive(root),
            clock=clock,
            ledger=Ledger(),
            disabled=dict.fromkeys(NOT_SERVED, "not served"),
            fewest_rows=0,
            watched=lambda: ("AAPL", "AMC"),
        )
        await asyncio.gather(*(feed.poll() for feed in public_feeds(surroundings)))


@pytest.mark.shared
class TestAgainstALimitedServer:
    def test_nobody_was_ever_told_to_slow_down(self, log):
        assert len(log) > 40
        assert [entry for entry in log if entry["status"] == 429] == []
        # FINRA's CDN refuses bursts with an empty 403; one for a file that is not there yet has a body.
        assert [entry for entry in log if entry["status"] == 403 and not entry["bytes"]] == []

    def test_a_file_that_never_changes_is_asked_for_once(self, log):
        asked = Counter(entry["path"].partition("?")[0] for entry in log if entry["status"] == 200)
        immutable = {path: times for path, times in asked.items() if "biweekly/shrt" in path or "cnsfails" in path}
        assert len([path for path in immutable if "shrt" in path]) >= 2
        assert set(immutable.values()) == {1}

    def test_whoever_gave_a_validator_is_shown_it_again(self, log):
        days: dict[str, list[dict[str, Any]]] = {}
        for entry in log:
            if entry["path"].endswith("nasdaqtraded.txt"):
                days.setdefault(entry["virtual"][:10], []).append(entry)
        assert len(days) == 2
        for first, *later in days.values():
            # The backfill asks anew for a day it has nothing of; whoever looks after it has something to show.
            assert first["if_none_match"] is None
            assert later
            assert all(entry["if_none_match"] or entry["if_modified_since"] for entry in later)
            assert 304 in {entry["status"] for entry in later}
