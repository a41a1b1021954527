"""The face of the arithmetic for a notebook: a market out of a folder, and its figures as frames.

Every frame has a row per tier or name and a column per figure of `shortside.rows`; dollars are US dollars, ratios are
fractions, and an unknown figure is missing (NaN), never zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from shortside.board import Board, Desk
from shortside.market import Market, market_of
from shortside.rows import GroupRow, NameRow, name_rows, tier_table
from shortside.view import View

if TYPE_CHECKING:
    import pandas as pd

    from shortside.book import Book


def market_of_folder(folder: str | Path, *, as_of: date | None = None, known_on: date | None = None) -> Market:
    """The listed market as a folder of data files has it, restated, repaired and classified.

    Args:
        folder: data in the layout of the files source, which docs/data.md describes.
        as_of: the last session to look at; the newest one in the folder by default.
        known_on: the day whose knowledge is used: nothing published later is read. All there is by default.

    Raises:
        providers.errors.ProviderError: the folder holds no market, a file is damaged, or may not be read.
        shortside.market.NoSessionError: there is nothing on or before `as_of`.
    """
    # The only place where the arithmetic meets a file: whoever hands over `Listings` needs no provider.
    from providers.files.source import FilesProvider

    listings = FilesProvider(Path(folder)).read_listings(knowledge=known_on, until=as_of)
    return market_of(listings, as_of=as_of)


def board_of(market: Market, view: View | None = None) -> Board:
    """Every figure of a market under one view: window, tier basis, positions between settlements, knowledge.

    Raises:
        shortside.named_windows.WindowError: the view's window does not fit the market's sessions.
    """
    return Desk(market).board(view or View())


def book_of(market: Market, view: View | None = None) -> Book:
    """Running sums of P&L and new shorts of each name, from which any window is a difference."""
    return Desk(market).book(view or View())


def tiers_of(board: Board) -> pd.DataFrame:
    """A row per cap tier, then one for `total`: short interest, P&L with its band, and new shorts; USD.

    The index is the tier's label; the tiers' dollars add up to those of `total`.
    """
    table = tier_table(board)
    return _frame(GroupRow, (*table.rows, table.total), "label")


def names_of(board: Board, *, sort: str = "crowding", limit: int | None = None) -> pd.DataFrame:
    """A row per name held short in the window, ranked; the index is the symbol.

    Args:
        board: what the figures are read off.
        sort: a figure of `shortside.rows.NameRow`, that is a column of numbers; a minus before it puts the smallest
            first. Unknown figures come last either way, equal ones by symbol.
        limit: at most so many names; all by default.

    Raises:
        KeyError: names cannot be ranked by `sort`.
        ValueError: `limit` is negative.
    """
    if limit is not None and limit < 0:
        raise ValueError(f"limit = {limit}: must be 0 or more")
    names = _frame(NameRow, name_rows(board, np.flatnonzero(board.was_held)), "symbol")
    figure = sort.removeprefix("-")
    if figure not in _numbers(NameRow):
        raise KeyError(figure)
    ranked = names.sort_index().sort_values(figure, ascending=sort.startswith("-"), kind="stable", na_position="last")
    return ranked.iloc[:limit]


def _frame(kind: type[GroupRow] | type[NameRow], rows: Sequence[GroupRow | NameRow], index: str) -> pd.DataFrame:
    """Rows as a frame with a column for every field, also where there is no row; None is NaN."""
    import pandas as pd

    columns = [field.name for field in fields(kind)]
    frame = pd.DataFrame.from_records([asdict(row) for row in rows], columns=columns).set_index(index)
    return frame.astype(dict.fromkeys(_numbers(kind), "float64"))


def _numbers(kind: type[GroupRow] | type[NameRow]) -> list[str]:
    """The fields that hold figures."""
    return [field.name for field in fields(kind) if field.type in {"float", "float | None"}]
