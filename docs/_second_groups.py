"""Which names of ours and which symbols of the tape are the same shares, so that their P&L can be compared.

A ticker change makes one name of two symbols, and a symbol that changed hands two names of one. Names and symbols that
hang together are a group, and are compared in sum. Closes decide, for they are printed under both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from docs._second_tape import Tape
from shortside.listings import EARLIER_TENANT, Flags, Floats, Indexes, Listings

FEWEST_CLOSES: Final = 3
"""So many equal closes prove that two series are one; fewer may be chance."""
PROBES: Final = 9
"""So many closes of a name are looked for under all symbols."""
NO_SYMBOL: Final = -1


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Group:
    """Names and symbols of the same shares."""

    names: tuple[int, ...]
    """Columns of the listings."""
    symbols: tuple[int, ...]
    """Columns of the tape."""

    def is_joined(self) -> bool:
        """Whether a ticker change was joined in it."""
        return len(self.symbols) > 1

    def is_parted(self) -> bool:
        """Whether a symbol was parted in it."""
        return len(self.names) > 1


def groups_of(listings: Listings, tape: Tape) -> list[Group]:
    """Every name and symbol in one group, on the same sessions."""
    printed = tape.close[: len(listings.sessions)].astype(np.float32)
    own = _own_symbols(listings, tape)
    is_equal = _is_printed(listings.close, printed, own)
    links = _Links(len(own), len(tape.symbols))
    for column in np.flatnonzero(is_equal.any(axis=0)).tolist():
        links.join(column, int(own[column]))
    is_elsewhere = np.isfinite(listings.close) & ~is_equal
    for column in np.flatnonzero(is_elsewhere.any(axis=0)).tolist():
        for symbol in _others(listings.close[:, column], is_elsewhere[:, column], is_equal[:, column], printed):
            links.join(column, symbol)
    return links.groups()


def symbol_at(close: Floats, printed: Floats, candidates: tuple[int, ...]) -> Indexes:
    """(T,) which of a group's symbols printed each close of a name; −1 where none did."""
    found = np.full(len(close), NO_SYMBOL, np.int64)
    for symbol in candidates:
        found[close == printed[: len(close), symbol].astype(np.float32)] = symbol
    return found


def _own_symbols(listings: Listings, tape: Tape) -> Indexes:
    place = {symbol: column for column, symbol in enumerate(tape.symbols.tolist())}
    return np.array([place.get(str(symbol).partition(EARLIER_TENANT)[0], NO_SYMBOL) for symbol in listings.symbols])


def _is_printed(close: Floats, printed: Floats, own: Indexes) -> Flags:
    """(T, N) whether each close is the one printed under the name's own symbol."""
    return np.asarray((close == printed[:, np.maximum(own, 0)]) & (own != NO_SYMBOL))


def _others(close: Floats, elsewhere: Flags, own: Flags, printed: Floats) -> list[int]:
    """The symbols under which closes were printed that are not the name's own, the one with most of them first.

    Where the new symbol begins the old one has no close, or another company's: so do not all that stand at 10.00.
    """
    found: list[int] = []
    rows = np.flatnonzero(elsewhere)
    needed = min(FEWEST_CLOSES, int(np.isfinite(close).sum()))
    later = np.flatnonzero(own & (np.arange(len(own)) > rows[0]))
    is_gone = printed[later[0]] != close[later[0]] if len(later) else np.ones(printed.shape[1], bool)
    while len(rows) >= needed:
        # A few closes, spread over all, find the candidate; every close then decides.
        probes = rows[np.unique(np.linspace(0, len(rows) - 1, PROBES).astype(np.int64))]
        likeliest = int(((printed[probes] == close[probes, None]) & is_gone).sum(axis=0).argmax())
        is_equal = (printed[rows, likeliest] == close[rows]) & is_gone[likeliest]
        if is_equal.sum() < needed:
            break
        found.append(likeliest)
        rows = rows[~is_equal]
    return found


class _Links:
    """Names and symbols that hang together, name after name."""

    def __init__(self, names: int, symbols: int) -> None:
        self._names = names
        self._parent = list(range(names + symbols))

    def join(self, name: int, symbol: int) -> None:
        self._parent[self._root(name)] = self._root(self._names + symbol)

    def _root(self, node: int) -> int:
        while self._parent[node] != node:
            self._parent[node] = node = self._parent[self._parent[node]]
        return node

    def groups(self) -> list[Group]:
        members: dict[int, list[int]] = {}
        for node in range(len(self._parent)):
            members.setdefault(self._root(node), []).append(node)
        return [
            Group(
                names=tuple(node for node in nodes if node < self._names),
                symbols=tuple(node - self._names for node in nodes if node >= self._names),
            )
            for nodes in members.values()
        ]
