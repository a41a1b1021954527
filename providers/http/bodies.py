"""Reads an answer's body as it travelled, and unpacks it so that half a body never passes for a whole one."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from typing import Final

import httpx

from providers.errors import MalformedError, UnreachableError

LARGEST: Final = 64 * 2**20
"""Bytes on the wire after which an answer is taken for a mistake."""
LARGE: Final = 64 * 2**10
"""Bytes from which on working on a body leaves the event loop."""


async def wire_bytes(response: httpx.Response, host: str) -> bytes:
    """The body as it travelled: httpx would unpack half an answer without a word."""
    pieces: list[bytes] = []
    size = 0
    assert isinstance(response.stream, httpx.AsyncByteStream)
    async for piece in response.stream:
        pieces.append(piece)
        size += len(piece)
        if size > LARGEST:
            raise MalformedError(f"the answer is larger than {LARGEST // 2**20} MB", where=host)
    return b"".join(pieces)


async def unpacked(packed: bytes, encoding: str, host: str) -> bytes:
    """A whole body out of what travelled; a large one is unpacked in a thread.

    Args:
        packed: what travelled.
        encoding: what the host says of it.
        host: what to call it in an error.

    Raises:
        MalformedError: it is packed in a way we did not ask for.
        UnreachableError: it is damaged, or was cut off on the way.
    """
    if encoding in {"", "identity"} or not packed:
        return packed
    if encoding != "gzip":
        raise MalformedError(f"the answer is packed as {encoding!r}, which we did not ask for", where=host)
    try:
        return await asyncio.to_thread(gzip.decompress, packed) if len(packed) > LARGE else gzip.decompress(packed)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        words = f"{host} sent an answer that is damaged or was cut off after {len(packed):,} bytes"
        raise UnreachableError(words) from error
