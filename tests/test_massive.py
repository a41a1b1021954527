"""Massive gives whole sessions, splits, counts and FINRA's figures for a key, and explains its refusals."""

import json
from datetime import date, datetime

import httpx
import numpy as np
import pytest
from keyed_examples import AFTER_CLOSE, DAY, KEYS, SINCE, VALUE
from mock_network import Network, ask

from providers.errors import (
    MalformedError,
    NoDataError,
    PendingError,
    ThrottledError,
)
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
from shortside.datasets import Quality
from shortside.schema import PRICES
from shortside.snapshot import LEFT_OUT_ATTRIBUTE


def grouped(*rows, day="2023-09-06", count=None, adjusted=False, status="OK"):
    stamp = int(datetime.fromisoformat(f"{day}T20:00:00+00:00").timestamp() * 1000)
    results = [{"T": ticker, "v": volume, "c": close, "t": stamp} for ticker, close, volume in rows]
    total = len(results) if count is None else count
    record = {"resultsCount": total, "adjusted": adjusted, "status": status}
    return json.dumps(record | ({"results": results} if results else {})).encode()


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

    @pytest.mark.parametrize("name", [{}, {"ticker": None}, {"ticker": ""}])
    @pytest.mark.parametrize(
        ("parse", "row"),
        [
            (parse_splits, {"execution_date": "2023-09-06", "split_from": 1, "split_to": 4}),
            (parse_short_interest, {"settlement_date": "2023-08-15", "short_interest": 5, "avg_daily_volume": 2}),
            (parse_short_volume, {"date": "2023-09-06", "short_volume": 5, "exempt_volume": 0, "total_volume": 9}),
        ],
    )
    def test_a_row_without_a_name_is_no_company_called_none(self, parse, row, name):
        good = {"ticker": "A", **row}
        frame, _ = parse(json.dumps({"status": "OK", "results": [good, row | name]}).encode())
        assert frame["symbol"].tolist() == ["A"]

    def test_a_bar_without_a_name_is_no_company_called_none(self):
        body = grouped(("A", 1.0, 1), (None, 1.0, 1))
        assert parse_grouped(body, DAY, fewest=1)["symbol"].tolist() == ["A"]

    def test_short_volume_may_be_fractional(self):
        row = {"ticker": "A", "date": "2023-09-06", "short_volume": 1.5, "exempt_volume": 0, "total_volume": 3.25}
        frame, _ = parse_short_volume(json.dumps({"status": "OK", "results": [row]}).encode())
        assert frame[["short_volume", "total_volume"]].values.tolist() == [[1.5, 3.25]]
