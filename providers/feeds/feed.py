"""Polls one dataset of one provider: knows when, asks, has the answer stored, and says in words how that went."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

from providers.base import Clock
from providers.catalog import Card
from providers.errors import NoDataError, PendingError, ProviderError, RefusedError, RestingError, ThrottledError
from providers.feeds.schedule import Schedule, Seen, due_at, retry_at
from providers.http.traffic import Exchange, redacted
from shortside.datasets import Dataset
from shortside.freshness import Freshness, FreshnessState, freshness
from shortside.sessions import NEW_YORK, in_utc, last_completed_session, new_york_date, next_session

if TYPE_CHECKING:
    # Not at run time: who only reads states needs nothing that asks.
    from providers.http.client import Fetched

AS_LOOKED: Final = frozenset({Dataset.SPLITS, Dataset.REFERENCE, Dataset.INDEX_MEMBERS})
"""Datasets that are as good as the last look: an answer "nothing changed" makes them current."""


class Letter(StrEnum):
    """How a feed is doing, so that colour is not the only signal; the value is the letter."""

    CURRENT = "C"
    LATE = "L"
    STALE = "S"
    UNKNOWN = "U"
    PENDING = "P"
    """Expected, and not posted yet."""
    BLOCKED = "B"
    """A wall or a denial instead of data."""
    THROTTLED = "T"
    """The source wants quiet, or we leave it alone."""
    ERROR = "E"
    """It did not answer, or made no sense."""
    OFF = "O"
    """Nobody asks it, because somebody said so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What a look brought home."""

    fetched: tuple[Fetched, ...]
    complaints: tuple[str, ...] = ()
    """What went wrong on the way without preventing it, in words."""


Ask = Callable[[], Awaitable[Delivery]]
"""Asks the provider; raises ProviderError."""
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
        """The same for a reader, and what is left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """How a feed is doing; what the feeds panel shows, `doctor` judges and other terminals read."""

    name: str
    """The provider's name in the configuration."""
    title: str
    dataset: Dataset
    letter: Letter
    words: str
    """Its age in publications, such as `missed 0 publications`."""
    as_of: date | None = None
    """The newest day that is stored."""
    missed: int | None = None
    """Publications since."""
    looked_at: datetime | None = None
    """When the source last answered, were it only "not yet", UTC."""
    succeeded_at: datetime | None = None
    """When it last brought what it was asked for, or said that nothing changed, UTC."""
    latency: float | None = None
    """Seconds the last request took."""
    requests_today: int = 0
    """Requests of the New York day `day`, retries and gaps included."""
    budget: int | None = None
    """How many a day polling may make."""
    day: date | None = None
    next_poll_at: datetime | None = None
    """UTC; None while it is being polled."""
    failures: int = 0
    """Failed looks since the last that was answered."""
    complaint: str = ""
    """The last thing that went wrong, in words; stays until something else does."""
    complained_at: datetime | None = None
    attribution: str = ""
    """The words the source's terms ask us to show."""
    spent_today: float = 0.0
    """What the source charged on `day`, in its own credits."""
    lag: float = 0.0
    """Seconds by which it has everything later than other sources of its dataset, as a cheaper plan does."""
    dearest_question: float = 0.0
    """What it charged at most for one question, ever."""
    remark: str = ""
    """What else is to be known, such as what a metered source charged and what is left."""
    is_on_demand: bool = False
    """Whether it is asked only for what somebody looks at, or what is missing: then no publication can be missed."""

    @property
    def is_troubled(self) -> bool:
        """Whether the last look failed."""
        return self.letter in _TROUBLE


_TROUBLE: Final = frozenset({Letter.BLOCKED, Letter.THROTTLED, Letter.ERROR})
_OF_FRESHNESS: Final = {state: Letter(state.letter) for state in FreshnessState}
_GAPS: Final = " gaps"
ON_DEMAND: Final = "as needed"
"""The words for a source that is asked only for what somebody looks at, or what is missing."""
_asking: ContextVar[str] = ContextVar("asking", default="")


class Ledger:
    """Counts every feed's requests of the day; its `heard` is what `Clients` are told to report to."""

    def __init__(self, earlier: Iterable[FeedState] = ()) -> None:
        """A ledger that goes on where another process left off.

        Args:
            earlier: the last states written.
        """
        self._entries = {state.name: (state.day, state.requests_today, state.latency) for state in earlier}

    def heard(self, exchange: Exchange) -> None:
        """Count a request to the feed in whose task it was made."""
        self.count(_asking.get(), new_york_date(exchange.at), 1, exchange.seconds)

    def count(self, name: str, day: date, requests: int, latency: float | None) -> None:
        """Count requests to a feed."""
        self._entries[name] = (day, self.requests(name, day) + requests, latency)

    @contextmanager
    def errand(self, name: str) -> Iterator[None]:
        """Count what is asked in the block to a feed's gaps: those are shown, but no part of its budget."""
        token = _asking.set(name + _GAPS)
        try:
            yield
        finally:
            _asking.reset(token)

    def requests(self, name: str, day: date) -> int:
        """Requests of a day; 0 for any but the last."""
        known = self._entries.get(name)
        return known[1] if known is not None and known[0] == day else 0

    def latency(self, name: str) -> float | None:
        """Seconds the last request took."""
        known = self._entries.get(name)
        return known[2] if known is not None else None


class Feed:
    """One dataset of one provider, polled. Times are the clock's; nothing here waits."""

    def __init__(
        self,
        *,
        card: Card,
        dataset: Dataset,
        schedule: Schedule,
        ask: Ask,
        store: Store,
        clock: Clock,
        ledger: Ledger,
        budget: int | None = None,
        lag: timedelta = timedelta(),
        is_on_demand: bool = False,
        earlier: FeedState | None = None,
        as_of: date | None = None,
        wake: Callable[[], None] = lambda: None,
        meter: Meter | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """A feed that is due when its calendar says so.

        Args:
            card: of the provider.
            dataset: what it brings.
            schedule: when there is something to bring.
            ask: asks for it.
            store: makes it safe.
            clock: the present moment.
            ledger: where its requests are counted.
            budget: how many requests a day polling may make; None for any.
            lag: by how much it has everything later than other sources of the dataset.
            is_on_demand: whether it is asked only for what somebody looks at, or what is missing.
            earlier: its last state, of this program or of another that polled before.
            as_of: the newest day in the archive.
            wake: ends the rest of hosts that are left alone.
            meter: knows what a metered source charged.
            chance: gives a number from 0 to 1.
        """
        self.card, self.dataset, self.schedule = card, dataset, schedule
        self._ask, self._store, self._clock, self._ledger = ask, store, clock, ledger
        self._budget, self._wake, self._chance = budget, wake, chance
        self._meter, self._lag, self._is_on_demand = meter, lag, is_on_demand
        self._as_of = as_of
        self._looked_at = earlier.looked_at if earlier else None
        self._succeeded_at = earlier.succeeded_at if earlier else None
        self._failures = earlier.failures if earlier else 0
        self._complaint = (earlier.complaint, earlier.complained_at) if earlier else ("", None)
        self._trouble = earlier.letter if earlier and earlier.letter in _TROUBLE | {Letter.PENDING} else None
        self._is_polling = False
        # A source that failed a minute ago is not asked again because another terminal took over.
        before = earlier.next_poll_at if earlier and earlier.failures else None
        self._next_at = self._due(in_utc(max(clock(), before) if before else clock()))

    @property
    def name(self) -> str:
        """The provider's name."""
        return self.card.name

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
        self._wake()
        self._next_at = in_utc(self._clock())

    def replan(self) -> None:
        """Look at the calendar anew, as after a jump of the clock; what failed need not wait any longer."""
        self._wake()
        self._next_at = self._due(in_utc(self._clock()))

    async def poll(self) -> None:
        """Look once. Whatever goes wrong is a complaint in `state`; only being cancelled gets out."""
        token = _asking.set(self.name)
        self._is_polling = True
        try:
            delivery = await self._ask()
            await self._store(delivery)
        except NoDataError as error:
            self._answered_nothing(error)
        except (ProviderError, OSError) as error:
            self._failed(error, str(error))
        # A mistake of ours in one feed must leave the others and the screen alone; it is told as what it is.
        except Exception as error:
            self._failed(error, f"an error of this program, {type(error).__name__}: {error}")
        else:
            self._succeeded(delivery)
        finally:
            self._is_polling = False
            _asking.reset(token)

    def state(self, now: datetime) -> FeedState:
        """How it is doing at a moment."""
        day = new_york_date(now)
        state = FeedState(
            name=self.name,
            title=self.card.title,
            dataset=self.dataset,
            letter=self._trouble or Letter.UNKNOWN,
            words="",
            as_of=self._as_of,
            looked_at=self._looked_at,
            succeeded_at=self._succeeded_at,
            latency=self._ledger.latency(self.name),
            requests_today=self._ledger.requests(self.name, day) + self._ledger.requests(self.name + _GAPS, day),
            budget=self._budget,
            day=day,
            next_poll_at=None if self._is_polling else self._next_at,
            failures=self._failures,
            complaint=self._complaint[0],
            complained_at=self._complaint[1],
            attribution=self.card.attribution,
            lag=self._lag.total_seconds(),
            spent_today=0.0 if self._meter is None else self._meter.spent(day),
            dearest_question=0.0 if self._meter is None else self._meter.dearest,
            remark="" if self._meter is None else self._meter.words(day),
            is_on_demand=self._is_on_demand,
        )
        return with_age(state, now)

    def filled(self, delivery: Delivery) -> None:
        """Take note of what an errand brought from the source, if errands are all it is there for.

        What fills the gaps of a polled feed, a name's history say, is not what its calendar waits for.
        """
        if self._is_on_demand:
            self._note(delivery)

    def _note(self, delivery: Delivery) -> None:
        days = [one.snapshot.as_of for one in delivery.fetched if one.snapshot is not None]
        self._as_of = max([*days, *([self._as_of] if self._as_of else [])], default=None)
        self._looked_at = self._succeeded_at = in_utc(self._clock())

    def _succeeded(self, delivery: Delivery) -> None:
        now = in_utc(self._clock())
        self._note(delivery)
        self._failures, self._trouble = 0, None
        if delivery.complaints:
            self._complain("; ".join(delivery.complaints), now)
        self._next_at = self._due(now)

    def _answered_nothing(self, error: NoDataError) -> None:
        # The source did its part: the calendar says when to look again, not the rule for failures.
        now = in_utc(self._clock())
        self._looked_at, self._failures = now, 0
        self._trouble = Letter.PENDING if isinstance(error, PendingError) else None
        self._complain(str(error), now)
        self._next_at = self._due(now)

    def _failed(self, error: Exception, words: str) -> None:
        now = in_utc(self._clock())
        self._failures += 1
        self._trouble = _letter_of(error)
        self._complain(words, now)
        wait = error.retry_after if isinstance(error, ThrottledError | RestingError) else None
        self._next_at = self._due(retry_at(self.schedule, now, self._failures, wait, self._chance()))

    def _complain(self, words: str, now: datetime) -> None:
        self._complaint = (redacted(words), now)

    def _due(self, not_before: datetime) -> datetime:
        moment = due_at(self.schedule, Seen(as_of=self._as_of, looked_at=self._looked_at), not_before)
        day = new_york_date(moment)
        if self._budget is None or self._ledger.requests(self.name, day) < self._budget:
            return moment
        now = in_utc(self._clock())
        spent = f"today's budget of {self._budget} requests is used up; it goes on next session"
        # Why so many were needed is worth more than that they were.
        self._complain(f"{self._complaint[0]}; {spent}" if self._trouble and self._complaint[0] else spent, now)
        return due_at(self.schedule, Seen(as_of=self._as_of, looked_at=moment), _morning_after(day))


def _age(dataset: Dataset, as_of: date | None, succeeded_at: datetime | None, now: datetime) -> Freshness:
    """How old a feed's rows are for a source of their cadence."""
    if as_of is not None and succeeded_at is not None and dataset in AS_LOOKED:
        as_of = max(as_of, new_york_date(succeeded_at))
    if as_of is not None and dataset is Dataset.QUOTES and as_of < last_completed_session(now):
        # A source may hand out old prices with a new face: those are judged by their day, not by our look.
        dataset = Dataset.PRICES
    return freshness(dataset, as_of, now, seen_at=succeeded_at)


def _morning_after(day: date) -> datetime:
    return datetime.combine(next_session(day), time(4), NEW_YORK)


def _letter_of(error: Exception) -> Letter:
    if isinstance(error, ThrottledError | RestingError):
        return Letter.THROTTLED
    return Letter.BLOCKED if isinstance(error, RefusedError) else Letter.ERROR


def with_age(state: FeedState, now: datetime) -> FeedState:
    """A state as it stands at a later moment; it ages without being asked."""
    if state.letter is Letter.OFF:
        return state
    is_held = state.letter in _TROUBLE | {Letter.PENDING}
    if state.is_on_demand:
        return replace(state, letter=state.letter if is_held else Letter.CURRENT, words=ON_DEMAND)
    age = _age(state.dataset, state.as_of, state.succeeded_at, now - timedelta(seconds=state.lag))
    letter = state.letter if is_held else _OF_FRESHNESS[age.state]
    return replace(state, letter=letter, words=age.words, missed=age.missed)


def idle(card: Card, words: str) -> FeedState:
    """The state of a provider that nobody asks.

    Args:
        card: of the provider.
        words: why.
    """
    return FeedState(
        name=card.name,
        title=card.title,
        dataset=card.datasets[0],
        letter=Letter.OFF,
        words=words,
        attribution=card.attribution,
    )


def by_name(states: Iterable[FeedState]) -> Mapping[str, FeedState]:
    """States by the names of their feeds."""
    return {state.name: state for state in states}
