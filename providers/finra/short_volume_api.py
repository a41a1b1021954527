"""FINRA's daily short sale volume from its Query API: a name's last twelve months, or a session whose file is refused.

https://developer.finra.org/docs, dataset otcMarket/regShoDaily. A row a facility, name and session, to be added up; the
file of `finra_short_volume` holds the sums of a session in one request where this takes eight.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

import pandas as pd

from providers.catalog import API_FINRA, FINRA_REG_SHO_DAILY
from providers.errors import MalformedError, NoDataError, PendingError
from providers.finra.query_api import QueryResult, Rows, query
from providers.finra.short_volume import FEWEST_ROWS, POSTED_BY, SHORT_VOLUME, from_tape
from providers.http.client import Fetched
from providers.http.clients import Clients
from providers.parsing.boundary import parser
from providers.parsing.entry import cells_of, enter, require_rows
from providers.parsing.snapshots import snapshot_by
from shortside.datasets import Dataset
from shortside.sessions import NEW_YORK, is_session, new_york_date
from shortside.snapshot import Snapshot

DATASET: Final = "regShoDaily"
API_REACH: Final = timedelta(days=365)
"""How far back the API reaches."""
MOST_SYMBOLS: Final = 5
"""Symbols asked for at once: a year of one is 252 sessions at up to four facilities, so five are a page."""
_SYMBOL: Final = "securitiesInformationProcessorSymbolIdentifier"
_VOLUMES: Final = {
    "short_volume": "shortParQuantity",
    "short_exempt_volume": "shortExemptParQuantity",
    "total_volume": "totalParQuantity",
}
"""Our names of the volumes and FINRA's; short volume includes exempt volume, in the API and in the files."""
_FIELDS: Final = ("tradeReportDate", _SYMBOL, *_VOLUMES.values(), "marketCode")


class FinraRegShoDaily:
    """Fetches sums over the facilities, of a session or of a few names."""

    def __init__(self, clients: Clients, *, fewest_rows: int = FEWEST_ROWS) -> None:
        """A provider that has asked nothing yet.

        Args:
            clients: where its host is found.
            fewest_rows: how many names a session has at least.
        """
        self._clients = clients
        self._fewest_rows = fewest_rows

    async def fetch_session(self, session: date) -> Fetched:
        """All names of a session; about eight pages.

        Raises:
            NoDataError: New York does not trade on that day; nothing was asked.
            PendingError: FINRA has no row of it yet.
            MalformedError: the pages do not add up, or are not the whole session.
            ProviderError: as `Client.get`.
        """
        if not is_session(session):
            raise NoDataError(f"there is no short volume of {session}: New York does not trade on that {session:%A}")
        try:
            result = await self._query(
                compareFilters=[{"fieldName": "tradeReportDate", "fieldValue": f"{session}", "compareType": "EQUAL"}],
                # Only where the whole partition key is fixed may one sort, and unsorted pages may overlap.
                sortFields=[_SYMBOL],
            )
        except NoDataError as error:
            raise PendingError(f"FINRA has not posted the short volume of {session} yet") from error
        where = f"{API_FINRA.name}, short volume of {session}"
        rows = await asyncio.to_thread(parse_facility_records, result.rows, where)
        require_rows(len(rows), self._fewest_rows, where)
        if (rows["date"] != pd.Timestamp(session)).any():
            raise MalformedError(f"has rows of other days than {session}", where=where, column="tradeReportDate")
        return Fetched(snapshot=_snapshot(rows, session, result.fetched_at))

    async def fetch_history(self, symbols: Sequence[str], *, since: date | None = None) -> Fetched:
        """Every session of a few names that the API still has, oldest first within a name.

        Args:
            symbols: in the tape's spelling (`BRK/B`, `ABRpD`), at most `MOST_SYMBOLS`.
            since: the first session wanted; None for as far back as the API reaches.

        Raises:
            NoDataError: FINRA knows none of them.
            MalformedError: the pages do not add up.
            ProviderError: as `Client.get`.
        """
        if not 0 < len(symbols) <= MOST_SYMBOLS:
            raise ValueError(f"{len(symbols)} symbols at once; from 1 to {MOST_SYMBOLS} can be asked for")
        last = new_york_date(self._clients.moment())
        first = max(since or date.min, last - API_REACH)
        result = await self._query(
            domainFilters=[{"fieldName": _SYMBOL, "values": sorted(symbols)}],
            dateRangeFilters=[{"fieldName": "tradeReportDate", "startDate": f"{first}", "endDate": f"{last}"}],
        )
        rows = await asyncio.to_thread(parse_facility_records, result.rows, f"{API_FINRA.name}, short volume history")
        return Fetched(snapshot=_snapshot(rows, rows["date"].max().date(), result.fetched_at))

    async def _query(self, **filters: object) -> QueryResult:
        return await query(
            self._clients.of(API_FINRA, FINRA_REG_SHO_DAILY.name), DATASET, {"fields": list(_FIELDS), **filters}
        )


@parser("FINRA short volume")
def parse_facility_records(rows: Rows, where: str) -> pd.DataFrame:
    """The API's records as `SHORT_VOLUME` has them, facilities added up, by symbol and session.

    Raises:
        MalformedError: a field is missing or makes no sense, or a facility is there twice for one name and session.
    """
    fields = {"date": "tradeReportDate", "symbol": _SYMBOL, **_VOLUMES, "market": "marketCode"}
    # With the facility in the key: the same row twice would be added up to twice the volume.
    facilities = enter(_BY_FACILITY, {name: cells_of(rows, field) for name, field in fields.items()}, where)
    added = facilities.groupby(["symbol", "date"], sort=True, as_index=False).agg(
        {**dict.fromkeys(_VOLUMES, "sum"), "market": _together}
    )
    entered = enter(SHORT_VOLUME, added.assign(symbol=from_tape(added["symbol"])), where)
    entered.attrs |= facilities.attrs
    return entered


def _together(facilities: pd.Series[str]) -> str:
    """As the files write them: `B,N,Q`."""
    return ",".join(sorted(facilities))


_BY_FACILITY: Final = type(SHORT_VOLUME)(SHORT_VOLUME.dataset, SHORT_VOLUME.columns, (*SHORT_VOLUME.key, "market"))


def _snapshot(rows: pd.DataFrame, as_of: date, fetched_at: datetime) -> Snapshot:
    posted_at = datetime.combine(as_of, POSTED_BY, NEW_YORK)
    return snapshot_by(
        FINRA_REG_SHO_DAILY,
        Dataset.SHORT_VOLUME,
        rows.reset_index(drop=True),
        as_of=as_of,
        published_at=min(posted_at, fetched_at),
        fetched_at=fetched_at,
    )
