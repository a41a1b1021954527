"""Keeps parsed listings as plain arrays on disk, to be mapped into memory the next time instead of parsed.

One folder a copy: a `.npy` file for each array, a `.json` file for each column of texts, `meta.json` for the rest. A
folder is renamed into place when it is complete. Whatever else lies there, half-written, foreign or of an older format,
is passed over with a word.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np

from providers.durable import PARTIAL_PREFIX, make_folder, private, sync_folder
from providers.listings.parts import Array, Record, put_together, taken_apart
from providers.ordinary_files import MEGABYTE, RECORD_DAMAGE, content_of, require_ordinary
from shortside.listings import Listings

FORMAT: Final = "shortside.listings/8"
"""Changes whenever what is written does, or a rule by which listings are made of what was read."""
LARGEST_TEXTS_BYTES: Final = 64 * MEGABYTE
"""Of a column of texts; the names of all symbols have half a megabyte."""
MOST_COPIES_KEPT: Final = 4
"""Copies kept in a folder; the least recently written go first."""

Complain = Callable[[str], None]


class _ForeignError(Exception):
    """What lies there is no copy of ours."""


def save_listings(listings: Listings, folder: Path, key: str, complain: Complain) -> None:
    """Keep a copy under a key; a copy that cannot be kept is only complained of.

    Args:
        listings: what to keep.
        folder: where; made if it is not there.
        key: names the inputs and options the listings were made from.
        complain: told, in a sentence, why there is no copy.
    """
    partial: Path | None = None
    try:
        make_folder(folder)
        partial = Path(tempfile.mkdtemp(prefix=PARTIAL_PREFIX, dir=folder))
        _write(listings, partial, key)
        target = folder / _name(key)
        if target.exists():
            shutil.rmtree(target)
        partial.rename(target)
        sync_folder(folder)
        _drop_oldest(folder)
    except OSError as error:
        complain(f"no copy of the market is kept in {folder}: {error.strerror or error}")
    finally:
        if partial is not None and partial.exists():
            shutil.rmtree(partial, ignore_errors=True)


def load_listings(folder: Path, key: str, complain: Complain) -> Listings | None:
    """The copy kept under a key, its arrays mapped read-only; None if there is none one could trust.

    Args:
        folder: where copies are kept.
        key: as it was saved under.
        complain: told, in a sentence, of a copy that was passed over.
    """
    place = folder / _name(key)
    try:
        if not place.is_dir():
            return None
        return _read(place, key)
    except (*RECORD_DAMAGE, EOFError, _ForeignError) as error:
        complain(f"the copy of the market in {place} is passed over: {error}")
        return None


def _name(key: str) -> str:
    return f"listings-{key[:32]}"


def _drop_oldest(folder: Path) -> None:
    copies = sorted(folder.glob("listings-*"), key=lambda path: path.stat().st_mtime_ns)
    for path in copies[:-MOST_COPIES_KEPT]:
        shutil.rmtree(path, ignore_errors=True)


def _write(listings: Listings, place: Path, key: str) -> None:
    def keep(name: str, array: Array) -> Record:
        file_name = f"{name}.npy"
        # Session by session, as markets are made of it: a table that is laid out by names is copied four times slower.
        rows = np.ascontiguousarray(array) if array.ndim > 1 else array
        _synced(place / file_name, lambda file: np.save(file, rows, allow_pickle=False))
        return {"file": file_name, "dtype": array.dtype.str}

    def keep_texts(name: str, texts: list[Any]) -> str:
        # A file each: reading JSON holds the interpreter, and all columns at once would hold it for 50 ms.
        file_name = f"{name}.json"
        _synced(place / file_name, lambda file: file.write(json.dumps(texts).encode()))
        return file_name

    meta = {"format": FORMAT, "key": key, "values": taken_apart(listings, keep, keep_texts)}
    _synced(place / "meta.json", lambda file: file.write(json.dumps(meta).encode()))
    sync_folder(place)


def _synced(path: Path, write: Callable[[Any], object]) -> None:
    with open(path, "wb", opener=private) as file:
        write(file)
        file.flush()
        os.fsync(file.fileno())


def _read(place: Path, key: str) -> Listings:
    meta = json.loads(content_of(place / "meta.json", LARGEST_TEXTS_BYTES))
    if not isinstance(meta, dict) or meta.get("format") != FORMAT:
        raise _ForeignError("it is of another format")
    if meta["key"] != key:
        raise _ForeignError("it was made from other inputs")
    return put_together(
        meta["values"],
        lambda record: _array(place / str(record["file"]), record),
        lambda name: _texts(place / name),
    )


def _texts(path: Path) -> list[Any]:
    texts = json.loads(content_of(path, LARGEST_TEXTS_BYTES))
    if not isinstance(texts, list):
        raise _ForeignError(f"{path.name} is not the column it should be")
    return texts


def _array(path: Path, record: dict[str, Any]) -> np.ndarray[Any, Any]:
    require_ordinary(path)
    # A file of no elements cannot be mapped. Plain arrays over the map: a memmap's own methods are slower.
    mode: Any = None if 0 in record["shape"] else "r"
    array = np.asarray(np.load(path, mmap_mode=mode, allow_pickle=False))
    if list(array.shape) != record["shape"] or array.dtype.str != record["dtype"]:
        raise _ForeignError(f"{path.name} is not the array it should be")
    return array
