"""Reads the columns of a Parquet or CSV file as arrays, held to their dataset's schema.

Four million prices take half a second this way, and ten as a frame with a Python string in each row: text becomes
codes into a short vocabulary, and numbers and days stay in the buffers they were decoded into.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from providers.errors import MalformedError, RefusedError
from providers.parsing.parquet_pages import unpacked_bytes
from providers.parsing.small_tables import small
from providers.parsing.unpacking import (
    GZIP_DAMAGE,
    LARGEST_TABLE_BYTES,
    MOST_ROWS,
    BoundedLines,
    most_bytes_of,
    most_rows_of,
    too_large,
)
from shortside.column_cells import numbers_of
from shortside.schema import Column, ColumnKind, FrameSchema, SchemaError, missing_column

ROWS_AT_A_TIME: Final = 2**18
"""Rows decoded at a time. Whole row groups take 60 MB more and, being out of the caches, a third longer."""
CSV_LINES_AT_A_TIME: Final = 2**16
"""Lines of a CSV file read at a time: as text, a row takes ten times as much."""
LONGEST_TEXT: Final = 1_000
"""Characters of a cell; the longest name of a security has some two hundred."""
KINDS_READ_AS_TEXT: Final = frozenset({ColumnKind.TEXT, ColumnKind.FLAG})

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
            yield from _of_csv(path, schema)
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
        cells = pd.concat(csv_pieces(small(path)), ignore_index=True)
        return schema.conform(cells, path.name, first_row=2, row_word="line")
    except SchemaError as error:
        raise MalformedError.of_schema(error) from error
    except PermissionError as error:
        raise RefusedError(f"{path.name} may not be read") from error


def _of_csv(path: Path, schema: FrameSchema) -> Iterator[Columns]:
    # The key is left to the caller, who forgives rows that are the same in everything.
    keyless = FrameSchema(schema.dataset, schema.columns, ())
    first_row = 2
    for cells in csv_pieces(path):
        frame = keyless.conform(cells, path.name, first_row=first_row, row_word="line")
        yield columns_of(frame, schema, path.name, first_row)
        first_row += len(frame)
        if first_row > MOST_ROWS:
            raise MalformedError(f"has more than {MOST_ROWS:,} lines", where=path.name)


def columns_of(frame: pd.DataFrame, schema: FrameSchema, where: str, first_row: int = 2) -> Columns:
    """The columns of a frame that conforms to the schema and was a CSV file, or a piece of one."""
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
    return Columns(where=where, first_row=first_row, row_word="line", arrays=arrays, vocabularies=vocabularies)


def csv_pieces(path: Path) -> Iterator[pd.DataFrame]:
    """The cells of a CSV file as text, at least one piece of so many rows; unpacked where its name ends in `.gz`.

    Raises:
        MalformedError: it cannot be read as CSV, is damaged, or unpacks to too much.
        PermissionError: it may not be read.
    """
    try:
        with path.open("rb") as file, _plain(file, path) as text:
            pieces = pd.read_csv(
                text,
                dtype=str,
                keep_default_na=False,
                skip_blank_lines=False,
                index_col=False,
                chunksize=CSV_LINES_AT_A_TIME,
            )
            with pieces:
                for piece in pieces:
                    yield piece.reset_index(drop=True)
    except (pd.errors.EmptyDataError, pd.errors.ParserError, UnicodeDecodeError) as error:
        raise MalformedError(f"cannot be read as CSV: {_brief(error)}", where=path.name) from error
    except GZIP_DAMAGE as error:
        raise MalformedError(f"is cut off or not compressed by gzip ({_brief(error)})", where=path.name) from error


def _plain(file: BinaryIO, path: Path) -> BoundedLines:
    if path.suffix != ".gz":
        return BoundedLines(file, LARGEST_TABLE_BYTES, path.name, is_packed=False)
    return BoundedLines(file, most_bytes_of(path.stat().st_size, LARGEST_TABLE_BYTES), path.name)


def _of_parquet(path: Path, schema: FrameSchema) -> Iterator[Columns]:
    texts = [column.name for column in schema.columns if column.kind in KINDS_READ_AS_TEXT]
    try:
        # Before the file is opened for good: Arrow knows no sentence for a text column that is not there.
        metadata = pq.read_metadata(path)
        _require_columns(path.name, schema, metadata.schema.to_arrow_schema().names)
        require_modest_file(path, metadata)
        with pq.ParquetFile(path, read_dictionary=texts) as file:
            first_row = 1
            names = [column.name for column in schema.columns if column.name in file.schema_arrow.names]
            for batch in file.iter_batches(ROWS_AT_A_TIME, columns=names):
                yield _checked(batch, schema, path.name, first_row)
                first_row += batch.num_rows
    except (pa.ArrowException, EOFError, UnicodeDecodeError) as error:
        raise MalformedError(f"is cut off or no Parquet file ({_brief(error)})", where=path.name) from error
    except OSError as error:
        if isinstance(error, PermissionError):
            raise
        raise MalformedError(f"is damaged ({_brief(error)})", where=path.name) from error


def require_modest_file(path: Path, metadata: pq.FileMetaData) -> None:
    """Let a Parquet file pass that unpacks to no more than one of its size may.

    A constant column takes a byte for a million rows.

    Args:
        path: the file.
        metadata: its foot.

    Raises:
        MalformedError: it unpacks to more.
    """
    packed_bytes = path.stat().st_size
    most_bytes, most_rows = most_bytes_of(packed_bytes, LARGEST_TABLE_BYTES), most_rows_of(packed_bytes)
    if metadata.num_rows > most_rows:
        words = f"says {metadata.num_rows:,} rows in {packed_bytes:,} bytes; {most_rows:,} are the most we read"
        raise MalformedError(words, where=path.name)
    if unpacked_bytes(path, metadata, most_bytes) > most_bytes:
        raise too_large(most_bytes, path.name)


def _brief(error: Exception) -> str:
    # A column of a stranger may be in it.
    return ascii(str(error).split("\n", 1)[0].split(". ", 1)[0])[1:-1][:120]


def _require_columns(where: str, schema: FrameSchema, present: Sequence[str]) -> None:
    for column in schema.columns:
        if column.name not in present and not column.is_incidental:
            raise missing_column(where, column.name, present)


def _checked(table: pa.RecordBatch, schema: FrameSchema, where: str, first_row: int) -> Columns:
    arrays: dict[str, Array] = {}
    vocabularies: dict[str, Array] = {}
    for column in schema.columns:
        if column.is_incidental:
            arrays[column.name] = _as_far_as_known(table, column)
            continue
        values = _cast(table.column(column.name), column, where)
        if column.kind in KINDS_READ_AS_TEXT:
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


def _as_far_as_known(table: pa.RecordBatch, column: Column) -> Array:
    if column.name not in table.schema.names:
        return np.full(table.num_rows, np.nan)
    values = table.column(column.name)
    if pa.types.is_floating(values.type) or pa.types.is_integer(values.type):
        numbers = values.cast(pa.float64()).to_numpy(zero_copy_only=False)
    else:
        numbers = numbers_of(pd.Series(values.to_pylist(), dtype=object))
    return column.within_bounds(numbers)


def _text_fault(column: Column, codes: Array, vocabulary: Array) -> tuple[int, str] | None:
    # Of thousands of files with ten thousand names each; hardly any has a long one.
    if max(map(len, vocabulary), default=0) > LONGEST_TEXT:
        is_long = np.fromiter((len(text) > LONGEST_TEXT for text in vocabulary), bool, len(vocabulary))[codes]
        # A text that no row has may stand in a dictionary.
        if is_long.any():
            return int(is_long.argmax()), f"is a text of more than {LONGEST_TEXT:,} characters"
    if column.is_nullable or column.kind is ColumnKind.FLAG or not (vocabulary == "").any():
        return None
    is_missing = (vocabulary == "")[codes]
    return (int(is_missing.argmax()), "is missing") if is_missing.any() else None


def _cast(values: pa.Array, column: Column, where: str) -> pa.Array:
    """The values in the column's own type; Arrow's casts refuse what they cannot keep."""
    try:
        if column.kind in KINDS_READ_AS_TEXT:
            if pa.types.is_boolean(values.type):
                values = pc.if_else(values, "true", "")
            is_coded = pa.types.is_dictionary(values.type)
            return values if is_coded else values.cast(pa.string()).dictionary_encode()
        return values.cast(pa.date32() if column.kind is ColumnKind.DATE else pa.float64())
    # No such value; no such cast, as from a list to a number; no such type.
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError) as error:
        raise SchemaError(where, column.name, f"{values.type} cannot be read as {column.kind}") from error


def _codes(values: pa.DictionaryArray) -> tuple[Array, Array]:
    """Codes and vocabulary, with the empty string for null."""
    dictionary, indices = values.dictionary, values.indices
    if dictionary.null_count:
        dictionary = pc.fill_null(dictionary, "")
    texts: Array = dictionary.to_numpy(zero_copy_only=False)
    if indices.null_count:
        texts = np.append(texts, np.array([""], object))
        indices = pc.fill_null(indices.cast(pa.int32()), len(texts) - 1)
    return indices.to_numpy(zero_copy_only=False).astype(np.int32, copy=False), texts


@dataclass(frozen=True, slots=True)
class RepeatedRows:
    """What was found among rows with the same key."""

    same: int
    """Rows that repeat an earlier one in everything."""
    conflict: tuple[int, int] | None
    """The first two rows, by index, with one key and different values."""


def repeats(keys: npt.NDArray[np.int64], values: Sequence[npt.NDArray[Any]]) -> RepeatedRows:
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
        return RepeatedRows(len(again), None)
    first = int(np.flatnonzero(differs)[np.argmin(later[differs])])
    return RepeatedRows(int((~differs).sum()), (int(earlier[first]), int(later[first])))
