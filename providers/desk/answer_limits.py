"""Bounds what one answer of a desk's server may hold, while it is read: redis-py reads as much as the server says.

A server that is not the user's own, or broken, may announce a text without end, or lists of lists of it.
"""

from __future__ import annotations

from typing import Any, Final

from redis._parsers import _AsyncRESP2Parser
from redis.exceptions import InvalidResponse

from providers.desk.layout import LARGEST_VINTAGE_BYTES

LARGEST_ANSWER_BYTES: Final = LARGEST_VINTAGE_BYTES + 2**20
"""Of one answer with all that it nests: the largest that is asked for is a vintage's file."""
BYTES_OF_AN_ELEMENT: Final = 64
"""What a number or text of a list takes in memory beside its own bytes."""


class BoundedParser(_AsyncRESP2Parser):
    """Redis-py's own reader of answers, which refuses one that is larger than anybody asks for before it is there."""

    __slots__ = ("_left",)

    async def read_response(self, disable_decoding: bool = False) -> Any:
        """One answer.

        Raises:
            InvalidResponse: it is too large; the connection is of no use any more.
        """
        self._left = LARGEST_ANSWER_BYTES
        return await super().read_response(disable_decoding)

    async def _read(self, length: int) -> bytes:
        self._take(length)
        return await super()._read(length)

    async def _readline(self) -> bytes:
        line = await super()._readline()
        self._take(len(line) + BYTES_OF_AN_ELEMENT)
        return line

    def _take(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise InvalidResponse(f"an answer of more than {LARGEST_ANSWER_BYTES >> 20} MB")
