"""The words about a name's probability of a squeeze: how it compares, and its parts in log odds, adding up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shortside.evidence.board_chances import squeeze_chances
from shortside.evidence.squeeze_factors import LEAST_RETURNS, LEAST_SHORT_INTEREST, SQUEEZE_FACTORS
from shortside.evidence.squeeze_vintages import shipped_vintages, vintage_of
from widgets.format import GLYPHS_UNICODE, Glyphs, dollars, number, percent

if TYPE_CHECKING:
    from shortside.board import Board

DIGITS = 2
"""Decimals of log odds."""


def squeeze_notes(board: Board, column: int, glyphs: Glyphs = GLYPHS_UNICODE) -> tuple[str, ...]:
    """What stands beside the probability, the longest first: how many times the market's, and by volatility alone."""
    chances = squeeze_chances(board)
    lift = float(chances.lift[column])
    if lift != lift:
        why = why_no_chance(board, column, glyphs)
        if vintage_of(board.market) is not None:
            return (why,)
        return why, f"none before {shipped_vintages()[0].known_from}"
    alone = percent(float(chances.by_volatility[column]), 6, signed=False, glyphs=glyphs).strip()
    times = f"{number(lift, 5, decimals=1, glyphs=glyphs).strip()} × market"
    return f"{times}, {alone} by volatility alone", f"{times}, vol alone {alone}", times


def why_no_chance(board: Board, column: int, glyphs: Glyphs = GLYPHS_UNICODE) -> str:
    """Why a name has no probability, in a few words."""
    if vintage_of(board.market) is None:
        return f"no coefficients yet: the first could be known on {shipped_vintages()[0].known_from}"
    if not board.short_interest[column] > LEAST_SHORT_INTEREST:
        least = dollars(LEAST_SHORT_INTEREST, 6, glyphs=glyphs).strip()
        return f"no record below {least} short"
    if board.is_stale[column]:
        return "no price today"
    return f"fewer than {LEAST_RETURNS} returns in 60 sessions"


def squeeze_example(board: Board, column: int, glyphs: Glyphs = GLYPHS_UNICODE) -> str:
    """The parts of the probability in log odds, the largest first; rounded so that they add up as they are written."""
    chances = squeeze_chances(board)
    probability = float(chances.probability[column])
    if probability != probability:
        return ""

    def signed(value: float) -> str:
        return f"{value:+.{DIGITS}f}".replace("-", glyphs.minus)

    parts = chances.contributions[:, column]
    order = sorted(range(len(SQUEEZE_FACTORS)), key=lambda place: -abs(parts[place]))
    written = [
        f"{signed(float(parts[place]))} {SQUEEZE_FACTORS[place].words}"
        + ("" if chances.is_known[place, column] else " (unknown, as the median)")
        for place in order
    ]
    whole = chances.start + float(parts.sum()) + float(chances.recalibration[column])
    rest = round(whole, DIGITS) - round(chances.start, DIGITS) - sum(round(float(part), DIGITS) for part in parts)
    chance = percent(probability, 7, signed=False, glyphs=glyphs).strip()
    base = percent(chances.base, 7, signed=False, glyphs=glyphs).strip()
    return (
        f"log odds {signed(whole)} = {signed(chances.start)} the market's level {' '.join(written)} "
        f"{signed(rest)} recalibration; that is {chance}, where the market has {base}{_fitted_words(board)}"
    )


def _fitted_words(board: Board) -> str:
    """On which evenings the coefficients were fitted: none of which knew what came after the day in view."""
    vintage = vintage_of(board.market)
    return "" if vintage is None else f"; fitted on {vintage.evenings} evenings to {vintage.last}"
