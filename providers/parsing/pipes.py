"""Reads pipe-delimited files with Arrow, where all is well with them: a fifth of what pandas takes, and no Python text.

Arrow says of a bad file only that it is bad. So nothing is complained of here: the caller reads such a file again, with
a slower reader that finds the line.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from shortside.column_cells import Columns

BLOCK_BYTES: Final = 2**20
"""Bytes parsed at a time; it fits in the caches, and both processors get some of two megabytes."""


def piped_table(body: bytes, columns: Mapping[str, pa.DataType]) -> pa.Table | None:
    """The named columns of a file with a header, latin-1, never quoted; None where something is not as it should be.

    Every line has as many cells as the header, or there is no table. "NA" and "TRUE" are companies: nothing is guessed,
    and only an empty cell is null, where it is to be a number or a day. Blanks around those are no fault.

    Args:
        body: the file, header included, without an end of line after the last.
        columns: their names in the header, and what they are read as.
    """
    is_one_block = len(body) <= BLOCK_BYTES
    try:
        table = (_read_in_one_block if is_one_block else arrow_csv.read_csv)(
            pa.BufferReader(body),
            # Most files hold no letter beyond ASCII, and then there is nothing to turn into UTF-8.
            # A single block is read the quicker by nobody else: whoever has many files has a thread for each.
            read_options=arrow_csv.ReadOptions(
                block_size=BLOCK_BYTES,
                use_threads=not is_one_block,
                encoding="utf8" if body.isascii() else "latin-1",
            ),
            parse_options=arrow_csv.ParseOptions(delimiter="|", quote_char=False, ignore_empty_lines=False),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict(columns), include_columns=list(columns), null_values=[""], strings_can_be_null=False
            ),
        )
    except (pa.ArrowInvalid, pa.ArrowKeyError):
        return None
    # For Arrow a carriage return ends a line by itself, too: half a line would pass for a row.
    ends = np.count_nonzero(np.frombuffer(body, np.uint8) == ord("\n"))
    return table if ends == table.num_rows else None


def _read_in_one_block(file: pa.NativeFile, **options: Any) -> pa.Table:
    """As `arrow_csv.read_csv`, which hands a block to and fro between threads and waits for a processor each time."""
    return arrow_csv.open_csv(file, **options).read_all()


def ascends(texts: pa.Array) -> bool:
    """Whether no text is empty or stands twice, as far as each being above the one before it says so."""
    if not len(texts):
        return True
    return texts[0].as_py() != "" and bool(pc.all(pc.less(texts[:-1], texts[1:]), min_count=0).as_py())


def counts_from_zero(numbers: pa.ChunkedArray) -> bool:
    """Whether all are there, finite, and none is below zero."""
    if numbers.null_count:
        return False
    figures = numbers.to_numpy()
    # Of a figure that is none the least and the most are none either, and compare with nothing.
    return not len(figures) or bool(figures.min() >= 0 and figures.max() < math.inf)


def text_of(texts: pa.Array | pa.ChunkedArray) -> pd.api.extensions.ExtensionArray:
    """The texts as pandas holds them, where Arrow put them."""
    # The protocol is pandas's own for extensions; its stubs leave it out.
    text: Any = pd.StringDtype("pyarrow", na_value=np.nan)
    column: pd.api.extensions.ExtensionArray = text.__from_arrow__(texts)
    return column


def columns_in(table: pa.Table, names: Mapping[str, str]) -> Columns:
    """A table's columns under other names; text stays where Arrow put it, days are `datetime64[D]`, null is NaN."""
    return {
        names[name]: text_of(cells) if pa.types.is_string(cells.type) else cells.to_numpy()
        for name, cells in zip(table.column_names, table.columns, strict=True)
    }
