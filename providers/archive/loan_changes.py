"""Writes what a list of stock loans said of some names, look after look, as changes only, and reads them again.

A block holds a few dozen names. Of each column it keeps how often a name changed, at which looks, and to what; the
first look always counts as a change. So a fee that stood still all day takes eight bytes, and one name is read
without unpacking the others.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from shortside.listings import Floats

COLUMNS: Final = ("is_listed", "fee", "available", "is_capped", "rebate", "figi")
"""What is kept of a name at each look. `is_listed` is 0 where the list lacked it, and what the other columns say then
counts for nothing; `figi` is a place in a list of texts."""
_ENTRIES: Final = struct.Struct(f"<{len(COLUMNS)}I")
_COUNT: Final = np.dtype("<u2")
_VALUE: Final = np.dtype("<f8")


class BlockDamageError(ValueError):
    """A block is not what was written."""


def packed_block(symbols: npt.NDArray[np.bytes_], values: Mapping[str, Floats]) -> bytes:
    """Some names and what was said of them.

    Args:
        symbols: (n,) of one width, ascending.
        values: by each of `COLUMNS`, (n, L): a row a name, a column a look.
    """
    changes = [_changed(np.ascontiguousarray(values[column], _VALUE)) for column in COLUMNS]
    entries = _ENTRIES.pack(*(len(looks) for _, looks, _ in changes))
    parts = [part.tobytes() for kind in zip(*changes, strict=True) for part in kind]
    return b"".join((entries, symbols.tobytes(), *parts))


def _changed(values: Floats) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]:
    """How often each name changed, at which looks, and to what."""
    is_new = np.ones(values.shape, bool)
    # By their bits: an unknown that stays unknown is no change.
    bits = values.view("<i8")
    np.not_equal(bits[:, 1:], bits[:, :-1], out=is_new[:, 1:])
    return is_new.sum(axis=1).astype(_COUNT), np.nonzero(is_new)[1].astype(_COUNT), values[is_new]


class Block:
    """What a list said of some names at each look of a day."""

    def __init__(self, body: bytes, names: int, width: int, looks: int) -> None:
        """A block as it was written.

        Args:
            body: the bytes.
            names: how many names there are.
            width: bytes of a symbol.
            looks: how many looks there were.

        Raises:
            BlockDamageError: its parts do not fill it.
        """
        self._body, self._names, self._looks = body, names, looks
        if len(body) < _ENTRIES.size:
            raise BlockDamageError("a block is too short")
        self._entries = _ENTRIES.unpack_from(body)
        self._places = np.arange(looks, dtype=_COUNT)
        self._counts_at = _ENTRIES.size + names * width
        self._looks_at = self._counts_at + len(COLUMNS) * names * _COUNT.itemsize
        self._values_at = self._looks_at + sum(self._entries) * _COUNT.itemsize
        if len(body) != self._values_at + sum(self._entries) * _VALUE.itemsize:
            raise BlockDamageError("the parts of a block do not fill it")
        self.symbols = np.frombuffer(body, f"S{width}", names, _ENTRIES.size)
        """(n,) as the list spells them."""

    def matrix(self, column: str) -> Floats:
        """(n, L): what was said of every name at every look.

        Raises:
            BlockDamageError: the changes make no such table.
        """
        place = COLUMNS.index(column)
        counts = self._counts(place).astype(np.int64)
        looks, values = self._changes(sum(self._entries[:place]), self._entries[place])
        starts = np.cumsum(counts) - counts
        if not counts.all() or int(counts.sum()) != len(looks) or looks[starts].any():
            raise BlockDamageError("a name has no first look")
        moments = looks + np.repeat(np.arange(self._names) * self._looks, counts)
        runs = np.diff(moments, append=self._names * self._looks)
        if looks.max() >= self._looks or (runs <= 0).any():
            raise BlockDamageError("the looks of a block are out of order")
        return np.repeat(values, runs).reshape(self._names, self._looks)

    def row(self, column: str, name: int) -> Floats:
        """(L,): what was said of the name in a place of `symbols`; raises as `matrix` does. Ten microseconds."""
        place = COLUMNS.index(column)
        counts = self._counts(place)
        before, own = int(np.add.reduce(counts[:name], dtype=np.int64)), int(counts[name])
        if not own or before + own > self._entries[place]:
            raise BlockDamageError("a block counts more changes than it has")
        looks, values = self._changes(sum(self._entries[:place]) + before, own)
        if looks[0]:
            raise BlockDamageError("a name has no first look")
        return values[np.searchsorted(looks, self._places, "right") - 1]

    def _counts(self, place: int) -> npt.NDArray[Any]:
        return np.frombuffer(self._body, _COUNT, self._names, self._counts_at + place * self._names * _COUNT.itemsize)

    def _changes(self, first: int, count: int) -> tuple[npt.NDArray[Any], Floats]:
        """At which looks something changed, and to what."""
        looks = np.frombuffer(self._body, _COUNT, count, self._looks_at + first * _COUNT.itemsize)
        return looks, np.frombuffer(self._body, _VALUE, count, self._values_at + first * _VALUE.itemsize)
