"""Lays looks at a list of stock loans out along the names of a market, and remembers which of them each symbol is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import numpy as np

from providers.listings.symbols import NO_COLUMN, JoinSide, SymbolJoin
from shortside.listings import Flags, Floats
from shortside.loans.history import LoanState


class LoanColumns:
    """The names of a market, found by the list's symbols. A list repeats itself, so that each symbol is joined once."""

    def __init__(self, ours: JoinSide) -> None:
        """Nothing is joined yet."""
        self._join, self._names = SymbolJoin(ours), len(ours.symbols)
        self._column_of: dict[str, int] = {}

    def state(
        self,
        clocks: tuple[date, datetime, datetime],
        symbols: Sequence[str],
        values: tuple[Floats, Floats, Flags],
    ) -> LoanState:
        """A look along the names of the market.

        Args:
            clocks: its day, when it became known, and when it was made.
            symbols: as the list spells them.
            values: fee, shares available, and whether those are a lower bound, of each symbol.
        """
        self._learn(symbols)
        columns = np.array([self._column_of[symbol] for symbol in symbols], np.int64)
        is_ours = columns != NO_COLUMN
        fee, available = (np.full(self._names, np.nan) for _ in range(2))
        is_capped = np.zeros(self._names, bool)
        for target, given in zip((fee, available, is_capped), values, strict=True):
            target[columns[is_ours]] = given[is_ours]
        as_of, known_at, fetched_at = clocks
        return LoanState(
            as_of=as_of, known_at=known_at, fetched_at=fetched_at, fee=fee, available=available, is_capped=is_capped
        )

    def _learn(self, symbols: Sequence[str]) -> None:
        unknown = [symbol for symbol in symbols if symbol not in self._column_of]
        blank = [""] * len(unknown)
        columns = self._join.columns(JoinSide(symbols=unknown, names=blank, exchanges=blank))
        self._column_of.update(zip(unknown, columns.tolist(), strict=True))
