"""The command fills an archive politely, says beforehand what it will ask, and goes on where it was interrupted."""

import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from replay_server import ReplayServer, replay_server
from small_market import SPARK, Interrupting, Unpaced, small_sources

from providers.archive.lease import Lease
from providers.archive.vintages import Archive
from providers.backfill import plan as backfill_plan
from providers.backfill.plan import StepKind
from providers.backfill.run import Backfill
from providers.catalog import YAHOO_SPARK
from providers.keyed.keys import Keys
from providers.public.source import PublicProvider
from providers.sec.fails_index import INDEX_PATH
from shortside.board import Desk
from shortside.datasets import Dataset
from shortside.market import market_of
from shortside.positions import Knowledge
from shortside.rows import name_rows, tier_table
from shortside.sessions import NEW_YORK
from shortside.view import View
from tui.arguments import arguments_of
from tui.commands.backfill import backfill
from tui.errors import SourceError, UsageError
from tui.processes.back_office import BackOffice, greeting_of
from tui.settings.configuration import configured
from tui.sources.input_ages import inputs_of

NOW = datetime(2023, 9, 7, 17, 30, tzinfo=NEW_YORK)
SINCE = date(2022, 12, 30)
KEY = "k-4711-not-to-be-seen"
ALPACA = ("SHORTSIDE_ALPACA_KEY_ID", "SHORTSIDE_ALPACA_SECRET_KEY")
MASSIVE = ("SHORTSIDE_MASSIVE_KEY",)
BARS = "/data.alpaca.markets/v2/stocks/bars"
SESSION = "/api.massive.com/v2/aggs/grouped"
DETAILS = "/api.massive.com/v3/reference/tickers"

pytestmark = [pytest.mark.shared, pytest.mark.slow]


@pytest.fixture
def server(shared: Path, small: Path) -> Iterator[ReplayServer]:
    server = replay_server(shared, "--market", str(small))
    yield server
    server.reset()


@pytest.fixture
def run(server: ReplayServer, tmp_path: Path, monkeypatch) -> Callable[..., int]:
    """Runs the command in a home of its own."""
    monkeypatch.setattr("providers.http.client.FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr("providers.http.client.JITTER_SECONDS", 0.01)

    def call(
        *words: str, contact: str = "me@example.org", make_clients=Unpaced, keys=(), key=KEY, **variables: str
    ) -> int:
        home = {"SHORTSIDE_HOME": str(tmp_path), "SHORTSIDE_UPSTREAM": server.upstream, "SHORTSIDE_CONTACT": contact}
        arguments = arguments_of(["backfill", *words])
        options = configured(arguments.given, home | variables).options
        return backfill(
            arguments,
            options,
            lambda: NOW,
            keys=Keys(dict.fromkeys(keys, key)),
            make_clients=make_clients,
            make_sources=small_sources,
        )

    return call


def paths(server: ReplayServer) -> Counter[str]:
    return Counter(entry["path"] for entry in server.log())


def test_a_dry_run_counts_requests_per_provider_and_asks_nothing(run, server, tmp_path, capsys):
    assert run("--since", "2022-12-30", "--dry-run") == 0
    words = capsys.readouterr().out
    assert "FINRA short interest               16 requests" in words
    assert "about 450 requests" in words
    assert server.log() == []
    assert not (tmp_path / "archive").exists()


def test_an_empty_archive_is_filled_and_then_nothing_is_missing(run, server, tmp_path, capsys):
    assert run("--since", "2022-12-30") == 0
    archive = Archive(tmp_path / "archive")
    for dataset in (Dataset.PRICES, Dataset.SHORT_INTEREST, Dataset.SPLITS, Dataset.REFERENCE, Dataset.FAILS):
        assert archive.vintages(dataset), dataset
    assert len(archive.vintages(Dataset.SHORT_INTEREST)) == 16
    assert max(paths(server).values()) == 1
    before = len(server.log())
    run("--since", "2022-12-30")
    again = server.log()[before:]
    # Only what was not there the first time: the SEC's later half-months, and once the page that may link them.
    assert {entry["status"] for entry in again} == {403}
    assert [entry["path"] for entry in again if "cnsfails" not in entry["path"]] == [f"/www.sec.gov{INDEX_PATH}"]
    words = [line for line in capsys.readouterr().out.splitlines() if "are not to be had: www" in line][-1]
    assert "its index page could not be read (www.sec.gov has no such file): cnsfails202303b, " in words
    assert words.endswith("cnsfails202307b and cnsfails202308a")


def test_an_interrupted_run_keeps_what_it_has_and_the_next_asks_nothing_twice(run, server, tmp_path, capsys):
    assert run("--since", "2022-12-30", make_clients=partial(Interrupting, after=3)) == 130
    stored = {vintage.path for vintage in Archive(tmp_path / "archive").vintages(Dataset.PRICES)}
    first = paths(server)
    asked = sum(count for path, count in first.items() if path.startswith(SPARK))
    # The step under way is finished: ten requests, whatever the interrupt fell into.
    assert asked == 10
    assert len(stored) == 2
    assert "the next run goes on from here" in capsys.readouterr().out
    assert run("--since", "2022-12-30") == 0
    assert stored < {vintage.path for vintage in Archive(tmp_path / "archive").vintages(Dataset.PRICES)}
    everything = paths(server)
    assert sum(count for path, count in everything.items() if path.startswith(SPARK)) > asked
    assert [path for path, count in everything.items() if count > 1] == []


def test_the_handlers_of_the_process_are_as_before_afterwards(run):
    before = signal.getsignal(signal.SIGINT)
    run("--since", "2023-09-06", make_clients=partial(Interrupting, after=1))
    assert signal.getsignal(signal.SIGINT) == before


def test_a_provider_that_fails_stops_no_other_and_is_asked_again_next_time(run, server, tmp_path, capsys):
    server.inject({"match": "/cdn.finra.org/equity/otcmarket/biweekly/shrt20230615", "kind": "html-page"})
    assert run("--since", "2022-12-30") == 4
    captured = capsys.readouterr()
    assert "short interest 2023-06-15" in captured.err
    assert "1 steps failed; run the command again" in captured.err
    assert len(Archive(tmp_path / "archive").vintages(Dataset.SHORT_INTEREST)) == 15
    server.inject()
    assert run("--since", "2022-12-30") == 0
    assert len(Archive(tmp_path / "archive").vintages(Dataset.SHORT_INTEREST)) == 16


def test_without_the_calendar_of_splits_no_restated_close_is_stored(run, server, tmp_path, capsys):
    server.inject({"match": "/api.nasdaq.com/api/calendar/splits", "kind": "garbage"})
    assert run("--since", "2022-12-30") == 4
    assert "closes wait for the calendar of splits" in capsys.readouterr().err
    prices = Archive(tmp_path / "archive").vintages(Dataset.PRICES)
    assert {vintage.source for vintage in prices} == {"nasdaq_screener"}


def test_a_block_that_came_garbled_is_asked_for_again_and_the_others_not(run, server, tmp_path):
    server.inject({"match": SPARK, "kind": "garbage", "count": 1, "skip": 2})
    assert run("--since", "2022-12-30") == 4
    first = paths(server)
    server.inject()
    assert run("--since", "2022-12-30") == 0
    spark = Counter({path: count for path, count in paths(server).items() if path.startswith(SPARK)})
    assert spark.total() == sum(count for path, count in first.items() if path.startswith(SPARK)) + 1
    assert sorted(spark.values())[-2:] == [1, 2]


def test_without_a_mail_address_the_sec_is_left_alone(run, server, capsys):
    run("--since", "2023-08-01", contact="")
    assert not any("www.sec.gov" in path for path in paths(server))
    assert "the SEC is not asked" in capsys.readouterr().out


async def test_a_gap_after_days_away_is_asked_for_alone(server, tmp_path):
    archive = Archive(tmp_path)
    moment = [datetime(2023, 8, 28, 17, 30, tzinfo=NEW_YORK)]
    server.set_clock(moment[0].isoformat())

    async def closes() -> dict[str, date]:
        """Takes a plan; says from which day on each name was asked for."""
        async with Unpaced(clock=lambda: moment[0], upstream=server.upstream) as clients:
            filler = Backfill(clients, archive, small_sources(clients))
            asked: dict[str, date] = {}
            for is_closes in (False, True):
                planned = filler.plan(date(2023, 8, 21), with_fails=False)
                for step in [step for step in planned if (step.ask is StepKind.CLOSES) is is_closes]:
                    assert not (await filler.run(step)).complaint
                    asked |= dict.fromkeys(step.symbols, step.day or date.max)
            return asked

    before = await closes()
    moment[0] = NOW
    server.set_clock(NOW.isoformat())
    after = await closes()
    # Today is the screener's; what lies between is Yahoo's, but not for names that it never knew.
    assert {after[symbol] for symbol in before.keys() & after.keys()} == {date(2023, 8, 29)}
    assert {after[symbol] for symbol in after.keys() - before.keys()} <= {date(2023, 8, 21)}
    assert len(before) > len(before.keys() & after.keys()) > 100


def test_days_that_make_no_sense_are_refused(run):
    with pytest.raises(UsageError, match="is before --since"):
        run("--since", "2023-09-01", "--until", "2023-08-01")
    with pytest.raises(UsageError, match="outside the NYSE table"):
        run("--since", "1823-09-01")


def test_an_archive_that_cannot_be_made_is_said_in_a_sentence(run, tmp_path):
    (tmp_path / "archive").write_text("in the way")
    with pytest.raises(SourceError, match="cannot be used"):
        run("--since", "2022-12-30")


def test_while_a_monitor_asks_for_the_same_archive_nobody_else_does(run, server, tmp_path):
    with Lease(tmp_path / "archive", lambda: NOW) as lease:
        assert lease.acquire()
        with pytest.raises(SourceError, match=r"process \d+ on .* is asking for this archive already"):
            run("--since", "2022-12-30")
    assert server.log() == []


# ---- with keys, and without some providers ---------------------------------------------------------------------------


def asked(server, prefix):
    return sum(count for path, count in paths(server).items() if path.startswith(prefix))


def listings_at(tmp_path):
    return PublicProvider(tmp_path / "archive", clock=lambda: NOW).read_listings()


def test_with_alpaca_s_key_history_comes_from_bars_delisted_names_and_all_and_yahoo_is_not_asked(run, server, tmp_path):
    assert run("--since", "2022-12-30", keys=ALPACA) == 0
    assert asked(server, SPARK) == 0
    # 172 sessions of some two hundred names are four pages of ten thousand bars.
    assert 3 <= asked(server, BARS) <= 6
    listings = listings_at(tmp_path)
    first = {symbol: place for place, symbol in enumerate(listings.symbols)}["FRC"]
    closes = listings.close[:, first]
    # First Republic was gone in the first days of May, and nobody without a key has what it closed at in April.
    assert np.flatnonzero(np.isfinite(closes))[-1] == np.searchsorted(listings.sessions, np.datetime64("2023-05-02"))
    assert np.isfinite(closes[:80]).all()
    assert np.isfinite(listings.volume[:80, first]).all()
    assert listings.names[first].startswith("FIRST REPUBLIC BANK") or listings.names[first].startswith("First Republic")
    before = len(server.log())
    run("--since", "2022-12-30", keys=ALPACA)
    assert all("fails-deliver-data" in entry["path"] for entry in server.log()[before:])


def test_a_key_that_comes_later_prices_the_names_that_yahoo_never_had_and_asks_for_no_other(run, server, tmp_path):
    run("--since", "2023-03-01")
    yahoo = asked(server, SPARK)
    run("--since", "2023-03-01", keys=ALPACA)
    assert asked(server, SPARK) == yahoo
    [vintage] = [one for one in Archive(tmp_path / "archive").vintages(Dataset.PRICES) if one.source == "alpaca"]
    rows = Archive(tmp_path / "archive").read(vintage).frame
    assert {"FRC", "SIVB"} <= set(rows["symbol"])
    assert "AAPL" not in set(rows["symbol"])


def test_an_interrupted_history_of_bars_goes_on_where_it_stopped(run, server, monkeypatch):
    monkeypatch.setattr("providers.backfill.plan._BARS", replace(backfill_plan._BARS, names=40))
    stopping = partial(Interrupting, after=2, on=BARS)
    assert run("--since", "2022-12-30", keys=ALPACA, make_clients=stopping) == 130
    assert asked(server, BARS) == 2
    assert run("--since", "2022-12-30", keys=ALPACA) == 0
    assert [path for path, count in paths(server).items() if count > 1] == []


def test_with_massive_s_key_alone_sessions_are_whole_and_share_counts_are_asked_for_once(
    run, server, tmp_path, monkeypatch
):
    # A small market is no whole one.
    monkeypatch.setattr("providers.archive.holdings.FEWEST_NAMES_OF_A_MARKET", 50)
    assert run("--since", "2023-08-21", keys=MASSIVE) == 0
    assert asked(server, SESSION) == 12
    assert asked(server, SPARK) == 0
    gone = asked(server, DETAILS)
    assert gone > 0
    listings = listings_at(tmp_path)
    assert np.isfinite(listings.volume).any(axis=1).all()
    before = len(server.log())
    run("--since", "2023-08-21", keys=MASSIVE)
    # What nobody knows is not asked for again.
    assert all("fails-deliver-data" in entry["path"] for entry in server.log()[before:])


def test_sessions_beyond_the_plan_are_refused_once_and_not_one_by_one(run, server, capsys, monkeypatch):
    monkeypatch.setattr("providers.backfill.plan.MASSIVE_REACH", timedelta(days=900))
    monkeypatch.setattr("providers.backfill.plan.MOST_COUNTED_NAMES", 0)
    run("--since", "2021-06-01", "--until", "2021-08-31", keys=MASSIVE)
    assert asked(server, SESSION) == 1
    assert "; Massive does not reach so far back in the plan of this key" in capsys.readouterr().out


def test_a_bad_key_is_told_once_by_name_and_nothing_else_stops(run, server, capsys, tmp_path):
    assert run("--since", "2022-12-30", keys=ALPACA, key="bad-4711") == 4
    captured = capsys.readouterr()
    assert asked(server, BARS) == 1
    assert "check SHORTSIDE_ALPACA_KEY_ID and SHORTSIDE_ALPACA_SECRET_KEY" in captured.err
    assert "4711" not in captured.err + captured.out
    assert len(Archive(tmp_path / "archive").vintages(Dataset.SHORT_INTEREST)) == 16


def test_a_dry_run_counts_the_pages_of_bars_and_says_no_key(run, server, capsys):
    assert run("--since", "2022-12-30", "--dry-run", keys=(*ALPACA, *MASSIVE)) == 0
    captured = capsys.readouterr()
    assert "Alpaca                      about 162 requests" in captured.out
    assert "Yahoo" not in captured.out
    assert KEY not in captured.out + captured.err
    assert server.log() == []


def test_the_key_is_in_no_file_of_the_home_and_in_no_line_of_the_log(run, server, tmp_path, capsys):
    run("--since", "2023-08-21", keys=(*ALPACA, *MASSIVE))
    written = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) > 10
    assert not any(KEY.encode() in content for content in written)
    captured = capsys.readouterr()
    assert KEY not in captured.out + captured.err
    assert not any(KEY in entry["path"] for entry in server.log())


def test_a_provider_that_is_switched_off_is_not_asked_and_that_is_said(run, server, capsys):
    assert run("--since", "2023-08-21", SHORTSIDE_PROVIDERS_YAHOO_SPARK_ENABLED="no") == 0
    assert asked(server, SPARK) == 0
    assert "Yahoo spark is not asked: it is switched off" in capsys.readouterr().out


def test_with_the_screener_switched_off_the_directory_names_the_market(run, server, tmp_path):
    run("--since", "2023-08-21", keys=ALPACA, SHORTSIDE_PROVIDERS_NASDAQ_SCREENER_ENABLED="no")
    assert asked(server, "/api.nasdaq.com/api/screener") == 0
    listings = listings_at(tmp_path)
    assert {"AAPL", "NVDA"} <= set(listings.symbols)
    assert np.isnan(listings.shares_outstanding).all()


def test_a_provider_s_own_address_is_asked_in_place_of_its_host(run, server, tmp_path):
    # As the replay server has it, so that what is asked elsewhere is answered by somebody.
    elsewhere = "https://data.alpaca.markets"
    run(
        "--since",
        "2023-07-21",
        keys=ALPACA,
        SHORTSIDE_PROVIDERS_ALPACA_BASE_URL=f"data.alpaca.markets={elsewhere}",
        SHORTSIDE_PROVIDERS_SEC_FAILS_BASE_URL="https://mirror.example/sec",
    )
    assert asked(server, BARS) > 0
    assert asked(server, "/mirror.example/sec/files/data/fails-deliver-data") > 0
    assert asked(server, "/www.sec.gov") == 0


# ---- what an answer leaves out ---------------------------------------------------------------------------------------


def names_asked(server, since=0):
    """The names that Yahoo was asked for, by its spelling, in every request."""
    asked = [entry["path"] for entry in server.log()[since:] if entry["path"].startswith(SPARK)]
    return sorted({name for path in asked for name in parse_qs(urlsplit(path).query)["symbols"][0].split(",")})


def closes_held(tmp_path, symbol):
    listings = listings_at(tmp_path)
    column = listings.symbols.tolist().index(symbol)
    return {
        day for day, close in zip(listings.sessions.astype(date), listings.close[:, column], strict=True) if close > 0
    }


def test_listed_names_that_an_answer_left_out_are_named_and_asked_for_again_next_time(run, server, tmp_path, capsys):
    server.inject({"match": SPARK, "kind": "omit", "symbols": ["AAPL", "NVDA"]})
    assert run("--since", "2023-08-21") == 0
    words = capsys.readouterr().out
    assert "AAPL and NVDA, which are listed today, were not in Yahoo's answer; they are asked again next time" in words
    # The screener has today's.
    assert closes_held(tmp_path, "AAPL") == closes_held(tmp_path, "NVDA") == {date(2023, 9, 7)}
    before = len(server.log())
    assert run("--since", "2023-08-21") == 0, "still left out"
    assert names_asked(server, before) == ["AAPL", "NVDA"]
    assert "AAPL and NVDA, which are listed today, were not in Yahoo's answer" in capsys.readouterr().out
    server.inject()
    before = len(server.log())
    assert run("--since", "2023-08-21") == 0
    assert names_asked(server, before) == ["AAPL", "NVDA"]
    assert len(closes_held(tmp_path, "AAPL")) == len(closes_held(tmp_path, "NVDA")) == 13
    assert "were not in Yahoo's answer" not in capsys.readouterr().out
    before = len(server.log())
    run("--since", "2023-08-21")
    assert names_asked(server, before) == []


def test_until_then_the_position_of_such_a_name_is_not_new_and_has_no_day(run, server, tmp_path):
    server.inject({"match": SPARK, "kind": "omit", "symbols": ["NVDA"]})
    run("--since", "2023-07-01")
    board = Desk(market_of(listings_at(tmp_path))).board(View(window="since:2023-07-03"))
    column = board.market.symbols.tolist().index("NVDA")
    [row] = name_rows(board, np.array([column]))
    assert row.short_interest > 5e9
    assert (row.new_short, row.new_short_30d) == (None, None)
    identity = tier_table(board).reconciliation
    assert identity.appeared_names[0] == "NVDA"
    assert identity.is_explained
    # All of it turned up with today's close; shorts that were covered elsewhere are in the market's new shorts alone.
    assert board.appeared[column] == pytest.approx(row.short_interest)
    assert identity.new_short < 0 < identity.appeared


def test_a_session_that_every_series_lacks_is_told_and_asked_for_again_until_it_comes(run, server, tmp_path, capsys):
    server.inject({"match": SPARK, "kind": "omit", "sessions": ["2023-08-28"]})
    said = "2023-08-28 was a session; no close of any name is held for it"
    for _ in range(2):
        assert run("--since", "2023-08-21") == 0
        assert said in capsys.readouterr().out
    listings = listings_at(tmp_path)
    assert np.datetime64("2023-08-28") not in listings.sessions
    assert said in listings.notes
    market = market_of(listings, as_of=date(2023, 8, 29))
    assert not market.is_today_known
    assert tier_table(Desk(market).board(View(window="1d"))).total.profit_ratio is None
    prices = next(one for one in inputs_of(market, Knowledge.AS_KNOWN, NOW) if one.dataset is Dataset.PRICES)
    assert prices.freshness.words == "missed 7 sessions", "six since the 29th, and the one before it"
    server.inject()
    assert run("--since", "2023-08-21") == 0
    assert said not in capsys.readouterr().out
    assert date(2023, 8, 28) in closes_held(tmp_path, "AAPL")
    market = market_of(listings_at(tmp_path), as_of=date(2023, 8, 29))
    window = Desk(market).board(View(window="1d")).window
    assert (str(window.start_date), str(window.end_date), window.missed) == ("2023-08-28", "2023-08-29", 0)
    before = len(server.log())
    run("--since", "2023-08-21")
    assert names_asked(server, before) == []


def test_a_session_that_one_answer_leaves_out_is_asked_for_again_for_its_names_alone(run, server, tmp_path):
    server.inject({"match": SPARK, "kind": "omit", "sessions": ["2023-08-28"], "count": 1})
    run("--since", "2023-08-21")
    first = names_asked(server)
    before = len(server.log())
    run("--since", "2023-08-21")
    again = names_asked(server, before)
    assert 3 <= len(again) <= 20 < len(first)
    assert date(2023, 8, 28) in closes_held(tmp_path, "AAPL")
    before = len(server.log())
    run("--since", "2023-08-21")
    assert names_asked(server, before) == []


async def test_the_monitor_asks_again_for_what_was_left_out_once_a_session(server, tmp_path):
    archive = Archive(tmp_path)
    moment = [datetime(2023, 9, 6, 17, 30, tzinfo=NEW_YORK)]
    server.set_clock(moment[0].isoformat())
    server.inject({"match": SPARK, "kind": "omit", "symbols": ["AAPL"]})

    async def planned() -> set[str]:
        async with Unpaced(clock=lambda: moment[0], upstream=server.upstream) as clients:
            filler = Backfill(clients, archive, small_sources(clients))
            wanted: set[str] = set()
            for is_closes in (False, True):
                steps = filler.plan(date(2023, 8, 21), with_fails=False, is_patient=True)
                for step in [step for step in steps if (step.ask is StepKind.CLOSES) is is_closes]:
                    assert not (await filler.run(step)).complaint
                    wanted |= set(step.symbols)
            return wanted

    assert "AAPL" in await planned()
    assert await planned() == set()
    moment[0] += timedelta(days=1)
    server.set_clock(moment[0].isoformat())
    assert "AAPL" in await planned()
    assert await planned() == set()


@pytest.fixture
def office(server: ReplayServer, tmp_path: Path) -> Iterator[BackOffice]:
    """A back office that fills the archive of a home of its own from the server."""
    options = configured({}, {"SHORTSIDE_HOME": str(tmp_path), "SHORTSIDE_UPSTREAM": server.upstream}).options
    command = (sys.executable, str(Path(__file__).parent / "filling_office_process.py"))
    office = BackOffice(greeting_of(options, lambda: NOW), command)
    yield office
    office.close()


def test_the_back_office_counts_what_filling_takes_and_fills_nothing_while_another_program_asks(
    office, server, tmp_path
):
    planned = {one.title: one for one in office.plan_filling(SINCE)}
    assert planned["FINRA short interest"].requests == 16
    assert planned["Yahoo spark"].requests == 450
    assert [one.title for one in planned.values() if one.is_estimate] == ["Yahoo spark"]
    assert planned["Yahoo spark"].seconds == 450 * YAHOO_SPARK.hosts[0].seconds_between
    with Lease(tmp_path / "archive", lambda: NOW) as lease:
        assert lease.acquire()
        with pytest.raises(SourceError, match=r"process \d+ on .* is asking for this archive already"):
            office.fill(SINCE, lambda *_: None)
    assert server.log() == []


def test_the_back_office_stops_a_filling_without_a_loss_and_fills_the_rest_until_there_is_a_market(
    office, server, tmp_path
):
    def stop_at_closes(words: str, _done: int, _total: int) -> None:
        if words.startswith("closes"):
            office.stop_filling()

    stopped = office.fill(SINCE, stop_at_closes)
    assert stopped.is_stopped
    assert len(Archive(tmp_path / "archive").vintages(Dataset.SHORT_INTEREST)) == 16
    told: list[tuple[str, int, int]] = []
    ended = office.fill(SINCE, lambda *said: told.append(said))
    assert (ended.is_stopped, ended.complaints) == (False, ())
    asked = stopped.requests + ended.requests
    assert asked == len(server.log(at_least=asked))
    assert [path for path, count in paths(server).items() if count > 1] == []
    assert all(before[1] <= after[1] for before, after in pairwise(told))
    assert told[-1][1:] == (ended.requests, ended.requests)
    assert PublicProvider(tmp_path / "archive", clock=lambda: NOW).read_listings(since=SINCE).symbols.size > 100
    assert Lease(tmp_path / "archive", lambda: NOW).acquire()
