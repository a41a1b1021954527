"""A table that is cut out of a kept one when it is asked for tells what the array would, and reads no other session."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortside.by_session.cut_tables import CutTable

SESSIONS, KEPT = 6, 5


@st.composite
def cut_tables(draw):
    """A table, and the array that it stands for."""
    origins = np.array(draw(st.lists(st.integers(-1, KEPT - 1), min_size=1, max_size=7)), np.int64)
    kept = np.arange(SESSIONS * KEPT, dtype=np.float32).reshape(SESSIONS, KEPT)
    others = -1 - np.arange(SESSIONS * np.count_nonzero(origins < 0), dtype=np.float32).reshape(SESSIONS, -1)
    array = kept.take(np.maximum(origins, 0), axis=1)
    array[:, origins < 0] = others
    return CutTable(kept, origins, others), array


def same(found, expected):
    assert np.shape(found) == np.shape(expected)
    assert np.asarray(found).dtype == np.asarray(expected).dtype
    assert np.array_equal(found, expected)


@given(tables=cut_tables(), data=st.data())
def test_whatever_is_asked_of_it_is_what_the_array_tells(tables, data):
    table, array = tables
    names = array.shape[1]
    row = data.draw(st.integers(-SESSIONS, SESSIONS - 1))
    column = data.draw(st.integers(0, names - 1))
    columns = np.array(data.draw(st.lists(st.integers(0, names - 1), max_size=8)), np.int64)
    rows = np.array(data.draw(st.lists(st.integers(-SESSIONS, SESSIONS - 1), min_size=1, max_size=4)), np.int64)
    span = slice(*sorted(data.draw(st.lists(st.integers(-SESSIONS, SESSIONS), min_size=2, max_size=2))))
    flags = np.array(data.draw(st.lists(st.booleans(), min_size=names, max_size=names)))
    assert (len(table), table.shape, table.ndim, table.dtype) == (SESSIONS, array.shape, 2, array.dtype)
    same(table.take(columns, axis=1), array.take(columns, axis=1))
    for key in (
        row,
        span,
        slice(None),
        (slice(None), slice(None)),
        (span, slice(None)),
        (span, columns),
        (slice(None), columns),
        (slice(None), column),
        (slice(None), flags),
        (row, column),
        (row, columns),
        (rows, column),
        (rows[:, None], columns),
        (rows[:1], columns),
        array[:, 0] > 3,
        (slice(None), None, columns),
    ):
        same(table[key], array[key])
    same(table.of_names(columns), array.take(columns, axis=1))
    same(table.of_names(columns)[span, :], array.take(columns, axis=1)[span])
    same(np.isfinite(table), np.isfinite(array))
    same(table > 3, array > 3)
    same(1 + table, 1 + array)
    same(table.copy(), array)
    same(np.concatenate([table, table[-1:]]), np.concatenate([array, array[-1:]]))
    same(table, array)


def test_the_session_before_the_first_is_not_read_though_it_is_kept():
    kept = np.arange(12, dtype=np.float32).reshape(6, 2)
    table = CutTable(kept[2:4], np.array([0, 1]), np.empty((2, 0), np.float32))
    assert table[-1, 0] == 6
    for row in (2, -3):
        with pytest.raises(IndexError):
            table[row, 0]
        with pytest.raises(IndexError):
            table[np.array([0, row]), np.array([0, 1])]
        with pytest.raises(IndexError):
            table[row]


def test_nothing_is_written_into_it():
    table = CutTable(np.zeros((2, 2), np.float32), np.array([0, 1]), np.empty((2, 0), np.float32))
    with pytest.raises(TypeError):
        table[0, 0] = 1
