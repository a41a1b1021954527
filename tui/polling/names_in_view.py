"""Tells which names a monitor's screens show, so that those are polled more often than the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from providers.feeds.attention import Attention
from shortside.listings import EARLIER_TENANT
from shortside.lists.names import symbol_spelling

if TYPE_CHECKING:
    from shortside.market import Market
    from tui.sources.stage import Stage

MOST_WATCHED_NAMES: Final = 200
"""How many names' last prices are polled again and again."""
MOST_VIEWED_NAMES: Final = 5
"""How many of the names opened last are remembered."""


class NamesInView:
    """The names that a monitor's screens show. To be used on the event loop.

    Args:
        stage: the monitor.
        with_lists: whether the names of own lists are among them; not where others hear of it.
    """

    def __init__(self, stage: Stage, *, with_lists: bool = True) -> None:
        self._stage, self._with_lists = stage, with_lists
        self._viewed: list[str] = []
        self._spelt: tuple[Market, dict[str, str]] | None = None
        """A market, and its symbols by their spelling in lists."""

    def attention(self) -> Attention:
        """The watched and the viewed names in one record, for whoever polls."""
        return Attention(watched=tuple(self.watched()), viewed=tuple(self.viewed()))

    def watched(self) -> list[str]:
        """The names whose last prices are wanted: those opened lately, of own lists, then the most shorted."""
        board = self._stage.board
        if board is None:
            return self.viewed()
        dollars = np.where(board.included, np.nan_to_num(board.short_interest), 0.0)
        chosen = np.argsort(-dollars, kind="stable")[:MOST_WATCHED_NAMES]
        symbols = [str(board.market.symbols[column]) for column in chosen if dollars[column] > 0]
        wanted = (*self.viewed(), *self._listed(board.market), *symbols)
        return list(dict.fromkeys(symbol for symbol in wanted if EARLIER_TENANT not in symbol))

    def _listed(self, market: Market) -> list[str]:
        """The names of own lists that the market has, in its spelling; at most as many as are polled."""
        listed = self._stage.listed_symbols() if self._with_lists else ()
        if not listed:
            return []
        if self._spelt is None or self._spelt[0] is not market:
            self._spelt = market, {symbol_spelling(str(symbol)): str(symbol) for symbol in market.symbols}
        called = self._spelt[1]
        return [called[symbol] for symbol in listed if symbol in called][:MOST_WATCHED_NAMES]

    def viewed(self) -> list[str]:
        """The names somebody opened, the last one first; who closed it looked at it all the same."""
        symbol = self._stage.symbol_in_view()
        if symbol is not None and EARLIER_TENANT not in symbol:
            self._viewed = [symbol, *(one for one in self._viewed if one != symbol)][:MOST_VIEWED_NAMES]
        return list(self._viewed)
