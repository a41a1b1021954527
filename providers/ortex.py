"""Asks ORTEX for its daily estimates of short interest, and for the cost and the availability of stock loan.

https://api.ortex.com, with a key; every answer costs credits and says how many are left. Figures are estimates out of
lending data, day by day: not FINRA's reports, and never to be mixed with them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from providers.catalog import API_ORTEX, ORTEX, KeyName
from providers.errors import MalformedError, NoDataError, ProviderError
from providers.feeds.credits import CreditMeter
from providers.feeds.feed import Delivery, FeedPlan
from providers.feeds.schedule import OfficeHours
from providers.feeds.state import FeedState, by_name
from providers.feeds.surroundings import Surroundings
from providers.http.client import Fetched, content_of
from providers.http.clients import Clients
from providers.http.verdicts import Form
from providers.keyed.keys import Keys
from providers.keyed.refusals import answer_to_key
from providers.listings.symbols import to_massive
from providers.parsing.boundary import parser
from providers.parsing.entry import cells_of, column_of, enter, read_json, record_of, rows_of
from providers.parsing.snapshots import snapshot_by
from shortside.column_cells import numbers_in
from shortside.datasets import Dataset
from shortside.schema import Column, ColumnKind, FrameSchema
from shortside.sessions import new_york_date

ROWS_A_PAGE: Final = 500
"""Rows asked for at a time."""
MOST_PAGES: Final = 50
"""Pages of one question; more than this is a loop."""
ESTIMATE: Final = "ORTEX's daily estimate out of lending data, not a report to FINRA"


def _schema(dataset: Dataset, *columns: Column) -> FrameSchema:
    keys = (Column(name="date", kind=ColumnKind.DATE), Column(name="symbol", kind=ColumnKind.TEXT))
    return FrameSchema(dataset, (*keys, *columns), key=("symbol", "date"))


def _shares(name: str) -> Column:
    return Column(name=name, kind=ColumnKind.SHARES, unit="shares", is_nullable=True, minimum=0)


def _ratio(name: str, unit: str) -> Column:
    return Column(name=name, kind=ColumnKind.RATIO, unit=unit, is_nullable=True)


ESTIMATES: Final = _schema(
    Dataset.SHORT_INTEREST, _shares("short_interest"), _ratio("short_float_ratio", "fraction of the free float")
)
"""Estimated shares short at the end of a day."""
COSTS: Final = _schema(
    Dataset.BORROW, _ratio("fee", "fraction a year, of all loans"), _ratio("new_fee", "fraction a year, of new loans")
)
"""What stock loan costs; each of the two questions fills one of the columns."""
AVAILABILITY: Final = _schema(Dataset.BORROW, _shares("available"))
"""Shares left to borrow."""


Values = Callable[[list[dict[str, Any]]], dict[str, npt.NDArray[np.float64]]]
"""Reads the columns of a schema out of rows as ORTEX names them."""


@dataclass(frozen=True, slots=True)
class AnswerCredits:
    """What an answer cost, and what is left; None where ORTEX does not say."""

    used: float | None
    left: float | None

    @property
    def words(self) -> str:
        """The credits used and left in words for a reader; empty where nothing is known."""
        return "" if self.left is None else f"{self.left:,.2f} ORTEX credits left"


@dataclass(frozen=True, eq=False, slots=True)
class Page:
    """One page of an answer."""

    rows: pd.DataFrame
    """Of the schema that was asked for; may be empty."""
    length: int | None
    """How many rows all pages have; None where ORTEX does not say."""
    credits: AnswerCredits


@parser("ORTEX short interest")
def parse_short_interest(body: bytes, symbol: str) -> Page:
    """A page of `ESTIMATES`.

    Raises:
        MalformedError: it is garbled.
    """
    return _page(
        body,
        symbol,
        "short interest",
        ESTIMATES,
        lambda rows: {
            "short_interest": _numbers(rows, "shortInterestShares").round(),
            "short_float_ratio": _numbers(rows, "shortInterestPcFreeFloat") / 100,
        },
    )


@parser("ORTEX cost to borrow")
def parse_cost(body: bytes, symbol: str) -> Page:
    """A page of `COSTS`, of all loans or of new ones; ORTEX gives per cent a year.

    Raises:
        MalformedError: it is garbled.
    """
    return _page(
        body,
        symbol,
        "cost to borrow",
        COSTS,
        lambda rows: {
            "fee": _numbers(rows, "costToBorrowAll") / 100,
            "new_fee": _numbers(rows, "costToBorrowNew") / 100,
        },
    )


@parser("ORTEX availability")
def parse_availability(body: bytes, symbol: str) -> Page:
    """A page of `AVAILABILITY`.

    Raises:
        MalformedError: it is garbled.
    """
    return _page(
        body,
        symbol,
        "availability",
        AVAILABILITY,
        lambda rows: {"available": _numbers(rows, "shortAvailabilityShares").round()},
    )


def _numbers(rows: list[dict[str, Any]], name: str) -> npt.NDArray[np.float64]:
    """(rows,) a field as numbers; NaN where a row, or all of them, lack it."""
    cells = cells_of(rows, name)
    numbers = numbers_in(cells)
    # The schema takes infinity for what it is not, and leaves the row out.
    return np.where(np.isnan(numbers) & pd.notna(cells), np.inf, numbers)


def _page(body: bytes, symbol: str, what: str, schema: FrameSchema, values: Values) -> Page:
    where = f"ORTEX {what}, {symbol}"
    record = record_of(read_json(body, where), where)
    if "rows" not in record:
        raise MalformedError("has no rows", where=where)
    rows = rows_of(record["rows"], where)
    read = values(rows)
    if rows and all(np.isnan(column).all() for column in read.values()):
        # A field that was renamed would otherwise pass for "unknown" for ever.
        raise MalformedError(f"has none of {', '.join(read)} in any row", where=where)
    days = [None if day is None else str(day)[:10] for day in column_of(rows, "date")]
    columns = {"date": np.array(days, object), "symbol": np.full(len(rows), symbol, object), **read}
    length = record.get("length")
    return Page(
        rows=enter(schema, columns, where),
        length=length if type(length) is int else None,
        credits=AnswerCredits(_amount(record.get("creditsUsed")), _amount(record.get("creditsLeft"))),
    )


def _amount(value: Any) -> float | None:
    return float(value) if type(value) in {int, float} else None


class Ortex:
    """ORTEX, with the user's key; one symbol a question."""

    def __init__(self, clients: Clients, keys: Keys) -> None:
        """A provider that has asked nothing yet; the key is looked up with the first question."""
        self._clients = clients
        self._keys = keys
        self.credits = AnswerCredits(None, None)
        """What the last question cost, None where ORTEX did not say, and what is left."""

    async def short_interest(self, symbol: str, since: date, until: date) -> Fetched:
        """Daily estimates, rows as `ESTIMATES` has them, oldest first.

        Raises:
            MissingKeyError: there is no key. NoDataError: there is none. ProviderError: as `Client.get`.
        """
        rows, notes = await self._pages("short_interest", parse_short_interest, symbol, since, until)
        return self._fetched(Dataset.SHORT_INTEREST, rows, (ESTIMATE, *notes))

    async def cost_to_borrow(self, symbol: str, since: date, until: date, *, is_new: bool = False) -> Fetched:
        """What stock loan cost day by day, rows as `COSTS` has them.

        Args:
            symbol: our spelling.
            since: the first day.
            until: the last day.
            is_new: of loans made that day, instead of all that are out.

        Raises:
            MissingKeyError, NoDataError, ProviderError: as `short_interest`.
        """
        rows, notes = await self._pages(f"ctb/{'new' if is_new else 'all'}", parse_cost, symbol, since, until)
        return self._fetched(Dataset.BORROW, rows, notes)

    async def availability(self, symbol: str, since: date, until: date) -> Fetched:
        """Shares left to borrow day by day, rows as `AVAILABILITY` has them.

        Raises:
            MissingKeyError, NoDataError, ProviderError: as `short_interest`.
        """
        rows, notes = await self._pages("availability", parse_availability, symbol, since, until)
        return self._fetched(Dataset.BORROW, rows, notes)

    async def _pages(
        self, what: str, parse: Callable[[bytes, str], Page], symbol: str, since: date, until: date
    ) -> tuple[pd.DataFrame, tuple[str, ...]]:
        """All pages, oldest day first, and a note on the credits; nothing unless all of them came."""
        where = f"ORTEX {what}, {symbol}"
        path = f"/api/v1/stock/US/{to_massive(symbol)}/{what}"
        params = {"from_date": since.isoformat(), "to_date": until.isoformat(), "page_size": str(ROWS_A_PAGE)}
        frames: list[pd.DataFrame] = []
        used: float | None = None
        # What an earlier question cost is not to be charged to this one.
        self.credits = AnswerCredits(None, self.credits.left)
        while True:
            number = str(len(frames) + 1)
            page = await self._page(path, lambda body: parse(body, symbol), {**params, "page": number})
            if page.credits.used is not None:
                used = (used or 0.0) + page.credits.used
            self.credits = AnswerCredits(used, page.credits.left)
            frames.append(page.rows)
            held = sum(map(len, frames))
            if held >= page.length if page.length is not None else len(page.rows) < ROWS_A_PAGE:
                break
            if page.rows.empty:
                raise MalformedError(f"has {held} rows and says {page.length}", where=where)
            if len(frames) == MOST_PAGES:
                raise MalformedError("its pages do not come to an end", where=where)
        rows = pd.concat(frames, ignore_index=True).drop_duplicates("date").sort_values("date", ignore_index=True)
        if rows.empty:
            raise NoDataError(f"ORTEX has no {what} of {symbol} from {since} to {until}")
        return rows, tuple(filter(None, [self.credits.words]))

    async def _page(self, path: str, parse: Callable[[bytes], Page], params: Mapping[str, str]) -> Page:
        secret = await asyncio.to_thread(self._keys.require, KeyName.ORTEX_KEY)
        client = self._clients.of(API_ORTEX, ORTEX.name)
        headers = {"Ortex-Api-Key": secret.reveal()}
        answer = await answer_to_key(
            lambda: client.get(path, parse, form=Form.JSON, params=params, headers=headers),
            client,
            "ORTEX",
            {KeyName.ORTEX_KEY: secret},
        )
        return content_of(answer)

    def _fetched(self, dataset: Dataset, rows: pd.DataFrame, notes: tuple[str, ...]) -> Fetched:
        return Fetched(
            snapshot=snapshot_by(
                ORTEX,
                dataset,
                rows,
                as_of=rows["date"].max().date(),
                fetched_at=self._clients.moment(),
                notes=notes,
            )
        )


MOST_VIEWED_NAMES: Final = 5
"""Names looked at alone that ORTEX is asked about."""


ESTIMATES_LOOK_BACK: Final = timedelta(days=14)
"""How far back ORTEX is asked about a name: its cost goes by rows."""


def ortex_feeds(surroundings: Surroundings) -> list[FeedPlan]:
    """Plans what is polled of ORTEX: estimates and costs of the names in view, for as many credits as the day has.

    By sessions, as lending data come: estimates are no settlements.
    """
    earlier: FeedState | None = by_name(surroundings.earlier).get(ORTEX.name)
    meter = CreditMeter(ORTEX.title, surroundings.credits_a_day.get(ORTEX.name, 0.0), earlier)
    provider = Ortex(surroundings.clients, surroundings.keys)
    return [
        FeedPlan(
            card=ORTEX,
            dataset=Dataset.BORROW,
            schedule=OfficeHours(step=timedelta(minutes=1), last=time(20)),
            ask=_Estimates(surroundings, provider, meter).ask,
            budget=60,
            meter=meter,
        )
    ]


class _Estimates:
    """ORTEX on the names in view, each once a day, for as many credits as the day has."""

    def __init__(self, surroundings: Surroundings, provider: Ortex, meter: CreditMeter) -> None:
        self._surroundings, self._provider, self._meter = surroundings, provider, meter
        self._answered: dict[str, date] = {}
        """The day each name was last answered for, were it with nothing: the archive knows only of rows."""

    async def ask(self) -> Delivery:
        viewed = self._surroundings.viewed()[:MOST_VIEWED_NAMES]
        if not viewed:
            raise NoDataError("ORTEX is asked about the name in view only, and none is")
        today = new_york_date(self._surroundings.clock())
        known = await asyncio.to_thread(self._known, today)
        wanted = [symbol for symbol in viewed if symbol not in known]
        if not wanted:
            raise NoDataError(f"ORTEX was asked today about {', '.join(viewed)}")
        delivered: list[Fetched] = []
        complaints: list[str] = []
        for symbol in wanted:
            for question in (self._provider.short_interest, self._provider.cost_to_borrow):
                try:
                    delivered.append(await self._charged(question(symbol, today - ESTIMATES_LOOK_BACK, today), today))
                except NoDataError as error:
                    complaints.append(str(error))
                except ProviderError as error:
                    if not delivered:
                        raise
                    complaints.append(str(error))
                    break
            self._answered[symbol] = today
        if not delivered:
            raise NoDataError("; ".join(dict.fromkeys(complaints)))
        return Delivery(fetched=tuple(delivered), complaints=tuple(dict.fromkeys(complaints)))

    async def _charged(self, question: Coroutine[Any, Any, Fetched], today: date) -> Fetched:
        """What a question gives; what it cost is noted, with rows or without."""
        try:
            self._meter.require_room(today)
        except NoDataError:
            question.close()
            raise
        try:
            fetched = await question
        except (NoDataError, MalformedError):
            self._note_cost(today)
            raise
        self._note_cost(today)
        return fetched

    def _note_cost(self, today: date) -> None:
        self._meter.charge(today, self._provider.credits.used, self._provider.credits.left)

    def _known(self, today: date) -> set[str]:
        """The names asked about today, by this terminal or another."""
        archive = self._surroundings.archive
        days = [today - timedelta(days=back) for back in range(ESTIMATES_LOOK_BACK.days + 1)]
        looks = [one for day in days for one in archive.vintages(Dataset.SHORT_INTEREST, day)]
        ours = [one for one in looks if one.source == ORTEX.name and new_york_date(one.fetched_at) == today]
        stored = {str(symbol) for look in ours for symbol in archive.read(look).frame["symbol"].unique()}
        return stored | {symbol for symbol, day in self._answered.items() if day == today}
