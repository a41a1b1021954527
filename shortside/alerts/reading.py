"""Reads what a rule of alerts watches out of its text: a condition on names, or one of the kinds of events."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from shortside.alerts.rules import (
    Change,
    CountMoving,
    Crossing,
    FeedDark,
    FigureMoving,
    NamesCrossing,
    Published,
    Subject,
    SumCrossing,
)
from shortside.conditions.amounts import Amount, amount_of
from shortside.conditions.answers import figures_of
from shortside.conditions.errors import ConditionError, nearest_of
from shortside.conditions.figures import Figure, FigureKind, Figures
from shortside.conditions.reading import Vocabulary, read_condition
from shortside.conditions.syntax import Compared, Comparison, Condition
from shortside.datasets import Dataset

PUBLISHED: Final = (Dataset.SHORT_INTEREST, Dataset.THRESHOLD, Dataset.BORROW, Dataset.PRICES)
"""Datasets whose publications are told of."""
THRESHOLD_ENTERED: Final = "threshold list entered"
BOOK, LIST = "book", "list"
"""Whose P&L may be watched: the user's own positions', or that of the names on a list."""
KINDS: Final = (
    "publication arrived",
    *(f"{dataset.value} arrived" for dataset in PUBLISHED),
    THRESHOLD_ENTERED,
    "fee moved by 5%",
    "availability moved by 50%",
    "price moved by 10%",
    "feed dark for 30m",
    "list NAME profit below -1M",
    "book profit below -1M",
)
"""What a rule may watch besides conditions, as examples."""
ON: Final = ("enters", "leaves", "changes by X")
_FIGURES_OF_KINDS: Final = {"fee": "borrow_fee", "availability": "available"}
_ARRIVED: Final = re.compile(r"(\S+) arrived", re.IGNORECASE)
_MOVED: Final = re.compile(r"(\S+) moved by (\S+)", re.IGNORECASE)
_ENTERED: Final = re.compile(THRESHOLD_ENTERED, re.IGNORECASE)
_DARK: Final = re.compile(r"feed (?:(\S+) )?dark for (\S+)", re.IGNORECASE)
_SUM: Final = re.compile(r"(book|list (.+?)) profit (below|above|<|>) ?(\S+)", re.IGNORECASE)
_CHANGES: Final = re.compile(r"changes by (\S+)", re.IGNORECASE)
_SUM_COMPARISONS: Final = {
    "below": Comparison.BELOW,
    "<": Comparison.BELOW,
    "above": Comparison.ABOVE,
    ">": Comparison.ABOVE,
}
Spans = Callable[[str], timedelta]
"""The span a text such as `30m` says; ValueError where it says none."""


def read_subject(
    when: str, on: str, figures: Figures, span_of: Spans, vocabulary: Vocabulary = lambda key: None
) -> Subject:
    """What a rule watches.

    Args:
        when: a condition on names, a figure, or one of the kinds of events.
        on: which way it is to be crossed; empty for what suits it.
        figures: the figures it may speak of.
        span_of: reads spans of time.
        vocabulary: the words that figures can say.

    Raises:
        ConditionError: it says nothing of the kind; the place is one of `when`.
        OnError: `on` is none of its ways.
    """
    words = " ".join(when.split())
    kind = _kind(words, figures, span_of)
    if kind is not None:
        if on:
            raise OnError(f"{words!r} says by itself when it is told; leave `on` out")
        return kind
    changes = _CHANGES.fullmatch(" ".join(on.split()))
    if changes is not None:
        figure = figures.get(words)
        if figure is not None:
            try:
                return FigureMoving(figure.key, _change(figure, changes[1]))
            except ConditionError as error:
                raise OnError(error.words) from None
        return CountMoving(_condition(when, figures, vocabulary), _change_of_count(changes[1]))
    way = on.strip().casefold() or Crossing.ENTERS.value
    known = {one.value: one for one in Crossing}
    if way not in known:
        raise OnError(f"{on!r} is none of {', '.join(ON)}", nearest_of(way, known))
    return NamesCrossing(_condition(when, figures, vocabulary), known[way])


class OnError(ValueError):
    """A rule's `on` cannot be."""

    def __init__(self, words: str, nearest: str = "") -> None:
        super().__init__(f"{words}; nearest: {nearest}" if nearest else words)


def _condition(when: str, figures: Figures, vocabulary: Vocabulary) -> Condition:
    condition = read_condition(when, figures, vocabulary)
    # Who only searches names watches what never changes: most likely a kind of events was misspelt.
    if not figures_of(condition):
        events = " or ".join((KINDS[0], *KINDS[-4:-2]))
        words = f"{when.strip()!r} is no condition on a figure, and no event such as {events}"
        raise ConditionError(words, 0, nearest_of(when.strip(), (*KINDS, *figures.names)))
    return condition


def _kind(words: str, figures: Figures, span_of: Spans) -> Subject | None:
    """The kind of events that a text names; None where it is none.

    Raises:
        ConditionError: it is one, and something within it cannot be.
    """
    if found := _ARRIVED.fullmatch(words):
        return Published(_dataset(found[1]))
    if found := _MOVED.fullmatch(words):
        name = _FIGURES_OF_KINDS.get(found[1].casefold(), found[1])
        figure = figures.required(name, 0)
        return FigureMoving(figure.key, _change(figure, found[2], found.start(2)))
    if _ENTERED.fullmatch(words):
        return NamesCrossing(Compared("on_threshold_list", Comparison.EQUAL, True), Crossing.ENTERS)
    if found := _DARK.fullmatch(words):
        try:
            return FeedDark(found[1] or "", span_of(found[2]))
        except (ValueError, OverflowError):
            raise ConditionError(f"{found[2]!r} is no span such as 30m or 2h", found.start(2)) from None
    if found := _SUM.fullmatch(words):
        amount = _amount(found[4], found.start(4))
        if amount.unit in ("%", "d"):
            raise ConditionError(f"P&L is in dollars: write -1M, not {found[4]!r}", found.start(4))
        of = BOOK if found[2] is None else f"{LIST} {found[2]}"
        return SumCrossing(of, _SUM_COMPARISONS[found[3].casefold()], amount.number)
    return None


def _dataset(written: str) -> Dataset:
    if written.casefold() == "publication":
        return Dataset.SHORT_INTEREST
    known = {dataset.value: dataset for dataset in PUBLISHED}
    if written.casefold() not in known:
        raise ConditionError(f"no publication is called {written!r}", 0, nearest_of(written, known))
    return known[written.casefold()]


def _amount(written: str, at: int) -> Amount:
    amount = amount_of(written)
    if amount is None:
        raise ConditionError(f"{written!r} is no amount such as 10%, 5 or 200M", at)
    return amount


def _change(figure: Figure, written: str, at: int = 0) -> Change:
    """How far a figure has to move: of a ratio in points, of another one in its unit, or in per cent of itself."""
    if figure.kind in (FigureKind.TEXT, FigureKind.TRUTH):
        raise ConditionError(f"{figure.key} is {figure.kind.noun} and moves by no amount", at)
    amount = _amount(written, at)
    if amount.digits <= 0:
        raise ConditionError(f"a move is more than nothing: {written!r}", at)
    is_ratio = figure.kind is FigureKind.RATIO
    if is_ratio and amount.unit != "%":
        raise ConditionError(f"{figure.key} moves by points: write {written}%", at)
    return Change(amount.number, is_relative=amount.unit == "%" and not is_ratio)


def _change_of_count(written: str) -> Change:
    amount = amount_of(written)
    if amount is None or amount.digits <= 0 or amount.unit not in ("", "%"):
        raise OnError(
            f"the number of names changes by names, such as 10, or by a part, such as 20%: not by {written!r}"
        )
    return Change(amount.number, is_relative=amount.unit == "%")
