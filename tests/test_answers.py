"""What a host sends is taken for data only when it looks like data."""

from datetime import UTC, datetime

import httpx
import pytest
from provider_examples import DENIED, PAGE

from providers.errors import (
    BlockedError,
    MalformedError,
    NoDataError,
    PendingError,
    RefusedError,
    ThrottledError,
    UnreachableError,
)
from providers.http.verdicts import Form, Verdict, error_of, judge, moment_of, posted_at, retry_after_of
from shortside.datasets import Quality

SEC_PAGE = (
    b"<!DOCTYPE html><html><head>"
    b"<title>SEC.gov | Your Request Originates from an Undeclared Automated Tool</title></head>"
)
SORT_400 = (
    b'{"statusCode":400,"statusDescription":"Bad Request","message":"Sorting is allowed only if all partitions keys '
    b'are specified in EQUAL CompareFilter.Partition keys missing or not using EQUAL CompareFilter: settlementDate"}'
)


def look(status: int, body: bytes, form: Form = Form.TEXT, *, is_expected: bool = False, **headers: str) -> Verdict:
    return judge(status, httpx.Headers(headers), body, form, is_expected=is_expected)


@pytest.mark.parametrize(
    ("body", "form"),
    [
        (b"a|b\n1|2\n", Form.TEXT),
        (b"\xef\xbb\xbfTicker,Name\n", Form.TEXT),
        (b'{"data":1}', Form.JSON),
        (b"\r\n [1]", Form.JSON),
        (b"PK\x03\x04....", Form.BINARY),
    ],
)
def test_data_are_data(body, form):
    assert look(200, body, form) == Verdict(Quality.OK)


def test_no_content_is_an_empty_answer():
    assert look(204, b"", Form.JSON).quality is Quality.EMPTY


@pytest.mark.parametrize("status", [403, 404])
def test_a_missing_file_is_pending_where_the_calendar_expects_it(status):
    assert look(status, DENIED, is_expected=True).quality is Quality.PENDING


@pytest.mark.parametrize("status", [403, 404])
def test_a_missing_file_is_nothing_on_a_holiday(status):
    assert look(status, DENIED).quality is Quality.EMPTY


def test_a_web_page_with_a_403_is_a_wall_even_where_a_file_is_expected():
    assert look(403, PAGE, is_expected=True).quality is Quality.BLOCKED


@pytest.mark.parametrize("status", [200, 403, 429])
@pytest.mark.parametrize("form", list(Form))
def test_a_web_page_instead_of_data_is_a_wall(status, form):
    assert look(status, PAGE, form).quality is Quality.BLOCKED


@pytest.mark.parametrize("status", [200, 403])
def test_the_sec_s_notice_is_a_wall_whatever_its_status(status):
    verdict = look(status, SEC_PAGE, Form.JSON)
    assert verdict.quality is Quality.BLOCKED
    assert "undeclared automated tool" in verdict.words


@pytest.mark.parametrize("text", [b"Too Many Requests", b"Too Many Requests\r\n", b"Invalid Crumb", b"Unauthorized"])
@pytest.mark.parametrize("form", [Form.TEXT, Form.JSON])
def test_a_complaint_with_status_200_is_no_data(text, form):
    assert look(200, text, form).quality is Quality.BLOCKED


@pytest.mark.parametrize("form", list(Form))
def test_an_empty_200_is_an_error(form):
    assert look(200, b" \r\n", form).quality is Quality.ERROR


@pytest.mark.parametrize("form", [Form.TEXT, Form.JSON])
def test_bytes_of_another_kind_are_an_error(form):
    assert look(200, bytes(range(256)) * 16, form).quality is Quality.ERROR


@pytest.mark.parametrize("body", [b'{"error":"x"}', b"[1]", DENIED])
def test_json_or_xml_instead_of_lines_is_an_error(body):
    assert look(200, body, Form.TEXT).quality is Quality.ERROR


def test_lines_instead_of_json_are_an_error():
    assert look(200, b"a|b\n", Form.JSON).quality is Quality.ERROR


def test_a_redirect_is_a_wall_and_says_where_to():
    verdict = look(302, b"", location="/404.html")
    assert verdict.quality is Quality.BLOCKED
    assert "/404.html" in verdict.words


def test_a_refusal_hands_on_the_reason():
    verdict = look(400, SORT_400, Form.JSON)
    assert verdict.quality is Quality.ERROR
    assert "Sorting is allowed only if all partitions keys" in verdict.words


def test_a_server_in_trouble_is_no_wall_though_it_speaks_html():
    assert look(502, PAGE).quality is Quality.ERROR


@pytest.mark.parametrize(
    ("verdict", "status", "kind"),
    [
        (Verdict(Quality.EMPTY, "has nothing"), 204, NoDataError),
        (Verdict(Quality.PENDING, "not yet"), 403, PendingError),
        (Verdict(Quality.BLOCKED, "wall"), 200, BlockedError),
        (Verdict(Quality.ERROR, "slow down"), 429, ThrottledError),
        (Verdict(Quality.ERROR, "trouble"), 503, UnreachableError),
        (Verdict(Quality.ERROR, "refuses"), 401, RefusedError),
        (Verdict(Quality.ERROR, "garbled"), 200, MalformedError),
    ],
)
def test_each_verdict_has_its_error(verdict, status, kind):
    error = error_of(verdict, "a.example", status, 7.0)
    assert type(error) is kind
    assert str(error).startswith("a.example")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "30"}, 30),
        ({"Retry-After": "0"}, 0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "Thu, 07 Sep 2023 10:01:00 GMT"}, None),
        ({"Retry-After": "Thu, 07 Sep 2023 10:01:00 GMT", "Date": "Thu, 07 Sep 2023 10:00:00 GMT"}, 60),
        ({"Retry-After": "Thu, 07 Sep 2023 09:00:00 GMT", "Date": "Thu, 07 Sep 2023 10:00:00 GMT"}, 0),
        ({"Retry-After": "86401"}, 86_400),
        ({"Retry-After": "999999999"}, 86_400),
        ({"Retry-After": "9" * 300}, 86_400),
        ({"Retry-After": "9" * 5000}, None),
        ({"Retry-After": "Fri, 07 Sep 2125 10:00:00 GMT", "Date": "Thu, 07 Sep 2023 10:00:00 GMT"}, 86_400),
        ({"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT", "Date": "Thu, 07 Sep 2023 10:00:00 GMT"}, None),
        ({"Retry-After": "Fri, 01 Jan 99999999999999999999 00:00:00 GMT", "Date": "x"}, None),
        ({"Retry-After": "Fri, 07 Sep 2023 10:00:00 +99999999999999999999", "Date": "x"}, None),
    ],
)
def test_what_retry_after_says(headers, seconds):
    assert retry_after_of(httpx.Headers(headers)) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "Mon, 01 Jan 1900 00:00:00 +1400",
        "Fri, 31 Dec 9999 23:59:59 -1200",
        "Thu, 01 Jan -2023 00:00:00 GMT",
        "Fri, 01 Jan 99999999999999999999 00:00:00 GMT",
        "Thu, 07 Sep 2023 10:00:00 +99999999999999999999",
        "Thu, 07 Sep 2023 99999999999999999999:00:00 GMT",
        "9" * 5000,
        "Thu, 07 Sep 2023 10:00:00",
    ],
)
def test_a_moment_that_is_none_or_of_no_sensible_year_is_unknown(text):
    assert moment_of(text) is None


def test_a_file_of_tomorrow_was_posted_when_it_was_fetched():
    fetched_at = datetime(2023, 9, 7, 10, tzinfo=UTC)
    earlier = {"last-modified": "Thu, 07 Sep 2023 05:00:00 -0400"}
    later = {"last-modified": "Fri, 08 Sep 2023 10:00:00 GMT"}
    assert posted_at(earlier, fetched_at) == datetime(2023, 9, 7, 9, tzinfo=UTC)
    assert posted_at(later, fetched_at) == fetched_at
    assert posted_at({}, fetched_at) is None


def test_an_error_whose_body_is_too_deep_is_told_without_its_reason():
    body = b'{"message":' + b"[" * 4000
    assert judge(400, {}, body, Form.JSON).words == "refuses: 400 Bad Request"
