"""Alpaca, Massive and ORTEX give frames for a key, explain their refusals, and the key is never seen."""

import json
import logging
import traceback
from datetime import UTC, date, datetime

import httpx
import numpy as np
import pytest
from mock_network import HTML, Network, ask

from providers.alpaca import Alpaca, parse_assets, parse_bars
from providers.alpaca import parse_last_prices as parse_alpaca_snapshots
from providers.errors import (
    BlockedError,
    MalformedError,
    NoDataError,
    PendingError,
    ProviderError,
    RefusedError,
    ThrottledError,
)
from providers.keyed.keys import Keys, MissingKeyError
from providers.keyed.refusals import BadKeyError, PlanError, TooOldError
from providers.massive.answers import (
    parse_details,
    parse_grouped,
    parse_short_interest,
    parse_short_volume,
    parse_splits,
)
from providers.massive.answers import parse_last_prices as parse_massive_snapshots
from providers.massive.massive import Massive
from providers.ortex import Ortex, parse_availability, parse_cost
from providers.ortex import parse_short_interest as parse_estimates
from shortside.datasets import Quality
from shortside.schema import PRICES
from shortside.snapshot import LEFT_OUT_ATTRIBUTE

AFTER_CLOSE = datetime(2023, 9, 7, 21, 30, tzinfo=UTC)
JUST_CLOSED = datetime(2023, 9, 7, 20, 5, tzinfo=UTC)
VALUE = "pk_very_private_0123456789"
KEYS = Keys(
    dict.fromkeys(
        ("SHORTSIDE_ALPACA_KEY_ID", "SHORTSIDE_ALPACA_SECRET_KEY", "SHORTSIDE_MASSIVE_KEY", "SHORTSIDE_ORTEX_KEY"),
        VALUE,
    )
)
NO_KEYS = Keys({})
SINCE, UNTIL = date(2023, 9, 5), date(2023, 9, 7)


def bar(day, close, volume=100):
    return {"t": f"2023-09-{day}T04:00:00Z", "o": 1, "h": 2, "l": 1, "c": close, "v": volume, "n": 1, "vw": 1.5}


def bars(series, token=None):
    return json.dumps({"bars": series, "next_page_token": token}).encode()


class TestAlpacaBars:
    def test_the_recorded_bar_is_read(self, shared):
        page = parse_bars((shared / "payloads/alpaca/bars_SPY_20160104.json").read_bytes())
        assert page.rows[["symbol", "close", "volume"]].values.tolist() == [["SPY", 201.0192, 225903783]]
        assert page.rows["date"].dt.date.tolist() == [date(2016, 1, 4)]
        assert page.next_page_token == "U1BZfER8MTQ1MjE0MjgwMDAwMDAwMDAwMA=="

    def test_preferreds_and_classes_come_in_our_spelling(self):
        page = parse_bars(bars({"BRK.B": [bar("07", 360)], "ABR.PRD": [bar("07", 18)]}))
        assert page.rows["symbol"].tolist() == ["BRK.B", "ABR^D"]

    def test_null_bars_are_a_page_without_rows(self):
        assert parse_bars(bars(None)).rows.empty

    @pytest.mark.parametrize(
        "body", [b"{}", b"[]", bars(3), bars({"A": 3}), bars({"A": [{"t": "soon", "c": 1}]}), b"{"]
    )
    def test_garbage_is_refused(self, body):
        with pytest.raises(MalformedError):
            parse_bars(body)

    def test_pages_are_followed_to_the_end(self):
        def answer(request):
            if request.url.params.get("page_token") == "more":
                return httpx.Response(200, content=bars({"A": [bar("06", 2.0)]}))
            return httpx.Response(200, content=bars({"A": [bar("05", 1.0)]}, "more"))

        network = Network(answer, AFTER_CLOSE)
        snapshot = ask(network, lambda clients: Alpaca(clients, KEYS).bars(["A", "FRCB"], SINCE)).snapshot
        assert snapshot.frame["close"].tolist() == [1.0, 2.0]
        assert list(snapshot.frame.columns) == [column.name for column in PRICES.columns]
        assert snapshot.as_of == date(2023, 9, 6)
        assert snapshot.notes == ("Alpaca has no bars of FRCB",)
        assert [request.url.params["adjustment"] for request in network.requests] == ["raw", "raw"]
        assert network.requests[0].headers["apca-api-key-id"] == VALUE

    def test_pages_that_go_round_in_circles_are_refused(self):
        with pytest.raises(MalformedError, match="do not come to an end"):
            ask(
                Network(bars({"A": [bar("05", 1.0)]}, "more"), AFTER_CLOSE),
                lambda clients: Alpaca(clients, KEYS).bars(["A"], SINCE),
            )

    def test_a_bar_without_its_last_quarter_of_an_hour_is_left_out(self):
        body = bars({"A": [bar("06", 1.0), bar("07", 2.0)]})
        seen = {}
        for moment in (JUST_CLOSED, AFTER_CLOSE):
            network = Network(body, moment)
            seen[moment] = ask(network, lambda clients: Alpaca(clients, KEYS).bars(["A"], SINCE)).snapshot.as_of
            end = datetime.fromisoformat(network.requests[0].url.params["end"])
            assert (moment - end).total_seconds() >= 15 * 60
        assert seen == {JUST_CLOSED: date(2023, 9, 6), AFTER_CLOSE: date(2023, 9, 7)}

    def test_one_invalid_symbol_does_not_spoil_the_batch(self):
        def answer(request):
            if "BA^D" in request.url.params["symbols"].replace(".PR", "^"):
                return httpx.Response(400, json={"message": "invalid symbol: BA.PRD"})
            return httpx.Response(200, content=bars({"A": [bar("06", 1.0)]}))

        snapshot = ask(
            Network(answer, AFTER_CLOSE), lambda clients: Alpaca(clients, KEYS).bars(["A", "BA^D"], SINCE)
        ).snapshot
        assert snapshot.frame["symbol"].tolist() == ["A"]
        assert snapshot.notes == ("Alpaca takes BA^D for no symbol",)

    @pytest.mark.parametrize(
        ("response", "error", "words"),
        [
            (httpx.Response(200, content=bars(None)), NoDataError, "no bars from"),
            (httpx.Response(401, json={"message": "unauthorized."}), RefusedError, "SHORTSIDE_ALPACA_KEY_ID"),
            (httpx.Response(403, json={"message": "forbidden."}), RefusedError, "does not accept the key"),
            (
                httpx.Response(403, json={"message": "subscription does not permit querying recent SIP data"}),
                PendingError,
                "later",
            ),
            (httpx.Response(400, json={"message": "invalid adjustment: x"}), RefusedError, "invalid adjustment"),
            (
                httpx.Response(429, json={"message": "too many requests."}, headers={"Retry-After": "900"}),
                ThrottledError,
                "slow",
            ),
            (httpx.Response(200, content=HTML), BlockedError, "consent"),
            (httpx.Response(200, content=b""), MalformedError, "nothing"),
        ],
    )
    def test_each_refusal_is_told_apart(self, response, error, words):
        with pytest.raises(error, match=words):
            ask(Network(response, AFTER_CLOSE), lambda clients: Alpaca(clients, KEYS).bars(["A"], SINCE))


class TestAlpacaOthers:
    def test_the_recorded_snapshot_is_read(self, shared):
        quotes = parse_alpaca_snapshots(
            (shared / "payloads/alpaca/snapshots_AAPL.json").read_bytes(), is_consolidated=True
        )
        assert quotes[["symbol", "price", "previous_close", "volume"]].values.tolist() == [
            ["AAPL", 161.1998, 160.62, 31749988]
        ]
        assert quotes["quoted_at"].tolist() == [int(datetime(2022, 3, 18, 14, 33, 58, tzinfo=UTC).timestamp())]

    def test_before_the_bell_the_last_session_is_the_previous_one(self):
        entry = {
            "latestTrade": {"t": "2023-09-07T12:00:00Z", "p": 5.0},
            "dailyBar": bar("06", 4.0),
            "prevDailyBar": bar("05", 3.0),
        }
        quotes = parse_alpaca_snapshots(json.dumps({"A": entry, "B": None, "C": {}}).encode(), is_consolidated=True)
        assert quotes[["symbol", "price", "previous_close"]].values.tolist() == [["A", 5.0, 4.0]]
        assert quotes["volume"].isna().all()

    def test_one_exchanges_volume_is_no_volume(self, shared):
        body = (shared / "payloads/alpaca/snapshots_AAPL.json").read_bytes()
        assert parse_alpaca_snapshots(body, is_consolidated=False)["volume"].isna().all()

    def test_no_price_at_all_is_no_data(self):
        with pytest.raises(NoDataError):
            parse_alpaca_snapshots(b"{}", is_consolidated=True)

    def test_what_is_not_lent_is_not_taken_for_lent(self):
        asset = {"symbol": "A", "name": "A", "exchange": "NYSE", "tradable": True, "marginable": False}
        body = json.dumps([asset | {"shortable": False, "easy_to_borrow": False}]).encode()
        rows = parse_assets(body, fewest=1)
        flags = rows[["is_tradable", "is_marginable", "is_shortable", "is_easy_to_borrow"]]
        assert flags.values.tolist() == [[True, False, False, False]]
        with pytest.raises(MalformedError, match="true or false"):
            parse_assets(json.dumps([asset | {"shortable": "no", "easy_to_borrow": False}]).encode(), fewest=1)
        with pytest.raises(MalformedError, match="1 rows"):
            parse_assets(body)


def grouped(*rows, day="2023-09-06", count=None, adjusted=False, status="OK"):
    stamp = int(datetime.fromisoformat(f"{day}T20:00:00+00:00").timestamp() * 1000)
    results = [{"T": ticker, "v": volume, "c": close, "t": stamp} for ticker, close, volume in rows]
    total = len(results) if count is None else count
    record = {"resultsCount": total, "adjusted": adjusted, "status": status}
    return json.dumps(record | ({"results": results} if results else {})).encode()


DAY = date(2023, 9, 6)


class TestMassive:
    def test_a_day_is_every_names_price(self):
        rows = parse_grouped(grouped(("AAPL", 182.91, 100.5), ("ABRpD", 18.0, 7), ("NA", 1.0, 1)), DAY, fewest=1)
        assert rows["symbol"].tolist() == ["AAPL", "ABR^D", "NA"]
        assert rows["volume"].tolist() == [100, 7, 1]
        assert list(rows.columns) == [column.name for column in PRICES.columns]

    def test_the_recorded_day_is_adjusted_and_so_refused(self, shared):
        body = (shared / "payloads/massive/grouped_daily.json").read_bytes()
        with pytest.raises(MalformedError, match="adjusted"):
            parse_grouped(body, date(2020, 10, 14), fewest=1)
        plain = body.replace(b'"adjusted": true', b'"adjusted": false')
        assert parse_grouped(plain, date(2020, 10, 14), fewest=1)["close"].tolist() == [10.02]

    @pytest.mark.parametrize(
        "body",
        [
            grouped(("A", 1.0, 1), day="2023-09-05"),
            grouped(("A", 1.0, 1), count=2),
            grouped(("A", "x", 1)),
            grouped(("A", -1.0, 1)),
            grouped(("A", 1.0, 1), status="ERROR"),
            b"[]",
            grouped(("A", 1.0, 1))[:-5],
        ],
    )
    def test_garbage_is_refused(self, body):
        with pytest.raises(MalformedError):
            parse_grouped(body, DAY, fewest=1)

    def test_of_two_bars_of_a_name_the_one_with_the_greater_volume_is_taken_and_said(self, caplog):
        rows = parse_grouped(grouped(("A", 1.0, 1), ("B", 5.0, 7), ("B", 5.5, 900)), DAY, fewest=1)
        assert rows[["symbol", "close"]].values.tolist() == [["A", 1.0], ["B", 5.5]]
        assert "names_twice" in caplog.text

    @pytest.mark.parametrize("close", ["x", -1.0, 10**400, [1.0], {"a": 1}])
    def test_a_bar_that_cannot_be_read_takes_no_other_with_it(self, close):
        rows = parse_grouped(grouped(("A", 1.0, 1), ("B", close, 1), ("C", 3.0, 1)), DAY, fewest=1)
        assert rows["symbol"].tolist() == ["A", "C"]
        assert "1 of 3 rows cannot be read" in rows.attrs[LEFT_OUT_ATTRIBUTE][0]

    def test_a_short_day_is_refused(self):
        with pytest.raises(MalformedError, match="never has fewer"):
            parse_grouped(grouped(("A", 1.0, 1)), DAY)

    def test_an_empty_session_is_pending_and_an_empty_weekend_is_nothing(self):
        with pytest.raises(PendingError):
            parse_grouped(grouped(), DAY)
        with pytest.raises(NoDataError) as caught:
            parse_grouped(grouped(), date(2023, 9, 9))
        assert type(caught.value) is NoDataError

    def test_a_weekend_is_not_even_asked_for(self):
        network = Network(grouped(), AFTER_CLOSE)
        with pytest.raises(NoDataError, match="Saturday"):
            ask(network, lambda clients: Massive(clients, KEYS).grouped(date(2023, 9, 9)))
        assert network.requests == []

    def test_a_day_that_is_over_is_fetched_once_for_good(self):
        network = Network(grouped(("A", 1.0, 1)), AFTER_CLOSE)

        async def twice(clients):
            provider = Massive(clients, KEYS, fewest_bars=1)
            first = await provider.grouped(DAY)
            await clients.keep(first)
            return first, await provider.grouped(DAY)

        first, second = ask(network, twice)
        assert first.snapshot.as_of == DAY
        assert second.snapshot is None
        assert len(network.requests) == 1
        assert network.requests[0].headers["authorization"] == f"Bearer {VALUE}"
        assert network.requests[0].url.params["adjusted"] == "false"

    @pytest.mark.parametrize(
        ("status", "record", "error", "words"),
        [
            (
                403,
                {"status": "NOT_AUTHORIZED", "message": "Attempted to request today's data before end of day."},
                PendingError,
                "later",
            ),
            (
                403,
                {"status": "NOT_AUTHORIZED", "message": "Your plan doesn't include this data timeframe."},
                TooOldError,
                "so far back",
            ),
            (401, {"status": "ERROR", "error": "Unknown API Key"}, BadKeyError, "SHORTSIDE_MASSIVE_KEY"),
            (
                403,
                {"status": "NOT_AUTHORIZED", "message": "You are not entitled to this data."},
                PlanError,
                "entitled",
            ),
            (404, {"status": "NOT_FOUND", "message": "Ticker not found."}, NoDataError, "nothing of the kind"),
        ],
    )
    def test_too_early_too_old_not_in_the_plan_and_a_bad_key_are_told_apart(self, status, record, error, words):
        with pytest.raises(error, match=words) as caught:
            ask(
                Network(httpx.Response(status, json=record), AFTER_CLOSE),
                lambda clients: Massive(clients, KEYS).grouped(DAY),
            )
        assert type(caught.value) is error

    def test_the_recorded_snapshot_is_read(self, shared):
        quotes = parse_massive_snapshots((shared / "payloads/massive/snapshot_all_tickers.json").read_bytes())
        assert quotes.values.tolist() == [["BCAT", 20.506, 20.63, 37216, 1605192894]]

    def test_emptied_snapshots_are_no_data(self):
        entry = {"ticker": "A", "day": {"c": 0, "v": 0}, "prevDay": {"c": 1.0}, "updated": 0}
        with pytest.raises(NoDataError):
            parse_massive_snapshots(json.dumps({"status": "OK", "tickers": [entry]}).encode())

    def test_the_recorded_splits_multiply_earlier_prices(self, shared):
        rows, following = parse_splits((shared / "payloads/massive/splits.json").read_bytes())
        ratios = dict(zip(rows["symbol"], rows["simple_ratio"], strict=True))
        assert (ratios["GOOGL"], ratios["BRW"]) == (0.05, 2.0)
        assert following is None

    def test_pages_are_followed_without_the_key_in_their_address(self):
        def answer(request):
            rows = [{"execution_date": "2023-09-06", "split_from": 1, "split_to": 2, "ticker": "A"}]
            if "cursor" in request.url.params:
                return httpx.Response(200, json={"status": "OK", "results": [rows[0] | {"ticker": "B"}]})
            following = f"https://api.polygon.io/v3/reference/splits?cursor=1&apiKey={VALUE}"
            return httpx.Response(200, json={"status": "OK", "results": rows, "next_url": following})

        network = Network(answer, AFTER_CLOSE)
        snapshot = ask(network, lambda clients: Massive(clients, KEYS).splits(SINCE)).snapshot
        assert snapshot.frame["symbol"].tolist() == ["A", "B"]
        assert {request.url.host for request in network.requests} == {"api.massive.com"}
        assert all(VALUE not in str(request.url) for request in network.requests)

    def test_the_recorded_details_count_the_class_that_is_listed(self, shared):
        body = (shared / "payloads/massive/ticker_details_AAPL.json").read_bytes()
        row = parse_details(body, "AAPL", DAY)
        assert (row["symbol"], row["name"], row["shares_outstanding"]) == ("AAPL", "Apple Inc.", 16_319_440_000)

    @pytest.mark.parametrize(
        ("found", "count"),
        [
            ({"weighted_shares_outstanding": 5e6}, 5_000_000),
            ({"share_class_shares_outstanding": 100, "weighted_shares_outstanding": 7_000_000}, 7_000_000),
            ({"share_class_shares_outstanding": True}, None),
            ({"share_class_shares_outstanding": "5000000"}, None),
            ({}, None),
        ],
    )
    def test_a_count_that_cannot_be_is_unknown(self, found, count):
        row = parse_details(json.dumps({"status": "OK", "results": found}).encode(), "A", DAY)
        assert row["shares_outstanding"] == count or (count is None and np.isnan(row["shares_outstanding"]))

    def test_counts_are_asked_as_of_their_day_and_who_is_unknown_is_marked(self):
        def answer(request):
            if request.url.path.endswith("/GONE"):
                return httpx.Response(404, json={"status": "NOT_FOUND", "message": "Ticker not found."})
            return httpx.Response(200, json={"status": "OK", "results": {"share_class_shares_outstanding": 200_000}})

        network = Network(answer, AFTER_CLOSE)
        names = [("A", DAY), ("GONE", date(2023, 3, 15)), ("ABR^D", DAY)]
        snapshot = ask(network, lambda clients: Massive(clients, KEYS).counts(names)).snapshot
        counts = snapshot.frame.set_index("symbol")["shares_outstanding"]
        assert (counts["A"], counts["ABR^D"], np.isnan(counts["GONE"])) == (200_000, 200_000, True)
        assert [request.url.params["date"] for request in network.requests] == [
            "2023-09-06",
            "2023-03-15",
            "2023-09-06",
        ]
        assert network.requests[2].url.path.endswith("/ABRpD")
        assert (snapshot.as_of, snapshot.quality) == (DAY, Quality.OK)

    def test_counts_that_broke_off_are_kept_as_far_as_they_came(self):
        def answer(request):
            if request.url.path.endswith("/B"):
                return httpx.Response(429, headers={"Retry-After": "900"}, json={"status": "ERROR", "error": "slow"})
            return httpx.Response(200, json={"status": "OK", "results": {"share_class_shares_outstanding": 200_000}})

        names = [("A", DAY), ("B", DAY), ("C", DAY)]
        network = Network(answer, AFTER_CLOSE)
        snapshot = ask(network, lambda clients: Massive(clients, KEYS).counts(names)).snapshot
        assert snapshot.frame["symbol"].tolist() == ["A"]
        assert snapshot.quality is Quality.PARTIAL
        with pytest.raises(ThrottledError):
            ask(network, lambda clients: Massive(clients, KEYS).counts(names[1:]))

    def test_the_key_follows_no_page_to_another_host(self):
        body = {"status": "OK", "results": [], "next_url": "https://evil.example/v3?cursor=1"}
        network = Network(httpx.Response(200, json=body), AFTER_CLOSE)
        with pytest.raises(MalformedError, match="another host"):
            ask(network, lambda clients: Massive(clients, KEYS).splits(SINCE))
        assert len(network.requests) == 1

    def test_resold_figures_are_sorted_here(self):
        rows = [
            {"ticker": "B", "settlement_date": "2023-08-15", "short_interest": 5, "avg_daily_volume": 2},
            {"ticker": "A", "settlement_date": "2023-08-15", "short_interest": 6},
        ]
        body = json.dumps({"status": "OK", "results": rows}).encode()
        frame, _ = parse_short_interest(body)
        assert frame["avg_daily_volume"].isna().tolist() == [False, True]
        snapshot = ask(
            Network(body, AFTER_CLOSE), lambda clients: Massive(clients, KEYS).short_interest(date(2023, 8, 15))
        ).snapshot
        assert snapshot.frame["symbol"].tolist() == ["A", "B"]

    def test_short_volume_may_be_fractional(self):
        row = {"ticker": "A", "date": "2023-09-06", "short_volume": 1.5, "exempt_volume": 0, "total_volume": 3.25}
        frame, _ = parse_short_volume(json.dumps({"status": "OK", "results": [row]}).encode())
        assert frame[["short_volume", "total_volume"]].values.tolist() == [[1.5, 3.25]]


def estimates(*rows, length=None, left=998.75):
    return {
        "rows": list(rows),
        "length": len(rows) if length is None else length,
        "creditsUsed": 1.25,
        "creditsLeft": left,
    }


class TestOrtex:
    def test_per_cent_become_fractions(self):
        row = {"date": "2023-09-06", "shortInterestShares": 1000.4, "shortInterestPcFreeFloat": 23.5}
        page = parse_estimates(json.dumps(estimates(row)).encode(), "A")
        assert page.rows[["short_interest", "short_float_ratio"]].values.tolist() == [[1000, 0.235]]
        assert page.credits.words == "998.75 ORTEX credits left"

    def test_a_cost_is_of_all_loans_or_of_new_ones(self):
        page = parse_cost(json.dumps(estimates({"date": "2023-09-06", "costToBorrowNew": "3.5"})).encode(), "A")
        assert page.rows["new_fee"].tolist() == pytest.approx([0.035])
        assert page.rows["fee"].isna().all()

    def test_availability_counts_shares(self):
        page = parse_availability(
            json.dumps(estimates({"date": "2023-09-06", "shortAvailabilityShares": 42000})).encode(), "A"
        )
        assert page.rows["available"].tolist() == [42000]

    @pytest.mark.parametrize(
        "record",
        [
            {},
            [],
            {"rows": [{"date": "2023-09-06", "renamed": 5}]},
            {"rows": [{"date": "soon", "shortInterestShares": 5}]},
            {"rows": [{"date": "2023-09-06", "shortInterestShares": "many"}]},
            {"rows": [{"date": "2023-09-06", "shortInterestShares": -5}]},
            {"rows": [{"shortInterestShares": 5}]},
        ],
    )
    def test_garbage_is_refused(self, record):
        with pytest.raises(MalformedError):
            parse_estimates(json.dumps(record).encode(), "A")

    def test_pages_are_followed_and_credits_are_shown(self):
        def answer(request):
            number = int(request.url.params["page"])
            row = {"date": f"2023-09-0{8 - number}", "shortInterestShares": number}
            return httpx.Response(200, json=estimates(row, length=2, left=10 - number))

        network = Network(answer, AFTER_CLOSE)
        providers = []

        async def question(clients):
            providers.append(Ortex(clients, KEYS))
            return await providers[0].short_interest("BRK.B", SINCE, UNTIL)

        snapshot = ask(network, question).snapshot
        assert snapshot.frame["short_interest"].tolist() == [2, 1]
        assert (providers[0].credits.used, providers[0].credits.left) == (2.5, 8)
        assert snapshot.notes[1] == "8.00 ORTEX credits left"
        assert "estimate" in snapshot.notes[0]
        assert network.requests[0].url.path == "/api/v1/stock/US/BRK.B/short_interest"
        assert network.requests[0].headers["ortex-api-key"] == VALUE

    def test_an_answer_with_fewer_rows_than_it_says_is_refused(self):
        def answer(request):
            rows = [{"date": "2023-09-06", "shortInterestShares": 5}] if request.url.params["page"] == "1" else []
            return httpx.Response(200, json=estimates(*rows, length=3))

        with pytest.raises(MalformedError, match="says 3"):
            ask(Network(answer, AFTER_CLOSE), lambda clients: Ortex(clients, KEYS).short_interest("A", SINCE, UNTIL))

    def test_no_rows_are_no_data(self):
        with pytest.raises(NoDataError):
            ask(
                Network(httpx.Response(200, json=estimates()), AFTER_CLOSE),
                lambda clients: Ortex(clients, KEYS).availability("A", SINCE, UNTIL),
            )


def questions(keys):
    return {
        "alpaca": lambda clients: Alpaca(clients, keys).bars(["A"], SINCE),
        "alpaca snapshots": lambda clients: Alpaca(clients, keys).snapshots(["A"]),
        "alpaca assets": lambda clients: Alpaca(clients, keys).assets(),
        "massive": lambda clients: Massive(clients, keys).grouped(DAY),
        "massive snapshots": lambda clients: Massive(clients, keys).snapshots(),
        "massive counts": lambda clients: Massive(clients, keys).counts([("A", DAY)]),
        "massive splits": lambda clients: Massive(clients, keys).splits(SINCE),
        "ortex": lambda clients: Ortex(clients, keys).cost_to_borrow("A", SINCE, UNTIL, is_new=True),
    }


@pytest.mark.parametrize("name", questions(KEYS))
class TestEveryQuestion:
    def test_nothing_is_asked_without_a_key(self, name):
        network = Network(b"{}", AFTER_CLOSE)
        with pytest.raises(MissingKeyError, match="set SHORTSIDE_"):
            ask(network, questions(NO_KEYS)[name])
        assert network.requests == []

    @pytest.mark.parametrize("status", [200, 400, 401, 403, 500])
    def test_the_key_is_in_no_error_log_or_address(self, name, status, caplog):
        caplog.set_level(logging.DEBUG)
        # A service that says what it was sent is the worst there can be.
        network = Network(
            lambda request: httpx.Response(status, json={"message": f"bad key {VALUE}", "error": VALUE}), AFTER_CLOSE
        )
        with pytest.raises(ProviderError) as caught:
            ask(network, questions(KEYS)[name])
        assert network.requests
        assert VALUE not in str(caught.value)
        assert VALUE not in "".join(traceback.format_exception(caught.value))
        assert VALUE not in caplog.text
        assert all(VALUE not in str(request.url) for request in network.requests)
        assert all(VALUE not in exchange.url for exchange in network.exchanges)

    def test_the_key_is_not_sent_in_the_clear(self, name):
        network = Network(b"{}", AFTER_CLOSE)
        with pytest.raises(RefusedError, match="unencrypted"):
            ask(network, questions(KEYS)[name], upstream="http://proxy.example:80")
        assert network.requests == []
