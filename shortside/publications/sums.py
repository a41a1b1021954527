"""Sums of a publication: the whole market, a tier, a sector, or any other names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from shortside.listings import Flags, Floats
from shortside.publications.flow import Move
from shortside.publications.publication import Publication
from shortside.words.group_words import sector_word

TOTAL: Final = "total"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicationSums:
    """What a file changed in a group of names; USD but for counts of names."""

    label: str
    names: int
    """Names held short at some time between the two settlements."""
    built_names: int
    """Names whose new shorts are above zero, the entered among them."""
    covered_names: int
    """Names whose new shorts are below zero, the left among them."""
    entered_names: int
    left_names: int
    held_names: int
    """Names that the file has no row of: what was carried still is."""
    short_interest_start: float
    new_short: float
    """Shorting less covering, the entered and the left included; positions that turned up are beside it."""
    built: float
    """New shorts above zero; with `covered` the whole of `new_short`."""
    covered: float
    """New shorts below zero."""
    entered: float
    """New shorts of the names that entered, a part of `new_short`."""
    left: float
    """What was covered in names that stopped trading, a part of `new_short`."""
    turned_up: float
    """Positions that turned up without being new."""
    price_effect: float
    """What the price added."""
    short_interest_end: float
    new_short_before: float | None
    """New shorts of the cycle before; None where its settlements are not there."""
    revised_names: int
    """Names whose settlement before this file changed."""
    revised: float
    """What it added to that settlement, of the names that had a figure there."""
    trapped_names: int
    trapped: float
    """New shorts of the names of which more are short while the price rose."""
    right_names: int
    right: float
    """New shorts of the names of which more are short while the price fell."""

    @property
    def carried(self) -> float:
        """What was carried until the file came: the settlement before without what the file changed in it."""
        return self.short_interest_start - self.revised

    @property
    def residual(self) -> float:
        """What the identity leaves over; zero but for rounding."""
        grown = self.short_interest_start + self.new_short + self.turned_up + self.price_effect
        return grown - self.short_interest_end


def publication_sums(publication: Publication, label: str, among: Flags) -> PublicationSums:
    """The sums of some names; those that were not held count nowhere."""
    one, chosen = publication, publication.counted & among
    flow, move = one.known_flow, one.move

    def dollars(values: Floats, where: Flags | bool = True) -> float:
        return float(np.nan_to_num(values[chosen & where]).sum())

    def names(where: Flags) -> int:
        return int(np.count_nonzero(chosen & where))

    before = one.new_short_before
    return PublicationSums(
        label=label,
        names=int(np.count_nonzero(chosen)),
        built_names=names(flow > 0),
        covered_names=names(flow < 0),
        entered_names=names(move == Move.ENTERED),
        left_names=names(move == Move.LEFT),
        held_names=names(move == Move.HELD),
        short_interest_start=dollars(one.short_interest_start),
        new_short=dollars(flow),
        built=dollars(flow, flow > 0),
        covered=dollars(flow, flow < 0),
        entered=dollars(flow, move == Move.ENTERED),
        left=dollars(flow, move == Move.LEFT),
        turned_up=dollars(one.turned_up),
        price_effect=dollars(one.price_effect),
        short_interest_end=dollars(one.short_interest_end),
        new_short_before=None if np.isnan(before).all() else dollars(before),
        revised_names=names(one.is_revised),
        revised=dollars(one.revised_dollars),
        trapped_names=names(one.is_trapped),
        trapped=dollars(flow, one.is_trapped),
        right_names=names(one.is_right),
        right=dollars(flow, one.is_right),
    )


def total_sums(publication: Publication) -> PublicationSums:
    """The sums of the whole market."""
    return publication_sums(publication, TOTAL, np.ones(len(publication.counted), bool))


def sums_by_tier(publication: Publication) -> tuple[PublicationSums, ...]:
    """The sums of every tier, from the largest down, then of the names without one."""
    labels, codes = publication.scheme.labels, publication.tier_codes
    return tuple(publication_sums(publication, label, codes == place) for place, label in enumerate(labels))


def sums_by_sector(publication: Publication) -> tuple[PublicationSums, ...]:
    """The sums of every sector with a name in it, the most shorted first."""
    market = publication.market
    found = [
        publication_sums(publication, sector_word(name), market.sectors == place)
        for place, name in enumerate(market.sector_names)
    ]
    return tuple(sorted((one for one in found if one.names), key=lambda one: -one.short_interest_end))
