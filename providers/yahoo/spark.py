"""Asks Yahoo for last prices of a watch list, or for closes of many names, twenty at a time.

`GET /v8/finance/spark?symbols=A,B,…` needs no key. Names Yahoo does not know are silently missing from its answer, and
its closes are restated for every split up to the day one asks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, Final

import numpy as np
import pandas as pd

from providers.catalog import QUERY_YAHOO, YAHOO_SPARK
from providers.errors import MalformedError, NoDataError, ProviderError
from providers.feeds.feed import Ask, Delivery
from providers.feeds.surroundings import Surroundings
from providers.http.client import Fetched, content_of
from providers.http.clients import Clients
from providers.http.verdicts import Form
from providers.listings.symbols import to_dashes
from providers.parsing.boundary import parser
from providers.parsing.entry import QUOTES, enter, read_json, record_of
from providers.parsing.snapshots import snapshot_by
from providers.yahoo.bars import (
    as_traded,
    days_of,
    numbers_of_series,
    range_since,
    require_no_error,
    stamps_of,
)
from shortside.datasets import Dataset, Quality
from shortside.schema import PRICES
from shortside.sessions import last_completed_session, new_york_date, session_days
from shortside.words.spelt_out import spelt_out

SYMBOLS_A_REQUEST: Final = 20
"""Most symbols Yahoo takes in one request; 21 are refused."""
UNKNOWN_NAMES_SPELT_OUT: Final = 5
"""Names Yahoo has no price for that an error spells out."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class SparkAnswer:
    """What one answer said about the names asked for."""

    rows: pd.DataFrame
    unknown: tuple[str, ...]
    """Names asked for that the answer lacks, or gives no price for."""
    complaints: tuple[str, ...]
    """What was wrong with single names, one sentence each; their rows are left out."""


@parser("Yahoo spark")
def parse_quotes(body: bytes, asked: Sequence[str]) -> SparkAnswer:
    """The last price of each name, rows as `QUOTES` has them; `volume` is unknown here.

    Args:
        body: the JSON answer.
        asked: our spellings of the names it was asked about.

    Raises:
        NoDataError: the answer has a price for none of them.
        MalformedError: it is garbled.
    """
    return _parsed(body, asked, _last_price, lambda rows: enter(QUOTES, rows, "Yahoo spark"))


@parser("Yahoo spark")
def parse_history(body: bytes, asked: Sequence[str], until: date) -> SparkAnswer:
    """Daily closes, rows `symbol`, `date`, `close`, `volume` (unknown), restated for splits.

    Args:
        body: the JSON answer to `interval=1d`.
        asked: our spellings of the names it was asked about.
        until: the last session that is over; a later bar is still moving and left out.

    Raises:
        NoDataError, MalformedError: as `parse_quotes`.
    """
    return _parsed(body, asked, partial(_closes, until=np.datetime64(until)), lambda rows: rows)


_Reader = Callable[[dict[str, Any], str, str], pd.DataFrame]


def _parsed(
    body: bytes, asked: Sequence[str], read: _Reader, finish: Callable[[pd.DataFrame], pd.DataFrame]
) -> SparkAnswer:
    answer = record_of(read_json(body, "Yahoo spark"), "Yahoo spark")
    require_no_error(answer, "spark", "Yahoo spark")
    frames, unknown, complaints = [], [], []
    for symbol in asked:
        record = answer.get(to_dashes(symbol))
        try:
            rows = pd.DataFrame() if record is None else read(record, symbol, f"Yahoo spark, {symbol}")
        except MalformedError as error:
            complaints.append(str(error))
            continue
        if rows.empty:
            unknown.append(symbol)
        else:
            frames.append(rows)
    if frames:
        rows = finish(pd.concat(frames, ignore_index=True))
        return SparkAnswer(rows=rows, unknown=tuple(unknown), complaints=tuple(complaints))
    if complaints:
        raise MalformedError("; ".join(complaints)[:300], where="Yahoo spark")
    raise NoDataError(f"Yahoo has no prices for {spelt_out(unknown, UNKNOWN_NAMES_SPELT_OUT, rest=' and others')}")


def _priced(record: Any, where: str) -> pd.DataFrame:
    """The moments with a price; a null, or a zero, is a bar without a trade."""
    series = record_of(record, where)
    stamps = stamps_of(series.get("timestamp"), where)
    close = numbers_of_series(series.get("close"), len(stamps), where)
    return pd.DataFrame({"at": stamps, "close": close})[close > 0]


def _last_price(record: dict[str, Any], symbol: str, where: str) -> pd.DataFrame:
    bars = _priced(record, where)
    if bars.empty:
        return pd.DataFrame()
    last = int(bars["at"].to_numpy().argmax())
    previous = numbers_of_series([record.get("chartPreviousClose")], 1, where)
    return pd.DataFrame(
        {
            "symbol": [symbol],
            "price": bars["close"].to_numpy()[[last]],
            "previous_close": previous,
            "volume": [np.nan],
            "quoted_at": bars["at"].to_numpy()[[last]],
        }
    )


def _closes(record: dict[str, Any], symbol: str, where: str, *, until: np.datetime64) -> pd.DataFrame:
    bars = _priced(record, where)
    days = days_of(bars["at"].to_numpy())
    rows = pd.DataFrame({"symbol": symbol, "date": days, "close": bars["close"].to_numpy(), "volume": np.nan})
    rows = rows[days <= until]
    # A close may come twice, as a bar and as the last quote: the later one is the close.
    return rows.drop_duplicates("date", keep="last")


class YahooSpark:
    """Asks Yahoo for last prices and closes, twenty names a request."""

    def __init__(self, clients: Clients) -> None:
        """A provider that has asked nothing yet."""
        self._clients = clients

    async def quotes(self, symbols: Sequence[str]) -> Fetched:
        """Last prices of a watch list.

        The snapshot is PARTIAL where a block of names failed; the notes say which.

        Raises:
            ProviderError: no block was answered.
        """
        fetched_at = self._clients.moment()
        params = {"range": "1d", "interval": "5m"}
        rows, notes, is_whole = await self._blocks(symbols, params, parse_quotes)
        as_of = new_york_date(datetime.fromtimestamp(int(rows["quoted_at"].max()), UTC))
        return Fetched(
            snapshot=snapshot_by(
                YAHOO_SPARK,
                Dataset.QUOTES,
                rows,
                as_of=as_of,
                fetched_at=fetched_at,
                quality=Quality.OK if is_whole else Quality.PARTIAL,
                notes=notes,
            )
        )

    async def history(self, symbols: Sequence[str], since: date, splits: pd.DataFrame) -> Fetched:
        """Closes as they were paid, rows as `PRICES` has them, from a day to the last session that is over.

        Args:
            symbols: any number; a request is made for every twenty.
            since: the first day wanted.
            splits: every split since then, as `SPLITS` has them: Yahoo's closes are restated, and that is taken back.

        Raises:
            ProviderError: no block was answered.
        """
        fetched_at = self._clients.moment()
        today, until = new_york_date(fetched_at), last_completed_session(fetched_at)
        params = {"range": range_since(since, today), "interval": "1d"}
        rows, notes, is_whole = await self._blocks(symbols, params, partial(parse_history, until=until))
        rows = rows[(rows["date"] >= pd.Timestamp(since)) & (rows["date"] <= pd.Timestamp(until))]
        # A stray bar of a day on which the exchanges were shut is left out; its neighbours are as good as ever.
        is_session = rows["date"].isin(session_days(since, until))
        strays = rows[~is_session]
        notes += tuple(
            f"{symbol} {day:%Y-%m-%d} is no session"
            for symbol, day in zip(strays["symbol"], strays["date"], strict=True)
        )
        rows = rows[is_session]
        if rows.empty:
            raise NoDataError(f"Yahoo has no closes since {since}")
        paid, doubts = as_traded(rows, splits, today)
        notes += doubts
        prices = enter(PRICES, paid.assign(exchange="", shares_out=np.nan), "Yahoo spark")
        as_of = prices["date"].max().date()
        return Fetched(
            snapshot=snapshot_by(
                YAHOO_SPARK,
                Dataset.PRICES,
                prices,
                as_of=as_of,
                fetched_at=fetched_at,
                quality=Quality.OK if is_whole else Quality.PARTIAL,
                notes=notes,
            )
        )

    async def _blocks(
        self, symbols: Sequence[str], params: dict[str, str], parse: Callable[[bytes, Sequence[str]], SparkAnswer]
    ) -> tuple[pd.DataFrame, tuple[str, ...], bool]:
        """The rows of all blocks that were answered, notes on the rest, and whether there is no rest."""
        names = list(dict.fromkeys(symbols))
        parts = [names[start : start + SYMBOLS_A_REQUEST] for start in range(0, len(names), SYMBOLS_A_REQUEST)]
        outcomes = await asyncio.gather(*(self._block(part, params, parse) for part in parts))
        blocks = [outcome for outcome in outcomes if isinstance(outcome, SparkAnswer)]
        failures = [outcome for outcome in outcomes if isinstance(outcome, ProviderError)]
        if not blocks:
            raise failures[0] if failures else NoDataError("no names were asked for")
        unknown = [symbol for block in blocks for symbol in block.unknown]
        complaints = [complaint for block in blocks for complaint in block.complaints]
        complaints += [f"a block of {SYMBOLS_A_REQUEST} names failed: {failure}" for failure in failures]
        notes = [*complaints, f"Yahoo does not know {', '.join(unknown)}"] if unknown else complaints
        rows = pd.concat([block.rows for block in blocks], ignore_index=True)
        return rows, tuple(notes), not complaints

    async def _block(
        self, names: Sequence[str], params: dict[str, str], parse: Callable[[bytes, Sequence[str]], SparkAnswer]
    ) -> SparkAnswer | ProviderError:
        query = {"symbols": ",".join(map(to_dashes, names)), **params}
        try:
            answer = await self._clients.of(QUERY_YAHOO, YAHOO_SPARK.name).get(
                "/v8/finance/spark", lambda body: parse(body, names), form=Form.JSON, params=query
            )
        except ProviderError as error:
            return error
        return content_of(answer)


MOST_WATCHED_NAMES: Final = 60
"""Names that Yahoo is asked for every minute: three requests."""


def watched_feed(surroundings: Surroundings) -> Ask:
    """Asks Yahoo for last prices of the names somebody opened, the last opened first, `MOST_WATCHED_NAMES` of them."""
    provider = YahooSpark(surroundings.clients)

    async def ask() -> Delivery:
        # Its terms admit a reader, not a ticker: the names somebody opened, and not the most shorted of the market.
        symbols = surroundings.viewed()[:MOST_WATCHED_NAMES]
        if not symbols:
            raise NoDataError("no name was opened yet")
        return Delivery(fetched=(await provider.quotes(symbols),))

    return ask
