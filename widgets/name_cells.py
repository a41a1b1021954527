"""Caches the cells of a board's names, so that those which no price can change are written once.

Every update moves the prices of a dozen names in view, and most of the cells in their rows stay what they were.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from shortside.board import Board
from widgets.format import Glyphs, count
from widgets.name_column_type import MovesWith
from widgets.name_columns import TABLE_COLUMNS
from widgets.name_writer import NameWriter
from widgets.tick_table import Cell

COLUMN_KEYS: Final = tuple(column.key for column in TABLE_COLUMNS)
"""The keys of a name's cells, in the order of the table's columns."""


def _places(*moved: MovesWith) -> frozenset[int]:
    return frozenset(place for place, column in enumerate(TABLE_COLUMNS) if column.moves_with in moved)


PLACES_MOVED_BY_PRICES: Final = _places(MovesWith.PRICES)
"""The places of the cells that `Board.tick` can change: they hold as long as the name's live figures do."""
PLACES_MOVED_BY_SCORES: Final = _places(MovesWith.SCORES)
"""The places of the cells that `Board.rescore` can change."""
PLACES_OF_THE_MARKET: Final = _places(MovesWith.MARKET)
"""The places of the cells that are the same in every view of a market."""
PLACES_OF_THE_BOOK: Final = _places(MovesWith.MARKET, MovesWith.BOOK, MovesWith.SCORES)
"""The places of the cells that are the same in every view with the same positions and knowledge."""
MOST_NAMES_KEPT: Final = 512
"""Names whose cells are kept; who scrolls through a whole market shall not fill the memory with texts."""


class NameCells:
    """The cells of a board's names, written when they are first looked at.

    Args:
        board: whose figures; it may tick.
        glyphs: the signs to draw with.
        before: those of another view of the market, which may have written cells that hold here, too.
    """

    def __init__(self, board: Board, glyphs: Glyphs, before: NameCells | None = None) -> None:
        self.board = board
        self._writer = NameWriter(board, glyphs)
        self._known: dict[int, list[Cell | None]] = {} if before is None else before._still_true(board, glyphs)
        self._live: dict[int, tuple[float, ...]] = {}
        """What each name's moving cells were written of."""
        self._cells = [column.cell for column in TABLE_COLUMNS]

    def _still_true(self, board: Board, glyphs: Glyphs) -> dict[int, list[Cell | None]]:
        """The cells written here that hold for another board, too."""
        if board.market is not self.board.market or glyphs is not self.glyphs:
            return {}
        is_same_book = board.book is self.board.book and board.crowding is self.board.crowding
        kept = PLACES_OF_THE_BOOK if is_same_book else PLACES_OF_THE_MARKET
        return {
            column: [cell if place in kept else None for place, cell in enumerate(cells)]
            # A copy: another thread may ask while cells are written here.
            for column, cells in list(self._known.items())
        }

    @property
    def glyphs(self) -> Glyphs:
        """The signs the cells are drawn with."""
        return self._writer.glyphs

    @glyphs.setter
    def glyphs(self, glyphs: Glyphs) -> None:
        # A new one: how far lines may go is settled for the signs it draws with.
        self._writer = NameWriter(self.board, glyphs)
        self.forget()

    @property
    def trend_bounds(self) -> tuple[float, float]:
        """How far lines of shares short and of prices may go on the common scale; NaN where each has its own."""
        return self._writer.short_bound, self._writer.price_bound

    def forget(self) -> None:
        """Write every cell anew when it is next asked for."""
        self._known.clear()

    def forget_scores(self) -> None:
        """Write those cells anew that `Board.rescore` can change."""
        for known in self._known.values():
            for place in PLACES_MOVED_BY_SCORES:
                known[place] = None

    def cells(self, column: int, rank: int, places: Sequence[int]) -> list[Cell]:
        """A name's cells at some places of `COLUMN_KEYS`.

        Args:
            column: the name, by its column of the board's vectors.
            rank: its place in the order, from 1; the one cell that is not the name's but the row's.
            places: which cells, in which order.
        """
        known = self._known.get(column)
        if known is None:
            if len(self._known) >= MOST_NAMES_KEPT:
                self._known.clear()
                self._live.clear()
            known = self._known[column] = [None] * len(COLUMN_KEYS)
        live = self._live_figures(column)
        if self._live.get(column) != live:
            self._live[column] = live
            for place in PLACES_MOVED_BY_PRICES:
                known[place] = None
        cells = []
        for place in places:
            cell = known[place]
            if cell is None:
                write = self._cells[place]
                if write is None:
                    cell = count(rank, 5, glyphs=self.glyphs), "muted"
                else:
                    cell = known[place] = write(self._writer, column)
            cells.append(cell)
        return cells

    def _live_figures(self, column: int) -> tuple[float, ...]:
        """All that the moving cells of a name are made of.

        The price alone would not do: all Boards of a desk share it, and one that was made while it moved learns of it
        a little later.
        """
        board = self.board
        return (
            board.book.price[column], board.short_interest[column], board.new_short_30d[column], board.profit[column],
            board.profit_today[column], board.tier_codes[column], board.is_stale[column],
        )  # fmt: skip
