"""Says in sentences what answers left out of listed names and of sessions, and that it is asked for again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from providers.archive.holdings import Holdings
from providers.catalog import ALPACA, YAHOO_SPARK

NAMED: Final = 8
"""Names or days spelt out in a sentence."""
_CALLED: Final = {YAHOO_SPARK.name: "Yahoo", ALPACA.name: "Alpaca"}
"""Who is asked by names, as people call them."""


def words_on_holes(holdings: Holdings) -> tuple[str, ...]:
    """What each source left out of listed names, which sessions are missing, and which names lack single closes."""
    words = []
    for source, symbols in holdings.unknown.items():
        names = sorted(symbol for symbol in symbols & holdings.listed if holdings.held(symbol, source) == ())
        if names:
            words.append(_left_out(names, _CALLED.get(source, source)))
    words += [f"{day} was a session; no close of any name is held for it" for day in holdings.missed[:NAMED]]
    if len(holdings.missed) > NAMED:
        words.append(f"so were {len(holdings.missed) - NAMED} other days; all of them are asked for again next time")
    missed = frozenset(holdings.missed)
    single = sorted(symbol for symbol, days in holdings.holes.items() if days - missed)
    if single:
        words.append(
            f"closes of single sessions are missing of {len(single):,} listed name{'s' * (len(single) > 1)}: "
            f"{_listed(single)}; they are asked for again next time"
        )
    return tuple(words)


def _left_out(names: Sequence[str], source: str) -> str:
    one = len(names) == 1
    are, were, they = ("is", "was", "it is") if one else ("are", "were", "they are")
    return f"{_listed(names)}, which {are} listed today, {were} not in {source}'s answer; {they} asked again next time"


def _listed(names: Sequence[str]) -> str:
    """`A`, `A and B`, `A, B and C`, `A, B, … and 92 others`."""
    if len(names) > NAMED:
        return f"{', '.join(names[:NAMED])} and {len(names) - NAMED:,} other{'s' * (len(names) - NAMED > 1)}"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
