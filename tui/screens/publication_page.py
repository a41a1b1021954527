"""What the screen of a publication shows, made ready in a thread: the groups of names, their sums and orders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from shortside.dollar_units import unit_of_column
from shortside.listings import Flags, Floats, Indexes
from shortside.publications.arrival import Arrival, arrival_of
from shortside.publications.flow import Move
from shortside.publications.publication import Publication
from shortside.publications.rows import PublicationFigures, by_size
from shortside.publications.sums import PublicationSums, publication_sums
from shortside.words.group_words import UNKNOWN, sector_word, tier_word
from tui.sources.publications import publication_in, seen_at

if TYPE_CHECKING:
    from shortside.view import View
    from tui.settings.configuration import Options
    from tui.sources.loaded_market import LoadedMarket

OwnNames = Sequence[tuple[str, Flags]]
"""Own lists: each with its name, and which of the market's names are on it."""
LARGEST_NAMES: Final = 8
"""How many names are called for trapped and right."""


class FirstOrder(Enum):
    """In which order the names of a group stand until another one is asked for."""

    SIZE = "size of new $"
    BUILDS = "builds first"
    COVERS = "covers first"


@dataclass(frozen=True, eq=False, slots=True)
class PublicationGroup:
    """Some names of a publication: a row at the left."""

    words: str
    among: Flags
    sums: PublicationSums
    first_order: FirstOrder = FirstOrder.SIZE
    is_indented: bool = True
    is_own: bool = False
    """Whether it is a list of the user's own."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class PublicationPage:
    """A publication, when it arrived, and its groups."""

    publication: Publication
    arrival: Arrival
    figures: PublicationFigures
    groups: tuple[PublicationGroup, ...]
    trapped: tuple[str, ...]
    """Symbols of the largest builds whose price rose."""
    right: tuple[str, ...]
    """Symbols of the largest builds whose price fell."""
    mark: str
    """`SIM`, `REPLAY`, or both; empty for the market itself."""
    unit: str
    """The letter of the unit of single names' dollars."""
    unit_of_shares: str
    """The letter of the unit of single names' shares."""
    unit_of_sums: str
    """That of sums of many names."""

    @property
    def total(self) -> PublicationSums:
        """The sums of all names."""
        return self.groups[0].sums

    @property
    def first_list(self) -> PublicationGroup | None:
        """The user's current list; None where there is no list."""
        return next((group for group in self.groups if group.is_own), None)

    def order(self, group: PublicationGroup, key: str | None = None, *, descends: bool = True) -> Indexes:
        """Columns of a group's names by a figure, or where none is asked for in the group's own order."""
        one = self.publication
        if key == "symbol":
            values: Floats = -np.argsort(np.argsort(one.market.symbols.astype(str))).astype(np.float64)
            return by_size(one, values, group.among, descends=not descends)
        if key is not None:
            return by_size(one, self.figures.vector(key), group.among, descends=descends)
        new = self.figures.vector("new_short")
        sizes = np.abs(new) if group.first_order is FirstOrder.SIZE else new
        return by_size(one, sizes, group.among, descends=group.first_order is not FirstOrder.COVERS)


class PublicationPages(Protocol):
    """Where the screen's pages come from. All of it blocks."""

    def newest(self) -> date:
        """The newest settlement known; a ReportedError where there is none."""

    def neighbour(self, settlement: date, steps: int) -> date | None:
        """The settlement so many steps from another; None where there is none."""

    def page(self, settlement: date) -> PublicationPage:
        """The page of a settlement, as the monitor looks at the market now."""


def publication_page(
    loaded: LoadedMarket, view: View, options: Options, settlement: date | None = None, own: OwnNames = ()
) -> PublicationPage:
    """The page of a market's newest publication, or of a settlement's. Takes some tens of milliseconds.

    Raises:
        SourceError: the market knows no such settlement, or not the one before it.
    """
    one = publication_in(loaded, view, settlement)
    figures = PublicationFigures(one)
    new, market = figures.vector("new_short"), loaded.market

    def called(among: Flags) -> tuple[str, ...]:
        return tuple(str(symbol) for symbol in market.symbols[by_size(one, new, among)[:LARGEST_NAMES]])

    return PublicationPage(
        publication=one,
        arrival=arrival_of(one.settlement, seen_at(options, one.settlement)),
        figures=figures,
        groups=tuple(_groups(one, own)),
        trapped=called(one.is_trapped),
        right=called(one.is_right),
        mark=market.mark,
        unit=loaded.desk.units(view).names,
        unit_of_shares=unit_of_column(figures.vector("shares_before"), figures.vector("shares_now")),
        unit_of_sums=loaded.desk.units(view).sums,
    )


def _groups(one: Publication, own: OwnNames) -> list[PublicationGroup]:
    """All names, own lists, what moved, the tiers and the sectors; those without a name left out."""
    market = one.market

    def group(
        words: str, among: Flags, order: FirstOrder = FirstOrder.SIZE, *, is_head: bool = False, is_own: bool = False
    ) -> PublicationGroup:
        return PublicationGroup(words, among, publication_sums(one, words, among), order, not is_head, is_own)

    everyone = np.ones(len(one.counted), bool)
    found = [
        group("built", one.known_flow > 0, FirstOrder.BUILDS),
        group("covered", one.known_flow < 0, FirstOrder.COVERS),
        group("trapped", one.is_trapped, FirstOrder.BUILDS),
        group("right", one.is_right, FirstOrder.BUILDS),
        group("entered", one.move == Move.ENTERED),
        group("left", one.move == Move.LEFT),
        group("no row in it", one.move == Move.HELD),
        group("revised", one.is_revised),
        *(
            group(_known(tier_word(label), "cap"), one.tier_codes == place)
            for place, label in enumerate(one.scheme.labels)
        ),
    ]
    sectors = [
        group(_known(sector_word(name), "sector"), market.sectors == place)
        for place, name in enumerate(market.sector_names)
    ]
    found += sorted(sectors, key=lambda sector: -sector.sums.short_interest_end)
    # A list of one's own stands there even where none of its names moved.
    mine = [group(words, among, is_own=True) for words, among in own]
    return [group("all", everyone, is_head=True), *mine, *(one for one in found if one.sums.names)]


def _known(word: str, of_what: str) -> str:
    """A group's word; of the names of which it is not known, what is not known."""
    return f"{of_what} {word}" if word == UNKNOWN else word
