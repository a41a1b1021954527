"""Turns the cells of a column, text or whatever else a file gave, into texts, numbers and days, and says which fail."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Array = npt.NDArray[Any]
Texts = Array | pd.api.extensions.ExtensionArray
"""Python strings in an array, or pandas' own text, which is taken as it is: half of a large file's reading would go
into turning one into the other and back."""
Cells = Any
"""A column's array as a frame holds it: numpy's, or one of pandas' own."""
Columns = Mapping[str, Cells]
"""Columns of one length by name, which are no frame yet: one of a few cells is slower made than read."""


def columns_of(given: pd.DataFrame | Columns) -> Columns:
    """A frame's columns by name, each taken once; columns stay as they are."""
    if not isinstance(given, pd.DataFrame):
        return given
    return {str(name): array_of(values) for name, values in given.items()}


def rows_in(columns: Columns) -> int:
    """How many rows some columns have."""
    return len(next(iter(columns.values()), ()))


def array_of(values: pd.Series[Any]) -> Cells:
    """A column's array: what is done to a few cells takes a Series ten times as long."""
    is_plain = isinstance(values.dtype, np.dtype) and values.dtype.kind not in "mM"
    return values.to_numpy() if is_plain else values.array


def texts_in(cells: Cells) -> Texts:
    """(rows,) of a column's cells as texts; what is missing is empty."""
    is_missing = np.asarray(pd.isna(cells))
    if isinstance(cells.dtype, pd.StringDtype):
        told: Texts = cells.fillna("") if is_missing.any() else cells
        return told
    if not len(cells):
        # Of no texts nobody could tell that they are some.
        none: Texts = pd.array([], dtype="str")
        return none
    texts = np.array(cells, object)
    texts[is_missing] = ""
    if pd.api.types.infer_dtype(texts) not in {"string", "empty"}:
        texts[:] = [str(text) for text in texts]
    return texts


def _is_text(cells: Cells) -> bool:
    return cells.dtype == object or pd.api.types.is_string_dtype(cells.dtype)


def is_said(cells: Cells) -> Array:
    """(rows,) where a column of text or anything else says anything at all."""
    says = ~np.asarray(pd.isna(cells))
    said = cells[says] if isinstance(cells.dtype, pd.StringDtype) else np.asarray(cells[says], object)
    says[says] = said != ""
    return says


def numbers_of(values: pd.Series[Any]) -> Array:
    """(rows,) `float64`; NaN for whatever is no number, too large for one, or no single value."""
    return numbers_in(array_of(values))


def numbers_in(cells: Cells) -> Array:
    """(rows,) `float64` of a column's cells; NaN for whatever is no number, too large for one, or no single value."""
    try:
        if cells.dtype == object:
            return np.asarray(pd.to_numeric(cells, errors="coerce"), np.float64)
        return pd.to_numeric(pd.Series(cells, copy=False), errors="coerce").to_numpy(np.float64, na_value=np.nan)
    except (TypeError, ValueError, OverflowError):
        # Lists, objects and numbers of hundreds of digits, which the whole column is refused for.
        return np.fromiter(map(_number_of, cells), np.float64, len(cells))


def _number_of(value: Any) -> float:
    try:
        return float(value) if isinstance(value, str | int | float) else math.nan
    except (ValueError, OverflowError):
        return math.nan


def numbers_read(cells: Cells) -> tuple[Array, Array, str]:
    """(rows,) `float64`, (rows,) which cells say something that is no number, and what was wanted of them."""
    if not _is_text(cells):
        numbers = pd.Series(cells, copy=False).to_numpy(np.float64, na_value=np.nan)
        return numbers, np.zeros(len(numbers), bool), ""
    numbers = numbers_in(cells)
    is_unread = np.isnan(numbers)
    if is_unread.any():
        is_unread &= is_said(cells)
    return numbers, is_unread, "a number"


def days_read(cells: Cells) -> tuple[Array, Array, str]:
    """(rows,) `datetime64[s]`, (rows,) which cells say something that is no whole day, and what was wanted of them."""
    if _is_text(cells):
        if cells.dtype == object and pd.api.types.infer_dtype(cells) not in {"string", "empty", "date", "datetime"}:
            # A number would be taken for moments since 1970.
            is_number = [isinstance(cell, int | float) and cell == cell for cell in cells]
            cells = cells.copy()
            cells[is_number] = [*map(str, cells[is_number])]
        index: Any = pd.to_datetime(cells, format="%Y-%m-%d", errors="coerce")
        days: Array = index.to_numpy("datetime64[s]")
        is_unread = np.isnat(days)
        if is_unread.any():
            is_unread &= is_said(cells)
        return days, is_unread, "a day written YYYY-MM-DD"
    if not pd.api.types.is_datetime64_dtype(cells.dtype):
        return np.full(len(cells), "NaT", "datetime64[s]"), np.ones(len(cells), bool), "a day"
    moments = np.asarray(cells)
    days = moments.astype("datetime64[D]")
    is_part = (days.astype(moments.dtype) != moments) & ~np.isnat(moments)
    return days.astype("datetime64[s]"), is_part, "a whole day"
