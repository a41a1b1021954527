"""Opens the envelope of Nasdaq's web API, whose errors come with status 200."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from providers.errors import MalformedError, NoDataError
from providers.parsing.entry import read_json

NO_RECORD = "1002"
"""The code beside an empty answer that is none the less a good one."""
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def data_of(body: bytes, where: str) -> dict[str, Any]:
    """The data of an answer.

    Raises:
        NoDataError: the API says it has none (rCode 400).
        MalformedError: it is another kind of answer.
    """
    record = read_json(body, where)
    status = record.get("status") if isinstance(record, dict) else None
    if not isinstance(status, dict) or "rCode" not in status:
        raise MalformedError("has no status: it is no answer of Nasdaq's API", where=where)
    if status["rCode"] == 400:
        raise NoDataError(f"{where} has nothing: {_reason(status)}")
    if status["rCode"] != 200:
        raise MalformedError(f"answers with code {status['rCode']}: {_reason(status)}", where=where)
    data = record.get("data")
    if data is None and NO_RECORD in _codes(status):
        raise NoDataError(f"{where} has nothing: {_reason(status)}")
    if not isinstance(data, dict):
        raise MalformedError("holds no data, and says that all is well", where=where)
    return data


def _codes(status: dict[str, Any]) -> set[str]:
    told = status.get("bCodeMessage")
    return {str(one.get("code")) for one in told if isinstance(one, dict)} if isinstance(told, list) else set()


def _reason(status: dict[str, Any]) -> str:
    codes = status.get("bCodeMessage")
    first = codes[0] if isinstance(codes, list) and codes and isinstance(codes[0], dict) else {}
    return str(first.get("errorMessage") or status.get("developerMessage") or "no reason given")[:120]


def day_of(text: str, where: str) -> date:
    """The day in words such as `Last price as of Feb 24, 2023`.

    Raises:
        MalformedError: there is none.
    """
    found = re.search(r"\b([A-Z][a-z]{2})[a-z]*\.? (\d{1,2}), (\d{4})", text)
    # Not strptime: a month's name depends on the user's locale there.
    if found is None or found[1] not in MONTHS:
        raise MalformedError(f"{text[:60]!r} names no day", where=where)
    try:
        return date(int(found[3]), MONTHS.index(found[1]) + 1, int(found[2]))
    except ValueError as error:
        raise MalformedError(f"{text[:60]!r} names no day", where=where) from error
