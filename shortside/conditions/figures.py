"""The figures that conditions speak of: what each is called, and what it may be compared with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from shortside.conditions.errors import ConditionError, nearest_of


class FigureKind(Enum):
    """What a figure is, and so what it may be compared with."""

    DOLLARS = "dollars"
    """`200M`, `1.5bn`, `10`."""
    SHARES = "shares"
    """`3M`."""
    NUMBER = "number"
    """A score, a price or days: `90`, `5d`."""
    RATIO = "per cent"
    """`20%`. A bare number is refused, for 20 may mean 20 % or twentyfold."""
    TEXT = "words"
    """Words, whose capitals do not count."""
    TRUTH = "yes or no"
    """Stands alone (`on_threshold_list`), or is compared with `yes` or `no`."""

    @property
    def noun(self) -> str:
        """What a figure is, as it stands after `is`: `crowding is a number`."""
        return _NOUNS[self]


_NOUNS: Final = {
    FigureKind.DOLLARS: "an amount of dollars",
    FigureKind.SHARES: "a number of shares",
    FigureKind.NUMBER: "a number",
    FigureKind.RATIO: "a percentage",
    FigureKind.TEXT: "a text",
    FigureKind.TRUTH: "yes or no",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure of names that conditions may speak of."""

    key: str
    """Its name in the contract."""
    kind: FigureKind
    short_forms: tuple[str, ...] = ()
    """Other names of it, such as the title of its column."""
    meaning: str = ""
    """What it is, in a line, for whoever is typing."""
    has_vocabulary: bool = False
    """Whether its words are few and known, so that another word is a mistake."""


class Figures:
    """All figures that conditions may speak of, found by any of their names; capitals do not count."""

    def __init__(self, figures: Iterable[Figure]) -> None:
        self.all = tuple(figures)
        """The figures in the order of their list."""
        self._by_name: dict[str, Figure] = {}
        for figure in self.all:
            for name in (figure.key, *figure.short_forms):
                if self._by_name.setdefault(name.casefold(), figure) is not figure:
                    raise ValueError(f"two figures are called {name!r}")

    @property
    def names(self) -> tuple[str, ...]:
        """Every name of every figure."""
        return tuple(self._by_name)

    def get(self, name: str) -> Figure | None:
        """The figure called so; None if there is none."""
        return self._by_name.get(name.casefold())

    def required(self, name: str, at: int) -> Figure:
        """The figure called so.

        Raises:
            ConditionError: no figure is called so; `at` is where the name stands.
        """
        figure = self.get(name)
        if figure is None:
            raise ConditionError(f"no figure is called {name!r}", at, nearest_of(name, self._by_name))
        return figure
