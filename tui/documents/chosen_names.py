"""Selects the names of `snapshot names`: those held short, of a tier, a sector, a list, or a condition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from shortside.board import Board
from shortside.listings import Flags
from shortside.words.group_words import sector_word
from tui.documents.values import records

if TYPE_CHECKING:
    from tui.documents.kind import DocumentRequest, Record
    from widgets.fields import Field
    from widgets.name_conditions import NameLists
    from widgets.name_index import NameIndex


class NoSectorError(LookupError):
    """The sector that was asked for does not exist."""


def sectors_of(board: Board) -> tuple[str, ...]:
    """The sectors of a board's market, as documents spell them."""
    return tuple(map(sector_word, board.market.sector_names))


def is_chosen(board: Board, tier: str | None = None, sector: str | None = None) -> Flags:
    """(N,) names held short in the window that are of a tier and of a sector.

    Args:
        board: whose names.
        tier: one of the scheme's labels; None for any.
        sector: as `sectors_of` spells it, in any case; None for any.

    Raises:
        NoSectorError: there is no such sector; the message names those there are.
    """
    names = np.asarray(board.was_held)
    if tier is not None:
        names &= board.tier_codes == board.scheme.labels.index(tier)
    if sector is not None:
        sectors = [one.casefold() for one in sectors_of(board)]
        if sector.casefold() not in sectors:
            raise NoSectorError(f"there is no sector {sector}; choose one of {', '.join(sectors_of(board))}")
        names &= board.market.sectors == sectors.index(sector.casefold())
    return np.asarray(names)


def is_found(board: Board, index: NameIndex, where: str, lists: NameLists) -> Flags:
    """(N,) names a condition is true of, whether or not they are held short.

    Raises:
        ConditionError: it is none.
    """
    from shortside.conditions.matching import matches
    from widgets.name_conditions import BoardNames

    names = BoardNames(board, index, lists)
    return matches(names.condition(where), names)


def of_own_list(board: Board, index: NameIndex, asked: str, lists: NameLists) -> tuple[str, Flags]:
    """An own list's name as it is written, and (N,) the names on it, whether or not they are held short.

    Raises:
        ConditionError: the list is a condition that makes no sense.
        KeyError: there is no such list.
    """
    from widgets.name_conditions import filter_of_list

    folded = {name.casefold(): name for name in lists}
    name = asked if asked in lists else folded[asked.casefold()]
    return name, is_found(board, index, filter_of_list(name), lists)


def listed_record(asked: DocumentRequest, fields: Sequence[Field]) -> Record:
    """The sums of the own list that was asked for, as `listed`; nothing where none was."""
    from shortside.rows import chosen_row
    from widgets.name_index import NameIndex

    board, wanted = asked.board, asked.options.list
    if wanted is None:
        return {}
    name, is_on_it = of_own_list(board, NameIndex(board.market), wanted, asked.lists)
    row = chosen_row(board, f"list {name}", np.flatnonzero(is_on_it & board.was_held))
    record = records(fields, [row])[0]
    # Of names that are not here nothing is known: their dollars are no zeros.
    kept = record if row.names else {**dict.fromkeys(record), fields[0].key: row.label, "names": 0}
    return {"list": name, "listed": kept}


def is_listed(index: NameIndex, symbols: Sequence[str]) -> Flags:
    """(N,) names whose symbol is on a list, capitals or not."""
    wanted = np.zeros(len(index.market.symbols), np.bool_)
    columns = [index.column_of_upper.get(symbol.upper()) for symbol in symbols]
    wanted[[column for column in columns if column is not None]] = True
    return wanted


def absent_symbols(board: Board, index: NameIndex, symbols: Sequence[str], chosen: Flags) -> dict[str, str]:
    """Why symbols of a list are not among some chosen names, by symbol."""
    from widgets.absent_names import NO_SYMBOL, NOT_ASKED_FOR, why_absent

    absent = {}
    for symbol in map(str.upper, symbols):
        column = index.column_of_upper.get(symbol, index.column_of_spelling.get(symbol))
        if column is None or not chosen[column]:
            absent[symbol] = why_absent(board, index, symbol, None) or (NO_SYMBOL if column is None else NOT_ASKED_FOR)
    return absent
