"""Says why a symbol that somebody looks for has no row among the names."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from shortside.board import Board
from shortside.universe import SecurityKind, kind_of_unpriced
from shortside.words.group_words import sector_word, tier_word
from widgets.name_index import NameIndex

NO_PRICE: Final = "no price here"
NO_SYMBOL: Final = "no such symbol here"
NOT_ASKED_FOR: Final = "not among the names that were asked for"
KIND_WORDS: Final = {
    SecurityKind.ETF.label: "an ETF",
    SecurityKind.FUND.label: "a fund",
    SecurityKind.PREFERRED.label: "a preferred share",
    SecurityKind.WARRANT.label: "a warrant",
    SecurityKind.UNIT.label: "a unit",
    SecurityKind.RIGHT.label: "a right",
    SecurityKind.NOTE.label: "a note",
    "no_price": NO_PRICE,
}
"""What a security is that is no stock, in words."""


def why_absent(
    board: Board, index: NameIndex, text: str, tiers: Collection[str] | None, sector: str | None = None
) -> str:
    """Why the security whose symbol is exactly `text` has no row, in a few words; empty where no symbol is.

    Args:
        board: what is on the screen.
        index: the symbols of its market.
        text: what was typed.
        tiers: the tiers whose names are shown; None for all.
        sector: the sector whose names are shown; None for all.
    """
    symbol = text.strip().upper()
    column = index.column_of_upper.get(symbol)
    if column is None:
        place = index.unpriced_of_upper.get(symbol)
        if place is None:
            return ""
        missing = board.market.unpriced
        kind = kind_of_unpriced(str(missing.symbols[place]), str(missing.names[place]), missing.market_classes[place])
        return f"{symbol} is left out: {KIND_WORDS.get(kind, kind)}"
    if not board.included[column]:
        kind = SecurityKind(int(board.market.kinds[column])).label
        return f"{symbol} is left out: {KIND_WORDS.get(kind, kind)}"
    if not board.was_held[column]:
        return f"{symbol}: nobody is known to have been short in the window"
    tier = board.scheme.labels[int(board.tier_codes[column])]
    if tiers is not None and tier not in tiers:
        return f"{symbol} is in another tier: {tier_word(tier)}"
    its_sector = board.market.sector_names[int(board.market.sectors[column])]
    if sector is not None and its_sector != sector:
        return f"{symbol} is in another sector: {sector_word(its_sector)}"
    return ""


def why_not_shown(
    board: Board, index: NameIndex, symbol: str, tiers: Collection[str] | None, sector: str | None
) -> str:
    """Why a symbol of an own list, in the spelling of those, has no row; in words that name it."""
    place = index.column_of_spelling.get(symbol)
    symbol = symbol if place is None else str(index.market.symbols[place])
    return why_absent(board, index, symbol, tiers, sector) or f"{symbol}: {NO_SYMBOL}"
