"""The facts of inputs and of polled feeds, as the feeds panel and the screen of one feed show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from widgets.feed_letters import is_failure_letter

if TYPE_CHECKING:
    from datetime import date, datetime

    from shortside.datasets import Dataset
    from shortside.freshness import InputAge


class SourceTerms(NamedTuple):
    """Whose figures a source hands out, and on which terms; words, each empty where it is not known."""

    publisher: str = ""
    gives: str = ""
    """What can be had of it."""
    cadence: str = ""
    """When it has something new."""
    terms: str = ""
    """What may be done with it."""
    hosts: str = ""
    """The servers that are asked."""


NO_TERMS: Final = SourceTerms()
"""Of a source nobody knows the terms of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollOutcome:
    """What came of one poll of a feed."""

    at: datetime
    letter: str
    """How the feed was doing after it, one of `widgets.feed_letters.FEED_LETTERS`."""
    rows: int | None = None
    """How many rows it brought; None where it brought none."""
    seconds: float | None = None
    reason: str = ""
    """What went wrong, in words; empty where nothing did."""
    is_unchanged: bool = False
    """Whether the source answered that it has nothing new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedFacts:
    """One input as the panel shows it."""

    age: InputAge
    attribution: str = ""
    """The words its source's terms ask us to show."""
    terms: SourceTerms = NO_TERMS
    """Whose the figures are, and on which terms."""
    renewed_by: str = ""
    """How it is renewed, in words, such as `by the feeds Nasdaq screener, Yahoo spark`; empty where nobody knows."""
    is_simulated: bool = False
    """Whether its figures are made up."""
    trouble: str = ""
    """Why the last look failed, in words; empty when it did not. Stands in place of the freshness."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollFacts:
    """One feed that is polled, as the panel and its own screen show it."""

    name: str = ""
    """What it is called in the configuration; no other feed has the name."""
    dataset: Dataset | None = None
    """The dataset that the feed brings."""
    letter: str
    """How it is doing, one of `widgets.feed_letters.FEED_LETTERS`."""
    title: str
    as_of: date | None = None
    missed: int | None = None
    """How many publications were missed since; None where that is unknown."""
    answered_at: datetime | None = None
    """When the feed last answered with what it was asked for."""
    next_at: datetime | None = None
    """When the feed is polled next; None while it is being polled."""
    latency: float | None = None
    """Seconds the last request took."""
    requests: int = 0
    """How many requests were made today."""
    budget: int | None = None
    """How many requests a day polling may make."""
    words: str = ""
    """How fresh the feed's data are or, where the last poll failed, why."""
    attribution: str = ""
    looked_at: datetime | None = None
    """When its source last answered, were it only "not yet"."""
    age_words: str = ""
    """How fresh the feed's data are, also where the last poll failed."""
    failures: int = 0
    """Failed polls since the last that was answered."""
    complaint: str = ""
    """The last thing that went wrong, in its source's or our words; stays until something else does."""
    complained_at: datetime | None = None
    remark: str = ""
    """What else is to be known of it, such as what a metered source charged."""
    polls: tuple[PollOutcome, ...] = ()
    """The last polls, the newest first."""
    terms: SourceTerms = NO_TERMS
    """Whose the figures are, and on which terms."""

    @property
    def is_troubled(self) -> bool:
        """Whether the last poll of the feed failed."""
        return is_failure_letter(self.letter)


@dataclass(frozen=True, slots=True, kw_only=True)
class PollLine:
    """What is said of the polling as a whole, under the feeds."""

    poller: str = ""
    """Who polls: `this terminal`, `process 4711 on desk`; empty where nobody does."""
    filling: str = ""
    """Which gap is being filled; empty when none is."""
    complaint: str = ""
    """Why nobody polls, in words; empty while somebody does."""
    trouble: str = ""
    """What the complaint is about in a word or three, such as `disk full`; empty where there is no such word."""
    desk: str = ""
    """What else is to be known of a desk that several machines share; empty where there is none, or nothing."""
    is_calm: bool = False
    """Whether the complaint leaves the figures as good as they were: only what renews them is away for now."""
    is_unpolled: bool = False
    """Whether nobody has polled for so long that it is no mere change of hands."""
