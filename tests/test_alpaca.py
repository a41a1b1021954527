"""Alpaca gives bars, last prices and what is lent for a key, and explains its refusals."""

import json
from datetime import UTC, date, datetime

import httpx
import pytest
from keyed_examples import AFTER_CLOSE, KEYS, SINCE, VALUE
from mock_network import HTML, Network, ask

from providers.alpaca import Alpaca, parse_assets, parse_bars
from providers.alpaca import parse_last_prices as parse_alpaca_snapshots
from providers.errors import (
    BlockedError,
    MalformedError,
    NoDataError,
    PendingError,
    RefusedError,
    ThrottledError,
)
from shortside.schema import PRICES

JUST_CLOSED = datetime(2023, 9, 7, 20, 5, tzinfo=UTC)


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
