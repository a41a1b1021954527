"""Takes the steps of a plan: asks, stores, and notes that it is stored. Whoever is interrupted loses one step."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np
import pandas as pd

from analytics.schema import PRICES
from analytics.snapshot import Dataset, Quality, Snapshot
from providers import yahoo_spark
from providers._archive import Archive, ArchiveError
from providers._backfill_plan import Ask, Step, lists, plan
from providers._client import Fetched
from providers._clients import Clients
from providers._door import enter
from providers._errors import NoDataError, ProviderError
from providers._holdings import SINCE, holdings_of, names_of_market, splits_of
from providers.finra_short_interest import FinraShortInterest
from providers.nasdaq_directory import NasdaqDirectory
from providers.nasdaq_screener import NasdaqScreener
from providers.nasdaq_splits import NasdaqSplits
from providers.sec_fails import SecFails
from providers.yahoo_spark import YahooSpark

RECEIPTS: Final = "receipts.json"
"""The file of receipts, in the archive's folder: one is worth nothing without the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """The providers a backfill asks."""

    screener: NasdaqScreener
    directory: NasdaqDirectory
    short_interest: FinraShortInterest
    splits: NasdaqSplits
    closes: YahooSpark
    fails: SecFails

    @staticmethod
    def of(clients: Clients) -> Sources:
        """All of them, with one set of clients."""
        return Sources(
            screener=NasdaqScreener(clients),
            directory=NasdaqDirectory(clients),
            short_interest=FinraShortInterest(clients),
            splits=NasdaqSplits(clients),
            closes=YahooSpark(clients),
            fails=SecFails(clients),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a step went."""

    step: Step
    rows: int = 0
    """Rows that were stored."""
    complaint: str = ""
    """What went wrong, in a sentence; empty where nothing did."""
    is_absent: bool = False
    """Whether the source just has nothing: asking again soon is no use."""


class Backfill:
    """Plans and fills; made for one archive."""

    def __init__(self, clients: Clients, archive: Archive, sources: Sources | None = None) -> None:
        """A backfill that has asked nothing yet.

        Args:
            clients: told what is stored; they also know the moment.
            archive: what is filled.
            sources: whom to ask; those of the clients by default.
        """
        self._clients = clients
        self._archive = archive
        self._sources = sources or Sources.of(clients)
        self._splits: pd.DataFrame | None = None

    def plan(self, since: date, until: date | None = None, *, with_fails: bool = True) -> tuple[Step, ...]:
        """What the archive lacks; see `providers._backfill_plan.plan`. Reads the archive: call it in a thread.

        While a list is missing that names are taken from, closes are one step with an estimate.

        Raises:
            ArchiveError: a vintage is damaged.
            CalendarRangeError: a day is outside the shipped calendar.
        """
        moment = self._clients.moment()
        holdings = holdings_of(self._archive, moment)
        waits = lists(holdings, since=since, until=until or since, moment=moment)
        is_known = not any(step.ask in {Ask.SCREENER, Ask.DIRECTORY} for step in waits)
        symbols = names_of_market(self._archive, moment) if is_known else None
        return plan(holdings, since=since, until=until, moment=moment, symbols=symbols, with_fails=with_fails)

    async def run(self, step: Step) -> Outcome:
        """Take a step. What goes wrong is in the outcome: one source's trouble must not stop the others."""
        try:
            return await self._taken(step)
        except NoDataError as error:
            return Outcome(step=step, complaint=str(error), is_absent=True)
        except ProviderError as error:
            return Outcome(step=step, complaint=str(error))

    async def _taken(self, step: Step) -> Outcome:
        if step.ask is Ask.CLOSES:
            return await self._closes(step)
        fetched = await self._asked(step)
        if step.ask is Ask.SPLITS and fetched.snapshot is not None:
            noted = (*fetched.snapshot.notes, f"{SINCE}{step.day}")
            fetched = replace(fetched, snapshot=replace(fetched.snapshot, notes=noted))
            self._splits = None
        return Outcome(step=step, rows=await self._stored(fetched))

    async def _asked(self, step: Step) -> Fetched:
        sources = self._sources
        if step.ask is Ask.SCREENER:
            return await sources.screener.fetch()
        if step.ask is Ask.DIRECTORY:
            # Anew: the plan asks only for what is not there, whatever receipts may say.
            return await sources.directory.fetch(anew=True)
        if step.ask is Ask.FAILS:
            return await sources.fails.fetch(step.file)
        assert step.day is not None
        if step.ask is Ask.CYCLE:
            return await sources.short_interest.fetch_cycle(step.day, anew=True)
        return await sources.splits.fetch(step.day)

    async def _stored(self, fetched: Fetched) -> int:
        if fetched.snapshot is None:
            return 0
        await asyncio.to_thread(self._archive.append, fetched.snapshot)
        try:
            await self._clients.keep(fetched)
        except OSError as error:
            raise ArchiveError(f"the receipts of {self._archive.root} cannot be written: {error.strerror}") from error
        return fetched.snapshot.rows

    async def _closes(self, step: Step) -> Outcome:
        splits = await self._known_splits()
        assert step.day is not None
        assert step.until is not None
        blocks = [step.symbols[at : at + yahoo_spark.BLOCK] for at in range(0, len(step.symbols), yahoo_spark.BLOCK)]
        answers = await asyncio.gather(*(self._block(block, step.day, splits) for block in blocks))
        failures = [answer for answer in answers if isinstance(answer, ProviderError)]
        if len(failures) == len(blocks):
            raise failures[0]
        pairs = list(zip(blocks, answers, strict=True))
        frames = [
            _marked(block, answer, step.day, step.until)
            for block, answer in pairs
            if not isinstance(answer, ProviderError)
        ]
        notes = [note for answer in answers if isinstance(answer, Snapshot) for note in answer.notes]
        snapshot = Snapshot(
            dataset=Dataset.PRICES,
            frame=enter(PRICES, pd.concat(frames, ignore_index=True), "closes of several names"),
            as_of=step.until,
            fetched_at=self._clients.moment(),
            source=yahoo_spark.CARD.name,
            quality=Quality.PARTIAL if failures else Quality.OK,
            attribution=yahoo_spark.CARD.attribution,
            notes=tuple(notes),
        )
        rows = await self._stored(Fetched(snapshot=snapshot))
        return Outcome(step=step, rows=rows, complaint=str(failures[0]) if failures else "")

    async def _block(self, names: Sequence[str], since: date, splits: pd.DataFrame) -> Snapshot | ProviderError | None:
        """The closes of up to twenty names; None where none of them has any."""
        try:
            return (await self._sources.closes.history(names, since, splits)).snapshot
        except NoDataError:
            return None
        except ProviderError as error:
            return error

    async def _known_splits(self) -> pd.DataFrame:
        if self._splits is None:
            splits = await asyncio.to_thread(splits_of, self._archive, self._clients.moment())
            if splits.empty:
                # Yahoo restates its closes: without the calendar they would be stored on the wrong basis for good.
                raise ProviderError("closes wait for the calendar of splits, which could not be had")
            self._splits = splits
        return self._splits


def _marked(names: Sequence[str], answer: Snapshot | None, first: date, last: date) -> pd.DataFrame:
    """The rows of an answer, and rows without a close that say of every name how far it was asked for.

    A name that came garbled is not marked: it is asked for again.
    """
    rows = None if answer is None else answer.frame
    asked = names if answer is None or answer.quality is Quality.OK else sorted(set(answer.frame["symbol"]))
    ends = pd.DataFrame(
        {
            "date": np.repeat(np.array([first, last], "datetime64[s]"), len(asked)),
            "symbol": [*asked, *asked],
            "exchange": "",
            "close": np.nan,
            "volume": np.nan,
            "shares_out": np.nan,
        }
    )
    whole = ends if rows is None else pd.concat([rows, ends], ignore_index=True)
    return whole.drop_duplicates(["symbol", "date"], keep="first")
