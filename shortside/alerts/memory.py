"""What was last told of each name, feed or sum by a rule, kept in arrays, and as a record for a file."""

from __future__ import annotations

import zlib
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from shortside.listings import Floats

UNKNOWN, OUT, IN = 0, 1, 2
"""What was last told of a name: nothing, that a condition is false of it, or that it is true."""
MOST_KEYS: Final = 100_000
"""Names, with those of other days, of which something is remembered."""
Sides = NDArray[np.int8]


class RuleMemory:
    """What a rule told last, of keys in the order of the market, and behind them those it does not have any more."""

    def __init__(self, text: str, keys: Sequence[str] = ()) -> None:
        """Nothing told yet."""
        self.text = text
        """The rule as it was."""
        self.keys = tuple(keys)
        self._aligned: tuple[str, ...] | None = None
        self.sides: Sides = np.zeros(len(self.keys), np.int8)
        self.anchors: Floats = np.full(len(self.keys), np.nan)
        """Figures as they were last told; NaN for none."""
        self.told_at: datetime | None = None
        """When it last rang."""
        self.is_changed = False
        """Whether something was learned since it was last kept."""

    def align(self, keys: tuple[str, ...]) -> None:
        """Have these keys stand first, in this order; the others are remembered behind them."""
        # At every beat it is the same tuple, whose thousands of keys nobody needs to compare.
        if self._aligned is keys:
            return
        self._aligned = keys
        if self.keys[: len(keys)] == keys:
            return
        places = {key: place for place, key in enumerate(self.keys)}
        among = frozenset(keys)
        gone = [key for key in self.keys if key not in among][: max(MOST_KEYS - len(keys), 0)]
        every = (*keys, *gone)
        found = np.array([places.get(key, -1) for key in every], np.int64)
        is_known = found >= 0
        sides, anchors = np.zeros(len(every), np.int8), np.full(len(every), np.nan)
        sides[is_known], anchors[is_known] = self.sides[found[is_known]], self.anchors[found[is_known]]
        self.keys, self.sides, self.anchors, self.is_changed = every, sides, anchors, True

    def as_record(self, names: Sequence[str] = ()) -> dict[str, Any]:
        """It as JSON has it; keys that are these names are not repeated."""
        told = None if self.told_at is None else self.told_at.isoformat()
        keys = {} if self.keys == tuple(names) else {"keys": list(self.keys)}
        return {
            "text": self.text,
            "told_at": told,
            **keys,
            "sides": _packed(self.sides.tobytes()),
            "anchors": _packed(self.anchors.astype("<f8").tobytes()),
        }


def memory_of(record: Mapping[str, Any], names: Sequence[str] = ()) -> RuleMemory:
    """The memory a record holds.

    Raises:
        ValueError, TypeError, LookupError, AttributeError: it holds none.
    """
    keys = record.get("keys", names)
    if len(keys) > MOST_KEYS or not all(isinstance(key, str) for key in keys):
        raise ValueError("keys")
    memory = RuleMemory(str(record["text"]), keys)
    sides = np.frombuffer(_unpacked(record["sides"], len(memory.keys)), np.int8)
    anchors = np.frombuffer(_unpacked(record["anchors"], 8 * len(memory.keys)), "<f8")
    if not np.isin(sides, (UNKNOWN, OUT, IN)).all():
        raise ValueError("sides")
    memory.sides, memory.anchors = sides.copy(), anchors.astype(np.float64)
    if record["told_at"] is not None:
        memory.told_at = datetime.fromisoformat(record["told_at"])
        if memory.told_at.utcoffset() is None:
            raise ValueError("told_at")
    return memory


def _packed(content: bytes) -> str:
    return b64encode(zlib.compress(content, 1)).decode()


def _unpacked(text: str, size: int) -> bytes:
    """The bytes of a text, of which there must be so many: what would swell beyond them is not unpacked."""
    unpacking = zlib.decompressobj()
    try:
        content = unpacking.decompress(b64decode(text, validate=True), size + 1)
    except zlib.error as error:
        raise ValueError("packed") from error
    if len(content) != size:
        raise ValueError("size")
    return content
