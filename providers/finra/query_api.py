"""Asks FINRA's Query API and puts its pages together; half a result never leaves here.

https://developer.finra.org/docs; a page ends at `limit` rows or at 3 MB, whichever comes first, so only `Record-Total`
says when all rows are there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from providers.errors import MalformedError, NoDataError
from providers.http.client import Client
from providers.http.verdicts import Form
from providers.parsing.boundary import parser
from providers.parsing.entry import read_json, rows_of

ROWS_A_PAGE: Final = 5_000
"""Rows asked for at a time; the API gives no more."""
MOST_PAGES: Final = 12
"""A whole market takes five; more than this is a loop."""

Rows = list[dict[str, Any]]


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class QueryResult:
    """All rows of one question."""

    rows: Rows
    pages: int
    fetched_at: datetime
    """When the last page was there, UTC."""


@parser("a page of FINRA's rows")
def parse_page(body: bytes, where: str) -> Rows:
    """The records of one page.

    Raises:
        MalformedError: it is no list of records.
    """
    return rows_of(read_json(body, where), where)


async def query(client: Client, dataset: str, question: Mapping[str, Any]) -> QueryResult:
    """Every row that meets the question.

    Args:
        client: of api.finra.org.
        dataset: its name in the group otcMarket.
        question: fields and filters; `limit` and `offset` are set here.

    Raises:
        NoDataError: no row does.
        MalformedError: the pages do not add up to the total they state.
        ProviderError: as `Client.get`.
    """
    path = f"/data/group/otcMarket/name/{dataset}"
    where = f"{client.host.name}, {dataset}"
    rows: Rows = []
    total: int | None = None
    for page in range(1, MOST_PAGES + 1):
        try:
            answer = await client.post(
                path, {**question, "limit": ROWS_A_PAGE, "offset": len(rows)}, lambda body: parse_page(body, where)
            )
        except NoDataError as error:
            if not rows:
                raise
            raise MalformedError(f"ends after {len(rows):,} of {total:,} rows", where=where) from error
        total = _total(answer.headers, total, where)
        rows += answer.content or []
        if len(rows) >= total or not answer.content:
            return QueryResult(rows=_complete(rows, total, where), pages=page, fetched_at=answer.fetched_at)
    raise MalformedError(f"gave {len(rows):,} of {total:,} rows in {MOST_PAGES} pages", where=where)


def _total(headers: Mapping[str, str], earlier: int | None, where: str) -> int:
    text = headers.get("record-total", "")
    if not text.isdigit():
        raise MalformedError("does not say how many rows there are (Record-Total)", where=where)
    total = int(text)
    if earlier is not None and total != earlier:
        raise MalformedError(f"changed while we read it: {earlier:,} rows became {total:,}", where=where)
    return total


def _complete(rows: Rows, total: int, where: str) -> Rows:
    if len(rows) != total:
        raise MalformedError(f"gave {len(rows):,} rows and states {total:,}", where=where)
    if not rows:
        raise NoDataError(f"{where} has no rows for this")
    return rows


async def partitions(client: Client, dataset: str, field: str) -> list[str]:
    """The values of the dataset's one partition field, as the API lists them.

    Raises:
        MalformedError: the list is empty, or not one of that field.
        ProviderError: as `Client.get`.
    """
    where = f"{client.host.name}, partitions of {dataset}"
    answer = await client.get(
        f"/partitions/group/otcMarket/name/{dataset}", lambda body: parse_partitions(body, where, field), form=Form.JSON
    )
    return answer.content or []


@parser("FINRA partitions")
def parse_partitions(body: bytes, where: str, field: str) -> list[str]:
    """The partition values of an answer.

    Raises:
        MalformedError: it is something else, or empty.
    """
    record = read_json(body, where)
    if not isinstance(record, dict) or record.get("partitionFields") != [field]:
        raise MalformedError(f"is no list of partitions by {field}", where=where)
    values = [row.get("partitions") for row in rows_of(record.get("availablePartitions"), where)]
    if not values or not all(isinstance(value, list) and len(value) == 1 for value in values):
        raise MalformedError(f"lists no partitions by {field}", where=where)
    return [str(value[0]) for value in values if isinstance(value, list)]
