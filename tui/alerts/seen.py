"""What a look of the alerts is at: a market with its moment, its feeds, and what of it is not to be rested on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Final

from shortside.alerts.rules import CountMoving, Doubtful, FeedDark, FigureMoving, NamesCrossing, Published, Rule
from shortside.conditions.answers import figures_of
from shortside.datasets import Dataset
from shortside.freshness import FreshnessState, freshness
from shortside.positions import Knowledge
from tui.sources.input_ages import inputs_of
from widgets.name_inputs import inputs_of_figure

if TYPE_CHECKING:
    from shortside.board import Board
    from tui.sources.loaded_market import LoadedMarket
    from widgets.feed_facts import PollFacts, PollLine
    from widgets.name_conditions import NameLists

ProfitOfBook = Callable[["Board", "LoadedMarket"], float | None]
"""Gives the P&L of the user's own positions on a Board, in dollars; None where it is not known."""
_BAD: Final = (FreshnessState.STALE, FreshnessState.UNKNOWN)
_BAD_LETTERS: Final = frozenset("SUBTE")
"""Letters of feeds that say that what they bring is old, or cannot be had."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Seen:
    """What one look is at."""

    loaded: LoadedMarket
    now: datetime
    """The program's clock, with its zone: of cooldowns and quiet hours."""
    here: tzinfo
    is_past: bool = False
    """Whether a day was asked for by name."""
    feeds: Sequence[PollFacts] = ()
    line: PollLine | None = None
    lists: NameLists = field(default_factory=dict)
    """Own lists, by their names."""
    own_profit: ProfitOfBook | None = None
    """Gives the P&L of the user's own positions; None where there are none."""


def doubts_of_market(seen: Seen) -> frozenset[Doubtful]:
    """What is true of the whole market, and kept from rules that do not ask for it."""
    market, knowledge = seen.loaded.market, seen.loaded.knowledge
    found = {
        Doubtful.SIMULATED: market.is_simulated,
        Doubtful.REPLAYED: market.is_replayed,
        Doubtful.HINDSIGHT: seen.is_past or knowledge is Knowledge.REVISED,
    }
    return frozenset(one for one, holds in found.items() if holds)


def stale_datasets(seen: Seen) -> frozenset[Dataset]:
    """The datasets on which nobody should act: several publications behind, of unknown age, or not to be had."""
    loaded = seen.loaded
    moment = loaded.clock()
    states = {age.dataset: age.freshness.state for age in inputs_of(loaded.market, Knowledge.AS_KNOWN, moment)}
    threshold = loaded.market.threshold
    if threshold is not None:
        day = threshold.as_of.astype("datetime64[D]").astype(object)
        states[Dataset.THRESHOLD] = freshness(Dataset.THRESHOLD, day, moment).state
    # While a session runs prices are its quotes.
    if Dataset.QUOTES in states:
        states[Dataset.PRICES] = states.pop(Dataset.QUOTES)
    stale = {dataset for dataset, state in states.items() if state in _BAD}
    for dataset in {feed.dataset for feed in seen.feeds if feed.dataset is not None}:
        letters = {feed.letter for feed in seen.feeds if feed.dataset is dataset}
        if letters <= _BAD_LETTERS and (dataset is not Dataset.QUOTES or loaded.market.is_live):
            stale.add(Dataset.PRICES if dataset is Dataset.QUOTES else dataset)
    return frozenset(stale)


def rests_on(rule: Rule) -> frozenset[Dataset]:
    """The datasets a rule rests on."""
    subject = rule.subject
    if isinstance(subject, Published | FeedDark):
        return frozenset()
    if isinstance(subject, NamesCrossing | CountMoving):
        figures = figures_of(subject.condition)
    elif isinstance(subject, FigureMoving):
        figures = frozenset({subject.figure})
    else:
        figures = frozenset({"profit"})
    if rule.among is not None:
        figures |= figures_of(rule.among)
    return frozenset().union(*map(inputs_of_figure, figures))


def withheld(rule: Rule, of_market: frozenset[Doubtful], stale: frozenset[Dataset]) -> str:
    """Why a rule is not looked at now, in words; empty where it is."""
    unasked = of_market - rule.also
    if unasked:
        return ", ".join(one.value for one in Doubtful if one in unasked)
    if Doubtful.STALE not in rule.also and (old := rests_on(rule) & stale):
        return f"stale {', '.join(sorted(one.value.replace('_', ' ') for one in old))}"
    return ""
