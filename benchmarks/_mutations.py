"""Makes wrong bodies out of a good one: bytes flipped, cut and doubled, and values swapped for odd ones."""

from __future__ import annotations

import json
import random
from typing import Any, Final

ODD_VALUES: Final[tuple[Any, ...]] = (
    None, True, False, "", " ", "NaN", "inf", "-", "0", "-1", "1e400", "9" * 400, "A" * 5000, "\ud800", "\x1b[2J\x07",
    "\u202eevil", "2023-02-30", "9999-12-31", "0000-00-00", "2023-09-06T99:99:99Z", 0, -1, 1.5, 2**63, 2**64, 10**400,
    1e308, float("inf"), float("nan"), -(10**30), 253402300800, 10**20, [], {}, [[]], {"a": 1}, [None, {}],
)  # fmt: skip
ODD_BYTES: Final = (
    b"\x00", b"\xff", b"\x85", b"\r", b"\n", b"|", b'"', b",", b"\\ud800", b"1e999", b"9" * 40, b"-", b"\xe2\x80\xae",
    b"\x1b[31m", b"NaN", b"Infinity", b"[" * 2000, b"{" * 50, b"'", b"=1+1", b"\xed\xa0\x80", b"",
)  # fmt: skip


def mutated(body: bytes, chance: random.Random) -> bytes:
    """Another body, wrong in one to four ways."""
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        body = _with_odd_value(body, chance) if chance.random() < 0.5 else _with_odd_bytes(body, chance)
    return body


def _with_odd_value(body: bytes, chance: random.Random) -> bytes:
    """JSON with a value, a name or a row changed; other bodies with a cell changed."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return _with_odd_cell(body, chance)
    try:
        return json.dumps(_changed(value, chance)).encode()
    except (ValueError, RecursionError):
        return body


def _changed(value: Any, chance: random.Random) -> Any:
    if isinstance(value, dict) and value and chance.random() < 0.9:
        name = chance.choice(list(value))
        if chance.random() < 0.1:
            return {other: one for other, one in value.items() if other != name}
        return {**value, name: _changed(value[name], chance)}
    if isinstance(value, list) and value and chance.random() < 0.9:
        place = chance.randrange(len(value))
        if chance.random() < 0.1:
            return [*value, value[place]]
        return [_changed(one, chance) if at == place else one for at, one in enumerate(value)]
    return chance.choice(ODD_VALUES)


def _with_odd_cell(body: bytes, chance: random.Random) -> bytes:
    bar = b"|" if b"|" in body else b","
    cells = body.split(bar)
    word = chance.choice(ODD_VALUES)
    cells[chance.randrange(len(cells))] = str(word)[:5000].encode("utf-8", "replace")
    return bar.join(cells)


def _with_odd_bytes(body: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(body) + 1)
    end = min(len(body), start + chance.choice((0, 1, 1, 2, 8, 64)))
    what = chance.random()
    if what < 0.15:
        return body[:start]
    if what < 0.3:
        return body[:end] + body[start:]
    return body[:start] + chance.choice(ODD_BYTES) + body[end:]
