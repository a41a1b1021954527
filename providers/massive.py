"""Asks Massive, which was Polygon until 2025, for the whole market's bars of a day, splits, and FINRA's figures resold.

https://massive.com/docs: one request gives every name's day. A free key has five requests a minute, yesterday at the
newest and two years back. Prices are asked for unadjusted: adjusted ones are restated at every split.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pandas as pd

from analytics.schema import PRICES, SHORT_INTEREST, SPLITS, Column, FrameSchema, Kind
from analytics.sessions import NEW_YORK, is_session, new_york_date
from analytics.snapshot import Dataset, Quality, Snapshot
from providers._answers import Form
from providers._client import Answer, Fetched
from providers._clients import Clients
from providers._door import QUOTES, content_of, enter, part_of, record_of, require_rows, with_unsaid_counts
from providers._errors import MalformedError, NoDataError, PendingError, ProviderError
from providers._hosts import Card, Host
from providers._json_body import column_of, read_json, rows_of
from providers._keyed import asked
from providers._keys import KeyName, Keys
from providers._spellings import from_massive, to_massive

HOST: Final = Host(
    name="api.massive.com",
    # A free key has five a minute; paid plans have no limit, and none of our questions needs more.
    seconds_between=12.5,
    published_limit="5 requests a minute with a free key",
    at_once=1,
)
OWN_HOSTS: Final = frozenset({"api.massive.com", "api.polygon.io"})
"""Where a page may say the next one is; the key goes nowhere else."""
CARD: Final = Card(
    name="massive",
    title="Massive",
    hosts=(HOST,),
    datasets=(
        Dataset.PRICES,
        Dataset.QUOTES,
        Dataset.SPLITS,
        Dataset.SHORT_INTEREST,
        Dataset.SHORT_VOLUME,
        Dataset.SHARES_OUTSTANDING,
    ),
    cadence="the next morning with a free key",
    attribution="Prices: Massive",
    terms="For individual use; not for publication.",
)
KEY: Final = KeyName.MASSIVE_KEY
FEWEST_BARS: Final = 3_000
"""Fewer names than ever traded on a day; a shorter answer is cut."""
MOST_PAGES: Final = 200
_PAGE: Final = "1000"
RESOLD: Final = FrameSchema(
    Dataset.SHORT_INTEREST,
    (
        SHORT_INTEREST.column("settlement_date"),
        SHORT_INTEREST.column("symbol"),
        SHORT_INTEREST.column("short_interest"),
        Column(name="avg_daily_volume", kind=Kind.SHARES, unit="shares", is_nullable=True, minimum=0),
    ),
    key=SHORT_INTEREST.key,
)
"""FINRA's short interest as it is resold: without names, classes, previous figures and flags."""
RESOLD_VOLUME: Final = FrameSchema(
    Dataset.SHORT_VOLUME,
    (
        Column(name="date", kind=Kind.DATE),
        Column(name="symbol", kind=Kind.TEXT),
        Column(name="short_volume", kind=Kind.MONEY, unit="shares", minimum=0),
        Column(name="short_exempt_volume", kind=Kind.MONEY, unit="shares", minimum=0),
        Column(name="total_volume", kind=Kind.MONEY, unit="shares", minimum=0),
    ),
    key=("symbol", "date"),
)
"""FINRA's daily short volume as it is resold; fractions of shares are possible."""
COUNTED: Final = FrameSchema(
    Dataset.SHARES_OUTSTANDING,
    (
        Column(name="symbol", kind=Kind.TEXT),
        Column(name="date", kind=Kind.DATE),
        Column(name="name", kind=Kind.TEXT, is_nullable=True),
        Column(name="shares_outstanding", kind=Kind.SHARES, unit="shares", is_nullable=True, minimum=0),
    ),
    key=("symbol", "date"),
)
"""Share counts of single names on days of the past; a row without a count says that Massive was asked and has none."""
FEWEST_SHARES: Final = 100_000
"""A smaller count is a mistake of scale, or of a shell."""


def parse_grouped(body: bytes, day: date, fewest: int = FEWEST_BARS) -> pd.DataFrame:
    """Every name's bar of a day, rows as `PRICES` has them.

    Raises:
        NoDataError: there was no trading that day; PendingError: there was, and the bars are not there yet.
        MalformedError: it is garbled, short, adjusted, or of another day.
    """
    where = f"Massive bars of {day}"
    record = _good(body, where)
    rows = rows_of(record.get("results") or [], where)
    if record.get("resultsCount") != len(rows):
        raise MalformedError(f"has {len(rows):,} rows and says {record.get('resultsCount')}", where=where)
    if not rows:
        raise (PendingError if is_session(day) else NoDataError)(f"Massive has no bars of {day}")
    if record.get("adjusted") is not False:
        raise MalformedError("is adjusted for splits, and was asked for as traded", where=where)
    require_rows(len(rows), fewest, where)
    stamps = pd.to_numeric(pd.Series(column_of(rows, "t"), dtype=object), errors="coerce")
    days = pd.to_datetime(stamps, unit="ms", utc=True).dt.tz_convert(NEW_YORK).dt.date
    if not (days == day).all():
        raise MalformedError("has bars of another day", where=where, column="t")
    frame = pd.DataFrame(
        {
            "date": pd.Timestamp(day),
            "symbol": [from_massive(str(symbol)) for symbol in column_of(rows, "T")],
            "exchange": "",
            "close": column_of(rows, "c"),
            # Fractional shares are counted since 2025.
            "volume": pd.to_numeric(pd.Series(column_of(rows, "v"), dtype=object), errors="coerce").round(),
            "shares_out": np.nan,
        }
    )
    return enter(PRICES, frame, where)


def parse_snapshots(body: bytes) -> pd.DataFrame:
    """Last prices, rows as `QUOTES` has them; names that have not traded today are left out.

    Raises:
        NoDataError: nothing has traded: snapshots are emptied at 03:30 and fill from 04:00 on.
        MalformedError: it is garbled.
    """
    where = "Massive snapshots"
    entries = rows_of(_good(body, where).get("tickers"), where)
    rows = [_quote(entry, where) for entry in entries]
    quotes = pd.DataFrame([row for row in rows if row["price"] and row["quoted_at"]])
    if quotes.empty:
        raise NoDataError("Massive has no last prices; they are emptied at 03:30 and fill from 04:00 on")
    # A plan without volume says zero, which is not known to be none.
    volume = pd.to_numeric(quotes["volume"], errors="coerce").astype(np.float64).round().replace(0, np.nan)
    return enter(QUOTES, quotes.assign(volume=volume), where)


def _quote(entry: Mapping[str, Any], where: str) -> dict[str, Any]:
    trade, minute, day, before = (part_of(entry, name, where) for name in ("lastTrade", "min", "day", "prevDay"))
    updated = entry.get("updated")
    return {
        "symbol": from_massive(str(entry.get("ticker") or "")),
        # Plans without trades still have the minute.
        "price": trade.get("p") or minute.get("c") or day.get("c"),
        "previous_close": before.get("c") or None,
        "volume": day.get("v"),
        "quoted_at": updated // 10**9 if isinstance(updated, int) else None,
    }


def parse_splits(body: bytes) -> tuple[pd.DataFrame, str | None]:
    """A page of splits as `SPLITS` has them, and where the next page is.

    Raises:
        MalformedError: it is garbled.
    """
    where = "Massive splits"
    rows, following = _page(body, where)
    frame = pd.DataFrame(rows, columns=["ticker", "execution_date", "split_from", "split_to"], dtype=object)
    before, after = (pd.to_numeric(frame[name], errors="coerce") for name in ("split_from", "split_to"))
    if not ((before > 0) & (after > 0)).all():
        raise MalformedError("has a split that makes no sense", where=where, column="split_from+split_to")
    named = frame.assign(
        symbol=frame["ticker"].map(lambda ticker: from_massive(str(ticker))),
        ex_date=frame["execution_date"],
        simple_ratio=(before / after).astype(np.float64),
    )
    return enter(SPLITS, with_unsaid_counts(named.drop_duplicates(["symbol", "ex_date"]), CARD.name), where), following


def parse_short_interest(body: bytes) -> tuple[pd.DataFrame, str | None]:
    """A page of short interest as `RESOLD` has it, and where the next page is; the order means nothing.

    Raises:
        MalformedError: it is garbled.
    """
    where = "Massive short interest"
    rows, following = _page(body, where)
    names = ["ticker", "settlement_date", "short_interest", "avg_daily_volume"]
    frame = pd.DataFrame(rows, columns=names, dtype=object)
    named = frame.assign(symbol=frame["ticker"].map(lambda ticker: from_massive(str(ticker))))
    return enter(RESOLD, named, where), following


def parse_short_volume(body: bytes) -> tuple[pd.DataFrame, str | None]:
    """A page of daily short volume as `RESOLD_VOLUME` has it, and where the next page is.

    Its ratio is in per cent, and is not read: it follows from the volumes.

    Raises:
        MalformedError: it is garbled.
    """
    where = "Massive short volume"
    rows, following = _page(body, where)
    names = ["ticker", "date", "short_volume", "exempt_volume", "total_volume"]
    frame = pd.DataFrame(rows, columns=names, dtype=object)
    named = frame.assign(
        symbol=frame["ticker"].map(lambda ticker: from_massive(str(ticker))),
        short_exempt_volume=frame["exempt_volume"],
    )
    return enter(RESOLD_VOLUME, named, where), following


def parse_details(body: bytes, symbol: str, day: date) -> dict[str, Any]:
    """A name's row of `COUNTED`: of the listed class, or of all classes in terms of it where only that is told.

    Raises:
        MalformedError: it is garbled.
    """
    where = f"Massive details of {symbol}"
    found = part_of(_good(body, where), "results", where)
    # Whole numbers only: a count in words, or a truth value, is no count.
    told: list[Any] = [found.get(name) for name in ("share_class_shares_outstanding", "weighted_shares_outstanding")]
    counts = [count for count in told if type(count) in {int, float} and count >= FEWEST_SHARES]
    return {
        "symbol": symbol,
        "date": pd.Timestamp(day),
        "name": str(found.get("name") or ""),
        "shares_outstanding": round(counts[0]) if counts else np.nan,
    }


def _good(body: bytes, where: str) -> dict[str, Any]:
    record = record_of(read_json(body, where), where)
    if record.get("status") not in {"OK", "DELAYED"}:
        raise MalformedError(f"says {str(record.get('status'))[:40]!r}", where=where)
    return record


def _page(body: bytes, where: str) -> tuple[list[dict[str, Any]], str | None]:
    record = _good(body, where)
    following = record.get("next_url")
    if following is not None and urlsplit(str(following)).hostname not in OWN_HOSTS:
        raise MalformedError("says that its next page is on another host", where=where)
    return rows_of(record.get("results") or [], where), following


class Massive:
    """Massive, with the user's key."""

    card: Final = CARD

    def __init__(self, clients: Clients, keys: Keys, *, fewest_bars: int = FEWEST_BARS) -> None:
        """A provider that has asked nothing yet; the key is looked up with the first question."""
        self._clients = clients
        self._keys = keys
        self._fewest_bars = fewest_bars

    async def grouped(self, day: date, *, anew: bool = False) -> Fetched:
        """The whole market's closes and volumes of a day that is over, unadjusted; one request, for good.

        Args:
            day: the session.
            anew: ask again whatever receipts say, because the rows are not there.

        Raises:
            MissingKeyError: there is no key. NoDataError: New York did not trade. PendingError: too early for the plan.
            RefusedError: the plan does not reach so far back. ProviderError: as `Client.get`.
        """
        if not is_session(day):
            raise NoDataError(f"there are no bars of {day}: New York does not trade on that {day:%A}")
        answer = await self._ask(
            f"/v2/aggs/grouped/locale/us/market/stocks/{day}",
            lambda body: parse_grouped(body, day, self._fewest_bars),
            {"adjusted": "false", "include_otc": "false"},
            is_conditional=not anew,
        )
        receipts = (answer.receipt.final(day < new_york_date(answer.fetched_at)),)
        if answer.content is None:
            return Fetched(snapshot=None, receipts=receipts)
        return Fetched(snapshot=_snapshot(Dataset.PRICES, answer.content, day, answer.fetched_at), receipts=receipts)

    async def snapshots(self, symbols: Sequence[str] = ()) -> Fetched:
        """Last prices of all names, or of some; paid plans only.

        Raises:
            MissingKeyError, NoDataError, ProviderError: as `grouped`.
        """
        params = {"tickers": ",".join(map(to_massive, symbols))} if symbols else {}
        path = "/v2/snapshot/locale/us/markets/stocks/tickers"
        answer = await self._ask(path, parse_snapshots, params)
        quotes = content_of(answer)
        newest = datetime.fromtimestamp(int(quotes["quoted_at"].max()), UTC)
        return Fetched(snapshot=_snapshot(Dataset.QUOTES, quotes, new_york_date(newest), answer.fetched_at))

    async def splits(self, since: date) -> Fetched:
        """Splits with an ex-date from a day on; `as_of` is the day of the look.

        Raises:
            NoDataError: there are none. MissingKeyError, ProviderError: as `grouped`.
        """
        params = {"execution_date.gte": since.isoformat(), "order": "asc", "limit": _PAGE}
        rows, fetched_at = await self._pages("/v3/reference/splits", parse_splits, params, ["symbol", "ex_date"])
        return Fetched(snapshot=_snapshot(Dataset.SPLITS, rows, new_york_date(fetched_at), fetched_at))

    async def short_interest(self, settlement_date: date) -> Fetched:
        """One cycle of the whole market, rows as `RESOLD` has them.

        Raises:
            NoDataError: there is none of that day. MissingKeyError, ProviderError: as `grouped`.
        """
        params = {"settlement_date": settlement_date.isoformat(), "limit": "50000"}
        keys = ["symbol", "settlement_date"]
        rows, fetched_at = await self._pages("/stocks/v1/short-interest", parse_short_interest, params, keys)
        return Fetched(snapshot=_snapshot(Dataset.SHORT_INTEREST, rows, settlement_date, fetched_at))

    async def short_volume(self, day: date) -> Fetched:
        """One day's off-exchange short volume of the whole market, rows as `RESOLD_VOLUME` has them.

        Raises:
            NoDataError: there is none of that day. MissingKeyError, ProviderError: as `grouped`.
        """
        params = {"date": day.isoformat(), "limit": "50000"}
        rows, fetched_at = await self._pages("/stocks/v1/short-volume", parse_short_volume, params, ["symbol", "date"])
        return Fetched(snapshot=_snapshot(Dataset.SHORT_VOLUME, rows, day, fetched_at))

    async def counts(self, names: Sequence[tuple[str, date]]) -> Fetched:
        """Share counts of single names, each on a day of the past; a request a name, rows as `COUNTED` has them.

        The only public source of what a name counted that has left the market: `date` asks how it stood then.
        A name Massive does not know has a row without a count. The snapshot is PARTIAL where it broke off.

        Raises:
            MissingKeyError, ProviderError: as `grouped`, before the first name was answered.
        """
        rows: list[dict[str, Any]] = []
        failure: ProviderError | None = None
        for symbol, day in names:
            try:
                rows.append(await self._details(symbol, day))
            except ProviderError as error:
                failure = error
                break
        if failure is not None and not rows:
            raise failure
        if not rows:
            raise NoDataError("no names were asked for")
        frame = enter(COUNTED, pd.DataFrame(rows), "Massive details")
        newest = max(day for _, day in names[: len(rows)])
        snapshot = _snapshot(Dataset.SHARES_OUTSTANDING, frame, newest, self._clients.moment())
        if failure is not None:
            snapshot = replace(snapshot, quality=Quality.PARTIAL, notes=(f"it broke off: {failure}",))
        return Fetched(snapshot=snapshot)

    async def _details(self, symbol: str, day: date) -> dict[str, Any]:
        path = f"/v3/reference/tickers/{to_massive(symbol)}"
        try:
            answer = await self._ask(path, lambda body: parse_details(body, symbol, day), {"date": day.isoformat()})
        except NoDataError:
            return {"symbol": symbol, "date": pd.Timestamp(day), "name": "", "shares_outstanding": np.nan}
        found: dict[str, Any] = content_of(answer)
        return found

    async def _pages(
        self,
        path: str,
        parse: Callable[[bytes], tuple[pd.DataFrame, str | None]],
        params: Mapping[str, str],
        key: list[str],
    ) -> tuple[pd.DataFrame, datetime]:
        """All pages, sorted by key, and when the last came; nothing unless all of them came."""
        frames: list[pd.DataFrame] = []
        while True:
            answer = await self._ask(path, parse, params)
            rows, following = content_of(answer)
            frames.append(rows)
            if following is None:
                break
            if len(frames) == MOST_PAGES:
                raise MalformedError("its pages do not come to an end", where=f"Massive {path}")
            parts = urlsplit(following)
            # The key travels in a header; an address that repeats it would end up in logs.
            path, params = parts.path, {name: value for name, value in parse_qsl(parts.query) if name != "apiKey"}
        found = pd.concat(frames, ignore_index=True).drop_duplicates(key)
        if found.empty:
            raise NoDataError(f"Massive has nothing under {path} for what was asked")
        return found.sort_values(key, ignore_index=True), answer.fetched_at

    async def _ask(
        self, path: str, parse: Callable[[bytes], Any], params: Mapping[str, str], *, is_conditional: bool = False
    ) -> Answer[Any]:
        secret = await asyncio.to_thread(self._keys.require, KEY)
        client = self._clients.of(HOST, CARD.name)
        headers = {"Authorization": f"Bearer {secret.reveal()}"}
        return await asked(
            lambda: client.get(
                path, parse, form=Form.JSON, params=params, headers=headers, is_conditional=is_conditional
            ),
            client,
            "Massive",
            {KEY: secret},
        )


def _snapshot(dataset: Dataset, rows: pd.DataFrame, as_of: date, fetched_at: datetime) -> Snapshot:
    return Snapshot(
        dataset=dataset,
        frame=rows,
        as_of=as_of,
        fetched_at=fetched_at,
        source=CARD.name,
        attribution=CARD.attribution,
    )
