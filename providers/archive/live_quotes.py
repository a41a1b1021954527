"""Hands the newest prices of a running session to every terminal on the machine: one file a source, always replaced.

No history: the closes go into the archive. A price of ten minutes ago is worth nothing once there is a newer one.
Plain arrays: who reads them draws a screen, and has neither pandas nor Arrow in its memory.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from providers.durable import make_folder_within, replace_file
from providers.errors import MalformedError
from providers.listings.parts import Array, array_of
from providers.ordinary_files import content_of
from providers.parsing.unpacking import LARGEST_QUOTES_BYTES, ZIP_DAMAGE, member_of, require_few_members
from shortside.listings import Floats, Indexes
from shortside.sessions import believable
from shortside.snapshot import Snapshot

LIVE_QUOTES_FOLDER: Final = "live"
"""Beside the datasets of the archive."""
LIVE_QUOTES_SUFFIX: Final = ".npz"
_SCHEMA: Final = "shortside.quotes/2"


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Quotes:
    """Last prices of a session, by our spelling of symbols."""

    source: str
    as_of: date
    """The session."""
    fetched_at: datetime
    """UTC."""
    symbols: tuple[str, ...]
    prices: Floats
    """USD a share, above zero."""
    volumes: Floats
    """Shares so far; NaN where the source does not say."""
    moments: Floats
    """When each price was made, seconds since 1970; our look's where the source does not say."""


def quotes_of(snapshot: Snapshot) -> Quotes:
    """The prices in a snapshot of the screener or of a watch list; names without a price are left out."""
    frame = snapshot.frame
    prices = frame["price" if "price" in frame.columns else "close"].to_numpy(np.float64, na_value=np.nan)
    is_priced = prices > 0
    return Quotes(
        source=snapshot.source,
        as_of=snapshot.as_of,
        fetched_at=snapshot.fetched_at,
        symbols=tuple(frame["symbol"][is_priced]),
        prices=prices[is_priced],
        volumes=frame["volume"].to_numpy(np.float64, na_value=np.nan)[is_priced],
        moments=_moments(snapshot)[is_priced],
    )


def _moments(snapshot: Snapshot) -> Floats:
    frame = snapshot.frame
    if "quoted_at" not in frame.columns:
        return np.full(len(frame), snapshot.fetched_at.timestamp())
    return frame["quoted_at"].to_numpy(np.float64, na_value=np.nan)


def write_quotes(archive: Path, quotes: Quotes) -> Path:
    """Replace what a source said before; a reader sees the old file or the new one, never half of either.

    Raises:
        OSError: the folder may not be written, or the disk is full.
    """
    record = {"schema": _SCHEMA, "as_of": f"{quotes.as_of}", "fetched_at": quotes.fetched_at.isoformat()}
    folder = archive / LIVE_QUOTES_FOLDER
    make_folder_within(archive, folder)
    target = folder / (quotes.source + LIVE_QUOTES_SUFFIX)
    content = io.BytesIO()
    np.savez(
        content,
        record=json.dumps(record),
        symbol=np.array(quotes.symbols, np.str_),
        price=quotes.prices,
        volume=quotes.volumes,
        quoted_at=quotes.moments,
    )
    # Not synced: after a power cut these prices are old anyway.
    replace_file(target, content.getvalue())
    return target


def read_quotes(path: Path) -> Quotes:
    """What a source said last.

    Raises:
        MalformedError: the file is gone, or is something else.
    """
    try:
        packed = content_of(path, LARGEST_QUOTES_BYTES)
        require_few_members(packed, path.name)
        with zipfile.ZipFile(io.BytesIO(packed)) as arrays:
            record: dict[str, Any] = json.loads(str(_array(arrays, "record", path.name)))
            if record["schema"] != _SCHEMA:
                raise ValueError(f"it is no {_SCHEMA}")
            symbols = _array(arrays, "symbol", path.name)
            return Quotes(
                source=path.name.removesuffix(LIVE_QUOTES_SUFFIX),
                as_of=believable(date.fromisoformat(record["as_of"])),
                fetched_at=believable(datetime.fromisoformat(record["fetched_at"])).astimezone(UTC),
                symbols=tuple(map(str, symbols.tolist())),
                prices=_numbers(arrays, "price", symbols, path.name),
                volumes=_numbers(arrays, "volume", symbols, path.name),
                moments=_numbers(arrays, "quoted_at", symbols, path.name),
            )
    except (*ZIP_DAMAGE, LookupError, TypeError, AttributeError) as error:
        raise MalformedError(f"cannot be read: {ascii(error)[:120]}", where=path.name) from error


def _numbers(arrays: zipfile.ZipFile, name: str, symbols: Array, where: str) -> Floats:
    """A number for each symbol."""
    numbers = _array(arrays, name, where)
    if symbols.ndim != 1 or numbers.shape != symbols.shape or numbers.dtype.kind != "f":
        raise ValueError(f"{name} are no numbers, one for each symbol")
    return numbers


def _array(arrays: zipfile.ZipFile, name: str, where: str) -> Array:
    """One of the arrays that `numpy.savez` put into a zip."""
    return array_of(member_of(arrays, arrays.getinfo(f"{name}.npy"), LARGEST_QUOTES_BYTES, where))


def quoted_columns(quotes: Quotes, symbols: Sequence[str] | Mapping[str, int]) -> tuple[Indexes, Floats, Floats]:
    """The places of the quoted names in a list of symbols, their prices and when those were made.

    Args:
        quotes: the prices.
        symbols: of the market's columns, each once; or the column of each, for who looks them up beat after beat.
    """
    column_of = symbols if isinstance(symbols, Mapping) else {symbol: column for column, symbol in enumerate(symbols)}
    places = np.fromiter((column_of.get(symbol, -1) for symbol in quotes.symbols), np.int64, len(quotes.symbols))
    is_known = places >= 0
    return places[is_known], quotes.prices[is_known], quotes.moments[is_known]
