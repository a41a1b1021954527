"""The one list of the tables whose columns a user can settle, and the reader of the table `[columns]`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from shortside.conditions.errors import nearest_of
from shortside.words.plain_text import printable
from tui.screens.borrow_rows import BORROW_NAME_COLUMNS
from tui.screens.compare_rows import NAME_COLUMNS_COMPARED
from tui.screens.list_rows import LIST_COLUMNS
from tui.screens.market_table_columns import columns_of_fields
from tui.screens.market_tables import MARKET_TABLES
from tui.screens.publication_rows import NAME_COLUMNS_OF_A_PUBLICATION
from tui.settings.section_tables import KeyPath, SectionMistake, SectionTables
from widgets.column_choice import ColumnChoice
from widgets.columns import TableColumn
from widgets.name_columns import crowded_columns
from widgets.own_columns import own_table_columns
from widgets.settled_columns import SettledColumns


class ColumnBoard(NamedTuple):
    """A table whose columns can be settled."""

    name: str
    """Its key in the file, and the `board` of its table; the table of names alone keeps its choice by itself."""
    words: str
    columns: tuple[TableColumn, ...]
    """All of them, in the order that is built in."""

    @property
    def names(self) -> dict[str, str]:
        """The names of the columns in the file, each with its key."""
        return {column_name(column.key): column.key for column in self.columns}


NAMES_BOARD: Final = "names"
BOARDS: Final = (
    ColumnBoard(NAMES_BOARD, "the names of the main screen", crowded_columns()),
    ColumnBoard("book", "my book", own_table_columns()),
    ColumnBoard("lists", "the lists, and the tiers below them", LIST_COLUMNS),
    ColumnBoard("published", "the names of a publication", NAME_COLUMNS_OF_A_PUBLICATION),
    ColumnBoard("borrow", "the names of the cost of borrowing", BORROW_NAME_COLUMNS),
    ColumnBoard("compare", "the names of a comparison", NAME_COLUMNS_COMPARED),
    *(ColumnBoard(table.name, f"the table {table.words}", columns_of_fields(table.fields)) for table in MARKET_TABLES),
)
"""The tables, by the keys of `[columns]`."""


class ColumnsError(ValueError):
    """What stands under a key of the table cannot be; the message says why."""

    def __init__(self, path: KeyPath, words: str) -> None:
        super().__init__(words)
        self.path = path


def column_name(key: str) -> str:
    """What a column is called in the file: its key; the two sides of a comparison and their difference by words."""
    figure, _, side = key.partition(":")
    return f"{figure}_{('a', 'b', 'difference')[int(side)]}" if side else key


def board_named(name: str) -> ColumnBoard | None:
    """The table of a name; None where no table is called so."""
    return next((board for board in BOARDS if board.name == name), None)


def settled_by_file(tables: SectionTables) -> tuple[SettledColumns, list[SectionMistake]]:
    """The columns of each table that the file settles, and what is wrong with the others."""
    if tables.columns is None:
        return {}, []
    if not isinstance(tables.columns, Mapping):
        return {}, [tables.mistake(("columns",), 'must be a table: names = ["symbol", "crowding"]')]
    settled: dict[str, tuple[str, ...]] = {}
    mistakes = []
    for name, value in tables.columns.items():
        path = ("columns", name)
        try:
            settled[name] = _columns_of(path, name, value)
        except ColumnsError as error:
            mistakes.append(tables.mistake(error.path, str(error)))
    return settled, mistakes


def _columns_of(path: KeyPath, name: str, value: Any) -> tuple[str, ...]:
    board = board_named(name)
    if board is None:
        near = nearest_of(name, [one.name for one in BOARDS])
        words = f"nearest: {near}" if near else f"there are {', '.join(one.name for one in BOARDS)}"
        raise ColumnsError(path, f"no table is called {printable(name)[:40]}; {words}")
    if not isinstance(value, list) or not value or not all(isinstance(key, str) for key in value):
        raise ColumnsError(path, f'must be a list of columns: ["{board.columns[0].key}", …]')
    known = board.names
    for key in value:
        if key not in known:
            near = _nearest_column(key, board.columns)
            words = f"nearest: {near}" if near else "shortside config columns lists them"
            raise ColumnsError(path, f"{name} has no column {printable(key)[:40]}; {words}")
        if value.count(key) > 1:
            raise ColumnsError(path, f"{key} stands there twice")
    return tuple(known[key] for key in value)


def _nearest_column(key: str, columns: Sequence[TableColumn]) -> str:
    titled = {column.title.strip(" $%"): column.key for column in columns if column.title.strip(" $%")}
    titled |= {column.title.strip(): column.key for column in columns}
    named = {column_name(column.key): column.key for column in columns}
    near = nearest_of(key, named) or nearest_of(key, titled)
    return near if near in named else column_name(titled[near]) if near else ""


def choice_of(settled: Sequence[str], columns: Sequence[TableColumn]) -> ColumnChoice:
    """Settled columns as a choice among all columns of a table: the others stand behind them and are hidden."""
    pinned = [column.key for column in columns if column.is_pinned]
    first = [key for key in pinned if key not in settled]
    shown = [*first, *settled]
    hidden = [column.key for column in columns if column.key not in shown]
    return ColumnChoice((*shown, *hidden), frozenset(hidden), frozenset(pinned))
