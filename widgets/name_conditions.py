"""What conditions on names may speak of, from the list of figures, and the names of a board that they are true of."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import TYPE_CHECKING, Final

from shortside.conditions.figures import Figure, FigureKind, Figures
from widgets.fields import Unit
from widgets.name_column_type import Copied, NameColumn, TitleFacts
from widgets.name_columns import NAME_COLUMNS, name_column

if TYPE_CHECKING:
    from shortside.board import Board
    from shortside.conditions.matching import Labels
    from shortside.conditions.syntax import Condition
    from shortside.listings import Flags, Floats
    from widgets.name_index import NameIndex

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
    """Every figure of names that conditions may speak of, in the order of the list of figures."""
    return Figures(
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


class BoardNames:
    """The names of a board, as conditions ask of them. N = number of names."""

    def __init__(self, board: Board, index: NameIndex) -> None:
        self._board = board
        self._index = index

    def figures(self, key: str) -> Floats | Labels:
        """The figure called so in the contract: (N,) numbers, NaN unknown, or words.

        Raises:
            KeyError: nothing is called so.
        """
        import numpy as np

        column = name_column(key)
        if column.labels is not None:
            return column.labels(self._board, self._index)
        if column.vector is not None:
            return np.asarray(column.vector(self._board), np.float64)
        if column.exported is None or column.exported.values is None:
            raise KeyError(key)
        return np.asarray(column.exported.values(self._board), np.float64)

    def named(self, words: str) -> Flags:
        """(N,) whether a symbol or name holds some words."""
        return self._index.fits(words)

    def vocabulary(self, key: str) -> Collection[str]:
        """The words a figure can say here, as people read them; the unknown is none of them.

        Raises:
            KeyError: no figure of words is called so.
        """
        labels = name_column(key).labels
        if labels is None:
            raise KeyError(key)
        return [word for word in labels(self._board, self._index).words if word]


def read_filter(text: str, board: Board, index: NameIndex) -> Condition:
    """The condition a filter's text says of a board's names.

    Raises:
        ConditionError: it is none; with the place and the nearest figure.
    """
    from shortside.conditions.reading import read_condition

    return read_condition(text, condition_figures(), BoardNames(board, index).vocabulary)


def filter_words(text: str, board: Board, index: NameIndex) -> str:
    """A filter's text as it was understood: the contract's names, one way to write them.

    Raises:
        ConditionError: it is none.
    """
    from shortside.conditions.writing import condition_text

    return condition_text(read_filter(text, board, index), condition_figures())
