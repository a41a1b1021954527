"""Yahoo's blocks of twenty and its charts become prices as they were paid, or nothing."""

import json
from datetime import UTC, date, datetime

import httpx
import numpy as np
import pandas as pd
import pytest
from mock_network import HTML, Network, ask

from providers.errors import BlockedError, MalformedError, NoDataError, RefusedError, ThrottledError
from providers.http.clients import BROWSER_USER_AGENT
from providers.listings.symbols import from_alpaca, from_dashes, from_massive, to_alpaca, to_dashes, to_massive
from providers.parsing.entry import QUOTES, with_unsaid_counts
from providers.yahoo.bars import as_traded, range_since
from providers.yahoo.spark import SYMBOLS_A_REQUEST, YahooSpark, parse_history, parse_quotes
from shortside.datasets import Quality
from shortside.schema import PRICES, SPLITS

NO_SPLITS = with_unsaid_counts(
    pd.DataFrame({"symbol": [], "ex_date": pd.Series([], dtype="datetime64[s]"), "simple_ratio": []}), "test"
)
AFTER_CLOSE = datetime(2023, 9, 7, 21, 30, tzinfo=UTC)
IN_SESSION = datetime(2023, 9, 7, 15, 0, tzinfo=UTC)


def bell(day: str) -> int:
    """The opening bell of a day of that September, as Yahoo stamps its daily bars."""
    return int(datetime.fromisoformat(f"2023-09-{day}T13:30:00+00:00").timestamp())


def spark(**series):
    return json.dumps(
        {
            symbol.replace("_", "-"): {
                "symbol": symbol, "timestamp": stamps, "close": closes,
                "chartPreviousClose": 10.0, "previousClose": None, "dataGranularity": 300,
            }
            for symbol, (stamps, closes) in series.items()
        }
    ).encode()  # fmt: skip


class TestSpellings:
    @pytest.mark.parametrize("symbol", ["AAPL", "BRK.B", "ABR^D", "NA", "TRUE", "KIM^L"])
    def test_a_symbol_survives_the_way_there_and_back(self, symbol):
        assert from_dashes(to_dashes(symbol)) == symbol
        assert from_alpaca(to_alpaca(symbol)) == symbol
        assert from_massive(to_massive(symbol)) == symbol

    def test_each_service_is_asked_in_its_own_spelling(self):
        assert [to(s) for to in (to_dashes, to_alpaca, to_massive) for s in ("BRK.B", "ABR^D")] == [
            "BRK-B", "ABR-PD", "BRK.B", "ABR.PRD", "BRK.B", "ABRpD",
        ]  # fmt: skip


class TestSpark:
    def test_the_recorded_answer_gives_its_price_and_moment(self, shared):
        # Recorded abroad, where a point is no class of shares.
        body = (shared / "payloads/yahoo/spark_shape.json").read_bytes().replace(b"RELIANCE.NS", b"RELIANCE-NS")
        rows = parse_quotes(body, ["RELIANCE.NS"]).rows
        assert rows[["price", "previous_close", "quoted_at"]].values.tolist() == [[1334.8, 1325.0, 1786074300]]

    def test_the_last_price_that_is_no_null_counts(self):
        block = parse_quotes(spark(A=([100, 400, 700], [11.0, 12.0, None])), ["A"])
        assert block.rows[["symbol", "price", "previous_close", "quoted_at"]].values.tolist() == [
            ["A", 12.0, 10.0, 400]
        ]
        assert list(block.rows.columns) == [column.name for column in QUOTES.columns]

    def test_class_shares_come_back_in_our_spelling(self):
        assert parse_quotes(spark(BRK_B=([100], [360.0])), ["BRK.B"]).rows["symbol"].tolist() == ["BRK.B"]

    def test_names_yahoo_is_silent_about_are_named(self):
        block = parse_quotes(spark(A=([100], [11.0])), ["A", "FRCB"])
        assert (block.rows["symbol"].tolist(), block.unknown) == (["A"], ("FRCB",))

    @pytest.mark.parametrize("body", [b"{}", spark(A=([], [])), spark(A=([100], [None])), spark(A=([100], [0]))])
    def test_an_answer_without_a_price_is_no_data(self, body):
        with pytest.raises(NoDataError, match="no prices for A"):
            parse_quotes(body, ["A"])

    def test_one_garbled_name_does_not_spoil_the_others(self):
        block = parse_quotes(spark(A=([100], [11.0]), B=([100, 200], [1.0])), ["A", "B"])
        assert block.rows["symbol"].tolist() == ["A"]
        assert "B" in block.complaints[0]

    @pytest.mark.parametrize("body", [b"[1]", b'{"A": 3}', spark(A=([100], ["x"])), spark(A=(["x"], [1])), b'{"A": {'])
    def test_garbage_is_refused(self, body):
        with pytest.raises(MalformedError):
            parse_quotes(body, ["A"])

    def test_yahoos_own_complaint_is_passed_on(self):
        body = b'{"spark":{"result":null,"error":{"code":"Bad Request","description":"Number of symbols"}}}'
        with pytest.raises(RefusedError, match="Number of symbols"):
            parse_quotes(body, ["A"])

    def test_the_bar_of_a_session_still_open_is_left_out(self):
        body = spark(A=([bell("05"), bell("06"), bell("07")], [1.0, None, 3.0]))
        assert parse_history(body, ["A"], date(2023, 9, 6)).rows["date"].dt.day.tolist() == [5]
        assert parse_history(body, ["A"], date(2023, 9, 7)).rows["date"].dt.day.tolist() == [5, 7]

    def test_more_than_twenty_names_are_asked_in_blocks(self):
        names = [f"A{letter}{second}" for letter in "ABCDE" for second in "ABCDEFGHI"]

        def answer(request):
            asked = request.url.params["symbols"].split(",")
            assert len(asked) <= SYMBOLS_A_REQUEST
            return httpx.Response(200, content=spark(**{symbol: ([bell("07")], [11.0]) for symbol in asked}))

        network = Network(answer, AFTER_CLOSE)
        fetched = ask(network, lambda clients: YahooSpark(clients).quotes(names))
        assert len(network.requests) == 3
        assert sorted(fetched.snapshot.frame["symbol"]) == sorted(names)
        assert fetched.snapshot.as_of == date(2023, 9, 7)
        assert fetched.snapshot.quality is Quality.OK
        assert all("Mozilla" in request.headers["user-agent"] for request in network.requests)

    def test_a_block_that_fails_leaves_the_others_and_a_note(self):
        names = [f"A{letter}" for letter in "ABCDEFGHIJKLMNOPQRSTU"]

        def answer(request):
            if "AU" in request.url.params["symbols"]:
                return httpx.Response(200, content=b"garbage")
            return httpx.Response(200, content=spark(AA=([bell("07")], [11.0])))

        snapshot = ask(Network(answer, AFTER_CLOSE), lambda clients: YahooSpark(clients).quotes(names)).snapshot
        assert snapshot.quality is Quality.PARTIAL
        assert any("a block of 20 names failed" in note for note in snapshot.notes)

    def test_history_is_what_was_paid_on_the_day(self):
        splits = SPLITS.conform(
            with_unsaid_counts(
                pd.DataFrame({"symbol": ["A"], "ex_date": ["2023-09-06"], "simple_ratio": [10.0]}), "test"
            ),
            "splits",
        )
        body = spark(A=([bell("05"), bell("06"), bell("07")], [20.0, 21.0, 22.0]))
        fetched = ask(
            Network(body, AFTER_CLOSE), lambda clients: YahooSpark(clients).history(["A"], date(2023, 9, 5), splits)
        )
        assert fetched.snapshot.frame["close"].tolist() == [2.0, 21.0, 22.0]
        assert list(fetched.snapshot.frame.columns) == [column.name for column in PRICES.columns]
        assert fetched.snapshot.as_of == date(2023, 9, 7)

    def test_history_says_which_splits_its_closes_do_not_follow(self):
        body = spark(A=([bell("05"), bell("06"), bell("07")], [0.02, 2.0, 2.1]))
        fetched = ask(
            Network(body, AFTER_CLOSE),
            lambda clients: YahooSpark(clients).history(["A"], date(2023, 9, 5), listed(("06", 100.0))),
        )
        assert fetched.snapshot.frame["close"].tolist() == [0.02, 2.0, 2.1]
        [note] = fetched.snapshot.notes
        assert note.startswith("A: a split of price factor 100 on 2023-09-06, which Yahoo's closes do not follow")

    def test_a_stray_bar_of_a_holiday_is_left_out_and_noted_and_nobody_else_suffers(self):
        # Labor Day and a Saturday; the exchanges were shut.
        days = [bell(day) for day in ("01", "02", "04", "05")]
        body = spark(A=([days[0], days[3]], [20.0, 21.0]), B=(days, [10.0, 10.0, 10.0, 11.0]))
        snapshot = ask(
            Network(body, AFTER_CLOSE),
            lambda clients: YahooSpark(clients).history(["A", "B"], date(2023, 9, 1), NO_SPLITS),
        ).snapshot
        assert snapshot.frame.groupby("symbol")["close"].apply(list).to_dict() == {"A": [20.0, 21.0], "B": [10.0, 11.0]}
        assert snapshot.notes == ("B 2023-09-02 is no session", "B 2023-09-04 is no session")
        assert snapshot.quality is Quality.OK

    def test_once_annoyed_with_either_name_yahoo_is_left_alone(self):
        network = Network(httpx.Response(429, text="Too Many Requests\r\n"), AFTER_CLOSE)

        async def twice(clients):
            with pytest.raises(ThrottledError):
                await YahooSpark(clients).quotes(["A"])
            with pytest.raises(ThrottledError) as caught:
                await YahooSpark(clients).quotes(["A"])
            return caught.value

        error = ask(network, twice)
        assert [request.headers["user-agent"] for request in network.requests] == [BROWSER_USER_AGENT, "Mozilla/5.0"]
        assert error.retry_after == pytest.approx(900, abs=1)

    @pytest.mark.parametrize(
        ("response", "error"),
        [
            (httpx.Response(429, text="Too Many Requests\r\n"), (BlockedError, ThrottledError)),
            (httpx.Response(200, text="Too Many Requests"), BlockedError),
            (httpx.Response(200, content=HTML), BlockedError),
            (httpx.Response(200, content=b""), MalformedError),
            (httpx.Response(401, json={"finance": {"result": None, "error": {"code": "Unauthorized"}}}), RefusedError),
        ],
    )
    def test_a_wall_is_no_price(self, response, error):
        with pytest.raises(error):
            ask(Network(response, AFTER_CLOSE), lambda clients: YahooSpark(clients).quotes(["A"]))


@pytest.mark.parametrize(("days", "name"), [(0, "5d"), (4, "5d"), (5, "1mo"), (365, "2y"), (9999, "max")])
def test_the_range_reaches_back_far_enough(days, name):
    today = date(2023, 9, 7)
    assert range_since(date.fromordinal(today.toordinal() - days), today) == name


def listed(*events):
    """Splits of A as a calendar has them: ex-dates in September 2023 and price factors."""
    days, ratios = zip(*events, strict=True)
    ex_dates = pd.to_datetime([f"2023-09-{day}" for day in days])
    return with_unsaid_counts(pd.DataFrame({"symbol": "A", "ex_date": ex_dates, "simple_ratio": list(ratios)}), "test")


def paid(closes, splits, volume=100.0):
    """What A's closes from 5 September 2023 on were as paid, its volumes, and the notes."""
    days = pd.to_datetime(["2023-09-05", "2023-09-06", "2023-09-07", "2023-09-08", "2023-09-11"][: len(closes)])
    rows = pd.DataFrame({"symbol": "A", "date": days, "close": closes, "volume": volume})
    found, notes = as_traded(rows, splits, date(2023, 9, 11))
    return found["close"].tolist(), found["volume"].tolist(), notes


def test_a_split_still_to_come_changes_nothing():
    assert paid([20.0], listed(("20", 10.0))) == ([20.0], [100.0], ())
    assert paid([20.0], NO_SPLITS) == ([20.0], [100.0], ())


def test_dollars_traded_do_not_change_with_the_basis():
    assert paid([20.0, 21.0], listed(("06", 0.25)), 8.0) == ([80.0, 21.0], [2.0, 8.0], ())


def test_a_split_that_yahoos_closes_do_not_follow_is_not_taken_back_and_said():
    closes, volumes, [note] = paid([0.02, 0.021, 0.019, 2.51, 1.96], listed(("08", 190.0)))
    assert closes == [0.02, 0.021, 0.019, 2.51, 1.96]
    assert volumes == [100.0] * 5
    assert note == (
        "A: a split of price factor 190 on 2023-09-08, which Yahoo's closes do not follow: "
        "closes before are left as they are"
    )


@pytest.mark.parametrize("factor", [1 / 20, 1 / 4, 2 / 3, 0.8, 1.5, 10.0, 190.0])
@pytest.mark.parametrize("that_day", [0.9, 1.0, 1.08])
def test_a_split_is_told_from_the_step_over_its_day_either_way_up(factor, that_day):
    raw = [100.0, 101.0, round(101.0 * factor * that_day, 4)]
    restated = [100.0 * factor, 101.0 * factor, raw[-1]]
    assert paid(raw, listed(("07", factor)))[0] == raw
    assert paid(restated, listed(("07", factor)))[0] == pytest.approx(raw)


def test_each_of_two_splits_is_judged_by_the_step_over_its_own_day():
    # The first, 1 for 10, was never followed; the second, 2 for 1, was.
    closes, _, notes = paid([0.5, 5.0, 5.0, 5.1], listed(("06", 10.0), ("08", 0.5)))
    assert closes == [1.0, 10.0, 10.0, 5.1]
    assert len(notes) == 1


def test_a_split_listed_twice_on_one_day_is_taken_back_once():
    assert paid([20.0, 21.0], listed(("06", 0.25), ("06", 0.25))) == ([80.0, 21.0], [100.0 * 0.25, 100.0], ())


def test_two_ratios_for_one_day_take_nothing_back_and_are_said():
    closes, _, [note] = paid([20.0, 21.0], listed(("06", 0.25), ("06", 5.0)))
    assert closes == [20.0, 21.0]
    assert "contradict each other" in note


def test_a_stock_dividend_is_taken_back_whatever_an_ordinary_day_did():
    assert paid([20.0, 19.05], listed(("06", 1 / 1.05)))[0] == [21.0, 19.05]


@pytest.mark.parametrize("odd", [0.0, -1.0, np.nan, np.inf, 1e12])
def test_an_absurd_ratio_takes_nothing_back_and_its_neighbour_is_taken_back(odd):
    assert paid([20.0, 21.0, 21.0], listed(("06", 0.25), ("07", odd)))[0] == [80.0, 21.0, 21.0]


def test_a_split_no_close_follows_yet_is_taken_back_as_yahoo_says_it_was_restated():
    assert paid([20.0, 21.0], listed(("07", 0.25)))[0] == [80.0, 84.0]
