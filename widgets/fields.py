"""One key of the rows of a document that `shortside snapshot` prints, described once for programs and for people."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, NamedTuple


class Unit(Enum):
    """What a value is, which decides how it is rounded and written."""

    WORDS = "words"
    """Text; empty is unknown."""
    DOLLARS = "dollars"
    """US dollars, to the cent."""
    RATIO = "ratio"
    """A fraction, shown in per cent."""
    NUMBER = "number"
    """A score, days, or dollars a share: what is neither added up nor shown in per cent."""
    COUNT = "count"
    """How many there are."""
    SHARES = "shares"
    """Shares, which come whole."""
    TRUTH = "truth"
    """Yes, no, or unknown: 1, 0 and NaN, or True, False and None."""
    DAY = "day"
    """A `date`."""
    MOMENT = "moment"
    """An aware `datetime`."""
    SCORES = "scores"
    """An object of numbers by name."""
    AS_IT_IS = "as it is"
    """Something JSON can hold already."""


class PageColumn(NamedTuple):
    """The column of a field in the table for people."""

    title: str
    width: int
    is_signed: bool = False
    """Whether what is above zero bears a plus."""
    place: int = 0
    """Columns with a higher number stand further right; with the same one in the order of the fields."""
    written: Callable[[dict[str, Any], int, Any], str] | None = None
    """Writes the cell of a record in so many cells with some glyphs, where its unit does not say how."""


class Field(NamedTuple):
    """One key of a document's rows."""

    key: str
    unit: Unit
    meaning: str
    """For the manual: what it is, in what unit, and when it is null."""
    value: Callable[[Any], Any] | None = None
    """Reads it off a row; the row's attribute `key` by default."""
    page: PageColumn | None = None
    """None keeps it out of the table for people."""

    def of(self, row: Any) -> Any:
        """The value of a row, not yet rounded."""
        return getattr(row, self.key) if self.value is None else self.value(row)
