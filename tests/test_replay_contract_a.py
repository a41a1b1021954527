"""FINRA's and Nasdaq's providers keep their contracts against servers that answer as those did in 2023."""

import asyncio
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest
from provider_examples import Heard
from replay_server import ReplayServer, replay_server, stop_server

from providers import catalog
from providers.errors import (
    BlockedError,
    MalformedError,
    PendingError,
    ProviderError,
    RefusedError,
    ThrottledError,
    UnreachableError,
)
from providers.finra.query_api import query
from providers.finra.short_interest import DATASET, FinraShortInterest, revisions
from providers.finra.short_volume import FinraShortVolume
from providers.http.clients import Clients
from providers.http.receipts import Receipts
from providers.nasdaq.directory import NasdaqDirectory
from providers.nasdaq.screener import NasdaqScreener
from providers.nasdaq.splits import NasdaqSplits
from shortside.datasets import Dataset
from shortside.sessions import NEW_YORK

NOW = datetime(2023, 9, 7, 17, 30, tzinfo=NEW_YORK)
CYCLE = "/cdn.finra.org/equity/otcmarket/biweekly/shrt20230815.csv"
DAY = date(2023, 8, 15)

pytestmark = [pytest.mark.shared, pytest.mark.slow]


@pytest.fixture
def server(shared: Path) -> Iterator[ReplayServer]:
    # The one that the other tests have, too: it takes seconds to read its market.
    server = replay_server(shared, "--ftp-port", "0")
    yield server
    server.reset()


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short waits where a test is about what is answered, not about when."""
    monkeypatch.setattr("providers.http.client.FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr("providers.http.client.JITTER_SECONDS", 0.01)
    monkeypatch.setattr("providers.finra.short_interest.CDN_FINRA", catalog.CDN_FINRA._replace(seconds_between=0))


def clients_at(server: ReplayServer, moment: datetime = NOW, **options) -> Clients:
    return Clients(clock=lambda: moment, upstream=server.upstream, **options)


async def test_the_newest_partition_is_the_newest_published_cycle(server):
    async with clients_at(server) as clients:
        days = await FinraShortInterest(clients).fetch_partitions()
    assert days[0] == DAY
    assert list(days) == sorted(days, reverse=True)


async def test_the_market_of_a_cycle_comes_in_one_request(server):
    async with clients_at(server) as clients:
        fetched = await FinraShortInterest(clients).fetch_cycle(DAY)
    snapshot = fetched.snapshot
    assert snapshot is not None
    assert snapshot.rows > 15_000
    assert snapshot.as_of == DAY
    apple = snapshot.frame[snapshot.frame["symbol"] == "AAPL"].iloc[0]
    assert apple["short_interest"] > 50_000_000
    assert len(server.log()) == 1


async def test_the_next_cycle_is_pending_until_its_moment_and_then_there(server):
    day = date(2023, 8, 31)
    async with clients_at(server) as clients:
        provider = FinraShortInterest(clients)
        server.set_clock("2023-09-12T16:39:50-04:00")
        with pytest.raises(PendingError):
            await provider.fetch_cycle(day)
        server.set_clock("2023-09-12T16:40:00-04:00")
        fetched = await provider.fetch_cycle(day)
        newest = (await provider.fetch_partitions())[0]
    assert fetched.snapshot is not None
    assert newest == day


async def test_what_was_stored_is_asked_for_with_conditions_and_at_last_not_at_all(server):
    validators = Receipts()
    # An hour after publication, a day after, and two days after.
    for day, hour in ((24, 17), (25, 17), (26, 17)):
        async with clients_at(server, datetime(2023, 8, day, hour, tzinfo=NEW_YORK), validators=validators) as clients:
            fetched = await FinraShortInterest(clients).fetch_cycle(DAY)
            assert (fetched.snapshot is None) is (day > 24)
            await clients.keep(fetched)
    log = server.log(at_least=2)
    assert [entry["status"] for entry in log] == [200, 304]
    assert log[1]["if_none_match"]


async def test_pages_of_the_api_add_up_to_the_file(server):
    async with clients_at(server) as clients:
        provider = FinraShortInterest(clients)
        fetched = await provider.fetch_cycle(DAY)
        paged = await provider._fetch_pages(DAY)
    assert fetched.snapshot is not None
    assert paged.snapshot is not None
    ordered = fetched.snapshot.frame.sort_values(["symbol", "settlement_date"], ignore_index=True)
    assert paged.snapshot.frame.equals(ordered)
    assert sum(entry["method"] == "POST" for entry in server.log()) == -(-len(ordered) // 5_000)


async def test_a_name_s_history_shows_its_revisions(server):
    async with clients_at(server) as clients:
        fetched = await FinraShortInterest(clients).fetch_history(["AAPL", "BRKB"], since=date(2023, 1, 1))
    assert fetched.snapshot is not None
    history = fetched.snapshot.frame
    assert set(history["symbol"]) == {"AAPL", "BRKB"}
    assert fetched.snapshot.as_of == DAY
    apple = revisions(history[history["symbol"] == "AAPL"]).set_index("settlement_date")
    row = apple.loc["2023-05-15"]
    assert (row["first_published"], row["revised"]) == (109_878_751, 109_883_384)


async def test_finra_refuses_to_sort_across_partitions_and_we_say_so(server):
    async with clients_at(server) as clients:
        with pytest.raises(RefusedError, match="Sorting is allowed only if"):
            await query(clients.of(catalog.API_FINRA, "finra_short_interest"), DATASET, {"sortFields": ["symbolCode"]})
    assert len(server.log()) == 1


async def test_a_session_s_short_volume_is_whole(server):
    async with clients_at(server) as clients:
        fetched = await FinraShortVolume(clients).fetch_session(date(2021, 6, 4))
        with pytest.raises(PendingError):
            await FinraShortVolume(clients).fetch_session(date(2023, 9, 7))
    assert fetched.snapshot is not None
    assert fetched.snapshot.rows == 9_661
    assert "ABR^A" in set(fetched.snapshot.frame["symbol"])


async def test_the_screener_is_the_last_session_s_close(server):
    async with clients_at(server) as clients:
        fetched = await NasdaqScreener(clients).fetch()
    snapshot = fetched.snapshot
    assert snapshot is not None
    assert (snapshot.dataset, snapshot.as_of) == (Dataset.PRICES, date(2023, 9, 7))
    assert snapshot.rows > 6_000
    apple = snapshot.frame[snapshot.frame["symbol"] == "AAPL"].iloc[0]
    assert 100 < apple["close"] < 300
    assert apple["sector"] == "Technology"
    assert len(server.log()) == 2


@pytest.fixture
def running_market(shared: Path) -> Iterator[ReplayServer]:
    yield replay_server(shared, "--intraday")
    stop_server("--intraday")


async def test_quotes_that_run_during_the_session_are_of_one_session(running_market):
    server = running_market
    server.set_clock("2023-09-07T12:00:00-04:00", speed=600)
    async with clients_at(server, datetime(2023, 9, 7, 12, tzinfo=NEW_YORK)) as clients:
        fetched = await NasdaqScreener(clients).fetch()
    assert fetched.snapshot is not None
    assert (fetched.snapshot.dataset, fetched.snapshot.as_of) == (Dataset.QUOTES, date(2023, 9, 7))


async def test_a_stale_copy_of_one_form_is_never_stored_under_another_day(server):
    server.inject({"match": "/api.nasdaq.com/", "kind": "stale", "lag_days": 1, "count": 1})
    async with clients_at(server) as clients:
        with pytest.raises(MalformedError, match="is not of 2023-09-06"):
            await NasdaqScreener(clients).fetch()


async def test_the_splits_calendar_knows_amc(server):
    async with clients_at(server) as clients:
        fetched = await NasdaqSplits(clients).fetch(date(2023, 8, 1))
    assert fetched.snapshot is not None
    splits = fetched.snapshot.frame.set_index("symbol")
    assert splits.loc["AMC", "simple_ratio"] == 10
    assert splits.loc["AMC", "ex_date"] == pd.Timestamp(2023, 8, 24)


async def test_the_directory_is_read_and_then_only_asked_whether_it_changed(server):
    validators = Receipts()
    async with clients_at(server, validators=validators) as clients:
        first = await NasdaqDirectory(clients).fetch()
        await clients.keep(first)
        second = await NasdaqDirectory(clients).fetch()
    assert first.snapshot is not None
    rows = first.snapshot.frame.set_index("symbol")
    assert rows.loc["BRK.B", "exchange"] == "nyse"
    assert rows.loc["SPY", "is_fund"]
    assert second.snapshot is None
    assert [entry["status"] for entry in server.log()] == [200, 304]


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(
    ("rule", "error"),
    [
        ({"kind": "html-page"}, BlockedError),
        ({"kind": "garbage"}, MalformedError),
        ({"kind": "empty-200"}, MalformedError),
        ({"kind": "truncate"}, UnreachableError),
        ({"kind": "drop-mid-body"}, UnreachableError),
        ({"kind": "status", "status": 500}, UnreachableError),
        ({"kind": "status", "status": 429, "retry_after": 600}, ThrottledError),
        ({"kind": "status", "status": 401}, RefusedError),
    ],
)
async def test_each_fault_has_its_error_and_leaves_nothing_behind(server, rule, error):
    server.inject({"match": CYCLE, **rule})
    validators = Receipts()
    async with clients_at(server, validators=validators) as clients:
        with pytest.raises(error):
            await FinraShortInterest(clients).fetch_cycle(DAY)
    assert len(validators) == 0
    server.inject()
    async with clients_at(server, validators=validators) as clients:
        assert (await FinraShortInterest(clients).fetch_cycle(DAY)).snapshot is not None


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("kind", ["status", "drop-mid-body", "truncate"])
async def test_a_passing_fault_is_sat_out(server, kind):
    server.inject({"match": CYCLE, "kind": kind, "count": 2})
    heard = Heard()
    async with clients_at(server, heard=heard) as clients:
        assert (await FinraShortInterest(clients).fetch_cycle(DAY)).snapshot is not None
    assert [bool(exchange.complaint) for exchange in heard] == [True, True, False]


@pytest.mark.usefixtures("hasty")
async def test_a_host_that_hangs_is_given_up(server, monkeypatch):
    hasty = catalog.CDN_FINRA._replace(seconds_between=0, read_seconds=0.2)
    monkeypatch.setattr("providers.finra.short_interest.CDN_FINRA", hasty)
    server.inject({"match": CYCLE, "kind": "hang", "seconds": 30})
    async with clients_at(server) as clients:
        with pytest.raises(UnreachableError, match="said nothing"):
            await FinraShortInterest(clients).fetch_cycle(DAY)


async def test_one_provider_s_trouble_does_not_touch_the_next(server):
    server.inject({"match": "/cdn.finra.org/", "kind": "html-page"})
    async with clients_at(server) as clients:
        outcomes = await asyncio.gather(
            FinraShortInterest(clients).fetch_cycle(DAY), NasdaqDirectory(clients).fetch(), return_exceptions=True
        )
    assert isinstance(outcomes[0], ProviderError)
    assert not isinstance(outcomes[1], BaseException)


async def test_the_log_shows_each_file_asked_for_once(server):
    days = [date(2023, 7, 14), date(2023, 7, 31), DAY]
    validators = Receipts()
    async with clients_at(server, validators=validators) as clients:
        provider = FinraShortInterest(clients)
        for _ in range(2):
            for fetched in await asyncio.gather(*map(provider.fetch_cycle, days)):
                await clients.keep(fetched)
    paths = [entry["path"] for entry in server.log()]
    assert sorted(paths) == [f"/cdn.finra.org/equity/otcmarket/biweekly/shrt{day:%Y%m%d}.csv" for day in days]
