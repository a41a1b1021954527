"""Says in sentences what answers left out of listed names and of sessions, and that it is asked for again."""

from __future__ import annotations

from typing import Final

from providers.archive.absences import Absence, listed
from providers.archive.holdings import Holdings
from providers.catalog import ALPACA, YAHOO_SPARK
from shortside.words.spelt_out import NAMES_IN_A_SENTENCE

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
            f"{listed(single, NAMES_IN_A_SENTENCE)}; they are asked for again next time"
        )
    return tuple(words)


def words_on_gone(holdings: Holdings) -> tuple[str, ...]:
    """Which names nobody has a close of who was asked, among those that are not listed today; nothing for none."""
    gone = sorted({one.what for one in absent_names(holdings) if one.why == _GONE})
    if not gone:
        return ()
    names = f"{len(gone):,} name{'s' * (len(gone) > 1)} that {'are' if len(gone) > 1 else 'is'} not listed today"
    return (f"no closes are to be had of {names}: {listed(gone)}",)


def absent_names(holdings: Holdings) -> tuple[Absence, ...]:
    """Every name that a source was asked for in vain and nobody else has a close of, with why."""
    return tuple(
        Absence(provider=source, why=_LEFT_OUT if symbol in holdings.listed else _GONE, what=symbol)
        for source, symbols in holdings.unknown.items()
        for symbol in sorted(symbols)
        if not _is_held_elsewhere(holdings, symbol, source)
    )


_GONE: Final = "has no closes of names that are not listed today"
_LEFT_OUT: Final = "left out of its answer names that are listed today, which are asked for again next time"


def _is_held_elsewhere(holdings: Holdings, symbol: str, source: str) -> bool:
    others = (other for other, own in holdings.closes.items() if other != source and symbol in own)
    return any(symbol not in holdings.unknown.get(other, ()) for other in others)


def _left_out(names: list[str], source: str) -> str:
    one = len(names) == 1
    are, were, they = ("is", "was", "it is") if one else ("are", "were", "they are")
    said = listed(names, NAMES_IN_A_SENTENCE)
    return f"{said}, which {are} listed today, {were} not in {source}'s answer; {they} asked again next time"
