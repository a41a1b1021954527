"""Names and sums of a publication as records, for screens and documents. Unknown is None, never zero."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from shortside.arrays.ranked_values import unknown_last
from shortside.arrays.unknown_values import known_or_none
from shortside.listings import Flags, Floats, Indexes
from shortside.publications.flow import Move
from shortside.publications.publication import Publication


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicationRow:
    """One name; shares, USD, fractions."""

    symbol: str
    name: str
    tier: str
    """The label of its tier."""
    sector: str
    move: Move
    shares_before: float | None
    shares_now: float | None
    shares_change: float | None
    change_ratio: float | None
    float_ratio: float | None
    short_interest_start: float
    new_short: float | None
    turned_up: float
    """Of a position that stood there before its first report or close: all that came between the two settlements."""
    short_interest_end: float
    new_short_before: float | None
    revised_shares: float | None
    revised: float | None
    crowding_before: float | None
    crowding: float | None
    crowding_rank_before: float | None
    crowding_rank: float | None
    price_change: float | None
    is_trapped: bool
    is_right: bool
    profit_since: float | None

    @property
    def price_effect(self) -> float:
        """What the price added, USD; the four others being told to the cent, so that they add up to the cent."""
        return price_effect_to_the_cent(
            self.short_interest_start, self.new_short, self.turned_up, self.short_interest_end
        )


def price_effect_to_the_cent(start: float, new_short: float | None, turned_up: float, end: float) -> float:
    """What the price added, such that start + new + turned up + price = end holds of the figures rounded to cents."""
    return round(end, 2) - round(start, 2) - round(new_short or 0.0, 2) - round(turned_up, 2)


class PublicationFigures:
    """The figures of a publication by their keys, each computed once for all names.

    Args:
        publication: what was published.
    """

    def __init__(self, publication: Publication) -> None:
        self.publication = one = publication
        self._vectors: dict[str, Floats] = {
            "shares_before": one.shares_before,
            "shares_now": one.shares_now,
            "shares_change": one.shares_change,
            "change_ratio": one.change_ratio,
            "float_ratio": one.float_ratio,
            "short_interest_start": one.short_interest_start,
            "new_short": one.new_short,
            "turned_up": one.turned_up + np.where(one.has_turned_up, one.known_flow, 0.0),
            "short_interest_end": one.short_interest_end,
            "new_short_before": one.new_short_before,
            "revised_shares": one.revised_shares,
            "revised": one.revised_dollars,
            "crowding_before": one.before.crowding,
            "crowding": one.now.crowding,
            "crowding_rank_before": one.before.rank,
            "crowding_rank": one.now.rank,
            "price_change": one.price_change,
            "profit_since": one.profit_since,
        }
        self._is_trapped, self._is_right = one.is_trapped, one.is_right

    def vector(self, key: str) -> Floats:
        """(N,) a figure of all names, NaN where it is unknown.

        Raises:
            KeyError: no figure has that key.
        """
        return self._vectors[key]

    def row(self, column: int) -> PublicationRow:
        """The record of the name in a column."""
        one, market = self.publication, self.publication.market
        values: dict[str, Any] = {key: known_or_none(vector[column]) for key, vector in self._vectors.items()}
        return PublicationRow(
            symbol=str(market.symbols[column]),
            name=str(market.names[column]),
            tier=one.scheme.labels[int(one.tier_codes[column])],
            sector=market.sector_names[int(market.sectors[column])],
            move=Move(int(one.move[column])),
            is_trapped=bool(self._is_trapped[column]),
            is_right=bool(self._is_right[column]),
            **values,
        )


def by_size(publication: Publication, values: Floats, among: Flags, *, descends: bool = True) -> Indexes:
    """Columns of the counted names among some, by a vector; unknown ones last either way, equal ones by symbol."""
    chosen = np.flatnonzero(publication.counted & among)
    keys = unknown_last(values[chosen], descends=descends)
    return np.asarray(chosen[np.lexsort((publication.market.symbols[chosen].astype(str), keys))])
