"""Parts a symbol that another listed company took over in a night, and joins that company's two halves.

Healthpeak, PEAK until March 2024, bought Physicians Realty and has been DOC since, which was Physicians' symbol; BXS
became CADE in October 2021. FINRA goes on naming the bought company's own position as the one before, so that neither a
forgotten position nor a ticker change tells it. What does is the symbol's net change, which is against the buyer's last
close to the cent (or nearly, where it leaps up or the share count changes as well), or FINRA's next report, which has
the buyer's name beside the symbol; in both cases the buyer's own symbol ends the session before, and the price of the
day follows the buyer's and not the symbol's own. Where the buyer was not listed here, all three must speak: FINRA's
name changes, the net change is against a close that is not the symbol's, and the share count changes by another ratio
than the price.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from providers.listings.handed_on import HandedOn
from providers.listings.renames import merged
from providers.listings.reused_symbols import parted_at
from providers.listings.short_interest import Issuers
from shortside.doubts import Doubt, DoubtRule
from shortside.listings import Floats, Listings

CLOSE_TOLERANCE_DOLLARS: Final = 0.006
"""USD a share by which two spellings of one close may differ: it is printed to the cent."""
LEAST_LEAP: Final = 1.1
"""How far the symbol's own last close must be from the buyer's where the net change alone tells them apart."""
CLOSE_TOLERANCE: Final = 0.01
"""How far the buyer's close may be from what the net change is against, where more speaks for it: that the share count
changes, too, or that it is far above the symbol's own close, where no distribution leaves it."""
LEAST_STRANGE_LEAP: Final = 1.25
"""How far the symbol's last close must be from what the net change is against, where no buyer is known."""
LONGEST_PAUSE_SESSIONS: Final = 3
"""Sessions without a price that a buyer's own symbol may end with, where FINRA's report tells whose it is."""


@dataclass(frozen=True, slots=True)
class Takeover:
    """One symbol that another company took."""

    symbol: int
    """Column of the symbol that goes on."""
    buyer: int | None
    """Column of the company that goes on under it, under the symbol it had until then; None if it had none here."""
    row: int
    """Session index of its first price there."""
    witness: str


def with_taken_symbols(listings: Listings, issuers: Issuers) -> Listings:
    """The listings with such a symbol's earlier security apart, and the later one joined with what it was before.

    Args:
        listings: with reused symbols parted; the first columns are those of `issuers`.
        issuers: whom each report was of.
    """
    market = HandedOn(listings)
    found = _only_ones([*_told_by_net_change(market), *_told_by_report(market, issuers)])
    if not found:
        return listings
    width = len(listings.symbols)
    sentence = "1 symbol was" if len(found) == 1 else f"{len(found)} symbols were"
    rows = {one.symbol: one.row for one in found}
    parted = _without_previous(parted_at(listings, rows, f"{sentence} taken over by another company"), found)
    place = {column: width + at for at, column in enumerate(sorted(rows))}
    doubts = tuple(_doubt(parted, listings, one, place[one.symbol]) for one in found)
    pairs = [(one.buyer, one.symbol) for one in found if one.buyer is not None]
    if pairs:
        parted = merged(parted, pairs, f"{len(pairs)} of them joined with what the buyer was before", is_proven=True)
    return replace(parted, doubts=(*parted.doubts, *doubts))


def _told_by_net_change(market: HandedOn) -> Iterator[Takeover]:
    """Symbols whose net change is against the last close of another that ended the session before."""
    # What is further apart is not told by anything more, and most are.
    for column, row, official, buyer in market.against_a_close_of_another(LEAST_LEAP, told_within):
        gap = abs(float(market.listings.close[row - 1, buyer]) - official)
        is_above = official > LEAST_STRANGE_LEAP * float(market.listings.close[row - 1, column])
        is_counted = market.value_leaps(column, row)
        is_told = gap < CLOSE_TOLERANCE_DOLLARS or (gap < CLOSE_TOLERANCE * official and (is_above or is_counted))
        if is_told and market.follows(column, buyer, row):
            yield Takeover(column, buyer, row, f"the net change{' and the share count' * is_counted}")


def told_within(official: Floats) -> Floats:
    """(n,) USD by which a buyer's last close may be off what so many net changes are against, whatever else is told."""
    return np.asarray(np.maximum(CLOSE_TOLERANCE_DOLLARS, CLOSE_TOLERANCE * official))


def _told_by_report(market: HandedOn, issuers: Issuers) -> Iterator[Takeover]:
    """Symbols beside which FINRA has another's name from one report to the next."""
    codes, settlements, sessions = issuers.codes, market.listings.settlements, market.listings.sessions
    is_renamed = (codes[1:] >= 0) & (codes[:-1] >= 0) & (codes[1:] != codes[:-1])
    renamed: list[tuple[int, int]] = [(at, column) for at, column in np.argwhere(is_renamed).tolist()]
    gone = {at: _gone(codes[at], codes[at + 1]) for at in {at for at, _ in renamed}}
    for at, column in renamed:
        for buyer in gone[at].get(int(codes[at + 1, column]), ()):
            # On its last days a symbol need not have traded.
            for row in range(int(market.last[buyer]) + 1, int(market.last[buyer]) + 2 + LONGEST_PAUSE_SESSIONS):
                is_within = row < len(sessions) and settlements[at] < sessions[row] <= settlements[at + 1]
                if is_within and market.follows(column, buyer, row):
                    yield Takeover(column, buyer, row, "FINRA's name for it")
                    break
    is_report = np.zeros((len(codes) + 1, codes.shape[1]), bool)
    is_report[1:-1] = is_renamed & ~market.listings.split_flag[1:, : codes.shape[1]]
    columns, rows, officials = market.strange_changes(LEAST_STRANGE_LEAP)
    # A symbol's earlier tenant stands after all that were reported, and has no report of its own.
    is_within = columns < codes.shape[1]
    after = np.searchsorted(settlements, sessions)[rows]
    is_renamed_then = is_within & is_report[after, np.where(is_within, columns, 0)]
    for at in np.flatnonzero(is_renamed_then).tolist():
        column, row, official = int(columns[at]), int(rows[at]), float(officials[at])
        if market.value_leaps(column, row) and market.goes_on_from(column, row, official):
            yield Takeover(column, None, row, "its name, net change and share count")


def _gone(before: npt.NDArray[np.int32], after: npt.NDArray[np.int32]) -> dict[int, list[int]]:
    """The columns of which no later report names the issuer, by the issuer of the report before."""
    columns: dict[int, list[int]] = {}
    ended = np.flatnonzero((before >= 0) & (after < 0))
    for column, code in zip(ended.tolist(), before[ended].tolist(), strict=True):
        columns.setdefault(code, []).append(column)
    return columns


def _only_ones(found: list[Takeover]) -> list[Takeover]:
    """One takeover a symbol and a buyer; where several are told, none is believed, unless they are the same one."""
    named = {(one.symbol, one.row) for one in found if one.buyer is not None}
    by_pair: dict[tuple[int, int | None, int], Takeover] = {}
    for one in found:
        if one.buyer is not None or (one.symbol, one.row) not in named:
            by_pair.setdefault((one.symbol, one.buyer, one.row), one)
    several = list(by_pair.values())

    def is_alone(one: Takeover) -> bool:
        ours = {one.symbol, one.buyer} - {None}
        return not any(other is not one and ours & {other.symbol, other.buyer} for other in several)

    return [one for one in several if is_alone(one)]


def _without_previous(listings: Listings, found: list[Takeover]) -> Listings:
    """The listings without what FINRA names as the position before in the first report after: it is the other's own.

    Of a company that was not listed here it stays: what it brought was short before, and is not new.
    """
    previous, is_revised = listings.shares_short_previous.copy(), listings.is_revised.copy()
    for one in found:
        after = int(np.searchsorted(listings.settlements, listings.sessions[one.row]))
        if after < len(previous):
            is_revised[after, one.symbol] = False
            if one.buyer is not None:
                previous[after, one.symbol] = np.nan
    return replace(listings, shares_short_previous=previous, is_revised=is_revised)


def _doubt(parted: Listings, before: Listings, one: Takeover, earlier: int) -> Doubt:
    """What would hang on the takeover, had it been the symbol's own price that leapt."""
    symbol, day = before.symbols[one.symbol], before.sessions[one.row]
    buyer = "another company" if one.buyer is None else f"what {before.symbols[one.buyer]} was"
    old, new = (float(before.close[row, one.symbol]) for row in (one.row - 1, one.row))
    return Doubt(
        symbol=str(parted.symbols[earlier]),
        rule=DoubtRule.TAKEN_SYMBOL,
        session=day,
        evidence=(
            f"{symbol} ended at {old:.2f} on {before.sessions[one.row - 1]}; from {day} on it is {buyer}, "
            f"told by {one.witness}, and begins at {new:.2f}"
        ),
        multiple=old / new,
    )
