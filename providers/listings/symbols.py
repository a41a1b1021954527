"""One spelling of a symbol for all sources, and which of our names a source's spelling means.

Ours is the dot form of Nasdaq's directory (`BRK.B`), with the screener's caret for preferreds (`ABR^D`). FINRA drops
every separator (`BRKB`, `ABRPRD`, `AACWS`), Interactive Brokers writes blanks (`BRK B`, `ABR PRD`): both come down to
the same squashed key.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import repeat, takewhile
from typing import Final

import numpy as np

from shortside.listings import Floats, Indexes

MOST_SPELLINGS_KEPT: Final = 2**16
"""Texts whose other spelling is remembered: some three times as many as a market has."""
NO_COLUMN: Final = -1
"""The column of a key that is none of our names."""

_SQUASHED: Final = str.maketrans({"^": "PR", ".": "", "/": "", " ": "", "-": "", "$": "PR", "+": "WS", "=": "U"})
EXCHANGES: Final = {"NYSE": "nyse", "NNM": "nasdaq", "SC": "nasdaq", "AMEX": "amex", "ARCA": "arca", "BZX": "bzx"}
"""Exchanges by the market class that FINRA writes; every other class trades over the counter."""


# A market's symbols are asked for again for every day of it that is shown.
@lru_cache(maxsize=MOST_SPELLINGS_KEPT)
def canonical(symbol: str) -> str:
    """Our spelling of a screener's symbol: `BRK/B` becomes `BRK.B`, `ABR^D` stays."""
    return symbol.strip().replace("/", ".").replace(" ", ".")


@lru_cache(maxsize=MOST_SPELLINGS_KEPT)
def squashed(symbol: str) -> str:
    """The spelling without separators that FINRA uses, from any other: `BRK.B`, `BRK/B` and `BRK B` give `BRKB`."""
    return symbol.strip().translate(_SQUASHED)


@lru_cache(maxsize=MOST_SPELLINGS_KEPT)
def first_word(name: str) -> str:
    """The first word of a company's name in lower case, letters and digits only; enough to tell tenants apart."""
    words = name.split()
    return "".join(letter for letter in words[0].lower() if letter.isalnum()) if words else ""


@dataclass(frozen=True, kw_only=True)
class JoinSide:
    """What is known of a symbol on either side of a join. Sequences run in parallel."""

    symbols: Sequence[str]
    names: Sequence[str]
    """Issue or security names; may be empty strings."""
    exchanges: Sequence[str]
    """`nyse`, `nasdaq`, `amex`, or FINRA's market classes, or empty strings."""

    @staticmethod
    def of_symbols(symbols: Sequence[str]) -> JoinSide:
        """Symbols of which nothing else is known."""
        unknown = [""] * len(symbols)
        return JoinSide(symbols=symbols, names=unknown, exchanges=unknown)

    @cached_property
    def squashed(self) -> list[str]:
        """Their spellings without separators."""
        return list(map(squashed, self.symbols))


@dataclass(frozen=True, eq=False, kw_only=True)
class PartOfJoinSide(JoinSide):
    """Some symbols of a side that is kept."""

    whole: JoinSide
    places: Indexes
    """(S,) which of its symbols these are, ascending."""

    @cached_property
    def squashed(self) -> list[str]:
        """As of any side."""
        spelt = self.whole.squashed
        return [spelt[place] for place in self.places.tolist()]


class KeptSpellings:
    """Which of many symbols a source's spellings can mean, found once for all days on which some of them are listed."""

    def __init__(self, symbols: Sequence[str]) -> None:
        """Sort them by their spelling without separators.

        Args:
            symbols: every symbol there ever is.
        """
        spelt = list(map(squashed, symbols))
        self._only = dict(zip(spelt, range(len(spelt)), strict=True))
        self._by_key: dict[str, list[int]] = {}
        if len(self._only) < len(spelt):
            several = {key for key, count in Counter(spelt).items() if count > 1}
            for place, key in enumerate(spelt):
                if key in several:
                    self._by_key.setdefault(key, []).append(place)
            self._only = {key: place for key, place in self._only.items() if key not in several}
        self._found: dict[int, tuple[JoinSide, Indexes, dict[int, list[int]]]] = {}

    def meant_by(self, keys: JoinSide) -> tuple[Indexes, dict[int, list[int]]]:
        """For each key the one symbol it can mean, or `NO_COLUMN`; and by place the keys that can mean several."""
        if isinstance(keys, PartOfJoinSide):
            every, of_several = self.meant_by(keys.whole)
            places = np.array(list(of_several), np.int64)
            at = np.searchsorted(keys.places, places)
            is_there = np.append(keys.places, -1)[at] == places
            kept = zip(at[is_there].tolist(), places[is_there].tolist(), strict=True)
            return every[keys.places], {part: of_several[whole] for part, whole in kept}
        found = self._found.get(id(keys))
        if found is None or found[0] is not keys:
            one = np.array(list(map(self._only.get, keys.squashed, repeat(NO_COLUMN))), np.int64)
            double = self._by_key
            several = {at: double[key] for at, key in enumerate(keys.squashed) if key in double} if double else {}
            found = self._found[id(keys)] = keys, one, several
        return found[1], found[2]


class SymbolJoin:
    """Finds which of our names a source's spelling means.

    Two of our names may squash to one key. Then the one on the key's exchange wins, then the one whose name shares
    the longer beginning with the key's (FINRA cuts issue names at 30 characters), then the one spelled like the key.

    Args:
        ours: our names.
        kept: of symbols among which ours are, where these are kept.
        place: (n,) the name of ours that each of these is; `NO_COLUMN` of one that is none today.
    """

    def __init__(self, ours: JoinSide, kept: KeptSpellings | None = None, place: Indexes | None = None) -> None:
        self._ours = ours
        self._kept = kept or KeptSpellings(ours.symbols)
        self._place = np.arange(len(ours.symbols)) if kept is None or place is None else place

    def columns(self, keys: JoinSide) -> Indexes:
        """For each key, the index of our name, or `NO_COLUMN`."""
        one, several = self._kept.meant_by(keys)
        found = np.where(one == NO_COLUMN, NO_COLUMN, self._place[one])
        for at, places in several.items():
            columns = [column for column in self._place[places].tolist() if column != NO_COLUMN]
            if columns:
                found[at] = columns[0] if len(columns) == 1 else self._likeliest(columns, keys, at)
        return found

    def spread(self, symbols: Sequence[str] | JoinSide, *values: Floats) -> tuple[Floats, ...]:
        """Each of the arrays, one value a symbol, laid out along our names; NaN where none of the symbols is ours."""
        columns = self.columns(symbols if isinstance(symbols, JoinSide) else JoinSide.of_symbols(symbols))
        is_ours = columns != NO_COLUMN
        wide = tuple(np.full(len(self._ours.symbols), np.nan) for _ in values)
        for target, given in zip(wide, values, strict=True):
            target[columns[is_ours]] = given[is_ours]
        return wide

    def _likeliest(self, columns: list[int], keys: JoinSide, place: int) -> int:
        return max(columns, key=lambda column: self._likeness(column, keys, place))

    def _likeness(self, column: int, keys: JoinSide, place: int) -> tuple[bool, int, bool]:
        market_class = keys.exchanges[place]
        return (
            EXCHANGES.get(market_class, market_class.lower()) == self._ours.exchanges[column].lower(),
            _shared_beginning(keys.names[place].lower(), self._ours.names[column].lower()),
            keys.symbols[place] == self._ours.symbols[column],
        )


def _shared_beginning(one: str, other: str) -> int:
    """How many letters two texts begin with alike."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


_DASHED_PREFERRED: Final = re.compile(r"(.+)-P([A-Z]?)")


_ALPACA_PREFERRED: Final = re.compile(r"(.+)\.PR([A-Z]?)")


_MASSIVE_PREFERRED: Final = re.compile(r"([A-Z]+)p([A-Z]?)")


def to_dashes(symbol: str) -> str:
    """As Yahoo and the SEC write it: `BRK-B`, `ABR-PD`."""
    root, caret, series = symbol.partition("^")
    return f"{root}-P{series}" if caret else symbol.replace(".", "-")


def from_dashes(symbol: str) -> str:
    """Ours for a symbol of Yahoo or the SEC."""
    preferred = _DASHED_PREFERRED.fullmatch(symbol)
    return f"{preferred[1]}^{preferred[2]}" if preferred else symbol.replace("-", ".")


def to_blanks(symbol: str) -> str:
    """As Interactive Brokers writes it: `BRK B`, `ABR PRD`."""
    return symbol.replace("^", " PR").replace(".", " ")


def to_alpaca(symbol: str) -> str:
    """As Alpaca writes it: `BRK.B`, `ABR.PRD`."""
    return symbol.replace("^", ".PR")


def from_alpaca(symbol: str) -> str:
    """Ours for a symbol of Alpaca."""
    preferred = _ALPACA_PREFERRED.fullmatch(symbol)
    return f"{preferred[1]}^{preferred[2]}" if preferred else symbol


def to_massive(symbol: str) -> str:
    """As Massive writes it: `BRK.B`, `ABRpD`."""
    return symbol.replace("^", "p")


def from_massive(symbol: str) -> str:
    """Ours for a symbol of Massive."""
    preferred = _MASSIVE_PREFERRED.fullmatch(symbol)
    return f"{preferred[1]}^{preferred[2]}" if preferred else symbol
