"""Reads an answer's body as it travelled, and unpacks it so that half a body never passes for a whole one."""

from __future__ import annotations

import asyncio
import io
from typing import Final

import httpx

from providers.errors import MalformedError, UnreachableError
from providers.parsing.unpacking import GZIP_DAMAGE, LARGEST_ANSWER_BYTES, MEGABYTE, gunzipped

GZIP_ENCODINGS: Final = frozenset({"gzip", "x-gzip"})
LARGE_BODY_BYTES: Final = 64 * 2**10
"""Bytes from which on a body is worked on in a thread, and not on the event loop."""


async def wire_bytes(response: httpx.Response, host: str) -> bytes:
    """The body as it travelled: httpx would unpack half an answer without a word."""
    # Not a list: a body in pieces of a few bytes would take ten times its size.
    body = io.BytesIO()
    assert isinstance(response.stream, httpx.AsyncByteStream)
    async for piece in response.stream:
        if body.tell() + len(piece) > LARGEST_ANSWER_BYTES:
            raise MalformedError(f"the answer is larger than {LARGEST_ANSWER_BYTES // MEGABYTE} MB", where=host)
        body.write(piece)
    return body.getvalue()


async def unpacked(packed: bytes, encoding: str, host: str) -> bytes:
    """The body as it was before it was packed, once, by gzip: nothing else is asked for.

    Raises:
        MalformedError: it is packed in another way, or unpacks to more than an answer has.
        UnreachableError: it is damaged, or was cut off.
    """
    way = encoding.strip().lower()
    if way in {"", "identity"} or not packed:
        return packed
    if way not in GZIP_ENCODINGS:
        raise MalformedError(f"the answer is packed as {way[:40]!a}, which we did not ask for", where=host)
    try:
        # Off the event loop however small it is: sixty kilobytes may hold sixty megabytes.
        return await asyncio.to_thread(gunzipped, packed, LARGEST_ANSWER_BYTES, host)
    except GZIP_DAMAGE as error:
        words = f"{host} sent an answer that is damaged or was cut off after {len(packed):,} bytes"
        raise UnreachableError(words) from error
