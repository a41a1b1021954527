"""Amounts as people write them: `200M`, `1.5bn`, `20%`, `5d`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

SCALES: Final = {
    "": Decimal(1),
    "%": Decimal("0.01"),
    "k": Decimal(10**3),
    "m": Decimal(10**6),
    "mm": Decimal(10**6),
    "mn": Decimal(10**6),
    "b": Decimal(10**9),
    "bn": Decimal(10**9),
    "t": Decimal(10**12),
    "tn": Decimal(10**12),
    "d": Decimal(1),
}
"""What a unit multiplies by, in small letters. `mm` is the trade's million; `d` is a day."""

_MOST_DIGITS: Final = 24
_WRITTEN: Final = re.compile(r"([+\-\u2212]?)(\d+(?:\.\d*)?|\.\d+)(%|[a-z]{0,2})", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Amount:
    """A number with the unit it was written in."""

    digits: Decimal
    unit: str = ""
    """One of `SCALES`."""

    @property
    def number(self) -> float:
        """The number without its unit: 20 % is 0.2, 1.5 bn is 1,500,000,000."""
        return float(self.digits * SCALES[self.unit])

    def __str__(self) -> str:
        unit = self.unit if self.unit in ("%", "d", "mm", "mn", "bn", "tn") else self.unit.upper()
        return f"{self.digits:f}{unit}"


def amount_of(written: str) -> Amount | None:
    """The amount a word says; None if it is none, or is longer than any figure of the market."""
    found = _WRITTEN.fullmatch(written) if len(written) <= _MOST_DIGITS else None
    if found is None or found[3].lower() not in SCALES:
        return None
    sign = "-" if found[1] in ("-", "\u2212") else ""
    return Amount(Decimal(f"{sign}{found[2].rstrip('.')}"), found[3].lower())
