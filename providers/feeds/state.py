"""How a feed is doing, in a letter, words, counts and moments: what screens show and `doctor` judges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from providers.catalog import Card
from shortside.datasets import Dataset
from shortside.freshness import Freshness, FreshnessState, freshness
from shortside.sessions import last_completed_session, new_york_date

CURRENT_WHEN_LOOKED_AT: Final = frozenset({Dataset.SPLITS, Dataset.REFERENCE, Dataset.INDEX_MEMBERS})
"""Datasets that are current as of the last look: an answer "nothing changed" makes them so."""


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


MOST_POLLS_KEPT: Final = 10
"""How many polls of a feed are remembered."""
MOST_SIGNS_OF_A_REASON: Final = 160
"""How much of the reason of a poll that went wrong is remembered; the last complaint is kept whole beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollRecord:
    """What came of one look at a source."""

    at: datetime
    """When it ended, UTC."""
    letter: Letter
    """How the feed was doing after it."""
    rows: int | None = None
    """How many rows it brought; None where it brought none, or the source said that nothing changed."""
    seconds: float = 0.0
    """How long it took, pauses between requests included."""
    reason: str = ""
    """What went wrong, in words, at most `MOST_SIGNS_OF_A_REASON` signs; empty where nothing did."""
    is_unchanged: bool = False
    """Whether the source answered that it has nothing new."""


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
    """How many times its source published since; None where nobody can count."""
    looked_at: datetime | None = None
    """When the source last answered, were it only "not yet", UTC."""
    succeeded_at: datetime | None = None
    """When it last brought what it was asked for, or said that nothing changed, UTC."""
    latency: float | None = None
    """Seconds the last request took."""
    requests_today: int = 0
    """Requests of the New York day `day`, retries and gaps included."""
    budget: int | None = None
    """How many requests a day polling may make; None for any number."""
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
    provider: str = ""
    """The provider's name in the catalog, also where this is a part of what it gives; empty where that was not told."""
    polls: tuple[PollRecord, ...] = ()
    """The last looks at the source, the newest first, at most `MOST_POLLS_KEPT`."""

    @property
    def is_troubled(self) -> bool:
        """Whether the last look failed."""
        return self.letter in TROUBLED_LETTERS

    @property
    def is_partial(self) -> bool:
        """Whether the last look brought something, and something of it is missing: `complaint` says what."""
        return not self.is_troubled and self.complained_at is not None and self.complained_at == self.succeeded_at


TROUBLED_LETTERS: Final = frozenset({Letter.BLOCKED, Letter.THROTTLED, Letter.ERROR})
_OF_FRESHNESS: Final = {state: Letter(state.letter) for state in FreshnessState}
ON_DEMAND: Final = "as needed"
"""The words for a source that is asked only for what somebody looks at, or what is missing."""


def _age(dataset: Dataset, as_of: date | None, succeeded_at: datetime | None, now: datetime) -> Freshness:
    """How old a feed's rows are for a source of their cadence."""
    if as_of is not None and succeeded_at is not None and dataset in CURRENT_WHEN_LOOKED_AT:
        as_of = max(as_of, new_york_date(succeeded_at))
    if as_of is not None and dataset is Dataset.QUOTES and as_of < last_completed_session(now):
        # A source may hand out old prices with a new face: those are judged by their day, not by our look.
        dataset = Dataset.PRICES
    return freshness(dataset, as_of, now, seen_at=succeeded_at)


def with_age(state: FeedState, now: datetime) -> FeedState:
    """A state as it stands at a later moment; it ages without being asked."""
    if state.letter is Letter.OFF:
        return state
    is_held = state.letter in TROUBLED_LETTERS | {Letter.PENDING}
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
        provider=card.provider,
    )


def by_name(states: Iterable[FeedState]) -> Mapping[str, FeedState]:
    """States by the names of their feeds."""
    return {state.name: state for state in states}
