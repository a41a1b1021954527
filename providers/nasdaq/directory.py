"""Nasdaq's directory of all traded securities: the Rosetta table of symbols, and which of them are funds.

https://www.nasdaqtrader.com/trader.aspx?id=symboldirdefs describes `nasdaqtraded.txt`.
"""

from __future__ import annotations

import asyncio
import csv
import io
import re
from datetime import datetime
from typing import Final

import numpy as np
import pandas as pd

from providers.catalog import NASDAQ_DIRECTORY, NASDAQ_TRADER
from providers.errors import BlockedError, MalformedError
from providers.feeds.feed import Ask
from providers.feeds.surroundings import Surroundings, same_question
from providers.http.client import Fetched
from providers.http.clients import Clients
from providers.http.verdicts import Form
from providers.listings.symbols import canonical
from providers.nasdaq.trader_ftp import TraderFtp
from providers.parsing.boundary import parser
from providers.parsing.entry import enter, even_lines
from providers.parsing.snapshots import snapshot_by
from shortside.column_cells import Columns
from shortside.datasets import Dataset
from shortside.schema import Column, ColumnKind, FrameSchema
from shortside.sessions import NEW_YORK, in_utc, new_york_date
from shortside.snapshot import Snapshot

FILE: Final = "nasdaqtraded.txt"
PATH: Final = f"/dynamic/SymDir/{FILE}"
FEWEST_ROWS: Final = 5_000
"""A directory with fewer is cut off: there are over 10,000 securities."""
EXCHANGES: Final = {"Q": "nasdaq", "N": "nyse", "A": "amex", "P": "arca", "Z": "bzx", "V": "iex"}
"""Nasdaq's letters of listing exchanges and our names."""
_COLUMNS: Final = {
    "Symbol": "symbol",
    "Security Name": "name",
    "Listing Exchange": "exchange",
    "Market Category": "market_category",
    "ETF": "is_fund",
    "Test Issue": "is_test",
    "Financial Status": "financial_status",
    "CQS Symbol": "tape_symbol",
    "NASDAQ Symbol": "nasdaq_symbol",
}
_TRAILER: Final = re.compile(rb"File Creation Time: ?(\d{2})(\d{2})(\d{4})(\d{2}):(\d{2})")


def _text(name: str) -> Column:
    return Column(name=name, kind=ColumnKind.TEXT, is_nullable=name != "symbol")


DIRECTORY: Final = FrameSchema(
    Dataset.REFERENCE,
    (
        _text("symbol"),
        _text("name"),
        _text("exchange"),
        _text("market_category"),
        Column(name="is_fund", kind=ColumnKind.FLAG),
        Column(name="is_test", kind=ColumnKind.FLAG),
        _text("financial_status"),
        _text("tape_symbol"),
        _text("nasdaq_symbol"),
    ),
    key=("symbol",),
)
"""Every security by our spelling (`BRK.B`, `ABR^D`), with the consolidated tape's (`ABRpD`) and Nasdaq's (`ABR-D`)."""


class NasdaqDirectory:
    """Fetches the directory; one request, none of a body where it did not change."""

    def __init__(self, clients: Clients, ftp_address: str | None = None, *, fewest_rows: int = FEWEST_ROWS) -> None:
        """A provider that has asked nothing yet.

        Args:
            clients: where its host is found.
            ftp_address: `HOST:PORT` that stands for the site's FTP server.
            fewest_rows: how many rows the directory has at least.
        """
        self._clients = clients
        self._ftp = TraderFtp(clients, NASDAQ_DIRECTORY.name, ftp_address)
        self._fewest_rows = fewest_rows

    async def fetch(self, *, anew: bool = False) -> Fetched:
        """The directory; `as_of` is the New York day it was made on.

        Raises:
            BlockedError: the site asks whether we are a robot, and its FTP server gives nothing either.
            MalformedError: it is cut off or garbled.
            ProviderError: as `Client.get`.
        """
        try:
            answer = await self._clients.of(NASDAQ_TRADER, NASDAQ_DIRECTORY.name).get(
                PATH, self._parsed, form=Form.TEXT, is_conditional=not anew
            )
        except BlockedError as error:
            body = await self._ftp.instead(error, FILE)
            return Fetched(snapshot=_snapshot(*await asyncio.to_thread(self._parsed, body), self._clients.moment()))
        if answer.content is None:
            return Fetched(snapshot=None, receipts=(answer.receipt,))
        return Fetched(snapshot=_snapshot(*answer.content, answer.fetched_at), receipts=(answer.receipt,))

    def _parsed(self, body: bytes) -> tuple[pd.DataFrame, datetime]:
        return parse_directory(body, FILE, self._fewest_rows)


def _snapshot(securities: pd.DataFrame, made_at: datetime, fetched_at: datetime) -> Snapshot:
    return snapshot_by(
        NASDAQ_DIRECTORY,
        Dataset.REFERENCE,
        securities,
        as_of=new_york_date(made_at),
        published_at=made_at,
        fetched_at=fetched_at,
    )


@parser("the symbol directory")
def parse_directory(body: bytes, where: str, fewest_rows: int = FEWEST_ROWS) -> tuple[pd.DataFrame, datetime]:
    """The securities as `DIRECTORY` has them, and when the file was made, UTC.

    Raises:
        MalformedError: its last line is not the trailer, a line has other cells than the header, or a cell no sense.
    """
    lines = body.rstrip().split(b"\n")
    made_at = _made_at(lines[-1], where)
    bars = lines[0].count(b"|")
    whole = even_lines(
        lines[1:-1], lambda line: line.count(b"|") == bars, where, f"does not have {bars + 1} cells separated by |"
    )
    if len(lines) - 2 < fewest_rows:
        raise MalformedError(f"has {len(lines) - 2:,} rows, and the market at least {fewest_rows:,}", where=where)
    rows = pd.read_csv(
        io.BytesIO(b"\n".join([lines[0], *whole])),
        sep="|",
        dtype="object",
        keep_default_na=False,  # "NA" is a company
        quoting=csv.QUOTE_NONE,
        encoding="utf-8",
        encoding_errors="replace",
        skip_blank_lines=False,
    )
    missing = [column for column in _COLUMNS if column not in rows.columns]
    if missing:
        raise MalformedError("there is no such column", where=where, column=missing[0])
    # By name, not by place: the order has changed over the years.
    columns = _ours({ours: rows[theirs].to_numpy() for theirs, ours in _COLUMNS.items()})
    return enter(DIRECTORY, columns, where, first_row=2, row_word="line"), made_at


def _ours(columns: Columns) -> Columns:
    # A file of flags says N where ours say nothing; a blank category is unknown.
    spelled = {
        "symbol": [canonical(symbol.replace("$", "^")) for symbol in columns["symbol"]],
        "exchange": [EXCHANGES.get(letter, letter) for letter in columns["exchange"]],
        "market_category": [category.strip() for category in columns["market_category"]],
    }
    return {
        **columns,
        **{name: np.array(texts, object) for name, texts in spelled.items()},
        "is_fund": columns["is_fund"] == "Y",
        "is_test": columns["is_test"] == "Y",
    }


def _made_at(trailer: bytes, where: str) -> datetime:
    found = _TRAILER.match(trailer)
    if found is None:
        raise MalformedError("does not end with its creation time: it was cut off", where=where)
    month, day, year, hour, minute = (int(part) for part in found.groups())
    try:
        return in_utc(datetime(year, month, day, hour, minute, tzinfo=NEW_YORK))
    except ValueError as error:
        raise MalformedError(f"{trailer[:40].decode('latin-1')!r} is no moment", where=where) from error


def directory_feed(surroundings: Surroundings) -> Ask:
    """Asks Nasdaq for its directory of symbols."""
    return same_question(NasdaqDirectory(surroundings.clients, None, **surroundings.least()).fetch)
