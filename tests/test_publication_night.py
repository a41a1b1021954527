"""The night of a publication, from FINRA's list to the bell: polled, stored, read anew, told, and opened by P."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from functools import partial
from itertools import pairwise
from time import monotonic
from typing import Any

import httpx
import pytest
from board_examples import screen_text
from feed_examples import HandClock
from finra_examples import HEADER
from market_data import short_interest
from public_archive import closes, evening, fill, screener
from waiting import PATIENCE

from providers.archive.vintages import Archive
from providers.catalog import CARDS, FINRA_SHORT_INTEREST
from providers.feeds.feed import Feed
from providers.feeds.ledger import Ledger
from providers.feeds.schedule import LastLook, due_at
from providers.feeds.surroundings import Storage, Surroundings
from providers.http.clients import Clients
from providers.public.source import PublicProvider
from providers.registry import LOOK_SECONDS, PUBLICATION_NIGHT, REGISTRY, public_feeds
from shortside.publications.arrival import LAST_LOOK
from shortside.sessions import NEW_YORK
from shortside.settlement import cycles_between
from tui.app import Monitor
from tui.polling.fresh_market import SECONDS_TO_GATHER_VINTAGES, FreshMarket
from tui.polling.watch import SECONDS_BETWEEN_ARCHIVE_LOOKS, Polling, PublicWatch
from tui.screens.key_line import KeyLine
from tui.screens.published import PublishedScreen
from tui.settings.configuration import configured
from tui.sources.load import load_public
from widgets.crowded import CrowdedTable

BEFORE, SETTLED = date(2023, 1, 31), date(2023, 2, 15)
DUE = datetime(2023, 2, 27, 16, 40, tzinfo=NEW_YORK)
TEN_SECONDS = timedelta(seconds=10)


# -- when FINRA is asked ----------------------------------------------------------------------------------------------


def looks_of(day: date, start: datetime, end: datetime) -> list[datetime]:
    """When somebody looks who never finds the settlement that is due on a day."""
    looks, moment = [start], start
    while moment < end:
        moment = due_at(PUBLICATION_NIGHT, LastLook(as_of=BEFORE, looked_at=moment), moment)
        looks.append(moment)
    return looks


def test_about_twenty_to_five_nobody_waits_longer_than_a_few_seconds_for_a_look():
    """What a look takes after that must fit what is left of the ten seconds: half of them at least."""
    looks = looks_of(DUE.date(), DUE - timedelta(seconds=15), DUE + timedelta(minutes=20))
    gaps = [later - one for one, later in pairwise(looks)]
    assert max(gaps) <= timedelta(seconds=5)
    early = [gap for one, gap in zip(looks, gaps, strict=False) if one < DUE + timedelta(minutes=9)]
    assert max(early) <= timedelta(seconds=LOOK_SECONDS)
    waiting = LOOK_SECONDS + SECONDS_BETWEEN_ARCHIVE_LOOKS + SECONDS_TO_GATHER_VINTAGES
    assert waiting <= TEN_SECONDS.total_seconds() / 2


def test_every_publication_of_a_year_is_looked_for_in_its_own_minute():
    for cycle in cycles_between(date(2023, 1, 13), date(2023, 12, 1)):
        slots = PUBLICATION_NIGHT.slots(cycle.publication_date, None)
        assert (
            sum(slot.at - cycle.published_at < timedelta(minutes=1) for slot in slots if slot.at >= cycle.published_at)
            == 20
        )


def test_an_evening_on_which_nothing_comes_stays_within_its_budget_and_far_within_what_finra_allows():
    looks = PUBLICATION_NIGHT.slots(DUE.date(), BEFORE)
    [line] = [line for line in REGISTRY if line.card is FINRA_SHORT_INTEREST]
    plan = line.plans(Surroundings(clients=None, archive=None, clock=HandClock(), ledger=Ledger()))[0]  # type: ignore[arg-type]
    assert plan.budget is not None
    assert len(looks) < 0.8 * plan.budget
    limits = [host.limit.requests / host.limit.seconds for host in FINRA_SHORT_INTEREST.hosts]
    assert min(limits) >= 3 / LOOK_SECONDS, (
        "a look asks one question of each host at most, and waits three seconds for the next"
    )


def test_the_last_look_of_the_evening_is_the_last_by_which_lateness_is_told():
    assert PUBLICATION_NIGHT.last == LAST_LOOK


# -- from the list to the bell ----------------------------------------------------------------------------------------


class Finra:
    """FINRA's list of settlements and its files, of which the newest is there from a moment on."""

    def __init__(self, clock: HandClock) -> None:
        self.clock, self.there_at = clock, DUE + timedelta(hours=1)
        self.asked: list[datetime] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        is_there = self.clock() >= self.there_at
        if "/partitions/" in request.url.path:
            self.asked.append(self.clock().astimezone(NEW_YORK))
            days = [SETTLED] * is_there + [BEFORE, date(2023, 1, 13), date(2022, 12, 30)]
            parts = [{"partitions": [str(day)]} for day in days]
            return httpx.Response(
                200, content=json.dumps({"partitionFields": ["settlementDate"], "availablePartitions": parts})
            )
        if request.url.path.endswith(f"shrt{SETTLED:%Y%m%d}.csv") and is_there:
            return httpx.Response(200, content=file_of(SETTLED))
        return httpx.Response(403, content=b"<Error><Code>AccessDenied</Code></Error>")


def file_of(settlement: date) -> bytes:
    """The settlement of the small market as FINRA prints it."""
    reports = short_interest()
    lines = [HEADER]
    for row in reports[reports["settlement_date"] == settlement].itertuples():
        shares, before = 3 * row.short_interest, row.prev_short_interest
        cells = [f"{settlement:%Y%m%d}", row.symbol, row.issue_name, "A", row.market_class, shares, before]
        lines.append("|".join(map(str, [*cells, "", 500, "2.00", "", "11.11", shares - before, settlement])))
    return ("\n".join(lines) + "\n").encode("latin-1")


class Night:
    """A monitor on the public source, which polls FINRA alone by a clock moved by hand."""

    def __init__(self, home: Any, clients: Any, clock: HandClock, monkeypatch: pytest.MonkeyPatch) -> None:
        options = configured({"source": "public"}, {"SHORTSIDE_HOME": str(home)}).options
        root = options.paths.archive
        archive = Archive(root)
        fill(archive, date(2023, 2, 24))
        at = evening(date(2023, 2, 27), 16)
        archive.append(closes(date(2023, 2, 27), at))
        archive.append(screener(date(2023, 2, 27), at))
        surroundings = Surroundings(
            clients=clients,
            archive=archive,
            clock=clock,
            ledger=Ledger(),
            fewest_rows=0,
            disabled=dict.fromkeys(set(CARDS) - {FINRA_SHORT_INTEREST.name}, "not tonight"),
        )
        reading = PublicProvider(root, clock=clock)

        def polling(_ledger: Ledger, _earlier: Any) -> Polling:
            async def no_gaps() -> list[Any]:
                return []

            self.feeds = public_feeds(surroundings)
            return Polling(
                clients=clients,
                feeds=self.feeds,
                gaps=no_gaps,
                store=Storage(archive, clients),
            )

        def fresh(stage: Any) -> tuple[FreshMarket, Any]:
            watch = PublicWatch(root, clock, polling, nap=0.02)
            watch.prime()
            return FreshMarket(stage, watch, partial(load_public, reading=reading)), reading

        monkeypatch.setattr("tui.polling.fresh_market.fresh_market", fresh)
        self.clock, self.feeds = clock, list[Feed]()
        self.app = Monitor(options, clock)
        self.rung: list[datetime] = []
        monkeypatch.setattr(self.app, "bell", lambda: self.rung.append(clock()))

    def has_looked(self) -> bool:
        """Whether the look that is due was made, and is over."""
        return bool(self.feeds) and not self.feeds[0].is_polling and self.feeds[0].next_at > self.clock()

    def shows(self, words: str) -> bool:
        return any(words in line for line in screen_text(self.app))


async def test_within_ten_seconds_of_the_file_the_bell_rings_and_p_shows_what_it_says(tmp_path, monkeypatch):
    clock = HandClock(DUE - timedelta(seconds=LOOK_SECONDS))
    finra = Finra(clock)
    async with Clients(clock=clock, transport=httpx.MockTransport(finra)) as clients:
        night = Night(tmp_path, clients, clock, monkeypatch)
        app = night.app
        async with app.run_test(size=(120, 40)) as pilot:
            # Reading needs threads, which turns of the loop alone do not wait for.
            await settled_in_time(pilot, lambda: app.board is not None and bool(app.screen.query(CrowdedTable)))
            main = app.screen
            await settled_in_time(pilot, night.has_looked)
            finra.there_at = DUE + timedelta(seconds=7)
            while clock.now < finra.there_at - timedelta(seconds=1):
                clock.move(seconds=LOOK_SECONDS)
                await settled_in_time(pilot, night.has_looked)
            assert not night.rung
            clock.now = finra.there_at
            clock.move(seconds=2)
            await settled_in_time(pilot, lambda: bool(night.rung))
            assert night.rung[0] - finra.there_at <= TEN_SECONDS
            assert night.shows("PUBLISHED settlement 15 Feb, P opens it: SI ")
            assert night.shows("LATE 9 s")
            assert app.screen is main
            assert main.query_one(KeyLine).keys[0] == ("P", "PUBLISHED")
            await pilot.press("P")
            await settled_in_time(
                pilot, lambda: isinstance(app.screen, PublishedScreen) and night.shows("against 31 Jan")
            )
            assert night.shows("PUBLISHED 27 Feb 2023 16:40:09")
            assert night.shows("LATE 9 s")
            assert night.shows("covered 0 0"), "three times as much is short of every name"
            assert main.query_one(KeyLine).keys[0] == ("w", "window")


async def settled_in_time(pilot: Any, reached: Any) -> None:
    """Let the loop and its threads go on until something holds."""
    until = monotonic() + PATIENCE
    while monotonic() < until:
        await pilot.pause(0.02)
        if reached():
            return
    raise AssertionError("never reached")
