"""Judges a provider's answer before anybody parses it: data, nothing, not yet, a wall, or trouble.

Status codes alone do not tell. These publishers have ways of their own: FINRA's CDN says 403 for
a file that is not there yet, Nasdaq says 200 for an error, the SEC says 200 for "go away".
"""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from http import HTTPStatus
from typing import Any, Final

from providers.errors import (
    BlockedError,
    MalformedError,
    NoDataError,
    PendingError,
    ProviderError,
    RefusedError,
    SentElsewhereError,
    ThrottledError,
    UnreachableError,
)
from shortside.datasets import Quality


class Form(Enum):
    """What the answer should look like."""

    JSON = "JSON"
    TEXT = "delimited text"
    BINARY = "a compressed file"


@dataclass(frozen=True, slots=True)
class Verdict:
    """How an answer turned out, and in which words to say so."""

    quality: Quality
    words: str = ""
    """A phrase that follows the host's name; empty for a good answer."""


LONGEST_RETRY_AFTER_SECONDS: Final = 86_400.0
"""The longest quiet a host may ask for, a day: one that says years is in error, and is asked again tomorrow."""
EARLIEST_YEAR: Final = 1970
LATEST_YEAR: Final = 2200
"""Years between which a moment in a header is believed."""
_OK: Final = Verdict(Quality.OK)
_HEAD: Final = 4096
"""Bytes looked at; walls announce themselves early."""
_MISSING: Final = (b"<Code>AccessDenied<", b"<Code>NoSuchKey<")
_WALLS: Final = (
    (b"undeclared automated tool", "takes us for an undeclared automated tool"),
    (b"request rate threshold exceeded", "says its request rate threshold is exceeded"),
    (b"checking your browser", "wants to check our browser"),
    (b"enable javascript", "wants a browser with JavaScript"),
    (b"captcha", "wants a captcha solved"),
    (b"_incapsula_", "asks whether we are a robot"),
    (b"before you continue", "shows a consent page"),
    (b"access denied", "denies us access"),
)
_CRUMB_TEXTS: Final = (b"too many requests", b"invalid crumb", b"unauthorized", b"edge: too many requests")
"""Complaints some services send as a plain text with status 200; one was once stored as a crumb."""
_OPENINGS: Final = {Form.JSON: (b"{", b"["), Form.BINARY: (b"PK", b"\x1f\x8b")}


def judge(
    status: int, headers: Mapping[str, str], body: bytes, form: Form | None, *, is_expected: bool = False
) -> Verdict:
    """What to make of an answer.

    Args:
        status: the HTTP status.
        headers: the answer's headers, by any case if the mapping allows.
        body: the whole body, decoded.
        form: what was asked for; None for a web page, which is a wall only if its title says so.
        is_expected: whether it should be there by the calendar; then its absence means "not yet".
    """
    head = body[:_HEAD].lstrip(b"\xef\xbb\xbf \r\n\t")
    if status in {403, 404} and _is_missing(status, head):
        return _missing(is_expected)
    if status == HTTPStatus.NO_CONTENT:
        return Verdict(Quality.EMPTY, "has no rows for this")
    if status >= 500:
        return Verdict(Quality.ERROR, f"is in trouble: {_status_words(status)}")
    wall = _wall(head) if form is not None or status >= 300 else _titled(head)
    if wall:
        return Verdict(Quality.BLOCKED, f"{wall} instead of sending data ({_status_words(status)})")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Verdict(Quality.ERROR, "asks us to slow down")
    if 300 <= status < 400:
        return Verdict(Quality.BLOCKED, f"sends us elsewhere, to {headers.get('location', 'nowhere')[:80]}")
    if status >= 400:
        return Verdict(Quality.ERROR, f"refuses: {_status_words(status)}{_message(head, body)}")
    return _judge_content(head, headers, form)


def _is_missing(status: int, head: bytes) -> bool:
    # FINRA's and the SEC's files sit in S3, which denies what it does not have.
    return any(mark in head for mark in _MISSING) or (status == HTTPStatus.NOT_FOUND and not _is_message(head))


def _is_message(head: bytes) -> bool:
    """Whether a service explains itself in JSON: then it is no missing file, but a wrong question."""
    return head.startswith(b"{")


def _missing(is_expected: bool) -> Verdict:
    if is_expected:
        return Verdict(Quality.PENDING, "has not posted it yet")
    return Verdict(Quality.EMPTY, "has no such file")


def _wall(head: bytes) -> str:
    text = head.lower()
    if text.startswith((b"<!doctype html", b"<html")) or b"<html" in text[:512]:
        return next((words for mark, words in _WALLS if mark in text), "shows a web page")
    if len(text) < 200 and text.rstrip() in _CRUMB_TEXTS:
        return f"says {head.decode('latin-1').strip()!r}"
    return ""


def _titled(head: bytes) -> str:
    """What a page says of itself where its title names a wall; a page that was asked for may mention one elsewhere."""
    title = re.search(rb"<title[^>]*>([^<]*)", head, re.IGNORECASE)
    text = title[1].lower() if title else b""
    return next((words for mark, words in _WALLS if mark in text), "")


def _judge_content(head: bytes, headers: Mapping[str, str], form: Form | None) -> Verdict:
    if not head:
        wanted = "a page" if form is None else form.value
        return Verdict(Quality.ERROR, f"answered 200 with nothing instead of {wanted}")
    if form is None:
        return _OK
    openings = _OPENINGS.get(form)
    if openings is not None and not head.startswith(openings):
        return Verdict(Quality.ERROR, f"sent something that is not {form.value}, beginning {_glimpse(head)}")
    if form is Form.TEXT and (head.startswith((b"{", b"[", b"<")) or _is_binary(head)):
        kind = headers.get("content-type", "no type")
        return Verdict(Quality.ERROR, f"sent something that is not {form.value} ({kind}), beginning {_glimpse(head)}")
    return _OK


def _is_binary(head: bytes) -> bool:
    return re.search(rb"[\x00-\x08\x0e-\x1f]", head) is not None


def _glimpse(head: bytes) -> str:
    return ascii(head[:24].decode("latin-1"))


def _status_words(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _message(head: bytes, body: bytes) -> str:
    """The reason a JSON error gives, cut to a line."""
    if not _is_message(head) or len(body) > _HEAD:
        return ""
    try:
        record: Any = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    fields = (record.get(key) for key in ("message", "error", "statusDescription"))
    text = next((field for field in fields if isinstance(field, str)), "")
    return f" ({text[:160]})" if text else ""


def error_of(verdict: Verdict, host: str, status: int, retry_after: float | None) -> ProviderError:
    """The error that says of a host what its verdict found; for every verdict but OK."""
    sentence = f"{host} {verdict.words}"
    if verdict.quality is Quality.EMPTY:
        return NoDataError(sentence)
    if verdict.quality is Quality.PENDING:
        return PendingError(sentence)
    # In whatever words or page it comes: it is about how often, and says or implies for how long.
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return ThrottledError(sentence, retry_after=retry_after)
    if verdict.quality is Quality.BLOCKED:
        return SentElsewhereError(sentence) if 300 <= status < 400 else BlockedError(sentence)
    if status >= 500:
        return UnreachableError(sentence)
    if status >= 400:
        return RefusedError(sentence)
    return MalformedError(verdict.words, where=host)


def retry_after_of(headers: Mapping[str, str]) -> float | None:
    """Seconds the answer asks us to wait, a day at most; None where it does not say, or says it badly.

    A moment is taken against the answer's own Date: our clock may be wrong, or another one.
    """
    text = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,300}(\.[0-9]{1,300})?", text):
        return min(float(text), LONGEST_RETRY_AFTER_SECONDS)
    until, date = moment_of(text), moment_of(headers.get("date", ""))
    if until is None or date is None:
        return None
    return min(max(0.0, (until - date).total_seconds()), LONGEST_RETRY_AFTER_SECONDS)


def moment_of(text: str) -> datetime | None:
    """A moment as HTTP writes it, UTC; None where it is none, or of no year in which anybody answers us."""
    try:
        moment = parsedate_to_datetime(text)
        if moment.tzinfo is None or not EARLIEST_YEAR < moment.year < LATEST_YEAR:
            return None
    # Numbers of a server's choosing: a year beyond every integer is an overflow.
    except (ValueError, TypeError, LookupError, ArithmeticError):
        return None
    return moment.astimezone(UTC)


def posted_at(headers: Mapping[str, str], fetched_at: datetime) -> datetime | None:
    """The moment the source last changed the file, by its `Last-Modified`; None where it does not say.

    Args:
        headers: of the answer.
        fetched_at: when it came: a file of tomorrow would not be known today, so later moments are this one.
    """
    moment = moment_of(headers.get("last-modified", ""))
    return None if moment is None else min(moment, fetched_at)


def mistrust_behind(error: BaseException | None) -> ssl.SSLCertVerificationError | None:
    """The refused certificate for which a connection failed; None where it failed for something else."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error
        error = error.__cause__ or error.__context__
    return None
