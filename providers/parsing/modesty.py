"""Refuses a body that would take far more memory as values than it has bytes, before anything is made of it.

Every comma may begin a value and every brace an object: twenty million empty lists are 64 MB of text, and 1.5 GB as
lists. So what parts values is counted, which takes a millisecond a megabyte, and the text is weighed as Python has it.
"""

from __future__ import annotations

import re
from typing import Final

from providers.errors import MalformedError
from providers.parsing.unpacking import MEGABYTE

MOST_VALUES: Final = 2_000_000
"""Values of a body, its lines, objects and lists counted among them; the largest we have seen has 800,000."""
LARGEST_TEXT_BYTES: Final = 48 * MEGABYTE
"""Of a body as text, to whose every sign Python gives as many bytes as its widest takes; the largest has 10 MB."""
SURELY_FEW_BYTES: Final = MOST_VALUES // 3
"""Bytes that cannot hold too many values, whatever they are: such a body is not counted through."""
_STEP_BYTES: Final = 128 * 1_024
"""Counted at a time: the interpreter is held meanwhile, and an event loop waits for it."""
_PARTING: Final = b",|\n\r[{"
_WEIGHT_OF_AN_OBJECT: Final = 2
"""Further values that an object takes the memory of, however empty it is."""
_WIDE: Final = re.compile(rb"[\xf0-\xf4][\x80-\xbf]")
"""Begins a sign that takes four bytes, and makes every other sign of its text take as many."""


def require_modest(body: bytes, where: str) -> None:
    """Let a body pass that holds no more values and no more text than there is memory for.

    Args:
        body: UTF-8 or latin-1, JSON or a table.
        where: what to call it in an error.

    Raises:
        MalformedError: it holds more.
    """
    if len(body) <= SURELY_FEW_BYTES:
        return
    width = 1 if body.isascii() else 4 if _WIDE.search(body) else 2
    if width * len(body) > LARGEST_TEXT_BYTES:
        raise MalformedError(f"takes more than {LARGEST_TEXT_BYTES // MEGABYTE} MB as text", where=where)
    values = 0
    for start in range(0, len(body), _STEP_BYTES):
        piece = body[start : start + _STEP_BYTES]
        values += len(piece) - len(piece.translate(None, _PARTING)) + _WEIGHT_OF_AN_OBJECT * piece.count(b"{")
        if values > MOST_VALUES:
            raise MalformedError(f"holds more than {MOST_VALUES:,} values", where=where)
