"""FINRA's threshold list: over-the-counter securities that sellers have failed to deliver for days.

https://developer.finra.org/docs, dataset otcMarket/thresholdList; its own page reads the twin `vwthresholdList`, which
is open to everybody should the first ask for a key. Securities of the exchanges are on the exchanges' lists.
"""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Final

import pandas as pd

from providers.catalog import API_FINRA, FINRA_THRESHOLD
from providers.errors import MalformedError, NoDataError, PendingError, RefusedError
from providers.finra.query_api import QueryResult, Rows, query
from providers.http.client import Fetched
from providers.http.clients import Clients
from providers.parsing.boundary import parser
from providers.parsing.entry import column_of, enter, leave_out
from providers.thresholds.common import THRESHOLD, list_columns, snapshot_of

DATASETS: Final = ("thresholdList", "vwthresholdList")
"""The documented one, and the one FINRA's page reads."""


class FinraThreshold:
    """Fetches FINRA's threshold list of one session at a time."""

    def __init__(self, clients: Clients) -> None:
        """A provider that has asked nothing yet."""
        self._clients = clients

    async def fetch(self, session: date) -> Fetched:
        """The list of a session.

        Raises:
            PendingError: FINRA has no row of that session: it is not posted yet.
            MalformedError: the pages do not add up, or a field makes no sense.
            ProviderError: as `Client.get`.
        """
        result = await self._asked(session)
        rows = await asyncio.to_thread(
            parse_threshold_records, result.rows, f"{API_FINRA.name}, threshold list", session
        )
        return Fetched(snapshot=snapshot_of(rows, FINRA_THRESHOLD, session, None, result.fetched_at))

    async def _asked(self, session: date) -> QueryResult:
        question = {
            "compareFilters": [{"fieldName": "tradeDate", "fieldValue": f"{session}", "compareType": "EQUAL"}],
            # Only where the whole partition key is fixed may one sort, and unsorted pages may overlap.
            "sortFields": ["issueSymbolIdentifier"],
        }
        client = self._clients.of(API_FINRA, FINRA_THRESHOLD.name)
        try:
            try:
                return await query(client, DATASETS[0], question)
            except RefusedError:
                return await query(client, DATASETS[1], question)
        except NoDataError as error:
            raise PendingError(f"FINRA has not posted the threshold list of {session} yet") from error


@parser("FINRA's threshold list")
def parse_threshold_records(rows: Rows, where: str, session: date) -> pd.DataFrame:
    """The API's records as `THRESHOLD` has them.

    Before 2019 only `thresholdListFlag` was filled: R for companies that report to the SEC, NR for others.

    Raises:
        MalformedError: a record is of another day, lacks its symbol, or is there twice.
    """
    days = column_of(rows, "tradeDate")
    other = [at for at, day in enumerate(days) if day != f"{session}"]
    if other:
        words = f"{days[other[0]]!r} is not {session}"
        complaint = MalformedError(words, where=where, column="tradeDate", line=other[0] + 1, line_word="row")
        leave_out(len(other), len(days), complaint)
        rows = [row for row, day in zip(rows, days, strict=True) if day == f"{session}"]
    kind, is_threshold, is_rule_4320 = (
        [_text(value).upper() for value in column_of(rows, name)]
        for name in ("thresholdListFlag", "regShoThresholdFlag", "rule4320Flag")
    )
    described = zip(column_of(rows, "marketCategoryDescription"), column_of(rows, "marketClassCode"), strict=True)
    columns = list_columns(
        session,
        [_text(value) for value in column_of(rows, "issueSymbolIdentifier")],
        [_text(value) for value in column_of(rows, "issueName")],
        [_text(words) or _text(code) for words, code in described],
        [flag == "Y" if flag else old == "R" for flag, old in zip(is_threshold, kind, strict=True)],
        [flag == "Y" if flag else old == "NR" for flag, old in zip(is_rule_4320, kind, strict=True)],
    )
    return enter(THRESHOLD, columns, where)


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()
