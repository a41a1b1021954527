"""A rule of alerts: what it watches, when it is told, and on which figures it may rest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, StrEnum

from shortside.alerts.quiet import QuietHours
from shortside.conditions.syntax import Comparison, Condition
from shortside.datasets import Dataset


class Crossing(Enum):
    """Which way a condition has to be crossed."""

    ENTERS = "enters"
    """It becomes true."""
    LEAVES = "leaves"
    """It becomes false."""


@dataclass(frozen=True, slots=True)
class Change:
    """How far a figure has to move from where it was told last."""

    least: float
    is_relative: bool
    """Whether it is a share of the figure as it was told last; otherwise it is in the figure's own unit."""


@dataclass(frozen=True, slots=True)
class NamesCrossing:
    """Names of which a condition becomes true, or false."""

    condition: Condition
    crossing: Crossing


@dataclass(frozen=True, slots=True)
class FigureMoving:
    """Names whose figure moves by some amount."""

    figure: str
    """Its key in the contract."""
    change: Change


@dataclass(frozen=True, slots=True)
class CountMoving:
    """How many names a condition is true of, when that moves by some amount."""

    condition: Condition
    change: Change


@dataclass(frozen=True, slots=True)
class Published:
    """A newer publication of a dataset."""

    dataset: Dataset


@dataclass(frozen=True, slots=True)
class FeedDark:
    """A feed that has not been answered for some time."""

    feed: str
    """Its name in the configuration; empty for any."""
    span: timedelta


@dataclass(frozen=True, slots=True)
class SumCrossing:
    """The P&L of somebody's list or book, when it falls below an amount or rises above it."""

    of: str
    """`book`, or `list NAME`."""
    comparison: Comparison
    dollars: float


Subject = NamesCrossing | FigureMoving | CountMoving | Published | FeedDark | SumCrossing


class Doubtful(StrEnum):
    """What a rule rests on only where it says so in `also`."""

    STALE = "stale"
    """An input that missed more than one publication, or of whose age nothing is known."""
    MISSING = "missing"
    """A figure that is unknown counts as one the condition is false of."""
    HINDSIGHT = "hindsight"
    """A past day, or figures that were not known on theirs."""
    REPLAYED = "replayed"
    """A recording."""
    SIMULATED = "simulated"
    """The demo market."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of alerts."""

    name: str
    """What it is called; no other rule is."""
    when: str
    """What it watches, as its owner wrote it."""
    subject: Subject
    on: str = "enters"
    """Which way it is crossed, as its owner wrote it."""
    among: Condition | None = None
    """Only names this is true of; None for all."""
    among_words: str = ""
    window: str = "ytd"
    """The window its figures are of."""
    cooldown: timedelta = timedelta()
    """How long it is silent after it was told."""
    quiet: QuietHours | None = None
    also: frozenset[Doubtful] = frozenset()

    @property
    def text(self) -> str:
        """All that decides what it watches; another text is another rule, which starts anew."""
        also = " ".join(sorted(self.also & {Doubtful.MISSING}))
        return "\n".join((self.when, self.on, self.among_words, self.window, also))
