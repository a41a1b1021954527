"""Joins a ticker change that no report tells of yet, for the time being, where the figures of the days prove it.

FINRA's next report, which names the position of the one before, is out up to a month later. Until then one symbol has
ended and another begins in the next session: without joining them the position would be held at a last price, and a
new one turn up with the report. What proves that they are one, apart from prices that follow on, is the new symbol's
first net change, which is against the other's last close to the cent, or the share count, which is the other's. Only
what fits a single pair is believed, and of shell companies, all of which trade at ten dollars and have round numbers of
shares, only what fits by both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Final

import numpy as np

from providers.listings.renames import FEWEST_SHARES, LARGEST_LEAP, merged
from shortside.corporate_actions.night_steps import places_of
from shortside.listings import Flags, Floats, Indexes, Listings
from shortside.universe import SecurityKind, kind_of
from shortside.words.spelt_out import spelt_out

PreviousCloses = Callable[[Indexes], Floats]
"""The official close before each name's first session, which its net change is against; NaN where it is not told."""

CLOSE_TOLERANCE_DOLLARS: Final = 0.006
"""USD a share by which two spellings of one close may differ: it is printed to the cent."""
COUNT_TOLERANCE: Final = 0.001
"""How far the two share counts may be apart: they are the market value over the price, rounded."""

SHELL_PRICES: Final = (9.4, 10.6)
"""USD a share at which a company yet to be merged trades: one is like the other there."""
IGNORED_KINDS: Final = (SecurityKind.UNIT, SecurityKind.WARRANT, SecurityKind.RIGHT)
"""Kinds that count in no total and come and go with the shell companies."""

Pair = tuple[int, int]


def with_unreported_renames(listings: Listings, previous_closes: PreviousCloses | None = None) -> Listings:
    """The listings with such pairs as one name under the newer ticker, and a note that says it is for the time being.

    Args:
        listings: with the ticker changes joined that reports tell of.
        previous_closes: asked for the names that begin; None where no net change is known.
    """
    pairs = _successions(listings)
    if not pairs:
        return listings
    news = np.unique([new for _, new in pairs])
    told = np.full(len(listings.symbols), np.nan)
    if previous_closes is not None:
        told[news] = previous_closes(news)
    proven = _only_ones(pair for pair in pairs if _is_proven(listings, pair, told))
    open_olds = sorted({old for old, _ in pairs}.difference(old for old, _ in proven))
    noted = replace(listings, notes=(*listings.notes, *_open_notes(listings, open_olds)))
    if not proven:
        return noted
    count = "1 ticker change" if len(proven) == 1 else f"{len(proven)} ticker changes"
    witness = "the net change or the share count"
    note = f"{count} that no report tells of yet, joined for the time being by {witness}"
    return merged(noted, proven, note, is_proven=False)


def _open_notes(listings: Listings, olds: list[int]) -> tuple[str, ...]:
    """Symbols that ended, of which the figures do not tell whether one that began is the same security."""
    if not olds:
        return ()
    dollars = [float(listings.shares_short[-1, old]) * _last_known(listings.close[:, old]) for old in olds]
    ranked = [olds[place] for place in np.argsort(-np.array(dollars), kind="stable")]
    count = "1 symbol" if len(olds) == 1 else f"{len(olds)} symbols"
    words = spelt_out(listings.symbols[old] for old in ranked)
    return (f"{count} ended since the newest report and may go on under another, which the next one tells: {words}",)


def _successions(listings: Listings) -> list[Pair]:
    """Pairs of names, one of which ends with a position reported last and the other begins in the next session."""
    short = listings.shares_short
    if not len(short) or len(listings.sessions) < 2:
        return []
    is_priced = np.isfinite(listings.close)
    first = is_priced.argmax(axis=0)
    last = len(is_priced) - 1 - is_priced[::-1].argmax(axis=0)
    # A change before the newest settlement is in its report, or there was none.
    since = listings.settlements[-1]
    is_open = ~np.isfinite(short).any(axis=0) & (first > 0) & (listings.sessions[first] > since)
    has_ended = (short[-1] >= FEWEST_SHARES) & (last < len(is_priced) - 1)
    news, olds = np.flatnonzero(is_open), np.flatnonzero(has_ended)
    at_new, at_old = places_of(last[olds] + 1 == first[news][:, None])
    news, olds = news[at_new], olds[at_old]
    with np.errstate(invalid="ignore", divide="ignore"):
        begun, ended = (listings.close[rows, names] for rows, names in ((first[news], news), (last[olds], olds)))
        leaps = begun.astype(np.float64) / ended
        goes_on = (leaps >= 1 / LARGEST_LEAP) & (leaps <= LARGEST_LEAP)
    pairs = zip(olds[goes_on].tolist(), news[goes_on].tolist(), strict=True)
    return [pair for pair in pairs if _are_alike(listings, pair)]


def _are_alike(listings: Listings, pair: Pair) -> bool:
    """Whether two securities are of one kind that a company changes its ticker with."""
    kinds = {kind_of(str(listings.symbols[column]), str(listings.names[column])) for column in pair}
    return len(kinds) == 1 and not kinds.intersection(IGNORED_KINDS)


def _is_proven(listings: Listings, pair: Pair, told: Floats) -> bool:
    is_told, is_same = _is_told(listings, pair, told), _is_same_count(listings, pair)
    lowest, highest = SHELL_PRICES
    if lowest < _last_known(listings.close[:, pair[0]]) < highest:
        return is_told and is_same
    return is_told or is_same


def _is_told(listings: Listings, pair: Pair, told: Floats) -> bool:
    """Whether the first net change of the one is against the last close of the other."""
    old, new = pair
    return abs(float(told[new]) - _last_known(listings.close[:, old])) < CLOSE_TOLERANCE_DOLLARS


def _is_same_count(listings: Listings, pair: Pair) -> bool:
    """Whether the one begins with as many shares as the other ended with."""
    old, new = pair
    counts: Floats = listings.shares_outstanding[:, new]
    known: Flags = np.isfinite(listings.close[:, new])
    return abs(float(counts[known][0]) / _last_known(listings.shares_outstanding[:, old]) - 1) < COUNT_TOLERANCE


def _last_known(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(known[-1]) if len(known) else float("nan")


def _only_ones(pairs: Iterable[Pair]) -> list[Pair]:
    """The pairs of which neither name is in another one."""
    every = list(pairs)
    return [pair for pair in every if not any(set(pair) & set(other) for other in _others(every, pair))]


def _others(pairs: list[Pair], pair: Pair) -> Iterator[Pair]:
    return (other for other in pairs if other != pair)
