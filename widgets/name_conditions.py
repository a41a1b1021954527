"""What conditions on names may speak of, from the list of figures, and the names of a board that they are true of."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from shortside.conditions.errors import ConditionError
from shortside.conditions.figures import Figure, FigureKind, Figures
from shortside.conditions.reading import LIST_KEY, read_condition
from shortside.conditions.syntax import AllOf, AnyOf, Compared, Comparison, Negated, OneOf
from shortside.conditions.writing import condition_text, value_text
from widgets.fields import Unit
from widgets.name_column_type import Copied, NameColumn, TitleFacts
from widgets.name_columns import NAME_COLUMNS, name_column

if TYPE_CHECKING:
    from shortside.board import Board
    from shortside.conditions.labels import Labels
    from shortside.conditions.matching import Memberships, TruthOfNames
    from shortside.conditions.syntax import Condition
    from shortside.listings import Flags, Floats
    from shortside.lists.names import NameList
    from widgets.name_index import NameIndex

NameLists = Mapping[str, "NameList"]
"""Own lists by their names."""
MOST_LISTS_WITHIN: Final = 10
"""Conditions of lists that speak of other lists, within one another."""
NO_LISTS: Final[NameLists] = MappingProxyType({})
_KINDS: Final = {
    Unit.DOLLARS: FigureKind.DOLLARS,
    Unit.SHARES: FigureKind.SHARES,
    Unit.RATIO: FigureKind.RATIO,
    Unit.NUMBER: FigureKind.NUMBER,
    Unit.TRUTH: FigureKind.TRUTH,
}
_KINDS_COPIED: Final = {Copied.DOLLARS: FigureKind.DOLLARS, Copied.PERCENT: FigureKind.RATIO}


def _kind(column: NameColumn) -> FigureKind | None:
    if column.labels is not None:
        return FigureKind.TEXT
    if column.exported is not None:
        kind = _KINDS.get(column.exported.unit)
        return kind if column.vector is not None or column.exported.values is not None else None
    if column.vector is None or not isinstance(column.copied, Copied):
        return None
    return _KINDS_COPIED.get(column.copied, FigureKind.NUMBER)


def _meaning(column: NameColumn) -> str:
    words = column.explanation if isinstance(column.explanation, str) else column.explanation(TitleFacts())
    return words or ("" if column.exported is None else column.exported.meaning)


@cache
def condition_figures() -> Figures:
    """Every figure of names that conditions may speak of, in the order of the list of figures; own lists at the end."""
    of_columns = (
        Figure(
            key=column.exported_key,
            kind=kind,
            short_forms=column.short_forms,
            meaning=_meaning(column),
            has_vocabulary=column.has_vocabulary,
        )
        for column in NAME_COLUMNS
        if (kind := _kind(column)) is not None
    )
    words = "Own lists the name is on, also saved filters; `list:NAME` for short, `= null` is on none"
    return Figures((*of_columns, Figure(key=LIST_KEY, kind=FigureKind.TEXT, meaning=words, has_vocabulary=True)))


def rests_on_fee_paths(text: str) -> bool:
    """Whether a condition's text speaks of a figure that rests on fees over time, which take long to read."""
    words = set(re.findall(r"\w+", text.casefold()))
    return any(words & {column.exported_key, *column.short_forms} for column in NAME_COLUMNS if column.is_of_fee_paths)


class BoardNames:
    """The names of a board, as conditions ask of them. N = number of names."""

    def __init__(self, board: Board, index: NameIndex, lists: NameLists = NO_LISTS) -> None:
        self._board = board
        self._index = index
        self._lists = lists
        self._read: dict[str, Condition] = {}
        """The conditions of lists that were found sound."""
        self._answers: dict[str, TruthOfNames] = {}

    def figures(self, key: str) -> Floats | Labels | Memberships:
        """The figure called so in the contract: (N,) numbers, NaN unknown, or words.

        Raises:
            KeyError: nothing is called so.
        """
        import numpy as np

        if key == LIST_KEY:
            from shortside.conditions.matching import Memberships

            return Memberships(list(self._lists), self.on_list, len(self._board.market.symbols))
        column = name_column(key)
        if column.labels is not None:
            return column.labels(self._board, self._index)
        if column.vector is not None:
            return np.asarray(column.vector(self._board), np.float64)
        if column.exported is None or column.exported.values is None:
            raise KeyError(key)
        return np.asarray(column.exported.values(self._board), np.float64)

    def moved(self) -> None:
        """Forget who is on a list that is a condition, because figures moved."""
        self._answers.clear()

    def named(self, words: str) -> Flags:
        """(N,) whether a symbol or name holds some words."""
        return self._index.fits(words)

    def vocabulary(self, key: str) -> Collection[str]:
        """The words a figure can say here, as people read them; the unknown is none of them.

        Raises:
            KeyError: no figure of words is called so.
        """
        if key == LIST_KEY:
            return list(self._lists)
        labels = name_column(key).labels
        if labels is None:
            raise KeyError(key)
        return [word for word in labels(self._board, self._index).words if word]

    def condition(self, text: str) -> Condition:
        """The condition a text says of these names; the lists it speaks of are sound, too.

        Raises:
            ConditionError: it is none, with the place and the nearest figure; or a list it speaks of is none.
        """
        condition = read_condition(text, condition_figures(), self.vocabulary)
        self._require_sound(condition, ())
        return condition

    def on_list(self, name: str) -> TruthOfNames:
        """The names on a list, and those that are not; of a condition some may be neither.

        Raises:
            KeyError: there is no such list.
        """
        if name not in self._answers:
            self._answers[name] = self._answer_of_list(self._lists[name], name)
        return self._answers[name]

    def _answer_of_list(self, listed: NameList, name: str) -> TruthOfNames:
        import numpy as np

        from shortside.conditions.matching import TruthOfNames, answer_of

        if listed.where:
            if name not in self._read:
                self._read_list(name, ())
            return answer_of(self._read[name], self)
        found = np.zeros(len(self._board.market.symbols), np.bool_)
        places = self._index.column_of_spelling
        found[[places[symbol] for symbol in listed.symbols if symbol in places]] = True
        return TruthOfNames(found, ~found)

    def _require_sound(self, condition: Condition, within: tuple[str, ...]) -> None:
        """Read the conditions of the lists that a condition speaks of, and of those that these speak of."""
        for name in _lists_of(condition, self._lists):
            if self._lists[name].where and name not in self._read:
                self._read_list(name, within)

    def _read_list(self, name: str, within: tuple[str, ...]) -> None:
        if name in within:
            raise ConditionError(f"the list {name} speaks of itself", 0)
        if len(within) >= MOST_LISTS_WITHIN:
            raise ConditionError(f"lists stand {MOST_LISTS_WITHIN} deep at most", 0)
        try:
            condition = read_condition(self._lists[name].where, condition_figures(), self.vocabulary)
            self._require_sound(condition, (*within, name))
        except ConditionError as error:
            if within:
                raise
            raise ConditionError(f"list {name}: {error}", 0) from error
        self._read[name] = condition


def _lists_of(condition: Condition, lists: NameLists) -> Iterator[str]:
    """The lists a condition speaks of, each as often as it does."""
    match condition:
        case Negated(inner):
            yield from _lists_of(inner, lists)
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _lists_of(part, lists)
        case Compared(figure, comparison, value) if figure == LIST_KEY:
            is_each = value is None or comparison is Comparison.HOLDS
            yield from lists if is_each else (name for name in lists if name == value)
        case OneOf(figure, values) if figure == LIST_KEY:
            yield from lists if None in values else (name for name in lists if name in values)


def list_asked_for(condition: Condition) -> str:
    """The list whose names are all that a condition asks for; empty where it asks for more, or for others."""
    match condition:
        case Compared(figure, Comparison.EQUAL, str(name)) if figure == LIST_KEY:
            return name
    return ""


def filter_of_list(name: str) -> str:
    """The filter that shows the names of a list."""
    return f"{LIST_KEY}:{value_text(name)}"


def read_filter(text: str, board: Board, index: NameIndex, lists: NameLists = NO_LISTS) -> Condition:
    """The condition a filter's text says of a board's names.

    Raises:
        ConditionError: it is none; with the place and the nearest figure.
    """
    return BoardNames(board, index, lists).condition(text)


def filter_words(text: str, board: Board, index: NameIndex, lists: NameLists = NO_LISTS) -> str:
    """A filter's text as it was understood: the contract's names, one way to write them.

    Raises:
        ConditionError: it is none.
    """
    return condition_text(read_filter(text, board, index, lists), condition_figures())
