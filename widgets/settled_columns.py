"""The columns that a user settled for a table, in place of those that are built in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from textual.dom import DOMNode

if TYPE_CHECKING:
    # The first paint must not wait for it.
    from widgets.columns import TableColumn

SettledColumns = Mapping[str, tuple[str, ...]]
"""The keys of columns in their order, by the table they are settled for."""
NOTHING_SETTLED: Final[SettledColumns] = MappingProxyType({})


class ColumnsApp:
    """A mixin for an app in which a user settles the columns of tables."""

    settled_columns: SettledColumns = NOTHING_SETTLED
    """Of the tables that have other columns than those that are built in."""

    def choose_columns_of(self, board: str, columns: tuple[str, ...]) -> None:
        """Show these columns of a table from now on; those that are built in where there are none."""
        raise NotImplementedError  # Not abstract, for an app has Textual's metaclass; each such app answers.


def settled_for(node: DOMNode, board: str) -> tuple[str, ...] | None:
    """The columns settled for a table of the app that a widget belongs to; None where none are."""
    app = node.app
    return app.settled_columns.get(board) if board and isinstance(app, ColumnsApp) else None


def with_settled(columns: Sequence[TableColumn], settled: Sequence[str]) -> list[TableColumn]:
    """Those of the columns that are settled, in that order; pinned ones that are not among them come first.

    The first of them stay longest where there is no room for all.
    """
    by_key = {column.key: column for column in columns}
    pinned = [column.key for column in columns if column.is_pinned and column.key not in settled]
    keys = [key for key in (*pinned, *settled) if key in by_key]
    return [replace(by_key[key], priority=place) for place, key in enumerate(keys)]
