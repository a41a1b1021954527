"""One spelling of a symbol for all sources, and which of our names a source's spelling means.

Ours is the dot form of Nasdaq's directory (`BRK.B`), with the screener's caret for preferreds (`ABR^D`). FINRA drops
every separator (`BRKB`, `ABRPRD`, `AACWS`), Interactive Brokers writes blanks (`BRK B`, `ABR PRD`): both come down to
the same squashed key.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from analytics.listings import Indexes

NOWHERE: Final = -1
"""The column of a key that is none of our names."""

_SQUASHED: Final = str.maketrans({"^": "PR", ".": "", "/": "", " ": "", "-": "", "$": "PR", "+": "WS", "=": "U"})
_EXCHANGES: Final = {"NYSE": "nyse", "NNM": "nasdaq", "SC": "nasdaq", "AMEX": "amex", "ARCA": "arca", "BZX": "bzx"}


def canonical(symbol: str) -> str:
    """Our spelling of a screener's symbol: `BRK/B` becomes `BRK.B`, `ABR^D` stays."""
    return symbol.strip().replace("/", ".").replace(" ", ".")


def squashed(symbol: str) -> str:
    """The spelling without separators that FINRA uses, from any other: `BRK.B`, `BRK/B` and `BRK B` give `BRKB`."""
    return symbol.strip().translate(_SQUASHED)


def first_word(name: str) -> str:
    """The first word of a company's name in lower case, letters and digits only; enough to tell tenants apart."""
    words = name.split()
    return "".join(letter for letter in words[0].lower() if letter.isalnum()) if words else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What is known of a symbol on either side of a join. Sequences run in parallel."""

    symbols: Sequence[str]
    names: Sequence[str]
    """Issue or security names; may be empty strings."""
    exchanges: Sequence[str]
    """`nyse`, `nasdaq`, `amex`, or FINRA's market classes, or empty strings."""


def columns_of(keys: Listed, ours: Listed) -> Indexes:
    """For each key, the index of our name it means, or `NOWHERE`.

    Two of our names may squash to one key. Then the one on the key's exchange wins, then the one whose name shares
    the longer beginning with the key's (FINRA cuts issue names at 30 characters), then the one spelled like the key.
    """
    candidates: dict[str, list[int]] = defaultdict(list)
    for column, symbol in enumerate(ours.symbols):
        candidates[squashed(symbol)].append(column)
    found = np.full(len(keys.symbols), NOWHERE, np.int64)
    for place, symbol in enumerate(keys.symbols):
        columns = candidates.get(squashed(symbol), [])
        if len(columns) > 1:
            found[place] = max(columns, key=lambda column, at=place: _likeness(keys, at, ours, column))  # type: ignore[misc]
        elif columns:
            found[place] = columns[0]
    return found


def _likeness(keys: Listed, place: int, ours: Listed, column: int) -> tuple[bool, int, bool]:
    market_class = keys.exchanges[place]
    return (
        _EXCHANGES.get(market_class, market_class.lower()) == ours.exchanges[column].lower(),
        _shared_beginning(keys.names[place], ours.names[column]),
        keys.symbols[place] == ours.symbols[column],
    )


def _shared_beginning(one: str, other: str) -> int:
    length = 0
    for left, right in zip(one.lower(), other.lower(), strict=False):
        if left != right:
            break
        length += 1
    return length
