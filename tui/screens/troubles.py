"""Finds what is wrong with the data behind the figures: inputs that are late, and polls that failed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from shortside.datasets import Dataset
from shortside.freshness import FreshnessState, InputAge
from widgets.feed_facts import PollFacts, PollLine
from widgets.feed_letters import FEED_LETTERS, OFF_LETTER, FeedLetter
from widgets.panel import Trouble
from widgets.status import HeadAlarm

STATES_BY_GRAVITY = (FreshnessState.STALE, FreshnessState.LATE, FreshnessState.UNKNOWN)
"""The states of old inputs that are told, the worst first; a failed poll is worse than all of them."""
TOLD_BY_THE_HEAD = frozenset({Dataset.SHORT_INTEREST, Dataset.PRICES, Dataset.QUOTES})
"""The inputs whose age the screen's head tells in any case."""


class Troubles(NamedTuple):
    """Everything that is wrong with the data at one moment, by dataset."""

    by_dataset: dict[Dataset, Trouble]
    complaint: str = ""
    """Why no dataset is renewed; empty while they are."""

    def worst(self, datasets: Sequence[Dataset]) -> Trouble | None:
        """The worst trouble of figures that rest on these datasets, the most important first; None when all is well."""
        if self.complaint and datasets:
            return Trouble("!", self.complaint, is_failure=True)
        found = [self.by_dataset[dataset] for dataset in datasets if dataset in self.by_dataset]
        return min(found, key=_gravity, default=None)


def troubles(inputs: Iterable[InputAge], polled: Iterable[PollFacts] = (), complaint: str = "") -> Troubles:
    """What is wrong with some inputs, and with the feeds that renew them.

    Args:
        inputs: those of the market on the screen, as old as they are now.
        polled: how every feed is doing. That one of two feeds of a dataset failed is no trouble of the figures.
        complaint: why nobody polls, or why the newest vintage cannot be shown; empty while somebody does.
    """
    found = {
        age.dataset: Trouble(
            age.freshness.state.letter, f"{_words(age.dataset)} {age.freshness.words}", dataset=age.dataset
        )
        for age in inputs
        if age.freshness.state is not FreshnessState.CURRENT
    }
    asked: dict[Dataset, list[PollFacts]] = {}
    for feed in polled:
        if feed.dataset is not None and feed.letter != OFF_LETTER:
            asked.setdefault(feed.dataset, []).append(feed)
    for dataset, feeds in asked.items():
        if all(feed.is_troubled for feed in feeds):
            words = f"{_words(dataset)}: {feeds[0].words}"
            found[dataset] = Trouble(feeds[0].letter, words, is_failure=True, dataset=dataset)
    return Troubles(found, complaint)


def head_alarms(
    inputs: Iterable[InputAge], polled: Iterable[PollFacts] = (), line: PollLine | None = None
) -> tuple[HeadAlarm, ...]:
    """What the screen's head says of feeds in trouble: one alarm for each kind of trouble, the gravest first.

    Args:
        inputs: those of the market on the screen. The head names the age of prices and short interest itself, and an
            input as old as those came with them: only others are told here, and those that no feed renews.
        polled: how every feed is doing, also one of several of its dataset.
        line: what is said of the polling as a whole; None where there is none.
    """
    found: dict[FeedLetter, list[str]] = {}
    by_dataset = {age.dataset: age for age in inputs}
    told = [by_dataset[dataset].as_of for dataset in TOLD_BY_THE_HEAD if dataset in by_dataset]
    asked = set()
    for feed in polled:
        found.setdefault(FEED_LETTERS.get(feed.letter, FEED_LETTERS["E"]), []).append(feed.title)
        asked.add(feed.dataset)
    for dataset, age in by_dataset.items():
        if dataset not in TOLD_BY_THE_HEAD | asked and age.as_of not in told:
            found.setdefault(FEED_LETTERS[age.freshness.state.letter], []).append(_words(dataset))
    alarms = [
        HeadAlarm(letter.word, tuple(names), is_failure=letter.is_failure)
        for letter, names in sorted(found.items(), key=lambda one: -one[0].gravity)
        if letter.gravity
    ]
    return (*_of_polling(line), *alarms)


def _of_polling(line: PollLine | None) -> tuple[HeadAlarm, ...]:
    if line is None or not (line.complaint or line.is_unpolled):
        return ()
    if line.is_calm:
        return (HeadAlarm(line.trouble),)
    return (
        HeadAlarm("trouble" if line.poller else "unpolled", (line.trouble,) if line.trouble else (), is_failure=True),
    )


def _words(dataset: Dataset) -> str:
    return dataset.value.replace("_", " ")


def _gravity(trouble: Trouble) -> int:
    letters = [state.letter for state in STATES_BY_GRAVITY]
    return -1 if trouble.is_failure else letters.index(trouble.letter)
