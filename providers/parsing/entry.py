"""Lets a parsed frame in through its schema, and speaks of what is wrong in the providers' own words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from providers.errors import MalformedError
from providers.events import Events
from providers.parsing.boundary import LIBRARY_ERRORS, note
from shortside.column_cells import Columns, columns_of, rows_in
from shortside.datasets import Dataset
from shortside.schema import Column, ColumnKind, FrameSchema, SchemaError

MOST_DIGITS: Final = 19
"""Digits of the longest whole number anybody means: a moment in billionths of a second."""
DOUBTFUL_JSON: Final = re.compile(rb"[0-9]{20}|\\u[dD][89a-fA-F]|NaN|Infinity")
"""What is read more slowly, because it needs a second look: long numbers, halves of signs, words for no number."""
MOST_LEFT_OUT_RATIO: Final = 0.02
"""The part of a table's rows that may be left out because they cannot be read; beyond it the table is refused."""
LONGEST_NOTE: Final = 300
"""Characters of the sentence on rows that are left out."""
FEWEST_ROWS_LEFT_OUT: Final = 3
"""So many may be left out of a small table, too, as long as others are left."""

_events: Final = Events("parsing")
Given = TypeVar("Given")
Read = TypeVar("Read")
Line = TypeVar("Line", str, bytes, list[str])

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


def enter(
    schema: FrameSchema, rows: pd.DataFrame | Columns, where: str, *, first_row: int = 1, row_word: str = "row"
) -> pd.DataFrame:
    """The rows as the schema has them, without a few that cannot be read: `leave_out` says so.

    Args:
        schema: what the rows are held to.
        rows: a frame, or its columns; numbers and days may still be text.
        where: what to call them in an error.
        first_row: the number of the first of them in their file.
        row_word: what the file calls its rows.

    Raises:
        MalformedError: a column is missing, a key repeats, or more values than a few are out of bounds.
    """
    columns = columns_of(rows)
    try:
        return schema.conform(columns, where, first_row=first_row, row_word=row_word)
    except SchemaError as error:
        complaint = MalformedError.of_schema(error)
        count = rows_in(columns)
        # Of a single row nothing would be left.
        if error.row is None or count == 1:
            raise complaint from error
        is_odd = schema.odd_rows(columns)
        if not is_odd.any():
            raise complaint from error
        leave_out(int(is_odd.sum()), count, complaint)
        # Of what is left only a key can be wrong, whose rows have other numbers now.
        return enter(schema, {name: cells[~is_odd] for name, cells in columns.items()}, where)


def leave_out(odd: int, rows: int, first: MalformedError) -> None:
    """Say that some rows of a table are left out, where they are few: in the log, and in what the parser gives back.

    Args:
        odd: how many cannot be read, at least one.
        rows: how many there are with them.
        first: what is wrong with the first of them.

    Raises:
        MalformedError: `first`, where they are more than a few, or all.
    """
    if odd >= rows or odd > max(MOST_LEFT_OUT_RATIO * rows, FEWEST_ROWS_LEFT_OUT):
        raise first
    _events.warning("rows_left_out", where=first.where, rows=odd, of=rows, first=str(first))
    note(f"{odd} of {rows:,} rows cannot be read and are left out, the first: {first}"[:LONGEST_NOTE])


def read_each(given: Iterable[Given], read: Callable[[Given], Read], where: str) -> list[Read]:
    """What is read of each, without a few that cannot be read.

    Raises:
        MalformedError: more than a few cannot be read.
    """
    found: list[Read] = []
    first: MalformedError | None = None
    odd = 0
    for row, one in enumerate(given, start=1):
        try:
            found.append(read(one))
        except MalformedError as error:
            odd, first = odd + 1, first or error
        except LIBRARY_ERRORS as error:
            reason = f"cannot be read ({type(error).__name__}: {error})"
            odd, first = odd + 1, first or MalformedError(reason, where=where, line=row, line_word="row")
    if first is not None:
        leave_out(odd, odd + len(found), first)
    return found


def even_lines(lines: Sequence[Line], is_even: Callable[[Line], bool], where: str, reason: str) -> list[Line]:
    """The lines below a header, at line 2, that have as many cells as it.

    Raises:
        MalformedError: the last has not, so that the file was cut off, or more than a few have not.
    """
    uneven = [at for at, line in enumerate(lines) if not is_even(line)]
    if not uneven:
        return list(lines)
    first = MalformedError(reason, where=where, line=uneven[0] + 2)
    if uneven[-1] == len(lines) - 1:
        raise first
    leave_out(len(uneven), len(lines), first)
    return [line for line in lines if is_even(line)]


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
        if not DOUBTFUL_JSON.search(body):
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
    """The value as a list of records, without a few that are none.

    Raises:
        MalformedError: it is something else.
    """
    complaint = MalformedError(f"holds {type(value).__name__} where rows belong", where=where)
    if not isinstance(value, list):
        raise complaint
    records = [row for row in value if isinstance(row, dict)]
    if len(records) < len(value):
        leave_out(len(value) - len(records), len(value), complaint)
    return records


def column_of(rows: list[dict[str, Any]], name: str) -> list[Any]:
    """One field of every record, None where a record lacks it."""
    return [row.get(name) for row in rows]


def cells_of(rows: list[dict[str, Any]], name: str) -> npt.NDArray[np.object_]:
    """(rows,) one field of every record as it is, None where a record lacks it."""
    return np.fromiter(column_of(rows, name), object, len(rows))
