"""Sums by sector and tier: the dollars of the tiers and of the sectors in one table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shortside.board import Board
from shortside.listings import Floats
from shortside.words.group_words import sector_word


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class SectorTiers:
    """What the shorts of each sector and tier are worth and earned, USD. S sectors and R tiers with names."""

    sectors: tuple[str, ...]
    """(S,) the sectors as people read them, the most shorted first."""
    tiers: tuple[str, ...]
    """(R,) the labels of the tiers with names, from the largest down."""
    names: Floats
    """(S, R) names held short at some time in the window."""
    profit: Floats
    """(S, R)"""
    average_short_interest: Floats
    """(S, R)"""
    short_interest: Floats
    """(S, R) at the window's end."""


def sector_tiers(board: Board) -> SectorTiers:
    """The sums of a board by sector and tier.

    Rows add up to the board's sectors. Columns add up to its tiers where a name has one tier for the whole window;
    by the `daily` basis names are counted here in the tier of the last close.
    """
    tiers, sectors = board.scheme.labels, board.market.sector_names
    totals = board.grouped(board.market.sectors * len(tiers) + board.tier_codes, len(sectors) * len(tiers))

    def whole(measure: str) -> Floats:
        return totals[measure].reshape(len(sectors), len(tiers))

    names = whole("names")
    rows = np.argsort(-whole("short_interest_end").sum(axis=1), kind="stable")
    rows = rows[names.sum(axis=1)[rows] > 0]
    columns = np.flatnonzero(names.sum(axis=0) > 0)

    def table(measure: str) -> Floats:
        return np.asarray(whole(measure)[np.ix_(rows, columns)])

    return SectorTiers(
        sectors=tuple(sector_word(sectors[place]) for place in rows),
        tiers=tuple(tiers[place] for place in columns),
        names=table("names"),
        profit=table("profit"),
        average_short_interest=table("short_interest_total") / (board.window.length + 1),
        short_interest=table("short_interest_end"),
    )
