"""Answers many conditions on the same names again and again: what is asked twice, or has not moved, is asked once."""

from __future__ import annotations

from collections.abc import Callable

from shortside.conditions.labels import Labels
from shortside.conditions.matching import Memberships, Names, TruthOfNames, answer_of
from shortside.conditions.syntax import AllOf, AnyOf, Compared, Condition, Named, Negated, OneOf
from shortside.listings import Flags, Floats


class Answers:
    """The answers of one market's names, kept until the figures they rest on move.

    Args:
        names: who is asked.
        is_moving: whether a figure, by its key, may be another after `moved`; the others stay as they are for good.
    """

    def __init__(self, names: Names, is_moving: Callable[[str], bool]) -> None:
        self._names = names
        self._is_moving = is_moving
        self._figures: dict[str, Floats | Labels | Memberships] = {}
        self._numbers: dict[Condition, int] = {}
        self._number_of_object: dict[int, tuple[int, Condition]] = {}
        """The number of a condition by its identity: to look a tree up by its leaves at every beat takes too long."""
        self._answers: dict[int, TruthOfNames] = {}
        self._moving: list[bool] = []
        self._revision = 0

    def of(self, condition: Condition) -> TruthOfNames:
        """The names a condition is true of, and those it is false of; the same arrays until something moves."""
        number = self._number(condition)
        found = self._answers.get(number)
        if found is None:
            found = self._answers[number] = answer_of(condition, self, self.of)
        return found

    def _number(self, condition: Condition) -> int:
        """The number of a condition and of all that are equal to it."""
        known = self._number_of_object.get(id(condition))
        if known is None:
            number = self._numbers.setdefault(condition, len(self._numbers))
            if number == len(self._moving):
                self._moving.append(any(map(self._is_moving, figures_of(condition))))
            # Kept with its number, so that nothing else is ever at its place in memory.
            known = self._number_of_object[id(condition)] = number, condition
        return known[0]

    def figures(self, key: str) -> Floats | Labels | Memberships:
        """The figure called so, as `Names` has it."""
        found = self._figures.get(key)
        if found is None:
            found = self._figures[key] = self._names.figures(key)
        return found

    def named(self, words: str) -> Flags:
        """(N,) whether a symbol or name holds some words."""
        return self._names.named(words)

    def moved(self) -> None:
        """Forget what rests on moving figures, because they moved."""
        self._revision += 1
        self._figures = {key: values for key, values in self._figures.items() if not self._is_moving(key)}
        self._answers = {one: answer for one, answer in self._answers.items() if not self._moving[one]}

    def revision_of(self, key: str) -> int:
        """Which state of a figure this is: another number once it may have moved."""
        return self._revision if self._is_moving(key) else 0


def figures_of(condition: Condition) -> frozenset[str]:
    """The keys of the figures a condition rests on."""
    match condition:
        case Named():
            return frozenset()
        case Compared(key) | OneOf(key):
            return frozenset({key})
        case Negated(inner):
            return figures_of(inner)
        case AllOf(parts) | AnyOf(parts):
            return frozenset().union(*map(figures_of, parts))
