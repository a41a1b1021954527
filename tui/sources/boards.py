"""Makes Boards for the screens, with the figures that the main screen shows first already computed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from shortside.board import Board, Desk
    from shortside.view import View
    from tui.sources.loaded_market import LoadedMarket
    from tui.sources.stage import Stage


def prepared_board(desk: Desk, view: View, preparing: Sequence[Callable[[Board], None]] = ()) -> Board:
    """A Board with what the main screen shows first of it. Blocks for milliseconds.

    Args:
        desk: where it is made.
        view: what it shows.
        preparing: called with it, to write down what the screens will show of it.
    """
    board = desk.board(view)
    # Made when first asked for, which is on the event loop otherwise.
    _ = board.tier_trends, board.left_out
    if desk.fee_paths.is_wanted:
        _ = board.net_of_borrow
    for prepare in preparing:
        prepare(board)
    return board


def have_same_names(one: LoadedMarket, other: LoadedMarket) -> bool:
    """Whether two markets have the same names in the same columns."""
    ours, theirs = one.market.symbols, other.market.symbols
    return len(ours) == len(theirs) and bool((ours == theirs).all())


async def board_for(stage: Stage, loaded: LoadedMarket) -> tuple[LoadedMarket, Board]:
    """A market read anew, with a Board of it in the view asked for last, made in a thread."""
    view = stage.view or loaded.view
    if stage.loaded is not None and have_same_names(stage.loaded, loaded):
        loaded.desk.fee_paths.take_over(stage.loaded.desk.fee_paths)
    board = await asyncio.to_thread(prepared_board, loaded.desk, view, stage.preparing())
    return replace(loaded, view=view), board
