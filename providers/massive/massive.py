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

from providers.catalog import API_MASSIVE, MASSIVE, KeyName
from providers.errors import MalformedError, NoDataError, ProviderError
from providers.http.client import Answer, Fetched, content_of
from providers.http.clients import Clients
from providers.http.verdicts import Form
from providers.keyed.keys import Keys
from providers.keyed.refusals import answer_to_key
from providers.listings.symbols import to_massive
from providers.massive.answers import (
    FEWEST_BARS,
    PAST_SHARE_COUNTS,
    parse_details,
    parse_grouped,
    parse_last_prices,
    parse_short_interest,
    parse_short_volume,
    parse_splits,
)
from providers.parsing.entry import enter
from providers.parsing.snapshots import snapshot_by
from shortside.datasets import Dataset, Quality
from shortside.sessions import is_session, new_york_date

MOST_PAGES: Final = 200
_ROWS_A_PAGE: Final = "1000"


class Massive:
    """Asks Massive with the user's key: bars, last prices, splits, share counts, and FINRA's figures resold."""

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
        return Fetched(
            snapshot=snapshot_by(MASSIVE, Dataset.PRICES, answer.content, as_of=day, fetched_at=answer.fetched_at),
            receipts=receipts,
        )

    async def snapshots(self, symbols: Sequence[str] = ()) -> Fetched:
        """Last prices of all names, or of some; paid plans only.

        Raises:
            MissingKeyError, NoDataError, ProviderError: as `grouped`.
        """
        params = {"tickers": ",".join(map(to_massive, symbols))} if symbols else {}
        path = "/v2/snapshot/locale/us/markets/stocks/tickers"
        answer = await self._ask(path, parse_last_prices, params)
        quotes = content_of(answer)
        newest = datetime.fromtimestamp(int(quotes["quoted_at"].max()), UTC)
        return Fetched(
            snapshot=snapshot_by(
                MASSIVE, Dataset.QUOTES, quotes, as_of=new_york_date(newest), fetched_at=answer.fetched_at
            )
        )

    async def splits(self, since: date) -> Fetched:
        """Splits with an ex-date from a day on; `as_of` is the day of the look.

        Raises:
            NoDataError: there are none. MissingKeyError, ProviderError: as `grouped`.
        """
        params = {"execution_date.gte": since.isoformat(), "order": "asc", "limit": _ROWS_A_PAGE}
        rows, fetched_at = await self._pages("/v3/reference/splits", parse_splits, params, ["symbol", "ex_date"])
        return Fetched(
            snapshot=snapshot_by(MASSIVE, Dataset.SPLITS, rows, as_of=new_york_date(fetched_at), fetched_at=fetched_at)
        )

    async def short_interest(self, settlement_date: date) -> Fetched:
        """One cycle of the whole market, rows as `RESOLD` has them.

        Raises:
            NoDataError: there is none of that day. MissingKeyError, ProviderError: as `grouped`.
        """
        params = {"settlement_date": settlement_date.isoformat(), "limit": "50000"}
        keys = ["symbol", "settlement_date"]
        rows, fetched_at = await self._pages("/stocks/v1/short-interest", parse_short_interest, params, keys)
        return Fetched(
            snapshot=snapshot_by(MASSIVE, Dataset.SHORT_INTEREST, rows, as_of=settlement_date, fetched_at=fetched_at)
        )

    async def short_volume(self, day: date) -> Fetched:
        """One day's off-exchange short volume of the whole market, rows as `RESOLD_VOLUME` has them.

        Raises:
            NoDataError: there is none of that day. MissingKeyError, ProviderError: as `grouped`.
        """
        params = {"date": day.isoformat(), "limit": "50000"}
        rows, fetched_at = await self._pages("/stocks/v1/short-volume", parse_short_volume, params, ["symbol", "date"])
        return Fetched(snapshot=snapshot_by(MASSIVE, Dataset.SHORT_VOLUME, rows, as_of=day, fetched_at=fetched_at))

    async def counts(self, names: Sequence[tuple[str, date]]) -> Fetched:
        """Share counts of single names, each on a day of the past; a request each, rows as `PAST_SHARE_COUNTS`.

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
        frame = enter(PAST_SHARE_COUNTS, pd.DataFrame(rows), "Massive details")
        newest = max(day for _, day in names[: len(rows)])
        snapshot = snapshot_by(
            MASSIVE, Dataset.SHARES_OUTSTANDING, frame, as_of=newest, fetched_at=self._clients.moment()
        )
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
        secret = await asyncio.to_thread(self._keys.require, KeyName.MASSIVE_KEY)
        client = self._clients.of(API_MASSIVE, MASSIVE.name)
        headers = {"Authorization": f"Bearer {secret.reveal()}"}
        return await answer_to_key(
            lambda: client.get(
                path, parse, form=Form.JSON, params=params, headers=headers, is_conditional=is_conditional
            ),
            client,
            "Massive",
            {KeyName.MASSIVE_KEY: secret},
        )
