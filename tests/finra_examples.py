"""FINRA's answers, made to measure."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

import httpx

HEADER = (
    "accountingYearMonthNumber|symbolCode|issueName|issuerServicesGroupExchangeCode|marketClassCode|"
    "currentShortPositionQuantity|previousShortPositionQuantity|stockSplitFlag|averageDailyVolumeQuantity|"
    "daysToCoverQuantity|revisionFlag|changePercent|changePreviousNumber|settlementDate"
)
CLASSES = ("NYSE", "NNM", "SC", "AMEX", "OTC")


def short_interest_file(day: date, count: int, first_symbol: str = "A0000") -> bytes:
    """A whole file of `count` rows; the first row's symbol may be chosen."""
    lines = [HEADER]
    for number in range(count):
        symbol = first_symbol if number == 0 else f"A{number:04d}"
        row = [f"{day:%Y%m%d}", symbol, f"Company {number}", "A", CLASSES[number % 5], 1000 + number, 900]
        lines.append("|".join(map(str, [*row, "", 500, "2.00", "", "11.11", 100 + number, day])))
    return ("\n".join(lines) + "\n").encode("latin-1")


def record(symbol: str, day: str, shares: int, previous: int, **others: Any) -> dict[str, Any]:
    """One row of the API."""
    return {
        "settlementDate": day,
        "symbolCode": symbol,
        "issueName": "Company",
        "marketClassCode": "NNM",
        "currentShortPositionQuantity": shares,
        "previousShortPositionQuantity": previous,
        "averageDailyVolumeQuantity": 500,
        "stockSplitFlag": None,
        "revisionFlag": None,
        **others,
    }


class Api:
    """Answers questions out of some rows, a page at a time, and remembers them."""

    def __init__(self, rows: Sequence[dict[str, Any]], *, page: int, total: int | None = None) -> None:
        self.rows, self.page = rows, page
        self.total = len(rows) if total is None else total
        self.questions: list[dict[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        question = json.loads(request.content)
        self.questions.append(question)
        start = question["offset"]
        rows = self.rows[start : start + min(self.page, question["limit"])]
        if not rows:
            return httpx.Response(204)
        return httpx.Response(200, json=rows, headers={"Record-Total": str(self.total)})
