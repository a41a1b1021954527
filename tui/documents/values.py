"""Rounds values for documents: unknown is None, dollars are rounded to cents, there is no negative zero."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from widgets.fields import Field, Unit


def usd(value: float | None) -> float | None:
    """Dollars rounded to the cent, without a negative zero; None where unknown."""
    return None if value is None or not math.isfinite(value) else round(float(value), 2) + 0.0


def rounded_ratio(value: float | None) -> float | None:
    """A fraction or another number rounded to eight places, without a negative zero; None where unknown."""
    return None if value is None or not math.isfinite(value) else round(float(value), 8) + 0.0


def whole(value: float | None) -> int | None:
    """A number of shares, rounded to a whole one; None where unknown."""
    return None if value is None or not math.isfinite(value) else round(float(value))


def truth(value: float | bool | None) -> bool | None:
    """A truth value: True, False, or None where unknown."""
    return None if value is None or math.isnan(value) else bool(value)


def value_of(unit: Unit, value: Any) -> Any:
    """A value of a unit as JSON holds it."""
    if unit is Unit.DOLLARS:
        return usd(value)
    if unit in (Unit.RATIO, Unit.NUMBER):
        return rounded_ratio(value)
    if unit in (Unit.SHARES, Unit.COUNT):
        return whole(value)
    if unit is Unit.TRUTH:
        return truth(value)
    if unit is Unit.SCORES:
        return {name: rounded_ratio(score) for name, score in value.items()}
    if unit is Unit.WORDS:
        return str(value) if value else None
    if unit in (Unit.DAY, Unit.MOMENT):
        return None if value is None else value.isoformat()
    return value


def records(fields: Sequence[Field], rows: Iterable[Any]) -> list[dict[str, Any]]:
    """Rows as dictionaries, with their keys in the order of the fields."""
    return [{field.key: value_of(field.unit, field.of(row)) for field in fields} for row in rows]
