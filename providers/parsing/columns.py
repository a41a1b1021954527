"""Reads the columns of a Parquet or CSV file as arrays, held to their dataset's schema.

Four million prices take half a second this way, and ten as a frame with a Python string in each row: text becomes
codes into a short vocabulary, and numbers and days stay in the buffers they were decoded into.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from providers.errors import MalformedError, RefusedError
from shortside.schema import Column, ColumnKind, FrameSchema, SchemaError, missing_column

STRETCH: Final = 2**18
"""Rows decoded at a time. Whole row groups take 60 MB more and, being out of the caches, a third longer."""
TEXTUAL: Final = frozenset({ColumnKind.TEXT, ColumnKind.FLAG})

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Columns:
    """Some rows of a file, column by column."""

    where: str
    """The file's name, for errors."""
    first_row: int
    """The number of the first of these rows in the file."""
    row_word: str
    """What rows are called there: `row`, or `line`."""
    arrays: dict[str, Array]
    """Days as `datetime64[D]`, numbers as `float64`, flags as `bool`, text as codes into its vocabulary."""
    vocabularies: dict[str, Array]
    """The texts of each text column; the empty string is among them where something is unknown."""

    def __len__(self) -> int:
        """How many rows there are."""
        return len(next(iter(self.arrays.values())))


def read_columns(path: Path, schema: FrameSchema) -> Iterator[Columns]:
    """The file's rows in pieces that fit in memory, in the file's order. Keys may still repeat.

    Raises:
        MalformedError: the file is cut off or of another kind, a column is missing, or a value breaks the schema.
        RefusedError: the file may not be read.
    """
    try:
        if path.suffix == ".parquet":
            yield from _of_parquet(path, schema)
        else:
            yield _of_csv(path, schema)
    except SchemaError as error:
        raise MalformedError.of_schema(error) from error
    except PermissionError as error:
        raise RefusedError(f"{path.name} may not be read") from error


def read_frame(path: Path, schema: FrameSchema) -> pd.DataFrame:
    """The whole of a small CSV file as a frame.

    Raises:
        MalformedError, RefusedError: as `read_columns`.
    """
    try:
        return schema.conform(_csv_cells(path), path.name, first_row=2, row_word="line")
    except SchemaError as error:
        raise MalformedError.of_schema(error) from error
    except PermissionError as error:
        raise RefusedError(f"{path.name} may not be read") from error


def _of_csv(path: Path, schema: FrameSchema) -> Columns:
    # The key is left to the caller, who forgives rows that are the same in everything.
    keyless = FrameSchema(schema.dataset, schema.columns, ())
    frame = keyless.conform(_csv_cells(path), path.name, first_row=2, row_word="line")
    return columns_of(frame, schema, path.name)


def columns_of(frame: pd.DataFrame, schema: FrameSchema, where: str) -> Columns:
    """The columns of a frame that conforms to the schema and was a CSV file."""
    arrays: dict[str, Array] = {}
    vocabularies: dict[str, Array] = {}
    for column in schema.columns:
        values = frame[column.name].to_numpy()
        if column.kind is ColumnKind.TEXT:
            codes, vocabulary = pd.factorize(values)
            arrays[column.name] = codes.astype(np.int32)
            vocabularies[column.name] = vocabulary.astype(object)
        elif column.kind is ColumnKind.DATE:
            arrays[column.name] = values.astype("datetime64[D]")
        else:
            arrays[column.name] = values if column.kind is ColumnKind.FLAG else values.astype(np.float64)
    return Columns(where=where, first_row=2, row_word="line", arrays=arrays, vocabularies=vocabularies)


def _csv_cells(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False, skip_blank_lines=False, index_col=False)
    except (pd.errors.EmptyDataError, pd.errors.ParserError, UnicodeDecodeError, EOFError) as error:
        raise MalformedError(f"cannot be read as CSV: {error}", where=path.name) from error


def _of_parquet(path: Path, schema: FrameSchema) -> Iterator[Columns]:
    texts = [column.name for column in schema.columns if column.kind in TEXTUAL]
    try:
        # Before the file is opened for good: Arrow knows no sentence for a text column that is not there.
        _require_columns(path.name, schema, pq.read_schema(path).names)
        with pq.ParquetFile(path, read_dictionary=texts) as file:
            first_row = 1
            names = [column.name for column in schema.columns]
            for batch in file.iter_batches(STRETCH, columns=names):
                yield _checked(batch, schema, path.name, first_row)
                first_row += batch.num_rows
    except (pa.ArrowInvalid, pa.ArrowTypeError, EOFError) as error:
        raise MalformedError(f"is cut off or no Parquet file ({_brief(error)})", where=path.name) from error
    except OSError as error:
        if isinstance(error, PermissionError):
            raise
        raise MalformedError(f"is damaged ({_brief(error)})", where=path.name) from error


def _brief(error: Exception) -> str:
    return str(error).split("\n", 1)[0].split(". ", 1)[0][:120]


def _require_columns(where: str, schema: FrameSchema, present: Sequence[str]) -> None:
    for column in schema.columns:
        if column.name not in present:
            raise missing_column(where, column.name, present)


def _checked(table: pa.RecordBatch, schema: FrameSchema, where: str, first_row: int) -> Columns:
    arrays: dict[str, Array] = {}
    vocabularies: dict[str, Array] = {}
    for column in schema.columns:
        values = _cast(table.column(column.name), column, where)
        if column.kind in TEXTUAL:
            codes, vocabulary = _codes(values)
            fault = _text_fault(column, codes, vocabulary)
            if column.kind is ColumnKind.FLAG:
                arrays[column.name] = (vocabulary != "")[codes] if len(vocabulary) else np.zeros(len(codes), bool)
            else:
                arrays[column.name], vocabularies[column.name] = codes, vocabulary
        else:
            arrays[column.name] = values.to_numpy(zero_copy_only=False)
            fault = column.first_fault(arrays[column.name])
        if fault is not None:
            raise SchemaError(where, column.name, fault[1], row=first_row + fault[0])
    return Columns(where=where, first_row=first_row, row_word="row", arrays=arrays, vocabularies=vocabularies)


def _text_fault(column: Column, codes: Array, vocabulary: Array) -> tuple[int, str] | None:
    if column.is_nullable or column.kind is ColumnKind.FLAG or not (vocabulary == "").any():
        return None
    is_missing = (vocabulary == "")[codes]
    return (int(is_missing.argmax()), "is missing") if is_missing.any() else None


def _cast(values: pa.Array, column: Column, where: str) -> pa.Array:
    """The values in the column's own type; Arrow's casts refuse what they cannot keep."""
    try:
        if column.kind in TEXTUAL:
            if pa.types.is_boolean(values.type):
                values = pc.if_else(values, "true", "")
            is_coded = pa.types.is_dictionary(values.type)
            return values if is_coded else values.cast(pa.string()).dictionary_encode()
        return values.cast(pa.date32() if column.kind is ColumnKind.DATE else pa.float64())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError) as error:
        raise SchemaError(where, column.name, f"{values.type} cannot be read as {column.kind}") from error


def _codes(values: pa.DictionaryArray) -> tuple[Array, Array]:
    """Codes and vocabulary, with the empty string for null."""
    vocabulary = [text or "" for text in values.dictionary.to_pylist()]
    indices = values.indices
    if indices.null_count:
        vocabulary.append("")
        indices = pc.fill_null(indices.cast(pa.int32()), len(vocabulary) - 1)
    texts = np.empty(len(vocabulary), object)
    texts[:] = vocabulary
    return indices.to_numpy(zero_copy_only=False).astype(np.int32, copy=False), texts


@dataclass(frozen=True, slots=True)
class Repeats:
    """What was found among rows with the same key."""

    same: int
    """Rows that repeat an earlier one in everything."""
    conflict: tuple[int, int] | None
    """The first two rows, by index, with one key and different values."""


def repeats(keys: npt.NDArray[np.int64], values: Sequence[npt.NDArray[Any]]) -> Repeats:
    """Compare the rows that share a key.

    Args:
        keys: (R,) one number a row, equal for rows that must not both be there.
        values: arrays of (R,); NaN equals NaN here.
    """
    order = np.argsort(keys, kind="stable")
    again = np.flatnonzero(keys[order][1:] == keys[order][:-1])
    earlier, later = order[again], order[again + 1]
    differs = np.zeros(len(again), bool)
    for column in values:
        one, other = column[earlier], column[later]
        differs |= (one != other) & ~((one != one) & (other != other))  # NaN is unlike itself
    if not differs.any():
        return Repeats(len(again), None)
    first = int(np.flatnonzero(differs)[np.argmin(later[differs])])
    return Repeats(int((~differs).sum()), (int(earlier[first]), int(later[first])))
