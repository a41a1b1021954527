"""The tree of a condition on names."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from shortside.conditions.amounts import Amount


class Comparison(Enum):
    """How a figure is compared."""

    EQUAL = "="
    UNEQUAL = "!="
    ABOVE = ">"
    AT_LEAST = ">="
    BELOW = "<"
    AT_MOST = "<="
    HOLDS = "~"
    """Whether words hold some other words."""


Value = Amount | str | bool | None
"""What a figure is compared with; None is the unknown."""


@dataclass(frozen=True, slots=True)
class Named:
    """A symbol or company that holds some words."""

    words: str


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure against a value."""

    figure: str
    """The figure's key in the contract."""
    comparison: Comparison
    value: Value


@dataclass(frozen=True, slots=True)
class OneOf:
    """A figure that equals one of some values."""

    figure: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Negated:
    """What is not so. What is unknown stays unknown: absence is not knowledge."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class AllOf:
    """Two or more conditions that all hold."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Two or more conditions one of which holds at least."""

    conditions: tuple[Condition, ...]


Condition = Named | Compared | OneOf | Negated | AllOf | AnyOf
