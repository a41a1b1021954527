"""The feeds that keys open ask what they are for, store it, keep to plans and credits, and never show a key."""

import asyncio
import json
import logging
from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import httpx
import numpy as np
import pandas as pd
import pytest
from feed_examples import HandClock
from public_archive import cycle, directory, evening, screener
from replay_server import replay_server
from small_market import Unpaced
from virtual_time import run

from providers.archive.live_quotes import LIVE_QUOTES_FOLDER, read_quotes
from providers.archive.vintages import Archive
from providers.catalog import ALPACA, API_MASSIVE, CARDS
from providers.errors import NoDataError
from providers.feeds.credits import CreditMeter
from providers.feeds.ledger import Ledger
from providers.feeds.poller import Poller, PollerWork
from providers.feeds.state import FeedState, Letter, by_name, idle, with_age
from providers.feeds.states_file import STATES_FILE_NAME, read_states, write_states
from providers.feeds.surroundings import Surroundings
from providers.http.clients import Clients
from providers.keyed.keys import Keys
from providers.public.prices import wide_prices
from providers.registry import idle_providers, keyed_feeds, public_feeds
from shortside.datasets import Dataset
from shortside.sessions import NEW_YORK
from tui.polling.facts import poll_facts

VALUE = "pk-TOP-SECRET-4711"
KEYS = Keys(
    dict.fromkeys(
        ("SHORTSIDE_ALPACA_KEY_ID", "SHORTSIDE_ALPACA_SECRET_KEY", "SHORTSIDE_MASSIVE_KEY", "SHORTSIDE_ORTEX_KEY"),
        VALUE,
    )
)
ALL = ("alpaca", "massive", "ortex")
# A session of the small archive's market, after its bell.
DAY = date(2023, 2, 28)
EVENING = datetime(2023, 2, 28, 17, 0, tzinfo=NEW_YORK)
NOON = datetime(2023, 2, 28, 12, 0, tzinfo=NEW_YORK)


class World:
    """An archive, a clock, and a network made of bodies by path, for feeds of keyed providers."""

    def __init__(self, root: Path, answer: Callable[[httpx.Request], httpx.Response], at: datetime = EVENING) -> None:
        self.archive, self.clock, self._answer = Archive(root), HandClock(at), answer
        self.requests: list[httpx.Request] = []
        self.ledger = Ledger()
        self.watched: list[str] = []
        self.viewed: list[str] = []
        self.earlier: tuple[FeedState, ...] = ()
        self.credits_a_day = 20.0

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self._answer(request)

    @asynccontextmanager
    async def feeds(self, present=ALL, disabled=None):
        """The feeds by name, as a terminal that begins to poll makes them."""
        transport = httpx.MockTransport(self._handle)
        async with Clients(clock=self.clock, transport=transport, heard=self.ledger.heard) as clients:
            surroundings = Surroundings(
                clients=clients,
                archive=self.archive,
                clock=self.clock,
                ledger=self.ledger,
                keys=KEYS,
                credits_a_day={"ortex": self.credits_a_day},
                disabled=disabled or {},
                watched=lambda: self.watched,
                viewed=lambda: self.viewed,
                earlier=self.earlier,
                fewest_rows=0,
                chance=lambda: 0.0,
            )
            yield {feed.name: feed for feed in keyed_feeds(surroundings, present)}

    async def poll(self, *names: str, present=ALL, disabled=None) -> dict[str, FeedState]:
        """Polls feeds in turn; how all of them are doing afterwards."""
        async with self.feeds(present, disabled) as feeds:
            for name in names:
                await feeds[name].poll()
            states = by_name([feed.state(self.clock()) for feed in feeds.values()])
        self.earlier = tuple(states.values())
        return dict(states)

    def fill_lists(self) -> None:
        """What the names of the market are taken from."""
        at = evening(DAY, 16) + timedelta(minutes=30)
        for snapshot in (screener(DAY, at), directory(at), cycle(date(2023, 1, 31), at)):
            self.archive.append(snapshot)


def bars_of(request: httpx.Request) -> httpx.Response:
    bar = {"t": f"{DAY}T05:00:00Z", "c": 10.0, "v": 5, "o": 1, "h": 1, "l": 1, "n": 1, "vw": 1}
    symbols = request.url.params["symbols"].split(",")
    return httpx.Response(
        200, json={"bars": {symbol: [bar] for symbol in symbols if symbol != "NA"}, "next_page_token": None}
    )


def refuse(request: httpx.Request) -> httpx.Response:
    raise AssertionError(f"nobody is to be asked for {request.url}")


class TestWho:
    def test_only_providers_with_a_key_that_are_switched_on_have_feeds(self, tmp_path):
        world = World(tmp_path, refuse)
        assert set(run(world.poll())) == {
            "alpaca",
            "alpaca_quotes",
            "alpaca_assets",
            "massive",
            "massive_quotes",
            "massive_splits",
            "massive_short_interest",
            "massive_short_volume",
            "ortex",
        }
        assert set(run(world.poll(present=("ortex",)))) == {"ortex"}
        assert set(run(world.poll(disabled={"alpaca": "switched off", "massive": "switched off"}))) == {"ortex"}
        assert run(world.poll(present=())) == {}

    def test_a_provider_that_is_switched_off_stands_on_the_panel_as_that_and_does_not_age(self):
        state = idle(ALPACA, "switched off")
        later = with_age(state, EVENING + timedelta(days=900))
        [facts] = poll_facts([later])
        assert (facts.letter, facts.words, facts.title) == ("O", "switched off", "Alpaca")


class TestAlpaca:
    def test_after_the_close_every_name_of_the_market_has_its_bar(self, tmp_path):
        world = World(tmp_path, bars_of)
        world.fill_lists()
        state = run(world.poll("alpaca"))["alpaca"]
        assert (state.letter, state.as_of, state.requests_today, state.budget) == (Letter.CURRENT, DAY, 1, 120)
        [vintage] = [one for one in world.archive.vintages(Dataset.PRICES) if one.source == "alpaca"]
        rows = world.archive.read(vintage).frame
        assert set(rows["symbol"]) == {"AAPL", "ABR^D", "BRK.B", "TRUE", "ZZT.WS"}
        params = world.requests[0].url.params
        assert (params["adjustment"], params["start"], params["feed"]) == ("raw", str(DAY), "sip")
        # The next look is the next session's.
        assert state.next_poll_at == datetime(2023, 3, 1, 16, 20, tzinfo=NEW_YORK)

    def test_without_lists_of_names_it_waits_and_asks_nothing(self, tmp_path):
        state = run(World(tmp_path, refuse).poll("alpaca"))["alpaca"]
        assert (state.letter, state.failures) == (Letter.ERROR, 1)
        assert "have not arrived yet" in state.complaint

    def test_with_the_screener_switched_off_the_directory_names_the_market(self, tmp_path):
        world = World(tmp_path, bars_of)
        at = evening(DAY, 16)
        for snapshot in (directory(at), cycle(date(2023, 1, 31), at)):
            world.archive.append(snapshot)
        state = run(world.poll("alpaca", disabled={"nasdaq_screener": "switched off"}))["alpaca"]
        assert state.letter is Letter.CURRENT
        assert "AAPL" in world.requests[0].url.params["symbols"]

    def test_in_session_the_watched_names_have_prices_with_their_own_moments(self, tmp_path, shared):
        body = (shared / "payloads/alpaca/snapshots_AAPL.json").read_bytes()
        world = World(tmp_path, lambda _: httpx.Response(200, content=body), at=NOON)
        assert (
            run(world.poll("alpaca_quotes"))["alpaca_quotes"].complaint
            == "there are no names yet whose prices are wanted"
        )
        assert world.requests == []
        world.watched = ["AAPL", "BRK.B"]
        run(world.poll("alpaca_quotes"))
        assert world.requests[0].url.params["symbols"] == "AAPL,BRK.B"
        assert world.requests[0].url.params["feed"] == "delayed_sip"
        quotes = read_quotes(tmp_path / LIVE_QUOTES_FOLDER / "alpaca.npz")
        assert (quotes.symbols, quotes.prices.tolist()) == (("AAPL",), [161.1998])
        assert quotes.moments.tolist() == [1647614038.0]

    def test_what_is_lent_is_looked_at_once_a_day(self, tmp_path):
        asset = {"symbol": "A", "name": "A", "exchange": "NYSE", "tradable": True, "marginable": True}
        body = [asset | {"shortable": True, "easy_to_borrow": False}]
        world = World(tmp_path, lambda _: httpx.Response(200, json=body))
        state = run(world.poll("alpaca_assets"))["alpaca_assets"]
        assert state.next_poll_at == datetime(2023, 3, 1, 7, 0, tzinfo=NEW_YORK)
        assert [one.source for one in world.archive.vintages(Dataset.BORROW)] == ["alpaca"]


def massive_day(day=date(2023, 2, 27)):
    stamp = int(datetime(day.year, day.month, day.day, 16, tzinfo=NEW_YORK).timestamp() * 1_000)
    return {
        "status": "OK",
        "adjusted": False,
        "resultsCount": 1,
        "results": [{"T": "AAPL", "c": 1.5, "v": 3, "t": stamp}],
    }


class TestMassive:
    def test_the_session_before_is_asked_for_once(self, tmp_path):
        world = World(tmp_path, lambda _: httpx.Response(200, json=massive_day()), at=NOON)
        state = run(world.poll("massive"))["massive"]
        assert (state.letter, state.as_of) == (Letter.CURRENT, date(2023, 2, 27))
        assert world.requests[0].url.path.endswith("/2023-02-27")
        run(world.poll("massive"))
        assert len(world.requests) == 1

    def test_a_plan_without_last_prices_is_asked_once_a_day(self, tmp_path):
        refusal = {"status": "NOT_AUTHORIZED", "message": "You are not entitled to this data."}
        world = World(tmp_path, lambda _: httpx.Response(403, json=refusal), at=NOON)
        world.watched = ["AAPL"]

        async def twice():
            async with world.feeds() as feeds:
                feed = feeds["massive_quotes"]
                for _ in range(3):
                    await feed.poll()
                today = len(world.requests)
                world.clock.move(days=1)
                await feed.poll()
                return today, len(world.requests), feed.state(world.clock())

        today, tomorrow, state = run(twice())
        assert (today, tomorrow) == (1, 2)
        # No trouble of the source's, so no letter of trouble.
        assert (state.letter, state.failures) == (Letter.UNKNOWN, 0)
        assert "in the plan of this key" in state.complaint

    def test_splits_are_asked_from_when_the_calendar_begins(self, tmp_path):
        body = {
            "status": "OK",
            "results": [{"execution_date": "2023-02-27", "split_from": 1, "split_to": 2, "ticker": "A"}],
        }
        world = World(tmp_path, lambda _: httpx.Response(200, json=body))
        run(world.poll("massive_splits"))
        assert world.requests[0].url.params["execution_date.gte"] == "2023-02-14"
        assert [one.source for one in world.archive.vintages(Dataset.SPLITS)] == ["massive"]

    def test_a_settlement_is_compared_with_finra_s_and_who_differs_is_named(self, tmp_path):
        rows = [
            {"ticker": "AAPL", "settlement_date": "2023-02-15", "short_interest": 1, "avg_daily_volume": 1},
            {"ticker": "NA", "settlement_date": "2023-02-15", "short_interest": 4_003, "avg_daily_volume": 1},
        ]
        world = World(tmp_path, lambda _: httpx.Response(200, json={"status": "OK", "results": rows}))
        assert run(world.poll("massive_short_interest"))["massive_short_interest"].complaint == ""
        world.archive.append(cycle(date(2023, 2, 15), evening(DAY, 16)))
        state = run(world.poll("massive_short_interest"))["massive_short_interest"]
        assert state.letter is Letter.CURRENT
        assert state.complaint == "1 of 2 names of 2023-02-15 are not as FINRA has them: AAPL"

    def test_a_settlement_that_is_not_resold_yet_is_pending(self, tmp_path):
        world = World(tmp_path, lambda _: httpx.Response(200, json={"status": "OK", "results": []}))
        state = run(world.poll("massive_short_interest"))["massive_short_interest"]
        assert state.letter is Letter.PENDING
        assert "does not have the settlement of 2023-02-15 yet" in state.complaint

    def test_short_volume_is_asked_for_only_where_finra_s_own_is_missing(self, tmp_path):
        rows = [{"ticker": "A", "date": str(DAY), "short_volume": 1, "exempt_volume": 0, "total_volume": 2}]
        world = World(
            tmp_path, lambda _: httpx.Response(200, json={"status": "OK", "results": rows}), at=evening(DAY, 19)
        )
        run(world.poll("massive_short_volume"))
        [own] = world.archive.vintages(Dataset.SHORT_VOLUME)
        assert (own.as_of, own.source) == (DAY, "massive")
        other = World(tmp_path / "finra", refuse, at=evening(DAY, 19))
        other.archive.append(replace(world.archive.read(own), source="finra_short_volume"))
        state = run(other.poll("massive_short_volume"))["massive_short_volume"]
        assert "FINRA's own short volume of 2023-02-28 is there" in state.complaint

    def test_its_pace_keeps_to_five_a_minute(self):
        assert 60 / API_MASSIVE.seconds_between < 5
        assert API_MASSIVE.at_once == 1


def estimates_of(cost: float | None = 2.5, left: float | None = 97.5):
    def answer(request: httpx.Request) -> httpx.Response:
        what = "costToBorrowAll" if "/ctb/" in request.url.path else "shortInterestShares"
        row = {"date": str(DAY), what: 12.5}
        body = {"rows": [row], "length": 1, "creditsUsed": cost, "creditsLeft": left}
        return httpx.Response(200, json=body)

    return answer


class TestOrtex:
    def test_it_is_asked_about_the_name_in_view_only_and_once_a_day(self, tmp_path):
        world = World(tmp_path, estimates_of(), at=NOON)
        assert "about the name in view only" in run(world.poll("ortex"))["ortex"].complaint
        world.viewed = ["GME"]
        state = run(world.poll("ortex"))["ortex"]
        assert [request.url.path for request in world.requests] == [
            "/api/v1/stock/US/GME/short_interest",
            "/api/v1/stock/US/GME/ctb/all",
        ]
        assert world.requests[0].url.params["from_date"] == "2023-02-14"
        assert {one.dataset for one in world.archive.vintages(Dataset.BORROW)} == {Dataset.BORROW}
        assert state.remark == "5 of 20 credits used today, 97.50 left at ORTEX"
        # Another terminal takes over: the archive says who was asked about, the last state what it cost.
        state = run(world.poll("ortex"))["ortex"]
        assert len(world.requests) == 2
        assert state.spent_today == 5
        world.clock.move(days=1)
        state = run(world.poll("ortex"))["ortex"]
        assert len(world.requests) == 4
        assert state.spent_today == 5

    def test_credits_stand_in_the_words_of_the_panel_and_survive_the_file_between_terminals(self, tmp_path):
        world = World(tmp_path, estimates_of(), at=NOON)
        world.viewed = ["GME"]
        states = list(run(world.poll("ortex")).values())
        write_states(tmp_path / STATES_FILE_NAME, states)
        assert read_states(tmp_path / STATES_FILE_NAME) == tuple(states)
        [facts] = [one for one in poll_facts(states) if one.title == "ORTEX"]
        assert facts.words.endswith("; 5 of 20 credits used today, 97.50 left at ORTEX")
        assert facts.requests == 2

    def test_the_day_s_budget_is_never_exceeded(self, tmp_path):
        world = World(tmp_path, estimates_of(cost=3.0), at=NOON)
        world.credits_a_day = 10
        world.viewed = ["A", "B", "C"]
        state = run(world.poll("ortex"))["ortex"]
        assert state.spent_today == 9
        assert len(world.requests) == 3
        assert "today's budget of 10 ORTEX credits has no room" in state.complaint
        run(world.poll("ortex"))
        assert len(world.requests) == 3

    def test_a_budget_of_nothing_asks_nothing(self, tmp_path):
        world = World(tmp_path, refuse, at=NOON)
        world.credits_a_day, world.viewed = 0, ["GME"]
        assert "has no room for a question" in run(world.poll("ortex"))["ortex"].complaint

    def test_a_name_ortex_does_not_know_is_not_asked_about_again_and_still_costs(self, tmp_path):
        body = {"rows": [], "length": 0, "creditsUsed": 1, "creditsLeft": 9}
        world = World(tmp_path, lambda _: httpx.Response(200, json=body), at=NOON)
        world.viewed = ["GME"]

        async def twice():
            async with world.feeds() as feeds:
                for _ in range(2):
                    await feeds["ortex"].poll()
                return feeds["ortex"].state(world.clock())

        state = run(twice())
        assert len(world.requests) == 2
        assert state.spent_today == 2


class TestCredits:
    def test_what_the_source_does_not_say_it_charged_is_taken_from_what_is_left(self):
        meter = CreditMeter("ORTEX", 100)
        meter.charge(DAY, None, 50.0)
        assert meter.spent(DAY) == 1
        meter.charge(DAY, None, 46.0)
        assert meter.spent(DAY) == 5
        assert meter.words(DAY) == "5 of 100 credits used today, 46.00 left at ORTEX"

    def test_the_dearest_question_so_far_is_what_the_next_may_cost(self):
        meter = CreditMeter("ORTEX", 10)
        meter.charge(DAY, 6.0, None)
        with pytest.raises(NoDataError):
            meter.require_room(DAY)
        meter.require_room(DAY + timedelta(days=1))

    def test_a_new_day_begins_at_nothing(self):
        meter = CreditMeter("ORTEX", 10)
        meter.charge(DAY, 6.0, None)
        assert meter.spent(DAY + timedelta(days=1)) == 0


class TestSecrecy:
    @pytest.mark.parametrize("status", [200, 401, 403, 429, 500])
    def test_the_key_is_nowhere_but_in_the_request_s_head(self, tmp_path, status, caplog, monkeypatch):
        monkeypatch.setattr("providers.http.client.FIRST_PAUSE_SECONDS", 0.0)
        caplog.set_level(logging.DEBUG)

        def answer(request: httpx.Request) -> httpx.Response:
            # A service that echoes what it was sent, wherever it can.
            body = {"status": "OK", "message": f"unauthorized: {VALUE}", "error": VALUE, "rows": [], "results": []}
            return httpx.Response(status, json=body, headers={"X-Echo": VALUE})

        world = World(tmp_path, answer)
        world.fill_lists()
        world.watched = world.viewed = ["AAPL"]
        states = run(world.poll(*run(world.poll())))
        assert len(world.requests) > 5
        assert all(VALUE in str(list(request.headers.items())) for request in world.requests)
        assert all(VALUE not in str(request.url) for request in world.requests)
        write_states(tmp_path / STATES_FILE_NAME, list(states.values()))
        written = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
        assert not any(VALUE.encode() in content for content in written)
        assert VALUE not in json.dumps([repr(state) for state in states.values()])
        assert VALUE not in caplog.text
        assert VALUE not in repr(KEYS)


# ---- against servers that answer as those did in 2023 ----------------------------------------------------------------

NOW = datetime(2023, 9, 7, 17, 30, tzinfo=NEW_YORK)
LISTS = ("nasdaq_screener", "nasdaq_directory", "nasdaq_splits", "finra_short_interest")
SERVED = ("alpaca", "alpaca_assets", "massive", "massive_splits")
"""What the replay server has of keyed providers."""


@pytest.mark.shared
async def test_a_poller_with_keys_brings_home_what_they_open_and_asks_nobody_who_is_switched_off(
    shared, small, tmp_path, market_directory
):
    server = replay_server(shared, "--market", str(small))
    clock, ledger = HandClock(NOW), Ledger()
    archive = Archive(tmp_path / "archive")
    off = dict.fromkeys(set(CARDS) - {*LISTS, "alpaca", "massive", "finra_short_interest"}, "switched off")
    async with Unpaced(clock=clock, upstream=server.upstream, heard=ledger.heard) as clients:
        surroundings = Surroundings(
            clients=clients,
            archive=archive,
            clock=clock,
            ledger=ledger,
            keys=KEYS,
            disabled=off,
            fewest_rows=0,
            chance=lambda: 0.0,
        )

        async def polled(feeds) -> dict[str, FeedState]:
            done = asyncio.Event()

            def heard(states) -> None:
                if all(state.looked_at or state.failures for state in states if state.letter is not Letter.OFF):
                    done.set()

            poller = Poller(PollerWork(feeds=feeds, idle=idle_providers(surroundings)), clock=clock, heard=heard)
            task = asyncio.create_task(poller.run())
            async with asyncio.timeout(120):
                await done.wait()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            return dict(by_name(poller.states()))

        lists = await polled(public_feeds(surroundings))
        assert {lists[name].letter for name in LISTS} == {Letter.CURRENT}
        assert {name for name, state in lists.items() if state.letter is Letter.OFF} == set(off)
        keyed = [feed for feed in keyed_feeds(surroundings, ("alpaca", "massive")) if feed.name in SERVED]
        states = await polled(keyed)
    assert {name: states[name].letter for name in SERVED} == dict.fromkeys(SERVED, Letter.CURRENT)
    assert all(states[name].requests_today >= 1 for name in SERVED)
    assert states["alpaca"].as_of == date(2023, 9, 7)
    assert states["massive"].as_of == date(2023, 9, 6)
    hosts = {entry["path"].split("/")[1] if entry["path"].startswith("/") else entry["host"] for entry in server.log()}
    assert hosts <= {
        "api.nasdaq.com",
        "www.nasdaqtrader.com",
        "api.finra.org",
        "cdn.finra.org",
        "data.alpaca.markets",
        "paper-api.alpaca.markets",
        "api.massive.com",
    }
    # Each figure is the market's own, though three sources have it.
    prices = wide_prices(archive, NOW, None, None)
    assert prices.sessions.astype(date).tolist() == [date(2023, 9, 6), date(2023, 9, 7)]
    columns = ["date", "symbol", "close"]
    filters = [("date", "in", [date(2023, 9, 6), date(2023, 9, 7)])]
    truth = pd.read_parquet(market_directory / "prices.parquet", columns=columns, filters=filters)
    truth = truth.assign(symbol=truth["symbol"].str.replace("/", "."), date=pd.to_datetime(truth["date"]))
    wide = truth.pivot(index="date", columns="symbol", values="close").reindex(columns=prices.symbols)
    known = wide.notna().to_numpy()
    assert known.sum() > 200
    np.testing.assert_allclose(prices.close[known], wide.to_numpy()[known], rtol=1e-4)
    sources = {one.source for one in archive.vintages(Dataset.PRICES)}
    assert sources == {"nasdaq_screener", "alpaca", "massive"}
    [lent] = archive.vintages(Dataset.BORROW)
    assert 0 < archive.read(lent).frame["is_easy_to_borrow"].sum() < archive.read(lent).rows
    # And no key anywhere.
    written = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert not any(VALUE.encode() in content for content in written)
    assert VALUE not in json.dumps([*map(repr, states.values()), *map(str, server.log())])


@pytest.mark.shared
async def test_a_key_the_service_refuses_stands_on_the_panel_in_words_and_is_not_shown(shared, small, tmp_path):
    server = replay_server(shared, "--market", str(small))
    clock = HandClock(NOW)
    bad = Keys(dict.fromkeys(("SHORTSIDE_ALPACA_KEY_ID", "SHORTSIDE_ALPACA_SECRET_KEY"), "a-bad-key-0815"))
    async with Unpaced(clock=clock, upstream=server.upstream) as clients:
        surroundings = Surroundings(
            clients=clients, archive=Archive(tmp_path), clock=clock, ledger=Ledger(), fewest_rows=0, keys=bad
        )
        [feed] = [one for one in keyed_feeds(surroundings, ("alpaca",)) if one.name == "alpaca_assets"]
        await feed.poll()
    [facts] = poll_facts([feed.state(clock())])
    assert facts.letter == "B"
    assert "check SHORTSIDE_ALPACA_KEY_ID and SHORTSIDE_ALPACA_SECRET_KEY" in facts.words
    assert "0815" not in facts.words
