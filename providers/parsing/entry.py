"""Lets a parsed frame in through its schema, and speaks of what is wrong in the providers' own words."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from providers.errors import MalformedError
from providers.events import Events
from shortside.datasets import Dataset
from shortside.schema import Column, ColumnKind, FrameSchema, SchemaError

MOST_DIGITS: Final = 19
"""Digits of the longest whole number anybody means: a moment in billionths of a second."""
ODD: Final = re.compile(rb"[0-9]{20}|\\u[dD][89a-fA-F]|NaN|Infinity")
"""What is read more slowly, because it needs a second look: long numbers, halves of signs, words for no number."""
MOST_ODD_SHARE: Final = 0.02
"""The part of a table's rows that may be left out because they cannot be read; beyond it the table is refused."""
LEAST_ODD: Final = 3
"""So many may be left out of a small table, too, as long as others are left."""

_events: Final = Events("parsing")

QUOTES: Final = FrameSchema(
    Dataset.QUOTES,
    (
        Column(name="symbol", kind=ColumnKind.TEXT),
        Column(name="price", kind=ColumnKind.MONEY, unit="USD a share", minimum=0),
        Column(name="previous_close", kind=ColumnKind.MONEY, unit="USD a share", is_nullable=True, minimum=0),
        Column(name="volume", kind=ColumnKind.QUANTITY, unit="shares", is_nullable=True, minimum=0),
        Column(name="quoted_at", kind=ColumnKind.INTEGER, unit="seconds since 1970, UTC", minimum=0),
    ),
    key=("symbol",),
)
"""Last prices of a watch list; the volume is the session's so far, NaN where the source gives a fragment."""


def enter(schema: FrameSchema, rows: pd.DataFrame, where: str) -> pd.DataFrame:
    """The rows as the schema has them, without a few that cannot be read: those are counted in `attrs["odd_rows"]`.

    Raises:
        MalformedError: a column is missing, a key repeats, or more values than a few are out of bounds.
    """
    try:
        return schema.conform(rows, where)
    except SchemaError as error:
        if error.row is None:
            raise MalformedError.of_schema(error) from error
        is_odd = schema.odd_rows(rows)
        few = max(MOST_ODD_SHARE * len(rows), LEAST_ODD)
        if not is_odd.any() or is_odd.all() or is_odd.sum() > few:
            raise MalformedError.of_schema(error) from error
        kept = enter(schema, rows.loc[~is_odd].reset_index(drop=True), where)
        words = f"{is_odd.sum()} of {len(rows):,} rows cannot be read and are left out, the first: {error}"
        _events.warning("rows_left_out", where=where, rows=int(is_odd.sum()), of=len(rows), first=str(error))
        kept.attrs["odd_rows"] = words
        return kept


def with_unsaid_counts(splits: pd.DataFrame, source: str) -> pd.DataFrame:
    """Splits with the columns of `SPLITS` that only a source with share counts could fill; `status` is the source."""
    never = np.full(len(splits), "NaT", "datetime64[s]")
    return splits.assign(shares_before=np.nan, shares_after=np.nan, shares_corrected_on=never, status=source)


def record_of(value: Any, where: str) -> dict[str, Any]:
    """The value as a JSON object.

    Raises:
        MalformedError: it is something else.
    """
    if not isinstance(value, dict):
        raise MalformedError(f"holds {type(value).__name__} where an object belongs", where=where)
    return value


def part_of(record: Mapping[str, Any], name: str, where: str) -> dict[str, Any]:
    """An object inside another; empty where it is missing or null.

    Raises:
        MalformedError: something else stands there.
    """
    value = record.get(name)
    return {} if value is None else record_of(value, f"{where}, {name}")


def require_rows(found: int, fewest: int, where: str) -> None:
    """Let a list pass that is as long as such a list ever is.

    Raises:
        MalformedError: it is short; a short list must not replace a whole one.
    """
    if found < fewest:
        raise MalformedError(f"has {found:,} rows, and such a list never has fewer than {fewest:,}", where=where)


def read_json(body: bytes, where: str) -> Any:
    """The value of a JSON body.

    Args:
        body: UTF-8.
        where: what to call it in an error.

    Raises:
        MalformedError: it is no JSON, or was cut off.
    """
    try:
        if not ODD.search(body):
            return json.loads(body, object_hook=_itself)
        return _mended(json.loads(body, object_hook=_itself, parse_int=_number, parse_constant=_unknown))
    except (ValueError, RecursionError) as error:
        raise MalformedError(f"is garbled or cut off: {str(error)[:120]}", where=where) from error


def _number(digits: str) -> int | float:
    """A whole number as Python's, or as a float where it is longer than any that is meant: its row is left out."""
    return int(digits) if len(digits) <= MOST_DIGITS else float(digits)


def _unknown(_word: str) -> None:
    """`NaN` and `Infinity`, which are no JSON and no number."""


def _mended(value: Any) -> Any:
    """The value with a mark in place of every half of a sign, which no file and no terminal takes."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, list):
        return [_mended(one) for one in value]
    if isinstance(value, dict):
        return {_mended(name): _mended(one) for name, one in value.items()}
    return value


def _itself(record: dict[str, Any]) -> dict[str, Any]:
    """Does nothing, in Python: there the interpreter may switch threads.

    The C scanner never lets go otherwise, and 2 MB of screener stop the event loop for 24 ms; so it is 5 to 10.
    """
    return record


def rows_of(value: Any, where: str) -> list[dict[str, Any]]:
    """The value as a list of records.

    Raises:
        MalformedError: it is something else.
    """
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise MalformedError(f"holds {type(value).__name__} where rows belong", where=where)
    return value


def column_of(rows: list[dict[str, Any]], name: str) -> list[Any]:
    """One field of every record, None where a record lacks it."""
    return [row.get(name) for row in rows]
