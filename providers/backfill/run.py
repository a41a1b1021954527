"""Takes the steps of a plan: asks, stores, and notes that it is stored. Whoever is interrupted loses one step."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import pandas as pd

from providers.alpaca import Alpaca
from providers.archive.absences import Absence, note_absences, read_absences
from providers.archive.holdings import ASKED_SINCE, holdings_of, names_of_market
from providers.archive.splits import splits_of
from providers.archive.vintages import Archive, ArchiveError
from providers.backfill.answer_marks import with_marks
from providers.backfill.holes_in_words import absent_names, words_on_gone, words_on_holes
from providers.backfill.missing_counts import uncounted
from providers.backfill.plan import STEPS_ASKED_BY_NAME, Step, StepKind, keyless, plan, steps_for_lists
from providers.catalog import ALPACA, MASSIVE, YAHOO_SPARK
from providers.errors import NoDataError, PendingError, ProviderError, ThrottledError
from providers.finra.short_interest import FinraShortInterest
from providers.http.client import Fetched
from providers.http.clients import Clients
from providers.keyed.keys import KeyFileError, Keys, MissingKeyError
from providers.keyed.refusals import BadKeyError, TooOldError
from providers.massive.massive import Massive
from providers.nasdaq.directory import NasdaqDirectory
from providers.nasdaq.screener import NasdaqScreener
from providers.nasdaq.splits import NasdaqSplits
from providers.parsing.entry import enter
from providers.parsing.snapshots import snapshot_by
from providers.sec.fails import SecFails
from providers.yahoo import spark as yahoo_spark
from providers.yahoo.spark import YahooSpark
from shortside.datasets import Dataset, Quality
from shortside.schema import PRICES
from shortside.sessions import last_completed_session
from shortside.snapshot import Snapshot

RECEIPTS_FILE_NAME: Final = "receipts.json"
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
    bars: Alpaca | None = None
    """Closes and volumes from Alpaca; None without its keys."""
    sessions: Massive | None = None
    """Closes, volumes and share counts from Massive; None without its key."""

    @staticmethod
    def of(clients: Clients, keys: Keys | None = None) -> Sources:
        """All of them, with one set of clients.

        Args:
            clients: ask for them.
            keys: where the keys of those are that want one; None for the key-less ones only.
        """
        return Sources(
            screener=NasdaqScreener(clients),
            directory=NasdaqDirectory(clients),
            short_interest=FinraShortInterest(clients),
            splits=NasdaqSplits(clients),
            closes=YahooSpark(clients),
            fails=SecFails(clients),
            bars=None if keys is None else Alpaca(clients, keys),
            sessions=None if keys is None else Massive(clients, keys),
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

    rest: Step | None = None
    """What the source did not answer because it wants quiet; to be asked for again after `retry_after`."""
    retry_after: float = 0.0
    """Seconds of quiet it wants."""

    @property
    def reason(self) -> str:
        """What went wrong, without the name of what was asked for, so that equal reasons can be told together."""
        return self.complaint.removeprefix(f"{self.step.thing}: ")


_SINGLE: Final = frozenset({StepKind.CYCLE, StepKind.SESSION, StepKind.FAILS})
"""What asks for one file or one day, which is to be had or not."""


class Backfill:
    """Plans what one archive lacks, and fills it step by step."""

    def __init__(
        self,
        clients: Clients,
        archive: Archive,
        sources: Sources | None = None,
        *,
        keyed: Collection[str] = frozenset(),
        off: Collection[str] = frozenset(),
    ) -> None:
        """A backfill that has asked nothing yet.

        Args:
            clients: told what is stored; they also know the moment.
            archive: what is filled.
            sources: whom to ask; the key-less ones of the clients by default.
            keyed: the providers whose keys are there; they must be among the sources.
            off: the providers that are switched off.
        """
        self._clients = clients
        self._archive = archive
        self._sources = sources or Sources.of(clients)
        self._splits: pd.DataFrame | None = None
        self._keyed, self._off = frozenset(keyed), frozenset(off)
        self._shut: dict[str, str] = {}
        """Providers that refuse our key, and what they said: asked a hundred times, they would say it as often."""
        self._beyond: tuple[date, str] | None = None
        """A session that was too old for the plan of a key, and what was said; older ones are, too."""

    def is_asked(self, provider: str) -> bool:
        """Whether a provider, by its name, is switched on and has the key it wants."""
        return provider not in self._off and (keyless(provider) or provider in self._keyed)

    def plan(
        self, since: date, until: date | None = None, *, with_fails: bool = True, is_patient: bool = False
    ) -> tuple[Step, ...]:
        """What the archive lacks; see `providers.backfill.plan.plan`. Reads the archive: call it in a thread.

        While a list is missing that names are taken from, closes are one step with an estimate.

        Raises:
            ArchiveError: a vintage is damaged.
            CalendarRangeError: a day is outside the shipped calendar.
        """
        moment = self._clients.moment()
        holdings = holdings_of(self._archive, moment)
        waits = steps_for_lists(holdings, since=since, until=until or since, moment=moment)
        is_known = not any(
            step.ask in {StepKind.SCREENER, StepKind.DIRECTORY} for step in waits if self.is_asked(step.provider)
        )
        symbols = names_of_market(self._archive, moment, self._off) if is_known else None
        # Whose count is missing is known only when all cycles are there: who left in between is in them alone.
        is_settled = symbols is not None and not any(step.ask is StepKind.CYCLE for step in waits)
        counted = uncounted(self._archive, moment) if is_settled and self.is_asked(MASSIVE.name) else []
        return plan(
            holdings,
            since=since,
            until=until,
            moment=moment,
            symbols=symbols,
            with_fails=with_fails,
            asked=self.is_asked,
            counted=counted,
            is_patient=is_patient,
        )

    def second_look(self, since: date, until: date | None = None) -> tuple[Step, ...]:
        """The closes to be asked for once more at once: single ones of names that trade in every session.

        Raises:
            ArchiveError: a vintage is damaged.
        """
        moment = self._clients.moment()
        holdings = holdings_of(self._archive, moment)
        names = sorted(holdings.doubted)
        steps = plan(holdings, since=since, until=until, moment=moment, symbols=names, asked=self.is_asked)
        return tuple(step for step in steps if step.ask in STEPS_ASKED_BY_NAME)

    def left_out(self) -> tuple[str, ...]:
        """What answers left out and the next plan asks for again, in sentences. Reads the archive: call it in a thread.

        Every name without a close is written down beside the archive's vintages, however many they are.

        Raises:
            ArchiveError: a vintage is damaged.
            OSError: the archive cannot be written.
        """
        holdings = holdings_of(self._archive, self._clients.moment())
        absent = absent_names(holdings)
        before = read_absences(self._archive.root)
        found = [(one.provider, one.what) for one in before if one.provider in holdings.closes]
        note_absences(self._archive.root, absent, found)
        return (*words_on_holes(holdings), *words_on_gone(holdings))

    async def run(self, step: Step) -> Outcome:
        """Take a step. What goes wrong is in the outcome: one source's trouble must not stop the others."""
        if step.provider in self._shut:
            return Outcome(step=step, complaint=self._shut[step.provider])
        if step.ask is StepKind.SESSION and self._beyond and step.day and step.day < self._beyond[0]:
            return Outcome(step=step, complaint=self._beyond[1], is_absent=True)
        try:
            outcome = await self._taken(step)
        except NoDataError as error:
            outcome = Outcome(step=step, complaint=str(error), is_absent=True)
        except TooOldError as error:
            if step.ask is StepKind.SESSION and step.day:
                self._beyond = step.day, str(error)
            outcome = Outcome(step=step, complaint=str(error), is_absent=True)
        except ThrottledError as error:
            outcome = Outcome(step=step, complaint=str(error), rest=step, retry_after=error.retry_after or 0.0)
        except ProviderError as error:
            if isinstance(error, BadKeyError | MissingKeyError | KeyFileError):
                self._shut[step.provider] = str(error)
            outcome = Outcome(step=step, complaint=str(error))
        return await self._noted(outcome)

    async def _noted(self, outcome: Outcome) -> Outcome:
        """The outcome, once it is written down whether the file or day it is about can be had."""
        step = outcome.step
        if step.ask not in _SINGLE or (outcome.complaint and not outcome.is_absent):
            return outcome
        absent = [Absence(provider=step.provider, why=outcome.reason, what=step.thing)] if outcome.is_absent else []
        found = [] if outcome.is_absent else [(step.provider, step.thing)]
        try:
            await asyncio.to_thread(note_absences, self._archive.root, absent, found)
        except OSError as error:
            words = f"what is not to be had cannot be noted in {self._archive.root}: {error.strerror or error}"
            return replace(outcome, complaint=words, is_absent=False)
        return outcome

    async def _taken(self, step: Step) -> Outcome:
        if step.ask is StepKind.CLOSES:
            return await self._closes(step)
        if step.ask is StepKind.BARS:
            return await self._bars(step)
        fetched = await self._asked(step)
        if step.ask is StepKind.SPLITS and fetched.snapshot is not None:
            noted = (*fetched.snapshot.notes, f"{ASKED_SINCE}{step.day}")
            fetched = replace(fetched, snapshot=replace(fetched.snapshot, notes=noted))
            self._splits = None
        rows = await self._stored(fetched)
        is_cut = fetched.snapshot is not None and fetched.snapshot.quality is Quality.PARTIAL
        return Outcome(
            step=step, rows=rows, complaint=fetched.snapshot.notes[-1] if is_cut and fetched.snapshot else ""
        )

    async def _asked(self, step: Step) -> Fetched:
        sources = self._sources
        if step.ask is StepKind.SCREENER:
            return await sources.screener.fetch()
        if step.ask is StepKind.DIRECTORY:
            # Anew: the plan asks only for what is not there, whatever receipts may say.
            return await sources.directory.fetch(anew=True)
        if step.ask is StepKind.FAILS:
            return await sources.fails.fetch(step.file)
        if step.ask is StepKind.COUNTS:
            assert sources.sessions is not None
            return await sources.sessions.counts(step.counted)
        assert step.day is not None
        if step.ask is StepKind.SESSION:
            assert sources.sessions is not None
            return await sources.sessions.grouped(step.day, anew=True)
        if step.ask is StepKind.CYCLE:
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

    async def _bars(self, step: Step) -> Outcome:
        """Bars are as they were paid: they wait for no calendar of splits."""
        assert self._sources.bars is not None
        assert step.day is not None
        assert step.until is not None
        answer: Snapshot | None = None
        try:
            answer = (await self._sources.bars.bars(step.symbols, step.day, step.until)).snapshot
        except NoDataError as error:
            if isinstance(error, PendingError):
                raise
        rows = enter(PRICES, with_marks(step.symbols, answer, step.day, step.until), "bars of several names")
        snapshot = snapshot_by(
            ALPACA,
            Dataset.PRICES,
            rows,
            as_of=self._as_of(step),
            fetched_at=self._clients.moment(),
            notes=() if answer is None else answer.notes,
        )
        return Outcome(step=step, rows=await self._stored(Fetched(snapshot=snapshot)))

    async def _closes(self, step: Step) -> Outcome:
        splits = await self._known_splits()
        assert step.day is not None
        assert step.until is not None
        blocks = [
            step.symbols[at : at + yahoo_spark.SYMBOLS_A_REQUEST]
            for at in range(0, len(step.symbols), yahoo_spark.SYMBOLS_A_REQUEST)
        ]
        answers = await asyncio.gather(*(self._block(block, step.day, splits) for block in blocks))
        failures = [answer for answer in answers if isinstance(answer, ProviderError)]
        throttles = [answer for answer in answers if isinstance(answer, ThrottledError)]
        if len(failures) == len(blocks):
            # What is to be asked for again must not be lost behind what is not.
            raise (throttles or failures)[0]
        pairs = list(zip(blocks, answers, strict=True))
        frames = [
            with_marks(block, answer, step.day, step.until)
            for block, answer in pairs
            if not isinstance(answer, ProviderError)
        ]
        notes = [note for answer in answers if isinstance(answer, Snapshot) for note in answer.notes]
        snapshot = snapshot_by(
            YAHOO_SPARK,
            Dataset.PRICES,
            enter(PRICES, pd.concat(frames, ignore_index=True), "closes of several names"),
            as_of=self._as_of(step),
            fetched_at=self._clients.moment(),
            quality=Quality.PARTIAL if failures else Quality.OK,
            notes=notes,
        )
        rows = await self._stored(Fetched(snapshot=snapshot))
        complaints = [str(failure) for failure in failures if failure not in throttles]
        if not throttles:
            return Outcome(step=step, rows=rows, complaint=complaints[0] if complaints else "")
        left = tuple(name for block, answer in pairs if isinstance(answer, ThrottledError) for name in block)
        return Outcome(
            step=step,
            rows=rows,
            complaint=(complaints or [str(throttles[0])])[0],
            rest=replace(step, symbols=left, requests=len(throttles)),
            retry_after=max(one.retry_after or 0.0 for one in throttles),
        )

    def _as_of(self, step: Step) -> date:
        """The newest session there was when names were asked for: what was left out then is not asked for twice a day.

        So an equal answer on a later day is a vintage of its own, and tells that the source has no more.
        """
        assert step.until is not None
        return max(step.until, last_completed_session(self._clients.moment()))

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
