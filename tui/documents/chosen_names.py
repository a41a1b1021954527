"""Selects the names of `snapshot names`: those held short, of a tier and a sector."""

from __future__ import annotations

import numpy as np

from shortside.board import Board
from shortside.group_words import sector_word
from shortside.listings import Flags


class NoSectorError(LookupError):
    """The sector that was asked for does not exist."""


def sectors_of(board: Board) -> tuple[str, ...]:
    """The sectors of a board's market, as documents spell them."""
    return tuple(map(sector_word, board.market.sector_names))


def is_chosen(board: Board, tier: str | None = None, sector: str | None = None) -> Flags:
    """(N,) names held short in the window that are of a tier and of a sector.

    Args:
        board: whose names.
        tier: one of the scheme's labels; None for any.
        sector: as `sectors_of` spells it, in any case; None for any.

    Raises:
        NoSectorError: there is no such sector; the message names those there are.
    """
    names = np.asarray(board.was_held)
    if tier is not None:
        names &= board.tier_codes == board.scheme.labels.index(tier)
    if sector is not None:
        sectors = [one.casefold() for one in sectors_of(board)]
        if sector.casefold() not in sectors:
            raise NoSectorError(f"there is no sector {sector}; choose one of {', '.join(sectors_of(board))}")
        names &= board.market.sectors == sectors.index(sector.casefold())
    return np.asarray(names)
