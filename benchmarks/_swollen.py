"""Bodies made to take far more memory than they have bytes: values without number, one endless line, deep brackets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

MEGABYTE: Final = 2**20
LARGEST_BYTES: Final = 64 * MEGABYTE
"""As many bytes as an answer over HTTP may have."""


def swollen(body: bytes, size: int = LARGEST_BYTES) -> Iterator[tuple[str, bytes]]:
    """What is wrong with each body, and the body, about as large as may be.

    Args:
        body: a small one that its parser reads; of JSON a list in it is filled, of a table its rows.
        size: bytes of each body.
    """
    yield "deep brackets", b"[" * size
    yield "deep objects", b'{"a":' * (size // 5)
    yield "a number of digits", b"9" * size
    yield "one endless text", b'"' + b"A" * (size - 2) + b'"'
    yield "text beyond the first plane", b'"' + "\U0001f600".encode() * (size // 4) + b'"'
    yield "empty lines", b"\n" * size
    yield "empty cells", b"," * size
    yield "empty cells between bars", b"|" * size
    yield from _of_json(body, size) if body[:1] in (b"{", b"[") else _of_table(body, size)


def _of_json(body: bytes, size: int) -> Iterator[tuple[str, bytes]]:
    for what, one in (("lists", b"[]"), ("objects", b"{}"), ("small objects", b'{"":0}'), ("noughts", b"0")):
        many = b"[" + one + (b"," + one) * (size // (len(one) + 1) - 1) + b"]"
        yield f"{what} without number", many
        marked = _with_longest_list_marked(json.loads(body))
        if marked is not None:
            yield f"{what} in its list", json.dumps(marked).encode().replace(b'["*"]', many)
    rows = _longest_list(json.loads(body))
    if rows:
        row = json.dumps(rows[0]).encode()
        marked = json.dumps(_with_longest_list_marked(json.loads(body))).encode()
        yield (
            "its rows over again",
            marked.replace(b'["*"]', b"[" + row + (b"," + row) * (size // (len(row) + 1)) + b"]"),
        )


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


def _of_table(body: bytes, size: int) -> Iterator[tuple[str, bytes]]:
    lines = body.splitlines(keepends=True)
    middle = max(1, len(lines) // 2)
    head, row, tail = (
        b"".join(lines[:middle]),
        lines[middle - 1 if middle == len(lines) else middle],
        lines[middle + 1 :],
    )
    yield "its rows over again", head + row * (size // max(1, len(row))) + b"".join(tail)
    bar = b"|" if b"|" in row else b","
    yield "a line of cells", head + bar * size + b"\n" + b"".join(tail)
    yield "a cell of text", head + row.rstrip() + b"A" * size + b"\n" + b"".join(tail)
    yield "lines of one sign", head + b"0\n" * (size // 2) + b"".join(tail)
