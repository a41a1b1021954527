"""Bodies made to take far more memory than they have bytes: values without number, one endless line, deep brackets."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

MEGABYTE: Final = 2**20


Making = Callable[[int], bytes]
"""Makes a body of about so many bytes."""


def swollen(body: bytes) -> dict[str, Making]:
    """What is wrong with each body, and what makes it.

    Args:
        body: a small one that its parser reads; of JSON a list in it is filled, of a table its rows.
    """
    return {**ANYBODYS, **(_of_json(body) if body[:1] in (b"{", b"[") else _of_table(body))}


ANYBODYS: Final[Mapping[str, Making]] = {
    "deep brackets": lambda size: b"[" * size,
    "deep objects": lambda size: b'{"a":' * (size // 5),
    "a number of digits": lambda size: b"9" * size,
    "one endless text": lambda size: b'"' + b"A" * (size - 2) + b'"',
    "text beyond the first plane": lambda size: b'"' + "\U0001f600".encode() * (size // 4) + b'"',
    "empty lines": lambda size: b"\n" * size,
    "empty cells": lambda size: b"," * size,
    "empty cells between bars": lambda size: b"|" * size,
}
"""Those that are the same whoever reads them."""


def _of_json(body: bytes) -> dict[str, Making]:
    marked = _with_longest_list_marked(json.loads(body))
    text = None if marked is None else json.dumps(marked).encode()

    def in_its_list(many: bytes) -> bytes:
        assert text is not None, "asked for only where there is a list"
        return text.replace(b'["*"]', many)

    found: dict[str, Making] = {}
    for what, one in (("lists", b"[]"), ("objects", b"{}"), ("small objects", b'{"":0}'), ("noughts", b"0")):
        found[f"{what} without number"] = partial(_many, one)
        if text is not None:
            found[f"{what} in its list"] = lambda size, one=one: in_its_list(_many(one, size))  # type: ignore[misc]
    rows = _longest_list(json.loads(body))
    if rows and text is not None:
        row = json.dumps(rows[0]).encode()
        found["its rows over again"] = lambda size: in_its_list(_many(row, size))
    return found


def _many(one: bytes, size: int) -> bytes:
    return b"[" + one + (b"," + one) * (size // (len(one) + 1) - 1) + b"]"


def _longest_list(value: object) -> list[object]:
    if isinstance(value, list):
        return value
    inner = [_longest_list(one) for one in value.values()] if isinstance(value, dict) else []
    return max(inner, key=len, default=[])


def _with_longest_list_marked(value: object) -> object:
    longest = _longest_list(value)

    def marked(one: object) -> object:
        if one is longest:
            return ["*"]
        return {name: marked(part) for name, part in one.items()} if isinstance(one, dict) else one

    return marked(value) if longest else None


def _of_table(body: bytes) -> dict[str, Making]:
    lines = body.splitlines(keepends=True)
    middle = max(1, len(lines) // 2)
    head, tail = b"".join(lines[:middle]), b"".join(lines[middle + 1 :])
    row = lines[middle - 1 if middle == len(lines) else middle]
    bar = b"|" if b"|" in row else b","
    return {
        "its rows over again": lambda size: head + row * (size // max(1, len(row))) + tail,
        "a line of cells": lambda size: head + bar * size + b"\n" + tail,
        "a cell of text": lambda size: head + row.rstrip() + b"A" * size + b"\n" + tail,
        "lines of one sign": lambda size: head + b"0\n" * (size // 2) + tail,
    }
