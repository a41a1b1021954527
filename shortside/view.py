"""View: the choices a person makes about how the market is looked at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from shortside.named_windows import SINCE_PREFIX, window_names
from shortside.positions import Knowledge, PositionsMethod
from shortside.tiers import TierBasis
from shortside.universe import STOCK_KINDS, SecurityKind


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Window, tier basis, positions and universe: everything that changes figures without new data."""

    window: str = "ytd"
    basis: TierBasis = TierBasis.END
    positions: PositionsMethod = PositionsMethod.LINEAR
    knowledge: Knowledge = Knowledge.AS_KNOWN
    kinds: frozenset[SecurityKind] = STOCK_KINDS
    since_window: str = ""
    """The `since:` window that was shown last, which the windows after it come back to; empty where none was."""

    def __post_init__(self) -> None:
        if self.window.startswith(SINCE_PREFIX):
            object.__setattr__(self, "since_window", self.window)

    def next_window(self, steps: int = 1) -> Self:
        """The view so many windows on, or back: all that have a name, then the `since:` window, then the first."""
        names = (*window_names(), self.since_window) if self.since_window else window_names()
        return replace(self, window=names[(names.index(self.window) + steps) % len(names)])

    def next_basis(self) -> Self:
        """The next basis: end, start, daily, end."""
        order = tuple(TierBasis)
        return replace(self, basis=order[(order.index(self.basis) + 1) % len(order)])

    def next_positions(self) -> Self:
        """The view by the other method between settlements: linear for step, step for linear."""
        order = tuple(PositionsMethod)
        return replace(self, positions=order[(order.index(self.positions) + 1) % len(order)])

    def next_knowledge(self) -> Self:
        """The view with the other state of knowledge: revised for as known, as known for revised."""
        order = tuple(Knowledge)
        return replace(self, knowledge=order[(order.index(self.knowledge) + 1) % len(order)])
