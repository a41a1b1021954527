"""Whatever a source does: nothing is lost, nothing wrong is stored, the feed says it, and it recovers by itself."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from feed_examples import HandClock
from replay_server import ReplayServer, replay_server

from providers.archive.vintages import Archive
from providers.feeds.feed import Feed
from providers.feeds.ledger import Ledger
from providers.feeds.state import Letter
from providers.feeds.states_file import STATES_FILE_NAME, read_states, write_states
from providers.feeds.surroundings import Surroundings
from providers.http.clients import Clients
from providers.http.receipts import ReceiptFile
from providers.http.traffic import Exchange
from providers.registry import LOOK_SECONDS, public_feeds
from shortside.datasets import Dataset
from shortside.sessions import NEW_YORK
from tui.polling.watch import Polling, PublicWatch

pytestmark = pytest.mark.shared

SCREENER, CYCLE, BORROW = "nasdaq_screener", "finra_short_interest", "ibkr_borrow"
PATHS = {
    SCREENER: "/api.nasdaq.com/api/screener/stocks",
    CYCLE: "/cdn.finra.org/equity/otcmarket/biweekly/",
    BORROW: "/ftp2.interactivebrokers.com/usa.txt",
}
BEFORE = datetime(2023, 9, 8, 17, 30, tzinfo=NEW_YORK)
AFTER = datetime(2023, 9, 12, 16, 40, tzinfo=NEW_YORK)
"""The settlement of 31 August is published at that minute, and Tuesday's closes are in."""
NEXT = {SCREENER: date(2023, 9, 12), CYCLE: date(2023, 8, 31), BORROW: date(2021, 6, 15)}


class HastyClients(Clients):
    """Clients that wait neither between requests nor long for an answer: the tests are about what comes back."""

    impatient = ""

    def of(self, host, provider):
        silence = 1.0 if host.name == self.impatient else 30.0
        return super().of(host._replace(seconds_between=0, read_seconds=silence, answer_seconds=silence), provider)


class Rig:
    """One program against the server, at a moment both agree on."""

    def __init__(self, server: ReplayServer, root: Path, *, hasty: bool = True) -> None:
        self.server, self.root = server, root
        self.clock = HandClock(BEFORE)
        self.archive = Archive(root)
        self.begun: list[Clients] = []
        self.sent = 0
        """Requests that were answered."""
        root.mkdir(exist_ok=True)
        self.begin(hasty)
        self.set(BEFORE)

    def begin(self, hasty: bool = True) -> None:
        """Start the program; again, if it has been started before."""
        earlier = read_states(self.root / STATES_FILE_NAME)
        ledger = Ledger(earlier)
        self.clients = (HastyClients if hasty else Clients)(
            clock=self.clock,
            upstream=self.server.upstream,
            contact="reader@example.org",
            validators=ReceiptFile(self.root / "receipts.json"),
            heard=lambda exchange: self._hear(ledger, exchange),
        )
        self.begun.append(self.clients)
        surroundings = Surroundings(
            clients=self.clients,
            archive=self.archive,
            clock=self.clock,
            ledger=ledger,
            upstream_ftp=f"127.0.0.1:{self.server.ftp_port}",
            earlier=earlier,
            chance=lambda: 0.0,
        )
        self.feeds = {feed.name: feed for feed in public_feeds(surroundings)}

    def _hear(self, ledger: Ledger, exchange: Exchange) -> None:
        ledger.heard(exchange)
        self.sent += exchange.status is not None

    async def close(self) -> None:
        for clients in self.begun:
            await clients.aclose()

    def set(self, moment: datetime) -> None:
        self.clock.now = moment
        self.server.set_clock(moment.isoformat())

    async def poll(self, feed: Feed) -> Letter:
        """Wait until a feed is due, and look."""
        self.set(max(self.clock.now, feed.next_at))
        await feed.poll()
        return feed.state(self.clock()).letter

    def note(self) -> None:
        """Write the states as the poller does."""
        write_states(self.root / STATES_FILE_NAME, [feed.state(self.clock()) for feed in self.feeds.values()])

    def held(self) -> dict[str, str]:
        """Every stored file and what is in it."""
        self.archive.complaints.clear()
        return {vintage.path.name: vintage.content for one in Dataset for vintage in self.archive.vintages(one)}

    def requests(self, name: str) -> list[dict]:
        # The server writes a request down after it has answered it.
        log = self.server.log()
        for _ in range(200):
            if sum(entry["method"] in ("GET", "POST") and entry["status"] is not None for entry in log) >= self.sent:
                break
            time.sleep(0.01)
            log = self.server.log()
        return [entry for entry in log if entry["path"].startswith(PATHS[name])]


@pytest.fixture
def server(shared: Path) -> Iterator[ReplayServer]:
    server = replay_server(shared, "--ftp-port", "0")
    yield server
    server.reset()


@pytest.fixture
async def rig(server: ReplayServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
    monkeypatch.setattr("providers.http.client.FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr("providers.http.client.JITTER_SECONDS", 0.01)
    rig = Rig(server, tmp_path / "archive")
    yield rig
    await rig.close()


FAULTS: dict[str, tuple[dict[str, Any], Letter | None]] = {
    "500s": ({"kind": "status", "status": 500}, Letter.ERROR),
    "403 page": ({"kind": "html-page"}, Letter.BLOCKED),
    "truncation": ({"kind": "truncate"}, Letter.ERROR),
    "drop": ({"kind": "drop-mid-body"}, Letter.ERROR),
    "garbage": ({"kind": "garbage"}, Letter.ERROR),
    "nothing": ({"kind": "empty-200"}, None),
    "throttle": ({"kind": "status", "status": 429, "retry_after": 3_600}, Letter.THROTTLED),
    "stale": ({"kind": "stale", "lag_days": 7}, None),
}


@pytest.mark.parametrize("name", [SCREENER, CYCLE])
@pytest.mark.parametrize("fault", FAULTS)
async def test_after_any_fault_nothing_is_lost_nothing_wrong_is_stored_and_it_recovers(rig, name, fault):
    rule, letter = FAULTS[fault]
    feed = rig.feeds[name]
    assert await rig.poll(feed) is Letter.CURRENT
    before, as_of = rig.held(), feed.state(rig.clock()).as_of
    rig.set(AFTER)
    rig.server.inject({"match": PATHS[name], **rule})
    await feed.poll()
    state = feed.state(rig.clock())
    # The feed says it, and what was there is there.
    assert state.letter is letter if letter else state.letter is not Letter.CURRENT
    assert state.as_of == as_of
    assert state.next_poll_at > rig.clock()
    after = rig.held()
    assert before.items() <= after.items()
    assert not rig.archive.complaints
    # An old answer may be stored for its own old day, and for no other.
    newer = {path for path in after.keys() - before.keys() if fault != "stale"}
    assert not newer
    rig.server.inject()
    if fault == "throttle":
        # The hour is on the clients' own clock; a program started anew keeps to the plan that was written.
        rig.note()
        rig.begin()
        feed = rig.feeds[name]
        assert feed.next_at >= state.next_poll_at
    assert await rig.poll(feed) is Letter.CURRENT
    assert feed.state(rig.clock()).as_of == NEXT[name]
    assert before.items() <= rig.held().items()


@pytest.mark.parametrize("name", [SCREENER, CYCLE])
async def test_a_burst_of_500s_is_sat_out_in_place(rig, name):
    rig.server.inject({"match": PATHS[name], "kind": "status", "status": 500, "count": 2})
    assert await rig.poll(rig.feeds[name]) is Letter.CURRENT
    assert [entry["status"] for entry in rig.requests(name)][:3] == [500, 500, 200]


async def test_a_short_throttle_is_waited_for_as_asked(rig):
    rig.server.inject({"match": PATHS[CYCLE], "kind": "status", "status": 429, "retry_after": 1, "count": 1})
    assert await rig.poll(rig.feeds[CYCLE]) is Letter.CURRENT
    first, second = rig.requests(CYCLE)
    assert (first["status"], second["status"]) == (429, 200)
    assert second["real"] - first["real"] >= 1


async def test_a_throttled_host_is_not_asked_before_its_time_even_if_the_user_insists(rig):
    rig.server.inject({"match": PATHS[CYCLE], "kind": "status", "status": 429, "retry_after": 3_600, "count": 1})
    feed = rig.feeds[CYCLE]
    assert await rig.poll(feed) is Letter.THROTTLED
    assert (feed.next_at - rig.clock()).total_seconds() >= 3_590
    sent = len(rig.requests(CYCLE))
    feed.hurry()
    assert await rig.poll(feed) is Letter.THROTTLED
    assert len(rig.requests(CYCLE)) == sent == 1


async def test_a_source_that_hangs_is_given_up_and_the_others_go_on(rig):
    rig.clients.impatient = "cdn.finra.org"
    rig.server.inject({"match": PATHS[CYCLE], "kind": "hang", "seconds": 30})
    other, feed = rig.feeds[SCREENER], rig.feeds[CYCLE]
    hanging = asyncio.create_task(feed.poll())
    await other.poll()
    assert other.state(rig.clock()).letter is Letter.CURRENT
    await hanging
    state = feed.state(rig.clock())
    assert state.letter is Letter.ERROR
    assert "cdn.finra.org" in state.complaint
    rig.server.inject()
    assert await rig.poll(feed) is Letter.CURRENT


@pytest.mark.parametrize(
    "rule",
    [
        {"kind": "truncate"},
        {"kind": "drop-mid-body"},
        {"kind": "garbage"},
        {"kind": "status", "status": 421},
        {"kind": "status", "status": 450},
    ],
    ids=lambda rule: f"{rule['kind']}{rule.get('status', '')}",
)
async def test_a_broker_s_list_without_its_end_is_not_stored(rig, rule):
    feed = rig.feeds[BORROW]
    rig.server.inject({"match": PATHS[BORROW], **rule})
    assert await rig.poll(feed) in {Letter.ERROR, Letter.THROTTLED}
    assert feed.state(rig.clock()).complaint
    assert not rig.held()
    rig.server.inject()
    await rig.poll(feed)
    assert feed.state(rig.clock()).as_of == NEXT[BORROW]
    assert feed.state(rig.clock()).failures == 0
    assert len(rig.held()) == 1
    assert feed.state(rig.clock()).requests_today == 2


async def test_a_list_of_partitions_that_fails_does_not_hide_the_file(rig):
    rig.server.inject({"match": "/api.finra.org/", "kind": "html-page"})
    feed = rig.feeds[CYCLE]
    assert await rig.poll(feed) is Letter.CURRENT
    assert "api.finra.org" in feed.state(rig.clock()).complaint


async def test_a_jump_of_the_clock_brings_what_was_missed_without_asking_twice(rig):
    for name in (SCREENER, CYCLE):
        await rig.poll(rig.feeds[name])
    rig.server.reset(AFTER.isoformat())
    rig.clock.now = AFTER
    for name in (SCREENER, CYCLE):
        feed = rig.feeds[name]
        feed.replan()
        assert feed.next_at == AFTER
        await feed.poll()
        assert feed.state(rig.clock()).as_of == NEXT[name]
    assert len(rig.requests(CYCLE)) == 1
    # And back again, as a clock that is set by hand may go: nothing is asked, nothing is lost.
    before = rig.held()
    rig.clock.now = BEFORE
    for name in (SCREENER, CYCLE):
        rig.feeds[name].replan()
        assert rig.feeds[name].next_at > BEFORE
    assert rig.held() == before


async def test_a_program_started_anew_asks_for_nothing_it_has(rig):
    names = (SCREENER, CYCLE, "nasdaq_directory", "nasdaq_splits", "sec_tickers")
    for name in names:
        assert await rig.poll(rig.feeds[name]) is Letter.CURRENT
    rig.note()
    rig.server.reset(BEFORE.isoformat())
    rig.begin()
    assert all(rig.feeds[name].next_at > rig.clock() for name in names)
    # Asked all the same, by the user: conditional where the source allows it, and nothing is stored twice.
    before = rig.held()
    for name in (CYCLE, "nasdaq_directory", "nasdaq_splits"):
        rig.feeds[name].hurry()
        assert await rig.poll(rig.feeds[name]) is Letter.CURRENT
    assert rig.held() == before
    # A settlement's file never changes once it is a day old: it is not even asked for.
    assert not rig.requests(CYCLE)
    directory = [entry for entry in rig.server.log() if entry["host"] == "www.nasdaqtrader.com"]
    assert [entry["if_none_match"] is not None or entry["if_modified_since"] is not None for entry in directory] == [
        entry["status"] == 304 for entry in directory
    ]


async def test_the_newest_settlement_comes_in_without_a_restart_when_its_moment_passes(server, tmp_path, monkeypatch):
    """The proof of point-in-time: the replay clock runs over the publication, and the watch goes on as it was."""
    monkeypatch.setattr("tui.polling.watch.SECONDS_BETWEEN_ARCHIVE_LOOKS", 0.05)
    rig = Rig(server, tmp_path / "archive")
    rig.set(datetime(2023, 9, 12, 16, 39, 50, tzinfo=NEW_YORK))
    arrived, begun = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def make(ledger, _earlier):
        rig.begin()
        loop.call_soon_threadsafe(begun.set)
        return Polling(clients=rig.clients, feeds=[rig.feeds[CYCLE]])

    def told(datasets):
        if date(2023, 8, 31) in {one.as_of for one in rig.archive.vintages(Dataset.SHORT_INTEREST)}:
            arrived.set()

    # The settlement before is there, as on any day.
    await rig.poll(rig.feeds[CYCLE])
    rig.note()
    assert {one.as_of for one in rig.archive.vintages(Dataset.SHORT_INTEREST)} == {date(2023, 8, 15)}
    watch = PublicWatch(rig.root, rig.clock, make, nap=0.05)
    watch.start(told)
    await asyncio.wait_for(begun.wait(), 30)
    # Looked for every few seconds about its moment.
    assert rig.feeds[CYCLE].next_at == rig.clock() + timedelta(seconds=LOOK_SECONDS) < AFTER
    rig.set(AFTER)
    await asyncio.wait_for(arrived.wait(), 30)
    # The vintage is seen before the feed that brought it has noted so.
    for _ in range(3_000):
        if rig.feeds[CYCLE].state(rig.clock()).letter is Letter.CURRENT:
            break
        await asyncio.sleep(0.01)
    assert rig.feeds[CYCLE].state(rig.clock()).letter is Letter.CURRENT
    await watch.stop()
    await rig.close()
    vintages = rig.archive.vintages(Dataset.SHORT_INTEREST)
    assert [one.as_of for one in vintages] == [date(2023, 8, 15), date(2023, 8, 31)]
    # What was known a minute earlier can still be told.
    then = rig.archive.latest(Dataset.SHORT_INTEREST, known_by=datetime(2023, 9, 12, 16, 39, tzinfo=NEW_YORK))
    assert then is not None
    assert then.as_of == date(2023, 8, 15)
