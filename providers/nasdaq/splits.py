"""Nasdaq's calendar of splits: which names change their share count, by how much, from which session on.

https://www.nasdaq.com/market-activity/stock-splits
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

import pandas as pd

from providers.archive.holdings import ASKED_SINCE
from providers.catalog import API_NASDAQ, NASDAQ_SPLITS
from providers.errors import MalformedError, NoDataError
from providers.feeds.feed import Ask, Delivery
from providers.feeds.surroundings import Surroundings, newest_held
from providers.http.client import Fetched
from providers.http.clients import Clients
from providers.http.verdicts import Form
from providers.listings.symbols import canonical
from providers.nasdaq.envelope import data_of
from providers.parsing.boundary import parser
from providers.parsing.entry import enter, rows_of
from providers.parsing.snapshots import snapshot_by
from shortside.datasets import Dataset, Quality
from shortside.schema import SPLITS
from shortside.sessions import new_york_date

ANNOUNCED_STATUS: Final = "announced"
"""The status of a split that was not yet seen in the share counts."""
_RATIO: Final = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(?::|for|-for-|/)\s*(\d+(?:\.\d+)?)\s*")
_PERCENT: Final = re.compile(r"\s*(\d+(?:\.\d+)?)\s*%\s*")
_DAY: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")


class NasdaqSplits:
    """Fetches the calendar from a day on; one request."""

    def __init__(self, clients: Clients) -> None:
        """A provider that has asked nothing yet."""
        self._clients = clients

    async def fetch(self, since: date) -> Fetched:
        """Splits with an ex-date from `since` on, as far as the calendar reaches; `as_of` is the day of the look.

        Raises:
            NoDataError: the calendar has none.
            MalformedError: it is garbled.
            ProviderError: as `Client.get`.
        """
        where = "Nasdaq splits calendar"
        answer = await self._clients.of(API_NASDAQ, NASDAQ_SPLITS.name).get(
            "/api/calendar/splits",
            lambda body: parse_splits(body, where),
            form=Form.JSON,
            params={"date": since.isoformat()},
            is_conditional=True,
        )
        if answer.content is None:
            return Fetched(snapshot=None, receipts=(answer.receipt,))
        splits, notes = answer.content
        snapshot = snapshot_by(
            NASDAQ_SPLITS,
            Dataset.SPLITS,
            splits,
            as_of=new_york_date(answer.fetched_at),
            published_at=answer.fetched_at,
            fetched_at=answer.fetched_at,
            quality=Quality.PARTIAL if notes else Quality.OK,
            notes=notes,
        )
        return Fetched(snapshot=snapshot, receipts=(answer.receipt,))


@parser("Nasdaq's splits")
def parse_splits(body: bytes, where: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The calendar as `SPLITS` has it, and a note on each row that could not be used.

    Raises:
        NoDataError: it holds no split.
        MalformedError: it is another kind of answer, or no row of it can be used.
    """
    entries = data_of(body, where).get("rows")
    rows = rows_of([] if entries is None else entries, where)
    if not rows:
        raise NoDataError(f"{where} holds no splits")
    found: dict[tuple[str, date], float] = {}
    notes: list[str] = []
    for row in rows:
        symbol = canonical(str(row.get("symbol") or ""))
        ex_date, ratio = _day(row.get("executionDate")), price_factor(str(row.get("ratio") or ""))
        if not symbol or ex_date is None or ratio is None:
            notes.append(f"{symbol or 'a row'} is passed over: {row.get('ratio')!r} on {row.get('executionDate')!r}")
        elif not _is_close(found.setdefault((symbol, ex_date), ratio), ratio):
            notes.append(f"{symbol} on {ex_date} is there with two ratios; the first is taken")
    if not found:
        raise MalformedError(f"no row can be used: {notes[0]}", where=where)
    return _conformed(found, where), tuple(notes)


def price_factor(text: str) -> float | None:
    """What earlier prices are multiplied by: `16 : 1` gives 0.0625, `1 : 20` gives 20, a dividend of `5%` 1/1.05."""
    ratio = _RATIO.fullmatch(text)
    if ratio is not None:
        new, old = float(ratio[1]), float(ratio[2])
        return old / new if new > 0 and old > 0 else None
    percent = _PERCENT.fullmatch(text)
    return None if percent is None else 1 / (1 + float(percent[1]) / 100)


def _is_close(one: float, other: float) -> bool:
    return abs(one / other - 1) < 1e-6


def _day(text: Any) -> date | None:
    found = _DAY.fullmatch(str(text or "").strip())
    if found is None:
        return None
    month, day, year = map(int, found.groups())
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _conformed(found: dict[tuple[str, date], float], where: str) -> pd.DataFrame:
    unknown = [None] * len(found)
    frame = pd.DataFrame(
        {
            "symbol": [symbol for symbol, _ in found],
            "ex_date": [day.isoformat() for _, day in found],
            "simple_ratio": list(found.values()),
            "shares_before": pd.Series(unknown, dtype="float64"),
            "shares_after": pd.Series(unknown, dtype="float64"),
            "shares_corrected_on": pd.Series(unknown, dtype="datetime64[s]"),
            "status": [ANNOUNCED_STATUS] * len(found),
        }
    )
    return enter(SPLITS, frame, where)


SPLITS_LOOK_BACK: Final = timedelta(days=14)
"""How far behind today the splits calendar is read, so that a corrected ratio is seen."""


def splits_feed(surroundings: Surroundings) -> Ask:
    """Asks Nasdaq for its calendar of splits, from as far back as the stored one begins."""
    return calendar_question(surroundings, NasdaqSplits(surroundings.clients).fetch)


def calendar_question(surroundings: Surroundings, fetch: Callable[[date], Awaitable[Fetched]]) -> Ask:
    """Asks for the splits since the day that Nasdaq's stored calendar begins with; a note in the answer says that day.

    Args:
        surroundings: where the stored calendar is.
        fetch: asks a provider for its splits since a day.
    """

    async def ask() -> Delivery:
        since = await asyncio.to_thread(splits_since, surroundings)
        fetched = await fetch(since)
        if fetched.snapshot is None:
            return Delivery(fetched=(fetched,))
        # Whoever plans a backfill reads there how far back the calendar goes.
        noted = replace(fetched.snapshot, notes=(*fetched.snapshot.notes, f"{ASKED_SINCE}{since}"))
        return Delivery(fetched=(replace(fetched, snapshot=noted),))

    return ask


def splits_since(surroundings: Surroundings) -> date:
    """From when splits are asked for: as the stored calendar was, so that an unchanged answer is known as such."""
    card = NASDAQ_SPLITS
    held = newest_held(surroundings.archive, card.datasets, card.name)
    notes = () if held is None else surroundings.archive.read(held).notes
    noted = [date.fromisoformat(note.removeprefix(ASKED_SINCE)) for note in notes if note.startswith(ASKED_SINCE)]
    return min([*noted, new_york_date(surroundings.clock()) - SPLITS_LOOK_BACK])
