"""Joins the two halves of a company that changed its ticker, where FINRA's own figures prove that it did.

A report names the position of the settlement before. When a symbol stops reporting and another begins with exactly
that figure as its previous position, the security is the same: of 671 such pairs in the listed reports from mid-2021
to September 2023 none is ambiguous. Prices must then follow on as well: no overlap, and no leap.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from shortside.listings import Borrow, Indexes, LendingList, Listings, Texts
from shortside.net_changes import NetChanges
from shortside.symbol_changes import SymbolChanges
from shortside.words.spelt_out import NAMES_IN_A_SENTENCE, spelt_out

FEWEST_SHARES: Final = 1_000
"""Smaller positions can be equal by chance."""
LONGEST_GAP_SESSIONS: Final = 10
"""Sessions a security may go without a price between its two tickers."""
LARGEST_LEAP: Final = 1.6
"""A larger change of the close, either way, may be a split that came with the new ticker and that nobody told us of."""
STEADY_LEAP: Final = 1.1
"""The largest where the share counts differ: a merger, or a count that is another company's still (COR in 2023)."""
SHARE_COUNT_TOLERANCE: Final = 0.01


def joined_renames(listings: Listings) -> Listings:
    """The listings with each proven ticker change as one name, under its newest ticker, and a note that says so."""
    pairs = list(_follow_ons(listings))
    if not pairs:
        return listings
    joined: list[tuple[int, int]] = []
    olds, news = set[int](), set[int]()
    for (old, new), follows_on in zip(pairs, _follow_on(listings, pairs).tolist(), strict=True):
        if follows_on and old not in olds and new not in news:
            joined.append((old, new))
            olds.add(old)
            news.add(new)
    if not joined:
        return listings
    return merged(listings, joined, f"{len(joined)} ticker changes are joined under the newer ticker", is_proven=True)


def _follow_on(listings: Listings, pairs: list[tuple[int, int]]) -> npt.NDArray[np.bool_]:
    """(P,) whether the prices of one name of each pair could be those of the other, carried on."""
    old, new = np.array(pairs, np.int64).T
    is_priced = ~np.isnan(listings.close)
    last = (len(is_priced) - 1 - is_priced[::-1].argmax(axis=0))[old]
    first = is_priced.argmax(axis=0)[new]
    ended, begun = (
        tuple(table[rows, names].astype(np.float64) for table in (listings.close, listings.shares_outstanding))
        for rows, names in ((last, old), (first, new))
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        leap, growth = begun[0] / ended[0], np.abs(begun[1] / ended[1] - 1)
        # An unknown share count, NaN, proves nothing and forbids nothing.
        largest = np.where(growth > SHARE_COUNT_TOLERANCE, STEADY_LEAP, LARGEST_LEAP)
        is_near = (1 / largest <= leap) & (leap <= largest)
    return np.asarray(is_near & (first - last >= 1) & (first - last <= LONGEST_GAP_SESSIONS))


def _follow_ons(listings: Listings) -> Iterator[tuple[int, int]]:
    """Pairs of names, oldest first, of which the second begins to report with the last figure of the first."""
    short, previous = listings.shares_short, listings.shares_short_previous
    is_reported = ~np.isnan(short)
    for settlement in range(1, len(short)):
        has_ended = is_reported[settlement - 1] & ~is_reported[settlement] & (short[settlement - 1] >= FEWEST_SHARES)
        has_begun = is_reported[settlement] & ~is_reported[settlement - 1]
        last = _only_ones(short[settlement - 1], has_ended)
        first = _only_ones(previous[settlement], has_begun)
        yield from ((last[figure], first[figure]) for figure in last.keys() & first.keys())


def _only_ones(figures: npt.NDArray[Any], is_asked: npt.NDArray[np.bool_]) -> dict[float, int]:
    """The column of each figure that only one of the columns asked has, the least figure first."""
    columns = np.flatnonzero(is_asked)
    found: dict[float, list[int]] = {}
    for figure, column in zip(figures[columns].tolist(), columns.tolist(), strict=True):
        # What is unknown is no figure.
        if figure == figure:
            found.setdefault(figure, []).append(column)
    return {figure: found[figure][0] for figure in sorted(found) if len(found[figure]) == 1}


def merged(listings: Listings, joined: list[tuple[int, int]], note: str, *, is_proven: bool) -> Listings:
    """The listings with pairs of names as one each, under the second one's ticker.

    Args:
        listings: as read.
        joined: pairs of columns, the earlier one first; a name may end one pair and begin another.
        note: what is said of the pairs; the largest are named after it.
        is_proven: whether FINRA's reports prove them.
    """
    is_gone = np.zeros(len(listings.symbols), bool)
    is_gone[[old for old, _ in joined]] = True
    kept = np.flatnonzero(~is_gone)
    # Where each name ends up; a ticker that changed twice is followed to its end.
    home = np.arange(len(is_gone))
    for old, new in reversed(joined):
        home[old] = home[new]
    place = np.full(len(is_gone), -1)
    place[kept] = np.arange(len(kept))

    touched = np.unique(np.array(joined))
    is_kept = ~is_gone[touched]
    rounds = [(np.searchsorted(touched, olds), np.searchsorted(touched, news)) for olds, news in _rounds(joined)]

    def lacks(is_known: npt.NDArray[np.bool_]) -> list[npt.NDArray[np.bool_]]:
        """Of each round, where the newer names lack a figure and get the older ones'."""
        is_there, lacking = is_known.take(touched, axis=-1), []
        for olds, news in rounds:
            lacking.append(~is_there[..., news])
            is_there[..., news] |= is_there[..., olds]
        return lacking

    def filled(array: npt.NDArray[Any], lacking: list[npt.NDArray[np.bool_]]) -> npt.NDArray[Any]:
        part = array.take(touched, axis=-1)
        for (olds, news), is_lacking in zip(rounds, lacking, strict=True):
            part[..., news] = np.where(is_lacking, part[..., olds], part[..., news])
        whole = array.take(kept, axis=-1)
        whole[..., place[touched[is_kept]]] = part[..., is_kept]
        return whole

    def merge(array: npt.NDArray[Any], is_known: npt.NDArray[np.bool_]) -> npt.NDArray[Any]:
        return filled(array, lacks(is_known))

    unpriced, unreported = lacks(~np.isnan(listings.close)), lacks(~np.isnan(listings.shares_short))
    texts = {name: getattr(listings, name)[kept] for name in ("symbols", "names", "exchanges")}
    # The screener describes a new ticker some days after it begins; until then it is what it was before.
    words: dict[str, Any] = {
        name: _described(getattr(listings, name), joined)[kept] for name in ("sectors", "industries", "countries")
    }
    return replace(
        listings,
        **texts,
        **words,
        close=filled(listings.close, unpriced),
        volume=filled(listings.volume, unpriced),
        shares_outstanding=filled(listings.shares_outstanding, unpriced),
        shares_short=filled(listings.shares_short, unreported),
        shares_short_previous=filled(listings.shares_short_previous, unreported),
        is_revised=filled(listings.is_revised, unreported),
        split_flag=filled(listings.split_flag, unreported),
        reported_volume=filled(listings.reported_volume, unreported),
        splits=replace(listings.splits, column=place[home[listings.splits.column]]),
        net_changes=_merged_changes(listings.net_changes, place[home]),
        symbol_changes=_changes(listings, joined, place[home], is_proven=is_proven),
        float_shares=merge(listings.float_shares, ~np.isnan(listings.float_shares)),
        borrow=_merged_borrow(listings.borrow, merge),
        lending=_merged_lending(listings.lending, merge),
        notes=(*listings.notes, f"{note}: {_named(listings, joined)}"),
    )


def _described(texts: Texts, joined: list[tuple[int, int]]) -> Texts:
    """The texts, an empty one of a newer ticker filled with that of the one before it."""
    filled = texts.copy()
    for olds, news in _rounds(joined):
        for old, new in zip(olds, news, strict=True):
            filled[new] = filled[new] or filled[old]
    return filled


def _rounds(joined: list[tuple[int, int]]) -> Iterator[tuple[list[int], list[int]]]:
    """The pairs in batches, as columns: one that continues another comes in a later batch."""
    waiting = list(joined)
    while waiting:
        unsettled = {new for _, new in waiting}
        ready = [pair for pair in waiting if pair[0] not in unsettled]
        yield [old for old, _ in ready], [new for _, new in ready]
        waiting = [pair for pair in waiting if pair[0] in unsettled]


def _changes(listings: Listings, joined: list[tuple[int, int]], place: Indexes, *, is_proven: bool) -> SymbolChanges:
    """The changes known already and those that are joined now, of the names where they end up."""
    symbols = listings.symbols
    news = np.array([new for _, new in joined], np.int64)
    first = listings.sessions[(~np.isnan(listings.close.take(news, axis=1))).argmax(axis=0)]
    made = [
        (int(place[new]), str(symbols[old]), str(symbols[new]), day)
        for (old, new), day in zip(joined, first, strict=True)
    ]
    found = SymbolChanges.of(made, is_reported=is_proven)
    known = listings.symbol_changes
    return found if known is None else known.moved(place).and_also(found)


def _merged_changes(changes: NetChanges | None, place: Indexes) -> NetChanges | None:
    return None if changes is None else replace(changes, column=place[changes.column])


def _merged_borrow(borrow: Borrow | None, merge: Any) -> Borrow | None:
    if borrow is None:
        return None
    is_known = ~np.isnan(borrow.available) | ~np.isnan(borrow.fee)
    # On the list of a week ago a company may have stood under the symbol it had then.
    earlier = borrow.with_earlier(lambda fee: np.asarray(merge(fee, ~np.isnan(fee))))
    return replace(
        earlier,
        fee=merge(borrow.fee, is_known),
        available=merge(borrow.available, is_known),
        is_capped=merge(borrow.is_capped, is_known),
    )


def _merged_lending(lending: LendingList | None, merge: Any) -> LendingList | None:
    if lending is None:
        return None
    is_known = ~np.isnan(lending.is_lent)
    return replace(lending, is_lent=merge(lending.is_lent, is_known), is_easy=merge(lending.is_easy, is_known))


def _named(listings: Listings, joined: list[tuple[int, int]]) -> str:
    """The largest of some pairs, by the most that was ever short of either, at its highest close."""
    olds, news = np.array(joined).T
    most = (np.nan_to_num(listings.shares_short[:, names]).max(axis=0) for names in (olds, news))
    dollars = np.maximum(*most)
    dollars *= np.nan_to_num(listings.close[:, news]).max(axis=0)
    # Of those that are not spelt out one is enough to say that there are more.
    ranked = [joined[place] for place in np.argsort(-dollars, kind="stable")[: NAMES_IN_A_SENTENCE + 1].tolist()]
    return spelt_out(f"{listings.symbols[old]} → {listings.symbols[new]}" for old, new in ranked)
