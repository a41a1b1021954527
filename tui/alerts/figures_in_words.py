"""The words of an alert: which names crossed, and how far figures moved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from shortside.alerts.rules import Crossing, NamesCrossing, Rule
from shortside.conditions.figures import FigureKind
from shortside.words.plain_text import printable
from widgets.format import money

MOST_NAMED: Final = 3
"""Names that a message has before it only counts."""


def first_few(words: Sequence[str], count: int) -> str:
    """The first few of so many."""
    named = ", ".join(words[:MOST_NAMED])
    more = count - min(len(words), MOST_NAMED)
    return f"{named} and {more:,} more" if more else named


def names_words(rule: Rule, symbols: Sequence[str]) -> str:
    """Which names crossed, the largest first."""
    count = len(symbols)
    counted = "" if count == 1 else f"{count:,} names: "
    subject = rule.subject
    leaves = isinstance(subject, NamesCrossing) and subject.crossing is Crossing.LEAVES
    return (
        f"{counted}{first_few([printable(one) for one in symbols], count)}: {'no longer ' if leaves else ''}{rule.when}"
    )


def moved_words(label: str, kind: FigureKind, moved: Sequence[tuple[str, float, float]], count: int) -> str:
    """Which names' figure moved, from what it was told as to what it is.

    Args:
        label: what the figure is called.
        kind: what it is.
        moved: symbol, figure as it was told, figure now; those that are named.
        count: how many there are.
    """
    told = [
        f"{printable(symbol)} {figure_words(kind, now)} from {figure_words(kind, before)}"
        for symbol, before, now in moved
    ]
    counted = "" if count == 1 else f"{count:,} names: "
    return f"{counted}{first_few(told, count)}: {label}"


def figure_words(kind: FigureKind, value: float) -> str:
    """A figure with its unit, as people say it."""
    if kind is FigureKind.RATIO:
        return f"{value:.1%}"
    if kind is FigureKind.DOLLARS:
        return money(value, signed=value < 0)
    if kind is FigureKind.SHARES or abs(value) >= 10_000:
        return f"{value:,.0f}"
    return f"{value:,.2f}"
