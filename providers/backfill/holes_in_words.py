"""Says in sentences what answers left out of listed names and of sessions, and that it is asked for again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from providers.archive.holdings import Holdings
from providers.catalog import ALPACA, YAHOO_SPARK
from shortside.spelt_out import NAMES_IN_A_SENTENCE, spelt_out

DAYS_SPELT_OUT: Final = 8
"""Missing sessions that have a sentence each; the rest are counted in one."""
_NAMES_FOR_PEOPLE: Final = {YAHOO_SPARK.name: "Yahoo", ALPACA.name: "Alpaca"}
"""Who is asked by names, as people call them."""


def words_on_holes(holdings: Holdings) -> tuple[str, ...]:
    """What each source left out of listed names, which sessions are missing, and which names lack single closes."""
    words = []
    for source, symbols in holdings.unknown.items():
        names = sorted(symbol for symbol in symbols & holdings.listed if holdings.held(symbol, source) == ())
        if names:
            words.append(_left_out(names, _NAMES_FOR_PEOPLE.get(source, source)))
    words += [f"{day} was a session; no close of any name is held for it" for day in holdings.missed[:DAYS_SPELT_OUT]]
    others = len(holdings.missed) - DAYS_SPELT_OUT
    if others > 0:
        words.append(f"so were {others} other days; all of them are asked for again next time")
    missed = frozenset(holdings.missed)
    single = sorted(symbol for symbol, days in holdings.holes.items() if days - missed)
    if single:
        words.append(
            f"closes of single sessions are missing of {len(single):,} listed name{'s' * (len(single) > 1)}: "
            f"{_enumerated(single)}; they are asked for again next time"
        )
    return tuple(words)


def _left_out(names: Sequence[str], source: str) -> str:
    one = len(names) == 1
    are, were, they = ("is", "was", "it is") if one else ("are", "were", "they are")
    return (
        f"{_enumerated(names)}, which {are} listed today, {were} not in {source}'s answer; {they} asked again next time"
    )


def _enumerated(names: Sequence[str]) -> str:
    """`A`, `A and B`, `A, B and C`; of more than a sentence spells out, `A, B, C and 92 others`."""
    others = len(names) - NAMES_IN_A_SENTENCE
    if others > 0:
        return spelt_out(names, rest=" and {:,} other" + "s" * (others > 1))
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
