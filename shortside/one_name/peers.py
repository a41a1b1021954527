"""Peers: the names of one sector and one tier, and where a name stands among them."""

from __future__ import annotations

import numpy as np

from shortside.board import Board
from shortside.listings import Floats, Indexes


def peers_of(board: Board, column: int) -> Indexes:
    """The names held short in the window that share a name's sector and tier, and the name, the most crowded first."""
    market = board.market
    alike = (market.sectors == market.sectors[column]) & (board.tier_codes == board.tier_codes[column])
    among = alike & board.was_held
    among[column] = True
    return board.order(board.crowding.score, among=among)


def rank_among(values: Floats, peers: Indexes, column: int) -> tuple[int, int] | None:
    """A name's place by a figure, from 1 for the largest, and among how many it is known; None where its own is not."""
    known = values[peers]
    known = known[np.isfinite(known)]
    own = float(values[column])
    return (int(np.count_nonzero(known > own)) + 1, len(known)) if np.isfinite(own) else None
