"""Which inputs the figures of names rest on, and which of the figures stand still while prices tick."""

from __future__ import annotations

from typing import Final

from shortside.conditions.reading import LIST_KEY
from shortside.datasets import Dataset
from widgets.name_column_type import MovesWith
from widgets.name_columns import name_column

_OF_REFERENCE: Final = frozenset({"symbol", "name", "sector", "exchange", "reason"})
_OF_PRICES: Final = frozenset({"price", "price_change", "price_change_today", "distributed"})
_OF_BORROW: Final = frozenset({"borrow_fee", "available", "easy_to_borrow"})
_OF_SHARES: Final = frozenset({"shares_short", "short_interest_change", "days_to_cover", "short_float_ratio"})
_WHOLE: Final = frozenset({Dataset.SHORT_INTEREST, Dataset.PRICES})


def inputs_of_figure(key: str) -> frozenset[Dataset]:
    """The datasets without which a figure is worth nothing; prices stand for quotes, too, while a session runs."""
    if key in _OF_REFERENCE:
        return frozenset()
    if key in _OF_PRICES:
        return frozenset({Dataset.PRICES})
    if key in _OF_BORROW:
        return frozenset({Dataset.BORROW})
    if key in _OF_SHARES:
        return frozenset({Dataset.SHORT_INTEREST})
    if key == "on_threshold_list":
        return frozenset({Dataset.THRESHOLD})
    if key in ("tier", "market_cap", "tier_is_estimated"):
        return frozenset({Dataset.PRICES, Dataset.SHARES_OUTSTANDING})
    return _WHOLE


def moves_with_prices(key: str) -> bool:
    """Whether a figure may be another after a tick, or after crowding was ranked anew.

    Of figures that have no cell in the table nobody noted what moves them: they are taken to move.
    """
    if key == LIST_KEY:
        return True  # A list may be a condition.
    column = name_column(key)
    is_noted = column.cell is not None or column.moves_with is not MovesWith.MARKET
    is_still = column.moves_with in (MovesWith.MARKET, MovesWith.BOOK, MovesWith.WINDOW)
    return not (is_noted and is_still) and not (column.labels is not None and column.moves_with is MovesWith.MARKET)
