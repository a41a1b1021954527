"""Fills an archive from its plan to the last step: lists first, then closes; whoever watches is told how far it is."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final, NamedTuple

from providers.backfill.plan import STEPS_THAT_BRING_CLOSES, Step, StepKind, requests_by_provider
from providers.backfill.run import Backfill, Outcome
from providers.catalog import CARDS
from providers.http.traffic import Exchange

LIST_STEPS: Final = frozenset({StepKind.SCREENER, StepKind.DIRECTORY, StepKind.SPLITS, StepKind.CYCLE})
"""What is asked for first: the names whose closes are wanted come from it."""
MOST_WAITS_WITHOUT_ANSWER: Final = 4
"""Times that a source may ask for quiet one after another without an answer in between, before the next run has it."""
LONGEST_WAIT_SECONDS: Final = 3_600.0
"""Seconds of quiet that are waited for; who wants more is asked in another run."""


@dataclass(frozen=True, slots=True)
class FillingProgress:
    """How far a filling is."""

    words: str
    """What is asked for now."""
    sent: int
    """Requests made so far."""
    total: int
    """Requests it takes in all, as far as that is known now."""


class ProviderRequests(NamedTuple):
    """What a plan asks of one provider."""

    provider: str
    """Its name in the catalog."""
    requests: int
    seconds: float
    """How long they take at our pace; those to different providers go out side by side."""
    is_estimate: bool
    """Whether their number is a guess, because the names are not known yet."""

    @property
    def title(self) -> str:
        """The provider's name for people."""
        return CARDS[self.provider].title


def requests_planned(steps: Iterable[Step]) -> list[ProviderRequests]:
    """What some steps ask of each provider, in their order."""
    steps = tuple(steps)
    guessed = {step.provider for step in steps if step.is_estimate}
    return [
        ProviderRequests(name, requests, requests * CARDS[name].hosts[0].seconds_between, name in guessed)
        for name, requests in requests_by_provider(steps).items()
    ]


def requests_in_all(steps: Iterable[Step]) -> int:
    """How many requests some steps take together."""
    return sum(step.requests for step in steps)


class Filling:
    """One run over what an archive lacks. What is stored stays, whatever ends it."""

    def __init__(
        self,
        since: date,
        until: date | None = None,
        *,
        with_fails: bool,
        told: Callable[[FillingProgress], None] = lambda _: None,
    ) -> None:
        """A filling that has asked nothing yet.

        Args:
            since: the first session wanted.
            until: the last one; None for the newest that is over.
            with_fails: whether the SEC may be asked, which wants to know whom it serves.
            told: told after every request and at every step, on the event loop.
        """
        self.since, self.until, self._with_fails, self.told = since, until, with_fails, told
        self.outcomes: list[Outcome] = []
        self.sent, self._total, self._words = 0, 0, ""
        self._stopped = asyncio.Event()

    @property
    def is_stopping(self) -> bool:
        """Whether no further step is begun."""
        return self._stopped.is_set()

    def stop(self) -> None:
        """End when the steps under way are stored."""
        self._stopped.set()

    def heard(self, _exchange: Exchange) -> None:
        """Count a request; clients are told to report to this."""
        self.sent += 1
        self._tell()

    async def planned(self, filler: Backfill) -> tuple[Step, ...]:
        """What the archive lacks now."""
        return await asyncio.to_thread(filler.plan, self.since, self.until, with_fails=self._with_fails)

    async def fill(self, filler: Backfill, steps: Iterable[Step]) -> None:
        """Take the steps of a plan, and those that only show once the lists are there."""
        steps = tuple(steps)
        self._total = requests_in_all(steps)
        self._tell()
        await self._take(filler, [step for step in steps if step.ask in LIST_STEPS])
        # Now the names are known, and with them the number of requests.
        missing = await self.planned(filler)
        rest = [step for step in missing if step.ask not in LIST_STEPS and not step.is_estimate]
        self._total = self.sent + requests_in_all(rest)
        self._tell()
        # What the SEC has is only for names that nobody prices, and share counts are for those that are gone.
        await self._take(filler, [step for step in rest if step.ask in STEPS_THAT_BRING_CLOSES])
        await self._take(filler, await asyncio.to_thread(filler.second_look, self.since, self.until))
        await self._take(filler, [step for step in rest if step.ask in {StepKind.FAILS, StepKind.COUNTS}])

    async def _take(self, filler: Backfill, steps: Iterable[Step]) -> None:
        """The steps of each provider one after the other, those of different providers side by side."""
        queues: dict[str, list[Step]] = defaultdict(list)
        for step in steps:
            queues[step.provider].append(step)

        async def work(queue: list[Step]) -> None:
            for step in queue:
                if self.is_stopping:
                    return
                self._tell(step.words)
                await self._finish(filler, step)

        async with asyncio.TaskGroup() as group:
            for queue in queues.values():
                group.create_task(work(queue))

    async def _finish(self, filler: Backfill, step: Step) -> None:
        """Take a step until it is answered: a source that wants quiet has it, and is asked for the rest afterwards."""
        in_vain = 0
        while True:
            outcome = await filler.run(step)
            in_vain = 0 if outcome.rows else in_vain + 1
            is_over = (
                self.is_stopping or in_vain > MOST_WAITS_WITHOUT_ANSWER or outcome.retry_after > LONGEST_WAIT_SECONDS
            )
            if outcome.rest is None or is_over:
                self.outcomes.append(outcome)
                return
            if outcome.rows:
                self.outcomes.append(replace(outcome, complaint=""))
            quiet = timedelta(seconds=round(outcome.retry_after))
            self._tell(f"{CARDS[step.provider].title} wants quiet for {quiet}")
            with suppress(TimeoutError):
                async with asyncio.timeout(outcome.retry_after):
                    await self._stopped.wait()
            if self.is_stopping:
                self.outcomes.append(replace(outcome, rows=0))
                return
            step = outcome.rest

    def _tell(self, words: str = "") -> None:
        self._words = words or self._words
        self.told(FillingProgress(self._words, self.sent, max(self._total, self.sent)))
