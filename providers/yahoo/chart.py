"""Asks Yahoo for one symbol: its closes as they were paid, its splits, and its last price.

`GET /v8/finance/chart/SYMBOL` needs no key. Closes come restated for every split up to the day one asks; the splits
come with them, so both can be told apart. Delisted names are unknown to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import numpy as np
import pandas as pd

from providers.catalog import Card
from providers.errors import MalformedError, NoDataError, RefusedError
from providers.http.clients import Clients
from providers.http.verdicts import Form
from providers.listings.symbols import to_dashes
from providers.parsing.entry import QUOTES, content_of, enter, read_json, record_of, with_unsaid_counts
from providers.yahoo.common import (
    ATTRIBUTION,
    HOST,
    TERMS,
    as_traded,
    days_of,
    numbers_of,
    range_since,
    require_no_error,
    stamps_of,
    unknown_symbol,
)
from shortside.datasets import Dataset
from shortside.schema import PRICES, SPLITS
from shortside.sessions import last_completed_session, new_york_date
from shortside.snapshot import Snapshot

CARD: Final = Card(
    name="yahoo_chart",
    title="Yahoo chart",
    hosts=(HOST,),
    datasets=(Dataset.PRICES, Dataset.SPLITS, Dataset.QUOTES),
    cadence="whenever asked; closes after 16:00",
    attribution=ATTRIBUTION,
    terms=TERMS,
)


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Chart:
    """One symbol's frames out of one answer."""

    prices: pd.DataFrame
    """As `PRICES` has them, sessions that are over only, on each day's own basis; may be empty."""
    splits: pd.DataFrame
    """As `SPLITS` has them."""
    quotes: pd.DataFrame
    """As `QUOTES` has them: one row, or none where Yahoo names no last price."""


def parse(body: bytes, symbol: str, moment: datetime) -> Chart:
    """The chart of one symbol.

    Args:
        body: the JSON answer to a question that reaches to the present: the splits in it take back the restating.
        symbol: our spelling.
        moment: when it was asked; bars of a session that is not over then are left out.

    Raises:
        NoDataError: Yahoo does not know the symbol.
        MalformedError: the answer is garbled, or the name is not quoted in US dollars.
    """
    where = f"Yahoo chart, {symbol}"
    answer = read_json(body, where)
    require_no_error(answer, "chart", where)
    try:
        result = record_of(answer["chart"]["result"][0], where)
        meta = record_of(result["meta"], where)
        bars = record_of(result["indicators"]["quote"][0], where)
    except (KeyError, IndexError, TypeError) as error:
        raise MalformedError(f"there is no {error} in it", where=where) from error
    if meta.get("currency") != "USD":
        raise MalformedError(f"is quoted in {meta.get('currency')}, not in US dollars", where=where)
    splits = _splits(result.get("events"), symbol, where)
    adjusted = _bars(result.get("timestamp"), bars, symbol, np.datetime64(last_completed_session(moment)), where)
    paid = as_traded(adjusted, splits, new_york_date(moment)).assign(exchange="", shares_out=np.nan)
    return Chart(prices=enter(PRICES, paid, where), splits=splits, quotes=_quotes(meta, symbol, where))


def _bars(stamps: Any, bars: Mapping[str, Any], symbol: str, until: np.datetime64, where: str) -> pd.DataFrame:
    at = stamps_of(stamps, where)
    close = numbers_of(bars.get("close"), len(at), where)
    volume = numbers_of(bars.get("volume"), len(at), where)
    days = days_of(at)
    rows = pd.DataFrame({"symbol": symbol, "date": days, "close": close, "volume": volume})
    # Yahoo leaves nulls where it lost a bar, and today's bar still moves while the market is open.
    return rows[(close > 0) & (days <= until)].drop_duplicates("date", keep="last")


def _splits(events: Any, symbol: str, where: str) -> pd.DataFrame:
    found = (events or {}).get("splits") or {}
    rows = [record_of(event, where) for event in found.values()]
    try:
        ratios = [float(row["denominator"]) / float(row["numerator"]) for row in rows]
        ex_dates = days_of(np.array([int(row["date"]) for row in rows], np.int64))
    except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        raise MalformedError(f"has a split that makes no sense: {error!r}", where=where) from error
    frame = pd.DataFrame({"symbol": symbol, "ex_date": ex_dates, "simple_ratio": np.array(ratios, np.float64)})
    frame = frame.drop_duplicates("ex_date").sort_values("ex_date", ignore_index=True)
    return enter(SPLITS, with_unsaid_counts(frame, CARD.name), where)


def _quotes(meta: Mapping[str, Any], symbol: str, where: str) -> pd.DataFrame:
    price, previous, volume = (
        numbers_of([meta.get(name)], 1, where)
        for name in ("regularMarketPrice", "previousClose", "regularMarketVolume")
    )
    at = stamps_of([meta.get("regularMarketTime") or 0], where)
    rows = pd.DataFrame(
        {"symbol": symbol, "price": price, "previous_close": previous, "volume": volume, "quoted_at": at}
    )
    return enter(QUOTES, rows[(price > 0) & (at > 0)], where)


class YahooChart:
    """Yahoo, one symbol a request."""

    card: Final = CARD

    def __init__(self, clients: Clients) -> None:
        """A provider that has asked nothing yet."""
        self._clients = clients

    async def chart(self, symbol: str, since: date) -> tuple[Chart, datetime]:
        """A symbol's frames, and when they were fetched.

        Args:
            symbol: our spelling.
            since: the first day wanted; the question always reaches to the present.

        Raises:
            NoDataError: Yahoo does not know the symbol.
            ProviderError: it did not answer, or garbled.
        """
        moment = self._clients.moment()
        params = {"range": range_since(since, new_york_date(moment)), "interval": "1d", "events": "div,splits"}
        path = f"/v8/finance/chart/{to_dashes(symbol)}"
        try:
            answer = await self._clients.of(HOST, CARD.name).get(
                path, lambda body: parse(body, symbol, moment), form=Form.JSON, params=params
            )
        except RefusedError as error:
            raise unknown_symbol(error, symbol) from error
        return content_of(answer), answer.fetched_at

    async def history(self, symbol: str, since: date) -> Snapshot:
        """The closes of `chart` as a snapshot of PRICES.

        Raises:
            NoDataError: there is no session since that day, or Yahoo does not know the symbol.
            ProviderError: as `chart`.
        """
        chart, fetched_at = await self.chart(symbol, since)
        rows = chart.prices[chart.prices["date"] >= pd.Timestamp(since)].reset_index(drop=True)
        if rows.empty:
            raise NoDataError(f"Yahoo has no closes of {symbol} since {since}")
        return Snapshot(
            dataset=Dataset.PRICES,
            frame=rows,
            as_of=rows["date"].max().date(),
            fetched_at=fetched_at,
            source=CARD.name,
            attribution=CARD.attribution,
        )
