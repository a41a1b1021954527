"""Notes on a view's figures: which names' positions appeared within the window without being new."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shortside.words.spelt_out import spelt_out

if TYPE_CHECKING:
    from shortside.board import Board


def board_notes(board: Board) -> tuple[str, ...]:
    """Why the window begins late, and which positions turned up within it and are therefore in no new short dollars."""
    late = () if board.late_note is None else (board.late_note,)
    columns = board.not_new
    if not len(columns):
        return late
    book, market = board.book, board.market
    days = market.sessions[book.appeared_at[columns]]
    shown = spelt_out(f"{market.symbols[column]} {day}" for column, day in zip(columns, days, strict=True))
    noun = "position was" if len(columns) == 1 else "positions were"
    return (
        *late,
        f"{len(columns):,} {noun} short before the first close or report, within the window, and so not new: {shown}",
    )
