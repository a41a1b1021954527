"""Holds the small tables of a market folder to a size: lists of splits, members of indexes, figures of funds."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from providers.parsing.unpacking import GZIP_DAMAGE, LARGEST_SMALL_TABLE_BYTES, document_in, too_large


def small(path: Path) -> Path:
    """The path of a table that is no larger than such a table may be.

    One that cannot be unpacked or opened is left to whoever reads it, who says why.

    Raises:
        MalformedError: it is larger, or unpacks to more.
    """
    with suppress(OSError, *GZIP_DAMAGE):
        if path.suffix == ".gz":
            document_in(path, LARGEST_SMALL_TABLE_BYTES)
        elif path.stat().st_size > LARGEST_SMALL_TABLE_BYTES:
            raise too_large(LARGEST_SMALL_TABLE_BYTES, path.name, "has")
    return path
