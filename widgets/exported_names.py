"""The keys and values of the document `snapshot names`, read off a Board."""

from __future__ import annotations

from collections.abc import Callable, Collection
from types import SimpleNamespace
from typing import TYPE_CHECKING

from shortside.board import Board
from shortside.listings import Floats, Indexes
from widgets.fields import Field
from widgets.name_column_type import NameColumn
from widgets.name_columns import NAME_COLUMNS

if TYPE_CHECKING:
    from widgets.name_column_type import Values


def exported_columns() -> list[NameColumn]:
    """The columns that `snapshot names` exports, in the order of its keys."""
    found = [(column.exported.place, column) for column in NAME_COLUMNS if column.exported is not None]
    return [column for _, column in sorted(found, key=lambda placed: placed[0])]


def name_orders() -> dict[str, Callable[[Board], Floats | Indexes]]:
    """The vectors (N,) that `snapshot names` can be sorted by, by key; NaN is unknown."""
    return {
        column.exported_key: column.vector for column in NAME_COLUMNS if column.is_ranking and column.vector is not None
    }


def name_fields() -> tuple[Field, ...]:
    """The fields of `snapshot names`, in the order of its keys."""
    return tuple(
        Field(column.exported_key, column.exported.unit, column.exported.meaning, page=column.exported.page)
        for column in exported_columns()
        if column.exported is not None
    )


def name_values(board: Board, columns: Indexes, keys: Collection[str] | None = None) -> list[SimpleNamespace]:
    """A row for each of some names, which `name_fields` read.

    Args:
        board: whose figures.
        columns: the names, by their columns of the Board's vectors.
        keys: those that are wanted; None for all.
    """
    by_key: dict[str, Values] = {}
    for column in exported_columns():
        if keys is not None and column.exported_key not in keys:
            continue
        values = (column.exported and column.exported.values) or column.vector
        assert values is not None, f"{column.key} is exported and has neither values nor a vector"
        by_key[column.exported_key] = values(board)
    return [SimpleNamespace(**{key: values[at] for key, values in by_key.items()}) for at in columns.tolist()]
