"""Names and sums of a publication as records, for screens and documents. Unknown is None, never zero."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shortside.listings import Flags, Floats, Indexes
from shortside.publication import Publication
from shortside.publication_flow import Move
from shortside.rows import known_or_none


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


def publication_rows(publication: Publication, columns: Indexes) -> list[PublicationRow]:
    """Records of the chosen names, in the order given."""
    one, market = publication, publication.market
    # Vectors that are made when they are asked for, once for all rows.
    vectors = {
        name: getattr(one, name)
        for name in ("new_short", "shares_change", "change_ratio", "float_ratio", "revised_dollars", "price_change")
    }
    trapped, right, since = one.is_trapped, one.is_right, one.profit_since

    def known(name: str, column: int) -> float | None:
        return known_or_none(vectors[name][column])

    return [
        PublicationRow(
            symbol=str(market.symbols[column]),
            name=str(market.names[column]),
            tier=one.scheme.labels[int(one.tier_codes[column])],
            sector=market.sector_names[int(market.sectors[column])],
            move=Move(int(one.move[column])),
            shares_before=known_or_none(one.shares_before[column]),
            shares_now=known_or_none(one.shares_now[column]),
            shares_change=known("shares_change", column),
            change_ratio=known("change_ratio", column),
            float_ratio=known("float_ratio", column),
            short_interest_start=float(one.short_interest_start[column]),
            new_short=known("new_short", column),
            turned_up=float(one.turned_up[column] + (one.known_flow[column] if one.has_turned_up[column] else 0.0)),
            short_interest_end=float(one.short_interest_end[column]),
            new_short_before=known_or_none(one.new_short_before[column]),
            revised_shares=known_or_none(one.revised_shares[column]),
            revised=known("revised_dollars", column),
            crowding_before=known_or_none(one.before.crowding[column]),
            crowding=known_or_none(one.now.crowding[column]),
            crowding_rank_before=known_or_none(one.before.rank[column]),
            crowding_rank=known_or_none(one.now.rank[column]),
            price_change=known("price_change", column),
            is_trapped=bool(trapped[column]),
            is_right=bool(right[column]),
            profit_since=known_or_none(since[column]),
        )
        for column in columns.tolist()
    ]


def by_size(publication: Publication, values: Floats, among: Flags, *, descends: bool = True) -> Indexes:
    """Columns of the counted names among some, by a vector; unknown ones last either way, equal ones by symbol."""
    chosen = np.flatnonzero(publication.counted & among)
    keys = values[chosen]
    keys = np.where(np.isfinite(keys), -keys if descends else keys, np.inf)
    return np.asarray(chosen[np.lexsort((publication.market.symbols[chosen].astype(str), keys))])
