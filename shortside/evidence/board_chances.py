"""The probabilities of a squeeze of a Board's names, by the coefficients that could be known on its day."""

from __future__ import annotations

from shortside.board import Board
from shortside.evidence.squeeze_chances import SqueezeChances, chances_of, no_chances
from shortside.evidence.squeeze_factors import squeeze_inputs
from shortside.evidence.squeeze_vintages import vintage_of


def squeeze_chances(board: Board) -> SqueezeChances:
    """The probabilities of a Board's names, by the newest coefficients that could be known on its last session.

    They are made once of a market, its positions and universe, at the prices of the moment they are first asked for,
    and kept: ticks do not move what speaks of 21 sessions, and the window and tiers of the view are without effect.
    On a day before the first coefficients every probability is unknown.
    """
    key = ("squeeze_chances", id(board.book), board.view.kinds)
    found = board.desk.kept.get(key)
    if not isinstance(found, SqueezeChances):
        found = board.desk.kept[key] = _made(board)
    return found


def _made(board: Board) -> SqueezeChances:
    inputs, vintage = squeeze_inputs(board), vintage_of(board.market)
    return no_chances(inputs) if vintage is None else chances_of(inputs, vintage.model, vintage.volatility_alone)
