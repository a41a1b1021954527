"""Makes wrong bodies out of a good one: bytes flipped, cut and doubled, and values swapped for odd ones."""

from __future__ import annotations

import io
import json
import random
import zipfile
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
PLANES: Final = (0x20, 0x80, 0x300, 0x600, 0x2000, 0xD800, 0xFE00, 0x1F600, 0xE0000)
"""Where signs begin that texts are made of: letters, marks that combine or turn about, halves, signs of four bytes."""
MOST_ROWS_MORE: Final = 60
"""A body in two hundred has so many times its rows, at most: tables are read otherwise where they are long."""
GROWN: Final = 1 / 200


def mutated(body: bytes, chance: random.Random) -> bytes:
    """Another body, wrong in one to four ways."""
    if body.startswith(b"PK") and chance.random() < 0.5:
        return _packed_anew(body, chance)
    if chance.random() < GROWN:
        body = with_more_rows(body, chance.randrange(2, MOST_ROWS_MORE))
    for _ in range(chance.choice((1, 1, 2, 2, 4))):
        body = _with_odd_value(body, chance) if chance.random() < 0.5 else _with_odd_bytes(body, chance)
    return body


def _packed_anew(body: bytes, chance: random.Random) -> bytes:
    """A sound archive of a wrong text."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as good, zipfile.ZipFile(packed, "w") as wrong:
        for name in good.namelist():
            wrong.writestr(name, mutated(good.read(name), chance))
    return packed.getvalue()


def with_more_rows(body: bytes, times: int) -> bytes:
    """JSON with the rows of its lists over again, other bodies with their lines; each row with a symbol of its own."""
    try:
        return json.dumps(_repeated(json.loads(body), times)).encode()
    except (ValueError, RecursionError):
        lines = body.split(b"\n")
        named = [
            line.replace(b"AAA", b"AA" + _letters(at)).replace(b"BBB", b"BB" + _letters(at))
            for at in range(times)
            for line in lines
            if b"AAA" in line or b"BBB" in line
        ]
        first = next((at for at, line in enumerate(lines) if b"AAA" in line), len(lines))
        rest = [line for line in lines[first:] if b"AAA" not in line and b"BBB" not in line]
        # Where a last line counts the rows, it counts these.
        return b"\n".join([*lines[:first], *named, *rest]).replace(b"#EOF|2", b"#EOF|%d" % len(named))


def _repeated(value: Any, times: int) -> Any:
    if isinstance(value, dict):
        return {name: _repeated(one, times) for name, one in value.items()}
    if isinstance(value, list):
        text = json.dumps(value)
        return [one for at in range(times) for one in json.loads(text.replace("AAA", "AA" + _letters(at).decode()))]
    return value


def _letters(number: int) -> bytes:
    return bytes((65 + number // 26 % 26, 65 + number % 26))


def _odd_value(chance: random.Random) -> Any:
    """One of the list, or one made up: a number of any size, a text of any signs, a day of any calendar."""
    what = chance.random()
    if what < 0.6:
        return chance.choice(ODD_VALUES)
    if what < 0.7:
        return chance.choice((1, -1)) * chance.getrandbits(chance.randrange(1, 90))
    if what < 0.8:
        return chance.choice((1, -1)) * chance.random() * 10.0 ** chance.randrange(-30, 300)
    if what < 0.9:
        return "".join(chr(chance.choice(PLANES) + chance.randrange(96)) for _ in range(chance.randrange(1, 9)))
    day = f"{chance.randrange(10_000):04}-{chance.randrange(14):02}-{chance.randrange(33):02}"
    return chance.choice((day, day.replace("-", ""), day.replace("-", "/"), f"{day}T12:00:00Z", f"{day} 25:61"))


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
    return _odd_value(chance)


def _with_odd_cell(body: bytes, chance: random.Random) -> bytes:
    bar = b"|" if b"|" in body else b","
    cells = body.split(bar)
    word = _odd_value(chance)
    cells[chance.randrange(len(cells))] = str(word)[:5000].encode("utf-8", "replace")
    return bar.join(cells)


def _with_odd_bytes(body: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(body) + 1)
    end = min(len(body), start + chance.choice((0, 1, 1, 2, 8, 64)))
    what = chance.random()
    if what < 0.04:
        return body[:start]
    if what < 0.1:
        return body[:end] + body[start:]
    if what < 0.25:
        return body[:start] + chance.randbytes(chance.randrange(1, 9)) + body[end:]
    if what < 0.4:
        # A digit for a digit: what stays well-formed and says something else.
        return body[:start] + b"%d" % chance.randrange(10) + body[start + 1 :]
    if what < 0.5:
        other = chance.randrange(len(body) + 1)
        return body[:start] + body[other : other + chance.randrange(1, 40)] + body[end:]
    return body[:start] + chance.choice(ODD_BYTES) + body[end:]
