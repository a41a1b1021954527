"""Asks Alpaca for daily bars, last prices and what may be sold short; with the key of a free account.

https://docs.alpaca.markets/reference/stockbars: consolidated closes since 2016, many symbols a request, delisted ones
too if one knows their symbol. A free account sees the consolidated tape a quarter of an hour late.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

import numpy as np
import pandas as pd

from providers.archive.holdings import names_of_market
from providers.catalog import ALPACA, DATA_ALPACA, PAPER_ALPACA, Host, KeyName
from providers.errors import MalformedError, NoDataError, ProviderError, RefusedError
from providers.feeds.feed import Ask, Delivery, FeedPlan
from providers.feeds.schedule import AfterSession, Daily
from providers.feeds.surroundings import LIVE_QUOTES_SCHEDULE, Surroundings, names_to_quote, same_question
from providers.http.client import Answer, Client, Fetched, content_of
from providers.http.clients import Clients
from providers.http.verdicts import Form
from providers.keyed.keys import Keys
from providers.keyed.refusals import answer_to_key
from providers.listings.symbols import from_alpaca, to_alpaca
from providers.parsing.boundary import parser
from providers.parsing.entry import (
    QUOTES,
    enter,
    leave_out,
    part_of,
    read_each,
    read_json,
    record_of,
    require_rows,
    rows_of,
)
from providers.parsing.snapshots import snapshot_by
from shortside.datasets import Dataset
from shortside.schema import PRICES, Column, ColumnKind, FrameSchema
from shortside.sessions import NEW_YORK, last_completed_session, new_york_date
from shortside.words.spelt_out import spelt_out

# 200 a minute over both hosts: 120 leaves room for other programs with the same key.
TAPE_DELAY: Final = timedelta(minutes=16)
"""How late a free account sees the consolidated tape: a quarter of an hour, and a minute for our clock."""
SYMBOLS_AT_ONCE: Final = 500
"""Symbols in one request; a URL has an end."""
BARS_A_PAGE: Final = 10_000
"""Bars of one page; Alpaca gives no more."""
MOST_PAGES: Final = 2_000
"""Pages of one question, all of its bars; more than this is a loop."""
FEWEST_ASSETS: Final = 3_000
"""Fewer assets than there ever were; a shorter list is cut."""
_INVALID: Final = re.compile(r"invalid symbol: ([A-Za-z0-9./^-]+)")
_MOST_INVALID: Final = 25
LENT_ASSETS: Final = FrameSchema(
    Dataset.BORROW,
    (
        Column(name="symbol", kind=ColumnKind.TEXT),
        Column(name="name", kind=ColumnKind.TEXT, is_nullable=True),
        Column(name="exchange", kind=ColumnKind.TEXT, is_nullable=True),
        Column(name="is_tradable", kind=ColumnKind.FLAG),
        Column(name="is_marginable", kind=ColumnKind.FLAG),
        Column(name="is_shortable", kind=ColumnKind.FLAG),
        Column(name="is_easy_to_borrow", kind=ColumnKind.FLAG),
    ),
    key=("symbol",),
)
"""What one broker lends: a second opinion on borrow, without fees."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class BarsPage:
    """One page of daily bars, and the token of the next."""

    rows: pd.DataFrame
    """`symbol`, `date`, `close`, `volume`; may be empty."""
    next_page_token: str | None


@parser("Alpaca bars")
def parse_bars(body: bytes) -> BarsPage:
    """One page of daily bars, unadjusted; `bars: null` is a page without rows.

    Raises:
        MalformedError: it is garbled.
    """
    where = "Alpaca bars"
    record = record_of(read_json(body, where), where)
    if "bars" not in record:
        raise MalformedError("has no bars", where=where)
    bars, token = record["bars"] or {}, record.get("next_page_token")
    if isinstance(bars, list):
        # The answer about a single symbol has its name beside the bars.
        bars = {str(record.get("symbol") or ""): bars}
    if token is not None and not isinstance(token, str):
        raise MalformedError("its page token is no text", where=where)
    flat = [
        (from_alpaca(symbol), bar.get("t"), bar.get("c"), bar.get("v"))
        for symbol, series in record_of(bars, where).items()
        for bar in rows_of(series or [], f"{where}, {symbol or 'a name that is not said'}")
    ]
    frame = _with_moments(pd.DataFrame(flat, columns=["symbol", "at", "close", "volume"]), where)
    days = frame["at"].dt.tz_convert(NEW_YORK).dt.tz_localize(None).dt.normalize()
    return BarsPage(rows=frame.assign(date=days).drop(columns="at"), next_page_token=token or None)


def _with_moments(frame: pd.DataFrame, where: str) -> pd.DataFrame:
    """The rows with `at` as moments, UTC; a few whose text is none are left out."""
    # A number would be taken for moments since 1970.
    told = frame["at"].map(lambda text: text if isinstance(text, str) else None)
    moments = pd.to_datetime(told, utc=True, errors="coerce", format="ISO8601")
    is_odd = moments.isna().to_numpy()
    if is_odd.any():
        words = f"{frame['at'].iloc[int(is_odd.argmax())]!r} is no moment"
        leave_out(int(is_odd.sum()), len(frame), MalformedError(words, where=where, column="t"))
    return frame.assign(at=moments)[~is_odd].reset_index(drop=True)


@parser("Alpaca snapshots")
def parse_last_prices(body: bytes, *, is_consolidated: bool) -> pd.DataFrame:
    """Last prices, rows as `QUOTES` has them; names without a trade are left out.

    Args:
        body: the JSON answer.
        is_consolidated: whether the feed is the whole tape; a single exchange's volume is a fragment, so unknown.

    Raises:
        NoDataError: no name has a price.
        MalformedError: it is garbled.
    """
    where = "Alpaca snapshots"
    answer = record_of(read_json(body, where), where)
    read = read_each(
        answer, lambda symbol: _quote(symbol, part_of(answer, symbol, where), is_consolidated, where), where
    )
    rows = [row for row in read if row["price"]]
    if not rows:
        raise NoDataError("Alpaca has no last price for any of the names")
    frame = _with_moments(pd.DataFrame(rows), where)
    moments = frame["at"].dt.tz_localize(None).to_numpy("datetime64[s]").astype(np.int64)
    return enter(QUOTES, frame.assign(quoted_at=moments), where)


def _quote(symbol: str, entry: Mapping[str, Any], is_consolidated: bool, where: str) -> dict[str, Any]:
    trade, day, before = (part_of(entry, name, where) for name in ("latestTrade", "dailyBar", "prevDailyBar"))
    # Before the bell "the day" is still the last session, and its close is the previous one.
    is_same_day = _new_york_day(trade.get("t")) == _new_york_day(day.get("t"))
    return {
        "symbol": from_alpaca(symbol),
        "price": trade.get("p"),
        "previous_close": before.get("c") if is_same_day else day.get("c"),
        "volume": day.get("v") if is_same_day and is_consolidated else None,
        "at": trade.get("t"),
    }


def _new_york_day(text: Any) -> date | None:
    """The New York day of a moment; Alpaca writes nanoseconds, of which Python reads six places."""
    try:
        return new_york_date(datetime.fromisoformat(re.sub(r"(\.\d{6})\d*", r"\1", str(text))))
    except ValueError:
        return None


@parser("Alpaca assets")
def parse_assets(body: bytes, fewest: int = FEWEST_ASSETS) -> pd.DataFrame:
    """What the broker trades and lends, rows as `LENT_ASSETS` has them.

    Raises:
        MalformedError: it is garbled or short.
    """
    where = "Alpaca assets"
    rows = rows_of(read_json(body, where), where)
    require_rows(len(rows), fewest, where)
    flags = {"is_tradable": "tradable", "is_marginable": "marginable"}
    flags |= {"is_shortable": "shortable", "is_easy_to_borrow": "easy_to_borrow"}
    for name in flags.values():
        whole = [row for row in rows if type(row.get(name)) is bool]
        if len(whole) < len(rows):
            complaint = MalformedError("is not true or false everywhere", where=where, column=name)
            leave_out(len(rows) - len(whole), len(rows), complaint)
        rows = whole
    frame = pd.DataFrame(
        {
            "symbol": [from_alpaca(str(row.get("symbol") or "")) for row in rows],
            "name": [row.get("name") or "" for row in rows],
            "exchange": [str(row.get("exchange") or "").lower() for row in rows],
            **{ours: np.array([row[theirs] for row in rows], bool) for ours, theirs in flags.items()},
        }
    )
    return enter(LENT_ASSETS, frame, where)


class Alpaca:
    """Asks Alpaca with the user's key: daily bars, last prices, and what the broker lends."""

    def __init__(self, clients: Clients, keys: Keys, *, fewest_assets: int = FEWEST_ASSETS) -> None:
        """A provider that has asked nothing yet; keys are looked up with the first question."""
        self._clients = clients
        self._keys = keys
        self._fewest_assets = fewest_assets

    async def bars(self, symbols: Sequence[str], since: date, until: date | None = None) -> Fetched:
        """Unadjusted closes and volumes of many names, rows as `PRICES` has them.

        Names Alpaca does not know are in the notes.

        Args:
            symbols: our spellings, delisted ones too.
            since: the first day wanted, 2016 or later.
            until: the last; None, or one that is not over yet, for the newest session a free account may see whole.

        Raises:
            MissingKeyError: there is no key. NoDataError: there is no bar. ProviderError: as `Client.get`.
        """
        moment = self._clients.moment()
        # A bar seen sooner lacks the last quarter of an hour.
        newest = last_completed_session(moment - TAPE_DELAY)
        last = newest if until is None else min(until, newest)
        names = list(dict.fromkeys(symbols))
        parts = [names[start : start + SYMBOLS_AT_ONCE] for start in range(0, len(names), SYMBOLS_AT_ONCE)]
        frames, invalid = [], []
        for part in parts:
            rows, refused = await self._series(part, since, last, moment)
            frames.append(rows)
            invalid += refused
        rows = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame({"date": [], "symbol": []})
        rows = rows[rows["date"] <= pd.Timestamp(last)]
        if rows.empty:
            raise NoDataError(f"Alpaca has no bars from {since} to {last}")
        prices = enter(PRICES, rows.assign(exchange="", shares_out=np.nan), "Alpaca bars")
        missing = sorted(set(names) - set(prices["symbol"]) - set(invalid))
        # A whole market lacks thousands: warrants and names that were gone by then.
        notes = [f"Alpaca has no bars of {spelt_out(missing, rest=' and {:,} others')}"] if missing else []
        notes += [f"Alpaca takes {symbol} for no symbol" for symbol in invalid]
        return Fetched(
            snapshot=snapshot_by(
                ALPACA,
                Dataset.PRICES,
                prices,
                as_of=prices["date"].max().date(),
                fetched_at=moment,
                notes=notes,
            )
        )

    async def snapshots(self, symbols: Sequence[str], *, feed: str = "delayed_sip") -> Fetched:
        """Last prices of a watch list.

        Args:
            symbols: our spellings, at most `SYMBOLS_AT_ONCE`.
            feed: `delayed_sip`, the whole tape late; `iex`, one exchange's fragment at once.

        Raises:
            MissingKeyError, NoDataError, ProviderError: as `bars`.
        """
        if len(symbols) > SYMBOLS_AT_ONCE:
            raise ValueError(f"{len(symbols)} symbols are more than {SYMBOLS_AT_ONCE}")
        answer = await self._ask(
            DATA_ALPACA,
            "/v2/stocks/snapshots",
            lambda body: parse_last_prices(body, is_consolidated=feed != "iex"),
            {"symbols": ",".join(map(to_alpaca, symbols)), "feed": feed},
        )
        quotes = content_of(answer)
        newest = datetime.fromtimestamp(int(quotes["quoted_at"].max()), NEW_YORK).date()
        notes = [] if feed != "iex" else ["prices of one exchange, IEX"]
        return Fetched(
            snapshot=snapshot_by(
                ALPACA, Dataset.QUOTES, quotes, as_of=newest, fetched_at=answer.fetched_at, notes=notes
            )
        )

    async def assets(self) -> Fetched:
        """What the broker lends, by name, rows as `LENT_ASSETS` has them; one request.

        Raises:
            MissingKeyError, ProviderError: as `bars`.
        """
        answer = await self._ask(
            PAPER_ALPACA,
            "/v2/assets",
            lambda body: parse_assets(body, self._fewest_assets),
            {"status": "active", "asset_class": "us_equity"},
        )
        assets, seen_at = content_of(answer), answer.fetched_at
        return Fetched(
            snapshot=snapshot_by(ALPACA, Dataset.BORROW, assets, as_of=new_york_date(seen_at), fetched_at=seen_at)
        )

    async def _series(
        self, symbols: list[str], since: date, last: date, moment: datetime
    ) -> tuple[pd.DataFrame, list[str]]:
        """All pages about some symbols, and those that Alpaca takes for none: one of them spoils the whole batch."""
        refused: list[str] = []
        wanted = list(symbols)
        while wanted:
            try:
                return await self._pages(wanted, since, last, moment), refused
            except RefusedError as error:
                found = _INVALID.search(str(error))
                symbol = None if found is None else from_alpaca(found[1].rstrip("."))
                if symbol not in wanted or len(refused) == _MOST_INVALID:
                    raise
                wanted.remove(symbol)
                refused.append(symbol)
        return pd.DataFrame({"symbol": [], "date": pd.Series([], dtype="datetime64[s]")}), refused

    async def _pages(self, symbols: list[str], since: date, last: date, moment: datetime) -> pd.DataFrame:
        end = min(datetime.combine(last, time(23, 59), NEW_YORK), moment.astimezone(NEW_YORK) - TAPE_DELAY)
        params = {
            "symbols": ",".join(map(to_alpaca, symbols)),
            "timeframe": "1Day",
            "start": since.isoformat(),
            "end": end.isoformat(timespec="seconds"),
            "adjustment": "raw",
            "feed": "sip",
            "limit": str(BARS_A_PAGE),
        }
        frames: list[pd.DataFrame] = []
        seen: set[str] = set()
        while True:
            page: BarsPage = content_of(await self._ask(DATA_ALPACA, "/v2/stocks/bars", parse_bars, params))
            frames.append(page.rows)
            token = page.next_page_token
            if token is None:
                return pd.concat(frames, ignore_index=True)
            if token in seen or len(seen) == MOST_PAGES:
                raise MalformedError("its pages do not come to an end", where="Alpaca bars")
            seen.add(token)
            params["page_token"] = token

    async def _ask(self, host: Host, path: str, parse: Any, params: Mapping[str, str]) -> Answer[Any]:
        secrets = await asyncio.to_thread(lambda: {name: self._keys.require(name) for name in ALPACA.keys})
        headers = {
            "APCA-API-KEY-ID": secrets[KeyName.ALPACA_KEY_ID].reveal(),
            "APCA-API-SECRET-KEY": secrets[KeyName.ALPACA_SECRET_KEY].reveal(),
        }
        client: Client = self._clients.of(host, ALPACA.name)
        return await answer_to_key(
            lambda: client.get(path, parse, form=Form.JSON, params=params, headers=headers), client, "Alpaca", secrets
        )


AFTER_THE_CLOSE: Final = AfterSession(first=time(16, 20), last=time(20))
"""When bars are asked for: a free account sees the closing auction, at 16:00, a quarter of an hour late."""


def alpaca_feeds(surroundings: Surroundings) -> list[FeedPlan]:
    """Plans what is polled of Alpaca: the session's bars, last prices of the names in view, and what is lent."""
    provider = Alpaca(surroundings.clients, surroundings.keys, **surroundings.least("fewest_assets"))
    return [
        FeedPlan(
            card=ALPACA.part("Alpaca daily bars", Dataset.PRICES),
            dataset=Dataset.PRICES,
            schedule=AFTER_THE_CLOSE,
            ask=_bars(surroundings, provider),
            budget=120,
        ),
        FeedPlan(
            card=ALPACA.part("Alpaca last prices", Dataset.QUOTES, name="alpaca_quotes"),
            dataset=Dataset.QUOTES,
            schedule=LIVE_QUOTES_SCHEDULE,
            ask=_quotes(surroundings, provider),
            budget=800,
        ),
        FeedPlan(
            card=ALPACA.part("Alpaca lending", Dataset.BORROW, name="alpaca_assets"),
            dataset=Dataset.BORROW,
            schedule=Daily(hour=time(7)),
            ask=same_question(provider.assets),
            budget=10,
        ),
    ]


def _bars(surroundings: Surroundings, provider: Alpaca) -> Ask:
    """The newest session's bars of every name of the market: one request for five hundred."""

    async def ask() -> Delivery:
        now = surroundings.clock()
        session = last_completed_session(now - TAPE_DELAY)
        names = await asyncio.to_thread(names_of_market, surroundings.archive, now, surroundings.disabled.keys())
        if names is None:
            # No word about the source: tried again in a minute, as soon as the names are there.
            raise ProviderError("the lists of names, the screener's or the directory's, have not arrived yet")
        return Delivery(fetched=(await provider.bars(names, session, session),))

    return ask


def _quotes(surroundings: Surroundings, provider: Alpaca) -> Ask:
    async def ask() -> Delivery:
        return Delivery(fetched=(await provider.snapshots(names_to_quote(surroundings)),))

    return ask
