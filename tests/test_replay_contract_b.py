"""Yahoo, the SEC, the broker and the services with keys, against servers that answer as those did in 2023."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from replay_server import ReplayServer, replay_server

from providers.alpaca import Alpaca
from providers.errors import (
    BlockedError,
    MalformedError,
    NoDataError,
    PendingError,
    RefusedError,
    ThrottledError,
    UnreachableError,
)
from providers.http.clients import Clients
from providers.ibkr.borrow import IbkrBorrow
from providers.keyed.keys import Keys
from providers.massive.massive import Massive
from providers.sec.fails import SecFails
from providers.sec.tickers import SecTickers
from providers.yahoo.spark import YahooSpark
from shortside.datasets import Quality
from shortside.schema import SPLITS
from shortside.sessions import NEW_YORK

NOW = datetime(2023, 9, 7, 17, 30, tzinfo=NEW_YORK)
BORROW_DAY = "2021-06-15T12:00:00-04:00"
SINCE = date(2023, 8, 1)
NAMES = ["AAPL", "BRK.B", "ABR^D", "AMC", "SPY", "FRCB"]
VARIABLES = ("SHORTSIDE_ALPACA_KEY_ID", "SHORTSIDE_ALPACA_SECRET_KEY", "SHORTSIDE_MASSIVE_KEY")
KEYS, BAD_KEYS = Keys(dict.fromkeys(VARIABLES, "key")), Keys(dict.fromkeys(VARIABLES, "badkey"))
USA = "/ftp2.interactivebrokers.com/usa.txt"

pytestmark = pytest.mark.shared


@pytest.fixture
def server(shared: Path) -> Iterator[ReplayServer]:
    # With its FTP side, on a port of its own choosing.
    server = replay_server(shared, "--ftp-port", "0")
    yield server
    server.reset()


def ask(server, question, moment=NOW, contact="reader@example.org"):
    async def work():
        async with Clients(clock=lambda: moment, upstream=server.upstream, contact=contact) as clients:
            return await question(clients)

    return asyncio.run(work())


@pytest.fixture(scope="module")
def closes(market_directory: Path) -> pd.DataFrame:
    """The market's own unadjusted closes: days by symbols in our spelling."""
    columns = ["date", "symbol", "close"]
    filters = [("date", ">=", SINCE)]
    rows = pd.read_parquet(market_directory / "prices.parquet", columns=columns, filters=filters)
    rows = rows.assign(symbol=rows["symbol"].str.replace("/", "."), date=pd.to_datetime(rows["date"]))
    return rows.pivot(index="date", columns="symbol", values="close")


@pytest.fixture(scope="module")
def splits(market_directory: Path) -> pd.DataFrame:
    return SPLITS.conform(pd.read_csv(market_directory / "splits.csv"), "splits.csv")


def assert_same_closes(rows, closes, symbols):
    for symbol in symbols:
        own = rows[rows["symbol"] == symbol].set_index("date")["close"]
        known = closes[symbol].dropna()
        known = known[known.index <= own.index.max()]
        assert len(own) == len(known) > 20, symbol
        # The source prints four places, and a split multiplies its rounding.
        np.testing.assert_allclose(own, known.loc[own.index], rtol=2e-4, err_msg=symbol)


class TestYahoo:
    def test_spark_gives_the_closes_that_were_paid(self, server, closes, splits):
        fetched = ask(server, lambda clients: YahooSpark(clients).history(NAMES, SINCE, splits))
        assert_same_closes(fetched.snapshot.frame, closes, ["AAPL", "BRK.B", "ABR^D", "AMC"])
        assert fetched.snapshot.as_of == date(2023, 9, 7)
        assert fetched.snapshot.notes == ("Yahoo does not know FRCB",)

    def test_a_session_under_way_has_a_price_and_no_close(self, server, splits):
        moment = datetime(2023, 9, 7, 12, 0, tzinfo=NEW_YORK)
        server.set_clock(moment.isoformat())
        history = ask(server, lambda clients: YahooSpark(clients).history(["AAPL"], SINCE, splits), moment)
        assert history.snapshot.as_of == date(2023, 9, 6)

    def test_fifty_names_take_three_requests(self, server, closes):
        last = closes.loc["2023-09-07"].dropna()
        names = [symbol for symbol in last.index if symbol.isalpha()][:50]
        fetched = ask(server, lambda clients: YahooSpark(clients).quotes(names))
        assert len(server.log()) == 3
        assert all(entry["user_agent"].startswith("Mozilla/") for entry in server.log())
        quotes = fetched.snapshot.frame.set_index("symbol")["price"]
        np.testing.assert_allclose(quotes, last[quotes.index], rtol=1e-3)

    @pytest.mark.parametrize(
        ("kind", "error"),
        [
            ("html-page", BlockedError),
            ("garbage", MalformedError),
            ("empty-200", MalformedError),
            ("status", ThrottledError),
        ],
    )
    def test_what_is_no_answer_is_no_price_and_the_next_one_is(self, server, kind, error):
        server.inject(
            {"match": "/query1.finance.yahoo.com", "kind": kind, "status": 429, "retry_after": 900, "count": 1}
        )
        with pytest.raises(error):
            ask(server, lambda clients: YahooSpark(clients).quotes(["AAPL"]))
        assert ask(server, lambda clients: YahooSpark(clients).quotes(["AAPL"])).snapshot.rows == 1


class TestSec:
    def test_the_tickers_are_the_markets(self, server, closes):
        snapshot = ask(server, lambda clients: SecTickers(clients).fetch()).snapshot
        assert {"AAPL", "BRK.B", "ABR^D"} <= set(snapshot.frame["symbol"])
        assert snapshot.rows > 6000

    def test_without_an_address_we_are_turned_away_and_say_how_to_be_let_in(self, server):
        with pytest.raises(BlockedError, match="mail address"):
            ask(server, lambda clients: SecTickers(clients).fetch(), contact="")

    def test_a_half_month_is_whole_and_fetched_once(self, server, market_directory):
        async def twice(clients):
            first = await SecFails(clients).fetch("cnsfails202301a", is_expected=True)
            await clients.keep(first)
            return first.snapshot, (await SecFails(clients).fetch("cnsfails202301a")).snapshot

        first, second = ask(server, twice)
        known = pd.read_parquet(market_directory / "fails_to_deliver.parquet")
        days = pd.to_datetime(known["settlement_date"])
        known = known[days.dt.strftime("%Y%m%d").between("20230101", "20230114")]
        assert first.frame["fails"].sum() == known["quantity_fails"].sum()
        assert first.rows == len(known)
        assert second is None
        assert len(server.log()) == 1

    def test_a_half_month_not_posted_yet_is_pending_when_due(self, server):
        with pytest.raises(PendingError):
            ask(server, lambda clients: SecFails(clients).fetch("cnsfails202309a", is_expected=True))

    @pytest.mark.parametrize("kind", ["truncate", "html-page", "garbage", "empty-200"])
    def test_a_broken_zip_is_refused_and_the_next_one_is_taken(self, server, kind):
        server.inject({"match": "/www.sec.gov/files/data", "kind": kind, "count": 1})
        with pytest.raises((MalformedError, BlockedError)):
            ask(server, lambda clients: SecFails(clients).fetch("cnsfails202301a"))
        assert ask(server, lambda clients: SecFails(clients).fetch("cnsfails202301a")).snapshot.rows > 10_000


def borrow(server, looks=1, **options):
    """What so many looks at the list brought, each stored before the next."""
    clock = datetime.fromisoformat(BORROW_DAY)

    async def work():
        found = []
        async with Clients(clock=lambda: clock, upstream=server.upstream) as clients:
            provider = IbkrBorrow(clients, upstream_ftp=f"127.0.0.1:{server.ftp_port}", **options)
            for _ in range(looks):
                fetched = await provider.fetch()
                await clients.keep(fetched)
                found.append(fetched.snapshot)
        return found

    return asyncio.run(work())


class TestBorrow:
    def test_the_list_of_the_morning_is_whole(self, server):
        server.set_clock(BORROW_DAY)
        snapshot, again = borrow(server, 2)
        rows = snapshot.frame.set_index("symbol")
        assert snapshot.as_of == date(2021, 6, 15)
        assert snapshot.published_at == datetime(2021, 6, 15, 13, 15, 2, tzinfo=UTC)
        assert rows.loc["A", ["fee", "rebate", "is_capped"]].tolist() == [0.0025, -0.0021, True]
        assert len(rows) > 10_000
        assert again is None

    def test_before_the_first_list_there_is_none(self, server):
        server.set_clock("2021-06-01T12:00:00-04:00")
        with pytest.raises(NoDataError):
            borrow(server)

    @pytest.mark.parametrize(
        ("rule", "error"),
        [
            ({"kind": "status", "status": 421}, ThrottledError),
            ({"kind": "status", "status": 450}, ThrottledError),
            ({"kind": "status", "status": 550}, NoDataError),
            ({"kind": "truncate"}, MalformedError),
            ({"kind": "drop-mid-body"}, ThrottledError),
            ({"kind": "empty-200"}, MalformedError),
            ({"kind": "garbage"}, MalformedError),
            ({"kind": "html-page"}, MalformedError),
        ],
    )
    def test_a_fault_is_told_and_the_next_look_is_whole(self, server, rule, error):
        server.set_clock(BORROW_DAY)
        server.inject({"match": USA, "count": 1, "skip": 1, **rule})  # The digest comes first.
        with pytest.raises(error):
            borrow(server)
        (snapshot,) = borrow(server)
        assert snapshot.rows > 10_000

    def test_a_silent_server_is_given_up(self, server):
        server.set_clock(BORROW_DAY)
        server.inject({"match": USA, "kind": "hang", "seconds": 3, "count": 1})
        with pytest.raises(UnreachableError):
            borrow(server, timeout=0.3)


class TestAlpaca:
    def test_bars_are_the_closes_that_were_paid(self, server, closes):
        names = ["AAPL", "BRK.B", "ABR^D", "AMC"]
        fetched = ask(server, lambda clients: Alpaca(clients, KEYS).bars([*names, "NOSUCH"], SINCE))
        assert_same_closes(fetched.snapshot.frame, closes, names)
        assert fetched.snapshot.as_of == date(2023, 9, 7)
        assert fetched.snapshot.quality is Quality.OK
        assert "NOSUCH" in fetched.snapshot.notes[0]

    def test_names_it_cannot_spell_are_left_out(self, server):
        snapshot = ask(server, lambda clients: Alpaca(clients, KEYS).bars(["AAPL", "A1", "B-2"], SINCE)).snapshot
        assert set(snapshot.frame["symbol"]) == {"AAPL"}
        assert len(snapshot.notes) == 2

    def test_the_day_is_whole_only_a_quarter_of_an_hour_after_the_bell(self, server):
        newest = {}
        for minute in (5, 20):
            moment = datetime(2023, 9, 7, 16, minute, tzinfo=NEW_YORK)
            server.set_clock(moment.isoformat())
            fetched = ask(server, lambda clients: Alpaca(clients, KEYS).bars(["AAPL"], SINCE), moment)
            newest[minute] = fetched.snapshot.as_of.day
        assert newest == {5: 6, 20: 7}

    def test_days_before_all_data_are_no_data(self, server):
        with pytest.raises(NoDataError):
            ask(server, lambda clients: Alpaca(clients, KEYS).bars(["AAPL"], date(2017, 1, 3), date(2017, 1, 5)))

    def test_assets_say_what_is_lent(self, server):
        snapshot = ask(server, lambda clients: Alpaca(clients, KEYS).assets()).snapshot
        rows = snapshot.frame.set_index("symbol")
        assert rows.loc["AAPL", "is_shortable"]
        assert 1_000 < rows["is_shortable"].sum() < len(rows)

    def test_a_bad_key_is_told_as_one(self, server):
        with pytest.raises(RefusedError, match="does not accept the key; check SHORTSIDE_ALPACA_KEY_ID"):
            ask(server, lambda clients: Alpaca(clients, BAD_KEYS).bars(["AAPL"], SINCE))


class TestMassive:
    def test_a_day_is_the_whole_market_as_traded(self, server, closes):
        day = date(2023, 8, 23)
        snapshot = ask(server, lambda clients: Massive(clients, KEYS).grouped(day)).snapshot
        own = snapshot.frame.set_index("symbol")["close"]
        known = closes.loc[pd.Timestamp(day)].dropna()
        both = own.index.intersection(known.index)
        assert len(both) > 5_000
        # The day before AMC's reverse split of ten for one.
        np.testing.assert_allclose(own[both], known[both], atol=1e-4, rtol=1e-6)

    def test_today_is_too_early_and_three_years_ago_too_late(self, server):
        with pytest.raises(PendingError, match="later"):
            ask(server, lambda clients: Massive(clients, KEYS).grouped(date(2023, 9, 7)))
        with pytest.raises(RefusedError, match="so far back"):
            ask(server, lambda clients: Massive(clients, KEYS).grouped(date(2020, 9, 8)))

    def test_splits_multiply_earlier_prices(self, server, splits):
        snapshot = ask(server, lambda clients: Massive(clients, KEYS).splits(SINCE)).snapshot
        found = snapshot.frame.set_index("symbol")["simple_ratio"]
        assert found["AMC"] == 10.0
        assert (snapshot.frame["ex_date"] >= pd.Timestamp(SINCE)).all()

    def test_a_bad_key_is_told_as_one(self, server):
        with pytest.raises(RefusedError, match="check SHORTSIDE_MASSIVE_KEY"):
            ask(server, lambda clients: Massive(clients, BAD_KEYS).splits(SINCE))
        assert all("badkey" not in entry["path"] for entry in server.log())
