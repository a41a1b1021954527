"""Makes Boards as the screens want them: with all that is shown at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from shortside.board import Board, Desk
    from shortside.view import View


def board_of(desk: Desk, view: View, preparing: Sequence[Callable[[Board], None]] = ()) -> Board:
    """A Board with what the main screen shows first of it. Blocks for milliseconds.

    Args:
        desk: where it is made.
        view: what it shows.
        preparing: called with it, to write down what the screens will show of it.
    """
    board = desk.board(view)
    # Made when first asked for, which is on the event loop otherwise.
    _ = board.tier_trends
    for prepare in preparing:
        prepare(board)
    return board
