"""Says which names a condition is true of.

Three answers: true, false and unknown. A comparison with an unknown figure is unknown, and stays so under `!`; a name
is found where the whole condition is true. So neither `borrow_fee > 20%` nor `!(borrow_fee > 20%)` finds a name whose
fee nobody knows, and `borrow_fee = null` does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Final, NamedTuple, Protocol

import numpy as np

from shortside.conditions.amounts import Amount
from shortside.conditions.labels import Labels
from shortside.conditions.syntax import AllOf, AnyOf, Compared, Comparison, Condition, Named, Negated, OneOf, Value
from shortside.listings import Flags, Floats


class TruthOfNames(NamedTuple):
    """Of which names something is true, and of which it is false; of the others it is unknown."""

    is_true: Flags
    is_false: Flags

    def negated(self) -> TruthOfNames:
        """The answer of the opposite; what is unknown stays unknown."""
        return TruthOfNames(self.is_false, self.is_true)


class Memberships:
    """The words of a figure of which a name may have several, such as the lists it is on."""

    def __init__(self, words: Sequence[str], members: Callable[[str], TruthOfNames], names: int) -> None:
        self.words = words
        """The words as people read them."""
        self._members, self._count = members, names

    def of_any(self, words: Sequence[str]) -> TruthOfNames:
        """The names that have one of some words."""
        nobody = TruthOfNames(np.zeros(self._count, np.bool_), np.ones(self._count, np.bool_))
        return _any([nobody, *map(self._members, words)])


class Names(Protocol):
    """What conditions ask of the names of a market. N = how many."""

    def figures(self, key: str) -> Floats | Labels | Memberships:
        """The figure called so: (N,) numbers, NaN unknown, 1 and 0 of yes and no; or words."""

    def named(self, words: str) -> Flags:
        """(N,) whether a symbol or name holds some words."""


def matches(condition: Condition, names: Names) -> Flags:
    """(N,) which names a condition is true of."""
    return answer_of(condition, names).is_true


def answer_of(
    condition: Condition, names: Names, of_part: Callable[[Condition], TruthOfNames] | None = None
) -> TruthOfNames:
    """Which names a condition is true of, and which it is false of.

    Args:
        condition: what is asked.
        names: of whom.
        of_part: answers the conditions within it, for whoever keeps their answers.
    """
    part_of = of_part or (lambda part: answer_of(part, names))
    match condition:
        case Named(words):
            found = names.named(words)
            return TruthOfNames(found, ~found)
        case Compared(key, comparison, value):
            return _compared(names.figures(key), comparison, value)
        case OneOf(key, values):
            figures = names.figures(key)
            if isinstance(figures, Memberships):
                return _memberships_compared(figures, Comparison.EQUAL, frozenset(values))
            if isinstance(figures, Labels):
                return _words_compared(figures, Comparison.EQUAL, frozenset(values))
            return _any([_compared(figures, Comparison.EQUAL, value) for value in values])
        case Negated(inner):
            return part_of(inner).negated()
        case AllOf(parts):
            return _all([part_of(part) for part in parts])
        case AnyOf(parts):
            return _any([part_of(part) for part in parts])


def _any(answers: Sequence[TruthOfNames]) -> TruthOfNames:
    # One after the other: numpy's own `reduce` would first copy them all into one array.
    return TruthOfNames(
        reduce(np.logical_or, [answer.is_true for answer in answers]),
        reduce(np.logical_and, [answer.is_false for answer in answers]),
    )


def _all(answers: Sequence[TruthOfNames]) -> TruthOfNames:
    return _any([answer.negated() for answer in answers]).negated()


def _compared(figures: Floats | Labels | Memberships, comparison: Comparison, value: Value) -> TruthOfNames:
    if isinstance(figures, Memberships):
        return _memberships_compared(figures, comparison, frozenset({value}))
    if isinstance(figures, Labels):
        return _words_compared(figures, comparison, frozenset({value}))
    if value is None:
        return _whether(~np.isnan(figures), comparison)
    if isinstance(value, str) or comparison is Comparison.HOLDS:
        raise TypeError(f"figures {comparison.value} {value!r}")
    number = value.number if isinstance(value, Amount) else float(value)
    holds, fails = _NUMBERS[comparison]
    is_true, is_false = holds(figures, number), fails(figures, number)
    # The unknown is unequal to everything, and answers no other comparison with yes.
    if comparison is Comparison.UNEQUAL:
        is_true &= ~np.isnan(figures)
    elif comparison is Comparison.EQUAL:
        is_false &= ~np.isnan(figures)
    return TruthOfNames(is_true, is_false)


def _words_compared(labels: Labels, comparison: Comparison, values: frozenset[Value]) -> TruthOfNames:
    """Words against some values, one of which is enough; None among them finds the unknown."""
    is_known = labels.of_names([word != "" for word in labels.words])
    wanted = [value.casefold() for value in values if isinstance(value, str)]
    if len(wanted) + (None in values) < len(values):
        raise TypeError(f"words {comparison.value} {values}")
    if comparison is Comparison.HOLDS:
        found = labels.of_names([wanted[0] in word for word in labels.folded])
    else:
        among = frozenset(wanted)
        found = labels.of_names([word in among for word in labels.folded])
    if comparison is Comparison.UNEQUAL:
        found = ~found
    if None not in values:
        return TruthOfNames(found & is_known, ~found & is_known)
    # Whether something is unknown is always known; beside other words, a known one decides about those.
    if not wanted:
        return _whether(is_known, comparison)
    return TruthOfNames(found | ~is_known, ~found & is_known)


def _memberships_compared(figures: Memberships, comparison: Comparison, values: frozenset[Value]) -> TruthOfNames:
    """Whether names have one of some words; None among those is to have none at all."""
    wanted = [value.casefold() for value in values if isinstance(value, str)]
    if comparison is Comparison.HOLDS:
        found = figures.of_any([word for word in figures.words if wanted[0] in word.casefold()])
    else:
        found = figures.of_any([word for word in figures.words if word.casefold() in wanted])
    if None in values:
        anyone = figures.of_any(figures.words).is_true
        found = _any([found, TruthOfNames(~anyone, anyone)])
    return TruthOfNames(found.is_false, found.is_true) if comparison is Comparison.UNEQUAL else found


def _whether(is_known: Flags, comparison: Comparison) -> TruthOfNames:
    """Whether figures are unknown, which is always known."""
    is_true = is_known if comparison is Comparison.UNEQUAL else ~is_known
    return TruthOfNames(is_true, ~is_true)


_NUMBERS: Final = {
    Comparison.EQUAL: (np.equal, np.not_equal),
    Comparison.UNEQUAL: (np.not_equal, np.equal),
    Comparison.ABOVE: (np.greater, np.less_equal),
    Comparison.AT_LEAST: (np.greater_equal, np.less),
    Comparison.BELOW: (np.less, np.greater_equal),
    Comparison.AT_MOST: (np.less_equal, np.greater),
}
"""How numbers are compared, and what is so where the comparison is false."""
