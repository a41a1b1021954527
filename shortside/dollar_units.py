"""The units in which the dollars of tables are written: chosen once for a market, so that no price moves a column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from shortside.listings import Flags, Floats
    from shortside.market import Market

UNIT_LETTERS: Final = ("", "K", "M", "B")
"""Units by powers of a thousand; trillions would leave a market's small tiers with nothing but zeros."""
MOST_OF_A_NAME: Final = 1e5
"""What the largest position stays below in the unit of names: five digits stand before the point at most."""
SETTLEMENTS_LOOKED_AT: Final = 2
"""Of how many settlements the larger position counts: one settlement may have been reported in part."""


@dataclass(frozen=True, slots=True)
class DollarUnits:
    """The units of a market's tables, as letters; empty for dollars as they are."""

    names: str
    """The unit of what single names are short, made and cost."""
    sums: str
    """The unit of tiers, sectors and the total."""


def dollar_units(market: Market, included: Flags) -> DollarUnits:
    """The units that suit a market's largest position and the sum of all, at the closes it was read with.

    Args:
        market: whose positions.
        included: (N,) the names that count.
    """
    newest = market.shares_short[-SETTLEMENTS_LOOKED_AT:]
    shares = np.nan_to_num(newest, nan=0.0).max(axis=0, initial=0.0)
    worth = np.where(included, shares * np.nan_to_num(market.close[-1].astype(np.float64), nan=0.0), 0.0)
    return DollarUnits(
        names=unit_below(float(worth.max(initial=0.0)), MOST_OF_A_NAME), sums=unit_of(float(worth.sum()))
    )


def unit_below(largest: float, most: float) -> str:
    """The smallest unit in which a figure is less than `most`, as far as there is one."""
    return next((letter for power, letter in enumerate(UNIT_LETTERS) if largest < most * 1000.0**power), "B")


def unit_of_column(*figures: Floats) -> str:
    """The unit of a column of figures of names, known or not, for none of which it changes."""
    return unit_below(max((float(np.nanmax(np.abs(one), initial=0.0)) for one in figures), default=0.0), MOST_OF_A_NAME)


def unit_and_decimals(largest: float) -> tuple[str, int]:
    """The unit in which a figure has one to three digits before the point, and how many decimals make them four."""
    letter = unit_below(largest, 1000.0)
    digits = len(str(int(largest / 1000.0 ** UNIT_LETTERS.index(letter))))
    return letter, max(4 - digits, 0) if letter else 0


def unit_of(total: float) -> str:
    """The largest unit in which a figure is one at least; empty where none is."""
    powers = reversed(list(enumerate(UNIT_LETTERS)))
    return next((letter for power, letter in powers if total >= 1000.0**power), "")
