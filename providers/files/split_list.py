"""Reads a folder's list of splits with its odd rows: a ratio that cannot be is somebody's to doubt, no error."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import pandas as pd

from providers.errors import MalformedError, RefusedError
from providers.parsing.columns import csv_pieces
from providers.parsing.small_tables import small
from shortside.corporate_actions.plain_ratios import LARGEST_SPLIT_FACTOR
from shortside.datasets import Dataset
from shortside.schema import LARGEST_NUMBERS, SPLITS, ColumnKind, FrameSchema, SchemaError

LISTED_SPLITS: Final = FrameSchema(
    Dataset.SPLITS,
    tuple(replace(column, minimum=None) if column.name == "simple_ratio" else column for column in SPLITS.columns),
    key=(),
)
"""Splits as somebody listed them: of any ratio, and any number of them for one name and day."""


def read_split_list(path: Path) -> pd.DataFrame:
    """The list, rows as `LISTED_SPLITS` has them; a ratio that nobody can read is NaN.

    Raises:
        MalformedError: the file is damaged, or breaks the schema otherwise; the message names line and column.
        RefusedError: it may not be read.
    """
    try:
        cells = pd.concat(csv_pieces(small(path)), ignore_index=True)
        if "simple_ratio" in cells.columns:
            ratio = pd.to_numeric(cells["simple_ratio"], errors="coerce")
            cells = cells.assign(simple_ratio=ratio.where(ratio.abs() <= LARGEST_NUMBERS[ColumnKind.RATIO]))
        return LISTED_SPLITS.conform(cells, path.name, first_row=2, row_word="line")
    except SchemaError as error:
        raise MalformedError.of_schema(error) from error
    except PermissionError as error:
        raise RefusedError(f"{path.name} may not be read") from error


def certain_splits(listed: pd.DataFrame) -> pd.DataFrame:
    """The splits of a list that can be applied without a price to judge by: possible, and contradicted by no row."""
    ratio = listed["simple_ratio"]
    possible = listed[ratio.between(1 / LARGEST_SPLIT_FACTOR, LARGEST_SPLIT_FACTOR)]
    once = possible[~possible[["symbol", "ex_date", "simple_ratio"]].duplicated()]
    return once[~once[["symbol", "ex_date"]].duplicated(keep=False)].reset_index(drop=True)
