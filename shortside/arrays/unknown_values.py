"""Unknown figures: NaN in arrays, None in records for people and programs, and never zero."""

from __future__ import annotations

import math
from typing import SupportsFloat


def known_or_none(value: SupportsFloat) -> float | None:
    """The number, or None where it is not one."""
    number = float(value)
    return number if math.isfinite(number) else None
