"""Describes the fields of documents: key, unit, meaning, and the column in the table for people."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, NamedTuple


class Unit(Enum):
    """The unit of a field, which decides how its value is rounded and written."""

    WORDS = "words"
    """Text; empty is unknown."""
    DOLLARS = "dollars"
    """US dollars, to the cent."""
    RATIO = "ratio"
    """A fraction, shown in per cent."""
    NUMBER = "number"
    """A score, days, or dollars a share: what is neither added up nor shown in per cent."""
    COUNT = "count"
    """A number of things."""
    SHARES = "shares"
    """A whole number of shares."""
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
    """What the manual says of the field: what it is, in which unit, and when it is null."""
    value: Callable[[Any], Any] | None = None
    """Reads it off a row; the row's attribute `key` by default."""
    page: PageColumn | None = None
    """The field's column in the table for people; None keeps it out."""

    def of(self, row: Any) -> Any:
        """The field's value of a row, not yet rounded."""
        return getattr(row, self.key) if self.value is None else self.value(row)
