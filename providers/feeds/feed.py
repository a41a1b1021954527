"""Polls one dataset of one provider: knows when, asks, has the answer stored, and says in words how that went."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from providers.base import Clock
from providers.catalog import Card
from providers.errors import (
    NoDataError,
    PendingError,
    ProviderError,
    RefusedError,
    RestingError,
    ThrottledError,
    words_of,
)
from providers.events import Events, milliseconds
from providers.feeds.ledger import Ledger, LookCost
from providers.feeds.schedule import LastLook, Schedule, due_at, retry_at
from providers.feeds.state import (
    MOST_POLLS_KEPT,
    MOST_SIGNS_OF_A_REASON,
    TROUBLED_LETTERS,
    FeedState,
    Letter,
    PollRecord,
    with_age,
)
from providers.redaction import redacted
from shortside.datasets import Dataset
from shortside.sessions import NEW_YORK, in_utc, new_york_date, next_session

if TYPE_CHECKING:
    # Not at run time: who only reads states needs nothing that asks.
    from providers.http.client import Fetched


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What a look brought home."""

    fetched: tuple[Fetched, ...]
    complaints: tuple[str, ...] = ()
    """What went wrong on the way without preventing it, in words."""


_events: Final = Events("feeds")
EMPTY_DELIVERY: Final = Delivery(fetched=())
"""What a look that failed brought home."""
Ask = Callable[[], Awaitable[Delivery]]
"""Asks the provider; raises ProviderError."""
DatedComplaint = tuple[str, datetime | None]
"""What went wrong, in words, and when; empty words where nothing did."""
Store = Callable[[Delivery], Awaitable[None]]
"""Makes a delivery safe; raises ProviderError or OSError."""


class Meter(Protocol):
    """Knows what a source charged."""

    @property
    def dearest(self) -> float:
        """Credits the dearest question so far took."""

    def spent(self, day: date) -> float:
        """Credits of a New York day."""

    def words(self, day: date) -> str:
        """In words, what a New York day has cost, and what is left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPlan:
    """What is asked of a provider, when, and how often at most."""

    card: Card
    """Of the provider, or of this part of what it gives."""
    dataset: Dataset
    """What is brought, of those on the card."""
    schedule: Schedule
    """When there is something to bring."""
    ask: Ask
    """Asks for it."""
    budget: int | None = None
    """How many requests a day polling may make; None for any."""
    lag: timedelta = timedelta()
    """By how much it has everything later than other sources of the dataset."""
    meter: Meter | None = None
    """Knows what a metered source charged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedTools:
    """What a feed works with."""

    store: Store
    """Makes a delivery safe."""
    clock: Clock
    """The present moment."""
    ledger: Ledger
    """Where its requests are counted."""
    wake: Callable[[], None] = lambda: None
    """Ends the rest of hosts that are left alone."""
    chance: Callable[[], float] = random.random
    """Gives a number from 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPast:
    """What is known of a feed from before this program polled it."""

    state: FeedState | None = None
    """Its last state, of this program or of another that polled before."""
    as_of: date | None = None
    """The newest day in the archive."""


NO_PAST: Final = FeedPast()
"""Of a feed that was never polled."""


class Feed:
    """One dataset of one provider, polled. Times are the clock's; nothing here waits."""

    def __init__(self, plan: FeedPlan, tools: FeedTools, past: FeedPast = NO_PAST) -> None:
        """A feed that is due when its calendar says so.

        Args:
            plan: what it asks for, and when.
            tools: what it works with.
            past: where it goes on.
        """
        self._plan, self._tools = plan, tools
        self._as_of = past.as_of
        earlier = past.state
        self._looked_at = earlier.looked_at if earlier else None
        self._succeeded_at = earlier.succeeded_at if earlier else None
        self._failures = earlier.failures if earlier else 0
        self._complaint: DatedComplaint = (earlier.complaint, earlier.complained_at) if earlier else ("", None)
        self._trouble = earlier.letter if earlier and earlier.letter in TROUBLED_LETTERS | {Letter.PENDING} else None
        self._polls: deque[PollRecord] = deque(earlier.polls if earlier else (), MOST_POLLS_KEPT)
        self._is_polling = False
        self.unkept: Exception | None = None
        """Why the newest answer could not be kept; None where it was. The source has done its part then."""
        # A source that failed a minute ago is not asked again because another terminal took over.
        before = earlier.next_poll_at if earlier and earlier.failures else None
        self._next_at = self._due(max(self._now(), in_utc(before)) if before else self._now())

    @property
    def name(self) -> str:
        """The name of the provider, or of the part of it that is polled."""
        return self._plan.card.name

    @property
    def is_polling(self) -> bool:
        """Whether a look is under way."""
        return self._is_polling

    @property
    def next_at(self) -> datetime:
        """When it is to be polled next, UTC."""
        return self._next_at

    def hurry(self) -> None:
        """Make it due now, because the user asked: neither its budget nor a rest stands in the way."""
        self._tools.wake()
        self._next_at = self._now()

    def replan(self) -> None:
        """Look at the calendar anew, as after a jump of the clock; what failed need not wait any longer."""
        self._tools.wake()
        self._next_at = self._due(self._now())

    async def poll(self) -> None:
        """Look once. Whatever goes wrong is a complaint in `state`; only being cancelled gets out."""
        self._is_polling = True
        delivery, level = EMPTY_DELIVERY, logging.INFO
        began, before = asyncio.get_running_loop().time(), self._complaint
        with self._tools.ledger.asking(self.name) as look:
            try:
                delivery = await self._plan.ask()
                await self._keep(delivery)
            except NoDataError as error:
                self._answered_nothing(error)
            except (ProviderError, OSError) as error:
                level = logging.WARNING
                self._failed(error, words_of(error))
            # A mistake of ours in one feed must leave the others and the screen alone; it is told as what it is.
            except Exception as error:
                level = logging.ERROR
                self._failed(error, words_of(error))
            else:
                self._succeeded(delivery)
            finally:
                self._is_polling = False
        seconds = asyncio.get_running_loop().time() - began
        self._remember(delivery, seconds, before)
        self._tell(level, look, delivery, seconds, before)

    async def _keep(self, delivery: Delivery) -> None:
        try:
            await self._tools.store(delivery)
        except (ProviderError, OSError) as error:
            self.unkept = error
            raise
        self.unkept = None

    def state(self, now: datetime) -> FeedState:
        """How it is doing at a moment."""
        day, plan, ledger = new_york_date(now), self._plan, self._tools.ledger
        state = FeedState(
            name=self.name,
            title=plan.card.title,
            dataset=plan.dataset,
            letter=self._trouble or Letter.UNKNOWN,
            words="",
            as_of=self._as_of,
            looked_at=self._looked_at,
            succeeded_at=self._succeeded_at,
            latency=ledger.latency(self.name),
            requests_today=ledger.all_requests(self.name, day),
            budget=plan.budget,
            day=day,
            next_poll_at=None if self._is_polling else self._next_at,
            failures=self._failures,
            complaint=self._complaint[0],
            complained_at=self._complaint[1],
            attribution=plan.card.attribution,
            lag=plan.lag.total_seconds(),
            spent_today=0.0 if plan.meter is None else plan.meter.spent(day),
            dearest_question=0.0 if plan.meter is None else plan.meter.dearest,
            remark="" if plan.meter is None else plan.meter.words(day),
            is_on_demand=plan.card.is_on_demand,
            provider=plan.card.provider,
            polls=tuple(self._polls),
        )
        return with_age(state, now)

    def _remember(self, delivery: Delivery, seconds: float, before: DatedComplaint) -> None:
        """Keep what came of a look, for whoever opens the feed's screen."""
        now = self._now()
        snapshots = [one.snapshot for one in delivery.fetched if one.snapshot is not None]
        self._polls.appendleft(
            PollRecord(
                at=now,
                letter=self.state(now).letter,
                rows=sum(one.rows for one in snapshots) if snapshots else None,
                seconds=seconds,
                reason="" if self._complaint is before else self._complaint[0][:MOST_SIGNS_OF_A_REASON],
                is_unchanged=bool(delivery.fetched) and not snapshots,
            )
        )

    def _tell(self, level: int, look: LookCost, delivery: Delivery, seconds: float, before: DatedComplaint) -> None:
        """Tell what came of a look, before which something was complained of, or nothing."""
        card, now = self._plan.card, self._now()
        snapshots = [one.snapshot for one in delivery.fetched if one.snapshot is not None]
        _events.tell(
            level,
            "poll",
            feed=self.name,
            provider=card.provider,
            host=[host.name for host in card.hosts],
            outcome=self.state(now).letter.value,
            as_of=max((one.as_of for one in snapshots), default=None),
            rows=sum(one.rows for one in snapshots) if snapshots else None,
            unchanged=True if delivery.fetched and not snapshots else None,
            requests=look.requests,
            bytes=look.size,
            ms=milliseconds(seconds),
            next=self._next_at,
            reason=None if self._complaint is before else self._complaint[0],
        )

    def filled(self, delivery: Delivery, seconds: float) -> None:
        """Take note of what an errand brought from the source in so long, if errands are all it is there for.

        What fills the gaps of a polled feed, a name's history say, is not what its calendar waits for.
        """
        if self._plan.card.is_on_demand:
            self._note(delivery)
            self._remember(delivery, seconds, self._complaint)

    def _note(self, delivery: Delivery) -> None:
        days = [one.snapshot.as_of for one in delivery.fetched if one.snapshot is not None]
        self._as_of = max([*days, *([self._as_of] if self._as_of else [])], default=None)
        self._looked_at = self._succeeded_at = self._now()

    def _succeeded(self, delivery: Delivery) -> None:
        now = self._now()
        self._note(delivery)
        self._failures, self._trouble = 0, None
        if delivery.complaints:
            # Of the moment of the success itself: that is how a look of which something is missing is told.
            self._complain("; ".join(delivery.complaints), self._succeeded_at or now)
        self._next_at = self._due(now)

    def _answered_nothing(self, error: NoDataError) -> None:
        # The source did its part: the calendar says when to look again, not the rule for failures.
        now = self._now()
        self._looked_at, self._failures = now, 0
        self._trouble = Letter.PENDING if isinstance(error, PendingError) else None
        self._complain(str(error), now)
        self._next_at = self._due(now)

    def _failed(self, error: Exception, words: str) -> None:
        now = self._now()
        self._failures += 1
        self._trouble = _letter_of(error)
        self._complain(words, now)
        wait = error.retry_after if isinstance(error, ThrottledError | RestingError) else None
        self._next_at = self._due(retry_at(self._plan.schedule, now, self._failures, wait, self._tools.chance()))

    def _now(self) -> datetime:
        return in_utc(self._tools.clock())

    def _complain(self, words: str, now: datetime) -> None:
        self._complaint = (redacted(words), now)

    def _due(self, not_before: datetime) -> datetime:
        schedule, budget = self._plan.schedule, self._plan.budget
        moment = due_at(schedule, LastLook(as_of=self._as_of, looked_at=self._looked_at), not_before)
        day = new_york_date(moment)
        if budget is None or self._tools.ledger.requests(self.name, day) < budget:
            return moment
        now = self._now()
        spent = f"today's budget of {budget} requests is used up; it goes on next session"
        # Why so many were needed is worth more than that they were.
        self._complain(f"{self._complaint[0]}; {spent}" if self._trouble and self._complaint[0] else spent, now)
        return due_at(schedule, LastLook(as_of=self._as_of, looked_at=moment), _morning_after(day))


def _morning_after(day: date) -> datetime:
    return datetime.combine(next_session(day), time(4), NEW_YORK)


def _letter_of(error: Exception) -> Letter:
    if isinstance(error, ThrottledError | RestingError):
        return Letter.THROTTLED
    return Letter.BLOCKED if isinstance(error, RefusedError) else Letter.ERROR
