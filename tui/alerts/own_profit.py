"""Gives alerts the P&L of the user's own positions; whoever is told learns that it crossed an amount, and no figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tui.sources.own_book import FittedBook, OwnBookReader

if TYPE_CHECKING:
    from shortside.board import Board
    from tui.settings.configuration import Options
    from tui.sources.loaded_market import LoadedMarket


class OwnProfit:
    """Reads the user's positions again when their file changed. Blocks: called in the thread of a look."""

    def __init__(self, options: Options) -> None:
        """Nothing read yet."""
        self._reader = OwnBookReader(options)
        self._fitted: FittedBook | None = None

    def __call__(self, board: Board, loaded: LoadedMarket) -> float | None:
        """The P&L since entry of all positions of which it is known, in dollars; None where it is known of none.

        Raises:
            LookupError: there is no file of positions, or it cannot be read.
        """
        fitted = self._fitted = self._reader.read(board, loaded)
        if fitted.complaint:
            raise LookupError(f"there is no book: {fitted.complaint}")
        profit = fitted.book.figures().profit
        known = np.isfinite(profit)
        return float(profit[known].sum()) if known.any() else None
