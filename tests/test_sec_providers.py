"""The SEC's lists become tickers, counts and fails; its notices to robots and its mistyped figures do not."""

import io
import json
import re
import zipfile
from datetime import UTC, date, datetime

import httpx
import pandas as pd
import pytest
from mock_network import HTML, Network, ask

from providers.errors import BlockedError, MalformedError, NoDataError, PendingError
from providers.sec.fails import FAILS, SecFails, half_months, parse_fails, parse_fails_zip
from providers.sec.share_counts import (
    SYMBOL_COUNTS,
    SecFrames,
    by_symbol,
    frames_before,
    newest_of_filers,
    sifted_counts,
)
from providers.sec.share_counts import parse_frame as parse_frame
from providers.sec.tickers import SecTickers
from providers.sec.tickers import parse_tickers as parse_tickers
from shortside.datasets import Quality
from shortside.schema import REFERENCE
from shortside.snapshot import LEFT_OUT_ATTRIBUTE

NOW = datetime(2023, 9, 7, 21, 30, tzinfo=UTC)
DAY = pd.Timestamp("2023-09-07")
CONTACT = "reader@example.org"
UNDECLARED = (
    b"<!DOCTYPE html><html><head><title>SEC.gov | Your Request Originates from an Undeclared Automated Tool"
    b"</title></head><body></body></html>"
)
FAILS_TEXT = (
    "SETTLEMENT DATE|CUSIP|SYMBOL|QUANTITY (FAILS)|DESCRIPTION|PRICE\r\n"
    "20230103|00817Y108|AET|89|AETNA INC.(NEW)|205.36\r\n"
    "20230104|00817Y108|AET|1948|AETNA INC.(NEW)|210.10\r\n"
    "20230104|000375204|NA|529463|ABB LTD | ADS ( 1 REG SHS)|.\r\n"
    "Trailer record count 3\r\nTrailer total quantity of shares 531500\r\n"
)


def tickers(*rows, fields=("cik", "name", "ticker", "exchange")):
    return json.dumps({"fields": list(fields), "data": [list(row) for row in rows]}).encode()


THREE = tickers(
    (1045810, "NVIDIA CORP", "NVDA", "Nasdaq"),
    (1067983, "BERKSHIRE HATHAWAY INC", "BRK-B", "NYSE"),
    (1067983, "BERKSHIRE HATHAWAY INC", "BRK-A", "NYSE"),
    (9, "NA CORP", "NA", None),
)


def frame(*rows, name="CY2023Q2I", unit="shares", points=None):
    data = [
        {"accn": "0", "cik": cik, "entityName": f"C{cik}", "loc": "US", "end": end, "val": value}
        for cik, end, value in rows
    ]
    count = len(data) if points is None else points
    return json.dumps({"taxonomy": "dei", "ccp": name, "uom": unit, "pts": count, "data": data}).encode()


def zipped(text, *names):
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names or ("cnsfails202301a.txt",):
            archive.writestr(name, text.encode("latin-1") if isinstance(text, str) else text)
    return body.getvalue()


class TestTickers:
    def test_symbols_come_in_our_spelling_and_na_is_a_company(self):
        rows = parse_tickers(THREE, DAY, fewest=1)
        assert rows["symbol"].tolist() == ["NVDA", "BRK.B", "BRK.A", "NA"]
        assert rows["exchange"].tolist() == ["nasdaq", "nyse", "nyse", ""]
        assert rows["cik"].tolist() == [1045810, 1067983, 1067983, 9]

    def test_the_rows_pass_for_reference_rows(self):
        rows = parse_tickers(THREE, DAY, fewest=1)
        assert {column.name for column in REFERENCE.columns} < set(rows.columns)

    def test_the_recorded_shape_is_read(self, shared):
        body = (shared / "payloads/sec/company_tickers_exchange_shape.json").read_bytes()
        assert parse_tickers(body, DAY, fewest=1)["symbol"].tolist() == ["NVDA", "AAPL"]

    @pytest.mark.parametrize(
        "body",
        [
            b"[]",
            b'{"fields": ["cik"]}',
            THREE[:-20],
            tickers((1, "A", "A"), fields=("cik", "name", "ticker")),
            tickers((1, "A", "A")),
            tickers(("x", "A", "A", "NYSE")),
        ],
    )
    def test_garbage_is_refused(self, body):
        with pytest.raises(MalformedError):
            parse_tickers(body, DAY, fewest=1)

    def test_a_short_list_is_refused(self):
        with pytest.raises(MalformedError, match="4 rows"):
            parse_tickers(THREE, DAY)

    def test_the_sec_learns_who_asks(self):
        body = tickers(*((number, "A", f"A{number}", "NYSE") for number in range(1, 5000)))
        response = httpx.Response(200, content=body, headers={"Last-Modified": "Thu, 07 Sep 2023 11:00:00 GMT"})
        network = Network(response, NOW)
        snapshot = ask(network, lambda clients: SecTickers(clients).fetch(), contact=CONTACT).snapshot
        assert CONTACT in network.requests[0].headers["user-agent"]
        assert snapshot.published_at == datetime(2023, 9, 7, 11, tzinfo=UTC)
        assert snapshot.rows == 4999

    @pytest.mark.parametrize("status", [200, 403])
    def test_the_notice_to_robots_says_what_to_do(self, status):
        network = Network(httpx.Response(status, content=UNDECLARED), NOW)
        with pytest.raises(BlockedError, match=r"undeclared.*mail address"):
            ask(network, lambda clients: SecTickers(clients).fetch())


class TestFrames:
    def test_the_newest_quarters_are_asked_for(self):
        assert frames_before(date(2023, 9, 7)) == ("CY2023Q3I", "CY2023Q2I", "CY2023Q1I", "CY2022Q4I")
        assert frames_before(date(2024, 1, 1), 2) == ("CY2024Q1I", "CY2023Q4I")

    def test_the_newest_count_of_several_frames_counts(self):
        old = parse_frame(frame((1, "2023-04-20", 500_000), (2, "2023-04-21", 700_000), name="CY2023Q1I"), "CY2023Q1I")
        new = parse_frame(frame((1, "2023-07-20", 600_000)), "CY2023Q2I")
        assert newest_of_filers([new, old])[["cik", "shares_outstanding"]].values.tolist() == [
            [1, 600_000],
            [2, 700_000],
        ]

    def test_a_negative_count_is_as_good_as_none(self):
        rows = parse_frame(frame((1, "2023-07-20", -5), (2, "2023-07-20", 10.5), (3, "2023-07-20", 7)), "CY2023Q2I")
        assert rows["cik"].tolist() == [3]

    def test_an_empty_frame_is_no_data(self):
        with pytest.raises(NoDataError):
            parse_frame(frame(), "CY2023Q2I")

    @pytest.mark.parametrize(
        "body",
        [
            frame((1, "2023-07-20", 5), unit="USD"),
            frame((1, "2023-07-20", 5), name="CY2022Q2I"),
            frame((1, "2023-07-20", 5), points=2),
            frame((1, "20.7.2023", 5)),
            frame((0, "2023-07-20", 5)),
            b"{",
            b"[]",
        ],
    )
    def test_garbage_is_refused(self, body):
        with pytest.raises(MalformedError):
            parse_frame(body, "CY2023Q2I")

    def test_a_company_with_several_classes_has_no_count_of_its_own(self):
        filed = parse_frame(
            frame((1045810, "2023-08-18", 2_470_000_000), (1067983, "2023-07-25", 590_000)), "CY2023Q2I"
        )
        counts = by_symbol(filed, parse_tickers(THREE, DAY, fewest=1))
        assert counts["symbol"].tolist() == ["NVDA"]
        assert list(counts.columns) == [column.name for column in SYMBOL_COUNTS.columns]

    def test_implausible_counts_are_put_aside_with_a_reason(self):
        counts = pd.DataFrame(
            {
                "symbol": ["LAES", "BIG", "FAR", "SPLIT", "GOOD"],
                "cik": range(1, 6),
                "name": "",
                "date": pd.Timestamp("2023-07-20"),
                "shares_outstanding": [100, 1_000_000, 2_000_000, 2_000_000, 2_000_000],
            }
        )
        found = sifted_counts(
            counts,
            shares_short={"BIG": 1_600_000, "GOOD": 2_999_999},
            other_counts={"FAR": 1_600_000, "SPLIT": 200_000, "GOOD": 1_700_000},
            split_symbols=frozenset({"SPLIT"}),
        )
        assert found.rows["symbol"].tolist() == ["SPLIT", "GOOD"]
        assert found.rejected["symbol"].tolist() == ["LAES", "BIG", "FAR"]
        reasons = found.rejected["reason"].tolist()
        assert [word in reason for word, reason in zip(["fewer", "150%", "20%"], reasons, strict=True)] == [True] * 3

    @pytest.mark.parametrize(("is_broken", "quality"), [(False, Quality.OK), (True, Quality.PARTIAL)])
    def test_a_quarter_not_there_yet_does_no_harm_and_one_that_fails_is_noted(self, is_broken, quality):
        def answer(request):
            if "2023Q3" in request.url.path:
                return httpx.Response(404, content=b"<?xml version='1.0'?><Error><Code>NoSuchKey</Code></Error>")
            if "2023Q1" in request.url.path and is_broken:
                return httpx.Response(200, content=b"{")
            name = request.url.path.rsplit("/", 1)[-1].removesuffix(".json")
            return httpx.Response(200, content=frame((1045810, "2023-08-18", 2_470_000_000), name=name))

        snapshot = ask(
            Network(answer, NOW),
            lambda clients: SecFrames(clients).fetch(parse_tickers(THREE, DAY, fewest=1)),
            contact=CONTACT,
        ).snapshot
        assert snapshot.frame["shares_outstanding"].tolist() == [2_470_000_000]
        assert (snapshot.as_of, snapshot.quality) == (date(2023, 8, 18), quality)
        assert any("a quarter is missing" in note for note in snapshot.notes)


class TestFails:
    def test_a_description_may_hold_a_pipe_and_a_point_is_no_price(self):
        rows = parse_fails_zip(zipped(FAILS_TEXT), "cnsfails202301a")
        assert rows["symbol"].tolist() == ["AET", "AET", "NA"]
        assert rows["fails"].tolist() == [89, 1948, 529463]
        assert rows["description"].iloc[2] == "ABB LTD | ADS ( 1 REG SHS)"
        assert rows["price"].isna().tolist() == [False, False, True]
        assert list(rows.columns) == [column.name for column in FAILS.columns]

    def test_the_recorded_rows_are_read(self, shared):
        rows = parse_fails((shared / "payloads/sec/cnsfails_rows.txt").read_bytes(), "cnsfails_rows.txt")
        assert rows["fails"].sum() == 531500

    @pytest.mark.parametrize(
        ("text", "complaint"),
        [
            (FAILS_TEXT[: len(FAILS_TEXT) // 2], "cut off"),
            (FAILS_TEXT.replace("count 3", "count 4"), "says 4"),
            (FAILS_TEXT.replace("531500", "531501"), "531,501"),
            (re.sub(r"\n20\d{6}", "\n2023013", FAILS_TEXT), "YYYYMMDD"),
            (FAILS_TEXT.replace("CUSIP|", ""), "header"),
            (re.sub(r"(\n20\d{6}\|\w+\|\w+)\|.*", r"\1", FAILS_TEXT), "cells"),
        ],
    )
    def test_a_text_that_does_not_add_up_is_refused(self, text, complaint):
        with pytest.raises(MalformedError, match=complaint):
            parse_fails(text.encode("latin-1"), "cnsfails202301a")

    @pytest.mark.parametrize("fails", ["8 9", "-89", "1e400", "", "\ud800"])
    def test_a_row_that_cannot_be_read_takes_no_other_with_it(self, fails):
        text = FAILS_TEXT.replace("|89|", f"|{fails}|").encode("latin-1", "replace")
        rows = parse_fails(text, "cnsfails202301a")
        assert rows["fails"].tolist() == [1948, 529463]
        assert "1 of 3 rows cannot be read" in rows.attrs[LEFT_OUT_ATTRIBUTE][0]

    def test_only_a_line_feed_ends_a_line_and_padding_is_no_part_of_a_symbol(self):
        text = FAILS_TEXT.replace("AETNA", "AE\x85TNA").replace("|AET|", "|AET\0\0|")
        rows = parse_fails(text.encode("latin-1"), "cnsfails202301a")
        assert len(rows) == 3
        assert not rows["symbol"].str.contains("\0").any()

    @pytest.mark.parametrize(
        "body",
        [b"PK\x03\x04garbage", zipped(FAILS_TEXT)[:200], zipped(FAILS_TEXT, "one.txt", "two.txt"), b"", b"\x00\xff"],
    )
    def test_a_broken_zip_is_refused(self, body):
        with pytest.raises(MalformedError):
            parse_fails_zip(body, "cnsfails202301a")

    def test_half_months_are_named_by_their_days(self):
        assert half_months(date(2022, 12, 20), date(2023, 1, 15)) == (
            "cnsfails202212b", "cnsfails202301a", "cnsfails202301b",
        )  # fmt: skip

    def test_a_half_month_is_fetched_once_for_good(self):
        network = Network(zipped(FAILS_TEXT), NOW)

        async def twice(clients):
            first = await SecFails(clients).fetch("cnsfails202301a")
            await clients.keep(first)
            return first, await SecFails(clients).fetch("cnsfails202301a")

        first, second = ask(network, twice, contact=CONTACT)
        assert first.snapshot.as_of == date(2023, 1, 4)
        assert second.snapshot is None
        assert len(network.requests) == 1

    @pytest.mark.parametrize(("is_expected", "error"), [(True, PendingError), (False, NoDataError)])
    def test_a_file_that_is_not_there_is_pending_only_when_due(self, is_expected, error):
        denied = httpx.Response(403, content=b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>")
        with pytest.raises(error) as caught:
            ask(
                Network(denied, NOW),
                lambda clients: SecFails(clients).fetch("cnsfails202309a", is_expected=is_expected),
            )
        assert type(caught.value) is error

    @pytest.mark.parametrize(
        ("content", "error"), [(HTML, BlockedError), (b"", MalformedError), (b"{}", MalformedError)]
    )
    def test_anything_but_a_zip_is_refused(self, content, error):
        with pytest.raises(error):
            ask(Network(content, NOW), lambda clients: SecFails(clients).fetch("cnsfails202301a"))
