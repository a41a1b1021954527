"""Lists are fetched the morning after; short volume comes from the API where the file is refused or overdue."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import httpx
import pytest
from feed_examples import HandClock
from provider_examples import DENIED, PAGE, clients_of
from threshold_examples import list_of, record
from virtual_time import run

from providers.archive.vintages import Archive
from providers.backfill.run import Backfill
from providers.feeds.ledger import Ledger
from providers.feeds.state import Letter
from providers.feeds.surroundings import Surroundings
from providers.registry import public_feeds
from shortside.datasets import Dataset
from shortside.sessions import NEW_YORK
from tui.polling.assembly import HISTORIES_A_DAY, _Gaps, _Histories

DAY = date(2023, 9, 6)
LISTS = ("nasdaq_threshold", "nyse_threshold", "cboe_threshold", "finra_threshold")


def ny(day, hour, minute=0):
    return datetime(2023, 9, day, hour, minute, tzinfo=NEW_YORK)


def records(day=DAY, count=3):
    return [
        {
            "tradeReportDate": f"{day}",
            "securitiesInformationProcessorSymbolIdentifier": f"N{number}",
            "shortParQuantity": 10,
            "shortExemptParQuantity": 0,
            "totalParQuantity": 20,
            "marketCode": "Q",
        }
        for number in range(count)
    ]


class World:
    """Answers for every host, and remembers whom it was asked for."""

    def __init__(self, **answers):
        self.answers, self.hosts = answers, []

    def __call__(self, request):
        self.hosts.append(request.url.host)
        path = request.url.path
        if path.endswith("regShoDaily"):
            return self.answers.get("api", httpx.Response(200, json=records(), headers={"Record-Total": "3"}))
        if path.endswith("thresholdList"):
            return httpx.Response(200, json=[record("OTCX", DAY)], headers={"Record-Total": "1"})
        if "shvol" in path:
            return self.answers.get("cdn", httpx.Response(403, content=DENIED))
        return httpx.Response(200, content=list_of(DAY, "TRUE"))


def polled(root: Path, world: Callable[[httpx.Request], httpx.Response], clock: HandClock, *names: str):
    """The states of some feeds after one look each."""

    async def story():
        ledger = Ledger()
        async with clients_of(world, clock=clock, heard=ledger.heard) as clients:
            surroundings = Surroundings(
                clients=clients, archive=Archive(root), clock=clock, ledger=ledger, fewest_rows=3
            )
            feeds = [feed for feed in public_feeds(surroundings) if feed.name in names]
            assert len(feeds) == len(names)
            for feed in feeds:
                await feed.poll()
            return [feed.state(clock()) for feed in feeds]

    return run(story())


def test_every_list_is_fetched_in_the_morning_after_and_not_again_that_day(tmp_path):
    world = World()
    states = polled(tmp_path, world, HandClock(ny(7, 7, 20)), *LISTS)
    assert [(state.letter, state.as_of) for state in states] == [(Letter.CURRENT, DAY)] * 4
    assert all(state.next_poll_at.astimezone(NEW_YORK) == ny(8, 7, 15) for state in states)
    sources = {vintage.source for vintage in Archive(tmp_path).vintages(Dataset.THRESHOLD, DAY)}
    assert sources == set(LISTS)


def test_on_a_holiday_the_list_is_that_of_the_session_before(tmp_path):
    world = World()

    def answer(request):
        assert "20230901" in str(request.url)
        return httpx.Response(200, content=list_of(date(2023, 9, 1), "TRUE"))

    [state] = polled(tmp_path, answer, HandClock(ny(4, 12)), "nasdaq_threshold")
    assert state.as_of == date(2023, 9, 1)
    assert world.hosts == []


def test_a_file_that_is_not_there_at_six_is_waited_for(tmp_path):
    world = World()
    [state] = polled(tmp_path, world, HandClock(ny(6, 18, 5)), "finra_short_volume")
    assert state.letter is Letter.PENDING
    assert set(world.hosts) == {"cdn.finra.org"}


@pytest.mark.parametrize(
    ("moment", "cdn"),
    [
        # Overdue: the same answer for "not yet" and for "not to you" is no longer taken for the first.
        (ny(6, 22), httpx.Response(403, content=DENIED)),
        (ny(6, 18, 5), httpx.Response(200, content=PAGE)),
        (ny(6, 18, 5), httpx.Response(403, content=b"Forbidden")),
    ],
)
def test_a_file_that_is_overdue_or_refused_is_put_together_from_the_api(tmp_path, moment, cdn):
    [state] = polled(tmp_path, World(cdn=cdn), HandClock(moment), "finra_short_volume")
    assert (state.letter, state.as_of) == (Letter.CURRENT, DAY)
    assert "cdn.finra.org" in state.complaint
    [vintage] = Archive(tmp_path).vintages(Dataset.SHORT_VOLUME)
    assert vintage.source == "finra_reg_sho_daily"


def test_where_the_api_has_nothing_either_the_files_own_fault_is_told(tmp_path):
    world = World(cdn=httpx.Response(200, content=PAGE), api=httpx.Response(204))
    [state] = polled(tmp_path, world, HandClock(ny(6, 18, 5)), "finra_short_volume")
    assert state.letter is Letter.BLOCKED
    assert "consent page" in state.complaint or "browser" in state.complaint


def test_a_names_year_is_fetched_once_a_day_and_is_no_sessions_file(tmp_path):
    clock, world = HandClock(ny(7, 12)), World()

    async def story():
        async with clients_of(world, clock=clock) as clients:
            surroundings = Surroundings(clients=clients, archive=Archive(tmp_path), clock=clock, ledger=Ledger())
            histories = _Histories(surroundings)
            errand = histories.errand("N1")
            assert errand is not None
            delivery = await errand.run()
            snapshot = delivery.fetched[0].snapshot
            assert snapshot is not None
            assert snapshot.rows == 3
            surroundings.archive.append(snapshot)
            assert histories.errand("N1") is None
            clock.move(days=1)
            assert histories.errand("N1") is not None
            wanted = [histories.errand(f"X{number}") for number in range(HISTORIES_A_DAY)]
            assert sum(one is None for one in wanted) == 1
            return await _Gaps(
                surroundings, lambda: Backfill(clients, surroundings.archive), with_fails=False
            ).errands()

    assert run(story()) == [], "a single name's history is no reason to fetch every session since"
    assert len(world.hosts) == 1
