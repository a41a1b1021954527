"""Finds what is wrong with the data behind the figures: inputs that are late, and polls that failed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from shortside.datasets import Dataset
from shortside.freshness import FreshnessState, InputAge
from widgets.feeds import OFF_LETTER, PollFacts
from widgets.panel import Trouble

STATES_BY_GRAVITY = (FreshnessState.STALE, FreshnessState.LATE, FreshnessState.UNKNOWN)
"""The states of old inputs that are told, the worst first; a failed poll is worse than all of them."""


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
        age.dataset: Trouble(age.freshness.state.letter, f"{_words(age.dataset)} {age.freshness.words}")
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
            found[dataset] = Trouble(feeds[0].letter, words, is_failure=True)
    return Troubles(found, complaint)


def _words(dataset: Dataset) -> str:
    return dataset.value.replace("_", " ")


def _gravity(trouble: Trouble) -> int:
    letters = [state.letter for state in STATES_BY_GRAVITY]
    return -1 if trouble.is_failure else letters.index(trouble.letter)
