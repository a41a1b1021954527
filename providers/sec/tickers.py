"""Asks the SEC which companies file under which ticker: names, exchanges and CIKs.

https://www.sec.gov/files/company_tickers_exchange.json, about ten thousand rows, several tickers to a company.
"""

from __future__ import annotations

from typing import Final

import pandas as pd

from providers.catalog import SEC_TICKERS, WWW_SEC
from providers.errors import BlockedError, MalformedError
from providers.feeds.feed import Ask
from providers.feeds.surroundings import Surroundings, same_question
from providers.http.client import Fetched
from providers.http.clients import Clients
from providers.http.verdicts import Form, posted_at
from providers.listings.symbols import from_dashes
from providers.parsing.boundary import parser
from providers.parsing.entry import enter, leave_out, read_json, record_of, require_rows
from providers.parsing.snapshots import snapshot_by
from providers.sec.common import with_advice
from shortside.datasets import Dataset
from shortside.schema import REFERENCE, Column, ColumnKind, FrameSchema
from shortside.sessions import new_york_date

PATH: Final = "/files/company_tickers_exchange.json"
FEWEST_ROWS: Final = 4_000
"""Fewer rows than the list ever had; a shorter one is cut."""
TICKERS: Final = FrameSchema(
    Dataset.REFERENCE,
    (*REFERENCE.columns, Column(name="cik", kind=ColumnKind.INTEGER, minimum=1)),
    key=REFERENCE.key,
)
"""`REFERENCE` with the number a company files under; country, sector and industry are not the SEC's to say here."""


@parser("the SEC's list of tickers")
def parse_tickers(body: bytes, valid_from: pd.Timestamp, fewest: int = FEWEST_ROWS) -> pd.DataFrame:
    """The list as `TICKERS` has it, in the list's order; symbols in our spelling.

    Args:
        body: the JSON file.
        valid_from: the day to write beside every row: the list says nothing of the past.
        fewest: rows below which the list is refused as cut.

    Raises:
        MalformedError: it is garbled or short.
    """
    where = "SEC tickers"
    record = record_of(read_json(body, where), where)
    fields, data = record.get("fields"), record.get("data")
    if not isinstance(fields, list) or not isinstance(data, list):
        raise MalformedError("has no fields and data", where=where)
    whole = [row for row in data if isinstance(row, list) and len(row) == len(fields)]
    if len(whole) < len(data):
        complaint = MalformedError("has rows that are not as long as its fields", where=where)
        leave_out(len(data) - len(whole), len(data), complaint)
    require_rows(len(data), fewest, where)
    rows = pd.DataFrame(whole, columns=fields, dtype=object)
    missing = {"cik", "name", "ticker", "exchange"} - set(fields)
    if missing:
        raise MalformedError("there is no such field", where=where, column=min(missing))
    rows = rows[rows["ticker"].map(lambda ticker: isinstance(ticker, str) and ticker != "")]
    rows = rows.assign(
        symbol=rows["ticker"].map(from_dashes),
        exchange=rows["exchange"].fillna("").astype(str).str.lower(),
        valid_from=valid_from,
        country="",
        sector="",
        industry="",
    )
    return enter(TICKERS, rows.drop_duplicates("symbol"), where)


class SecTickers:
    """Asks the SEC for its list of companies and their tickers."""

    def __init__(self, clients: Clients) -> None:
        """A provider that has asked nothing yet."""
        self._clients = clients

    async def fetch(self) -> Fetched:
        """The list as it is now; nothing where it has not changed.

        Raises:
            ProviderError: the SEC did not answer, turned us away, or garbled.
        """
        today = new_york_date(self._clients.moment())
        try:
            answer = await self._clients.of(WWW_SEC, SEC_TICKERS.name).get(
                PATH, lambda body: parse_tickers(body, pd.Timestamp(today)), form=Form.JSON, is_conditional=True
            )
        except BlockedError as error:
            raise with_advice(error, self._clients.contact) from error
        if answer.content is None:
            return Fetched(snapshot=None, receipts=(answer.receipt,))
        snapshot = snapshot_by(
            SEC_TICKERS,
            Dataset.REFERENCE,
            answer.content,
            as_of=today,
            published_at=posted_at(answer.headers, answer.fetched_at),
            fetched_at=answer.fetched_at,
        )
        return Fetched(snapshot=snapshot, receipts=(answer.receipt,))


def tickers_feed(surroundings: Surroundings) -> Ask:
    """Asks the SEC for its list of companies and tickers."""
    return same_question(SecTickers(surroundings.clients).fetch)
