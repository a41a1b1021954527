"""FINRA's short interest: one file for the whole market of a settlement date, and the history of single names.

Files: https://www.finra.org/finra-data/browse-catalog/equity-short-interest/files
API: https://developer.finra.org/docs, dataset otcMarket/consolidatedShortInterest, open without a key.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np
import pandas as pd

from providers.catalog import API_FINRA, CDN_FINRA, FINRA_SHORT_INTEREST
from providers.errors import MalformedError, PendingError, ProviderError
from providers.feeds.feed import Ask, Delivery
from providers.feeds.surroundings import Surroundings, newest_held
from providers.finra import short_interest_file
from providers.finra.query_api import QueryResult, Rows, partitions, query
from providers.http.client import Fetched
from providers.http.clients import Clients
from providers.http.verdicts import Form
from providers.parsing.boundary import parser
from providers.parsing.entry import cells_of, enter
from providers.parsing.snapshots import snapshot_by
from shortside.datasets import Dataset
from shortside.schema import SHORT_INTEREST
from shortside.sessions import new_york_date
from shortside.settlement import cycle_of, latest_published
from shortside.snapshot import Snapshot

DATASET: Final = "consolidatedShortInterest"
FIRST_FILE: Final = date(2021, 6, 15)
"""The first settlement date whose file holds the exchanges' issues too; the API reaches back further."""
FIRST_CYCLE: Final = date(2017, 12, 29)
"""The first settlement date the API has."""
FEWEST_ROWS: Final = 10_000
"""A file with fewer is cut off: every cycle since 2018 has over 15,000."""
FINAL_AFTER: Final = timedelta(days=1)
"""How long after publication a file is looked at once more; then it is never asked for again."""
NEEDED_CLASSES: Final = frozenset({"NYSE", "NNM", "SC", "AMEX"})
"""Market classes a whole market has rows of."""
MOST_SYMBOLS: Final = 50
"""Symbols asked for at once: 50 histories of nine years are 10,000 rows, two pages."""


class FinraShortInterest:
    """Fetches positions; the calendar says when to ask, `fetch_partitions` says what there is."""

    def __init__(self, clients: Clients, *, fewest_rows: int = FEWEST_ROWS) -> None:
        """A provider that has asked nothing yet.

        Args:
            clients: where its hosts are found.
            fewest_rows: how many rows a whole market has at least.
        """
        self._clients = clients
        self._fewest_rows = fewest_rows

    async def fetch_partitions(self) -> tuple[date, ...]:
        """The settlement dates FINRA has published, newest first; one request.

        Raises:
            MalformedError: the list makes no sense.
            ProviderError: as `Client.get`.
        """
        values = await partitions(self._clients.of(API_FINRA, FINRA_SHORT_INTEREST.name), DATASET, "settlementDate")
        return settlement_dates(values)

    async def fetch_cycle(self, settlement_date: date, *, anew: bool = False) -> Fetched:
        """The whole market on a settlement date: one file, or the API's pages before there were files.

        Args:
            settlement_date: a day of FINRA's calendar.
            anew: ask even for what was kept before.

        Raises:
            PendingError: it is not posted yet.
            NotASettlementDateError: nobody reports that day.
            MalformedError: it is cut off, garbled, or of another day.
            ProviderError: as `Client.get`.
        """
        cycle = cycle_of(settlement_date)
        if settlement_date < FIRST_FILE:
            return await self._fetch_pages(settlement_date)
        name = f"shrt{settlement_date:%Y%m%d}.csv"
        answer = await self._clients.of(CDN_FINRA, FINRA_SHORT_INTEREST.name).get(
            f"/equity/otcmarket/biweekly/{name}",
            lambda body: parse_cycle(body, name, settlement_date, self._fewest_rows),
            form=Form.TEXT,
            is_expected=True,
            is_conditional=not anew,
        )
        is_final = answer.fetched_at - cycle.published_at >= FINAL_AFTER
        receipt = answer.receipt.final(is_final)
        if answer.content is None:
            return Fetched(snapshot=None, receipts=(receipt,))
        return Fetched(snapshot=_snapshot(answer.content, settlement_date, answer.fetched_at), receipts=(receipt,))

    async def fetch_history(
        self, symbols: Sequence[str], *, since: date = FIRST_CYCLE, until: date | None = None
    ) -> Fetched:
        """Every cycle of a few names, oldest first within a name, as first published.

        Args:
            symbols: in FINRA's spelling (`BRKB`), at most `MOST_SYMBOLS`.
            since: the first settlement date wanted.
            until: the last; None for the newest.

        Raises:
            NoDataError: FINRA knows none of them.
            MalformedError: the pages do not add up.
            ProviderError: as `Client.get`.
        """
        if not 0 < len(symbols) <= MOST_SYMBOLS:
            raise ValueError(f"{len(symbols)} symbols at once; from 1 to {MOST_SYMBOLS} can be asked for")
        last = until or new_york_date(self._clients.moment())
        result = await self._query(
            domainFilters=[{"fieldName": "symbolCode", "values": sorted(symbols)}],
            dateRangeFilters=[{"fieldName": "settlementDate", "startDate": f"{since}", "endDate": f"{last}"}],
        )
        return await self._fetched(result, "history", None)

    async def _fetch_pages(self, settlement_date: date) -> Fetched:
        result = await self._query(
            compareFilters=[
                {"fieldName": "settlementDate", "fieldValue": f"{settlement_date}", "compareType": "EQUAL"}
            ],
            # Only where the whole partition key is fixed may one sort, and unsorted pages may overlap.
            sortFields=["symbolCode"],
        )
        return await self._fetched(result, f"cycle of {settlement_date}", settlement_date)

    async def _query(self, **filters: object) -> QueryResult:
        question = {"fields": list(short_interest_file.COLUMNS), **filters}
        return await query(self._clients.of(API_FINRA, FINRA_SHORT_INTEREST.name), DATASET, question)

    async def _fetched(self, result: QueryResult, where: str, settlement_date: date | None) -> Fetched:
        reports = await asyncio.to_thread(parse_api_records, result.rows, f"{API_FINRA.name}, {where}")
        if settlement_date is not None:
            require_whole(reports, where, self._fewest_rows)
        as_of = settlement_date or reports["settlement_date"].max().date()
        return Fetched(snapshot=_snapshot(reports, as_of, result.fetched_at))


@parser("FINRA short interest")
def parse_cycle(body: bytes, where: str, settlement_date: date, fewest_rows: int = FEWEST_ROWS) -> pd.DataFrame:
    """A file's rows as `SHORT_INTEREST` has them.

    Raises:
        MalformedError: it is another kind of file, of another day, cut off, or not the whole market.
    """
    reports = short_interest_file.parse_short_interest_file(body, where, settlement_date=settlement_date, forgives=True)
    require_whole(reports, where, fewest_rows)
    return reports


@parser("FINRA short interest")
def parse_api_records(rows: Rows, where: str) -> pd.DataFrame:
    """The API's records as `SHORT_INTEREST` has them, by symbol and settlement date.

    Raises:
        MalformedError: a field is missing, makes no sense, or a row is there twice.
    """
    columns = {ours: cells_of(rows, theirs) for theirs, ours in short_interest_file.COLUMNS.items()}
    reports = enter(SHORT_INTEREST, columns, where)
    return reports.sort_values(["symbol", "settlement_date"], ignore_index=True)


def require_whole(reports: pd.DataFrame, where: str, fewest_rows: int) -> None:
    """Let a frame pass that can be the whole market.

    Raises:
        MalformedError: there are too few rows, or none of an exchange.
    """
    if len(reports) < fewest_rows:
        raise MalformedError(f"has {len(reports):,} rows, and the market at least {fewest_rows:,}", where=where)
    missing = sorted(NEEDED_CLASSES - set(reports["market_class"].unique()))
    if fewest_rows and missing:
        raise MalformedError(f"has no rows of {', '.join(missing)}", where=where, column="marketClassCode")


def settlement_dates(values: Sequence[str]) -> tuple[date, ...]:
    """Partition values as days, newest first, each once.

    Raises:
        MalformedError: one is no day.
    """
    try:
        return tuple(sorted({date.fromisoformat(value) for value in values}, reverse=True))
    except ValueError as error:
        words = f"not all are days ({error}): {', '.join(values)[:80]}"
        raise MalformedError(words, where=f"{API_FINRA.name}, partitions") from error


def revisions(history: pd.DataFrame) -> pd.DataFrame:
    """What FINRA corrected later: settlement_date, symbol, first_published, revised (shares), revised_on.

    A partition is never rewritten: the revised figure is only seen as the next cycle's previous one. Where a split
    lies between them the two are on different bases, so those rows are left out.

    Args:
        history: as `SHORT_INTEREST`, any order; consecutive cycles of a symbol.
    """
    rows = history.sort_values(["symbol", "settlement_date"], ignore_index=True)
    following = rows.shift(-1)
    is_same_symbol = rows["symbol"].to_numpy() == following["symbol"].to_numpy(object, na_value="")
    is_split = following["split_flag"].eq(True).to_numpy()
    is_revised = following["revision_flag"].eq(True).to_numpy()
    chosen = np.flatnonzero(is_same_symbol & is_revised & ~is_split)
    return pd.DataFrame(
        {
            "settlement_date": rows["settlement_date"].to_numpy()[chosen],
            "symbol": rows["symbol"].to_numpy()[chosen],
            "first_published": rows["short_interest"].to_numpy()[chosen],
            "revised": rows["prev_short_interest"].to_numpy()[chosen + 1],
            "revised_on": rows["settlement_date"].to_numpy()[chosen + 1],
        }
    )


def _snapshot(reports: pd.DataFrame, as_of: date, fetched_at: datetime) -> Snapshot:
    published_at = cycle_of(as_of).published_at
    return snapshot_by(
        FINRA_SHORT_INTEREST,
        Dataset.SHORT_INTEREST,
        reports,
        as_of=as_of,
        # FINRA is early now and then; nothing is known before it was published.
        published_at=min(published_at, fetched_at),
        fetched_at=fetched_at,
    )


def settlement_feed(surroundings: Surroundings) -> Ask:
    """Asks FINRA for the newest settlement: first which are published, and for the file only when it is among them."""
    provider = FinraShortInterest(surroundings.clients, **surroundings.least())

    async def ask() -> Delivery:
        source = FINRA_SHORT_INTEREST
        held = await asyncio.to_thread(newest_held, surroundings.archive, source.datasets, source.name)
        expected = latest_published(surroundings.clock()).settlement_date
        complaints: tuple[str, ...] = ()
        try:
            newest = (await provider.fetch_partitions())[0]
        except ProviderError as error:
            # The list and the files are on two hosts; the calendar knows as well which file to try.
            newest, complaints = expected, (str(error),)
        if held is not None and newest <= held.as_of < expected:
            raise PendingError(f"FINRA has not published the settlement of {expected} yet")
        fetched = await provider.fetch_cycle(newest)
        return Delivery(fetched=(fetched,), complaints=complaints)

    return ask
