"""What happened since the start, the newest last: publications that arrived, feeds that failed, who took polling over.

The list is bounded, and told by comparing what the monitor learns anyway: two markets, or two states of the feeds.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from shortside.datasets import Dataset
from shortside.words.plain_text import printable

if TYPE_CHECKING:
    from tui.sources.loaded_market import LoadedMarket
    from widgets.feed_facts import PollFacts, PollLine

MOST_HAPPENINGS: Final = 500
"""How many are kept; of more the oldest go."""
LONGEST_WORDS: Final = 300
"""Characters of one of them: a foreign complaint may be a page."""
MOST_FEEDS_NAMED: Final = 3
PUBLICATIONS: Final = {
    Dataset.INDEX_MEMBERS: "members of indexes",
    Dataset.FUND_FLOWS: "flows of funds",
    Dataset.FAILS: "fails to deliver",
    Dataset.SHORT_VOLUME: "short volume",
    Dataset.PRICES: "closes",
    Dataset.THRESHOLD: "threshold lists",
}
"""Inputs whose arrival is an event, in words, the most waited for last; others are renewed all day or say little.
Short interest is not among them: its publication is told with what it changed."""


class News(NamedTuple):
    """What is to be told, before it is known when."""

    words: str
    is_alarm: bool = False
    """Whether something went wrong, or an alert rang."""
    rule: str = ""
    """The alert that rang; empty where none did."""
    names: tuple[str, ...] = ()
    """The names it rang for."""


class Happening(NamedTuple):
    """Something that happened."""

    at: datetime
    """When, by the market's clock."""
    words: str
    is_alarm: bool
    told_at: datetime
    """When, by the program's clock."""
    rule: str = ""
    names: tuple[str, ...] = ()


class Happenings:
    """The happenings of one run."""

    def __init__(self) -> None:
        self._kept: deque[Happening] = deque(maxlen=MOST_HAPPENINGS)

    def __iter__(self) -> Iterator[Happening]:
        """The oldest first."""
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)

    def forget_after(self, moment: datetime) -> None:
        """Keep nothing that happened later by the market's clock, for a recording went back to before it."""
        self._kept = deque((one for one in self._kept if one.at <= moment), maxlen=MOST_HAPPENINGS)

    def note(self, at: datetime, news: News, told_at: datetime | None = None) -> Happening:
        """Keep something that happened, cleaned of what others wrote into it.

        Args:
            at: when, by the market's clock.
            news: what.
            told_at: when, by the program's clock, where that is another.
        """
        words = " ".join(printable(news.words).split())
        kept = words if len(words) <= LONGEST_WORDS else words[: LONGEST_WORDS - 1] + "…"
        names = tuple(map(printable, news.names))
        happening = Happening(at, kept, news.is_alarm, told_at or at, printable(news.rule), names)
        self._kept.append(happening)
        return happening


def news_of_market(before: LoadedMarket, after: LoadedMarket) -> list[News]:
    """What arrived between two readings of the market as it is now; nothing where they are asked for otherwise."""
    if not _are_alike(before, after):
        return []
    held, newer = ({age.dataset: age.as_of for age in one.inputs} for one in (before, after))
    more = after.market.splits_applied - before.market.splits_applied
    told = [News(f"{more} more {'split' if more == 1 else 'splits'} found")] if more > 0 else []
    for dataset, words in PUBLICATIONS.items():
        day, was = newer.get(dataset), held.get(dataset)
        if day is not None and (was is None or day > was):
            told.append(News(f"{words} of {_day(day)} arrived"))
    return told


def settlement_published(before: LoadedMarket, after: LoadedMarket) -> date | None:
    """The settlement that is known newly, between two readings of the market as it is now; None for none."""
    if not _are_alike(before, after):
        return None
    held, newer = (
        next((age.as_of for age in one.inputs if age.dataset is Dataset.SHORT_INTEREST), None)
        for one in (before, after)
    )
    return newer if newer is not None and (held is None or newer > held) else None


def _are_alike(before: LoadedMarket, after: LoadedMarket) -> bool:
    """Whether two readings are of one question, so that what one has more arrived in between."""
    return before.knowledge == after.knowledge and before.view.knowledge is after.view.knowledge


class FeedWatch:
    """Compares each state of the feeds with the one before."""

    def __init__(self) -> None:
        self._troubled: dict[str, bool] | None = None
        self._poller, self._complaint = "", ""

    def news(self, feeds: Sequence[PollFacts], line: PollLine) -> list[News]:
        """What changed since this was asked last; the first time nothing is known to have changed."""
        before, self._troubled = self._troubled, {feed.name or feed.title: feed.is_troubled for feed in feeds}
        poller, self._poller = self._poller, line.poller or self._poller
        complaint, self._complaint = self._complaint, line.complaint
        if before is None:
            return []
        told = [
            News(f"{feed.title}: {feed.words}", is_alarm=True)
            for feed in feeds
            if feed.is_troubled and before.get(feed.name or feed.title) is False
        ]
        back = [feed.title for feed in feeds if not feed.is_troubled and before.get(feed.name or feed.title)]
        if back:
            more = f" and {len(back) - MOST_FEEDS_NAMED} more" if len(back) > MOST_FEEDS_NAMED else ""
            told.append(News(f"{', '.join(back[:MOST_FEEDS_NAMED])}{more} answered again"))
        if line.poller and poller and line.poller != poller:
            told.append(News(f"polling was taken over by {line.poller}"))
        if line.complaint and line.complaint != complaint:
            told.append(News(line.complaint, is_alarm=not line.is_calm))
        return told


def _day(day: date) -> str:
    return f"{day.day} {day:%b}"
