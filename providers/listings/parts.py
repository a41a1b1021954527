"""Takes listings apart into plain arrays and a record that JSON can hold, and puts them together again, bit for bit."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from dataclasses import fields
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from shortside.doubts import Doubt, DoubtRule
from shortside.listings import Borrow, LendingList, Listings, Splits, ThresholdStatus, UnpricedSecurities
from shortside.net_changes import NetChanges
from shortside.symbol_changes import SymbolChanges

Array = npt.NDArray[Any]
Record = dict[str, Any]

Keep = Callable[[str, Array], Record]
"""Stores an array of numbers, days or flags; what it returns tells `Fetch` where. `shape` is added to it."""
Fetch = Callable[[Record], Array]
"""Gives the array of such a record back."""
KeepTexts = Callable[[str, list[Any]], str]
"""Stores a column of texts apart from the record; what it returns tells `FetchTexts` where."""
FetchTexts = Callable[[str], list[Any]]

_PARTS: Final[dict[str, type[Any]]] = {
    "splits": Splits,
    "net_changes": NetChanges,
    "borrow": Borrow,
    "lending": LendingList,
    "threshold": ThresholdStatus,
    "unpriced": UnpricedSecurities,
    "symbol_changes": SymbolChanges,
}


ADDED_LATER: Final = frozenset({"fee_day_ago", "fee_week_ago", "symbol_changes"})
"""Fields that recordings made before they were there lack; they have a default."""
LONGEST_SIDE: Final = 10_000_000
"""Elements along one side of an array, also of one that has none: there are some thousand names and sessions."""


def array_of(content: bytes) -> Array:
    """The array that `numpy.save` made these bytes of, to be read only.

    Raises:
        ValueError: it is none, or is not as large as it says: no memory is set aside for a mere claim.
    """
    file = io.BytesIO(content)
    if np.lib.format.read_magic(file) != (1, 0):
        raise ValueError("the array is of another make")
    shape, is_column_wise, dtype = np.lib.format.read_array_header_1_0(file)
    if any(not 0 <= side <= LONGEST_SIDE for side in shape):
        raise ValueError("the array is of an impossible shape")
    if dtype.hasobject or not dtype.itemsize:
        raise ValueError(f"the array is of {dtype.str}")
    if math.prod(shape) * dtype.itemsize != len(content) - file.tell():
        raise ValueError("the array is not as large as it says")
    flat = np.frombuffer(content, dtype, offset=file.tell())
    return flat.reshape(shape, order="F" if is_column_wise else "C")


def taken_apart(listings: Listings, keep: Keep, keep_texts: KeepTexts | None = None) -> Record:
    """What a record says of each field, the arrays being stored on the way under names such as `splits.ex_date`.

    Texts are in the record itself unless somebody stores them, too.
    """
    return _record(listings, "", keep, keep_texts)


def put_together(record: Record, fetch: Fetch, fetch_texts: FetchTexts | None = None) -> Listings:
    """The listings a record was made of.

    Raises:
        KeyError, TypeError, ValueError: it is no such record.
    """
    listings: Listings = _part(Listings, record, fetch, fetch_texts)
    return listings


def _record(part: Any, prefix: str, keep: Keep, keep_texts: KeepTexts | None) -> Record:
    record: Record = {}
    for field in fields(part):
        value = getattr(part, field.name)
        if isinstance(value, np.ndarray) and value.dtype != object:
            record[field.name] = {**keep(f"{prefix}{field.name}", value), "shape": list(value.shape)}
        elif isinstance(value, np.ndarray):
            texts = value.tolist()
            record[field.name] = {"texts": texts if keep_texts is None else keep_texts(f"{prefix}{field.name}", texts)}
        elif isinstance(value, np.datetime64):
            record[field.name] = {"day": str(value)}
        elif field.name in _PARTS and value is not None:
            record[field.name] = {"part": _record(value, f"{field.name}.", keep, keep_texts)}
        elif field.name == "doubts":
            record[field.name] = {"doubts": [_doubt_record(doubt) for doubt in value]}
        else:
            record[field.name] = {"value": value}
    return record


def _doubt_record(doubt: Doubt) -> Record:
    # JSON has no number for what is unknown.
    multiple = doubt.multiple if doubt.is_about_prices else None
    return {
        "symbol": doubt.symbol,
        "rule": doubt.rule.name,
        "session": str(doubt.session),
        "evidence": doubt.evidence,
        "multiple": multiple,
    }


def _doubt(record: Record) -> Doubt:
    return Doubt(
        symbol=record["symbol"],
        rule=DoubtRule[record["rule"]],
        session=np.datetime64(record["session"], "D"),
        evidence=record["evidence"],
        multiple=math.nan if record["multiple"] is None else float(record["multiple"]),
    )


def _part(kind: type[Any], record: Record, fetch: Fetch, fetch_texts: FetchTexts | None) -> Any:
    names = [field.name for field in fields(kind) if field.name in record or field.name not in ADDED_LATER]
    return kind(**{name: _value(name, record[name], fetch, fetch_texts) for name in names})


def _value(name: str, record: Record, fetch: Fetch, fetch_texts: FetchTexts | None) -> Any:
    if "shape" in record:
        return fetch(record)
    if "texts" in record:
        given = record["texts"]
        if isinstance(given, str):
            if fetch_texts is None:
                raise ValueError(f"the texts of {name} are elsewhere")
            given = fetch_texts(given)
        texts = np.empty(len(given), object)
        texts[:] = given
        return texts
    if "day" in record:
        return np.datetime64(record["day"], "D")
    if "doubts" in record:
        return tuple(_doubt(one) for one in record["doubts"])
    if "part" in record:
        return _part(_PARTS[name], record["part"], fetch, fetch_texts)
    value = record["value"]
    return tuple(value) if isinstance(value, list) else value
