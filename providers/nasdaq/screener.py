"""Nasdaq's stock screener: last price, volume, market cap and sector of every listed stock in one request.

https://www.nasdaq.com/market-activity/stocks/screener. The whole list does not say which day it is of; a short form of
the same screener does, and the ten largest companies prove that the two are of one session.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from providers.catalog import API_NASDAQ, NASDAQ_SCREENER
from providers.errors import MalformedError
from providers.feeds.feed import Ask
from providers.feeds.surroundings import Surroundings, same_question
from providers.http.client import Fetched
from providers.http.clients import Clients
from providers.http.verdicts import Form
from providers.nasdaq.envelope import data_of, day_of
from providers.parsing.boundary import parser
from providers.parsing.entry import column_of, enter, leave_out, rows_of
from providers.parsing.pipes import text_of
from providers.parsing.snapshots import snapshot_by
from shortside.datasets import Dataset
from shortside.schema import Column, ColumnKind, FrameSchema
from shortside.sessions import is_session, session_close
from shortside.snapshot import Snapshot

PATH: Final = "/api/screener/stocks"
FEWEST_ROWS: Final = 4_000
"""A list with fewer is cut off: the three exchanges have 6,500 to 8,000 stocks."""
WITNESS_COMPANIES: Final = 10
"""The largest companies, whose previous closes must be the same in both forms."""
_AGREEING: Final = 8
_TOLERANCE: Final = 0.02
"""USD: the short form rounds prices to cents, and two roundings differ."""

SCREENER: Final = FrameSchema(
    Dataset.QUOTES,
    (
        Column(name="symbol", kind=ColumnKind.TEXT),
        Column(name="name", kind=ColumnKind.TEXT, is_nullable=True),
        Column(name="country", kind=ColumnKind.TEXT, is_nullable=True),
        Column(name="sector", kind=ColumnKind.TEXT, is_nullable=True),
        Column(name="industry", kind=ColumnKind.TEXT, is_nullable=True),
        Column(name="close", kind=ColumnKind.MONEY, unit="USD a share", is_nullable=True, minimum=0),
        Column(name="net_change", kind=ColumnKind.MONEY, unit="USD a share", is_nullable=True),
        Column(name="volume", kind=ColumnKind.SHARES, unit="shares", is_nullable=True, minimum=0),
        Column(name="market_cap", kind=ColumnKind.MONEY, unit="USD", is_nullable=True, minimum=0),
        Column(name="shares_out", kind=ColumnKind.SHARES, unit="shares", is_nullable=True, minimum=0),
    ),
    key=("symbol",),
)
"""One look at every listed stock; `shares_out` is market cap over price, rounded, and lags splits by days."""

_FIELDS: Final = (
    "symbol",
    "name",
    "country",
    "sector",
    "industry",
    "lastsale",
    "netchange",
    "volume",
    "marketCap",
)

Floats = npt.NDArray[np.float64]
FieldCells = Any
"""One field of every record: Arrow text, or whatever Nasdaq sent, in a list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedCloses:
    """The session the screener speaks of, and the previous closes by which its whole list is recognised."""

    session: date
    previous_closes: dict[str, float]
    """USD, of the largest companies."""


class NasdaqScreener:
    """Fetches the whole list and dates it: two requests."""

    def __init__(self, clients: Clients, *, fewest_rows: int = FEWEST_ROWS) -> None:
        """A provider that has asked nothing yet.

        Args:
            clients: where its host is found.
            fewest_rows: how many rows the list has at least.
        """
        self._clients = clients
        self._fewest_rows = fewest_rows

    async def fetch(self) -> Fetched:
        """Every listed stock as of now; the closes of `as_of` once that session is over.

        Raises:
            BlockedError: Nasdaq shows a wall.
            MalformedError: it is cut off or garbled, or the day changed between the two requests.
            ProviderError: as `Client.get`.
        """
        dated = await self.fetch_dated()
        where = "Nasdaq screener"
        answer = await self._clients.of(API_NASDAQ, NASDAQ_SCREENER.name).get(
            PATH,
            lambda body: parse_screener(body, where, dated, self._fewest_rows),
            form=Form.JSON,
            params={"tableonly": "true", "limit": "25", "download": "true"},
        )
        # Never "unchanged": the same body is a quote before the bell and the close after it.
        assert answer.content is not None, "an unconditional question has content"
        return Fetched(snapshot=_snapshot(answer.content, dated.session, answer.fetched_at))

    async def fetch_dated(self) -> DatedCloses:
        """Which session the screener speaks of; one small request.

        Raises:
            MalformedError: it names no session.
            ProviderError: as `Client.get`.
        """
        answer = await self._clients.of(API_NASDAQ, NASDAQ_SCREENER.name).get(
            PATH,
            lambda body: parse_dated(body, "Nasdaq screener, short form"),
            form=Form.JSON,
            params={"tableonly": "true", "limit": str(WITNESS_COMPANIES), "offset": "0"},
        )
        assert answer.content is not None, "an unconditional question has content"
        return answer.content


@parser("Nasdaq's screener")
def parse_dated(body: bytes, where: str) -> DatedCloses:
    """The day and the witnesses of the short form.

    Raises:
        NoDataError: the screener has nothing.
        MalformedError: it is another kind of answer, or names a day without trading.
    """
    data = data_of(body, where)
    session = day_of(str(data.get("asof")), where)
    if not is_session(session):
        raise MalformedError(f"speaks of {session}, when New York does not trade", where=where)
    table = data.get("table")
    rows = rows_of(table.get("rows") if isinstance(table, dict) else None, where)
    return DatedCloses(session=session, previous_closes=_previous_closes(rows, where))


@parser("Nasdaq's screener")
def parse_screener(body: bytes, where: str, dated: DatedCloses, fewest_rows: int = FEWEST_ROWS) -> pd.DataFrame:
    """The whole list as `SCREENER` has it, by our spelling of symbols.

    Raises:
        NoDataError: the screener has nothing.
        MalformedError: it is another kind of answer, too short, or of another session than `dated`.
    """
    rows = rows_of(data_of(body, where).get("rows"), where)
    if len(rows) < fewest_rows:
        raise MalformedError(f"has {len(rows):,} rows, and the market at least {fewest_rows:,}", where=where)
    _require_session(rows, dated, where)
    given = _columns(rows)
    close = _positive(printed_numbers(given["lastsale"], where, "lastsale"))
    market_cap = _positive(printed_numbers(given["marketCap"], where, "marketCap"))
    texts = {name: text_of(_texts(given[name])) for name in ("name", "country", "sector", "industry")}
    numbers = {
        "close": close,
        "net_change": printed_numbers(given["netchange"], where, "netchange"),
        "volume": printed_numbers(given["volume"], where, "volume"),
        "market_cap": market_cap,
        "shares_out": np.rint(market_cap / close),
    }
    # As `_symbols.canonical`, of all of them at once.
    symbols = _without(_texts(given["symbol"]), "/ ", ".")
    return enter(SCREENER, {"symbol": text_of(symbols), **texts, **numbers}, where)


def printed_numbers(texts: FieldCells, where: str, column: str) -> Floats:
    """Numbers out of `$1,234.50`, `-0.62`, `1.295%`; NaN for blanks, `NA` and `N/A`, and for a few that are no numbers.

    Raises:
        MalformedError: more than a few texts are none of these.
    """
    given = _texts(texts)
    # Arrow cleans the whole column in less time than Python needs to look at each of 7,000 texts once.
    cleaned = _without(given, "$,% ", "")
    known = pc.if_else(pc.is_in(cleaned, _UNKNOWN), None, cleaned)
    try:
        numbers: Floats = known.cast(pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid as error:
        is_odd = [not _is_number(text) for text in known.to_pylist()]
        row = is_odd.index(True) if True in is_odd else 0
        words = f"{given[row].as_py()[:40]!r} is not a number"
        complaint = MalformedError(words, where=where, column=column, line=row + 1, line_word="row")
        complaint.__cause__ = error
        leave_out(sum(is_odd), len(is_odd), complaint)
        # The name stays, and what it costs is unknown.
        numbers = pc.if_else(pa.array(is_odd), None, known).cast(pa.float64()).to_numpy(zero_copy_only=False)
    return numbers


_UNKNOWN: Final = pa.array(["", "NA", "N/A", "--"])


def _is_number(text: str | None) -> bool:
    try:
        pa.scalar(text).cast(pa.float64())
    except pa.ArrowInvalid:
        return False
    return True


def _columns(rows: list[dict[str, Any]]) -> dict[str, FieldCells]:
    """The fields that are read of every record, null where a record lacks one."""
    try:
        records = pa.array(rows, pa.struct([(name, pa.string()) for name in _FIELDS]))
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        # Some field is no text. Nasdaq has not sent such yet, but nobody says that it never will.
        return {name: column_of(rows, name) for name in _FIELDS}
    return {name: records.field(name) for name in _FIELDS}


def _texts(values: FieldCells) -> pa.StringArray:
    """As text without blanks around it; the empty text for null."""
    if not isinstance(values, pa.Array):
        values = pa.array([None if value is None else str(value) for value in values], pa.string())
    return pc.utf8_trim_whitespace(values.fill_null(""))


def _without(texts: pa.StringArray, signs: str, other: str) -> pa.StringArray:
    for sign in signs:
        texts = pc.replace_substring(texts, sign, other)
    return texts


def _positive(values: Floats) -> Floats:
    """Nasdaq prints 0.00 for what it does not know."""
    return np.where(values > 0, values, np.nan)


def _previous_closes(rows: list[dict[str, Any]], where: str) -> dict[str, float]:
    close = printed_numbers(column_of(rows, "lastsale"), where, "lastsale")
    change = printed_numbers(column_of(rows, "netchange"), where, "netchange")
    return dict(zip(_texts(column_of(rows, "symbol")).to_pylist(), (close - change).tolist(), strict=True))


def _require_session(rows: list[dict[str, Any]], dated: DatedCloses, where: str) -> None:
    # During the session prices move between the two requests; price less change, yesterday's close, does not.
    wanted = dated.previous_closes
    ours = _previous_closes([row for row in rows if row.get("symbol") in wanted], where)
    agreeing = sum(abs(ours.get(symbol, np.nan) - close) <= _TOLERANCE for symbol, close in wanted.items())
    if agreeing < min(_AGREEING, len(wanted)):
        raise MalformedError(
            f"is not of {dated.session}: {agreeing} of {len(wanted)} large companies have that day's previous close",
            where=where,
        )


def _snapshot(quotes: pd.DataFrame, session: date, fetched_at: datetime) -> Snapshot:
    is_over = session_close(session) <= fetched_at
    return snapshot_by(
        NASDAQ_SCREENER,
        Dataset.PRICES if is_over else Dataset.QUOTES,
        quotes,
        as_of=session,
        published_at=fetched_at,
        fetched_at=fetched_at,
    )


def screener_feed(surroundings: Surroundings) -> Ask:
    """Asks Nasdaq's screener for every listed stock as it is now."""
    return same_question(NasdaqScreener(surroundings.clients, **surroundings.least()).fetch)
